/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "base/term_text.h"
#include "cli/exit_status.h"

#define INDENT 26
#define WIDTH  100

/* Two columns; the second is wrapped under itself. */
static void append_entry(GString *out, const char *left, const char *right)
{
    int used = 2 + term_width(left);
    g_string_append_printf(out, "  %s", left);
    if (used >= INDENT) {
        g_string_append_c(out, '\n');
        used = 0;
    }
    g_string_append_printf(out, "%*s", INDENT - used, "");
    used = INDENT;
    g_auto(GStrv) words = g_strsplit(right, " ", -1);
    for (int i = 0; words[i]; i++) {
        int width = term_width(words[i]);
        if (i > 0 && used + 1 + width > WIDTH) {
            g_string_append_printf(out, "\n%*s", INDENT, "");
            used = INDENT;
        } else if (i > 0) {
            g_string_append_c(out, ' ');
            used++;
        }
        g_string_append(out, words[i]);
        used += width;
    }
    g_string_append_c(out, '\n');
}

static void append_paragraph(GString *out, const char *text)
{
    int used = 0;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (int i = 0; words[i]; i++) {
        int width = term_width(words[i]);
        bool breaks = used > 0 && used + 1 + width > WIDTH;
        g_string_append(out, breaks ? "\n" : used > 0 ? " " : "");
        used = breaks || used == 0 ? width : used + 1 + width;
        g_string_append(out, words[i]);
    }
    g_string_append_c(out, '\n');
}

void help_option_words(const CliOption *option, GString *out)
{
    if (option->letter)
        g_string_append_printf(out, "-%c, ", option->letter);
    g_string_append_printf(out, "--%s%s%s", option->def.name, option->value ? " " : "", option->value ? option->value : "");
}

static void append_options(GString *out, const CliOption *table)
{
    for (const CliOption *option = table; option->def.name; option++) {
        if (!option->def.help)
            continue;
        g_autoptr(GString) left = g_string_new(NULL), right = g_string_new(option->def.help);
        help_option_words(option, left);
        if (option->def.fallback)
            g_string_append_printf(right, " (default %s)", option->def.fallback);
        append_entry(out, left->str, right->str);
    }
}

static void append_exit_statuses(GString *out)
{
    for (const ExitMeaning *exit_meaning = exit_meanings; exit_meaning->meaning; exit_meaning++) {
        g_autofree char *left = g_strdup_printf("%d", exit_meaning->status);
        append_entry(out, left, exit_meaning->meaning);
    }
}

void help_program(GString *out)
{
    g_string_append(out, "usage: tidemark [OPTION…] [COMMAND [ARGUMENT…]]\n\n"
                         "Syncs application data into PostgreSQL or SQLite. Nothing is lost, nothing is skipped silently.\n\n"
                         "commands\n");
    for (int i = 0; command_registry[i]; i++) {
        const Command *command = command_registry[i];
        g_autofree char *left = g_strdup_printf("%s%s%s", command->name, *command->arguments ? " " : "", command->arguments);
        append_entry(out, left, command->help);
    }
    g_string_append(out, "\noptions of every command\n");
    append_options(out, global_options);
    g_string_append(out, "\nwithout a command: the console, on a terminal\n");
    append_options(out, console_options);
    g_string_append(out, "\n`tidemark COMMAND --help` shows the options of a command; tidemark(1) is the manual.\n");
}

void help_command(const Command *command, GString *out)
{
    g_string_append_printf(out, "usage: tidemark %s [OPTION…]%s%s\n\n", command->name, *command->arguments ? " " : "",
                           command->arguments);
    append_paragraph(out, command->text);
    g_string_append(out, "\noptions\n");
    for (int i = 0; command->options && command->options[i]; i++)
        append_options(out, command->options[i]);
    append_options(out, global_options);
    g_string_append(out, "\nexit status\n");
    append_exit_statuses(out);
}
