/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/init_from.h"

#include <errno.h>

#include "cli/new_file.h"
#include "cli/output.h"
#include "cli/session.h"
#include "config/expand.h"
#include "config/url.h"
#include "sources/source.h"

#define CONFIG_FILE "tidemark.yaml"

/* The schema file that is to be written, and for which source. */
typedef struct Wanted {
    const Cli *cli;
    const SourceConfig *source;
    const SourceOps *ops;
    const char *url;  /* as it was given; NULL: the source is configured */
    char *schema;     /* path */
    bool schema_told; /* the configuration names that path already */
} Wanted;

static const SourceOps *find_scheme(const char *scheme)
{
    for (int i = 0; source_registry[i]; i++)
        if (source_registry[i]->schemes && g_strv_contains(source_registry[i]->schemes, scheme))
            return source_registry[i];
    return NULL;
}

static bool can_describe(const SourceOps *ops)
{
    return ops->describe && ops->schema && ops->schema->write;
}

/* A name of a source out of any text: what else would be refused in tidemark.yaml becomes `_`. */
static char *source_name(const char *text)
{
    char *name = g_strndup(text && *text ? text : "source", 63);
    for (char *at = name; *at; at++)
        if (!g_ascii_isalnum(*at) && *at != '_' && (*at != '-' || at == name))
            *at = '_';
    return name;
}

static bool describe(const Wanted *wanted, GPtrArray *drafts, Err *err)
{
    SourceContext context = {.config = wanted->source};
    Source *source = source_open(wanted->ops, &context, err);
    bool done = source && wanted->ops->describe(source, drafts, err);
    source_free(source);
    if (!done || drafts->len > 0)
        return done;
    err_set(err, ERR_CONFIG, "source %s has no table that this login can read", wanted->source->name);
    return err_hint(err, "check the database's name and what is granted to the login");
}

static bool write_schema(const Wanted *wanted, guint *count, Err *err)
{
    if (g_file_test(wanted->schema, G_FILE_TEST_EXISTS)) {
        err_set(err, ERR_USAGE, "%s exists; it is left as it is", wanted->schema);
        return err_hint(err, "move it away to have it written anew");
    }
    g_autoptr(GPtrArray) drafts = g_ptr_array_new_with_free_func(table_draft_free);
    if (!describe(wanted, drafts, err))
        return false;
    g_autoptr(GString) text =
        g_string_new("# Tables that are copied as they are; written by `tidemark init --from`. Take out what you do not "
                     "want.\n# The key of a table is its name at the destination and that of its stream.\n");
    wanted->ops->schema->write(drafts, text);
    g_autofree char *folder = g_path_get_dirname(wanted->schema);
    if (g_mkdir_with_parents(folder, 0755) == -1)
        return err_set(err, ERR_USAGE, "cannot make the directory %s: %s", folder, g_strerror(errno));
    *count = drafts->len;
    return new_file_write(wanted->schema, text, err);
}

static void append_source(const Wanted *wanted, GString *out)
{
    g_auto(GStrv) parts = g_strsplit(wanted->url, "'", -1); /* in YAML's single quotes */
    g_autofree char *url = g_strjoinv("''", parts);
    g_string_append_printf(out, "  %s:\n    type: %s\n    url: '%s'\n    schema: %s\n", wanted->source->name, wanted->ops->kind,
                           url, wanted->schema);
}

/* What is said in the end: what was written, and what to do now. */
static void tell(const Wanted *wanted, guint count, bool configured)
{
    if (wanted->cli->batch || wanted->cli->quiet)
        return;
    out_printf(stdout, "wrote %s: %u %s\n", wanted->schema, count, count == 1 ? "table" : "tables");
    if (configured && wanted->url)
        out_text(stdout, "wrote " CONFIG_FILE "; edit `destination`, then: tidemark check\n");
    else if (wanted->url) {
        g_autoptr(GString) lines = g_string_new("add to `sources` in " CONFIG_FILE ":\n");
        append_source(wanted, lines);
        out_text(stdout, lines->str);
    } else if (!wanted->schema_told)
        out_printf(stdout, "add to source %s: schema: %s\n", wanted->source->name, wanted->schema);
    else
        out_text(stdout, "next: tidemark check\n");
}

