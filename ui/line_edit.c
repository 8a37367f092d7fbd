/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/line_edit.h"

#include "base/term_text.h"

void line_edit_set(LineEdit *edit, const char *text)
{
    if (!edit->text)
        edit->text = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    g_string_assign(edit->text, valid);
    edit->cursor = edit->text->len;
}

void line_edit_done(LineEdit *edit)
{
    if (edit->text)
        g_string_free(edit->text, TRUE);
    *edit = (LineEdit){0};
}

const char *line_edit_text(const LineEdit *edit)
{
    return edit->text ? edit->text->str : "";
}

/* Combining marks move and vanish with the character they stand on. */
static size_t before(const LineEdit *edit, size_t at)
{
    const char *start = edit->text->str, *p = start + at;
    while (p > start) {
        p = g_utf8_prev_char(p);
        if (term_char_cells(g_utf8_get_char(p)) > 0)
            break;
    }
    return (size_t)(p - start);
}

static size_t behind(const LineEdit *edit, size_t at)
{
    const char *start = edit->text->str, *p = start + at;
    if (!*p)
        return at;
    do
        p = g_utf8_next_char(p);
    while (*p && term_char_cells(g_utf8_get_char(p)) == 0);
    return (size_t)(p - start);
}

static size_t word_before(const LineEdit *edit)
{
    const char *text = edit->text->str;
    size_t at = edit->cursor;
    while (at > 0 && text[at - 1] == ' ')
        at--;
    while (at > 0 && text[at - 1] != ' ')
        at--;
    return at;
}

static void erase(LineEdit *edit, size_t from, size_t to)
{
    g_string_erase(edit->text, (gssize)from, (gssize)(to - from));
    edit->cursor = from;
}

static void insert(LineEdit *edit, uint32_t c)
{
    char bytes[6];
    int len = g_unichar_to_utf8(c, bytes);
    g_string_insert_len(edit->text, (gssize)edit->cursor, bytes, len);
    edit->cursor += (size_t)len;
}

static bool move(LineEdit *edit, uint32_t code)
{
    switch (code) {
    case UIKEY_LEFT:
    case UIKEY_CTRL('B'):
        edit->cursor = before(edit, edit->cursor);
        return true;
    case UIKEY_RIGHT:
    case UIKEY_CTRL('F'):
        edit->cursor = behind(edit, edit->cursor);
        return true;
    case UIKEY_HOME:
    case UIKEY_CTRL('A'):
        edit->cursor = 0;
        return true;
    case UIKEY_END:
    case UIKEY_CTRL('E'):
        edit->cursor = edit->text->len;
        return true;
    default:
        return false;
    }
}

bool line_edit_key(LineEdit *edit, const UiKey *key)
{
    if (!edit->text)
        line_edit_set(edit, NULL);
    if (move(edit, key->code))
        return true;
    switch (key->code) {
    case UIKEY_BACKSPACE:
    case UIKEY_CTRL('H'):
        erase(edit, before(edit, edit->cursor), edit->cursor);
        return true;
    case UIKEY_DELETE:
    case UIKEY_CTRL('D'):
        erase(edit, edit->cursor, behind(edit, edit->cursor));
        return true;
    case UIKEY_CTRL('U'):
        erase(edit, 0, edit->cursor);
        return true;
    case UIKEY_CTRL('K'):
        erase(edit, edit->cursor, edit->text->len);
        return true;
    case UIKEY_CTRL('W'):
        erase(edit, word_before(edit), edit->cursor);
        return true;
    default:
        if (key->code < 0x20 || key->code == 0x7f || key->code >= 0x110000 || !g_unichar_validate(key->code))
            return false;
        insert(edit, key->code);
        return true;
    }
}

void line_edit_draw(const LineEdit *edit, Canvas *canvas, int x, int y, int width, bool focus)
{
    if (width < 1)
        return;
    const char *text = line_edit_text(edit);
    g_autofree char *left = g_strndup(text, edit->cursor);
    int cells = canvas_text_width(canvas, left);
    const char *from = text;
    while (cells > width - 1 && *from) { /* scrolls by whole characters */
        const char *next = g_utf8_next_char(from);
        g_autofree char *one = g_strndup(from, (gsize)(next - from));
        cells -= canvas_text_width(canvas, one);
        from = next;
    }
    canvas_fill(canvas, (Rect){x, y, width, 1}, STYLE_INPUT);
    canvas_text(canvas, x, y, width, STYLE_INPUT, from);
    if (focus)
        canvas_caret(canvas, x + cells, y);
}
