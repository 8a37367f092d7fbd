#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
# tests/hazards/matomo_database.sh - the source matomo and its table: what the older program did wrong in the database.
. "$TIDEMARK_SRC/tests/support/matomo_scene.sh"

# 4 days; 20 events in 5 visits
world='"now": "2025-06-15T12:00:00Z", "sites": {"1": {}}, "generate": [{"site": 1, "visits": 20, "start": "2025-06-11", "end": "2025-06-14"}]'

# As if no run of ours had been: the table stays.
forget() {
    if [[ $destination_kind == postgres ]]; then
        sql 'DROP SCHEMA tidemark CASCADE' >/dev/null 2>&1
    else
        sql "$(sqlite3 warehouse.db "SELECT 'DROP TABLE ' || name || ';' FROM sqlite_schema WHERE name LIKE 'tidemark_%' AND type = 'table'")" >/dev/null
    fi
}
index_is_there() { # NAME
    if [[ $destination_kind == postgres ]]; then
        sql "SELECT count(*) FROM pg_indexes WHERE indexname = '$1'"
    else
        sql "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = '$1'"
    fi
}

# B18: an index that cannot be made is an error that names it, and nothing is half done. PostgreSQL's indexes take 2,700 bytes of a text.
test_b18_an_index_that_cannot_be_made() {
    [[ $destination_kind == postgres ]] || return 0
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-11'
    run sync
    sql "DROP INDEX idx_userid; DROP INDEX idx_actionurl;
        UPDATE matomo SET action_url = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 200) AS n) WHERE action_id = '1_0'" >/dev/null
    run sync
    is "$status" 3 "a table whose index cannot be made is not written"
    has "$(cat err.txt)" idx_actionurl "the index is named"
    is "$(index_is_there idx_userid)" 0 "nor is the other one made"
    sql "UPDATE matomo SET action_url = 'short' WHERE action_id = '1_0'" >/dev/null
    run sync
    is "$status:$(index_is_there idx_userid):$(index_is_there idx_actionurl)" 0:1:1 "both are made when they can be"
}

# B9: the same for a visit that comes with such an address: it is parked, the others land.
test_b9_an_address_too_long_for_its_index() {
    [[ $destination_kind == postgres ]] || return 0
    local address
    address=https://www.example.org/$(for n in {1..100}; do echo "$n" | sha256sum; done | tr -d ' \n-')
    api "{$world, \"visits\": [{\"site\": 1, \"id\": 500, \"last\": \"2025-06-14T22:00:00Z\", \"actions\": 3, \"action_set\": {\"1\": {\"url\": \"$address\"}}}]}"
    visits $'sites: 1\nstart: 2025-06-11'
    run sync
    is "$status:$(events 1):$(rejects | cut -d'|' -f1)" 1:322:500/1 "one action is parked"
    lacks "$(cat err.txt out.json; sqlite3 state.db 'SELECT text FROM run_log')" "$(echo 50 | sha256sum | cut -c1-40)" "its address is in no log (B31)"
}

# B19: the table of the older program's steps stays as it is, and what was made once is not made again.
test_b19_steps_are_left_alone() {
    local steps="VALUES ('20230301-01-initial', '2025-01-01'), ('20230301-02-indexes', '2025-01-01'), ('20250425-01-add-resolution', '2025-05-01')"
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-11'
    run sync
    forget
    sql "CREATE TABLE matomo_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL); INSERT INTO matomo_migration $steps" >/dev/null
    run sync
    is "$status:$(sql 'SELECT count(*), max(name) FROM matomo_migration')" '0:3|20250425-01-add-resolution' "steps are neither added nor changed"
    "$TIDEMARK_BIN" --batch sync --dry-run >plan.txt 2>&1
    is "$?:$(grep -c 'CREATE\|ALTER' plan.txt)" 0:0 "nothing is left to make"
}

# B20: rows without a time, and those of another site, do not decide where a site begins.
test_b20_rows_without_a_time() {
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-11'
    run sync
    forget
    sql "INSERT INTO matomo (action_id, idsite, idvisit, action_timestamp) VALUES ('9_0', '1', '9000', NULL), ('8_0', '2', '8000', '1999-01-01 00:00:00')" >/dev/null
    tell /__clear >/dev/null
    run sync
    is "$status:$(events 1 'action_timestamp IS NOT NULL')" 0:320 "the site's rows are taken over"
    is "$(asked_log VisitsSummary.get | jq -r '.date[:10]' | sort | head -1)" 2025-06-11 "from its first day on"
    has "$(watermark visits.site-1)" '2025-06-14 ' "up to its last one"
}

# B27, B28: rows go in by many, and are counted by what became of them.
test_b27_b28_commits_and_counts() {
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-11'
    run sync
    is "$(count visits.site-1 read):$(count visits.site-1 written):$(count visits.site-1 unchanged)" 320:320:0 "first they are written"
    [[ $(sql "SELECT count(*) FROM ${control}commits") -le 10 ]]
    is $? 0 "in a few commits"
    tell /__change '{"visit": 80, "add_actions": 1}' >/dev/null
    run sync
    is "$(count visits.site-1 read):$(count visits.site-1 written):$(count visits.site-1 unchanged)" "241:$(sql "SELECT count(*) FROM matomo WHERE idvisit = '80'"):$((241 - $(events 1 "idvisit = '80'")))" \
        "then only those of a visit that went on"
}

# B29: a table of any name is made.
test_b29_a_table_of_another_name() {
    local name
    api "{$world}"
    rm tidemark.yaml
    local -x MATOMO_URL=$api_url MATOMO_KEY=$token MATOMO_SITE=1 TIDEMARK_STATE=$scene/state.db TIDEMARK_DESTINATION=$destination STARTDATE=2025-06-11 \
        DESTINATION_TABLE='Visits of "mine"'
    run sync
    is "$status:$(sql 'SELECT count(*) FROM "Visits of ""mine"""')" 0:320 "it is made and filled"
    DESTINATION_TABLE=$(printf 'x%.0s' {1..64})
    run sync
    is "$status" 2 "one that is too long is refused"
    has "$(cat err.txt)" '1 to 63 bytes' "before anything is asked"
}

on_each_destination test_b18_an_index_that_cannot_be_made test_b9_an_address_too_long_for_its_index test_b19_steps_are_left_alone test_b20_rows_without_a_time \
    test_b27_b28_commits_and_counts test_b29_a_table_of_another_name
finish
