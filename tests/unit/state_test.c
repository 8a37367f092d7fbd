/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: history, liveness by kernel locks, requests between processes, damage, a full disk. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/secret.h"
#include "model/time.h"
#include "state/migrations.h"
#include "state/state.h"

typedef struct Fixture {
    char *directory, *path;
} Fixture;

static int set_up(void **data)
{
    Fixture *f = g_new0(Fixture, 1);
    f->directory = g_dir_make_tmp("tidemark-state-XXXXXX", NULL);
    f->path = g_build_filename(f->directory, "deep", "state.db", NULL);
    *data = f;
    return f->directory ? 0 : -1;
}

static void remove_tree(const char *path)
{
    GDir *directory = g_dir_open(path, 0, NULL);
    if (directory) {
        for (const char *name; (name = g_dir_read_name(directory));) {
            g_autofree char *child = g_build_filename(path, name, NULL);
            remove_tree(child);
        }
        g_dir_close(directory);
    }
    g_remove(path);
}

static int tear_down(void **data)
{
    Fixture *f = *data;
    remove_tree(f->directory);
    g_free(f->directory);
    g_free(f->path);
    g_free(f);
    return 0;
}

static State *must_open(const char *path)
{
    Err err = {0};
    State *state = state_open(path, NULL, &err);
    if (!state)
        fail_msg("state_open: %s", err.message);
    return state;
}

static int64_t begin(State *state, const char *job, const char *arguments)
{
    Err err = {0};
    RunRecord record = {.job = (char *)job,
                        .operator_name = "ops",
                        .host = "here",
                        .arguments = (char *)arguments,
                        .version = "1",
                        .destination = "wh",
                        .started_us = TIME_NONE,
                        .streams = 2};
    if (!state_run_begin(state, &record, &err))
        fail_msg("state_run_begin: %s", err.message);
    return record.run;
}

static void end(State *state, int64_t run, const char *outcome, int status)
{
    Err err = {0};
    RunRecord record = {.run = run,
                        .outcome = (char *)outcome,
                        .exit_status = status,
                        .ended_us = TIME_NONE,
                        .counts = {.read = 10, .written = 7, .unchanged = 2, .rejected = 1, .rejected_new = 1},
                        .streams = 2};
    if (!state_run_end(state, &record, &err))
        fail_msg("state_run_end: %s", err.message);
}

static GPtrArray *list(State *state, const RunFilter *filter, int64_t *total)
{
    Err err = {0};
    GPtrArray *out = g_ptr_array_new_with_free_func(run_record_free);
    if (!state_runs(state, filter, out, total, &err))
        fail_msg("state_runs: %s", err.message);
    return out;
}

