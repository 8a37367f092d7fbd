/* SPDX-License-Identifier: Apache-2.0 */
/* The first thing someone sees who has configured nothing yet. */
#include "ui/home.h"
#include "ui/screens.h"
#include "ui/wrap.h"

enum { ACT_DEMO = ACT_OWN, ACT_INIT };

static int draw_paragraph(Canvas *canvas, Rect area, int y, Style style, const char *text)
{
    int room = area.y + area.h - y;
    return room > 0 ? y + wrap_draw(canvas, area.x + 1, y, area.w - 2, room, style, text) : y;
}

static int draw_choice(Canvas *canvas, Rect area, int y, const char *key, const char *text)
{
    int room = area.y + area.h - y;
    if (room <= 0)
        return y;
    canvas_text(canvas, area.x + 3, y, 2, STYLE_KEY, key);
    return y + wrap_draw(canvas, area.x + 6, y, area.w - 7, room, STYLE_TEXT, text);
}

static void welcome_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    bool spacious = area.h >= 14, narrow = area.w < 60;
    int y = area.y;
    y = draw_paragraph(canvas, area, y, STYLE_STRONG, "No source is configured yet.") + spacious;
    y = draw_choice(canvas, area, y, "d",
                    narrow ? "try the bundled sample"
                           : "try the bundled sample: it is synced into a SQLite file in your data directory; no server is needed");
    y = draw_choice(canvas, area, y, "i",
                    narrow ? "write a tidemark.yaml"
                           : "write a commented tidemark.yaml into this directory, to start from, and leave");
    y = draw_choice(canvas, area, y, "q", "leave") + spacious;
    g_autofree char *text = home_short(ui_problems(screen->ui));
    g_auto(GStrv) problems = g_strsplit(text ? text : "", "\n", -1);
    for (int i = 0; problems[i]; i++)
        if (*problems[i])
            y = draw_paragraph(canvas, area, y, STYLE_DIM, problems[i]);
}

static UiReaction welcome_act(Screen *screen, int action, const char *argument)
{
    (void)argument;
    if (action == ACT_DEMO)
        ui_leave_for(screen->ui, UI_WISH_DEMO);
    else if (action == ACT_INIT)
        ui_leave_for(screen->ui, UI_WISH_INIT);
    return UI_NONE;
}

static const Action welcome_actions[] = {
    {ACT_DEMO, "d", "demo", .label = "try the sample", .help = "sync the bundled sample into a SQLite file and look at it",
     .writes = true},
    {ACT_INIT, "i", "init", .label = "write tidemark.yaml", .help = "write a commented tidemark.yaml into this directory and leave",
     .writes = true},
    {0},
};

const ScreenOps screen_welcome = {
    .name = "welcome",
    .title = "Welcome",
    .actions = welcome_actions,
    .draw = welcome_draw,
    .act = welcome_act,
};
