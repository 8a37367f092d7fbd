/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <glib.h>
#include <pthread.h>
#include <stdbool.h>

enum { SHORTEST = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GPtrArray *secrets; /* char * */

static void add(const char *value)
{
    if (strlen(value) < SHORTEST)
        return;
    for (guint i = 0; secrets && i < secrets->len; i++)
        if (strcmp(g_ptr_array_index(secrets, i), value) == 0)
            return;
    if (!secrets)
        secrets = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(secrets, g_strdup(value));
}

/* A driver may quote a password as it stands in a URL although we read it decoded, or the other way round: all forms are secret. */
void secret_register(const char *value)
{
    if (!value)
        return;
    g_autofree char *encoded = g_uri_escape_string(value, NULL, FALSE);
    g_autofree char *decoded = g_uri_unescape_string(value, NULL);
    pthread_mutex_lock(&lock);
    add(value);
    add(encoded);
    if (decoded)
        add(decoded);
    pthread_mutex_unlock(&lock);
}

static size_t longest_at(const char *text)
{
    size_t longest = 0;
    for (guint i = 0; i < secrets->len; i++) {
        const char *secret = g_ptr_array_index(secrets, i);
        if (secret[0] != text[0])
            continue;
        size_t len = strlen(secret);
        if (len > longest && strncmp(text, secret, len) == 0)
            longest = len;
    }
    return longest;
}

/* Overlapping secrets are masked as one stretch: whatever any of them covers goes. */
void secret_mask(char *text)
{
    pthread_mutex_lock(&lock);
    if (secrets) {
        char *to = text;
        size_t covered = 0; /* bytes from here on that belong to a secret */
        for (const char *from = text; *from; from++) {
            size_t len = longest_at(from);
            if (len > 0 && covered == 0) {
                memcpy(to, "***", 3);
                to += 3;
            }
            covered = MAX(covered, len);
            if (covered > 0)
                covered--;
            else
                *to++ = *from;
        }
        *to = '\0';
    }
    pthread_mutex_unlock(&lock);
}

/* Names of URL parameters and connection keywords whose values are secret. */
static bool secret_key(const char *key, size_t len)
{
    static const char *const parts[] = {"password", "passwd",  "pwd",     "token",       "secret",
                                        "apikey",   "api_key", "api-key", "service_key", "authmechanismproperties"};
    g_autofree char *raw = g_strndup(key, len);
    g_autofree char *decoded = g_uri_unescape_string(raw, NULL);
    g_autofree char *lower = g_ascii_strdown(decoded ? decoded : raw, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strstr(lower, parts[i]))
            return true;
    return false;
}

/* The '@' behind the password, or NULL. People forget to encode '/', '?', '#' and '@' in passwords, so the last '@' before the query counts,
 * and one behind a '?' too when what stands between is no query. */
static const char *userinfo_end(const char *start)
{
    const char *query = strchr(start, '?');
    size_t before = query ? (size_t)(query - start) : strlen(start);
    const char *at = g_strrstr_len(start, (gssize)before, "@");
    if (at || !query)
        return at;
    const char *late = strrchr(query, '@');
    if (!late || memchr(query, '=', (size_t)(late - query)))
        return NULL;
    return late;
}

static void copy_query(GString *out, const char *query)
{
    for (const char *p = query; *p;) {
        size_t len = strcspn(p + 1, "&") + 1; /* "?name=value" or "&name=value" */
        const char *equals = memchr(p, '=', len);
        if (equals && secret_key(p + 1, (size_t)(equals - p - 1))) {
            g_string_append_len(out, p, equals - p + 1);
            g_string_append(out, "***");
        } else {
            g_string_append_len(out, p, (gssize)len);
        }
        p += len;
    }
}

static void mask_url(GString *out, const char *url, const char *authority)
{
    const char *rest = url;
    const char *at = userinfo_end(authority);
    const char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    if (colon) {
        g_string_append_len(out, url, colon - url + 1);
        g_string_append(out, "***");
        rest = at;
    }
    size_t plain = strcspn(at ? at : rest, "?") + (at ? (size_t)(at - rest) : 0);
    g_string_append_len(out, rest, (gssize)plain);
    copy_query(out, rest + plain);
}

/* A value of a libpq connection string: quoted with ', or up to a blank; a backslash takes the next byte along. */
static const char *conninfo_value_end(const char *p)
{
    bool quoted = *p == '\'';
    for (p += quoted; *p && (quoted ? *p != '\'' : !g_ascii_isspace(*p)); p++)
        if (*p == '\\' && p[1])
            p++;
    return quoted && *p ? p + 1 : p;
}

/* "host=db password = 'x y'": every `key =` whose key is secret loses its value. */
static void mask_conninfo(GString *out, const char *text)
{
    for (const char *p = text; *p;) {
        size_t word = 0;
        while (g_ascii_isalnum(p[word]) || p[word] == '_' || p[word] == '-')
            word++;
        const char *value = p + word;
        while (g_ascii_isspace(*value))
            value++;
        if (word == 0 || *value != '=' || !secret_key(p, word)) {
            g_string_append_len(out, p, (gssize)MAX(word, 1));
            p += MAX(word, 1);
            continue;
        }
        do
            value++;
        while (g_ascii_isspace(*value));
        g_string_append_len(out, p, value - p);
        g_string_append(out, "***");
        p = conninfo_value_end(value);
    }
}

char *secret_url(const char *url)
{
    GString *out = g_string_new(NULL);
    const char *scheme_end = strstr(url, "://");
    if (scheme_end)
        mask_url(out, url, scheme_end + 3);
    else
        mask_conninfo(out, url);
    secret_mask(out->str);
    return g_string_free(out, FALSE);
}
