/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/line_edit.h"

static void press(LineEdit *edit, const char *keys)
{
    g_auto(GStrv) names = g_strsplit(keys, " ", -1);
    for (int i = 0; names[i]; i++) {
        UiKey key;
        assert_true(key_parse(names[i], &key));
        assert_true(line_edit_key(edit, &key));
    }
}

static void keys_edit_whole_characters(void **state)
{
    (void)state;
    LineEdit edit = {0};
    assert_string_equal(line_edit_text(&edit), "");
    press(&edit, "a é 漢 Space b");
    assert_string_equal(line_edit_text(&edit), "aé漢 b");
    press(&edit, "Left Left Backspace");
    assert_string_equal(line_edit_text(&edit), "aé b");
    press(&edit, "Home Delete Ctrl-E x Ctrl-A y");
    assert_string_equal(line_edit_text(&edit), "yé bx");
    line_edit_set(&edit, "e\xcc\x81"
                         "f"); /* a combining accent goes with its letter */
    press(&edit, "Left Backspace");
    assert_string_equal(line_edit_text(&edit), "f");
    press(&edit, "Backspace Left Right Delete Ctrl-W Ctrl-K End");
    line_edit_done(&edit);
}

static void words_and_halves_go_at_once(void **state)
{
    (void)state;
    LineEdit edit = {0};
    line_edit_set(&edit, "backfill app.users  ");
    press(&edit, "Ctrl-W");
    assert_string_equal(line_edit_text(&edit), "backfill ");
    press(&edit, "Ctrl-W Ctrl-W");
    assert_string_equal(line_edit_text(&edit), "");
    line_edit_set(&edit, "left right");
    press(&edit, "Home Right Right Right Right Ctrl-K");
    assert_string_equal(line_edit_text(&edit), "left");
    press(&edit, "Left Ctrl-U");
    assert_string_equal(line_edit_text(&edit), "t");
    line_edit_set(&edit, "\xff");
    assert_string_equal(line_edit_text(&edit), "\xef\xbf\xbd");
    line_edit_done(&edit);
}

static void other_keys_are_left_alone(void **state)
{
    (void)state;
    LineEdit edit = {0};
    static const uint32_t codes[] = {UIKEY_ENTER, UIKEY_ESCAPE, UIKEY_UP, UIKEY_TAB, UIKEY_CTRL('C'), 0x7f, 0xd800, UIKEY_NONE};
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        assert_false(line_edit_key(&edit, &(UiKey){.code = codes[i]}));
    line_edit_done(&edit);
}

static void the_cursor_stays_visible(void **state)
{
    (void)state;
    int x = 0, y = 0;
    LineEdit edit = {0};
    Canvas *canvas = canvas_new(10, 1, false);
    line_edit_set(&edit, "0123456789漢字");
    line_edit_draw(&edit, canvas, 1, 0, 6, true);
    assert_true(canvas_caret_at(canvas, &x, &y));
    assert_true(x >= 1 && x < 7);
    g_autofree char *end = canvas_dump(canvas, false);
    assert_string_equal(end, " 9漢字\n");
    press(&edit, "Home");
    line_edit_draw(&edit, canvas, 1, 0, 6, true);
    assert_true(canvas_caret_at(canvas, &x, &y));
    assert_int_equal(x, 1);
    canvas_free(canvas);
    line_edit_done(&edit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_edit_whole_characters),
        cmocka_unit_test(words_and_halves_go_at_once),
        cmocka_unit_test(other_keys_are_left_alone),
        cmocka_unit_test(the_cursor_stays_visible),
    };
    return cmocka_run_group_tests_name("line_edit", tests, NULL, NULL);
}
