/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "config/config_parts.h"
#include "config/suggest.h"
#include "config/url.h"

/* Connection parameters of libpq that may be given as keys beside host, port, database, user and password. */
static const char *const libpq_keys[] = {"sslmode",
                                         "sslrootcert",
                                         "sslcert",
                                         "sslkey",
                                         "sslpassword",
                                         "sslcrl",
                                         "connect_timeout",
                                         "passfile",
                                         "application_name",
                                         "options",
                                         "keepalives",
                                         "keepalives_idle",
                                         "channel_binding",
                                         "gssencmode",
                                         "krbsrvname",
                                         "service",
                                         "target_session_attrs",
                                         "tcp_user_timeout",
                                         NULL};

void destination_config_free(void *data)
{
    DestinationConfig *destination = data;
    if (!destination)
        return;
    options_free(destination->options);
    g_free(destination->kind);
    g_free(destination->url);
    g_free(destination->display);
    g_free(destination->label);
    g_free(destination);
}

static const KindOptions *kind_of_scheme(const Loader *loader, const char *scheme)
{
    for (const KindOptions *kind = loader->request->destinations; kind && kind->kind; kind++) {
        if (kind->schemes ? g_strv_contains(kind->schemes, scheme) : g_str_has_prefix(scheme, kind->kind))
            return kind;
    }
    return NULL;
}

static void report_unknown(Loader *loader, const char *url, const Url *parsed, Place place, const char *what)
{
    g_autofree char *supabase = supabase_sentence(url);
    if (supabase)
        problems_add(loader->problems, place.file, place.line, place.column, "%s: this is the address of a Supabase project; %s",
                     what, supabase);
    else
        problems_add(loader->problems, place.file, place.line, place.column,
                     "%s: expected a URL such as postgresql://user@host/database or sqlite:FILE, found %s", what,
                     parsed->scheme ? "another scheme" : "no `scheme:`");
}

static DestinationConfig *add(Loader *loader, const KindOptions *kind, char *url, char *display)
{
    DestinationConfig *destination = g_new0(DestinationConfig, 1);
    destination->kind = g_strdup(kind->kind);
    destination->url = url;
    destination->display = display;
    destination->options = options_new(kind->options);
    g_ptr_array_add(loader->config->destinations, destination);
    return destination;
}

static DestinationConfig *find_plain(const Loader *loader, const char *url)
{
    for (guint i = 0; i < loader->config->destinations->len; i++) {
        DestinationConfig *destination = g_ptr_array_index(loader->config->destinations, i);
        if (!destination->label && strcmp(destination->url, url) == 0)
            return destination;
    }
    return NULL;
}

/* fresh: never one that is there already (a mapping gives it options of its own). */
static DestinationConfig *from_url(Loader *loader, const char *text, const char *directory, Place place, const char *what,
                                   bool fresh)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(text));
    url_register_secrets(trimmed);
    g_auto(Url) url = {0};
    const KindOptions *kind = url_parse(trimmed, &url) ? kind_of_scheme(loader, url.scheme) : NULL;
    if (!kind) {
        report_unknown(loader, trimmed, &url, place, what);
        return NULL;
    }
    g_autofree char *complete = NULL;
    g_autofree char *display = NULL;
    if (strcmp(kind->kind, "sqlite") == 0) {
        const char *path = url_sqlite_path(trimmed);
        if (!*path) {
            problems_add(loader->problems, place.file, place.line, place.column, "%s: expected sqlite:FILE, found no file", what);
            return NULL;
        }
        display = path_under(directory, path);
        complete = g_strconcat("sqlite:", display, NULL);
    } else {
        complete = g_strdup(trimmed);
        display = url_display_postgres(&url);
    }
    DestinationConfig *there = fresh ? NULL : find_plain(loader, complete);
    return there ? there : add(loader, kind, g_steal_pointer(&complete), g_steal_pointer(&display));
}

DestinationConfig *destination_from_url(Loader *loader, const char *url, const char *directory, Place place, const char *what)
{
    return from_url(loader, url, directory, place, what, false);
}

static const char *const part_keys[] = {"host", "port", "database", "user", "password", NULL};

/* What the driver declares itself (its connect_timeout is a duration) is no parameter of the URL. */
static bool is_driver_option(const Loader *loader, const char *name)
{
    const KindOptions *kind = kind_find(loader->request->destinations, "postgres");
    for (const OptionDef *def = kind ? kind->options : NULL; def && def->name; def++)
        if (strcmp(def->name, name) == 0)
            return true;
    return false;
}

/* The keys that are libpq's own, as the query of a URL. */
static GString *query_of_map(Loader *loader, const YamlDoc *doc, const YamlNode *map)
{
    GString *query = g_string_new(NULL);
    for (int i = 0; libpq_keys[i]; i++) {
        bool hidden = false;
        const YamlNode *node = yaml_get(map, libpq_keys[i]);
        if (yaml_is_empty(node) || is_driver_option(loader, libpq_keys[i]))
            continue;
        g_autofree char *text = config_text(loader, doc, node, libpq_keys[i], &hidden);
        if (!text)
            continue;
        if (strcmp(libpq_keys[i], "sslpassword") == 0)
            secret_register(text);
        g_string_append_printf(query, "%s%s=", query->len ? "&" : "", libpq_keys[i]);
        g_string_append_uri_escaped(query, text, NULL, FALSE);
    }
    return query;
}

