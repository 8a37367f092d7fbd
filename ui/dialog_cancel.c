/* SPDX-License-Identifier: Apache-2.0 */
/* Stops a run, or one stream of it; also of other processes on this host. */
#include "base/term_text.h"
#include "ui/dialog_text.h"
#include "ui/screens.h"

enum { WIDTH = 70, HEIGHT = 7, ACT_WHOLE = ACT_OWN };

typedef struct Cancel {
    int64_t run;
    char *stream; /* NULL: the whole run */
    bool known, here, finished, stream_ended;
    char job[16], operator_name[64], host[64], phase[128];
    int streams, going; /* of the run; not ended yet */
    Counts counts;
} Cancel;

static const Action actions[] = {
    {ACT_ENTER, "Enter", "stop", .help = "ask it to stop after what it is just committing", .writes = true},
    {ACT_WHOLE, "C", "stop-run", .label = "stop the whole run", .help = "stop all streams of the run", .writes = true},
    {0},
};

static int64_t only_run(const EngineView *view)
{
    int64_t run = 0;
    for (int i = 0; i < view->run_count; i++) {
        if (view->runs[i].finished)
            continue;
        if (run)
            return 0;
        run = view->runs[i].run;
    }
    return run;
}

static bool cancel_open(Screen *screen, const char *argument)
{
    Cancel *cancel = screen->data;
    const char *slash = argument ? strchr(argument, '/') : NULL;
    g_autofree char *number = argument ? g_strndup(argument, slash ? (gsize)(slash - argument) : strlen(argument)) : NULL;
    if (!argument || !*argument)
        cancel->run = only_run(ui_engine_view(screen->ui));
    else if (!g_ascii_string_to_signed(number, 10, 1, G_MAXINT64, &cancel->run, NULL))
        cancel->run = 0;
    if (cancel->run == 0) {
        ui_say(screen->ui, true, "which run? cancel RUN[/STREAM]");
        return false;
    }
    cancel->stream = slash && slash[1] ? g_strdup(slash + 1) : NULL;
    return true;
}

static bool has_ended(StreamPhase phase)
{
    return phase >= PHASE_DONE;
}

static void cancel_refresh(Screen *screen)
{
    Cancel *cancel = screen->data;
    const RunView *run = engine_view_run(ui_engine_view(screen->ui), cancel->run);
    cancel->known = run != NULL;
    if (!run)
        return;
    cancel->here = run->here;
    cancel->finished = run->finished;
    cancel->counts = run->counts;
    cancel->streams = run->stream_count;
    cancel->going = 0;
    g_strlcpy(cancel->job, run->job, sizeof cancel->job);
    g_strlcpy(cancel->operator_name, run->operator_name, sizeof cancel->operator_name);
    g_strlcpy(cancel->host, run->host, sizeof cancel->host);
    bool found = false;
    for (int i = 0; i < run->stream_count; i++) {
        const StreamView *stream = &run->streams[i];
        cancel->going += !has_ended(stream->phase);
        if (g_strcmp0(stream->id, cancel->stream) != 0)
            continue;
        found = true;
        cancel->stream_ended = has_ended(stream->phase);
        cancel->counts = stream->counts;
        g_strlcpy(cancel->phase, *stream->note ? stream->note : phase_name(stream->phase), sizeof cancel->phase);
    }
    cancel->known = found || !cancel->stream;
}

static const char *cancel_unavailable(const Screen *screen, int action)
{
    const Cancel *cancel = screen->data;
    if (action == ACT_WHOLE && !cancel->stream)
        return "the whole run is what Enter stops";
    if (!cancel->known)
        return "it is not running";
    return cancel->finished || (action == ACT_ENTER && cancel->stream && cancel->stream_ended) ? "it has ended" : NULL;
}

static UiReaction cancel_act(Screen *screen, int action, const char *argument)
{
    const Cancel *cancel = screen->data;
    const char *stream = action == ACT_ENTER ? cancel->stream : NULL;
    (void)argument;
    ui_stop_run(screen->ui, cancel->run, stream);
    return UI_BACK;
}

static void draw_state(const Cancel *cancel, Canvas *canvas, Rect area)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!cancel->known)
        g_string_append(text, "it is not running");
    else if (cancel->stream)
        g_string_append_printf(text, "%s: %s, ", cancel->stream, cancel->phase);
    else
        g_string_append_printf(text, "%d of %d streams are still to be done, ", cancel->going, cancel->streams);
    if (cancel->known) {
        term_append_number(text, cancel->counts.read);
        g_string_append(text, " rows read");
    }
    canvas_text(canvas, area.x, area.y, area.w, STYLE_TEXT, text->str);
}

static void cancel_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    const Cancel *cancel = screen->data;
    int y = area.y;
    canvas_textf(canvas, area.x, y++, area.w, STYLE_STRONG, "Stop %s%srun %" G_GINT64_FORMAT "?",
                 cancel->stream ? cancel->stream : "", cancel->stream ? " of " : "", cancel->run);
    if (cancel->known)
        canvas_textf(canvas, area.x, y++, area.w, STYLE_TEXT, "%s by %s%s%s%s", cancel->job, cancel->operator_name,
                     cancel->here ? "" : ", in another process on ", cancel->here ? "" : cancel->host,
                     cancel->finished ? "; it has ended" : "");
    draw_state(cancel, canvas, (Rect){area.x, y++, area.w, 1});
    if (cancel->known && !cancel->finished)
        dialog_wrap(canvas, dialog_rest(area, y + (area.h > 5)), STYLE_TEXT,
                    strcmp(cancel->job, "reimport") != 0
                        ? "What is committed stays. Started again, it goes on from its last commit."
                        : "A reimport that is stopped before its one commit has changed nothing. Started again, it begins again.");
}

static void cancel_line(const Screen *screen, GString *out)
{
    const Cancel *cancel = screen->data;
    g_string_append_printf(out, "tidemark cancel %" G_GINT64_FORMAT "%s%s", cancel->run, cancel->stream ? "/" : "",
                           cancel->stream ? cancel->stream : "");
}

static void cancel_size(const Screen *screen, int *width, int *height)
{
    (void)screen;
    *width = WIDTH;
    *height = HEIGHT;
}

static void cancel_close(Screen *screen)
{
    g_free(((Cancel *)screen->data)->stream);
}

const ScreenOps dialog_cancel = {
    .name = "cancel",
    .title = "Cancel",
    .modal = true,
    .writes = true,
    .argument = "[RUN[/STREAM]]",
    .help = "stop a run, or one stream of it",
    .actions = actions,
    .size = sizeof(Cancel),
    .open = cancel_open,
    .refresh = cancel_refresh,
    .draw = cancel_draw,
    .act = cancel_act,
    .unavailable = cancel_unavailable,
    .command_line = cancel_line,
    .dialog_size = cancel_size,
    .close = cancel_close,
};
