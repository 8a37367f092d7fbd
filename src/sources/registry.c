/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sources/source.h"

extern const SourceOps source_mariadb;
extern const SourceOps source_matomo;
extern const SourceOps source_mongodb;

const SourceOps *const source_registry[] = {
    &source_mongodb,
    &source_mariadb,
    &source_matomo,
    NULL,
};

/* Sources of tests; added before any thread runs. */
static const SourceOps *added[8];

const SourceOps *source_find(const char *kind)
{
    for (size_t i = 0; source_registry[i]; i++)
        if (strcmp(source_registry[i]->kind, kind) == 0)
            return source_registry[i];
    for (size_t i = 0; i < G_N_ELEMENTS(added) && added[i]; i++)
        if (strcmp(added[i]->kind, kind) == 0)
            return added[i];
    return NULL;
}

const SourceOps *source_add(const SourceOps *ops)
{
    for (size_t i = 0; i < G_N_ELEMENTS(added); i++) {
        if (added[i] == ops)
            return ops;
        if (!added[i])
            return added[i] = ops;
    }
    g_assert_not_reached();
}

Source *source_new(const SourceOps *ops, const SourceContext *context)
{
    Source *source = g_new0(Source, 1);
    source->ops = ops;
    source->context = context;
    source->private_data = g_malloc0(ops->size);
    return source;
}

Source *source_open(const SourceOps *ops, const SourceContext *context, Err *err)
{
    Source *source = source_new(ops, context);
    if (ops->open(source, err))
        return source;
    source_free(source);
    return NULL;
}

void source_free(Source *source)
{
    if (!source)
        return;
    source->ops->close(source);
    g_free(source->private_data);
    g_free(source);
}

CheckLine *check_line_new(bool ok, const char *what, const char *found, const char *fix)
{
    CheckLine *line = g_new0(CheckLine, 1);
    *line = (CheckLine){.ok = ok, .what = g_strdup(what), .found = g_strdup(found), .fix = g_strdup(fix)};
    return line;
}

void check_line_free(void *data)
{
    CheckLine *line = data;
    if (!line)
        return;
    g_free(line->what);
    g_free(line->found);
    g_free(line->fix);
    g_free(line);
}
