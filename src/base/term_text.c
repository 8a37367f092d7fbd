/* SPDX-License-Identifier: Apache-2.0 */
#include "base/term_text.h"

#include <stdbool.h>

/* Characters that turn the direction of the text around them, or hide in it: a name could pretend to be another. */
static bool misleads(gunichar c)
{
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff ||
           c == 0x061c || c == 0x2028 || c == 0x2029 || (c >= 0xe0000 && c <= 0xe007f);
}

static void append_shown(GString *out, gunichar c)
{
    switch (c) {
    case '\n':
        g_string_append(out, "\\n");
        break;
    case '\r':
        g_string_append(out, "\\r");
        break;
    case '\t':
        g_string_append(out, "\\t");
        break;
    default:
        g_string_append_printf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    }
}

void term_append(GString *out, const char *text)
{
    for (const char *at = text; at && *at;) {
        gunichar c = g_utf8_get_char_validated(at, -1);
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            append_shown(out, (unsigned char)*at++);
            continue;
        }
        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || misleads(c))
            append_shown(out, c);
        else
            g_string_append_unichar(out, c);
        at = g_utf8_next_char(at);
    }
}

char *term_dup(const char *text)
{
    GString *out = g_string_new(NULL);
    term_append(out, text);
    return g_string_free(out, FALSE);
}

int term_char_cells(uint32_t c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

int term_width(const char *text)
{
    int width = 0;
    for (const char *at = text; *at; at = g_utf8_next_char(at))
        width += term_char_cells(g_utf8_get_char(at));
    return width;
}

void term_append_cut(GString *out, const char *text, int width)
{
    if (term_width(text) <= width) {
        g_string_append(out, text);
        return;
    }
    int used = 0;
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (used + term_char_cells(c) > width - 1)
            break;
        used += term_char_cells(c);
        g_string_append_unichar(out, c);
    }
    if (width > 0)
        g_string_append(out, "…");
}

void term_append_number(GString *out, int64_t number)
{
    char digits[24];
    g_snprintf(digits, sizeof digits, "%" G_GINT64_FORMAT, number);
    size_t len = strlen(digits), start = digits[0] == '-';
    for (size_t i = 0; i < len; i++) {
        if (i > start && (len - i) % 3 == 0)
            g_string_append_c(out, ',');
        g_string_append_c(out, digits[i]);
    }
}

char *term_number(int64_t number)
{
    GString *out = g_string_new(NULL);
    term_append_number(out, number);
    return g_string_free(out, FALSE);
}

char *term_span(int64_t ms)
{
    if (ms < 0)
        return g_strdup("-");
    if (ms < 1000)
        return g_strdup_printf("%d ms", (int)ms);
    if (ms < 10000)
        return g_strdup_printf("%d.%d s", (int)(ms / 1000), (int)(ms % 1000 / 100));
    int64_t seconds = ms / 1000;
    if (seconds < 60)
        return g_strdup_printf("%d s", (int)seconds);
    if (seconds < 3600)
        return g_strdup_printf("%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    return g_strdup_printf("%" G_GINT64_FORMAT ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60), (int)(seconds % 60));
}

char *term_bytes(int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double amount = (double)bytes;
    size_t unit = 0;
    while (amount >= 1024 && unit + 1 < G_N_ELEMENTS(units)) {
        amount /= 1024;
        unit++;
    }
    return g_strdup_printf(unit ? "%.1f %s" : "%.0f %s", amount, units[unit]);
}
