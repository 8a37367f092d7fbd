/* SPDX-License-Identifier: Apache-2.0 */
/* Schema files of tables that are copied as tables: Matomo's against the facts, what we added, every way a file can be wrong, and that
 * what is written for a source is read again as it was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "config/schema_tables.h"
#include "model/time.h"
#include "tests/unit/problem_checks.h"

static Problems *problems;
static SchemaTables *schema;

static int set_up(void **state)
{
    (void)state;
    problems = problems_new();
    schema = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    schema_tables_free(schema);
    problems_free(problems);
    return 0;
}

static void parse(const char *text)
{
    schema_tables_free(schema);
    schema = schema_tables_parse(text, strlen(text), "m.yaml", "raw", problems);
}

static const SourceTable *table(guint index)
{
    if (!schema || index >= schema->tables->len)
        problems_print(problems);
    assert_non_null(schema);
    assert_true(index < schema->tables->len);
    return g_ptr_array_index(schema->tables, index);
}

/* "idvisit:bigint! …" */
static char *columns_text(const SourceTable *from)
{
    GString *out = g_string_new(NULL);
    for (int i = 0; i < from->table->column_count; i++) {
        const Column *column = &from->table->columns[i];
        char type[64];
        type_format(&column->type, type, sizeof type);
        g_strdelimit(type, " ", '_');
        g_string_append_printf(out, "%s%s:%s%s", i ? " " : "", column->name, type, column->nullable ? "" : "!");
    }
    return g_string_free(out, FALSE);
}

static void expect_key(const SourceTable *of, const char *name)
{
    assert_int_equal(of->table->primary.count, 1);
    assert_string_equal(of->table->columns[of->table->primary.columns[0]].name, name);
}

static void expect_cursor(const SourceTable *of, const char *name)
{
    if (name)
        assert_string_equal(of->table->columns[of->cursor_column].name, name);
    else
        assert_int_equal(of->cursor_column, -1);
}

static void test_matomo_is_as_the_facts_say(void **state)
{
    (void)state;
    schema = schema_format_tables.load(SRCDIR "/tests/fixtures/matomo_schemas.yaml", NULL, problems);
    const SourceTable *visit = table(0), *action = table(1), *names = table(2);
    assert_int_equal(problems->list->len, 0);
    assert_int_equal(schema->tables->len, 3);
    assert_string_equal(visit->key, "matomo_log_visit");
    assert_string_equal(visit->source, "matomo_log_visit");
    assert_string_equal(visit->table->name, "matomo_log_visit");
    assert_null(visit->table->schema);
    assert_int_equal(visit->table->column_count, 60);
    expect_key(visit, "idvisit");
    expect_cursor(visit, "visit_last_action_time");
    assert_true(visit->lookback_us == US_PER_DAY);
    assert_int_equal(visit->table->index_count, 2);
    assert_string_equal(visit->table->indexes[1].expression, "\"idvisitor\"");
    assert_string_equal(action->description, "Actions within visits");
    assert_int_equal(action->table->column_count, 41);
    expect_key(action, "idlink_va");
    expect_cursor(action, "server_time");
    assert_string_equal(names->source, "matomo_log_action");
    expect_key(names, "idaction");
    expect_cursor(names, NULL);
    assert_true(names->lookback_us == -1);
    g_autofree char *columns = columns_text(names);
    assert_string_equal(columns, "idaction:integer! name:text hash:bigint! type:smallint url_prefix:smallint");
}

#define KEY "{name: id, sql_type: bigint, primary_key: true}"

static void test_defaults(void **state)
{
    (void)state;
    parse("t:\n  columns: [" KEY ", {name: 'no', sql_type: int}]\n");
    assert_string_equal(table(0)->source, "t");
    assert_null(table(0)->description);
    assert_string_equal(table(0)->table->schema, "raw");
    g_autofree char *columns = columns_text(table(0));
    assert_string_equal(columns, "id:bigint! no:integer");
    expect_cursor(table(0), NULL);
    assert_true(table(0)->lookback_us == -1);
    assert_int_equal(table(0)->table->index_count, 0);
}

