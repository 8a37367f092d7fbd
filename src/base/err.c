/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <glib.h>
#include <stdarg.h>

#include "base/secret.h"

/* Copies as much of the text as fits, whole characters only; a line break or another control character would tear the line it is shown
 * on, and drivers like to end their messages with one. */
static void store(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && g_ascii_isspace(text[len - 1]))
        len--;
    if (len >= size) {
        len = size - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    for (size_t i = 0; i < len; i++)
        out[i] = g_ascii_iscntrl(text[i]) ? ' ' : text[i];
    out[len] = '\0';
}

/* Masked before it is cut: half a secret is one, too. Formats into room, or into *heap when the text is longer. */
static char *format_masked(char *room, size_t size, char **heap, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(room, size, fmt, args);
    char *text = room;
    if (len < 0)
        room[0] = '\0';
    else if ((size_t)len >= size)
        text = *heap = g_strdup_vprintf(fmt, again);
    va_end(again);
    secret_mask(text);
    return text;
}

bool err_set(Err *err, ErrCode code, const char *fmt, ...)
{
    if (!err)
        return false;
    char room[2048];
    g_autofree char *heap = NULL;
    va_list args;
    va_start(args, fmt);
    const char *text = format_masked(room, sizeof room, &heap, fmt, args);
    va_end(args);
    *err = (Err){.code = code};
    store(err->message, sizeof err->message, text);
    return false;
}

bool err_context(Err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    char room[2048];
    g_autofree char *heap = NULL;
    va_list args;
    va_start(args, fmt);
    const char *text = format_masked(room, sizeof room, &heap, fmt, args);
    va_end(args);
    g_autofree char *whole = g_strconcat(text, ": ", err->message, NULL);
    store(err->message, sizeof err->message, whole);
    return false;
}

bool err_hint(Err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    char room[1024];
    g_autofree char *heap = NULL;
    va_list args;
    va_start(args, fmt);
    const char *text = format_masked(room, sizeof room, &heap, fmt, args);
    va_end(args);
    store(err->hint, sizeof err->hint, text);
    return false;
}

const char *err_code_name(ErrCode code)
{
    static const char *const names[] = {
        [ERR_NONE] = "none", [ERR_USAGE] = "usage",         [ERR_CONFIG] = "config",     [ERR_UNREACHABLE] = "unreachable",
        [ERR_BUSY] = "busy", [ERR_SOURCE] = "source",       [ERR_DEST] = "destination",  [ERR_STATE] = "state",
        [ERR_DATA] = "data", [ERR_CANCELLED] = "cancelled", [ERR_INTERNAL] = "internal",
    };
    return (size_t)code < G_N_ELEMENTS(names) ? names[code] : "unknown";
}
