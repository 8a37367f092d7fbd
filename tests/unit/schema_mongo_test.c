/* SPDX-License-Identifier: Apache-2.0 */
/* schemas.yaml: the shipped sample against the facts, the rule that derives the field map, and every way a file can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "config/schema_mongo.h"
#include "model/time.h"
#include "tests/unit/problem_checks.h"

typedef struct Wellness {
    const char *key, *collection;
    int order;
    const char *strategy;
    bool force;
    const char *columns;  /* "name:type[!][>table(column)]", `!`: NOT NULL, blanks of types as `_` */
    const char *map;      /* "field>column"; empty in relationship tables */
    const char *conflict; /* columns */
} Wellness;

#include "tests/unit/wellness_cases.h"

static Problems *problems;
static SchemaFile *file;

static int set_up(void **state)
{
    (void)state;
    problems = problems_new();
    file = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    schema_mongo_free(file);
    problems_free(problems);
    return 0;
}

static void parse(const char *text)
{
    file = schema_mongo_parse(text, strlen(text), "s.yaml", NULL, problems);
}

static const MongoTable *first(void)
{
    if (!file)
        problems_print(problems);
    assert_non_null(file);
    return g_ptr_array_index(file->tables, 0);
}

static char *column_text(const MongoTable *table)
{
    GString *out = g_string_new(NULL);
    for (int i = 0; i < table->table->column_count; i++) {
        const Column *column = &table->table->columns[i];
        char type[64];
        type_format(&column->type, type, sizeof type);
        g_strdelimit(type, " ", '_');
        g_string_append_printf(out, "%s%s:%s%s", i ? " " : "", column->name, type, column->nullable ? "" : "!");
        if (column->ref_table)
            g_string_append_printf(out, ">%s(%s)", column->ref_table, column->ref_column);
    }
    return g_string_free(out, FALSE);
}

static char *map_text(const MongoTable *table)
{
    GString *out = g_string_new(NULL);
    for (int i = 0; i < table->field_count; i++)
        g_string_append_printf(out, "%s%s>%s", i ? " " : "", table->fields[i].field,
                               table->table->columns[table->fields[i].column].name);
    return g_string_free(out, FALSE);
}

static char *key_text(const MongoTable *table, const TableKey *key)
{
    GString *out = g_string_new(NULL);
    for (int i = 0; i < key->count; i++)
        g_string_append_printf(out, "%s%s", i ? " " : "", table->table->columns[key->columns[i]].name);
    return g_string_free(out, FALSE);
}

static void expect_map(const char *text)
{
    g_autofree char *found = map_text(first());
    assert_string_equal(found, text);
}

static void expect_conflict(const char *text)
{
    g_autofree char *found = key_text(first(), &first()->conflict);
    assert_string_equal(found, text);
}

static void test_sample_is_as_the_facts_say(void **state)
{
    (void)state;
    file = schema_format_mongo.load(SRCDIR "/data/sample/config/schemas.yaml", "raw_app", problems);
    problems_print(problems);
    assert_int_equal(problems->list->len, 0);
    assert_int_equal(file->tables->len, 31);
    assert_int_equal(G_N_ELEMENTS(wellness), 31);
    for (guint i = 0; i < 31; i++) {
        const MongoTable *table = g_ptr_array_index(file->tables, i);
        const Wellness *at = &wellness[i];
        g_autofree char *columns = column_text(table);
        g_autofree char *map = map_text(table);
        g_autofree char *conflict = key_text(table, &table->conflict);
        assert_string_equal(table->key, at->key);
        assert_string_equal(table->table->name, at->key);
        assert_string_equal(table->table->schema, "raw_app");
        assert_string_equal(table->collection, at->collection);
        assert_int_equal(table->export_order, at->order);
        assert_int_equal(table->force_reimport, at->force);
        assert_string_equal(columns, at->columns);
        assert_string_equal(map, at->map);
        assert_string_equal(conflict, at->conflict);
        assert_int_equal(g_strcmp0(table->strategy, at->strategy), 0);
        assert_int_equal(table->mode, at->strategy ? WRITE_CHILDREN : WRITE_UPSERT);
        assert_int_equal(table->conflict_is_identity, strcmp(at->conflict, "id") == 0);
        assert_string_equal(table->cursor_fields[0], "creation_date");
        assert_string_equal(table->cursor_fields[1], "update_date");
        assert_true(table->threshold_us == TIME_NONE);
    }
}

