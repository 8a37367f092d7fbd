/* SPDX-License-Identifier: Apache-2.0 */
/* Merging staged rows: promise 3 and the value table's rules about keys, on every destination. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/support/fixture.h"

#define USERS "id varchar #; name varchar(20) !; email varchar *; at timestamp @"

static void test_upsert(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|Ann|a@x|2024-01-01");
    put(batch, "2", 20, -1, "2|Bob|b@x|2024-01-02");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "2 2 0 0 0 0 0");
    batch_reset(batch, users);
    put(batch, "1", 10, -1, "1|Ann|a@x|2024-01-01");
    put(batch, "2", 30, -1, "2|Bobby|NULL|2024-01-03");
    put(batch, "3", 30, -1, "3|Cy|NULL|2024-01-03");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "3 2 1 0 0 0 0");
    assert_rows(place, "SELECT id, name, email FROM {users} ORDER BY id", "1|Ann|a@x\n2|Bobby|NULL\n3|Cy|NULL");
    batch_done(batch, users);
}

/* H34: an unchanged row is not even touched. */
static void test_unchanged_untouched(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|Ann|a@x|2024-01-01");
    put(batch, "2", 20, -1, "2|Bob|b@x|2024-01-02");
    write_once(place, users, batch, 1);
    if (place->schema) {
        g_autofree char *before = ask_rows(place, "SELECT id, xmin, xmax, ctid FROM {users} WHERE id = '1'");
        batch_reset(batch, users);
        put(batch, "1", 10, -1, "1|Ann|a@x|2024-01-01");
        put(batch, "2", 20, -1, "2|Bert|b@x|2024-01-02");
        Counts counts = write_once(place, users, batch, 2);
        assert_counts(counts, "2 1 1 0 0 0 0");
        assert_rows(place, "SELECT id, xmin, xmax, ctid FROM {users} WHERE id = '1'", before);
    } else {
        run_sql(place, "CREATE TABLE touched (id text); CREATE TRIGGER touch AFTER UPDATE ON users BEGIN INSERT INTO touched "
                       "VALUES (new.id); END");
        put(batch, "2", 30, -1, "2|Bert|b@x|2024-01-02");
        Counts counts = write_once(place, users, batch, 2);
        assert_counts(counts, "3 1 2 0 0 0 0");
        assert_rows(place, "SELECT id FROM touched", "2");
    }
    batch_done(batch, users);
}

/* The same document twice: the newer reading. Two documents with one key: the newer stays, the other is a duplicate. */
static void test_duplicates(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    put(batch, "1", 30, -1, "1|Newer|NULL|2024-01-03");
    put(batch, "1", 10, -1, "1|Older|NULL|2024-01-01");
    put(batch, "2", 10, -1, "2|Number|NULL|2024-01-01");
    put(batch, "\"2\"", 20, -1, "2|Text|NULL|2024-01-02");
    put(batch, "3", INT64_MIN, -1, "3|First|NULL|NULL");
    put(batch, "3", INT64_MIN, -1, "3|Last|NULL|NULL");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "6 3 2 1 0 0 1");
    assert_rows(place, "SELECT id, name FROM {users} ORDER BY id", "1|Newer\n2|Text\n3|Last");
    assert_rows(place, "SELECT stream, \"key\", reason, sqlstate, column_name FROM [rejects]", "app.users|2|duplicate|23505|id");
    batch_done(batch, users);
}

