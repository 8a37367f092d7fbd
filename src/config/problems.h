/* SPDX-License-Identifier: Apache-2.0 */
/* config/problems.h - the mistakes found in configuration files, all of them, in order. */
#ifndef TIDEMARK_CONFIG_PROBLEMS_H
#define TIDEMARK_CONFIG_PROBLEMS_H

#include <glib.h>
#include <stdbool.h>

typedef struct Problem {
    char *file;       /* NULL: the environment or command line */
    int line, column; /* 1-based; 0: not known */
    bool warning;     /* does not stop anything */
    char *text;       /* "unknown key `colums`, expected one of …" */
} Problem;

typedef struct Problems {
    GPtrArray *list; /* Problem */
    int errors;
} Problems;

Problems *problems_new(void);
void problems_free(Problems *problems);
void problems_add(Problems *problems, const char *file, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void problems_warn(Problems *problems, const char *file, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* "file:line:column: text", into a new string for the caller to g_free(). */
char *problem_format(const Problem *problem);

#endif
