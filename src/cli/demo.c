/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glib/gstdio.h>

#include "base/term_text.h"
#include "cli/commands.h"
#include "cli/demo.h"
#include "cli/exit_status.h"
#include "cli/job_command.h"
#include "cli/output.h"

static const CliOption *const demo_tables[] = {demo_options, NULL};

static const char configuration[] = "# Written by `tidemark demo`: the bundled sample, into a SQLite file beside this one.\n"
                                    "destination: sqlite:demo.db\n"
                                    "state: state.db\n"
                                    "sources:\n"
                                    "  app:\n"
                                    "    type: mongodb\n"
                                    "    url: dump:dump/wellness\n"
                                    "    schema: config/schemas.yaml\n";

static const char *sample_directory(const Cli *cli)
{
    const char *given = g_environ_getenv(cli->environment, "TIDEMARK_SAMPLE_DIR");
    return given && *given ? given : SAMPLE_DIR;
}

static char *demo_directory(const Cli *cli)
{
    const char *given = cli_text(cli, "dir");
    if (!given)
        return g_build_filename(g_get_user_data_dir(), "tidemark", "demo", NULL);
    return g_canonicalize_filename(given, NULL);
}

static bool copy_file(const char *from, const char *to, Err *err)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    /* What is there stays: the reader of a dump knows its file by identity, and the second demo is to find nothing new. */
    if (g_file_test(to, G_FILE_TEST_EXISTS))
        return true;
    if (g_file_get_contents(from, &bytes, &size, &error) && g_file_set_contents(to, bytes, (gssize)size, &error))
        return true;
    return err_set(err, ERR_CONFIG, "cannot copy the sample: %s", error->message);
}

static bool copy_tree(const char *from, const char *to, Err *err)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) directory = g_dir_open(from, 0, &error);
    if (!directory) {
        err_set(err, ERR_CONFIG, "cannot read the sample: %s", error->message);
        return err_hint(err, "TIDEMARK_SAMPLE_DIR names the directory it is in");
    }
    if (g_mkdir_with_parents(to, 0755) == -1)
        return err_set(err, ERR_CONFIG, "cannot create %s: %s", to, g_strerror(errno));
    for (const char *name; (name = g_dir_read_name(directory));) {
        g_autofree char *child = g_build_filename(from, name, NULL), *copy = g_build_filename(to, name, NULL);
        bool is_directory = g_file_test(child, G_FILE_TEST_IS_DIR);
        if (!(is_directory ? copy_tree(child, copy, err) : copy_file(child, copy, err)))
            return false;
    }
    return true;
}

static bool copy_sample(const Cli *cli, const char *directory, Err *err)
{
    static const char *const parts[] = {"dump", "config"};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *from = g_build_filename(sample_directory(cli), parts[i], NULL);
        g_autofree char *to = g_build_filename(directory, parts[i], NULL);
        if (!copy_tree(from, to, err))
            return false;
    }
    g_autofree char *file = g_build_filename(directory, "tidemark.yaml", NULL);
    g_autoptr(GError) error = NULL;
    if (g_file_test(file, G_FILE_TEST_EXISTS) || g_file_set_contents(file, configuration, -1, &error))
        return true;
    return err_set(err, ERR_CONFIG, "cannot write the configuration of the demonstration: %s", error->message);
}

/* The demonstration must not touch what the caller's environment points at. */
char **demo_environment(char **environment)
{
    char **own = g_strdupv(environment);
    for (char **variable = environment; *variable; variable++) {
        g_autofree char *name = g_strndup(*variable, strcspn(*variable, "="));
        if (g_str_has_prefix(name, "TIDEMARK_") && !g_str_has_prefix(name, "TIDEMARK_TEST_"))
            own = g_environ_unsetenv(own, name);
    }
    return own;
}

/* Quotes only where a shell needs them: the lines are there to be copied. */
static char *shell_word(const char *word)
{
    return strpbrk(word, " \t\n'\"\\$`*?[]#~=%|&;<>(){}!") ? g_shell_quote(word) : g_strdup(word);
}

static void say_what_next(const char *directory)
{
    g_autofree char *shown = term_dup(directory), *quoted = shell_word(directory);
    out_printf(stdout,
               "\nthe data is in %s/demo.db; to try next:\n"
               "  sqlite3 %s/demo.db 'select count(*) from users'\n"
               "  tidemark -C %s rejects\n"
               "  tidemark -C %s streams\n"
               "  tidemark -C %s backfill app.users --date 2024-01-15\n"
               "  tidemark -C %s reimport app.days\n",
               shown, quoted, quoted, quoted, quoted, quoted);
}

static int demo_run(Cli *cli)
{
    Err err = {0};
    g_autofree char *directory = demo_directory(cli);
    if (!copy_sample(cli, directory, &err))
        return cli_fail(&err);
    g_autofree char *file = g_build_filename(directory, "tidemark.yaml", NULL);
    if (!options_set(cli->options, "config", file, &err))
        return cli_fail(&err);
    char **environment = cli->environment;
    cli->environment = demo_environment(environment);
    cli->command = &command_sync; /* in history it is the sync that it is */
    int status = job_command(cli, &job_sync, NULL);
    g_strfreev(cli->environment);
    cli->environment = environment;
    if (status == EXIT_REJECTS) /* they are part of the demonstration */
        status = EXIT_DONE;
    if (status == EXIT_DONE && !cli->batch && !cli->quiet && !cli->json)
        say_what_next(directory);
    return status;
}

const Command command_demo = {
    .name = "demo",
    .arguments = "",
    .help = "sync a bundled sample into a SQLite file, without any server",
    .text = "Copies the bundled sample (a mongodump folder and its schema file) into $XDG_DATA_HOME/tidemark/demo, or --dir DIR, "
            "and syncs it into "
            "demo.db there. Run again, it finds nothing new. Some rows of the sample cannot be stored, on purpose: `tidemark "
            "rejects` shows them.",
    .options = demo_tables,
    .run = demo_run,
};
