/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/merge.h - making a table agree with staged rows: checks first, then as few statements as can be.
 *
 * merge_check() marks every staged row that cannot be stored (stage.h says how); merge_write() stores the live ones; merge_remove() takes away
 * children that their parents' arrays no longer have. All of it inside the caller's transaction. */
#ifndef TIDEMARK_DESTINATIONS_MERGE_H
#define TIDEMARK_DESTINATIONS_MERGE_H

#include "destinations/partitions.h"
#include "destinations/stage.h"

/* A foreign key to check: configured, or found in the live table. */
typedef struct Parent {
    int column;       /* ours */
    char *table;      /* quoted and qualified */
    char *name, *ref; /* as people know them */
    bool self;        /* the table itself */
    bool as_text;     /* types differ: compared as text */
    bool enforced;    /* the database checks it too */
} Parent;

typedef struct Merge {
    Destination *d;
    const Stream *stream; /* without columns that the table lacks because another program adds them (TableStep) */
    Stream *reduced;      /* that stream, where it is one of ours */
    Stage *stage;
    LiveTable *live;
    char *target;                    /* quoted and qualified */
    GPtrArray *parents;              /* Parent */
    GPtrArray *uniques;              /* TableKey: unique keys other than the conflict target */
    bool *is_key;                    /* per column: part of the conflict target */
    bool *own;                       /* per column: says what the row is (mapped, not inherited from its parent) */
    GHashTable *checks;              /* char *: CHECK constraints whose rows were looked for in this group */
    bool nullable_key;               /* a conflict column may be NULL, so ON CONFLICT alone would not find the row */
    bool replaces;                   /* a reimport: rows that are not staged will be gone */
    bool has_source_rejects;         /* rows that could not even be formed are among the group's rejects */
    bool keeps;                      /* scopes whose stored rows stay although they did not come are among the staged ones */
    Partitions *partitions;          /* NULL: not partitioned */
    PartitionSpan near, near_scopes; /* where the group's rows lie, and the stored rows of its scopes */
} Merge;

/* What became of the staged rows, counted in the table. */
typedef struct StageTally {
    int64_t live, superseded, rejected;
} StageTally;

/* Looks the table and its neighbours up; fresh: the table itself as it is now, not as it is known (known_tables.h). NULL with *err, also when the
 * table does not exist. */
Merge *merge_new(Destination *d, const Stream *stream, Stage *stage, bool fresh, Err *err);
void merge_free(Merge *merge);

bool merge_check(Merge *merge, Err *err);
bool merge_check_parents(Merge *merge, Err *err); /* again: one may have vanished */
bool merge_tally(Merge *merge, StageTally *out, Err *err);

/* How many rows were stored. */
typedef struct Written {
    int64_t inserted, updated;
} Written;

/* Stores the live rows. careful: a row that the database refuses (for a reason the checks did not find) is marked and the others are stored; otherwise
 * the error is returned and nothing can be said of the transaction. */
bool merge_write(Merge *merge, bool careful, Written *written, Err *err);

/* Rows of the table may point at others of it. */
bool merge_has_self_parent(const Merge *merge);

/* WRITE_CHILDREN: deletes rows of the staged scopes that are not staged (rejected rows count as staged). */
bool merge_remove(Merge *merge, int64_t *removed, Err *err);

/* Moves what was marked into the table of rejects, as JSON. */
bool merge_collect_rejects(Merge *merge, Err *err);

/* True when rows may be copied straight into the table: every check that we would make is made by the database, and the types are the defined ones. */
bool merge_allows_direct(const Merge *merge);

/* ---- pieces of SQL, for reimport.c and parked.c ---- */

/* a.k1 = b.k1 AND … over the conflict columns. */
void merge_same_key(const Merge *merge, const char *a, const char *b, GString *out);
/* Whether row alias `row`'s value of the parent's column is found in the parent table. */
void merge_parent_exists(const Parent *parent, const char *value, GString *out);

/* ` AND NOT (…)`: nothing that a merge would write into row alias a differs from row alias b; nothing where rows are never updated. */
void merge_agrees(const Merge *merge, const char *a, const char *b, GString *out);

/* ` AND NOT (…)`: row alias t is one of a scope that keeps its others, and no staged row replaces it; nothing when none is. */
void merge_not_kept(const Merge *merge, GString *out);

/* AND no row that could not be formed has the key of row alias t. */
void merge_not_refused(const Merge *merge, GString *out);

/* merge_sql.c */
char *merge_duplicates_sql(const Merge *merge, const int *columns, int count, bool of_conflict_key);
char *merge_parents_sql(const Merge *merge, const Parent *parent);
char *merge_unique_sql(const Merge *merge, const TableKey *unique);
char *merge_out_of_scope_sql(const Merge *merge);
char *merge_required_sql(const Merge *merge, int column);
/* absent: the rows' _tm_absent (NULL: none), columns marked in it are left alone. */
char *merge_update_sql(const Merge *merge, bool ranged, const char *absent); /* NULL when there is nothing to update */
char *merge_insert_sql(const Merge *merge, bool ranged, const char *absent);
/* The rows of the table whose staged versions have these numbers (a list) give up their value of the column; NULL when none may. */
char *merge_release_sql(const Merge *merge, int column, const char *numbers);
char *merge_remove_sql(const Merge *merge);
char *merge_collect_sql(const Merge *merge);

#endif
