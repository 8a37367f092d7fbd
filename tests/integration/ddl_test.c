/* SPDX-License-Identifier: Apache-2.0 */
/* Table plans: additive, never guessing; hazards H23-H29. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "destinations/ddl.h"
#include "tests/support/fixture.h"

static DdlPlan *plan_of(Place *place, const Stream *stream, const GPtrArray *planned)
{
    Err err = {0};
    DdlPlan *plan = ddl_plan(place->d, stream, planned, &err);
    if (!plan)
        fail_msg("%s", err.message);
    return plan;
}

static char *joined(const GPtrArray *list)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(text, "%s%s", i ? "\n" : "", (const char *)list->pdata[i]);
    return g_string_free(text, FALSE);
}

static void assert_mentions(const GPtrArray *list, guint count, const char *text)
{
    g_autofree char *all = joined(list);
    if (list->len != count || !strstr(all, text))
        fail_msg("expected %u with \"%s\", found %u:\n%s", count, text, list->len, all);
}

static void apply(Place *place, const Stream *stream, const DdlPlan *plan)
{
    Err err = {0};
    if (!ddl_apply(place->d, stream, plan, &err))
        fail_msg("%s", err.message);
}

static void test_create(Place *place)
{
    Stream *companies = stream_make(place, "companies", "id varchar #; name varchar(255) !");
    Stream *users = stream_make(
        place, "users",
        "id varchar #; company varchar >companies.id; boss varchar >users.id; email varchar *; other varchar >nowhere.id");
    g_autoptr(GPtrArray) planned = g_ptr_array_new();
    g_ptr_array_add(planned, companies);
    DdlPlan *plan = plan_of(place, users, planned);
    assert_true(plan->creates);
    assert_mentions(plan->notes, 1, "nowhere.id does not exist");
    assert_non_null(strstr(plan->statements->pdata[0], "FOREIGN KEY (\"company\") REFERENCES"));
    DdlPlan *first = plan_of(place, companies, NULL);
    apply(place, companies, first);
    apply(place, users, plan);
    ddl_plan_free(first);
    ddl_plan_free(plan);
    plan = plan_of(place, users, NULL);
    assert_false(plan->creates);
    g_autofree char *statements = joined(plan->statements);
    assert_string_equal(statements, "");
    assert_int_equal(plan->conflicts->len, 0);
    int foreigns = 0, indexes = 0;
    for (guint i = 0; i < plan->live->foreigns->len; i++)
        foreigns++;
    for (guint i = 0; i < plan->live->keys->len; i++)
        indexes += !((const LiveKey *)plan->live->keys->pdata[i])->unique;
    assert_int_equal(foreigns, 2);
    assert_int_equal(indexes, 3); /* H29: on each foreign key */
    ddl_plan_free(plan);
    stream_free(users);
    stream_free(companies);
}

/* Without the tables before it, a foreign key is left to the merge. */
static void test_reference_unknown(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #; company varchar >companies.id");
    DdlPlan *plan = plan_of(place, users, NULL);
    assert_null(strstr(plan->statements->pdata[0], "FOREIGN KEY"));
    assert_mentions(plan->notes, 1, "company");
    ddl_plan_free(plan);
    run_sql(place, "CREATE TABLE {companies} (id integer)");
    plan = plan_of(place, users, NULL);
    assert_mentions(plan->notes, 1, "not unique");
    ddl_plan_free(plan);
    stream_free(users);
}

static void test_add_columns(Place *place)
{
    Stream *before = stream_make(place, "users", "id varchar #");
    Stream *after = stream_make(place, "users", "id varchar #; name varchar(20) !; friend varchar >users.id; age int");
    stream_create(place, before);
    DdlPlan *plan = plan_of(place, after, NULL);
    assert_int_equal(plan->conflicts->len, 0);
    assert_int_equal(plan->statements->len, 4);
    apply(place, after, plan);
    ddl_plan_free(plan);
    plan = plan_of(place, after, NULL);
    assert_int_equal(plan->statements->len, 0);
    assert_int_equal(plan->live->foreigns->len, 1);
    ddl_plan_free(plan);
    stream_free(after);
    stream_free(before);
}

