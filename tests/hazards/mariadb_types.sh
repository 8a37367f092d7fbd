#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# tests/hazards/mariadb_types.sh - every type of MariaDB, its edges and what does not fit: stored exactly, or rejected with a reason.
. "$TIDEMARK_SRC/tests/support/mariadb_scene.sh"

# stored TYPE SQL-TYPE VALUE… = WANTED: a table of a column of that type, a row per value (SQL), and a stream that makes it SQL-TYPE. WANTED is
# what the destination then shows, with commas between; a rejected row shows its reason. all_stored runs them and looks.
titles=() wanted=() shows=()
stored() {
    local number=${#titles[@]} type=$1 sql_type=$2 id=0 show=v
    shift 2
    cat >>schemas.yaml <<YAML
t$number:
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: v, sql_type: "$sql_type"}
YAML
    echo "CREATE TABLE t$number (id INT PRIMARY KEY, v $type);" >>types.sql
    while [[ $1 != = ]]; do
        echo "INSERT INTO t$number VALUES ($((++id)), $1);" >>types.sql
        shift
    done
    [[ $sql_type != BYTEA ]] || show="CASE WHEN v IS NOT NULL THEN lower(hex(v)) END"
    [[ $destination_kind:$sql_type != postgres:BYTEA ]] || show="encode(v, 'hex')"
    [[ $destination_kind:$sql_type != postgres:BOOLEAN ]] || show="v::int"
    [[ $destination_kind:$sql_type != postgres:INTERVAL ]] || show="extract(epoch FROM v)::numeric(20,1)"
    titles+=("$type into $sql_type") wanted+=("$2") shows+=("$show")
}

all_stored() {
    local number
    { echo "SET sql_mode = '', time_zone = '+00:00';" && cat types.sql; } | maria
    run sync
    for number in "${!titles[@]}"; do
        is "$({ sql "SELECT id, coalesce(CAST(${shows[number]} AS text), 'NULL') FROM t$number" &&
            sql "SELECT \"key\", '(' || reason || ')' FROM ${control}rejects WHERE stream = 'web.t$number'"; } |
            sort -n | cut -d'|' -f2- | paste -sd, -)" "${wanted[number]}" "${titles[number]}"
    done
    titles=() wanted=() shows=()
}

test_integers() {
    stored TINYINT SMALLINT -128 127 NULL = '-128,127,NULL'
    stored 'TINYINT UNSIGNED' SMALLINT 0 255 = '0,255'
    stored SMALLINT SMALLINT -32768 32767 = '-32768,32767'
    stored 'SMALLINT UNSIGNED' SMALLINT 65535 = 65535 # widened
    stored MEDIUMINT INTEGER -8388608 8388607 = '-8388608,8388607'
    stored 'MEDIUMINT UNSIGNED' INTEGER 16777215 = 16777215
    stored INT INTEGER -2147483648 2147483647 = '-2147483648,2147483647'
    stored 'INT UNSIGNED' INTEGER 2147483648 4294967295 = '2147483648,4294967295' # widened
    stored BIGINT BIGINT -9223372036854775808 9223372036854775807 = '-9223372036854775808,9223372036854775807'
    stored 'BIGINT UNSIGNED' BIGINT 9223372036854775807 9223372036854775808 18446744073709551615 = '9223372036854775807,(out of range),(out of range)'
    stored 'BIGINT UNSIGNED' 'NUMERIC(20)' 18446744073709551615 = 18446744073709551615
    stored 'BIGINT UNSIGNED' TEXT 18446744073709551615 = 18446744073709551615
    stored BIGINT INTEGER 2147483647 2147483648 = '2147483647,(out of range)'
    stored 'INT(8) ZEROFILL' BIGINT 42 = 42
    stored 'TINYINT(1)' BOOLEAN 0 1 2 = '0,1,(wrong type)'
    stored INT TEXT -5 = -5
    stored 'INT UNSIGNED' 'NUMERIC(5,2)' 999 1000 = '999.00,(out of range)'
    all_stored
}

