/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/secret.h"

static void masks(const char *text, const char *expected)
{
    char *copy = g_strdup(text);
    secret_mask(copy);
    assert_string_equal(copy, expected);
    g_free(copy);
}

static void registered_values_are_masked_everywhere(void **state)
{
    (void)state;
    secret_register("hunter22");
    masks("hunter22", "***");
    masks("a hunter22 b hunter22.", "a *** b ***.");
    masks("hunter2 is another word", "hunter2 is another word");
    masks("", "");
}

static void the_longest_and_overlapping_ones_go_whole(void **state)
{
    (void)state;
    secret_register("swordfish");
    secret_register("swordfish-and-more");
    masks("x swordfish-and-more y swordfish z", "x *** y *** z");
    secret_register("longer-secret");
    secret_register("longer");
    masks("x longer-secret y longer z", "x *** y *** z");
    secret_register("abcdXY");
    secret_register("XYefgh");
    masks("[abcdXYefgh]", "[***]");
}

static void short_values_and_null_are_ignored(void **state)
{
    (void)state;
    secret_register(NULL);
    secret_register("");
    secret_register("abc");
    masks("abc of it", "abc of it");
}

/* Promise 9: a driver may quote the URL as it was given or as it was decoded. */
static void both_encoded_and_decoded_forms_are_masked(void **state)
{
    (void)state;
    secret_register("p@ss/w:rd");
    masks("p@ss/w:rd p%40ss%2Fw%3Ard", "*** ***");
    secret_register("q%21uiet%20one");
    masks("q%21uiet%20one or q!uiet one", "*** or ***");
}

static void shows(const char *url, const char *expected)
{
    char *display = secret_url(url);
    assert_string_equal(display, expected);
    g_free(display);
}

static void urls_lose_their_password(void **state)
{
    (void)state;
    shows("postgresql://warehouse:s3cr3t@pg1.internal:5432/dw", "postgresql://warehouse:***@pg1.internal:5432/dw");
    shows("mongodb+srv://u:p%40ss%2Fw@c.example.net/app?retryWrites=true",
          "mongodb+srv://u:***@c.example.net/app?retryWrites=true");
    shows("mongodb://u:pw@h1:27017,h2:27018/app", "mongodb://u:***@h1:27017,h2:27018/app");
    shows("postgresql://u@[::1]:5432/db", "postgresql://u@[::1]:5432/db");
    shows("mongodb://h1:27017,h2:27018/app?x=a@b", "mongodb://h1:27017,h2:27018/app?x=a@b");
    shows("postgresql://host:5432/db?user=me@corp", "postgresql://host:5432/db?user=me@corp");
    shows("https://api.example.com/@me", "https://api.example.com/@me");
    shows("postgresql://u:@h/db", "postgresql://u:***@h/db");
}

/* People forget to encode. */
static void raw_reserved_characters_do_not_leak(void **state)
{
    (void)state;
    shows("postgresql://u:a@b@h/db", "postgresql://u:***@h/db");
    shows("postgresql://u:pa/ss@h/db", "postgresql://u:***@h/db");
    shows("postgresql://u:pa?ss@h/db", "postgresql://u:***@h/db");
    shows("postgresql://u:pa#ss@h/db", "postgresql://u:***@h/db");
    shows("postgresql://u:a@b/c@h/db?x=1", "postgresql://u:***@h/db?x=1");
    shows("postgresql://u:p:q@h/db", "postgresql://u:***@h/db");
}

static void secret_parameters_are_masked(void **state)
{
    (void)state;
    shows("postgresql://h/db?password=abc&sslmode=require", "postgresql://h/db?password=***&sslmode=require");
    shows("postgresql://h/db?sslmode=require&sslpassword=a%20b", "postgresql://h/db?sslmode=require&sslpassword=***");
    shows("postgresql://h/db?pass%77ord=abc", "postgresql://h/db?pass%77ord=***");
    shows("mongodb://h/?tlsCertificateKeyFilePassword=x;y&tls=true", "mongodb://h/?tlsCertificateKeyFilePassword=***&tls=true");
    shows("mongodb://h/?authMechanismProperties=AWS_SESSION_TOKEN:abc,X:y", "mongodb://h/?authMechanismProperties=***");
    shows("https://stats.example/?module=API&token_auth=0123", "https://stats.example/?module=API&token_auth=***");
}

static void connection_strings_are_masked(void **state)
{
    (void)state;
    shows("host=db password=abc user=u", "host=db password=*** user=u");
    shows("host=db password = 'a b\\'c d' user=u", "host=db password = *** user=u");
    shows("password=a\\ b user=u", "password=*** user=u");
    shows("host=db PASSWORD=abc", "host=db PASSWORD=***");
    shows("sslpassword='never closed", "sslpassword=***");
    shows("sqlite:/var/lib/a.db", "sqlite:/var/lib/a.db");
    shows("dump:./dump/wellness", "dump:./dump/wellness");
    shows("", "");
}

static void registered_values_go_from_urls_too(void **state)
{
    (void)state;
    secret_register("tokentoken");
    shows("https://tokentoken@host/x", "https://***@host/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registered_values_are_masked_everywhere),
        cmocka_unit_test(the_longest_and_overlapping_ones_go_whole),
        cmocka_unit_test(short_values_and_null_are_ignored),
        cmocka_unit_test(both_encoded_and_decoded_forms_are_masked),
        cmocka_unit_test(urls_lose_their_password),
        cmocka_unit_test(raw_reserved_characters_do_not_leak),
        cmocka_unit_test(secret_parameters_are_masked),
        cmocka_unit_test(connection_strings_are_masked),
        cmocka_unit_test(registered_values_go_from_urls_too),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
