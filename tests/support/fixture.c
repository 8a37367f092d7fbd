/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fixture.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "destinations/ddl.h"
#include "model/time.h"

/* ---- places ---- */

static char *mark(void)
{
    static int count;
    return g_strdup_printf("tmt_%d_%d", (int)getpid(), count++);
}

static void use_own_ledger(Destination *d, const char *schema)
{
    if (!d->ops->dialect->has_schemas)
        return;
    g_free(d->control);
    d->control = g_strdup_printf("\"%s_ledger\".", schema);
}

Destination *place_connect(const Place *place)
{
    Err err = {0};
    Destination *d = destination_open(&place->config, &err);
    if (d)
        use_own_ledger(d, place->schema);
    else
        fail_msg("%s", err.message);
    return d;
}

Place *place_open(const char *kind)
{
    Place *place = g_new0(Place, 1);
    Err err = {0};
    g_autofree char *name = mark();
    place->config.kind = g_strdup(kind);
    if (g_str_equal(kind, "sqlite")) {
        place->file = g_strdup_printf("%s/%s.db", g_get_tmp_dir(), name);
        place->config.url = g_strdup_printf("sqlite:%s", place->file);
    } else {
        place->config.url = g_strdup(g_getenv("TIDEMARK_TEST_POSTGRES_URL"));
        place->schema = g_strdup(name);
    }
    place->d = place_connect(place);
    if (!ledger_prepare(place->d, &err))
        fail_msg("%s", err.message);
    if (place->schema) {
        g_autofree char *sql = g_strdup_printf("CREATE SCHEMA %s", place->schema);
        if (!db_exec(place->d, &err, sql))
            fail_msg("%s", err.message);
    }
    return place;
}

void place_close(Place *place)
{
    Err err = {0};
    if (place->schema) {
        g_autofree char *sql = g_strdup_printf("DROP SCHEMA IF EXISTS %s CASCADE; DROP SCHEMA IF EXISTS %s_ledger CASCADE",
                                               place->schema, place->schema);
        db_exec(place->d, &err, "ROLLBACK");
        if (!db_exec(place->d, &err, sql))
            fail_msg("%s", err.message);
    }
    destination_close(place->d);
    static const char *const suffixes[] = {"", "-wal", "-shm", ".tidemark-locks"};
    for (size_t i = 0; place->file && i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(place->file, suffixes[i], NULL);
        g_unlink(path);
    }
    g_free(place->config.kind);
    g_free(place->config.url);
    g_free(place->schema);
    g_free(place->file);
    g_free(place);
}

typedef struct Run {
    const PlaceCase *test;
    const char *kind;
} Run;

static void run_case(void **state)
{
    const Run *run = *state;
    Place *place = place_open(run->kind);
    run->test->run(place);
    place_close(place);
}

int place_run(const char *group, const PlaceCase *cases, int count)
{
    static const char *const kinds[] = {"sqlite", "postgres"};
    int kind_count = g_getenv("TIDEMARK_TEST_POSTGRES_URL") ? 2 : 1;
    int total = count * kind_count;
    Run *runs = g_new0(Run, total);
    struct CMUnitTest *tests = g_new0(struct CMUnitTest, total);
    for (int i = 0; i < total; i++) {
        runs[i] = (Run){.test = &cases[i / kind_count], .kind = kinds[i % kind_count]};
        tests[i] = (struct CMUnitTest){.name = g_strdup_printf("%s on %s", runs[i].test->name, runs[i].kind),
                                       .test_func = run_case,
                                       .initial_state = &runs[i]};
    }
    if (kind_count == 1)
        print_message("# TIDEMARK_TEST_POSTGRES_URL is not set: PostgreSQL is left out\n");
    int failed = _cmocka_run_group_tests(group, tests, (size_t)total, NULL, NULL);
    for (int i = 0; i < total; i++)
        g_free((char *)(uintptr_t)tests[i].name);
    g_free(tests);
    g_free(runs);
    return failed;
}

/* ---- streams ---- */

static void add_index(int **list, int *count, int value)
{
    *list = g_renew(int, *list, *count + 1);
    (*list)[(*count)++] = value;
}

