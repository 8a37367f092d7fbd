/* SPDX-License-Identifier: Apache-2.0 */
/* A mongodump folder: which file, framing, gzip, checkpoints, wide documents, hostile bytes. */
#include "tests/unit/mongo_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <cmocka.h>
#include <zlib.h>

static const char schema[] = "tables:\n"
                             "  things:\n"
                             "    columns:\n"
                             "      - {name: id, sql_type: VARCHAR, primary_key: true}\n"
                             "      - {name: name, sql_type: TEXT}\n"
                             "    explicit_mappings: {_id: id}\n"
                             "  odd:\n"
                             "    mongo_collection: 'a b/\xc3\xa9$'\n"
                             "    columns: [{name: id, sql_type: VARCHAR, primary_key: true}]\n"
                             "    explicit_mappings: {_id: id}\n"
                             "  links:\n"
                             "    mongo_collection: things\n"
                             "    columns:\n"
                             "      - {name: user_id, sql_type: VARCHAR, nullable: false}\n"
                             "      - {name: target_id, sql_type: INTEGER, nullable: false}\n"
                             "      - {name: type, sql_type: VARCHAR(50), nullable: false}\n"
                             "      - {name: created_at, sql_type: TIMESTAMP}\n"
                             "      - {name: updated_at, sql_type: TIMESTAMP}\n"
                             "    unique_constraints: [[user_id, target_id, type]]\n"
                             "    import_strategy: users_targets\n";

typedef struct Folder {
    char *dir;
    char *url;
    Fixture fixture;
} Folder;

static int make(void **state)
{
    Folder *folder = g_new0(Folder, 1);
    folder->dir = fixture_mkdir();
    folder->url = g_strconcat("dump:", folder->dir, NULL);
    *state = folder;
    return 0;
}

static int drop(void **state)
{
    Folder *folder = *state;
    if (folder->fixture.schema)
        fixture_free(&folder->fixture);
    fixture_rmdir(folder->dir);
    g_free(folder->url);
    g_free(folder);
    return 0;
}

static void open_folder(Folder *folder)
{
    Err err;
    fixture_new(&folder->fixture, schema, folder->url, NULL);
    if (!fixture_open(&folder->fixture, &err))
        fail_msg("%s", err.message);
}

static void expect_refusal(Folder *folder, const char *database, ErrCode code, const char *words)
{
    Err err;
    fixture_new(&folder->fixture, schema, folder->url, database);
    assert_false(fixture_open(&folder->fixture, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.message, words))
        fail_msg("`%s` is not in: %s", words, err.message);
}

static const char *const three[] = {"{\"_id\":1,\"name\":\"one\"}", "{\"_id\":2,\"name\":\"two\"}",
                                    "{\"_id\":3,\"name\":\"three\"}", NULL};

static void test_reads_in_file_order(void **state)
{
    Folder *folder = *state;
    fixture_dump(folder->dir, "things.bson", three);
    open_folder(folder);
    g_autofree char *text = fixture_read(&folder->fixture, "things", window_whole());
    assert_string_equal(text, "1: 1|one\n2: 2|two\n3: 3|three\n");
}

static void test_empty_and_missing(void **state)
{
    Folder *folder = *state;
    fixture_dump(folder->dir, "things.bson", (const char *const[]){NULL});
    open_folder(folder);
    g_autofree char *empty = fixture_read(&folder->fixture, "things", window_whole());
    assert_string_equal(empty, "");
    g_autofree char *missing = fixture_read(&folder->fixture, "odd", window_whole());
    assert_string_equal(missing, "missing\n");
}

static void test_escaped_name(void **state)
{
    Folder *folder = *state;
    fixture_dump(folder->dir, "a+b%2F%C3%A9%24.bson", three);
    open_folder(folder);
    g_autofree char *text = fixture_read(&folder->fixture, "odd", window_whole());
    assert_string_equal(text, "1: 1\n2: 2\n3: 3\n");
}

