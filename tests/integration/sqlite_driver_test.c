/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/integration/driver_checks.h"

typedef struct File {
    char *directory, *url;
    DestinationConfig config;
    Destination *d;
} File;

static int set_up(void **state)
{
    File *file = g_new0(File, 1);
    file->directory = g_dir_make_tmp("tidemark-sqlite-XXXXXX", NULL);
    file->url = g_strdup_printf("sqlite:%s/w.db", file->directory);
    file->config = (DestinationConfig){.kind = (char *)"sqlite", .url = file->url, .display = file->url};
    file->d = open_or_fail(&file->config);
    *state = file;
    return 0;
}

static int tear_down(void **state)
{
    File *file = *state;
    destination_close(file->d);
    GDir *list = g_dir_open(file->directory, 0, NULL);
    for (const char *name; (name = g_dir_read_name(list));) {
        g_autofree char *path = g_build_filename(file->directory, name, NULL);
        g_unlink(path);
    }
    g_dir_close(list);
    g_rmdir(file->directory);
    g_free(file->directory);
    g_free(file->url);
    g_free(file);
    return 0;
}

static void values_of_every_type(void **state)
{
    File *file = *state;
    check_values(file->d, true);
}

static void row_json_round_trip(void **state)
{
    File *file = *state;
    check_row_json(file->d);
}

static void copy_is_all_or_none(void **state)
{
    File *file = *state;
    check_copy_is_atomic(file->d);
}

static void h36_constraints_have_sqlstates(void **state)
{
    File *file = *state;
    check_constraint_states(file->d);
}

static void parameters_are_bound(void **state)
{
    File *file = *state;
    check_parameters(file->d);
}

static void h27_catalogue_with_odd_names(void **state)
{
    File *file = *state;
    check_describe(file->d, NULL);
    check_describe_missing(file->d);
}

static void h41_locks_exclude_each_other(void **state)
{
    File *file = *state;
    check_locks(&file->config);
}

static void promise8_interrupt_is_prompt(void **state)
{
    File *file = *state;
    check_interrupt(file->d, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
    check_interrupt_between(file->d);
    check_interrupt_in_copy(file->d);
}

typedef struct Waiter {
    Destination *d;
    Err err;
    bool ok;
    atomic_bool started, ended;
} Waiter;

static void *begin_write(void *data)
{
    Waiter *waiter = data;
    atomic_store(&waiter->started, true);
    waiter->ok = db_exec(waiter->d, &waiter->err, "BEGIN IMMEDIATE");
    atomic_store(&waiter->ended, true);
    return NULL;
}

static void promise8_interrupt_ends_waiting_for_a_writer(void **state)
{
    File *file = *state;
    Waiter waiter = {.d = open_or_fail(&file->config)};
    pthread_t thread;
    exec_or_fail(file->d, "BEGIN IMMEDIATE");
    assert_int_equal(pthread_create(&thread, NULL, begin_write, &waiter), 0);
    while (!atomic_load(&waiter.started))
        sched_yield();
    int64_t start = clock_mono_ms();
    destination_interrupt(waiter.d);
    pthread_join(thread, NULL);
    assert_false(waiter.ok);
    assert_int_equal(waiter.err.code, ERR_CANCELLED);
    assert_true(clock_mono_ms() - start < 2000);
    destination_close(waiter.d);
    exec_or_fail(file->d, "ROLLBACK");
}

static void a_second_writer_waits_its_turn(void **state)
{
    File *file = *state;
    Waiter waiter = {.d = open_or_fail(&file->config)};
    pthread_t thread;
    exec_or_fail(file->d, "BEGIN IMMEDIATE");
    assert_int_equal(pthread_create(&thread, NULL, begin_write, &waiter), 0);
    while (!atomic_load(&waiter.started))
        sched_yield();
    assert_false(atomic_load(&waiter.ended));
    exec_or_fail(file->d, "COMMIT");
    pthread_join(thread, NULL);
    assert_true(waiter.ok);
    exec_or_fail(waiter.d, "COMMIT");
    destination_close(waiter.d);
}

static void opening_says_what_is_wrong(void **state)
{
    File *file = *state;
    Err err = {0};
    g_autofree char *nowhere = g_strdup_printf("sqlite:%s/missing/w.db", file->directory);
    DestinationConfig config = {.kind = (char *)"sqlite", .url = nowhere};
    assert_null(destination_open(&config, &err));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_non_null(strstr(err.message, "missing does not exist"));
    assert_non_null(strstr(err.hint, "mkdir"));

    g_autofree char *text = g_build_filename(file->directory, "text.db", NULL);
    assert_true(g_file_set_contents(text, "this is no database, although it is long enough to be looked at twice", -1, NULL));
    g_autofree char *text_url = g_strconcat("sqlite:", text, NULL);
    config.url = text_url;
    assert_null(destination_open(&config, &err));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_non_null(strstr(err.message, "not an SQLite database"));

    config.url = (char *)"sqlite:";
    assert_null(destination_open(&config, &err));
    assert_int_equal(err.code, ERR_CONFIG);
}

static void a_script_stops_at_its_first_error(void **state)
{
    File *file = *state;
    Err err = {0};
    assert_false(db_exec(file->d, &err, "CREATE TABLE a (x); CREATE TABLE a (x); CREATE TABLE b (x)"));
    g_autofree char *count = ask(file->d, "SELECT count(*) FROM sqlite_schema WHERE name = $1", "b");
    assert_string_equal(count, "0");
}

static void foreign_keys_are_enforced(void **state)
{
    File *file = *state;
    g_autofree char *on = ask(file->d, "PRAGMA foreign_keys", NULL);
    g_autofree char *mode = ask(file->d, "PRAGMA journal_mode", NULL);
    assert_string_equal(on, "1");
    assert_string_equal(mode, "wal");
    assert_string_equal(file->d->control, "tidemark_");
    assert_string_equal(file->d->ops->link_security(file->d), "file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_of_every_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(row_json_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copy_is_all_or_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(h36_constraints_have_sqlstates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parameters_are_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(h27_catalogue_with_odd_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(h41_locks_exclude_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise8_interrupt_is_prompt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise8_interrupt_ends_waiting_for_a_writer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_writer_waits_its_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opening_says_what_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_script_stops_at_its_first_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(foreign_keys_are_enforced, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
