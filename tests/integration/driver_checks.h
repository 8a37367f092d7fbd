/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/driver_checks.h - what every destination driver must do, checked against an open one. */
#ifndef TIDEMARK_TESTS_DRIVER_CHECKS_H
#define TIDEMARK_TESTS_DRIVER_CHECKS_H

#include "destinations/destination.h"

#define CANARY "canary.person@example.org"

/* Opens a destination of this kind or fails the test with the reason. */
Destination *open_or_fail(const DestinationConfig *config);
void exec_or_fail(Destination *d, const char *sql);
/* The only cell of a query's only row, or NULL; g_free() it. */
char *ask(Destination *d, const char *sql, const char *param);
void assert_answer(Destination *d, const char *sql, const char *expected);

/* A stream into `table` (schema may be NULL): one column per type, some with odd names, a generated one and one that no field maps to. */
Stream *wide_stream(const char *schema, const char *table, bool with_interval);
void create_table(Destination *d, const Stream *stream, const char *name, bool staged);

/* Copies extremes of every type, staged and direct, and compares them with what each destination should show. */
void check_values(Destination *d, bool with_interval);
/* What row_json writes from_json reads back, value by value. */
void check_row_json(Destination *d);
/* A bad row in the middle leaves nothing behind, names its place and no value. */
void check_copy_is_atomic(Destination *d);
void check_describe(Destination *d, const char *schema);
void check_describe_missing(Destination *d);
void check_parameters(Destination *d);
void check_constraint_states(Destination *d);
void check_locks(const DestinationConfig *config);
/* `endless` runs until it is interrupted; afterwards the connection works. */
void check_interrupt(Destination *d, const char *endless);
/* A request that comes between statements ends the next one, but no ROLLBACK. */
void check_interrupt_between(Destination *d);
void check_interrupt_in_copy(Destination *d);

#endif