/* H23, H24: what cannot be done stops this table, with the choices; nothing is done by halves. */
static void test_conflicts(Place *place)
{
    run_sql(place, "CREATE TABLE {users} (id varchar NOT NULL PRIMARY KEY, day timestamp, name varchar(10), text_id integer, must "
                   "varchar NOT NULL, "
                   "extra integer NOT NULL)");
    run_sql(place, "INSERT INTO {users} (id, must, extra) VALUES ('1', 'x', 1)");
    Stream *users = stream_make(
        place, "users", "id varchar #; day date; name varchar(20); text_id varchar; must varchar; added varchar !; fine varchar");
    DdlPlan *plan = plan_of(place, users, NULL);
    g_autofree char *conflicts = joined(plan->conflicts);
    assert_int_equal(plan->conflicts->len, 6);
    static const char *const expected[] = {"column day is timestamp",   "column name is ",
                                           "column text_id is integer", "column must is NOT NULL",
                                           "column added is missing",   "column extra is not in the schema file"};
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        if (!strcasestr(conflicts, expected[i]))
            fail_msg("%s is not in:\n%s", expected[i], conflicts);
    Err err = {0};
    assert_false(ddl_apply(place->d, users, plan, &err));
    assert_rows(place, "SELECT * FROM {users}", "1|NULL|NULL|NULL|x|1");
    ddl_plan_free(plan);
    stream_free(users);
}

/* What every value fits into is no conflict. */
static void test_wider(Place *place)
{
    run_sql(place, "CREATE TABLE {users} (id text NOT NULL PRIMARY KEY, a varchar(255), b text, c bigint, d numeric, e double "
                   "precision, extra integer)");
    Stream *users = stream_make(place, "users", "id varchar #; a varchar(100); b varchar(10); c int; d numeric(10,2); e real");
    DdlPlan *plan = plan_of(place, users, NULL);
    assert_int_equal(plan->conflicts->len, 0);
    assert_int_equal(plan->statements->len, 0);
    assert_mentions(plan->notes, 7, "column extra is not in the schema file: left as it is");
    apply(place, users, plan);
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|a|b|7|1.25|2.5");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "1 1 0 0 0 0 0");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "1 0 1 0 0 0 0");
    assert_rows(place, "SELECT id, a, b, c, d, e FROM {users}", "1|a|b|7|1.25|2.5");
    batch_free(batch);
    ddl_plan_free(plan);
    stream_free(users);
}

/* H26: the unique key that the upsert needs is made; rows that break it are told. */
static void test_missing_key(Place *place)
{
    run_sql(place, "CREATE TABLE {links} (a varchar NOT NULL, b varchar NOT NULL)");
    run_sql(place, "INSERT INTO {links} VALUES ('x', 'y'), ('x', 'y')");
    Stream *links = stream_make(place, "links", "a varchar ! %; b varchar ! %");
    DdlPlan *plan = plan_of(place, links, NULL);
    assert_mentions(plan->statements, 1, "CREATE UNIQUE INDEX");
    Err err = {0};
    assert_false(ddl_apply(place->d, links, plan, &err));
    assert_int_equal(err.code, ERR_DEST);
    assert_non_null(strstr(err.hint, "duplicates"));
    run_sql(place, "DELETE FROM {links}");
    apply(place, links, plan);
    ddl_plan_free(plan);
    plan = plan_of(place, links, NULL);
    assert_int_equal(plan->statements->len, 0);
    ddl_plan_free(plan);
    Batch *batch = batch_new(links);
    put(batch, "1", 1, -1, "x|y");
    Counts counts = write_once(place, links, batch, 1);
    assert_counts(counts, "1 1 0 0 0 0 0");
    batch_free(batch);
    stream_free(links);
}

/* Two runs plan the same table; the second finds it done. */
static void test_race(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #; p varchar >users.id");
    DdlPlan *one = plan_of(place, users, NULL), *two = plan_of(place, users, NULL);
    apply(place, users, one);
    apply(place, users, two);
    ddl_plan_free(one);
    ddl_plan_free(two);
    stream_free(users);
}

/* H25: a table of the same name elsewhere hides nothing; `into` makes the schema. */
static void test_schema(Place *place)
{
    if (!place->schema)
        return;
    run_sql(place, "CREATE TABLE {users} (id varchar NOT NULL PRIMARY KEY, age integer)");
    Stream *users = stream_make(place, "users", "id varchar #; age int");
    g_free(users->table->schema);
    users->table->schema = g_strconcat(place->schema, "_other", NULL);
    DdlPlan *plan = plan_of(place, users, NULL);
    assert_true(plan->creates);
    assert_non_null(strstr(plan->statements->pdata[0], "CREATE SCHEMA IF NOT EXISTS"));
    apply(place, users, plan);
    ddl_plan_free(plan);
    plan = plan_of(place, users, NULL);
    assert_int_equal(plan->statements->len, 0);
    ddl_plan_free(plan);
    g_autofree char *drop = g_strdup_printf("DROP SCHEMA \"%s_other\" CASCADE", place->schema);
    run_sql(place, drop);
    stream_free(users);
}

static void test_long_names(Place *place)
{
    Stream *users = stream_make(place, "a_table_whose_name_is_as_long_as_postgres_lets_it_be_1234567890ab",
                                "id varchar #; a_column_with_quite_a_long_name_as_well_1 varchar >x.id; "
                                "a_column_with_quite_a_long_name_as_well_2 varchar >x.id");
    users->table->name[63] = '\0';
    run_sql(place, "CREATE TABLE {x} (id varchar PRIMARY KEY)");
    stream_create(place, users);
    DdlPlan *plan = plan_of(place, users, NULL);
    assert_int_equal(plan->statements->len, 0);
    ddl_plan_free(plan);
    stream_free(users);
}

