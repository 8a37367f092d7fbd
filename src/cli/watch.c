/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watch.h"

#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/stop_signals.h"

#define REDRAW_MS 200
#define CHECK_MS  1000 /* nobody watches: the engine's byte says when it is over, this is the net below it */

bool watch_shows_progress(const Cli *cli)
{
    return cli->err_is_tty && !cli->batch && !cli->quiet;
}

static void drain(int fd)
{
    char bytes[256];
    while (read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

/* Looking is also what lets the engine write its next byte. */
static void look(Engine *engine, int64_t run, bool draws)
{
    EngineView *view = engine_snapshot(engine);
    const RunView *now = draws ? engine_view_run(view, run) : NULL;
    g_autoptr(GString) line = g_string_new(NULL);
    int width = out_width(stderr);
    if (now && !now->finished)
        progress_line(now, width > 1 ? width - 1 : 0, line);
    if (draws)
        out_progress(line->str);
    engine_view_free(view);
}

static void stop(const Cli *cli, Engine *engine, int64_t run)
{
    Err err = {0};
    if (!engine_cancel(engine, run, NULL, &err))
        cli_fail(&err);
    else if (!cli->batch && !cli->quiet)
        out_log("stopping; the next run goes on from the last commit (once more: at once)\n");
}

int watch_run(const Cli *cli, Engine *engine, int64_t run, int wake_fd)
{
    bool shows = watch_shows_progress(cli), stopped = false;
    int64_t next_draw = 0;
    stop_signals_catch();
    while (!engine_wait(engine, run, 0)) {
        struct pollfd in[] = {{stop_signals_fd(), POLLIN, 0}, {wake_fd, POLLIN, 0}};
        int64_t left = shows ? MAX(next_draw - clock_mono_ms(), 0) : CHECK_MS;
        (void)poll(in, G_N_ELEMENTS(in), (int)left); /* interrupted: the loop looks at everything anyway */
        bool woken = in[1].revents != 0, due = shows && clock_mono_ms() >= next_draw;
        if (woken)
            drain(wake_fd);
        if (stop_signals_first() && !stopped) {
            stopped = true;
            drain(stop_signals_fd());
            stop(cli, engine, run);
        }
        if (woken || due)
            look(engine, run, due);
        if (due)
            next_draw = clock_mono_ms() + REDRAW_MS;
    }
    if (shows)
        out_progress("");
    return stop_signals_first();
}
