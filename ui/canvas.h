/* SPDX-License-Identifier: Apache-2.0 */
/* ui/canvas.h - a grid of cells that screens draw on; a terminal or a text file shows it.
 *
 * Drawing never fails and never leaves the clip rectangle. Text is UTF-8 from anywhere: control characters, bidi overrides and invalid bytes are made visible,
 * wide characters take two cells and are never cut in half, combining marks stay with their cell. One thread (the loop). */
#ifndef TIDEMARK_UI_CANVAS_H
#define TIDEMARK_UI_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

/* What a cell means, not how it looks: theme.h says that. Colour only repeats what a sign or word says. */
typedef enum Style {
    STYLE_TEXT,
    STYLE_DIM,
    STYLE_STRONG,
    STYLE_HEADER,
    STYLE_TITLE,
    STYLE_TAB,
    STYLE_TAB_CURRENT,
    STYLE_KEY,
    STYLE_SELECTED,
    STYLE_MARKED,
    STYLE_GOOD,
    STYLE_WARN,
    STYLE_BAD,
    STYLE_RUNNING,
    STYLE_BAR,
    STYLE_BAR_REST,
    STYLE_FRAME,
    STYLE_INPUT,
    STYLE_MATCH,
    STYLE_LABEL,
    STYLE_COUNT
} Style;

/* Signs that exist in UTF-8 and in ASCII. */
typedef enum Glyph {
    GLYPH_ELLIPSIS,
    GLYPH_OPEN,
    GLYPH_CLOSED,
    GLYPH_FAILED,
    GLYPH_REJECTS,
    GLYPH_SAME,
    GLYPH_HLINE,
    GLYPH_VLINE,
    GLYPH_TOP_LEFT,
    GLYPH_TOP_RIGHT,
    GLYPH_BOTTOM_LEFT,
    GLYPH_BOTTOM_RIGHT,
    GLYPH_BAR,
    GLYPH_BAR_REST,
    GLYPH_BAR_THIRD,
    GLYPH_BAR_TWO_THIRDS,
    GLYPH_MARK,
    GLYPH_CRUMB,
    GLYPH_UP,
    GLYPH_DOWN,
    GLYPH_COUNT
} Glyph;

typedef struct Rect {
    int x, y, w, h;
} Rect;

#define CANVAS_MOST 1000 /* columns and rows */

typedef struct Canvas Canvas;

Canvas *canvas_new(int width, int height, bool ascii);
void canvas_free(Canvas *canvas);
void canvas_resize(Canvas *canvas, int width, int height);
int canvas_width(const Canvas *canvas);
int canvas_height(const Canvas *canvas);
bool canvas_ascii(const Canvas *canvas);

/* Everything blank; the clip is the whole canvas again; no caret. */
void canvas_clear(Canvas *canvas);
/* Drawing is confined to the rectangle (cut to the canvas). Returns the clip before, to set it back. */
Rect canvas_clip(Canvas *canvas, Rect rect);

/* Each returns the x behind what was drawn. `width` cells at most (-1: up to the clip's edge); what does not fit ends in an ellipsis. */
int canvas_text(Canvas *canvas, int x, int y, int width, Style style, const char *text);
int canvas_textf(Canvas *canvas, int x, int y, int width, Style style, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* Right-aligned within the width. */
void canvas_right(Canvas *canvas, int x, int y, int width, Style style, const char *text);
int canvas_glyph(Canvas *canvas, int x, int y, Style style, Glyph glyph);
void canvas_fill(Canvas *canvas, Rect rect, Style style);    /* blanks in that style */
void canvas_restyle(Canvas *canvas, Rect rect, Style style); /* keeps the text: the cursor row */
void canvas_hline(Canvas *canvas, int x, int y, int width);
void canvas_frame(Canvas *canvas, Rect rect, const char *title); /* a box with a title; the inside is blanked */
/* A bar of `width` cells, filled in permille; in UTF-8 the last filled cell is shaded by thirds. */
void canvas_bar(Canvas *canvas, int x, int y, int width, int permille);
/* One sign per value, newest at the right: height 0…7, or SPARK_* for a sign. */
enum { SPARK_NONE = -1, SPARK_FAILED = -2, SPARK_REJECTS = -3, SPARK_SAME = -4 };
void canvas_spark(Canvas *canvas, int x, int y, const int8_t *values, int count);
/* Where the terminal's cursor stands (an input field); it is hidden when this was not called since canvas_clear(). */
void canvas_caret(Canvas *canvas, int x, int y);

/* Cells of the text as the canvas draws it. */
int canvas_text_width(const Canvas *canvas, const char *text);

/* ---- what backends read ---- */
typedef struct Cell {
    char text[28]; /* base character and combining marks, NUL-terminated UTF-8; empty: the right half of a wide character */
    uint8_t style;
} Cell;
const Cell *canvas_cell(const Canvas *canvas, int x, int y);
bool canvas_caret_at(const Canvas *canvas, int *x, int *y);

/* The plain-text backend: one line per row, trailing blanks cut; the rows of STYLE_SELECTED cells are marked `>` in a column of their own at the
 * left when `cursor` is set. g_free() it. */
char *canvas_dump(const Canvas *canvas, bool cursor);
/* The same cells as a terminal without colours shows them, a letter each: b bold, u underlined, r reverse, R both reverse and bold, _ the caret. What meant
 * something by its colour alone would be blank here. g_free() it. */
char *canvas_dump_looks(const Canvas *canvas);

#endif
