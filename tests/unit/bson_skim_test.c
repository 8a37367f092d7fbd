/* SPDX-License-Identifier: Apache-2.0 */
/* The short cut for documents outside the window: whatever it says, the full path says too. */
#include "tests/unit/mongo_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sources/bson_row_parts.h"

#define COLUMNS                                                                                                                    \
    "    columns:\n"                                                                                                               \
    "      - {name: id, sql_type: VARCHAR, primary_key: true}\n"                                                                   \
    "      - {name: name, sql_type: TEXT}\n"                                                                                       \
    "    explicit_mappings: {_id: id}\n"

static const char schema[] = "tables:\n"
                             "  both:\n"
                             "    mongo_collection: things\n" COLUMNS "  one:\n"
                             "    mongo_collection: things\n"
                             "    cursor: [update_date]\n" COLUMNS "  dotted:\n"
                             "    mongo_collection: things\n"
                             "    cursor: [creation_date, a.b]\n" COLUMNS "  links:\n"
                             "    mongo_collection: things\n"
                             "    columns:\n"
                             "      - {name: user_id, sql_type: VARCHAR, nullable: false}\n"
                             "      - {name: target_id, sql_type: INTEGER, nullable: false}\n"
                             "      - {name: type, sql_type: VARCHAR(50), nullable: false}\n"
                             "      - {name: created_at, sql_type: TIMESTAMP}\n"
                             "      - {name: updated_at, sql_type: TIMESTAMP}\n"
                             "    unique_constraints: [[user_id, target_id, type]]\n"
                             "    import_strategy: users_targets\n";

#define LOW     "2024-06-01T00:00:00Z"
#define HIGH    "2024-07-01T00:00:00Z"
#define LOW_MS  INT64_C(1717200000000)
#define HIGH_MS INT64_C(1719792000000)

enum { DOCUMENTS = 40000 };

static const int64_t moments[] = {
    LOW_MS - 1, LOW_MS, LOW_MS + 1, HIGH_MS - 1, HIGH_MS,          HIGH_MS + 1,
    0,          -1,     INT64_MAX,  INT64_MIN,   INT64_MIN / 1000, LOW_MS - 86400000,
};

static const char *const keys[] = {
    "_id",
    "creation_date",
    "update_date",
    "name",
    "a",
    "a.b",
    "",
    "targets",
    "update_datf",
    "creation_dat",
    "creation_dates",
    "update_date",
    "creation_date",
    "a key of fifteen",
    "a much longer key than a remembered head may have",
};

static int64_t any_moment(GRand *rand)
{
    return moments[g_rand_int_range(rand, 0, G_N_ELEMENTS(moments))];
}

static void append_date(bson_t *document, const char *key, GRand *rand)
{
    bson_append_date_time(document, key, -1, any_moment(rand));
}

/* A value of any type, also those that the short cut does not know. */
static void append_any(bson_t *document, const char *key, GRand *rand)
{
    bson_t inner = BSON_INITIALIZER, items = BSON_INITIALIZER;
    bson_oid_t oid = {.bytes = {1, 2, 3}};
    bson_decimal128_t decimal = {.high = 0x3040000000000000, .low = 15};
    append_date(&inner, g_rand_boolean(rand) ? "b" : "update_date", rand);
    append_date(&items, "0", rand);
    switch (g_rand_int_range(rand, 0, 24)) {
    case 0:
        bson_append_double(document, key, -1, 1.5);
        break;
    case 1:
        bson_append_utf8(document, key, -1, "", 0);
        break;
    case 2:
        bson_append_utf8(document, key, -1, "some text", -1);
        break;
    case 3:
        bson_append_document(document, key, -1, &inner);
        break;
    case 4:
        bson_append_array(document, key, -1, &items);
        break;
    case 5:
        bson_append_binary(document, key, -1, BSON_SUBTYPE_BINARY, (const uint8_t *)"xyz", 3);
        break;
    case 6:
        bson_append_binary(document, key, -1, BSON_SUBTYPE_BINARY_DEPRECATED, (const uint8_t *)"xyz", 3);
        break;
    case 7:
        bson_append_undefined(document, key, -1);
        break;
    case 8:
        bson_append_oid(document, key, -1, &oid);
        break;
    case 9:
        bson_append_bool(document, key, -1, g_rand_boolean(rand));
        break;
    case 10:
        bson_append_null(document, key, -1);
        break;
    case 11:
        bson_append_regex(document, key, -1, "^a", "i");
        break;
    case 12:
        bson_append_dbpointer(document, key, -1, "db.c", &oid);
        break;
    case 13:
        bson_append_code(document, key, -1, "f()");
        break;
    case 14:
        bson_append_symbol(document, key, -1, "sym", -1);
        break;
    case 15:
        bson_append_code_with_scope(document, key, -1, "f()", &inner);
        break;
    case 16:
        bson_append_int32(document, key, -1, 7);
        break;
    case 17:
        bson_append_timestamp(document, key, -1, 7, 8);
        break;
    case 18:
        bson_append_int64(document, key, -1, LOW_MS);
        break;
    case 19:
        bson_append_decimal128(document, key, -1, &decimal);
        break;
    case 20:
        bson_append_minkey(document, key, -1);
        break;
    case 21:
        bson_append_maxkey(document, key, -1);
        break;
    default:
        append_date(document, key, rand);
        break;
    }
    bson_destroy(&items);
    bson_destroy(&inner);
}

