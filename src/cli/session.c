/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include "base/term_text.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/term_time.h"
#include "destinations/destination.h"
#include "model/time.h"
#include "sources/source.h"

#define MOST_KINDS 16

static int source_kinds(KindOptions *out)
{
    int count = 0;
    for (; source_registry[count] && count < MOST_KINDS; count++)
        out[count] = (KindOptions){.kind = source_registry[count]->kind,
                                   .options = source_registry[count]->options,
                                   .schema = source_registry[count]->schema};
    return count;
}

static int destination_kinds(KindOptions *out)
{
    int count = 0;
    for (; destination_registry[count] && count < MOST_KINDS; count++)
        out[count] = (KindOptions){.kind = destination_registry[count]->kind,
                                   .options = destination_registry[count]->options,
                                   .schemes = destination_registry[count]->schemes};
    return count;
}

static Config *load(const Cli *cli, bool without_schemas, Problems *problems)
{
    KindOptions sources[MOST_KINDS + 1] = {0}, destinations[MOST_KINDS + 1] = {0};
    source_kinds(sources);
    destination_kinds(destinations);
    ConfigRequest request = {
        .file = cli_text(cli, "config"),
        .destination = cli_text(cli, "destination"),
        .state = cli_text(cli, "state"),
        .jobs = cli_given(cli, "jobs") ? (int)cli_int(cli, "jobs") : 0,
        .without_schemas = without_schemas,
        .sources = sources,
        .destinations = destinations,
        .environment = cli->environment,
    };
    return config_load(&request, problems);
}

Config *session_load_config(const Cli *cli, Problems *problems)
{
    return load(cli, false, problems);
}

Config *session_load_sources(const Cli *cli, Problems *problems)
{
    return load(cli, true, problems);
}

void session_print_problems(const Problems *problems, bool warnings)
{
    for (guint i = 0; i < problems->list->len; i++) {
        const Problem *problem = g_ptr_array_index(problems->list, i);
        if (problem->warning && !warnings)
            continue;
        g_autofree char *line = problem_format(problem);
        g_autofree char *shown = term_dup(line);
        out_printf(stderr, "%s\n", shown);
    }
}

static void say_state_failed(Session *session, const char *what, const char *message)
{
    g_autofree char *line = g_strdup_printf("tidemark: warning: %s: %s\n", what, message);
    if (!session->state_failed && !session->silent)
        out_log(line);
    session->state_failed = true;
}

/* Without being asked for: what concerns no stream, and on a screen what concerns one short of its end, which the summary tells. */
static bool shows_line(const Session *session, const LogLine *line)
{
    if (session->silent)
        return false;
    if (session->shown_given)
        return line->level <= session->shown;
    if (line->stream || line->run)
        return !session->cli->batch && line->level == LOG_WARN;
    return line->level <= LOG_WARN;
}

static void take_log_line(const LogLine *line, void *data)
{
    Session *session = data;
    if (line->run && session->state) {
        Err err = {0};
        if (!state_run_log(session->state, line, &err))
            say_state_failed(session, "the run's log is not kept", err.message);
    }
    if (!shows_line(session, line))
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *at = term_time(line->at_us);
    g_string_append_printf(text, "%sZ %-5s ", at, log_level_name(line->level));
    if (line->stream) {
        term_append(text, line->stream);
        g_string_append(text, ": ");
    }
    term_append(text, line->text);
    g_string_append_c(text, '\n');
    out_log(text->str);
}

/* History gets everything from `info` on, whatever the screen shows. */
static void begin_log(Session *session)
{
    const char *level = cli_text(session->cli, "log-level");
    session->shown_given = level || session->cli->verbose;
    session->shown = LOG_INFO;
    if (level)
        (void)log_level_parse(level, &session->shown);
    log_set_level(MAX(session->shown, LOG_INFO));
    log_set_sink(take_log_line, session);
}

static void empty_catalog(Session *session)
{
    session->catalog = g_new0(Catalog, 1);
    session->catalog->sources = g_ptr_array_new();
    session->catalog->streams = g_ptr_array_new();
}

static bool open_config(Session *session, SessionNeed need, int *status)
{
    const Cli *cli = session->cli;
    session->config = session_load_config(cli, session->problems);
    if (session->config)
        session->catalog = catalog_new(session->config, session->problems);
    if (session->catalog) {
        session_print_problems(session->problems, !cli->batch || cli->verbose);
        return true;
    }
    if (need == SESSION_HISTORY && cli_given(cli, "state")) {
        empty_catalog(session);
        return true;
    }
    if (need == SESSION_CONSOLE && session->problems->nothing_found)
        return true;
    session_print_problems(session->problems, true);
    *status = EXIT_USAGE;
    return false;
}

static bool open_state(Session *session, SessionNeed need, int *status)
{
    Err err = {0};
    g_autofree char *aside = NULL;
    const char *path = session->config ? session->config->state_file : cli_text(session->cli, "state");
    if (!path) /* without a configuration there is nothing to keep */
        return true;
    session->state = state_open(path, &aside, &err);
    if (aside)
        out_printf(stderr, "tidemark: warning: the state file %s was damaged; it is kept as %s, and a new one is begun\n", path,
                   aside);
    if (session->state && state_reap(session->state, NULL, &err))
        return true;
    if (need == SESSION_HISTORY) {
        *status = cli_fail(&err);
        return false;
    }
    say_state_failed(session, "history is not kept", err.message);
    return true;
}

bool session_open(Session *session, const Cli *cli, SessionNeed need, int *status)
{
    *session = (Session){.cli = cli, .problems = problems_new()};
    begin_log(session);
    bool ok = open_config(session, need, status) && (need == SESSION_CONFIG || open_state(session, need, status));
    session->silent = need == SESSION_CONSOLE;
    return ok;
}

void session_close(Session *session)
{
    log_set_sink(NULL, NULL);
    state_close(session->state);
    if (session->config) {
        catalog_free(session->catalog);
        config_free(session->config);
    } else if (session->catalog) {
        g_ptr_array_free(session->catalog->sources, TRUE);
        g_ptr_array_free(session->catalog->streams, TRUE);
        g_free(session->catalog);
    }
    problems_free(session->problems);
}

char *destination_display(const DestinationConfig *destination)
{
    g_autofree char *text =
        destination->label ? g_strdup_printf("%s %s", destination->label, destination->display) : g_strdup(destination->display);
    return term_dup(text);
}

char *session_destinations(const Session *session, const GPtrArray *streams)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < streams->len; i++) {
        const CatalogSource *source = catalog_source_of(session->catalog, g_ptr_array_index(streams, i));
        const DestinationConfig *destination = source->config->destination;
        if (!g_hash_table_add(seen, (gpointer)destination))
            continue;
        g_autofree char *display = destination_display(destination);
        g_string_append_printf(out, "%s%s", out->len ? ", " : "", display);
    }
    return g_string_free(out, FALSE);
}

char *session_configuration(const Session *session)
{
    const Config *config = session->config;
    const char *file = config && config->file ? config->file : config && config->env_file ? config->env_file : "the environment";
    return term_dup(file);
}
