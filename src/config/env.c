/* SPDX-License-Identifier: Apache-2.0 */
#include "config/env.h"

#include "config/dotenv.h"

typedef struct FileValue {
    char *text; /* NULL: the key stands alone in the file; counts as not set, but hides a default */
    int line;
} FileValue;

struct Env {
    GHashTable *process; /* name → text */
    GHashTable *values;  /* name → FileValue */
    char *file;
};

static void file_value_free(void *data)
{
    FileValue *value = data;
    g_free(value->text);
    g_free(value);
}

static const char *lookup(void *data, const char *name)
{
    const Env *env = data;
    const char *text = g_hash_table_lookup(env->process, name);
    if (text)
        return text;
    const FileValue *value = g_hash_table_lookup(env->values, name);
    if (!value)
        return NULL;
    return value->text ? value->text : "";
}

static void read_file(Env *env, const char *file, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize len = 0;
    if (!g_file_get_contents(file, &text, &len, &error)) {
        if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            problems_unreadable(problems, file, error);
        return;
    }
    g_autoptr(GPtrArray) entries = dotenv_parse(text, len, file, problems);
    if (!entries)
        return;
    env->file = g_strdup(file);
    for (guint i = 0; i < entries->len; i++) {
        const DotenvEntry *entry = g_ptr_array_index(entries, i);
        FileValue *value = g_new0(FileValue, 1);
        value->line = entry->line;
        value->text = entry->value ? dotenv_expand(entry->value, lookup, env) : NULL;
        g_hash_table_replace(env->values, g_strdup(entry->key), value);
    }
}

Env *env_new(char **environment, const char *file, Problems *problems)
{
    Env *env = g_new0(Env, 1);
    env->process = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    env->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_value_free);
    for (char **at = environment; at && *at; at++) {
        const char *equals = strchr(*at, '=');
        if (equals)
            g_hash_table_replace(env->process, g_strndup(*at, (size_t)(equals - *at)), g_strdup(equals + 1));
    }
    if (file)
        read_file(env, file, problems);
    return env;
}

void env_free(Env *env)
{
    if (!env)
        return;
    g_hash_table_unref(env->process);
    g_hash_table_unref(env->values);
    g_free(env->file);
    g_free(env);
}

const char *env_get(const Env *env, const char *name)
{
    const char *text = g_hash_table_lookup(env->process, name);
    if (text)
        return text;
    const FileValue *value = g_hash_table_lookup(env->values, name);
    return value ? value->text : NULL;
}

char *env_trimmed(const Env *env, const char *name)
{
    const char *text = env_get(env, name);
    g_autofree char *trimmed = text ? g_strstrip(g_strdup(text)) : NULL;
    return trimmed && *trimmed ? g_steal_pointer(&trimmed) : NULL;
}

const char *env_file(const Env *env)
{
    return env->file;
}

const char *env_origin(const Env *env, const char *name, int *line)
{
    *line = 0;
    if (g_hash_table_contains(env->process, name))
        return NULL;
    const FileValue *value = g_hash_table_lookup(env->values, name);
    if (!value)
        return NULL;
    *line = value->line;
    return env->file;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void collect(const Env *env, GHashTable *from, GHashTable *seen, GPtrArray *out,
                    bool (*wanted)(const char *name, const void *data), const void *data)
{
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        const char *value = env_get(env, name);
        if (value && *value && g_hash_table_add(seen, name) && wanted(name, data))
            g_ptr_array_add(out, g_strdup(name));
    }
}

char **env_names(const Env *env, bool (*wanted)(const char *name, const void *data), const void *data)
{
    GPtrArray *out = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    collect(env, env->process, seen, out, wanted, data);
    collect(env, env->values, seen, out, wanted, data);
    g_ptr_array_sort(out, by_name);
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(out, FALSE);
}
