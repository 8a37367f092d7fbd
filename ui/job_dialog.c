/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/job_dialog.h"

#include "base/term_text.h"
#include "model/date_range.h"
#include "ui/dialog_first_write.h"
#include "ui/dialog_text.h"
#include "ui/home.h"

static JobDialog *dialog_of(const Screen *screen)
{
    return screen->data;
}

enum { DETAIL_MOST = 6 };

/* ---- asking ---- */

bool job_dialog_open(Screen *screen, const JobOps *job, const char *argument)
{
    JobDialog *dialog = dialog_of(screen);
    Err err = {0};
    if (!ui_board(screen->ui) || !ui_engine(screen->ui)) {
        ui_say(screen->ui, true, "there is no configuration, so nothing to %s", job->name);
        return false;
    }
    bool read = request_parse(job, argument, &dialog->request, &err);
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    if (read && catalog_select(ui_catalog(screen->ui), dialog->request.patterns, streams, &err))
        return true;
    ui_say(screen->ui, true, "%s", err.message);
    return false;
}

static void ask(Screen *screen, bool estimate)
{
    const JobDialog *dialog = dialog_of(screen);
    screen_ask(screen, &(BoardAsk){.question = ASK_PLAN, .plan = dialog->line, .estimate = estimate}, 0);
}

static void forget_plan(JobDialog *dialog)
{
    g_clear_pointer(&dialog->plan, plan_free);
    g_clear_pointer(&dialog->sql, g_ptr_array_unref);
    dialog->err = (Err){0};
    dialog->estimated = false;
    dialog->list = dialog->sql_list = (List){0};
    dialog->view = dialog->back = VIEW_PLAN;
}

void job_dialog_ask(Screen *screen)
{
    JobDialog *dialog = dialog_of(screen);
    forget_plan(dialog);
    g_free(dialog->line);
    dialog->line = request_line(&dialog->request);
    ask(screen, false);
}

void job_dialog_clear(Screen *screen, const Err *why)
{
    JobDialog *dialog = dialog_of(screen);
    forget_plan(dialog);
    g_clear_pointer(&dialog->line, g_free);
    if (why)
        dialog->err = *why;
}

/* The plan is there at once; its rows are counted by a second look, which may take its time and replaces it. */
void job_dialog_refresh(Screen *screen)
{
    JobDialog *dialog = dialog_of(screen);
    const BoardAnswer *answer = screen_answer(screen, ASK_PLAN);
    if (!dialog->line || !answer || screen_asking(screen, ASK_PLAN) || answer->ticket == dialog->ticket)
        return;
    bool second = dialog->plan != NULL;
    dialog->ticket = answer->ticket;
    dialog->estimated = second;
    if (answer->err.code != ERR_NONE) {
        if (!second)
            dialog->err = answer->err;
        return;
    }
    plan_free(dialog->plan);
    dialog->plan = screen_take_plan(screen);
    if (!second)
        ask(screen, true);
}

/* ---- the SQL ---- */

static void add_statement(GPtrArray *rows, const char *statement)
{
    bool comment = g_str_has_prefix(statement, "--");
    g_autofree char *whole = g_strconcat(statement, comment || g_str_has_suffix(statement, ";") ? "" : ";", NULL);
    g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
    for (int i = 0; lines[i]; i++)
        g_ptr_array_add(rows, g_strdup(lines[i]));
}

static int statements_of(const StreamPlan *stream)
{
    if (!stream->ddl || stream->refused.code != ERR_NONE)
        return 0;
    return (int)stream->ddl->statements->len + (stream->ddl->key_later != NULL) + (int)stream->ddl->indexes_later->len;
}

static int statement_count(const Plan *plan)
{
    int count = (int)plan->ledger_ddl->len;
    for (guint i = 0; i < plan->ledger_ddl->len; i++)
        count -= g_str_has_prefix(g_ptr_array_index(plan->ledger_ddl, i), "--");
    for (guint i = 0; i < plan->streams->len; i++)
        count += statements_of(g_ptr_array_index(plan->streams, i));
    return count;
}