/* The table keeps another kind of JSON than the schema file says: what is equal is not written again, what differs is. */
static void test_other_json(Place *place)
{
    if (!place->schema)
        return; /* SQLite has one kind */
    Stream *users = stream_made(place, "users", "id varchar #; a json; b jsonb");
    run_sql(place, "ALTER TABLE {users} ALTER COLUMN a TYPE jsonb, ALTER COLUMN b TYPE json");
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|{ \"y\": 1, \"x\": 2 }|{ \"y\": 1 }");
    put(batch, "2", 10, -1, "2|{ \"y\": 1 }|{ \"y\": 1, \"x\": 2 }");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "2 2 0 0 0 0 0");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "2 0 2 0 0 0 0");
    batch_reset(batch, users);
    put(batch, "1", 10, -1, "1|{ \"y\": 3, \"x\": 2 }|{ \"y\": 1 }");
    put(batch, "2", 10, -1, "2|{ \"y\": 1 }|{ \"y\": 1, \"x\": 4 }");
    counts = write_once(place, users, batch, 3);
    assert_counts(counts, "2 2 0 0 0 0 0");
    assert_rows(place, "SELECT id, a->>'y', b->>'x' FROM {users} ORDER BY id", "1|3|NULL\n2|1|4");
    batch_done(batch, users);
}

/* Without a primary key several documents may share the row of a conflict target: the newer by cursor, whatever comes first. */
static void test_newer_of_shared_rows(Place *place)
{
    Stream *reads = stream_make(place, "reads", "menu varchar ! %; recipe varchar ! %; at timestamp @; n int");
    reads->conflict_is_identity = false;
    stream_create(place, reads);
    Batch *batch = batch_new(reads);
    put(batch, "a", 20, -1, "m|r|2024-01-02|2");
    put(batch, "b", 10, -1, "m|r|2024-01-01|1");
    Counts counts = write_once(place, reads, batch, 1);
    assert_counts(counts, "2 1 1 0 0 0 0");
    assert_rows(place, "SELECT n FROM {reads}", "2");
    batch_reset(batch, reads);
    put(batch, "b", 10, -1, "m|r|2024-01-01|7");
    counts = write_once(place, reads, batch, 2);
    assert_counts(counts, "1 0 1 0 0 0 0");
    batch_reset(batch, reads);
    put(batch, "b", 40, -1, "m|r|2024-01-04|8");
    counts = write_once(place, reads, batch, 3);
    assert_counts(counts, "1 1 0 0 0 0 0");
    assert_rows(place, "SELECT n FROM {reads}", "8");
    batch_done(batch, reads);
}

/* H32 */
static void test_newer_wins(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #; name varchar; made timestamp @; at timestamp @");
    users->settings.newer_wins = true;
    stream_create(place, users);
    Batch *batch = batch_new(users);
    put(batch, "1", 30, -1, "1|New|2024-01-01|2024-01-03");
    put(batch, "2", 30, -1, "2|New|2024-01-03|NULL");
    write_once(place, users, batch, 1);
    batch_reset(batch, users);
    put(batch, "1", 20, -1, "1|Old|2024-01-01|2024-01-02");
    put(batch, "2", 40, -1, "2|Newer|NULL|2024-01-04");
    Counts counts = write_once(place, users, batch, 2);
    assert_counts(counts, "2 1 1 0 0 0 0");
    assert_rows(place, "SELECT id, name FROM {users} ORDER BY id", "1|New\n2|Newer");
    batch_done(batch, users);
}

/* H2: a child that came before its parent waits, and lands by one join. */
static void test_missing_parents(Place *place)
{
    Stream *companies = stream_made(place, "companies", "id varchar #; name varchar");
    Stream *users =
        stream_made(place, "users", "id varchar #; company varchar >companies.id; boss varchar >companies.id; name varchar");
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|c1|NULL|Ann");
    put(batch, "2", 10, -1, "2|NULL|NULL|Bob");
    put(batch, "3", 10, -1, "3|c1|c2|Cy");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "3 1 0 2 0 0 2");
    assert_rows(place, "SELECT \"key\", reason, column_name, tries FROM [rejects] ORDER BY \"key\"",
                "1|missing parent|company|1\n3|missing parent|company|1");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "3 0 1 2 0 0 0");
    assert_rows(place, "SELECT \"key\", tries, first_run, last_run FROM [rejects] ORDER BY \"key\"", "1|2|1|2\n3|2|1|2");

    Batch *parents = batch_new(companies);
    put(parents, "c1", 10, -1, "c1|One");
    write_once(place, companies, parents, 3);
    int64_t epoch = claim(place, users, 3);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 3, epoch, false);
    Counts landed = {0};
    Err err = {0};
    assert_true(writer_retry_parked(writer, &landed, &err));
    assert_counts(landed, "1 1 0 0 0 0 0");
    assert_rows(place, "SELECT id, company, name FROM {users} ORDER BY id", "1|c1|Ann\n2|NULL|Bob");
    assert_rows(place, "SELECT \"key\" FROM [rejects]", "3");
    writer_free(writer);
    ledger_release(place->d, users, epoch);
    batch_free(parents);
    stream_free(companies);
    batch_done(batch, users);
}

