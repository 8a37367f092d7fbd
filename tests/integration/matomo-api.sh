#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/integration/matomo-api.sh - the stand-in for Matomo's API answers as the real server was seen to.
set -u
: "${TIDEMARK_SRC:?}"
api=$TIDEMARK_SRC/tests/servers/matomo-api
for tool in curl jq python3; do
    command -v "$tool" >/dev/null || { echo "1..0 # SKIP no $tool" && exit 77; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-matomo-api.XXXXXX")
trap '"$api" stop "$work/server"; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
cases=0 failures=0

is() { # GOT WANTED NAME
    cases=$((cases + 1))
    if [[ $1 == "$2" ]]; then
        echo "ok $cases - $3"
    else
        failures=$((failures + 1))
        printf 'not ok %d - %s\n#   got:    %s\n#   wanted: %s\n' "$cases" "$3" "$1" "$2"
    fi
}

start() { # the scenario on stdin
    "$api" stop "$work/server"
    cat >"$work/scenario.json"
    url=$("$api" start "$work/server" --scenario "$work/scenario.json" "$@") || exit 1
}

token=0123456789abcdef0123456789abcdef
# post BODY [CURL-ARGUMENT…]: sets answer and status; the token is added.
post() {
    local body=$1
    shift
    answer=$(curl -s --noproxy '*' -w '\n%{http_code}' -d "module=API&format=json&token_auth=$token&$body" "$@" "$url")
    status=${answer##*$'\n'}
    answer=${answer%$'\n'*}
}
live() { # SITE DATE [MORE]
    post "method=Live.getLastVisitsDetails&idSite=$1&period=range&date=$2,$2&filter_sort_order=asc&filter_limit=500&${3:-}"
}
ask() { # JQ-FILTER: about the last answer
    jq -c "$1" <<<"$answer"
}
control() {
    "$api" tell "$work/server" "$@"
}

start <<'JSON'
{"now": "2025-07-10T12:00:00Z", "max_actions": 6, "memory_visits": 100,
 "sites": {"1": {"name": "Rig"}, "2": {"timezone": "America/New_York"}, "3": {"timezone": "Pacific/Auckland", "numbers": "strings"}},
 "generate": [{"site": 1, "start": "2025-06-17", "end": "2025-06-19", "visits": 21, "midnight": true},
              {"site": 1, "days": ["2025-06-25"], "visits": 120},
              {"site": 1, "days": ["2025-07-09", "2025-07-10"], "visits": 5},
              {"site": 2, "days": ["2025-06-18", "2025-11-02"], "visits": 25, "first_id": 9007199254740993},
              {"site": 3, "days": ["2025-09-28"], "visits": 23}],
 "visits": [{"site": 1, "last": "2025-06-20T10:00:00Z", "actions": 2, "id": 5000}, {"site": 1, "last": "2025-06-21T10:00:00Z", "actions": 2, "id": 5001, "set": {"userId": "\ud83d"}, "action_set": {"1": {"title": "a\u0000b"}}}],
 "faults": [{"method": "API.getMatomoVersion", "status": 503, "headers": {"Retry-After": 3}},
            {"method": "API.getMatomoVersion", "status": 429, "headers": {"Retry-After": 1}},
            {"method": "Live.getLastVisitsDetails", "site": 1, "date": "2025-06-18", "body": "<html>proxy</html>"},
            {"method": "Live.getLastVisitsDetails", "site": 1, "date": "2025-06-18", "cut": 1000},
            {"method": "Live.getLastVisitsDetails", "site": 1, "date": "2025-06-18", "drop": 1000},
            {"method": "Live.getLastVisitsDetails", "site": 1, "date": "2025-06-18", "close": true},
            {"method": "Live.getLastVisitsDetails", "site": 1, "date": "2025-06-18", "redirect": "https://elsewhere.example.org/"}]}
JSON

# ---- visits of a day ----
live 1 2025-06-17
is "$status $(ask length)" "200 22" "a day ends with the first second of the next"
is "$(ask '[.[].lastActionTimestamp] == ([.[].lastActionTimestamp] | sort)')" true "visits come by their last action"
post "method=VisitsSummary.get&idSite=1&period=day&date=2025-06-17"
is "$(ask .nb_visits)" 21 "the summary counts a visit of midnight once"
live 1 2025-06-17
is "$(ask '[.[:21][].actions] | add')" "$(post "method=VisitsSummary.get&idSite=1&period=day&date=2025-06-17&columns=nb_actions" && ask .value)" \
    "nb_actions is the sum of actions, and a single column comes as a value"
live 1 2025-06-17 "minTimestamp=$(ask '.[9].lastActionTimestamp')"
is "$(ask length)" 12 "minTimestamp is strict"
is "$(live 1 2025-06-17 filter_limit=10 && ask length) $(live 1 2025-06-17 'filter_limit=10&filter_offset=20' && ask length)" "10 2" "limit and offset"
is "$(live 1 2025-06-17 'filter_limit=1&filter_sort_order=desc' && ask '.[0].serverDate')" '"2025-06-18"' "descending"
is "$(live 1 2025-06-23 && ask .)" "[]" "a day without visits is []"
is "$(live 1 2025-06-20 doNotFetchActions=1 && ask '.[0].actionDetails')" "[]" "no actions when they are not wanted"
is "$(live 1 2025-06-20 hideColumns=siteName,plugins && ask '.[0] | has("plugins"), has("idVisit")' | tr '\n' ' ')" "false true " "columns can be hidden"
is "$(live 1 2025-06-21 && grep -o '"userId":"[^"]*"\|a.u0000b' <<<"$answer" | sort | tr '\n' ' ')" '"userId":"\ud83d" a\u0000b ' "lone surrogates and U+0000 are told"
live 1 2025-06-17
is "$(ask '[.[] | select(.truncatedActionsCount) | [.actions, .truncatedActionsCount, (.actionDetails | length)]] | unique')" "[[7,1,6]]" "actions beyond the limit are cut and told"

# ---- zones ----
live 2 2025-06-18 doNotFetchActions=0
is "$(ask '[.[].idVisit] | min == 9007199254740993')" true "big numbers"
is "$(ask '[.[] | .actionDetails[0].timestamp - .firstActionTimestamp] | unique')" "[-14400]" "an action's time is the site's wall clock"
is "$(live 2 2025-11-02 && ask '[.[] | .actionDetails[-1].timestamp - .lastActionTimestamp] | unique | map(select(. >= -18000))')" "[-18000,-14400]" "also on the day with 25 hours"
live 3 2025-09-28
is "$(ask 'length, (.[0].idVisit | type), (.[-1].lastActionTimestamp - .[0].lastActionTimestamp)' | tr '\n' ' ')" '23 "string" 75900 ' "a day of 23 hours, numbers as strings"
is "$(post method=SitesManager.getSiteFromId\&idSite=3 && ask .timezone)" '"Pacific/Auckland"' "the site's zone"

# ---- today ----
is "$(post 'method=Live.getLastVisitsDetails&idSite=1&period=day&date=today&filter_limit=50' && ask length)" 10 "period=day of today starts a day early"
is "$(live 1 2025-07-10 && ask length)" 5 "period=range of today does not"

# ---- errors ----
post "method=Live.getLastVisitsDetails&idSite=99&period=day&date=today"
is "$status $answer" "200 {\"result\":\"error\",\"message\":\"An unexpected website was found in the request: website id was set to '99' .\"}" "an unknown site"
post "method=Live.getLastVisitsDetails&idSite=1&period=day&date=2025-13-45"
is "$status $(ask .result)" '200 "error"' "a bad date"
post "method=VisitsSummary.getNothing"
is "$status $(ask .result)" '400 "error"' "an unknown method"
live 1 2025-06-25
is "$status $(ask .message)" '500 "Allowed memory size of 134217728 bytes exhausted (tried to allocate 10489856 bytes)"' "too large a page"
is "$(live 1 2025-06-25 filter_limit=100 && ask length)" 100 "a smaller one passes"
control /__scenario '{"memory_style": "empty"}' >"$work/said"
is "$(live 1 2025-06-25 && echo "$status/$answer")" "500/" "or with an empty body"

# ---- the token ----
right=$token
token=wrong
post "method=SitesManager.getSiteFromId&idSite=1"
is "$status ${answer:0:9}" "401 <!DOCTYPE" "a wrong token: HTML"
answer=$(curl -s --noproxy '*' -d "token_auth=wrong" "$url?module=API&method=SitesManager.getSiteFromId&idSite=1&format=JSON")
is "$(ask .result)" '"error"' "JSON when the query says so"
answer=$(curl -s --noproxy '*' "$url?module=API&method=SitesManager.getSiteFromId&idSite=1&format=JSON&token_auth=$right")
is "$(ask .message)" '"Unable to authenticate with the provided token. It is either invalid, expired or is required to be sent as a POST parameter."' \
    "a token in the URL is refused"
is "$(control /__log | jq -c '[.[].token] | unique')" '["body","url"]' "and noted"
is "$(control /__log | grep -c "$right")" 0 "the log has no token"
token=$right

# ---- faults ----
post "method=API.getMatomoVersion" -D "$work/head"
is "$status $(grep -io 'retry-after: 3' "$work/head")" "503 Retry-After: 3" "a fault with a header"
is "$(post "method=API.getMatomoVersion" && echo "$status")" 429 "then the next"
is "$(post "method=API.getMatomoVersion" && ask .value)" '"5.3.1"' "then the truth"
is "$(live 1 2025-06-18 && echo "$status $answer")" "200 <html>proxy</html>" "HTML instead of JSON"
is "$(live 1 2025-06-18 && echo "$status ${#answer}")" "200 1000" "JSON that is cut off"
live 1 2025-06-18
is "$((${#answer} < 1000 && ${#answer} > 900))" 1 "a connection that breaks"
is "$(live 1 2025-06-18 && echo "$status")" 000 "no answer"
is "$(live 1 2025-06-18 && echo "$status")" 302 "a redirect"
is "$(live 1 2025-06-18 && ask length)" 22 "in the end the page"

# ---- several at once ----
post "method=API.getBulkRequest&idSite=1&urls[1]=method%3DVisitsSummary.get%26period%3Dday%26date%3D2025-06-17%26columns%3Dnb_visits%2Cnb_actions&urls[0]=method%3DVisitsSummary.get%26idSite%3D99%26period%3Dday%26date%3D2025-06-17&urls[2]=method%3DAPI.getMatomoVersion"
is "$status $(ask '[.[0].nb_visits, .[1].result, .[2].value]')" '200 [21,"error","5.3.1"]' "a bulk request answers in the order sent"
post "method=VisitsSummary.get&idSite=1&period=day&date=2025-06-19,2025-06-22"
is "$(ask '[.[] | if type == "array" then . else .nb_visits end]')" "[21,1,1,[]]" "an empty day among several is []"
post "method=VisitsSummary.get&idSite=1&period=day&date=2025-06-22"
is "$(ask '[.nb_visits, .bounce_rate]')" '[0,"0%"]' "an empty day alone has zeros"

# ---- visits that change, and what the server was asked ----
start <<'JSON'
{"generate": [{"site": 1, "days": ["2025-06-17"], "visits": 10, "actions": 3}], "path": "/matomo/", "delay_ms": 30,
 "changes": [{"after": 1, "visit": 1, "add_actions": 2, "last": "2025-06-17T23:00:00Z"}]}
JSON
is "${url##*/127.0.0.1}" "$(sed 's,.*127.0.0.1,,' "$work/server/url")" "the same port again"
is "$(live 1 2025-06-17 filter_limit=3 && ask '[.[].idVisit]')" "[1,2,3]" "a first page"
live 1 2025-06-17 filter_offset=3
is "$(ask '[.[].idVisit]')" "[5,6,7,8,9,10,1]" "then a visit goes on, moves, and another falls through the offset"
is "$(ask '.[-1] | [.actions, (.actionDetails | length)]')" "[5,5]" "it has grown"
control /__add '{"site": 1, "last": "2025-06-17T23:30:00Z"}' >"$work/said"
control /__change '{"visit": 2, "remove": true}' >"$work/said"
is "$(live 1 2025-06-17 && ask '[.[].idVisit]')" "[3,4,5,6,7,8,9,10,1,11]" "one is new, one is gone"
is "$(control /__log | jq -c '[.[] | .visits]')" "[3,7,10]" "the log counts the visits of each page"
is "$(control /__log | jq -c 'all(.ms >= 30)')" true "pages took their time"
is "$(curl -s -o "$work/said" -w '%{http_code} %{redirect_url}' --noproxy '*' "${url%/}")" "301 $url" "without its last slash the address redirects"
is "$(curl -s -o "$work/said" -w '%{http_code}' --noproxy '*' "${url}nothing")" 404 "another address"
is "$(curl -s -o "$work/said" -w '%{http_code}' --compressed --noproxy '*' -H 'Accept-Encoding: gzip' -D "$work/head" \
    -d "module=API&format=json&token_auth=$token&method=Live.getLastVisitsDetails&idSite=1&period=range&date=2025-06-17,2025-06-17" "$url") $(grep -ci 'content-encoding: gzip' "$work/head")" \
    "200 1" "gzip for who asks"

echo "1..$cases"
[[ $failures == 0 ]]
