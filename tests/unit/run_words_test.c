/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/time.h"
#include "state/run_words.h"

#define NOW (INT64_C(1704067200) * US_PER_SECOND) /* 2024-01-01 */

static void test_words_and_text(void **data)
{
    RunFilter filter = {.sort = "duration", .limit = 7};
    Err err = {0};
    (void)data;
    assert_true(run_words_parse("  outcome:failed users job:sync  --from stream:app.users since:7d ", NOW, &filter, &err));
    assert_string_equal(filter.text, "users --from");
    assert_string_equal(filter.outcome, "failed");
    assert_string_equal(filter.job, "sync");
    assert_string_equal(filter.stream, "app.users");
    assert_true(filter.since_us == NOW - 7 * US_PER_DAY);
    assert_string_equal(filter.sort, "duration");
    assert_int_equal(filter.limit, 7);
    run_words_clear(&filter);
    assert_null(filter.text);
    assert_true(filter.since_us == TIME_NONE);
}

static void test_nothing_lets_all_pass(void **data)
{
    static const char *const empty[] = {NULL, "", "   "};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(empty); i++) {
        RunFilter filter = {0};
        Err err = {0};
        assert_true(run_words_parse(empty[i], NOW, &filter, &err));
        assert_null(filter.text);
        assert_null(filter.job);
        assert_null(filter.outcome);
        assert_null(filter.stream);
        assert_true(filter.since_us == TIME_NONE);
    }
}

static void test_the_later_word_counts(void **data)
{
    RunFilter filter = {0};
    Err err = {0};
    (void)data;
    assert_true(run_words_parse("job:sync job:backfill since:2023-12-31 2024-01-01T10:00", NOW, &filter, &err));
    assert_string_equal(filter.job, "backfill");
    assert_string_equal(filter.text, "2024-01-01T10:00");
    assert_true(filter.since_us == NOW - US_PER_DAY);
    run_words_clear(&filter);
}

static void test_bad_words_say_what_is_expected(void **data)
{
    static const struct {
        const char *words, *said;
    } cases[] = {
        {"users outcome:fail", "found 'fail'"},
        {"outcome:", "a value is missing"},
        {"since:7", "like 7d"},
        {"job:sync since:yesterday", "found 'yesterday'"},
        {"stream:", "stream: a value is missing"},
    };
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        RunFilter filter = {0};
        Err err = {0};
        assert_false(run_words_parse(cases[i].words, NOW, &filter, &err));
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.message, cases[i].said));
        assert_null(filter.text);
        assert_null(filter.job);
        assert_true(filter.since_us == TIME_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_text),
        cmocka_unit_test(test_nothing_lets_all_pass),
        cmocka_unit_test(test_the_later_word_counts),
        cmocka_unit_test(test_bad_words_say_what_is_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
