/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console_headless.h"

#include <poll.h>
#include <unistd.h>

#include "cli/console_parent.h"
#include "cli/stop_signals.h"

static void drain(int fd)
{
    char bytes[256];
    while (read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

/* Looking is also what lets the engine write its next byte. */
static bool has_runs(Engine *engine)
{
    EngineView *view = engine_snapshot(engine);
    bool any = false;
    for (int i = 0; i < view->run_count; i++)
        any = any || (view->runs[i].here && !view->runs[i].finished);
    engine_view_free(view);
    return any;
}

void console_finish_headless(Engine *engine, int wake_fd, int status)
{
    console_parent_let_go(status);
    stop_signals_headless();
    while (has_runs(engine) && !stop_signals_first()) {
        struct pollfd in[] = {{wake_fd, POLLIN, 0}, {stop_signals_fd(), POLLIN, 0}};
        (void)poll(in, G_N_ELEMENTS(in), -1); /* interrupted: the loop looks at everything anyway */
        drain(wake_fd);
    }
}
