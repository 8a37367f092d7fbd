/* SPDX-License-Identifier: Apache-2.0 */
/* The eleven named strategies come out as what the facts about the older scripts say, and exactly like one written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "config/schema_mongo.h"
#include "config/schema_tables.h"
#include "config/strategies.h"

typedef struct Expected {
    const char *name, *parent;
    struct {
        const char *field, *column, *reference, *type;
    } arrays[3];
    bool item_dates;
} Expected;

#define USER_EVENTS "user_id", {{"registered_events", "event_id", "event", NULL}}, true
#define USERS_TARGETS                                                                                                              \
    "user_id",                                                                                                                     \
        {{"targets", "target_id", "target", "basic"},                                                                              \
         {"specificity_targets", "target_id", "target", "specificity"},                                                            \
         {"health_targets", "target_id", "target", "health"}},                                                                     \
        false
#define COACHING_REASONS                                                                                                           \
    "coaching_id", {{"reasons", "target_id", "target", "reason"}, {"health_reason", "target_id", "target", "health_reason"}}, false

static const Expected expected[] = {
    {"user_events", USER_EVENTS},
    {"user_events_legacy", USER_EVENTS},
    {"users_targets", USERS_TARGETS},
    {"users_targets_legacy", USERS_TARGETS},
    {"coaching_reasons", COACHING_REASONS},
    {"coaching_reasons_legacy", COACHING_REASONS},
    {"quizzs_links_questions", "quizz_id", {{"questions", "question_id", "question", NULL}}, false},
    {"users_quizzs_links_questions", "user_quizz_id", {{"questions", "user_quizz_question_id", "question", NULL}}, false},
    {"users_contents_reads", "content_id", {{"viewed_by", "user_id", "user", NULL}}, false},
    {"days_contents_links", "day_id", {{"contents", "content_id", "content", NULL}}, false},
    {"days_logbooks_links", "day_id", {{"main_logbooks", "logbook_id", "logbook", NULL}}, false},
};

static char *table_text(const Expected *at, const char *strategy)
{
    bool typed = at->arrays[0].type != NULL;
    return g_strdup_printf("links:\n"
                           "  mongo_collection: parents\n"
                           "%s"
                           "  columns:\n"
                           "    - {name: %s, sql_type: VARCHAR, nullable: false}\n"
                           "    - {name: %s, sql_type: VARCHAR, nullable: false}\n"
                           "%s"
                           "    - {name: created_at, sql_type: TIMESTAMP, nullable: false}\n"
                           "    - {name: updated_at, sql_type: TIMESTAMP, nullable: false}\n"
                           "  unique_constraints: [[%s, %s%s]]\n",
                           strategy, at->parent, at->arrays[0].column, typed ? "    - {name: type, sql_type: VARCHAR(50)}\n" : "",
                           at->parent, at->arrays[0].column, typed ? ", type" : "");
}

static SchemaFile *parse(const char *text)
{
    Problems *problems = problems_new();
    SchemaFile *file = schema_mongo_parse(text, strlen(text), "s.yaml", NULL, problems);
    for (guint i = 0; i < problems->list->len; i++) {
        g_autofree char *shown = problem_format(g_ptr_array_index(problems->list, i));
        print_message("%s\n", shown);
    }
    assert_int_equal(problems->list->len, 0);
    problems_free(problems);
    return file;
}

static const char *column_name(const MongoTable *table, int column)
{
    return table->table->columns[column].name;
}

static void check_dates(const MongoTable *table, bool item_dates)
{
    assert_int_equal(table->date_count, 2);
    const DateMap *created = &table->dates[0];
    const DateMap *updated = &table->dates[1];
    assert_string_equal(column_name(table, created->column), "created_at");
    assert_string_equal(column_name(table, updated->column), "updated_at");
    assert_string_equal(created->parent_fields[0], "creation_date");
    assert_string_equal(created->parent_fields[1], "update_date");
    assert_null(created->parent_fields[2]);
    assert_string_equal(updated->parent_fields[0], "update_date");
    assert_string_equal(updated->parent_fields[1], "creation_date");
    assert_null(updated->parent_fields[2]);
    if (item_dates) {
        assert_string_equal(created->item_field, "date");
        assert_string_equal(updated->item_field, "date");
        assert_false(created->item_last);
        assert_true(updated->item_last);
        assert_false(date_map_inherited(created));
    } else {
        assert_null(created->item_field);
        assert_null(updated->item_field);
        assert_true(date_map_inherited(created));
    }
    assert_true(date_map_inherited(updated));
}

static void test_each_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        const Expected *at = &expected[i];
        g_autofree char *line = g_strdup_printf("  import_strategy: %s\n", at->name);
        g_autofree char *text = table_text(at, line);
        SchemaFile *file = parse(text);
        assert_non_null(file);
        const MongoTable *table = g_ptr_array_index(file->tables, 0);
        assert_string_equal(table->strategy, at->name);
        assert_string_equal(table->collection, "parents");
        assert_int_equal(table->mode, WRITE_CHILDREN);
        assert_false(table->conflict_is_identity);
        assert_false(table->newer_wins);
        assert_string_equal(column_name(table, table->parent_column), at->parent);
        assert_int_equal(table->field_count, 0);
        int count = 0;
        for (; count < 3 && at->arrays[count].field; count++) {
            assert_true(count < table->array_count);
            const ArrayMap *array = &table->arrays[count];
            assert_string_equal(array->field, at->arrays[count].field);
            assert_string_equal(column_name(table, array->column), at->arrays[count].column);
            assert_string_equal(array->reference, at->arrays[count].reference);
            assert_int_equal(array->set_count, at->arrays[count].type ? 1 : 0);
            if (at->arrays[count].type) {
                assert_string_equal(column_name(table, array->set[0].column), "type");
                assert_string_equal(array->set[0].text, at->arrays[count].type);
            }
        }
        assert_int_equal(count, table->array_count);
        check_dates(table, at->item_dates);
        schema_mongo_free(file);
    }
}

static void test_there_are_eleven(void **state)
{
    (void)state;
    Problems *problems = problems_new();
    YamlDoc *doc = strategies_read(problems);
    assert_non_null(doc);
    assert_int_equal(problems->list->len, 0);
    g_autofree const char **names = strategies_names(doc);
    assert_int_equal(g_strv_length((char **)names), 11);
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_true(g_strv_contains(names, expected[i].name));
    yaml_free(doc);
    problems_free(problems);
}

/* The same strategy written out under `relationship` gives the same table. */
static void test_declared_by_hand(void **state)
{
    (void)state;
    g_autofree char *text =
        table_text(&expected[2], "  relationship:\n"
                                 "    parent: user_id\n"
                                 "    arrays:\n"
                                 "      - {field: targets, column: target_id, reference: target, set: {type: basic}}\n"
                                 "    dates:\n"
                                 "      created_at: {parent: creation_date}\n"
                                 "      updated_at: {parent: [update_date, creation_date]}\n"
                                 "    filter: {exists: user}\n");
    SchemaFile *file = parse(text);
    assert_non_null(file);
    const MongoTable *table = g_ptr_array_index(file->tables, 0);
    assert_null(table->strategy);
    assert_int_equal(table->mode, WRITE_CHILDREN);
    assert_int_equal(table->array_count, 1);
    assert_string_equal(table->arrays[0].set[0].text, "basic");
    assert_string_equal(table->dates[0].parent_fields[0], "creation_date");
    assert_null(table->dates[0].parent_fields[1]);
    assert_string_equal(table->filter_exists[0], "user");
    assert_null(table->filter_exists[1]);
    schema_mongo_free(file);
}

