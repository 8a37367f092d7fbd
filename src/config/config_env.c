/* SPDX-License-Identifier: Apache-2.0 */
/* A set-up of the older scripts: their variables, their .env, their config/schemas.yaml, untouched. Defaults are theirs too. */
#include "base/secret.h"
#include "config/config_parts.h"
#include "config/url.h"

/* One older system: which of its variables ask for its source, and its schema file. */
typedef struct System {
    const char *source, *kind;
    const char *schema; /* relative to the working directory; NULL: it has none */
    const char *variables[6];
    void (*read)(Loader *loader, SourceConfig *source);
    DestinationConfig *(*destination)(Loader *loader);
} System;

/* The value without white space around it, else the default. */
static char *value_or(const Loader *loader, const char *name, const char *fallback)
{
    char *value = env_trimmed(loader->env, name);
    return value ? value : g_strdup(fallback);
}

/* The port as text; NULL when it is none (reported). */
static char *read_port(Loader *loader, const char *name, const char *fallback)
{
    char *port = value_or(loader, name, fallback);
    int64_t number = 0;
    if (g_ascii_string_to_signed(port, 10, 1, 65535, &number, NULL))
        return port;
    Place place = place_of_variable(loader, name);
    problems_add(loader->problems, place.file, place.line, 0, "%s: expected an integer from 1 to 65535, found `%s`", name, port);
    g_free(port);
    return NULL;
}

static DestinationConfig *read_postgres(Loader *loader)
{
    g_autofree char *host = value_or(loader, "POSTGRES_HOST", "localhost");
    g_autofree char *port = read_port(loader, "POSTGRES_PORT", "5432");
    g_autofree char *database = value_or(loader, "POSTGRES_DATABASE", "database");
    g_autofree char *user = value_or(loader, "POSTGRES_USER", "user");
    const char *password = env_get(loader->env, "POSTGRES_PASSWORD");
    secret_register(password);
    if (!port)
        return NULL;
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

static void read_mongodb(Loader *loader, SourceConfig *source)
{
    g_autofree char *url = value_or(loader, "MONGODB_URL", "mongodb://localhost:27017");
    g_autofree char *database = env_trimmed(loader->env, "MONGODB_DATABASE");
    source_set(loader, source, "url", url, true, loader->base, place_of_variable(loader, "MONGODB_URL"));
    if (!database && !names_database(url))
        database = g_strdup("default");
    if (database && options_known(source->options, "database"))
        source_set(loader, source, "database", database, false, loader->base, place_of_variable(loader, "MONGODB_DATABASE"));
    read_threshold(loader);
    read_batch_size(loader);
}

/* Neither GLOBAL_DATE_THRESHOLD nor BATCH_SIZE was for these tables. */
static void read_mariadb(Loader *loader, SourceConfig *source)
{
    static const struct {
        const char *option, *variable, *fallback;
    } parts[] = {{"host", "MATOMO_HOST", "localhost"}, {"database", "MATOMO_DATABASE", "matomo"}, {"user", "MATOMO_USER", "root"}};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *value = value_or(loader, parts[i].variable, parts[i].fallback);
        source_set(loader, source, parts[i].option, value, false, loader->base, place_of_variable(loader, parts[i].variable));
    }
    g_autofree char *port = read_port(loader, "MATOMO_PORT", "3306");
    if (port)
        source_set(loader, source, "port", port, false, loader->base, place_of_variable(loader, "MATOMO_PORT"));
    const char *password = env_get(loader->env, "MATOMO_PASSWORD");
    secret_register(password);
    if (password && *password)
        source_set(loader, source, "password", password, true, loader->base, place_of_variable(loader, "MATOMO_PASSWORD"));
    source->own_limits = true;
}