/* `url`, or a PostgreSQL URL made of the parts; NULL with *failed set when neither works. */
static char *url_of_map(Loader *loader, const YamlDoc *doc, const YamlNode *map, bool *failed)
{
    const YamlNode *url = yaml_get(map, "url");
    bool hidden = false;
    char *parts[G_N_ELEMENTS(part_keys)] = {0};
    g_autoptr(GString) query = query_of_map(loader, doc, map);
    bool any = query->len > 0;
    for (int i = 0; part_keys[i]; i++) {
        const YamlNode *node = yaml_get(map, part_keys[i]);
        if (yaml_is_empty(node))
            continue;
        any = true;
        parts[i] = config_text(loader, doc, node, part_keys[i], &hidden);
        *failed = *failed || !parts[i];
    }
    secret_register(parts[4]);
    int64_t port = 0;
    if (parts[1] && !(g_ascii_string_to_signed(parts[1], 10, 1, 65535, &port, NULL))) {
        yaml_problem(doc, yaml_get(map, "port"), "`port` of `destination`: expected an integer from 1 to 65535");
        *failed = true;
    }
    char *result = NULL;
    if (!yaml_is_empty(url) && any) {
        yaml_problem(doc, url, "`destination` has both `url` and its parts, expected one of them");
        *failed = true;
    } else if (!yaml_is_empty(url)) {
        result = config_text(loader, doc, url, "`url` of `destination`", &hidden);
    } else if (parts[0] || parts[2]) {
        PostgresParts given = {parts[0], parts[1], parts[2], parts[3], parts[4], query};
        result = url_build_postgres(&given);
    } else {
        yaml_problem(doc, map, "`destination`: expected `url`, or `host` and `database`");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        g_free(parts[i]);
    *failed = *failed || !result;
    return result;
}

static void report_key(const YamlDoc *doc, const YamlNode *key, const DestinationConfig *destination)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    static const char *const own[] = {"url", "label"};
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        g_ptr_array_add(known, (char *)own[i]);
    for (int i = 0; part_keys[i]; i++)
        g_ptr_array_add(known, (char *)part_keys[i]);
    for (const OptionDef *def = options_defs(destination->options); def && def->name; def++)
        g_ptr_array_add(known, (char *)def->name);
    for (int i = 0; libpq_keys[i]; i++)
        g_ptr_array_add(known, (char *)libpq_keys[i]);
    g_ptr_array_add(known, NULL);
    g_autofree char *hint = suggest_hint(key->text, (const char *const *)known->pdata);
    yaml_problem(doc, key, "unknown key `%s` in `destination`%s", key->text, hint);
}

static void set_option(Loader *loader, const YamlDoc *doc, const YamlPair *pair, DestinationConfig *destination)
{
    bool hidden = false;
    g_autofree char *text = config_text(loader, doc, pair->value, pair->key->text, &hidden);
    Err err = {0};
    bool fine = !text || (hidden ? options_set_hidden(destination->options, pair->key->text, text, &err)
                                 : options_set(destination->options, pair->key->text, text, &err));
    if (!fine)
        yaml_problem(doc, pair->value, "%s", err.message);
}

DestinationConfig *destination_from_node(Loader *loader, const YamlDoc *doc, const YamlNode *node)
{
    Place place = place_of_node(doc, node);
    bool hidden = false;
    if (node->kind != YAML_MAP) {
        g_autofree char *text = config_text(loader, doc, node, "`destination`", &hidden);
        return text ? destination_from_url(loader, text, loader->config->directory, place, "`destination`") : NULL;
    }
    bool failed = false;
    g_autofree char *url = url_of_map(loader, doc, node, &failed);
    if (failed)
        return NULL;
    DestinationConfig *destination = from_url(loader, url, loader->config->directory, place, "`destination`", true);
    if (!destination)
        return NULL;
    for (guint i = 0; i < node->pairs->len; i++) {
        const YamlPair *pair = &g_array_index(node->pairs, YamlPair, i);
        const char *key = pair->key->text;
        if (yaml_is_empty(pair->value) || strcmp(key, "url") == 0 || g_strv_contains(part_keys, key))
            continue;
        if (strcmp(key, "label") == 0)
            destination->label = config_text(loader, doc, pair->value, "`label` of `destination`", &hidden);
        else if (options_known(destination->options, key))
            set_option(loader, doc, pair, destination);
        else if (!g_strv_contains(libpq_keys, key) || strcmp(destination->kind, "postgres") != 0)
            report_key(doc, pair->key, destination);
    }
    return destination;
}
