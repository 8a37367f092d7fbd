/* SPDX-License-Identifier: Apache-2.0 */
/* The number of rows that the ledger tells of a stream's table: kept by addition, and never another than count(*) says, whatever a job did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/time.h"
#include "tests/support/fixture.h"

#define USERS "id varchar #; name varchar; email varchar *"

static const CommitPoint on_the_way = {.watermark = TIME_NONE, .history_from = TIME_NONE};
static const CommitPoint closed = {.closed = true, .moves_watermark = true, .watermark = 5000000, .history_from = TIME_NONE};

typedef struct Scene {
    Place *place;
    Stream *stream;
    Batch *batch;
    StreamWriter *writer;
    int64_t epoch, run;
} Scene;

static void scene_init(Scene *scene, Place *place, Stream *stream)
{
    *scene = (Scene){.place = place, .stream = stream, .batch = batch_new(stream)};
}

static void scene_done(Scene *scene)
{
    batch_free(scene->batch);
    stream_free(scene->stream);
}

static void begin(Scene *scene, bool direct)
{
    scene->epoch = claim(scene->place, scene->stream, ++scene->run);
    scene->writer = writer_make(scene->place, scene->stream, WRITER_SYNC, scene->run, scene->epoch, direct);
    batch_reset(scene->batch, scene->stream);
}

static void end(Scene *scene)
{
    writer_free(scene->writer);
    ledger_release(scene->place->d, scene->stream, scene->epoch);
}

/* Rows of values, separated by blanks; the key is what stands before the first `|`. */
static void put_all(Batch *batch, int64_t cursor, const char *rows)
{
    g_auto(GStrv) each = g_strsplit(rows, " ", -1);
    for (int i = 0; each[i]; i++) {
        g_autofree char *key = g_strndup(each[i], strcspn(each[i], "|"));
        put(batch, key, cursor, -1, each[i]);
    }
}

static int64_t told(Place *place, const Stream *stream)
{
    Position position;
    Err err = {0};
    assert_true(ledger_position(place->d, stream, &position, &err));
    return position.rows;
}

static void check_told(Place *place, const Stream *stream, int line)
{
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM {%s}", stream->table->name);
    g_autofree char *counted = ask_rows(place, sql);
    g_autofree char *known = g_strdup_printf("%" G_GINT64_FORMAT, told(place, stream));
    if (!g_str_equal(known, counted)) {
        print_error("%s:%d: the ledger tells %s rows, the table has %s\n", __FILE__, line, known, counted);
        _fail(__FILE__, line);
    }
}
#define assert_told(place, stream) check_told(place, stream, __LINE__)

/* Commits the rows and looks. */
static void commit(Scene *scene, const char *rows, const CommitPoint *point, int line)
{
    if (rows)
        put_all(scene->batch, scene->run, rows);
    commit_batch(scene->writer, scene->batch, point);
    batch_reset(scene->batch, scene->stream);
    check_told(scene->place, scene->stream, line);
}
#define commit_rows(scene, rows) commit(scene, rows, &on_the_way, __LINE__)
#define close_with(scene, rows)  commit(scene, rows, &closed, __LINE__)

/* A table that somebody else filled is counted when its first window closes. */
static void test_syncs(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "users", USERS));
    run_sql(place, "INSERT INTO {users} VALUES ('x', 'Xa', NULL), ('y', 'Ya', NULL)");
    begin(&scene, false);
    put_all(scene.batch, 1, "1|Ann|a 2|Bob|b");
    commit_batch(scene.writer, scene.batch, &on_the_way);
    assert_int_equal(told(place, scene.stream), -1);
    batch_reset(scene.batch, scene.stream);
    close_with(&scene, "x|Xavier|NULL 3|Cy|c");
    end(&scene);
    begin(&scene, false);
    commit_rows(&scene, "1|Anna|a 4|Di|d 5|Ed|a");   /* changed, new, a duplicate */
    commit_rows(&scene, "4|Di|d");                   /* all there */
    commit_rows(&scene, "1|Anna|b 2|Bob|a 6|Flo|f"); /* exchanged values: row by row */
    close_with(&scene, NULL);
    close_with(&scene, "7|Gus|g");
    end(&scene);
    begin(&scene, false);
    close_with(&scene, NULL);
    assert_int_equal(told(place, scene.stream), 8);
    end(&scene);
    scene_done(&scene);
}

