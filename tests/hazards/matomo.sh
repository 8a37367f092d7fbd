#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# tests/hazards/matomo.sh - the source matomo against a stand-in for its server: what the older program lost.
. "$TIDEMARK_SRC/tests/support/matomo_scene.sh"

# 14 days; 20 events in 5 visits
world='"now": "2025-06-15T12:00:00Z", "sites": {"1": {}, "2": {"timezone": "America/New_York"}},
    "generate": [{"site": 1, "visits": 20, "start": "2025-06-01", "end": "2025-06-14"}, {"site": 2, "visits": 10, "start": "2025-06-01", "end": "2025-06-14"}]'

committed() { [[ $(sql "SELECT count(*) FROM ${control}checkpoints WHERE position IS NOT NULL") =~ ^[1-9] ]]; }

test_b3_sites_share_a_table() {
    api "{$world}"
    visits 'sites: [1, 2]'
    run sync
    is "$status:$(events 1):$(visits_stored 1):$(events 2):$(visits_stored 2)" 0:1120:280:560:140 "each site's visits are all there"
    run sync
    is "$(count visits.site-1 written):$(count visits.site-2 written)" 0:0 "a second sync changes nothing"
    is "$(watermark visits.site-1)" "$(sql "SELECT substr(CAST(max(action_timestamp) AS text), 1, 19) FROM matomo WHERE idsite = '1'")" \
        "each site has its own watermark"
    is "$(sql "SELECT count(*) FROM ${control}unit_notes")" 0 "nothing is noted where nothing is left behind"
}

# Promise 12: actions in true UTC, days of the site.
test_b2_b21_days_and_times_of_the_site() {
    api '{"now": "2024-11-04T12:00:00Z", "sites": {"1": {"timezone": "Pacific/Auckland"}, "2": {"timezone": "America/New_York"}}, "visits": [
        {"site": 1, "last": "2024-09-28T11:59:59Z"}, {"site": 1, "last": "2024-09-28T12:00:00Z"}, {"site": 1, "last": "2024-09-28T14:30:00Z", "actions": 3, "step": 900},
        {"site": 1, "last": "2024-09-29T11:00:00Z"}, {"site": 2, "last": "2024-11-03T06:20:00Z", "actions": 3, "step": 1200}]}'
    visits $'sites: 1,2\nstart: 2024-09-20'
    run sync
    is "$(sql "SELECT substr(CAST(action_timestamp AS text), 1, 19), serverdateprettyfirstaction FROM matomo WHERE idsite = '1' ORDER BY 1")" \
        $'2024-09-28 11:59:59|2024-09-28\n2024-09-28 12:00:00|2024-09-29\n2024-09-28 14:00:00|2024-09-29\n2024-09-28 14:15:00|2024-09-29\n2024-09-28 14:30:00|2024-09-29\n2024-09-29 11:00:00|2024-09-30' \
        "a day without its third hour"
    is "$(sql "SELECT substr(CAST(action_timestamp AS text), 12, 8) FROM matomo WHERE idsite = '2' ORDER BY 1")" $'05:40:00\n06:00:00\n06:20:00' \
        "a visit over the hour that comes twice"
    run backfill visits.site-1 --date 2024-09-29
    is "$(count visits.site-1 read)" 5 "a date is the site's day, with the first second of the next"
    is "$(count visits.site-1 window)" "2024-09-29 (1 day, the site's zone)" "which the run says (B22)"
}

# B1, B6: a visit that goes on while pages are read moves behind newer ones; none is passed over.
test_b1_b6_visits_that_grow_between_pages() {
    api '{"now": "2025-06-15T23:00:00Z", "sites": {"1": {}}, "generate": [{"site": 1, "visits": 40, "start": "2025-06-15", "actions": 2}],
        "changes": [{"after": 1, "visit": 3, "add_actions": 2, "last": "2025-06-15T23:30:00Z"}, {"after": 2, "visit": 12, "add_actions": 1, "last": "2025-06-15T23:31:00Z"},
            {"after": 2, "add": {"site": 1, "last": "2025-06-15T23:40:00Z", "actions": 5}}]}'
    visits $'sites: 1\npage_size: 10\nstart: 2025-06-15'
    run sync
    is "$status:$(visits_stored 1):$(events 1)" 0:41:88 "every visit, with all of its actions"
    is "$(events 1 "idvisit = '3'"):$(events 1 "idvisit = '12'")" 4:3 "those that grew while they were read"
    lacks "$(asked_log Live.getLastVisitsDetails | jq -r .filter_offset | sort -u)" 1 "never by an offset"
}

