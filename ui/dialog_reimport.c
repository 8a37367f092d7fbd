/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a reimport, after showing what it replaces and having its name typed (promise 6). */
#include "base/term_text.h"
#include "ui/dialog_text.h"
#include "ui/job_dialog.h"
#include "ui/screens.h"
#include "ui/wrap.h"

enum { WIDTH = 100, HEIGHT = 17, NARROW = 72, REPLACED_FROM = 4 };
enum { ACT_METHOD = ACT_JOB_OWN, ACT_GUARD, ACT_TYPED };

typedef struct Reimport {
    JobDialog job;
    GPtrArray *rows;   /* char *: what is touched; NULL: to be made of the plan */
    const Plan *made;  /* of which plan */
    int top, last_top; /* first line of them that is shown, and the last that can be */
    bool typed;        /* the name was typed */
} Reimport;

static const Action actions[] = {
    {ACT_ENTER, "Enter", "go-on", .label = "go on", .help = "type the table's name, then the reimport starts", .writes = true},
    {ACT_METHOD, "t", "method", .help = "make the table equal, or truncate and fill it in one transaction", .writes = true},
    {ACT_GUARD, "a", "allow-shrink", .help = "go on also when the source has far fewer rows than the table", .writes = true},
    {ACT_SQL, "d", "sql", .label = "SQL", .help = "show the statements that make or change tables, and back"},
    {ACT_TYPED, NULL, "replace", .argument = "NAME", .help = "start: the table's name is typed behind it", .writes = true,
     .hidden = true},
    ACTION_MOVES,
    {0},
};

static bool reimport_open(Screen *screen, const char *argument)
{
    const Reimport *reimport = screen->data;
    if (!job_dialog_open(screen, &job_reimport, argument))
        return false;
    if (reimport->job.request.patterns->len == 0) {
        ui_say(screen->ui, true, "a reimport needs a stream: reimport STREAM");
        return false;
    }
    job_dialog_ask(screen);
    return true;
}

static void ask_again(Screen *screen)
{
    Reimport *reimport = screen->data;
    reimport->typed = false;
    reimport->top = 0;
    job_dialog_ask(screen);
}

static UiReaction want_name(Screen *screen)
{
    const Reimport *reimport = screen->data;
    if (reimport->typed)
        return job_dialog_start(screen);
    g_autofree char *word = plan_consent_word(reimport->job.plan), *shown = term_dup(word);
    g_autofree char *prompt = g_strdup_printf("Type %s to replace its rows:", shown);
    ui_prompt(screen->ui, prompt, NULL, ACT_TYPED);
    return UI_REDRAW;
}

static UiReaction take_name(Screen *screen, const char *typed)
{
    Reimport *reimport = screen->data;
    g_autofree char *word = reimport->job.plan ? plan_consent_word(reimport->job.plan) : NULL;
    g_autofree char *name = g_strstrip(g_strdup(typed ? typed : ""));
    if (!word || strcmp(name, word) != 0) {
        ui_say(screen->ui, true, "not confirmed: expected %s; nothing was changed", word ? word : "a plan");
        return UI_REDRAW;
    }
    reimport->typed = true;
    return job_dialog_start(screen);
}

static UiReaction reimport_act(Screen *screen, int action, const char *argument)
{
    Reimport *reimport = screen->data;
    UiReaction reaction = UI_REDRAW;
    List list = {.count = reimport->last_top + 1, .cursor = reimport->top, .height = 1};
    switch (action) {
    case ACT_ENTER:
        return want_name(screen);
    case ACT_TYPED:
        return take_name(screen, argument);
    case ACT_METHOD:
        reimport->job.request.truncate = !reimport->job.request.truncate;
        ask_again(screen);
        return UI_REDRAW;
    case ACT_GUARD:
        reimport->job.request.allow_shrink = !reimport->job.request.allow_shrink;
        ask_again(screen);
        return UI_REDRAW;
    default:
        if (action != ACT_SQL && reimport->job.view == VIEW_PLAN && list_act(&list, action))
            reimport->top = (int)list.cursor;
        else
            (void)job_dialog_act(screen, action, &reaction);
        return reaction;
    }
}

/* ---- drawing ---- */

static void add_rows(GPtrArray *rows, const char *what, const GPtrArray *texts)
{
    for (guint i = 0; texts && i < texts->len; i++)
        g_ptr_array_add(rows, g_strdup_printf("  %s%s", what, (const char *)g_ptr_array_index(texts, i)));
}

static void add_stream(GPtrArray *rows, const Plan *plan, const StreamPlan *stream)
{
    if (stream->refused.code != ERR_NONE) {
        g_ptr_array_add(rows, g_strdup_printf("%s cannot run: %s", stream->stream->id, stream->refused.message));
        return;
    }
    g_autofree char *table = job_dialog_table(stream);
    g_autofree char *there = stream->reimport.rows >= 0 ? term_number(stream->reimport.rows) : g_strdup("?");
    g_autofree char *source = stream->estimate >= 0 ? term_number(stream->estimate) : g_strdup("?");
    if (stream->ddl && stream->ddl->creates)
        g_ptr_array_add(rows,
                        g_strdup_printf("%s, which does not exist yet, by %s (%s documents)", table, stream->stream->id, source));
    else
        g_ptr_array_add(rows, g_strdup_printf("%s rows of %s by %s (%s documents)", there, table, stream->stream->id, source));
    add_rows(rows, "pointed at by ", stream->reimport.referenced_by);
    add_rows(rows, "locks, if ", stream->reimport.locks);
    if (plan->request.truncate)
        add_rows(rows, "a CASCADE, which is never used, would reach ", stream->reimport.cascade);
}

