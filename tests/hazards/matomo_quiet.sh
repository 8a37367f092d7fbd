#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# tests/hazards/matomo_quiet.sh - sites that are quiet for weeks: their empty days are found with a few requests, and no visit among them is passed over.
. "$TIDEMARK_SRC/tests/support/matomo_scene.sh"

pages() { asked Live.getLastVisitsDetails; }
# The days asked for one by one, and the stretches asked about: "2024-01-01 2024-01-02 2024-01-05…2024-02-01".
days_asked() {
    asked_log Live.getLastVisitsDetails | jq -r '.date | split(",") | if .[0] == .[1] then .[0] else join("…") end' | LC_ALL=C sort -u | tr '\n' ' '
}
whole_table() { sql 'SELECT action_id, action_timestamp, idvisit FROM matomo ORDER BY 1'; }

test_empty_days_together() {
    api '{"now": "2025-12-31T12:00:00Z", "sites": {"1": {}, "2": {"timezone": "America/New_York"}}, "visits": [{"site": 1, "last": "2025-04-25T10:00:00Z", "actions": 2}]}'
    visits $'sites: 1,2\nstart: 2025-04-25'
    run sync
    is "$status:$(events 1):$(events 2)" 0:2:0 "two sites without visits in 250 days"
    [[ $(pages) -le 30 ]]
    is $? 0 "are read with few requests ($(pages))"
    has "$(days_asked)" '2025-12-29 2025-12-30 2025-12-31 ' "days within the lookback are asked for one by one"
    lacks "$(days_asked)" '…2025-12-29' "and never with others"
    tell /__clear >/dev/null
    run sync
    [[ $status == 0 && $(pages) -le 30 ]]
    is $? 0 "so does the next sync, from the last visit on ($(pages))"
    is "$(watermark visits.site-1)" '2025-04-25 10:00:00' "the watermark stands at the last visit"
    tell /__add '{"site": 1, "last": "2025-08-15T23:59:59Z", "actions": 4}' >/dev/null
    run sync
    is "$status:$(events 1)" 0:6 "a visit that was told late, in the middle of it, is found"
}

# The same visits whichever way the days are read: at the edges of days, where clocks change, next to each other and far apart.
test_visits_at_the_edges_of_days() {
    local all site
    api '{"now": "2025-01-31T12:00:00Z", "sites": {"1": {"timezone": "Pacific/Auckland"}, "2": {"timezone": "America/New_York"}}, "visits": [
        {"site": 1, "last": "2024-04-06T10:59:59Z"}, {"site": 1, "last": "2024-04-06T11:00:00Z"}, {"site": 1, "last": "2024-04-07T11:59:59Z"}, {"site": 1, "last": "2024-04-07T12:00:00Z"},
        {"site": 1, "last": "2024-06-19T12:00:00Z"},
        {"site": 1, "last": "2024-09-28T11:59:59Z"}, {"site": 1, "last": "2024-09-28T14:00:00Z"}, {"site": 1, "last": "2024-09-29T11:00:00Z"},
        {"site": 1, "last": "2024-12-25T10:59:59Z"},
        {"site": 2, "last": "2024-03-10T05:00:00Z"}, {"site": 2, "last": "2024-03-11T03:59:59Z"}, {"site": 2, "last": "2024-03-11T04:00:00Z"},
        {"site": 2, "last": "2024-07-04T04:00:00Z"}, {"site": 2, "last": "2024-07-09T03:59:59Z"},
        {"site": 2, "last": "2024-11-03T03:59:59Z"}, {"site": 2, "last": "2024-11-03T05:30:00Z"}, {"site": 2, "last": "2024-11-03T06:30:00Z"}, {"site": 2, "last": "2024-11-04T05:00:00Z"}]}'
    visits $'sites: 1,2\nstart: 2024-01-01'
    run sync
    is "$status:$(visits_stored 1):$(visits_stored 2)" 0:9:9 "every visit between empty days"
    [[ $(pages) -le 190 ]]
    is $? 0 "with fewer requests than days ($(pages) for 796)"
    all=$(whole_table)
    for site in 1 2; do
        run backfill visits.site-$site --from 2024-01-01 --to 2025-01-31
        is "$status:$(count visits.site-$site read):$(count visits.site-$site written)" \
            "0:$((9 + $(doubled $site))):0" "a backfill meets the same ones, those of a first second in both of their days"
    done
    is "$(whole_table)" "$all" "and changes nothing"
}
doubled() { sql "SELECT count(*) FROM matomo WHERE idsite = '$1' AND substr(CAST(action_timestamp AS text), 1, 19) IN ($(first_seconds))"; }
first_seconds() { echo "'2024-04-06 11:00:00', '2024-04-07 12:00:00', '2024-06-19 12:00:00', '2024-09-29 11:00:00', '2024-03-10 05:00:00', '2024-03-11 04:00:00', '2024-07-04 04:00:00', '2024-11-04 05:00:00'"; }

