/* SPDX-License-Identifier: Apache-2.0 */
/* The whole configuration: where it is found, what wins, what it says when it is wrong, what it never shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "base/secret.h"
#include "config/config.h"
#include "config/schema_mongo.h"
#include "model/time.h"

static const OptionDef mongodb_options[] = {
    {.name = "url", .type = OPT_STRING, .secret = true, .help = "where"},
    {.name = "database", .type = OPT_STRING, .help = "which"},
    {.name = "pages", .type = OPT_INT, .min = 1, .max = 10, .fallback = "2", .help = "how many"},
    {0},
};
static const OptionDef mariadb_options[] = {
    {.name = "url", .type = OPT_STRING, .secret = true, .help = "where"},
    {.name = "host", .type = OPT_STRING, .help = "server"},
    {.name = "port", .type = OPT_INT, .min = 1, .max = 65535, .help = "its port"},
    {.name = "user", .type = OPT_STRING, .help = "login"},
    {.name = "password", .type = OPT_STRING, .secret = true, .help = "its password"},
    {.name = "database", .type = OPT_STRING, .help = "which"},
    {0},
};
static const OptionDef toy_options[] = {{.name = "file", .type = OPT_PATH, .help = "which"},
                                        {.name = "parts", .type = OPT_NUMBERS, .min = 1, .max = 9, .help = "which of them"},
                                        {0}};
static const OptionDef postgres_options[] = {
    {.name = "control_schema", .type = OPT_STRING, .fallback = "tidemark", .help = "our own tables"},
    {.name = "pooled", .type = OPT_BOOL, .help = "behind a pooler"},
    {.name = "connect_timeout", .type = OPT_DURATION, .fallback = "10s", .help = "patience"},
    {0},
};
static const OptionDef sqlite_options[] = {{0}};
static const KindOptions sources[] = {{"mongodb", mongodb_options, NULL, &schema_format_mongo},
                                      {"mariadb", mariadb_options, NULL, &schema_format_tables},
                                      {"toy", toy_options, NULL, NULL},
                                      {0}};
static const KindOptions destinations[] = {{"postgres", postgres_options, NULL}, {"sqlite", sqlite_options, NULL}, {0}};

static char *dir;
static Problems *problems;
static Config *config;
static GPtrArray *environment;

static int set_up(void **state)
{
    (void)state;
    dir = g_dir_make_tmp("config-XXXXXX", NULL);
    problems = problems_new();
    config = NULL;
    environment = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(environment, g_strdup_printf("HOME=%s/home", dir));
    return dir ? 0 : -1;
}

static void remove_tree(const char *path)
{
    GDir *open = g_dir_open(path, 0, NULL);
    const char *name;
    while (open && (name = g_dir_read_name(open))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    if (open)
        g_dir_close(open);
    g_remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    config_free(config);
    problems_free(problems);
    g_ptr_array_unref(environment);
    remove_tree(dir);
    g_free(dir);
    return 0;
}

static void write_file(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void set(const char *assignment)
{
    g_ptr_array_add(environment, g_strdup(assignment));
}

static Config *load_with(ConfigRequest request)
{
    config_free(config);
    problems_free(problems);
    problems = problems_new();
    if (!request.directory)
        request.directory = dir;
    request.sources = sources;
    request.destinations = destinations;
    g_ptr_array_add(environment, NULL);
    request.environment = (char **)environment->pdata;
    config = config_load(&request, problems);
    g_ptr_array_set_size(environment, (int)environment->len - 1);
    return config;
}

static char *all_problems(void)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < problems->list->len; i++) {
        g_autofree char *shown = problem_format(g_ptr_array_index(problems->list, i));
        g_string_append_printf(out, "%s\n", shown);
    }
    return g_string_free(out, FALSE);
}

static Config *load(void)
{
    Config *loaded = load_with((ConfigRequest){0});
    if (!loaded) {
        g_autofree char *text = all_problems();
        print_message("%s", text);
    }
    assert_non_null(loaded);
    return loaded;
}

/* It is refused, and one of the problems, without the directory's name before it, begins like this. */
static void expect_refused(const char *start)
{
    assert_null(load_with((ConfigRequest){0}));
    assert_true(problems->errors > 0);
    g_autofree char *prefix = g_strconcat(dir, "/", NULL);
    for (guint i = 0; i < problems->list->len; i++) {
        g_autofree char *shown = problem_format(g_ptr_array_index(problems->list, i));
        const char *text = g_str_has_prefix(shown, prefix) ? shown + strlen(prefix) : shown;
        if (g_str_has_prefix(text, start))
            return;
    }
    g_autofree char *text = all_problems();
    fail_msg("no problem begins with `%s`:\n%s", start, text);
}

static const SourceConfig *source(guint i)
{
    assert_true(i < config->sources->len);
    return g_ptr_array_index(config->sources, i);
}

