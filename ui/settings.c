/* SPDX-License-Identifier: Apache-2.0 */
/* Settings in the state file: read when first asked for, written when nothing else is to be done. */
#include "ui/ui_private.h"

const char *ui_setting(Ui *ui, const char *name)
{
    if (!g_hash_table_contains(ui->settings, name)) {
        g_autofree char *key = g_strconcat("ui.", name, NULL);
        char *value = NULL;
        Err err = {0};
        if (!ui->setup.state || !state_setting(ui->setup.state, key, &value, &err))
            value = NULL;
        g_hash_table_insert(ui->settings, g_strdup(name), value);
    }
    return g_hash_table_lookup(ui->settings, name);
}

void ui_set_setting(Ui *ui, const char *name, const char *value)
{
    if (!g_strcmp0(ui_setting(ui, name), value ? value : ""))
        return;
    g_hash_table_insert(ui->settings, g_strdup(name), g_strdup(value ? value : ""));
    g_hash_table_add(ui->unsaved, g_strdup(name));
}

void settings_save(Ui *ui)
{
    GHashTableIter at;
    gpointer name = NULL;
    g_hash_table_iter_init(&at, ui->unsaved);
    while (ui->setup.state && g_hash_table_iter_next(&at, &name, NULL)) {
        g_autofree char *key = g_strconcat("ui.", name, NULL);
        Err err = {0};
        (void)state_set_setting(ui->setup.state, key, g_hash_table_lookup(ui->settings, name),
                                &err); /* a preference: lost without harm */
    }
    g_hash_table_remove_all(ui->unsaved);
}
