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

/* Secrets are masked before the text is cut: half a secret is one, too. */
static char *format_masked(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static char *format_masked(const char *fmt, va_list args)
{
    char *text = g_strdup_vprintf(fmt, args);
    secret_mask(text);
    return text;
}

bool err_set(Err *err, ErrCode code, const char *fmt, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = format_masked(fmt, args);
    va_end(args);
    *err = (Err){.code = code};
    store(err->message, sizeof err->message, text);
    return false;
}

bool err_context(Err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = format_masked(fmt, args);
    va_end(args);
    g_autofree char *whole = g_strconcat(text, ": ", err->message, NULL);
    store(err->message, sizeof err->message, whole);
    return false;
}

bool err_hint(Err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = format_masked(fmt, args);
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
