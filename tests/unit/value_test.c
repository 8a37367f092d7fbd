/* SPDX-License-Identifier: Apache-2.0 */
/* The value table of the design, row by row, and what hostile data makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <math.h>

#include "model/time.h"
#include "model/value.h"

/* Any conversion leaves its outcome here. */
static struct {
    Arena arena;
    Column column;
    ConvertOptions options;
    Value value;
    char detail[128];
} t;

static int begin(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    arena_init(&t.arena, 4096);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&t.arena);
    return 0;
}

static void column(const char *type)
{
    Err err = {0};
    t.column = (Column){.name = "c", .nullable = true};
    if (!type_parse(type, &t.column.type, &err))
        fail_msg("%s", err.message);
}

static RejectReason convert(SourceValue from)
{
    memset(&t.value, 0xAA, sizeof t.value);
    t.detail[0] = '\0';
    RejectReason reason = value_convert(&t.column, &from, &t.options, &t.arena, &t.value, t.detail);
    if ((reason == REJECT_NONE) != (t.detail[0] == '\0'))
        fail_msg("reason %s with detail \"%s\"", reject_name(reason), t.detail);
    return reason;
}

#define MISSING            ((SourceValue){.kind = SOURCE_MISSING})
#define NOTHING            ((SourceValue){.kind = SOURCE_NULL})
#define BOOL(b)            ((SourceValue){.kind = SOURCE_BOOL, .i = (b)})
#define INT(n)             ((SourceValue){.kind = SOURCE_INT, .i = (n)})
#define DOUBLE(x)          ((SourceValue){.kind = SOURCE_DOUBLE, .d = (x)})
#define DATE(ms)           ((SourceValue){.kind = SOURCE_DATETIME, .i = (ms)})
#define DECIMAL(s)         ((SourceValue){.kind = SOURCE_DECIMAL, .bytes = (s), .len = sizeof(s) - 1})
#define TEXT(s)            ((SourceValue){.kind = SOURCE_TEXT, .bytes = (s), .len = sizeof(s) - 1})
#define ID(s)              ((SourceValue){.kind = SOURCE_ID, .bytes = (s), .len = sizeof(s) - 1})
#define JSON(s)            ((SourceValue){.kind = SOURCE_JSON, .bytes = (s), .len = sizeof(s) - 1})
#define BINARY(s, subtype) ((SourceValue){.kind = SOURCE_BINARY, .bytes = (s), .len = sizeof(s) - 1, .i = (subtype)})

static void takes_int(SourceValue from, int64_t expected)
{
    RejectReason reason = convert(from);
    if (reason != REJECT_NONE)
        fail_msg("rejected: %s, %s", reject_name(reason), t.detail);
    assert_int_equal(t.value.state, VALUE_SET);
    assert_int_equal(t.value.i, expected);
}

static void takes_bytes(SourceValue from, const char *expected, size_t len)
{
    RejectReason reason = convert(from);
    if (reason != REJECT_NONE)
        fail_msg("rejected: %s, %s", reject_name(reason), t.detail);
    assert_int_equal(t.value.state, VALUE_SET);
    if (t.value.len != len || memcmp(t.value.bytes, expected, len) != 0)
        fail_msg("expected \"%s\", found \"%.*s\"", expected, (int)t.value.len, t.value.bytes);
}

static void takes(SourceValue from, const char *expected)
{
    takes_bytes(from, expected, strlen(expected));
}

static void takes_real(SourceValue from, double expected)
{
    RejectReason reason = convert(from);
    if (reason != REJECT_NONE)
        fail_msg("rejected: %s, %s", reject_name(reason), t.detail);
    assert_true(t.value.d == expected || (isnan(expected) && isnan(t.value.d)));
}

static void refuses(SourceValue from, RejectReason expected)
{
    RejectReason reason = convert(from);
    if (reason != expected)
        fail_msg("expected %s, found %s \"%s\"", reject_name(expected), reject_name(reason), t.detail);
}

