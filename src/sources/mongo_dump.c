/* SPDX-License-Identifier: Apache-2.0 */
/* The dump backend: documents in file order; a checkpoint is the file's identity and a byte offset. */
#include <bson/bson.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "sources/bson_row.h"
#include "sources/bson_value.h"
#include "sources/dump_file.h"
#include "sources/dump_folder.h"
#include "sources/mongo_backend.h"
#include "sources/mongo_spec.h"

enum {
    DOCUMENT_MIN = 5,
    DOCUMENT_MAX = 16 * 1024 * 1024 + 16 * 1024, /* the server's own documents may pass 16 MiB by so much */
    HEAD_BYTES = 64 * 1024,
    PASS_BYTES = 16 * 1024 * 1024, /* read() comes back after so much, so that a window far ahead is no silence */
    SAMPLE_BYTES = 1024 * 1024
};

typedef struct Dump {
    char *folder;
    atomic_bool stop;
    /* the window being read */
    const Stream *stream;
    char *name; /* of the file, for messages */
    DumpFile *file;
    BsonRows *rows;
    char identity[128];
    int64_t ordinal; /* documents behind the present offset */
    bool pending;    /* the document at the present offset is partly delivered */
} Dump;

static Dump *self(const Source *source)
{
    return source->private_data;
}

static bool dump_open(Source *source, Err *err)
{
    const char *dir = mongo_url(source) + strlen("dump:");
    self(source)->folder = dump_folder_open(dir, mongo_database(source), err);
    return self(source)->folder != NULL;
}

static void end_window(Dump *dump)
{
    dump_file_close(dump->file);
    bson_rows_free(dump->rows);
    g_clear_pointer(&dump->name, g_free);
    dump->file = NULL;
    dump->rows = NULL;
    dump->pending = false;
}

/* Size, modification time and a hash of the first bytes: what a copy that keeps its times keeps, and another dump has not. */
static bool identify(Dump *dump, const char *path, Err *err)
{
    struct stat info;
    g_autofree guchar *head = g_malloc(HEAD_BYTES);
    FILE *file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &info) != 0) {
        if (file)
            fclose(file);
        return err_set(err, ERR_SOURCE, "%s: %s", path, g_strerror(errno));
    }
    size_t got = fread(head, 1, HEAD_BYTES, file);
    fclose(file);
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, head, got);
    g_snprintf(dump->identity, sizeof dump->identity, "%" PRId64 ".%" PRId64 ".%09ld.%.40s", (int64_t)info.st_size,
               (int64_t)info.st_mtim.tv_sec, info.st_mtim.tv_nsec, sum);
    return true;
}

/* "dump1 IDENTITY OFFSET ORDINAL" */
static void set_checkpoint(Dump *dump, Batch *batch)
{
    char text[200];
    int len =
        g_snprintf(text, sizeof text, "dump1 %s %" PRId64 " %" PRId64, dump->identity, dump_file_offset(dump->file), dump->ordinal);
    batch_set_checkpoint(batch, text, (size_t)len);
}

static bool parse_checkpoint(const Dump *dump, GBytes *checkpoint, int64_t *offset, int64_t *ordinal)
{
    gsize len = 0;
    const char *bytes = g_bytes_get_data(checkpoint, &len);
    g_autofree char *text = g_strndup(bytes, len);
    g_auto(GStrv) parts = g_strsplit(text, " ", 5);
    if (g_strv_length(parts) != 4 || strcmp(parts[0], "dump1") != 0 || strcmp(parts[1], dump->identity) != 0)
        return false;
    *offset = g_ascii_strtoll(parts[2], NULL, 10);
    *ordinal = g_ascii_strtoll(parts[3], NULL, 10);
    return *offset >= 0 && *ordinal >= 0;
}

static bool find(Dump *dump, const Stream *stream, DumpCollection *files, Err *err)
{
    const MongoSpec *spec = stream->spec;
    return dump_folder_find(dump->folder, spec->collection, files, err);
}

