/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/time.h"

void put_many(Scene *scene, ToySet *set, int count, int64_t from)
{
    for (int i = 0; i < count; i++) {
        g_autofree char *id = g_strdup_printf("%s%04d", set->name, i);
        toy_put(scene->world, set, id, "label", i, from + i * US_PER_SECOND);
    }
}

void expect_rows(Scene *scene, const char *table, int rows)
{
    g_autofree char *name = scene_table(scene, table);
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", name);
    g_autofree char *found = scene_query(scene, sql);
    assert_int_equal(atoi(found), rows);
}

void expect_label(Scene *scene, const char *table, const char *id, const char *label)
{
    g_autofree char *name = scene_table(scene, table);
    g_autofree char *sql = g_strdup_printf("SELECT label FROM %s WHERE id = '%s'", name, id);
    g_autofree char *found = scene_query(scene, sql);
    assert_string_equal(found, label);
}

void expect_exit(Result result, int status)
{
    if (result.exit_status != status)
        for (int i = 0; i < result.view.stream_count; i++)
            print_message("# %s: %s %s\n", result.view.streams[i].id, phase_name(result.view.streams[i].phase),
                          result.view.streams[i].err.message);
    assert_int_equal(result.exit_status, status);
    result_done(&result);
}