# B4: values of a visit are those of its end, its actions the whole set.
test_b4_visits_in_progress() {
    api '{"now": "2025-06-15T10:00:00Z", "sites": {"1": {}}, "visits": [{"site": 1, "last": "2025-06-15T09:50:00Z", "actions": 2}]}'
    visits $'sites: 1\nstart: 2025-06-14'
    run sync
    is "$(sql 'SELECT actions, visitduration FROM matomo')" $'2|20\n2|20' "a visit in progress"
    tell /__change '{"visit": 1, "add_actions": 2, "last": "2025-06-15T10:20:00Z"}' >/dev/null
    tell /__scenario '{"now": "2025-06-16T10:00:00Z"}' >/dev/null
    run sync
    is "$(sql 'SELECT DISTINCT actions FROM matomo'):$(events 1)" 4:4 "is replaced when it went on"
}

# B7: another action under the same number is seen.
test_b7_an_action_that_changed() {
    api '{"now": "2025-06-15T10:00:00Z", "sites": {"1": {}}, "visits": [{"site": 1, "last": "2025-06-14T09:50:00Z", "actions": 3}]}'
    visits $'sites: 1\nstart: 2025-06-13\npartitioned: true\ntable: parts'
    table=parts
    run sync
    tell /__change '{"visit": 1, "action_set": {"1": {"url": "https://other.example.org/", "timestamp": 1749894581}}}' >/dev/null
    run sync
    is "$status:$(count visits.site-1 written):$(count visits.site-1 removed):$(events 1)" 0:1:1:3 "replaced, not doubled"
    is "$(sql "SELECT action_url FROM parts WHERE action_id = '1_1'")" https://other.example.org/ "by what the server says now"
    table=
}

# B5: a forced start repairs holes, a backfill does, too.
test_b5_forced_start_repairs_holes() {
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-01'
    run sync
    sql "DELETE FROM matomo WHERE action_timestamp >= '2025-06-03' AND action_timestamp < '2025-06-05'" >/dev/null
    run sync
    is "$(events 1)" 960 "a sync looks back two days"
    visits $'sites: 1\nstart: 2025-06-01\nforce_start: true'
    run sync
    is "$status:$(events 1):$(count visits.site-1 written)" 0:1120:160 "a forced start reads everything again"
    sql "DELETE FROM matomo WHERE action_timestamp >= '2025-06-03' AND action_timestamp < '2025-06-05'" >/dev/null
    run backfill visits.site-1 --from 2025-06-03 --to 2025-06-04
    is "$status:$(events 1):$(count visits.site-1 written)" 0:1120:160 "so does a backfill of the days"
}

# B8: cron's next run begins while the last one still reads. It waits for the lock, or says who has it; nothing is doubled.
test_b8_two_runs_at_once() {
    local first
    api "{$world, \"delay_ms\": 400}"
    visits $'sites: 1\nstart: 2025-06-01\npage_size: 5'
    begin sync
    first=$begun
    wait_for 60 committed || fail "the first run stored nothing" "$(cat err.txt)"
    kill -STOP "$first"
    "$TIDEMARK_BIN" --batch sync --lock-wait 0s >second.out 2>second.err
    is "$?" 75 "a second run that does not wait"
    has "$(cat second.err)" "run 1" "says whose run it is"
    begin sync --lock-wait 120s
    wait_for 60 second_waits || fail "the second run does not wait" "$(cat err.txt)"
    tell /__scenario '{"delay_ms": 0}' >/dev/null
    kill -CONT "$first"
    wait "$first"
    is "$?" 0 "the first one ends as if it were alone"
    wait "$begun"
    is "$?:$(events 1):$(visits_stored 1)" 0:1120:280 "one that waits comes after it, and nothing is doubled"
    is "$(sql 'SELECT count(DISTINCT action_id) FROM matomo')" 1120 "nor is an action"
    is "$(sql "SELECT count(*), sum(written) FROM ${control}commits WHERE run = 3 AND written > 0")" '0|' "there was nothing left to write for it"
}
second_waits() { [[ $(sqlite3 state.db "SELECT count(*) FROM run_streams WHERE run = 3 AND ended_us IS NULL") == 1 ]]; }

