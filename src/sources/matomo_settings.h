/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_settings.h - the options of the source `matomo`, checked. */
#ifndef TIDEMARK_SOURCES_MATOMO_SETTINGS_H
#define TIDEMARK_SOURCES_MATOMO_SETTINGS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

typedef struct MatomoSettings {
    char *base;    /* the API's address, without query: "https://stats.example.org/index.php" */
    char *token;   /* secret */
    GArray *sites; /* int64_t, each once, in the order given */
    bool clear;    /* http:// to another host */
    bool verify;
    const char *ca_file; /* of the options */
    int in_flight, page_size, tries;
    int64_t timeout_us, spacing_ms;
    const char *table, *migrations; /* of the options */
    bool partitioned, force_start;
    int64_t start_us;       /* TIME_NONE: not given */
    int64_t initial_offset; /* days; -1: not given */
} MatomoSettings;

extern const OptionDef matomo_options[];

/* NULL when something is wrong: everything that is, in problems. */
MatomoSettings *matomo_settings_new(const SourceConfig *config, Problems *problems);
void matomo_settings_free(MatomoSettings *settings); /* NULL is fine */

#endif
