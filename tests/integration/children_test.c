/* SPDX-License-Identifier: Apache-2.0 */
/* A parent's children are made equal to its arrays: promise 4, hazards H6, H10-H13, H18. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/fixture.h"

#define EVENTS "id varchar #"
#define LINKS  "user_id varchar ! ^ % >users.id; event_id varchar ! % >events.id; type varchar; made timestamp ~"

typedef struct Scene {
    Place *place;
    Stream *users, *events, *links;
    Batch *batch;
    int64_t run;
} Scene;

static void scene_begin(Scene *scene, Place *place)
{
    *scene = (Scene){.place = place};
    scene->users = stream_make(place, "users", "id varchar #");
    scene->events = stream_make(place, "events", EVENTS);
    scene->links = stream_make(place, "links", LINKS);
    stream_create(place, scene->users);
    stream_create(place, scene->events);
    stream_create(place, scene->links);
    run_sql(place, "INSERT INTO {users} VALUES ('u1'), ('u2'), ('u3')");
    run_sql(place, "INSERT INTO {events} VALUES ('e1'), ('e2'), ('e3'), ('e4'), ('e5')");
    scene->batch = batch_new(scene->links);
}

static void scene_end(Scene *scene)
{
    batch_free(scene->batch);
    stream_free(scene->users);
    stream_free(scene->events);
    stream_free(scene->links);
}

/* "u1: e1 e2; u3:" - scopes with their items, as type t and made on 2024-01-<run>. */
static void fill(Scene *scene, const char *text)
{
    g_auto(GStrv) scopes = g_strsplit(text, ";", -1);
    for (int i = 0; scopes[i]; i++) {
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(scopes[i]), ": ", -1);
        int32_t scope = put_scope(scene->batch, words[0], words[0]);
        for (int k = 1; words[k]; k++) {
            if (!words[k][0])
                continue;
            g_autofree char *key = g_strdup_printf("%s/%s", words[0], words[k]);
            g_autofree char *values = g_strdup_printf("%s|%s|t|2024-01-%02d", words[0], words[k], (int)scene->run);
            put(scene->batch, key, scene->run, scope, values);
        }
    }
}

static Counts write_arrays(Scene *scene, const char *text)
{
    scene->run++;
    batch_reset(scene->batch, scene->links);
    fill(scene, text);
    return write_once(scene->place, scene->links, scene->batch, scene->run);
}

#define DAYS "SELECT user_id, event_id, substr(CAST(made AS text), 9, 2) FROM {links} ORDER BY user_id, event_id"

static void test_equal(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    Counts counts = write_arrays(&scene, "u1: e1 e2 e3; u2: e1; u3:");
    assert_counts(counts, "4 4 0 0 0 0 0");
    counts = write_arrays(&scene, "u1: e1 e3 e4; u2: e1");
    assert_counts(counts, "4 1 3 0 0 1 0");
    assert_rows(place, DAYS, "u1|e1|01\nu1|e3|01\nu1|e4|02\nu2|e1|01");
    counts = write_arrays(&scene, "u1:"); /* emptied; u2 was not read */
    assert_counts(counts, "0 0 0 0 0 3 0");
    assert_rows(place, DAYS, "u2|e1|01");
    scene_end(&scene);
}

/* Arrays that agree with the table change nothing; a row that the arrays do not have goes, also from one that is empty. */
static void test_nothing_new(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    Counts counts = write_arrays(&scene, "u1: e1 e2; u3:");
    assert_counts(counts, "2 2 0 0 0 0 0");
    counts = write_arrays(&scene, "u1: e1 e2; u3:");
    assert_counts(counts, "2 0 2 0 0 0 0");
    run_sql(place, "INSERT INTO {links} (user_id, event_id) VALUES ('u3', 'e5')");
    counts = write_arrays(&scene, "u1: e1 e2; u3:");
    assert_counts(counts, "2 0 2 0 0 1 0");
    counts = write_arrays(&scene, "u2:; u3:");
    assert_counts(counts, "0 0 0 0 0 0 0");
    run_sql(place, "INSERT INTO {links} (user_id, event_id) VALUES ('u2', 'e5')");
    counts = write_arrays(&scene, "u2:; u3:");
    assert_counts(counts, "0 0 0 0 0 1 0");
    assert_rows(place, "SELECT count(*) FROM {links}", "2");
    scene_end(&scene);
}

