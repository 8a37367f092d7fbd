/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_parts.h"

Place place_of_node(const YamlDoc *doc, const YamlNode *node)
{
    return (Place){doc->file, node->line, node->column};
}

Place place_of_variable(const Loader *loader, const char *name)
{
    Place place = {0};
    place.file = env_origin(loader->env, name, &place.line);
    return place;
}

char *path_under(const char *directory, const char *path)
{
    return g_canonicalize_filename(path, directory);
}

char *directory_of_variable(const Loader *loader, const char *name)
{
    int line = 0;
    const char *file = env_origin(loader->env, name, &line);
    return file ? g_path_get_dirname(file) : g_strdup(loader->base);
}

const KindOptions *kind_find(const KindOptions *kinds, const char *kind)
{
    for (; kinds && kinds->kind; kinds++)
        if (strcmp(kinds->kind, kind) == 0)
            return kinds;
    return NULL;
}

const char **kind_names(const KindOptions *kinds)
{
    GPtrArray *names = g_ptr_array_new();
    for (; kinds && kinds->kind; kinds++)
        g_ptr_array_add(names, (char *)kinds->kind);
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}
