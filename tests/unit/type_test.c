/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "model/type.h"

static void every_spelling_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
        TypeKind kind;
        int length, scale;
        bool generated;
    } known[] = {
        {"BOOL", "boolean", TYPE_BOOL},
        {"Boolean", "boolean", TYPE_BOOL},
        {"SMALLINT", "smallint", TYPE_INT2},
        {"int2", "smallint", TYPE_INT2},
        {"INT", "integer", TYPE_INT4},
        {"INTEGER", "integer", TYPE_INT4},
        {"INT4", "integer", TYPE_INT4},
        {"BIGINT", "bigint", TYPE_INT8},
        {"int8", "bigint", TYPE_INT8},
        {"SERIAL", "integer", TYPE_INT4, 0, 0, true},
        {"serial4", "integer", TYPE_INT4, 0, 0, true},
        {"BIGSERIAL", "bigint", TYPE_INT8, 0, 0, true},
        {"serial8", "bigint", TYPE_INT8, 0, 0, true},
        {"SmallSerial", "smallint", TYPE_INT2, 0, 0, true},
        {"serial2", "smallint", TYPE_INT2, 0, 0, true},
        {"REAL", "real", TYPE_FLOAT4},
        {"FLOAT4", "real", TYPE_FLOAT4},
        {"FLOAT(24)", "real", TYPE_FLOAT4},
        {"FLOAT(25)", "double precision", TYPE_FLOAT8},
        {"FLOAT", "double precision", TYPE_FLOAT8},
        {"DOUBLE  PRECISION", "double precision", TYPE_FLOAT8},
        {"float8", "double precision", TYPE_FLOAT8},
        {"DECIMAL", "numeric", TYPE_NUMERIC},
        {"NUMERIC(10)", "numeric(10,0)", TYPE_NUMERIC, 10, 0},
        {"DECIMAL(10,2)", "numeric(10,2)", TYPE_NUMERIC, 10, 2},
        {"numeric ( 10 , 2 )", "numeric(10,2)", TYPE_NUMERIC, 10, 2},
        {"TEXT", "text", TYPE_TEXT},
        {"VARCHAR(255)", "character varying(255)", TYPE_VARCHAR, 255},
        {"character varying(255)", "character varying(255)", TYPE_VARCHAR, 255},
        {"CHAR VARYING (5)", "character varying(5)", TYPE_VARCHAR, 5},
        {"varchar", "character varying", TYPE_VARCHAR},
        {"CHAR", "character(1)", TYPE_CHAR, 1},
        {"char(24)", "character(24)", TYPE_CHAR, 24},
        {"CHARACTER(3)", "character(3)", TYPE_CHAR, 3},
        {"bpchar", "bpchar", TYPE_CHAR},
        {"bpchar(7)", "character(7)", TYPE_CHAR, 7},
        {"BYTEA", "bytea", TYPE_BYTEA},
        {"uuid", "uuid", TYPE_UUID},
        {"DATE", "date", TYPE_DATE},
        {"TIME", "time without time zone", TYPE_TIME},
        {"TIMESTAMP", "timestamp without time zone", TYPE_TIMESTAMP},
        {"TIMESTAMP(3)", "timestamp without time zone", TYPE_TIMESTAMP},
        {"timestamp without time zone", "timestamp without time zone", TYPE_TIMESTAMP},
        {"TIMESTAMP WITH TIME ZONE", "timestamp with time zone", TYPE_TIMESTAMPTZ},
        {"timestamp(6) with\ttime zone", "timestamp with time zone", TYPE_TIMESTAMPTZ},
        {"timestamptz", "timestamp with time zone", TYPE_TIMESTAMPTZ},
        {"INTERVAL", "interval", TYPE_INTERVAL},
        {"json", "json", TYPE_JSON},
        {"JSONB", "jsonb", TYPE_JSONB},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        SqlType type, again;
        Err err = {0};
        char printed[64];
        if (!type_parse(known[i].text, &type, &err))
            fail_msg("%s: %s", known[i].text, err.message);
        assert_int_equal(type.kind, known[i].kind);
        assert_int_equal(type.length, known[i].length);
        assert_int_equal(type.scale, known[i].scale);
        assert_int_equal(type.generated, known[i].generated);
        type_format(&type, printed, sizeof printed);
        assert_string_equal(printed, known[i].printed);
        assert_true(type_parse(printed, &again, &err));
        assert_true(type_same(&type, &again));
    }
}

/* H27: nothing of a schema file reaches SQL as it stands. */
static void anything_else_is_refused_with_what_is_known(void **state)
{
    (void)state;
    static const char *const unknown[] = {
        "",
        "txt",
        "text[]",
        "integer; DROP TABLE users",
        "varchar(0)",
        "varchar(-1)",
        "text(5)",
        "int(11)",
        "numeric(1001)",
        "numeric(10,2,3)",
        "varchar(5",
        "varchar(5))",
        "float(0)",
        "float(54)",
        "timestamp(7)",
        "varchar(99999999999999)",
        "varchar(2)(3)",
        "numeric(0,0)",
        "datetime",
        "timetz",
        "double",
        "time with time zone",
        "numeric(5,-1)",
        "varchar()",
        "(5)",
        "int\"",
        "varchar(5,)",
        "char(5 5)",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
        SqlType type;
        Err err = {0};
        if (type_parse(unknown[i], &type, &err))
            fail_msg("\"%s\" accepted", unknown[i]);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_true(err.message[0] != '\0');
    }
    SqlType type;
    Err err = {0};
    assert_false(type_parse("txt", &type, &err));
    assert_non_null(strstr(err.message, "unknown type \"txt\", expected one of boolean, smallint"));
    assert_non_null(strstr(err.message, "jsonb"));
    assert_false(type_parse("varchar(0)", &type, &err));
    assert_string_equal(err.message, "length of type \"varchar(0)\" must be between 1 and 10485760");
}

static void types_compare_by_what_they_hold(void **state)
{
    (void)state;
    SqlType serial, integer, narrow, wide;
    Err err;
    assert_true(type_parse("serial", &serial, &err) && type_parse("int", &integer, &err));
    assert_true(type_parse("varchar(10)", &narrow, &err) && type_parse("varchar(20)", &wide, &err));
    assert_true(type_same(&serial, &integer));
    assert_false(type_same(&narrow, &wide));
    assert_false(type_same(&narrow, &integer));
}

static void shapes(void **state)
{
    (void)state;
    assert_int_equal(type_shape(TYPE_BOOL), SHAPE_INT);
    assert_int_equal(type_shape(TYPE_TIMESTAMPTZ), SHAPE_INT);
    assert_int_equal(type_shape(TYPE_TIME), SHAPE_INT);
    assert_int_equal(type_shape(TYPE_FLOAT4), SHAPE_REAL);
    assert_int_equal(type_shape(TYPE_NUMERIC), SHAPE_BYTES);
    assert_int_equal(type_shape(TYPE_UUID), SHAPE_BYTES);
    assert_true(type_is_text(TYPE_CHAR) && type_is_text(TYPE_TEXT) && type_is_text(TYPE_VARCHAR));
    assert_false(type_is_text(TYPE_JSON) || type_is_text(TYPE_UUID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_is_understood),
        cmocka_unit_test(anything_else_is_refused_with_what_is_known),
        cmocka_unit_test(types_compare_by_what_they_hold),
        cmocka_unit_test(shapes),
    };
    return cmocka_run_group_tests_name("type", tests, NULL, NULL);
}
