/* SPDX-License-Identifier: Apache-2.0 */
#include "config/expand.h"

#include <glib.h>

static bool is_name(const char *text, size_t len)
{
    if (len == 0 || g_ascii_isdigit(text[0]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '_')
            return false;
    return true;
}

/* One `${…}` that begins at *at; moves *at behind it. */
static bool expand_one(const Env *env, const char **at, GString *out, char **wrong)
{
    const char *name = *at + 2;
    const char *close = strchr(name, '}');
    size_t len = strcspn(name, ":}");
    bool has_default = close && g_str_has_prefix(name + len, ":-");
    if (!close || !is_name(name, len) || (!has_default && name + len != close)) {
        *wrong = g_strdup("`${` begins a variable, expected ${NAME} or ${NAME:-default} (a plain `${` is written `$${`)");
        return false;
    }
    g_autofree char *key = g_strndup(name, len);
    const char *value = env_get(env, key);
    if (value && (*value || !has_default)) {
        g_string_append(out, value);
    } else if (has_default) {
        g_string_append_len(out, name + len + 2, close - (name + len + 2));
    } else {
        *wrong = g_strdup_printf(
            "the variable `%s` is not set: set it in the environment or in .env, or give a default as ${%s:-default}", key, key);
        return false;
    }
    *at = close + 1;
    return true;
}

char *expand(const Env *env, const char *text, bool *expanded, char **wrong)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (expanded)
        *expanded = false;
    for (const char *at = text; *at;) {
        if (g_str_has_prefix(at, "$${")) {
            g_string_append(out, "${");
            at += 3;
        } else if (g_str_has_prefix(at, "${")) {
            if (expanded)
                *expanded = true;
            if (!expand_one(env, &at, out, wrong))
                return NULL;
        } else {
            g_string_append_c(out, *at++);
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
