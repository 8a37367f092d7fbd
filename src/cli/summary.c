/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/summary.h"

#include "base/term_text.h"
#include "cli/exit_status.h"
#include "cli/grid.h"
#include "cli/json_list.h"
#include "cli/output.h"
#include "cli/plan_print.h"
#include "cli/version.h"
#include "model/date_range.h"

typedef struct Planned {
    char *window, *why;
    const Stream *stream;
} Planned;

struct Summary {
    const Session *session;
    char *header;
    char *destinations, *configuration;
    char *job, *arguments;
    GHashTable *planned; /* stream id → Planned */
    bool begun;          /* the header stands on stdout */
};

static void planned_free(void *data)
{
    Planned *planned = data;
    g_free(planned->window);
    g_free(planned->why);
    g_free(planned);
}

Summary *summary_new(const Session *session, const Plan *plan)
{
    Summary *summary = g_new0(Summary, 1);
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    summary->session = session;
    summary->header = plan_header(session, plan);
    summary->job = g_strdup(plan->request.job->name);
    summary->arguments = g_strdup(plan->request.arguments);
    summary->planned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, planned_free);
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        Planned *planned = g_new0(Planned, 1);
        planned->window = window_format(&stream->window);
        planned->why = g_strdup(stream->why);
        planned->stream = stream->stream;
        g_hash_table_insert(summary->planned, g_strdup(stream->stream->id), planned);
        g_ptr_array_add(streams, (gpointer)stream->stream);
    }
    summary->destinations = session_destinations(session, streams);
    summary->configuration = session_configuration(session);
    return summary;
}

void summary_free(Summary *summary)
{
    if (!summary)
        return;
    g_hash_table_destroy(summary->planned);
    g_free(summary->header);
    g_free(summary->destinations);
    g_free(summary->configuration);
    g_free(summary->job);
    g_free(summary->arguments);
    g_free(summary);
}

static bool shows_table(const Cli *cli)
{
    return !cli->json && !cli->quiet && (!cli->batch || cli->verbose);
}

void summary_begin(Summary *summary)
{
    if (!shows_table(summary->session->cli))
        return;
    out_text(stdout, summary->header);
    fflush(stdout);
    summary->begun = true;
}

void summary_balance(const Counts *counts, GString *out)
{
    const struct {
        const char *before;
        int64_t number;
    } parts[] = {
        {counts_balance(counts) ? "balance: read " : "balance does not hold: read ", counts->read},
        {" = written ", counts->written},
        {" + unchanged ", counts->unchanged},
        {" + rejected ", counts->rejected},
        {" + filtered ", counts->filtered},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_string_append(out, parts[i].before);
        term_append_number(out, parts[i].number);
    }
    if (counts->removed) {
        g_string_append(out, "; removed ");
        term_append_number(out, counts->removed);
    }
}

static int64_t stream_took(const StreamView *stream)
{
    return stream->started_ms && stream->ended_ms >= stream->started_ms ? stream->ended_ms - stream->started_ms : -1;
}

static const Planned *planned_of(const Summary *summary, const char *id)
{
    return g_hash_table_lookup(summary->planned, id);
}

static void add_counts(Grid *grid, const Counts *counts)
{
    grid_number(grid, counts->read);
    grid_number(grid, counts->written);
    grid_number(grid, counts->unchanged);
    grid_number(grid, counts->rejected);
    grid_number(grid, counts->filtered);
    grid_number(grid, counts->removed);
}

static void append_table(const Summary *summary, const RunView *run, GString *out)
{
    static const GridColumn columns[] = {
        {"stream", .gives = true},    {"read", .right = true},     {"written", .right = true},
        {"unchanged", .right = true}, {"rejected", .right = true}, {"filtered", .right = true},
        {"removed", .right = true},   {"took", .right = true},     {"result"},
        {"window", .gives = true},
    };
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    for (int i = 0; i < run->stream_count; i++) {
        const StreamView *stream = &run->streams[i];
        const Planned *planned = planned_of(summary, stream->id);
        grid_text(grid, stream->id);
        add_counts(grid, &stream->counts);
        grid_take(grid, term_span(stream_took(stream)));
        grid_text(grid, phase_name(stream->phase));
        grid_text(grid, planned ? planned->window : "");
    }
    g_autofree char *total = g_strdup_printf("%d stream%s", run->stream_count, run->stream_count == 1 ? "" : "s");
    grid_text(grid, total);
    add_counts(grid, &run->counts);
    grid_take(grid, term_span(run->elapsed_ms));
    grid_text(grid, "");
    grid_text(grid, "");
    grid_append(grid, out_width(stdout), out);
}