/* A first load knows it without ever counting. */
static void test_first_load(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "users", USERS));
    begin(&scene, true);
    commit_rows(&scene, "1|Ann|a 2|Bob|b");
    commit_rows(&scene, "2|Bobby|b 3|Cy|c 4|Di|a"); /* cannot be copied straight in */
    end(&scene);
    begin(&scene, true); /* resumed */
    commit_rows(&scene, "5|Ed|e");
    close_with(&scene, NULL);
    end(&scene);
    assert_int_equal(told(place, scene.stream), 4);
    run_sql(place, "DELETE FROM {users}"); /* made anew by hand: nothing is left of the old number */
    begin(&scene, true);
    commit_rows(&scene, "1|Ann|a");
    close_with(&scene, "2|Bob|b");
    end(&scene);
    scene_done(&scene);
}

static void test_refused_rows(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_make(place, "users", USERS));
    run_sql(place, "CREATE TABLE {users} (id varchar NOT NULL PRIMARY KEY, name varchar CHECK (name <> 'bad'), email varchar)");
    begin(&scene, false);
    close_with(&scene, "1|Ann|a 2|bad|b 3|Cy|c");
    commit_rows(&scene, "4|Di|a 5|bad|b 1|bad|c 6|Flo|f");
    close_with(&scene, NULL);
    end(&scene);
    scene_done(&scene);
}

static void test_insert_ignore(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_make(place, "users", USERS));
    scene.stream->mode = WRITE_INSERT_IGNORE;
    stream_create(place, scene.stream);
    begin(&scene, false);
    close_with(&scene, "1|Ann|a 2|Bob|b");
    commit_rows(&scene, "1|Anna|a 3|Cy|c");
    close_with(&scene, "3|Cyril|c 2|Bo|b");
    end(&scene);
    scene_done(&scene);
}

static void test_absent_and_null(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_make(place, "stats", "id varchar #; visits int; bounce int"));
    scene.stream->may_be_absent = true;
    stream_create(place, scene.stream);
    begin(&scene, false);
    close_with(&scene, "a|1|ABSENT b|ABSENT|2");
    commit_rows(&scene, "a|ABSENT|5 c|3|3 d|ABSENT|ABSENT");
    close_with(&scene, "b|7|ABSENT");
    end(&scene);
    scene_done(&scene);
    scene_init(&scene, place, stream_made(place, "links", "a varchar ! %; b varchar %; n int"));
    begin(&scene, false);
    close_with(&scene, "x|NULL|1 y|z|2");
    commit_rows(&scene, "x|NULL|5 x|q|2");
    end(&scene);
    scene_done(&scene);
}

static void put_links(Scene *scene, const char *user, const char *events)
{
    g_auto(GStrv) each = g_strsplit(events, " ", -1);
    int32_t scope = put_scope(scene->batch, user, user);
    for (int i = 0; each[i] && *each[i]; i++) {
        g_autofree char *values = g_strconcat(user, "|", each[i], NULL);
        put(scene->batch, values, scene->run, scope, values);
    }
}

static void test_children(Place *place)
{
    Scene scene;
    Stream *users = stream_made(place, "users", "id varchar #");
    run_sql(place, "INSERT INTO {users} VALUES ('u1'), ('u2')");
    scene_init(&scene, place, stream_made(place, "links", "user_id varchar ! ^ % >users.id; event_id varchar ! %"));
    begin(&scene, false);
    put_links(&scene, "u1", "a b c");
    put_links(&scene, "u2", "a");
    put_links(&scene, "u3", "a"); /* waits for its parent */
    close_with(&scene, NULL);
    put_links(&scene, "u1", "b d"); /* two are gone, one came */
    commit_rows(&scene, NULL);
    put_links(&scene, "u2", "");
    commit_rows(&scene, NULL);
    run_sql(place, "INSERT INTO {users} VALUES ('u3')");
    Counts landed = {0};
    Err err = {0};
    assert_true(writer_retry_parked(scene.writer, &landed, &err));
    assert_counts(landed, "1 1 0 0 0 0 0");
    assert_told(place, scene.stream);
    close_with(&scene, NULL);
    end(&scene);
    assert_int_equal(told(place, scene.stream), 3);
    stream_free(users);
    scene_done(&scene);
}

