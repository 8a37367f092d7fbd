/* SPDX-License-Identifier: Apache-2.0 */
#include "base/term_text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/grid.h"
#include "cli/json_list.h"
#include "cli/output.h"
#include "model/time.h"

static bool chosen(const GPtrArray *streams, const char *id)
{
    for (guint i = 0; i < streams->len; i++)
        if (!g_strcmp0(((const Stream *)g_ptr_array_index(streams, i))->id, id))
            return true;
    return false;
}

static void add_notes_json(const StreamRow *row, GString *json)
{
    g_autoptr(GString) list = g_string_new("[");
    for (guint i = 0; row->notes && i < row->notes->len; i++) {
        const StoredNote *note = g_ptr_array_index(row->notes, i);
        g_string_append(list, i ? ",{" : "{");
        json_member_time(list, "from", note->low);
        json_member_time(list, "to", note->high);
        json_member_int(list, "count", note->count);
        json_member_text(list, "note", note->text);
        json_member_int(list, "run", note->run);
        g_string_append_c(list, '}');
    }
    g_string_append_c(list, ']');
    json_member_raw(json, "left_at_source", list->str);
}

static void print_json(const StreamRow *row, GString *json)
{
    g_string_append_c(json, '{');
    json_member_text(json, "type", "stream");
    json_member_text(json, "stream", row->id);
    json_member_text(json, "source", row->source);
    json_member_text(json, "kind", row->kind);
    json_member_text(json, "table", row->table);
    json_member_text(json, "destination", row->destination);
    json_member_text(json, "state", row->state);
    json_member_time(json, "watermark", row->watermark);
    json_member_time(json, "newest", row->newest);
    if (row->lag_us == TIME_NONE)
        json_member_raw(json, "lag_seconds", "null");
    else
        json_member_int(json, "lag_seconds", row->lag_us / US_PER_SECOND);
    json_member_known(json, "rows", row->rows);
    json_member_known(json, "rejects", row->rejects);
    json_member_text(json, "error", row->error);
    json_member_time(json, "at", row->at_us);
    json_member_bool(json, "cached", row->cached);
    add_notes_json(row, json);
    out_json(json);
}

static void add_row(Grid *grid, const StreamRow *row)
{
    grid_text(grid, row->id);
    g_autofree char *state = g_strdup_printf("%s%s", row->state, row->cached ? " (cached)" : "");
    grid_text(grid, state);
    grid_time(grid, row->watermark);
    if (row->lag_us == TIME_NONE)
        grid_text(grid, "-");
    else
        grid_take(grid, term_span(MAX(row->lag_us, 0) / 1000));
    grid_number(grid, row->rows);
    grid_number(grid, row->rejects);
    grid_text(grid, row->table);
    grid_text(grid, row->destination);
    grid_text(grid, row->error);
}

/* "app.visits left something at the source, 2025-06-20 (3): …" - one line per unit. */
static void append_notes(const StreamRow *row, GString *out)
{
    for (guint i = 0; row->notes && i < row->notes->len; i++) {
        const StoredNote *note = g_ptr_array_index(row->notes, i);
        char day[40];
        day_format(board_note_day(note), day);
        g_autofree char *text = term_dup(note->text);
        g_string_append_printf(out, "%s, %s, left at the source (%" G_GINT64_FORMAT "): %s\n", row->id, day, note->count, text);
    }
}

static int list_streams(const Session *session, Board *board)
{
    static const GridColumn columns[] = {
        {"stream"},
        {"state"},
        {"watermark (UTC)"},
        {"lag", .right = true},
        {"rows", .right = true},
        {"rejects", .right = true},
        {"table"},
        {"destination", .gives = true},
        {"last error", .gives = true},
    };
    Err err = {0};
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    if (!catalog_select(session->catalog, session->cli->arguments, wanted, &err))
        return cli_fail(&err);
    g_autoptr(BoardAnswer) answer = ask(board, &(BoardAsk){.question = ASK_STREAMS}, &err);
    if (!answer)
        return cli_fail(&err);
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GString) notes = g_string_new(NULL);
    for (guint i = 0; i < answer->rows->len; i++) {
        const StreamRow *row = g_ptr_array_index(answer->rows, i);
        if (!chosen(wanted, row->id))
            continue;
        if (session->cli->json)
            print_json(row, out);
        else
            add_row(grid, row);
        append_notes(row, notes);
    }
    if (session->cli->json)
        return EXIT_DONE;
    grid_append(grid, out_width(stdout), out);
    g_string_append(out, notes->str);
    out_text(stdout, out->str);
    return EXIT_DONE;
}

static int streams_run(Cli *cli)
{
    return ask_command(cli, SESSION_WORK, list_streams);
}

const Command command_streams = {
    .name = "streams",
    .arguments = "[STREAM…]",
    .help = "show how far each stream has come",
    .text = "Shows each stream with its state, its watermark (up to where the destination is known complete), how far that lags "
            "behind the source, "
            "the rows in its table and its open rejects, and below, day by day, what its server never returns. What a destination "
            "could not be asked for is taken from the state file "
            "and marked.",
    .max_arguments = -1,
    .run = streams_run,
};