static void test_reserved_column(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #; _tm_key varchar");
    DdlPlan *plan = plan_of(place, users, NULL);
    assert_mentions(plan->conflicts, 1, "_tm_key");
    ddl_plan_free(plan);
    stream_free(users);
}

/* Indexes of the definition: named, partial, over expressions. */
static void test_indexes(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #; email varchar; age int");
    users->table->indexes = g_new0(TableIndex, 2);
    users->table->indexes[0] = (TableIndex){.name = g_strdup("users_lower_email"), .expression = g_strdup("lower(\"email\")")};
    users->table->indexes[1] = (TableIndex){.expression = g_strdup("\"age\""), .where = g_strdup("\"age\" > 17"), .unique = true};
    users->table->index_count = 2;
    stream_create(place, users);
    DdlPlan *plan = plan_of(place, users, NULL);
    apply(place, users, plan);
    ddl_plan_free(plan);
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|a|20");
    put(batch, "2", 1, -1, "2|b|20");
    put(batch, "3", 1, -1, "3|c|3");
    put(batch, "4", 1, -1, "4|d|3");
    Counts counts = write_once(place, users, batch, 1); /* a partial unique index is beyond the checks: found by halving */
    assert_counts(counts, "4 3 0 1 0 0 1");
    batch_free(batch);
    stream_free(users);
}

/* B17: an index of that name on this table is taken as it is; where another table has the name, the table's own goes before it. */
static void test_index_names(Place *place)
{
    Stream *one = stream_make(place, "one", "id varchar #; made timestamptz; url text");
    Stream *two = stream_make(place, "two", "id varchar #; made timestamptz; url text");
    Stream *const both[] = {one, two};
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        int url = 2;
        table_index_columns(both[i]->table, "idx_url", &url, 1);
        table_index_columns(both[i]->table, NULL, (int[]){2, 1}, 2);
        table_add_index(both[i]->table, "days")->day_of = g_strdup("made");
        TableIndex *partial = table_add_index(both[i]->table, "idx_secure");
        partial->expression = g_strdup("\"url\", \"made\"");
        partial->where = g_strdup("\"url\" LIKE 'https://%'");
    }
    run_sql(place,
            "CREATE TABLE {one} (id varchar NOT NULL PRIMARY KEY, made " /* the index is over something else: its name counts */
            "timestamptz, url text)");
    run_sql(place,
            place->schema ? "CREATE INDEX days ON {one} (date(made AT TIME ZONE 'UTC'))" : "CREATE INDEX days ON one (made)");
    g_autoptr(GPtrArray) before = g_ptr_array_new();
    DdlPlan *first = plan_of(place, one, before);
    g_ptr_array_add(before, one);
    DdlPlan *second = plan_of(place, two, before); /* before the first is carried out */
    assert_mentions(first->statements, 3, "\"one_url_made_idx\"");
    assert_mentions(second->statements, 5, "\"two_idx_url\"");
    apply(place, one, first);
    apply(place, two, second);
    ddl_plan_free(first);
    ddl_plan_free(second);
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        DdlPlan *again = plan_of(place, both[i], NULL);
        assert_int_equal(again->statements->len, 0);
        ddl_plan_free(again);
    }
    stream_free(one);
    stream_free(two);
}

/* M7: what the source needs, an existing column gets; nobody else's type is touched. */
static void test_widened(Place *place)
{
    run_sql(place, "CREATE TABLE {hits} (id integer NOT NULL PRIMARY KEY, big bigint, name varchar(10), kept bigint)");
    run_sql(place, "INSERT INTO {hits} VALUES (1, 2, 'x', 3)");
    Stream *hits = stream_make(place, "hits", "id bigint #; big bigint; name varchar(10); kept int");
    hits->table->columns[0].may_widen = hits->table->columns[3].may_widen = true;
    DdlPlan *plan = plan_of(place, hits, NULL);
    assert_int_equal(plan->conflicts->len, 0);
    assert_int_equal(plan->statements->len, place->schema ? 1 : 0);
    apply(place, hits, plan);
    ddl_plan_free(plan);
    Batch *batch = batch_new(hits);
    put(batch, "1", 1, -1, "1|2|x|3");
    put(batch, "2", 1, -1, "5000000000|2|y|4");
    Counts counts = write_once(place, hits, batch, 1);
    assert_counts(counts, "2 1 1 0 0 0 0");
    batch_free(batch);
    stream_free(hits);

    hits = stream_make(place, "hits", "id bigint #; big numeric(20); name varchar(20); kept int");
    plan = plan_of(place, hits, NULL);
    assert_mentions(plan->conflicts, 2, "column big is ");
    ddl_plan_free(plan);
    hits->table->columns[1].may_widen = hits->table->columns[2].may_widen = true;
    plan = plan_of(place, hits, NULL);
    if (place->schema) {
        assert_mentions(plan->statements, 2, "ALTER COLUMN \"big\" TYPE numeric(20");
        assert_mentions(plan->notes, 3, "becomes numeric(20");
        apply(place, hits, plan);
        batch = batch_new(hits);
        put(batch, "3", 1, -1, "3|18446744073709551615|a name of 20 letters|4");
        counts = write_once(place, hits, batch, 2);
        assert_counts(counts, "1 1 0 0 0 0 0");
        assert_rows(place, "SELECT big FROM {hits} ORDER BY id", "2\n18446744073709551615\n2");
        batch_free(batch);
    } else {
        assert_int_equal(plan->conflicts->len, 2); /* the sentence: it cannot */
    }
    ddl_plan_free(plan);
    stream_free(hits);
}

