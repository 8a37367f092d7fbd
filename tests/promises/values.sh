#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/promises/values.sh - the table of values in docs/architecture.md, row by row, through a whole sync into both destinations.
. "$TIDEMARK_SRC/tests/support/scene.sh"

# column TYPE [MORE]: a table `things` with a key and one column `v`.
column() {
    printf 'things:\n  columns:\n    - {name: id, sql_type: VARCHAR, primary_key: true}\n    - {name: v, sql_type: %s%s}\n  explicit_mappings: {_id: id}\n' \
        "$1" "${2:+, $2}" | schema
}

# document ID V
document() {
    printf '{"_id":"%s","v":%s}\n' "$1" "$2"
}

# stored: id|v of every row, whatever way the destination has of showing it
stored() {
    sql "SELECT id, CAST(v AS text) FROM things ORDER BY id" | sed -E 's/([0-9])T([0-9])/\1 \2/; s/\.0+$//; s/(Z|\+00)$//'
}

test_value_missing_in_a_required_column() {
    column TEXT 'nullable: false'
    { echo '{"_id":"missing"}' && document null null && document there '"x"'; } | dump things
    run sync
    is "$(rejects)" $'missing|required value missing\nnull|required value missing' "rejected"
    is "$(sql "SELECT DISTINCT column_name FROM ${control}rejects")" v "with the column's name"
    is "$(stored)" 'there|x' "the row that has it lands"
}

test_value_missing_in_an_optional_column() {
    column TEXT
    { echo '{"_id":"missing"}' && document null null; } | dump things
    run sync
    is "$(sql 'SELECT count(*) FROM things WHERE v IS NULL')" 2 "stored as NULL"
}

test_value_integers() {
    column SMALLINT
    {
        document a 7 && document b '{"$numberDouble":"8.0"}' && document c '"9"' && document d '{"$numberLong":"32767"}'
        document e '{"$numberDecimal":"11"}' && document f '"-32768"'
        document p 32768 && document q '{"$numberDouble":"1e300"}' && document r '"-32769"' && document s '"99999999999999999999999"'
        document u 1.5 && document v '"1.5"' && document w '"seven"' && document x '{"$numberDecimal":"0.1"}' && document y '[1]'
    } | dump things
    run sync
    is "$(stored)" $'a|7\nb|8\nc|9\nd|32767\ne|11\nf|-32768' "integers, integral doubles and digits are stored"
    is "$(rejects)" "$(printf '%s|out of range\n' p q r s && printf '%s|wrong type\n' u v w x y)" "beyond the type: out of range; a fraction: wrong type"
}

test_value_integers_of_64_bits() {
    column BIGINT
    {
        document a '{"$numberLong":"9223372036854775807"}' && document b '"-9223372036854775808"' && document c '{"$numberDouble":"9007199254740992.0"}'
        document p '"9223372036854775808"' && document q '{"$numberDouble":"9223372036854775808.0"}'
    } | dump things
    run sync
    is "$(stored)" $'a|9223372036854775807\nb|-9223372036854775808\nc|9007199254740992' "up to the last one"
    is "$(rejects)" $'p|out of range\nq|out of range' "and not one further"
}

test_value_booleans() {
    column BOOLEAN
    local word
    {
        for word in true t yes y on 1 True YES; do document "yes-$word" "\"$word\""; done
        for word in false f no n off 0 False NO; do document "no-$word" "\"$word\""; done
        document yes-number 1 && document no-number 0 && document yes-bool true && document no-bool false
        document yes-double '{"$numberDouble":"1.0"}'
        document x-two 2 && document x-text '"perhaps"' && document x-empty '""' && document x-date '{"$date":"2024-01-01T00:00:00Z"}'
    } | dump things
    run sync
    is "$(sql "SELECT count(*) FROM things WHERE v AND id LIKE 'yes-%'")" 11 "everything that means yes"
    is "$(sql "SELECT count(*) FROM things WHERE NOT v AND id LIKE 'no-%'")" 10 "everything that means no"
    is "$(sql 'SELECT count(*) FROM things')" 21 "nothing else"
    is "$(rejects)" "$(printf 'x-%s|wrong type\n' date empty text two)" "anything else is a reject"
}

