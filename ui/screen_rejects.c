/* SPDX-License-Identifier: Apache-2.0 */
/* How many rows could not be stored, by stream, reason and column. */
#include "base/term_text.h"
#include "model/time.h"
#include "ui/reject_acts.h"
#include "ui/run_text.h"
#include "ui/screens.h"

enum { AGAIN_MS = 15000, STRIP_ROWS = 3, STRIP_FROM = 9 };

typedef struct Rejects {
    List list;
    char *stream;      /* argument: this one alone */
    char *filter;      /* `/` */
    GPtrArray *groups; /* const RejectGroup *: of the answer, as filtered; valid until the next refresh() */
    int64_t open;      /* rows of them */
    int64_t told;      /* ticket of the last retry that was spoken of */
} Rejects;

static void ask_groups(Screen *screen)
{
    const Rejects *rejects = screen->data;
    screen_ask(screen, &(BoardAsk){.question = ASK_REJECT_GROUPS, .rejects = {.stream = rejects->stream}}, AGAIN_MS);
}

static bool rejects_open(Screen *screen, const char *argument)
{
    Rejects *rejects = screen->data;
    rejects->stream = argument && *argument ? g_strdup(argument) : NULL;
    rejects->groups = g_ptr_array_new();
    rejects->list.height = 1;
    ask_groups(screen);
    return true;
}

static void rejects_close(Screen *screen)
{
    Rejects *rejects = screen->data;
    g_free(rejects->stream);
    g_free(rejects->filter);
    g_ptr_array_free(rejects->groups, TRUE);
}

static bool passes(const Rejects *rejects, const RejectGroup *group)
{
    if (group->open == 0)
        return false;
    if (!rejects->filter)
        return true;
    g_autofree char *text =
        g_strdup_printf("%s %s %s", group->stream, reject_name(group->reason), group->column ? group->column : "");
    g_autofree char *folded = g_utf8_casefold(text, -1), *sought = g_utf8_casefold(rejects->filter, -1);
    return strstr(folded, sought) != NULL;
}

static void choose(Screen *screen)
{
    Rejects *rejects = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_REJECT_GROUPS);
    g_ptr_array_set_size(rejects->groups, 0);
    rejects->open = 0;
    for (guint i = 0; answer && answer->rows && i < answer->rows->len; i++) {
        RejectGroup *group = g_ptr_array_index(answer->rows, i);
        if (!passes(rejects, group))
            continue;
        g_ptr_array_add(rejects->groups, group);
        rejects->open += group->open;
    }
    list_fit(&rejects->list, rejects->groups->len, rejects->list.height);
}

static void rejects_refresh(Screen *screen)
{
    Rejects *rejects = screen->data;
    if (reject_acts_tell(screen, &rejects->told))
        ask_groups(screen);
    choose(screen);
}

static const RejectGroup *selected(const Screen *screen)
{
    const Rejects *rejects = screen->data;
    return rejects->list.cursor < rejects->groups->len ? g_ptr_array_index(rejects->groups, rejects->list.cursor) : NULL;
}

static RejectPick pick_of(const RejectGroup *group)
{
    return (RejectPick){.stream = group->stream, .reason = group->reason, .column = group->column ? group->column : (char *)""};
}

/* ---- drawing ---- */

enum { REASON = 22, COLUMN = 16, OPEN = 8, AGE = 7, LAST = 12, COLUMN_FROM = 70, AGE_FROM = 56, LAST_FROM = 100 };

static int stream_width(int width)
{
    int rest = width - 2 - OPEN - MIN(REASON, width / 2 - 6);
    return rest - 1 - (width >= COLUMN_FROM ? COLUMN + 1 : 0) - (width >= AGE_FROM ? AGE : 0) - (width >= LAST_FROM ? LAST : 0);
}

static void draw_group(const Screen *screen, Canvas *canvas, Rect area, int y, const RejectGroup *group, bool named)
{
    Style style = group ? STYLE_TEXT : STYLE_HEADER;
    int x = area.x + 1, width = stream_width(area.w), reason = MIN(REASON, area.w / 2 - 6);
    char age[32] = "OLDEST", last[32] = "LAST SEEN";
    g_autofree char *open = group ? term_number(group->open) : g_strdup("ROWS");
    if (group) {
        ui_age_short(screen->ui, group->first_seen, age);
        ui_time_short(screen->ui, group->last_seen, last);
    }
    canvas_text(canvas, x, y, width, named ? style : STYLE_DIM, group ? group->stream : "STREAM");
    x += width + 1;
    canvas_text(canvas, x, y, reason, group && group->reason != REJECT_MISSING_PARENT ? STYLE_WARN : style,
                group ? reject_name(group->reason) : "REASON");
    x += reason;
    if (area.w >= COLUMN_FROM) {
        canvas_text(canvas, x + 1, y, COLUMN, style, group ? group->column ? group->column : "-" : "COLUMN");
        x += COLUMN + 1;
    }
    canvas_right(canvas, x, y, OPEN, style, open);
    x += OPEN;
    if (area.w >= AGE_FROM) {
        canvas_right(canvas, x, y, AGE, style, age);
        x += AGE;
    }
    if (area.w >= LAST_FROM)
        canvas_right(canvas, x, y, LAST, style, last);
}

static void draw_strip(const Screen *screen, Canvas *canvas, Rect area)
{
    const RejectGroup *group = selected(screen);
    canvas_hline(canvas, area.x, area.y, area.w);
    if (!group)
        return;
    char first[32], last[32];
    /* What differs least from group to group comes first, without a colour: little is sent when the cursor moves. */
    canvas_textf(canvas, area.x + 1, area.y + 1, area.w - 2, STYLE_TEXT, "first %s, last %s: %s: %s%s%s",
                 ui_time_short(screen->ui, group->first_seen, first), ui_time_short(screen->ui, group->last_seen, last),
                 group->stream, reject_name(group->reason), group->column ? " in " : "", group->column ? group->column : "");
    canvas_text(canvas, area.x + 1, area.y + 2, area.w - 2, STYLE_TEXT,
                group->reason == REJECT_MISSING_PARENT ? "parked: they land by themselves when the row they point at arrives"
                                                       : "kept until their document changes; t reads it again now");
}