static bool noticed(const char *part)
{
    for (guint i = 0; i < config->notices->len; i++)
        if (strstr(g_ptr_array_index(config->notices, i), part))
            return true;
    return false;
}

#define SCHEMA "users:\n  include_base: true\ndays:\n  include_base: true\n"
#define APP    "  app: {type: mongodb, url: 'mongodb://h/db', schema: config/schemas.yaml}\n"
#define BASE   "destination: sqlite:out.db\nsources:\n"

static void write_schema(void)
{
    write_file("config/schemas.yaml", SCHEMA);
}

static void test_nothing_found_says_where_it_looked(void **state)
{
    (void)state;
    assert_null(load_with((ConfigRequest){0}));
    assert_true(problems->nothing_found);
    assert_int_equal(problems->errors, 1);
    g_autofree char *text = all_problems();
    assert_non_null(strstr(text, "/tidemark.yaml, "));
    assert_non_null(strstr(text, "home/.config/tidemark/tidemark.yaml"));
    assert_non_null(strstr(text, "/etc/tidemark/tidemark.yaml"));
    assert_non_null(strstr(text, "MONGODB_URL"));
    assert_non_null(strstr(text, "/.env"));
}

static void test_older_set_up_untouched(void **state)
{
    (void)state;
    write_schema();
    write_file(
        ".env",
        "export MONGODB_URL='mongodb://reader:p%40ss-canary@mongo.internal:27017/?authSource=admin'\n"
        "MONGODB_DATABASE=wellness\nPOSTGRES_HOST=pg.internal\nPOSTGRES_DATABASE=warehouse\nPOSTGRES_USER=etl\n"
        "POSTGRES_PASSWORD=\"se/cr@t canary\"\nGLOBAL_DATE_THRESHOLD=2024-01-15T02:00:00+02:00 # from here\nBATCH_SIZE= 250 \n");
    load();
    assert_null(config->file);
    assert_string_equal(config->directory, dir);
    assert_true(g_str_has_suffix(config->env_file, "/.env"));
    assert_int_equal(config->sources->len, 1);
    assert_string_equal(source(0)->name, "app");
    assert_string_equal(source(0)->kind, "mongodb");
    assert_string_equal(source(0)->file, "environment");
    assert_null(source(0)->into);
    assert_string_equal(options_text(source(0)->options, "database"), "wellness");
    assert_int_equal(((SchemaFile *)source(0)->schema)->tables->len, 2);
    assert_string_equal(source(0)->destination->kind, "postgres");
    assert_string_equal(source(0)->destination->url, "postgresql://etl:se%2Fcr%40t%20canary@pg.internal:5432/warehouse");
    assert_string_equal(source(0)->destination->display, "warehouse@pg.internal:5432");
    assert_true(config->global_threshold_us == days_from_civil(2024, 1, 15) * US_PER_DAY);
    assert_int_equal(config->batch_size, 250);
    assert_int_equal(config->jobs, 4);
    assert_true(g_str_has_suffix(config->state_file, "/home/.local/state/tidemark/state.db"));
    char text[] = "p@ss-canary p%40ss-canary se/cr@t canary se%2Fcr%40t%20canary";
    secret_mask(text);
    assert_null(strstr(text, "canary"));
}

static void test_older_defaults(void **state)
{
    (void)state;
    write_schema();
    set("MONGODB_URL=mongodb://somewhere");
    load();
    assert_string_equal(options_text(source(0)->options, "database"), "default");
    assert_string_equal(source(0)->destination->url, "postgresql://user@localhost:5432/database");
    set("MONGODB_URL=mongodb://somewhere/named?x=1");
    load();
    assert_null(options_text(source(0)->options, "database"));
}

static void test_dump_needs_no_database(void **state)
{
    (void)state;
    write_schema();
    set("MONGODB_URL=dump:./dump/wellness");
    load();
    g_autofree char *url = g_strdup_printf("dump:%s/dump/wellness", dir);
    assert_string_equal(options_text(source(0)->options, "url"), url);
    assert_null(options_text(source(0)->options, "database"));
    set("MONGODB_DATABASE=other");
    load();
    assert_string_equal(options_text(source(0)->options, "database"), "other");
}

static void test_process_environment_wins_over_the_file(void **state)
{
    (void)state;
    write_schema();
    write_file(".env", "MONGODB_URL=mongodb://file\nPOSTGRES_DATABASE=${MONGODB_DATABASE}_copy\nMONGODB_DATABASE=file\n");
    set("MONGODB_DATABASE=process");
    load();
    assert_string_equal(options_text(source(0)->options, "database"), "process");
    assert_non_null(strstr(source(0)->destination->url, "/process_copy"));
}