/* Mostly what a collection holds (the same keys in the same order, some missing), sometimes anything. */
static void make_document(bson_t *document, int number, GRand *rand)
{
    bson_init(document);
    if (g_rand_int_range(rand, 0, 20) > 0)
        bson_append_int32(document, "_id", -1, number);
    if (g_rand_int_range(rand, 0, 4) > 0)
        append_date(document, "creation_date", rand);
    if (g_rand_int_range(rand, 0, 4) > 0)
        bson_append_utf8(document, "name", -1, "somebody", -1);
    for (int more = g_rand_int_range(rand, 0, 4); more > 1; more--)
        append_any(document, keys[g_rand_int_range(rand, 0, G_N_ELEMENTS(keys))], rand);
    if (g_rand_int_range(rand, 0, 4) > 0)
        append_date(document, "update_date", rand);
    if (g_rand_int_range(rand, 0, 8) == 0)
        append_any(document, keys[g_rand_int_range(rand, 0, G_N_ELEMENTS(keys))], rand);
}

/* Damages some of them; the frame around it stays sane, as the reader of a file sees to that. */
static void damage(uint8_t *bytes, uint32_t *len, GRand *rand)
{
    if (g_rand_int_range(rand, 0, 4) > 0)
        return;
    if (*len > 6 && g_rand_boolean(rand))
        *len = (uint32_t)g_rand_int_range(rand, 5, (gint32)*len);
    for (int hits = g_rand_int_range(rand, 0, 3); *len > 5 && hits > 0; hits--)
        bytes[g_rand_int_range(rand, 4, (gint32)*len - 1)] =
            (uint8_t)(g_rand_boolean(rand) ? g_rand_int(rand) : g_rand_int(rand) % 4);
    memcpy(bytes, (uint8_t[]){*len & 0xff, *len >> 8 & 0xff, *len >> 16 & 0xff, *len >> 24}, 4);
    bytes[*len - 1] = 0;
}

typedef struct Pair {
    const Stream *stream;
    BsonRows *short_cut, *full;
    BsonSkim skim;
    Batch *batch;
    GString *left, *right;
    int outside;
} Pair;

static void print_rows(Pair *pair, BsonRows *rows, const uint8_t *bytes, uint32_t len, int number, GString *out)
{
    g_string_truncate(out, 0);
    batch_reset(pair->batch, pair->stream);
    assert_int_equal(bson_rows_add(rows, bytes, len, (DocumentPlace){.ordinal = number, .offset = -1}, pair->batch), ROWS_DONE);
    fixture_print(pair->batch, out);
}

static void compare(Pair *pair, const uint8_t *bytes, uint32_t len, int number)
{
    bool outside = bson_skim_outside(&pair->skim, bytes, len);
    print_rows(pair, pair->short_cut, bytes, len, number, pair->left);
    print_rows(pair, pair->full, bytes, len, number, pair->right);
    if (strcmp(pair->left->str, pair->right->str) != 0 || (outside && pair->right->len > 0))
        fail_msg("document %d: short cut `%s`, full path `%s`", number, pair->left->str, pair->right->str);
    pair->outside += outside;
}

/* Returns how many of the documents the short cut took. */
static int compare_all(const char *stream, Window window, uint32_t seed)
{
    Fixture fixture;
    GRand *rand = g_rand_new_with_seed(seed);
    fixture_new(&fixture, schema, "dump:nowhere", NULL);
    Pair pair = {.stream = fixture_stream(&fixture, stream), .left = g_string_new(""), .right = g_string_new("")};
    pair.short_cut = bson_rows_new(pair.stream, &window);
    pair.full = bson_rows_new(pair.stream, &window);
    pair.full->skim.key_count = 0;
    bson_skim_init(&pair.skim, pair.stream->spec, &window);
    pair.batch = batch_new(pair.stream);
    for (int i = 1; i <= DOCUMENTS; i++) {
        bson_t document;
        make_document(&document, i, rand);
        uint32_t len = document.len;
        g_autofree uint8_t *whole = g_memdup2(bson_get_data(&document), len);
        bson_destroy(&document);
        damage(whole, &len, rand);
        g_autofree uint8_t *exact = g_memdup2(whole, len); /* a read behind its end is seen by the address sanitizer */
        compare(&pair, exact, len, i);
    }
    batch_free(pair.batch);
    bson_rows_free(pair.full);
    bson_rows_free(pair.short_cut);
    g_string_free(pair.left, TRUE);
    g_string_free(pair.right, TRUE);
    fixture_free(&fixture);
    g_rand_free(rand);
    return pair.outside;
}

static void test_since(void **state)
{
    (void)state;
    assert_true(compare_all("both", window_since(LOW), 1) > DOCUMENTS / 10);
    assert_true(compare_all("one", window_since(LOW), 2) > DOCUMENTS / 10);
    assert_true(compare_all("links", window_since(LOW), 3) > DOCUMENTS / 10);
}

static void test_range(void **state)
{
    (void)state;
    assert_true(compare_all("both", window_range(LOW, HIGH), 4) > DOCUMENTS / 10);
    assert_true(compare_all("one", window_range(LOW, HIGH), 5) > DOCUMENTS / 10);
    assert_true(compare_all("links", window_range(LOW, HIGH), 6) > DOCUMENTS / 10);
}

static void test_left_to_the_full_path(void **state)
{
    (void)state;
    assert_int_equal(compare_all("both", window_whole(), 7), 0);
    assert_int_equal(compare_all("dotted", window_since(LOW), 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_left_to_the_full_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