static void draw_empty(const Screen *screen, Canvas *canvas, Rect area)
{
    const Rejects *rejects = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_REJECT_GROUPS);
    if (answer && answer->err.code != ERR_NONE)
        run_draw_error(canvas, area, &answer->err);
    else if (!answer)
        canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM, "asking the destination …");
    else if (rejects->filter)
        canvas_textf(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM, "no reject matches `%s`", rejects->filter);
    else
        canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_GOOD, "every row that was read is stored: nothing waits here");
}

static void rejects_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    Rejects *rejects = screen->data;
    int strip = area.h >= STRIP_FROM ? STRIP_ROWS : 0;
    Rect body = {area.x, area.y + 1, area.w, area.h - 1 - strip};
    list_fit(&rejects->list, rejects->groups->len, body.h);
    draw_group(screen, canvas, area, area.y, NULL, true);
    if (rejects->groups->len == 0) {
        draw_empty(screen, canvas, body);
        return;
    }
    for (int i = 0; i < body.h && rejects->list.top + i < rejects->list.count; i++) {
        int64_t at = rejects->list.top + i;
        const RejectGroup *group = g_ptr_array_index(rejects->groups, at);
        const RejectGroup *above = i > 0 ? g_ptr_array_index(rejects->groups, at - 1) : NULL;
        draw_group(screen, canvas, area, body.y + i, group, !above || g_strcmp0(above->stream, group->stream) != 0);
    }
    canvas_restyle(canvas,
                   (Rect){body.x + 1, body.y + (int)(rejects->list.cursor - rejects->list.top), MIN(stream_width(area.w), 20), 1},
                   STYLE_SELECTED);
    if (strip)
        draw_strip(screen, canvas, (Rect){area.x, area.y + area.h - strip, area.w, strip});
    list_draw_scroll(&rejects->list, canvas, (Rect){area.x, area.y, area.w, body.h + 1 + (strip > 0)});
}

static void rejects_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    const Rejects *rejects = screen->data;
    g_autofree char *open = term_number(rejects->open);
    const BoardAnswer *answer = screen_answer(screen, ASK_REJECT_GROUPS);
    int x = area.x + 1;
    if (answer && answer->err.code != ERR_NONE)
        x = canvas_text(canvas, x, area.y, area.w - 1, STYLE_BAD, "cannot ask the destination");
    else if (answer)
        x = canvas_textf(canvas, x, area.y, area.w - 1, STYLE_TEXT, "%s row%s not stored", open, rejects->open == 1 ? "" : "s");
    if (rejects->stream)
        x = canvas_textf(canvas, x, area.y, area.x + area.w - x, STYLE_TEXT, " of %s", rejects->stream);
    if (rejects->filter)
        x = canvas_textf(canvas, x, area.y, area.x + area.w - x, STYLE_STRONG, " with `%s`", rejects->filter);
    reject_acts_draw(screen, canvas, area, x);
}

/* ---- acting ---- */

static UiReaction rejects_act(Screen *screen, int action, const char *argument)
{
    Rejects *rejects = screen->data;
    (void)argument;
    if (!reject_acts_has(action))
        return list_act(&rejects->list, action) ? UI_REDRAW : UI_NONE;
    RejectPick pick = pick_of(selected(screen));
    return reject_acts_do(screen, action, &pick, "reject-rows");
}

static const char *rejects_unavailable(const Screen *screen, int action)
{
    return reject_acts_unavailable(screen, action, selected(screen) ? NULL : "no group is selected");
}

static UiReaction rejects_click(Screen *screen, Rect area, const UiKey *at)
{
    Rejects *rejects = screen->data;
    return reject_acts_click(screen, &rejects->list, area, at);
}

static void rejects_filter(Screen *screen, const char *text)
{
    Rejects *rejects = screen->data;
    g_free(rejects->filter);
    rejects->filter = text && *text ? g_strdup(text) : NULL;
    rejects->list = (List){.height = rejects->list.height};
    choose(screen);
}

static void rejects_command_line(const Screen *screen, GString *out)
{
    const RejectGroup *group = selected(screen);
    RejectPick pick = group ? pick_of(group) : (RejectPick){0};
    g_autofree char *words = reject_pick_words(&pick);
    g_string_append_printf(out, "tidemark rejects%s%s", *words ? " " : "", words);
}

static const Action rejects_actions[] = {
    {ACT_ENTER, "Enter", "open", .label = "rows", .help = "the rows of the group"},
    {REJECTS_RETRY, "t", "retry", .help = "read the documents of the rows again and store what can be stored now", .writes = true},
    {REJECTS_DISMISS, "x", "dismiss-rows", .label = "dismiss", .help = "set the rows aside until they change; asks first",
     .writes = true},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_rejects = {
    .name = "rejects",
    .title = "Rejects",
    .number = 4,
    .argument = "[STREAM]",
    .help = "rows that could not be stored, by stream and reason",
    .actions = rejects_actions,
    .size = sizeof(Rejects),
    .open = rejects_open,
    .refresh = rejects_refresh,
    .draw = rejects_draw,
    .act = rejects_act,
    .unavailable = rejects_unavailable,
    .click = rejects_click,
    .filter = rejects_filter,
    .summary = rejects_summary,
    .command_line = rejects_command_line,
    .close = rejects_close,
};
