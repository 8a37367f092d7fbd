/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_value.h - a value of the text protocol becomes a value of a column. */
#ifndef TIDEMARK_SOURCES_MARIADB_VALUE_H
#define TIDEMARK_SOURCES_MARIADB_VALUE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/json_scan.h"
#include "model/value.h"
#include "sources/mariadb_table.h"

typedef struct MariaField {
    const MariaColumn *from;
    const Column *to;
} MariaField;

/* What selects the column so that nothing is lost on the way: floats as the exact double, a geometry for a text column as WKT. */
void maria_value_expression(const MariaField *field, GString *sql);

/* bytes (NULL: null) end with a NUL and live until the call returns only. scan is room for JSON. Reasons and detail as in value_convert(). */
RejectReason maria_value(const MariaField *field, const char *bytes, size_t len, const ConvertOptions *options, JsonScan *scan,
                         Arena *arena, Value *out, char detail[128]);

/* The value for a reject's text: JSON. */
void maria_value_json(const MariaField *field, const char *bytes, size_t len, GString *out);

/* The instant of a DATE, DATETIME or TIMESTAMP as sent. False: it has a zero for its month or day, or is none. */
bool maria_instant(const char *bytes, size_t len, int64_t *us);

#endif