static void make_rows(Reimport *reimport)
{
    const Plan *plan = reimport->job.plan;
    if (reimport->made == plan)
        return;
    g_clear_pointer(&reimport->rows, g_ptr_array_unref);
    reimport->made = plan;
    if (!plan)
        return;
    reimport->rows = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < plan->streams->len; i++)
        add_stream(reimport->rows, plan, g_ptr_array_index(plan->streams, i));
}

static void reimport_refresh(Screen *screen)
{
    job_dialog_refresh(screen);
    make_rows(screen->data);
}

static int draw_choices(const JobRequest *request, Canvas *canvas, Rect area)
{
    static const char *const methods[2][2] = {
        {"method (t): made equal; readers never wait, equal rows are not touched", "method (t): made equal"},
        {"method (t): truncate the table and fill it, in one transaction", "method (t): truncate and fill"}};
    static const char *const guards[2][2] = {
        {"guard (a): changes nothing when under 80 % of the rows it replaces come", "guard (a): stops under 80 % of them"},
        {"guard (a): lifted; goes on also when no rows come, or far fewer", "guard (a): lifted"}};
    bool narrow = area.w < NARROW;
    int y = dialog_wrap(canvas, area, STYLE_TEXT, methods[request->truncate][narrow]);
    return dialog_wrap(canvas, dialog_rest(area, y), request->allow_shrink ? STYLE_WARN : STYLE_TEXT,
                       guards[request->allow_shrink][narrow]);
}

/* As lines of the width; what belongs to a stream, and what does not fit into its line, is indented. */
static GPtrArray *wrapped(const GPtrArray *rows, int width)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < rows->len; i++) {
        g_autofree char *safe = term_dup(g_ptr_array_index(rows, i));
        int indent = 0, deeper = *safe == ' ' ? 4 : 2;
        for (const char *at = safe; *at; indent = deeper) {
            size_t skip = 0, bytes = wrap_line(at, MAX(width - indent, 1), &skip);
            g_ptr_array_add(lines, g_strdup_printf("%*s%.*s", indent, "", (int)bytes, at));
            at += skip;
        }
    }
    return lines;
}

static void draw_replaced(Reimport *reimport, Canvas *canvas, Rect area)
{
    g_autoptr(GPtrArray) lines = wrapped(reimport->rows, area.w - 1);
    Rect body = area;
    if (area.h >= REPLACED_FROM) {
        canvas_text(canvas, area.x, body.y++, area.w, STYLE_HEADER, "REPLACES");
        body.h--;
    }
    List shown = {.count = (int64_t)lines->len, .cursor = reimport->top, .height = body.h};
    reimport->last_top = MAX((int)lines->len - body.h, 0);
    reimport->top = MIN(reimport->top, reimport->last_top);
    shown.top = reimport->top;
    for (int i = 0; i < body.h && reimport->top + i < (int)lines->len; i++) {
        const char *line = g_ptr_array_index(lines, (guint)(reimport->top + i));
        canvas_text(canvas, body.x, body.y + i, body.w, *line == ' ' ? STYLE_TEXT : STYLE_STRONG, line);
    }
    list_draw_scroll(&shown, canvas, area);
}

static void reimport_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    Reimport *reimport = screen->data;
    if (job_dialog_draw_view(screen, canvas, area))
        return;
    int y = job_dialog_draw_summary(&reimport->job, canvas, area);
    if (!reimport->job.plan || !reimport->rows)
        return;
    y = draw_choices(&reimport->job.request, canvas, dialog_rest(area, y));
    draw_replaced(reimport, canvas, dialog_rest(area, y + (area.h >= 10)));
}

/* What the chosen method does. */
static void reimport_crumb(const Screen *screen, GString *out)
{
    const Reimport *reimport = screen->data;
    g_string_append(out, reimport->job.request.truncate ? "Reimport: truncate and fill" : "Reimport: make equal");
}

static void reimport_size(const Screen *screen, int *width, int *height)
{
    (void)screen;
    *width = WIDTH;
    *height = HEIGHT;
}

static void reimport_close(Screen *screen)
{
    Reimport *reimport = screen->data;
    g_clear_pointer(&reimport->rows, g_ptr_array_unref);
    job_dialog_close(screen);
}

const ScreenOps dialog_reimport = {
    .name = "reimport",
    .title = "Reimport",
    .modal = true,
    .writes = true,
    .argument = "STREAM…",
    .help = "read a stream whole and make its table equal to it",
    .actions = actions,
    .size = sizeof(Reimport),
    .open = reimport_open,
    .refresh = reimport_refresh,
    .draw = reimport_draw,
    .act = reimport_act,
    .unavailable = job_dialog_unavailable,
    .crumb = reimport_crumb,
    .key = job_dialog_key,
    .command_line = job_dialog_command_line,
    .dialog_size = reimport_size,
    .close = reimport_close,
};
