#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/schema.sh - tables, names, types and values that the older scripts got wrong (H25 to H34, H40, H41).
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}'

test_h25_a_table_of_that_name_in_another_schema_is_another_table() {
    [[ $destination_kind == postgres ]] || return 0
    sql 'CREATE SCHEMA other; CREATE TABLE other.things (id varchar primary key, created_at timestamp, updated_at timestamp, name text)'
    printf 'things:\n  include_base: true\n  additional_columns: [{name: name, sql_type: TEXT}]\n' | schema
    echo "{\"_id\":\"a\",\"name\":\"n\",$dates}" | dump things
    run sync
    is "$status" 0 "runs"
    is "$(sql 'SELECT name FROM public.things')" n "the table in the search path was made"
    is "$(sql 'SELECT count(*) FROM other.things')" 0 "the other one was left alone"
}

test_h26_missing_keys_and_changed_types_are_noticed_before_the_run() {
    sql 'CREATE TABLE things (id varchar, created_at timestamp not null, updated_at timestamp not null, name text)' >/dev/null
    printf 'things:\n  include_base: true\n  additional_columns: [{name: name, sql_type: INTEGER}]\n' | schema
    echo "{\"_id\":\"a\",\"name\":1,$dates}" | dump things
    run sync
    is "$status" 3 "a type that differs stops the stream"
    has "$(cat err.txt)" 'name' "the column is named"
    sed -i 's/INTEGER/TEXT/' schemas.yaml
    echo "{\"_id\":\"a\",\"name\":\"n\",$dates}" | dump things
    run sync
    is "$status" 0 "the key that the merge needs is made"
    run sync
    is "$(sql 'SELECT count(*) FROM things')" 1 "and no row is doubled"
}

test_h27_names_are_quoted_everywhere() {
    schema <<'YAML'
order:
  include_base: true
  additional_columns:
    - {name: select, sql_type: TEXT}
    - {name: 'a"b', sql_type: TEXT}
    - {name: 'Robert"); DROP TABLE students; --', sql_type: TEXT}
'a"b':
  include_base: true
  additional_columns:
    - {name: order_id, sql_type: VARCHAR, foreign_key: order(id)}
YAML
    echo "{\"_id\":\"1\",\"select\":\"s\",\"a\\\"b\":\"q\",\"Robert\\\"); DROP TABLE students; --\":\"x\",$dates}" | dump order
    echo "{\"_id\":\"1\",\"order_id\":\"1\",$dates}" | dump 'a%22b'
    run sync
    is "$status" 0 "runs"
    is "$(sql 'SELECT "select", "a""b", "Robert""); DROP TABLE students; --" FROM "order"')" 's|q|x' "values stand in their columns"
    is "$(sql 'SELECT order_id FROM "a""b"')" 1 "the child too"
    run reimport app.order --yes
    is "$status" 0 "a reimport as well"
}

test_h28_unique_constraints_with_a_base_are_honoured() {
    printf 'things:\n  include_base: true\n  unique_constraints: [[code]]\n  additional_columns: [{name: code, sql_type: TEXT}]\n' | schema
    {
        echo "{\"_id\":\"a\",\"code\":\"x\",$dates}"
        echo "{\"_id\":\"b\",\"code\":\"x\",\"creation_date\":{\"\$date\":\"2024-05-01T00:00:00Z\"},\"update_date\":{\"\$date\":\"2024-04-01T00:00:00Z\"}}"
        echo "{\"_id\":\"c\",\"code\":\"y\",$dates}"
    } | dump things
    run sync
    is "$status" 1 "the second holder of the key is a reject"
    is "$(sql "SELECT count(*) FROM ${control}rejects WHERE reason = 'duplicate'")" 1 "with the reason duplicate"
    is "$(sql 'SELECT count(*) FROM things')" 2 "the rest landed"
}

test_h29_parent_columns_have_an_index() {
    printf 'p:\n  include_base: true\n  export_order: 1\nc:\n  include_base: true\n  export_order: 2\n  additional_columns: [{name: p_id, sql_type: VARCHAR, foreign_key: p(id)}]\n' | schema
    : | dump p
    : | dump c
    run sync
    if [[ $destination_kind == postgres ]]; then
        is "$(sql "SELECT count(*) FROM pg_indexes WHERE tablename = 'c' AND indexdef LIKE '%(p_id)'")" 1 "an index on p_id"
    else
        is "$(sql "SELECT count(*) FROM pragma_index_list('c') l, pragma_index_info(l.name) i WHERE i.name = 'p_id'")" 1 "an index on p_id"
    fi
}

