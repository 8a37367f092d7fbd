/* SPDX-License-Identifier: Apache-2.0 */
/* A table partitioned by week: partitions are there before the rows, whoever made them and wherever they begin (B14, B15, B16). A database without
 * partitions gets the same table without them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "destinations/ddl.h"
#include "model/time.h"
#include "tests/support/fixture.h"

#define EVENTS "id text ! %; at timestamptz ! %; site text ^; visit text ^; title text; extra json"

static Stream *events_make(const Place *place)
{
    Stream *events = stream_make(place, "events", EVENTS);
    TableDef *table = events->table;
    int visit = table_column(table, "visit");
    table->uniques[0].name = g_strdup("events_id_at_unique");
    table_partition_weekly(table, "at");
    table_index_columns(table, "idx_visit", &visit, 1);
    events->scope_span_us = 2 * US_PER_DAY;
    return events;
}

static int64_t instant(const char *text)
{
    int64_t us;
    assert_true(time_parse(text, strlen(text), &us, NULL, NULL));
    return us;
}

/* "12_0|2025-07-14 10:00|…": a row of the scope per line; visits are what stands before the underscore. */
static void put_visit(Batch *batch, const char *visit, const char *rows)
{
    g_autofree char *parent = g_strdup_printf("1|%s", visit);
    g_auto(GStrv) lines = g_strsplit(rows, "\n", -1);
    int32_t scope = put_scope(batch, visit, parent);
    for (int i = 0; lines[i]; i++) {
        if (!lines[i][0])
            continue;
        g_auto(GStrv) parts = g_strsplit(lines[i], "|", 2);
        g_autofree char *key = g_strdup_printf("%s/%d", visit, i);
        g_autofree char *values = g_strdup_printf("%s|%s|1|%s|x|{\"a\": 1}", parts[0], parts[1], visit);
        put(batch, key, instant(parts[1]), scope, values);
    }
}

static Counts write_visit(Place *place, const Stream *events, const char *visit, const char *rows, int64_t run)
{
    Batch *batch = batch_new(events);
    put_visit(batch, visit, rows);
    Counts counts = write_once(place, events, batch, run);
    batch_free(batch);
    return counts;
}

#define PARTITIONS                                                                                                                 \
    "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "               \
    "WHERE i.inhparent = '{events}'::regclass ORDER BY pg_get_expr(c.relpartbound, c.oid), 1"
#define ROWS "SELECT id, title FROM {events} ORDER BY id"

static void week_name(Place *place)
{
    TableDef *table = table_new(NULL, "t", 1);
    table_partition_weekly(table, "at");
    static const struct {
        const char *monday, *name;
    } weeks[] = {{"2025-07-14", "t_2025w29"}, {"2024-12-30", "t_2025w01"}, {"2020-12-28", "t_2020w53"},
                 {"2026-01-05", "t_2026w02"}, {"1969-12-29", "t_1970w01"}, {"1969-12-22", "t_1969w52"}};
    (void)place;
    for (size_t i = 0; i < G_N_ELEMENTS(weeks); i++) {
        g_autofree char *name = table->partitions.name("t", instant(weeks[i].monday));
        assert_string_equal(name, weeks[i].name);
    }
    assert_int_equal((instant("2025-07-14") - table->partitions.origin_us) % table->partitions.step_us, 0);
    table_free(table);
}