/* "4 rows rejected, 3 of them for the first time" */
static void append_rejected(const Counts *counts, GString *out)
{
    term_append_number(out, counts->rejected);
    g_string_append(out, counts->rejected == 1 ? " row rejected" : " rows rejected");
    if (counts->rejected_new == counts->rejected) {
        g_string_append(out, " for the first time");
        return;
    }
    g_string_append(out, ", ");
    term_append_number(out, counts->rejected_new);
    g_string_append(out, " of them for the first time");
}

static void append_next(const RunView *run, int status, GString *out)
{
    if (run->counts.rejected) {
        append_rejected(&run->counts, out);
        g_string_append(out, "; `tidemark rejects` says why\n");
    }
    if (run->run > 0)
        g_string_append_printf(out, "`tidemark history %" G_GINT64_FORMAT "` shows this run again\n", run->run);
    if (status == EXIT_INTERRUPTED || status == EXIT_TERMINATED || status == EXIT_HANGUP)
        g_string_append(out, "stopped; the same command goes on from the last commit\n");
}

static void print_table(const Summary *summary, const RunView *run, int status)
{
    g_autoptr(GString) out = g_string_new(NULL);
    append_table(summary, run, out);
    summary_balance(&run->counts, out);
    g_string_append_printf(out, "\ninto %s\n", summary->destinations);
    append_next(run, status, out);
    out_text(stdout, out->str);
    fflush(stdout); /* what follows on stderr belongs below it */
}

static void print_trouble(const Summary *summary, const RunView *run)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (int i = 0; i < run->stream_count; i++) {
        const StreamView *stream = &run->streams[i];
        if (stream->err.code != ERR_NONE && stream->phase != PHASE_DONE) {
            g_autofree char *message = term_dup(stream->err.message), *hint = term_dup(stream->err.hint);
            g_string_append_printf(out, "%s: %s: %s\n", stream->id, phase_name(stream->phase), message);
            if (*hint)
                g_string_append_printf(out, "  %s\n", hint);
        }
        if (stream->counts.rejected && !summary->begun) {
            g_string_append_printf(out, "%s: ", stream->id);
            append_rejected(&stream->counts, out);
            g_string_append_printf(out, "; `tidemark rejects %s` says why\n", stream->id);
        }
    }
    if (!out->len)
        return;
    if (!summary->begun)
        out_text(stderr, summary->header);
    out_text(stderr, out->str);
}

static void print_run_json(const Summary *summary, const RunView *run, int status, GString *json)
{
    g_string_append_c(json, '{');
    json_member_text(json, "type", "run");
    json_member_int(json, "run", run->run);
    json_member_text(json, "job", summary->job);
    json_member_text(json, "arguments", summary->arguments);
    json_member_text(json, "destination", summary->destinations);
    json_member_text(json, "configuration", summary->configuration);
    json_member_text(json, "operator", run->operator_name);
    json_member_text(json, "host", run->host);
    json_member_text(json, "version", version_short());
    json_member_time(json, "started", run->started_us);
    json_member_int(json, "elapsed_ms", run->elapsed_ms);
    json_member_int(json, "exit_status", status);
    json_member_int(json, "streams", run->stream_count);
    json_member_counts(json, &run->counts);
    json_member_bool(json, "balanced", counts_balance(&run->counts));
    json_member_int(json, "memory_bytes", run->memory_bytes);
    out_json(json);
}

static void print_stream_json(const Summary *summary, const RunView *run, const StreamView *stream, GString *json)
{
    const Planned *planned = planned_of(summary, stream->id);
    g_string_append_c(json, '{');
    json_member_text(json, "type", "stream");
    json_member_int(json, "run", run->run);
    json_member_text(json, "stream", stream->id);
    json_member_text(json, "result", phase_name(stream->phase));
    json_member_text(json, "window", planned ? planned->window : NULL);
    json_member_text(json, "why", planned ? planned->why : NULL);
    json_member_counts(json, &stream->counts);
    json_member_known(json, "took_ms", stream_took(stream));
    json_member_err(json, "error", &stream->err);
    out_json(json);
}

void summary_end(Summary *summary, const RunView *run, int status)
{
    const Cli *cli = summary->session->cli;
    if (cli->json) {
        g_autoptr(GString) json = g_string_new(NULL);
        print_run_json(summary, run, status, json);
        for (int i = 0; i < run->stream_count; i++)
            print_stream_json(summary, run, &run->streams[i], json);
        fflush(stdout);
    } else if (shows_table(cli)) {
        print_table(summary, run, status);
    }
    if (status != EXIT_DONE)
        print_trouble(summary, run);
}
