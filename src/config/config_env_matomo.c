/* SPDX-License-Identifier: Apache-2.0 */
/* A set-up of matomo-postgres: its variables, untouched. Which table it writes follows its rule: the one that DESTINATION_TABLE names, partitioned when
 * that is the partitioned table's name. */
#include "base/secret.h"
#include "config/config_parts.h"
#include "config/url.h"

#define STANDARD_TABLE    "matomo"
#define PARTITIONED_TABLE "matomo_partitioned"
#define INITIAL_OFFSET    "3"

static char *value_or(const Loader *loader, const char *name, const char *fallback)
{
    char *value = env_trimmed(loader->env, name);
    return value ? value : g_strdup(fallback);
}

static void wrong(const Loader *loader, const char *name, const char *expected)
{
    Place place = place_of_variable(loader, name);
    problems_add(loader->problems, place.file, place.line, 0, "%s: expected %s", name, expected);
}

/* Gives the option the variable's value, and says so of the variable when it is none. */
static void take(Loader *loader, SourceConfig *source, const char *option, const char *name, const char *fallback)
{
    g_autofree char *value = value_or(loader, name, fallback);
    Err err = {0};
    Place place = place_of_variable(loader, name);
    if (value && !options_set(source->options, option, value, &err))
        problems_add(loader->problems, place.file, place.line, 0, "%s: %s", name, err.message);
}

/* There is no default: the token would go to somebody else's server. */
static void read_server(Loader *loader, SourceConfig *source)
{
    g_autofree char *url = env_trimmed(loader->env, "MATOMO_URL"), *key = env_trimmed(loader->env, "MATOMO_KEY");
    secret_register(key);
    url_register_secrets(url ? url : "");
    g_auto(Url) parts = {0};
    bool read = url && url_parse(url, &parts) && g_str_has_prefix(parts.scheme, "http");
    g_autofree char *token = read ? url_parameter(&parts, "token_auth") : NULL;
    secret_register(token);
    if (!url)
        wrong(loader, "MATOMO_URL",
              "the address of Matomo, such as https://stats.example.org/, found nothing; MATOMO_KEY or MATOMO_SITE is set");
    else if (!read)
        wrong(loader, "MATOMO_URL", "an address that begins with https:// or http://, found something else");
    else
        source_set(loader, source, "url", url, true, loader->base, place_of_variable(loader, "MATOMO_URL"));
    if (key)
        source_set(loader, source, "token", key, true, loader->base, place_of_variable(loader, "MATOMO_KEY"));
    else if (url && !token)
        wrong(loader, "MATOMO_KEY", "a token of Matomo, found nothing");
    g_autofree char *site = env_trimmed(loader->env, "MATOMO_SITE");
    if (!site)
        wrong(loader, "MATOMO_SITE", "the number of a site, or several such as 1,2,5, found nothing");
    else if (strspn(site, "0123456789, ") != strlen(site))
        wrong(loader, "MATOMO_SITE", "the number of a site, or several such as 1,2,5, found something else");
    else
        take(loader, source, "sites", "MATOMO_SITE", NULL);
}

static void read_tables(Loader *loader, SourceConfig *source)
{
    g_autofree char *table = value_or(loader, "DESTINATION_TABLE", STANDARD_TABLE);
    g_autofree char *standard = value_or(loader, "MATOMO_TABLE_NAME", STANDARD_TABLE);
    g_autofree char *partitioned = value_or(loader, "PARTITIONED_MATOMO_TABLE_NAME", PARTITIONED_TABLE);
    Err err = {0};
    options_set(source->options, "table", table, &err);
    options_set(source->options, "migrations", standard, &err);
    options_set(source->options, "partitioned", strcmp(table, partitioned) == 0 ? "true" : "false", &err);
    if (strcmp(table, standard) == 0 || strcmp(table, partitioned) == 0)
        return;
    Place place = place_of_variable(loader, "DESTINATION_TABLE");
    problems_warn(loader->problems, place.file, place.line, 0,
                  "the table `%s` is written, as DESTINATION_TABLE says; it is neither MATOMO_TABLE_NAME (`%s`) nor "
                  "PARTITIONED_MATOMO_TABLE_NAME (`%s`)",
                  table, standard, partitioned);
}

/* STARTDATE counts before INITIAL_OFFSET; FORCE_STARTDATE only as the exact word, and only with a date. */
static void read_start(Loader *loader, SourceConfig *source)
{
    g_autofree char *start = env_trimmed(loader->env, "STARTDATE"), *force = env_trimmed(loader->env, "FORCE_STARTDATE");
    Err err = {0};
    take(loader, source, "start", "STARTDATE", NULL);
    take(loader, source, "initial_offset", "INITIAL_OFFSET", INITIAL_OFFSET);
    if (start && g_strcmp0(force, "true") == 0)
        options_set(source->options, "force_start", "true", &err);
}

void config_read_matomo(Loader *loader, SourceConfig *source)
{
    read_server(loader, source);
    read_tables(loader, source);
    read_start(loader, source);
    take(loader, source, "page_size", "RESULTPERPAGE", NULL);
    source->own_limits = true;
}

DestinationConfig *config_matomo_destination(Loader *loader)
{
    g_autofree char *url = env_trimmed(loader->env, "PGDATABASE");
    url_register_secrets(url ? url : "");
    if (url && strstr(url, "://"))
        return destination_from_url(loader, url, loader->base, place_of_variable(loader, "PGDATABASE"), "PGDATABASE");
    wrong(loader, "PGDATABASE",
          url ? "a connection URL such as postgresql://user:password@host/database, found something else"
              : "a connection URL such as postgresql://user:password@host/database, found nothing");
    return NULL;
}