static void test_bad_older_values_are_errors(void **state)
{
    (void)state;
    write_schema();
    write_file(".env", "MONGODB_URL=mongodb://h\nGLOBAL_DATE_THRESHOLD=soon\nBATCH_SIZE=0\nPOSTGRES_PORT=abc\n");
    expect_refused(".env:2: GLOBAL_DATE_THRESHOLD: expected an ISO 8601 date");
    expect_refused(".env:3: BATCH_SIZE: expected an integer above 0, found `0`");
    expect_refused(".env:4: POSTGRES_PORT: expected an integer from 1 to 65535, found `abc`");
}

static void write_matomo_schema(void)
{
    write_file("config/matomo_schemas.yaml",
               "matomo_log_action:\n  columns:\n  - {name: idaction, sql_type: INTEGER, primary_key: true}\n");
}

static void test_matomo_tables_of_the_environment(void **state)
{
    (void)state;
    write_matomo_schema();
    write_file(".env", "MATOMO_HOST=db.internal\nMATOMO_PORT=3307\nMATOMO_USER=reader\nMATOMO_PASSWORD=canary-m p\n"
                       "MATOMO_DATABASE=stats\nPOSTGRES_HOST=pg1\nPOSTGRES_PORT=6543\nBATCH_SIZE=5\nGLOBAL_DATE_THRESHOLD=soon\n");
    load();
    assert_int_equal(config->sources->len, 1);
    const SourceConfig *web = source(0);
    assert_string_equal(web->name, "web");
    assert_string_equal(web->kind, "mariadb");
    assert_string_equal(options_text(web->options, "host"), "db.internal");
    assert_int_equal(options_int(web->options, "port"), 3307);
    assert_string_equal(options_text(web->options, "user"), "reader");
    assert_string_equal(options_text(web->options, "password"), "canary-m p");
    assert_string_equal(options_text(web->options, "database"), "stats");
    assert_true(g_str_has_suffix(web->schema_file, "/config/matomo_schemas.yaml"));
    assert_string_equal(web->destination->display, "database@pg1:6543");
    assert_true(web->own_limits);
}

static void test_defaults_of_matomo_tables(void **state)
{
    (void)state;
    write_matomo_schema();
    write_schema();
    set("MONGODB_URL=mongodb://h");
    set("MATOMO_PORT=");
    set("MATOMO_HOST= ");
    load();
    assert_int_equal(config->sources->len, 1);
    set("MATOMO_USER=root");
    load();
    assert_int_equal(config->sources->len, 2);
    const SourceConfig *web = source(1);
    assert_string_equal(options_text(web->options, "host"), "localhost");
    assert_int_equal(options_int(web->options, "port"), 3306);
    assert_string_equal(options_text(web->options, "user"), "root");
    assert_string_equal(options_text(web->options, "database"), "matomo");
    assert_false(options_given(web->options, "password"));
    assert_ptr_equal(web->destination, source(0)->destination);
    assert_false(source(0)->own_limits);
}

static void test_mistakes_of_matomo_tables(void **state)
{
    (void)state;
    write_file(".env", "MATOMO_PORT=33o6\nMATOMO_PASSWORD=canary-m\nPOSTGRES_PORT=x\n");
    expect_refused(".env:1: MATOMO_PORT: expected an integer from 1 to 65535, found `33o6`");
    expect_refused(
        "MATOMO_HOST, MATOMO_PORT, MATOMO_DATABASE, MATOMO_USER or MATOMO_PASSWORD is set, but there is no schema file ");
    g_autofree char *text = all_problems();
    assert_non_null(strstr(text, "/config/matomo_schemas.yaml; `tidemark init --from web` writes it\n"));
    assert_null(strstr(text, "canary-m"));
}

static void test_missing_schema_file(void **state)
{
    (void)state;
    set("MONGODB_URL=mongodb://h");
    expect_refused("MONGODB_URL or MONGODB_DATABASE is set, but there is no schema file ");
}

static void test_remote_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const names[] = {"TRANSFER_SOURCE", "TRANSFER_DESTINATION", "MATOMO_SOURCE"};
    write_schema();
    set("MONGODB_URL=mongodb://h");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *assignment = g_strconcat(names[i], "=ReMoTe", NULL);
        g_autofree char *start = g_strconcat(names[i], " is `remote`: SSH tunnels are not there yet; run this where", NULL);
        set(assignment);
        expect_refused(start);
        g_ptr_array_set_size(environment, (int)environment->len - 1);
    }
    set("TRANSFER_SOURCE=Local");
    load();
}

/* A set-up whose databases are all remote names no MONGODB_URL: it gets the sentence too, not "nothing is configured". */
static void test_remote_alone_is_refused_with_the_sentence(void **state)
{
    (void)state;
    write_file(".env", "TRANSFER_SOURCE=remote\nREMOTE_SERVER_URL=h\nREMOTE_SERVER_PASSWORD=canary\nREMOTE_MONGODB_DATABASE=d\n");
    expect_refused(".env:1: TRANSFER_SOURCE is `remote`: SSH tunnels are not there yet");
    assert_int_equal(problems->errors, 1);
    assert_false(problems->nothing_found);
}

