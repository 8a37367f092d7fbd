/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/terminal_frame.h"

#include <curses.h>
#include <term.h>
#include <wchar.h>

#include "ui/terminal_scroll.h"

enum { PALETTE = 256, PALETTE_LEAST = 8, MOST_MOVED = 24, LEAST_GAIN = 10 };
static const Cell blank = {.text = " ", .style = STYLE_TEXT};

struct TerminalFrame {
    Look looks[STYLE_COUNT];
    char *turn_on[STYLE_COUNT], *plain;
    Cell *shown; /* width × height; NULL: not known */
    int width, height;
    int x, y;      /* the terminal's cursor; x -1: not known */
    uint8_t style; /* its attributes */
    bool caret;    /* its cursor is visible */
};

/* Without the pauses that terminals of old want. */
static void add(GString *out, const char *capability)
{
    for (const char *at = capability ? capability : ""; *at; at++) {
        const char *end = at[0] == '$' && at[1] == '<' ? strchr(at, '>') : NULL;
        if (end)
            at = end;
        else
            g_string_append_c(out, *at);
    }
}

static char *filled(const char *capability, int first, int second)
{
    GString *out = g_string_new(NULL);
    if (capability)
        add(out, tparm((char *)capability, (long)first, (long)second, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
    return g_string_free(out, FALSE);
}

/* ---- attributes ---- */

/* Line drawing of the terminal's own is never used, so nothing has to end it. */
static char *plain_attributes(void)
{
    static const char usual[] = "\033[m";
    GString *out = g_string_new(NULL);
    if (exit_attribute_mode && strstr(exit_attribute_mode, usual))
        return g_string_free(g_string_append(out, usual), FALSE);
    add(out, orig_pair);
    add(out, exit_attribute_mode);
    return g_string_free(out, FALSE);
}

static char *attributes_of(const Look *look)
{
    bool coloured = look->foreground != -1 || look->background != -1;
    unsigned not_coloured = coloured && no_color_video > 0 ? (unsigned)no_color_video : 0; /* bits as in terminfo's ncv */
    const struct {
        unsigned flag, ncv;
        const char *capability;
    } flags[] = {{LOOK_BOLD, 32, enter_bold_mode},
                 {LOOK_DIM, 16, enter_dim_mode},
                 {LOOK_REVERSE, 4, enter_reverse_mode},
                 {LOOK_UNDERLINE, 2, enter_underline_mode}};
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        if ((look->flags & flags[i].flag) && !(not_coloured & flags[i].ncv))
            add(out, flags[i].capability);
    g_autofree char *foreground = look->foreground == -1 ? NULL : filled(set_a_foreground, look->foreground, 0);
    g_autofree char *background = look->background == -1 ? NULL : filled(set_a_background, look->background, 0);
    g_string_append_printf(out, "%s%s", foreground ? foreground : "", background ? background : "");
    return g_string_free(out, FALSE);
}

static bool same_look(const Look *a, const Look *b)
{
    return a->foreground == b->foreground && a->background == b->background && a->flags == b->flags;
}

/* Whether a blank in it can be seen. */
static bool inks_blanks(const Look *look)
{
    return look->background != -1 || (look->flags & (LOOK_REVERSE | LOOK_UNDERLINE));
}

static bool only_foreground(const Look *look)
{
    return look->foreground != -1 && look->background == -1 && look->flags == 0;
}

static bool is_blank(const Cell *cell)
{
    return cell->text[0] == ' ' && !cell->text[1];
}

/* Whether the cell looks the same in the other style. */
static bool looks_alike(const TerminalFrame *frame, const Cell *cell, uint8_t style)
{
    const Look *one = &frame->looks[cell->style], *other = &frame->looks[style];
    return same_look(one, other) || (is_blank(cell) && !inks_blanks(one) && !inks_blanks(other));
}

static void turn_to(TerminalFrame *frame, uint8_t style, GString *out)
{
    const Look *from = &frame->looks[frame->style], *to = &frame->looks[style];
    if (!same_look(from, to)) {
        bool replaced = only_foreground(from) && only_foreground(to);
        if (!replaced && !same_look(from, &frame->looks[STYLE_TEXT]))
            g_string_append(out, frame->plain);
        g_string_append(out, frame->turn_on[style]);
    }
    frame->style = style;
}

/* ---- the cursor ---- */

static void keep_shorter(char **best, char *other, const char *tail)
{
    g_autofree char *way = other;
    if (!*way || (*best && strlen(way) + strlen(tail) >= strlen(*best)))
        return;
    g_free(*best);
    *best = g_strconcat(way, tail, NULL);
}

static char *way_to(const TerminalFrame *frame, int x, int y)
{
    char *best = filled(cursor_address, y, x);
    if (frame->x == -1)
        return best;
    if (frame->y == y && x == 0)
        keep_shorter(&best, g_strdup("\r"), "");
    if (frame->y == y)
        keep_shorter(&best, filled(column_address, x, 0), "");
    if (frame->y == y && x > frame->x)
        keep_shorter(&best, filled(parm_right_cursor, x - frame->x, 0), "");
    if (frame->x == x)
        keep_shorter(&best, filled(row_address, y, 0), "");
    if (x == 0)
        keep_shorter(&best, filled(row_address, y, 0), "\r");
    return best;
}

/* What the C library counts otherwise than we do would push the rest of the row aside. */
static void add_text(const Cell *cell, int cells, GString *out)
{
    for (const char *at = cell->text; *at; at = g_utf8_next_char(at)) {
        int width = (unsigned char)*at < 0x80 ? 1 : wcwidth((wchar_t)g_utf8_get_char(at));
        if (at == cell->text && width != cells) {
            g_string_append_len(out, "??", cells);
            return;
        }
        if (at == cell->text || width == 0)
            g_string_append_len(out, at, g_utf8_next_char(at) - at);
    }
}

static Cell *shown_at(const TerminalFrame *frame, int x, int y)
{
    return &frame->shown[(size_t)y * (size_t)frame->width + (size_t)x];
}

static int cells_at(const TerminalFrame *frame, const Canvas *canvas, int x, int y)
{
    return x + 1 < frame->width && !canvas_cell(canvas, x + 1, y)->text[0] ? 2 : 1;
}

static void write_cell(TerminalFrame *frame, const Canvas *canvas, int x, int y, GString *out)
{
    const Cell *cell = canvas_cell(canvas, x, y);
    int cells = cells_at(frame, canvas, x, y);
    for (int i = 0; i < cells; i++)
        *shown_at(frame, x + i, y) = *canvas_cell(canvas, x + i, y);
    if (auto_right_margin && !eat_newline_glitch && y == frame->height - 1 && x + cells == frame->width)
        return; /* it would scroll the screen */
    add_text(cell, cells, out);
    frame->x = x + cells < frame->width ? x + cells : -1;
}

static void move_to(TerminalFrame *frame, int x, int y, GString *out)
{
    if (frame->x == x && frame->y == y)
        return;
    g_autofree char *way = way_to(frame, x, y);
    g_string_append(out, way);
    frame->x = x;
    frame->y = y;
}

/* The few cells in between may be shorter to write again than to go past. */
static void move_within(TerminalFrame *frame, const Canvas *canvas, int x, int y, GString *out)
{
    bool again = frame->x != -1 && frame->y == y && frame->x < x;
    g_autofree char *way = again ? way_to(frame, x, y) : NULL;
    size_t bytes = 0;
    for (int at = frame->x; again && at < x; at++) {
        const Cell *cell = canvas_cell(canvas, at, y);
        bytes += strlen(cell->text);
        again = looks_alike(frame, cell, frame->style) && bytes <= strlen(way);
    }
    for (int at = frame->x; again && at < x; at++)
        if (canvas_cell(canvas, at, y)->text[0])
            write_cell(frame, canvas, at, y, out);
    move_to(frame, x, y, out);
}

/* ---- rows ---- */

static bool differs(const TerminalFrame *frame, const Canvas *canvas, int x, int y)
{
    const Cell *cell = canvas_cell(canvas, x, y), *shown = shown_at(frame, x, y);
    return strcmp(cell->text, shown->text) != 0 || !looks_alike(frame, cell, shown->style);
}

static bool blank_from(const TerminalFrame *frame, const Canvas *canvas, int x, int y)
{
    for (; x < frame->width; x++) {
        const Cell *cell = canvas_cell(canvas, x, y);
        if (!is_blank(cell) || inks_blanks(&frame->looks[cell->style]))
            return false;
    }
    return true;
}

/* The rest of the row is blank: erases it when that is shorter. */
static bool erase_rest(TerminalFrame *frame, const Canvas *canvas, int x, int y, GString *out)
{
    int changed = 0;
    for (int at = x; at < frame->width; at++)
        changed += differs(frame, canvas, at, y);
    if (!clr_eol || changed <= (int)strlen(clr_eol))
        return false;
    move_within(frame, canvas, x, y, out);
    turn_to(frame, STYLE_TEXT, out);
    add(out, clr_eol);
    for (int at = x; at < frame->width; at++)
        *shown_at(frame, at, y) = *canvas_cell(canvas, at, y);
    return true;
}

static int first_different(const TerminalFrame *frame, const Canvas *canvas, int y)
{
    int x = 0;
    while (x < frame->width && !differs(frame, canvas, x, y))
        x++;
    return x > 0 && x < frame->width && !canvas_cell(canvas, x, y)->text[0] ? x - 1 : x;
}

static void write_cells(TerminalFrame *frame, const Canvas *canvas, int first, int y, GString *out)
{
    bool rest_known = false;
    for (int x = first; x < frame->width; x += cells_at(frame, canvas, x, y)) {
        bool wide = cells_at(frame, canvas, x, y) == 2;
        if (!differs(frame, canvas, x, y) && !(wide && differs(frame, canvas, x + 1, y)))
            continue;
        if (!rest_known && blank_from(frame, canvas, x, y)) {
            rest_known = true;
            if (erase_rest(frame, canvas, x, y, out))
                return;
        }
        move_within(frame, canvas, x, y, out);
        const Cell *cell = canvas_cell(canvas, x, y);
        if (!looks_alike(frame, cell, frame->style))
            turn_to(frame, cell->style, out);
        write_cell(frame, canvas, x, y, out);
    }
}

/* Cells from x on that differ when the rest of the shown row is moved by so many: to the left if negative. */
static int differing_moved(const TerminalFrame *frame, const Canvas *canvas, int x, int y, int by)
{
    int count = 0;
    for (int at = x; at < frame->width; at++) {
        int from = at - by;
        bool free_cell = from >= frame->width || (by > 0 && from < x);
        const Cell *cell = canvas_cell(canvas, at, y), *shown = free_cell ? &blank : shown_at(frame, from, y);
        count += strcmp(cell->text, shown->text) != 0 || !looks_alike(frame, cell, shown->style);
    }
    return count;
}

/* A name that is longer or shorter moves what stands behind it. 0: nothing is won. No further than half of the rest: tmux leaves old cells where more are
 * inserted than moved. */
static int best_move(const TerminalFrame *frame, const Canvas *canvas, int x, int y)
{
    int best = differing_moved(frame, canvas, x, y, 0) - LEAST_GAIN, by = 0;
    for (int i = -MOST_MOVED; i <= MOST_MOVED && parm_dch && parm_ich; i++) {
        int left = i == 0 || x + 2 * ABS(i) > frame->width ? best : differing_moved(frame, canvas, x, y, i);
        if (left < best) {
            best = left;
            by = i;
        }
    }
    for (int at = 0; at < frame->width; at++)
        if (!shown_at(frame, at, y)->text[0])
            return 0; /* a wide character, which a terminal would halve */
    return by;
}

static void move_rest(TerminalFrame *frame, int x, int y, int by, GString *out)
{
    int cells = ABS(by), free_from = by > 0 ? x : frame->width - cells;
    g_autofree char *order = filled(by < 0 ? parm_dch : parm_ich, cells, 0);
    move_to(frame, x, y, out);
    turn_to(frame, STYLE_TEXT, out);
    g_string_append(out, order);
    memmove(shown_at(frame, by > 0 ? x + cells : x, y), shown_at(frame, by > 0 ? x : x + cells, y),
            (size_t)(frame->width - x - cells) * sizeof *frame->shown);
    for (int at = free_from; at < free_from + cells; at++)
        *shown_at(frame, at, y) = blank;
}

/* Writes the row both ways, and keeps what is shorter. */
static void write_row(TerminalFrame *frame, const Canvas *canvas, int y, GString *out)
{
    int first = first_different(frame, canvas, y), by = 0;
    if (first == frame->width)
        return;
    by = best_move(frame, canvas, first, y);
    if (by == 0) {
        write_cells(frame, canvas, first, y, out);
        return;
    }
    size_t row = (size_t)frame->width * sizeof *frame->shown;
    g_autofree Cell *before = g_memdup2(shown_at(frame, 0, y), row);
    g_autoptr(GString) moved = g_string_new(NULL), plain = g_string_new(NULL);
    TerminalFrame start = *frame;
    move_rest(frame, first, y, by, moved);
    write_cells(frame, canvas, first, y, moved);
    TerminalFrame end = *frame;
    *frame = start;
    memcpy(shown_at(frame, 0, y), before, row);
    write_cells(frame, canvas, first, y, plain);
    bool shorter = moved->len < plain->len;
    if (shorter)
        *frame = end;
    g_string_append(out, shorter ? moved->str : plain->str);
}

/* ---- frames ---- */

static void scroll_rows(TerminalFrame *frame, const Canvas *canvas, GString *out)
{
    ScrollMove move;
    if (!change_scroll_region || !scroll_forward || !scroll_reverse || !scroll_find(frame->shown, canvas, &move))
        return;
    g_autofree char *region = filled(change_scroll_region, move.top, move.bottom);
    g_autofree char *whole = filled(change_scroll_region, 0, frame->height - 1);
    g_string_append(out, region);
    frame->x = -1; /* a region moves it, each terminal its own way */
    move_to(frame, 0, move.by > 0 ? move.bottom : move.top, out);
    add(out, move.by > 0 ? scroll_forward : scroll_reverse);
    g_string_append(out, whole);
    frame->x = -1;
    scroll_apply(frame->shown, frame->width, &move);
}

static void begin(TerminalFrame *frame, const Canvas *canvas, GString *out)
{
    frame->width = canvas_width(canvas);
    frame->height = canvas_height(canvas);
    frame->shown = g_new(Cell, (size_t)frame->width * (size_t)frame->height);
    for (size_t i = 0; i < (size_t)frame->width * (size_t)frame->height; i++)
        frame->shown[i] = blank;
    g_string_append(out, frame->plain);
    add(out, clear_screen);
    add(out, cursor_invisible);
    frame->x = -1;
    frame->caret = false;
}

static void show_caret(TerminalFrame *frame, const Canvas *canvas, GString *out)
{
    int x = 0, y = 0;
    bool caret = canvas_caret_at(canvas, &x, &y);
    if (caret)
        move_to(frame, x, y, out);
    if (caret != frame->caret)
        add(out, caret ? cursor_normal : cursor_invisible);
    frame->caret = caret;
}

void terminal_frame_add(TerminalFrame *frame, const Canvas *canvas, GString *out)
{
    if (!frame->shown || frame->width != canvas_width(canvas) || frame->height != canvas_height(canvas)) {
        terminal_frame_forget(frame);
        begin(frame, canvas, out);
    } else {
        scroll_rows(frame, canvas, out);
    }
    for (int y = 0; y < frame->height; y++)
        write_row(frame, canvas, y, out);
    turn_to(frame, STYLE_TEXT, out);
    show_caret(frame, canvas, out);
}

void terminal_frame_forget(TerminalFrame *frame)
{
    g_clear_pointer(&frame->shown, g_free);
}

void terminal_frame_theme(TerminalFrame *frame, Theme theme)
{
    int colours = max_colors > PALETTE ? PALETTE_LEAST : max_colors; /* more are no palette but red, green and blue */
    for (int i = 0; i < STYLE_COUNT; i++) {
        frame->looks[i] = theme_look(theme, set_a_foreground && set_a_background ? colours : 0, (Style)i);
        g_free(frame->turn_on[i]);
        frame->turn_on[i] = attributes_of(&frame->looks[i]);
    }
    terminal_frame_forget(frame);
}

TerminalFrame *terminal_frame_new(void)
{
    TerminalFrame *frame = g_new0(TerminalFrame, 1);
    frame->plain = plain_attributes();
    terminal_frame_theme(frame, THEME_MONO);
    return frame;
}

void terminal_frame_free(TerminalFrame *frame)
{
    if (!frame)
        return;
    for (int i = 0; i < STYLE_COUNT; i++)
        g_free(frame->turn_on[i]);
    g_free(frame->plain);
    g_free(frame->shown);
    g_free(frame);
}