static void test_name_from_metadata(void **state)
{
    static const char metadata[] = "{\"indexes\":[],\"collectionName\":\"a b/\xc3\xa9$\",\"type\":\"collection\"}";
    Folder *folder = *state;
    fixture_dump(folder->dir, "shortened%24hash.bson", three);
    fixture_bytes(folder->dir, "shortened%24hash.metadata.json", metadata, sizeof metadata - 1);
    open_folder(folder);
    g_autofree char *text = fixture_read(&folder->fixture, "odd", window_whole());
    assert_string_equal(text, "1: 1\n2: 2\n3: 3\n");
}

static void refuses_type(Folder *folder, const char *metadata, const char *words)
{
    bool restarted, missing;
    Err err = {0};
    Window window = window_whole();
    fixture_bytes(folder->dir, "things.metadata.json", metadata, strlen(metadata));
    fixture_dump(folder->dir, "other.bson", three);
    open_folder(folder);
    Fixture *fixture = &folder->fixture;
    assert_false(
        fixture->source->ops->start(fixture->source, fixture_stream(fixture, "things"), &window, NULL, &restarted, &missing, &err));
    assert_int_equal(err.code, ERR_SOURCE);
    assert_non_null(strstr(err.message, words));
}

static void test_view_is_refused(void **state)
{
    refuses_type(*state, "{\"type\":\"view\",\"options\":{\"viewOn\":\"x\"}}", "collection things is a view");
}

static void test_time_series_is_refused(void **state)
{
    refuses_type(*state, "{\"type\":\"timeseries\"}", "collection things is a time series");
}

static void test_database_folder(void **state)
{
    Folder *folder = *state;
    g_autofree char *inner = g_build_filename(folder->dir, "wellness", NULL);
    Err err;
    assert_int_equal(mkdir(inner, 0700), 0);
    fixture_dump(inner, "things.bson", three);
    fixture_new(&folder->fixture, schema, folder->url, "wellness");
    assert_true(fixture_open(&folder->fixture, &err));
    g_autofree char *text = fixture_read(&folder->fixture, "things", window_whole());
    assert_string_equal(text, "1: 1|one\n2: 2|two\n3: 3|three\n");
}

static void test_wrong_database_is_refused(void **state)
{
    Folder *folder = *state;
    fixture_dump(folder->dir, "things.bson", three);
    expect_refusal(folder, "typo", ERR_CONFIG, "no such database");
}

static void test_empty_folder_is_refused(void **state)
{
    expect_refusal(*state, NULL, ERR_CONFIG, "no such database");
}

static void test_archive_is_refused(void **state)
{
    Folder *folder = *state;
    fixture_bytes(folder->dir, "dump.archive", "\x6d\xe2\x99\x81rest", 8);
    g_free(folder->url);
    folder->url = g_strconcat("dump:", folder->dir, "/dump.archive", NULL);
    expect_refusal(folder, NULL, ERR_CONFIG, "archive dump: use mongodump --out");
}

static void gzip_member(GByteArray *out, const void *bytes, size_t len)
{
    z_stream stream = {0};
    guint before = out->len;
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    g_byte_array_set_size(out, before + (guint)len + 200);
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)len;
    stream.next_out = out->data + before;
    stream.avail_out = (uInt)(len + 200);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    g_byte_array_set_size(out, before + (guint)stream.total_out);
    deflateEnd(&stream);
}

/* Every document a member of its own; extra bytes behind the last. */
static void gzip_dump(Folder *folder, const char *tail)
{
    g_autoptr(GByteArray) packed = g_byte_array_new();
    for (const char *const *at = three; *at; at++) {
        bson_t *document = bson_new_from_json((const uint8_t *)*at, -1, NULL);
        gzip_member(packed, bson_get_data(document), document->len);
        bson_destroy(document);
    }
    g_byte_array_append(packed, (const guint8 *)tail, (guint)strlen(tail));
    fixture_bytes(folder->dir, "things.bson.gz", packed->data, packed->len);
}

static void test_gzip_of_several_members(void **state)
{
    Folder *folder = *state;
    gzip_dump(folder, "");
    open_folder(folder);
    g_autofree char *text = fixture_read(&folder->fixture, "things", window_whole());
    assert_string_equal(text, "1: 1|one\n2: 2|two\n3: 3|three\n");
}