static void test_h43_the_whole_url_is_used(void **state)
{
    (void)state;
    static const char url[] = "mongodb://reader:secret-word@a:27018,b:27019/wellness?authSource=admin&replicaSet=rs0&tls=true";
    write_schema();
    g_autofree char *assignment = g_strconcat("MONGODB_URL=", url, NULL);
    set(assignment);
    load();
    assert_string_equal(options_text(source(0)->options, "url"), url);
}

static void test_paths_in_variables(void **state)
{
    (void)state;
    write_file("home/.config/tidemark/tidemark.yaml", "destination: sqlite:x\nsources: {a: {type: toy}}\n");
    write_file("home/.config/tidemark/.env", "TIDEMARK_DESTINATION=sqlite:from-file.db\nTIDEMARK_STATE=state-from-file.db\n");
    load();
    assert_true(g_str_has_suffix(source(0)->destination->display, "/home/.config/tidemark/from-file.db"));
    assert_true(g_str_has_suffix(config->state_file, "/home/.config/tidemark/state-from-file.db"));
    set("TIDEMARK_DESTINATION=sqlite:from-process.db");
    load();
    g_autofree char *path = g_build_filename(dir, "from-process.db", NULL);
    assert_string_equal(source(0)->destination->display, path);
}

static void test_other_transfer_values_are_warned_of(void **state)
{
    (void)state;
    write_schema();
    write_file(".env", "MONGODB_URL=mongodb://h\nTRANSFER_SOURCE=staging\n");
    load();
    g_autofree char *text = all_problems();
    assert_non_null(
        strstr(text, ".env:2: warning: TRANSFER_SOURCE is `staging`, which is read as `local`; expected local or remote"));
}

static void test_variables_of_later_sources_are_one_notice(void **state)
{
    (void)state;
    write_schema();
    write_file(".env", "MONGODB_URL=mongodb://h\nPOSTHOG_HOST=x\nPOSTHOG_API_KEY=canary-p\n");
    load();
    assert_int_equal(config->notices->len, 1);
    assert_string_equal(g_ptr_array_index(config->notices, 0),
                        "ignored, their sources are not there yet: POSTHOG_API_KEY, POSTHOG_HOST");
}

static void test_supabase_gets_its_sentence(void **state)
{
    (void)state;
    static const char *const keys[] = {"SUPABASE_SERVICE_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_ANON_KEY"};
    write_schema();
    set("MONGODB_URL=mongodb://h");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *assignment = g_strconcat(keys[i], "=canary-key", NULL);
        set(assignment);
        load();
        assert_true(noticed("DATABASE_URL=postgresql://postgres:PASSWORD@db.PROJECT.supabase.co:5432/postgres"));
        assert_false(noticed("canary"));
        g_ptr_array_set_size(environment, (int)environment->len - 1);
    }
    set("SUPABASE_URL=https://abcdefgh.supabase.co");
    load();
    assert_true(noticed("DATABASE_URL=postgresql://postgres:PASSWORD@db.abcdefgh.supabase.co:5432/postgres"));
    set("TIDEMARK_DESTINATION=https://abcdefgh.supabase.co/rest/v1");
    expect_refused("TIDEMARK_DESTINATION: this is the address of a Supabase project; give the PostgreSQL connection string");
}

static void test_unused_database_url_is_noticed(void **state)
{
    (void)state;
    write_schema();
    set("MONGODB_URL=mongodb://h");
    set("DATABASE_URL=postgresql://u:canary-pw@h/d");
    load();
    assert_true(noticed("DATABASE_URL is set but not used"));
    assert_false(noticed("canary"));
    set("POSTGRES_HOST=x");
    load();
    assert_int_equal(config->notices->len, 0);
}

