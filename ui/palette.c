/* SPDX-License-Identifier: Apache-2.0 */
/* Commands typed behind `:`: whatever a key can do, and every screen and dialog by its name. */
#include "ui/ui_private.h"

#include "jobs/board.h"

enum { HISTORY_KEPT = 50 };

static void candidate_free(void *data)
{
    Candidate *candidate = data;
    g_free(candidate->word);
    g_free(candidate->help);
    g_free(candidate);
}

static void add(GPtrArray *out, const char *word, const char *argument, const char *help)
{
    Candidate *candidate = g_new0(Candidate, 1);
    candidate->word = g_strdup(word);
    candidate->help = argument ? g_strdup_printf("%s  %s", argument, help ? help : "") : g_strdup(help ? help : "");
    g_ptr_array_add(out, candidate);
}

static bool has_word(const GPtrArray *out, const char *word)
{
    for (guint i = 0; i < out->len; i++)
        if (!g_strcmp0(((const Candidate *)g_ptr_array_index(out, i))->word, word))
            return true;
    return false;
}

static void add_actions(const Ui *ui, const Action *table, const char *typed, GPtrArray *out)
{
    for (const Action *action = table; action && action->id; action++) {
        bool hidden = (action->writes && ui->setup.read_only) || (action->id >= ACT_GLOBAL && !globals_offered(ui, action)) ||
                      (!*typed && action->id < ACT_MARK); /* nobody types moves */
        if (!hidden && action->name && g_str_has_prefix(action->name, typed) && !has_word(out, action->name))
            add(out, action->name, action->argument, action->help);
    }
}

static void add_screens(const Ui *ui, const char *typed, GPtrArray *out)
{
    for (int i = 0; screen_registry[i]; i++) {
        const ScreenOps *ops = screen_registry[i];
        bool hidden = !ops->help || (ops->writes && ui->setup.read_only);
        if (!hidden && g_str_has_prefix(ops->name, typed) && !has_word(out, ops->name))
            add(out, ops->name, ops->argument, ops->help);
    }
}

static const char *argument_of(const Ui *ui, const char *command)
{
    const Action *action = action_named(stack_top(ui)->screen.ops->actions, command);
    if (!action)
        action = action_named(ui_global_actions, command);
    const ScreenOps *ops = screen_find(command);
    return action ? action->argument : ops && ops->help ? ops->argument : NULL;
}

/* What an argument can be: names of streams and sources, or the words of "dark|light|mono". */
static void add_arguments(const Ui *ui, const char *argument, const char *typed, GPtrArray *out)
{
    const Catalog *catalog = ui->setup.catalog;
    if (!argument)
        return;
    if (strchr(argument, '|')) {
        g_auto(GStrv) words = g_strsplit(argument, "|", -1);
        for (int i = 0; words[i]; i++)
            if (g_str_has_prefix(words[i], typed))
                add(out, words[i], NULL, NULL);
    } else if (strstr(argument, "STREAM") && catalog) {
        for (guint i = 0; i < catalog->sources->len; i++) {
            const CatalogSource *source = g_ptr_array_index(catalog->sources, i);
            if (g_str_has_prefix(source->config->name, typed))
                add(out, source->config->name, NULL, "all streams of the source");
        }
        for (guint i = 0; i < catalog->streams->len; i++) {
            const Stream *stream = g_ptr_array_index(catalog->streams, i);
            if (g_str_has_prefix(stream->id, typed))
                add(out, stream->id, NULL, NULL);
        }
    }
}

static const char *last_word(const char *typed)
{
    const char *blank = strrchr(typed, ' ');
    return blank ? blank + 1 : typed;
}

