/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mongo_backend.h - the two ways to reach the documents of the mongodb source: a dump folder and a live server.
 *
 * Each is a SourceOps of its own that mongodb.c calls through; streams are made by mongodb.c alone. */
#ifndef TIDEMARK_SOURCES_MONGO_BACKEND_H
#define TIDEMARK_SOURCES_MONGO_BACKEND_H

#include "sources/source.h"

extern const SourceOps mongo_dump_backend;
extern const SourceOps mongo_live_backend;

/* Options of the kind. */
const char *mongo_url(const Source *source);
const char *mongo_database(const Source *source); /* NULL: none given */

/* The part of a row's key that names its document: all of it, or what stands before the first slash behind the `_id`'s text. */
size_t mongo_document_key(const char *key);

#endif
