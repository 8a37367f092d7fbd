/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "config/config_parts.h"

#define FILE_NAME "tidemark.yaml"

static const char *const on_invalid_words[] = {"reject", "replace", NULL};
static const char *const on_too_long_words[] = {"reject", "truncate", NULL};
static const char *const take_over_words[] = {"read", "trust", NULL};
static const char *const forever[] = {"forever", NULL};

const OptionDef stream_options[] = {
    {.name = "lookback",
     .type = OPT_DURATION,
     .help = "how far below the watermark a sync starts reading again",
     .max = 3650 * US_PER_DAY},
    {.name = "on_invalid",
     .type = OPT_ENUM,
     .fallback = "reject",
     .words = on_invalid_words,
     .help = "text with NUL characters or invalid UTF-8: reject the row, or replace what is invalid by U+FFFD"},
    {.name = "on_too_long",
     .type = OPT_ENUM,
     .fallback = "reject",
     .words = on_too_long_words,
     .help = "text longer than its column: reject the row, or truncate the text"},
    {.name = "take_over",
     .type = OPT_ENUM,
     .fallback = "read",
     .words = take_over_words,
     .help = "the first sync into a table that has rows: read the whole stream, or trust the rows up to their highest date"},
    {.name = "keep_rows",
     .type = OPT_DURATION,
     .fallback = "forever",
     .words = forever,
     .max = 36500 * US_PER_DAY,
     .help = "how long a reject keeps the text of its row"},
    {.name = "newer_wins", .type = OPT_BOOL, .help = "never replace a row by one with an older date"},
    {.name = "batch_size", .type = OPT_INT, .min = 1, .max = INT32_MAX, .help = "rows in a batch at most"},
    {0}};

const OptionDef config_options[] = {
    {.name = "jobs",
     .type = OPT_INT,
     .min = 1,
     .max = 64,
     .fallback = "4",
     .env = "TIDEMARK_JOBS",
     .help = "streams that run side by side"},
    {.name = "state", .type = OPT_PATH, .env = "TIDEMARK_STATE", .help = "the file that keeps the history of runs"},
    {.name = "keep_history",
     .type = OPT_DURATION,
     .fallback = "forever",
     .words = forever,
     .min = 3600 * US_PER_SECOND,
     .max = 36500 * US_PER_DAY,
     .help = "how long the history keeps a run that has ended, with its log"},
    {.name = "date_threshold",
     .type = OPT_DATE,
     .help = "documents before this date are not read (GLOBAL_DATE_THRESHOLD of older set-ups)"},
    {.name = "batch_size",
     .type = OPT_INT,
     .min = 1,
     .max = INT32_MAX,
     .help = "rows in a batch at most (BATCH_SIZE of older set-ups)"},
    {0}};

void config_free(Config *config)
{
    if (!config)
        return;
    g_ptr_array_unref(config->sources);
    g_ptr_array_unref(config->destinations);
    g_ptr_array_unref(config->notices);
    g_free(config->file);
    g_free(config->directory);
    g_free(config->env_file);
    g_free(config->state_file);
    g_free(config);
}

static Config *config_new(void)
{
    Config *config = g_new0(Config, 1);
    config->sources = g_ptr_array_new_with_free_func(source_config_free);
    config->destinations = g_ptr_array_new_with_free_func(destination_config_free);
    config->notices = g_ptr_array_new_with_free_func(g_free);
    config->global_threshold_us = TIME_NONE;
    config->jobs = 4;
    return config;
}

/* $NAME/tidemark, or that folder below the home directory. */
static char *xdg_directory(const Env *process, const char *name, const char *below_home)
{
    const char *base = env_get(process, name);
    if (base && *base == '/')
        return g_build_filename(base, "tidemark", NULL);
    const char *home = env_get(process, "HOME");
    return g_build_filename(home && *home ? home : g_get_home_dir(), below_home, "tidemark", NULL);
}

