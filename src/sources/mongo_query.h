/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mongo_query.h - windows and positions as queries of a MongoDB server. */
#ifndef TIDEMARK_SOURCES_MONGO_QUERY_H
#define TIDEMARK_SOURCES_MONGO_QUERY_H

#include <bson/bson.h>
#include <stdbool.h>

#include "model/window.h"
#include "sources/mongo_spec.h"

/* The documents of the window whose `_id` sorts behind `after` (NULL: from the start). A comparison matches one type bracket only, so the
 * higher brackets are named by their types. few_types: the server refuses the types that are deprecated or that it cannot store.
 * The result is initialised here and destroyed by the caller. */
void mongo_query_filter(const MongoSpec *spec, const Window *window, const bson_value_t *after, bool few_types, bson_t *filter);

/* Options of find(): order by `_id`, only the mapped fields, batch size. hint_id: walk the index of `_id` instead of sorting. */
void mongo_query_options(const MongoSpec *spec, bool hint_id, bson_t *options);

#endif