static void made_ahead(Place *place)
{
    Stream *events = events_make(place);
    Err err = {0};
    DdlPlan *plan = ddl_plan(place->d, events, NULL, &err);
    assert_non_null(plan);
    assert_int_equal(plan->conflicts->len, 0);
    assert_non_null(strstr(plan->statements->pdata[0], "CONSTRAINT \"events_id_at_unique\" UNIQUE (\"id\", \"at\")"));
    assert_true((strstr(plan->statements->pdata[0], "PARTITION BY RANGE (\"at\")") != NULL) == (place->schema != NULL));
    assert_int_equal(plan->statements->len, 2); /* idx_visit begins with a scope column: no further index */
    assert_true(ddl_apply(place->d, events, plan, &err));
    ddl_plan_free(plan);
    plan = ddl_plan(place->d, events, NULL, &err);
    assert_int_equal(plan->statements->len, 0);
    ddl_plan_free(plan);
    Counts counts = write_visit(place, events, "1", "1_0|2025-07-20 23:59:59.999999\n1_1|2025-07-21\n1_2|2025-08-03 12:00", 1);
    assert_counts(counts, "3 3 0 0 0 0 0");
    counts = write_visit(place, events, "1", "1_0|2025-07-20 23:59:59.999999\n1_1|2025-07-21\n1_2|2025-08-03 12:00", 2);
    assert_counts(counts, "3 0 3 0 0 0 0");
    assert_rows(place, ROWS, "1_0|x\n1_1|x\n1_2|x");
    if (place->schema)
        assert_rows(place, PARTITIONS,
                    "events_2025w29|FOR VALUES FROM ('2025-07-14 00:00:00+00') TO ('2025-07-21 00:00:00+00')\n"
                    "events_2025w30|FOR VALUES FROM ('2025-07-21 00:00:00+00') TO ('2025-07-28 00:00:00+00')\n"
                    "events_2025w31|FOR VALUES FROM ('2025-07-28 00:00:00+00') TO ('2025-08-04 00:00:00+00')");
    if (place->schema) /* the table's indexes are in each of them, its constraint too */
        assert_rows(place, "SELECT count(*) FROM pg_indexes WHERE tablename = 'events_2025w31'", "2");
    stream_free(events);
}

/* Weeks of another zone, made by another client: what they cover is theirs, the rest of a week is filled. */
static void other_bounds(Place *place)
{
    if (!place->schema)
        return;
    Stream *events = events_make(place);
    stream_create(place, events);
    run_sql(place, "CREATE TABLE {events_2025w29} PARTITION OF {events} FOR VALUES FROM ('2025-07-14 00:00:00+02') TO ('2025-07-21 "
                   "00:00:00+02')");
    Counts counts =
        write_visit(place, events, "1", "1_0|2025-07-13 23:00\n1_1|2025-07-15\n1_2|2025-07-20 22:30\n1_3|2025-07-13 12:00", 1);
    assert_counts(counts, "4 4 0 0 0 0 0");
    assert_rows(place, PARTITIONS,
                "events_2025w28|FOR VALUES FROM ('2025-07-07 00:00:00+00') TO ('2025-07-13 22:00:00+00')\n"
                "events_2025w29|FOR VALUES FROM ('2025-07-13 22:00:00+00') TO ('2025-07-20 22:00:00+00')\n"
                "events_2025w29_2|FOR VALUES FROM ('2025-07-20 22:00:00+00') TO ('2025-07-21 00:00:00+00')");
    stream_free(events);
}

static void without_ends(Place *place)
{
    if (!place->schema)
        return;
    Stream *events = events_make(place);
    stream_create(place, events);
    run_sql(place, "CREATE TABLE {old} PARTITION OF {events} FOR VALUES FROM (MINVALUE) TO ('2025-07-16')");
    write_visit(place, events, "1", "1_0|2025-07-15\n1_1|2025-07-17\n1_2|1999-01-01", 1);
    assert_rows(place, PARTITIONS,
                "events_2025w29|FOR VALUES FROM ('2025-07-16 00:00:00+00') TO ('2025-07-21 00:00:00+00')\n"
                "old|FOR VALUES FROM (MINVALUE) TO ('2025-07-16 00:00:00+00')");
    run_sql(place, "CREATE TABLE {rest} PARTITION OF {events} DEFAULT");
    Counts counts = write_visit(place, events, "2", "2_0|2030-01-01", 2);
    assert_counts(counts, "1 1 0 0 0 0 0");
    assert_rows(place, "SELECT count(*) FROM {rest}", "1");
    stream_free(events);
}

