/* SPDX-License-Identifier: Apache-2.0 */
#include "config/suggest.h"

#include <glib.h>

enum { LONGEST = 48 }; /* no name of ours is longer, and the table below stays small */

static char fold(char c)
{
    return c == '-' ? '_' : g_ascii_tolower(c);
}

/* Optimal string alignment distance: insertions, deletions, changes, swaps of neighbours. */
static int distance(const char *a, int a_len, const char *b, int b_len)
{
    int cost[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= a_len; i++)
        cost[i][0] = i;
    for (int j = 0; j <= b_len; j++)
        cost[0][j] = j;
    for (int i = 1; i <= a_len; i++) {
        for (int j = 1; j <= b_len; j++) {
            int change = fold(a[i - 1]) == fold(b[j - 1]) ? 0 : 1;
            int best = MIN(cost[i - 1][j] + 1, cost[i][j - 1] + 1);
            best = MIN(best, cost[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
                best = MIN(best, cost[i - 2][j - 2] + 1);
            cost[i][j] = best;
        }
    }
    return cost[a_len][b_len];
}

const char *suggest(const char *name, const char *const *known)
{
    size_t len = strlen(name);
    if (len == 0 || len > LONGEST)
        return NULL;
    const char *best = NULL;
    int best_distance = len <= 4 ? 2 : 3;
    for (; *known; known++) {
        size_t known_len = strlen(*known);
        if (known_len > LONGEST)
            continue;
        int d = distance(name, (int)len, *known, (int)known_len);
        if (d < best_distance) {
            best_distance = d;
            best = *known;
        }
    }
    return best;
}

char *suggest_list(const char *const *known)
{
    return g_strjoinv(", ", (char **)known);
}

char *suggest_hint(const char *name, const char *const *known)
{
    const char *near = suggest(name, known);
    if (near)
        return g_strdup_printf(" (did you mean `%s`?)", near);
    g_autofree char *list = suggest_list(known);
    return g_strdup_printf(", expected one of %s", list);
}