/* Reads until an end or a failure, batches of at most max rows. */
static ReadStatus read_until(Folder *folder, const char *name, GBytes *checkpoint, int batches, GString *out, GBytes **position,
                             Err *err)
{
    Fixture *fixture = &folder->fixture;
    Stream *stream = (Stream *)fixture_stream(fixture, name);
    Window window = window_whole();
    bool restarted = false, missing = false;
    ReadStatus status = READ_MORE;
    if (!fixture->source->ops->start(fixture->source, stream, &window, checkpoint, &restarted, &missing, err))
        return READ_FAIL;
    if (restarted)
        g_string_append(out, "restarted\n");
    Batch *batch = batch_new(stream);
    for (int i = 0; i < batches && status == READ_MORE; i++) {
        batch_reset(batch, stream);
        status = fixture->source->ops->read(fixture->source, batch, err);
        if (status == READ_FAIL)
            break;
        fixture_print(batch, out);
        if (position && batch->checkpoint) {
            if (*position)
                g_bytes_unref(*position);
            *position = g_bytes_new(batch->checkpoint, batch->checkpoint_len);
        }
    }
    batch_free(batch);
    return status;
}

static void fails_behind(Folder *folder, const char *rows, const char *words)
{
    g_autoptr(GString) out = g_string_new("");
    Err err = {0};
    open_folder(folder);
    assert_int_equal(read_until(folder, "things", NULL, 10, out, NULL, &err), READ_FAIL);
    assert_string_equal(out->str, rows);
    assert_int_equal(err.code, ERR_SOURCE);
    if (!strstr(err.message, words))
        fail_msg("`%s` is not in: %s", words, err.message);
}

static void test_damaged_gzip_tail(void **state)
{
    gzip_dump(*state, "garbage that is no gzip member");
    fails_behind(*state, "1: 1|one\n2: 2|two\n3: 3|three\n", "incorrect header check");
}

static void test_truncated_document(void **state)
{
    Folder *folder = *state;
    fixture_dump(folder->dir, "things.bson", three);
    fixture_bytes(folder->dir, "things.bson", "\x20\0\0\0\x02half", 9);
    fails_behind(folder, "1: 1|one\n2: 2|two\n3: 3|three\n",
                 "things.bson: at byte 86 (document 4): the file ends inside a document");
}

static void test_insane_length(void **state)
{
    Folder *folder = *state;
    fixture_dump(folder->dir, "things.bson", three);
    fixture_bytes(folder->dir, "things.bson", "\xff\xff\xff\x7f\x02", 5);
    fails_behind(folder, "1: 1|one\n2: 2|two\n3: 3|three\n", "found a length of 2147483647");
}

/* The framing inside one document is broken: that one is a reject, the next is read. */
static void test_corrupt_document(void **state)
{
    static const char corrupt[] = "\x12\0\0\0\x02n\0\xff\0\0\0abcde\0\0"; /* a text of 255 bytes in 18 */
    Folder *folder = *state;
    fixture_dump(folder->dir, "things.bson", (const char *const[]){three[0], NULL});
    fixture_bytes(folder->dir, "things.bson", corrupt, 18);
    fixture_dump(folder->dir, "things.bson", three + 1);
    open_folder(folder);
    g_autofree char *text = fixture_read(&folder->fixture, "things", window_whole());
    assert_string_equal(text, "1: 1|one\n2: 2|two\n3: 3|three\n! wrong type - #2@28 {}\n");
}

static void set_batch_size(Folder *folder, const char *name, int rows)
{
    ((Stream *)fixture_stream(&folder->fixture, name))->settings.batch_size = rows;
}

static void test_resume(void **state)
{
    Folder *folder = *state;
    g_autoptr(GString) first = g_string_new(""), rest = g_string_new("");
    GBytes *position = NULL;
    Err err = {0};
    fixture_dump(folder->dir, "things.bson", three);
    open_folder(folder);
    set_batch_size(folder, "things", 1);
    read_until(folder, "things", NULL, 2, first, &position, &err);
    assert_string_equal(first->str, "1: 1|one\n2: 2|two\n");
    assert_int_equal(read_until(folder, "things", position, 10, rest, NULL, &err), READ_END);
    assert_string_equal(rest->str, "3: 3|three\n");
    g_bytes_unref(position);
}

