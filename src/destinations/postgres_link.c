/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>

#include "destinations/postgres.h"

static const char *given_value(const PQconninfoOption *options, const char *keyword)
{
    for (; options && options->keyword; options++)
        if (g_str_equal(options->keyword, keyword))
            return options->val && options->val[0] ? options->val : NULL;
    return NULL;
}

/* The service file as libpq finds it: PGSERVICEFILE, else ~/.pg_service.conf, else PGSYSCONFDIR's. */
static char *service_value(const char *service, const char *keyword)
{
    const char *named = g_getenv("PGSERVICEFILE"), *system = g_getenv("PGSYSCONFDIR");
    g_autofree char *home = g_build_filename(g_get_home_dir(), ".pg_service.conf", NULL);
    g_autofree char *global = g_build_filename(system ? system : "/etc/postgresql-common", "pg_service.conf", NULL);
    const char *const files[] = {named ? named : home, global};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GKeyFile) parsed = g_key_file_new();
        if (g_key_file_load_from_file(parsed, files[i], G_KEY_FILE_NONE, NULL) && g_key_file_has_group(parsed, service))
            return g_key_file_get_value(parsed, service, keyword, NULL);
    }
    return NULL;
}

/* URL, service file, environment: libpq's own order. */
static char *effective_value(const PQconninfoOption *given, const char *keyword, const char *variable)
{
    const char *value = given_value(given, keyword);
    if (value)
        return g_strdup(value);
    const char *service = given_value(given, "service");
    if (!service)
        service = g_getenv("PGSERVICE");
    char *from_file = service ? service_value(service, keyword) : NULL;
    return from_file ? from_file : g_strdup(g_getenv(variable));
}

static bool is_local_host(const char *host)
{
    struct in_addr address;
    if (host[0] == '\0' || host[0] == '/' || host[0] == '@' || g_ascii_strcasecmp(host, "localhost") == 0 ||
        g_str_equal(host, "::1"))
        return true;
    return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static bool all_local(const char *hosts)
{
    g_auto(GStrv) list = g_strsplit(hosts, ",", -1);
    for (char **host = list; *host; host++)
        if (!is_local_host(*host))
            return false;
    return true;
}

const char *pg_default_sslmode(PQconninfoOption *given)
{
    g_autofree char *mode = effective_value(given, "sslmode", "PGSSLMODE");
    if (mode && mode[0])
        return NULL;
    g_autofree char *host = effective_value(given, "host", "PGHOST");
    g_autofree char *address = effective_value(given, "hostaddr", "PGHOSTADDR");
    return all_local(host ? host : "") && all_local(address ? address : "") ? NULL : "require";
}

void pg_read_security(Postgres *p)
{
    const char *host = PQhost(p->conn);
    const char *words = "clear";
    if (host && host[0] == '/') {
        words = "local socket";
    } else if (PQsslInUse(p->conn)) {
        PQconninfoOption *options = PQconninfo(p->conn);
        const char *mode = given_value(options, "sslmode");
        words = g_strcmp0(mode, "verify-full") == 0 ? "verified"
                : g_strcmp0(mode, "verify-ca") == 0 ? "certificate verified, host name not"
                                                    : "encrypted only";
        PQconninfoFree(options);
    }
    g_strlcpy(p->security, words, sizeof p->security);
}