static void refuses_saying(SourceValue from, RejectReason expected, const char *detail)
{
    refuses(from, expected);
    assert_string_equal(t.detail, detail);
}

/* ---- the rows of the table ---- */

static void missing_or_null_into_not_null_is_required(void **state)
{
    (void)state;
    column("varchar(24)");
    t.column.nullable = false;
    refuses_saying(MISSING, REJECT_REQUIRED, "expected character varying(24), found nothing");
    refuses_saying(NOTHING, REJECT_REQUIRED, "expected character varying(24), found null");
    t.column.nullable = t.column.primary_key = true;
    refuses(NOTHING, REJECT_REQUIRED);
    column("serial");
    t.column.nullable = false;
    assert_int_equal(convert(NOTHING), REJECT_NONE); /* the destination numbers it */
    assert_int_equal(t.value.state, VALUE_ABSENT);
}

static void missing_or_null_into_nullable_is_null(void **state)
{
    (void)state;
    static const char *const types[] = {"int", "text", "timestamptz", "jsonb", "boolean", "numeric(5,2)", "uuid", "real"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        column(types[i]);
        assert_int_equal(convert(MISSING), REJECT_NONE);
        assert_int_equal(t.value.state, VALUE_NULL);
        assert_int_equal(convert(NOTHING), REJECT_NONE);
        assert_int_equal(t.value.state, VALUE_NULL);
    }
}

static void integers_integral_doubles_and_digits_into_integer(void **state)
{
    (void)state;
    column("integer");
    takes_int(INT(5), 5);
    takes_int(INT(INT32_MIN), INT32_MIN);
    takes_int(DOUBLE(3.0), 3);
    takes_int(DOUBLE(-0.0), 0);
    takes_int(TEXT("12"), 12);
    takes_int(TEXT(" -12 "), -12);
    takes_int(TEXT("+007"), 7);
    takes_int(DECIMAL("1E+3"), 1000);
    takes_int(DECIMAL("5.00"), 5);
    refuses_saying(INT(INT64_C(2147483648)), REJECT_OUT_OF_RANGE, "beyond the range of integer");
    refuses(TEXT("2147483648"), REJECT_OUT_OF_RANGE);
    refuses(DOUBLE(1e300), REJECT_OUT_OF_RANGE);
    refuses(DOUBLE(-2147483649.0), REJECT_OUT_OF_RANGE);
    refuses_saying(DOUBLE(1.5), REJECT_WRONG_TYPE, "expected integer, found a fraction");
    refuses(DOUBLE(1e-300), REJECT_WRONG_TYPE);
    refuses(DECIMAL("1.5"), REJECT_WRONG_TYPE);
    refuses(TEXT("1.0"), REJECT_WRONG_TYPE);
    refuses(TEXT("1e3"), REJECT_WRONG_TYPE);
    refuses(TEXT("12x"), REJECT_WRONG_TYPE);
    refuses(TEXT(""), REJECT_WRONG_TYPE);
    refuses(TEXT("1\0"), REJECT_WRONG_TYPE);
    refuses_saying(TEXT("abc"), REJECT_WRONG_TYPE, "expected integer, found text");
    refuses_saying(DOUBLE(NAN), REJECT_WRONG_TYPE, "expected integer, found NaN");
    refuses_saying(DECIMAL("-Infinity"), REJECT_WRONG_TYPE, "expected integer, found an infinity");
    refuses_saying(BOOL(1), REJECT_WRONG_TYPE, "expected integer, found boolean");
    refuses(DATE(0), REJECT_WRONG_TYPE);
    column("smallint");
    takes_int(INT(-32768), -32768);
    refuses(INT(32768), REJECT_OUT_OF_RANGE);
    column("bigint");
    takes_int(INT(INT64_MIN), INT64_MIN);
    takes_int(TEXT("9223372036854775807"), INT64_MAX);
    takes_int(DOUBLE(-9223372036854775808.0), INT64_MIN);
    refuses(DOUBLE(9223372036854775808.0), REJECT_OUT_OF_RANGE);
    refuses(TEXT("9223372036854775808"), REJECT_OUT_OF_RANGE);
    column("bigserial");
    takes_int(INT(9), 9);
}

