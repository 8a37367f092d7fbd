/* SPDX-License-Identifier: Apache-2.0 */
/* ui/canvas.h: text from anywhere stays in its cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "ui/canvas.h"
#include "ui/terminal_scroll.h"

static void shows(const Canvas *canvas, const char *expected)
{
    g_autofree char *dump = canvas_dump(canvas, false);
    assert_string_equal(dump, expected);
}

static void controls_are_shown_not_obeyed(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(24, 1, false);
    canvas_text(canvas, 0, 0, -1, STYLE_TEXT,
                "a\033[2Jb\nc\xe2\x80\xae"
                "d\xff");
    shows(canvas, "a\\x1b[2Jb\\nc\\u202ed\\xff\n");
    canvas_free(canvas);
}

static void wide_characters_are_never_halved(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(6, 1, false);
    assert_int_equal(canvas_text(canvas, 0, 0, -1, STYLE_TEXT, "漢字"), 4);
    shows(canvas, "漢字\n");
    assert_string_equal(canvas_cell(canvas, 1, 0)->text, "");
    canvas_text(canvas, 1, 0, -1, STYLE_TEXT, "x"); /* onto the right half: the left one goes */
    shows(canvas, " x字\n");
    canvas_clear(canvas);
    canvas_text(canvas, 0, 0, 4, STYLE_TEXT, "a漢字"); /* 5 cells into 4 */
    shows(canvas, "a漢…\n");
    canvas_clear(canvas);
    canvas_text(canvas, 5, 0, 1, STYLE_TEXT, "漢");
    shows(canvas, "     …\n");
    canvas_free(canvas);
}

static void marks_stay_with_their_cell(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(4, 1, false);
    assert_int_equal(canvas_text(canvas, 0, 0, -1, STYLE_TEXT, "e\xcc\x81x"), 2);
    assert_string_equal(canvas_cell(canvas, 0, 0)->text, "e\xcc\x81");
    assert_string_equal(canvas_cell(canvas, 1, 0)->text, "x");
    g_autoptr(GString) pile = g_string_new("o");
    for (int i = 0; i < 100; i++)
        g_string_append(pile, "\xcc\x81");
    assert_int_equal(canvas_text(canvas, 2, 0, -1, STYLE_TEXT, pile->str), 3);
    assert_true(strlen(canvas_cell(canvas, 2, 0)->text) < sizeof(Cell));
    assert_true(g_utf8_validate(canvas_cell(canvas, 2, 0)->text, -1, NULL));
    canvas_free(canvas);
}

static void nothing_leaves_the_clip(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(6, 3, false);
    Rect before = canvas_clip(canvas, (Rect){1, 1, 3, 1});
    canvas_text(canvas, -2, 1, 100, STYLE_TEXT, "abcdefghij");
    canvas_text(canvas, 0, 0, -1, STYLE_TEXT, "above");
    canvas_fill(canvas, (Rect){-5, 2, 100, 100}, STYLE_BAD);
    canvas_frame(canvas, (Rect){0, 0, 6, 3}, "title"); /* only its middle line is inside */
    canvas_caret(canvas, 0, 0);
    canvas_clip(canvas, before);
    int x = 0, y = 0;
    assert_false(canvas_caret_at(canvas, &x, &y));
    assert_int_equal(canvas_cell(canvas, 0, 2)->style, STYLE_TEXT);
    shows(canvas, "\n\n\n");
    canvas_free(canvas);
}

static void ascii_has_a_sign_for_each(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(12, 3, true);
    canvas_text(canvas, 0, 0, 8, STYLE_TEXT, "naïve › 漢字");
    canvas_bar(canvas, 0, 1, 10, 650);
    canvas_spark(canvas, 0, 2, (const int8_t[]){SPARK_NONE, 0, 3, 7, SPARK_SAME, SPARK_REJECTS, SPARK_FAILED}, 7);
    shows(canvas, "na?ve >~\n######....\n 049.!x\n");
    canvas_free(canvas);
}

