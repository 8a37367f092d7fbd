/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "model/counts.h"
#include "model/reject.h"
#include "model/stream.h"
#include "model/window.h"

static Stream *sample_stream(void)
{
    Stream *stream = g_new0(Stream, 1);
    stream->id = g_strdup("app.users");
    stream->table = table_new("raw_app", "users", 3);
    stream->table->columns[0] = (Column){.name = g_strdup("id"), .type = {.kind = TYPE_VARCHAR, .length = 24}, .primary_key = true};
    stream->table->columns[1] = (Column){.name = g_strdup("email"), .type = {.kind = TYPE_TEXT}, .nullable = true};
    stream->table->columns[2] = (Column){.name = g_strdup("day_id"),
                                         .type = {.kind = TYPE_VARCHAR, .length = 24},
                                         .ref_table = g_strdup("days"),
                                         .ref_column = g_strdup("id")};
    stream->table->primary = (TableKey){.columns = g_new0(int, 1), .count = 1};
    stream->conflict = (TableKey){.columns = g_new0(int, 1), .count = 1};
    stream->mapped = g_new0(bool, 3);
    stream->mapped[0] = stream->mapped[1] = true;
    stream->inherited = g_new0(bool, 3);
    stream->scope = g_new0(ScopePredicate, 1);
    stream->scope[0] = (ScopePredicate){.column = 2, .value = g_strdup("2")};
    stream->scope_count = 1;
    stream_set_definition(stream, "mapping");
    return stream;
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    Stream *stream = sample_stream();
    assert_int_equal(table_column(stream->table, "email"), 1);
    assert_int_equal(table_column(stream->table, "Email"), -1);
    const int pair[] = {1, 2};
    table_add_unique(stream->table, pair, 2);
    table_add_unique(stream->table, pair, 1);
    assert_int_equal(stream->table->unique_count, 2);
    assert_int_equal(stream->table->uniques[0].columns[1], 2);
    stream_free(stream);
    stream_free(NULL);
    table_free(NULL);
}

typedef void (*Change)(Stream *stream);

static void change_name(Stream *s)
{
    s->table->name[0] = 'x';
}
static void change_type(Stream *s)
{
    s->table->columns[1].type.kind = TYPE_JSONB;
}
static void change_length(Stream *s)
{
    s->table->columns[0].type.length = 25;
}
static void change_null(Stream *s)
{
    s->table->columns[1].nullable = false;
}
static void change_reference(Stream *s)
{
    s->table->columns[2].ref_table[0] = 'x';
}
static void change_unique(Stream *s)
{
    table_add_unique(s->table, (const int[]){1}, 1);
}
static void change_conflict(Stream *s)
{
    s->conflict.columns[0] = 1;
}
static void change_mode(Stream *s)
{
    s->mode = WRITE_INSERT_IGNORE;
}
static void change_mapped(Stream *s)
{
    s->mapped[2] = true;
}
static void change_inherited(Stream *s)
{
    s->inherited[1] = true;
}
static void change_scope(Stream *s)
{
    s->scope[0].value[0] = '3';
}
static void change_convert(Stream *s)
{
    s->settings.convert.replace_invalid = true;
}
static void change_cut(Stream *s)
{
    s->settings.convert.truncate_too_long = true;
}

static const Change changes[] = {change_name,   change_type,     change_length, change_null,   change_reference,
                                 change_unique, change_conflict, change_mode,   change_mapped, change_inherited,
                                 change_scope,  change_convert,  change_cut};

/* Promise 1: a changed definition makes the next sync read the stream whole. */
static void the_definition_tells_every_change(void **state)
{
    (void)state;
    Stream *plain = sample_stream();
    assert_int_equal(strlen(plain->definition), 64);
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        Stream *changed = sample_stream();
        assert_string_equal(changed->definition, plain->definition);
        changes[i](changed);
        stream_set_definition(changed, "mapping");
        if (strcmp(changed->definition, plain->definition) == 0)
            fail_msg("change %zu unnoticed", i);
        stream_free(changed);
    }
    stream_set_definition(plain, "another mapping");
    Stream *same = sample_stream();
    assert_string_not_equal(same->definition, plain->definition);
    stream_free(same);
    stream_free(plain);
}

static void the_definition_leaves_out_what_changes_no_row(void **state)
{
    (void)state;
    Stream *plain = sample_stream(), *other = sample_stream();
    other->settings.lookback_us = 5;
    other->settings.threshold_us = 7;
    other->settings.batch_size = 9;
    g_free(other->table->schema);
    other->table->schema = g_strdup("elsewhere");
    stream_set_definition(other, "mapping");
    assert_string_equal(other->definition, plain->definition);
    stream_free(plain);
    stream_free(other);
}