static void truth_words_into_boolean(void **state)
{
    (void)state;
    column("boolean");
    takes_int(BOOL(1), 1);
    takes_int(BOOL(0), 0);
    takes_int(INT(1), 1);
    takes_int(DOUBLE(0.0), 0);
    takes_int(DECIMAL("1"), 1);
    takes_int(TEXT("true"), 1);
    takes_int(TEXT("FALSE"), 0);
    takes_int(TEXT("t"), 1);
    takes_int(TEXT("F"), 0);
    takes_int(TEXT("Yes"), 1);
    takes_int(TEXT("no"), 0);
    takes_int(TEXT("y"), 1);
    takes_int(TEXT("n"), 0);
    takes_int(TEXT("on"), 1);
    takes_int(TEXT("OFF"), 0);
    takes_int(TEXT(" 1 "), 1);
    takes_int(TEXT("0"), 0);
    refuses_saying(INT(2), REJECT_WRONG_TYPE, "expected boolean, found a number other than 0 and 1");
    refuses(DOUBLE(0.5), REJECT_WRONG_TYPE);
    refuses(DECIMAL("NaN"), REJECT_WRONG_TYPE);
    refuses(TEXT("tru"), REJECT_WRONG_TYPE);
    refuses(TEXT(""), REJECT_WRONG_TYPE);
    refuses(TEXT("true\0"), REJECT_WRONG_TYPE);
    refuses(DATE(0), REJECT_WRONG_TYPE);
}

static void dates_and_iso_text_into_date_and_timestamp(void **state)
{
    (void)state;
    static const char *const instants[] = {"timestamp", "timestamptz"};
    for (size_t i = 0; i < G_N_ELEMENTS(instants); i++) {
        column(instants[i]);
        takes_int(DATE(INT64_C(1705312800123)), INT64_C(1705312800123000));
        takes_int(TEXT("2024-01-15T10:00:00.123Z"), INT64_C(1705312800123000));
        takes_int(TEXT("2024-01-15T12:00:00+02:00"), INT64_C(1705312800000000));
        takes_int(TEXT("2024-01-15"), INT64_C(1705276800000000));
        takes_int(DATE(INT64_C(-62135596800000)), INT64_C(-62135596800000000)); /* year 1 */
        takes_int(DATE(TIME_PG_MIN / 1000), TIME_PG_MIN);
        refuses(DATE(TIME_PG_MIN / 1000 - 1), REJECT_OUT_OF_RANGE);
        takes_int(DATE(INT64_MAX / 1000), INT64_MAX / 1000 * 1000);
        refuses(DATE(INT64_MAX / 1000 + 1), REJECT_OUT_OF_RANGE);
        refuses(DATE(INT64_MIN), REJECT_OUT_OF_RANGE);
        refuses(DATE(INT64_MAX), REJECT_OUT_OF_RANGE);
        refuses(TEXT("+300000-01-01"), REJECT_OUT_OF_RANGE);
        refuses(TEXT("-004800-01-01"), REJECT_OUT_OF_RANGE);
        refuses(TEXT("soon"), REJECT_WRONG_TYPE);
        refuses(TEXT("2024-02-30"), REJECT_WRONG_TYPE);
        refuses(INT(1705312800), REJECT_WRONG_TYPE);
        refuses(DOUBLE(1.0), REJECT_WRONG_TYPE);
    }
    refuses_saying(DATE(INT64_MIN), REJECT_OUT_OF_RANGE, "beyond the range of timestamp with time zone");
    column("date");
    takes_int(DATE(INT64_C(1705312800123)), 19737);
    takes_int(DATE(INT64_C(1705359600000)), 19737); /* H30: 23:00 UTC is still that day, wherever it was midnight */
    takes_int(DATE(-1), -1);
    takes_int(TEXT("2024-01-15"), 19737);
    takes_int(TEXT("2024-01-15T23:30:00-05:00"), 19738);
    takes_int(TEXT("+5874897-12-31"), DAY_PG_MAX);
    takes_int(TEXT("-004713-11-24"), DAY_PG_MIN);
    takes_int(DATE(DAY_PG_MAX * INT64_C(86400000)), DAY_PG_MAX);
    refuses(DATE((DAY_PG_MAX + 1) * INT64_C(86400000)), REJECT_OUT_OF_RANGE);
    refuses(DATE(DAY_PG_MIN * INT64_C(86400000) - 1), REJECT_OUT_OF_RANGE);
    refuses(DATE(INT64_MIN), REJECT_OUT_OF_RANGE);
    refuses(TEXT("-004713-11-23"), REJECT_OUT_OF_RANGE);
    refuses_saying(INT(0), REJECT_WRONG_TYPE, "expected date, found integer");
}

