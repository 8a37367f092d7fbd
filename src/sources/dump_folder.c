/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/dump_folder.h"

#include <bson/bson.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "model/time.h"

enum {
    LONG_NAME = 238, /* mongodump shortens escaped names beyond this … */
    LONG_HEAD = 208, /* … to so many bytes, %24 and a hash */
    METADATA_MAX = 4 * 1024 * 1024
};

static const char archive_magic[4] = {0x6d, (char)0xe2, (char)0x99, (char)0x81};

static bool is_archive(const char *path)
{
    char head[4] = {0};
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    if (!file)
        return false;
    int got = gzread(file, head, sizeof head);
    gzclose(file);
    return got == (int)sizeof head && memcmp(head, archive_magic, sizeof head) == 0;
}

static bool has_collections(const char *dir)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    dump_folder_list(dir, names);
    return names->len > 0;
}

/* "wellness, shop": the folders in dir that look like databases. */
static char *databases_in(const char *dir)
{
    GString *out = g_string_new("");
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;
    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR) && has_collections(path))
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", name);
    }
    return g_string_free(out, FALSE);
}

static bool no_database(const char *dir, const char *database, Err *err)
{
    g_autofree char *there = databases_in(dir);
    if (database)
        err_set(err, ERR_CONFIG, "no such database: %s has no folder `%s`", dir, database);
    else
        err_set(err, ERR_CONFIG, "no such database: %s holds no collection (*.bson)", dir);
    if (*there)
        return err_hint(err, "the folder has these databases: %s; name one with `database`", there);
    if (database && has_collections(dir))
        return err_hint(err, "the folder itself holds collections: leave `database` out to read them");
    return err_hint(err, "give the folder that mongodump --out wrote for the database");
}

static bool named_so(const char *dir, const char *database)
{
    g_autofree char *full = g_canonicalize_filename(dir, NULL);
    g_autofree char *base = g_path_get_basename(full);
    return strcmp(base, database) == 0;
}

char *dump_folder_open(const char *dir, const char *database, Err *err)
{
    struct stat info;
    if (stat(dir, &info) != 0) {
        err_set(err, ERR_CONFIG, "no such database: dump folder %s: %s", dir, g_strerror(errno));
        return NULL;
    }
    if (!S_ISDIR(info.st_mode)) {
        if (is_archive(dir))
            err_set(err, ERR_CONFIG, "%s is an archive dump: use mongodump --out", dir);
        else
            err_set(err, ERR_CONFIG, "%s is not a folder: expected one that mongodump --out wrote", dir);
        return NULL;
    }
    if (database && *database) {
        bool plain = !strchr(database, '/') && strcmp(database, ".") != 0 && strcmp(database, "..") != 0;
        g_autofree char *inside = g_build_filename(dir, database, NULL);
        if (plain && g_file_test(inside, G_FILE_TEST_IS_DIR))
            return has_collections(inside) ? g_steal_pointer(&inside) : (no_database(inside, NULL, err), NULL);
        if (!named_so(dir, database)) {
            no_database(dir, database, err);
            return NULL;
        }
    }
    if (has_collections(dir))
        return g_strdup(dir);
    no_database(dir, NULL, err);
    return NULL;
}

/* Escapes as the tool does (Go's url.QueryEscape). */
static char *escape(const char *name)
{
    GString *out = g_string_new("");
    for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
        if (g_ascii_isalnum(*c) || strchr("-_.~", *c))
            g_string_append_c(out, (char)*c);
        else if (*c == ' ')
            g_string_append_c(out, '+');
        else
            g_string_append_printf(out, "%%%02X", *c);
    }
    return g_string_free(out, FALSE);
}

static char *unescape(const char *file, size_t len)
{
    GString *out = g_string_new("");
    for (size_t i = 0; i < len; i++) {
        if (file[i] == '%' && i + 2 < len && g_ascii_isxdigit(file[i + 1]) && g_ascii_isxdigit(file[i + 2])) {
            g_string_append_c(out, (char)(g_ascii_xdigit_value(file[i + 1]) * 16 + g_ascii_xdigit_value(file[i + 2])));
            i += 2;
        } else {
            g_string_append_c(out, file[i] == '+' ? ' ' : file[i]);
        }
    }
    return g_string_free(out, FALSE);
}

static char *shortened(const char *escaped, const char *name)
{
    if (strlen(escaped) <= LONG_NAME)
        return g_strdup(escaped);
    guint8 digest[20];
    gsize len = sizeof digest;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sum, (const guchar *)name, -1);
    g_checksum_get_digest(sum, digest, &len);
    g_checksum_free(sum);
    g_autofree char *base64 = g_base64_encode(digest, len);
    g_strdelimit(base64, "+", '-');
    g_strdelimit(base64, "/", '_');
    return g_strdup_printf("%.*s%%24%s", LONG_HEAD, escaped, base64);
}

