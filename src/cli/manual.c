/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/exit_status.h"
#include "cli/help.h"
#include "ui/screen.h"

/* Text for man(7): `-` as a minus sign, backslashes and a dot at the start of a line guarded, `words` in bold. */
static void append_man(GString *out, const char *text)
{
    bool bold = false;
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '`')
            g_string_append(out, (bold = !bold) ? "\\fB" : "\\fR");
        else if (c == '-')
            g_string_append(out, "\\-");
        else if (c == '\\')
            g_string_append(out, "\\e");
        else if (c == 0x2026)
            g_string_append(out, "...");
        else if ((c == '.' || c == '\'') && (out->len == 0 || out->str[out->len - 1] == '\n'))
            g_string_append_printf(out, "\\&%c", (char)c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '\n');
}

static void append_tagged(GString *out, const char *tag, const char *text)
{
    g_string_append(out, ".TP\n");
    append_man(out, tag);
    append_man(out, text);
}

static void append_option(GString *out, const CliOption *option)
{
    if (!option->def.help)
        return;
    g_autoptr(GString) tag = g_string_new("`"), text = g_string_new(option->def.help);
    help_option_words(option, tag);
    g_string_append_c(tag, '`');
    if (option->def.fallback)
        g_string_append_printf(text, " (default %s)", option->def.fallback);
    append_tagged(out, tag->str, text->str);
}

static void append_options(GString *out, const CliOption *table)
{
    for (const CliOption *option = table; option->def.name; option++)
        append_option(out, option);
}

static void append_command(GString *out, const Command *command)
{
    g_autofree char *head = g_strdup_printf("`tidemark %s` %s", command->name, command->arguments);
    g_string_append(out, ".SS ");
    append_man(out, head);
    append_man(out, command->text);
    if (!command->options)
        return;
    for (int i = 0; command->options[i]; i++) {
        if (command->options[i] != job_options)
            append_options(out, command->options[i]);
        else
            g_string_append(out, ".PP\nTakes the options of jobs, too.\n");
    }
}

/* Every list has them: told once. */
static const Action list_moves[] = {ACTION_MOVES, {0}};

static bool has_keys_of_its_own(const Action *table)
{
    for (const Action *action = table; action && action->id; action++)
        if (action->name && action->id > ACT_BOTTOM)
            return true;
    return false;
}

static void append_keys(GString *out, const char *title, const Action *table)
{
    g_string_append(out, ".SS ");
    append_man(out, title);
    for (const Action *action = table; action && action->id; action++) {
        if (!action->name || (table != list_moves && action->id <= ACT_BOTTOM))
            continue;
        g_autoptr(GString) tag = g_string_new(NULL);
        g_auto(GStrv) keys = g_strsplit(action->keys ? action->keys : "", " ", -1);
        for (int i = 0; keys[i]; i++)
            g_string_append_printf(tag, "`%s`, ", keys[i]);
        g_string_append_printf(tag, "`:%s`%s%s", action->name, action->argument ? " " : "",
                               action->argument ? action->argument : "");
        append_tagged(out, tag->str, action->help);
    }
}

/* The tables that the console itself works with. */
static void append_console(GString *out)
{
    append_keys(out, "Everywhere in the console", ui_global_actions);
    append_keys(out, "Lists", list_moves);
    for (int i = 0; screen_registry[i]; i++)
        if (has_keys_of_its_own(screen_registry[i]->actions))
            append_keys(out, screen_registry[i]->title, screen_registry[i]->actions);
}

static void append_section(GString *out, const char *title)
{
    g_string_append_printf(out, ".SH %s\n", title);
}

static void append_files(GString *out)
{
    append_section(out, "FILES");
    append_tagged(
        out, "`tidemark.yaml`",
        "The configuration: looked for in the working directory, then in `$XDG_CONFIG_HOME/tidemark`, then in `/etc/tidemark`. "
        "`tidemark init` writes a commented one.");
    append_tagged(out, "`.env`",
                  "Variables, read beside the configuration. Without a `tidemark.yaml` they can be the whole configuration.");
    append_tagged(
        out, "`$XDG_STATE_HOME/tidemark/state.db`",
        "Run history; `/var/lib/tidemark/state.db` for a configuration in `/etc/tidemark`. Losing it costs history, never data.");
    append_section(out, "ENVIRONMENT");
    append_tagged(out, "`TIDEMARK_DESTINATION`", "The destination's URL; the place for one with a password.");
    append_tagged(out, "`TIDEMARK_SAMPLE_DIR`", "Where `tidemark demo` finds its sample when that was not installed.");
}

void help_manual(GString *out)
{
    g_string_append(out, ".\\\" SPDX-License-Identifier: Apache-2.0\n"
                         ".\\\" Written by `tidemark --man` from the tables of commands and options; do not edit.\n");
    g_string_append_printf(out, ".TH TIDEMARK 1 \"\" \"tidemark %s\" \"User Commands\"\n", PACKAGE_VERSION);
    append_section(out, "NAME");
    g_string_append(out, "tidemark \\- sync application data into PostgreSQL or SQLite\n");
    append_section(out, "SYNOPSIS");
    g_string_append(out, ".B tidemark\n.RI [ OPTION ...]\n.RI [ COMMAND\n.RI [ ARGUMENT ...]]\n");
    append_section(out, "DESCRIPTION");
    append_man(
        out,
        "Tidemark reads the streams of its sources and lands each in a table of a destination. A sync reads what is new or changed "
        "and moves the stream's watermark with the rows it stands for. Rows that the destination cannot take are kept as rejects, "
        "with the reason, until they fit, change or are dismissed.");
    g_string_append(out, ".PP\n");
    append_man(out, "A STREAM is `source.stream`, a source alone for all its streams, or a pattern such as 'app.user*'.");
    append_section(out, "OPTIONS OF EVERY COMMAND");
    append_options(out, global_options);
    append_section(out, "OPTIONS OF THE CONSOLE");
    append_man(out, "Without a command `tidemark` opens the console on the terminal.");
    append_options(out, console_options);
    append_console(out);
    append_section(out, "OPTIONS OF JOBS");
    append_options(out, job_options);
    append_section(out, "COMMANDS");
    for (int i = 0; command_registry[i]; i++)
        append_command(out, command_registry[i]);
    append_section(out, "EXIT STATUS");
    append_man(out, "The first that applies, from an interruption down:");
    for (const ExitMeaning *exit_meaning = exit_meanings; exit_meaning->meaning; exit_meaning++) {
        g_autofree char *tag = g_strdup_printf("`%d`", exit_meaning->status);
        append_tagged(out, tag, exit_meaning->meaning);
    }
    append_files(out);
}