static GPtrArray *sql_rows(const Plan *plan)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < plan->notes->len; i++)
        g_ptr_array_add(rows, g_strdup_printf("-- note: %s", (const char *)g_ptr_array_index(plan->notes, i)));
    for (guint i = 0; i < plan->ledger_ddl->len; i++)
        add_statement(rows, g_ptr_array_index(plan->ledger_ddl, i));
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        if (statements_of(stream) == 0)
            continue;
        g_ptr_array_add(rows, g_strdup_printf("-- %s", stream->stream->id));
        for (guint k = 0; k < stream->ddl->statements->len; k++)
            add_statement(rows, g_ptr_array_index(stream->ddl->statements, k));
        if (!stream->ddl->key_later)
            continue;
        g_ptr_array_add(rows, g_strdup_printf("-- %s:", plan_when_key(stream)));
        add_statement(rows, stream->ddl->key_later);
        for (guint k = 0; k < stream->ddl->indexes_later->len; k++)
            add_statement(rows, g_ptr_array_index(stream->ddl->indexes_later, k));
    }
    if (rows->len == 0)
        g_ptr_array_add(rows, g_strdup("-- no table has to be made or changed"));
    return rows;
}

static void show_sql(JobDialog *dialog)
{
    if (!dialog->sql)
        dialog->sql = sql_rows(dialog->plan);
    dialog->back = dialog->view;
    dialog->view = VIEW_SQL;
}

static void leave_view(JobDialog *dialog)
{
    dialog->view = dialog->view == VIEW_SQL ? dialog->back : VIEW_PLAN;
}

/* ---- keys ---- */

bool job_dialog_act(Screen *screen, int action, UiReaction *reaction)
{
    JobDialog *dialog = dialog_of(screen);
    *reaction = UI_REDRAW;
    if (action == ACT_SQL) {
        if (dialog->view == VIEW_SQL)
            leave_view(dialog);
        else
            show_sql(dialog);
        return true;
    }
    if (dialog->view == VIEW_SQL)
        return list_act(&dialog->sql_list, action);
    return list_act(&dialog->list, action);
}

UiReaction job_dialog_key(Screen *screen, const UiKey *key)
{
    JobDialog *dialog = dialog_of(screen);
    if (dialog->view == VIEW_PLAN || (key->code != UIKEY_ESCAPE && key->code != 'q' && key->code != UIKEY_LEFT))
        return UI_NONE;
    leave_view(dialog);
    return UI_REDRAW;
}

int job_dialog_runnable(const JobDialog *dialog)
{
    int count = 0;
    for (guint i = 0; dialog->plan && i < dialog->plan->streams->len; i++)
        count += ((const StreamPlan *)g_ptr_array_index(dialog->plan->streams, i))->refused.code == ERR_NONE;
    return count;
}

const char *job_dialog_unavailable(const Screen *screen, int action)
{
    const JobDialog *dialog = dialog_of(screen);
    if (action != ACT_ENTER && action != ACT_SQL)
        return NULL;
    if (dialog->plan)
        return action == ACT_ENTER && job_dialog_runnable(dialog) == 0 ? "no stream of this plan can run" : NULL;
    if (dialog->err.code != ERR_NONE)
        return "there is no plan";
    return dialog->line ? "the plan is not made yet" : "the request is not complete";
}

UiReaction job_dialog_start(Screen *screen)
{
    JobDialog *dialog = dialog_of(screen);
    if (first_write_asks(dialog->plan) && dialog->view != VIEW_FIRST_WRITE) {
        dialog->view = VIEW_FIRST_WRITE;
        return UI_REDRAW;
    }
    ui_start_job(screen->ui, g_steal_pointer(&dialog->plan), dialog->line);
    return UI_BACK;
}

void job_dialog_command_line(const Screen *screen, GString *out)
{
    const JobDialog *dialog = dialog_of(screen);
    if (dialog->line)
        g_string_append_printf(out, "tidemark %s", dialog->line);
}

void job_dialog_close(Screen *screen)
{
    JobDialog *dialog = dialog_of(screen);
    forget_plan(dialog);
    g_free(dialog->line);
    request_clear(&dialog->request);
}

/* ---- drawing ---- */

char *job_dialog_table(const StreamPlan *stream)
{
    const char *schema = stream->ddl && stream->ddl->live ? stream->ddl->live->schema : stream->stream->table->schema;
    return schema && *schema ? g_strdup_printf("%s.%s", schema, stream->stream->table->name)
                             : g_strdup(stream->stream->table->name);
}

