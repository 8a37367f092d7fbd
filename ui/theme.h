/* SPDX-License-Identifier: Apache-2.0 */
/* ui/theme.h - how a Style looks on a terminal of so many colours. */
#ifndef TIDEMARK_UI_THEME_H
#define TIDEMARK_UI_THEME_H

#include "ui/canvas.h"

typedef enum Theme { THEME_DARK, THEME_LIGHT, THEME_MONO } Theme;

typedef enum LookFlag { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8 } LookFlag;
typedef struct Look {
    short foreground, background; /* a colour of the terminal's palette; -1: its own */
    unsigned flags;               /* LookFlag */
} Look;

#define THEME_WORDS "dark|light|mono"
bool theme_parse(const char *name, Theme *out);
const char *theme_name(Theme theme);
/* What the terminal says about itself (COLORFGBG), and NO_COLOR. */
Theme theme_of_environment(void);

/* colours: what the terminal has; under 8 there are none. */
Look theme_look(Theme theme, int colours, Style style);

#endif
