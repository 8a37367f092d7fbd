/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of rejects: promise 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "destinations/rejects.h"
#include "model/time.h"
#include "tests/support/fixture.h"

typedef struct Scene {
    Place *place;
    Stream *parents, *users;
    Batch *batch;
} Scene;

static void scene_begin(Scene *scene, Place *place)
{
    *scene = (Scene){.place = place,
                     .parents = stream_make(place, "parents", "id varchar #"),
                     .users = stream_make(place, "users", "id varchar #; p varchar >parents.id; name varchar(5) *")};
    stream_create(place, scene->parents);
    stream_create(place, scene->users);
    scene->batch = batch_new(scene->users);
}

static void scene_end(Scene *scene)
{
    batch_free(scene->batch);
    stream_free(scene->parents);
    stream_free(scene->users);
}

static Counts write_row(Scene *scene, const char *key, int64_t cursor, const char *values, int64_t run)
{
    batch_reset(scene->batch, scene->users);
    put(scene->batch, key, cursor, -1, values);
    return write_once(scene->place, scene->users, scene->batch, run);
}

static Counts refuse(Scene *scene, const char *key, int64_t cursor, const char *row, int64_t run)
{
    batch_reset(scene->batch, scene->users);
    batch_reject(scene->batch, REJECT_TOO_LONG, 2, "expected at most 5 characters, found 9", key, strlen(key), row, strlen(row),
                 cursor, -1);
    scene->batch->read++;
    return write_once(scene->place, scene->users, scene->batch, run);
}

static RejectQuery all(void)
{
    return (RejectQuery){.stream = "app.users"};
}

