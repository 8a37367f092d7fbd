/* SPDX-License-Identifier: Apache-2.0 */
/* config/config.h - files and environment in, one struct out.
 *
 * Every mistake of every file is collected as `file:line:column: what, expected, found` and reported in one go. */
#ifndef TIDEMARK_CONFIG_CONFIG_H
#define TIDEMARK_CONFIG_CONFIG_H

#include <glib.h>
#include <stdbool.h>

#include "base/err.h"
#include "config/options.h"
#include "config/problems.h"
#include "config/schema_format.h"
#include "model/stream.h"
#include "model/time.h"

typedef struct DestinationConfig {
    char *kind;            /* "postgres", "sqlite" */
    char *url;             /* complete, with password; never shown: use display */
    char *display;         /* without password: "warehouse@pg1.internal" or the file's path */
    char *label;           /* PROD, or NULL */
    OptionValues *options; /* of the destination kind: control_schema, pooled … */
} DestinationConfig;

typedef struct SourceConfig {
    char *name;                        /* "app" */
    char *kind;                        /* "mongodb" */
    OptionValues *options;             /* of the source kind (SourceOps.options) */
    char *schema_file;                 /* absolute path, or NULL */
    const SchemaFormat *schema_format; /* of its kind, or NULL: the kind has no schema files */
    void *schema;                      /* parsed schema file: SchemaFile (schema_mongo.h), SchemaTables (schema_tables.h) … */
    char *into;                        /* schema inside the destination, or NULL */
    DestinationConfig *destination;    /* borrowed from Config.destinations */
    GHashTable *streams;               /* stream name → OptionValues of stream_options */
    bool own_limits;                   /* what is set for the whole program (date threshold, batch size) is not for this source */
    char *file;                        /* where it is declared, for messages; "environment" otherwise */
    int line;
} SourceConfig;

typedef struct Config {
    char *file;                  /* tidemark.yaml used, or NULL */
    char *directory;             /* relative paths are relative to it */
    char *env_file;              /* .env read, or NULL */
    GPtrArray *destinations;     /* DestinationConfig; the first is the default when `destination:` is given */
    GPtrArray *sources;          /* SourceConfig, in file order */
    int jobs;                    /* 1 … 64 */
    char *state_file;            /* absolute */
    int64_t keep_history_us;     /* runs that ended before are forgotten; 0: none */
    int64_t global_threshold_us; /* GLOBAL_DATE_THRESHOLD, or TIME_NONE */
    int batch_size;              /* rows in a batch at most (BATCH_SIZE, batch_size), or 0 */
    GPtrArray *notices;          /* char *: variables of sources that do not exist yet, unknown keys that are ignored … */
} Config;

/* Which options a kind has; the caller (cli) fills it from the registries, so that config need not know them. */
typedef struct KindOptions {
    const char *kind;
    const OptionDef *options;
    const char *const *schemes; /* destinations: URL schemes it answers to; NULL: those that begin with the kind's name */
    const SchemaFormat *schema; /* sources: of their schema files; NULL: there are none */
} KindOptions;

typedef struct ConfigRequest {
    const char *directory;   /* -C, or NULL */
    const char *file;        /* --config, or NULL */
    const char *destination; /* --destination URL, or NULL */
    const char *state;       /* --state FILE, or NULL */
    int jobs;                /* --jobs, or 0 */
    bool without_schemas;    /* schema files are named, not read, and need not be there: one is about to be written */
    const KindOptions *sources, *destinations; /* {0}-terminated */
    char **environment;                        /* like environ; tests pass their own */
} ConfigRequest;

/* Never returns a half-read configuration: NULL when there is any problem (all of them in problems), or none found at all
 * (problems->nothing_found; its one error says which files and variables were looked for). problems must be fresh. */
Config *config_load(const ConfigRequest *request, Problems *problems);
void config_free(Config *config);

/* A source without any setting. */
SourceConfig *source_config_new(const char *name, const KindOptions *kind);
void source_config_free(void *source);

/* Per-stream settings of tidemark.yaml, {0}-terminated: lookback (duration), on_invalid (reject, replace), on_too_long (reject, truncate),
 * take_over (read, trust), keep_rows (duration or `forever`, -1), newer_wins (bool), batch_size (int). Without a value there is none of ours:
 * the source's, the schema file's or BATCH_SIZE's holds. */
extern const OptionDef stream_options[];

/* Settings at the top of tidemark.yaml besides `destination` and `sources`, {0}-terminated: jobs, state, keep_history, date_threshold, batch_size. */
extern const OptionDef config_options[];

#endif