# A server that sorts by something else, one that cannot tell of many days, one that gives up.
test_servers_that_do_not_help() {
    local fault name all
    local world='"now": "2024-12-31T12:00:00Z", "sites": {"1": {}}, "visits": [{"site": 1, "last": "2024-03-01T10:00:00Z"}, {"site": 1, "last": "2024-06-15T10:00:00Z"}, {"site": 1, "last": "2024-11-20T10:00:00Z"}]'
    while IFS='|' read -r name fault; do
        api "{$world, $fault}"
        visits $'sites: 1\nstart: 2024-02-01\ntries: 1'
        run sync
        is "$status:$(visits_stored 1)" 0:3 "$name"
        sql 'DELETE FROM matomo' >/dev/null
        rm -f warehouse.db state.db
    done <<'SERVERS'
a server that sorts the newest first|"newest_first": true
a server that runs out of memory for many days|"faults": [{"method": "Live.getLastVisitsDetails", "min_days": 2, "times": 0, "status": 500, "body": ""}]
a server that refuses many days|"faults": [{"method": "Live.getLastVisitsDetails", "min_days": 2, "times": 0, "json": {"result": "error", "message": "too many days"}}]
a server that is away for a moment|"faults": [{"method": "Live.getLastVisitsDetails", "min_days": 2, "times": 1, "status": 503}]
SERVERS
}

# Promise 2: what a stopped run knew of empty days is not what the next one relies on; where it stopped is.
test_killed_among_empty_days() {
    api '{"now": "2025-12-31T12:00:00Z", "sites": {"1": {}}, "delay_ms": 200, "visits": [{"site": 1, "last": "2025-01-01T10:00:00Z"}, {"site": 1, "last": "2025-05-01T10:00:00Z"}, {"site": 1, "last": "2025-08-01T10:00:00Z"}],
        "faults": [{"method": "Live.getLastVisitsDetails", "date": "2025-08-01,2025-08-01", "hang": true}]}'
    visits $'sites: 1\nstart: 2025-01-01'
    begin sync
    wait_for 60 stands_before_august || fail "the day before which it is to be killed was not reached" "$(cat err.txt)"
    kill -KILL "$begun"
    wait "$begun" 2>/dev/null
    tell /__scenario '{"delay_ms": 0, "faults": []}' >/dev/null
    tell /__add '{"site": 1, "last": "2025-09-09T09:00:00Z"}' >/dev/null
    tell /__clear >/dev/null
    run sync
    is "$status:$(visits_stored 1)" 0:4 "the next run has all of it, with what came meanwhile"
    is "$(days_asked | cut -c1-10)" 2025-08-01 "and begins where that one stood"
}
# The days left begin with 2025-08-01, the 20301st since 1970.
stands_before_august() { [[ $(sql "SELECT position FROM ${control}checkpoints" | base64 -d) == *' 20301-'* ]]; }

on_each_destination test_empty_days_together test_visits_at_the_edges_of_days test_killed_among_empty_days
destination_kind=sqlite
open_scene
test_servers_that_do_not_help
close_scene
destination_kind=''
finish
