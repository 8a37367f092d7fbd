/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

static pthread_mutex_t progress_lock = PTHREAD_MUTEX_INITIALIZER;
static char *progress_shown; /* the line that stands on the terminal */

int out_width(FILE *stream)
{
    struct winsize size;
    if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
        return 0;
    return size.ws_col;
}

static const char *ascii_for(gunichar c)
{
    static const struct {
        gunichar c;
        const char *ascii;
    } replacements[] = {{0x2026, "..."}, {0x2192, "->"}, {0x00b7, "-"}, {0x2013, "-"}, {0x2265, ">="}};
    for (size_t i = 0; i < G_N_ELEMENTS(replacements); i++)
        if (replacements[i].c == c)
            return replacements[i].ascii;
    return "?";
}

static char *for_terminal(FILE *stream, const char *text)
{
    if (g_get_charset(NULL) || !isatty(fileno(stream)) || !g_utf8_validate(text, -1, NULL))
        return g_strdup(text);
    GString *out = g_string_new(NULL);
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c < 0x80)
            g_string_append_c(out, (char)c);
        else
            g_string_append(out, ascii_for(c));
    }
    return g_string_free(out, FALSE);
}

void out_text(FILE *stream, const char *text)
{
    g_autofree char *shown = for_terminal(stream, text);
    fputs(shown, stream);
}

void out_printf(FILE *stream, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    out_text(stream, text);
}

void out_json(GString *json)
{
    g_string_append(json, "}\n");
    fputs(json->str, stdout);
    g_string_truncate(json, 0);
}

void out_progress(const char *line)
{
    pthread_mutex_lock(&progress_lock);
    if (g_strcmp0(progress_shown ? progress_shown : "", line)) {
        fputs("\r\033[K", stderr);
        out_text(stderr, line);
        fflush(stderr);
        g_free(progress_shown);
        progress_shown = *line ? g_strdup(line) : NULL;
    }
    pthread_mutex_unlock(&progress_lock);
}

void out_log(const char *line)
{
    pthread_mutex_lock(&progress_lock);
    if (progress_shown)
        fputs("\r\033[K", stderr);
    out_text(stderr, line);
    if (progress_shown)
        out_text(stderr, progress_shown);
    fflush(stderr);
    pthread_mutex_unlock(&progress_lock);
}

bool out_finish(void)
{
    bool failed = fflush(stdout) == EOF;
    return !(failed && errno != EPIPE) && !(ferror(stdout) && errno == ENOSPC);
}
