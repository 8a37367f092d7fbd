/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: parsing is driven by tables, so the test brings commands of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret.h"
#include "cli/cli.h"

static int run_nothing(Cli *cli)
{
    (void)cli;
    return 0;
}

static const CliOption *const job_tables[] = {job_options, NULL};
static const CliOption *const fill_tables[] = {backfill_options, job_options, NULL};
static const CliOption *const log_tables[] = {log_options, NULL};

static const Command command_job = {
    .name = "sync", .arguments = "[STREAM…]", .options = job_tables, .max_arguments = -1, .run = run_nothing};
static const Command command_fill = {.name = "backfill",
                                     .arguments = "STREAM…",
                                     .options = fill_tables,
                                     .min_arguments = 1,
                                     .max_arguments = -1,
                                     .run = run_nothing};
static const Command command_one = {
    .name = "log", .arguments = "RUN", .options = log_tables, .min_arguments = 1, .max_arguments = 1, .run = run_nothing};
const Command *const command_registry[] = {&command_job, &command_fill, &command_one, NULL};

const Command *command_find(const char *name)
{
    for (int i = 0; command_registry[i]; i++)
        if (!g_strcmp0(command_registry[i]->name, name))
            return command_registry[i];
    return NULL;
}

typedef struct Parsed {
    Cli cli;
    Err err;
    bool ok;
} Parsed;

/* Words separated by blanks. */
static Parsed parse(const char *line)
{
    Parsed parsed = {0};
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    parsed.ok = cli_parse(&parsed.cli, (int)g_strv_length(words), words, &parsed.err);
    return parsed;
}

static void batch_stands_before_or_after_the_job(void **data)
{
    (void)data;
    const char *const lines[] = {"tidemark --batch sync app.users", "tidemark sync --batch app.users",
                                 "tidemark sync app.users --batch"};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        Parsed p = parse(lines[i]);
        assert_true(p.ok);
        assert_string_equal(p.cli.command->name, "sync");
        assert_true(p.cli.batch);
        assert_int_equal(p.cli.arguments->len, 1);
        assert_string_equal(g_ptr_array_index(p.cli.arguments, 0), "app.users");
        cli_clear(&p.cli);
    }
}

static void values_are_taken_in_every_spelling(void **data)
{
    (void)data;
    const char *const lines[] = {
        "tidemark -C /tmp --jobs 7 --format json sync",
        "tidemark -C/tmp --jobs=7 --format=json sync",
        "tidemark sync --directory /tmp --jobs 7 --format json",
        "tidemark -vC /tmp sync --format json --jobs 7",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        Parsed p = parse(lines[i]);
        if (!p.ok)
            fail_msg("%s: %s", lines[i], p.err.message);
        assert_string_equal(p.cli.command->name, "sync");
        assert_string_equal(cli_text(&p.cli, "directory"), "/tmp");
        assert_int_equal(cli_int(&p.cli, "jobs"), 7);
        assert_true(p.cli.json);
        cli_clear(&p.cli);
    }
}

static void defaults_hold_until_something_is_given(void **data)
{
    (void)data;
    Parsed p = parse("tidemark sync");
    assert_true(p.ok);
    assert_int_equal(cli_int(&p.cli, "lock-wait"), 5000000);
    assert_false(cli_given(&p.cli, "lock-wait"));
    assert_false(p.cli.json);
    assert_false(cli_flag(&p.cli, "from")); /* not an option of this command: no value, no crash */
    assert_null(cli_text(&p.cli, "from"));
    cli_clear(&p.cli);
}

static void a_bare_duration_is_seconds(void **data)
{
    (void)data;
    Parsed p = parse("tidemark sync --lock-wait 30");
    assert_true(p.ok);
    assert_int_equal(cli_int(&p.cli, "lock-wait"), 30000000);
    cli_clear(&p.cli);
}

static void behind_two_dashes_nothing_is_an_option(void **data)
{
    (void)data;
    Parsed p = parse("tidemark sync -- --strange -x");
    assert_true(p.ok);
    assert_int_equal(p.cli.arguments->len, 2);
    assert_string_equal(g_ptr_array_index(p.cli.arguments, 0), "--strange");
    cli_clear(&p.cli);
}

