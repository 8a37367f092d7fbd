/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mongo_wire.h - the connections of libmongoc, made so that any thread can interrupt whatever waits on them (promise 8).
 *
 * libmongoc takes streams of one's own: these wait for the socket and for a wake-up at the same time. Once interrupted, a wire stays
 * so: every call on it fails at once. */
#ifndef TIDEMARK_SOURCES_MONGO_WIRE_H
#define TIDEMARK_SOURCES_MONGO_WIRE_H

#include <mongoc/mongoc.h>
#include <stdbool.h>

typedef struct MongoWire MongoWire;

MongoWire *mongo_wire_new(void);
void mongo_wire_free(MongoWire *wire); /* after the client that uses it */

void mongo_wire_interrupt(MongoWire *wire); /* any thread */
bool mongo_wire_stopped(const MongoWire *wire);

/* Waits; false as soon as the wire is interrupted. */
bool mongo_wire_wait(MongoWire *wire, int milliseconds);

/* Makes the client use the wire. Options that only libmongoc's own connections honour (the two that switch revocation checks off) leave
 * it with those, which cannot be interrupted before their time-out. */
void mongo_wire_attach(MongoWire *wire, mongoc_client_t *client, const mongoc_uri_t *uri);

#endif
