/* SPDX-License-Identifier: Apache-2.0 */
#include "config/url.h"

#include "base/secret.h"

static char *decode(const char *text, size_t len)
{
    g_autofree char *copy = g_strndup(text, len);
    char *plain = g_uri_unescape_string(copy, NULL);
    return plain ? plain : g_steal_pointer(&copy); /* a stray % is left as it is */
}

static size_t scheme_length(const char *text)
{
    if (!g_ascii_isalpha(*text))
        return 0;
    size_t len = 1;
    while (g_ascii_isalnum(text[len]) || strchr("+-.", text[len] ? text[len] : ' '))
        len++;
    return text[len] == ':' ? len : 0;
}

static void parse_authority(const char *text, size_t len, Url *out)
{
    const char *at = g_strrstr_len(text, (gssize)len, "@");
    const char *host = at ? at + 1 : text;
    if (at) {
        const char *colon = memchr(text, ':', (size_t)(at - text));
        const char *user_end = colon ? colon : at;
        out->user = decode(text, (size_t)(user_end - text));
        if (colon)
            out->password = decode(colon + 1, (size_t)(at - colon - 1));
    }
    if (host < text + len)
        out->hosts = decode(host, (size_t)(text + len - host));
}

bool url_parse(const char *text, Url *out)
{
    *out = (Url){0};
    size_t scheme = scheme_length(text);
    if (scheme == 0)
        return false;
    out->scheme = g_ascii_strdown(text, (gssize)scheme);
    const char *rest = text + scheme + 1;
    if (!g_str_has_prefix(rest, "//")) {
        out->path = g_strdup(rest);
        return true;
    }
    rest += 2;
    size_t authority = strcspn(rest, "/?#");
    parse_authority(rest, authority, out);
    rest += authority;
    if (*rest == '/') {
        size_t path = strcspn(rest + 1, "?");
        if (path > 0)
            out->path = decode(rest + 1, path);
        rest += 1 + path;
    }
    if (*rest == '?')
        out->query = g_strdup(rest + 1);
    return true;
}

void url_clear(Url *url)
{
    g_free(url->scheme);
    g_free(url->user);
    g_free(url->password);
    g_free(url->hosts);
    g_free(url->path);
    g_free(url->query);
    *url = (Url){0};
}

char *url_parameter(const Url *url, const char *name)
{
    g_auto(GStrv) pairs = url->query ? g_strsplit(url->query, "&", -1) : NULL;
    for (char **pair = pairs; pair && *pair; pair++) {
        const char *equals = strchr(*pair, '=');
        if (equals && strlen(name) == (size_t)(equals - *pair) && g_ascii_strncasecmp(*pair, name, strlen(name)) == 0)
            return decode(equals + 1, strlen(equals + 1));
    }
    return NULL;
}

static void register_both(const char *text, size_t len)
{
    g_autofree char *written = g_strndup(text, len);
    g_autofree char *plain = decode(text, len);
    secret_register(written);
    secret_register(plain);
}

void url_register_secrets(const char *text)
{
    /* A password with an unencoded `/` or `?` is a mistake, but a secret all the same: look for the last `@` of the whole text too. */
    const char *start = strstr(text, "://");
    if (!start)
        return;
    start += 3;
    const char *colon = strchr(start, ':');
    const char *ends[] = {g_strrstr_len(start, (gssize)strcspn(start, "/?#"), "@"), strrchr(start, '@')};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        if (ends[i] && colon && colon < ends[i])
            register_both(colon + 1, (size_t)(ends[i] - colon - 1));
    static const char *const names[] = {"password", "sslpassword", "tlsCertificateKeyFilePassword",
                                        "sslClientCertificateKeyPassword"};
    const char *query = strchr(start, '?');
    g_auto(GStrv) pairs = g_strsplit(query ? query + 1 : "", "&", -1);
    for (char **pair = pairs; *pair; pair++) {
        const char *equals = strchr(*pair, '=');
        for (size_t i = 0; equals && i < G_N_ELEMENTS(names); i++)
            if ((size_t)(equals - *pair) == strlen(names[i]) && g_ascii_strncasecmp(*pair, names[i], strlen(names[i])) == 0)
                register_both(equals + 1, strlen(equals + 1));
    }
}

char *url_display_postgres(const Url *url)
{
    g_autofree char *host = url_parameter(url, "host");
    g_autofree char *database = url_parameter(url, "dbname");
    const char *name = database ? database : url->path ? url->path : url->user;
    const char *where = url->hosts ? url->hosts : host;
    g_autofree char *text = g_strdup_printf("%s@%s", name ? name : "default", where && *where ? where : "local socket");
    secret_mask(text);
    return g_steal_pointer(&text);
}

static void put(GString *out, const char *text, const char *allowed)
{
    g_string_append_uri_escaped(out, text, allowed, FALSE);
}

char *url_build_postgres(const PostgresParts *parts)
{
    GString *out = g_string_new("postgresql://");
    if (parts->user && *parts->user) {
        put(out, parts->user, NULL);
        if (parts->password && *parts->password) {
            g_string_append_c(out, ':');
            put(out, parts->password, NULL);
        }
        g_string_append_c(out, '@');
    }
    if (parts->host && *parts->host) {
        bool v6 = strchr(parts->host, ':') && parts->host[0] != '[' && parts->host[0] != '/';
        if (v6)
            g_string_append_printf(out, "[%s]", parts->host);
        else
            put(out, parts->host, "[]:,");
    }
    if (parts->port && *parts->port)
        g_string_append_printf(out, ":%s", parts->port);
    g_string_append_c(out, '/');
    if (parts->database)
        put(out, parts->database, NULL);
    if (parts->query && parts->query->len > 0)
        g_string_append_printf(out, "?%s", parts->query->str);
    return g_string_free(out, FALSE);
}

const char *url_sqlite_path(const char *text)
{
    const char *path = strchr(text, ':') + 1;
    return g_str_has_prefix(path, "//") ? path + 2 : path;
}
