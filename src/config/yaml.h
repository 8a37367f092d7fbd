/* SPDX-License-Identifier: Apache-2.0 */
/* config/yaml.h - a YAML file as a tree whose nodes know where they stand.
 *
 * libfyaml scans and parses; anchors, merge keys (`<<`), duplicate keys and the meaning of plain scalars are decided here, by YAML 1.1
 * rules, as the older systems' loader did: yes/no/on/off are booleans, an unquoted 2024-01-15 is a date, the last of two equal keys wins
 * (with a warning). A file is data, never trusted: it must be valid UTF-8 without NUL, at most 16 MiB, 64 levels deep, and aliases may add
 * at most 100,000 nodes. */
#ifndef TIDEMARK_CONFIG_YAML_H
#define TIDEMARK_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/problems.h"

typedef enum YamlKind { YAML_SCALAR, YAML_LIST, YAML_MAP } YamlKind;

/* What a scalar means. Quoted ones are always YAML_TEXT. */
typedef enum YamlType { YAML_TEXT, YAML_NULL, YAML_BOOL, YAML_INT, YAML_FLOAT, YAML_DATE } YamlType;

typedef struct YamlNode YamlNode;

typedef struct YamlPair {
    const YamlNode *key; /* always a scalar */
    const YamlNode *value;
} YamlPair;

struct YamlNode {
    YamlKind kind;
    YamlType type;
    char *text; /* scalar: as written, without quotes and escapes */
    int line, column;
    GArray *pairs;    /* map: YamlPair, in file order, merged ones first */
    GPtrArray *items; /* list: const YamlNode * */
    int64_t weight;   /* nodes reached from here, aliases followed */
    bool open;        /* its end was not read yet: an alias to it would have no end */
    bool merge;       /* a plain `<<` */
};

/* One file. Nodes live as long as it does. */
typedef struct YamlDoc {
    char *file;
    Problems *problems; /* borrowed: where the accessors below report */
    GPtrArray *nodes;
    const YamlNode *root; /* NULL: the file says nothing */
} YamlDoc;

/* NULL when it cannot be read; the reason is in problems. */
YamlDoc *yaml_parse(const char *text, size_t len, const char *file, Problems *problems);
YamlDoc *yaml_load(const char *path, Problems *problems);
void yaml_free(YamlDoc *doc);

/* The value under the key, or NULL. */
const YamlNode *yaml_get(const YamlNode *map, const char *key);

/* True for NULL and for a null scalar (`key:` with nothing behind it). */
bool yaml_is_empty(const YamlNode *node);

/* Problems that point at a node. */
void yaml_problem(const YamlDoc *doc, const YamlNode *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void yaml_warning(const YamlDoc *doc, const YamlNode *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "the text `abc`", "a list", "nothing": for "expected …, found …". The caller frees it. */
char *yaml_describe(const YamlNode *node);

/* Typed values. `what` names the setting in the message ("`export_order` of table `users`"). False, or NULL, when the node is something
 * else; the problem is reported. Text takes numbers and dates as they are written; a boolean or nothing must be quoted to be text.
 * A boolean takes yes/no/true/false/on/off; quoted ones, 0 and 1 with a warning. */
const char *yaml_text(const YamlDoc *doc, const YamlNode *node, const char *what);
bool yaml_bool(const YamlDoc *doc, const YamlNode *node, const char *what, bool *out);
bool yaml_int(const YamlDoc *doc, const YamlNode *node, const char *what, int64_t min, int64_t max, int64_t *out);

/* The text of a scalar used as a name, with a warning when YAML 1.1 means something else by it (`no:` is a boolean). */
const char *yaml_key(const YamlDoc *doc, const YamlNode *key);

/* Reports every key of the map that is not among the known ones, as an error or a warning, with the nearest known name. `where` is
 * "table `users`". */
void yaml_unknown_keys(const YamlDoc *doc, const YamlNode *map, const char *const *known, const char *where, bool warn);

/* Scalars (yaml_scalar.c). */
YamlType yaml_scalar_type(const char *text);
bool yaml_scalar_bool(const char *text, bool *out);
bool yaml_scalar_int(const char *text, int64_t *out); /* false: no integer, or beyond 64 bits */

#endif
