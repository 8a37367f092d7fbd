/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/catalog.h - the configured sources with their streams, resolved once at start; read-only for all threads. */
#ifndef TIDEMARK_JOBS_CATALOG_H
#define TIDEMARK_JOBS_CATALOG_H

#include <glib.h>

#include "config/config.h"
#include "sources/source.h"

typedef struct CatalogSource {
    const SourceConfig *config;
    const SourceOps *ops;
    GPtrArray *streams; /* Stream */
} CatalogSource;

typedef struct Catalog {
    const Config *config;
    GPtrArray *sources; /* CatalogSource */
    GPtrArray *streams; /* const Stream *: all, in file order */
} Catalog;

/* NULL with problems: unknown kinds, two streams in one table without scopes, settings for streams that do not exist. */
Catalog *catalog_new(const Config *config, Problems *problems);
void catalog_free(Catalog *catalog);

const Stream *catalog_stream(const Catalog *catalog, const char *id);
const CatalogSource *catalog_source_of(const Catalog *catalog, const Stream *stream);

/* Streams that match "app", "app.users" or a glob; ERR_USAGE names a pattern that matches nothing and what there is. */
bool catalog_select(const Catalog *catalog, const GPtrArray *patterns, GPtrArray *out, Err *err);

#endif
