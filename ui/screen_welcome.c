/* SPDX-License-Identifier: Apache-2.0 */
/* The first thing someone sees who has configured nothing yet. */
#include "base/term_text.h"
#include "ui/home.h"
#include "ui/list.h"
#include "ui/screens.h"
#include "ui/wrap.h"

enum { ACT_DEMO = ACT_OWN, ACT_INIT, SPACIOUS_FROM = 14, WIDE_FROM = 60 };

typedef struct Line {
    const char *key; /* at its left, or NULL */
    char *text;
    int x;
    Style style;
} Line;

typedef struct Welcome {
    GPtrArray *lines; /* Line, for `width` and `spacious` */
    int width;
    bool spacious;
    List list; /* its cursor is not shown: the text scrolls by `top` */
} Welcome;

static void line_free(void *data)
{
    g_free(((Line *)data)->text);
    g_free(data);
}

static void add_wrapped(Welcome *welcome, Style style, const char *key, const char *text)
{
    int x = key ? 6 : 1;
    g_autofree char *safe = term_dup(text);
    const char *at = safe;
    do {
        size_t skip = 0, bytes = wrap_line(at, MAX(welcome->width - x - 1, 1), &skip);
        Line *line = g_new0(Line, 1);
        *line = (Line){.key = key, .text = g_strndup(at, bytes), .x = x, .style = style};
        g_ptr_array_add(welcome->lines, line);
        key = NULL;
        at += skip;
    } while (*at);
}

static void add_space(Welcome *welcome)
{
    if (welcome->spacious)
        add_wrapped(welcome, STYLE_TEXT, NULL, "");
}

static void make_lines(Welcome *welcome, const char *problems)
{
    bool wide = welcome->width >= WIDE_FROM;
    g_autofree char *text = home_short(problems);
    g_auto(GStrv) parts = g_strsplit(text ? text : "", "\n", -1);
    g_ptr_array_set_size(welcome->lines, 0);
    add_wrapped(welcome, STYLE_STRONG, NULL, "No source is configured yet.");
    add_space(welcome);
    add_wrapped(welcome, STYLE_TEXT, "d",
                wide ? "try the bundled sample: it is synced into a SQLite file in your data directory; no server is needed"
                     : "try the bundled sample");
    add_wrapped(welcome, STYLE_TEXT, "i",
                wide ? "write a commented tidemark.yaml into this directory, to start from, and leave" : "write a tidemark.yaml");
    add_wrapped(welcome, STYLE_TEXT, "q", "leave");
    add_space(welcome);
    for (int i = 0; parts[i]; i++)
        if (*parts[i])
            add_wrapped(welcome, STYLE_DIM, NULL, parts[i]);
}

static bool welcome_open(Screen *screen, const char *argument)
{
    Welcome *welcome = screen->data;
    (void)argument;
    welcome->lines = g_ptr_array_new_with_free_func(line_free);
    return true;
}

static void welcome_close(Screen *screen)
{
    g_ptr_array_unref(((Welcome *)screen->data)->lines);
}

static void welcome_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    Welcome *welcome = screen->data;
    bool spacious = area.h >= SPACIOUS_FROM;
    if (welcome->width != area.w || welcome->spacious != spacious) {
        welcome->width = area.w;
        welcome->spacious = spacious;
        make_lines(welcome, ui_problems(screen->ui));
    }
    list_fit(&welcome->list, welcome->lines->len, area.h);
    for (int i = 0; i < area.h && welcome->list.top + i < welcome->list.count; i++) {
        const Line *line = g_ptr_array_index(welcome->lines, (guint)(welcome->list.top + i));
        if (line->key)
            canvas_text(canvas, area.x + 3, area.y + i, 2, STYLE_KEY, line->key);
        canvas_text(canvas, area.x + line->x, area.y + i, area.w - line->x - 1, line->style, line->text);
    }
    list_draw_scroll(&welcome->list, canvas, area);
}

/* The cursor goes where the move would make the text scroll, so that each press of a key does. */
static bool scroll(List *list, int action)
{
    if (action == ACT_DOWN)
        list->cursor = list->top + list->height - 1;
    else if (action == ACT_UP)
        list->cursor = list->top;
    return list_act(list, action);
}

static UiReaction welcome_act(Screen *screen, int action, const char *argument)
{
    Welcome *welcome = screen->data;
    (void)argument;
    if (action == ACT_DEMO)
        ui_leave_for(screen->ui, UI_WISH_DEMO);
    else if (action == ACT_INIT)
        ui_leave_for(screen->ui, UI_WISH_INIT);
    else if (scroll(&welcome->list, action))
        return UI_REDRAW;
    return UI_NONE;
}

static const Action welcome_actions[] = {
    {ACT_DEMO, "d", "demo", .label = "try the sample", .help = "sync the bundled sample into a SQLite file and look at it",
     .writes = true},
    {ACT_INIT, "i", "init", .label = "write tidemark.yaml", .help = "write a commented tidemark.yaml into this directory and leave",
     .writes = true},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_welcome = {
    .name = "welcome",
    .title = "Welcome",
    .actions = welcome_actions,
    .size = sizeof(Welcome),
    .open = welcome_open,
    .draw = welcome_draw,
    .act = welcome_act,
    .close = welcome_close,
};