static bool write_files(const Wanted *wanted, Err *err)
{
    guint count = 0;
    if (!write_schema(wanted, &count, err))
        return false;
    bool configure = wanted->url && !g_file_test(CONFIG_FILE, G_FILE_TEST_EXISTS);
    g_autoptr(GString) text =
        g_string_new("# postgresql://user:password@host/database, or sqlite:FILE; `tidemark init` writes a sample with "
                     "every setting\ndestination: sqlite:warehouse.db\n\nsources:\n");
    if (configure)
        append_source(wanted, text);
    if (configure && !new_file_write(CONFIG_FILE, text, err))
        return false;
    tell(wanted, count, configure);
    return true;
}

/* The URL with its variables, as an option of a source that no file declares. */
static bool set_url(const Wanted *wanted, SourceConfig *source, Err *err)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *dotenv = g_build_filename(here, ".env", NULL);
    g_autofree char *wrong = NULL;
    Problems *problems = problems_new();
    Env *env = env_new(wanted->cli->environment, dotenv, problems);
    g_autofree char *url = expand(env, wanted->url, NULL, &wrong);
    env_free(env);
    problems_free(problems);
    if (!url)
        return err_set(err, ERR_USAGE, "--from: %s", wrong);
    url_register_secrets(url);
    return options_set_hidden(source->options, "url", url, err);
}

static bool check_url(const Url *url, const SourceOps **ops, Err *err)
{
    *ops = find_scheme(url->scheme);
    if (!*ops || !can_describe(*ops)) {
        err_set(err, ERR_USAGE, "--from: no schema file can be written for a URL that begins with %s:", url->scheme);
        return err_hint(err, "use: tidemark init --from mariadb://reader:${DB_PASSWORD}@host/database");
    }
    if (!url->password || !*url->password || g_str_has_prefix(url->password, "${"))
        return true;
    err_set(err, ERR_USAGE, "--from holds a password, which every user of this machine could read in the list of processes");
    return err_hint(err, "put it into the environment or into .env, and write ${DB_PASSWORD} in its place, in single quotes");
}

static bool from_url(const Cli *cli, const char *text, Err *err)
{
    g_auto(Url) url = {0};
    Wanted wanted = {.cli = cli, .url = text};
    if (!url_parse(text, &url) || !check_url(&url, &wanted.ops, err))
        return false;
    g_autofree char *name = source_name(url.path);
    g_autofree char *schema = g_strdup_printf("config/%s.yaml", name);
    const KindOptions kind = {.kind = wanted.ops->kind, .options = wanted.ops->options, .schema = wanted.ops->schema};
    SourceConfig *source = source_config_new(name, &kind);
    wanted.source = source;
    wanted.schema = schema;
    bool done = set_url(&wanted, source, err) && write_files(&wanted, err);
    source_config_free(source);
    return done;
}

static const SourceConfig *find_source(const Config *config, const char *name, Err *err)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < config->sources->len; i++) {
        const SourceConfig *source = g_ptr_array_index(config->sources, i);
        if (strcmp(source->name, name) == 0)
            return source;
        g_string_append_printf(names, "%s%s", i ? ", " : "", source->name);
    }
    err_set(err, ERR_USAGE, "--from: there is no source `%s`", name);
    err_hint(err, "the configuration has: %s", names->str);
    return NULL;
}

static bool from_config(const Cli *cli, const Config *config, const char *name, Err *err)
{
    Wanted wanted = {.cli = cli, .source = find_source(config, name, err)};
    if (!wanted.source)
        return false;
    wanted.ops = source_find(wanted.source->kind);
    if (!can_describe(wanted.ops))
        return err_set(err, ERR_USAGE, "--from: no schema file can be written for a source of type %s", wanted.source->kind);
    g_autofree char *usual = g_strdup_printf("%s/config/%s.yaml", config->directory, name);
    wanted.schema_told = wanted.source->schema_file != NULL;
    wanted.schema = wanted.schema_told ? wanted.source->schema_file : usual;
    return write_files(&wanted, err);
}

bool init_from(const Cli *cli, const char *from, Err *err)
{
    if (strstr(from, "://"))
        return from_url(cli, from, err);
    Problems *problems = problems_new();
    Config *config = session_load_sources(cli, problems);
    session_print_problems(problems, true);
    bool done = config ? from_config(cli, config, from, err)
                       : err_set(err, ERR_CONFIG, "--from: without a configuration that can be read there is no source `%s`", from);
    config_free(config);
    problems_free(problems);
    return done;
}