static void test_dismissal(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    Err err = {0};
    int64_t count = 0;
    RejectQuery query = all();
    write_row(&scene, "1", 1, "1|x|Ann", 1);
    write_row(&scene, "2", 1, "2|x|Bob", 1);
    query.reason = REJECT_DUPLICATE;
    assert_true(rejects_dismiss(place->d, &query, &count, &err));
    assert_int_equal(count, 0);
    query.reason = REJECT_MISSING_PARENT;
    assert_true(rejects_dismiss(place->d, &query, &count, &err));
    assert_int_equal(count, 2);
    Counts counts = write_row(&scene, "1", 1, "1|x|Ann", 2); /* the same again: still dismissed, not new */
    assert_counts(counts, "1 0 0 1 0 0 0");
    assert_rows(place, "SELECT count(*) FROM [rejects] WHERE dismissed_at IS NOT NULL", "2");
    counts = write_row(&scene, "1", 2, "1|x|Anna", 3); /* changed: open again, new */
    assert_counts(counts, "1 0 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", tries, first_run FROM [rejects] WHERE dismissed_at IS NULL", "1|1|3");
    run_sql(place, "INSERT INTO {parents} VALUES ('x')"); /* a dismissed row does not land by itself */
    int64_t epoch = claim(place, scene.users, 4);
    StreamWriter *writer = writer_make(place, scene.users, WRITER_SYNC, 4, epoch, false);
    Counts landed = {0};
    assert_true(writer_retry_parked(writer, &landed, &err));
    assert_counts(landed, "1 1 0 0 0 0 0");
    writer_free(writer);
    ledger_release(place->d, scene.users, epoch);
    assert_rows(place, "SELECT \"key\" FROM [rejects]", "2");
    scene_end(&scene);
}

static void test_newer_reading(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    Counts counts = refuse(&scene, "1", 10, "{\"id\":\"1\",\"name\":\"too long it\"}", 1);
    assert_counts(counts, "1 0 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", reason, column_name, detail, sqlstate, \"row\" FROM [rejects]",
                "1|too long|name|expected at most 5 characters, found 9|NULL|{\"id\":\"1\",\"name\":\"too long it\"}");
    counts = write_row(&scene, "1", 20, "1|NULL|Ann", 2);
    assert_counts(counts, "1 1 0 0 0 0 0");
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");

    batch_reset(scene.batch, scene.users); /* both in one group: what is newer by cursor counts */
    batch_reject(scene.batch, REJECT_TOO_LONG, 2, "old", "1", 1, "{}", 2, 25, -1);
    put(scene.batch, "1", 30, -1, "1|NULL|Bob");
    batch_reject(scene.batch, REJECT_TOO_LONG, 2, "new", "2", 1, "{}", 2, 40, -1);
    put(scene.batch, "2", 30, -1, "2|NULL|Cy");
    scene.batch->read += 2;
    counts = write_once(place, scene.users, scene.batch, 3);
    assert_counts(counts, "4 2 1 1 0 0 1");
    assert_rows(place, "SELECT \"key\", detail FROM [rejects]", "2|new");
    scene_end(&scene);
}

static void test_listing(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    Err err = {0};
    RejectQuery query = all();
    write_row(&scene, "1", 1, "1|x|Ann", 1);
    write_row(&scene, "2", 1, "2|x|Bob", 1);
    refuse(&scene, "3", 1, "{\"id\":\"3\"}", 1);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(reject_free);
    query.limit = 2;
    assert_true(rejects_list(place->d, &query, list, &err));
    assert_int_equal(list->len, 2);
    const Reject *reject = list->pdata[1];
    assert_string_equal(reject->key, "2");
    assert_int_equal(reject->reason, REJECT_MISSING_PARENT);
    assert_string_equal(reject->column, "p");
    assert_string_equal(reject->detail, "no row in parents with this id");
    assert_non_null(strstr(reject->row, "Bob"));
    assert_true(reject->first_seen > 0 && reject->last_seen >= reject->first_seen && reject->dismissed_at == TIME_NONE);
    int64_t one = query.after_id = reject->id;
    g_ptr_array_set_size(list, 0);
    assert_true(rejects_list(place->d, &query, list, &err));
    assert_int_equal(list->len, 1);
    query = (RejectQuery){.column = "p"};
    g_ptr_array_set_size(list, 0);
    assert_true(rejects_list(place->d, &query, list, &err));
    assert_int_equal(list->len, 2);
    query = (RejectQuery){.column = ""};
    g_ptr_array_set_size(list, 0);
    assert_true(rejects_list(place->d, &query, list, &err));
    assert_int_equal(list->len, 0);
    query = (RejectQuery){.id = one};
    assert_true(rejects_list(place->d, &query, list, &err));
    assert_int_equal(list->len, 1);
    assert_string_equal(((const Reject *)list->pdata[0])->key, "2");
    query = (RejectQuery){.stream = "app.nobody"};
    g_ptr_array_set_size(list, 0);
    assert_true(rejects_list(place->d, &query, list, &err));
    assert_int_equal(list->len, 0);

    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(reject_group_free);
    query = (RejectQuery){.dismissed = true};
    assert_true(rejects_groups(place->d, &query, groups, &err));
    assert_int_equal(groups->len, 2);
    const RejectGroup *group = groups->pdata[0];
    assert_true(group->reason == REJECT_MISSING_PARENT && group->open == 2 && group->dismissed == 0);

    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    query = all();
    assert_true(rejects_keys(place->d, &query, keys, &err)); /* the parked ones need no document */
    assert_int_equal(keys->len, 1);
    assert_string_equal(keys->pdata[0], "3");
    Position position;
    assert_true(ledger_position(place->d, scene.users, &position, &err));
    assert_int_equal(position.open_rejects, 3);
    scene_end(&scene);
}

/* keep_rows: the text goes, the reject stays, and the same row later is still the same. */
static void test_forget(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    Err err = {0};
    int64_t count = 0;
    RejectQuery query = all();
    write_row(&scene, "1", 1, "1|x|Ann", 1);
    assert_true(rejects_forget(place->d, scene.users, &count, &err));
    assert_int_equal(count, 0);
    scene.users->settings.keep_rows_us = US_PER_DAY;
    assert_true(rejects_forget(place->d, scene.users, &count, &err));
    assert_int_equal(count, 0);
    run_sql(place, "UPDATE [rejects] SET first_seen = '2020-01-01T00:00:00.000Z'");
    assert_true(rejects_forget(place->d, scene.users, &count, &err));
    assert_int_equal(count, 1);
    assert_rows(place, "SELECT \"key\", \"row\" FROM [rejects]", "1|NULL");
    run_sql(place, "INSERT INTO {parents} VALUES ('x')");
    int64_t epoch = claim(place, scene.users, 2);
    StreamWriter *writer = writer_make(place, scene.users, WRITER_SYNC, 2, epoch, false);
    Counts landed = {0};
    assert_true(writer_retry_parked(writer, &landed, &err));
    assert_counts(landed, "0 0 0 0 0 0 0"); /* its document must be read again */
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    assert_true(rejects_keys(place->d, &query, keys, &err));
    assert_int_equal(keys->len, 1);
    writer_free(writer);
    ledger_release(place->d, scene.users, epoch);
    run_sql(place, "DELETE FROM {parents}");
    Counts counts = write_row(&scene, "1", 1, "1|x|Ann", 3);
    assert_counts(counts, "1 0 0 1 0 0 0");
    scene_end(&scene);
}

/* A row rejected once keeps its place in a group with another reason. */
static void test_reason_changes(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    write_row(&scene, "1", 1, "1|x|Ann", 1);
    write_row(&scene, "2", 1, "2|NULL|Ann", 1);
    run_sql(place, "INSERT INTO {parents} VALUES ('x')");
    int64_t epoch = claim(place, scene.users, 2);
    StreamWriter *writer = writer_make(place, scene.users, WRITER_SYNC, 2, epoch, false);
    Counts landed = {0};
    Err err = {0};
    assert_true(writer_retry_parked(writer, &landed, &err)); /* its parent is there, but its name is taken */
    assert_counts(landed, "1 0 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", reason, column_name FROM [rejects]", "1|duplicate|name");
    landed = (Counts){0};
    assert_true(writer_retry_parked(writer, &landed, &err));
    assert_counts(landed, "0 0 0 0 0 0 0");
    writer_free(writer);
    ledger_release(place->d, scene.users, epoch);
    scene_end(&scene);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"a dismissal holds until the row changes", test_dismissal},
        {"a newer reading replaces a reject", test_newer_reading},
        {"rejects are listed, grouped and paged", test_listing},
        {"keep_rows: the text is forgotten, the reject is not", test_forget},
        {"a waiting row may be refused for another reason", test_reason_changes},
    };
    return place_run("rejects", cases, (int)G_N_ELEMENTS(cases));
}
