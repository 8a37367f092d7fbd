/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
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

static bool write_new(const char *path, const GString *text, Err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd == -1 && errno == EEXIST) {
        err_set(err, ERR_USAGE, "%s exists; it is left as it is", path);
        return err_hint(err, "move it away, or choose another directory with -C");
    }
    if (fd == -1)
        return err_set(err, ERR_USAGE, "cannot write %s: %s", path, g_strerror(errno));
    ssize_t written = write(fd, text->str, text->len);
    int closed = close(fd);
    if (written == (ssize_t)text->len && closed != -1)
        return true;
    err_set(err, ERR_USAGE, "cannot write %s: %s", path, g_strerror(errno));
    (void)unlink(path);
    return false;
}

static int init_run(Cli *cli)
{
    Err err = {0};
    g_autoptr(GString) sample = g_string_new(NULL);
    append_sample(sample);
    if (!write_new(FILE_NAME, sample, &err))
        return cli_fail(&err);
    if (!cli->batch && !cli->quiet)
        out_text(stdout, "wrote " FILE_NAME "; edit it, then: tidemark check\n");
    return EXIT_DONE;
}

const Command command_init = {
    .name = "init",
    .arguments = "",
    .help = "write a commented tidemark.yaml to start from",
    .text = "Writes a commented tidemark.yaml into the working directory (-C DIR: into that one). A file that is there already is "
            "left as it is.",
    .run = init_run,
};