test_h30_h31_dates_are_utc() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: day, sql_type: DATE}, {name: at, sql_type: TIMESTAMPTZ}]\n' | schema
    echo "{\"_id\":\"a\",\"day\":{\"\$date\":\"2024-03-30T23:00:00Z\"},\"at\":\"2024-03-31T01:30:00+02:00\",$dates}" | dump things
    TZ=Pacific/Auckland run sync
    is "$(sql 'SELECT day, at, created_at FROM things' | sed -E 's/\+00|Z//; s/\.0+//g')" '2024-03-30|2024-03-30 23:30:00|2024-05-01 00:00:00' \
        "the UTC day, whatever the host's zone"
}

test_h32_an_older_reading_does_not_replace_a_newer_row() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: name, sql_type: TEXT}]\n' | schema
    configure 'things: {newer_wins: true}'
    echo '{"_id":"a","name":"new","creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-02T00:00:00Z"}}' | dump things
    run sync
    echo '{"_id":"a","name":"old","creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}}' | dump things
    run backfill app.things --from 2024-05-01 --to 2024-05-02
    is "$(sql 'SELECT name FROM things'):$(count app.things unchanged)" new:1 "an older dump does not take the row back"
    configure 'things: {newer_wins: false}'
    run backfill app.things --from 2024-05-01 --to 2024-05-02
    is "$(sql 'SELECT name FROM things')" old "unless the configuration says so"
}

test_h33_a_required_field_removed_at_the_source_is_a_reject() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: name, sql_type: TEXT, nullable: false}, {name: note, sql_type: TEXT}]\n' | schema
    echo "{\"_id\":\"a\",\"name\":\"n\",\"note\":\"x\",$dates}" | dump things
    run sync
    echo '{"_id":"a","creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-02T00:00:00Z"}}' | dump things
    run sync
    is "$(rejects)" 'a|required value missing' "the newer reading is kept as a reject"
    is "$(sql 'SELECT name, note FROM things')" 'n|x' "the old row stays whole"
    echo '{"_id":"a","name":"m","creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-03T00:00:00Z"}}' | dump things
    run sync
    is "$(sql 'SELECT name, note IS NULL FROM things' | sed 's/|t$/|1/')" 'm|1' "a removed optional field becomes NULL"
}

test_h34_unchanged_rows_are_not_rewritten() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: name, sql_type: TEXT}]\n' | schema
    for i in $(seq 1 200); do echo "{\"_id\":\"i$i\",\"name\":\"n\",$dates}"; done >documents
    dump things <documents
    run sync
    [[ $destination_kind != postgres ]] || before=$(sql 'SELECT md5(string_agg(xmin::text || ctid::text, id)) FROM (SELECT * FROM things ORDER BY id) t' 2>&1)
    run backfill app.things --from 2024-01-01 --to 2024-12-31
    is "$(count app.things written):$(count app.things unchanged)" 0:200 "all unchanged"
    [[ $destination_kind != postgres ]] || is "$(sql 'SELECT md5(string_agg(xmin::text || ctid::text, id)) FROM (SELECT * FROM things ORDER BY id) t')" "$before" "not one row version is new"
}

test_h40_one_effective_name() {
    printf 'key_name:\n  name: table_name\n  mongo_collection: things\n  include_base: true\nchild:\n  include_base: true\n  export_order: 1\n  additional_columns: [{name: k, sql_type: VARCHAR, foreign_key: key_name(id)}]\n' | schema
    echo "{\"_id\":\"a\",$dates}" | dump things
    echo "{\"_id\":\"c\",\"k\":\"a\",$dates}" | dump child
    run sync
    is "$status" 0 "runs"
    run sync
    is "$(sql 'SELECT id FROM table_name')" a "the table has the given name"
    is "$(count app.key_name unchanged)" 1 "and is found again"
}

test_h41_one_writer_per_stream() {
    printf 'things:\n  include_base: true\n' | schema
    for i in $(seq 1 3000); do echo "{\"_id\":\"i$i\",$dates}"; done | dump things
    "$TIDEMARK_BIN" --batch sync --lock-wait 30 >/dev/null 2>first.txt &
    local first=$!
    "$TIDEMARK_BIN" --batch sync --lock-wait 30 >/dev/null 2>second.txt
    local second=$?
    wait "$first"
    is "$?:$second" 0:0 "two runs at once take turns"
    is "$(sql 'SELECT count(*) FROM things')" 3000 "and nothing is doubled"
}

on_each_destination test_h25_a_table_of_that_name_in_another_schema_is_another_table \
    test_h26_missing_keys_and_changed_types_are_noticed_before_the_run test_h27_names_are_quoted_everywhere \
    test_h28_unique_constraints_with_a_base_are_honoured test_h29_parent_columns_have_an_index test_h30_h31_dates_are_utc \
    test_h32_an_older_reading_does_not_replace_a_newer_row test_h33_a_required_field_removed_at_the_source_is_a_reject test_h34_unchanged_rows_are_not_rewritten test_h40_one_effective_name \
    test_h41_one_writer_per_stream
finish
