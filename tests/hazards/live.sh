#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/live.sh - a live MongoDB server: windows, filters (H8), what moves while it is read (H3), arrays that vanish (H6), names that are not there.
. "$TIDEMARK_SRC/tests/support/scene.sh"
if [[ -z ${TIDEMARK_TEST_MONGODB_URL:-} ]]; then
    echo '1..0 # SKIP TIDEMARK_TEST_MONGODB_URL is not set'
    exit 77
fi

things() {
    printf 'things:\n  columns:\n    - {name: id, sql_type: VARCHAR, primary_key: true}\n    - {name: n, sql_type: INTEGER}\n  explicit_mappings: {_id: id}\n' | schema
}
# thing ID N [CREATED] [UPDATED]: a date of - is left out
thing() {
    printf '{"_id":%s,"n":%s%s%s}\n' "$1" "$2" "$(dated creation_date "${3:--}")" "$(dated update_date "${4:--}")"
}
dated() {
    [[ $2 == - ]] || printf ',"%s":{"$date":"%s"}' "$1" "$2"
}
# many FROM TO: documents with the numbers as ids, dated 2024-05-01
many() {
    awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++)
        printf "{\"_id\":%d,\"n\":0,\"creation_date\":{\"$date\":\"2024-05-01T00:00:00Z\"},\"update_date\":{\"$date\":\"2024-05-01T00:00:00Z\"}}\n", i }'
}
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
committed() { [[ $(sql "SELECT count(*) FROM ${control}checkpoints WHERE position IS NOT NULL") =~ ^[1-9] ]]; }

# kill_in_the_middle COMMAND…: behind its first commit that left a checkpoint
kill_in_the_middle() {
    begin "$@"
    wait_for 20 committed || fail "no checkpoint was committed" "$(cat err.txt)"
    kill -KILL "$begun"
    wait "$begun" 2>/dev/null
    committed || fail "the run ended before it could be killed"
}

test_windows_of_a_sync_and_a_backfill() {
    live
    things
    {
        thing '"old"' 1 2024-01-01T00:00:00Z 2024-01-01T00:00:00Z && thing '"new"' 1 2024-01-01T00:00:00Z 2024-05-01T00:00:00Z
        thing '"created"' 1 2024-05-01T00:00:00Z && thing '"undated"' 1 && thing '"future"' 1 2024-01-01T00:00:00Z 2199-01-01T00:00:00Z
        echo '{"_id":"null","n":1,"creation_date":null,"update_date":null}'
        echo '{"_id":"odd","n":1,"creation_date":{"$date":"2024-02-10T00:00:00Z"},"update_date":"yesterday"}'
    } | put things
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:7 "the first sync reads everything"
    is "$(watermark app.things)" '2024-05-01 00:00:00' "a date after the server's clock does not move the watermark"
    run sync
    is "$(count app.things read)" 6 "the next: those at or after it by either date, the undated and the oddly dated, but not the old one"
    thing '"old"' 2 2024-01-01T00:00:00Z "$(now)" | put things
    thing '"undated"' 2 | put things
    run sync
    is "$(sql "SELECT id, n FROM things WHERE n = 2 ORDER BY id")" $'old|2\nundated|2' "what changed is read, with a date or without"
    run backfill app.things --from 2024-01-01 --to 2024-01-31
    is "$(count app.things read)" 3 "a backfill reads what either date puts into its window"
    run backfill app.things --date 2024-02-10
    is "$(count app.things read)" 1 "an oddly dated document through its other date, an undated one not at all"
    run backfill app.things --from 2024-01-01 --to 2024-01-01T00:00:00Z
    is "$status" 2 "an empty window is a mistake"
}

test_h8_the_window_and_the_filter_both_hold() {
    live
    printf 'things:\n  columns:\n    - {name: id, sql_type: VARCHAR, primary_key: true}\n    - {name: owner, sql_type: VARCHAR}\n  explicit_mappings: {_id: id}\n  filter: {exists: owner}\n' | schema
    {
        echo '{"_id":"a","owner":"x","update_date":{"$date":"2024-05-01T00:00:00Z"}}' && echo '{"_id":"b","owner":"x","update_date":{"$date":"2024-01-01T00:00:00Z"}}'
        echo '{"_id":"c","update_date":{"$date":"2024-05-01T00:00:00Z"}}' && echo '{"_id":"d","owner":null,"update_date":{"$date":"2024-01-01T00:00:00Z"}}'
    } | put things
    run sync
    is "$(count app.things written):$(count app.things filtered)" 2:2 "a full read: documents without the field are filtered, and counted"
    run sync
    is "$(count app.things unchanged):$(count app.things filtered)" 1:1 "a later one: of those in the window alone"
    is "$(sql 'SELECT id FROM things ORDER BY id')" $'a\nb' "the rows"
}

test_h3_what_changes_between_a_kill_and_its_resume_is_read() {
    live
    things
    many 1 30000 | load things
    kill_in_the_middle sync
    local have
    have=$(sql 'SELECT count(*) FROM things')
    is "$((have > 0 && have < 30000))" 1 "killed in the middle"
    is "$(watermark app.things)" '' "the watermark did not move"
    local today
    today=$(now)
    { thing 1 7 "$today" "$today" && thing 29999 7 "$today" "$today" && thing -5 7 "$today" "$today" && thing 50000 7 "$today" "$today"; } | put things
    echo '{"_id":30000}' | take_away things
    run sync
    is "$status" 0 "resumed"
    is "$(($(count app.things read) < 30002))" 1 "from its checkpoint, not from the start"
    run sync
    is "$(sql 'SELECT count(*) FROM things WHERE n = 7')" 4 "changes behind and ahead of the checkpoint are there after the next sync"
    is "$(sql 'SELECT count(*) FROM things')" 30001 "every document is there, once"
}