/* A table that points at itself: parents may come in the same group, in any order; what hangs on a missing one waits with it. */
static void test_self_reference(Place *place)
{
    Stream *tree = stream_made(place, "tree", "id varchar #; parent varchar >tree.id");
    Batch *batch = batch_new(tree);
    put(batch, "3", 10, -1, "3|2");
    put(batch, "2", 10, -1, "2|1");
    put(batch, "1", 10, -1, "1|NULL");
    put(batch, "5", 10, -1, "5|4");
    put(batch, "6", 10, -1, "6|5");
    put(batch, "7", 10, -1, "7|7");
    Counts counts = write_once(place, tree, batch, 1);
    assert_counts(counts, "6 4 0 2 0 0 2");
    assert_rows(place, "SELECT id FROM {tree} ORDER BY id", "1\n2\n3\n7");
    batch_reset(batch, tree);
    put(batch, "4", 10, -1, "4|NULL");
    int64_t epoch = claim(place, tree, 2);
    StreamWriter *writer = writer_make(place, tree, WRITER_SYNC, 2, epoch, false);
    commit_batch(writer, batch, NULL);
    Counts landed = {0};
    Err err = {0};
    assert_true(writer_retry_parked(writer, &landed, &err)); /* 5 lands, and then 6 */
    assert_counts(landed, "2 2 0 0 0 0 0");
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    writer_free(writer);
    ledger_release(place->d, tree, epoch);
    batch_done(batch, tree);
}

/* A foreign key of the schema file is kept where the database does not know it, also between different types. */
static void test_parent_without_constraint(Place *place)
{
    run_sql(place, "CREATE TABLE {plain} (id integer)");
    run_sql(place, "INSERT INTO {plain} VALUES (7)");
    Stream *users = stream_made(place, "users", "id varchar #; ref varchar >plain.id; gone varchar >nowhere.id");
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|7|x");
    put(batch, "2", 10, -1, "2|8|x");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "2 1 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", column_name FROM [rejects]", "2|ref");
    batch_done(batch, users);
}

/* Rows that the table holds as they are need no staging, unless they settle a reject or their parent is gone. */
static void test_all_there(Place *place)
{
    run_sql(place, "CREATE TABLE {plain} (id integer)");
    run_sql(place, "INSERT INTO {plain} VALUES (7)");
    Stream *users = stream_made(place, "users", "id varchar #; ref varchar >plain.id; data json; price numeric(10,2)");
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|7|{\"a\":1}|1.50");
    put(batch, "2", 10, -1, "2|8|NULL|NULL");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "2 1 0 1 0 0 1");
    batch_reset(batch, users);
    put(batch, "1", 10, -1, "1|7|{\"a\":1}|1.50");
    run_sql(place, "UPDATE [rejects] SET \"key\" = '1'");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "1 0 1 0 0 0 0");
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    counts = write_once(place, users, batch, 3);
    assert_counts(counts, "1 0 1 0 0 0 0");
    run_sql(place, "DELETE FROM {plain}");
    counts = write_once(place, users, batch, 4);
    assert_counts(counts, "1 0 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", column_name FROM [rejects]", "1|ref");
    batch_reset(batch, users);
    put(batch, "1", 10, -1, "1|NULL|{\"a\":2}|1.50");
    put(batch, "1", 11, -1, "1|NULL|{\"a\":2}|1.50");
    counts = write_once(place, users, batch, 5);
    assert_counts(counts, "2 1 1 0 0 0 0");
    counts = write_once(place, users, batch, 6);
    assert_counts(counts, "2 0 2 0 0 0 0");
    batch_done(batch, users);
}

