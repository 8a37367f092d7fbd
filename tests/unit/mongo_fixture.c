/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/mongo_fixture.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void fixture_new(Fixture *fixture, const char *schema, const char *url, const char *database)
{
    const SourceOps *ops = source_find("mongodb");
    Err err = {0};
    *fixture = (Fixture){.problems = problems_new(), .streams = g_ptr_array_new_with_free_func((GDestroyNotify)stream_free)};
    fixture->schema = schema_mongo_parse(schema, strlen(schema), "schemas.yaml", NULL, fixture->problems);
    for (guint i = 0; i < fixture->problems->list->len; i++) {
        g_autofree char *text = problem_format(g_ptr_array_index(fixture->problems->list, i));
        print_message("%s\n", text);
    }
    assert_non_null(fixture->schema);
    fixture->config =
        (SourceConfig){.name = "app", .kind = "mongodb", .schema = fixture->schema, .options = options_new(ops->options)};
    assert_true(options_set(fixture->config.options, "url", url, &err));
    if (database)
        assert_true(options_set(fixture->config.options, "database", database, &err));
    fixture->context = (SourceContext){.config = &fixture->config};
    Source *unopened = source_new(ops, &fixture->context);
    assert_true(ops->streams(unopened, fixture->streams, fixture->problems));
    source_free(unopened);
}

bool fixture_open(Fixture *fixture, Err *err)
{
    *err = (Err){0};
    fixture->source = source_open(source_find("mongodb"), &fixture->context, err);
    return fixture->source != NULL;
}

void fixture_free(Fixture *fixture)
{
    source_free(fixture->source);
    g_ptr_array_unref(fixture->streams);
    options_free(fixture->config.options);
    schema_mongo_free(fixture->schema);
    problems_free(fixture->problems);
}

const Stream *fixture_stream(const Fixture *fixture, const char *name)
{
    for (guint i = 0; i < fixture->streams->len; i++) {
        const Stream *stream = g_ptr_array_index(fixture->streams, i);
        if (strcmp(stream->name, name) == 0)
            return stream;
    }
    fail_msg("no stream %s", name);
    return NULL;
}

static int64_t instant(const char *text)
{
    int64_t us = 0;
    assert_true(time_parse(text, strlen(text), &us, NULL, NULL));
    return us;
}

Window window_whole(void)
{
    return (Window){.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE};
}

Window window_since(const char *low)
{
    return (Window){.kind = WINDOW_SINCE, .low = instant(low), .high = TIME_NONE, .clock = TIME_NONE};
}

Window window_range(const char *low, const char *high)
{
    return (Window){.kind = WINDOW_RANGE, .low = instant(low), .high = instant(high), .clock = TIME_NONE};
}

static void print_row(const Batch *batch, const Row *row, GString *out)
{
    const TableDef *table = batch->stream->table;
    g_string_append_printf(out, "%.*s:", (int)row->key_len, row->key);
    for (int i = 0; i < table->column_count; i++) {
        g_string_append_c(out, i ? '|' : ' ');
        if (row->values[i].state == VALUE_NULL)
            g_string_append_c(out, '~');
        else if (row->values[i].state == VALUE_ABSENT)
            g_string_append_c(out, '-');
        else
            value_text(&table->columns[i], &row->values[i], out);
    }
    g_string_append_c(out, '\n');
}

void fixture_print(const Batch *batch, GString *out)
{
    for (int i = 0; i < batch->scope_count; i++)
        g_string_append_printf(out, "> %.*s%s\n", (int)batch->scopes[i].key_len, batch->scopes[i].key,
                               batch->scopes[i].more_follows ? " …" : "");
    for (int i = 0; i < batch->row_count; i++)
        print_row(batch, &batch->rows[i], out);
    for (int i = 0; i < batch->reject_count; i++) {
        const RejectRow *reject = &batch->rejects[i];
        g_string_append_printf(out, "! %s %s %.*s %s\n", reject_name(reject->reason),
                               reject->column >= 0 ? batch->stream->table->columns[reject->column].name : "-", (int)reject->key_len,
                               reject->key, reject->row);
    }
    assert_int_equal(batch->read, batch->row_count + batch->reject_count + batch->filtered + batch->same);
}

char *fixture_read(Fixture *fixture, const char *name, Window window)
{
    const Stream *stream = fixture_stream(fixture, name);
    const SourceOps *ops = fixture->source->ops;
    GString *out = g_string_new("");
    Batch *batch = batch_new(stream);
    Err err = {0};
    bool restarted = false, missing = false;
    ReadStatus status = READ_FAIL;
    if (!ops->start(fixture->source, stream, &window, NULL, &restarted, &missing, &err))
        fail_msg("start: %s", err.message);
    if (missing)
        g_string_append(out, "missing\n");
    do {
        batch_reset(batch, stream);
        status = ops->read(fixture->source, batch, &err);
        if (status == READ_FAIL)
            fail_msg("read: %s", err.message);
        fixture_print(batch, out);
    } while (status != READ_END);
    batch_free(batch);
    return g_string_free(out, FALSE);
}

char *fixture_mkdir(void)
{
    GError *error = NULL;
    char *dir = g_dir_make_tmp("tidemark-mongo-XXXXXX", &error);
    assert_non_null(dir);
    return dir;
}

void fixture_rmdir(char *dir)
{
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;
    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            fixture_rmdir(g_steal_pointer(&path));
        else
            g_unlink(path);
    }
    g_rmdir(dir);
    g_free(dir);
}

void fixture_bytes(const char *dir, const char *name, const void *bytes, size_t len)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

void fixture_dump(const char *dir, const char *name, const char *const *documents)
{
    fixture_bytes(dir, name, "", 0);
    for (; *documents; documents++) {
        bson_error_t error = {0};
        bson_t *document = bson_new_from_json((const uint8_t *)*documents, -1, &error);
        if (!document) {
            fail_msg("%s: %s", *documents, error.message);
            return;
        }
        fixture_bytes(dir, name, bson_get_data(document), document->len);
        bson_destroy(document);
    }
}