#define COLUMN(name, rest) "    - {name: " name ", sql_type: " rest "}\n"
#define PLAIN              "t:\n  columns:\n" COLUMN("id", "VARCHAR, primary_key: true") COLUMN("v", "TEXT")

static void test_map_without_base(void **state)
{
    (void)state;
    parse(PLAIN "    - {name: n, sql_type: INTEGER}\n  explicit_mappings: {_id: id, value: v}\n");
    expect_map("n>n _id>id value>v");
    expect_conflict("id");
    assert_true(first()->conflict_is_identity);
    assert_int_equal(problems->list->len, 0);
}

static void test_additional_mappings_go_over_the_base(void **state)
{
    (void)state;
    parse("t:\n  include_base: true\n  additional_columns:\n" COLUMN("seen",
                                                                     "TIMESTAMP") "  additional_mappings: {update_date: seen}\n");
    /* update_date now fills `seen`; updated_at goes back to the field of its own name */
    expect_map("updated_at>updated_at _id>id creation_date>created_at update_date>seen");
}

static void test_explicit_field_takes_over_an_identity_entry(void **state)
{
    (void)state;
    parse("t:\n  include_base: true\n  additional_columns:\n" COLUMN("name", "TEXT")
              COLUMN("title", "TEXT") "  additional_mappings: {name: title}\n");
    expect_map("name>title _id>id creation_date>created_at update_date>updated_at");
    problems_expect_one(problems, "s.yaml:1:1: warning: table `t`: nothing fills the column `name`");
}

static void test_id_is_never_an_identity_entry(void **state)
{
    (void)state;
    parse(PLAIN "  unique_constraints: [[v]]\n");
    expect_map("v>v");
    expect_conflict("v");
    assert_false(first()->conflict_is_identity);
    assert_true(first()->newer_wins);
    problems_expect_among(problems, "s.yaml:1:1: warning: table `t`: nothing fills the column `id`, which is NOT NULL");
}

static void test_h28_unique_constraints_with_a_base(void **state)
{
    (void)state;
    parse("t:\n  include_base: true\n  additional_columns:\n" COLUMN("a", "TEXT")
              COLUMN("b", "TEXT") "  unique_constraints: [[a, b], [b]]\n");
    assert_int_equal(first()->table->unique_count, 2);
    expect_conflict("id");
    assert_true(first()->conflict_is_identity);
    assert_false(first()->newer_wins);
    g_autofree char *unique = key_text(first(), &first()->table->uniques[0]);
    assert_string_equal(unique, "a b");
}

static void test_h40_one_effective_name(void **state)
{
    (void)state;
    parse("people:\n  name: users\n  include_base: true\n"
          "posts:\n  include_base: true\n  additional_columns:\n"
          "    - {name: a, sql_type: VARCHAR, foreign_key: people(id)}\n"
          "    - {name: b, sql_type: VARCHAR, foreign_key: users (id)}\n");
    assert_string_equal(first()->key, "people");
    assert_string_equal(first()->table->name, "users");
    assert_string_equal(first()->collection, "users");
    const MongoTable *posts = g_ptr_array_index(file->tables, 1);
    assert_string_equal(posts->table->columns[3].ref_table, "users");
    assert_string_equal(posts->table->columns[4].ref_table, "users");
    assert_int_equal(problems->list->len, 0);
}

static void test_generated_key(void **state)
{
    (void)state;
    parse("t:\n  columns:\n" COLUMN("id", "SERIAL, primary_key: true") COLUMN("user_id", "VARCHAR") COLUMN(
        "day", "DATE") "  explicit_mappings: {user: user_id}\n  unique_constraints: [[user_id, day]]\n  filter: {exists: user}\n");
    expect_map("day>day user>user_id");
    expect_conflict("user_id day");
    assert_string_equal(first()->filter_exists[0], "user");
    assert_int_equal(problems->list->len, 0);
}

static void test_generated_column_cannot_be_filled(void **state)
{
    (void)state;
    parse("t:\n  columns:\n" COLUMN("id", "SERIAL, primary_key: true") COLUMN("v", "TEXT") "  explicit_mappings: {_id: id}\n"
                                                                                           "  unique_constraints: [[v]]\n");
    assert_null(file);
    problems_expect_one(problems,
                        "s.yaml:5:23: table `t`: the field `_id` is mapped to `id`, which the destination numbers itself");
}