/* A figure that could not be fetched leaves the column as it is. */
static void test_absent(Place *place)
{
    Stream *stats = stream_make(place, "stats", "id varchar #; visits int !; bounce int; note text");
    stats->may_be_absent = true;
    stream_create(place, stats);
    if (place->schema)
        run_sql(place, "ALTER TABLE {stats} ALTER COLUMN note SET DEFAULT 'none'");
    Batch *batch = batch_new(stats);
    put(batch, "a", 1, -1, "a|10|5|x");
    put(batch, "b", 1, -1, "b|20|ABSENT|ABSENT");
    put(batch, "c", 1, -1, "c|ABSENT|1|y");
    Counts counts = write_once(place, stats, batch, 1);
    assert_counts(counts, "3 2 0 1 0 0 1");
    assert_rows(place, "SELECT id, visits, bounce, note FROM {stats} ORDER BY id",
                place->schema ? "a|10|5|x\nb|20|NULL|none" : "a|10|5|x\nb|20|NULL|NULL");
    assert_rows(place, "SELECT \"key\", reason, column_name FROM [rejects]", "c|required value missing|visits");
    batch_reset(batch, stats);
    put(batch, "a", 1, -1, "a|ABSENT|6|ABSENT");
    put(batch, "b", 1, -1, "b|20|ABSENT|ABSENT");
    put(batch, "c", 1, -1, "c|3|ABSENT|NULL");
    counts = write_once(place, stats, batch, 2);
    assert_counts(counts, "3 2 1 0 0 0 0");
    assert_rows(place, "SELECT id, visits, bounce, note FROM {stats} WHERE id <> 'b' ORDER BY id", "a|10|6|x\nc|3|NULL|NULL");
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    batch_done(batch, stats);
}

/* Columns that nothing is mapped to are left alone; inherited ones are set once. */
static void test_unmapped_and_inherited(Place *place)
{
    Stream *users = stream_made(place, "users", "id varchar #; made timestamp ~; name varchar; local text -");
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|2024-01-01|Ann");
    write_once(place, users, batch, 1);
    run_sql(place, "UPDATE {users} SET local = 'mine'");
    batch_reset(batch, users);
    put(batch, "1", 1, -1, "1|2030-01-01|Ann");
    Counts counts = write_once(place, users, batch, 2);
    assert_counts(counts, "1 0 1 0 0 0 0");
    batch_reset(batch, users);
    put(batch, "1", 1, -1, "1|2030-01-01|Anna");
    write_once(place, users, batch, 3);
    assert_rows(place, "SELECT name, local, substr(CAST(made AS text), 1, 4) FROM {users}", "Anna|mine|2024");
    batch_done(batch, users);
}

static void test_generated_key(Place *place)
{
    Stream *days = stream_made(place, "days", "id serial # -; who varchar ! %; day date ! %; n int");
    g_free(days->conflict.columns);
    int conflict[] = {1, 2};
    days->conflict = (TableKey){.columns = g_memdup2(conflict, sizeof conflict), .count = 2};
    Batch *batch = batch_new(days);
    put(batch, "a", 1, -1, "u|2024-01-01|1");
    put(batch, "b", 1, -1, "u|2024-01-02|2");
    write_once(place, days, batch, 1);
    batch_reset(batch, days);
    put(batch, "a", 1, -1, "u|2024-01-01|9");
    Counts counts = write_once(place, days, batch, 2);
    assert_counts(counts, "1 1 0 0 0 0 0");
    assert_rows(place, "SELECT id, n FROM {days} ORDER BY id", "1|9\n2|2");
    batch_done(batch, days);
}

