/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_table.h - a table as the server describes it. */
#ifndef TIDEMARK_SOURCES_MARIADB_TABLE_H
#define TIDEMARK_SOURCES_MARIADB_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/type.h"
#include "sources/mariadb_link.h"

typedef enum MariaKind {
    MARIA_INT, /* all widths */
    MARIA_DECIMAL,
    MARIA_FLOAT,
    MARIA_DOUBLE,
    MARIA_BIT,
    MARIA_YEAR,
    MARIA_DATE,
    MARIA_DATETIME, /* and TIMESTAMP: the session is in UTC */
    MARIA_TIME,
    MARIA_TEXT, /* also ENUM and SET, INET, and what we do not know */
    MARIA_JSON,
    MARIA_UUID,
    MARIA_BYTES,
    MARIA_GEOMETRY
} MariaKind;

typedef struct MariaColumn {
    char *name;
    char *type; /* "int(10) unsigned", for people */
    MariaKind kind;
    bool is_unsigned, nullable;
    bool by_number; /* ENUM, SET: ordered by the member's number, not by its text */
    bool auto_increment;
    int bits;             /* MARIA_INT: 8 … 64; MARIA_BIT: 1 … 64 */
    int precision, scale; /* MARIA_DECIMAL */
    int length;           /* characters of CHAR and VARCHAR; 0: unbounded, or not known */
} MariaColumn;

typedef struct MariaIndex {
    char *name;
    bool unique;
    bool whole;         /* over whole columns: no prefixes, no expressions */
    GPtrArray *columns; /* char * */
} MariaIndex;

typedef struct MariaTable {
    char *name;
    char *comment;
    bool snapshots;        /* its engine has consistent snapshots (InnoDB); others lock the table while it is read */
    int64_t rows_estimate; /* by statistics; -1: not known */
    GArray *columns;       /* MariaColumn */
    GPtrArray *indexes;    /* MariaIndex */
    const MariaIndex *key; /* orders the rows: the primary key, or a unique index without NULLs; NULL: none */
} MariaTable;

/* *out is NULL when there is no such table. A login that may not see it: ERR_SOURCE with the GRANT. */
bool maria_table_read(MariaLink *link, const char *name, MariaTable **out, Err *err);
void maria_table_free(MariaTable *table);

const MariaColumn *maria_table_column(const MariaTable *table, const char *name); /* names are compared without case; NULL */

/* An index that begins with the column; NULL: none. */
const MariaIndex *maria_table_index_on(const MariaTable *table, const char *column);

/* The first column of an index whose second one is the column, where no index begins with it (Matomo's have the site in front): the server
 * finds the newest of each group there, or a group's range, without reading the rest. NULL: none. */
const char *maria_table_leader(const MariaTable *table, const char *column);

/* Names of the database's base tables (char *), appended. */
bool maria_tables_list(MariaLink *link, GPtrArray *out, Err *err);

/* The statement that lets the login read the table (NULL: all of the database); g_free() it. */
char *maria_grant(MariaLink *link, const char *table);

/* The narrowest of our types that holds every value of the column. */
SqlType maria_column_fits(const MariaColumn *column);

#endif
