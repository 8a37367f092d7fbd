/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/problem_checks.h - what a file that was read is expected to be told about. */
#ifndef TIDEMARK_TESTS_PROBLEM_CHECKS_H
#define TIDEMARK_TESTS_PROBLEM_CHECKS_H

#include "config/problems.h"

void problems_print(const Problems *problems);

/* Exactly one problem, which says this. */
void problems_expect_one(const Problems *problems, const char *text);

/* One of the problems begins like this. */
void problems_expect_among(const Problems *problems, const char *start);

#endif
