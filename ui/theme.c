/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/theme.h"

#include <glib.h>
#include <stdlib.h>

static const char *const names[] = {"dark", "light", "mono"};

/* Without colour, by attributes alone. */
static const unsigned mono[STYLE_COUNT] = {
    [STYLE_STRONG] = LOOK_BOLD,
    [STYLE_HEADER] = LOOK_UNDERLINE,
    [STYLE_TITLE] = LOOK_BOLD,
    [STYLE_TAB_CURRENT] = LOOK_REVERSE,
    [STYLE_KEY] = LOOK_BOLD,
    [STYLE_SELECTED] = LOOK_REVERSE,
    [STYLE_MARKED] = LOOK_BOLD,
    [STYLE_WARN] = LOOK_BOLD,
    [STYLE_BAD] = LOOK_BOLD,
    [STYLE_RUNNING] = LOOK_BOLD,
    [STYLE_INPUT] = LOOK_UNDERLINE,
    [STYLE_MATCH] = LOOK_UNDERLINE,
    [STYLE_LABEL] = LOOK_REVERSE | LOOK_BOLD,
};

/* With the eight colours that every colour terminal has: 1 red, 2 green, 3 yellow, 4 blue, 5 magenta, 6 cyan. */
static const Look few_dark[STYLE_COUNT] = {
    [STYLE_TEXT] = {-1, -1, 0},
    [STYLE_DIM] = {-1, -1, LOOK_DIM},
    [STYLE_STRONG] = {-1, -1, LOOK_BOLD},
    [STYLE_HEADER] = {6, -1, 0},
    [STYLE_TITLE] = {-1, -1, LOOK_BOLD},
    [STYLE_TAB] = {-1, -1, 0},
    [STYLE_TAB_CURRENT] = {-1, -1, LOOK_REVERSE},
    [STYLE_KEY] = {6, -1, LOOK_BOLD},
    [STYLE_SELECTED] = {-1, -1, LOOK_REVERSE},
    [STYLE_MARKED] = {3, -1, LOOK_BOLD},
    [STYLE_GOOD] = {2, -1, 0},
    [STYLE_WARN] = {3, -1, LOOK_BOLD},
    [STYLE_BAD] = {1, -1, LOOK_BOLD},
    [STYLE_RUNNING] = {6, -1, 0},
    [STYLE_BAR] = {6, -1, 0},
    [STYLE_BAR_REST] = {-1, -1, LOOK_DIM},
    [STYLE_FRAME] = {-1, -1, LOOK_DIM},
    [STYLE_INPUT] = {-1, -1, LOOK_UNDERLINE},
    [STYLE_MATCH] = {3, -1, LOOK_UNDERLINE},
    [STYLE_LABEL] = {7, 1, LOOK_BOLD},
};

static const Look few_light[STYLE_COUNT] = {
    [STYLE_TEXT] = {-1, -1, 0},
    [STYLE_DIM] = {-1, -1, LOOK_DIM},
    [STYLE_STRONG] = {-1, -1, LOOK_BOLD},
    [STYLE_HEADER] = {4, -1, 0},
    [STYLE_TITLE] = {-1, -1, LOOK_BOLD},
    [STYLE_TAB] = {-1, -1, 0},
    [STYLE_TAB_CURRENT] = {-1, -1, LOOK_REVERSE},
    [STYLE_KEY] = {4, -1, LOOK_BOLD},
    [STYLE_SELECTED] = {-1, -1, LOOK_REVERSE},
    [STYLE_MARKED] = {5, -1, LOOK_BOLD},
    [STYLE_GOOD] = {2, -1, 0},
    [STYLE_WARN] = {5, -1, 0},
    [STYLE_BAD] = {1, -1, LOOK_BOLD},
    [STYLE_RUNNING] = {4, -1, 0},
    [STYLE_BAR] = {4, -1, 0},
    [STYLE_BAR_REST] = {-1, -1, LOOK_DIM},
    [STYLE_FRAME] = {-1, -1, LOOK_DIM},
    [STYLE_INPUT] = {-1, -1, LOOK_UNDERLINE},
    [STYLE_MATCH] = {5, -1, LOOK_UNDERLINE},
    [STYLE_LABEL] = {7, 1, LOOK_BOLD},
};

/* Colours of the 256 that replace the eight's; 0: as above. */
static const short many_dark[STYLE_COUNT] = {
    [STYLE_DIM] = 245, [STYLE_HEADER] = 109, [STYLE_KEY] = 80, [STYLE_MARKED] = 11,    [STYLE_GOOD] = 10,   [STYLE_WARN] = 11,
    [STYLE_BAD] = 9,   [STYLE_RUNNING] = 80, [STYLE_BAR] = 80, [STYLE_BAR_REST] = 240, [STYLE_MATCH] = 221,
};
static const short many_light[STYLE_COUNT] = {
    [STYLE_DIM] = 243, [STYLE_HEADER] = 24,  [STYLE_KEY] = 25, [STYLE_MARKED] = 90,    [STYLE_WARN] = 130,
    [STYLE_BAD] = 1,   [STYLE_RUNNING] = 25, [STYLE_BAR] = 25, [STYLE_BAR_REST] = 250, [STYLE_MATCH] = 90,
};

bool theme_parse(const char *name, Theme *out)
{
    for (int i = THEME_DARK; i <= THEME_MONO; i++)
        if (!g_strcmp0(names[i], name)) {
            *out = (Theme)i;
            return true;
        }
    return false;
}

const char *theme_name(Theme theme)
{
    return names[theme];
}

Theme theme_of_environment(void)
{
    const char *no_color = getenv("NO_COLOR"), *colours = getenv("COLORFGBG");
    if (no_color && *no_color)
        return THEME_MONO;
    const char *background = colours ? strrchr(colours, ';') : NULL;
    if (!background)
        return THEME_DARK;
    return !strcmp(background + 1, "7") || !strcmp(background + 1, "15") ? THEME_LIGHT : THEME_DARK;
}

Look theme_look(Theme theme, int colours, Style style)
{
    if (theme == THEME_MONO || colours < 8)
        return (Look){-1, -1, mono[style]};
    Look look = theme == THEME_LIGHT ? few_light[style] : few_dark[style];
    short shade = theme == THEME_LIGHT ? many_light[style] : many_dark[style];
    if (colours >= 256 && shade) {
        look.foreground = shade;
        look.flags &= ~(unsigned)(LOOK_DIM | LOOK_BOLD); /* the shade says it, in fewer bytes */
    }
    return look;
}
