/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_link.h - one connection to a MariaDB or MySQL server, made so that any thread can interrupt whatever waits on it
 * (promise 8).
 *
 * The session is in UTC and utf8mb4, with an empty sql_mode and no limit of rows, whatever the server's defaults are. It never
 * writes. Once interrupted, a link stays so: every call on it fails at once with ERR_CANCELLED. */
#ifndef TIDEMARK_SOURCES_MARIADB_LINK_H
#define TIDEMARK_SOURCES_MARIADB_LINK_H

#include <glib.h>
#include <mysql.h>
#include <stdbool.h>

#include "base/err.h"
#include "sources/mariadb_target.h"

typedef struct MariaLink MariaLink;

/* The target must outlive the link. */
MariaLink *maria_link_new(const MariaTarget *target);
void maria_link_free(MariaLink *link);

/* Connects and logs in; also again, after a failure. ERR_UNREACHABLE, ERR_CONFIG (the database does not exist), ERR_CANCELLED. */
bool maria_link_connect(MariaLink *link, Err *err);
void maria_link_disconnect(MariaLink *link);
/* Connected and alive; connects where it is not. */
bool maria_link_ready(MariaLink *link, Err *err);
/* Shuts the socket, so that an answer that nobody wants is not read to its end; disconnect afterwards. */
void maria_link_abandon(MariaLink *link);

void maria_link_interrupt(MariaLink *link); /* any thread */
bool maria_link_stopped(const MariaLink *link);
/* Waits; false as soon as the link is interrupted. */
bool maria_link_wait(MariaLink *link, int milliseconds);

/* The client's handle between connect and disconnect, otherwise NULL. */
MYSQL *maria_link_handle(MariaLink *link);
const MariaTarget *maria_link_target(const MariaLink *link);

/* A statement without rows. */
bool maria_link_exec(MariaLink *link, const char *sql, Err *err);
/* All rows at once, for small answers; mysql_free_result() it. */
MYSQL_RES *maria_link_query(MariaLink *link, const char *sql, Err *err);
/* Rows as they arrive. Nothing else can be asked before the last one was fetched. */
MYSQL_RES *maria_link_stream(MariaLink *link, const char *sql, Err *err);

/* The first column of the first row as text, NULL when there is none; g_free() it. */
bool maria_link_text(MariaLink *link, const char *sql, char **out, Err *err);

/* Turns the handle's last error into ours. Returns false. */
bool maria_link_error(MariaLink *link, ErrCode code, Err *err, const char *what);

/* SQL text: `a``b`, and a string in hex, which needs no escaping in any mode. */
void maria_quote(GString *out, const char *identifier);
void maria_quote_text(GString *out, const char *bytes, size_t len);

#endif
