/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/action.h"

#include <glib.h>

static bool has_key(const Action *action, const UiKey *key)
{
    g_auto(GStrv) names = g_strsplit(action->keys ? action->keys : "", " ", -1);
    for (int i = 0; names[i]; i++) {
        UiKey one;
        if (key_parse(names[i], &one) && one.code == key->code)
            return true;
    }
    return false;
}

const Action *action_of_key(const Action *table, const UiKey *key)
{
    for (const Action *action = table; action && action->id; action++)
        if (has_key(action, key))
            return action;
    return NULL;
}

const Action *action_named(const Action *table, const char *name)
{
    for (const Action *action = table; action && action->id; action++)
        if (!g_strcmp0(action->name, name))
            return action;
    return NULL;
}

const char *action_label(const Action *action)
{
    return action->label ? action->label : action->name;
}

const char *action_key(const Action *action, char out[16])
{
    const char *keys = action->keys ? action->keys : "", *blank = strchr(keys, ' ');
    size_t len = blank ? (size_t)(blank - keys) : strlen(keys);
    if (g_str_has_prefix(keys, "Ctrl-"))
        g_snprintf(out, 16, "^%.*s", (int)(len - 5), keys + 5);
    else
        g_snprintf(out, 16, "%.*s", (int)len, keys);
    return out;
}
