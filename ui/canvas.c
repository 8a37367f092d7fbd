/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/canvas.h"

#include <glib.h>
#include <stdarg.h>

#include "base/term_text.h"
#include "ui/glyph.h"

struct Canvas {
    int width, height;
    bool ascii;
    Rect clip;
    bool caret;
    int caret_x, caret_y;
    Cell *cells;
};

static const Cell blank = {.text = " ", .style = STYLE_TEXT};

static Rect intersection(Rect a, Rect b)
{
    int x = MAX(a.x, b.x), y = MAX(a.y, b.y);
    int right = MIN(a.x + a.w, b.x + b.w), bottom = MIN(a.y + a.h, b.y + b.h);
    return (Rect){x, y, MAX(right - x, 0), MAX(bottom - y, 0)};
}

static Rect whole(const Canvas *canvas)
{
    return (Rect){0, 0, canvas->width, canvas->height};
}

static Cell *cell_at(Canvas *canvas, int x, int y)
{
    return &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
}

static bool inside(const Canvas *canvas, int x, int y)
{
    const Rect *clip = &canvas->clip;
    return x >= clip->x && x < clip->x + clip->w && y >= clip->y && y < clip->y + clip->h;
}

Canvas *canvas_new(int width, int height, bool ascii)
{
    Canvas *canvas = g_new0(Canvas, 1);
    canvas->ascii = ascii;
    canvas_resize(canvas, width, height);
    return canvas;
}

void canvas_free(Canvas *canvas)
{
    if (!canvas)
        return;
    g_free(canvas->cells);
    g_free(canvas);
}

void canvas_resize(Canvas *canvas, int width, int height)
{
    canvas->width = CLAMP(width, 1, CANVAS_MOST);
    canvas->height = CLAMP(height, 1, CANVAS_MOST);
    g_free(canvas->cells);
    canvas->cells = g_new(Cell, (size_t)canvas->width * (size_t)canvas->height);
    canvas_clear(canvas);
}

int canvas_width(const Canvas *canvas)
{
    return canvas->width;
}

int canvas_height(const Canvas *canvas)
{
    return canvas->height;
}

bool canvas_ascii(const Canvas *canvas)
{
    return canvas->ascii;
}

void canvas_clear(Canvas *canvas)
{
    canvas->clip = whole(canvas);
    canvas->caret = false;
    for (size_t i = 0; i < (size_t)canvas->width * (size_t)canvas->height; i++)
        canvas->cells[i] = blank;
}

Rect canvas_clip(Canvas *canvas, Rect rect)
{
    Rect before = canvas->clip;
    canvas->clip = intersection(rect, whole(canvas));
    return before;
}

/* Whoever overwrites one half of a wide character blanks the other. */
static void break_wide(Canvas *canvas, int x, int y)
{
    Cell *cell = cell_at(canvas, x, y);
    if (!cell->text[0] && x > 0)
        memcpy(cell_at(canvas, x - 1, y)->text, " ", 2);
    else if (x + 1 < canvas->width && !cell_at(canvas, x + 1, y)->text[0])
        memcpy(cell_at(canvas, x + 1, y)->text, " ", 2);
}

/* `text`: a character of `cells` cells with its marks. A wide one that lies half outside becomes a blank. */
static void put(Canvas *canvas, int x, int y, int cells, Style style, const char *text, size_t len)
{
    for (int i = 0; i < cells; i++) {
        if (!inside(canvas, x + i, y))
            continue;
        break_wide(canvas, x + i, y);
        Cell *cell = cell_at(canvas, x + i, y);
        *cell = blank;
        cell->style = (uint8_t)style;
    }
    if (!inside(canvas, x, y) || !inside(canvas, x + cells - 1, y))
        return;
    Cell *cell = cell_at(canvas, x, y);
    memcpy(cell->text, text, MIN(len, sizeof cell->text - 1));
    cell->text[MIN(len, sizeof cell->text - 1)] = '\0';
    if (cells == 2)
        cell_at(canvas, x + 1, y)->text[0] = '\0';
}

