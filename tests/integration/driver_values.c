/* SPDX-License-Identifier: Apache-2.0 */
/* Values of every type, through copy and through the JSON of a row. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "model/time.h"
#include "tests/integration/driver_checks.h"

/* ---- one case per value ---- */

typedef struct Case {
    const char *type;
    int64_t i;
    double d;
    const char *bytes;
    int len; /* of bytes; 0: strlen */
    const char *postgres, *sqlite;
} Case;

#define UUID_BYTES "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef"
#define NASTY      "tab\t newline\n back\\slash 'q' \"d\" \xc3\xa9\xf0\x9f\x8c\x8a \\N"

static const Case cases[] = {
    {"boolean", .i = 1, .postgres = "t", .sqlite = "1"},
    {"boolean", .i = 0, .postgres = "f", .sqlite = "0"},
    {"smallint", .i = INT16_MIN, .postgres = "-32768", .sqlite = "-32768"},
    {"smallint", .i = INT16_MAX, .postgres = "32767", .sqlite = "32767"},
    {"integer", .i = INT32_MIN, .postgres = "-2147483648", .sqlite = "-2147483648"},
    {"integer", .i = INT32_MAX, .postgres = "2147483647", .sqlite = "2147483647"},
    {"bigint", .i = INT64_MIN, .postgres = "-9223372036854775808", .sqlite = "-9223372036854775808"},
    {"bigint", .i = INT64_MAX, .postgres = "9223372036854775807", .sqlite = "9223372036854775807"},
    {"real", .d = 1.5, .postgres = "1.5", .sqlite = "1.5"},
    {"real", .d = -INFINITY, .postgres = "-Infinity", .sqlite = "-Inf"},
    {"double precision", .d = 0.1, .postgres = "0.1", .sqlite = "0.1"},
    {"double precision", .d = NAN, .postgres = "NaN", .sqlite = "NaN"},
    {"double precision", .d = INFINITY, .postgres = "Infinity", .sqlite = "Inf"},
    {"double precision", .d = 2251799813685249.5, .postgres = "2.2517998136852495e+15"},
    {"double precision", .d = 5e-324, .postgres = "5e-324"},
    {"double precision", .d = 1.7976931348623157e308, .postgres = "1.7976931348623157e+308"},
    {"numeric", .bytes = "1.10", .postgres = "1.10", .sqlite = "1.10"},
    {"numeric", .bytes = "-0.0001", .postgres = "-0.0001", .sqlite = "-0.0001"},
    {"numeric", .bytes = "12345.678", .postgres = "12345.678", .sqlite = "12345.678"},
    {"numeric", .bytes = "0", .postgres = "0", .sqlite = "0"},
    {"numeric", .bytes = "0.000", .postgres = "0.000", .sqlite = "0.000"},
    {"numeric", .bytes = "100000000", .postgres = "100000000", .sqlite = "100000000"},
    {"numeric", .bytes = "10000000000000000000000000000000000.5", .postgres = "10000000000000000000000000000000000.5"},
    {"numeric", .bytes = "0.00000000000000000000012", .postgres = "0.00000000000000000000012"},
    {"numeric", .bytes = "NaN", .postgres = "NaN", .sqlite = "NaN"},
    {"numeric", .bytes = "-Infinity", .postgres = "-Infinity", .sqlite = "-Infinity"},
    {"numeric", .bytes = "99990000", .postgres = "99990000"},
    {"numeric", .bytes = "007.50", .postgres = "7.50", .sqlite = "007.50"},
    {"numeric(10,2)", .bytes = "-12.50", .postgres = "-12.50", .sqlite = "-12.50"},
    {"text", .bytes = NASTY, .postgres = NASTY, .sqlite = NASTY},
    {"text", .bytes = "", .postgres = "", .sqlite = ""},
    {"text", .bytes = "007", .postgres = "007", .sqlite = "007"},
    {"character varying(255)", .bytes = "12e3", .postgres = "12e3", .sqlite = "12e3"},
    {"character(3)", .bytes = "ab", .postgres = "ab ", .sqlite = "ab"},
    {"bytea", .bytes = "\x00\x01\xff", .len = 3, .postgres = "\\x0001ff"},
    {"bytea", .bytes = "", .postgres = "\\x", .sqlite = ""},
    {"uuid", .bytes = UUID_BYTES, .len = 16, .postgres = "01234567-89ab-cdef-0123-456789abcdef"},
    {"date", .i = 19737, .postgres = "2024-01-15", .sqlite = "2024-01-15"},
    {"date", .i = -719163, .postgres = "0001-12-31 BC", .sqlite = NULL},
    {"date", .i = 2932897, .postgres = "10000-01-01", .sqlite = NULL},
    {"time without time zone", .i = INT64_C(86399999999), .postgres = "23:59:59.999999", .sqlite = "23:59:59.999999"},
    {"time without time zone", .i = INT64_C(3600120000), .postgres = "01:00:00.12", .sqlite = "01:00:00.120"},
    {"timestamp without time zone", .i = INT64_C(1705312800123000), .postgres = "2024-01-15 10:00:00.123",
     .sqlite = "2024-01-15 10:00:00.123"},
    {"timestamp without time zone", .i = -1, .postgres = "1969-12-31 23:59:59.999999", .sqlite = "1969-12-31 23:59:59.999999"},
    {"timestamp without time zone", .i = TIME_PG_MIN, .postgres = "4714-11-24 00:00:00 BC", .sqlite = NULL},
    {"timestamp with time zone", .i = 0, .postgres = "1970-01-01 00:00:00+00", .sqlite = "1970-01-01 00:00:00"},
    {"timestamp with time zone", .i = INT64_C(4102444800000001), .postgres = "2100-01-01 00:00:00.000001+00"},
    {"json", .bytes = "{ \"b\" : 1.10, \"a\":[null, \"x\\ty\"] }", .postgres = "{ \"b\" : 1.10, \"a\":[null, \"x\\ty\"] }"},
    {"json", .bytes = "12", .postgres = "12", .sqlite = "12"},
    {"jsonb", .bytes = "{\"a\": 1.10}", .postgres = "{\"a\": 1.10}", .sqlite = "{\"a\": 1.10}"},
    {"jsonb", .bytes = "\"text\"", .postgres = "\"text\"", .sqlite = "\"text\""},
    {"interval", .bytes = "1 year 2 days 03:04:05", .postgres = "1 year 2 days 03:04:05", .sqlite = "1 year 2 days 03:04:05"},
    {"interval", .bytes = "12", .postgres = "00:00:12", .sqlite = "12"},
};

