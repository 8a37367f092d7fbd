/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/glyph.h"

#include <glib.h>

static const struct {
    const char *utf8, *ascii;
} glyphs[GLYPH_COUNT] = {
    [GLYPH_ELLIPSIS] = {"…", "~"},    [GLYPH_OPEN] = {"▾", "v"},
    [GLYPH_CLOSED] = {"▸", ">"},      [GLYPH_FAILED] = {"✗", "x"},
    [GLYPH_REJECTS] = {"!", "!"},     [GLYPH_SAME] = {"·", "."},
    [GLYPH_HLINE] = {"─", "-"},       [GLYPH_VLINE] = {"│", "|"},
    [GLYPH_TOP_LEFT] = {"┌", "+"},    [GLYPH_TOP_RIGHT] = {"┐", "+"},
    [GLYPH_BOTTOM_LEFT] = {"└", "+"}, [GLYPH_BOTTOM_RIGHT] = {"┘", "+"},
    [GLYPH_BAR] = {"█", "#"},         [GLYPH_BAR_REST] = {"░", "."},
    [GLYPH_BAR_THIRD] = {"▒", "."},   [GLYPH_BAR_TWO_THIRDS] = {"▓", "."},
    [GLYPH_MARK] = {"●", "*"},        [GLYPH_CRUMB] = {"›", ">"},
    [GLYPH_UP] = {"▲", "^"},          [GLYPH_DOWN] = {"▼", "v"},
};

const char *glyph_text(Glyph glyph, bool ascii)
{
    return ascii ? glyphs[glyph].ascii : glyphs[glyph].utf8;
}

const char *glyph_height(int height, bool ascii)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const digits[] = {"0", "1", "3", "4", "5", "6", "8", "9"};
    int level = CLAMP(height, 0, 7);
    return ascii ? digits[level] : blocks[level];
}

/* Of one cell each, so that columns stay where they are. */
static char ascii_for(gunichar c)
{
    for (int i = 0; i < GLYPH_COUNT; i++)
        if (g_utf8_get_char(glyphs[i].utf8) == c)
            return glyphs[i].ascii[0];
    switch (c) {
    case 0x2013: /* en dash */
    case 0x2014:
        return '-';
    case 0x2018:
    case 0x2019:
        return '\'';
    case 0x201c:
    case 0x201d:
        return '"';
    case 0x2192: /* arrow to the right */
        return '>';
    case 0x2190:
        return '<';
    default:
        return 0;
    }
}

char *glyph_to_ascii(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        char plain = c < 0x80 ? (char)c : ascii_for(c);
        if (plain)
            g_string_append_c(out, plain);
        else
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}