static char *existing(const char *folder, const char *stem, const char *suffix)
{
    g_autofree char *plain = g_strdup_printf("%s/%s%s", folder, stem, suffix);
    if (g_file_test(plain, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&plain);
    g_autofree char *packed = g_strconcat(plain, ".gz", NULL);
    return g_file_test(packed, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&packed) : NULL;
}

/* A small JSON file, packed or not, as BSON; NULL when it is not there or no JSON. */
static bson_t *read_json(const char *path)
{
    gzFile file = path ? gzopen(path, "rb") : NULL;
    if (!file)
        return NULL;
    g_autofree char *text = g_malloc(METADATA_MAX);
    int got = gzread(file, text, METADATA_MAX);
    gzclose(file);
    bson_error_t error;
    return got > 0 ? bson_new_from_json((const uint8_t *)text, got, &error) : NULL;
}

static char *json_text_at(const bson_t *json, const char *path)
{
    bson_iter_t iter, found;
    if (json && bson_iter_init(&iter, json) && bson_iter_find_descendant(&iter, path, &found) && BSON_ITER_HOLDS_UTF8(&found))
        return g_strdup(bson_iter_utf8(&found, NULL));
    return NULL;
}

static bool json_has(const bson_t *json, const char *path)
{
    bson_iter_t iter, found;
    return json && bson_iter_init(&iter, json) && bson_iter_find_descendant(&iter, path, &found);
}

static bool set_stem(const char *folder, const char *stem, DumpCollection *out)
{
    dump_collection_clear(out);
    out->data = existing(folder, stem, ".bson");
    out->metadata = existing(folder, stem, ".metadata.json");
    return out->data || out->metadata;
}

/* The stem of a metadata file's name, or NULL. */
static char *metadata_stem(const char *name)
{
    static const char *const suffixes[] = {".metadata.json", ".metadata.json.gz"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
        if (g_str_has_suffix(name, suffixes[i]))
            return g_strndup(name, strlen(name) - strlen(suffixes[i]));
    return NULL;
}

/* Names that no rule explains are told by the metadata alone. */
static bool find_by_metadata(const char *folder, const char *collection, DumpCollection *out)
{
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *name;
    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *stem = metadata_stem(name);
        g_autofree char *path = stem ? g_build_filename(folder, name, NULL) : NULL;
        bson_t *json = read_json(path);
        g_autofree char *real = json_text_at(json, "collectionName");
        if (json)
            bson_destroy(json);
        if (real && strcmp(real, collection) == 0)
            return set_stem(folder, stem, out);
    }
    return false;
}

static bool find_files(const char *folder, const char *collection, DumpCollection *out)
{
    g_autofree char *escaped = escape(collection);
    g_autofree char *stem = shortened(escaped, collection);
    if (set_stem(folder, stem, out))
        return true;
    bool plain = !strchr(collection, '/') && collection[0] != '.'; /* tools before 4.2 escaped less */
    return (plain && set_stem(folder, collection, out)) || find_by_metadata(folder, collection, out);
}

bool dump_folder_find(const char *folder, const char *collection, DumpCollection *out, Err *err)
{
    *out = (DumpCollection){0};
    g_autofree char *buckets = g_strconcat("system.buckets.", collection, NULL);
    g_autofree char *buckets_escaped = escape(buckets);
    g_autofree char *buckets_file = existing(folder, buckets_escaped, ".bson");
    bool there = find_files(folder, collection, out);
    bson_t *json = there ? read_json(out->metadata) : NULL;
    g_autofree char *type = json_text_at(json, "type");
    bool series = buckets_file || g_strcmp0(type, "timeseries") == 0 || json_has(json, "options.timeseries");
    bool view = !out->data && (g_strcmp0(type, "view") == 0 || json_has(json, "options.viewOn"));
    if (json)
        bson_destroy(json);
    if (!series && !view)
        return true;
    dump_collection_clear(out);
    err_set(err, ERR_SOURCE,
            series ? "collection %s is a time series: its dump holds the server's packed buckets, not its documents"
                   : "collection %s is a view: its dump holds no documents",
            collection);
    return err_hint(err,
                    series ? "read it from the live server" : "read it from the live server, or dump it with --viewsAsCollections");
}

void dump_collection_clear(DumpCollection *collection)
{
    g_clear_pointer(&collection->data, g_free);
    g_clear_pointer(&collection->metadata, g_free);
}

void dump_folder_list(const char *folder, GPtrArray *out)
{
    static const char *const suffixes[] = {".bson", ".bson.gz"};
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *name;
    while (listing && (name = g_dir_read_name(listing)))
        for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
            if (g_str_has_suffix(name, suffixes[i]) && !g_str_has_prefix(name, "oplog.") && !g_str_has_prefix(name, "system."))
                g_ptr_array_add(out, unescape(name, strlen(name) - strlen(suffixes[i])));
}

static bool older(const char *path, int64_t *us)
{
    struct stat info;
    if (!path || stat(path, &info) != 0)
        return false;
    int64_t at = (int64_t)info.st_mtim.tv_sec * US_PER_SECOND + info.st_mtim.tv_nsec / 1000;
    *us = MIN(*us, at);
    return true;
}

static char *prelude(const char *folder)
{
    char *found = existing(folder, "prelude", ".json");
    g_autofree char *above = g_build_filename(folder, "..", NULL);
    return found ? found : existing(above, "prelude", ".json");
}

bool dump_folder_clock(const char *folder, const DumpCollection *collection, int64_t *us, Err *err)
{
    g_autofree char *head = prelude(folder);
    *us = INT64_MAX;
    if (!older(collection->data, us))
        return err_set(err, ERR_SOURCE, "%s: %s", collection->data, g_strerror(errno));
    older(collection->metadata, us);
    older(head, us);
    return true;
}

char *dump_folder_server(const char *folder)
{
    g_autofree char *path = prelude(folder);
    bson_t *json = read_json(path);
    char *version = json_text_at(json, "ServerVersion");
    if (json)
        bson_destroy(json);
    return version;
}
