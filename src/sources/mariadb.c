/* SPDX-License-Identifier: Apache-2.0 */
/* The source `mariadb`: tables of a MariaDB or MySQL server. */
#include "sources/mariadb_source.h"

#define LOOKBACK_US (INT64_C(3600) * US_PER_SECOND)

static const char *const schemes[] = {"mariadb", "mysql", NULL};

static bool mariadb_open(Source *source, Err *err)
{
    Maria *maria = maria_of(source);
    if (!maria_target_read(source->context->config, &maria->target, err))
        return false;
    maria->link = maria_link_new(&maria->target);
    atomic_store(&maria->ready, maria->link);
    if (atomic_load(&maria->stopped))
        maria_link_interrupt(maria->link);
    return maria_link_connect(maria->link, err);
}

static void mariadb_interrupt(Source *source)
{
    Maria *maria = maria_of(source);
    atomic_store(&maria->stopped, true);
    MariaLink *link = atomic_load(&maria->ready);
    if (link)
        maria_link_interrupt(link);
}

static void mariadb_close(Source *source)
{
    Maria *maria = maria_of(source);
    maria_end_window(maria);
    maria_link_free(maria->link);
    maria_target_clear(&maria->target);
}

static bool mariadb_streams(Source *source, GPtrArray *out, Problems *problems)
{
    const SourceConfig *config = source->context->config;
    const SchemaTables *schema = config->schema;
    if (!schema) {
        problems_add(problems, config->file, config->line, 0,
                     "source %s has no `schema`: it says which tables are read; `tidemark init --from %s` writes it", config->name,
                     config->name);
        return false;
    }
    for (guint i = 0; i < schema->tables->len; i++) {
        const SourceTable *table = g_ptr_array_index(schema->tables, i);
        const OptionValues *options = config->streams ? g_hash_table_lookup(config->streams, table->key) : NULL;
        g_ptr_array_add(out, maria_stream_new(config->name, table, (int)i, options, LOOKBACK_US));
    }
    return true;
}

const SourceOps source_mariadb = {
    .kind = "mariadb",
    .options = mariadb_options,
    .schema = &schema_format_tables,
    .schemes = schemes,
    .caps = SOURCE_CAN_RESUME,
    .size = sizeof(Maria),
    .lookback_us = LOOKBACK_US,
    .open = mariadb_open,
    .streams = mariadb_streams,
    .start = maria_start,
    .read = maria_read,
    .interrupt = mariadb_interrupt,
    .close = mariadb_close,
    .clock = maria_clock,
    .newest = maria_newest,
    .count = maria_count,
    .check = maria_check,
    .discover = maria_discover,
    .describe = maria_describe,
    .fit = maria_fit,
    .lookup = maria_lookup,
};