static void test_file(void **state)
{
    (void)state;
    write_schema();
    write_file("more.yaml", "only: {include_base: true}\n");
    write_file(".env", "PW=h%20unter-canary\nNAME=warehouse\n");
    write_file(
        "tidemark.yaml",
        "destination: postgresql://etl:${PW}@pg/${NAME}\n"
        "jobs: 8\nstate: var/state.db\ndate_threshold: 2024-01-15\nbatch_size: 100\n"
        "sources:\n"
        "  app:\n    type: mongodb\n    url: dump:./dump/wellness\n    schema: config/schemas.yaml\n    into: raw_app\n"
        "    pages: ${PAGES:-7}\n"
        "    streams:\n      users: {lookback: 10m, on_too_long: truncate, keep_rows: forever, newer_wins: yes}\n      days:\n"
        "  second:\n    type: mongodb\n    url: mongodb://u:other-canary@m/x\n    schema: more.yaml\n"
        "    destination: sqlite:second.db\n");
    load();
    assert_true(g_str_has_suffix(config->file, "/tidemark.yaml"));
    assert_int_equal(config->jobs, 8);
    assert_int_equal(config->batch_size, 100);
    assert_true(config->global_threshold_us == days_from_civil(2024, 1, 15) * US_PER_DAY);
    g_autofree char *state_file = g_build_filename(dir, "var/state.db", NULL);
    assert_string_equal(config->state_file, state_file);
    assert_int_equal(config->sources->len, 2);
    assert_int_equal(config->destinations->len, 2);
    assert_string_equal(source(0)->name, "app");
    assert_int_equal(source(0)->line, 7);
    assert_string_equal(source(0)->into, "raw_app");
    g_autofree char *url = g_strdup_printf("dump:%s/dump/wellness", dir);
    assert_string_equal(options_text(source(0)->options, "url"), url);
    assert_int_equal(options_int(source(0)->options, "pages"), 7);
    assert_string_equal(source(0)->destination->url, "postgresql://etl:h%20unter-canary@pg/warehouse");
    assert_string_equal(source(0)->destination->display, "warehouse@pg");
    assert_ptr_equal(source(0)->destination, g_ptr_array_index(config->destinations, 0));
    OptionValues *users = g_hash_table_lookup(source(0)->streams, "users");
    assert_int_equal(options_int(users, "lookback"), 600 * US_PER_SECOND);
    assert_string_equal(options_text(users, "on_too_long"), "truncate");
    assert_int_equal(options_int(users, "keep_rows"), -1);
    assert_true(options_bool(users, "newer_wins"));
    assert_false(options_given(users, "on_invalid"));
    assert_null(g_hash_table_lookup(source(0)->streams, "days"));
    const MongoTable *table = g_ptr_array_index(((SchemaFile *)source(0)->schema)->tables, 0);
    assert_string_equal(table->table->schema, "raw_app");
    assert_string_equal(source(1)->destination->kind, "sqlite");
    g_autofree char *second = g_build_filename(dir, "second.db", NULL);
    assert_string_equal(source(1)->destination->display, second);
    char text[] = "h unter-canary h%20unter-canary other-canary";
    secret_mask(text);
    assert_null(strstr(text, "canary"));
}

static void test_search_path(void **state)
{
    (void)state;
    write_file("home/.config/tidemark/tidemark.yaml", "destination: sqlite:home.db\nsources: {a: {type: toy, file: x}}\n");
    load();
    assert_true(g_str_has_suffix(config->file, "/home/.config/tidemark/tidemark.yaml"));
    assert_true(g_str_has_suffix(source(0)->destination->display, "/home/.config/tidemark/home.db"));
    assert_true(g_str_has_suffix(options_text(source(0)->options, "file"), "/home/.config/tidemark/x"));
    write_file("xdg/tidemark/tidemark.yaml", "destination: sqlite:xdg.db\nsources: {a: {type: toy}}\n");
    g_autofree char *xdg = g_strdup_printf("XDG_CONFIG_HOME=%s/xdg", dir);
    set(xdg);
    load();
    assert_true(g_str_has_suffix(config->file, "/xdg/tidemark/tidemark.yaml"));
    write_file("tidemark.yaml", "destination: sqlite:here.db\nsources: {a: {type: toy}}\n");
    load();
    assert_true(g_str_has_suffix(source(0)->destination->display, "/here.db"));
    write_file("other/my.yaml", "destination: sqlite:other.db\nsources: {a: {type: toy}}\n");
    write_file("other/.env", "TIDEMARK_JOBS=9\n");
    assert_non_null(load_with((ConfigRequest){.file = "other/my.yaml"}));
    assert_true(g_str_has_suffix(source(0)->destination->display, "/other/other.db"));
    assert_int_equal(config->jobs, 9); /* the .env beside the file */
    assert_null(load_with((ConfigRequest){.file = "nope.yaml"}));
    g_autofree char *text = all_problems();
    assert_non_null(strstr(text, "/nope.yaml: cannot be read: No such file or directory\n"));
}

