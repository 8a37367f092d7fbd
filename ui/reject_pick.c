/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/reject_pick.h"

#include <string.h>

static bool take_option(RejectPick *pick, const char *name, const char *value)
{
    gint64 id = 0;
    if (!value)
        return false;
    if (!strcmp(name, "--reason"))
        return reject_parse(value, &pick->reason);
    if (!strcmp(name, "--column")) {
        g_free(pick->column);
        pick->column = g_strdup(value);
        return true;
    }
    if (strcmp(name, "--id") != 0 || !g_ascii_string_to_signed(value, 10, 1, G_MAXINT64, &id, NULL))
        return false;
    pick->id = id;
    return true;
}

bool reject_pick_parse(Ui *ui, const char *words, RejectPick *out)
{
    g_auto(GStrv) each = NULL;
    *out = (RejectPick){0};
    if (!words || !words[strspn(words, " ")])
        return true;
    if (!g_shell_parse_argv(words, NULL, &each, NULL)) {
        ui_say(ui, true, "a quotation mark is missing in %s", words);
        return false;
    }
    for (int i = 0; each[i]; i++) {
        bool option = g_str_has_prefix(each[i], "--");
        if (!option && !out->stream) {
            out->stream = g_strdup(each[i]);
        } else if (!option || !take_option(out, each[i], each[i + 1])) {
            ui_say(ui, true, "expected STREAM --reason REASON --column COLUMN --id N, found `%s`", each[i]);
            return false;
        } else {
            i++;
        }
    }
    return true;
}

void reject_pick_clear(RejectPick *pick)
{
    g_free(pick->stream);
    g_free(pick->column);
    *pick = (RejectPick){0};
}

static void append_word(GString *out, const char *word)
{
    bool plain = *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
    g_autofree char *quoted = plain ? g_strdup(word) : g_shell_quote(word);
    g_string_append_printf(out, "%s%s", out->len ? " " : "", quoted);
}

char *reject_pick_words(const RejectPick *pick)
{
    GString *out = g_string_new(NULL);
    if (pick->stream)
        append_word(out, pick->stream);
    if (pick->reason != REJECT_NONE) {
        append_word(out, "--reason");
        append_word(out, reject_name(pick->reason));
    }
    if (pick->column) {
        append_word(out, "--column");
        append_word(out, pick->column);
    }
    if (pick->id)
        g_string_append_printf(out, "%s--id %" G_GINT64_FORMAT, out->len ? " " : "", pick->id);
    return g_string_free(out, FALSE);
}

RejectQuery reject_pick_query(const RejectPick *pick)
{
    return (RejectQuery){.stream = pick->stream, .reason = pick->reason, .column = pick->column, .id = pick->id};
}