static void a_bar_is_as_full_as_its_share(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(10, 3, false);
    canvas_bar(canvas, 0, 0, 10, 0);
    canvas_bar(canvas, 0, 1, 10, 650);
    canvas_bar(canvas, 0, 2, 10, 2000);
    shows(canvas, "░░░░░░░░░░\n██████▒░░░\n██████████\n");
    canvas_free(canvas);
}

static void sizes_are_survived(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(0, -3, false);
    assert_int_equal(canvas_width(canvas), 1);
    canvas_frame(canvas, (Rect){0, 0, 1, 1}, "x");
    canvas_right(canvas, 0, 0, 0, STYLE_TEXT, "long");
    canvas_resize(canvas, 100000, 2);
    assert_int_equal(canvas_width(canvas), CANVAS_MOST);
    canvas_right(canvas, 0, 0, 5, STYLE_TEXT, "ab");
    assert_string_equal(canvas_cell(canvas, 4, 0)->text, "b");
    canvas_free(canvas);
}

static void the_dump_marks_the_cursor_row(void **state)
{
    (void)state;
    Canvas *canvas = canvas_new(8, 2, false);
    canvas_text(canvas, 1, 0, -1, STYLE_TEXT, "one");
    canvas_text(canvas, 1, 1, -1, STYLE_TEXT, "two");
    canvas_restyle(canvas, (Rect){0, 1, 4, 1}, STYLE_SELECTED);
    g_autofree char *dump = canvas_dump(canvas, true);
    assert_string_equal(dump, "  one\n> two\n");
    canvas_free(canvas);
}

/* A list of eight rows between a title and a foot, from `top` on; the cursor is on `cursor`. */
static void draw_list(Canvas *canvas, int top, int cursor)
{
    canvas_clear(canvas);
    canvas_text(canvas, 0, 0, -1, STYLE_TITLE, "title");
    for (int i = 0; i < 8; i++)
        canvas_textf(canvas, 0, 1 + i, -1, top + i == cursor ? STYLE_SELECTED : STYLE_TEXT, "row %d", top + i);
    canvas_textf(canvas, 0, 9, -1, STYLE_TEXT, "on %d", cursor);
}

static void rows_that_move_are_found(void **state)
{
    (void)state;
    Canvas *before = canvas_new(20, 10, false), *after = canvas_new(20, 10, false);
    ScrollMove move;
    draw_list(before, 5, 12);
    g_autofree Cell *shown = g_memdup2(canvas_cell(before, 0, 0), sizeof(Cell) * 20 * 10);
    draw_list(after, 5, 11);
    assert_false(scroll_find(shown, after, &move));
    draw_list(after, 6, 13);
    assert_true(scroll_find(shown, after, &move));
    assert_true(move.top == 1 && move.bottom == 8 && move.by == 1);
    scroll_apply(shown, 20, &move);
    assert_string_equal(shown[7 * 20 + 4].text, "1");
    assert_string_equal(shown[7 * 20 + 5].text, "2");
    assert_int_equal(shown[7 * 20].style, STYLE_SELECTED);
    assert_string_equal(shown[8 * 20].text, " ");
    assert_string_equal(shown[9 * 20].text, "o");
    assert_false(scroll_find(shown, after, &move)); /* the rest is written */
    draw_list(after, 4, 4);
    draw_list(before, 5, 5);
    assert_true(scroll_find(canvas_cell(before, 0, 0), after, &move));
    assert_true(move.top == 1 && move.bottom == 8 && move.by == -1);
    draw_list(after, 40, 40);
    assert_false(scroll_find(canvas_cell(before, 0, 0), after, &move));
    canvas_free(before);
    canvas_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_are_shown_not_obeyed),
        cmocka_unit_test(wide_characters_are_never_halved),
        cmocka_unit_test(marks_stay_with_their_cell),
        cmocka_unit_test(nothing_leaves_the_clip),
        cmocka_unit_test(ascii_has_a_sign_for_each),
        cmocka_unit_test(a_bar_is_as_full_as_its_share),
        cmocka_unit_test(sizes_are_survived),
        cmocka_unit_test(the_dump_marks_the_cursor_row),
        cmocka_unit_test(rows_that_move_are_found),
    };
    return cmocka_run_group_tests_name("canvas", tests, NULL, NULL);
}
