#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# tests/hazards/mariadb_keys.sh - promise 2 over primary keys of every kind: killed between two commits, a reading goes on behind its last row.
. "$TIDEMARK_SRC/tests/support/mariadb_scene.sh"

rows=45000
# keyed NAME KEY-COLUMNS-SQL KEY-NAMES VALUES-SQL COLUMNS-YAML…: a table with that primary key, filled from seq
keyed() {
    local name=$1 definition=$2 key=$3 values=$4 column
    shift 4
    maria -e "CREATE TABLE $name ($definition, n INT, PRIMARY KEY ($key)); INSERT INTO $name SELECT $values, seq FROM seq_1_to_$rows"
    { echo "$name:" && echo "  columns:" && for column; do echo "    - {$column, primary_key: true}"; done && echo "    - {name: n, sql_type: INTEGER}"; } >>schemas.yaml
}
text_keys() {
    # Upper and lower case alternate, which a comparison of bytes would put apart; slashes and percents are in the key's own text.
    keyed texts 'k VARCHAR(40) COLLATE utf8mb4_general_ci' k "CONCAT(IF(seq % 2, 'k', 'K'), 'ä/%', LPAD(seq * 7919 % 1000003, 8, '0'))" 'name: k, sql_type: VARCHAR(40)'
}
composite_keys() {
    keyed composite 'a INT, b VARBINARY(8), c BIGINT UNSIGNED' 'a, b, c' "seq % 7, UNHEX(LPAD(HEX(seq % 11), 4, '0')), 18446744073709551615 - seq" \
        'name: a, sql_type: INTEGER' 'name: b, sql_type: BYTEA' 'name: c, sql_type: NUMERIC(20)'
}
member_keys() {
    keyed members "e ENUM('z','m','a'), d DATE, f DOUBLE" 'e, d, f' "ELT(seq % 3 + 1, 'z', 'm', 'a'), '2024-01-01' + INTERVAL seq % 400 DAY, seq / 7" \
        'name: e, sql_type: VARCHAR(3)' 'name: d, sql_type: DATE' 'name: f, sql_type: DOUBLE PRECISION'
}
decimal_keys() {
    keyed decimals 'p DECIMAL(20,6), t DATETIME(6)' 'p, t' "seq / 3, '2024-01-01' + INTERVAL seq MICROSECOND" 'name: p, sql_type: "NUMERIC(20,6)"' 'name: t, sql_type: TIMESTAMP'
}
integer_keys() {
    keyed integers 'a INT, b BIGINT UNSIGNED' 'a, b' 'seq % 7, seq * 3' 'name: a, sql_type: INTEGER' 'name: b, sql_type: BIGINT'
}

primary_keys() { # TABLE
    if [[ $destination_kind == sqlite ]]; then
        sql "SELECT count(*) FROM sqlite_schema WHERE name = '$1' AND sql LIKE '%PRIMARY KEY%'"
    else
        sql "SELECT count(*) FROM pg_constraint WHERE conrelid = '$1'::regclass AND contype = 'p'"
    fi
}

commits_so_far() { [[ $(sql "SELECT count(*) FROM ${control}checkpoints WHERE \"position\" IS NOT NULL") == 1 ]]; }

# killed_at CLASS:N: a run that the preload library kills there.
killed_at() {
    # The braces keep the shell from announcing each death; the library reads COMMIT on the wire.
    { env LD_PRELOAD="$TIDEMARK_FAULT_SHIM" TIDEMARK_FAULT="$1" PGSSLMODE=disable ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
        LSAN_OPTIONS=detect_leaks=0 "$TIDEMARK_BIN" --batch sync >out.txt 2>err.txt </dev/null; } 2>/dev/null
}

# Later and later, until a run was killed after a part of its window was committed: of PostgreSQL's commits the first make tables and the last closes
# the window; SQLite writes a few hundred pages in between.
kill_in_the_middle() {
    local number class=commit step=1
    [[ $destination_kind == postgres ]] || class=send step=150
    for ((number = 2 * step; number < 60 * step; number += step)); do
        killed_at "$class:$number"
        [[ $? == 137 ]] || break
        ! commits_so_far || return 0
    done
    fail "no run was killed in the middle" "$(cat err.txt)"
}

killed_between() { # TABLE COLUMNS
    kill_in_the_middle
    keys_then=$(primary_keys "$1")
    run sync
    is "$status:$(sql "SELECT count(*), count(DISTINCT n), sum(n) FROM $1")" "0:$rows|$rows|$((rows * (rows + 1) / 2))" "$1: nothing is lost, nothing doubled"
    is "$(($(count "web.$1" read) < rows))" 1 "$1: what was committed is not read again"
    maria -e "UPDATE $1 SET n = 0 WHERE n = 17"
    run sync
    is "$(count "web.$1" read):$(count "web.$1" written):$(count "web.$1" unchanged)" "$rows:1:$((rows - 1))" "$1: read whole again, one row differs"
}

test_promise_2_texts() { text_keys && killed_between texts; }
test_promise_2_composite() { composite_keys && killed_between composite; }
test_promise_2_members() { member_keys && killed_between members; }
test_promise_2_decimals() { decimal_keys && killed_between decimals; }

# Each key comes once: PostgreSQL's table has its own only when all of them are there.
test_promise_2_integers() {
    integer_keys && killed_between integers
    is "$keys_then:$(primary_keys integers)" "$([[ $destination_kind == sqlite ]] && echo 1 || echo 0):1" "its primary key is there in the end"
}

test_promise_2_no_key() {
    maria -e "CREATE TABLE keyless (a INT, n INT, KEY (a)); INSERT INTO keyless SELECT seq, seq FROM seq_1_to_$rows"
    printf 'keyless:\n  columns:\n    - {name: a, sql_type: INTEGER, primary_key: true}\n    - {name: n, sql_type: INTEGER}\n' | tables
    kill_in_the_middle
    run sync
    is "$status:$(sql 'SELECT count(*), sum(n) FROM keyless')" "0:$rows|$((rows * (rows + 1) / 2))" "nothing is lost where nothing orders the rows"
    is "$(count web.keyless read)" "$rows" "the window starts over"
    has "$(logged)" 'has no unique index on the stream' "and it is said that rows may replace each other"
}

test_a_rejected_row_is_found_by_its_key() {
    tables <<'YAML'
parts:
  columns:
    - {name: a, sql_type: VARCHAR(9), primary_key: true}
    - {name: b, sql_type: BYTEA, primary_key: true}
    - {name: n, sql_type: SMALLINT}
YAML
    maria -e "CREATE TABLE parts (a VARCHAR(9), b VARBINARY(4), n INT, PRIMARY KEY (a, b)); INSERT INTO parts VALUES ('50%/é', x'00ff', 70000), ('', x'', 70001), ('ok', x'01', 1)"
    run sync
    is "$(rejects | tr '\n' ' ')" '/|out of range 50%25%2Fé/00ff|out of range ' "the key says which, whatever is in it"
    maria -e "UPDATE parts SET n = 5 WHERE n >= 70000"
    run rejects retry web.parts
    is "$status:$(sql "SELECT count(*) FROM parts WHERE n = 5"):$(rejects)" 0:2: "both are read again by it"
}

on_each_destination test_promise_2_texts test_promise_2_composite test_promise_2_members test_promise_2_decimals test_promise_2_integers test_promise_2_no_key \
    test_a_rejected_row_is_found_by_its_key
finish
