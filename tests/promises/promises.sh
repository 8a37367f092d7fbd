#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/promises/promises.sh - the promises of docs/architecture.md that a user can see from outside, one test each, named by number. Others are
# kept where they can be driven closer: killed at any instant (2) in tests/sweep, locks and cancelling (7, 8) also in tests/integration.
. "$TIDEMARK_SRC/tests/support/scene.sh"

# thing ID NAME UPDATED
thing() {
    printf '{"_id":"%s","name":"%s","creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"%s"}}\n' "$1" "$2" "$3"
}
things() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: name, sql_type: VARCHAR(40)}]\n' | schema
}

test_promise_1_the_watermark_moves_only_with_its_window() {
    things
    { thing a one 2024-05-01T00:00:00Z && thing b two 2024-05-02T00:00:00Z; } | dump things
    run backfill app.things --from 2024-05-02 --to 2024-05-02
    is "$(count app.things written)" 1 "a backfill reads its window"
    is "$(watermark app.things)" '' "and moves no watermark"
    run sync
    is "$(watermark app.things)" '2024-05-02 00:00:00' "a sync does"
    rm -f state.db*
    run sync
    is "$(count app.things read)" 1 "losing the state file loses no position: only the lookback is read again"
    configure 'things: {on_too_long: truncate}'
    run sync
    is "$(count app.things read)" 2 "a changed definition is read whole"
    is "$(count app.things written)" 0 "and writes only what differs"
}

test_promise_1_taking_over_a_table_repairs_it() {
    things
    sql "CREATE TABLE things (id varchar primary key, created_at timestamp not null, updated_at timestamp not null, name varchar(40));
        INSERT INTO things VALUES ('a', '2024-01-01', '2024-05-01', 'one'), ('b', '2024-01-01', '2024-05-02', 'stale')" >/dev/null
    { thing a one 2024-05-01T00:00:00Z && thing b two 2024-05-02T00:00:00Z && thing c lost 2024-03-01T00:00:00Z; } | dump things
    run sync --dry-run
    is "$status" 0 "a plan"
    is "$(sql 'SELECT count(*) FROM things')" 2 "that wrote nothing"
    run sync
    is "$(sql 'SELECT id, name FROM things ORDER BY id')" $'a|one\nb|two\nc|lost' "what was lost or stale is repaired"
    is "$(count app.things written)" "$([[ $destination_kind == postgres ]] && echo 2 || count app.things written)" "only what differs is written"
}

test_promise_1_taking_over_on_trust_is_shown_as_unaudited() {
    things
    sql "CREATE TABLE things (id varchar primary key, created_at timestamp not null, updated_at timestamp not null, name varchar(40));
        INSERT INTO things VALUES ('b', '2024-01-01 00:00:00', '2024-05-02 00:00:00', 'two')" >/dev/null
    configure 'things: {take_over: trust}'
    { thing c lost 2024-03-01T00:00:00Z && thing b two 2024-05-02T00:00:00Z && thing d new 2024-05-03T00:00:00Z; } | dump things
    run sync
    is "$(sql 'SELECT id FROM things ORDER BY id')" $'b\nd' "only what is newer than the table is read"
    has "$("$TIDEMARK_BIN" streams)" unaudited "and the stream says so"
}

test_promise_3_rejects_wait_are_dismissed_and_come_back() {
    things
    sed -i 's/VARCHAR(40)/VARCHAR(5)/' schemas.yaml
    { thing a 'too long a name' 2024-05-01T00:00:00Z && thing b two 2024-05-01T00:00:00Z; } | dump things
    run sync
    is "$(rejects)" 'a|too long' "kept"
    "$TIDEMARK_BIN" --batch rejects dismiss app.things --reason 'too long'
    is "$?:$(rejects)" 0: "dismissed"
    run sync
    is "$status:$(rejects)" 0: "a dismissal holds while the row is the same"
    { thing a 'another name' 2024-05-02T00:00:00Z && thing b two 2024-05-01T00:00:00Z; } | dump things
    run sync
    is "$status:$(rejects)" '1:a|too long' "and ends when it changes"
}