static void numbers_booleans_dates_into_text(void **state)
{
    (void)state;
    column("text");
    takes(INT(3), "3");
    takes(INT(INT64_MIN), "-9223372036854775808");
    takes(DOUBLE(72.0), "72.0");
    takes(DOUBLE(1e16), "1e+16");
    takes(DOUBLE(0.0001), "0.0001");
    takes(DOUBLE(1e-05), "1e-05");
    takes(DOUBLE(NAN), "nan");
    takes(DOUBLE(-INFINITY), "-inf");
    takes(BOOL(1), "true");
    takes(BOOL(0), "false");
    takes(DATE(INT64_C(1705312800123)), "2024-01-15T10:00:00.123Z");
    takes(DATE(0), "1970-01-01T00:00:00Z");
    takes(DATE(INT64_MAX), "+292278994-08-17T07:12:55.807Z");
    takes(DECIMAL("1.10"), "1.10");
    takes(DECIMAL("1E-6176"), "1E-6176");
    takes(ID("65e8a1b2c3d4e5f607182930"), "65e8a1b2c3d4e5f607182930");
    refuses_saying(BINARY("\x01\x02", 0), REJECT_WRONG_TYPE, "expected text, found binary");
    column("varchar(3)");
    refuses_saying(DOUBLE(123.5), REJECT_TOO_LONG, "longer than 3 characters (5)");
    refuses(BOOL(1), REJECT_TOO_LONG);
}

static void documents_into_json(void **state)
{
    (void)state;
    static const char document[] = "{\"a\":{\"$numberDecimal\":\"1.10\"},\"a\":[1,\"\\\\u0000\"]}";
    static const char *const types[] = {"json", "jsonb"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        column(types[i]);
        takes(JSON(document), document);
        assert_ptr_equal(t.value.bytes, document); /* not copied */
        takes(JSON("[]"), "[]");
    }
}

static void documents_into_text(void **state)
{
    (void)state;
    column("text");
    takes(JSON("{\"a\":1}"), "{\"a\":1}");
    column("varchar(24)");
    t.column.ref_table = (char *)"users";
    SourceValue from = JSON("{\"user\":\"u1\",\"name\":\"somebody with a long name\"}");
    from.id = "u1";
    from.id_len = 2;
    takes(from, "u1");
    from.id = "0123456789012345678901234";
    from.id_len = 25;
    refuses(from, REJECT_TOO_LONG);
}

/* Also the row "an array item that names nothing". */
static void documents_that_name_nothing_are_no_reference(void **state)
{
    (void)state;
    column("varchar(24)");
    t.column.ref_table = (char *)"users";
    refuses_saying(JSON("{}"), REJECT_WRONG_TYPE, "expected a reference to users, found a document that names none");
    SourceValue unfit = {.kind = SOURCE_UNFIT, .bytes = "the item names nothing", .len = 22};
    refuses_saying(unfit, REJECT_WRONG_TYPE, "the item names nothing");
}

