/* SPDX-License-Identifier: Apache-2.0 */
/* What works on every screen. */
#include "ui/ui_private.h"

const Action ui_global_actions[] = {
    {ACT_FILTER, "/", "filter", .argument = "[TEXT]", .help = "show only rows with this text; empty: all"},
    {ACT_COMMAND, ":", "command", .label = "cmd", .help = "type a command; Tab completes, Up brings back earlier ones"},
    {ACT_HELP, "?", "help", .help = "explain the keys that work here"},
    {ACT_BACK, "Esc Left q", "back", .help = "one level out; q on a top screen leaves the console"},
    {ACT_QUIT, "q", "quit", .help = "leave the console; q in a detail is one level out"},
    {ACT_COPY_LINE, "y", "copy", .help = "copy the equivalent tidemark command to the clipboard"},
    {ACT_NEXT_MATCH, "n", "next-match", .help = "to the next match of the filter", .hidden = true},
    {ACT_PREVIOUS_MATCH, "N", "previous-match", .help = "to the match before", .hidden = true},
    {ACT_TAB + 1, "1", .hidden = true},
    {ACT_TAB + 2, "2", .hidden = true},
    {ACT_TAB + 3, "3", .hidden = true},
    {ACT_TAB + 4, "4", .hidden = true},
    {ACT_TAB + 5, "5", .hidden = true},
    {ACT_ZONE, "u", "local-time", .help = "show times in UTC or in local time", .hidden = true},
    {ACT_REFRESH, "R Ctrl-L", "refresh", .help = "ask again and draw everything anew", .hidden = true},
    {ACT_MOUSE, "m", "mouse", .help = "take the mouse, or leave it to the terminal", .hidden = true},
    {ACT_THEME, NULL, "theme", .argument = THEME_WORDS, .help = "change the colours", .hidden = true},
    {ACT_SUSPEND, "Ctrl-Z", "suspend", .help = "stop and go back to the shell; fg comes back", .hidden = true},
    {0},
};

static bool has_command_line(const OpenScreen *top)
{
    if (!top->screen.ops->command_line)
        return false;
    g_autoptr(GString) line = g_string_new(NULL);
    top->screen.ops->command_line(&top->screen, line);
    return line->len > 0;
}

bool globals_offered(const Ui *ui, const Action *action)
{
    const OpenScreen *top = stack_top(ui);
    const ScreenOps *ops = top->screen.ops;
    switch (action->id) {
    case ACT_FILTER:
        return ops->filter != NULL;
    case ACT_NEXT_MATCH:
    case ACT_PREVIOUS_MATCH:
        return ops->find != NULL;
    case ACT_COPY_LINE:
        return has_command_line(top);
    case ACT_HELP:
        return g_strcmp0(ops->name, "help") != 0;
    case ACT_COMMAND:
    case ACT_MOUSE:
        return !ops->modal;
    default:
        if (action->id > ACT_TAB && action->id <= ACT_TAB + TABS)
            return !ops->modal && screen_numbered(action->id - ACT_TAB);
        return true;
    }
}

static void change_theme(Ui *ui, const char *name)
{
    Theme theme;
    if (!theme_parse(name, &theme)) {
        ui_say(ui, true, "expected a theme (dark, light or mono), found `%s`", name ? name : "");
        return;
    }
    ui->theme = theme;
    ui_set_setting(ui, "theme", name);
    if (ui->terminal)
        terminal_theme(ui->terminal, theme);
}

static void copy_line(Ui *ui, const OpenScreen *top)
{
    g_autoptr(GString) line = g_string_new(NULL);
    top->screen.ops->command_line(&top->screen, line);
    ui_copy(ui, line->str);
}

static void set_filter(Ui *ui, OpenScreen *top, const char *text)
{
    if (!text) {
        prompt_begin(ui, PROMPT_FILTER, "/", top->filter, 0);
        return;
    }
    g_free(top->filter);
    top->filter = *text ? g_strdup(text) : NULL;
    top->screen.ops->filter(&top->screen, top->filter);
}

static void find(Ui *ui, OpenScreen *top, int direction)
{
    if (!top->screen.ops->find(&top->screen, direction))
        ui_say(ui, false, "no other match");
}

static void redraw(Ui *ui)
{
    asks_again(ui);
    stack_stale(ui);
    if (ui->terminal)
        terminal_repaint(ui->terminal);
}

static void toggle_mouse(Ui *ui)
{
    ui->mouse = !ui->mouse;
    if (ui->terminal)
        terminal_mouse(ui->terminal, ui->mouse);
    ui_say(ui, false, ui->mouse ? "the mouse is on; Shift selects text" : "the mouse is off");
}

static void toggle_zone(Ui *ui)
{
    ui->local_time = !ui->local_time;
    ui_set_setting(ui, "time", ui->local_time ? "local" : "utc");
    stack_stale(ui);
}

void globals_act(Ui *ui, int action, const char *argument)
{
    OpenScreen *top = stack_top(ui);
    switch (action) {
    case ACT_COMMAND:
        prompt_begin(ui, PROMPT_COMMAND, ":", NULL, 0);
        break;
    case ACT_FILTER:
        set_filter(ui, top, argument);
        break;
    case ACT_NEXT_MATCH:
        find(ui, top, 1);
        break;
    case ACT_PREVIOUS_MATCH:
        find(ui, top, -1);
        break;
    case ACT_HELP:
        ui_open(ui, "help", top->screen.ops->name);
        break;
    case ACT_BACK:
        stack_back(ui);
        break;
    case ACT_COPY_LINE:
        copy_line(ui, top);
        break;
    case ACT_ZONE:
        toggle_zone(ui);
        break;
    case ACT_REFRESH:
        redraw(ui);
        break;
    case ACT_MOUSE:
        toggle_mouse(ui);
        break;
    case ACT_THEME:
        change_theme(ui, argument);
        break;
    case ACT_SUSPEND:
        ui->suspend = true;
        break;
    case ACT_QUIT:
        ui_leave_asked(ui);
        break;
    default:
        stack_show_tab(ui, action - ACT_TAB);
    }
}