/* A changed value of an item is a change; a date taken from the parent is none. */
static void test_item_values(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    write_arrays(&scene, "u1: e1");
    batch_reset(scene.batch, scene.links);
    int32_t scope = put_scope(scene.batch, "u1", "u1");
    put(scene.batch, "u1/e1", 2, scope, "u1|e1|other|2030-01-01");
    Counts counts = write_once(place, scene.links, scene.batch, 2);
    assert_counts(counts, "1 1 0 0 0 0 0");
    assert_rows(place, "SELECT type, substr(CAST(made AS text), 1, 4) FROM {links}", "other|2024");
    scene_end(&scene);
}

/* A child whose other parent has not come waits; its waiting does not outlive the array that named it; a rejected row counts as present. */
static void test_waiting_children(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    Counts counts = write_arrays(&scene, "u1: e1 x1 x2; u9: e1");
    assert_counts(counts, "4 1 0 3 0 0 3");
    assert_rows(place, "SELECT \"key\", scope, column_name FROM [rejects] ORDER BY \"key\"",
                "u1/x1|u1|event_id\nu1/x2|u1|event_id\nu9/e1|u9|user_id");
    counts = write_arrays(&scene, "u1: e1 x1");
    assert_counts(counts, "2 0 1 1 0 0 0");
    assert_rows(place, "SELECT \"key\", tries FROM [rejects] ORDER BY \"key\"", "u1/x1|2\nu9/e1|1");

    run_sql(place, "INSERT INTO {events} VALUES ('x1')");
    int64_t epoch = claim(place, scene.links, 5);
    StreamWriter *writer = writer_make(place, scene.links, WRITER_SYNC, 5, epoch, false);
    Counts landed = {0};
    Err err = {0};
    assert_true(writer_retry_parked(writer, &landed, &err));
    assert_counts(landed, "1 1 0 0 0 0 0"); /* and u1's other child is still there */
    assert_rows(place, "SELECT user_id, event_id FROM {links} ORDER BY event_id", "u1|e1\nu1|x1");
    assert_rows(place, "SELECT \"key\", scope FROM [rejects]", "u9/e1|u9");
    writer_free(writer);
    ledger_release(place->d, scene.links, epoch);
    counts = write_arrays(&scene, "u9:");
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    scene_end(&scene);
}

/* A row that cannot be stored any more keeps the one that is there. */
static void refuse_first(Place *place, RejectReason reason, const char *why, const char *row)
{
    Scene scene;
    scene_begin(&scene, place);
    write_arrays(&scene, "u1: e1 e2 e3");
    batch_reset(scene.batch, scene.links);
    int32_t scope = put_scope(scene.batch, "u1", "u1");
    batch_reject(scene.batch, reason, 2, why, "u1/e1", 5, row, strlen(row), 2, scope);
    scene.batch->read++;
    put(scene.batch, "u1/e2", 2, scope, "u1|e2|t|2024-01-01");
    Counts counts = write_once(place, scene.links, scene.batch, 2);
    assert_counts(counts, "2 0 1 1 0 1 1");
    assert_rows(place, "SELECT event_id FROM {links} ORDER BY event_id", "e1\ne2");
    scene_end(&scene);
}

static void test_rejected_keeps_old(Place *place)
{
    refuse_first(place, REJECT_TOO_LONG, "expected 3 characters",
                 "{\"user_id\":\"u1\",\"event_id\":\"e1\",\"type\":\"far too long\"}");
    assert_rows(place, "SELECT \"key\", scope, reason, column_name FROM [rejects]", "u1/e1|u1|too long|type");
}

/* PostgreSQL cannot read the text of such a row as JSON. */
static void test_rejected_with_nul(Place *place)
{
    static const char row[] = "{\"user_id\":\"u1\",\"event_id\":\"e1\",\"type\":\"\\u0000\\u0000 \\\\u0000 \\\\\\u0000\"}";
    refuse_first(place, REJECT_INVALID_TEXT, "U+0000", row);
    assert_rows(place, "SELECT \"key\", scope, reason, column_name FROM [rejects]", "u1/e1|u1|invalid text|type");
}