typedef struct Wide {
    const char *name, *type;
    bool unmapped;
} Wide;

static const Wide wide[] = {
    {"id", "bigserial"},
    {"order", "boolean"},
    {"a\"b", "text"},
    {"Robert'); --", "smallint"},
    {"c_int4", "integer"},
    {"c_int8", "bigint"},
    {"c_real", "real"},
    {"c_double", "double precision"},
    {"c_numeric", "numeric"},
    {"c_money", "numeric(10,2)"},
    {"c_varchar", "character varying(255)"},
    {"c_char", "character(3)"},
    {"c_bytea", "bytea"},
    {"c_uuid", "uuid"},
    {"c_unmapped", "text", true},
    {"c_date", "date"},
    {"c_time", "time without time zone"},
    {"c_stamp", "timestamp without time zone"},
    {"c_stamptz", "timestamp with time zone"},
    {"c_json", "json"},
    {"c_jsonb", "jsonb"},
    {"c_interval", "interval"}, /* last: left out where binary COPY is to be tested */
};

Stream *wide_stream(const char *schema, const char *table, bool with_interval)
{
    int count = (int)G_N_ELEMENTS(wide) - (with_interval ? 0 : 1);
    Stream *stream = g_new0(Stream, 1);
    stream->id = g_strdup("test.wide");
    stream->source = g_strdup("test");
    stream->name = g_strdup("wide");
    stream->table = table_new(schema, table, count);
    stream->mapped = g_new0(bool, (size_t)count);
    stream->inherited = g_new0(bool, (size_t)count);
    for (int i = 0; i < count; i++) {
        Err err = {0};
        Column *column = &stream->table->columns[i];
        column->name = g_strdup(wide[i].name);
        column->nullable = true;
        assert_true(type_parse(wide[i].type, &column->type, &err));
        stream->mapped[i] = !column->type.generated && !wide[i].unmapped;
    }
    stream->table->columns[0].primary_key = true;
    stream->may_be_absent = true;
    return stream;
}

