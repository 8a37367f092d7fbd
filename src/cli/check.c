/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_report.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/session.h"
#include "destinations/ddl.h"
#include "destinations/ledger.h"

static GPtrArray *streams_into(const Catalog *catalog, const DestinationConfig *config)
{
    GPtrArray *streams = g_ptr_array_new();
    for (guint i = 0; i < catalog->streams->len; i++) {
        const Stream *stream = g_ptr_array_index(catalog->streams, i);
        if (catalog_source_of(catalog, stream)->config->destination == config)
            g_ptr_array_add(streams, (gpointer)stream);
    }
    return streams;
}

/* What several tables lack is said once. */
static void check_grants(CheckReport *report, Destination *d, const char *schema, const char *table, GHashTable *said)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    Err err = {0};
    if (!d->ops->grants)
        return;
    if (!d->ops->grants(d, schema, table, missing, &err))
        report_add(report, REPORT_PROBLEM, "permissions", err.message, err.hint);
    for (guint i = 0; i < missing->len; i++) {
        const char *statement = g_ptr_array_index(missing, i);
        g_autofree char *found = g_strdup_printf("missing: %s", statement);
        if (g_hash_table_add(said, g_strdup(statement)))
            report_add(report, REPORT_PROBLEM, "permissions", found, NULL);
    }
}

static void check_tables(CheckReport *report, Destination *d, const GPtrArray *streams)
{
    int creates = 0, conflicts = 0;
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *control = d->config->options ? options_text(d->config->options, "control_schema") : NULL;
    if (control)
        check_grants(report, d, control, NULL, said);
    for (guint i = 0; i < streams->len; i++) {
        const Stream *stream = g_ptr_array_index(streams, i);
        Err err = {0};
        DdlPlan *plan = ddl_plan(d, stream, streams, &err);
        if (!plan) {
            report_add(report, REPORT_PROBLEM, stream->id, err.message, err.hint);
            conflicts++;
            continue;
        }
        creates += plan->creates;
        check_grants(report, d, plan->live->schema, plan->live->name, said);
        conflicts += plan->conflicts->len > 0;
        for (guint k = 0; k < plan->conflicts->len; k++)
            report_add(report, REPORT_PROBLEM, stream->id, g_ptr_array_index(plan->conflicts, k), NULL);
        ddl_plan_free(plan);
    }
    g_autofree char *found =
        g_strdup_printf("%u tables: %d present, %d to be made", streams->len, (int)streams->len - creates, creates);
    if (d->ops->grants && g_hash_table_size(said) == 0)
        report_add(report, REPORT_OK, "permissions", "sufficient", NULL);
    if (!conflicts)
        report_add(report, REPORT_OK, "tables", found, NULL);
}

static void check_own_tables(CheckReport *report, Destination *d)
{
    Err err = {0};
    bool exists = false;
    if (ledger_exists(d, &exists, &err))
        report_add(report, REPORT_OK, "own tables", exists ? "present" : "will be made by the first run", NULL);
    else
        report_add(report, REPORT_PROBLEM, "own tables", err.message, err.hint);
}

static void check_destination(CheckReport *report, const Session *session, const DestinationConfig *config)
{
    g_autoptr(GPtrArray) streams = streams_into(session->catalog, config);
    g_autofree char *display = destination_display(config);
    Err err = {0};
    report_group(report, "destination", config->kind, display);
    Destination *d = destination_open(config, &err);
    if (!d) {
        report_add(report, err.code == ERR_UNREACHABLE ? REPORT_UNREACHABLE : REPORT_PROBLEM, "connection", err.message, err.hint);
        return;
    }
    const char *version = d->ops->server_version ? d->ops->server_version(d) : NULL;
    report_add(report, REPORT_OK, "connection", version ? version : "open", NULL);
    if (d->ops->link_security)
        report_add(report, REPORT_OK, "link", d->ops->link_security(d), NULL);
    check_own_tables(report, d);
    check_tables(report, d, streams);
    destination_close(d);
}

static void check_source(CheckReport *report, const CatalogSource *source)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(check_line_free);
    SourceContext context = {.config = source->config};
    Err err = {0};
    report_group(report, "source", source->config->kind, source->config->name);
    Source *open = source_open(source->ops, &context, &err);
    if (!open) {
        report_add(report, err.code == ERR_UNREACHABLE ? REPORT_UNREACHABLE : REPORT_PROBLEM, "connection", err.message, err.hint);
        return;
    }
    if (!source->ops->check)
        report_add(report, REPORT_OK, "connection", "open", NULL);
    else if (!source->ops->check(open, source->streams, lines, &err))
        report_add(report, REPORT_PROBLEM, "check", err.message, err.hint);
    for (guint i = 0; i < lines->len; i++) {
        const CheckLine *line = g_ptr_array_index(lines, i);
        report_add(report, line->ok ? REPORT_OK : REPORT_PROBLEM, line->what, line->found, line->fix);
    }
    source_free(open);
}

static void check_configuration(CheckReport *report, const Session *session)
{
    const Config *config = session->config;
    g_autofree char *name = session_configuration(session);
    report_group(report, "configuration", name, NULL);
    report_add(report, REPORT_OK, "files", config->env_file && config->file ? config->env_file : "no mistakes", NULL);
    for (guint i = 0; i < session->problems->list->len; i++) {
        const Problem *problem = g_ptr_array_index(session->problems->list, i);
        g_autofree char *text = problem_format(problem);
        report_add(report, REPORT_NOTE, "warning", text, NULL);
    }
    for (guint i = 0; i < config->notices->len; i++)
        report_add(report, REPORT_NOTE, "note", g_ptr_array_index(config->notices, i), NULL);
}

static int check_run(Cli *cli)
{
    Session session;
    int status = EXIT_DONE;
    if (session_open(&session, cli, SESSION_CONFIG, &status)) {
        g_autoptr(CheckReport) report = report_new(cli);
        check_configuration(report, &session);
        for (guint i = 0; i < session.config->destinations->len; i++)
            check_destination(report, &session, g_ptr_array_index(session.config->destinations, i));
        for (guint i = 0; i < session.catalog->sources->len; i++)
            check_source(report, g_ptr_array_index(session.catalog->sources, i));
        status = report_end(report, session.catalog->streams->len);
    }
    session_close(&session);
    return status;
}

const Command command_check = {
    .name = "check",
    .arguments = "",
    .help = "test configuration, connections and permissions",
    .text = "Tests the configuration, every connection and the permissions, and shows what works and what to fix. It writes "
            "nothing. Exit status 0: all "
            "is well; 2: there is something to fix; 69: a server cannot be reached.",
    .run = check_run,
};
