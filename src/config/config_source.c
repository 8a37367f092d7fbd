/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_parts.h"
#include "config/url.h"

SourceConfig *source_config_new(const char *name, const KindOptions *kind)
{
    SourceConfig *source = g_new0(SourceConfig, 1);
    source->name = g_strdup(name);
    source->kind = g_strdup(kind->kind);
    source->options = options_new(kind->options);
    source->schema_format = kind->schema;
    source->streams = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)options_free);
    return source;
}

void source_config_free(void *data)
{
    SourceConfig *source = data;
    if (!source)
        return;
    if (source->schema)
        source->schema_format->free(source->schema);
    g_hash_table_unref(source->streams);
    options_free(source->options);
    g_free(source->name);
    g_free(source->kind);
    g_free(source->schema_file);
    g_free(source->into);
    g_free(source->file);
    g_free(source);
}

static OptionType option_type(const SourceConfig *source, const char *name)
{
    for (const OptionDef *def = options_defs(source->options); def && def->name; def++)
        if (strcmp(def->name, name) == 0)
            return def->type;
    return OPT_STRING;
}

void source_set(Loader *loader, SourceConfig *source, const char *option, const char *text, bool hidden, const char *directory,
                Place place)
{
    url_register_secrets(text);
    g_autofree char *resolved = NULL;
    if (g_ascii_strncasecmp(text, "dump:", 5) == 0 && text[5]) {
        g_autofree char *path = path_under(directory, text + 5);
        resolved = g_strconcat("dump:", path, NULL);
    } else if (option_type(source, option) == OPT_PATH && *text) {
        resolved = path_under(directory, text);
    }
    const char *value = resolved ? resolved : text;
    Err err = {0};
    bool fine =
        hidden ? options_set_hidden(source->options, option, value, &err) : options_set(source->options, option, value, &err);
    if (!fine)
        problems_add(loader->problems, place.file, place.line, place.column, "source `%s`: %s", source->name, err.message);
}

void source_read_schema(Loader *loader, SourceConfig *source, const char *path, Place place)
{
    source->schema_file = g_strdup(path);
    if (!source->schema_format || loader->request->without_schemas)
        return;
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        source->schema = source->schema_format->load(path, source->into, loader->problems);
        return;
    }
    g_autofree char *way_out =
        source->schema_format->write ? g_strdup_printf("; `tidemark init --from %s` writes it", source->name) : NULL;
    problems_add(loader->problems, place.file, place.line, place.column, "source `%s`: there is no schema file %s%s", source->name,
                 path, way_out ? way_out : "");
}
