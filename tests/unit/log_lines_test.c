/* SPDX-License-Identifier: Apache-2.0 */
/* Which log lines are kept and shown, and how text is cut into lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/log_lines.h"
#include "ui/wrap.h"

static int set_up(void **state)
{
    LogLines *lines = g_new0(LogLines, 1);
    log_lines_init(lines);
    *state = lines;
    return 0;
}

static int tear_down(void **state)
{
    log_lines_done(*state);
    g_free(*state);
    return 0;
}

/* `count` lines from id `first` on; those whose id is in `errors` ("7 12") are errors. */
static void feed(LogLines *lines, int first, int count, const char *errors)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func(log_record_free);
    g_auto(GStrv) wanted = g_strsplit(errors, " ", -1);
    for (int id = first; id < first + count; id++) {
        g_autofree char *name = g_strdup_printf("%d", id);
        LogRecord *record = g_new0(LogRecord, 1);
        record->id = id;
        record->run = 1;
        record->level = g_strv_contains((const char *const *)wanted, name) ? LOG_ERROR : LOG_INFO;
        record->stream = g_strdup("app.users");
        record->text = g_strdup_printf("line %d", id);
        g_ptr_array_add(records, record);
    }
    log_lines_add(lines, records);
}

static char *shown(const LogLines *lines)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < lines->rows->len; i++) {
        const LogRow *row = &g_array_index(lines->rows, LogRow, i);
        if (!row->entry)
            g_string_append(out, " --");
        else
            g_string_append_printf(out, " %d%s", (int)row->entry->id, row->context ? "" : "!");
    }
    return g_string_free(out, FALSE);
}

static void a_level_keeps_what_is_beside(void **state)
{
    LogLines *lines = *state;
    feed(lines, 1, 20, "5 6 15");
    log_lines_build(lines, LOG_WARN, 0);
    g_autofree char *warn = shown(lines);
    assert_string_equal(warn, " 3 4 5! 6! 7 8 -- 13 14 15! 16 17");
    assert_int_equal(log_lines_row(lines, 10), 7);
    assert_int_equal(log_lines_row(lines, 18), -1);
    log_lines_build(lines, LOG_DEBUG, 0);
    assert_int_equal(lines->rows->len, 20);
}

static void only_the_newest_are_kept(void **state)
{
    LogLines *lines = *state;
    for (int i = 0; i < 7; i++)
        feed(lines, 1 + i * 1000, 1000, "");
    feed(lines, 6500, 501, ""); /* known already but one */
    log_lines_build(lines, LOG_DEBUG, 0);
    assert_int_equal(lines->rows->len, LOG_LINES_KEPT);
    assert_int_equal(lines->last_id, 7000);
    assert_int_equal(g_array_index(lines->rows, LogRow, 0).entry->id, 2001);
}

static void long_lines_are_cut_into_rows(void **state)
{
    LogLines *lines = *state;
    feed(lines, 1, 1, "");
    log_lines_build(lines, LOG_DEBUG, 11); /* "app.users: line 1" */
    assert_int_equal(lines->rows->len, 2);
    const LogRow *first = &g_array_index(lines->rows, LogRow, 0), *second = &g_array_index(lines->rows, LogRow, 1);
    assert_memory_equal(first->entry->text + first->from, "app.users:", first->bytes);
    assert_int_equal(second->bytes, strlen("line 1"));
}

static void expect_line(const char *text, int width, const char *line, size_t skips)
{
    size_t skip = 0, bytes = wrap_line(text, width, &skip);
    g_autofree char *got = g_strndup(text, bytes);
    assert_string_equal(got, line);
    assert_int_equal(skip, skips);
}

static void text_is_cut_between_words(void **state)
{
    (void)state;
    expect_line("two words", 20, "two words", 9);
    expect_line("two words", 9, "two words", 9);
    expect_line("two words", 8, "two", 4);
    expect_line("two words", 3, "two", 4);
    expect_line("unbreakable", 4, "unbr", 4);
    expect_line("日本語", 5, "日本", 6);
    expect_line("日本語", 1, "日", 3); /* moves on although it has no room */
    expect_line("", 5, "", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_level_keeps_what_is_beside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_newest_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_lines_are_cut_into_rows, set_up, tear_down),
        cmocka_unit_test(text_is_cut_between_words),
    };
    return cmocka_run_group_tests_name("log lines", tests, NULL, NULL);
}
