/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_target.h - which server the configuration means, and how it is to be reached. */
#ifndef TIDEMARK_SOURCES_MARIADB_TARGET_H
#define TIDEMARK_SOURCES_MARIADB_TARGET_H

#include <glib.h>
#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"

typedef enum MariaTls { MARIA_TLS_VERIFY, MARIA_TLS_ENCRYPT, MARIA_TLS_OFF } MariaTls;

typedef struct MariaTarget {
    char *host;   /* NULL: the socket */
    char *socket; /* path of a local socket, or NULL */
    unsigned port;
    char *user, *password, *database; /* user and password may be NULL */
    MariaTls tls;
    char *ca, *cert, *key; /* files, or NULL */
    char *display;         /* "reader@db.internal:3306/matomo": no password */
} MariaTarget;

/* The options of the kind, {0}-terminated. */
extern const OptionDef mariadb_options[];

/* Options win over the parts of the URL. ERR_CONFIG when they do not name one database. Cleared by the caller in either case. */
bool maria_target_read(const SourceConfig *config, MariaTarget *out, Err *err);
void maria_target_clear(MariaTarget *target);

/* Traffic to it does not leave the machine. */
bool maria_target_is_local(const MariaTarget *target);

#endif