static void test_our_own_table_keys(void **state)
{
    (void)state;
    parse(PLAIN "    - {name: day, sql_type: DATE}\n  explicit_mappings: {_id: id}\n  conflict: [v, day]\n  newer_wins: false\n"
                "  cursor: stamp\n  filter: {exists: [a, b.c]}\n");
    expect_conflict("v day");
    assert_int_equal(first()->table->unique_count, 1); /* what ON CONFLICT needs */
    assert_false(first()->newer_wins);
    assert_string_equal(first()->cursor_fields[0], "stamp");
    assert_null(first()->cursor_fields[1]);
    assert_string_equal(first()->filter_exists[1], "b.c");
}

static void test_thresholds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {{"2024-01-15", 0}, {"\"2024-01-15\"", 0}, {"'2024-01-15T02:00:00+02:00'", 0}, {"2024-01-15 10:00:00", 36000}};
    int64_t day = days_from_civil(2024, 1, 15) * US_PER_DAY;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("t:\n  include_base: true\n  date_threshold: %s\n", cases[i].text);
        parse(text);
        assert_true(first()->threshold_us == day + cases[i].us * US_PER_SECOND);
        schema_mongo_free(file);
    }
    parse("t:\n  include_base: true\n  date_threshold: soon\n");
    assert_null(file);
    problems_expect_one(
        problems,
        "s.yaml:3:19: `date_threshold` of table `t`: expected an ISO 8601 date such as 2024-01-15 or 2024-01-15T10:00:00Z, "
        "found `soon`");
}

static void test_yaml_1_1_flags_and_merge(void **state)
{
    (void)state;
    parse("tables:\n  a: &base\n    include_base: yes\n    force_reimport: on\n    truncate_before_import: true\n  b:\n    <<: "
          "*base\n"
          "    mongo_collection: c\n    force_reimport: off\n    truncate_before_import: no\n");
    assert_true(first()->force_reimport && first()->truncate_before_import);
    const MongoTable *b = g_ptr_array_index(file->tables, 1);
    assert_false(b->force_reimport);
    assert_string_equal(b->collection, "c");
    assert_string_equal(first()->collection, "a");
    assert_int_equal(problems->list->len, 0);
}

static void test_hostile_names_are_names(void **state)
{
    (void)state;
    parse("order:\n  include_base: true\n  additional_columns: [{name: select, sql_type: TEXT}]\n"
          "'a\"b':\n  include_base: true\n'Robert\"); --':\n  include_base: true\n");
    assert_string_equal(first()->table->name, "order");
    assert_string_equal(((const MongoTable *)g_ptr_array_index(file->tables, 1))->table->name, "a\"b");
    assert_string_equal(((const MongoTable *)g_ptr_array_index(file->tables, 2))->key, "Robert\"); --");
    assert_int_equal(problems->list->len, 0);
}

static void test_relation_details(void **state)
{
    (void)state;
    parse("notes:\n  mongo_collection: users\n  columns:\n" COLUMN("id", "BIGSERIAL, primary_key: true")
              COLUMN("user_id", "VARCHAR, nullable: false") COLUMN("note_id", "VARCHAR, nullable: false") COLUMN("body", "TEXT")
                  COLUMN("at", "TIMESTAMP") "  unique_constraints: [[user_id, note_id]]\n"
                                            "  relationship:\n    parent: user_id\n    mode: upsert\n    arrays: [{field: a.notes, "
                                            "column: note_id, fields: {text: body}}]\n"
                                            "    dates: {at: {item: date}}\n");
    const MongoTable *table = first();
    assert_int_equal(table->mode, WRITE_UPSERT);
    assert_int_equal(table->parent_column, 1);
    assert_string_equal(table->arrays[0].field, "a.notes");
    assert_null(table->arrays[0].reference);
    assert_string_equal(table->arrays[0].fields[0].field, "text");
    assert_int_equal(table->arrays[0].fields[0].column, 3);
    assert_false(date_map_inherited(&table->dates[0]));
    assert_null(table->dates[0].parent_fields[0]);
    expect_conflict("user_id note_id");
    assert_true(table->newer_wins);
    assert_int_equal(problems->list->len, 0);
}

