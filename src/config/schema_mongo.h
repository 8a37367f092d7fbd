/* SPDX-License-Identifier: Apache-2.0 */
/* config/schema_mongo.h - schemas.yaml of the MongoDB migration: which documents become which rows.
 *
 * The format is read as the older system read it (docs/schemas.md), plus what it silently dropped. Relationship strategies are data:
 * the eleven named ones are shipped as declarations (strategies.c) and come out here exactly like one written by hand. */
#ifndef TIDEMARK_CONFIG_SCHEMA_MONGO_H
#define TIDEMARK_CONFIG_SCHEMA_MONGO_H

#include <glib.h>
#include <stdbool.h>

#include "config/problems.h"
#include "config/schema_format.h"
#include "model/stream.h"

typedef struct FieldMap { /* document field → column */
    char *field;          /* dotted path; the literal key is tried first */
    int column;
} FieldMap;

typedef struct ConstantMap { /* column = text, the same for each item of an array: {type: basic} */
    int column;
    char *text;
} ConstantMap;

typedef struct ArrayMap { /* each item of an array becomes a row */
    char *field;          /* dotted path of the array in the parent document */
    int column;           /* receives the item's id, by the id rule */
    char *reference;      /* name of the reference inside a sub-document item ("event"); NULL: its `_id` alone */
    ConstantMap *set;
    int set_count;
    FieldMap *fields; /* further fields of a sub-document item → columns */
    int field_count;
} ArrayMap;

typedef struct DateMap { /* a link's date: the item's field, else the parent's fields in order */
    int column;
    char *item_field;     /* or NULL */
    char **parent_fields; /* NULL-terminated, first one present wins; may be empty */
    bool item_last;       /* the item's field comes after the parent's */
} DateMap;

/* The date comes from the parent first of all: set at insert, no change afterwards (promise 4). With an item field that comes first
 * it is the item's own value where the item has it. */
static inline bool date_map_inherited(const DateMap *date)
{
    return !date->item_field || date->item_last;
}

typedef struct MongoTable {
    char *key; /* the key in the file: the stream's name */
    char *collection;
    TableDef *table; /* effective name: `name` when given, else the key (H40: used everywhere) */
    WriteModeId mode;
    TableKey conflict;
    bool conflict_is_identity;
    int export_order;
    bool force_reimport, truncate_before_import;
    int64_t threshold_us; /* date_threshold, or TIME_NONE */
    /* direct tables */
    FieldMap *fields;
    int field_count;
    /* relationship tables (mode children unless declared otherwise) */
    char *strategy;    /* the name in `import_strategy`, or NULL */
    int parent_column; /* receives the parent document's id; -1 in direct tables */
    ArrayMap *arrays;
    int array_count;
    DateMap *dates;
    int date_count;
    char **filter_exists; /* fields that must be present and not null, else the document is `filtered`; NULL-terminated or NULL */
    bool newer_wins;
    char *cursor_fields[2]; /* "creation_date", "update_date" unless declared otherwise; the second may be NULL */
    int line;
} MongoTable;

typedef struct SchemaFile {
    char *path;
    GPtrArray *tables; /* MongoTable, in file order */
} SchemaFile;

/* NULL when the file has errors; all are in problems, warnings too. `into` becomes the tables' schema. */
SchemaFile *schema_mongo_parse(const char *text, size_t len, const char *path, const char *into, Problems *problems);
void schema_mongo_free(SchemaFile *file);

#endif
