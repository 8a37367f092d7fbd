/* SPDX-License-Identifier: Apache-2.0 */
/* What surrounds a screen: two lines at the top, the keys at the bottom, a message above them. */
#include "ui/ui_private.h"

enum { HEADER_ROWS = 2, MIN_RIGHT = 12 };

Rect frame_area(const Ui *ui)
{
    int width = canvas_width(ui->canvas), height = canvas_height(ui->canvas);
    return (Rect){0, HEADER_ROWS, width, MAX(height - HEADER_ROWS - 1, 0)};
}

static void add_spot(Ui *ui, Rect rect, int action)
{
    if (ui->spot_count < CLICK_SPOTS)
        ui->spots[ui->spot_count++] = (ClickSpot){rect, action};
}

/* "PROD  warehouse@pg1.internal", at the right; returns where it begins. */
static int draw_destination(Ui *ui, int left)
{
    Canvas *canvas = ui->canvas;
    const UiSetup *setup = &ui->setup;
    int width = canvas_width(canvas), room = width - left - 3;
    const char *destination = setup->destination ? setup->destination : "";
    const char *readonly = setup->read_only ? "read-only" : NULL;
    int label = setup->label ? canvas_text_width(canvas, setup->label) : 0;
    int wanted = canvas_text_width(canvas, destination) + (label ? label + 4 : 0) + (readonly ? 11 : 0);
    int shown = MIN(wanted, room);
    if (room < 1)
        return width;
    int x = width - 1 - shown, start = x;
    if (readonly)
        x = canvas_text(canvas, x, 0, shown, STYLE_WARN, readonly) + 2;
    if (label && x < width - 1) {
        canvas_textf(canvas, x, 0, width - 1 - x, STYLE_LABEL, " %s ", setup->label);
        x += label + 4;
    }
    if (x < width - 1)
        canvas_text(canvas, x, 0, width - 1 - x, STYLE_TEXT, destination);
    return start;
}

static int tabs_width(bool names, int current)
{
    int width = 1;
    for (int number = 1; number <= TABS; number++) {
        const ScreenOps *ops = screen_numbered(number);
        if (ops)
            width += names || number == current ? (int)strlen(ops->title) + 4 : 2;
    }
    return width;
}

/* All names when they fit, else the numbers and the current one's name. */
static int draw_tabs(Ui *ui)
{
    Canvas *canvas = ui->canvas;
    bool names = tabs_width(true, ui->tab) + MIN_RIGHT <= canvas_width(canvas);
    int x = 1;
    for (int number = 1; number <= TABS; number++) {
        const ScreenOps *ops = screen_numbered(number);
        if (!ops)
            continue;
        Style style = number == ui->tab ? STYLE_TAB_CURRENT : STYLE_TAB;
        int start = x;
        x = names || number == ui->tab ? canvas_textf(canvas, x, 0, -1, style, "%d %s", number, ops->title) + 2
                                       : canvas_textf(canvas, x, 0, -1, style, "%d", number) + 1;
        add_spot(ui, (Rect){start, 0, x - start, 1}, ACT_TAB + number);
    }
    return x;
}

/* "Runs › run 3  sync app": the way to a detail. */
static int draw_crumbs(Ui *ui, const OpenScreen *main)
{
    Canvas *canvas = ui->canvas;
    GPtrArray *stack = ui->stacks[ui->tab];
    int x = 1, most = canvas_width(canvas) - 2;
    for (guint i = 0; i < stack->len; i++) {
        const OpenScreen *open = g_ptr_array_index(stack, i);
        if (open->screen.ops->modal)
            continue;
        g_autoptr(GString) text = g_string_new(NULL);
        if (open->screen.ops->crumb)
            open->screen.ops->crumb(&open->screen, text);
        else
            g_string_append(text, open->screen.ops->title);
        if (x > 1) {
            canvas_glyph(canvas, x + 1, 0, STYLE_DIM, GLYPH_CRUMB);
            x += 3;
        }
        x = canvas_text(canvas, x, 0, most - x, open == main ? STYLE_TITLE : STYLE_TAB, text->str);
    }
    return x + 2;
}

static OpenScreen *main_screen(const Ui *ui)
{
    OpenScreen *at = stack_top(ui);
    while (at->screen.ops->modal && stack_under(ui, at))
        at = stack_under(ui, at);
    return at;
}

