/* SPDX-License-Identifier: Apache-2.0 */
/* .env files against python-dotenv's own answers, and what is ours: bytes that are no text, where a value came from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "config/dotenv.h"
#include "config/env.h"

typedef struct DotenvCase {
    const char *name, *text;
    int warnings;
    struct {
        const char *key, *value; /* value NULL: the key stands alone */
    } expected[8];
} DotenvCase;

#include "tests/unit/dotenv_cases.h"

static char *process[] = {"HOME=/home/ada", "A=envA", "EMPTY=", NULL};

static bool any_name(const char *name, const void *data)
{
    (void)data;
    return *name != '\0';
}

/* Writes the text into a file of its own; the caller frees and removes it. */
static char *write_file(const char *text, size_t len)
{
    char *path = NULL;
    int fd = g_file_open_tmp("dotenv-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    close(fd);
    return path;
}

static void test_python_dotenv(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const DotenvCase *at = &cases[i];
        Problems *problems = problems_new();
        char *path = write_file(at->text, strlen(at->text));
        char *only_home[] = {"HOME=/home/ada", NULL};
        Env *env = env_new(process, path, problems);
        Problems *unused = problems_new();
        Env *file_only = env_new(only_home, path, unused);
        if ((int)problems->list->len != at->warnings)
            fail_msg("%s: %u warnings, expected %d", at->name, problems->list->len, at->warnings);
        int count = 0;
        for (; count < 8 && at->expected[count].key; count++) {
            const char *key = at->expected[count].key;
            const char *value = at->expected[count].value;
            bool in_process = strcmp(key, "A") == 0;
            const char *found = env_get(env, key);
            if (in_process)
                value = "envA"; /* what the process has wins over the file */
            if (g_strcmp0(found, value) != 0)
                fail_msg("%s: %s is `%s`, expected `%s`", at->name, key, found ? found : "(none)", value ? value : "(none)");
        }
        g_auto(GStrv) names = env_names(file_only, any_name, NULL);
        int set = 0;
        for (char **name = names; *name; name++)
            set += strcmp(*name, "HOME") != 0;
        int expected_set = 0;
        for (int k = 0; k < count; k++)
            expected_set += at->expected[k].value && *env_get(file_only, at->expected[k].key);
        if (set != expected_set)
            fail_msg("%s: %d variables, expected %d", at->name, set, expected_set);
        env_free(env);
        env_free(file_only);
        problems_free(unused);
        problems_free(problems);
        g_unlink(path);
        g_free(path);
    }
}

static void test_not_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        int line;
    } bad[] = {{"A=1\nB=\xff\n", 8, 2}, {"A=1\0B=2\n", 8, 1}, {"A=1\nB=2\nC=\xed\xa0\x80", 13, 3}};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Problems *problems = problems_new();
        assert_null(dotenv_parse(bad[i].bytes, bad[i].len, ".env", problems));
        assert_int_equal(problems->errors, 1);
        assert_int_equal(((Problem *)g_ptr_array_index(problems->list, 0))->line, bad[i].line);
        problems_free(problems);
    }
}

static void test_warning_names_the_line_and_no_value(void **state)
{
    (void)state;
    static const char text[] = "A=1\n\n=hunter2secret\nB=\"open hunter2secret\n";
    Problems *problems = problems_new();
    GPtrArray *entries = dotenv_parse(text, strlen(text), "/x/.env", problems);
    assert_int_equal(entries->len, 1);
    assert_int_equal(problems->errors, 0);
    assert_int_equal(problems->list->len, 2);
    for (guint i = 0; i < 2; i++) {
        g_autofree char *shown = problem_format(g_ptr_array_index(problems->list, i));
        assert_true(g_str_has_prefix(shown, i == 0 ? "/x/.env:3: warning: " : "/x/.env:4: warning: "));
        assert_null(strstr(shown, "hunter2"));
    }
    g_ptr_array_unref(entries);
    problems_free(problems);
}

static void test_origin(void **state)
{
    (void)state;
    static const char text[] = "# x\nB=1\nA=2\n";
    char *path = write_file(text, strlen(text));
    Problems *problems = problems_new();
    Env *env = env_new(process, path, problems);
    int line = 0;
    assert_string_equal(env_origin(env, "B", &line), path);
    assert_int_equal(line, 2);
    assert_null(env_origin(env, "A", &line));
    assert_null(env_origin(env, "NOPE", &line));
    assert_null(env_trimmed(env, "EMPTY"));
    env_free(env);
    problems_free(problems);
    g_unlink(path);
    g_free(path);
}

static void test_missing_file_is_fine_an_unreadable_one_is_not(void **state)
{
    (void)state;
    Problems *problems = problems_new();
    Env *env = env_new(process, "/nonexistent/.env", problems);
    assert_int_equal(problems->list->len, 0);
    assert_null(env_file(env));
    env_free(env);
    env = env_new(process, "/", problems); /* a directory */
    assert_int_equal(problems->errors, 1);
    env_free(env);
    problems_free(problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_dotenv),
        cmocka_unit_test(test_not_text),
        cmocka_unit_test(test_warning_names_the_line_and_no_value),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_missing_file_is_fine_an_unreadable_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