/* Each file is wrong in one way, and is told so in one line. */
static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"", "s.yaml: the file says nothing, expected a mapping of tables"},
        {"- a\n", "s.yaml:1:1: expected a mapping of tables, found a list"},
        {"tables:\n", "s.yaml:1:1: expected a mapping of tables, found nothing"},
        {"t:\n", "s.yaml:1:1: table `t`: expected a mapping with its columns, found nothing"},
        {"t: {}\n", "s.yaml:1:1: table `t`: expected a mapping with its columns, found nothing"},
        {"'': {include_base: true}\n", "s.yaml:1:1: name of a table: expected a name, found an empty text"},
        {"t: {export_order: 1}\n",
         "s.yaml:1:1: table `t` has 0 columns, expected 1 to 1600: list them under `columns`, or set `include_base: true`"},
        {"t: {columns: {a: b}}\n", "s.yaml:1:14: `columns` of table `t`: expected a list of columns, found a mapping"},
        {PLAIN, "s.yaml:1:1: table `t` has neither a primary key nor a unique constraint whose columns are filled: its rows could "
                "not be told "
                "apart; add `unique_constraints`"},
        {PLAIN "    - {name: x, sql_type: TEXT, default: 1}\n  unique_constraints: [[v]]\n",
         "s.yaml:5:33: unknown key `default` in column 3 of table `t`, expected one of name, sql_type, nullable, primary_key, "
         "foreign_key"},
        {PLAIN "    - {sql_type: TEXT}\n  unique_constraints: [[v]]\n", "s.yaml:5:7: column 3 of table `t` has no `name`"},
        {PLAIN "    - {name: x}\n  unique_constraints: [[v]]\n", "s.yaml:5:7: column `x` of table `t` has no `sql_type`"},
        {PLAIN "    - {name: v, sql_type: TEXT}\n  unique_constraints: [[v]]\n",
         "s.yaml:5:14: table `t` has two columns named `v`"},
        {PLAIN "    - x\n  unique_constraints: [[v]]\n",
         "s.yaml:5:7: column 3 of table `t`: expected a mapping with `name` and `sql_type`, found the text `x`"},
        {PLAIN "  unique_constraints: [v]\n",
         "s.yaml:5:24: `unique_constraints` of table `t`: expected a list of column names, found the text `v`"},
        {PLAIN "  unique_constraints: [[v, w]]\n", "s.yaml:5:28: `unique_constraints` of table `t`: there is no column `w`"},
        {PLAIN "  unique_constraints: [[v, v]]\n", "s.yaml:5:28: `unique_constraints` of table `t`: the column `v` is named twice"},
        {PLAIN "  unique_constraints: [[v]]\n  import_strategy: user_event\n",
         "s.yaml:6:20: `import_strategy` of table `t`: unknown strategy `user_event` (did you mean `user_events`?)"},
        {PLAIN "  unique_constraints: [[v]]\n  explicit_mappings: {a: w}\n",
         "s.yaml:6:23: table `t`: the field `a` is mapped to `w`, which is no column of it"},
        {PLAIN "  unique_constraints: [[v]]\n  explicit_mappings: {a: v, b: v}\n",
         "s.yaml:6:29: table `t`: two fields are mapped to the column `v`"},
        {PLAIN "  unique_constraints: [[v]]\n  explicit_mappings: [a]\n",
         "s.yaml:6:22: `explicit_mappings` of table `t`: expected a mapping of document field to column, found a list"},
        {PLAIN "  unique_constraints: [[v]]\n  export_order: first\n",
         "s.yaml:6:17: `export_order` of table `t`: expected an integer from -2147483648 to 2147483647, found the text `first`"},
        {PLAIN "  unique_constraints: [[v]]\n  force_reimport: maybe\n",
         "s.yaml:6:19: `force_reimport` of table `t`: expected true or false, found the text `maybe`"},
        {PLAIN "  unique_constraints: [[v]]\n  cursor: [a, b, c]\n",
         "s.yaml:6:11: `cursor` of table `t`: expected one or two date fields, found 3"},
        {PLAIN "  unique_constraints: [[v]]\n  filter: user\n",
         "s.yaml:6:11: `filter` of table `t`: expected `{exists: FIELD}` or `{exists: [FIELD, …]}`"},
        {"t:\n  include_base: true\n  additional_columns: [{name: a, sql_type: VARCHAR, foreign_key: users}]\n",
         "s.yaml:3:66: column `a` of table `t`: expected `table(column)`, found `users`"},
        {"t:\n  include_base: true\n  additional_columns: [{name: a, sql_type: VARCHAR, foreign_key: users(id) ON DELETE "
         "CASCADE}]\n",
         "s.yaml:3:66: column `a` of table `t`: expected `table(column)`, found `users(id) ON DELETE CASCADE`"},
        {"t:\n  include_base: true\n  additional_columns: [{name: a, sql_type: INTEGER, foreign_key: t(id)}]\n",
         "s.yaml:3:66: column `a` of table `t` is integer, but `t(id)`, to which it refers, is character varying: expected the "
         "same kind of "
         "type"},
        {"t:\n  include_base: true\n  additional_columns: [{name: a, sql_type: VARCHAR, foreign_key: t(b)}]\n",
         "s.yaml:3:66: column `a` of table `t` refers to `t(b)`, but that table has no such column"},
        {"t:\n  include_base: true\n  additional_columns: [{name: a, sql_type: TIMESTAMP, foreign_key: t(created_at)}]\n",
         "s.yaml:3:68: column `a` of table `t` refers to `t(created_at)`, which is neither the primary key nor unique on its own: "
         "make it one, "
         "or refer to the key"},
        {"a: {include_base: true}\nb: {name: a, include_base: true}\n",
         "s.yaml:2:1: table `b` lands in `a`, and so does table `a` (line 1): expected one table for each"},
        {"t:\n  columns:\n" COLUMN("user_id", "VARCHAR") COLUMN("event_id", "VARCHAR")
             COLUMN("created_at", "TIMESTAMP") "  unique_constraints: [[user_id, event_id]]\n  import_strategy: user_events\n",
         "s.yaml:7:20: the strategy `user_events` of table `t` fills the column `updated_at`, which the table does not have"},
        {"t:\n  columns:\n" COLUMN("p", "VARCHAR")
             COLUMN("c", "VARCHAR") "  unique_constraints: [[c]]\n"
                                    "  relationship: {parent: p, arrays: [{field: a, column: c}]}\n",
         "s.yaml:1:1: table `t`: what makes its rows the same must include the parent column `p`; put it into the unique "
         "constraint"},
        {"t:\n  columns:\n" COLUMN("p", "VARCHAR")
             COLUMN("c", "VARCHAR") "  unique_constraints: [[p, c]]\n"
                                    "  relationship: {parent: p, mode: replace, arrays: [{field: a, column: c}]}\n",
         "s.yaml:6:35: `mode` in `relationship` of table `t`: expected children, upsert or insert-ignore, found `replace`"},
        {"t:\n  columns:\n" COLUMN("p", "VARCHAR")
             COLUMN("c", "VARCHAR") "  unique_constraints: [[p, c]]\n"
                                    "  relationship: {parent: p, arrays: [{field: a, column: c, set: {c: x}}]}\n",
         "s.yaml:6:38: array 1 in `relationship` of table `t` fills the column `c` twice"},
        {"t:\n  columns:\n" COLUMN("p", "VARCHAR") COLUMN("c", "VARCHAR") "  unique_constraints: [[p, c]]\n"
                                                                          "  relationship: {parent: p, arrays: []}\n",
         "s.yaml:6:37: `relationship` of table `t`: expected `arrays` with a list of arrays, such as `- {field: targets, column: "
         "target_id}`"},
        {"t:\n  columns:\n" COLUMN("p", "VARCHAR")
             COLUMN("c", "VARCHAR") "  unique_constraints: [[p, c]]\n"
                                    "  relationship: {parent: p, array: [], arrays: [{field: a, column: c}]}\n",
         "s.yaml:6:29: unknown key `array` in `relationship` of table `t` (did you mean `arrays`?)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        parse(cases[i].text);
        if (file)
            fail_msg("accepted: %s", cases[i].text);
        problems_expect_one(problems, cases[i].problem);
        problems_free(problems);
        problems = problems_new();
    }
}

