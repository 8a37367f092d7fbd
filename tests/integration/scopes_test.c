/* SPDX-License-Identifier: Apache-2.0 */
/* Several streams in one table, each with a part of it that is its own, and what a unit of one leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "destinations/ddl.h"
#include "destinations/unit_notes.h"
#include "model/time.h"
#include "tests/support/fixture.h"

#define VISITS "id varchar #; site varchar !; n int; page varchar >pages.id; at timestamp @"

/* The stream app.<table>_<site>: rows whose `site` is that. */
static Stream *site_make(const Place *place, const char *table, const char *columns, const char *site)
{
    Stream *stream = stream_make(place, table, columns);
    g_free(stream->id);
    stream->id = g_strdup_printf("app.%s_%s", table, site);
    stream->scope = g_new0(ScopePredicate, 1);
    stream->scope[0] = (ScopePredicate){.column = table_column(stream->table, "site"), .value = g_strdup(site)};
    stream->scope_count = 1;
    stream_set_definition(stream, "fixture");
    return stream;
}

typedef struct Sites {
    Stream *one, *two;
} Sites;

static Sites sites_begin(Place *place)
{
    run_sql(place, "CREATE TABLE {pages} (id varchar NOT NULL PRIMARY KEY)");
    Sites sites = {site_make(place, "visits", VISITS, "1"), site_make(place, "visits", VISITS, "2")};
    stream_create(place, sites.one);
    return sites;
}

static void sites_end(Sites *sites)
{
    stream_free(sites->one);
    stream_free(sites->two);
}

static Counts write_rows(Place *place, const Stream *stream, const char *rows, int64_t run)
{
    Batch *batch = batch_new(stream);
    g_auto(GStrv) lines = g_strsplit(rows, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], "|", 2);
        put(batch, parts[0], run, -1, lines[i]);
    }
    Counts counts = write_once(place, stream, batch, run);
    batch_free(batch);
    return counts;
}

#define ROWS "SELECT id, site, n FROM {visits} ORDER BY id"

/* The statements that make a shared table are planned once; its streams are locked apart. */
static void planned_once(Place *place)
{
    run_sql(place, "CREATE TABLE {pages} (id varchar NOT NULL PRIMARY KEY)");
    Sites sites = {site_make(place, "visits", VISITS, "1"), site_make(place, "visits", VISITS, "2")};
    Err err = {0};
    g_autoptr(GPtrArray) before = g_ptr_array_new();
    DdlPlan *first = ddl_plan(place->d, sites.one, before, &err);
    g_ptr_array_add(before, sites.one);
    DdlPlan *second = ddl_plan(place->d, sites.two, before, &err);
    assert_true(first->statements->len > 0);
    assert_true(second->creates);
    assert_int_equal(second->statements->len, 0);
    assert_true(ddl_apply(place->d, sites.one, first, &err));
    assert_true(ddl_apply(place->d, sites.two, second, &err));
    ddl_plan_free(first);
    ddl_plan_free(second);
    int64_t one = claim(place, sites.one, 1), two = claim(place, sites.two, 1);
    ledger_release(place->d, sites.one, one);
    ledger_release(place->d, sites.two, two);
    sites_end(&sites);
}

static void rows_stay_apart(Place *place)
{
    Sites sites = sites_begin(place);
    Counts counts = write_rows(place, sites.one, "a|1|1|NULL|2024-01-01\nb|1|1|NULL|2024-01-01", 1);
    assert_counts(counts, "2 2 0 0 0 0 0");
    int64_t epoch = claim(place, sites.two, 2);
    StreamWriter *writer = writer_make(place, sites.two, WRITER_SYNC, 2, epoch, true); /* its part is empty: a first load */
    Batch *batch = batch_new(sites.two);
    put(batch, "c", 2, -1, "c|2|1|NULL|2024-01-01");
    CommitPoint point = {.closed = true, .moves_watermark = true, .watermark = 2, .history_from = TIME_NONE};
    counts = commit_batch(writer, batch, &point);
    assert_counts(counts, "1 1 0 0 0 0 0");
    Position position;
    Err err = {0};
    assert_true(ledger_position(place->d, sites.two, &position, &err));
    assert_int_equal(position.rows, 1);
    writer_free(writer);
    ledger_release(place->d, sites.two, epoch);
    counts = write_rows(place, sites.two, "a|2|7|NULL|2024-01-01\nd|2|7|NULL|2024-01-01", 3); /* a is the other stream's row */
    assert_counts(counts, "2 1 0 1 0 0 1");
    assert_rows(place, ROWS, "a|1|1\nb|1|1\nc|2|1\nd|2|7");
    batch_free(batch);
    sites_end(&sites);
}