/* Bytes of the character at `at` with the marks behind it, as many as a cell holds; *skip: all of them. */
static size_t cluster(const char *at, size_t *skip)
{
    const char *end = g_utf8_next_char(at);
    size_t kept = (size_t)(end - at);
    while (*end && term_char_cells(g_utf8_get_char(end)) == 0) {
        end = g_utf8_next_char(end);
        if ((size_t)(end - at) < sizeof((Cell *)0)->text)
            kept = (size_t)(end - at);
    }
    *skip = (size_t)(end - at);
    return kept;
}

/* `text` is safe to show. Draws until `limit` (a column) and returns the x behind it. */
static int put_text(Canvas *canvas, int x, int y, int limit, Style style, const char *text)
{
    while (*text) {
        size_t skip = 0, len = cluster(text, &skip);
        gunichar c = g_utf8_get_char(text);
        int cells = term_char_cells(c);
        bool foreign = canvas->ascii && c >= 0x80;
        char plain[2] = {'?', '?'};
        if (cells == 0) { /* a mark without a base: it would join what the screen holds there */
            cells = 1;
            foreign = true;
        }
        if (x + cells > limit)
            break;
        if (foreign)
            for (int i = 0; i < cells; i++)
                put(canvas, x + i, y, 1, style, plain, 1);
        else
            put(canvas, x, y, cells, style, text, len);
        x += cells;
        text += skip;
    }
    return x;
}

/* The text itself when it is plain ASCII, else a copy that is safe to show, in *made. */
static const char *shown(const Canvas *canvas, const char *text, char **made)
{
    const char *at = text;
    while (*at >= 0x20 && *at < 0x7f)
        at++;
    if (!*at)
        return text;
    *made = term_dup(text);
    if (canvas->ascii) {
        char *plain = glyph_to_ascii(*made);
        g_free(*made);
        *made = plain;
    }
    return *made;
}

int canvas_text(Canvas *canvas, int x, int y, int width, Style style, const char *text)
{
    g_autofree char *made = NULL;
    const char *safe = shown(canvas, text ? text : "", &made);
    int room = width < 0 ? canvas->clip.x + canvas->clip.w - x : width;
    if (room <= 0)
        return x;
    if (term_width(safe) <= room)
        return put_text(canvas, x, y, x + room, style, safe);
    int end = put_text(canvas, x, y, x + room - 1, style, safe);
    return canvas_glyph(canvas, end, y, style, GLYPH_ELLIPSIS);
}

int canvas_textf(Canvas *canvas, int x, int y, int width, Style style, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    return canvas_text(canvas, x, y, width, style, text);
}

void canvas_right(Canvas *canvas, int x, int y, int width, Style style, const char *text)
{
    int wanted = canvas_text_width(canvas, text);
    canvas_text(canvas, x + MAX(width - wanted, 0), y, MIN(wanted, width), style, text);
}

int canvas_glyph(Canvas *canvas, int x, int y, Style style, Glyph glyph)
{
    const char *text = glyph_text(glyph, canvas->ascii);
    put(canvas, x, y, 1, style, text, strlen(text));
    return x + 1;
}

void canvas_fill(Canvas *canvas, Rect rect, Style style)
{
    for (int y = rect.y; y < rect.y + rect.h; y++)
        for (int x = rect.x; x < rect.x + rect.w; x++)
            put(canvas, x, y, 1, style, " ", 1);
}

void canvas_restyle(Canvas *canvas, Rect rect, Style style)
{
    Rect part = intersection(rect, canvas->clip);
    for (int y = part.y; y < part.y + part.h; y++)
        for (int x = part.x; x < part.x + part.w; x++)
            cell_at(canvas, x, y)->style = (uint8_t)style;
}