static bool same(const YamlNode *a, const YamlNode *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == YAML_SCALAR)
        return strcmp(a->text, b->text) == 0;
    guint count = a->kind == YAML_LIST ? a->items->len : a->pairs->len;
    if (count != (b->kind == YAML_LIST ? b->items->len : b->pairs->len))
        return false;
    for (guint i = 0; i < count; i++) {
        const YamlPair *pair = a->kind == YAML_MAP ? &g_array_index(a->pairs, YamlPair, i) : NULL;
        const YamlNode *left = pair ? pair->value : g_ptr_array_index(a->items, i);
        const YamlNode *right = pair ? yaml_get(b, pair->key->text) : g_ptr_array_index(b->items, i);
        if (!right || !same(left, right))
            return false;
    }
    return true;
}

/* The YAML blocks of the format's description: two schema files that work, and the strategies as they are shipped. */
static void test_documented_examples(void **state)
{
    (void)state;
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(SRCDIR "/docs/schemas.md", &text, NULL, NULL));
    Problems *problems = problems_new();
    YamlDoc *shipped = strategies_read(problems);
    int schemas = 0, tables = 0;
    int strategies = 0;
    for (char *at = strstr(text, "```yaml\n"); at; at = strstr(at, "```yaml\n")) {
        at += strlen("```yaml\n");
        size_t len = (size_t)(strstr(at, "```") - at);
        if (g_str_has_prefix(at, "matomo_log_visit:")) {
            SchemaTables *file = schema_tables_parse(at, len, "docs/schemas.md", NULL, problems);
            assert_non_null(file);
            schema_tables_free(file);
            tables++;
            continue;
        }
        if (!g_str_has_prefix(at, "user_events:")) {
            SchemaFile *file = schema_mongo_parse(at, len, "docs/schemas.md", NULL, problems);
            assert_non_null(file);
            schema_mongo_free(file);
            schemas++;
            continue;
        }
        YamlDoc *doc = yaml_parse(at, len, "docs/schemas.md", problems);
        assert_non_null(doc);
        for (guint i = 0; i < doc->root->pairs->len; i++, strategies++) {
            const YamlPair *pair = &g_array_index(doc->root->pairs, YamlPair, i);
            const YamlNode *real = yaml_get(shipped->root, pair->key->text);
            assert_non_null(real);
            for (guint k = 0; k < pair->value->pairs->len; k++) {
                const YamlPair *part = &g_array_index(pair->value->pairs, YamlPair, k);
                if (!same(part->value, yaml_get(real, part->key->text)))
                    fail_msg("`%s` of `%s` is shipped differently", part->key->text, pair->key->text);
            }
        }
        yaml_free(doc);
    }
    assert_int_equal(tables, 1);
    assert_int_equal(schemas, 2);
    assert_int_equal(strategies, 8);
    assert_int_equal(problems->errors, 0);
    yaml_free(shipped);
    problems_free(problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_name),
        cmocka_unit_test(test_there_are_eleven),
        cmocka_unit_test(test_declared_by_hand),
        cmocka_unit_test(test_documented_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
