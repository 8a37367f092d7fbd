/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <glib/gstdio.h>
#include <unistd.h>

#include "destinations/postgres.h"

static const char *const variables[] = {"PGSSLMODE", "PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE"};

static int clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        g_unsetenv(variables[i]);
    return 0;
}

static void assert_mode(const char *url, const char *expected)
{
    PQconninfoOption *given = PQconninfoParse(url, NULL);
    assert_non_null(given);
    const char *mode = pg_default_sslmode(given);
    PQconninfoFree(given);
    if (g_strcmp0(mode, expected) != 0)
        fail_msg("%s: expected %s, found %s", url, expected ? expected : "none", mode ? mode : "none");
}

static void promise9_another_host_requires_encryption(void **state)
{
    (void)state;
    assert_mode("postgresql://u@db.example.org/x", "require");
    assert_mode("postgresql://u@10.0.0.7/x", "require");
    assert_mode("postgresql://u@1270.example.org/x", "require");
    assert_mode("postgresql://u@localhost,db.example.org/x", "require");
    assert_mode("postgresql:///x?hostaddr=10.0.0.7", "require");
    assert_mode("postgresql://u@localhost/x?hostaddr=10.0.0.7", "require");
}

static void promise9_this_machine_does_not(void **state)
{
    (void)state;
    assert_mode("postgresql:///x", NULL);
    assert_mode("postgresql:///x?host=/run/postgresql", NULL);
    assert_mode("postgresql://u@localhost/x", NULL);
    assert_mode("postgresql://u@127.1.2.3/x", NULL);
    assert_mode("postgresql://u@[::1]/x", NULL);
}

static void promise9_a_given_mode_holds(void **state)
{
    (void)state;
    assert_mode("postgresql://u@db.example.org/x?sslmode=disable", NULL);
    assert_mode("postgresql://u@db.example.org/x?sslmode=prefer", NULL);
    g_setenv("PGSSLMODE", "prefer", TRUE);
    assert_mode("postgresql://u@db.example.org/x", NULL);
}

static void promise9_the_environment_names_the_host(void **state)
{
    (void)state;
    g_setenv("PGHOST", "db.example.org", TRUE);
    assert_mode("postgresql:///x", "require");
    assert_mode("postgresql://u@localhost/x", NULL);
}

static void promise9_a_service_file_counts(void **state)
{
    (void)state;
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "tidemark-service-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    assert_int_not_equal(fd, -1);
    close(fd);
    assert_true(g_file_set_contents(
        path, "[loose]\nhost=db.example.org\nsslmode=allow\n[far]\nhost=db.example.org\n[near]\nhost=localhost\n", -1, NULL));
    g_setenv("PGSERVICEFILE", path, TRUE);
    assert_mode("postgresql:///x?service=loose", NULL);
    assert_mode("postgresql:///x?service=far", "require");
    assert_mode("postgresql:///x?service=near", NULL);
    g_setenv("PGSERVICE", "far", TRUE);
    assert_mode("postgresql:///x", "require");
    g_unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(promise9_another_host_requires_encryption, clear_environment, clear_environment),
        cmocka_unit_test_setup_teardown(promise9_this_machine_does_not, clear_environment, clear_environment),
        cmocka_unit_test_setup_teardown(promise9_a_given_mode_holds, clear_environment, clear_environment),
        cmocka_unit_test_setup_teardown(promise9_the_environment_names_the_host, clear_environment, clear_environment),
        cmocka_unit_test_setup_teardown(promise9_a_service_file_counts, clear_environment, clear_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
