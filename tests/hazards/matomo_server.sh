#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# tests/hazards/matomo_server.sh - the source matomo and how its server misbehaves (B11): nothing is lost, nothing waits for ever.
. "$TIDEMARK_SRC/tests/support/matomo_scene.sh"

# 14 days; 20 events in 5 visits
world='"now": "2025-06-15T12:00:00Z", "sites": {"1": {}, "2": {"timezone": "America/New_York"}},
    "generate": [{"site": 1, "visits": 20, "start": "2025-06-01", "end": "2025-06-14"}, {"site": 2, "visits": 10, "start": "2025-06-01", "end": "2025-06-14"}]'

# B11: answers that are errors, in each of the ways in which a server gives them: the same request again, which the log tells of, or a smaller one.
test_b11_transient_errors_pass() {
    local fault name again
    while IFS='|' read -r name again fault; do
        rm -f warehouse.db state.db
        api "{$world, \"faults\": [$fault]}"
        visits $'sites: 1\nstart: 2025-06-10'
        run sync
        is "$status:$(events 1):$(sqlite3 state.db "SELECT count(*) FROM run_log WHERE text LIKE '%; retry 1 in %'")" "0:400:$again" "$name"
    done <<'FAULTS'
status 500 without a word|0|{"method": "Live.getLastVisitsDetails", "status": 500, "body": ""}
a page of HTML with status 200|1|{"method": "Live.getLastVisitsDetails", "status": 200, "body": "<html>Maintenance</html>"}
503|1|{"method": "Live.getLastVisitsDetails", "status": 503}
429 with Retry-After|1|{"method": "Live.getLastVisitsDetails", "status": 429, "headers": {"Retry-After": "1"}}
a list that is cut off|1|{"method": "Live.getLastVisitsDetails", "cut": 900}
a connection that breaks|1|{"method": "Live.getLastVisitsDetails", "drop": 900}
an exhausted memory|0|{"method": "Live.getLastVisitsDetails", "status": 200, "json": {"result": "error", "message": "Allowed memory size of 134217728 bytes exhausted"}}
a database that is away|1|{"status": 500, "json": {"result": "error", "message": "SQLSTATE[HY000] [2002] Connection refused"}}
FAULTS
}

test_b11_smaller_pages_for_a_small_server() {
    local style
    for style in json empty html; do
        api "{$world, \"memory_visits\": 12, \"memory_style\": \"$style\"}"
        visits $'sites: 1\nstart: 2025-06-10\npage_size: 200'
        run sync
        is "$status:$(events 1)" 0:400 "pages shrink until the server manages ($style)"
    done
}

# A day that stays unreadable: the others are read, the watermark stops before it, the next run reads it.
test_a_day_that_cannot_be_read() {
    api "{$world, \"faults\": [{\"date\": \"2025-06-12\", \"method\": \"Live.getLastVisitsDetails\", \"times\": 0, \"status\": 500, \"json\": {\"result\": \"error\", \"message\": \"Allowed memory size of 1 bytes exhausted\"}}]}"
    visits $'sites: 1\nstart: 2025-06-10'
    run sync
    is "$status:$(events 1)" 3:320 "the other days are read"
    has "$(cat err.txt)" "2025-06-12" "it is named"
    is "$(watermark visits.site-1)" '2025-06-11 23:59:59.999999' "the watermark stops before it"
    tell /__scenario '{"faults": []}' >/dev/null
    run sync
    is "$status:$(events 1):$(watermark visits.site-1)" "0:480:$(sql "SELECT substr(CAST(max(action_timestamp) AS text), 1, 19) FROM matomo")" "the next run reads it"
}

test_errors_that_stay() {
    api "{$world}"
    visits $'sites: 1\nstart: 2025-06-10'
    sed -i 's/token: .*/token: wrong-token-0001/' tidemark.yaml
    run sync
    isnt "$status" 0 "a token that is refused"
    has "$(cat err.txt)" 'Unable to authenticate' "is told in the server's words"
    lacks "$(cat err.txt out.json; tell /__log)" wrong-token "the token is never shown, and never in an address"
    visits $'sites: 99\nstart: 2025-06-10'
    run sync
    isnt "$status" 0 "a site that is not there"
    has "$(cat err.txt)" 'site 99' "is named"
    api "{$world, \"faults\": [{\"redirect\": \"http://127.0.0.1:1/\", \"times\": 0}]}"
    visits $'sites: 1\nstart: 2025-06-10'
    run sync
    isnt "$status" 0 "a redirect is not followed with the token"
    has "$(cat err.txt)" '127.0.0.1:1' "where it points is told"
}