test_promise_5_reimport_makes_equal_and_refuses_to_shrink() {
    things
    for i in $(seq 1 10); do thing "i$i" n 2024-05-01T00:00:00Z; done | dump things
    run sync
    for i in $(seq 1 5); do thing "i$i" n 2024-05-01T00:00:00Z; done | dump things
    run reimport app.things --yes
    is "$status" 3 "under 80 % of the rows: refused"
    is "$(sql 'SELECT count(*) FROM things')" 10 "the table is as it was"
    : | dump things
    run reimport app.things --yes
    is "$status:$(sql 'SELECT count(*) FROM things')" 3:10 "no row at all: refused"
    for i in $(seq 1 9); do thing "i$i" "n$((i / 9))" 2024-05-01T00:00:00Z; done | dump things
    run reimport app.things --yes
    is "$status:$(count app.things removed)" 0:1 "one row vanished at the source"
    is "$(sql 'SELECT count(*) FROM things')" 9 "the table equals the source"
    rm dump/things.bson dump/things.metadata.json
    run reimport app.things --yes
    is "$status:$(sql 'SELECT count(*) FROM things')" 3:9 "a collection that is gone is an error, not an empty one"
    sed -i 's#dump:./dump#dump:./nowhere#' tidemark.yaml
    run reimport app.things --yes
    isnt "$status" 0 "so is a database"
    is "$(sql 'SELECT count(*) FROM things')" 9 "and nothing changed"
}

test_promise_5_a_row_of_a_foreign_table_stops_the_job_by_name() {
    things
    { thing a one 2024-05-01T00:00:00Z && for i in 1 2 3 4 5 6 7 8 9; do thing "b$i" two 2024-05-01T00:00:00Z; done; } | dump things
    run sync
    sql "CREATE TABLE notes (thing varchar references things(id)); INSERT INTO notes VALUES ('a')" >/dev/null
    for i in 1 2 3 4 5 6 7 8 9; do thing "b$i" two 2024-05-01T00:00:00Z; done | dump things
    run reimport app.things --yes
    is "$status" 3 "refused"
    has "$(cat err.txt)" notes "by the table's name"
    is "$(sql 'SELECT count(*) FROM things'):$(sql 'SELECT count(*) FROM notes')" 10:1 "nothing changed"
}

test_promise_6_the_file_can_consent_to_a_reimport() {
    things
    sed -i 's/^things:/things:\n  force_reimport: true\n  truncate_before_import: true/' schemas.yaml
    for i in $(seq 1 10); do thing "i$i" n 2024-05-01T00:00:00Z; done | dump things
    run sync
    for i in $(seq 1 9); do thing "i$i" n 2024-05-01T00:00:00Z; done | dump things
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:9 "sync made the table equal"
}

test_promise_9_secrets_stay_secret() {
    things
    thing a one 2024-05-01T00:00:00Z | dump things
    sed -i "s#^destination:.*#destination: postgresql://canary_user:canary-secret@127.0.0.1:1/db#" tidemark.yaml
    run sync -v
    is "$status" 69 "no such server"
    "$TIDEMARK_BIN" check >check.txt 2>&1
    "$TIDEMARK_BIN" sync --dry-run >plan.txt 2>&1
    "$TIDEMARK_BIN" history >history.txt 2>&1
    lacks "$(cat ./*.txt out.json)" canary-secret "the password is in no output"
    is "$(grep -lr canary-secret --include='state*' . | wc -l)" 0 "nor in the state"
    "$TIDEMARK_BIN" --batch --destination postgresql://u:canary-secret@127.0.0.1:1/db sync >out.json 2>err.txt
    is "$?" 2 "a password on the command line is refused"
    lacks "$(cat err.txt)" canary-secret "and not repeated"
}

test_promise_10_every_mistake_in_one_go_with_its_place() {
    schema <<'YAML'
things:
  include_base: yes
  export_order: first
  additional_columns:
    - {name: size, sql_type: HUGEINT}
    - {sql_type: TEXT, colour: red}
  date_threshold: soon
YAML
    run sync
    is "$status" 2 "exit status 2"
    local line
    for line in 3 5 6 7; do has "$(cat err.txt)" "schemas.yaml:$line:" "line $line is named"; done
}

test_promise_11_values_are_never_sql() {
    things
    thing "x'); DROP TABLE things; --" "\$1'); DELETE FROM things; --" 2024-05-01T00:00:00Z | dump things
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:1 "stored as it is"
}

on_each_destination test_promise_1_the_watermark_moves_only_with_its_window test_promise_1_taking_over_a_table_repairs_it \
    test_promise_1_taking_over_on_trust_is_shown_as_unaudited test_promise_3_rejects_wait_are_dismissed_and_come_back \
    test_promise_5_reimport_makes_equal_and_refuses_to_shrink test_promise_5_a_row_of_a_foreign_table_stops_the_job_by_name \
    test_promise_6_the_file_can_consent_to_a_reimport test_promise_9_secrets_stay_secret \
    test_promise_10_every_mistake_in_one_go_with_its_place test_promise_11_values_are_never_sql
finish
