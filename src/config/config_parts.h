/* SPDX-License-Identifier: Apache-2.0 */
/* config/config_parts.h - the steps in which config.c makes a Config, and what they share; used by the config_*.c files alone. */
#ifndef TIDEMARK_CONFIG_CONFIG_PARTS_H
#define TIDEMARK_CONFIG_CONFIG_PARTS_H

#include "config/config.h"
#include "config/env.h"
#include "config/yaml.h"

typedef struct Loader {
    const ConfigRequest *request;
    Problems *problems;
    Env *env;
    Config *config;
    char *base;      /* the working directory: -C, or the process's */
    bool overridden; /* --destination or TIDEMARK_DESTINATION: what the files say of destinations is not read */
} Loader;

/* Where a setting stands, for messages. */
typedef struct Place {
    const char *file; /* NULL: environment or command line */
    int line, column;
} Place;
Place place_of_node(const YamlDoc *doc, const YamlNode *node);
Place place_of_variable(const Loader *loader, const char *name);

/* What relative paths in the variable's value are relative to: the folder of the .env that sets it, or the working directory. */
char *directory_of_variable(const Loader *loader, const char *name);

/* The path, absolute; relative ones are relative to the directory. */
char *path_under(const char *directory, const char *path);

const KindOptions *kind_find(const KindOptions *kinds, const char *kind);
const char **kind_names(const KindOptions *kinds);

/* config_destination.c. NULL when it is wrong (reported). What they return belongs to config->destinations; the same URL gives the same one.
 * what: "`destination`", "TIDEMARK_DESTINATION" … */
DestinationConfig *destination_from_url(Loader *loader, const char *url, const char *directory, Place place, const char *what);
DestinationConfig *destination_from_node(Loader *loader, const YamlDoc *doc, const YamlNode *node);
void destination_config_free(void *destination);

/* config_source.c */
/* Gives an option of the source its text; a relative dump: folder or path is made absolute. */
void source_set(Loader *loader, SourceConfig *source, const char *option, const char *text, bool hidden, const char *directory,
                Place place);
/* Reads the schema file of the source's kind, if it has one. */
void source_read_schema(Loader *loader, SourceConfig *source, const char *path, Place place);

/* config_file.c: tidemark.yaml. */
void config_read_file(Loader *loader, const char *path);
/* A scalar's text with its variables; NULL when it cannot be had (reported). *hidden: do not repeat it in messages. */
char *config_text(Loader *loader, const YamlDoc *doc, const YamlNode *node, const char *what, bool *hidden);

/* config_env.c: the variables of the systems it replaces. False when none of them asks for a source. */
bool config_read_environment(Loader *loader);

/* config_env_matomo.c: the variables of matomo-postgres. */
void config_read_matomo(Loader *loader, SourceConfig *source);
DestinationConfig *config_matomo_destination(Loader *loader);

/* config_notices.c: variables that need a sentence, whatever the configuration comes from. */
void config_add_notices(Loader *loader);
void config_check_remote(Loader *loader);
/* ": give the PostgreSQL connection string …" when the text is the URL of a Supabase project; NULL otherwise. The caller frees it. */
char *supabase_sentence(const char *url);

#endif
