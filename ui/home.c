/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/home.h"

#include <glib.h>

char *home_short(const char *text)
{
    g_autofree char *home = g_strdup_printf("%s/", g_get_home_dir());
    if (!text || strlen(home) < 3)
        return g_strdup(text);
    g_auto(GStrv) parts = g_strsplit(text, home, -1);
    return g_strjoinv("~/", parts);
}
