/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/catalog.h"

static void catalog_source_free(void *data)
{
    CatalogSource *source = data;
    if (source->streams)
        g_ptr_array_unref(source->streams);
    g_free(source);
}

void catalog_free(Catalog *catalog)
{
    if (!catalog)
        return;
    g_ptr_array_unref(catalog->streams);
    g_ptr_array_unref(catalog->sources);
    g_free(catalog);
}

/* What tidemark.yaml says about one stream goes over what its source and schema file said. */
static void apply_settings(const Config *config, const SourceConfig *source, const SourceOps *ops, Stream *stream)
{
    StreamSettings *settings = &stream->settings;
    if (settings->threshold_us == TIME_NONE && !source->own_limits && !(ops->caps & SOURCE_OWN_START))
        settings->threshold_us = config->global_threshold_us;
    if (settings->batch_size == 0 && !source->own_limits)
        settings->batch_size = config->batch_size;
    const OptionValues *given = source->streams ? g_hash_table_lookup(source->streams, stream->name) : NULL;
    if (!given)
        return;
    if (options_given(given, "lookback"))
        settings->lookback_us = options_int(given, "lookback");
    if (options_given(given, "keep_rows"))
        settings->keep_rows_us = options_int(given, "keep_rows");
    if (options_given(given, "newer_wins"))
        settings->newer_wins = options_bool(given, "newer_wins");
    if (options_given(given, "take_over"))
        settings->take_over = g_str_equal(options_text(given, "take_over"), "trust") ? TAKE_OVER_TRUST : TAKE_OVER_READ;
    if (options_given(given, "on_invalid"))
        settings->convert.replace_invalid = g_str_equal(options_text(given, "on_invalid"), "replace");
    if (options_given(given, "on_too_long"))
        settings->convert.truncate_too_long = g_str_equal(options_text(given, "on_too_long"), "truncate");
}

static bool streams_of(const SourceConfig *config, const SourceOps *ops, GPtrArray *out, Problems *problems)
{
    SourceContext context = {.config = config};
    Source *source = source_new(ops, &context);
    bool done = ops->streams(source, out, problems);
    source_free(source);
    return done;
}

static void check_settings_named(const CatalogSource *source, Problems *problems)
{
    const SourceConfig *config = source->config;
    GHashTableIter iter;
    gpointer name;
    if (!config->streams)
        return;
    g_hash_table_iter_init(&iter, config->streams);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        bool found = false;
        for (guint i = 0; i < source->streams->len && !found; i++)
            found = g_str_equal(((const Stream *)source->streams->pdata[i])->name, name);
        if (!found)
            problems_add(problems, config->file, config->line, 0,
                         "settings for the stream `%s` of source `%s`, which has no such stream; `tidemark streams` lists them",
                         (const char *)name, config->name);
    }
}

static bool add_source(Catalog *catalog, const SourceConfig *config, Problems *problems)
{
    const SourceOps *ops = source_find(config->kind);
    if (!ops) {
        problems_add(problems, config->file, config->line, 0, "source `%s` has the unknown type `%s`", config->name, config->kind);
        return false;
    }
    CatalogSource *source = g_new0(CatalogSource, 1);
    source->config = config;
    source->ops = ops;
    source->streams = g_ptr_array_new_with_free_func((GDestroyNotify)stream_free);
    g_ptr_array_add(catalog->sources, source);
    if (!streams_of(config, ops, source->streams, problems))
        return false;
    for (guint i = 0; i < source->streams->len; i++) {
        apply_settings(catalog->config, config, ops, source->streams->pdata[i]);
        g_ptr_array_add(catalog->streams, source->streams->pdata[i]);
    }
    check_settings_named(source, problems);
    return true;
}

/* Two streams in one table are told apart by their scopes, so both need one, and not the same. */
static void check_shared_tables(const Catalog *catalog, Problems *problems)
{
    for (guint i = 0; i < catalog->streams->len; i++)
        for (guint k = i + 1; k < catalog->streams->len; k++) {
            const Stream *a = catalog->streams->pdata[i], *b = catalog->streams->pdata[k];
            const SourceConfig *first = catalog_source_of(catalog, a)->config, *second = catalog_source_of(catalog, b)->config;
            if (first->destination != second->destination || g_strcmp0(a->table->schema, b->table->schema) != 0 ||
                strcmp(a->table->name, b->table->name) != 0)
                continue;
            g_autofree char *one = stream_scope_text(a), *other = stream_scope_text(b);
            if (!one || !other || strcmp(one, other) == 0)
                problems_add(
                    problems, second->file, second->line, 0,
                    "the streams `%s` and `%s` land in the same table `%s` without scopes that tell their rows apart; give "
                    "one of the sources another schema with `into:`, or the table another name",
                    a->id, b->id, a->table->name);
        }
}

Catalog *catalog_new(const Config *config, Problems *problems)
{
    Catalog *catalog = g_new0(Catalog, 1);
    catalog->config = config;
    catalog->sources = g_ptr_array_new_with_free_func(catalog_source_free);
    catalog->streams = g_ptr_array_new();
    int before = problems->errors;
    bool complete = true;
    for (guint i = 0; i < config->sources->len; i++)
        complete = add_source(catalog, config->sources->pdata[i], problems) && complete;
    check_shared_tables(catalog, problems);
    if (complete && problems->errors == before)
        return catalog;
    catalog_free(catalog);
    return NULL;
}

const Stream *catalog_stream(const Catalog *catalog, const char *id)
{
    for (guint i = 0; i < catalog->streams->len; i++)
        if (strcmp(((const Stream *)catalog->streams->pdata[i])->id, id) == 0)
            return catalog->streams->pdata[i];
    return NULL;
}

const CatalogSource *catalog_source_of(const Catalog *catalog, const Stream *stream)
{
    for (guint i = 0; i < catalog->sources->len; i++) {
        const CatalogSource *source = catalog->sources->pdata[i];
        if (strcmp(source->config->name, stream->source) == 0)
            return source;
    }
    return NULL;
}

static bool matches(const char *pattern, const Stream *stream)
{
    return strcmp(pattern, stream->source) == 0 || strcmp(pattern, stream->id) == 0 || g_pattern_match_simple(pattern, stream->id);
}

static bool nothing_matches(const Catalog *catalog, const char *pattern, Err *err)
{
    enum { SHOWN = 8 };
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < catalog->streams->len && i < SHOWN; i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "", ((const Stream *)catalog->streams->pdata[i])->id);
    if (catalog->streams->len > SHOWN)
        g_string_append_printf(names, " and %u more", catalog->streams->len - SHOWN);
    err_set(err, ERR_USAGE, "no stream matches `%s`; there are %s", pattern, catalog->streams->len ? names->str : "none");
    return err_hint(err, "`tidemark streams` lists them; globs such as 'app.user*' need quotes in a shell");
}

bool catalog_select(const Catalog *catalog, const GPtrArray *patterns, GPtrArray *out, Err *err)
{
    guint count = patterns ? patterns->len : 0;
    for (guint p = 0; p < count; p++) {
        bool any = false;
        for (guint i = 0; i < catalog->streams->len && !any; i++)
            any = matches(patterns->pdata[p], catalog->streams->pdata[i]);
        if (!any)
            return nothing_matches(catalog, patterns->pdata[p], err);
    }
    for (guint i = 0; i < catalog->streams->len; i++) {
        bool chosen = count == 0;
        for (guint p = 0; p < count && !chosen; p++)
            chosen = matches(patterns->pdata[p], catalog->streams->pdata[i]);
        if (chosen)
            g_ptr_array_add(out, catalog->streams->pdata[i]);
    }
    return true;
}
