/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and commands, read from the tables that the console works with. */
#include "ui/list.h"
#include "ui/screens.h"
#include "ui/wrap.h"

enum { FOOT_ROWS = 3, FOOT_FROM = 6 };

typedef struct HelpRow {
    char *keys, *name, *text; /* a heading has only text */
} HelpRow;

typedef struct Help {
    const ScreenOps *about;
    GPtrArray *rows;
    char *filter;
    List list;
} Help;

static void row_free(void *data)
{
    HelpRow *row = data;
    g_free(row->keys);
    g_free(row->name);
    g_free(row->text);
    g_free(row);
}

static bool wanted(const Help *help, const char *a, const char *b)
{
    if (!help->filter)
        return true;
    g_autofree char *text = g_strdup_printf("%s %s", a ? a : "", b ? b : "");
    g_autofree char *folded = g_utf8_casefold(text, -1), *sought = g_utf8_casefold(help->filter, -1);
    return strstr(folded, sought) != NULL;
}

static void add_row(Help *help, const char *keys, const char *name, const char *argument, const char *text)
{
    if (name && !wanted(help, name, text))
        return;
    HelpRow *row = g_new0(HelpRow, 1);
    row->keys = g_strdup(keys);
    row->name = name ? g_strdup_printf(":%s%s%s", name, argument ? " " : "", argument ? argument : "") : NULL;
    row->text = g_strdup(text);
    g_ptr_array_add(help->rows, row);
}

/* "j Down" as "j, Down". */
static char *keys_shown(const Action *action)
{
    g_auto(GStrv) keys = g_strsplit(action->keys ? action->keys : "", " ", -1);
    return g_strjoinv(", ", keys);
}

static void add_actions(const Screen *screen, const Action *table)
{
    Help *help = screen->data;
    for (const Action *action = table; action && action->id; action++) {
        if (!action->name || (action->writes && ui_read_only(screen->ui)))
            continue;
        g_autofree char *keys = keys_shown(action);
        add_row(help, keys, action->name, action->argument, action->help);
    }
}

static void add_screens(const Screen *screen)
{
    for (int i = 0; screen_registry[i]; i++) {
        const ScreenOps *ops = screen_registry[i];
        g_autofree char *number = ops->number ? g_strdup_printf("%d", ops->number) : g_strdup("");
        if (ops->help && !(ops->writes && ui_read_only(screen->ui)))
            add_row(screen->data, number, ops->name, ops->argument, ops->help);
    }
}

static void build(Screen *screen)
{
    Help *help = screen->data;
    g_ptr_array_set_size(help->rows, 0);
    if (help->about) {
        add_row(help, NULL, NULL, NULL, help->about->title);
        add_actions(screen, help->about->actions);
    }
    add_row(help, NULL, NULL, NULL, "Everywhere");
    add_actions(screen, ui_global_actions);
    add_row(help, NULL, NULL, NULL, "Screens and dialogs");
    add_screens(screen);
}

static bool help_open(Screen *screen, const char *argument)
{
    Help *help = screen->data;
    help->about = argument ? screen_find(argument) : NULL;
    help->rows = g_ptr_array_new_with_free_func(row_free);
    build(screen);
    help->list.cursor = 1; /* the first below its heading */
    return true;
}

static void draw_row(const HelpRow *row, Canvas *canvas, Rect area, int y)
{
    if (!row->name) {
        canvas_text(canvas, area.x + 1, y, area.w - 2, STYLE_HEADER, row->text);
        return;
    }
    int text = area.w >= 72 ? 40 : 16;
    canvas_text(canvas, area.x + 3, y, 13, STYLE_KEY, row->keys);
    if (area.w >= 72)
        canvas_text(canvas, area.x + 17, y, text - 18, STYLE_TEXT, row->name);
    canvas_text(canvas, area.x + text, y, area.w - text - 2, STYLE_TEXT, row->text);
}

/* What the row has no room for. */
static void draw_foot(const HelpRow *row, Canvas *canvas, Rect foot)
{
    canvas_hline(canvas, foot.x, foot.y, foot.w);
    if (!row->name)
        return;
    g_autofree char *text = g_strdup_printf("%s: %s", row->name, row->text);
    wrap_draw(canvas, foot.x + 1, foot.y + 1, foot.w - 2, foot.h - 1, STYLE_TEXT, text);
}

static void help_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    Help *help = screen->data;
    Rect foot = {area.x, area.y + area.h - FOOT_ROWS, area.w, FOOT_ROWS};
    if (area.h >= FOOT_FROM)
        area.h -= FOOT_ROWS;
    list_fit(&help->list, help->rows->len, area.h);
    for (int i = 0; i < area.h && help->list.top + i < help->list.count; i++)
        draw_row(g_ptr_array_index(help->rows, help->list.top + i), canvas, area, area.y + i);
    int y = area.y + (int)(help->list.cursor - help->list.top);
    if (help->list.count > 0)
        canvas_restyle(canvas, (Rect){area.x + 1, y, MIN(15, area.w - 2), 1}, STYLE_SELECTED);
    bool has_foot = help->list.count > 0 && foot.y == area.y + area.h;
    if (has_foot)
        draw_foot(g_ptr_array_index(help->rows, help->list.cursor), canvas, foot);
    list_draw_scroll(&help->list, canvas, (Rect){area.x, area.y, area.w, area.h + has_foot});
}

static UiReaction help_act(Screen *screen, int action, const char *argument)
{
    Help *help = screen->data;
    (void)argument;
    return list_act(&help->list, action) ? UI_REDRAW : UI_NONE;
}

static UiReaction help_click(Screen *screen, Rect area, const UiKey *at)
{
    Help *help = screen->data;
    int64_t row = list_at(&help->list, area, at->y);
    if (row >= 0)
        help->list.cursor = row;
    return UI_REDRAW;
}

static void help_filter(Screen *screen, const char *text)
{
    Help *help = screen->data;
    g_free(help->filter);
    help->filter = g_strdup(text);
    help->list = (List){0};
    build(screen);
}

static void help_close(Screen *screen)
{
    Help *help = screen->data;
    g_ptr_array_free(help->rows, TRUE);
    g_free(help->filter);
}

static const Action help_actions[] = {ACTION_MOVES, {0}};

const ScreenOps screen_help = {
    .name = "help",
    .title = "Help",
    .argument = "[SCREEN]",
    .help = "the keys and commands of a screen",
    .actions = help_actions,
    .size = sizeof(Help),
    .open = help_open,
    .draw = help_draw,
    .act = help_act,
    .click = help_click,
    .filter = help_filter,
    .close = help_close,
};