static bool begin(Dump *dump, const Stream *stream, const char *path, const Window *window, Err *err)
{
    end_window(dump);
    dump->stream = stream;
    dump->ordinal = 0;
    dump->name = g_path_get_basename(path);
    dump->file = dump_file_open(path, err);
    dump->rows = bson_rows_new(stream, window);
    return dump->file && identify(dump, path, err);
}

static bool start_file(Dump *dump, const Stream *stream, const DumpCollection *files, Window *window, GBytes *checkpoint,
                       bool *restarted, Err *err)
{
    int64_t offset = 0, ordinal = 0;
    if (window->clock == TIME_NONE && !dump_folder_clock(dump->folder, files, &window->clock, err))
        return false;
    if (!begin(dump, stream, files->data, window, err))
        return false;
    if (!checkpoint)
        return true;
    if (!parse_checkpoint(dump, checkpoint, &offset, &ordinal)) {
        *restarted = true;
        return dump_folder_clock(dump->folder, files, &window->clock, err);
    }
    dump->ordinal = ordinal;
    return dump_file_seek(dump->file, offset, err);
}

static bool dump_start(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing,
                       Err *err)
{
    Dump *dump = self(source);
    DumpCollection files;
    end_window(dump);
    *restarted = *missing = false;
    if (!find(dump, stream, &files, err))
        return false;
    *missing = !files.data;
    bool good = *missing || start_file(dump, stream, &files, window, checkpoint, restarted, err);
    dump_collection_clear(&files);
    return good;
}

static bool framing_error(const Dump *dump, Err *err, const char *what)
{
    err_set(err, ERR_SOURCE, "%s: at byte %" PRId64 " (document %" PRId64 "): %s", dump->name, dump_file_offset(dump->file),
            dump->ordinal + 1, what);
    return err_hint(err, "the documents before it are read; make the dump again, or cut the file at that byte");
}

/* The next document's bytes; *len 0 at the clean end of the file. */
static bool next_document(Dump *dump, const uint8_t **bytes, uint32_t *len, Err *err)
{
    size_t have = 0;
    uint32_t size = 0;
    char what[128];
    *len = 0;
    if (!dump_file_peek(dump->file, sizeof size, bytes, &have, err))
        return err_context(err, "behind byte %" PRId64, dump_file_offset(dump->file));
    if (have == 0)
        return true;
    if (have < sizeof size)
        return framing_error(dump, err, "the file ends inside a document");
    memcpy(&size, *bytes, sizeof size);
    size = GUINT32_FROM_LE(size);
    if (size < DOCUMENT_MIN || size > DOCUMENT_MAX) {
        g_snprintf(what, sizeof what, "expected a document of %d to %d bytes, found a length of %u", DOCUMENT_MIN, DOCUMENT_MAX,
                   size);
        return framing_error(dump, err, what);
    }
    if (!dump_file_peek(dump->file, size, bytes, &have, err))
        return err_context(err, "behind byte %" PRId64, dump_file_offset(dump->file));
    if (have < size)
        return framing_error(dump, err, "the file ends inside a document");
    *len = size;
    return true;
}

static void pass_document(Dump *dump, uint32_t len)
{
    dump_file_skip(dump->file, len);
    dump->ordinal++;
}

/* Goes on with the array items of a document that did not fit into the last batch. */
static bool read_pending(Dump *dump, Batch *batch, Err *err)
{
    const uint8_t *bytes = NULL;
    uint32_t len = 0;
    if (bson_rows_continue(dump->rows, batch) == ROWS_PENDING)
        return true;
    dump->pending = false;
    if (!next_document(dump, &bytes, &len, err))
        return false;
    pass_document(dump, len);
    return true;
}

