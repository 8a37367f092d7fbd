/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term_time.h"

#include <glib.h>

#include "model/time.h"

char *term_time(int64_t us)
{
    if (us == TIME_NONE)
        return g_strdup("-");
    char text[40];
    int64_t second = us / US_PER_SECOND - (us % US_PER_SECOND < 0);
    time_format_sql(second * US_PER_SECOND, text);
    return g_strdup(text);
}
