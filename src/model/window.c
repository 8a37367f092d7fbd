/* SPDX-License-Identifier: Apache-2.0 */
#include "model/window.h"

void window_key(const Window *window, char *out, size_t size)
{
    if (window->kind != WINDOW_RANGE) {
        g_strlcpy(out, "sync", size);
        return;
    }
    char low[40], high[40];
    time_format_iso(window->low, low);
    time_format_iso(window->high, high);
    g_snprintf(out, size, "%s/%s", low, high);
}

static const Checkpoint no_checkpoint = {
    .window = {.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE},
    .highest = TIME_NONE,
    .stop_before = TIME_NONE,
};

void checkpoint_clear(Checkpoint *checkpoint)
{
    if (checkpoint->bytes)
        g_bytes_unref(checkpoint->bytes);
    *checkpoint = no_checkpoint;
}

void checkpoint_copy(Checkpoint *to, const Checkpoint *from)
{
    GBytes *bytes = from->bytes ? g_bytes_ref(from->bytes) : NULL;
    if (to->bytes)
        g_bytes_unref(to->bytes);
    *to = *from;
    to->bytes = bytes;
}
