/* SPDX-License-Identifier: Apache-2.0 */
/* Which screens are open: a stack per tab, so that each tab is found again as it was left. */
#include "ui/ui_private.h"

static GPtrArray *current(const Ui *ui)
{
    return ui->stacks[ui->tab];
}

OpenScreen *stack_top(const Ui *ui)
{
    GPtrArray *stack = current(ui);
    return stack->len ? g_ptr_array_index(stack, stack->len - 1) : NULL;
}

OpenScreen *stack_under(const Ui *ui, const OpenScreen *above)
{
    guint at = 0;
    return g_ptr_array_find(current(ui), above, &at) && at > 0 ? g_ptr_array_index(current(ui), at - 1) : NULL;
}

/* Visible are the top screen and, below dialogs, the first that is none. */
bool stack_visible(const Ui *ui, const OpenScreen *open)
{
    for (const OpenScreen *at = stack_top(ui); at; at = at->screen.ops->modal ? stack_under(ui, at) : NULL)
        if (at == open)
            return true;
    return false;
}

void stack_stale(Ui *ui)
{
    for (OpenScreen *open = stack_top(ui); open && stack_visible(ui, open); open = stack_under(ui, open))
        open->stale = true;
}

static void close_screen(OpenScreen *open)
{
    if (open->screen.ops->close)
        open->screen.ops->close(&open->screen);
    asks_free(open);
    g_free(open->screen.data);
    g_free(open->filter);
    g_free(open);
}

static OpenScreen *new_screen(Ui *ui, const ScreenOps *ops, const char *argument)
{
    OpenScreen *open = g_new0(OpenScreen, 1);
    open->screen = (Screen){.ops = ops, .ui = ui, .data = g_malloc0(MAX(ops->size, 1))};
    open->stale = true;
    if (!ops->open || ops->open(&open->screen, argument))
        return open;
    close_screen(open);
    return NULL;
}

static void close_all(GPtrArray *stack)
{
    while (stack->len)
        close_screen(g_ptr_array_steal_index(stack, stack->len - 1));
}

static void showed(Ui *ui)
{
    stack_stale(ui);
    asks_again(ui);
    const OpenScreen *top = stack_top(ui);
    if (ui->tab > 0 && top)
        ui_set_setting(ui, "screen", screen_numbered(ui->tab)->name);
}

static bool open_tab(Ui *ui, const ScreenOps *ops, const char *argument)
{
    GPtrArray *stack = ui->stacks[ops->number];
    if (argument || stack->len == 0) {
        OpenScreen *open = new_screen(ui, ops, argument);
        if (!open)
            return false;
        close_all(stack);
        g_ptr_array_add(stack, open);
    }
    ui->tab = ops->number;
    showed(ui);
    return true;
}

static void close_dialogs(Ui *ui)
{
    while (stack_top(ui) && stack_top(ui)->screen.ops->modal && current(ui)->len > 1)
        close_screen(g_ptr_array_steal_index(current(ui), current(ui)->len - 1));
}

static void open_named(Ui *ui, const char *name, const char *argument)
{
    const ScreenOps *ops = screen_find(name);
    if (!ops) {
        ui_say(ui, true, "there is no screen %s", name);
    } else if (ops->writes && ui->setup.read_only) {
        ui_say(ui, true, "%s is not available: this console is read-only", ops->title);
    } else if (ops->number > 0) {
        close_dialogs(ui);
        open_tab(ui, ops, argument);
    } else {
        OpenScreen *open = new_screen(ui, ops, argument), *top = stack_top(ui);
        if (open && top && top->screen.ops == ops) /* another of the kind takes its place */
            close_screen(g_ptr_array_steal_index(current(ui), current(ui)->len - 1));
        if (open)
            g_ptr_array_add(current(ui), open);
    }
}

void stack_apply(Ui *ui)
{
    for (char **open; (open = g_queue_pop_head(&ui->opens));) {
        if (open[0])
            open_named(ui, open[0], open[1]);
        else
            palette_run(ui, open[1]);
        g_free(open[0]);
        g_free(open[1]);
        g_free(open);
    }
}

void stack_begin(Ui *ui)
{
    const ScreenOps *first = NULL;
    if (ui->setup.catalog && ui_setting(ui, "screen"))
        first = screen_find(ui_setting(ui, "screen"));
    for (int number = 1; ui->setup.catalog && (!first || first->number == 0) && number <= TABS; number++)
        first = screen_numbered(number);
    if (!ui->setup.catalog)
        first = screen_find("welcome");
    ui_open(ui, first ? first->name : "help", NULL);
    stack_apply(ui);
    if (!stack_top(ui))
        open_named(ui, "help", NULL);
}

void stack_close_top(Ui *ui)
{
    GPtrArray *stack = current(ui);
    close_screen(g_ptr_array_steal_index(stack, stack->len - 1));
    if (stack->len == 0 && ui->tab > 0) { /* a tab's own screen does not close; one that did anyway opens anew */
        open_named(ui, screen_numbered(ui->tab)->name, NULL);
    }
    if (stack_top(ui))
        showed(ui);
    else
        ui->leaving = true;
}

void stack_back(Ui *ui)
{
    if (current(ui)->len > 1)
        stack_close_top(ui);
    else
        ui_leave_asked(ui);
}

/* The number of the tab that is shown leads back to its own screen. */
void stack_show_tab(Ui *ui, int number)
{
    const ScreenOps *ops = screen_numbered(number);
    if (!ops)
        return;
    if (ui->tab == number)
        while (current(ui)->len > 1)
            stack_close_top(ui);
    else
        ui_open(ui, ops->name, NULL);
}

void stack_free(Ui *ui)
{
    for (int i = 0; i <= TABS; i++) {
        close_all(ui->stacks[i]);
        g_ptr_array_free(ui->stacks[i], TRUE);
    }
}