/* A column that another program adds by itself, by a step that fails where the column is there: left to it while it keeps its steps there. */
static void test_left_to_others(Place *place)
{
    Stream *visits = stream_make(place, "visits", "id varchar #; n int; size text; tests jsonb");
    table_add_step(visits->table, 3, "visits-sync", "visits_migration", "3-tests");
    run_sql(place, "CREATE TABLE {visits} (id varchar NOT NULL PRIMARY KEY, n integer)");
    run_sql(place, "CREATE TABLE {visits_migration} (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)");
    run_sql(place, "INSERT INTO {visits_migration} VALUES ('1-first', '2025-01-01')");
    DdlPlan *plan = plan_of(place, visits, NULL);
    assert_int_equal(plan->conflicts->len, 0);
    assert_mentions(plan->statements, 1, "ADD COLUMN \"size\"");
    assert_mentions(plan->notes, 1, "visits-sync can do so by its own step 3-tests");
    apply(place, visits, plan);
    ddl_plan_free(plan);
    Batch *batch = batch_new(visits);
    put(batch, "1", 1, -1, "1|1|9x9|{\"a\": 1}");
    Counts counts = write_once(place, visits, batch, 1);
    assert_counts(counts, "1 1 0 0 0 0 0");
    int64_t epoch = claim(place, visits, 2); /* straight in */
    StreamWriter *writer = writer_make(place, visits, WRITER_SYNC, 2, epoch, true);
    batch_reset(batch, visits);
    put(batch, "2", 1, -1, "2|1|9x9|{\"a\": 1}");
    counts = commit_batch(writer, batch, NULL);
    assert_counts(counts, "1 1 0 0 0 0 0");
    writer_free(writer);
    ledger_release(place->d, visits, epoch);
    assert_rows(place, "SELECT * FROM {visits} ORDER BY id", "1|1|9x9\n2|1|9x9");

    run_sql(place, "ALTER TABLE {visits} ADD COLUMN tests jsonb"); /* its step */
    run_sql(place, "INSERT INTO {visits_migration} VALUES ('3-tests', '2026-01-01')");
    plan = plan_of(place, visits, NULL);
    assert_int_equal(plan->statements->len + plan->notes->len, 0);
    ddl_plan_free(plan);
    counts = write_once(place, visits, batch, 3);
    assert_counts(counts, "1 1 0 0 0 0 0");
    run_sql(place, "ALTER TABLE {visits} DROP COLUMN tests"); /* its steps are done: the column is ours to add again */
    plan = plan_of(place, visits, NULL);
    assert_mentions(plan->statements, 1, "ADD COLUMN \"tests\"");
    ddl_plan_free(plan);
    assert_rows(place, "SELECT name FROM {visits_migration} ORDER BY name", "1-first\n3-tests");
    batch_free(batch);
    stream_free(visits);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"H29: a table is made whole, with its keys and indexes", test_create},
        {"a foreign key to nothing is left to the merge", test_reference_unknown},
        {"columns are added", test_add_columns},
        {"H23, H24, H26: conflicts stop the table and name the choices", test_conflicts},
        {"a wider column is no conflict", test_wider},
        {"H26: a missing unique key is made", test_missing_key},
        {"a table that another run made is taken as it is", test_race},
        {"H25: the schema is the resolved one", test_schema},
        {"names are cut without colliding", test_long_names},
        {"names of the staging tables are refused", test_reserved_column},
        {"indexes of the definition are made", test_indexes},
        {"B17: an index is told by its name and its table", test_index_names},
        {"M7: a column is widened where the source needs it", test_widened},
        {"a column that another program adds is left to it", test_left_to_others},
    };
    return place_run("ddl", cases, (int)G_N_ELEMENTS(cases));
}
