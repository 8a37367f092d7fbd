/* SPDX-License-Identifier: Apache-2.0 */
/* ui/home.h - paths below the home directory as people write them. */
#ifndef TIDEMARK_UI_HOME_H
#define TIDEMARK_UI_HOME_H

/* The text with the home directory of each path as `~`; g_free() it. NULL for NULL. */
char *home_short(const char *text);

#endif