static void read_mark(Stream *stream, int index, const char *mark_text)
{
    TableDef *table = stream->table;
    Column *column = &table->columns[index];
    switch (mark_text[0]) {
    case '#':
        column->primary_key = true;
        column->nullable = false;
        add_index(&table->primary.columns, &table->primary.count, index);
        break;
    case '!':
        column->nullable = false;
        break;
    case '>': {
        const char *dot = strchr(mark_text, '.');
        column->ref_table = g_strndup(mark_text + 1, (gsize)(dot - mark_text - 1));
        column->ref_column = g_strdup(dot + 1);
        break;
    }
    case '@':
        add_index(&stream->cursor_columns, &stream->cursor_column_count, index);
        break;
    case '~':
        stream->inherited[index] = true;
        break;
    case '^':
        stream->mode = WRITE_CHILDREN;
        add_index(&stream->scope_columns, &stream->scope_column_count, index);
        break;
    case '%':
        add_index(&stream->conflict.columns, &stream->conflict.count, index);
        break;
    case '-':
        stream->mapped[index] = false;
        break;
    case '*':
        table_add_unique(table, &index, 1);
        break;
    default:
        fail_msg("unknown mark %s", mark_text);
    }
}

static void read_column(Stream *stream, int index, const char *text)
{
    Err err = {0};
    g_auto(GStrv) words = g_strsplit_set(g_strstrip((char *)(uintptr_t)text), " ", -1);
    Column *column = &stream->table->columns[index];
    column->name = g_strdup(words[0]);
    column->nullable = true;
    stream->mapped[index] = true;
    if (!type_parse(words[1], &column->type, &err))
        fail_msg("%s", err.message);
    for (int i = 2; words[i]; i++)
        read_mark(stream, index, words[i]);
}

Stream *stream_make(const Place *place, const char *name, const char *columns)
{
    g_auto(GStrv) parts = g_strsplit(columns, ";", -1);
    int count = (int)g_strv_length(parts);
    Stream *stream = g_new0(Stream, 1);
    stream->source = g_strdup("app");
    stream->name = g_strdup(name);
    stream->id = g_strdup_printf("app.%s", name);
    stream->origin = g_strdup_printf("collection %s", name);
    stream->table = table_new(place->schema, name, count);
    stream->mapped = g_new0(bool, count);
    stream->inherited = g_new0(bool, count);
    stream->conflict_is_identity = true;
    stream->settings.keep_rows_us = -1;
    for (int i = 0; i < count; i++)
        read_column(stream, i, parts[i]);
    if (stream->conflict.count > 0) {
        table_add_unique(stream->table, stream->conflict.columns, stream->conflict.count);
    } else {
        for (int i = 0; i < stream->table->primary.count; i++)
            add_index(&stream->conflict.columns, &stream->conflict.count, stream->table->primary.columns[i]);
    }
    stream_set_definition(stream, "fixture");
    return stream;
}

void stream_create(Place *place, const Stream *stream)
{
    Err err = {0};
    DdlPlan *plan = ddl_plan(place->d, stream, NULL, &err);
    if (!plan)
        fail_msg("%s", err.message);
    if (!ddl_apply(place->d, stream, plan, &err))
        fail_msg("%s", err.message);
    ddl_plan_free(plan);
}

Stream *stream_made(Place *place, const char *name, const char *columns)
{
    Stream *stream = stream_make(place, name, columns);
    stream_create(place, stream);
    return stream;
}

void batch_done(Batch *batch, Stream *stream)
{
    batch_free(batch);
    stream_free(stream);
}

/* ---- batches ---- */

static void set_value(const Column *column, const char *text, Arena *arena, Value *out)
{
    char detail[128];
    static const ConvertOptions options = {0};
    *out = (Value){.state = VALUE_ABSENT};
    if (g_str_equal(text, "ABSENT"))
        return;
    SourceValue from = {.kind = SOURCE_NULL};
    if (!g_str_equal(text, "NULL"))
        from = (SourceValue){.kind = SOURCE_TEXT, .bytes = arena_dup(arena, text, strlen(text)), .len = (uint32_t)strlen(text)};
    if (from.kind == SOURCE_NULL) {
        out->state = VALUE_NULL;
        return;
    }
    if (column->type.kind == TYPE_JSON || column->type.kind == TYPE_JSONB) {
        *out = (Value){.state = VALUE_SET, .len = from.len, .bytes = from.bytes};
        return;
    }
    if (value_convert(column, &from, &options, arena, out, detail) != REJECT_NONE)
        fail_msg("column %s cannot hold %s: %s", column->name, text, detail);
}

void put(Batch *batch, const char *key, int64_t cursor, int32_t scope, const char *values)
{
    g_auto(GStrv) texts = g_strsplit(values, "|", -1);
    const Stream *stream = batch->stream;
    Row *row = batch_row(batch, key, strlen(key), cursor, scope);
    int next = 0;
    for (int i = 0; i < stream->table->column_count; i++)
        if (stream->mapped[i])
            set_value(&stream->table->columns[i], texts[next++], &batch->arena, &row->values[i]);
    assert_null(texts[next]);
}

