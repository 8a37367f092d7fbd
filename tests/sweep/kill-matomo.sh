#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# tests/sweep/kill-matomo.sh - the source `matomo`, killed at any instant: see sweep.bash. Its server is the stand-in tests/servers/matomo-api.
if ! python3 -c 'import zoneinfo; zoneinfo.ZoneInfo("America/New_York")' 2>/dev/null; then
    echo '1..0 # SKIP no python3 with time zones'
    exit 0
fi
. "$TIDEMARK_SRC/tests/sweep/sweep.bash"

source=visits
tables=(events)
whole=(events)
jobs=("first   -             v0    sync"
    "changes   loaded        v1    sync"
    "backfill  holes         v0    backfill visits.* --from 2025-06-03 --to 2025-06-12"
    "reimport  loaded        v2    reimport visits.* --yes")
damage="DELETE FROM events WHERE action_timestamp >= '2025-06-05' AND action_timestamp < '2025-06-07';
    UPDATE events SET country = 'damaged' WHERE action_timestamp >= '2025-06-09' AND action_timestamp < '2025-06-11'"

cat >"$work/home/tidemark.yaml" <<'YAML'
batch_size: 40
destination: ${TIDEMARK_DESTINATION}
sources:
  visits: {type: matomo, url: "${API}", token: 0123456789abcdef0123456789abcdef, sites: "1,2", start: 2025-06-01, page_size: 15, table: events, partitioned: true}
YAML

api=$TIDEMARK_SRC/tests/servers/matomo-api
leave_source() {
    for version in v0 v1 v2; do
        "$api" stop "$work/api-$version" KILL
    done
}

# Two sites; an action that cannot be stored waits as a reject. v1: two days later, visits of the last days went on; v2: besides, some are gone.
make_version() { # VERSION
    local last=14 visit
    [[ $1 == v0 ]] || last=16
    cat >"$work/$1.json" <<JSON
{"now": "2025-06-${last}T23:59:00Z", "sites": {"1": {}, "2": {"timezone": "America/New_York"}},
 "generate": [{"site": 1, "visits": 18, "start": "2025-06-01", "end": "2025-06-$last", "first_id": 1}, {"site": 2, "visits": 7, "start": "2025-06-01", "end": "2025-06-$last", "first_id": 1000}]}
JSON
    mkdir -p "$work/api-$1"
    url[${1#v}]=$("$api" start "$work/api-$1" --scenario "$work/$1.json") || return 1
    "$api" tell "$work/api-$1" /__change '{"visit": 31, "action_set": {"0": {"title": "a\u0000b"}}}' >/dev/null || return 1
    [[ $1 == v0 ]] || for visit in 236 240 251; do
        "$api" tell "$work/api-$1" /__change "{\"visit\": $visit, \"add_actions\": 2, \"last\": \"2025-06-15T0$((visit % 9)):30:00Z\"}" >/dev/null || return 1
    done
    [[ $1 != v2 ]] || for visit in 7 60 61 1004; do
        "$api" tell "$work/api-$1" /__change "{\"visit\": $visit, \"remove\": true}" >/dev/null || return 1
    done
}
url=()
for version in v0 v1 v2; do
    make_version "$version" || exit 1
done
source_variables() { variables=(API="${url[${1#v}]}"); }

# The key is not called `id`, and streams share the table: each site's rows that are not newer than its watermark must be there.
watermark_holds() { # KIND NAME CLEAN
    local site mark missing bad=0
    for site in 1 2; do
        mark=$(query "$1" "$2" "SELECT replace(replace(substr(CAST(watermark AS text), 1, 19), 'T', ' '), '''', '') FROM $(control "$1")streams WHERE stream = 'visits.site-$site'" 2>/dev/null)
        mark=${mark//\'/}
        [[ -n $mark ]] || continue
        missing=$(comm -13 <(query "$1" "$2" "SELECT action_id FROM events WHERE idsite = '$site'" 2>/dev/null) \
            <(query "$1" "$3" "SELECT action_id FROM events WHERE idsite = '$site' AND action_timestamp <= '$mark'"))
        [[ -z $missing ]] || { note "site $site lacks rows below its watermark $mark: $(head -n 3 <<<"$missing" | tr '\n' ' ')" && bad=1; }
    done
    return $bad
}

# Each site is a stream of its own in the one table, replaced by a transaction of its own. The table's second column is its site.
of_site() { # SITE FILE
    grep -E "^'?[^'|,]*'?[,|]'?$1'?[,|]" "$2"
}
old_or_new() { # NOW BEFORE AFTER
    local site now
    for site in 1 2; do
        now=$(of_site "$site" "$1/events")
        [[ $now == "$(of_site "$site" "$2/events")" || $now == "$(of_site "$site" "$3/events")" ]] || { note "site $site is neither old nor new" && return 1; }
        [[ -n $now ]] || { note "site $site has no rows" && return 1; }
    done
}

sweep
