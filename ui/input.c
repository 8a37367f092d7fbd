/* SPDX-License-Identifier: Apache-2.0 */
/* Where a key goes: to the prompt, to the screen's text fields, to the screen's actions, to those of every screen. */
#include "ui/ui_private.h"

enum { TWICE_MS = 600 /* tmux passes a second click on after 300 */, WHEEL_ROWS = 3 };

static void react(Ui *ui, OpenScreen *open, UiReaction reaction)
{
    if ((reaction & UI_REFRESH) == UI_REFRESH)
        open->stale = true;
    if (reaction & UI_QUIT)
        ui_leave_asked(ui);
    else if (reaction & UI_BACK)
        stack_back(ui);
}

/* False, and says why, when the screen cannot do it now. */
static bool allowed(Ui *ui, const OpenScreen *top, const Action *action)
{
    if (action->writes && ui->setup.read_only) {
        ui_say(ui, true, "%s is not available: this console is read-only", action_label(action));
        return false;
    }
    const char *why =
        top->screen.ops->unavailable && action->id < ACT_GLOBAL ? top->screen.ops->unavailable(&top->screen, action->id) : NULL;
    if (why)
        ui_say(ui, true, "%s: %s", action_label(action), why);
    return !why;
}

bool ui_dispatch(Ui *ui, const Action *action, const char *argument)
{
    OpenScreen *top = stack_top(ui);
    if (!allowed(ui, top, action))
        return false;
    if (action->id >= ACT_GLOBAL) {
        if (!globals_offered(ui, action))
            return false;
        globals_act(ui, action->id, argument);
    } else {
        react(ui, top, top->screen.ops->act(&top->screen, action->id, argument));
    }
    stack_apply(ui);
    return true;
}

void ui_leave_asked(Ui *ui)
{
    if (ui_runs_here(ui) && screen_find("quit") && g_strcmp0(stack_top(ui)->screen.ops->name, "quit") != 0)
        ui_open(ui, "quit", NULL);
    else
        ui->leaving = true;
}

static void wheel(Ui *ui, int action)
{
    OpenScreen *top = stack_top(ui);
    for (const Action *at = top->screen.ops->actions; at && at->id; at++)
        if (at->id == action)
            for (int i = 0; i < WHEEL_ROWS; i++)
                ui_dispatch(ui, at, NULL);
}

static bool in_rect(const Rect *rect, int x, int y)
{
    return x >= rect->x && x < rect->x + rect->w && y >= rect->y && y < rect->y + rect->h;
}

static void click_spot(Ui *ui, int id)
{
    const Action *tables[] = {stack_top(ui)->screen.ops->actions, ui_global_actions};
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
        for (const Action *action = tables[t]; action && action->id; action++)
            if (action->id == id) {
                ui_dispatch(ui, action, NULL);
                return;
            }
}

static void click(Ui *ui, const UiKey *key)
{
    OpenScreen *top = stack_top(ui);
    bool twice = key->twice || (ui->now_ms - ui->clicked_ms < TWICE_MS && key->x == ui->clicked_x && key->y == ui->clicked_y);
    ui->clicked_ms = twice ? 0 : ui->now_ms;
    ui->clicked_x = key->x;
    ui->clicked_y = key->y;
    for (int i = 0; i < ui->spot_count; i++)
        if (in_rect(&ui->spots[i].rect, key->x, key->y)) {
            click_spot(ui, ui->spots[i].action);
            return;
        }
    UiKey at = *key;
    at.twice = twice;
    if (top->screen.ops->click && in_rect(&top->area, key->x, key->y))
        react(ui, top, top->screen.ops->click(&top->screen, top->area, &at));
    stack_apply(ui);
}

/* Ctrl-C closes a dialog, never a job. */
static void interrupt(Ui *ui)
{
    if (stack_top(ui)->screen.ops->modal)
        stack_back(ui);
    else
        ui_say(ui, false, "Ctrl-C stops nothing here; q leaves the console");
    stack_apply(ui);
}

/* Whoever is new here tries keys. */
static void say_unknown(Ui *ui, const UiKey *key)
{
    char text[8] = {0};
    if (key->code <= 0x20 || key->code >= UIKEY_UP || !g_unichar_isprint(key->code))
        return;
    g_unichar_to_utf8(key->code, text);
    ui_say(ui, false, "%s does nothing here; ? explains the keys that do", text);
}

static void key_of_screen(Ui *ui, const UiKey *key)
{
    OpenScreen *top = stack_top(ui);
    if (top->screen.ops->key) {
        UiReaction reaction = top->screen.ops->key(&top->screen, key);
        if (reaction != UI_NONE) {
            react(ui, top, reaction);
            stack_apply(ui);
            return;
        }
    }
    const Action *action = action_of_key(top->screen.ops->actions, key);
    if (!action) {
        action = action_of_key(ui_global_actions, key);
        if (action && !globals_offered(ui, action))
            action = NULL;
    }
    /* Esc and Left lead out of details and dialogs; on a top screen only q leaves. */
    bool leaves = action && action->id == ACT_BACK && key->code != 'q' && ui->stacks[ui->tab]->len == 1;
    if (action && !leaves)
        ui_dispatch(ui, action, NULL);
    else if (!action)
        say_unknown(ui, key);
}

void ui_key(Ui *ui, const UiKey *key)
{
    if (key->code == UIKEY_NONE)
        return;
    g_clear_pointer(&ui->message, g_free);
    if (key->code == UIKEY_CTRL('Z')) {
        ui->suspend = true;
    } else if (ui->prompt.kind != PROMPT_NONE && key->code != UIKEY_MOUSE) {
        prompt_key(ui, key);
        stack_apply(ui);
    } else if (key->code == UIKEY_CTRL('C')) {
        interrupt(ui);
    } else if (key->code == UIKEY_WHEEL_UP || key->code == UIKEY_WHEEL_DOWN) {
        wheel(ui, key->code == UIKEY_WHEEL_UP ? ACT_UP : ACT_DOWN);
    } else if (key->code == UIKEY_MOUSE) {
        click(ui, key);
    } else {
        key_of_screen(ui, key);
    }
}
