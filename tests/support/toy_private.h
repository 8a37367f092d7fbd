/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/toy_private.h - shared by toy_world.c, toy_streams.c and toy_source.c alone. */
#ifndef TIDEMARK_TESTS_TOY_PRIVATE_H
#define TIDEMARK_TESTS_TOY_PRIVATE_H

#include "tests/support/toy_source.h"

enum { TOY_ID, TOY_PARENT, TOY_LABEL, TOY_AMOUNT, TOY_AT, TOY_COLUMNS }; /* plain and days */
enum { TOY_LINK_PARENT, TOY_LINK_ITEM, TOY_LINK_AT, TOY_LINK_COLUMNS };  /* links */

ToyWorld *toy_world_find(const char *name);
ToyDoc *toy_doc(const ToySet *set, const char *id);
Stream *toy_stream(const ToyWorld *world, const ToySet *set, int position, const char *schema);

#endif