static bool draw_sql(JobDialog *dialog, Canvas *canvas, Rect area)
{
    list_fit(&dialog->sql_list, dialog->sql->len, area.h);
    for (int i = 0; i < area.h && dialog->sql_list.top + i < dialog->sql->len; i++) {
        bool cursor = dialog->sql_list.top + i == dialog->sql_list.cursor;
        const char *row = g_ptr_array_index(dialog->sql, (guint)(dialog->sql_list.top + i));
        canvas_text(canvas, area.x, area.y + i, area.w - 1, g_str_has_prefix(row, "--") ? STYLE_DIM : STYLE_TEXT, row);
        if (cursor)
            canvas_restyle(canvas, (Rect){area.x, area.y + i, 2, 1}, STYLE_SELECTED);
    }
    list_draw_scroll(&dialog->sql_list, canvas, area);
    return true;
}

bool job_dialog_draw_view(const Screen *screen, Canvas *canvas, Rect area)
{
    JobDialog *dialog = dialog_of(screen);
    if (dialog->view == VIEW_SQL)
        return draw_sql(dialog, canvas, area);
    if (dialog->view == VIEW_FIRST_WRITE)
        first_write_draw(dialog->plan, canvas, area);
    return dialog->view == VIEW_FIRST_WRITE;
}

static void draw_target(const Plan *plan, Canvas *canvas, Rect area)
{
    const DestinationConfig *only = NULL;
    bool several = false;
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        several = several || (only && only != stream->source->config->destination);
        only = stream->source->config->destination;
    }
    int right = area.x + area.w;
    g_autofree char *display = home_short(only ? only->display : "-");
    int x = canvas_textf(canvas, area.x, area.y, area.w, STYLE_STRONG, "%u stream%s into ", plan->streams->len,
                         plan->streams->len == 1 ? "" : "s");
    if (!several && only && only->label)
        x = canvas_textf(canvas, x, area.y, right - x, STYLE_LABEL, " %s ", only->label) + 1;
    canvas_text(canvas, x, area.y, right - x, STYLE_STRONG, several ? "several destinations" : display);
}

/* "5,112 documents to read", "at least 5,112 documents to read" … */
static void append_estimate(const JobDialog *dialog, GString *out)
{
    int64_t sum = 0;
    bool all = true, any = false;
    for (guint i = 0; i < dialog->plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(dialog->plan->streams, i);
        if (stream->refused.code != ERR_NONE)
            continue;
        all = all && stream->estimate >= 0;
        any = any || stream->estimate >= 0;
        sum += MAX(stream->estimate, 0);
    }
    if (!dialog->estimated) {
        g_string_append(out, "counting the documents to read…");
    } else if (!any) {
        g_string_append(out, "documents to read: unknown");
    } else {
        g_string_append(out, all ? "" : "at least ");
        term_append_number(out, sum);
        g_string_append(out, sum == 1 ? " document to read" : " documents to read");
    }
}

int job_dialog_draw_summary(const JobDialog *dialog, Canvas *canvas, Rect area)
{
    if (!dialog->plan) {
        if (dialog->err.code == ERR_NONE)
            return dialog->line ? dialog_wrap(canvas, area, STYLE_DIM, "making the plan: asking source and destination…") : area.y;
        int y = dialog_wrap(canvas, area, STYLE_BAD, dialog->err.message);
        return *dialog->err.hint ? dialog_wrap(canvas, dialog_rest(area, y), STYLE_TEXT, dialog->err.hint) : y;
    }
    int refused = (int)dialog->plan->streams->len - job_dialog_runnable(dialog), statements = statement_count(dialog->plan);
    draw_target(dialog->plan, canvas, area);
    g_autoptr(GString) text = g_string_new(NULL);
    append_estimate(dialog, text);
    if (statements > 0)
        g_string_append_printf(text, "; %d SQL statement%s make%s or change%s tables (d)", statements, statements == 1 ? "" : "s",
                               statements == 1 ? "s" : "", statements == 1 ? "s" : "");
    int y = area.y + 1;
    canvas_text(canvas, area.x, y++, area.w, STYLE_TEXT, text->str);
    if (refused > 0)
        canvas_textf(canvas, area.x, y++, area.w, STYLE_BAD, "%d stream%s cannot run", refused, refused == 1 ? "" : "s");
    return MIN(y, area.y + area.h);
}