static void test_what_wins(void **state)
{
    (void)state;
    write_file("tidemark.yaml", "destination: ${NOT_SET_ANYWHERE}\njobs: 2\nstate: a.db\nsources:\n  a: {type: toy}\n"
                                "  b: {type: toy, destination: 'sqlite:own.db'}\n");
    expect_refused("tidemark.yaml:1:14: `destination`: the variable `NOT_SET_ANYWHERE` is not set");
    set("TIDEMARK_DESTINATION=sqlite:env.db");
    set("TIDEMARK_JOBS=3");
    set("TIDEMARK_STATE=env-state.db");
    load();
    assert_true(g_str_has_suffix(source(0)->destination->display, "/env.db"));
    assert_ptr_equal(source(0)->destination, source(1)->destination);
    assert_int_equal(config->destinations->len, 1);
    assert_int_equal(config->jobs, 3);
    assert_true(g_str_has_suffix(config->state_file, "/env-state.db"));
    assert_non_null(load_with((ConfigRequest){.destination = "sqlite:cli.db", .state = "/x/cli.db", .jobs = 5}));
    assert_true(g_str_has_suffix(source(1)->destination->display, "/cli.db"));
    assert_int_equal(config->jobs, 5);
    assert_string_equal(config->state_file, "/x/cli.db");
    set("TIDEMARK_JOBS=lots");
    expect_refused("TIDEMARK_JOBS: `jobs`: expected an integer from 1 to 64, found `lots`");
}

static void test_only_tidemark_variables_override_the_file(void **state)
{
    (void)state;
    write_file("tidemark.yaml", "destination: sqlite:out.db\nsources: {a: {type: toy}}\n");
    set("GLOBAL_DATE_THRESHOLD=2024-01-01");
    set("BATCH_SIZE=7");
    set("TRANSFER_SOURCE=remote");
    load();
    assert_true(config->global_threshold_us == TIME_NONE);
    assert_int_equal(config->batch_size, 0);
    assert_true(noticed("GLOBAL_DATE_THRESHOLD is set but not used"));
    assert_true(noticed("write `batch_size: ${BATCH_SIZE}` there"));
}

static void test_destination_mapping(void **state)
{
    (void)state;
    write_file("tidemark.yaml", "destination:\n  host: pg.internal\n  port: 5433\n  database: ware house\n  user: etl\n"
                                "  password: 'p/w@canary'\n  sslmode: verify-full\n  sslrootcert: /etc/ca.pem\n  label: PROD\n"
                                "  control_schema: sync\n  pooled: yes\n  connect_timeout: 3s\nsources: {a: {type: toy}}\n");
    load();
    const DestinationConfig *d = source(0)->destination;
    assert_string_equal(d->url, "postgresql://etl:p%2Fw%40canary@pg.internal:5433/ware%20house?sslmode=verify-full&"
                                "sslrootcert=%2Fetc%2Fca.pem");
    assert_string_equal(d->label, "PROD");
    assert_string_equal(d->display, "ware house@pg.internal:5433");
    assert_string_equal(options_text(d->options, "control_schema"), "sync");
    assert_true(options_bool(d->options, "pooled"));
    assert_int_equal(options_int(d->options, "connect_timeout"), 3 * US_PER_SECOND);
    char text[] = "p/w@canary p%2Fw%40canary";
    secret_mask(text);
    assert_null(strstr(text, "canary"));
}

static void test_destination_forms(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *url, *display;
    } cases[] = {
        {"postgres://h/d", "postgres://h/d", "d@h"},
        {"postgresql:///d?host=/run/pg", "postgresql:///d?host=/run/pg", "d@/run/pg"},
        {"postgresql:///d", "postgresql:///d", "d@local socket"},
        {"postgresql://u@[::1]:5432/d", "postgresql://u@[::1]:5432/d", "d@[::1]:5432"},
        {"{url: 'postgresql://h/d', label: PROD}", "postgresql://h/d", "d@h"},
        {"{host: /run/pg, database: d}", "postgresql://%2Frun%2Fpg/d", "d@/run/pg"},
        {"{host: '::1', database: d}", "postgresql://[::1]/d", "d@[::1]"},
        {"sqlite:///abs/out.db", "sqlite:/abs/out.db", "/abs/out.db"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("destination: %s\nsources: {a: {type: toy}}\n", cases[i].yaml);
        write_file("tidemark.yaml", text);
        load();
        assert_string_equal(source(0)->destination->url, cases[i].url);
        assert_string_equal(source(0)->destination->display, cases[i].display);
    }
}

