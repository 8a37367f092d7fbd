/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_scene.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/time.h"

enum { RUN_MS = 60000 };

static void must(bool done, const Err *err)
{
    if (!done)
        fail_msg("%s", err->message);
}

static void set_up_destination(Scene *scene, const char *url)
{
    Err err = {0};
    scene->url = url ? g_strdup(url) : g_strdup_printf("sqlite:%s/toy.db", scene->directory);
    const DestinationOps *ops = destination_for_url(scene->url);
    assert_non_null(ops);
    scene->destination = (DestinationConfig){
        .kind = (char *)ops->kind,
        .url = scene->url,
        .display = (char *)"the test's destination",
        .options = options_new(ops->options),
    };
    if (options_known(scene->destination.options, "control_schema")) {
        g_autofree char *name = g_strdup_printf("tm_toy_%d", (int)getpid());
        must(options_set(scene->destination.options, "control_schema", name, &err), &err);
    }
    scene->look = destination_open(&scene->destination, &err);
    must(scene->look != NULL, &err);
}

static void drop_schemas(Scene *scene)
{
    if (!scene->look->ops->dialect->has_schemas)
        return;
    g_autofree char *sql = g_strdup_printf("DROP SCHEMA IF EXISTS tm_toy_%d CASCADE; DROP SCHEMA IF EXISTS tm_toy_data_%d CASCADE",
                                           (int)getpid(), (int)getpid());
    Err err = {0};
    must(db_exec(scene->look, &err, sql), &err);
}

Scene *scene_new(const char *url)
{
    Err err = {0};
    Scene *scene = g_new0(Scene, 1);
    scene->directory = g_dir_make_tmp("tidemark-engine-XXXXXX", NULL);
    scene->problems = problems_new();
    set_up_destination(scene, url);
    drop_schemas(scene);
    scene->source = (SourceConfig){.name = (char *)"toy",
                                   .kind = (char *)"toy",
                                   .destination = &scene->destination,
                                   .file = (char *)"environment",
                                   .into = g_strdup_printf("tm_toy_data_%d", (int)getpid())};
    scene->config =
        (Config){.destinations = g_ptr_array_new(), .sources = g_ptr_array_new(), .jobs = 4, .global_threshold_us = TIME_NONE};
    g_ptr_array_add(scene->config.destinations, &scene->destination);
    g_ptr_array_add(scene->config.sources, &scene->source);
    scene->world = toy_world_new("toy", TOY_DAY(100));
    g_autofree char *state = g_strdup_printf("%s/state.db", scene->directory);
    scene->state = state_open(state, NULL, &err);
    must(scene->state != NULL, &err);
    scene->options = (EngineOptions){.retry_first_ms = 1, .retry_deadline_ms = 20000};
    return scene;
}

static void close_engine(Scene *scene)
{
    engine_free(scene->engine);
    catalog_free(scene->catalog);
    scene->engine = NULL;
    scene->catalog = NULL;
}