/* The row trigger of another program makes the week of a row when nothing has its name; what it would have to make must be there already. */
static void under_a_trigger(Place *place)
{
    if (!place->schema)
        return;
    Stream *events = events_make(place);
    stream_create(place, events);
    run_sql(place, "CREATE FUNCTION {week_of}(place text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$ "
                   "DECLARE monday timestamptz := date_trunc('week', at); week text := place || to_char(monday, '_IYYY\"w\"IW'); "
                   "BEGIN "
                   "IF NOT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                   "               WHERE n.nspname = current_schema() AND c.relname = week) THEN "
                   "EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', week, place, monday, "
                   "monday + interval '1 week'); END IF; END $$");
    g_autofree char *path = g_strdup_printf("SET search_path TO %s", place->schema);
    run_sql(place, path);
    run_sql(place,
            "CREATE FUNCTION {on_row}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM week_of('events', NEW.at); RETURN "
            "NEW; END $$");
    run_sql(place, "CREATE TRIGGER events_auto_partition BEFORE INSERT ON {events} FOR EACH ROW EXECUTE FUNCTION {on_row}()");
    run_sql(place, "SET TimeZone TO 'Europe/Paris'; SELECT {week_of}('events', '2025-07-15'); SET TimeZone TO 'UTC'");
    Counts counts =
        write_visit(place, events, "1", "1_0|2025-07-13 23:00\n1_1|2025-07-15\n1_2|2025-07-20 22:30\n1_3|2025-09-01", 1);
    assert_counts(counts, "4 4 0 0 0 0 0");
    int64_t epoch = claim(place, events, 2);
    StreamWriter *writer = writer_make(place, events, WRITER_SYNC, 2, epoch, true); /* a first load's COPY fires it, too */
    Batch *batch = batch_new(events);
    put_visit(batch, "2", "2_0|2025-10-01\n2_1|2025-07-14");
    counts = commit_batch(writer, batch, NULL);
    assert_counts(counts, "2 2 0 0 0 0 0");
    assert_rows(place, "SELECT count(*) FROM {events}", "6");
    writer_free(writer);
    ledger_release(place->d, events, epoch);
    batch_free(batch);
    stream_free(events);
}

/* Neither an open reader nor an open writer of other partitions holds a new one up, and what another run made meanwhile is found. */
static void beside_others(Place *place)
{
    if (!place->schema)
        return;
    Stream *events = events_make(place);
    stream_create(place, events);
    int64_t epoch = claim(place, events, 1);
    StreamWriter *writer = writer_make(place, events, WRITER_SYNC, 1, epoch, false);
    Batch *batch = batch_new(events);
    put_visit(batch, "1", "1_0|2025-07-14");
    commit_batch(writer, batch, NULL);

    Place other = *place;
    other.d = place_connect(place);
    run_sql(&other, "BEGIN; SELECT count(*) FROM {events}; INSERT INTO {events} (id, at) VALUES ('9_0', '2025-07-15')");
    run_sql(place, "SET statement_timeout TO '60s'");
    batch_reset(batch, events);
    put_visit(batch, "1", "1_0|2025-07-14\n1_1|2025-07-22");
    Counts counts = commit_batch(writer, batch, NULL);
    assert_counts(counts, "2 1 1 0 0 0 0");
    run_sql(&other, "COMMIT; CREATE TABLE {events_2025w31} PARTITION OF {events} FOR VALUES FROM ('2025-07-28') TO ('2025-08-04')");
    batch_reset(batch, events);
    put_visit(batch, "1", "1_0|2025-07-14\n1_1|2025-07-22\n1_2|2025-07-30");
    counts = commit_batch(writer, batch, NULL);
    assert_counts(counts, "3 1 2 0 0 0 0");
    assert_rows(place, "SELECT count(*) FROM pg_inherits WHERE inhparent = '{events}'::regclass", "3");
    destination_close(other.d);
    writer_free(writer);
    ledger_release(place->d, events, epoch);
    batch_free(batch);
    stream_free(events);
}