static void test_resume_gzip(void **state)
{
    Folder *folder = *state;
    g_autoptr(GString) first = g_string_new(""), rest = g_string_new("");
    GBytes *position = NULL;
    Err err = {0};
    gzip_dump(folder, "");
    open_folder(folder);
    set_batch_size(folder, "things", 1);
    read_until(folder, "things", NULL, 1, first, &position, &err);
    assert_int_equal(read_until(folder, "things", position, 10, rest, NULL, &err), READ_END);
    assert_string_equal(rest->str, "2: 2|two\n3: 3|three\n");
    g_bytes_unref(position);
}

static void test_another_file_starts_over(void **state)
{
    Folder *folder = *state;
    g_autoptr(GString) first = g_string_new(""), rest = g_string_new("");
    GBytes *position = NULL;
    Err err = {0};
    fixture_dump(folder->dir, "things.bson", three);
    open_folder(folder);
    set_batch_size(folder, "things", 1);
    read_until(folder, "things", NULL, 2, first, &position, &err);
    fixture_dump(folder->dir, "things.bson", (const char *const[]){"{\"_id\":4,\"name\":\"four\"}", NULL});
    assert_int_equal(read_until(folder, "things", position, 10, rest, NULL, &err), READ_END);
    assert_string_equal(rest->str, "restarted\n1: 1|one\n2: 2|two\n3: 3|three\n4: 4|four\n");
    g_bytes_unref(position);
}

/* A parent with more items than a batch holds; its window can only be resumed at its beginning. */
static void test_wide_document(void **state)
{
    static const char *const documents[] = {"{\"_id\":1,\"targets\":[1]}", "{\"_id\":2,\"targets\":[1,2,3,2,4,5]}",
                                            "{\"_id\":3,\"targets\":[1]}", NULL};
    Folder *folder = *state;
    g_autoptr(GString) first = g_string_new(""), rest = g_string_new("");
    GBytes *position = NULL;
    Err err = {0};
    fixture_dump(folder->dir, "things.bson", documents);
    open_folder(folder);
    set_batch_size(folder, "links", 2);
    read_until(folder, "links", NULL, 3, first, &position, &err);
    assert_string_equal(first->str, "> 1\n1/1/basic: 1|1|basic|~|~\n"
                                    "> 2 …\n2/1/basic: 2|1|basic|~|~\n2/2/basic: 2|2|basic|~|~\n"
                                    "> 2 …\n2/3/basic: 2|3|basic|~|~\n2/4/basic: 2|4|basic|~|~\n");
    assert_int_equal(read_until(folder, "links", position, 10, rest, NULL, &err), READ_END);
    assert_string_equal(rest->str, "> 2 …\n2/1/basic: 2|1|basic|~|~\n2/2/basic: 2|2|basic|~|~\n"
                                   "> 2 …\n2/3/basic: 2|3|basic|~|~\n2/4/basic: 2|4|basic|~|~\n"
                                   "> 2\n> 3\n2/5/basic: 2|5|basic|~|~\n3/1/basic: 3|1|basic|~|~\n");
    g_bytes_unref(position);
}

static void test_clock_is_the_oldest_time(void **state)
{
    Folder *folder = *state;
    Fixture *fixture = &folder->fixture;
    Window window = window_whole();
    bool restarted, missing;
    Err err = {0};
    g_autofree char *prelude = g_build_filename(folder->dir, "prelude.json", NULL);
    struct timeval times[2] = {{.tv_sec = 1600000000}, {.tv_sec = 1600000000, .tv_usec = 250000}};
    fixture_dump(folder->dir, "things.bson", three);
    fixture_bytes(folder->dir, "prelude.json", "{}", 2);
    assert_int_equal(utimes(prelude, times), 0);
    open_folder(folder);
    assert_true(
        fixture->source->ops->start(fixture->source, fixture_stream(fixture, "things"), &window, NULL, &restarted, &missing, &err));
    assert_int_equal(window.clock, INT64_C(1600000000250000));
}