static Counts reimport(Place *place, const Stream *stream, const GPtrArray *all, WriterKind kind, const char *rows, Err *err)
{
    Counts counts = {0};
    int64_t epoch = claim(place, stream, 9);
    WriterSetup setup = {
        .stream = stream, .kind = kind, .job = "reimport", .window_key = "sync", .run = 9, .epoch = epoch, .streams = all};
    setup.allow_shrink = true;
    StreamWriter *writer = writer_new(place->d, &setup, err);
    Batch *batch = batch_new(stream);
    g_auto(GStrv) lines = g_strsplit(rows, "\n", -1);
    for (int i = 0; lines[i]; i++)
        put(batch, lines[i], 9, -1, lines[i]);
    commit_batch(writer, batch, NULL);
    CommitPoint point = {.closed = true, .watermark = TIME_NONE, .history_from = TIME_NONE};
    writer_finish_reimport(writer, &point, &counts, err);
    writer_free(writer);
    ledger_release(place->d, stream, epoch);
    batch_free(batch);
    return counts;
}

static void reimported_alone(Place *place)
{
    Sites sites = sites_begin(place);
    write_rows(place, sites.one, "a|1|1|NULL|2024-01-01\nb|1|1|NULL|2024-01-01", 1);
    write_rows(place, sites.two, "c|2|1|NULL|2024-01-01\nd|2|1|NULL|2024-01-01", 2);
    Err err = {0};
    ReimportScope scope;
    assert_true(reimport_scope(place->d, sites.two, NULL, &scope, &err));
    assert_int_equal(scope.rows, 2);
    if (place->schema)
        assert_non_null(strstr(scope.locks->pdata[1], "DELETE instead of TRUNCATE (other streams share it)"));
    reimport_scope_clear(&scope);
    Counts counts = reimport(place, sites.two, NULL, WRITER_REIMPORT, "d|2|5|NULL|2024-01-01", &err);
    assert_counts(counts, "1 1 0 0 0 1 0");
    assert_rows(place, ROWS, "a|1|1\nb|1|1\nd|2|5");
    counts = reimport(place, sites.one, NULL, WRITER_TRUNCATE, "e|1|6|NULL|2024-01-01", &err);
    assert_counts(counts, "1 1 0 0 0 2 0");
    assert_rows(place, ROWS, "d|2|5\ne|1|6");
    sites_end(&sites);
}

/* Rows that point at vanishing ones are parked by the stream whose part they are in; what is in nobody's part stops the reimport. */
static void dependants(Place *place)
{
    Sites sites = sites_begin(place);
    Stream *pages = stream_make(place, "pages", "id varchar #");
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, pages);
    g_ptr_array_add(all, sites.one);
    g_ptr_array_add(all, sites.two);
    run_sql(place, "INSERT INTO {pages} VALUES ('p'), ('q')");
    write_rows(place, sites.one, "a|1|1|p|2024-01-01", 1);
    write_rows(place, sites.two, "b|2|1|p|2024-01-01\nc|2|1|q|2024-01-01", 2);
    Err err = {0};
    ReimportScope scope;
    assert_true(reimport_scope(place->d, pages, all, &scope, &err));
    assert_non_null(strstr(scope.referenced_by->pdata[0], "(3 rows, streams app.visits_1, app.visits_2)"));
    reimport_scope_clear(&scope);
    Counts counts = reimport(place, pages, all, WRITER_REIMPORT, "q", &err);
    assert_int_equal(err.code, ERR_NONE);
    assert_int_equal(counts.removed, 3);
    assert_rows(place, ROWS, "c|2|1");
    assert_rows(place, "SELECT stream, \"key\" FROM [rejects] ORDER BY stream", "app.visits_1|\"a\"\napp.visits_2|\"b\"");
    run_sql(place, "INSERT INTO {visits} (id, site, page) VALUES ('z', '3', 'q')");
    reimport(place, pages, all, WRITER_REIMPORT, "r", &err);
    assert_non_null(strstr(err.message, "no stream fills that table"));
    assert_rows(place, "SELECT id FROM {visits} ORDER BY id", "c\nz");
    stream_free(pages);
    sites_end(&sites);
}

/* ---- notes of units ---- */

#define NOTES "SELECT stream, \"count\", note, run FROM [unit_notes] ORDER BY stream, low"
#define HOUR  (INT64_C(3600) * US_PER_SECOND)

