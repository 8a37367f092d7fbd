/* SPDX-License-Identifier: Apache-2.0 */
/* The line at the bottom that takes text: commands, the filter, a question of a screen. */
#include "ui/ui_private.h"
#include "ui/wrap.h"

enum { CANDIDATES_SHOWN = 8 };

void prompt_begin(Ui *ui, PromptKind kind, const char *text, const char *initial, int action)
{
    Prompt *prompt = &ui->prompt;
    prompt_end(ui);
    prompt->kind = kind;
    prompt->text = g_strdup(text);
    prompt->action = action;
    prompt->saved = kind == PROMPT_FILTER ? g_strdup(initial) : NULL;
    line_edit_set(&prompt->edit, initial);
    if (kind == PROMPT_COMMAND)
        palette_load(ui);
}

void prompt_end(Ui *ui)
{
    g_free(ui->prompt.text);
    g_free(ui->prompt.saved);
    line_edit_done(&ui->prompt.edit);
    ui->prompt = (Prompt){0};
}

static void filter_as(Ui *ui, const char *text)
{
    const Action *filter = action_named(ui_global_actions, "filter");
    ui_dispatch(ui, filter, text ? text : "");
}

static void accept(Ui *ui)
{
    Prompt *prompt = &ui->prompt;
    PromptKind kind = prompt->kind;
    int action = prompt->action;
    g_autofree char *typed = g_strdup(line_edit_text(&prompt->edit));
    prompt_end(ui);
    if (kind == PROMPT_COMMAND) {
        palette_run(ui, typed);
    } else if (kind == PROMPT_ACTION) {
        const OpenScreen *top = stack_top(ui);
        for (const Action *at = top->screen.ops->actions; at && at->id; at++)
            if (at->id == action) {
                ui_dispatch(ui, at, typed);
                break;
            }
    }
}

static void give_up(Ui *ui)
{
    g_autofree char *before = g_strdup(ui->prompt.saved);
    bool was_filter = ui->prompt.kind == PROMPT_FILTER;
    prompt_end(ui);
    if (was_filter)
        filter_as(ui, before);
}

static void walk_history(Ui *ui, int step)
{
    Prompt *prompt = &ui->prompt;
    int back = CLAMP(prompt->back + step, 0, (int)ui->history->len);
    if (prompt->kind != PROMPT_COMMAND || back == prompt->back)
        return;
    if (prompt->back == 0) {
        g_free(prompt->saved);
        prompt->saved = g_strdup(line_edit_text(&prompt->edit));
    }
    prompt->back = back;
    line_edit_set(&prompt->edit, back ? g_ptr_array_index(ui->history, ui->history->len - (guint)back) : prompt->saved);
}

void prompt_key(Ui *ui, const UiKey *key)
{
    Prompt *prompt = &ui->prompt;
    bool empty = !*line_edit_text(&prompt->edit);
    switch (key->code) {
    case UIKEY_ENTER:
        accept(ui);
        break;
    case UIKEY_ESCAPE:
    case UIKEY_CTRL('C'):
        give_up(ui);
        break;
    case UIKEY_UP:
    case UIKEY_CTRL('P'):
        walk_history(ui, 1);
        break;
    case UIKEY_DOWN:
    case UIKEY_CTRL('N'):
        walk_history(ui, -1);
        break;
    case UIKEY_TAB:
        if (prompt->kind == PROMPT_COMMAND)
            palette_complete(ui, &prompt->edit);
        break;
    default:
        if (empty && key->code == UIKEY_BACKSPACE)
            give_up(ui);
        else if (line_edit_key(&prompt->edit, key) && prompt->kind == PROMPT_FILTER)
            filter_as(ui, line_edit_text(&prompt->edit));
    }
}

static void draw_candidates(const Ui *ui, Canvas *canvas)
{
    g_autoptr(GPtrArray) all = palette_candidates(ui, line_edit_text(&ui->prompt.edit));
    int width = canvas_width(canvas), rows = MIN((int)all->len, MIN(CANDIDATES_SHOWN, canvas_height(canvas) - 4));
    int first = canvas_height(canvas) - 1 - rows, column = 0;
    for (int i = 0; i < rows; i++)
        column = MAX(column, canvas_text_width(canvas, ((Candidate *)g_ptr_array_index(all, (guint)i))->word));
    for (int i = 0; i < rows; i++) {
        const Candidate *candidate = g_ptr_array_index(all, (guint)i);
        canvas_fill(canvas, (Rect){0, first + i, width, 1}, STYLE_TEXT);
        canvas_text(canvas, 1, first + i, MIN(column, width - 2), STYLE_KEY, candidate->word);
        if (column + 3 < width)
            canvas_text(canvas, column + 3, first + i, width - column - 4, STYLE_DIM, candidate->help);
    }
    if (rows == 0 || first <= 2)
        return;
    canvas_hline(canvas, 0, first - 1, width);
    if (rows < (int)all->len)
        canvas_textf(canvas, MAX(width - 16, 0), first - 1, 15, STYLE_DIM, " %d of %u ", rows, all->len);
}

/* Whole, for it may name what is to be typed. */
static int draw_above(const char *text, Canvas *canvas, int y)
{
    int width = canvas_width(canvas) - 2, rows = 0;
    for (const char *at = text; *at && rows < y; rows++) {
        size_t skip = 0;
        (void)wrap_line(at, width, &skip);
        at += skip;
    }
    canvas_fill(canvas, (Rect){0, y - rows, width + 2, rows}, STYLE_TEXT);
    wrap_draw(canvas, 1, y - rows, width, rows, STYLE_KEY, text);
    return 1;
}

void prompt_draw(const Ui *ui, Canvas *canvas)
{
    int y = canvas_height(canvas) - 1, width = canvas_width(canvas);
    if (ui->prompt.kind == PROMPT_COMMAND)
        draw_candidates(ui, canvas);
    canvas_fill(canvas, (Rect){0, y, width, 1}, STYLE_TEXT);
    int x = canvas_text_width(canvas, ui->prompt.text) > width / 2
                ? draw_above(ui->prompt.text, canvas, y)
                : canvas_text(canvas, 1, y, width / 2, STYLE_KEY, ui->prompt.text);
    if (ui->prompt.kind == PROMPT_ACTION)
        x++;
    line_edit_draw(&ui->prompt.edit, canvas, x, y, width - x - 1, true);
}