static void history_is_kept_and_filtered(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    int64_t first = begin(state, "sync", "sync app");
    int64_t second = begin(state, "backfill", "backfill app.users --from 2024-01-01");
    RunStreamRecord stream = {.run = first,
                              .stream = "app.users",
                              .phase = "reading",
                              .window = "since",
                              .started_us = 5,
                              .ended_us = TIME_NONE,
                              .estimate = -1,
                              .queue_fill = 70,
                              .continues = 4,
                              .kept = 1200,
                              .counts = {.read = 3, .written = 3}};
    Err err = {0};
    assert_true(state_run_stream(state, &stream, &err));
    stream.phase = "done";
    stream.window = NULL; /* keeps what was said first */
    stream.started_us = TIME_NONE;
    stream.ended_us = 9;
    stream.counts.read = 10;
    assert_true(state_run_stream(state, &stream, &err));
    end(state, first, "rejects", 1);
    state_close(state);

    state = must_open(f->path);
    int64_t total = 0;
    g_autoptr(GPtrArray) all = list(state, &(RunFilter){.limit = 10, .since_us = TIME_NONE}, &total);
    assert_int_equal(total, 2);
    const RunRecord *newest = g_ptr_array_index(all, 0), *oldest = g_ptr_array_index(all, 1);
    assert_int_equal(newest->run, second);
    assert_int_equal(newest->exit_status, -1);
    assert_true(newest->ended_us == TIME_NONE);
    assert_string_equal(oldest->outcome, "rejects");
    assert_int_equal(oldest->counts.written, 7);
    assert_int_equal(oldest->counts.rejected_new, 1);

    g_autoptr(GPtrArray) by_stream = list(state, &(RunFilter){.stream = "app.users"}, &total);
    assert_int_equal(by_stream->len, 1);
    assert_int_equal(total, 1);
    g_autoptr(GPtrArray) by_text = list(state, &(RunFilter){.text = "2024-01", .job = "backfill"}, NULL);
    assert_int_equal(by_text->len, 1);
    g_autoptr(GPtrArray) wild = list(state, &(RunFilter){.text = "%"}, NULL);
    assert_int_equal(wild->len, 0);

    g_autoptr(GPtrArray) streams = g_ptr_array_new_with_free_func(run_stream_record_free);
    assert_true(state_run_streams(state, first, streams, &err));
    assert_int_equal(streams->len, 1);
    const RunStreamRecord *kept = g_ptr_array_index(streams, 0);
    assert_string_equal(kept->window, "since");
    assert_int_equal(kept->started_us, 5);
    assert_string_equal(kept->phase, "done");
    assert_int_equal(kept->counts.read, 10);
    assert_int_equal(kept->queue_fill, 70);
    assert_int_equal(kept->continues, 4);
    assert_int_equal(kept->kept, 1200);

    g_autoptr(GPtrArray) none = g_ptr_array_new();
    assert_false(state_runs(state, &(RunFilter){.sort = "run; DROP TABLE runs"}, none, NULL, &err));
    assert_int_equal(err.code, ERR_USAGE);
    RunRecord *one = NULL;
    assert_true(state_run(state, 99, &one, &err));
    assert_null(one);
    state_close(state);
}

static void log_lines_come_in_order_and_by_level(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    Err err = {0};
    int64_t run = begin(state, "sync", "sync");
    for (int i = 0; i < 6; i++) {
        LogLine line = {
            .at_us = i, .level = i % 2 ? LOG_INFO : LOG_ERROR, .run = run, .stream = i ? "app.users" : NULL, .text = "t"};
        assert_true(state_run_log(state, &line, &err));
    }
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(log_record_free);
    assert_true(state_run_logs(state, run, 0, LOG_ERROR, 0, lines, &err));
    assert_int_equal(lines->len, 3);
    const LogRecord *first = g_ptr_array_index(lines, 0);
    assert_null(first->stream);
    g_autoptr(GPtrArray) rest = g_ptr_array_new_with_free_func(log_record_free);
    assert_true(state_run_logs(state, run, first->id, LOG_DEBUG, 2, rest, &err));
    assert_int_equal(rest->len, 2);
    assert_int_equal(((const LogRecord *)g_ptr_array_index(rest, 0))->at_us, 1);
    g_autoptr(GPtrArray) newest = g_ptr_array_new_with_free_func(log_record_free);
    assert_true(state_run_logs(state, 0, -1, LOG_DEBUG, 2, newest, &err));
    assert_int_equal(newest->len, 2);
    assert_int_equal(((const LogRecord *)g_ptr_array_index(newest, 0))->at_us, 4);
    assert_int_equal(((const LogRecord *)g_ptr_array_index(newest, 1))->at_us, 5);
    LogLine orphan = {.run = 4711, .text = "no such run"};
    assert_false(state_run_log(state, &orphan, &err)); /* foreign keys are on */
    state_close(state);
}

static void put_stream(State *state, int64_t run, const char *name, int64_t written)
{
    Err err = {0};
    RunStreamRecord stream = {.run = run,
                              .stream = (char *)name,
                              .phase = "done",
                              .started_us = 5,
                              .ended_us = 9,
                              .counts = {.read = written, .written = written}};
    assert_true(state_run_stream(state, &stream, &err));
}

