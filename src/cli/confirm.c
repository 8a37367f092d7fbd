/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/confirm.h"

#include "base/term_text.h"
#include "cli/output.h"
#include "cli/plan_print.h"
#include "cli/session.h"

void confirm_text(const Plan *plan, GString *out)
{
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        if (stream->refused.code != ERR_NONE)
            continue;
        g_autofree char *destination = destination_display(stream->source->config->destination);
        g_autofree char *table = plan_table_name(stream);
        g_string_append_printf(out, "%s of %s: table %s in %s\n", stream->job->name, stream->stream->id, table, destination);
        plan_append_touched(plan, stream, out);
    }
}

static bool read_answer(const char *word)
{
    char line[256];
    if (!fgets(line, sizeof line, stdin))
        return false;
    g_strstrip(line);
    return !strcmp(line, word);
}

bool confirm_plan(const Cli *cli, const Plan *plan, Err *err)
{
    g_autofree char *word = plan_consent_word(plan);
    if (!word || cli_flag(cli, "yes"))
        return true;
    if (cli->batch || !cli->in_is_tty || !cli->err_is_tty) {
        err_set(err, ERR_USAGE, "%s replaces the contents of a table and asks first; %s", cli->command->name,
                cli->batch ? "with --batch nobody can answer" : "there is no terminal to answer on");
        return err_hint(err, "give --yes if that is meant; --dry-run shows what it would touch");
    }
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *shown = term_dup(word);
    confirm_text(plan, text);
    g_string_append_printf(text, "\nType %s to go on: ", shown);
    out_text(stderr, text->str);
    fflush(stderr);
    return read_answer(word) || err_set(err, ERR_USAGE, "not confirmed; nothing was changed");
}