int32_t put_scope(Batch *batch, const char *key, const char *values)
{
    g_auto(GStrv) texts = g_strsplit(values, "|", -1);
    const Stream *stream = batch->stream;
    Value parents[8];
    for (int i = 0; i < stream->scope_column_count; i++)
        set_value(&stream->table->columns[stream->scope_columns[i]], texts[i], &batch->arena, &parents[i]);
    return batch_scope(batch, parents, key, strlen(key));
}

/* ---- writing ---- */

int64_t claim(Place *place, const Stream *stream, int64_t run)
{
    Err err = {0};
    int64_t epoch = 0;
    LeaseHolder holder = {.user = "ops", .host = "host", .run = run};
    if (!ledger_claim(place->d, stream, &holder, 5000, &epoch, &err))
        fail_msg("%s", err.message);
    return epoch;
}

StreamWriter *writer_make(Place *place, const Stream *stream, WriterKind kind, int64_t run, int64_t epoch, bool direct)
{
    Err err = {0};
    WriterSetup setup = {.stream = stream,
                         .kind = kind,
                         .job = kind == WRITER_SYNC ? "sync" : "reimport",
                         .window_key = "sync",
                         .run = run,
                         .epoch = epoch,
                         .direct = direct};
    StreamWriter *writer = writer_new(place->d, &setup, &err);
    if (!writer)
        fail_msg("%s", err.message);
    return writer;
}

Counts commit_batch(StreamWriter *writer, Batch *batch, const CommitPoint *point)
{
    static const Checkpoint open = {
        .window = {.low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE}, .highest = TIME_NONE, .stop_before = TIME_NONE};
    static const CommitPoint nothing = {.checkpoint = &open, .watermark = TIME_NONE, .history_from = TIME_NONE};
    Counts counts = {0};
    Err err = {0};
    if (!writer_add(writer, batch, &err) || !writer_commit(writer, point ? point : &nothing, &counts, &err))
        fail_msg("%s %s", err.message, err.native);
    assert_true(counts_balance(&counts));
    return counts;
}

Counts write_once(Place *place, const Stream *stream, Batch *batch, int64_t run)
{
    int64_t epoch = claim(place, stream, run);
    StreamWriter *writer = writer_make(place, stream, WRITER_SYNC, run, epoch, false);
    Counts counts = commit_batch(writer, batch, NULL);
    writer_free(writer);
    ledger_release(place->d, stream, epoch);
    return counts;
}

void check_counts(const Counts *c, const char *expected, const char *file, int line)
{
    g_autofree char *found = g_strdup_printf("%d %d %d %d %d %d %d", (int)c->read, (int)c->written, (int)c->unchanged,
                                             (int)c->rejected, (int)c->filtered, (int)c->removed, (int)c->rejected_new);
    if (!g_str_equal(found, expected)) {
        print_error("%s:%d: counts: expected %s, found %s (read written unchanged rejected filtered removed new)\n", file, line,
                    expected, found);
        _fail(file, line);
    }
}

/* ---- looking ---- */

static char *spell(const Place *place, const char *sql)
{
    GString *out = g_string_new(NULL);
    for (const char *c = sql; *c; c++) {
        const char *end = *c == '{' ? strchr(c, '}') : *c == '[' ? strchr(c, ']') : NULL;
        if (!end) {
            g_string_append_c(out, *c);
            continue;
        }
        g_autofree char *name = g_strndup(c + 1, (gsize)(end - c - 1));
        if (*c == '{')
            db_quote_table(out, place->d, place->schema, name);
        else
            g_string_append_printf(out, "%s%s", place->d->control, name);
        c = end;
    }
    return g_string_free(out, FALSE);
}

char *ask_rows(Place *place, const char *sql)
{
    Err err = {0};
    DbRows rows;
    g_autofree char *text = spell(place, sql);
    if (!place->d->ops->query(place->d, text, 0, NULL, &rows, &err))
        fail_msg("%s: %s", text, err.message);
    GString *out = g_string_new(NULL);
    for (int r = 0; r < rows.count; r++)
        for (int c = 0; c < rows.columns; c++) {
            const char *cell = db_cell(&rows, r, c);
            g_string_append_printf(out, "%s%s", c ? "|" : r ? "\n" : "", cell ? cell : "NULL");
        }
    db_rows_clear(&rows);
    return g_string_free(out, FALSE);
}

void check_rows(Place *place, const char *sql, const char *expected, const char *file, int line)
{
    g_autofree char *found = ask_rows(place, sql);
    if (!g_str_equal(found, expected)) {
        print_error("%s:%d: %s\nexpected:\n%s\nfound:\n%s\n", file, line, sql, expected, found);
        _fail(file, line);
    }
}

void run_sql(Place *place, const char *sql)
{
    Err err = {0};
    g_autofree char *text = spell(place, sql);
    if (!db_exec(place->d, &err, text))
        fail_msg("%s: %s", text, err.message);
}