void canvas_hline(Canvas *canvas, int x, int y, int width)
{
    for (int i = 0; i < width; i++)
        canvas_glyph(canvas, x + i, y, STYLE_FRAME, GLYPH_HLINE);
}

void canvas_frame(Canvas *canvas, Rect rect, const char *title)
{
    int right = rect.x + rect.w - 1, bottom = rect.y + rect.h - 1;
    canvas_fill(canvas, rect, STYLE_TEXT);
    canvas_hline(canvas, rect.x, rect.y, rect.w);
    canvas_hline(canvas, rect.x, bottom, rect.w);
    for (int y = rect.y; y <= bottom; y++) {
        canvas_glyph(canvas, rect.x, y, STYLE_FRAME, GLYPH_VLINE);
        canvas_glyph(canvas, right, y, STYLE_FRAME, GLYPH_VLINE);
    }
    canvas_glyph(canvas, rect.x, rect.y, STYLE_FRAME, GLYPH_TOP_LEFT);
    canvas_glyph(canvas, right, rect.y, STYLE_FRAME, GLYPH_TOP_RIGHT);
    canvas_glyph(canvas, rect.x, bottom, STYLE_FRAME, GLYPH_BOTTOM_LEFT);
    canvas_glyph(canvas, right, bottom, STYLE_FRAME, GLYPH_BOTTOM_RIGHT);
    if (!title || !*title || rect.w < 8)
        return;
    int end = canvas_text(canvas, rect.x + 3, rect.y, rect.w - 6, STYLE_TITLE, title);
    canvas_text(canvas, rect.x + 2, rect.y, 1, STYLE_TITLE, " ");
    canvas_text(canvas, end, rect.y, 1, STYLE_TITLE, " ");
}

void canvas_bar(Canvas *canvas, int x, int y, int width, int permille)
{
    permille = CLAMP(permille, 0, 1000);
    int thirds = width * 3 * permille / 1000;
    for (int i = 0; i < width; i++) {
        int filled = CLAMP(thirds - 3 * i, 0, 3);
        if (canvas->ascii && filled < 3)
            filled = 0;
        static const Glyph glyphs[] = {GLYPH_BAR_REST, GLYPH_BAR_THIRD, GLYPH_BAR_TWO_THIRDS, GLYPH_BAR};
        canvas_glyph(canvas, x + i, y, filled ? STYLE_BAR : STYLE_BAR_REST, glyphs[filled]);
    }
}

void canvas_spark(Canvas *canvas, int x, int y, const int8_t *values, int count)
{
    for (int i = 0; i < count; i++) {
        switch (values[i]) {
        case SPARK_NONE:
            canvas_text(canvas, x + i, y, 1, STYLE_TEXT, " ");
            break;
        case SPARK_FAILED:
            canvas_glyph(canvas, x + i, y, STYLE_BAD, GLYPH_FAILED);
            break;
        case SPARK_REJECTS:
            canvas_glyph(canvas, x + i, y, STYLE_WARN, GLYPH_REJECTS);
            break;
        case SPARK_SAME:
            canvas_glyph(canvas, x + i, y, STYLE_DIM, GLYPH_SAME);
            break;
        default: {
            const char *text = glyph_height(values[i], canvas->ascii);
            put(canvas, x + i, y, 1, STYLE_TEXT, text, strlen(text));
        }
        }
    }
}

void canvas_caret(Canvas *canvas, int x, int y)
{
    if (!inside(canvas, x, y))
        return;
    canvas->caret = true;
    canvas->caret_x = x;
    canvas->caret_y = y;
}

int canvas_text_width(const Canvas *canvas, const char *text)
{
    g_autofree char *made = NULL;
    return term_width(shown(canvas, text ? text : "", &made));
}

const Cell *canvas_cell(const Canvas *canvas, int x, int y)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
        return &blank;
    return &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
}

bool canvas_caret_at(const Canvas *canvas, int *x, int *y)
{
    *x = canvas->caret_x;
    *y = canvas->caret_y;
    return canvas->caret;
}
