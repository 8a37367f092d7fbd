/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/engine_scene.h - a toy world, a destination and an engine over them, for tests that run jobs in process. */
#ifndef TIDEMARK_TESTS_ENGINE_SCENE_H
#define TIDEMARK_TESTS_ENGINE_SCENE_H

#include "jobs/board.h"
#include "jobs/engine.h"
#include "tests/support/toy_source.h"

typedef struct Scene {
    char *directory;
    char *url; /* of the destination */
    Config config;
    Problems *problems;
    DestinationConfig destination;
    SourceConfig source;
    Catalog *catalog;
    State *state;
    Engine *engine;
    EngineOptions options;
    ToyWorld *world;
    Destination *look; /* the test's own connection */
} Scene;

/* url NULL: a SQLite file of its own. The world is called "toy". */
Scene *scene_new(const char *url);
void scene_free(Scene *scene);

/* (Re)builds catalog and engine from the world as it is now: after sets were added or mappings changed. */
void scene_open(Scene *scene);

/* What one run did. */
typedef struct Result {
    int exit_status;
    RunView view; /* freed with result_done() */
    int64_t plan_notes;
} Result;
void result_done(Result *result);
const StreamView *result_stream(const Result *result, const char *id);

JobRequest scene_request(const JobOps *job, const char *pattern); /* pattern NULL: all streams */
Result scene_do(Scene *scene, const JobRequest *request);         /* frees nothing of the request but its patterns */
Result scene_sync(Scene *scene, const char *pattern);
Result scene_backfill(Scene *scene, const char *pattern, int64_t from, int64_t to);
/* Starts without waiting. */
int64_t scene_start(Scene *scene, const JobRequest *request);
Result scene_wait(Scene *scene, int64_t run);

/* All rows as text: cells by '|', rows by '\n', NULL as "-". `TABLE` in the statement stands for nothing special: names are given quoted. */
char *scene_query(Scene *scene, const char *sql);
char *scene_table(const Scene *scene, const char *table); /* quoted and qualified */
Position scene_position(Scene *scene, const char *stream_id);
bool scene_has_checkpoint(Scene *scene, const char *stream_id, const char *job, const char *key);

#endif
