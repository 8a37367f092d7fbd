/* SPDX-License-Identifier: Apache-2.0 */
/* config/url.h - connection URLs: which parts they have, what may be shown of them. */
#ifndef TIDEMARK_CONFIG_URL_H
#define TIDEMARK_CONFIG_URL_H

#include <glib.h>
#include <stdbool.h>

/* scheme://user:password@hosts/path?query. Parts that are not there are NULL; user, password, path and hosts are percent-decoded. Without
 * `//` (sqlite:FILE, dump:DIR) everything behind the colon is the path, as written. */
typedef struct Url {
    char *scheme; /* lower case */
    char *user, *password, *hosts, *path;
    char *query; /* as written */
} Url;

/* False when the text does not begin with `scheme:`. Out must be cleared in either case. */
bool url_parse(const char *text, Url *out);
void url_clear(Url *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Url, url_clear)

/* A parameter of the query, decoded; NULL when it is not there. The caller frees it. */
char *url_parameter(const Url *url, const char *name);

/* Registers every password in the URL (secret.h), as written and decoded. */
void url_register_secrets(const char *text);

/* "warehouse@pg1.internal:5433" of a PostgreSQL URL; "local socket" stands for a missing host. */
char *url_display_postgres(const Url *url);

/* What a URL is built from; NULL parts are left out. */
typedef struct PostgresParts {
    const char *host, *port, *database, *user, *password;
    const GString *query; /* "sslmode=require&…", already encoded; may be empty */
} PostgresParts;
char *url_build_postgres(const PostgresParts *parts);

/* The path behind `sqlite:`; `sqlite:///file` is an absolute path, as elsewhere. */
const char *url_sqlite_path(const char *text);

#endif