static void test_errors(void **state)
{
    (void)state;
    write_schema();
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"", "tidemark.yaml: expected a mapping with `destination` and `sources`, found nothing"},
        {"- a\n", "tidemark.yaml:1:1: expected a mapping with `destination` and `sources`, found a list"},
        {"destination: sqlite:x\n", "tidemark.yaml:1:1: `sources`: expected a mapping of name to source, found nothing"},
        {"sources:\n" APP, "tidemark.yaml:2: source `app` has no destination"},
        {BASE APP "job: 3\n", "tidemark.yaml:4:1: unknown key `job` in the file (did you mean `jobs`?)"},
        {BASE APP "jobs: 65\n", "tidemark.yaml:4:7: `jobs`: expected an integer from 1 to 64, found `65`"},
        {BASE APP "jobs: [1]\n", "tidemark.yaml:4:7: jobs: expected text, found a list"},
        {BASE APP "date_threshold: soon\n", "tidemark.yaml:4:17: `date_threshold`: expected an ISO 8601 date"},
        {BASE "  a b: {type: toy}\n", "tidemark.yaml:3:3: source `a b`: expected a name of letters, digits, `_` and `-`"},
        {BASE "  a.b: {type: toy}\n", "tidemark.yaml:3:3: source `a.b`: expected a name"},
        {BASE "  a: toy\n", "tidemark.yaml:3:6: source `a`: expected a mapping, found the text `toy`"},
        {BASE "  a: {file: x}\n", "tidemark.yaml:3:6: source `a` has no `type`, expected one of mongodb, mariadb, toy"},
        {BASE "  a: {type: mongo}\n", "tidemark.yaml:3:13: source `a`: unknown type `mongo`"},
        {BASE "  a: {type: mongodb, schema: config/schemas.yaml}\n", "tidemark.yaml:3:6: source `a` has no `url`"},
        {BASE "  a: {type: mongodb, url: 'mongodb://h'}\n", "tidemark.yaml:3:6: source `a` has no `schema`"},
        {BASE "  a: {type: posthog}\n", "tidemark.yaml:3:13: source `a`: sources of type `posthog` are not there yet"},
        {BASE "  a: {type: toy, fil: x}\n", "tidemark.yaml:3:18: unknown key `fil` in source `a` (did you mean `file`?)"},
        {BASE "  a: {type: mongodb, url: x, schema: nope.yaml}\n", "tidemark.yaml:3:38: source `a`: there is no schema file "},
        {BASE "  a: {type: toy, parts: [1, 12]}\n",
         "tidemark.yaml:3:29: source `a`: `parts`: expected numbers from 1 to 9 such as 1,2,5, found `12`"},
        {BASE "  a: {type: toy, parts: [1, [2]]}\n", "tidemark.yaml:3:29: source `a`: expected text, found a list"},
        {BASE "  a: {type: toy, parts: []}\n", "tidemark.yaml:3:25: source `a`: `parts`: the list is empty"},
        {BASE "  a: {type: toy, parts: '1,x'}\n", "tidemark.yaml:3:25: source `a`: `parts`: expected numbers from 1 to 9"},
        {BASE "  a: {type: toy, file: [x]}\n", "tidemark.yaml:3:24: source `a`: expected text, found a list"},
        {BASE "  a: {type: toy, streams: [x]}\n", "tidemark.yaml:3:27: `streams` of source `a`: expected a mapping"},
        {BASE "  app: {type: mongodb, url: x, schema: config/schemas.yaml, streams: {user: {lookback: 1h}}}\n",
         "tidemark.yaml:3:71: source `app` has no stream `user` (did you mean `users`?)"},
        {BASE "  app: {type: mongodb, url: x, schema: config/schemas.yaml, streams: {users: {lookbak: 1h}}}\n",
         "tidemark.yaml:3:79: unknown key `lookbak` in stream `app.users` (did you mean `lookback`?)"},
        {BASE "  app: {type: mongodb, url: x, schema: config/schemas.yaml, streams: {users: {lookback: 10}}}\n",
         "tidemark.yaml:3:89: stream `app.users`: `lookback`: expected a duration such as 90s, 10m, 1h or 2d"},
        {BASE "  app: {type: mongodb, url: x, schema: config/schemas.yaml, pages: 11}\n",
         "tidemark.yaml:3:68: source `app`: `pages`: expected an integer from 1 to 10, found `11`"},
        {"destination: mysql://h/d\nsources: {a: {type: toy}}\n",
         "tidemark.yaml:1:14: `destination`: expected a URL such as postgresql://user@host/database or sqlite:FILE, found another "
         "scheme"},
        {"destination: sqlite\nsources: {a: {type: toy}}\n", "tidemark.yaml:1:14: `destination`: expected a URL"},
        {"destination: 'sqlite:'\nsources: {a: {type: toy}}\n",
         "tidemark.yaml:1:14: `destination`: expected sqlite:FILE, found no file"},
        {"destination: {host: h, databse: d}\nsources: {a: {type: toy}}\n",
         "tidemark.yaml:1:24: unknown key `databse` in `destination` (did you mean `database`?)"},
        {"destination: {url: 'sqlite:x', host: h}\nsources: {a: {type: toy}}\n",
         "tidemark.yaml:1:20: `destination` has both `url` and its parts"},
        {"destination: {label: x}\nsources: {a: {type: toy}}\n",
         "tidemark.yaml:1:14: `destination`: expected `url`, or `host` and `database`"},
        {"destination: {host: h, port: 0}\nsources: {a: {type: toy}}\n",
         "tidemark.yaml:1:30: `port` of `destination`: expected an integer"},
        {"destination: sqlite:${\nsources: {a: {type: toy}}\n",
         "tidemark.yaml:1:14: `destination`: `${` begins a variable, expected ${NAME}"},
        {"destination: 'sqlite:${A B}'\nsources: {a: {type: toy}}\n", "tidemark.yaml:1:14: `destination`: `${` begins a variable"},
        {BASE APP "  b: {type: mongodb, url: x, schema: config/schemas.yaml, into: ignored_by_sqlite}\n",
         "tidemark.yaml:4: streams `b.users` and `app.users` both land in the table `users`"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        write_file("tidemark.yaml", cases[i].text);
        expect_refused(cases[i].problem);
    }
}