/* What the older loader took without a word is said, and does not stop anything. */
static void test_warnings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"t:\n  include_base: true\n  exportorder: 3\n",
         "s.yaml:3:3: warning: unknown key `exportorder` in table `t` is ignored (did you mean `export_order`?)"},
        {"t:\n  include_base: true\n  columns: [{name: a, sql_type: TEXT}]\n",
         "s.yaml:3:12: warning: `columns` of table `t` is ignored with `include_base`: use `additional_columns`"},
        {"t:\n  include_base: true\n  explicit_mappings: {a: b}\n",
         "s.yaml:3:22: warning: `explicit_mappings` of table `t` is ignored with `include_base`: use `additional_mappings`"},
        {"t:\n  include_base: true\n  truncate_before_import: true\n",
         "s.yaml:3:27: warning: `truncate_before_import` of table `t` has no effect without `force_reimport: true`"},
        {"t:\n  include_base: true\n  export_order: 1\n  export_order: 2\n",
         "s.yaml:4:3: warning: the key `export_order` is given twice (first in line 3), the last one counts"},
        {"t:\n  include_base: true\n  additional_columns: [{name: a, sql_type: VARCHAR, foreign_key: elsewhere(id)}]\n",
         "s.yaml:3:66: warning: column `a` of table `t` refers to the table `elsewhere`, which is not in this file; it must be in "
         "the "
         "destination"},
        {"tables:\n  t: {include_base: true}\nother: 1\nx-common: 2\n",
         "s.yaml:3:1: warning: the key `other` beside `tables` is ignored; put a table under `tables`"},
        {"no: {include_base: true}\n",
         "s.yaml:1:1: warning: YAML means a boolean by the unquoted name `no`; it is read as text, put it in quotes"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        parse(cases[i].text);
        if (!file)
            problems_print(problems);
        assert_non_null(file);
        problems_expect_one(problems, cases[i].problem);
        schema_mongo_free(file);
        file = NULL;
        problems_free(problems);
        problems = problems_new();
    }
}