/* A conflict column without NOT NULL: NULL is a value like any other there, or the row would come again with every run. */
static void test_nullable_key(Place *place)
{
    Stream *rows = stream_made(place, "links", "a varchar ! %; b varchar %; n int");
    Batch *batch = batch_new(rows);
    put(batch, "1", 1, -1, "x|NULL|1");
    put(batch, "2", 1, -1, "x|y|2");
    Counts counts = write_once(place, rows, batch, 1);
    assert_counts(counts, "2 2 0 0 0 0 0");
    counts = write_once(place, rows, batch, 2);
    assert_counts(counts, "2 0 2 0 0 0 0");
    batch_reset(batch, rows);
    put(batch, "1", 1, -1, "x|NULL|5");
    counts = write_once(place, rows, batch, 3);
    assert_counts(counts, "1 1 0 0 0 0 0");
    assert_rows(place, "SELECT a, b, n FROM {links} ORDER BY n", "x|y|2\nx|NULL|5");
    batch_done(batch, rows);
}

static void test_insert_ignore(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #; name varchar");
    users->mode = WRITE_INSERT_IGNORE;
    stream_create(place, users);
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|Ann");
    write_once(place, users, batch, 1);
    batch_reset(batch, users);
    put(batch, "1", 2, -1, "1|Changed");
    put(batch, "2", 2, -1, "2|Bob");
    Counts counts = write_once(place, users, batch, 2);
    assert_counts(counts, "2 1 1 0 0 0 0");
    assert_rows(place, "SELECT id, name FROM {users} ORDER BY id", "1|Ann\n2|Bob");
    batch_done(batch, users);
}

static void set_scope(Stream *stream, int column, const char *value)
{
    stream->scope = g_new0(ScopePredicate, 1);
    stream->scope[0] = (ScopePredicate){.column = column, .value = g_strdup(value)};
    stream->scope_count = 1;
}

/* Two streams share a table: neither touches the other's rows, even where a key says so. */
static void test_scope(Place *place)
{
    Stream *one = stream_make(place, "visits", "id varchar #; site int -; n int");
    Stream *two = stream_make(place, "visits", "id varchar #; site int -; n int");
    set_scope(one, 1, "1");
    set_scope(two, 1, "2");
    stream_create(place, one);
    Batch *batch = batch_new(one);
    put(batch, "a", 1, -1, "a|1");
    write_once(place, one, batch, 1);
    batch_reset(batch, two);
    put(batch, "b", 1, -1, "b|2");
    put(batch, "a", 1, -1, "a|7");
    Counts counts = write_once(place, two, batch, 2);
    assert_counts(counts, "2 1 0 1 0 0 1");
    assert_rows(place, "SELECT id, site, n FROM {visits} ORDER BY id", "a|1|1\nb|2|2");
    stream_free(two);
    batch_done(batch, one);
}

/* H16, H20: what the checks cannot foresee is found by halving (this constraint needs a column that does not come); the good rows of the group land. */
static void test_check_constraint(Place *place)
{
    Stream *users = stream_make(place, "users", "id int #; age int");
    run_sql(place, "CREATE TABLE {users} (id integer NOT NULL PRIMARY KEY, age integer, floor integer DEFAULT 17, "
                   "CONSTRAINT adult CHECK (age > floor))");
    Batch *batch = batch_new(users);
    for (int i = 1; i <= 300; i++) {
        g_autofree char *key = g_strdup_printf("%d", i);
        g_autofree char *values = g_strdup_printf("%d|%d", i, i == 7 || i == 150 || i == 300 ? 3 : 20);
        put(batch, key, i, -1, values);
    }
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "300 297 0 3 0 0 3");
    assert_rows(place, "SELECT \"key\", reason, sqlstate FROM [rejects] ORDER BY CAST(\"key\" AS integer)",
                "7|check|23514\n150|check|23514\n300|check|23514");
    assert_rows(place, "SELECT count(*) FROM {users} WHERE age < 18", "0");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "300 0 297 3 0 0 0");
    batch_done(batch, users);
}