test_value_dates() {
    column DATE
    {
        document a '{"$date":"2024-03-30T23:30:00Z"}' && document b '"2024-02-29"' && document c '"2024-03-31T01:30:00+02:00"'
        document d '{"$date":{"$numberLong":"-62135596800000"}}'
        document p '{"$date":{"$numberLong":"9223372036854775807"}}' && document q '"2024-02-30"' && document r '"soon"' && document s 20240101
    } | dump things
    run sync
    is "$(stored)" $'a|2024-03-30\nb|2024-02-29\nc|2024-03-30\nd|0001-01-01' "the day in UTC"
    is "$(rejects "key IN ('p', '\"p\"')")" 'p|out of range' "what the destination cannot hold"
    is "$(rejects "key NOT IN ('p', '\"p\"')")" $'q|wrong type\nr|wrong type\ns|wrong type' "what is no date"
}

test_value_instants() {
    column TIMESTAMP
    {
        document a '{"$date":"2024-03-30T23:30:00.123Z"}' && document b '"2024-02-29"' && document c '"2024-03-31T01:30:00+02:00"'
        document p '{"$date":{"$numberLong":"-9223372036854775808"}}' && document q '"soon"'
    } | dump things
    run sync
    is "$(stored)" $'a|2024-03-30 23:30:00.123\nb|2024-02-29 00:00:00\nc|2024-03-30 23:30:00' "in UTC"
    is "$(rejects)" $'p|out of range\nq|wrong type' "never NULL instead"
}

test_value_texts_of_other_types() {
    column TEXT
    {
        document a 3 && document b '{"$numberDouble":"72.0"}' && document c '{"$numberDouble":"0.1"}' && document d true && document e false
        document f '{"$date":"2024-05-01T10:00:00.5Z"}' && document g '{"$numberDecimal":"1.10"}' && document h '{"$numberLong":"9007199254740993"}'
        document i '{"$oid":"65e8aaaaaaaaaaaaaaaaaaaa"}' && document j '{"$date":"2024-05-01T10:00:00Z"}'
    } | dump things
    run sync
    is "$(sql 'SELECT id, v FROM things ORDER BY id')" "$(printf '%s\n' 'a|3' 'b|72.0' 'c|0.1' 'd|true' 'e|false' 'f|2024-05-01T10:00:00.500Z' \
        'g|1.10' 'h|9007199254740993' 'i|65e8aaaaaaaaaaaaaaaaaaaa' 'j|2024-05-01T10:00:00Z')" "their exact text"
}

test_value_json() {
    column JSONB
    {
        document a '{"n":{"$numberLong":"9007199254740993"},"when":{"$date":"2024-05-01T10:00:00Z"},"list":[1,"two",null,true]}'
        document b '[{"$oid":"65e8aaaaaaaaaaaaaaaaaaaa"},1.5]'
    } | dump things
    run sync
    is "$(sql "SELECT v FROM things WHERE id = 'a'" | jq -cS 'del(.n)')" \
        '{"list":[1,"two",null,true],"when":{"$date":"2024-05-01T10:00:00Z"}}' "a sub-document as relaxed Extended JSON"
    is "$(sql "SELECT v FROM things WHERE id = 'b'" | jq -cS .)" '[{"$oid":"65e8aaaaaaaaaaaaaaaaaaaa"},1.5]' "an array too"
    is "$(sql "SELECT v FROM things WHERE id = 'a'" | grep -c 9007199254740993)" 1 "large integers stay exact"
}

test_value_sub_documents_in_text() {
    schema <<'YAML'
parents:
  include_base: true
  export_order: 1
things:
  export_order: 2
  columns:
    - {name: id, sql_type: VARCHAR, primary_key: true}
    - {name: parent, sql_type: VARCHAR, foreign_key: parents(id)}
    - {name: plain, sql_type: TEXT}
  explicit_mappings: {_id: id}
YAML
    echo '{"_id":"p1","creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"2024-01-01T00:00:00Z"}}' | dump parents
    {
        echo '{"_id":"a","parent":{"_id":"p1","name":"x"},"plain":{"_id":"p1","n":1}}'
        echo '{"_id":"b","parent":"p1","plain":["x",1]}'
    } | dump things
    run sync
    is "$(sql 'SELECT id, parent FROM things ORDER BY id')" $'a|p1\nb|p1' "the id, where the column references a table"
    is "$(sql 'SELECT plain FROM things ORDER BY id' | jq -c .)" $'{"_id":"p1","n":1}\n["x",1]' "else its JSON"
}

