/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/err.h"
#include "base/secret.h"

static void set_fills_and_returns_false(void **state)
{
    (void)state;
    Err err = {.transient = true, .native = "08006", .hint = "old"};
    assert_false(err_set(&err, ERR_DEST, "table \"%s\" is gone", "users"));
    assert_int_equal(err.code, ERR_DEST);
    assert_string_equal(err.message, "table \"users\" is gone");
    assert_false(err.transient);
    assert_string_equal(err.native, "");
    assert_string_equal(err.hint, "");
    assert_false(err_set(NULL, ERR_DEST, "nobody listens"));
    assert_false(err_context(NULL, "nobody"));
    assert_false(err_hint(NULL, "nobody"));
}

static void context_prefixes_and_keeps_the_rest(void **state)
{
    (void)state;
    Err err;
    err_set(&err, ERR_SOURCE, "no answer");
    err.transient = true;
    err_hint(&err, "start it with %s", "mongod");
    assert_false(err_context(&err, "reading %s", "app.users"));
    assert_string_equal(err.message, "reading app.users: no answer");
    assert_string_equal(err.hint, "start it with mongod");
    assert_true(err.transient);
    assert_int_equal(err.code, ERR_SOURCE);
}

static void an_error_may_quote_itself(void **state)
{
    (void)state;
    Err err;
    err_set(&err, ERR_SOURCE, "first");
    err_set(&err, ERR_DEST, "then: %s", err.message);
    assert_string_equal(err.message, "then: first");
}

static void long_messages_end_with_a_whole_character(void **state)
{
    (void)state;
    Err err;
    GString *text = g_string_new("x");
    for (int i = 0; i < 2000; i++)
        g_string_append(text, "é");
    err_set(&err, ERR_DATA, "%s", text->str);
    assert_int_equal(strlen(err.message), 511);
    assert_true(g_utf8_validate(err.message, -1, NULL));
    err_context(&err, "%s", text->str);
    assert_true(g_utf8_validate(err.message, -1, NULL));
    g_string_free(text, TRUE);
}

static void driver_messages_become_one_line(void **state)
{
    (void)state;
    Err err;
    err_set(&err, ERR_DEST, "FATAL: no\nDETAIL:\033[1m none\n\n");
    assert_string_equal(err.message, "FATAL: no DETAIL: [1m none");
}

static void secrets_are_masked_before_the_cut(void **state)
{
    (void)state;
    Err err;
    secret_register("canary-err-password");
    err_set(&err, ERR_DEST, "login with canary-err-password failed");
    assert_string_equal(err.message, "login with *** failed");
    err_context(&err, "canary-err-password");
    assert_string_equal(err.message, "***: login with *** failed");
    err_hint(&err, "not canary-err-password");
    assert_string_equal(err.hint, "not ***");
    char filler[506];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    err_set(&err, ERR_DEST, "%scanary-err-password", filler); /* the cut would fall into the secret */
    assert_null(strstr(err.message, "can"));
}

static void every_code_has_a_name(void **state)
{
    (void)state;
    for (int code = ERR_NONE; code <= ERR_INTERNAL; code++)
        assert_string_not_equal(err_code_name((ErrCode)code), "unknown");
    assert_string_equal(err_code_name(ERR_UNREACHABLE), "unreachable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_and_returns_false),     cmocka_unit_test(context_prefixes_and_keeps_the_rest),
        cmocka_unit_test(an_error_may_quote_itself),       cmocka_unit_test(long_messages_end_with_a_whole_character),
        cmocka_unit_test(driver_messages_become_one_line), cmocka_unit_test(secrets_are_masked_before_the_cut),
        cmocka_unit_test(every_code_has_a_name),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