static const System systems[] = {
    {"app", "mongodb", "config/schemas.yaml", {"MONGODB_URL", "MONGODB_DATABASE"}, read_mongodb, read_postgres},
    {"web",
     "mariadb",
     "config/matomo_schemas.yaml",
     {"MATOMO_HOST", "MATOMO_PORT", "MATOMO_DATABASE", "MATOMO_USER", "MATOMO_PASSWORD"},
     read_mariadb,
     read_postgres},
    {"visits", "matomo", NULL, {"MATOMO_URL", "MATOMO_KEY", "MATOMO_SITE"}, config_read_matomo, config_matomo_destination},
};

static bool asks_for(const Loader *loader, const System *system)
{
    for (size_t i = 0; system->variables[i]; i++) {
        g_autofree char *value = env_trimmed(loader->env, system->variables[i]);
        if (value)
            return true;
    }
    return false;
}

static void read_schema(Loader *loader, const System *system, SourceConfig *source)
{
    g_autofree char *schema = system->schema ? path_under(loader->base, system->schema) : NULL;
    if (!schema)
        return;
    if (loader->request->without_schemas || g_file_test(schema, G_FILE_TEST_EXISTS)) {
        source_read_schema(loader, source, schema, (Place){0});
        return;
    }
    GString *names = g_string_new(system->variables[0]);
    for (size_t i = 1; system->variables[i]; i++)
        g_string_append_printf(names, system->variables[i + 1] ? ", %s" : " or %s", system->variables[i]);
    problems_add(loader->problems, NULL, 0, 0, "%s is set, but there is no schema file %s%s%s%s", names->str, schema,
                 source->schema_format->write ? "; `tidemark init --from " : "", source->schema_format->write ? source->name : "",
                 source->schema_format->write ? "` writes it" : "");
    g_string_free(names, TRUE);
}

static bool is_postgres_name(const char *name, const void *data)
{
    (void)data;
    return g_str_has_prefix(name, "POSTGRES_");
}

/* DATABASE_URL belongs to other systems than those above; with nothing else given it was meant to be used. */
static void notice_database_url(Loader *loader)
{
    g_auto(GStrv) names = env_names(loader->env, is_postgres_name, NULL);
    const char *url = env_get(loader->env, "DATABASE_URL");
    if (!names[0] && url && *url && !loader->overridden)
        g_ptr_array_add(
            loader->config->notices,
            g_strdup_printf("DATABASE_URL is set but not used: the source `%s` goes into the database that POSTGRES_HOST and kin "
                            "name; set TIDEMARK_DESTINATION=${DATABASE_URL} to use it",
                            ((const SourceConfig *)g_ptr_array_index(loader->config->sources, 0))->name));
}

/* Systems that share a destination share its mistakes as well: it is read once. */
static DestinationConfig *read_destination(Loader *loader, size_t index, DestinationConfig *const *before, const bool *read)
{
    for (size_t i = 0; i < index; i++)
        if (read[i] && systems[i].destination == systems[index].destination)
            return before[i];
    return loader->overridden ? NULL : systems[index].destination(loader);
}

bool config_read_environment(Loader *loader)
{
    DestinationConfig *destinations[G_N_ELEMENTS(systems)];
    bool read[G_N_ELEMENTS(systems)] = {false};
    /* First of all: a set-up whose databases are all remote may set none of the variables that ask for a source. */
    config_check_remote(loader);
    for (size_t i = 0; i < G_N_ELEMENTS(systems); i++) {
        const KindOptions *kind = kind_find(loader->request->sources, systems[i].kind);
        if (!kind || !asks_for(loader, &systems[i]))
            continue;
        SourceConfig *source = source_config_new(systems[i].source, kind);
        source->file = g_strdup("environment");
        g_ptr_array_add(loader->config->sources, source);
        systems[i].read(loader, source);
        read_schema(loader, &systems[i], source);
        source->destination = destinations[i] = read_destination(loader, i, destinations, read);
        read[i] = true;
    }
    if (loader->config->sources->len == 0)
        return false;
    notice_database_url(loader);
    return true;
}