test_numbers() {
    stored 'DECIMAL(65,30)' NUMERIC 12345678901234567890123456789012345.123456789012345678901234567890 -0.1 = '12345678901234567890123456789012345.123456789012345678901234567890,-0.100000000000000000000000000000'
    stored 'DECIMAL(10,2)' 'NUMERIC(10,2)' 99999999.99 -1.5 = '99999999.99,-1.50'
    stored 'DECIMAL(10,2)' 'NUMERIC(4,1)' 12.30 12.34 1234.5 = '12.3,(wrong type),(out of range)'
    stored 'DECIMAL(10,2)' INTEGER 12 12.5 = '12,(wrong type)'
    stored DOUBLE 'DOUBLE PRECISION' 0.1 1.7976931348623157e308 -2.5e-300 = "$(real 0.1 1.7976931348623157e+308 -2.5e-300)"
    stored DOUBLE TEXT 3 0.1 1e300 = '3.0,0.1,1e+300'
    stored DOUBLE NUMERIC 3 0.1 = '3,0.1'
    stored FLOAT NUMERIC 0.1 16777217 = '0.1,16777216'
    stored FLOAT TEXT 25.03 = 25.03
    stored 'DOUBLE(10,2)' 'DOUBLE PRECISION' 25.03 = 25.03
    stored FLOAT REAL 25.03 = "$([[ $destination_kind == sqlite ]] && echo 25.0300006866455 || echo 25.03)"
    stored 'BIT(1)' BOOLEAN "b'0'" "b'1'" = '0,1'
    stored 'BIT(8)' SMALLINT "b'11001000'" = 200
    stored 'BIT(64)' 'NUMERIC(20)' 18446744073709551615 = 18446744073709551615
    stored 'BIT(64)' BIGINT 18446744073709551615 5 = '(out of range),5'
    stored 'BIT(12)' BYTEA "b'000100000001'" = 0101
    stored YEAR SMALLINT 1901 2155 0 = '1901,2155,0'
    stored YEAR TEXT 2024 = 2024
    all_stored
}
real() { # as the destination writes them
    if [[ $destination_kind == sqlite ]]; then
        sqlite3 :memory: "SELECT CAST($1 AS text) || ',' || CAST($2 AS text) || ',' || CAST($3 AS text)"
    else
        psql -qAt "$TIDEMARK_TEST_POSTGRES_URL" -c "SELECT concat_ws(',', $1::float8, $2::float8, $3::float8)"
    fi
}

test_times() {
    stored DATE DATE "'2024-02-29'" "'9999-12-31'" "'0000-00-00'" "'2024-05-00'" NULL = '2024-02-29,9999-12-31,(out of range),(out of range),NULL'
    stored DATETIME TIMESTAMP "'2024-02-29 12:34:56'" "'1000-01-01'" "'0000-00-00'" = '2024-02-29 12:34:56,1000-01-01 00:00:00,(out of range)'
    stored 'DATETIME(6)' TIMESTAMP "'9999-12-31 23:59:59.999999'" "'2024-01-01 00:00:00.5'" = "9999-12-31 23:59:59.999999,2024-01-01 00:00:00.5$([[ $destination_kind == postgres ]] || echo 00)"
    stored 'TIMESTAMP NULL' TIMESTAMP "'2038-01-19 03:14:07'" "'1970-01-01 00:00:01'" "'0000-00-00'" = '2038-01-19 03:14:07,1970-01-01 00:00:01,(out of range)'
    stored DATETIME DATE "'2024-02-29 23:59:59'" = 2024-02-29
    stored 'DATETIME(3)' TEXT "'2024-02-29 12:00:00.250'" "'0000-00-00 00:00:00'" = '2024-02-29T12:00:00.250Z,0000-00-00 00:00:00.000'
    stored DATE TEXT "'2024-02-29'" "'0000-00-00'" = '2024-02-29,0000-00-00'
    stored TIME TIME "'00:00:00'" "'23:59:59'" "'24:00:01'" "'-00:00:01'" "'838:59:59'" = '00:00:00,23:59:59,(out of range),(out of range),(out of range)'
    stored 'TIME(6)' TIME "'10:00:00.000001'" = 10:00:00.000001
    stored TIME TEXT "'-838:59:59'" = -838:59:59
    if [[ $destination_kind == postgres ]]; then
        stored TIME INTERVAL "'838:59:59'" "'-12:00:00'" = '3020399.0,-43200.0'
    else
        stored TIME INTERVAL "'838:59:59'" "'-12:00:00'" = '838:59:59,-12:00:00'
    fi
    all_stored
}