/* A row at a shifted time is the same row: it is replaced, not doubled, also where the source did not return all of the visit. */
static void shifted_time(Place *place)
{
    Stream *events = events_make(place);
    stream_create(place, events);
    write_visit(place, events, "1", "1_0|2025-07-20 20:00\n1_1|2025-07-20 21:00\n1_2|2025-07-20 22:00", 1);
    Counts counts = write_visit(place, events, "1", "1_0|2025-07-21 00:00\n1_1|2025-07-21 01:00\n1_2|2025-07-21 02:00", 2);
    assert_counts(counts, "3 3 0 0 0 3 0");
    Batch *batch = batch_new(events);
    put_visit(batch, "1", "1_0|2025-07-20 19:00\n1_1|2025-07-21 01:00");
    batch->scopes[0].keep_others = true;
    counts = write_once(place, events, batch, 3);
    assert_counts(counts, "2 1 1 0 0 1 0");
    assert_rows(place, "SELECT id, substr(CAST(at AS text), 1, 13) FROM {events} ORDER BY id",
                "1_0|2025-07-20 19\n1_1|2025-07-21 01\n1_2|2025-07-21 02");
    batch_free(batch);
    stream_free(events);
}

/* Rows of a scope are looked for around where it lies; a scope of which nothing says where it lies is looked for everywhere. */
static void within_the_span(Place *place)
{
    Stream *events = events_make(place);
    stream_create(place, events);
    write_visit(place, events, "1", "1_0|2025-07-14\n1_1|2025-03-01", 1);
    Counts counts = write_visit(place, events, "1", "1_0|2025-07-15", 2);
    assert_int_equal(counts.removed, place->schema ? 1 : 2); /* without partitions it costs nothing to look at all of them */
    write_visit(place, events, "1", "1_0|2025-07-15\n1_1|2025-03-01", 3);
    Batch *batch = batch_new(events);
    put_visit(batch, "1", "");
    batch->scopes[0].low = batch->scopes[0].high = instant("2025-07-16");
    counts = write_once(place, events, batch, 4);
    assert_int_equal(counts.removed, place->schema ? 1 : 2);
    batch_reset(batch, events);
    put_visit(batch, "1", "");
    counts = write_once(place, events, batch, 5);
    assert_int_equal(counts.removed, place->schema ? 1 : 0);
    assert_rows(place, "SELECT count(*) FROM {events}", "0");
    batch_free(batch);
    stream_free(events);
}

/* What stands there already is written as it is. */
static void other_kind_of_table(Place *place)
{
    if (!place->schema)
        return;
    run_sql(place,
            "CREATE TABLE {events} (id text NOT NULL, at timestamptz NOT NULL, site text, visit text, title text, extra json, "
            "UNIQUE (id, at))");
    Stream *events = events_make(place);
    Err err = {0};
    DdlPlan *plan = ddl_plan(place->d, events, NULL, &err);
    assert_int_equal(plan->conflicts->len, 0);
    assert_int_equal(plan->notes->len, 1);
    assert_non_null(strstr(plan->notes->pdata[0], "has no partitions"));
    assert_true(ddl_apply(place->d, events, plan, &err));
    ddl_plan_free(plan);
    Counts counts = write_visit(place, events, "1", "1_0|2025-07-14", 1);
    assert_counts(counts, "1 1 0 0 0 0 0");
    run_sql(place, "DROP TABLE {events}");
    run_sql(place,
            "CREATE TABLE {events} (id text NOT NULL, at timestamptz NOT NULL, site text, visit text, title text, extra json, "
            "UNIQUE (id, at)) PARTITION BY LIST (id)");
    plan = ddl_plan(place->d, events, NULL, &err);
    assert_non_null(strstr(plan->notes->pdata[0], "partitioned by LIST (id)"));
    ddl_plan_free(plan);
    int id = 0;
    table_add_unique(events->table, &id, 1);
    run_sql(place, "DROP TABLE {events}");
    plan = ddl_plan(place->d, events, NULL, &err);
    assert_int_equal(plan->conflicts->len, 1);
    assert_non_null(strstr(plan->conflicts->pdata[0], "must contain that column"));
    ddl_plan_free(plan);
    stream_free(events);
}