/* The same item twice is one row; a wide scope comes in several batches of one group. */
static void test_scope_over_batches(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    write_arrays(&scene, "u1: e5; u2: e5");
    Batch *first = batch_new(scene.links), *second = batch_new(scene.links);
    int32_t scope = put_scope(first, "u1", "u1");
    put(first, "u1/e1", 1, scope, "u1|e1|t|2024-01-01");
    first->scopes[scope].more_follows = true;
    scope = put_scope(second, "u1", "u1");
    put(second, "u1/e2", 1, scope, "u1|e2|t|2024-01-01");
    put(second, "u1/e1", 1, scope, "u1|e1|t|2024-01-01");
    int32_t other = put_scope(second, "u2", "u2");
    put(second, "u2/zz", 1, other, "u2|zz|t|2024-01-01");
    int64_t epoch = claim(place, scene.links, 2);
    StreamWriter *writer = writer_make(place, scene.links, WRITER_SYNC, 2, epoch, false);
    Err err = {0};
    assert_true(writer_add(writer, first, &err));
    Counts counts = commit_batch(writer, second, NULL);
    assert_counts(counts, "4 2 1 1 0 2 1");
    assert_rows(place, "SELECT user_id, event_id FROM {links} ORDER BY user_id, event_id", "u1|e1\nu1|e2");
    assert_rows(place, "SELECT \"key\", scope FROM [rejects]", "u2/zz|u2");
    writer_free(writer);
    ledger_release(place->d, scene.links, epoch);
    batch_free(first);
    batch_free(second);
    scene_end(&scene);
}

/* ---- sets of rows that no stream is the parent of ---- */

#define ACTIONS "id text ! %; site text ^; visit text ^; at timestamptz; day date; sum numeric; props json; tests jsonb; title text"

static int32_t put_visit(Batch *batch, const char *visit, const char *titles)
{
    g_autofree char *parent = g_strdup_printf("1|%s", visit);
    int32_t scope = put_scope(batch, visit, parent);
    for (int i = 0; titles[i]; i++) {
        g_autofree char *key = g_strdup_printf("%s/%d", visit, i);
        g_autofree char *values = g_strdup_printf(
            "%s_%d|1|%s|2025-07-14 10:00:0%d.5|2025-07-14|1.50|{\"a\":  %d}|{\"b\": [1, 2]}|%c", visit, i, visit, i, i, titles[i]);
        put(batch, key, i, scope, values);
    }
    return scope;
}

#define TITLES "SELECT id, title FROM {actions} ORDER BY id"

static void test_set_without_parent(Place *place)
{
    Stream *actions = stream_make(place, "actions", ACTIONS);
    stream_create(place, actions);
    Batch *batch = batch_new(actions);
    put_visit(batch, "1", "abc");
    put_visit(batch, "2", "x");
    Counts counts = write_once(place, actions, batch, 1);
    assert_counts(counts, "4 4 0 0 0 0 0");
    run_sql(place, "INSERT INTO {actions} (id, site, visit, title) VALUES ('3_0', '2', '1', 'of another site')");
    counts = write_once(place, actions, batch, 2); /* every type compares as what it is */
    assert_counts(counts, "4 0 4 0 0 0 0");
    batch_reset(batch, actions);
    put_visit(batch, "1", "aBcd");
    put_visit(batch, "2", "");
    counts = write_once(place, actions, batch, 3);
    assert_counts(counts, "4 2 2 0 0 1 0");
    batch_reset(batch, actions);
    put_visit(batch, "1", "a");
    counts = write_once(place, actions, batch, 4);
    assert_counts(counts, "1 0 1 0 0 3 0");
    assert_rows(place, TITLES, "1_0|a\n3_0|of another site");
    batch_free(batch);
    stream_free(actions);
}

