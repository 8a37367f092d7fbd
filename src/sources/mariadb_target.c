/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mariadb_target.h"

#include "base/secret.h"
#include "config/url.h"

enum { DEFAULT_PORT = 3306, LAST_PORT = 65535 };

static const char *const tls_words[] = {"verify", "encrypt", "off", NULL};

const OptionDef mariadb_options[] = {
    {.name = "url",
     .type = OPT_STRING,
     .secret = true,
     .help = "mariadb://USER:PASSWORD@HOST:PORT/DATABASE (mysql:// means the same); options may follow as ?tls=off&tls_ca=FILE"},
    {.name = "host", .type = OPT_STRING, .help = "server, instead of url"},
    {.name = "port", .type = OPT_INT, .min = 1, .max = LAST_PORT, .help = "its port, 3306 when not given"},
    {.name = "socket", .type = OPT_PATH, .help = "local socket of the server, instead of host and port"},
    {.name = "user", .type = OPT_STRING, .help = "login"},
    {.name = "password", .type = OPT_STRING, .secret = true, .help = "its password"},
    {.name = "database", .type = OPT_STRING, .help = "database to read"},
    {.name = "tls",
     .type = OPT_ENUM,
     .words = tls_words,
     .help = "verify (checks the server's certificate), encrypt (does not), off; not given: verify to another machine, off on this "
             "one"},
    {.name = "tls_ca", .type = OPT_PATH, .help = "certificate of the authority, when it is none that the system knows"},
    {.name = "tls_cert", .type = OPT_PATH, .help = "certificate that we show to the server"},
    {.name = "tls_key", .type = OPT_PATH, .help = "its key"},
    {0},
};

void maria_target_clear(MariaTarget *target)
{
    g_free(target->host);
    g_free(target->socket);
    g_free(target->user);
    g_free(target->password);
    g_free(target->database);
    g_free(target->ca);
    g_free(target->cert);
    g_free(target->key);
    g_free(target->display);
    *target = (MariaTarget){0};
}

bool maria_target_is_local(const MariaTarget *target)
{
    return !target->host || strcmp(target->host, "localhost") == 0 || strcmp(target->host, "::1") == 0 ||
           g_str_has_prefix(target->host, "127.");
}

static bool set_from_url(OptionValues *values, const char *name, const char *text, const char *source, Err *err)
{
    return !text || !*text || options_set_hidden(values, name, text, err) || err_context(err, "the `url` of source %s", source);
}

/* "db.internal:3307", "[::1]:3306", "db.internal". */
static bool split_host(const char *hosts, char **host, char **port)
{
    const char *colon = strrchr(hosts, ':');
    if (hosts[0] == '[') {
        const char *end = strchr(hosts, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
        *host = g_strndup(hosts + 1, (gsize)(end - hosts - 1));
        *port = end[1] ? g_strdup(end + 2) : NULL;
        return true;
    }
    *host = colon ? g_strndup(hosts, (gsize)(colon - hosts)) : g_strdup(hosts);
    *port = colon ? g_strdup(colon + 1) : NULL;
    return !strchr(*host, ',') && !strchr(*host, ':');
}

static bool read_query(const Url *url, OptionValues *values, const char *source, Err *err)
{
    g_auto(GStrv) pairs = g_strsplit(url->query ? url->query : "", "&", -1);
    for (char **pair = pairs; *pair; pair++) {
        g_autofree char *name = g_strndup(*pair, strcspn(*pair, "="));
        if (!*name)
            continue;
        if (!options_known(values, name) || strcmp(name, "url") == 0)
            return err_set(err, ERR_CONFIG, "the `url` of source %s has the unknown parameter `%.60s`, expected tls, tls_ca …",
                           source, name);
        g_autofree char *value = url_parameter(url, name);
        if (!set_from_url(values, name, value, source, err))
            return false;
    }
    return true;
}

/* The parts of the URL as options, so that they are checked by the same rows. */
static bool read_url(const char *text, OptionValues *values, const char *source, Err *err)
{
    g_auto(Url) url = {0};
    g_autofree char *host = NULL, *port = NULL;
    bool good = url_parse(text, &url) && (strcmp(url.scheme, "mariadb") == 0 || strcmp(url.scheme, "mysql") == 0) &&
                (!url.hosts || split_host(url.hosts, &host, &port));
    if (!good)
        return err_set(err, ERR_CONFIG, "the `url` of source %s: expected mariadb://USER:PASSWORD@HOST:PORT/DATABASE", source);
    return set_from_url(values, "host", host, source, err) && set_from_url(values, "port", port, source, err) &&
           set_from_url(values, "user", url.user, source, err) && set_from_url(values, "password", url.password, source, err) &&
           set_from_url(values, "database", url.path, source, err) && read_query(&url, values, source, err);
}

typedef struct Sources { /* where an option is looked for, in order */
    const OptionValues *given, *url;
} Sources;

static const char *text_of(const Sources *from, const char *name)
{
    const char *text = options_given(from->given, name) ? options_text(from->given, name) : NULL;
    if (!text || !*text)
        text = options_given(from->url, name) ? options_text(from->url, name) : NULL;
    return text && *text ? text : NULL;
}

static MariaTls tls_of(const MariaTarget *target, const Sources *from)
{
    const char *text = text_of(from, "tls");
    for (int i = 0; text && tls_words[i]; i++)
        if (strcmp(text, tls_words[i]) == 0)
            return (MariaTls)i;
    return maria_target_is_local(target) && !target->ca ? MARIA_TLS_OFF : MARIA_TLS_VERIFY;
}

static bool fill(const Sources *from, const char *source, MariaTarget *out, Err *err)
{
    const char *port = text_of(from, "port");
    out->socket = g_strdup(text_of(from, "socket"));
    out->host = out->socket ? NULL : g_strdup(text_of(from, "host"));
    out->port = port ? (unsigned)g_ascii_strtoull(port, NULL, 10) : DEFAULT_PORT;
    out->user = g_strdup(text_of(from, "user"));
    out->password = g_strdup(text_of(from, "password"));
    out->database = g_strdup(text_of(from, "database"));
    out->ca = g_strdup(text_of(from, "tls_ca"));
    out->cert = g_strdup(text_of(from, "tls_cert"));
    out->key = g_strdup(text_of(from, "tls_key"));
    secret_register(out->password);
    if (!out->socket && !out->host)
        return err_set(err, ERR_CONFIG, "source %s names no server: set `url`, or `host`", source);
    if (!out->database)
        return err_set(err, ERR_CONFIG, "source %s names no database: set `database`, or put it into the `url`", source);
    out->tls = tls_of(out, from);
    const char *user = out->user ? out->user : "", *at = out->user ? "@" : "";
    out->display = out->socket ? g_strdup_printf("%s%s%s/%s", user, at, out->socket, out->database)
                               : g_strdup_printf("%s%s%s:%u/%s", user, at, out->host, out->port, out->database);
    return true;
}

bool maria_target_read(const SourceConfig *config, MariaTarget *out, Err *err)
{
    *out = (MariaTarget){0};
    OptionValues *url = options_new(mariadb_options);
    const char *text = options_text(config->options, "url");
    const Sources from = {.given = config->options, .url = url};
    bool done = (!text || !*text || read_url(text, url, config->name, err)) && fill(&from, config->name, out, err);
    options_free(url);
    return done;
}