# B9, B31: one bad action, one bad visit; they are told without what is in them.
test_b9_bad_visits_do_not_block() {
    api '{"now": "2025-06-15T10:00:00Z", "sites": {"1": {}}, "visits": [
        {"site": 1, "last": "2025-06-14T09:00:00Z", "actions": 3, "action_set": {"1": {"title": "a\u0000b"}}},
        {"site": 1, "last": "2025-06-14T09:10:00Z", "actions": 2, "action_set": {"0": {"timestamp": null}}},
        {"site": 1, "last": "2025-06-14T09:20:00Z", "set": {"actionDetails": null}},
        {"site": 1, "last": "2025-06-14T09:30:00Z", "actions": 1, "action_set": {"0": {"title": "\ud83d alone"}}},
        {"site": 1, "last": "2025-06-14T09:40:00Z", "actions": 2}]}'
    visits $'sites: 1\nstart: 2025-06-13'
    run sync
    is "$status:$(events 1)" 1:5 "the rest is stored"
    is "$(rejects)" $'1/1|invalid text\n2/0|required value missing\n3|wrong type\n4/0|invalid text' "what cannot be stored is told"
    tell /__change '{"visit": 1, "action_set": {"1": {"title": "ab"}}}' >/dev/null
    run sync
    is "$(events 1):$(rejects "key LIKE '1/%'")" 6: "and lands when it fits"
    tell /__change '{"visit": 5, "action_set": {"1": {"title": "c\u0000d"}}}' >/dev/null
    run sync
    is "$(events 1):$(count visits.site-1 removed)" 6:0 "a stored action that can no longer be read stays"
    lacks "$(cat err.txt out.json; sqlite3 state.db 'SELECT text FROM run_log')" alone "no value in any log"
}

# B10, B23: characters beyond ASCII, big numbers.
test_b10_values_survive() {
    api '{"now": "2025-06-15T10:00:00Z", "sites": {"1": {"numbers": "strings"}}, "visits": [
        {"site": 1, "id": 9007199254740993, "last": "2025-06-14T09:00:00Z", "set": {"visitDuration": 12345678901234567890, "siteName": "Größe 見積もり 🚀"}}]}'
    visits $'sites: 1\nstart: 2025-06-13'
    run sync
    is "$(sql 'SELECT action_id, visitduration, sitename FROM matomo')" '9007199254740993_0|12345678901234567890|Größe 見積もり 🚀' "as the server has them"
}

# B12, and the other variables.
test_b12_environment() {
    api "{$world}"
    rm tidemark.yaml
    local -x MATOMO_KEY=$token MATOMO_SITE=1 TIDEMARK_STATE=$scene/state.db TIDEMARK_DESTINATION=$destination
    run sync
    is "$status" 2 "without MATOMO_URL nothing is sent anywhere"
    has "$(cat err.txt)" MATOMO_URL "the variable is named"
    local -x MATOMO_URL=$api_url
    run sync
    is "$status:$(events 1):$(sql "SELECT min(substr(CAST(action_timestamp AS text), 1, 10)) FROM matomo")" 0:240:2025-06-12 "three days back by default"
    local -x MATOMO_KEY='' MATOMO_URL="$api_url?token_auth=$token" MATOMO_SITE=1,2 STARTDATE=2025-06-10 RESULTPERPAGE=7 DESTINATION_TABLE=matomo_partitioned
    table=matomo_partitioned
    run sync
    is "$status:$(events 1):$(events 2)" 0:400:200 "several sites, from STARTDATE, into the partitioned table, with the token of the address"
    has "$(asked_log Live.getLastVisitsDetails | jq -r .filter_limit | sort -u)" 7 "by pages of RESULTPERPAGE"
    [[ $destination_kind == sqlite ]] ||
        is "$(sql "SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition ORDER BY 1")" $'matomo_partitioned_2025w24' "a partition for each week"
    lacks "$(tell /__log | jq -r '.[].path // empty')" "$token" "the token is not sent in the address"
    table=
    local variable value
    while read -r variable value; do
        (
            local -x "$variable=$value"
            run sync
            [[ $status == 2 && $(cat err.txt) == *"$variable"* ]]
        )
        is $? 0 "$variable=$value is a mistake that is named"
    done <<'VALUES'
MATOMO_SITE 1,x
RESULTPERPAGE 500abc
RESULTPERPAGE 0
INITIAL_OFFSET soon
STARTDATE yesterday
MATOMO_URL ftp://stats.example.org/
VALUES
}

