/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_key.h - the values that order a table's rows, as one text and as SQL.
 *
 * The text is what rejects and people see, and what a checkpoint holds: the parts in the key's order with `/` between them ("12", "12/7/-1",
 * "fr%2FCA"). Binary parts are hex digits; `%`, `/`, control characters and what is no UTF-8 are written %XX. */
#ifndef TIDEMARK_SOURCES_MARIADB_KEY_H
#define TIDEMARK_SOURCES_MARIADB_KEY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "sources/mariadb_table.h"

typedef struct MariaKey {
    const MariaColumn **columns; /* borrowed from the table */
    int count;                   /* 0: nothing orders the rows */
} MariaKey;

/* Appends one part as the server sent it. */
void maria_key_append(const MariaColumn *column, const char *bytes, size_t len, GString *out);

/* What selects a key column in the form maria_key_append() takes. */
void maria_key_expression(const MariaColumn *column, GString *sql);

/* " ORDER BY …"; nothing without a key. */
void maria_key_order(const MariaKey *key, GString *sql);

/* A value in that form as a literal that compares with the column. False when it is none; then something may have been appended. */
bool maria_key_literal(const MariaColumn *column, const char *part, GString *sql);

/* Conditions on the key from its text: rows behind it in that order, or the row itself. False when the text is none of this key; then
 * nothing was appended. */
bool maria_key_after(const MariaKey *key, const char *text, GString *sql);
bool maria_key_is(const MariaKey *key, const char *text, GString *sql);

#endif
