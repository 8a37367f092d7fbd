/* SPDX-License-Identifier: Apache-2.0 */
/* A set-up of the older scripts: their variables, their .env, their config/schemas.yaml, untouched. Defaults are theirs too. */
#include "base/secret.h"
#include "config/config_parts.h"
#include "config/url.h"

#define SCHEMA_FILE "config/schemas.yaml"

/* The value without white space around it, else the default. */
static char *value_or(const Loader *loader, const char *name, const char *fallback)
{
    char *value = env_trimmed(loader->env, name);
    return value ? value : g_strdup(fallback);
}

static DestinationConfig *read_postgres(Loader *loader)
{
    g_autofree char *host = value_or(loader, "POSTGRES_HOST", "localhost");
    g_autofree char *port = value_or(loader, "POSTGRES_PORT", "5432");
    g_autofree char *database = value_or(loader, "POSTGRES_DATABASE", "database");
    g_autofree char *user = value_or(loader, "POSTGRES_USER", "user");
    const char *password = env_get(loader->env, "POSTGRES_PASSWORD");
    secret_register(password);
    int64_t number = 0;
    if (!g_ascii_string_to_signed(port, 10, 1, 65535, &number, NULL)) {
        Place place = place_of_variable(loader, "POSTGRES_PORT");
        problems_add(loader->problems, place.file, place.line, 0, "POSTGRES_PORT: expected an integer from 1 to 65535, found `%s`",
                     port);
        return NULL;
    }
    PostgresParts parts = {host, port, database, user, password, NULL};
    g_autofree char *url = url_build_postgres(&parts);
    Place place = place_of_variable(loader, "POSTGRES_HOST");
    return destination_from_url(loader, url, loader->base, place, "POSTGRES_*");
}

static void read_threshold(Loader *loader)
{
    g_autofree char *text = env_trimmed(loader->env, "GLOBAL_DATE_THRESHOLD");
    if (!text || time_parse(text, strlen(text), &loader->config->global_threshold_us, NULL, NULL))
        return;
    Place place = place_of_variable(loader, "GLOBAL_DATE_THRESHOLD");
    problems_add(loader->problems, place.file, place.line, 0,
                 "GLOBAL_DATE_THRESHOLD: expected an ISO 8601 date such as 2024-01-15 or 2024-01-15T10:00:00Z, found `%s`", text);
}

static void read_batch_size(Loader *loader)
{
    g_autofree char *text = env_trimmed(loader->env, "BATCH_SIZE");
    int64_t size = 0;
    if (!text)
        return;
    if (g_ascii_string_to_signed(text, 10, 1, INT32_MAX, &size, NULL)) {
        loader->config->batch_size = (int)size;
        return;
    }
    Place place = place_of_variable(loader, "BATCH_SIZE");
    problems_add(loader->problems, place.file, place.line, 0, "BATCH_SIZE: expected an integer above 0, found `%s`", text);
}

/* The URL names a database itself ("mongodb://host/wellness"), or is a folder that is one. */
static bool names_database(const char *url)
{
    g_auto(Url) parsed = {0};
    return !url_parse(url, &parsed) || strcmp(parsed.scheme, "dump") == 0 || parsed.path;
}

static void read_mongodb(Loader *loader, const KindOptions *kind)
{
    SourceConfig *source = source_config_new("app", kind);
    g_ptr_array_add(loader->config->sources, source);
    source->file = g_strdup("environment");
    g_autofree char *url = value_or(loader, "MONGODB_URL", "mongodb://localhost:27017");
    g_autofree char *database = env_trimmed(loader->env, "MONGODB_DATABASE");
    source_set(loader, source, "url", url, true, loader->base, place_of_variable(loader, "MONGODB_URL"));
    if (!database && !names_database(url))
        database = g_strdup("default");
    if (database && options_known(source->options, "database"))
        source_set(loader, source, "database", database, false, loader->base, place_of_variable(loader, "MONGODB_DATABASE"));
    g_autofree char *schema = path_under(loader->base, SCHEMA_FILE);
    if (g_file_test(schema, G_FILE_TEST_EXISTS))
        source_read_schema(loader, source, schema, (Place){0});
    else
        problems_add(loader->problems, NULL, 0, 0, "MONGODB_URL or MONGODB_DATABASE is set, but there is no schema file %s",
                     schema);
    if (!loader->overridden)
        source->destination = read_postgres(loader);
}

static bool is_postgres_name(const char *name, const void *data)
{
    (void)data;
    return g_str_has_prefix(name, "POSTGRES_");
}

/* DATABASE_URL belongs to other systems than the one that MONGODB_URL belongs to; with nothing else given it was meant to be used. */
static void notice_database_url(Loader *loader)
{
    g_auto(GStrv) names = env_names(loader->env, is_postgres_name, NULL);
    const char *url = env_get(loader->env, "DATABASE_URL");
    if (!names[0] && url && *url && !loader->overridden)
        g_ptr_array_add(
            loader->config->notices,
            g_strdup("DATABASE_URL is set but not used: the source `app` goes into the database that POSTGRES_HOST and kin "
                     "name; set TIDEMARK_DESTINATION=${DATABASE_URL} to use it"));
}

bool config_read_environment(Loader *loader)
{
    /* First of all: a set-up whose databases are all remote sets neither of the variables below. */
    config_check_remote(loader);
    const KindOptions *mongodb = kind_find(loader->request->sources, "mongodb");
    g_autofree char *url = env_trimmed(loader->env, "MONGODB_URL");
    g_autofree char *database = env_trimmed(loader->env, "MONGODB_DATABASE");
    if (!mongodb || (!url && !database))
        return false;
    read_threshold(loader);
    read_batch_size(loader);
    read_mongodb(loader, mongodb);
    notice_database_url(loader);
    return true;
}
