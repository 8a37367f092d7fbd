# SPDX-License-Identifier: Apache-2.0
# tests/bench/matomo.bash - `run api`: the first load of 60,000 visits (292,000 events) by Matomo's API, from a stand-in that takes 50 ms for a page of 500
# visits, against the slower of two floors: plain parallel `curl` that asks for the same pages and throws them away, with as many in flight, and
# `\copy` of the resulting rows into a table of the same definition, indexes included.
#   TIDEMARK_BENCH_DAYS  of 500 visits (default 120)
# shellcheck shell=bash disable=SC2154
api_days=${TIDEMARK_BENCH_DAYS:-120}
api_token=0123456789abcdef0123456789abcdef

api_scenario() {
    local last
    last=$(date -u -d "2025-01-01 + $((api_days - 1)) days" +%F)
    cat >"$work/scenario.json" <<END
{"now": "$(date -u -d "$last + 2 days" +%F)T12:00:00Z", "delay_ms": 50, "gzip": false,
 "generate": [{"site": 1, "start": "2025-01-01", "end": "$last", "visits": 500, "actions": [5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 3]}]}
END
}

# What was asked for, as curl's configuration.
api_replay() { # URL
    "$servers/matomo-api" tell "$work/matomo" /__log | jq -r --arg url "$1" --arg token $api_token '
        .[] | select(.method == "Live.getLastVisitsDetails")
        | "next\nurl = \"\($url)\"\noutput = \"/dev/null\"\nnoproxy = \"*\"\ndata = \"token_auth=\($token)&"
          + ([.params | to_entries[] | "\(.key)=\(.value | @uri)"] | join("&")) + "\""' | tail -n +2
}

bench_api() {
    local try url_api events ours=999999 cpu=999999 fetch=999999 copy=999999 memory=0 user system
    start_postgres
    api_scenario
    url_api=$("$servers/matomo-api" start "$work/matomo" --scenario "$work/scenario.json") || fail "no stand-in for Matomo"
    mkdir -p "$work/home"
    # The first try is for the stand-in, which makes the texts of its visits then.
    for ((try = 0; try <= repeat; try++)); do
        empty_destination
        "$servers/matomo-api" tell "$work/matomo" /__clear >/dev/null
        timed env -C "$work/home" no_proxy='*' MATOMO_URL="$url_api" MATOMO_KEY=$api_token MATOMO_SITE=1 STARTDATE=2025-01-01 \
            TIDEMARK_DESTINATION="$url" "$TIDEMARK_BUILD/tidemark" --state "$work/state.db" --batch sync
        read -r _ _ user system _ <"$work/took"
        events=$(sql 'SELECT count(*) FROM matomo')
        [[ $(sql 'SELECT count(DISTINCT idvisit) FROM matomo') == $((500 * api_days)) ]] || fail "the load is not complete"
        if [[ $try == 0 ]]; then
            api_replay "$url_api" >"$work/curl"
            psql -X -q -d "$url" -c "\\copy matomo TO '$work/events'"
            continue
        fi
        ours=$(smaller "$ours" "$seconds")
        cpu=$(smaller "$cpu" "$(awk "BEGIN { printf \"%.2f\", ($user + $system) * 1000000 / $events }")")
        memory=$((peak > memory ? peak : memory))
        timed curl -s --parallel --parallel-max 4 -K "$work/curl"
        fetch=$(smaller "$fetch" "$seconds")
        sql 'CREATE TABLE floor (LIKE matomo INCLUDING ALL)'
        sql 'CHECKPOINT'
        timed psql -X -q -d "$url" -c "\\copy floor FROM '$work/events'"
        copy=$(smaller "$copy" "$seconds")
    done
    "$servers/matomo-api" stop "$work/matomo"
    local slower
    slower=$(awk "BEGIN { print ($fetch > $copy) ? $fetch : $copy }")
    row "API, $events events (s): curl takes $fetch" "$ours" "$slower" "$(ratio "$ours" "$slower")" 1.1
    row "API, processor time (µs/event)" "$cpu" "" "$cpu" ""
    row "API, memory (MiB)" $((memory / 1024)) "" "$(awk "BEGIN { printf \"%.1f\", $memory / 1024 }")" 64
}
