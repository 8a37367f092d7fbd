/* SPDX-License-Identifier: Apache-2.0 */
/* config/strategies.h - the relationship strategies that can be named by `import_strategy`.
 *
 * They are data: YAML in the form of `relationship:` (docs/schemas.md), read by the same code as one written by hand. The names, arrays
 * and item forms are those of the system this replaces; what it did differently from strategy to strategy is one rule here (promise 4, H6,
 * H13, H17, H18): the `_legacy` names mean the same as the others. */
#ifndef TIDEMARK_CONFIG_STRATEGIES_H
#define TIDEMARK_CONFIG_STRATEGIES_H

#include "config/yaml.h"

/* A mapping name → declaration. The caller frees it with yaml_free(). */
YamlDoc *strategies_read(Problems *problems);

/* The names, NULL-terminated; the caller frees the array alone, the texts belong to the document. */
const char **strategies_names(const YamlDoc *strategies);

#endif