static void last_runs_of_every_stream(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    Err err = {0};
    for (int i = 1; i <= 4; i++) {
        int64_t run = begin(state, "sync", "sync app");
        put_stream(state, run, "app.b", i);
        if (i < 3)
            put_stream(state, run, "app.a", 10 * i);
        end(state, run, "done", 0);
    }
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(run_stream_record_free);
    assert_true(state_stream_runs(state, NULL, 3, all, &err));
    static const int written[] = {20, 10, 4, 3, 2};
    assert_int_equal(all->len, G_N_ELEMENTS(written));
    for (guint i = 0; i < all->len; i++)
        assert_int_equal(((const RunStreamRecord *)g_ptr_array_index(all, i))->counts.written, written[i]);
    const RunStreamRecord *last = g_ptr_array_index(all, 2);
    assert_string_equal(last->stream, "app.b");
    assert_string_equal(last->job, "sync");
    assert_string_equal(last->outcome, "done");
    g_autoptr(GPtrArray) one = g_ptr_array_new_with_free_func(run_stream_record_free);
    assert_true(state_stream_runs(state, "app.b", 24, one, &err));
    assert_int_equal(one->len, 4);
    g_autoptr(GPtrArray) none = g_ptr_array_new_with_free_func(run_stream_record_free);
    assert_true(state_stream_runs(state, "app.c", 24, none, &err));
    assert_int_equal(none->len, 0);
    state_close(state);
}

/* A process that begins a run and then stands still until it is killed. */
static pid_t start_other_process(const char *path, int64_t *run)
{
    int pipe_fd[2];
    assert_int_not_equal(pipe(pipe_fd), -1);
    pid_t pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        Err err = {0};
        State *state = state_open(path, NULL, &err);
        RunRecord record = {.job = "sync", .operator_name = "batch", .arguments = "sync", .started_us = TIME_NONE};
        if (!state || !state_run_begin(state, &record, &err))
            _exit(1);
        RunStreamRecord stream = {.run = record.run,
                                  .stream = "app.users",
                                  .phase = "reading",
                                  .ended_us = TIME_NONE,
                                  .started_us = TIME_NONE,
                                  .counts = {.read = 4, .written = 4}};
        if (!state_run_stream(state, &stream, &err) || write(pipe_fd[1], &record.run, sizeof record.run) == -1)
            _exit(1);
        for (;;)
            pause();
    }
    close(pipe_fd[1]);
    assert_int_equal(read(pipe_fd[0], run, sizeof *run), sizeof *run);
    close(pipe_fd[0]);
    return pid;
}

