/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/problem_checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void problems_print(const Problems *problems)
{
    for (guint i = 0; i < problems->list->len; i++) {
        g_autofree char *shown = problem_format(g_ptr_array_index(problems->list, i));
        print_message("%s\n", shown);
    }
}

void problems_expect_one(const Problems *problems, const char *text)
{
    if (problems->list->len != 1)
        problems_print(problems);
    assert_int_equal(problems->list->len, 1);
    g_autofree char *shown = problem_format(g_ptr_array_index(problems->list, 0));
    assert_string_equal(shown, text);
}

void problems_expect_among(const Problems *problems, const char *start)
{
    for (guint i = 0; i < problems->list->len; i++) {
        g_autofree char *shown = problem_format(g_ptr_array_index(problems->list, i));
        if (g_str_has_prefix(shown, start))
            return;
    }
    problems_print(problems);
    fail_msg("no problem begins with: %s", start);
}