/* Many of them: their constraint is asked for all rows at once. */
static void test_check_refuses_many(Place *place)
{
    Stream *users = stream_make(place, "users", "id int #; age int");
    run_sql(place, "CREATE TABLE {users} (id integer NOT NULL PRIMARY KEY, age integer CONSTRAINT adult CHECK (age > 17), "
                   "CONSTRAINT \"Old \"\"er\" CHECK (age < 90))");
    Batch *batch = batch_new(users);
    for (int i = 1; i <= 20000; i++) {
        g_autofree char *key = g_strdup_printf("%d", i);
        g_autofree char *values = g_strdup_printf("%d|%d", i, i % 20 ? 20 : i % 40 ? 3 : 99);
        put(batch, key, i, -1, values);
    }
    int64_t before = clock_mono_ms();
    Counts counts = write_once(place, users, batch, 1);
    int64_t took = clock_mono_ms() - before;
    print_message("# 1,000 of 20,000 rows refused: %d ms\n", (int)took);
    const char *slow = g_getenv("TIDEMARK_TEST_SLOW"); /* halving alone takes ten times as long as this way */
    assert_true(took < 8000 * MAX(slow ? g_ascii_strtoll(slow, NULL, 10) : 1, 1));
    assert_counts(counts, "20000 19000 0 1000 0 0 1000");
    assert_rows(
        place,
        "SELECT count(*), count(DISTINCT \"key\") FROM [rejects] WHERE reason = 'check' AND CAST(\"key\" AS integer) % 20 = 0",
        "1000|1000");
    assert_rows(place, "SELECT count(*) FROM {users} WHERE age BETWEEN 18 AND 89", "19000");
    batch_done(batch, users);
}

static void test_trigger_refuses(Place *place)
{
    Stream *users = stream_made(place, "users", "id varchar #; name varchar");
    if (place->schema)
        run_sql(
            place,
            "CREATE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.name = 'bad' THEN RAISE 'no'; END IF; "
            "RETURN new; END$$; CREATE TRIGGER refuse BEFORE INSERT ON {users} FOR EACH ROW EXECUTE FUNCTION {refuse}()");
    else
        run_sql(place, "CREATE TRIGGER refuse BEFORE INSERT ON users WHEN new.name = 'bad' BEGIN SELECT raise(ABORT, 'no'); END");
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|good");
    put(batch, "2", 1, -1, "2|bad");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "2 1 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", reason FROM [rejects]", "2|other");
    batch_done(batch, users);
}

/* A value that even the staging table refuses. */
static void test_stage_refuses(Place *place)
{
    if (!place->schema)
        return; /* SQLite stores any text as JSON */
    Stream *users = stream_made(place, "users", "id varchar #; doc jsonb");
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|{\"a\": 1}");
    put(batch, "2", 1, -1, "2|{\"a\": \"\\u0000\"}");
    put(batch, "3", 1, -1, "3|{}");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "3 2 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", sqlstate, \"row\" FROM [rejects]",
                "2|22P05|{\"id\":\"2\",\"doc\":\"{\\\"a\\\": \\\"\\\\u0000\\\"}\"}");
    batch_done(batch, users);
}

/* Names that break unquoted SQL (promise 11, H27). */
static void test_hostile_names(Place *place)
{
    Stream *hostile = stream_make(place, "order", "select varchar #; x varchar");
    g_free(hostile->table->name);
    hostile->table->name = g_strdup("a\"b'; --");
    g_free(hostile->table->columns[1].name);
    hostile->table->columns[1].name = g_strdup("O'Hara \"x\"");
    stream_create(place, hostile);
    Batch *batch = batch_new(hostile);
    put(batch, "1", 1, -1, "1|it's");
    put(batch, "\"1\"", 0, -1, "1|\"dup\"");
    Counts counts = write_once(place, hostile, batch, 1);
    assert_counts(counts, "2 1 0 1 0 0 1");
    counts = write_once(place, hostile, batch, 1);
    assert_counts(counts, "2 0 1 1 0 0 0");
    batch_done(batch, hostile);
}