static void remove_directory(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_unlink(file);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

void scene_free(Scene *scene)
{
    close_engine(scene);
    drop_schemas(scene);
    destination_close(scene->look);
    state_close(scene->state);
    toy_world_free(scene->world);
    options_free(scene->destination.options);
    g_ptr_array_unref(scene->config.destinations);
    g_ptr_array_unref(scene->config.sources);
    problems_free(scene->problems);
    remove_directory(scene->directory);
    g_free(scene->source.into);
    g_free(scene->url);
    g_free(scene->directory);
    g_free(scene);
}

void scene_open(Scene *scene)
{
    close_engine(scene);
    scene->catalog = catalog_new(&scene->config, scene->problems);
    if (!scene->catalog) {
        g_autofree char *text = problem_format(scene->problems->list->pdata[0]);
        fail_msg("%s", text);
    }
    scene->engine = engine_new_with(scene->catalog, scene->state, -1, &scene->options);
}

JobRequest scene_request(const JobOps *job, const char *pattern)
{
    JobRequest request = {.job = job, .from = TIME_NONE, .to = TIME_NONE, .lock_wait_ms = 0, .operator_name = "test"};
    request.patterns = g_ptr_array_new_with_free_func(g_free);
    if (pattern)
        g_ptr_array_add(request.patterns, g_strdup(pattern));
    return request;
}

int64_t scene_start(Scene *scene, const JobRequest *request)
{
    Err err = {0};
    Plan *plan = plan_make(scene->catalog, request, false, &err);
    g_ptr_array_unref(request->patterns);
    must(plan != NULL, &err);
    int64_t run = engine_start(scene->engine, plan, &err);
    must(run != 0, &err);
    return run;
}

/* Promise 3, after every run of every test. */
static void check_balance(const RunView *view)
{
    for (int i = 0; i < view->stream_count; i++) {
        const StreamView *stream = &view->streams[i];
        assert_int_equal(stream->in_flight, 0);
        if (!counts_balance(&stream->counts))
            fail_msg("%s: the counts do not balance", stream->id);
    }
}

Result scene_wait(Scene *scene, int64_t run)
{
    if (!engine_wait(scene->engine, run, RUN_MS))
        fail_msg("run %d did not end", (int)run);
    EngineView *view = engine_snapshot(scene->engine);
    const RunView *found = engine_view_run(view, run);
    assert_non_null(found);
    Result result = {.exit_status = found->exit_status, .view = *found};
    result.view.streams = g_memdup2(found->streams, sizeof *found->streams * (size_t)found->stream_count);
    engine_view_free(view);
    check_balance(&result.view);
    return result;
}

void result_done(Result *result)
{
    g_free(result->view.streams);
}

const StreamView *result_stream(const Result *result, const char *id)
{
    for (int i = 0; i < result->view.stream_count; i++)
        if (g_str_equal(result->view.streams[i].id, id))
            return &result->view.streams[i];
    fail_msg("no stream %s in the run", id);
    return NULL;
}

Result scene_do(Scene *scene, const JobRequest *request)
{
    return scene_wait(scene, scene_start(scene, request));
}

Result scene_sync(Scene *scene, const char *pattern)
{
    JobRequest request = scene_request(&job_sync, pattern);
    return scene_do(scene, &request);
}

Result scene_backfill(Scene *scene, const char *pattern, int64_t from, int64_t to)
{
    JobRequest request = scene_request(&job_backfill, pattern);
    request.from = from;
    request.to = to;
    return scene_do(scene, &request);
}

char *scene_query(Scene *scene, const char *sql)
{
    Err err = {0};
    DbRows rows = {0};
    must(scene->look->ops->query(scene->look, sql, 0, NULL, &rows, &err), &err);
    GString *text = g_string_new(NULL);
    for (int i = 0; i < rows.count; i++) {
        for (int k = 0; k < rows.columns; k++) {
            const char *cell = db_cell(&rows, i, k);
            g_string_append_printf(text, "%s%s", k ? "|" : i ? "\n" : "", cell ? cell : "-");
        }
    }
    db_rows_clear(&rows);
    return g_string_free(text, FALSE);
}

char *scene_table(const Scene *scene, const char *table)
{
    GString *name = g_string_new(NULL);
    db_quote_table(name, scene->look, scene->source.into, table);
    return g_string_free(name, FALSE);
}

Position scene_position(Scene *scene, const char *stream_id)
{
    Err err = {0};
    Position position;
    must(ledger_position(scene->look, catalog_stream(scene->catalog, stream_id), &position, &err), &err);
    return position;
}

bool scene_has_checkpoint(Scene *scene, const char *stream_id, const char *job, const char *key)
{
    Err err = {0};
    bool found = false;
    Checkpoint checkpoint = {0};
    must(ledger_checkpoint(scene->look, catalog_stream(scene->catalog, stream_id), job, key, &found, &checkpoint, &err), &err);
    checkpoint_clear(&checkpoint);
    return found;
}