/* The file to read, or NULL; tried collects where it was looked for. */
static char *find_file(const Loader *loader, const Env *process, GPtrArray *tried)
{
    const char *given = loader->request->file ? loader->request->file : env_get(process, "TIDEMARK_CONFIG");
    if (given && *given)
        return path_under(loader->base, given);
    g_autofree char *user = xdg_directory(process, "XDG_CONFIG_HOME", ".config");
    const char *const directories[] = {loader->base, user, "/etc/tidemark"};
    for (size_t i = 0; i < G_N_ELEMENTS(directories); i++) {
        char *path = g_build_filename(directories[i], FILE_NAME, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return path;
        g_ptr_array_add(tried, path);
    }
    return NULL;
}

static void report_nothing(Loader *loader, GPtrArray *tried)
{
    g_autofree char *dotenv = g_build_filename(loader->base, ".env", NULL);
    g_ptr_array_add(tried, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)tried->pdata);
    loader->problems->nothing_found = true;
    problems_add(loader->problems, NULL, 0, 0,
                 "nothing is configured: there is no %s, and neither the environment nor %s sets MONGODB_URL, MATOMO_HOST, "
                 "MATOMO_URL or kin; "
                 "`tidemark init` writes a sample",
                 list, dotenv);
}

/* The command line wins over TIDEMARK_*, that over the file. */
static void override_destination(Loader *loader)
{
    const char *url = loader->request->destination;
    Place place = {0};
    const char *what = "--destination";
    g_autofree char *variable = env_trimmed(loader->env, "TIDEMARK_DESTINATION");
    if (!url && variable) {
        url = variable;
        what = "TIDEMARK_DESTINATION";
        place = place_of_variable(loader, what);
    }
    if (!url)
        return;
    g_autofree char *directory = directory_of_variable(loader, what);
    DestinationConfig *destination = destination_from_url(loader, url, directory, place, what);
    for (guint i = 0; i < loader->config->sources->len; i++)
        ((SourceConfig *)g_ptr_array_index(loader->config->sources, i))->destination = destination;
}

/* TIDEMARK_* variables of config_options. */
static void override_options(Loader *loader)
{
    Config *config = loader->config;
    OptionValues *values = options_new(config_options);
    for (const OptionDef *def = config_options; def->name; def++) {
        g_autofree char *text = def->env ? env_trimmed(loader->env, def->env) : NULL;
        Err err = {0};
        Place place = def->env ? place_of_variable(loader, def->env) : (Place){0};
        if (text && !options_set(values, def->name, text, &err))
            problems_add(loader->problems, place.file, place.line, 0, "%s: %s", def->env, err.message);
    }
    if (options_given(values, "jobs"))
        config->jobs = (int)options_int(values, "jobs");
    const char *state = loader->request->state;
    g_autofree char *directory = state ? g_strdup(loader->base) : directory_of_variable(loader, "TIDEMARK_STATE");
    if (!state && options_given(values, "state"))
        state = options_text(values, "state");
    if (state) {
        g_free(config->state_file);
        config->state_file = path_under(directory, state);
    }
    options_free(values);
    if (loader->request->jobs > 0)
        config->jobs = loader->request->jobs;
}

/* A configuration in /etc is shared by cron's user and the operators, and so is its history. */
static void default_state(Loader *loader, const Env *process)
{
    Config *config = loader->config;
    if (config->state_file)
        return;
    if (config->file && g_str_has_prefix(config->file, "/etc/tidemark/")) {
        config->state_file = g_strdup("/var/lib/tidemark/state.db");
        return;
    }
    g_autofree char *directory = xdg_directory(process, "XDG_STATE_HOME", ".local/state");
    config->state_file = g_build_filename(directory, "state.db", NULL);
}

static bool is_used(const Config *config, const DestinationConfig *destination)
{
    for (guint i = 0; i < config->sources->len; i++)
        if (((const SourceConfig *)g_ptr_array_index(config->sources, i))->destination == destination)
            return true;
    return false;
}