static void nul_and_invalid_utf8_in_text(void **state)
{
    (void)state;
    column("text");
    refuses_saying(TEXT("a\0b"), REJECT_INVALID_TEXT, "expected UTF-8 text, found U+0000 in it");
    refuses_saying(TEXT("caf\xE9"), REJECT_INVALID_TEXT, "expected UTF-8 text, found bytes that are no UTF-8");
    refuses(TEXT("\xC0\x80"), REJECT_INVALID_TEXT);                 /* overlong */
    refuses(TEXT("\xED\xA0\xBD\xED\xB8\x80"), REJECT_INVALID_TEXT); /* CESU-8 */
    refuses(TEXT("\xF4\x90\x80\x80"), REJECT_INVALID_TEXT);
    t.options.replace_invalid = true;
    takes(TEXT("a\0b"), "a\xEF\xBF\xBD"
                        "b");
    takes(TEXT("caf\xE9"), "caf\xEF\xBF\xBD");
    column("varchar(2)");
    takes(TEXT("\xFF\xFF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    refuses(TEXT("\xFF\xFF\xFF"), REJECT_TOO_LONG);
}

static void text_longer_than_the_column(void **state)
{
    (void)state;
    column("varchar(5)");
    static const char exact[] = "12345";
    takes(TEXT(exact), "12345");
    assert_ptr_equal(t.value.bytes, exact);
    takes(TEXT("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"), "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
    takes(TEXT("12345   "), "12345");
    takes(TEXT("123     "), "123  ");
    refuses_saying(TEXT("123456"), REJECT_TOO_LONG, "longer than 5 characters (6)");
    refuses(TEXT("12345\t"), REJECT_TOO_LONG);
    refuses(TEXT("12345 6"), REJECT_TOO_LONG);
    refuses_saying(TEXT("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80x"), REJECT_TOO_LONG,
                   "longer than 5 characters (6)");
    t.options.truncate_too_long = true;
    takes(TEXT("123456"), "12345");
    takes(TEXT("1234\xF0\x9F\x98\x80xyz"), "1234\xF0\x9F\x98\x80");
    column("char(3)");
    t.options.truncate_too_long = false;
    takes(TEXT("ab"), "ab");
    takes(TEXT("abc  "), "abc");
    refuses(TEXT("abcd"), REJECT_TOO_LONG);
    column("text");
    takes(TEXT(""), "");
}

/* ---- other columns ---- */

static void floats(void **state)
{
    (void)state;
    column("double precision");
    takes_real(DOUBLE(0.1), 0.1);
    takes_real(DOUBLE(NAN), NAN);
    takes_real(INT(INT64_C(9007199254740992)), 9007199254740992.0);
    refuses(INT(INT64_C(9007199254740993)), REJECT_OUT_OF_RANGE); /* would become another number */
    refuses(INT(INT64_MAX), REJECT_OUT_OF_RANGE);
    takes_real(INT(INT64_MIN), -9223372036854775808.0);
    takes_real(DECIMAL("1.5"), 1.5);
    takes_real(TEXT("-1e3"), -1000);
    takes_real(TEXT("Infinity"), INFINITY);
    refuses(DECIMAL("1E+400"), REJECT_OUT_OF_RANGE);
    refuses(DECIMAL("1E-400"), REJECT_OUT_OF_RANGE);
    takes_real(DECIMAL("0E-400"), 0);
    refuses(TEXT("0x10"), REJECT_WRONG_TYPE);
    refuses(TEXT("1,5"), REJECT_WRONG_TYPE);
    refuses(BOOL(1), REJECT_WRONG_TYPE);
    column("real");
    takes_real(DOUBLE(1.5), 1.5);
    takes_real(DOUBLE(INFINITY), INFINITY);
    takes_real(INT(16777216), 16777216.0);
    refuses(INT(16777217), REJECT_OUT_OF_RANGE);
    refuses_saying(DOUBLE(3.5e38), REJECT_OUT_OF_RANGE, "beyond the range of real");
    refuses(DOUBLE(1e-60), REJECT_OUT_OF_RANGE);
    refuses(TEXT("1e39"), REJECT_OUT_OF_RANGE);
}

static void numerics(void **state)
{
    (void)state;
    column("numeric");
    takes(INT(INT64_MIN), "-9223372036854775808");
    takes(DOUBLE(3.0), "3");
    takes(DOUBLE(0.1), "0.1");
    takes(DOUBLE(1e22), "10000000000000000000000");
    takes(DOUBLE(-1.5e-7), "-0.00000015");
    takes(DECIMAL("1.10"), "1.10");
    takes(DECIMAL("-0"), "0");
    takes(DECIMAL("1E+3"), "1000");
    takes(DECIMAL("NaN"), "NaN");
    takes(DECIMAL("-Infinity"), "-Infinity");
    takes(DOUBLE(INFINITY), "Infinity");
    takes(TEXT(" 12.50 "), "12.50");
    refuses(TEXT("1e999999999999"), REJECT_OUT_OF_RANGE);
    refuses(TEXT("1e-999999999999"), REJECT_OUT_OF_RANGE);
    refuses(TEXT("12a"), REJECT_WRONG_TYPE);
    refuses(BOOL(1), REJECT_WRONG_TYPE);
    assert_int_equal(convert(DECIMAL("1E+400")), REJECT_NONE); /* 10^400 is exact here */
    assert_int_equal(t.value.len, 401);
    assert_int_equal(convert(DECIMAL("1E-6176")), REJECT_NONE);
    assert_int_equal(t.value.len, 6178);
    assert_int_equal(convert(DECIMAL("9.999999999999999999999999999999999E+6144")), REJECT_NONE);
    assert_int_equal(t.value.len, 6145);
    column("numeric(5,2)");
    takes(INT(5), "5.00");
    takes(DECIMAL("123.4"), "123.40");
    takes(DECIMAL("1.500"), "1.50");
    takes(DECIMAL("-999.99"), "-999.99");
    takes(INT(0), "0.00");
    takes(DOUBLE(NAN), "NaN");
    refuses_saying(DECIMAL("1.239"), REJECT_WRONG_TYPE, "expected at most 2 decimals, found 3"); /* never rounded */
    refuses_saying(INT(1000), REJECT_OUT_OF_RANGE, "beyond the range of numeric(5,2)");
    refuses(DECIMAL("Infinity"), REJECT_OUT_OF_RANGE);
    refuses(DECIMAL("1E+400"), REJECT_OUT_OF_RANGE);
    column("numeric(2,5)");
    takes(DECIMAL("0.00099"), "0.00099");
    takes(INT(0), "0.00000");
    refuses(DECIMAL("0.001"), REJECT_OUT_OF_RANGE);
}

static void scalars_into_json(void **state)
{
    (void)state;
    column("jsonb");
    takes(INT(-5), "-5");
    takes(DOUBLE(1.5), "1.5");
    takes(DOUBLE(1e300), "1e+300");
    takes(DOUBLE(NAN), "\"NaN\"");
    takes(DOUBLE(-INFINITY), "\"-Infinity\"");
    takes(BOOL(1), "true");
    takes(TEXT("a\"b\n"), "\"a\\\"b\\n\"");
    takes(ID("65e8"), "\"65e8\"");
    takes(DATE(0), "\"1970-01-01T00:00:00Z\"");
    takes(DECIMAL("1.10"), "1.10");
    takes(DECIMAL("1E+3"), "1000");
    takes(DECIMAL("NaN"), "\"NaN\"");
    takes(BINARY("\x01\x02\x03", 5), "{\"$binary\":{\"base64\":\"AQID\",\"subType\":\"05\"}}");
}

static void jsonb_holds_no_nul(void **state)
{
    (void)state;
    column("jsonb");
    refuses_saying(JSON("{\"a\":\"\\u0000\"}"), REJECT_INVALID_TEXT, "expected JSON without U+0000, found \\u0000 in a string");
    refuses(JSON("[\"\\\\\\u0000\"]"), REJECT_INVALID_TEXT);
    refuses(TEXT("a\0b"), REJECT_INVALID_TEXT);
    refuses(JSON("[\"\xFF\"]"), REJECT_INVALID_TEXT);
    t.options.replace_invalid = true;
    takes(JSON("[\"\\u0000\\\\u0000\\u0000\"]"), "[\"\\ufffd\\\\u0000\\ufffd\"]");
    takes(TEXT("a\0b"), "\"a\xEF\xBF\xBD"
                        "b\"");
    takes(JSON("[\"\xFF\"]"), "[\"\xEF\xBF\xBD\"]");
}

static void bytes_and_uuids(void **state)
{
    (void)state;
    static const char raw[] = "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\x00";
    column("bytea");
    takes_bytes(BINARY("\0\xFF", 0), "\0\xFF", 2);
    refuses(TEXT("abc"), REJECT_WRONG_TYPE);
    column("uuid");
    takes_bytes(BINARY(raw, 4), raw, 16);
    takes_bytes(TEXT("123e4567-e89b-12d3-a456-426614174000"), raw, 16);
    takes_bytes(TEXT("123E4567E89B12D3A456426614174000"), raw, 16);
    takes_bytes(TEXT("{123e4567-e89b-12d3-a456-426614174000}"), raw, 16);
    refuses(BINARY(raw, 3), REJECT_WRONG_TYPE); /* the byte order of a legacy UUID is anyone's guess */
    refuses(BINARY("short", 4), REJECT_WRONG_TYPE);
    refuses_saying(TEXT("123e4567-e89b-12d3-a456-42661417400"), REJECT_WRONG_TYPE, "expected uuid, found text that is no UUID");
    refuses(TEXT("123e4567-e89b-12d3-a456-4266141740000"), REJECT_WRONG_TYPE);
    refuses(TEXT("123e4567--e89b-12d3-a456-426614174000"), REJECT_WRONG_TYPE);
    refuses(TEXT("123e4567-e89b-12d3-a456-426614174000-"), REJECT_WRONG_TYPE);
    refuses(TEXT("{123e4567-e89b-12d3-a456-426614174000"), REJECT_WRONG_TYPE);
    refuses(TEXT("{}"), REJECT_WRONG_TYPE);
    refuses(TEXT(""), REJECT_WRONG_TYPE);
    refuses(ID("65e8a1b2c3d4e5f607182930"), REJECT_WRONG_TYPE);
}

static void times_and_intervals(void **state)
{
    (void)state;
    column("time");
    takes_int(TEXT("10:00"), INT64_C(36000000000));
    takes_int(TEXT("23:59:59.999999"), US_PER_DAY - 1);
    refuses(TEXT("25:00"), REJECT_WRONG_TYPE);
    refuses(DATE(0), REJECT_WRONG_TYPE);
    column("interval");
    takes(TEXT("1 day 02:03:04"), "1 day 02:03:04");
    takes(TEXT("P1Y2M3DT4H5M6S"), "P1Y2M3DT4H5M6S");
    refuses(TEXT("soon"), REJECT_WRONG_TYPE);
    refuses(TEXT("1 day'; --"), REJECT_WRONG_TYPE);
    refuses(TEXT("1 day\0"), REJECT_WRONG_TYPE);
    refuses(INT(5), REJECT_WRONG_TYPE);
}

static void an_unfit_value_says_why(void **state)
{
    (void)state;
    column("jsonb");
    SourceValue unfit = {.kind = SOURCE_UNFIT, .bytes = "nested deeper than 200 levels", .len = 29};
    refuses_saying(unfit, REJECT_WRONG_TYPE, "nested deeper than 200 levels");
    g_autofree char *reason = g_strdup("x");
    for (int i = 0; i < 8; i++) {
        g_autofree char *twice = g_strconcat(reason, "\xC3\xA9", reason, NULL);
        g_free(g_steal_pointer(&reason));
        reason = g_steal_pointer(&twice);
    }
    unfit.bytes = reason;
    unfit.len = (uint32_t)strlen(reason);
    refuses(unfit, REJECT_WRONG_TYPE);
    assert_true(g_utf8_validate(t.detail, -1, NULL));
    assert_true(strlen(t.detail) >= 125);
}

/* No value of a row ever reaches a detail: it is shown on screens and kept in the ledger. */
static void details_never_hold_the_value(void **state)
{
    (void)state;
    static const char *const types[] = {"boolean", "smallint", "real", "numeric(3,1)", "varchar(3)", "char(2)", "bytea",
                                        "uuid",    "date",     "time", "timestamptz",  "interval",   "bigint",  "numeric"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        column(types[i]);
        if (convert(TEXT("canary@example.com")) == REJECT_NONE)
            fail_msg("%s took it", types[i]);
        assert_null(strstr(t.detail, "canary"));
    }
}

static void every_source_meets_every_column(void **state)
{
    (void)state;
    for (int kind = 0; kind < TYPE_KINDS; kind++)
        for (int from = SOURCE_MISSING; from <= SOURCE_UNFIT; from++) {
            t.column = (Column){.name = "c", .type = {.kind = (TypeKind)kind}, .nullable = true};
            RejectReason reason = convert((SourceValue){.kind = (SourceKind)from, .i = 1, .d = 1, .bytes = "1", .len = 1});
            assert_true(reason == REJECT_NONE || reason == REJECT_WRONG_TYPE);
            GString *out = g_string_new(NULL);
            if (reason == REJECT_NONE)
                value_text(&t.column, &t.value, out);
            g_string_free(out, TRUE);
        }
}

static void shows(const char *type, SourceValue from, const char *expected)
{
    column(type);
    assert_int_equal(convert(from), REJECT_NONE);
    GString *out = g_string_new("=");
    value_text(&t.column, &t.value, out);
    assert_string_equal(out->str + 1, expected);
    g_string_free(out, TRUE);
}

static void values_as_text(void **state)
{
    (void)state;
    shows("text", NOTHING, "");
    shows("boolean", INT(1), "true");
    shows("bigint", INT(-7), "-7");
    shows("real", DOUBLE(0.1), "0.1");
    shows("double precision", DOUBLE(0.1), "0.1");
    shows("numeric(5,2)", INT(1), "1.00");
    shows("date", DATE(INT64_C(1705312800123)), "2024-01-15");
    shows("time", TEXT("10:00"), "10:00:00");
    shows("timestamptz", DATE(INT64_C(1705312800123)), "2024-01-15 10:00:00.123");
    shows("uuid", TEXT("123E4567E89B12D3A456426614174000"), "123e4567-e89b-12d3-a456-426614174000");
    shows("bytea", BINARY("\x00\xAB", 0), "\\x00ab");
    shows("jsonb", JSON("{\"a\": 1}"), "{\"a\": 1}");
    shows("varchar(9)", TEXT("it's"), "it's");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(missing_or_null_into_not_null_is_required),
        CASE(missing_or_null_into_nullable_is_null),
        CASE(integers_integral_doubles_and_digits_into_integer),
        CASE(truth_words_into_boolean),
        CASE(dates_and_iso_text_into_date_and_timestamp),
        CASE(numbers_booleans_dates_into_text),
        CASE(documents_into_json),
        CASE(documents_into_text),
        CASE(documents_that_name_nothing_are_no_reference),
        CASE(nul_and_invalid_utf8_in_text),
        CASE(text_longer_than_the_column),
        CASE(floats),
        CASE(numerics),
        CASE(scalars_into_json),
        CASE(jsonb_holds_no_nul),
        CASE(bytes_and_uuids),
        CASE(times_and_intervals),
        CASE(an_unfit_value_says_why),
        CASE(details_never_hold_the_value),
        CASE(every_source_meets_every_column),
        CASE(values_as_text),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
