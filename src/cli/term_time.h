/* SPDX-License-Identifier: Apache-2.0 */
/* cli/term_time.h - an instant as the commands show it. */
#ifndef TIDEMARK_CLI_TERM_TIME_H
#define TIDEMARK_CLI_TERM_TIME_H

#include <stdint.h>

/* "2024-01-15 10:00:03" in UTC; "-" for TIME_NONE. g_free() it. */
char *term_time(int64_t us);

#endif