# B25: numbers that are kept as text; the manual's view has them as numbers.
test_b25_the_view_with_numbers() {
    local view
    view=$(awk '/^```$/ { on = 0 } on { print } /^```sql$/ { on = 1 }' "$TIDEMARK_SRC/docs/source-matomo.md")
    api '{"now": "2025-06-15T10:00:00Z", "max_actions": 1000, "sites": {"1": {}}, "visits": [{"site": 1, "last": "2025-06-14T09:00:00Z", "actions": 99, "step": 1},
        {"site": 1, "id": 9007199254740993, "last": "2025-06-14T10:00:00Z", "actions": 700, "step": 2}, {"site": 1, "last": "2025-06-14T11:00:00Z", "set": {"visitDuration": "a while", "daysSinceFirstVisit": -1}},
        {"site": 1, "last": "2025-06-14T12:00:00Z", "set": {"visitDuration": "99999999999999999999", "actions": null, "daysSinceFirstVisit": ""}, "action_set": {"0": {"timeSpent": "12.5"}}}]}'
    visits $'sites: 1\nstart: 2025-06-13'
    run sync
    is "$(sql 'SELECT max(actions) FROM matomo')" 99 "texts sort as texts"
    is "$(sql "$view")" '' "the statement is taken"
    is "$(sql 'SELECT max(actions_number), max(idvisit_number), max(visitduration_number) FROM matomo_typed')" '700|9007199254740995|1398' "numbers as numbers"
    is "$(sql "SELECT count(*), count(actions_number), count(visitduration_number), count(dayssincefirstvisit_number), count(action_timespent_number) FROM matomo_typed WHERE idsite_number = 1")" \
        "801|800|799|799|$(sql "SELECT count(*) FROM matomo WHERE action_timespent <> '12.5'")" "what is none is NULL"
    tell /__change '{"visit": 1, "add_actions": 2}' >/dev/null
    run sync
    is "$status:$(sql 'SELECT count(*) FROM matomo_typed WHERE actions_number = 101')" 0:101 "a sync goes on beside it"
    run reimport visits.site-1 --yes --truncate
    is "$status:$(sql 'SELECT count(*) FROM matomo_typed')" 0:803 "and a reimport"
}

# B26: a server that returns only the first actions of a visit.
test_b26_truncated_visits() {
    api '{"now": "2025-06-15T10:00:00Z", "max_actions": 500, "sites": {"1": {}}, "visits": [{"site": 1, "last": "2025-06-14T09:00:00Z", "actions": 12, "step": 5},
        {"site": 1, "last": "2025-06-14T10:00:00Z", "actions": 3}]}'
    visits $'sites: 1\nstart: 2025-06-13'
    run sync
    is "$(events 1)" 15 "all of them"
    tell /__scenario '{"max_actions": 5}' >/dev/null
    run sync
    is "$status:$(events 1):$(count visits.site-1 removed)" 0:15:0 "what the server no longer returns stays"
    is "$(sql "SELECT count FROM ${control}unit_notes WHERE count > 0")" 1 "the day says so"
    has "$(sql "SELECT note FROM ${control}unit_notes WHERE count > 0")" visitor_log_maximum_actions_per_visit "with the setting to raise"
    tell /__scenario '{"max_actions": 500}' >/dev/null
    run sync
    is "$(sql "SELECT count(*) FROM ${control}unit_notes WHERE count > 0")" 0 "and no more when it was raised"
}

# Promise 2: killed in the middle.
test_killed_in_the_middle() {
    api "{$world, \"delay_ms\": 400}"
    visits $'sites: 1\nstart: 2025-06-01\npage_size: 5'
    begin sync
    wait_for 30 committed || fail "no checkpoint was committed" "$(cat err.txt)"
    kill -KILL "$begun"
    wait "$begun" 2>/dev/null
    tell /__scenario '{"delay_ms": 0}' >/dev/null
    tell /__clear >/dev/null
    run sync
    is "$status:$(events 1):$(visits_stored 1)" 0:1120:280 "the next run has all of it, once"
    isnt "$(asked_log Live.getLastVisitsDetails | jq -r '"\(.date[:10]) \(.minTimestamp)"' | head -1)" "2025-06-01 1748728800" "and does not begin again"
}

test_many_visits_of_a_day() {
    api '{"now": "2025-06-15T10:00:00Z", "sites": {"1": {}}, "generate": [{"site": 1, "visits": 3000, "days": ["2025-06-14"], "actions": 1, "same_second": 700}]}'
    visits $'sites: 1\nstart: 2025-06-14'
    run sync
    is "$status:$(visits_stored 1)" 0:3000 "also those that share a second by more than a page"
}

on_each_destination test_b3_sites_share_a_table test_b2_b21_days_and_times_of_the_site test_b1_b6_visits_that_grow_between_pages test_b4_visits_in_progress test_b8_two_runs_at_once \
    test_b7_an_action_that_changed test_b5_forced_start_repairs_holes test_b9_bad_visits_do_not_block test_b10_values_survive test_b12_environment \
    test_b25_the_view_with_numbers test_b26_truncated_visits test_killed_in_the_middle test_many_visits_of_a_day
finish
