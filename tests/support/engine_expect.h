/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/engine_expect.h - what tests of the engine put into a toy set, and what they expect of a destination. */
#ifndef TIDEMARK_TESTS_ENGINE_EXPECT_H
#define TIDEMARK_TESTS_ENGINE_EXPECT_H

#include "tests/support/engine_scene.h"

/* Documents called after the set ("a0000" …), a second apart from `from` on. */
void put_many(Scene *scene, ToySet *set, int count, int64_t from);

void expect_rows(Scene *scene, const char *table, int rows);
void expect_label(Scene *scene, const char *table, const char *id, const char *label);
/* Frees the result. */
void expect_exit(Result result, int status);

#endif
