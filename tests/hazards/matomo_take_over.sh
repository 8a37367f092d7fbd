#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# tests/hazards/matomo_take_over.sh - a table that matomo-postgres filled: what it missed is found by comparing days, and only that is read.
. "$TIDEMARK_SRC/tests/support/matomo_scene.sh"

world='"now": "2025-06-30T12:00:00Z", "sites": {"1": {}, "2": {"timezone": "America/New_York"}},
    "generate": [{"site": 1, "visits": 20, "start": "2025-06-01", "end": "2025-06-29"}, {"site": 2, "visits": 10, "start": "2025-06-01", "end": "2025-06-29"}]'

# Makes the table what the older program leaves: no ledger, times of site 2 as its wall clock (4 hours behind UTC), and holes.
as_left_behind() { # TABLE
    if [[ $destination_kind == postgres ]]; then
        sql "DROP SCHEMA tidemark CASCADE; UPDATE $1 SET action_timestamp = action_timestamp - interval '4 hours' WHERE idsite = '2'" >/dev/null
    else
        sql "$(sqlite3 warehouse.db "SELECT 'DROP TABLE ' || name || ';' FROM sqlite_schema WHERE name LIKE 'tidemark_%' AND type = 'table'")
            UPDATE $1 SET action_timestamp = datetime(action_timestamp, '-4 hours') WHERE idsite = '2'" >/dev/null
    fi
    # B1: whole visits; B4: the end of a visit that went on, and its value of `actions`; 8.: actions beyond a limit
    sql "DELETE FROM $1 WHERE idsite = '1' AND action_timestamp >= '2025-06-10 10:00:00' AND action_timestamp < '2025-06-10 14:00:00'" >/dev/null
    sql "DELETE FROM $1 WHERE action_id = '42_2'; UPDATE $1 SET actions = '2' WHERE idvisit = '42'" >/dev/null
    sql "DELETE FROM $1 WHERE action_id = '63_2'" >/dev/null
    sql "DELETE FROM $1 WHERE idsite = '2' AND idvisit = '600'" >/dev/null
}

days_asked() { # SITE
    asked_log Live.getLastVisitsDetails | jq -r --arg site "$1" 'select(.idSite == $site) | .date[:10]' | sort -u | tr '\n' ' '
}

take_over() { # TABLE OPTIONS
    local all two
    api "{$world}"
    visits "$2"
    run sync
    is "$status:$(events 1):$(events 2)" 0:2320:1160 "what there is"
    all=$(sql "SELECT action_id, actions FROM $1 ORDER BY 1")
    two=$(sql "SELECT count(*) FROM $1 WHERE idsite = '2' AND idvisit = '600'")
    as_left_behind "$1"
    isnt "$(events 2)" 1160 "the older program has missed some"
    tell /__clear >/dev/null
    run sync
    is "$status:$(events 1):$(events 2)" 0:2320:1160 "nothing is missing, nothing is doubled"
    is "$(sql "SELECT action_id, actions FROM $1 ORDER BY 1")" "$all" "and visits have their values"
    is "$(days_asked 1)" '2025-06-03 2025-06-04 2025-06-10 2025-06-28 2025-06-29 2025-06-30 ' "only days that differ, and those that may still change"
    is "$(sql "SELECT count(*) FROM $1 WHERE idsite = '2' AND idvisit = '600'")" "$two" "a visit of a site in another zone is back"
    is "$(watermark visits.site-1)" "$(sql "SELECT max(substr(CAST(action_timestamp AS text), 1, 19)) FROM $1 WHERE idsite = '1'")" "the watermark stands at the end"
    tell /__clear >/dev/null
    run sync
    is "$status:$(count visits.site-1 written):$(days_asked 1)" '0:0:2025-06-27 2025-06-28 2025-06-29 2025-06-30 ' "then it goes on as ever"
}

test_take_over_standard_table() { take_over matomo $'sites: 1,2\nstart: 2025-06-01'; }
test_take_over_partitioned_table() {
    table=parts
    take_over parts $'sites: 1,2\nstart: 2025-06-01\npartitioned: true\ntable: parts'
    table=
}

# A day of a site in another zone, read again: rows at the wall clock's time are replaced, in a partitioned table too, where the time is part of the key.
test_shifted_times_are_replaced() {
    local right
    api "{$world}"
    table=parts
    visits $'sites: 2\nstart: 2025-06-01\npartitioned: true\ntable: parts'
    run sync
    right=$(sql 'SELECT action_id, action_timestamp FROM parts ORDER BY 1')
    as_left_behind parts
    run sync
    run backfill visits.site-2 --from 2025-06-01
    is "$status:$(sql 'SELECT action_id, action_timestamp FROM parts ORDER BY 1')" "0:$right" "each action once, at its true time"
    table=
}

# A figure that the server does not give: the days are read.
test_no_figures() {
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-01'
    run sync
    as_left_behind matomo
    tell /__scenario '{"faults": [{"method": "VisitsSummary.get", "times": 0, "json": {"result": "error", "message": "reports are off"}}]}' >/dev/null
    tell /__clear >/dev/null
    run sync
    is "$status:$(events 1)" 0:2320 "everything is read"
}

# A server that makes no reports by itself knows of no visit where one was never made: a whole day that the older program missed is found all the same.
test_reports_that_were_never_made() {
    api "{$world, \"summaries\": {\"1\": {\"2025-06-05\": {\"nb_visits\": 0}, \"2025-06-29\": {\"nb_visits\": 0}}}}"
    visits $'sites: 1\nstart: 2025-06-01'
    run sync
    as_left_behind matomo
    sql "DELETE FROM matomo WHERE idsite = '1' AND (action_timestamp >= '2025-06-25' OR (action_timestamp >= '2025-06-05' AND action_timestamp < '2025-06-06'))" >/dev/null
    tell /__clear >/dev/null
    run sync
    is "$status:$(events 1)" 0:2320 "days without a stored visit are read whatever the reports say"
    is "$(asked_log VisitsSummary.get | jq -r '.date[11:]' | sort | tail -1)" 2025-06-24 "nobody asks for reports of days behind the last stored one"
}

# A table whose site was quiet ever since: few requests, not one for each day.
test_quiet_ever_since() {
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-01'
    run sync
    as_left_behind matomo
    tell /__scenario '{"now": "2026-06-30T12:00:00Z"}' >/dev/null
    tell /__clear >/dev/null
    run sync
    is "$status:$(events 1)" 0:2320 "a year later"
    [[ $(asked Live.getLastVisitsDetails) -le 30 ]]
    is $? 0 "is taken over with few requests"
}

on_each_destination test_reports_that_were_never_made test_quiet_ever_since test_take_over_standard_table test_take_over_partitioned_table test_shifted_times_are_replaced test_no_figures
finish
