/* SPDX-License-Identifier: Apache-2.0 */
#include "config/problems.h"

#include "base/secret.h"
#include "base/utf8.h"

static void problem_free(void *data)
{
    Problem *problem = data;
    g_free(problem->file);
    g_free(problem->text);
    g_free(problem);
}

Problems *problems_new(void)
{
    Problems *problems = g_new0(Problems, 1);
    problems->list = g_ptr_array_new_with_free_func(problem_free);
    return problems;
}

void problems_free(Problems *problems)
{
    if (!problems)
        return;
    g_ptr_array_unref(problems->list);
    g_free(problems);
}

/* A message quotes what a file says, and files are not trusted: control characters are shown, never obeyed. */
static char *printable(char *text)
{
    g_autofree char *masked = text;
    secret_mask(masked);
    g_autofree char *valid = g_utf8_make_valid(masked, -1);
    GString *out = g_string_new(NULL);
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029)
            g_string_append_printf(out, "\\x%02x", c);
        else
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

static void add(Problems *problems, const char *file, int line, int column, bool warning, char *text)
{
    Problem *problem = g_new0(Problem, 1);
    problem->file = g_strdup(file);
    problem->line = line;
    problem->column = column;
    problem->warning = warning;
    problem->text = printable(text);
    g_ptr_array_add(problems->list, problem);
    if (!warning)
        problems->errors++;
}

void problems_add(Problems *problems, const char *file, int line, int column, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    add(problems, file, line, column, false, text);
}

void problems_warn(Problems *problems, const char *file, int line, int column, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    add(problems, file, line, column, true, text);
}

void problems_put(Problems *problems, bool warning, const char *file, int line, int column, const char *text)
{
    add(problems, file, line, column, warning, g_strdup(text));
}

void problems_unreadable(Problems *problems, const char *path, const GError *error)
{
    const char *reason = strrchr(error->message, ':'); /* GLib names the file again before it */
    problems_add(problems, path, 0, 0, "cannot be read: %s", reason && reason[1] ? reason + 2 : error->message);
}

char *problem_format(const Problem *problem)
{
    const char *mark = problem->warning ? "warning: " : "";
    if (!problem->file)
        return g_strdup_printf("%s%s", mark, problem->text);
    if (problem->line <= 0)
        return g_strdup_printf("%s: %s%s", problem->file, mark, problem->text);
    if (problem->column <= 0)
        return g_strdup_printf("%s:%d: %s%s", problem->file, problem->line, mark, problem->text);
    return g_strdup_printf("%s:%d:%d: %s%s", problem->file, problem->line, problem->column, mark, problem->text);
}

bool problems_check_text(Problems *problems, const char *file, const char *text, size_t len)
{
    if (utf8_valid(text, len))
        return true;
    int line = 1;
    for (const char *at = text; at < text + len; line++) {
        const char *newline = memchr(at, '\n', (size_t)(text + len - at));
        const char *end = newline ? newline : text + len;
        if (!utf8_valid(at, (size_t)(end - at)))
            break;
        at = end + 1;
    }
    problems_add(problems, file, line, 0, "the line is not valid UTF-8 text, or holds a NUL byte");
    return false;
}
