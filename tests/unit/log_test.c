/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

typedef struct Seen {
    int lines, inside, most_inside;
    LogLine last;
    char text[200], stream[40];
} Seen;

static void remember(const LogLine *line, void *data)
{
    Seen *seen = data;
    seen->inside++;
    seen->most_inside = MAX(seen->most_inside, seen->inside);
    seen->lines++;
    seen->last = *line;
    g_strlcpy(seen->text, line->text, sizeof seen->text);
    g_strlcpy(seen->stream, line->stream ? line->stream : "", sizeof seen->stream);
    seen->inside--;
}

static void a_line_reaches_the_sink(void **state)
{
    (void)state;
    Seen seen = {0};
    setenv("TIDEMARK_TEST_NOW", "1705312800000000", 1);
    log_set_sink(remember, &seen);
    log_write(LOG_WARN, 7, "app.users", "%d rows wait", 3);
    assert_int_equal(seen.lines, 1);
    assert_int_equal(seen.last.level, LOG_WARN);
    assert_int_equal(seen.last.run, 7);
    assert_int_equal(seen.last.at_us, INT64_C(1705312800000000));
    assert_string_equal(seen.text, "3 rows wait");
    assert_string_equal(seen.stream, "app.users");
    unsetenv("TIDEMARK_TEST_NOW");
    log_set_sink(NULL, NULL);
    log_warn("nobody listens");
    assert_int_equal(seen.lines, 1);
}

static void levels_hold_back(void **state)
{
    (void)state;
    Seen seen = {0};
    log_set_sink(remember, &seen);
    assert_int_equal(log_level(), LOG_INFO);
    log_debug("not shown");
    assert_int_equal(seen.lines, 0);
    log_set_level(LOG_DEBUG);
    log_debug("shown");
    assert_int_equal(seen.lines, 1);
    log_set_level(LOG_ERROR);
    log_warn("not shown");
    assert_int_equal(seen.lines, 1);
    log_set_level(LOG_INFO);
    log_set_sink(NULL, NULL);
}

static void level_names_read_back(void **state)
{
    (void)state;
    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        LogLevel read;
        assert_true(log_level_parse(log_level_name((LogLevel)level), &read));
        assert_int_equal(read, level);
    }
    LogLevel unused;
    assert_false(log_level_parse("loud", &unused));
}

static void secrets_never_reach_a_sink(void **state)
{
    (void)state;
    Seen seen = {0};
    log_set_sink(remember, &seen);
    secret_register("canary-log-password");
    log_info("password canary-log-password refused");
    assert_string_equal(seen.text, "password *** refused");
    log_set_sink(NULL, NULL);
}

static void *write_many(void *data)
{
    (void)data;
    for (int i = 0; i < 500; i++)
        log_info("line %d", i);
    return NULL;
}

static void threads_take_turns(void **state)
{
    (void)state;
    Seen seen = {0};
    pthread_t threads[4];
    log_set_sink(remember, &seen);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, NULL), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    log_set_sink(NULL, NULL);
    assert_int_equal(seen.lines, 2000);
    assert_int_equal(seen.most_inside, 1);
}

static void the_monotonic_clock_does_not_go_back(void **state)
{
    (void)state;
    int64_t before = clock_mono_ms();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_mono_ms();
        assert_true(now >= before);
        before = now;
    }
    assert_true(clock_now_us() > INT64_C(1700000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_reaches_the_sink), cmocka_unit_test(levels_hold_back),
        cmocka_unit_test(level_names_read_back),   cmocka_unit_test(secrets_never_reach_a_sink),
        cmocka_unit_test(threads_take_turns),      cmocka_unit_test(the_monotonic_clock_does_not_go_back),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