/* The older script knew the cursor by the name of the destination table alone, with one prefix (M10, M19). */
static void test_matomo_by_another_prefix(void **state)
{
    (void)state;
    parse("web_visits:\n  source_table: piwik_log_visit\n"
          "  columns: [" KEY ", {name: visit_last_action_time, sql_type: TIMESTAMP, nullable: no}]\n"
          "matomo_log_visit:\n  source_table: v\n  columns: [" KEY ", {name: visit_last_action_time, sql_type: TIMESTAMP}]\n"
          "catalog_visit:\n  columns: [" KEY ", {name: visit_last_action_time, sql_type: TIMESTAMP}]\n"
          "log_visit:\n  columns: [" KEY ", {name: visit_last_action_time, sql_type: TEXT}]\n"
          "log_link_visit_action:\n  cursor:\n  indexes: []\n  columns: [" KEY ", {name: server_time, sql_type: TIMESTAMP}]\n");
    expect_cursor(table(0), "visit_last_action_time");
    assert_int_equal(table(0)->table->index_count, 1);
    expect_cursor(table(1), "visit_last_action_time");
    expect_cursor(table(2), NULL);
    expect_cursor(table(3), NULL);
    expect_cursor(table(4), NULL);
    assert_int_equal(table(4)->table->index_count, 0);
}

static void test_our_own_keys(void **state)
{
    (void)state;
    parse("t:\n  cursor: at\n  lookback: 2h\n  indexes: [at, [b, id]]\n"
          "  columns: [" KEY ", {name: at, sql_type: timestamptz}, {name: 'b', sql_type: text, primary_key: true}]\n");
    assert_int_equal(problems->list->len, 0);
    expect_cursor(table(0), "at");
    assert_true(table(0)->lookback_us == 7200 * US_PER_SECOND);
    assert_int_equal(table(0)->table->index_count, 2);
    assert_string_equal(table(0)->table->indexes[0].expression, "\"at\"");
    assert_string_equal(table(0)->table->indexes[1].expression, "\"b\", \"id\"");
    assert_int_equal(table(0)->table->primary.count, 2);
}

static void test_hostile_names_are_names(void **state)
{
    (void)state;
    parse("'Robert\"); --':\n  indexes: ['a\"b']\n  columns: [" KEY ", {name: 'a\"b', sql_type: text}]\n");
    assert_string_equal(table(0)->table->name, "Robert\"); --");
    assert_string_equal(table(0)->table->indexes[0].expression, "\"a\"\"b\"");
}

/* The source has the numbers: nothing is left for the destination to number. */
static void test_serial_is_its_integer(void **state)
{
    (void)state;
    parse("t: {columns: [{name: id, sql_type: BIGSERIAL, primary_key: true}]}\n");
    assert_false(table(0)->table->columns[0].type.generated);
    assert_int_equal(table(0)->table->columns[0].type.kind, TYPE_INT8);
}

static void test_unknown_keys_are_warnings(void **state)
{
    (void)state;
    parse("t:\n  sorce_table: x\n  columns: [{name: id, sql_type: bigint, primary_key: true, nulable: true}]\n");
    assert_non_null(schema);
    assert_int_equal(problems->errors, 0);
    assert_int_equal(problems->list->len, 2);
    problems_expect_among(problems,
                          "m.yaml:2:3: warning: unknown key `sorce_table` in table `t` is ignored (did you mean `source_table`?)");
    problems_expect_among(
        problems, "m.yaml:3:61: warning: unknown key `nulable` in column 1 of table `t` is ignored (did you mean `nullable`?)");
}

static void test_every_mistake_is_reported(void **state)
{
    (void)state;
    parse("a:\nb: {columns: [{name: x, sql_type: blob}, {name: x, sql_type: text, primary_key: maybe}, {sql_type: text}]}\n"
          "c:\n  source_table: ''\n  cursor: nope\n  lookback: soon\n  indexes: [nope, 3]\n  columns: [" KEY "]\n"
          "d:\n  cursor: id\n  indexes: id\n  columns: [" KEY "]\n"
          "e: {columns: []}\nf: {columns: x}\ng: {columns: [x]}\nh: {columns: [{name: x, sql_type: text}]}\n");
    assert_null(schema);
    assert_int_equal(problems->errors, 16);
    problems_expect_among(problems, "m.yaml:1:1: table `a`: expected a mapping with its columns, found nothing");
    problems_expect_among(problems, "m.yaml:2:35: column `x` of table `b`: ");
    problems_expect_among(problems, "m.yaml:2:49: table `b` has two columns named `x`");
    problems_expect_among(problems, "m.yaml:2:81: column `x` of table `b`: expected ");
    problems_expect_among(problems, "m.yaml:2:89: column 3 of table `b` has no `name`");
    problems_expect_among(problems,
                          "m.yaml:16:1: table `h` has no primary key: its rows could not be told apart; set `primary_key: true`");
    problems_expect_among(problems, "m.yaml:4:17: `source_table` of table `c`: expected the name of a table, found an empty text");
    problems_expect_among(problems, "m.yaml:5:11: `cursor` of table `c`: there is no column `nope`");
    problems_expect_among(problems, "m.yaml:6:13: table `c`: ");
    problems_expect_among(problems, "m.yaml:7:13: `indexes` of table `c`: there is no column `nope`");
    problems_expect_among(
        problems, "m.yaml:10:11: `cursor` of table `d`: expected a column of type timestamp, timestamptz or date, found `id`");
    problems_expect_among(problems,
                          "m.yaml:11:12: `indexes` of table `d`: expected a list of columns or of lists of columns, found ");
    problems_expect_among(problems, "m.yaml:13:1: table `e` has 0 columns, expected 1 to 1600: list them under `columns`");
    problems_expect_among(problems, "m.yaml:14:14: `columns` of table `f`: expected a list of columns, found the text `x`");
    problems_expect_among(problems,
                          "m.yaml:15:15: column 1 of table `g`: expected a mapping with `name` and `sql_type`, found the text `x`");
}

