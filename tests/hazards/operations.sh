#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/operations.sh - what the older scripts printed, returned and leaked (H35 to H37), and servers that hang (H53).
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}'

test_h35_a_failed_row_is_named_by_its_key_never_by_its_values() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: email, sql_type: VARCHAR(10)}, {name: size, sql_type: SMALLINT}]\n' | schema
    {
        echo "{\"_id\":\"a\",\"email\":\"canary.address@example.org\",$dates}"
        echo "{\"_id\":\"b\",\"email\":\"b\",\"size\":\"canary-size\",$dates}"
    } | dump things
    run sync -v
    is "$status" 1 "two rejects"
    "$TIDEMARK_BIN" rejects >rejects.txt 2>&1
    "$TIDEMARK_BIN" rejects app.things >keys.txt 2>&1
    "$TIDEMARK_BIN" log 1 >log.txt 2>&1
    "$TIDEMARK_BIN" history 1 >history.txt 2>&1
    lacks "$(cat ./*.txt out.json)" canary "no value in any output"
    is "$(grep -c canary state.db*  | grep -vc ':0$')" 0 "nor in the state file"
    has "$(cat keys.txt)" email "the column is named"
    has "$(cat keys.txt)" 'too long' "and the reason"
    has "$(sql "SELECT row FROM ${control}rejects ORDER BY key")" canary.address@example.org "the row is kept in the ledger"
}

test_h36_reasons_come_from_codes_not_from_english() {
    [[ $destination_kind == postgres ]] || return 0
    printf 'things:\n  include_base: true\n  additional_columns: [{name: size, sql_type: INTEGER}]\n' | schema
    echo "{\"_id\":\"a\",\"size\":1,$dates}" | dump things
    run sync
    sql "ALTER TABLE things ADD CONSTRAINT small CHECK (size < 10)" >/dev/null
    { echo "{\"_id\":\"a\",\"size\":1,$dates}" && echo "{\"_id\":\"b\",\"size\":11,$dates}" && echo "{\"_id\":\"c\",\"size\":3,$dates}"; } | dump things
    run sync
    is "$(rejects)" 'b|check' "a check that only the database knows"
    is "$(sql 'SELECT id FROM things ORDER BY id')" $'a\nc' "and the rows around it landed"
}

test_h37_the_exit_status_says_what_happened() {
    printf 'things:\n  include_base: true\n' | schema
    echo "{\"_id\":\"a\",$dates}" | dump things
    run sync
    is "$status" 0 "0: done"
    run sync app.nothing
    is "$status" 2 "2: no such stream"
    run backfill app.things --from 2024-02-01 --to 2024-01-01
    is "$status" 2 "2: an empty window"
    printf 'nonsense: [\n' | schema
    run sync
    is "$status" 2 "2: a broken schema file"
    has "$(cat err.txt)" 'schemas.yaml:' "with its place"
}

test_h53_an_unreachable_destination_is_69() {
    [[ $destination_kind == postgres ]] || return 0
    printf 'things:\n  include_base: true\n' | schema
    echo "{\"_id\":\"a\",$dates}" | dump things
    TIDEMARK_DESTINATION='postgresql://nobody@127.0.0.1:1/nothing' run sync
    is "$status" 69 "exit status 69"
    has "$(cat err.txt)" '127.0.0.1' "and the server is named"
}

on_each_destination test_h35_a_failed_row_is_named_by_its_key_never_by_its_values test_h36_reasons_come_from_codes_not_from_english \
    test_h37_the_exit_status_says_what_happened test_h53_an_unreachable_destination_is_69
finish
