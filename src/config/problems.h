/* SPDX-License-Identifier: Apache-2.0 */
/* config/problems.h - the mistakes found in configuration files, all of them, in order. */
#ifndef TIDEMARK_CONFIG_PROBLEMS_H
#define TIDEMARK_CONFIG_PROBLEMS_H

#include <glib.h>
#include <stdbool.h>

/* Texts are masked (secret.h) and their control characters made visible when they are added. */
typedef struct Problem {
    char *file;       /* NULL: the environment or command line */
    int line, column; /* 1-based; 0: not known */
    bool warning;     /* does not stop anything */
    char *text;       /* "unknown key `colums`, expected one of …" */
} Problem;

typedef struct Problems {
    GPtrArray *list; /* Problem */
    int errors;
    bool nothing_found; /* there is no configuration at all: the one error says where it was looked for */
} Problems;

Problems *problems_new(void);
void problems_free(Problems *problems);
void problems_add(Problems *problems, const char *file, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void problems_warn(Problems *problems, const char *file, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The same for a text that is no format. */
void problems_put(Problems *problems, bool warning, const char *file, int line, int column, const char *text);

/* A file that could not be read, with the system's reason. */
void problems_unreadable(Problems *problems, const char *path, const GError *error);

/* "file:line:column: text" (a warning: "file:line:column: warning: text"), into a new string for the caller to g_free(). */
char *problem_format(const Problem *problem);

/* True when the file's bytes are UTF-8 text without NUL; otherwise adds a problem that names the first line that is not. */
bool problems_check_text(Problems *problems, const char *file, const char *text, size_t len);

#endif