static void kill_and_wait(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void the_kernel_says_who_is_alive(void **data)
{
    Fixture *f = *data;
    int64_t other = 0, count = -1;
    pid_t pid = start_other_process(f->path, &other);
    State *state = must_open(f->path);
    Err err = {0};
    int64_t mine = begin(state, "sync", "sync");
    assert_true(state_reap(state, &count, &err));
    assert_int_equal(count, 0);
    int64_t total = 0;
    g_autoptr(GPtrArray) both = list(state, &(RunFilter){.live = true, .limit = 1, .ascending = true}, &total);
    assert_int_equal(total, 2);
    assert_int_equal(both->len, 1);
    assert_int_equal(((const RunRecord *)g_ptr_array_index(both, 0))->run, other);

    kill_and_wait(pid);
    g_autoptr(GPtrArray) one = list(state, &(RunFilter){.live = true}, &total);
    assert_int_equal(total, 1);
    assert_int_equal(((const RunRecord *)g_ptr_array_index(one, 0))->run, mine);
    assert_false(state_request_cancel(state, other, NULL, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_true(state_reap(state, &count, &err));
    assert_int_equal(count, 1);
    RunRecord *dead = NULL;
    assert_true(state_run(state, other, &dead, &err));
    assert_string_equal(dead->outcome, "killed");
    assert_int_equal(dead->exit_status, 137);
    assert_true(dead->ended_us >= dead->started_us);
    assert_int_equal(dead->counts.written, 4);
    run_record_free(dead);
    end(state, mine, "done", 0);
    assert_true(state_reap(state, &count, &err));
    assert_int_equal(count, 0);
    state_close(state);
}

static void a_run_of_another_process_can_be_asked_to_stop(void **data)
{
    Fixture *f = *data;
    State *runner = must_open(f->path), *asker = must_open(f->path);
    Err err = {0};
    int64_t run = begin(runner, "sync", "sync"), waiting = -1;
    RunStreamRecord stream = {.run = run, .stream = "app.users", .phase = "queued", .started_us = TIME_NONE, .ended_us = TIME_NONE};
    assert_true(state_run_stream(runner, &stream, &err));
    g_autoptr(GPtrArray) taken = g_ptr_array_new_with_free_func(g_free);
    assert_true(state_requests_take(runner, run, taken, &err));
    assert_int_equal(taken->len, 0);
    assert_true(state_request_cancel(asker, run, "app.users", &err));
    assert_true(state_request_cancel(asker, run, NULL, &err));
    assert_false(state_request_cancel(asker, run, "app.nothing", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_true(state_requests_pending(asker, run, &waiting, &err));
    assert_int_equal(waiting, 2);
    assert_true(state_requests_take(runner, run, taken, &err));
    assert_int_equal(taken->len, 2);
    assert_string_equal(g_ptr_array_index(taken, 0), "app.users");
    assert_string_equal(g_ptr_array_index(taken, 1), "");
    assert_true(state_requests_pending(asker, run, &waiting, &err));
    assert_int_equal(waiting, 0);
    end(runner, run, "cancelled", 130);
    assert_false(state_request_cancel(asker, run, NULL, &err));
    assert_non_null(strstr(err.message, "has ended (cancelled)"));
    assert_false(state_request_cancel(asker, 4711, NULL, &err));
    assert_string_equal(err.message, "there is no run 4711");
    state_close(asker);
    state_close(runner);
}

static void damage_is_set_aside(void **data)
{
    Fixture *f = *data;
    state_close(must_open(f->path));
    assert_true(g_file_set_contents(f->path, "this was a database once, now it is a letter", -1, NULL));
    g_autofree char *aside = NULL;
    Err err = {0};
    State *state = state_open(f->path, &aside, &err);
    assert_non_null(state);
    assert_non_null(aside);
    assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
    assert_true(g_str_has_prefix(aside, f->path));
    assert_int_equal(begin(state, "sync", "sync"), 1);
    state_close(state);
    g_autofree char *again = NULL;
    state = state_open(f->path, &again, &err);
    assert_non_null(state);
    assert_null(again);
    state_close(state);
}

/* Pages in the middle of the file: the opening does not see it, the reading does, and the next opening acts. */
static void damage_met_later_is_set_aside_at_the_next_opening(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    int64_t run = begin(state, "sync", "sync");
    Err err = {0};
    for (int i = 0; i < 3000; i++) {
        LogLine line = {
            .at_us = i, .level = LOG_INFO, .run = run, .text = "a line that takes room in the file, and some more of it"};
        assert_true(state_run_log(state, &line, &err));
    }
    end(state, run, "done", 0);
    state_close(state);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(f->path, &bytes, &size, NULL));
    memset(bytes + size / 3, 0x5a, size / 3);
    int fd = open(f->path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes, size, 0), size);
    close(fd);

    g_autofree char *aside = NULL;
    state = state_open(f->path, &aside, &err);
    assert_non_null(state);
    if (!aside) {
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(log_record_free);
        assert_false(state_run_logs(state, run, 0, LOG_DEBUG, 0, lines, &err));
        assert_int_equal(err.code, ERR_STATE);
        state_close(state);
        state = state_open(f->path, &aside, &err);
        assert_non_null(state);
    }
    assert_non_null(aside);
    assert_int_equal(begin(state, "sync", "sync"), 1);
    state_close(state);
}

/* A file as the first version left it. */
static void an_older_file_is_migrated(void **data)
{
    Fixture *f = *data;
    g_autofree char *directory = g_path_get_dirname(f->path);
    static const char insert[] =
        "PRAGMA user_version = 1; INSERT INTO runs (run, job, operator_name, host, arguments, version, destination, started_us, "
        "outcome, "
        "exit_status, streams, memory_bytes) VALUES (1, 'sync', 'ann', 'db1', 'sync', '0.1', 'x', 1, 'done', 0, 1, 0); "
        "INSERT INTO run_streams (run, stream, phase, updated_us, in_flight, estimate, rows_per_second, read, written, unchanged, "
        "rejected, "
        "filtered, removed, rejected_new) VALUES (1, 'app.users', 'done', 1, 0, -1, 0, 3, 3, 0, 0, 0, 0, 0)";
    sqlite3 *db = NULL;
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, state_migrations[0].sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, insert, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    State *state = must_open(f->path);
    Err err = {0};
    g_autoptr(GPtrArray) streams = g_ptr_array_new_with_free_func(run_stream_record_free);
    assert_true(state_run_streams(state, 1, streams, &err));
    assert_int_equal(streams->len, 1);
    const RunStreamRecord *stream = g_ptr_array_index(streams, 0);
    assert_int_equal(stream->counts.written, 3);
    assert_int_equal(stream->queue_fill, -1);
    assert_int_equal(stream->continues, 0);
    state_close(state);
}

static void a_newer_file_is_left_alone(void **data)
{
    Fixture *f = *data;
    state_close(must_open(f->path));
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 4711", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    Err err = {0};
    g_autofree char *aside = NULL;
    assert_null(state_open(f->path, &aside, &err));
    assert_null(aside);
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.message, "version 4711"));
}

static void only_the_owner_reads_it(void **data)
{
    Fixture *f = *data;
    mode_t before = umask(0);
    state_close(must_open(f->path));
    umask(before);
    g_autofree char *directory = g_path_get_dirname(f->path);
    g_autofree char *locks = g_strconcat(f->path, ".locks", NULL);
    struct stat info;
    assert_int_equal(stat(directory, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(locks, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_shared_directory_gives_shared_files(void **data)
{
    Fixture *f = *data;
    g_autofree char *directory = g_path_get_dirname(f->path);
    assert_int_equal(mkdir(directory, 0770), 0);
    assert_int_equal(chmod(directory, S_ISGID | 0770), 0);
    mode_t before = umask(077);
    State *state = must_open(f->path);
    int64_t run = begin(state, "sync", "sync"); /* makes the WAL file */
    umask(before);
    struct stat info;
    const char *const parts[] = {"", ".locks", "-wal"};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *file = g_strconcat(f->path, parts[i], NULL);
        assert_int_equal(stat(file, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0660);
    }
    end(state, run, "done", 0);
    state_close(state);
}

/* A full disk, as the kernel shows it to a writer: no byte more fits into a file. */
static void a_full_disk_is_an_error_not_an_end(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    int64_t run = begin(state, "sync", "sync");
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    small = before;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    Err err = {0};
    g_autofree char *big = g_strnfill(100000, 'x');
    bool failed = false;
    for (int i = 0; i < 200 && !failed; i++)
        failed = !state_run_log(state, &(LogLine){.run = run, .at_us = 1, .level = LOG_INFO, .text = big}, &err);
    RunRecord record = {.job = "sync", .started_us = TIME_NONE};
    Err second = {0};
    bool begun = state_run_begin(state, &record, &second);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(failed);
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.message, f->path));
    assert_false(begun);
    assert_int_equal(second.code, ERR_STATE);
    /* There is room again: the same State goes on. */
    assert_true(state_run_log(state, &(LogLine){.run = run, .at_us = 1, .level = LOG_INFO, .text = "room"}, &err));
    end(state, run, "done", 0);
    state_close(state);
}

static void facts(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    Err err = {0};
    StreamFact fact = {.stream = "app.users", .watermark = TIME_NONE, .newest = 7, .rows = -1, .rejects = 2, .at_us = 1};
    assert_true(state_facts_put(state, &fact, &err));
    fact.watermark = 6;
    fact.unaudited = true;
    assert_true(state_facts_put(state, &fact, &err));
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(stream_fact_free);
    assert_true(state_facts(state, all, &err));
    assert_int_equal(all->len, 1);
    const StreamFact *known = g_ptr_array_index(all, 0);
    assert_int_equal(known->watermark, 6);
    assert_int_equal(known->rows, -1);
    assert_true(known->unaudited);
    state_close(state);
}

static GHashTable *settings_of(State *state, const char *prefix)
{
    Err err = {0};
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    assert_true(state_settings(state, prefix, 1000, found, &err));
    return found;
}

static void settings(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    Err err = {0};
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal), none = settings_of(state, "ui.");
    assert_int_equal(g_hash_table_size(none), 0);
    g_hash_table_insert(values, (char *)"zone", (char *)"utc");
    g_hash_table_insert(values, (char *)"theme", (char *)"dark");
    assert_true(state_set_settings(state, "ui.", 1000, values, &err));
    g_hash_table_insert(values, (char *)"zone", (char *)"local");
    assert_true(state_set_settings(state, "ui.", 1000, values, &err));
    assert_true(state_set_settings(state, "uix", 1000, values, &err));
    g_autoptr(GHashTable) found = settings_of(state, "ui.");
    assert_int_equal(g_hash_table_size(found), 2);
    assert_string_equal(g_hash_table_lookup(found, "zone"), "local");
    assert_string_equal(g_hash_table_lookup(found, "theme"), "dark");
    state_close(state);
}

/* Whoever has other things to do learns soon that the file is locked, and nothing of what was to be written is in it. */
static void settings_do_not_wait_long(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    Err err = {0};
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(values, (char *)"zone", (char *)"utc");
    int64_t began = clock_mono_ms();
    assert_false(state_set_settings(state, "ui.", 20, values, &err));
    assert_true(clock_mono_ms() - began < 4000);
    assert_true(err.transient);
    g_autoptr(GHashTable) found = settings_of(state, "ui.");
    assert_int_equal(g_hash_table_size(found), 0);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_true(state_set_settings(state, "ui.", 20, values, &err));
    state_close(state);
}

static void old_runs_go_with_their_logs(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    Err err = {0};
    int64_t run = begin(state, "sync", "sync"), live = begin(state, "sync", "sync"), count = 0;
    assert_true(state_run_log(state, &(LogLine){.run = run, .text = "x"}, &err));
    end(state, run, "done", 0);
    assert_true(state_retain(state, clock_now_us() + US_PER_DAY, &count, &err));
    assert_int_equal(count, 1);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(log_record_free);
    assert_true(state_run_logs(state, 0, 0, LOG_DEBUG, 0, lines, &err));
    assert_int_equal(lines->len, 0);
    end(state, live, "done", 0);
    assert_true(begin(state, "sync", "sync") > live); /* numbers are not given twice */
    state_close(state);
}

static void secrets_stay_out(void **data)
{
    Fixture *f = *data;
    secret_register("canary-7731");
    State *state = must_open(f->path);
    begin(state, "sync", "sync --destination postgresql://u:canary-7731@h/d");
    g_autoptr(GPtrArray) all = list(state, &(RunFilter){.limit = 0}, NULL);
    assert_null(strstr(((const RunRecord *)g_ptr_array_index(all, 0))->arguments, "canary-7731"));
    state_close(state);
}

/* Filled by SQL: the point is the reading. The bound is generous; an unindexed join would take minutes. */
static void a_hundred_thousand_runs_page_fast(void **data)
{
    Fixture *f = *data;
    State *state = must_open(f->path);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    const char *fill =
        "BEGIN; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "INSERT INTO runs (job, operator_name, host, arguments, version, destination, started_us, ended_us, outcome, "
        "exit_status, streams, memory_bytes, written) SELECT 'sync', 'batch', 'h', 'sync app', '1', 'wh', i, i + 5, "
        "CASE WHEN i % 1000 = 0 THEN 'failed' ELSE 'done' END, 0, 1, 0, i % 777 FROM n; "
        "INSERT INTO run_streams (run, stream, phase, started_us, ended_us, updated_us, in_flight, estimate, rows_per_second, "
        "read, written, "
        "unchanged, rejected, filtered, removed, rejected_new) "
        "SELECT run, 'app.s' || (run % 31), 'done', 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM runs; COMMIT";
    assert_int_equal(sqlite3_exec(db, fill, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    const RunFilter pages[] = {
        {.limit = 50},
        {.limit = 50, .offset = 99950},
        {.limit = 50, .outcome = "failed"},
        {.limit = 50, .stream = "app.s7"},
        {.limit = 50, .sort = "written"},
        {.limit = 50, .since_us = 99000},
        {.limit = 50, .live = true},
    };
    int64_t start = clock_mono_ms();
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        int64_t total = -1;
        g_autoptr(GPtrArray) page = list(state, &pages[i], &total);
        assert_int_equal(page->len, pages[i].live ? 0 : 50);
        assert_true(total >= page->len);
    }
    g_autoptr(GPtrArray) marks = g_ptr_array_new_with_free_func(run_stream_record_free);
    Err err = {0};
    assert_true(state_stream_runs(state, NULL, 24, marks, &err));
    assert_int_equal(marks->len, 31 * 24);
    int64_t took = clock_mono_ms() - start;
    print_message("# 7 pages of 100,000 runs: %d ms\n", (int)took);
    assert_true(took < 3000);
    state_close(state);
}

static void *write_many(void *data)
{
    State *state = data;
    Err err = {0};
    RunRecord record = {.job = "sync", .arguments = "sync", .started_us = TIME_NONE};
    if (!state_run_begin(state, &record, &err))
        return "begin";
    for (int i = 0; i < 50; i++) {
        RunStreamRecord stream = {
            .run = record.run, .stream = "app.users", .phase = "reading", .started_us = i, .ended_us = TIME_NONE};
        g_autoptr(GPtrArray) requests = g_ptr_array_new_with_free_func(g_free);
        if (!state_run_stream(state, &stream, &err) || !state_requests_take(state, record.run, requests, &err) ||
            !state_run_log(state, &(LogLine){.run = record.run, .text = "line"}, &err))
            return "work";
    }
    record.outcome = "done";
    return state_run_end(state, &record, &err) ? NULL : "end";
}

static void any_thread_and_any_process_may_write(void **data)
{
    Fixture *f = *data;
    State *one = must_open(f->path), *two = must_open(f->path);
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, i % 2 ? one : two), 0);
    for (int i = 0; i < 6; i++) {
        void *problem = NULL;
        pthread_join(threads[i], &problem);
        if (problem)
            fail_msg("thread %d failed at %s", i, (const char *)problem);
    }
    int64_t total = 0;
    g_autoptr(GPtrArray) done = list(one, &(RunFilter){.outcome = "done"}, &total);
    assert_int_equal(total, 6);
    assert_int_equal(done->len, 6);
    state_close(two);
    state_close(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(history_is_kept_and_filtered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(log_lines_come_in_order_and_by_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(last_runs_of_every_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_kernel_says_who_is_alive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_of_another_process_can_be_asked_to_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_set_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_met_later_is_set_aside_at_the_next_opening, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_newer_file_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_owner_reads_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_shared_directory_gives_shared_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_an_error_not_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_older_file_is_migrated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(settings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(settings_do_not_wait_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_runs_go_with_their_logs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(secrets_stay_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hundred_thousand_runs_page_fast, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_thread_and_any_process_may_write, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