test_value_texts_that_are_too_long() {
    column 'VARCHAR(5)'
    {
        document a '"12345"' && document b '"12345   "' && document c '"äöüß€"' && document d '"12 45 "'
        document p '"123456"' && document q '"äöüß€x"'
    } | dump things
    run sync
    is "$(rejects)" $'p|too long\nq|too long' "never cut; characters are counted, not bytes"
    is "$(sql "SELECT id, v, length(v) FROM things ORDER BY id")" $'a|12345|5\nb|12345|5\nc|äöüß€|5\nd|12 45|5' "trailing blanks are no length"
    configure 'things: {on_too_long: truncate}'
    run sync
    is "$(sql "SELECT v FROM things WHERE id IN ('p', 'q') ORDER BY id")" $'12345\näöüß€' "on_too_long: truncate cuts"
    is "$(rejects)" '' "and leaves no reject"
}

test_value_texts_that_are_invalid() {
    column TEXT
    printf '{"_id":"a","v":"x\\u0000y"}\n{"_id":"b","v":"fine"}\n' | dump things
    run sync
    is "$(rejects)" 'a|invalid text' "U+0000 is a reject"
    configure 'things: {on_invalid: replace}'
    run sync
    is "$(sql "SELECT v FROM things WHERE id = 'a'")" $'x\xef\xbf\xbdy' "on_invalid: replace stores U+FFFD"
}

# pair LEFT RIGHT UPDATED N
pair() {
    printf '{"_id":{"$oid":"65e8aaaaaaaaaaaaaaaaaa%s"},"l":"%s","r":"%s","n":%s,"creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"%s"}}\n' \
        "$4" "$1" "$2" "$4" "$3"
}

test_value_one_conflict_target_twice() {
    schema <<'YAML'
things:
  columns:
    - {name: l, sql_type: VARCHAR, nullable: false}
    - {name: r, sql_type: VARCHAR, nullable: false}
    - {name: n, sql_type: INTEGER}
    - {name: updated_at, sql_type: TIMESTAMP}
  explicit_mappings: {update_date: updated_at}
  unique_constraints: [[l, r]]
YAML
    { pair a b 2024-05-02T00:00:00Z 11 && pair a b 2024-05-01T00:00:00Z 12 && pair a c 2024-05-01T00:00:00Z 13 && pair a c 2024-05-03T00:00:00Z 14; } | dump things
    run sync
    is "$status" 0 "runs"
    is "$(sql 'SELECT l, r, n FROM things ORDER BY r')" $'a|b|11\na|c|14' "one row, the newer by cursor"
    is "$(count app.things written):$(count app.things unchanged)" 2:2 "the other counts as unchanged"
}

test_value_two_documents_with_one_primary_key() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: n, sql_type: INTEGER}]\n' | schema
    local created='"creation_date":{"$date":"2024-01-01T00:00:00Z"}'
    {
        echo "{\"_id\":1,\"n\":1,$created,\"update_date\":{\"\$date\":\"2024-05-02T00:00:00Z\"}}"
        echo "{\"_id\":\"1\",\"n\":2,$created,\"update_date\":{\"\$date\":\"2024-05-01T00:00:00Z\"}}"
        echo "{\"_id\":\"2\",\"n\":3,$created,\"update_date\":{\"\$date\":\"2024-05-01T00:00:00Z\"}}"
        echo "{\"_id\":2,\"n\":4,$created,\"update_date\":{\"\$date\":\"2024-05-02T00:00:00Z\"}}"
    } | dump things
    run sync
    is "$status" 1 "a new reject"
    is "$(sql 'SELECT id, n FROM things ORDER BY id')" $'1|1\n2|4' "the newer by cursor stays"
    is "$(sql "SELECT reason, count(*) FROM ${control}rejects GROUP BY reason")" 'duplicate|2' "the other is a reject"
    run sync
    is "$status:$(sql 'SELECT id, n FROM things ORDER BY id' | tr '\n' ' ')" '0:1|1 2|4 ' "and so it stays"
}

on_each_destination test_value_missing_in_a_required_column test_value_missing_in_an_optional_column test_value_integers \
    test_value_integers_of_64_bits test_value_booleans test_value_dates test_value_instants test_value_texts_of_other_types test_value_json \
    test_value_sub_documents_in_text test_value_texts_that_are_too_long test_value_texts_that_are_invalid \
    test_value_one_conflict_target_twice test_value_two_documents_with_one_primary_key
finish