static void mistakes_are_told_with_what_to_do(void **data)
{
    (void)data;
    static const struct {
        const char *line, *says;
    } mistakes[] = {
        {"tidemark snyc", "unknown command `snyc`, did you mean `sync`?"},
        {"tidemark frobnicate", "unknown command `frobnicate`"},
        {"tidemark sync --job 3", "unknown option `--job`, did you mean `--jobs`?"},
        {"tidemark sync -Z", "unknown option `-Z`"},
        {"tidemark sync --from 2024-01-01", "`--from` is an option of `tidemark backfill`, not of `tidemark sync`"},
        {"tidemark sync --jobs", "`--jobs` needs a value: --jobs N"},
        {"tidemark sync --jobs 0", "expected an integer from 1 to 64, found `0`"},
        {"tidemark sync --jobs three", "found `three`"},
        {"tidemark sync --format xml", "expected one of text, json, found `xml`"},
        {"tidemark sync --lock-wait soon", "expected a duration"},
        {"tidemark backfill app.users --from yesterday", "found `yesterday`"},
        {"tidemark sync --batch=yes", "`--batch` takes no value"},
        {"tidemark backfill", "`tidemark backfill` needs an argument"},
        {"tidemark log 1 2", "`tidemark log` takes fewer arguments"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        Parsed p = parse(mistakes[i].line);
        assert_false(p.ok);
        assert_int_equal(p.err.code, ERR_USAGE);
        if (!strstr(p.err.message, mistakes[i].says))
            fail_msg("%s\n  said     %s\n  expected %s", mistakes[i].line, p.err.message, mistakes[i].says);
        cli_clear(&p.cli);
    }
}

/* Promise 9. */
static void a_password_on_the_command_line_is_refused(void **data)
{
    (void)data;
    const char *const lines[] = {
        "tidemark sync --destination postgresql://u:canary-4711@h/d",
        "tidemark --destination=postgresql://h/d?user=u&password=canary-4711 sync",
        "tidemark sync --destination postgresql://h/d?sslpassword=canary-4711",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        Parsed p = parse(lines[i]);
        assert_false(p.ok);
        assert_int_equal(p.err.code, ERR_USAGE);
        assert_null(strstr(p.err.message, "canary"));
        assert_non_null(strstr(p.err.hint, "TIDEMARK_DESTINATION"));
        cli_clear(&p.cli);
    }
    Parsed p = parse("tidemark sync --destination postgresql://u@h/d");
    assert_true(p.ok);
    cli_clear(&p.cli);
}

static void a_call_can_be_typed_again(void **data)
{
    (void)data;
    Parsed p = parse("tidemark --batch --state /tmp/s.db backfill app.user* --jobs 2 --from=2024-01-01 --strict");
    assert_true(p.ok);
    g_autofree char *again = cli_retype(&p.cli);
    assert_string_equal(again, "backfill 'app.user*' --from 2024-01-01 --jobs 2 --strict");
    cli_clear(&p.cli);
}

static void every_option_is_declared_fully_and_once(void **data)
{
    (void)data;
    const CliOption *const tables[] = {global_options,  job_options, backfill_options, reimport_options,
                                       history_options, log_options, rejects_options,  demo_options};
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
        for (const CliOption *option = tables[t]; option->def.name; option++) {
            assert_true((option->def.type == OPT_BOOL) == (option->value == NULL));
            assert_false(option->def.secret);
            for (const CliOption *other = tables[t]; other->def.name && tables[t] != global_options; other++)
                assert_true(other == option || g_strcmp0(other->def.name, option->def.name) != 0);
            for (const CliOption *global = global_options; global->def.name && tables[t] != global_options; global++) {
                assert_string_not_equal(global->def.name, option->def.name);
                assert_true(!option->letter || option->letter != global->letter);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_stands_before_or_after_the_job),      cmocka_unit_test(values_are_taken_in_every_spelling),
        cmocka_unit_test(defaults_hold_until_something_is_given),    cmocka_unit_test(a_bare_duration_is_seconds),
        cmocka_unit_test(behind_two_dashes_nothing_is_an_option),    cmocka_unit_test(mistakes_are_told_with_what_to_do),
        cmocka_unit_test(a_password_on_the_command_line_is_refused), cmocka_unit_test(a_call_can_be_typed_again),
        cmocka_unit_test(every_option_is_declared_fully_and_once),
    };
    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
