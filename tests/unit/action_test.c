/* SPDX-License-Identifier: Apache-2.0 */
/* Actions as data: what the tables of all screens hold is consistent, and keys have names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "ui/list.h"
#include "ui/screen.h"
#include "ui/ui_private.h"

static void keys_have_names(void **state)
{
    (void)state;
    const struct {
        const char *name;
        uint32_t code;
    } keys[] = {{"j", 'j'}, {"é", 0xe9}, {"Space", ' '}, {"Ctrl-L", 12}, {"Down", UIKEY_DOWN}, {"Esc", UIKEY_ESCAPE}, {"!", '!'}};
    UiKey key;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        assert_true(key_parse(keys[i].name, &key));
        assert_int_equal(key.code, keys[i].code);
    }
    static const char *const wrong[] = {"", "jj", "Ctrl-", "Ctrl-1", "Downn", "\xff", "\t"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_false(key_parse(wrong[i], &key));
}

static void an_action_is_found_by_key_and_name(void **state)
{
    (void)state;
    static const Action table[] = {ACTION_MOVES, {.id = ACT_OWN, .keys = "Ctrl-X s", .name = "sync-it", .label = "sync it"}, {0}};
    char out[16];
    assert_ptr_equal(action_of_key(table, &(UiKey){.code = 's'}), action_named(table, "sync-it"));
    assert_int_equal(action_of_key(table, &(UiKey){.code = UIKEY_DOWN})->id, ACT_DOWN);
    assert_null(action_of_key(table, &(UiKey){.code = 'x'}));
    assert_string_equal(action_key(action_named(table, "sync-it"), out), "^X");
    assert_string_equal(action_label(action_named(table, "sync-it")), "sync it");
    assert_string_equal(action_label(action_named(table, "top")), "top");
}

/* A key that two actions of a table claim, or that nobody can press, is a mistake of ours. */
static void check_table(const char *where, const Action *table)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal), codes = g_hash_table_new(NULL, NULL);
    for (const Action *action = table; action && action->id; action++) {
        if (action->name && !g_hash_table_add(names, (gpointer)action->name))
            fail_msg("%s: two actions are called %s", where, action->name);
        if (action->name && (!action->help || g_str_has_suffix(action->help, ".")))
            fail_msg("%s: %s needs a help text without a full stop", where, action->name);
        g_auto(GStrv) keys = g_strsplit(action->keys ? action->keys : "", " ", -1);
        for (int i = 0; keys[i]; i++) {
            UiKey key;
            if (!key_parse(keys[i], &key))
                fail_msg("%s: unknown key %s", where, keys[i]);
            /* q goes one level out, and from the outermost is the key to leave: the one key with two names. */
            if (!g_hash_table_add(codes, GUINT_TO_POINTER(key.code)) && !(action->id == ACT_QUIT && strcmp(keys[i], "q") == 0))
                fail_msg("%s: two actions have the key %s", where, keys[i]);
        }
    }
}

static void the_tables_are_consistent(void **state)
{
    (void)state;
    check_table("everywhere", ui_global_actions);
    for (int i = 0; screen_registry[i]; i++) {
        const ScreenOps *ops = screen_registry[i];
        check_table(ops->name, ops->actions);
        assert_ptr_equal(screen_find(ops->name), ops); /* no two have one name */
        assert_true(ops->number == 0 || screen_numbered(ops->number) == ops);
        assert_non_null(ops->title);
        assert_non_null(ops->draw);
        assert_non_null(ops->act);
    }
}

static void a_list_keeps_its_cursor_visible(void **state)
{
    (void)state;
    List list = {0};
    list_fit(&list, 100000, 10);
    assert_true(list_act(&list, ACT_BOTTOM));
    assert_int_equal(list.cursor, 99999);
    assert_int_equal(list.top, 99990);
    assert_true(list_act(&list, ACT_PAGE_UP));
    assert_int_equal(list.cursor, 99990);
    list_fit(&list, 3, 10); /* it shrank */
    assert_int_equal(list.cursor, 2);
    assert_int_equal(list.top, 0);
    assert_int_equal(list_at(&list, (Rect){0, 5, 80, 10}, 6), 1);
    assert_int_equal(list_at(&list, (Rect){0, 5, 80, 10}, 9), -1);
    assert_false(list_act(&list, ACT_OWN));
    list_fit(&list, 0, 0);
    assert_true(list_act(&list, ACT_DOWN));
    assert_int_equal(list.cursor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_names),
        cmocka_unit_test(an_action_is_found_by_key_and_name),
        cmocka_unit_test(the_tables_are_consistent),
        cmocka_unit_test(a_list_keeps_its_cursor_visible),
    };
    return cmocka_run_group_tests_name("action", tests, NULL, NULL);
}