static ReadStatus read_documents(Dump *dump, Batch *batch, Err *err)
{
    int64_t limit = dump_file_offset(dump->file) + PASS_BYTES;
    while (!batch_full(batch, dump->stream->settings.batch_size) && dump_file_offset(dump->file) < limit) {
        const uint8_t *bytes = NULL;
        uint32_t len = 0;
        if (atomic_load_explicit(&dump->stop, memory_order_relaxed)) {
            err_set(err, ERR_CANCELLED, "reading %s was stopped", dump->name);
            return READ_FAIL;
        }
        if (!next_document(dump, &bytes, &len, err))
            return batch->read > 0 || batch->scope_count > 0 ? READ_MORE : READ_FAIL;
        if (len == 0)
            return READ_END;
        DocumentPlace place = {.ordinal = dump->ordinal + 1, .offset = dump_file_offset(dump->file)};
        RowsStatus status = bson_rows_add(dump->rows, bytes, len, place, batch);
        if (status == ROWS_FULL)
            return READ_MORE;
        if (status == ROWS_PENDING) {
            dump->pending = true;
            return READ_MORE;
        }
        pass_document(dump, len);
    }
    return READ_MORE;
}

static ReadStatus dump_read(Source *source, Batch *batch, Err *err)
{
    Dump *dump = self(source);
    if (!dump->file)
        return READ_END; /* the collection is missing: the window is empty */
    ReadStatus status = READ_MORE;
    if (dump->pending && !read_pending(dump, batch, err))
        return READ_FAIL;
    if (!dump->pending)
        status = read_documents(dump, batch, err);
    if (status != READ_FAIL)
        set_checkpoint(dump, batch);
    return status;
}

static void dump_interrupt(Source *source)
{
    atomic_store(&self(source)->stop, true);
}

static void dump_close(Source *source)
{
    end_window(self(source));
    g_free(self(source)->folder);
}

/* From the documents in the first part of the file. */
static bool estimate(const char *path, int64_t *rows, Err *err)
{
    struct stat info;
    const uint8_t *bytes = NULL;
    size_t have = 0, at = 0;
    DumpFile *file = dump_file_open(path, err);
    if (!file)
        return false;
    bool good = dump_file_peek(file, SAMPLE_BYTES, &bytes, &have, err) && stat(path, &info) == 0;
    int64_t packed = dump_file_packed(file), documents = 0;
    while (good && at + DOCUMENT_MIN <= have) {
        uint32_t size = 0;
        memcpy(&size, bytes + at, sizeof size);
        size = GUINT32_FROM_LE(size);
        if (size < DOCUMENT_MIN || size > have - at)
            break;
        at += size;
        documents++;
    }
    if (good && have < SAMPLE_BYTES)
        *rows = documents;
    else if (good && at > 0 && packed > 0)
        *rows = (int64_t)((double)documents * ((double)have / (double)at) * ((double)info.st_size / (double)packed));
    dump_file_close(file);
    return good;
}

static bool dump_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err)
{
    DumpCollection files;
    *rows = -1;
    if (window->kind != WINDOW_WHOLE) /* only reading the file would tell */
        return true;
    if (!find(self(source), stream, &files, err))
        return false;
    bool good = true;
    if (files.data)
        good = estimate(files.data, rows, err);
    else
        *rows = 0;
    dump_collection_clear(&files);
    return good;
}

static bool dump_check(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err)
{
    Dump *dump = self(source);
    (void)err;
    g_autofree char *version = dump_folder_server(dump->folder);
    g_autofree char *from = version ? g_strdup_printf("%s, of MongoDB %s", dump->folder, version) : g_strdup(dump->folder);
    g_ptr_array_add(lines, check_line_new(true, "dump folder", from, NULL));
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; streams && i < streams->len; i++) {
        const MongoSpec *spec = ((const Stream *)g_ptr_array_index(streams, i))->spec;
        DumpCollection files;
        Err why = {0};
        if (!g_hash_table_add(seen, spec->collection))
            continue;
        g_autofree char *what = g_strdup_printf("collection %s", spec->collection);
        if (!dump_folder_find(dump->folder, spec->collection, &files, &why))
            g_ptr_array_add(lines, check_line_new(false, what, why.message, why.hint));
        else if (!files.data)
            g_ptr_array_add(lines, check_line_new(false, what, "missing", "the dump has no file for it"));
        dump_collection_clear(&files);
    }
    return true;
}

