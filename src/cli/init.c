/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/init_from.h"
#include "cli/new_file.h"
#include "cli/output.h"
#include "config/config.h"
#include "destinations/destination.h"
#include "sources/source.h"

#define FILE_NAME "tidemark.yaml"

static const char head[] =
    "# Tidemark: where rows come from and where they land. `tidemark check` says whether all of it works.\n"
    "# ${NAME} is the variable NAME, of the environment or of the file .env beside this one; ${NAME:-default} has a default.\n"
    "# Passwords belong there, not here.\n"
    "\n"
    "# postgresql://user:password@host/database, or sqlite:FILE\n"
    "destination: sqlite:warehouse.db\n"
    "# destination: ${DATABASE_URL}\n";

static const char middle[] =
    "\nsources:\n"
    "  app:                        # the name in `app.users`\n"
    "    type: mongodb\n"
    "    url: ${MONGODB_URL:-dump:./dump/app}   # mongodb://…, mongodb+srv://…, or dump:DIR of a mongodump folder\n"
    "    schema: config/schemas.yaml            # which documents become which rows\n"
    "    # into: raw_app             # schema inside the destination\n";

static void append_options(GString *out, const OptionDef *options, const char *indent, const char *const *except)
{
    for (const OptionDef *option = options; option->name; option++) {
        if (!option->help || (except && g_strv_contains(except, option->name)))
            continue;
        g_autofree char *takes = option_takes(option);
        g_string_append_printf(out, "%s# %s: %s\n", indent, option->name, option->fallback ? option->fallback : "…");
        g_string_append_printf(out, "%s#     %s; %s\n", indent, option->help, takes);
    }
}

static void append_sample(GString *out)
{
    static const char *const except_url[] = {"url", NULL};
    static const char *const shown[] = {"url", "schema", "into", "destination", NULL};
    g_string_append(out, head);
    g_string_append(out, "\n");
    append_options(out, config_options, "", NULL);
    for (int i = 0; destination_registry[i]; i++) {
        g_string_append_printf(out, "# a destination can also be a mapping, with url: and, for %s\n",
                               destination_registry[i]->kind);
        append_options(out, destination_registry[i]->options, "#   ", except_url);
    }
    g_string_append(out, middle);
    for (int i = 0; source_registry[i]; i++) {
        g_string_append_printf(out, "    # options of type %s\n", source_registry[i]->kind);
        append_options(out, source_registry[i]->options, "    ", shown);
    }
    g_string_append(out, "    # streams:                  # all streams of the schema run without being listed; a stream may have\n"
                         "    #   users:\n");
    append_options(out, stream_options, "    #     ", NULL);
}

static int init_run(Cli *cli)
{
    Err err = {0};
    if (cli_given(cli, "from"))
        return init_from(cli, cli_text(cli, "from"), &err) ? EXIT_DONE : cli_fail(&err);
    g_autoptr(GString) sample = g_string_new(NULL);
    append_sample(sample);
    if (!new_file_write(FILE_NAME, sample, &err))
        return cli_fail(&err);
    if (!cli->batch && !cli->quiet)
        out_text(stdout, "wrote " FILE_NAME "; edit it, then: tidemark check\n");
    return EXIT_DONE;
}

static const CliOption *const init_tables[] = {init_options, NULL};

const Command command_init = {
    .name = "init",
    .arguments = "",
    .help = "write a commented tidemark.yaml to start from",
    .text =
        "Writes a commented tidemark.yaml into the working directory (-C DIR: into that one). With --from it asks a database for "
        "its "
        "tables and writes the schema file that copies them all: of a configured source, or of a URL such as "
        "mariadb://reader:${DB_PASSWORD}@host/shop, for which it writes a tidemark.yaml as well where there is none. Variables in "
        "the URL are those of the environment or of .env, and stay variables in what is written. A file that is there already is "
        "left as it is.",
    .options = init_tables,
    .run = init_run,
};