/* Moving a byte from one text to the next makes another definition. */
static void neighbouring_texts_do_not_run_together(void **state)
{
    (void)state;
    Stream *a = sample_stream(), *b = sample_stream();
    g_free(a->table->columns[2].ref_table);
    g_free(a->table->columns[2].ref_column);
    a->table->columns[2].ref_table = g_strdup("day");
    a->table->columns[2].ref_column = g_strdup("sid");
    stream_set_definition(a, "mapping");
    assert_string_not_equal(a->definition, b->definition);
    stream_free(a);
    stream_free(b);
}

static void window_keys(void **state)
{
    (void)state;
    char key[100];
    window_key(&(Window){.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE}, key, sizeof key);
    assert_string_equal(key, "sync");
    window_key(&(Window){.kind = WINDOW_SINCE, .low = 5, .high = TIME_NONE}, key, sizeof key);
    assert_string_equal(key, "sync");
    window_key(&(Window){.kind = WINDOW_RANGE, .low = INT64_C(1704067200000000), .high = INT64_C(1706745600000000), .clock = 3},
               key, sizeof key);
    assert_string_equal(key, "2024-01-01T00:00:00Z/2024-02-01T00:00:00Z");
}

static void checkpoints_share_their_bytes(void **state)
{
    (void)state;
    Checkpoint one = {.bytes = g_bytes_new("abc", 3), .highest = 5, .stop_before = 6, .first_load = true};
    Checkpoint two = {0};
    checkpoint_clear(&two);
    assert_int_equal(two.highest, TIME_NONE);
    assert_int_equal(two.window.clock, TIME_NONE);
    checkpoint_copy(&two, &one);
    checkpoint_copy(&two, &one);
    checkpoint_copy(&two, &two);
    checkpoint_clear(&one);
    assert_null(one.bytes);
    assert_memory_equal(g_bytes_get_data(two.bytes, NULL), "abc", 3);
    assert_true(two.first_load && two.stop_before == 6);
    checkpoint_clear(&two);
}

/* H36: the reason comes from the SQLSTATE, never from words. */
static void sqlstates_have_reasons(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate;
        RejectReason reason;
    } known[] = {
        {"23503", REJECT_MISSING_PARENT},
        {"23502", REJECT_REQUIRED},
        {"22001", REJECT_TOO_LONG},
        {"22003", REJECT_OUT_OF_RANGE},
        {"22008", REJECT_OUT_OF_RANGE},
        {"22P02", REJECT_WRONG_TYPE},
        {"22P03", REJECT_WRONG_TYPE},
        {"22007", REJECT_WRONG_TYPE},
        {"22021", REJECT_INVALID_TEXT},
        {"22P05", REJECT_INVALID_TEXT},
        {"23505", REJECT_DUPLICATE},
        {"23514", REJECT_CHECK},
        {"23P01", REJECT_OTHER},
        {"22012", REJECT_OTHER},
        {"54000", REJECT_OTHER},
        {"08006", REJECT_NONE},
        {"40001", REJECT_NONE},
        {"42P01", REJECT_NONE},
        {"", REJECT_NONE},
        {NULL, REJECT_NONE},
        {"23", REJECT_NONE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        assert_int_equal(reject_from_sqlstate(known[i].sqlstate), known[i].reason);
}

static void reject_names_read_back(void **state)
{
    (void)state;
    for (int reason = REJECT_MISSING_PARENT; reason < REJECT_REASONS; reason++) {
        RejectReason read;
        assert_true(reject_parse(reject_name((RejectReason)reason), &read));
        assert_int_equal(read, reason);
    }
    RejectReason unused;
    assert_false(reject_parse("none", &unused) || reject_parse("", &unused));
    assert_string_equal(reject_name(REJECT_MISSING_PARENT), "missing parent");
    assert_string_equal(reject_name(REJECT_REQUIRED), "required value missing");
}

/* Promise 3: read = written + unchanged + rejected + filtered. */
static void counts_add_up(void **state)
{
    (void)state;
    Counts sum = {0};
    const Counts part = {.read = 10, .written = 4, .unchanged = 3, .rejected = 2, .filtered = 1, .removed = 5, .rejected_new = 1};
    assert_true(counts_balance(&sum));
    counts_add(&sum, &part);
    counts_add(&sum, &part);
    assert_true(counts_balance(&sum));
    assert_int_equal(sum.removed, 10);
    assert_int_equal(sum.rejected_new, 2);
    sum.unchanged--;
    assert_false(counts_balance(&sum));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(the_definition_tells_every_change),
        cmocka_unit_test(the_definition_leaves_out_what_changes_no_row),
        cmocka_unit_test(neighbouring_texts_do_not_run_together),
        cmocka_unit_test(window_keys),
        cmocka_unit_test(checkpoints_share_their_bytes),
        cmocka_unit_test(sqlstates_have_reasons),
        cmocka_unit_test(reject_names_read_back),
        cmocka_unit_test(counts_add_up),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
