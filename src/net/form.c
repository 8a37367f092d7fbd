/* SPDX-License-Identifier: Apache-2.0 */
#include "net/form.h"

static void escape(GString *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (g_ascii_isalnum(*p) || strchr("-._~", *p)) {
            g_string_append_c(out, *p);
        } else {
            g_string_append_c(out, '%');
            g_string_append_c(out, hex[c >> 4]);
            g_string_append_c(out, hex[c & 15]);
        }
    }
}

void form_add(GString *form, const char *name, const char *value)
{
    if (form->len > 0)
        g_string_append_c(form, '&');
    escape(form, name);
    g_string_append_c(form, '=');
    escape(form, value);
}

void form_add_int(GString *form, const char *name, int64_t value)
{
    char text[24];
    g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT, value);
    form_add(form, name, text);
}

char *form_escape(const char *text)
{
    GString *out = g_string_new(NULL);
    escape(out, text);
    return g_string_free(out, FALSE);
}