static void test_other_texts(void **state)
{
    (void)state;
    parse("");
    assert_null(schema);
    problems_expect_among(problems, "m.yaml: expected a mapping of tables, found nothing");
    parse("- a\n");
    assert_null(schema);
    problems_expect_among(problems, "m.yaml:1:1: expected a mapping of tables, found a list");
    parse("tables:\n  users: {include_base: true}\n");
    assert_null(schema);
    problems_expect_among(problems, "m.yaml:1:1: expected the tables at the top of the file, found them under `tables`");
    parse("tables:\n  columns: [" KEY "]\n");
    assert_string_equal(table(0)->key, "tables");
    schema_tables_free(schema);
    schema = schema_format_tables.load("/nonexistent/m.yaml", NULL, problems);
    assert_null(schema);
    problems_expect_among(problems, "/nonexistent/m.yaml: cannot be read: ");
}

static TableDraft *draft_new(const char *name, int columns)
{
    TableDraft *draft = g_new0(TableDraft, 1);
    draft->table = table_new(NULL, name, columns);
    return draft;
}

static void set_column(TableDraft *draft, int index, const char *name, const char *type, bool key)
{
    Err err = {0};
    Column *column = &draft->table->columns[index];
    column->name = g_strdup(name);
    column->nullable = !key;
    column->primary_key = key;
    assert_true(type_parse(type, &column->type, &err));
}

static void test_what_is_written_is_read_again(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) drafts = g_ptr_array_new_with_free_func(table_draft_free);
    TableDraft *orders = draft_new("order", 4), *heap = draft_new("no", 1);
    g_ptr_array_add(drafts, orders);
    g_ptr_array_add(drafts, heap);
    orders->cursor = g_strdup("changed: at");
    orders->comment = g_strdup("what #people\nbuy: \"all\"");
    set_column(orders, 0, "yes", "bigint", true);
    set_column(orders, 1, "changed: at", "timestamp", false);
    set_column(orders, 2, "prix, €", "numeric(10,2)", false);
    set_column(orders, 3, "n", "varchar(20)", false);
    const char *notes[] = {"bigint(20) unsigned", "", "decimal(10,2)\ncolumns: []", "", NULL};
    orders->column_notes = g_strdupv((char **)notes);
    set_column(heap, 0, "a", "text", false);
    g_autoptr(GString) text = g_string_new("# head\n");
    schema_tables_write(drafts, text);
    parse(text->str);
    assert_int_equal(problems->list->len, 0);
    assert_int_equal(schema->tables->len, 1);
    assert_string_equal(table(0)->key, "order");
    assert_string_equal(table(0)->description, "what #people\nbuy: \"all\"");
    expect_cursor(table(0), "changed: at");
    expect_key(table(0), "yes");
    g_autofree char *columns = columns_text(table(0));
    assert_string_equal(columns,
                        "yes:bigint! changed: at:timestamp_without_time_zone prix, €:numeric(10,2) n:character_varying(20)");
    assert_non_null(strstr(text->str, "\n# \"no\":\n#   columns:\n#     - {name: a, sql_type: text}\n"));
    assert_non_null(strstr(text->str, "   # bigint(20) unsigned\n"));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_matomo_is_as_the_facts_say),
        CASE(test_defaults),
        CASE(test_matomo_by_another_prefix),
        CASE(test_our_own_keys),
        CASE(test_hostile_names_are_names),
        CASE(test_serial_is_its_integer),
        CASE(test_unknown_keys_are_warnings),
        CASE(test_every_mistake_is_reported),
        CASE(test_other_texts),
        CASE(test_what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