test_h3_a_backfill_resumes_as_well() {
    [[ $destination_kind == sqlite ]] || return 0 # where it goes on is the source's affair
    live
    things
    many 1 30000 | load things
    kill_in_the_middle backfill app.things --from 2024-05-01 --to 2024-05-02
    run backfill app.things --from 2024-05-01 --to 2024-05-02
    is "$status" 0 "resumed"
    is "$(($(count app.things read) < 30000))" 1 "from its checkpoint"
    is "$(sql 'SELECT count(*) FROM things')" 30000 "every document is there, once"
    is "$(watermark app.things)" '' "no watermark moved"
}

test_ids_of_several_types_are_resumed_across_their_order() {
    [[ $destination_kind == sqlite ]] || return 0
    live
    things
    {
        many 1 15000 && many 1 8000 | sed -E 's/"_id":([0-9]+)/"_id":"t\1"/'
        awk 'BEGIN { for (i = 1; i <= 7000; i++) printf "{\"_id\":{\"$oid\":\"%024x\"},\"n\":0,\"creation_date\":{\"$date\":\"2024-05-01T00:00:00Z\"}}\n", i }'
        echo '{"_id":true,"n":0}' && echo '{"_id":{"$date":"2024-01-01T00:00:00Z"},"n":0}' && echo '{"_id":{"$numberDouble":"0.5"},"n":0}'
    } | load things
    kill_in_the_middle sync
    run sync
    is "$status" 0 "resumed"
    is "$(($(count app.things read) < 30003))" 1 "from its checkpoint"
    is "$(sql 'SELECT count(*) FROM things')" 30003 "numbers, texts, ids, dates and a boolean, each once"
}

test_h6_arrays_that_vanish_take_their_links_along() {
    live
    schema <<'YAML'
targets:
  include_base: true
  export_order: 1
users:
  include_base: true
  export_order: 1
users_targets:
  mongo_collection: users
  export_order: 2
  import_strategy: users_targets
  columns:
    - {name: user_id, sql_type: VARCHAR, nullable: false, foreign_key: users(id)}
    - {name: target_id, sql_type: VARCHAR, nullable: false, foreign_key: targets(id)}
    - {name: type, sql_type: VARCHAR(50), nullable: false}
    - {name: created_at, sql_type: TIMESTAMP, nullable: false}
    - {name: updated_at, sql_type: TIMESTAMP, nullable: false}
  unique_constraints: [[user_id, target_id, type]]
YAML
    local base='"creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}' later
    later="\"creation_date\":{\"\$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":{\"\$date\":\"$(now)\"}"
    { echo "{\"_id\":\"t1\",$base}" && echo "{\"_id\":\"t2\",$base}"; } | put targets
    {
        echo "{\"_id\":\"u1\",\"targets\":[\"t1\",\"t2\"],\"health_targets\":[\"t1\"],$base}" && echo "{\"_id\":\"u2\",\"targets\":[\"t1\"],$base}"
        echo "{\"_id\":\"u3\",\"targets\":[\"t1\"],$base}" && echo "{\"_id\":\"u4\",\"targets\":[\"t2\"],$base}"
    } | put users
    run sync
    is "$(sql 'SELECT count(*) FROM users_targets')" 6 "six links"
    {
        echo "{\"_id\":\"u1\",\"targets\":[\"t2\"],\"health_targets\":[\"t1\"],$later}" && echo "{\"_id\":\"u2\",\"targets\":[],$later}"
        echo "{\"_id\":\"u3\",$later}" && echo "{\"_id\":\"u4\",\"targets\":null,$later}"
    } | put users
    run sync
    is "$(sql 'SELECT user_id, type, target_id FROM users_targets ORDER BY 1, 2')" $'u1|basic|t2\nu1|health|t1' "one item gone, an array emptied, removed, and null"
    is "$(count app.users_targets removed)" 4 "four rows removed"
}

test_promise_5_a_database_that_is_not_there_is_not_an_empty_one() {
    live
    things
    many 1 10 | load things
    run sync
    source_database=typo configure
    run reimport app.things --yes
    isnt "$status" 0 "a reimport from a database that does not exist is refused"
    has "$(cat err.txt)" typo "naming it"
    run reimport app.things --yes --allow-shrink
    isnt "$status" 0 "--allow-shrink does not help"
    run sync
    isnt "$status" 0 "so is a sync"
    is "$(sql 'SELECT count(*) FROM things')" 10 "the table is as it was"
    source_database=$database configure
    sed -i 's/^things:/things:\n  mongo_collection: nothing/' schemas.yaml
    run reimport app.things --yes
    is "$status:$(sql 'SELECT count(*) FROM things')" 3:10 "a collection that does not exist is an error for a reimport"
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 3:10 "and for a stream that has rows"
}

on_each_destination test_windows_of_a_sync_and_a_backfill test_h8_the_window_and_the_filter_both_hold \
    test_h3_what_changes_between_a_kill_and_its_resume_is_read test_h3_a_backfill_resumes_as_well \
    test_ids_of_several_types_are_resumed_across_their_order test_h6_arrays_that_vanish_take_their_links_along \
    test_promise_5_a_database_that_is_not_there_is_not_an_empty_one
finish