GPtrArray *palette_candidates(const Ui *ui, const char *typed)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(candidate_free);
    const char *blank = strchr(typed, ' ');
    if (!blank) {
        add_actions(ui, stack_top(ui)->screen.ops->actions, typed, out);
        add_screens(ui, typed, out);
        add_actions(ui, ui_global_actions, typed, out);
        return out;
    }
    g_autofree char *command = g_strndup(typed, (gsize)(blank - typed));
    const char *argument = argument_of(ui, command);
    if (argument && strchr(argument, '|') && strchr(blank + 1, ' ')) /* one word, and it is there */
        return out;
    add_arguments(ui, argument, last_word(typed), out);
    return out;
}

void palette_complete(Ui *ui, LineEdit *edit)
{
    g_autofree char *typed = g_strdup(line_edit_text(edit));
    g_autoptr(GPtrArray) all = palette_candidates(ui, typed);
    if (all->len == 0)
        return;
    const char *first = ((const Candidate *)g_ptr_array_index(all, 0))->word;
    size_t common = strlen(first);
    for (guint i = 1; i < all->len; i++) {
        const char *word = ((const Candidate *)g_ptr_array_index(all, i))->word;
        size_t same = 0;
        while (same < common && word[same] == first[same])
            same++;
        common = same;
    }
    g_autofree char *head = g_strndup(typed, (gsize)(last_word(typed) - typed));
    g_autofree char *text = g_strdup_printf("%s%.*s%s", head, (int)common, first, all->len == 1 ? " " : "");
    line_edit_set(edit, text);
}

void palette_load(Ui *ui)
{
    const char *kept = ui_setting(ui, "commands");
    if (ui->history->len || !kept)
        return;
    g_auto(GStrv) lines = g_strsplit(kept, "\n", -1);
    for (int i = 0; lines[i]; i++)
        if (*lines[i])
            g_ptr_array_add(ui->history, g_strdup(lines[i]));
}

static void remember(Ui *ui, const char *command)
{
    guint at = 0;
    palette_load(ui);
    if (g_ptr_array_find_with_equal_func(ui->history, command, g_str_equal, &at))
        g_ptr_array_remove_index(ui->history, at);
    g_ptr_array_add(ui->history, g_strdup(command));
    if (ui->history->len > HISTORY_KEPT)
        g_ptr_array_remove_index(ui->history, 0);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (guint i = 0; i < ui->history->len; i++)
        g_string_append_printf(kept, "%s%s", i ? "\n" : "", (const char *)g_ptr_array_index(ui->history, i));
    ui_set_setting(ui, "commands", kept->str);
}

/* The only word that begins with what was typed is enough. */
static char *full_name(const Ui *ui, const char *word)
{
    g_autoptr(GPtrArray) all = palette_candidates(ui, word);
    for (guint i = 0; i < all->len; i++)
        if (!g_strcmp0(((const Candidate *)g_ptr_array_index(all, i))->word, word))
            return g_strdup(word);
    return all->len == 1 ? g_strdup(((const Candidate *)g_ptr_array_index(all, 0))->word) : g_strdup(word);
}

void palette_run(Ui *ui, const char *command)
{
    g_autofree char *line = g_strstrip(g_strdup(command));
    if (!*line)
        return;
    remember(ui, line);
    const char *blank = strchr(line, ' ');
    g_autofree char *typed = g_strndup(line, blank ? (gsize)(blank - line) : strlen(line));
    g_autofree char *word = full_name(ui, typed);
    g_autofree char *argument = blank ? g_strstrip(g_strdup(blank)) : NULL;
    const Action *action = action_named(stack_top(ui)->screen.ops->actions, word);
    const ScreenOps *ops = screen_find(word);
    if (!action && !(ops && ops->help))
        action = action_named(ui_global_actions, word);
    if (action && !(argument && ops && ops->help && !action->argument)) {
        if (!ui_dispatch(ui, action, argument) && !ui->message)
            ui_say(ui, true, "%s does nothing here", word);
    } else if (ops && ops->help) {
        ui_open(ui, word, argument);
        stack_apply(ui);
    } else {
        ui_say(ui, true, "unknown command `%s`; ? lists what works here", typed);
    }
}