test_texts() {
    stored 'CHAR(10)' 'VARCHAR(10)' "'abc  '" "''" = 'abc,'
    stored 'VARCHAR(20)' 'VARCHAR(20)' "'Größe 😀'" "'a/b%c'" = 'Größe 😀,a/b%c'
    stored 'VARCHAR(20) CHARACTER SET latin1' TEXT "'Größe'" = Größe
    stored 'VARCHAR(20) CHARACTER SET utf16' TEXT "'Größe 😀'" = 'Größe 😀'
    stored LONGTEXT TEXT "REPEAT('ä', 100)" = "$(printf 'ä%.0s' {1..100})"
    stored 'VARCHAR(20)' 'VARCHAR(3)' "'abc'" "'abcd'" "'abc  '" = 'abc,(too long),abc'
    stored TEXT TEXT "CONCAT('a', CHAR(0), 'b')" = '(invalid text)'
    stored "ENUM('b','a')" TEXT "'a'" "'b'" "'unknown'" = 'a,b,'
    stored "SET('x','y')" TEXT "'x,y'" "''" = 'x,y,'
    stored JSON JSONB "'{\"a\": 1}'" "'[]'" NULL = '{"a": 1},[],NULL'
    stored JSON TEXT "'{\"a\":  1}'" = '{"a":  1}'
    stored TEXT JSON "'{\"a\": [1, 2]}'" "'not json'" "''" = '{"a": [1, 2]},(wrong type),(wrong type)'
    stored TEXT JSONB "'\"\\\\u0000\"'" = '(invalid text)'
    stored UUID UUID "'123e4567-e89b-12d3-a456-426614174000'" = 123e4567-e89b-12d3-a456-426614174000
    stored 'BINARY(16)' UUID "x'123e4567e89b12d3a456426614174000'" = 123e4567-e89b-12d3-a456-426614174000
    stored INET6 TEXT "'::1'" = ::1
    stored 'VARCHAR(10)' INTEGER "'12'" "'x'" = '12,(wrong type)'
    all_stored
}

test_bytes() {
    stored 'BINARY(4)' BYTEA "x'00ff'" "''" = '00ff0000,00000000'
    stored 'VARBINARY(16)' BYTEA "x'7f000001'" "x''" NULL = '7f000001,,NULL'
    stored LONGBLOB BYTEA "x'0001deadbeef'" = 0001deadbeef
    stored 'VARCHAR(10)' BYTEA "'ä'" = c3a4
    stored 'VARBINARY(16)' TEXT "'Größe'" "x'ff'" "x'00'" = 'Größe,(invalid text),(invalid text)'
    stored POINT BYTEA "ST_GeomFromText('POINT(1 2)', 4326)" = 0101000000000000000000f03f0000000000000040
    stored GEOMETRY TEXT "ST_GeomFromText('LINESTRING(0 0,1 1)')" = 'LINESTRING(0 0,1 1)'
    all_stored
}

test_invalid_text_is_replaced_when_asked_for() {
    configure 't0: {on_invalid: replace, on_too_long: truncate}'
    stored 'VARBINARY(16)' 'VARCHAR(4)' "x'61ff62'" "'longer'" = 'a�b,long'
    all_stored
}

on_each_destination test_integers test_numbers test_times test_texts test_bytes test_invalid_text_is_replaced_when_asked_for
finish