static void test_every_mistake_of_every_file_in_one_go(void **state)
{
    (void)state;
    write_file("config/schemas.yaml", "users:\n  include_base: maybe\n");
    write_file(".env", "=broken\n");
    write_file("tidemark.yaml", BASE APP "jobs: none\nwhat: 1\n");
    assert_null(load_with((ConfigRequest){0}));
    assert_int_equal(problems->errors, 3);
    g_autofree char *text = all_problems();
    assert_non_null(strstr(text, ".env:1: warning: "));
    assert_non_null(strstr(text, "tidemark.yaml:4:7: "));
    assert_non_null(strstr(text, "tidemark.yaml:5:1: "));
    assert_non_null(strstr(text, "config/schemas.yaml:2:17: "));
    assert_false(problems->nothing_found);
}

/* A canary in every place that takes a secret, each place wrong besides: it is in no message. */
static void test_secrets_are_in_no_message(void **state)
{
    (void)state;
    write_schema();
    static const char *const files[] = {
        "destination: 'mysql://u:canary-a1@h/d'\nsources: {a: {type: toy}}\n",
        "destination: {host: h, port: x, user: u, password: canary-a1}\nsources: {a: {type: toy}}\n",
        "destination: {url: 'postgresql://u:canary-a1@h/d', host: x}\nsources: {a: {type: toy}}\n",
        "destination: ${SECRET}\nsources: {a: {type: toy}}\n",
        "jobs: ${SECRET}\ndestination: sqlite:x\nsources: {a: {type: toy}}\n",
        "destination: sqlite:x\nsources: {a: {type: mongodb, url: 'mongodb://u:canary-a1@h', pages: '${SECRET}'}}\n",
        "destination: sqlite:x\nsources: {a: {type: toy, streams: {x: {lookback: '${SECRET}'}}}}\n",
        "destination: canary-a1\nsources: {a: {type: toy}}\n",
    };
    set("SECRET=canary-b2");
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        write_file("tidemark.yaml", files[i]);
        assert_null(load_with((ConfigRequest){0}));
        g_autofree char *text = all_problems();
        if (strstr(text, "canary"))
            fail_msg("case %zu: %s", i, text);
    }
}

static void test_same_table_in_two_schemas_is_fine(void **state)
{
    (void)state;
    write_schema();
    write_file("tidemark.yaml", "destination: postgresql://h/d\nsources:\n" APP
                                "  b: {type: mongodb, url: x, schema: config/schemas.yaml, into: raw_b}\n");
    load();
    assert_int_equal(config->destinations->len, 1);
}

static void test_sample_schema(void **state)
{
    (void)state;
    write_file("tidemark.yaml", "destination: sqlite:x\nsources: {app: {type: mongodb, url: 'dump:x', schema: " SRCDIR
                                "/data/sample/config/schemas.yaml}}\n");
    load();
    assert_int_equal(problems->list->len, 0);
    assert_int_equal(((SchemaFile *)source(0)->schema)->tables->len, 31);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_nothing_found_says_where_it_looked),
        CASE(test_older_set_up_untouched),
        CASE(test_older_defaults),
        CASE(test_dump_needs_no_database),
        CASE(test_process_environment_wins_over_the_file),
        CASE(test_bad_older_values_are_errors),
        CASE(test_matomo_tables_of_the_environment),
        CASE(test_defaults_of_matomo_tables),
        CASE(test_mistakes_of_matomo_tables),
        CASE(test_missing_schema_file),
        CASE(test_remote_is_refused_with_a_sentence),
        CASE(test_remote_alone_is_refused_with_the_sentence),
        CASE(test_h43_the_whole_url_is_used),
        CASE(test_paths_in_variables),
        CASE(test_other_transfer_values_are_warned_of),
        CASE(test_variables_of_later_sources_are_one_notice),
        CASE(test_supabase_gets_its_sentence),
        CASE(test_unused_database_url_is_noticed),
        CASE(test_file),
        CASE(test_search_path),
        CASE(test_what_wins),
        CASE(test_only_tidemark_variables_override_the_file),
        CASE(test_destination_mapping),
        CASE(test_destination_forms),
        CASE(test_errors),
        CASE(test_every_mistake_of_every_file_in_one_go),
        CASE(test_secrets_are_in_no_message),
        CASE(test_same_table_in_two_schemas_is_fine),
        CASE(test_sample_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