/* The first load goes straight into the table, until rows come that cannot. */
static void test_direct(Place *place)
{
    Stream *companies = stream_made(place, "companies", "id varchar #");
    Stream *users = stream_made(place, "users", "id varchar #; company varchar >companies.id");
    int64_t epoch = claim(place, users, 1);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 1, epoch, true);
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|NULL");
    batch_reject(batch, REJECT_TOO_LONG, 0, "expected less", "x", 1, "{\"id\":\"x\"}", 10, 1, -1);
    batch->read++;
    Counts counts = commit_batch(writer, batch, NULL);
    assert_counts(counts, "2 1 0 1 0 0 1");
    batch_reset(batch, users);
    put(batch, "2", 1, -1, "2|NULL");
    put(batch, "3", 1, -1, "3|missing");
    put(batch, "1", 2, -1, "1|NULL");
    counts = commit_batch(writer, batch, NULL);
    assert_counts(counts, "3 1 1 1 0 0 1");
    assert_rows(place, "SELECT id FROM {users} ORDER BY id", "1\n2");
    writer_free(writer);
    ledger_release(place->d, users, epoch);
    stream_free(companies);
    batch_done(batch, users);
}

/* Rows that the reader dropped or could not form are in the balance, too. */
static void test_balance(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|Ann|NULL|2024-01-01");
    batch_reject(batch, REJECT_REQUIRED, 1, "expected a text, found nothing", "2", 1, "{\"id\":\"2\"}", 10, 5, -1);
    batch->read += 4;
    batch->filtered = 2;
    batch->same = 1;
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "5 1 1 1 2 0 1");
    assert_rows(place, "SELECT \"read\", written, unchanged, rejected, filtered FROM [commits]", "5|1|1|1|2");

    batch->read++; /* a reader that loses a row is found out, and nothing is kept */
    int64_t epoch = claim(place, users, 2);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 2, epoch, false);
    CommitPoint point = {.watermark = 5};
    Counts none = {0};
    Err err = {0};
    assert_true(writer_add(writer, batch, &err));
    assert_false(writer_commit(writer, &point, &none, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_rows(place, "SELECT count(*) FROM [commits]", "1");
    writer_free(writer);
    ledger_release(place->d, users, epoch);
    batch_done(batch, users);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"new and changed rows are written, others left alone", test_upsert},
        {"H34: an unchanged row is not touched", test_unchanged_untouched},
        {"JSON is compared as values where the table keeps its other kind", test_other_json},
        {"the newer of two rows with one key stays", test_duplicates},
        {"documents may share a row, the newer wins", test_newer_of_shared_rows},
        {"H32: an older document does not replace a newer row", test_newer_wins},
        {"H2: a child without its parent waits and lands", test_missing_parents},
        {"a table may point at itself", test_self_reference},
        {"a foreign key that the database does not know is kept", test_parent_without_constraint},
        {"rows that are all there are recognised", test_all_there},
        {"an absent value leaves the column alone", test_absent},
        {"unmapped columns are left alone, inherited ones set once", test_unmapped_and_inherited},
        {"a generated key is numbered by the database", test_generated_key},
        {"NULL in a conflict column is one value", test_nullable_key},
        {"insert-ignore leaves existing rows", test_insert_ignore},
        {"streams of a shared table leave each other's rows", test_scope},
        {"H16, H20: rows that a check refuses are found, others land", test_check_constraint},
        {"H16: many rows that checks refuse are found", test_check_refuses_many},
        {"a row that a trigger refuses is found", test_trigger_refuses},
        {"a row that the staging table refuses is found", test_stage_refuses},
        {"H27, promise 11: hostile names and values", test_hostile_names},
        {"a first load goes straight in, bad rows aside", test_direct},
        {"promise 3: the balance holds or nothing is kept", test_balance},
    };
    return place_run("merge", cases, (int)G_N_ELEMENTS(cases));
}