static void draw_header(Ui *ui)
{
    Canvas *canvas = ui->canvas;
    const OpenScreen *main = main_screen(ui);
    int width = canvas_width(canvas);
    int left = main->screen.ops->number > 0 ? draw_tabs(ui) : draw_crumbs(ui, main);
    draw_destination(ui, left);
    char clock[32], zone[32];
    g_autofree char *now = g_strdup_printf("%s %s", ui_time_clock(ui, ui->now_us, clock), ui_zone(ui, ui->now_us, zone));
    if (!ui->live_runs && strlen(clock) == 8) { /* nobody needs the seconds, and a quiet screen sends nothing */
        g_free(now);
        now = g_strdup_printf("%.5s %s", clock, zone);
    }
    int room = (int)strlen(now);
    canvas_right(canvas, MAX(width - 1 - room, 0), 1, room, STYLE_TEXT, now);
    Rect area = {0, 1, width - room - 3, 1};
    if (main->screen.ops->summary && area.w > 0) {
        Rect before = canvas_clip(canvas, area);
        main->screen.ops->summary(&main->screen, canvas, area);
        canvas_clip(canvas, before);
    }
}

static bool offered(const Ui *ui, const OpenScreen *top, const Action *action)
{
    if (action->hidden || !action->keys || (action->writes && ui->setup.read_only))
        return false;
    if (action->id >= ACT_GLOBAL)
        return globals_offered(ui, action);
    return !top->screen.ops->unavailable || !top->screen.ops->unavailable(&top->screen, action->id);
}

static int hint_width(const Ui *ui, const Action *action)
{
    char key[16];
    return canvas_text_width(ui->canvas, action_key(action, key)) + 1 + canvas_text_width(ui->canvas, action_label(action));
}

static int draw_hint(Ui *ui, int x, int y, const Action *action)
{
    char key[16];
    int start = x;
    x = canvas_text(ui->canvas, x, y, -1, STYLE_KEY, action_key(action, key)) + 1;
    x = canvas_text(ui->canvas, x, y, -1, STYLE_TEXT, action_label(action));
    add_spot(ui, (Rect){start, y, x - start, 1}, action->id);
    return x + 2;
}

/* The screen's own keys from the left as far as they fit; `? help` always has its place. */
static void draw_keys(Ui *ui)
{
    const OpenScreen *top = stack_top(ui);
    const Action *help = action_named(ui_global_actions, "help");
    int y = canvas_height(ui->canvas) - 1, width = canvas_width(ui->canvas), x = 1;
    int reserved = globals_offered(ui, help) ? hint_width(ui, help) + 1 : 0;
    bool details = top->screen.ops->modal || ui->stacks[ui->tab]->len > 1;
    const Action *tables[] = {top->screen.ops->actions, ui_global_actions};
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
        for (const Action *action = tables[t]; action && action->id; action++) {
            if (action == help || !offered(ui, top, action) || action->id == (details ? ACT_QUIT : ACT_BACK))
                continue;
            if (x + hint_width(ui, action) + (reserved ? reserved + 2 : 1) > width)
                continue;
            x = draw_hint(ui, x, y, action);
        }
    if (reserved && x + reserved <= width)
        draw_hint(ui, x, y, help);
}

static void draw_message(Ui *ui)
{
    int width = canvas_width(ui->canvas), y = canvas_height(ui->canvas) - 2;
    if (!ui->message || ui->prompt.kind != PROMPT_NONE)
        return;
    canvas_fill(ui->canvas, (Rect){0, y, width, 1}, STYLE_TEXT);
    canvas_text(ui->canvas, 1, y, width - 2, ui->message_bad ? STYLE_BAD : STYLE_STRONG, ui->message);
}

static void draw_too_small(Ui *ui)
{
    int width = canvas_width(ui->canvas), height = canvas_height(ui->canvas);
    canvas_textf(ui->canvas, 0, 0, width, STYLE_STRONG, "%dx%d is too small", width, height);
    if (height > 1)
        canvas_textf(ui->canvas, 0, 1, width, STYLE_TEXT, "needs %dx%d", LEAST_WIDTH, LEAST_HEIGHT);
}

void frame_draw(Ui *ui)
{
    Canvas *canvas = ui->canvas;
    canvas_clear(canvas);
    ui->spot_count = 0;
    if (canvas_width(canvas) < LEAST_WIDTH || canvas_height(canvas) < LEAST_HEIGHT) {
        draw_too_small(ui);
        return;
    }
    draw_header(ui);
    OpenScreen *main = main_screen(ui);
    Rect area = main->area = frame_area(ui), before = canvas_clip(canvas, area);
    if (!main->screen.ops->modal)
        main->screen.ops->draw(&main->screen, canvas, area);
    canvas_clip(canvas, before);
    GPtrArray *stack = ui->stacks[ui->tab];
    for (guint i = 0; i < stack->len; i++)
        if (stack_visible(ui, g_ptr_array_index(stack, i)) && ((OpenScreen *)g_ptr_array_index(stack, i))->screen.ops->modal)
            dialog_draw(ui, g_ptr_array_index(stack, i));
    draw_keys(ui);
    draw_message(ui);
    if (ui->prompt.kind != PROMPT_NONE)
        prompt_draw(ui, canvas);
}
