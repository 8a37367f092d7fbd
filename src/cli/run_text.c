/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_text.h"

#include "base/clock.h"
#include "base/term_text.h"
#include "cli/json_list.h"
#include "cli/output.h"
#include "cli/term_time.h"
#include "model/time.h"

char *run_took(int64_t started_us, int64_t ended_us)
{
    if (started_us == TIME_NONE)
        return term_span(-1);
    int64_t end = ended_us == TIME_NONE ? clock_now_us() : ended_us;
    return term_span(MAX(end - started_us, 0) / 1000);
}

void run_print_json(const RunRecord *run, GString *json)
{
    g_string_append_c(json, '{');
    json_member_text(json, "type", "run");
    json_member_int(json, "run", run->run);
    json_member_text(json, "job", run->job);
    json_member_text(json, "arguments", run->arguments);
    json_member_text(json, "destination", run->destination);
    json_member_text(json, "operator", run->operator_name);
    json_member_text(json, "host", run->host);
    json_member_text(json, "version", run->version);
    json_member_time(json, "started", run->started_us);
    json_member_time(json, "ended", run->ended_us);
    json_member_text(json, "outcome", run->outcome);
    json_member_known(json, "exit_status", run->exit_status);
    json_member_int(json, "streams", run->streams);
    json_member_counts(json, &run->counts);
    json_member_int(json, "memory_bytes", run->memory_bytes);
    out_json(json);
}

void run_stream_print_json(const RunStreamRecord *stream, GString *json)
{
    g_string_append_c(json, '{');
    json_member_text(json, "type", "stream");
    json_member_int(json, "run", stream->run);
    json_member_text(json, "stream", stream->stream);
    json_member_text(json, "result", stream->phase);
    json_member_text(json, "note", stream->note);
    json_member_text(json, "window", stream->window);
    json_member_text(json, "why", stream->why);
    json_member_known(json, "continues", stream->continues ? stream->continues : -1);
    json_member_int(json, "kept", stream->kept);
    json_member_time(json, "started", stream->started_us);
    json_member_time(json, "ended", stream->ended_us);
    json_member_counts(json, &stream->counts);
    json_member_int(json, "in_flight", stream->in_flight);
    json_member_known(json, "estimate", stream->estimate);
    json_member_known(json, "queue_fill", stream->queue_fill);
    json_member_text(json, "error", stream->error);
    json_member_text(json, "hint", stream->hint);
    out_json(json);
}

void log_print_json(const LogRecord *line, GString *json)
{
    g_string_append_c(json, '{');
    json_member_text(json, "type", "log");
    json_member_int(json, "id", line->id);
    json_member_int(json, "run", line->run);
    json_member_time(json, "at", line->at_us);
    json_member_text(json, "level", log_level_name(line->level));
    json_member_text(json, "stream", line->stream);
    json_member_text(json, "text", line->text);
    out_json(json);
}

void log_append_text(const LogRecord *line, GString *out)
{
    g_autofree char *at = term_time(line->at_us);
    g_string_append_printf(out, "%sZ %-5s ", at, log_level_name(line->level));
    if (line->stream) {
        term_append(out, line->stream);
        g_string_append(out, ": ");
    }
    term_append(out, line->text);
    g_string_append_c(out, '\n');
}