# Promise 8.
test_cancel_is_prompt() {
    api "{$world, \"faults\": [{\"method\": \"Live.getLastVisitsDetails\", \"hang\": true, \"times\": 0}]}"
    visits $'sites: 1\nstart: 2025-06-01'
    begin sync
    wait_for 20 hangs || fail "no request was made"
    kill -TERM "$begun"
    ended 143 "a run whose server hangs is cancelled"
}

test_deadline_of_a_request() {
    api "{$world, \"faults\": [{\"method\": \"Live.getLastVisitsDetails\", \"hang\": true, \"times\": 1}]}"
    visits $'sites: 1\nstart: 2025-06-13\ntimeout: 1s'
    run sync
    is "$status:$(events 1)" 0:160 "a request that is never answered is given up and made again"
}

# secure_api HOST…: the stand-in behind TLS, by a certificate for these names that an authority of its own has signed (ca.pem).
secure_api() {
    local names
    names=$(printf ',DNS:%s' "$@")
    stop_api
    rm -rf "$api_dir"
    mkdir -p "$api_dir"
    printf '%s' "{$world}" >"$api_dir.json"
    openssl req -new -x509 -days 2 -nodes -newkey rsa:2048 -subj '/CN=Tests' -out ca.pem -keyout ca.key 2>/dev/null
    openssl req -new -nodes -newkey rsa:2048 -subj "/CN=$1" -out server.csr -keyout "$api_dir/key.pem" 2>/dev/null
    openssl x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile <(echo "subjectAltName=${names#,}") -out "$api_dir/cert.pem" 2>/dev/null
    api_url=$("$matomo_api" start "$api_dir" --scenario "$api_dir.json" --tls | sed 's/127\.0\.0\.1/localhost/')
}

test_b11_tls_with_an_authority_of_its_own() {
    secure_api localhost
    visits $'sites: 1\nstart: 2025-06-10\nca_file: ca.pem'
    run sync
    is "$status:$(events 1)" 0:400 "an authority that ca_file names"
    "$TIDEMARK_BIN" check >out.txt 2>&1
    is "$?:$(grep -c 'TLS.*verified' out.txt)" 0:1 "check says that the link is verified"
    visits $'sites: 1\nstart: 2025-06-10'
    run sync
    is "$status" 69 "an authority that nobody knows is refused"
    has "$(cat err.txt)" certificate "the message says what is wrong"
    has "$(cat err.txt)" ca_file "and what to do"
    "$TIDEMARK_BIN" check >out.txt 2>&1
    is "$?" 2 "check says so, too"
    lacks "$(cat out.txt)" verified\  "and does not call the link verified"
    visits $'sites: 1\nstart: 2025-06-10\nverify: false'
    run sync
    is "$status" 0 "unless verifying is off"
    has "$("$TIDEMARK_BIN" check 2>&1)" 'encrypted only' "of which check warns"
    secure_api stats.example.org
    visits $'sites: 1\nstart: 2025-06-10\nca_file: ca.pem'
    run sync
    is "$status" 69 "a certificate for another host is refused"
    has "$(cat err.txt)" certificate "and the message says what is wrong"
    is "$(grep -c "$token" out.json err.txt out.txt | tr '\n' ' ')" 'out.json:0 err.txt:0 out.txt:0 ' "no token is shown"
}

test_check() {
    api "{$world}"
    visits 'sites: 1,99'
    "$TIDEMARK_BIN" check >out.txt 2>&1
    is $? 2 "a site that may not be seen"
    has "$(cat out.txt)" 'Matomo 5.3.1' "the version"
    has "$(cat out.txt)" 'Site 1, UTC' "the site and its zone"
    has "$(cat out.txt)" 'site 99' "what is missing"
}
hangs() { [[ $(tell /__stats | jq .most_in_flight) -gt 1 ]]; }

destination_kind=sqlite
for test in test_b11_transient_errors_pass test_b11_smaller_pages_for_a_small_server test_a_day_that_cannot_be_read test_errors_that_stay test_cancel_is_prompt test_b11_tls_with_an_authority_of_its_own \
    test_deadline_of_a_request test_check; do
    open_scene
    "$test"
    close_scene
done
destination_kind=''
finish