/* The server returned a part of the visit: what is stored beyond it stays; of a visit beside it that came whole it does not. */
static void test_keeps_others(Place *place)
{
    Stream *actions = stream_make(place, "actions", ACTIONS);
    stream_create(place, actions);
    Batch *batch = batch_new(actions);
    put_visit(batch, "1", "abcd");
    put_visit(batch, "2", "xyz");
    write_once(place, actions, batch, 1);
    batch_reset(batch, actions);
    int32_t scope = put_visit(batch, "1", "aB");
    batch->scopes[scope].keep_others = true;
    put_visit(batch, "2", "x");
    Counts counts = write_once(place, actions, batch, 2);
    assert_counts(counts, "3 1 2 0 0 2 0");
    assert_rows(place, TITLES, "1_0|a\n1_1|B\n1_2|c\n1_3|d\n2_0|x");
    counts = write_once(place, actions, batch, 3);
    assert_counts(counts, "3 0 3 0 0 0 0");
    batch_free(batch);
    stream_free(actions);
}

/* H10, H11: what cannot be deleted stops the group as a whole. */
static void test_delete_refused(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    write_arrays(&scene, "u1: e1 e2");
    run_sql(place, "CREATE TABLE {notes} (user_id varchar, event_id varchar, FOREIGN KEY (user_id, event_id) REFERENCES {links} "
                   "(user_id, event_id))");
    run_sql(place, "INSERT INTO {notes} VALUES ('u1', 'e1')");
    batch_reset(scene.batch, scene.links);
    scene.run++;
    fill(&scene, "u1: e2 e3");
    int64_t epoch = claim(place, scene.links, 2);
    StreamWriter *writer = writer_make(place, scene.links, WRITER_SYNC, 2, epoch, false);
    CommitPoint point = {.watermark = 5};
    Counts counts = {0};
    Err err = {0};
    assert_true(writer_add(writer, scene.batch, &err));
    assert_false(writer_commit(writer, &point, &counts, &err));
    assert_int_equal(err.code, ERR_DEST);
    assert_non_null(strstr(err.message, "points at it"));
    assert_rows(place, "SELECT event_id FROM {links} ORDER BY event_id", "e1\ne2");
    writer_free(writer);
    ledger_release(place->d, scene.links, epoch);
    scene_end(&scene);
}

/* A first load of links goes straight in, too. */
static void test_direct(Place *place)
{
    Scene scene;
    scene_begin(&scene, place);
    int64_t epoch = claim(place, scene.links, 1);
    StreamWriter *writer = writer_make(place, scene.links, WRITER_SYNC, 1, epoch, true);
    scene.run = 1;
    fill(&scene, "u1: e1 e2; u2:");
    Counts counts = commit_batch(writer, scene.batch, NULL);
    assert_counts(counts, "2 2 0 0 0 0 0");
    batch_reset(scene.batch, scene.links);
    fill(&scene, "u2: e1 nowhere; u3: e1");
    counts = commit_batch(writer, scene.batch, NULL);
    assert_counts(counts, "3 2 0 1 0 0 1");
    batch_reset(scene.batch, scene.links);
    fill(&scene, "u2: e2");
    counts = commit_batch(writer, scene.batch, NULL);
    assert_counts(counts, "1 1 0 0 0 1 0");
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    writer_free(writer);
    ledger_release(place->d, scene.links, epoch);
    scene_end(&scene);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"H6, H13: children equal the array, unchanged ones keep their dates", test_equal},
        {"arrays that agree with the table change nothing", test_nothing_new},
        {"an item's own values are compared, inherited dates are not", test_item_values},
        {"waiting children land, or go with the array that named them", test_waiting_children},
        {"H33: a row that cannot be stored any more keeps the old one", test_rejected_keeps_old},
        {"H33: also one with U+0000", test_rejected_with_nul},
        {"a scope may be wider than a batch", test_scope_over_batches},
        {"H10, H11: a delete that is refused undoes the group", test_delete_refused},
        {"a first load of children goes straight in", test_direct},
        {"B4, B7: rows of a visit are replaced as a set", test_set_without_parent},
        {"rows of a visit that came in part stay", test_keeps_others},
    };
    return place_run("children", cases, (int)G_N_ELEMENTS(cases));
}