static void draw_stream(const StreamPlan *stream, Canvas *canvas, Rect row, int name)
{
    bool refused = stream->refused.code != ERR_NONE;
    g_autofree char *window = window_format(&stream->window);
    g_autofree char *count = stream->estimate >= 0 ? term_number(stream->estimate) : g_strdup("?");
    int x = row.x;
    if (refused)
        canvas_glyph(canvas, x, row.y, STYLE_BAD, GLYPH_FAILED);
    canvas_text(canvas, x + 2, row.y, name, STYLE_TEXT, stream->stream->id);
    x += name + 3;
    canvas_right(canvas, x, row.y, 10, STYLE_TEXT, refused ? "-" : count);
    x += 12;
    if (refused)
        canvas_textf(canvas, x, row.y, row.x + row.w - x - 1, STYLE_BAD, "cannot run: %s", stream->refused.message);
    else
        canvas_text(canvas, x, row.y, row.x + row.w - x - 1, STYLE_TEXT, window);
}

void job_dialog_draw_detail(const JobDialog *dialog, Canvas *canvas, Rect area)
{
    if (!dialog->plan)
        return;
    const StreamPlan *stream = g_ptr_array_index(dialog->plan->streams, (guint)dialog->list.cursor);
    if (stream->refused.code != ERR_NONE) {
        int y = dialog_wrap(canvas, area, STYLE_BAD, stream->refused.message);
        dialog_wrap(canvas, dialog_rest(area, y), STYLE_TEXT, stream->refused.hint);
        return;
    }
    g_autofree char *table = job_dialog_table(stream);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s%s%s into %s", stream->job->destructive ? "reimport: " : "", stream->why ? stream->why : "",
                           stream->why ? ";" : "", table);
    if (stream->ddl && stream->ddl->creates) {
        g_string_append(text, ", which is made");
    } else if (stream->table_rows >= 0) {
        g_string_append(text, " (");
        term_append_number(text, stream->table_rows);
        g_string_append(text, stream->table_rows == 1 ? " row)" : " rows)");
    }
    if (stream->take_over)
        g_string_append(text, "; it has rows that no run of tidemark wrote: what differs is written");
    dialog_wrap(canvas, area, STYLE_TEXT, text->str);
}

void job_dialog_draw_streams(const Screen *screen, Canvas *canvas, Rect area)
{
    JobDialog *dialog = dialog_of(screen);
    if (!dialog->plan || area.h < 2)
        return;
    const GPtrArray *streams = dialog->plan->streams;
    int detail = CLAMP(area.h - 2 - (int)streams->len, area.h >= 7 ? 3 : 0, DETAIL_MOST), name = CLAMP(area.w / 3, 10, 40);
    Rect rows = {area.x, area.y + 1, area.w, area.h - 1 - (detail ? detail + 1 : 0)};
    canvas_text(canvas, area.x + 2, area.y, name, STYLE_HEADER, "STREAM");
    canvas_right(canvas, area.x + name + 3, area.y, 10, STYLE_HEADER, "DOCUMENTS");
    canvas_text(canvas, area.x + name + 15, area.y, -1, STYLE_HEADER, "WINDOW");
    rows.h = MIN(rows.h, (int)streams->len);
    list_fit(&dialog->list, streams->len, rows.h);
    for (int i = 0; i < rows.h; i++) {
        int64_t at = dialog->list.top + i;
        draw_stream(g_ptr_array_index(streams, (guint)at), canvas, (Rect){rows.x, rows.y + i, rows.w, 1}, name);
        if (at == dialog->list.cursor)
            canvas_restyle(canvas, (Rect){rows.x, rows.y + i, name + 2, 1}, STYLE_SELECTED);
    }
    list_draw_scroll(&dialog->list, canvas, (Rect){area.x, area.y, area.w, 1 + rows.h + (detail > 0)});
    if (detail)
        job_dialog_draw_detail(dialog, canvas, (Rect){area.x, rows.y + rows.h + 1, area.w, detail});
}