/* A destination that no source goes into is never connected to. */
static void drop_unused(Config *config)
{
    for (guint i = config->destinations->len; i > 0; i--)
        if (!is_used(config, g_ptr_array_index(config->destinations, i - 1)))
            g_ptr_array_remove_index(config->destinations, i - 1);
}

static void check_destinations(Loader *loader)
{
    for (guint i = 0; i < loader->config->sources->len; i++) {
        const SourceConfig *source = g_ptr_array_index(loader->config->sources, i);
        if (!source->destination && loader->problems->errors == 0)
            problems_add(loader->problems, source->line ? source->file : NULL, source->line, 0,
                         "source `%s` has no destination: give `destination` at the top of the file or in the source",
                         source->name);
    }
}

typedef struct Landing {
    const SourceConfig *source;
    const char *stream;
} Landing;

/* Two streams in one table overwrite each other's rows. */
static void check_landing(Loader *loader, GHashTable *seen, const SourceConfig *source, const SchemaEntry *entry)
{
    bool flat = strcmp(source->destination->kind, "sqlite") == 0;
    g_autofree char *where =
        g_strdup_printf("%s %s %s", source->destination->url, flat || !source->into ? "" : source->into, entry->table);
    const Landing *other = g_hash_table_lookup(seen, where);
    if (other) {
        problems_add(loader->problems, source->line ? source->file : NULL, source->line, 0,
                     "streams `%s.%s` and `%s.%s` both land in the table `%s`: give one of the sources an `into` of its own",
                     source->name, entry->stream, other->source->name, other->stream, entry->table);
        return;
    }
    Landing *landing = g_new(Landing, 1);
    *landing = (Landing){source, entry->stream};
    g_hash_table_insert(seen, g_steal_pointer(&where), landing);
}

static void check_shared_tables(Loader *loader)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < loader->config->sources->len; i++) {
        const SourceConfig *source = g_ptr_array_index(loader->config->sources, i);
        SchemaEntry entry;
        for (guint k = 0; source->schema && source->destination && source->schema_format->entry(source->schema, k, &entry); k++)
            check_landing(loader, seen, source, &entry);
    }
}

static void read_all(Loader *loader, const Env *process)
{
    g_autoptr(GPtrArray) tried = g_ptr_array_new_with_free_func(g_free);
    Config *config = loader->config;
    config->file = find_file(loader, process, tried);
    config->directory = config->file ? g_path_get_dirname(config->file) : g_strdup(loader->base);
    g_autofree char *dotenv = g_build_filename(config->directory, ".env", NULL);
    loader->env = env_new(loader->request->environment, dotenv, loader->problems);
    config->env_file = g_strdup(env_file(loader->env));
    g_autofree char *variable = env_trimmed(loader->env, "TIDEMARK_DESTINATION");
    loader->overridden = loader->request->destination || variable;
    if (config->file)
        config_read_file(loader, config->file);
    else if (!config_read_environment(loader) && loader->problems->errors == 0)
        report_nothing(loader, tried);
    if (loader->problems->nothing_found)
        return;
    override_destination(loader);
    override_options(loader);
    default_state(loader, process);
    config_add_notices(loader);
    check_destinations(loader);
    check_shared_tables(loader);
    drop_unused(config);
}

Config *config_load(const ConfigRequest *request, Problems *problems)
{
    g_autofree char *here = g_get_current_dir();
    Loader loader = {.request = request, .problems = problems, .config = config_new()};
    loader.base = request->directory ? path_under(here, request->directory) : g_strdup(here);
    Env *process = env_new(request->environment, NULL, problems);
    read_all(&loader, process);
    env_free(process);
    env_free(loader.env);
    g_free(loader.base);
    if (problems->errors == 0)
        return loader.config;
    config_free(loader.config);
    return NULL;
}