void create_table(Destination *d, const Stream *stream, const char *name, bool staged)
{
    g_autoptr(GString) sql = g_string_new("CREATE TABLE ");
    g_string_append_printf(sql, "%s (", name);
    const char *separator = "";
    for (int i = 0; i < stream->table->column_count; i++) {
        if (staged && !stream->mapped[i])
            continue;
        g_string_append(sql, separator);
        db_quote(sql, stream->table->columns[i].name);
        g_string_append_c(sql, ' ');
        d->ops->dialect->type(&stream->table->columns[i].type, sql);
        if (stream->table->columns[i].primary_key)
            g_string_append(sql, " PRIMARY KEY");
        separator = ", ";
    }
    if (staged)
        g_string_append(sql, ", _tm_seq bigint, _tm_key text, _tm_cursor bigint, _tm_scope bigint, _tm_absent text");
    g_string_append_c(sql, ')');
    exec_or_fail(d, sql->str);
}

/* The n-th case of a type, or NULL. */
static const Case *case_of(const char *type, int n)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (g_str_equal(cases[i].type, type) && n-- == 0)
            return &cases[i];
    return NULL;
}

#define WIDE_ROWS 13 /* one more than the most cases of a type: the last row is all NULL */

static void set_case(Value *value, const Case *c, TypeKind kind)
{
    value->state = VALUE_SET;
    switch (type_shape(kind)) {
    case SHAPE_INT:
        value->i = c->i;
        break;
    case SHAPE_REAL:
        value->d = c->d;
        break;
    default:
        value->bytes = c->bytes;
        value->len = (uint32_t)(c->len ? c->len : (int)strlen(c->bytes));
        break;
    }
}

/* Row n holds the n-th case of each type. Row 0 has an absent c_int4 and belongs to scope 0. */
static Batch *wide_batch(const Stream *stream)
{
    Batch *batch = batch_new(stream);
    int32_t scope = batch_scope(batch, NULL, "parent", 6);
    for (int n = 0; n < WIDE_ROWS; n++) {
        char key[16];
        int len = g_snprintf(key, sizeof key, "key\t%d", n);
        Row *row = batch_row(batch, key, (size_t)len, n == 0 ? INT64_C(1705312800123456) : TIME_NONE, n == 0 ? scope : -1);
        for (int i = 0; i < stream->table->column_count; i++) {
            const Case *c = case_of(wide[i].type, n);
            if (!stream->mapped[i])
                continue;
            row->values[i].state = VALUE_NULL;
            if (c)
                set_case(&row->values[i], c, stream->table->columns[i].type.kind);
        }
        if (n == 0)
            row->values[4].state = VALUE_ABSENT;
    }
    return batch;
}

static void copy_or_fail(Destination *d, const CopyTarget *target, Batch *batch)
{
    Err err = {0};
    exec_or_fail(d, d->ops->dialect->begin_write);
    if (!d->ops->copy(d, target, &batch, 1, &err))
        fail_msg("copy: %s", err.message);
    exec_or_fail(d, "COMMIT");
}

static void compare_column(Destination *d, const char *table, const char *order, int column, bool postgres)
{
    g_autoptr(GString) sql = g_string_new("SELECT ");
    db_quote(sql, wide[column].name);
    g_string_append_printf(sql, " FROM %s ORDER BY %s", table, order);
    DbRows rows;
    Err err = {0};
    if (!d->ops->query(d, sql->str, 0, NULL, &rows, &err))
        fail_msg("%s: %s", sql->str, err.message);
    assert_int_equal(rows.count, WIDE_ROWS);
    for (int n = 0; n < WIDE_ROWS; n++) {
        const Case *c = wide[column].unmapped ? NULL : case_of(wide[column].type, n);
        const char *found = db_cell(&rows, n, 0);
        const char *expected = c ? (postgres ? c->postgres : c->sqlite) : NULL;
        if (column == 4 && n == 0)
            expected = NULL; /* absent */
        else if (c && !expected && !postgres)
            continue; /* compared by type in check_row_json() */
        if (g_strcmp0(found, expected) != 0)
            fail_msg("%s, row %d of %s: expected %s, found %s", wide[column].name, n, table, expected ? expected : "NULL",
                     found ? found : "NULL");
    }
    db_rows_clear(&rows);
}