/* Who may write rows but does not own the table is told what to do. */
static void not_the_owner(Place *place)
{
    if (!place->schema)
        return;
    Stream *events = events_make(place);
    stream_create(place, events);
    write_visit(place, events, "1", "1_0|2025-07-14", 1);
    const char *name = place->schema;
    g_autofree char *become = g_strdup_printf("CREATE ROLE %s_guest; GRANT ALL ON SCHEMA %s, %s_ledger TO %s_guest; "
                                              "GRANT ALL ON ALL TABLES IN SCHEMA %s, %s_ledger TO %s_guest; "
                                              "GRANT ALL ON ALL SEQUENCES IN SCHEMA %s_ledger TO %s_guest; SET ROLE %s_guest",
                                              name, name, name, name, name, name, name, name, name, name);
    run_sql(place, become);
    Counts counts = write_visit(place, events, "1", "1_0|2025-07-15", 2); /* its partition is there */
    assert_counts(counts, "1 1 0 0 0 1 0");
    int64_t epoch = claim(place, events, 3);
    StreamWriter *writer = writer_make(place, events, WRITER_SYNC, 3, epoch, false);
    Batch *batch = batch_new(events);
    put_visit(batch, "2", "2_0|2026-01-01");
    CommitPoint point = {.watermark = TIME_NONE, .history_from = TIME_NONE};
    Err err = {0};
    assert_true(writer_add(writer, batch, &err));
    assert_false(writer_commit(writer, &point, &counts, &err));
    assert_non_null(strstr(err.message, "making partitions of events"));
    assert_non_null(strstr(err.hint, "only the owner of events"));
    writer_free(writer);
    ledger_release(place->d, events, epoch);
    batch_free(batch);
    g_autofree char *end = g_strdup_printf("RESET ROLE; DROP OWNED BY %s_guest; DROP ROLE %s_guest", name, name);
    run_sql(place, end);
    stream_free(events);
}

static void reimported(Place *place)
{
    Stream *events = events_make(place);
    stream_create(place, events);
    write_visit(place, events, "1", "1_0|2025-07-14\n1_1|2025-07-15\n1_2|2025-07-15", 1);
    static const WriterKind kinds[] = {WRITER_REIMPORT, WRITER_TRUNCATE};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        int64_t epoch = claim(place, events, 2);
        StreamWriter *writer = writer_make(place, events, kinds[i], 2, epoch, false);
        Batch *batch = batch_new(events);
        put_visit(batch, "1", "1_0|2025-07-14\n1_1|2025-08-15");
        batch->scopes[0].keep_others = true;
        put_visit(batch, "2", "2_0|2024-01-01");
        batch_note(batch, instant("2025-07-14"), instant("2025-07-15"), 1, "left");
        Counts counts = commit_batch(writer, batch, NULL);
        CommitPoint point = {.closed = true, .watermark = TIME_NONE, .history_from = TIME_NONE};
        Err err = {0};
        if (!writer_finish_reimport(writer, &point, &counts, &err))
            fail_msg("%s", err.message);
        assert_rows(place, "SELECT id, substr(CAST(at AS text), 1, 10) FROM {events} ORDER BY id",
                    "1_0|2025-07-14\n1_1|2025-08-15\n1_2|2025-07-15\n2_0|2024-01-01");
        assert_rows(place, "SELECT \"count\", note FROM [unit_notes]", "1|left");
        writer_free(writer);
        ledger_release(place->d, events, epoch);
        batch_free(batch);
    }
    stream_free(events);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"a week is named by the year of its Thursday", week_name},
        {"B15, B16: partitions are made ahead of the rows, Mondays in UTC", made_ahead},
        {"B14: partitions of another zone stay, the rest of the week is filled", other_bounds},
        {"partitions without an end and default partitions take what is theirs", without_ends},
        {"a row trigger that makes partitions finds nothing to make", under_a_trigger},
        {"a new partition waits for nobody", beside_others},
        {"a row at a shifted time is replaced", shifted_time},
        {"rows of a scope are looked for around it", within_the_span},
        {"a table of another kind is written as it is", other_kind_of_table},
        {"who does not own the table is told so", not_the_owner},
        {"a reimport makes the partitions its rows need", reimported},
    };
    return place_run("partitions", cases, (int)G_N_ELEMENTS(cases));
}
