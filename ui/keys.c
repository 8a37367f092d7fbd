/* SPDX-License-Identifier: Apache-2.0 */
/* Names of keys, as action tables and scripts write them. */
#include <glib.h>

#include "ui/action.h"

static const struct {
    const char *name;
    uint32_t code;
} named[] = {
    {"Up", UIKEY_UP},
    {"Down", UIKEY_DOWN},
    {"Left", UIKEY_LEFT},
    {"Right", UIKEY_RIGHT},
    {"Home", UIKEY_HOME},
    {"End", UIKEY_END},
    {"PgUp", UIKEY_PAGE_UP},
    {"PgDn", UIKEY_PAGE_DOWN},
    {"Enter", UIKEY_ENTER},
    {"Esc", UIKEY_ESCAPE},
    {"Tab", UIKEY_TAB},
    {"Shift-Tab", UIKEY_BACKTAB},
    {"Backspace", UIKEY_BACKSPACE},
    {"Delete", UIKEY_DELETE},
    {"Space", ' '},
    {"WheelUp", UIKEY_WHEEL_UP},
    {"WheelDown", UIKEY_WHEEL_DOWN},
};

bool key_parse(const char *name, UiKey *out)
{
    *out = (UiKey){.code = UIKEY_NONE};
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++)
        if (!strcmp(named[i].name, name))
            out->code = named[i].code;
    if (g_str_has_prefix(name, "Ctrl-") && g_ascii_isalpha(name[5]) && !name[6])
        out->code = UIKEY_CTRL(g_ascii_toupper(name[5]));
    gunichar c = g_utf8_get_char_validated(name, -1);
    if (*name && c != (gunichar)-1 && c != (gunichar)-2 && c >= 0x20 && !*g_utf8_next_char(name))
        out->code = c;
    return out->code != UIKEY_NONE;
}