static void check_bookkeeping(Destination *d)
{
    assert_answer(d, "SELECT count(*) FROM staged WHERE _tm_seq BETWEEN 1000 AND 1012", "13");
    assert_answer(d, "SELECT _tm_key FROM staged WHERE _tm_seq = 1003", "key\t3");
    assert_answer(d, "SELECT _tm_cursor FROM staged WHERE _tm_seq = 1000", "1705312800123456");
    assert_answer(d, "SELECT _tm_cursor FROM staged WHERE _tm_seq = 1001", NULL);
    assert_answer(d, "SELECT _tm_scope FROM staged WHERE _tm_seq = 1000", "70");
    assert_answer(d, "SELECT _tm_scope FROM staged WHERE _tm_seq = 1001", NULL);
    assert_answer(d, "SELECT substr(_tm_absent, 1, 6) FROM staged WHERE _tm_seq = 1000", "000010");
    assert_answer(d, "SELECT _tm_absent FROM staged WHERE _tm_seq = 1001", NULL);
}

void check_values(Destination *d, bool with_interval)
{
    bool postgres = g_str_equal(d->ops->kind, "postgres");
    Stream *stream = wide_stream(NULL, "wide", with_interval);
    create_table(d, stream, "wide", false);
    create_table(d, stream, "staged", true);
    Batch *batch = wide_batch(stream);
    copy_or_fail(d, &(CopyTarget){.stream = stream, .table = "wide"}, batch);
    copy_or_fail(d, &(CopyTarget){.stream = stream, .table = "staged", .staged = true, .first_seq = 1000, .first_scope = 70},
                 batch);
    for (int i = 1; i < stream->table->column_count; i++) {
        compare_column(d, "wide", "id", i, postgres);
        if (stream->mapped[i])
            compare_column(d, "staged", "_tm_seq", i, postgres);
    }
    check_bookkeeping(d);
    batch_free(batch);
    stream_free(stream);
}

void check_row_json(Destination *d)
{
    bool postgres = g_str_equal(d->ops->kind, "postgres");
    Stream *stream = wide_stream(NULL, "wide", true);
    create_table(d, stream, "wide", false);
    Batch *batch = wide_batch(stream);
    copy_or_fail(d, &(CopyTarget){.stream = stream, .table = "wide"}, batch);
    g_autoptr(GString) json = g_string_new(NULL);
    d->ops->dialect->row_json(stream->table, stream->mapped, "a", json);
    for (int i = 1; i < stream->table->column_count; i++) {
        if (!stream->mapped[i])
            continue;
        g_autoptr(GString) value = g_string_new(NULL);
        g_autoptr(GString) column = g_string_new("b.");
        g_autoptr(GString) sql = g_string_new(NULL);
        d->ops->dialect->from_json(&stream->table->columns[i], "b.j", value);
        db_quote(column, wide[i].name);
        g_string_printf(
            sql,
            postgres ? "SELECT count(*) FROM (SELECT a.*, %s AS j FROM wide a) b WHERE (%s)::text IS DISTINCT FROM (%s)::text"
                     : "SELECT count(*) FROM (SELECT a.*, %s AS j FROM wide a) b WHERE %s IS NOT %s",
            json->str, column->str, value->str);
        if (!postgres)
            g_string_append_printf(sql, " OR typeof(%s) <> typeof(%s)", column->str, value->str);
        g_autofree char *differing = ask(d, sql->str, NULL);
        if (!g_str_equal(differing, "0"))
            fail_msg("%s rows of %s differ: %s against %s", differing, wide[i].name, column->str, value->str);
    }
    batch_free(batch);
    stream_free(stream);
}