static bool dump_discover(Source *source, GPtrArray *out, Err *err)
{
    (void)err;
    dump_folder_list(self(source)->folder, out);
    return true;
}

static bool has_key(const uint8_t *bytes, uint32_t len, const char *key, size_t key_len)
{
    bson_iter_t id;
    if (!bson_path_find(bytes, len, "_id", &id))
        return false;
    g_autoptr(GString) text = g_string_new("");
    bson_key_text(&id, text);
    return text->len == key_len && memcmp(text->str, key, key_len) == 0;
}

/* A document without identity was rejected under its place: "#ordinal@offset". */
static bool lookup_place(Dump *dump, const char *key, Batch *batch, Err *err)
{
    const uint8_t *bytes = NULL;
    uint32_t len = 0;
    const char *at = strchr(key, '@');
    int64_t offset = at ? g_ascii_strtoll(at + 1, NULL, 10) : -1;
    if (offset < 0 || !dump_file_seek(dump->file, offset, err) || !next_document(dump, &bytes, &len, err))
        return offset < 0;
    DocumentPlace place = {.ordinal = g_ascii_strtoll(key + 1, NULL, 10), .offset = offset};
    if (len > 0)
        bson_rows_add(dump->rows, bytes, len, place, batch);
    return true;
}

static bool lookup_id(Dump *dump, const char *key, Batch *batch, Err *err)
{
    size_t key_len = mongo_document_key(key);
    for (;;) {
        const uint8_t *bytes = NULL;
        uint32_t len = 0;
        if (atomic_load(&dump->stop))
            return err_set(err, ERR_CANCELLED, "reading %s was stopped", dump->name);
        if (!next_document(dump, &bytes, &len, err))
            return false;
        if (len == 0)
            return true;
        DocumentPlace place = {.ordinal = dump->ordinal + 1, .offset = dump_file_offset(dump->file)};
        if (has_key(bytes, len, key, key_len)) {
            bson_rows_add(dump->rows, bytes, len, place, batch);
            return true;
        }
        pass_document(dump, len);
    }
}

static bool dump_lookup(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err)
{
    Dump *dump = self(source);
    DumpCollection files;
    Window whole = {.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE};
    if (!find(dump, stream, &files, err))
        return false;
    bool good = true;
    if (files.data) {
        good = begin(dump, stream, files.data, &whole, err) &&
               (key[0] == '#' ? lookup_place(dump, key, batch, err) : lookup_id(dump, key, batch, err));
        end_window(dump);
    }
    dump_collection_clear(&files);
    return good;
}

/* Of the whole folder: an older clock only reads again. A collection that is no documents has no say. */
static bool dump_clock(Source *source, int64_t *now, Err *err)
{
    const Dump *dump = self(source);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    dump_folder_list(dump->folder, names);
    bool good = true;
    *now = TIME_NONE;
    for (guint i = 0; good && i < names->len; i++) {
        DumpCollection files;
        int64_t at;
        if (!dump_folder_find(dump->folder, names->pdata[i], &files, NULL))
            continue;
        good = !files.data || dump_folder_clock(dump->folder, &files, &at, err);
        if (good && files.data)
            *now = *now == TIME_NONE ? at : MIN(*now, at);
        dump_collection_clear(&files);
    }
    return good;
}

const SourceOps mongo_dump_backend = {
    .kind = "dump",
    .size = sizeof(Dump),
    .open = dump_open,
    .start = dump_start,
    .read = dump_read,
    .interrupt = dump_interrupt,
    .close = dump_close,
    .clock = dump_clock,
    .count = dump_count,
    .check = dump_check,
    .discover = dump_discover,
    .lookup = dump_lookup,
};
