/* SPDX-License-Identifier: Apache-2.0 */
/* state/migrations.h - the statements of state/sql, embedded at build time, in order. */
#ifndef TIDEMARK_STATE_MIGRATIONS_H
#define TIDEMARK_STATE_MIGRATIONS_H

typedef struct StateMigration {
    int version; /* PRAGMA user_version when it is done; 0 ends the list */
    const char *name;
    const char *sql;
} StateMigration;

extern const StateMigration state_migrations[];

#endif