static void test_lookup(void **state)
{
    Folder *folder = *state;
    Fixture *fixture = &folder->fixture;
    Err err = {0};
    g_autoptr(GString) out = g_string_new("");
    fixture_dump(folder->dir, "things.bson", three);
    open_folder(folder);
    const Stream *stream = fixture_stream(fixture, "things");
    Batch *batch = batch_new(stream);
    assert_true(fixture->source->ops->lookup(fixture->source, stream, "2", batch, &err));
    fixture_print(batch, out);
    assert_string_equal(out->str, "2: 2|two\n");
    batch_reset(batch, stream);
    assert_true(fixture->source->ops->lookup(fixture->source, stream, "\"2\"", batch, &err));
    assert_int_equal(batch->row_count, 0);
    batch_free(batch);
}

static void test_count(void **state)
{
    Folder *folder = *state;
    Fixture *fixture = &folder->fixture;
    Window window = window_whole();
    int64_t rows = 0;
    Err err = {0};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    bson_t *document = bson_new_from_json((const uint8_t *)three[0], -1, NULL);
    for (int i = 0; i < 100000; i++)
        g_byte_array_append(bytes, bson_get_data(document), document->len);
    bson_destroy(document);
    fixture_bytes(folder->dir, "things.bson", bytes->data, bytes->len);
    open_folder(folder);
    assert_true(fixture->source->ops->count(fixture->source, fixture_stream(fixture, "things"), &window, &rows, &err));
    assert_in_range(rows, 99900, 100100);
}

/* A document near the server's limit goes through alone, and a text of 1 MiB is whole. */
static void test_large_document(void **state)
{
    Folder *folder = *state;
    bson_t *document = bson_new();
    g_autofree char *text = g_strnfill(1024 * 1024, 'x');
    g_autofree uint8_t *ballast = g_malloc0(15 * 1024 * 1024);
    BSON_APPEND_INT32(document, "_id", 1);
    BSON_APPEND_UTF8(document, "name", text);
    bson_append_binary(document, "unmapped", -1, BSON_SUBTYPE_BINARY, ballast, 14 * 1024 * 1024);
    fixture_bytes(folder->dir, "things.bson", bson_get_data(document), document->len);
    bson_destroy(document);
    fixture_dump(folder->dir, "things.bson", three + 1);
    open_folder(folder);
    g_autofree char *found = fixture_read(&folder->fixture, "things", window_whole());
    g_autofree char *expected = g_strdup_printf("1: 1|%s\n2: 2|two\n3: 3|three\n", text);
    assert_true(strcmp(found, expected) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_in_file_order, make, drop),
        cmocka_unit_test_setup_teardown(test_empty_and_missing, make, drop),
        cmocka_unit_test_setup_teardown(test_escaped_name, make, drop),
        cmocka_unit_test_setup_teardown(test_name_from_metadata, make, drop),
        cmocka_unit_test_setup_teardown(test_view_is_refused, make, drop),
        cmocka_unit_test_setup_teardown(test_time_series_is_refused, make, drop),
        cmocka_unit_test_setup_teardown(test_database_folder, make, drop),
        cmocka_unit_test_setup_teardown(test_wrong_database_is_refused, make, drop),
        cmocka_unit_test_setup_teardown(test_empty_folder_is_refused, make, drop),
        cmocka_unit_test_setup_teardown(test_archive_is_refused, make, drop),
        cmocka_unit_test_setup_teardown(test_gzip_of_several_members, make, drop),
        cmocka_unit_test_setup_teardown(test_damaged_gzip_tail, make, drop),
        cmocka_unit_test_setup_teardown(test_truncated_document, make, drop),
        cmocka_unit_test_setup_teardown(test_insane_length, make, drop),
        cmocka_unit_test_setup_teardown(test_corrupt_document, make, drop),
        cmocka_unit_test_setup_teardown(test_resume, make, drop),
        cmocka_unit_test_setup_teardown(test_resume_gzip, make, drop),
        cmocka_unit_test_setup_teardown(test_another_file_starts_over, make, drop),
        cmocka_unit_test_setup_teardown(test_wide_document, make, drop),
        cmocka_unit_test_setup_teardown(test_clock_is_the_oldest_time, make, drop),
        cmocka_unit_test_setup_teardown(test_lookup, make, drop),
        cmocka_unit_test_setup_teardown(test_count, make, drop),
        cmocka_unit_test_setup_teardown(test_large_document, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