static void note_unit(Place *place, const Stream *stream, int64_t low, int64_t high, int64_t count, int64_t run)
{
    Batch *batch = batch_new(stream);
    batch_note(batch, low, high, count, count > 0 ? "visits were cut short" : NULL);
    Counts counts = write_once(place, stream, batch, run);
    assert_counts(counts, "0 0 0 0 0 0 0");
    batch_free(batch);
}

static void noted_units(Place *place)
{
    Sites sites = sites_begin(place);
    const int64_t day = 20000 * US_PER_DAY;
    note_unit(place, sites.one, day, day + US_PER_DAY, 0, 1);
    assert_rows(place, NOTES, "");
    note_unit(place, sites.one, day, day + US_PER_DAY, 3, 2);
    note_unit(place, sites.two, day, day + US_PER_DAY, 1, 3);
    note_unit(place, sites.one, day + US_PER_DAY, day + 2 * US_PER_DAY, 4, 4);
    assert_rows(place, NOTES,
                "app.visits_1|3|visits were cut short|2\napp.visits_1|4|visits were cut short|4\n"
                "app.visits_2|1|visits were cut short|3");
    note_unit(place, sites.one, day, day + US_PER_DAY, 2, 5);                          /* read again: replaced */
    note_unit(place, sites.one, day + US_PER_DAY, day + US_PER_DAY + 12 * HOUR, 0, 6); /* and halved: it was of the whole day */
    assert_rows(place, NOTES, "app.visits_1|2|visits were cut short|5\napp.visits_2|1|visits were cut short|3");
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(stored_note_free);
    Err err = {0};
    assert_true(unit_notes_list(place->d, NULL, day - HOUR, day + 1, found, &err));
    assert_int_equal(found->len, 2);
    const StoredNote *note = found->pdata[0];
    assert_string_equal(note->stream, "app.visits_1");
    assert_true(note->low == day && note->high == day + US_PER_DAY && note->count == 2 && note->run == 5);
    g_ptr_array_set_size(found, 0);
    assert_true(unit_notes_list(place->d, "app.visits_2", day + US_PER_DAY, day + 2 * US_PER_DAY, found, &err));
    assert_int_equal(found->len, 0);
    sites_end(&sites);
}

/* A ledger of the version before: read without them, made whole by the next run. */
static void older_ledger(Place *place)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(stored_note_free);
    Err err = {0};
    run_sql(place, "DROP TABLE [unit_notes]");
    run_sql(place, "ALTER TABLE [streams] DROP COLUMN counted_at");
    run_sql(place, "UPDATE [meta] SET version = 1");
    assert_true(unit_notes_list(place->d, NULL, 0, US_PER_DAY, found, &err));
    assert_int_equal(found->len, 0);
    assert_true(ledger_prepare(place->d, &err));
    assert_rows(place, "SELECT count(*) FROM [unit_notes]", "0");
    assert_rows(place, "SELECT version FROM [meta]", "3");
}

/* Rows that are not stored leave no note. */
static void notes_go_with_rows(Place *place)
{
    Sites sites = sites_begin(place);
    Batch *batch = batch_new(sites.one);
    int64_t epoch = claim(place, sites.one, 1);
    StreamWriter *writer = writer_make(place, sites.one, WRITER_SYNC, 1, epoch, false);
    CommitPoint point = {.watermark = TIME_NONE, .history_from = TIME_NONE};
    Counts counts = {0};
    Err err = {0};
    put(batch, "a", 1, -1, "a|1|1|NULL|2024-01-01");
    batch_note(batch, 0, US_PER_DAY, 1, "cut short");
    run_sql(place, "UPDATE [leases] SET epoch = epoch + 1"); /* another run took over */
    assert_true(writer_add(writer, batch, &err));
    assert_false(writer_commit(writer, &point, &counts, &err));
    assert_int_equal(err.code, ERR_BUSY);
    assert_rows(place, "SELECT (SELECT count(*) FROM {visits}), (SELECT count(*) FROM [unit_notes])", "0|0");
    writer_free(writer);
    batch_free(batch);
    sites_end(&sites);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"a shared table is planned once and locked by part", planned_once},
        {"rows of one stream are no matter of another's", rows_stay_apart},
        {"a reimport is of its own part", reimported_alone},
        {"dependants are parked by their own streams", dependants},
        {"a unit's note is replaced when it is read again", noted_units},
        {"a ledger of the version before is made whole", older_ledger},
        {"notes are stored with the rows or not at all", notes_go_with_rows},
    };
    return place_run("scopes", cases, (int)G_N_ELEMENTS(cases));
}