static void reimport(Scene *scene, GPtrArray *streams, WriterKind kind, const char *rows)
{
    Counts counts = {0};
    Err err = {0};
    scene->epoch = claim(scene->place, scene->stream, ++scene->run);
    WriterSetup setup = {.stream = scene->stream,
                         .kind = kind,
                         .job = "reimport",
                         .window_key = "whole",
                         .run = scene->run,
                         .epoch = scene->epoch,
                         .allow_shrink = true,
                         .streams = streams};
    StreamWriter *writer = writer_new(scene->place->d, &setup, &err);
    batch_reset(scene->batch, scene->stream);
    put_all(scene->batch, scene->run, rows);
    if (!writer || !writer_add(writer, scene->batch, &err) || !writer_commit(writer, &on_the_way, &counts, &err) ||
        !writer_finish_reimport(writer, &closed, &counts, &err))
        fail_msg("%s", err.message);
    writer_free(writer);
    ledger_release(scene->place->d, scene->stream, scene->epoch);
    assert_told(scene->place, scene->stream);
}

/* Also of the tables whose rows vanish with theirs; and a reimport counts what others did to the table. */
static void test_reimports(Place *place)
{
    Scene days, notes;
    scene_init(&days, place, stream_made(place, "days", "id varchar #; n int"));
    scene_init(&notes, place, stream_made(place, "notes", "id varchar #; day varchar >days.id"));
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    g_ptr_array_add(streams, days.stream);
    g_ptr_array_add(streams, notes.stream);
    begin(&days, true);
    close_with(&days, "1|1 2|2 3|3");
    end(&days);
    begin(&notes, true);
    close_with(&notes, "a|1 b|2 c|2 d|NULL");
    end(&notes);
    reimport(&days, streams, WRITER_REIMPORT, "1|1 3|33 4|4 5|5");
    assert_int_equal(told(place, notes.stream), 2); /* b and c wait */
    assert_told(place, notes.stream);
    run_sql(place, "DELETE FROM {days} WHERE id = '5'; DELETE FROM {notes}");
    reimport(&days, streams, WRITER_REIMPORT, "1|1 3|33 4|4"); /* there already */
    assert_int_equal(told(place, days.stream), 3);
    reimport(&days, streams, WRITER_TRUNCATE, "7|7");
    scene_done(&notes);
    scene_done(&days);
}

/* Rows that others add or take away are in the number again when it is a day old. */
static void test_counted_again(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "users", USERS));
    begin(&scene, true);
    close_with(&scene, "1|Ann|a 2|Bob|b");
    run_sql(place, "DELETE FROM {users} WHERE id = '1'");
    put_all(scene.batch, 1, "3|Cy|c");
    commit_batch(scene.writer, scene.batch, &closed);
    assert_int_equal(told(place, scene.stream), 3); /* kept by addition */
    char yesterday[40];
    time_format_iso(clock_now_us() - US_PER_DAY - US_PER_SECOND, yesterday);
    g_autofree char *age = g_strdup_printf("UPDATE [streams] SET counted_at = '%s'", yesterday);
    run_sql(place, age);
    batch_reset(scene.batch, scene.stream);
    close_with(&scene, "4|Di|d");
    assert_int_equal(told(place, scene.stream), 3);
    run_sql(place, "UPDATE [streams] SET \"rows\" = NULL");
    close_with(&scene, NULL); /* not known: counted although nothing was written */
    end(&scene);
    scene_done(&scene);
}

/* A shared table, where the source itself says whose a row is: only counting can tell. */
static void test_shared_table(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_make(place, "visits", "id varchar #; site int; n int"));
    scene.stream->scope = g_new0(ScopePredicate, 1);
    scene.stream->scope[0] = (ScopePredicate){.column = 1, .value = g_strdup("2")};
    scene.stream->scope_count = 1;
    stream_create(place, scene.stream);
    run_sql(place, "INSERT INTO {visits} VALUES ('a', 1, 1)");
    begin(&scene, false);
    put_all(scene.batch, 1, "b|2|1 c|3|1");
    commit_batch(scene.writer, scene.batch, &closed);
    assert_int_equal(told(place, scene.stream), 1);
    end(&scene);
    scene_done(&scene);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"syncs", test_syncs},
        {"a first load", test_first_load},
        {"rows that the database refuses", test_refused_rows},
        {"insert-ignore", test_insert_ignore},
        {"absent values, NULL in a key", test_absent_and_null},
        {"children, and rows that waited", test_children},
        {"reimports, and rows that vanish with others", test_reimports},
        {"counted again after a day, or when not known", test_counted_again},
        {"a shared table", test_shared_table},
    };
    return place_run("rows", cases, (int)G_N_ELEMENTS(cases));
}