static void test_h27_type_texts_never_reach_sql(void **state)
{
    (void)state;
    static const char *const types[] = {
        "TEXT); DROP TABLE users; --", "VARCHAR(255) NOT NULL", "INTEGER DEFAULT 0", "geometry", "VARCHAR(-1)", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *text =
            g_strdup_printf("t:\n  include_base: true\n  additional_columns:\n    - {name: a, sql_type: '%s'}\n", types[i]);
        parse(text);
        if (file)
            fail_msg("the type `%s` was accepted", types[i]);
        problems_expect_among(problems, "s.yaml:4:27: column `a` of table `t`: ");
        problems_free(problems);
        problems = problems_new();
    }
}

static void test_names_a_database_would_cut(void **state)
{
    (void)state;
    g_autofree char *name = g_strnfill(64, 'n');
    g_autofree char *text = g_strdup_printf("%s: {include_base: true}\nt: {name: %s, include_base: true}\n", name, name);
    parse(text);
    assert_null(file);
    assert_int_equal(problems->errors, 2);
    problems_expect_among(problems, "s.yaml:1:1: name of a table: the name has 64 bytes, expected at most 63");
    problems_expect_among(problems, "s.yaml:2:11: table `t`: the name has 64 bytes, expected at most 63");
}

/* All of them, in one go. */
static void test_every_mistake_is_reported(void **state)
{
    (void)state;
    parse("a:\nb: {include_base: perhaps}\nc:\n  include_base: true\n  date_threshold: never\n  import_strategy: nope\n"
          "d:\n  include_base: true\n  additional_columns: [{name: x, sql_type: blob}, {nam: y, sql_type: TEXT}]\n");
    assert_null(file);
    problems_expect_among(problems, "s.yaml:1:1: table `a`: expected a mapping");
    problems_expect_among(problems, "s.yaml:2:19: `include_base` of table `b`");
    problems_expect_among(problems, "s.yaml:5:19: `date_threshold` of table `c`");
    problems_expect_among(problems, "s.yaml:6:20: `import_strategy` of table `c`");
    problems_expect_among(problems, "s.yaml:9:44: column `x` of table `d`");
    problems_expect_among(problems, "s.yaml:9:52: unknown key `nam` in column 2 of table `d` (did you mean `name`?)");
}

static void test_missing_file(void **state)
{
    (void)state;
    file = schema_format_mongo.load("/nonexistent/schemas.yaml", NULL, problems);
    assert_null(file);
    problems_expect_among(problems, "/nonexistent/schemas.yaml: cannot be read: ");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_sample_is_as_the_facts_say),
        CASE(test_map_without_base),
        CASE(test_additional_mappings_go_over_the_base),
        CASE(test_explicit_field_takes_over_an_identity_entry),
        CASE(test_id_is_never_an_identity_entry),
        CASE(test_h28_unique_constraints_with_a_base),
        CASE(test_h40_one_effective_name),
        CASE(test_generated_key),
        CASE(test_generated_column_cannot_be_filled),
        CASE(test_our_own_table_keys),
        CASE(test_thresholds),
        CASE(test_yaml_1_1_flags_and_merge),
        CASE(test_hostile_names_are_names),
        CASE(test_relation_details),
        CASE(test_errors),
        CASE(test_warnings),
        CASE(test_h27_type_texts_never_reach_sql),
        CASE(test_names_a_database_would_cut),
        CASE(test_every_mistake_is_reported),
        CASE(test_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
