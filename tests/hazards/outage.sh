#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/outage.sh - servers that go away and come back in the middle of a run, hang, or refuse us (H53); a state file that cannot grow.
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}'
servers=$TIDEMARK_SRC/tests/servers
trap 'stop_servers; leave_scenes' EXIT
stop_servers() {
    [[ ! -d $scene_root/postgres ]] || "$servers/postgres" resume "$scene_root/postgres" 2>/dev/null
    [[ ! -d $scene_root/postgres ]] || "$servers/postgres" stop "$scene_root/postgres" immediate
    [[ ! -d $scene_root/mongodb ]] || "$servers/mongodb" stop "$scene_root/mongodb" KILL
}

things() {
    printf 'things:\n  columns:\n    - {name: id, sql_type: VARCHAR, primary_key: true}\n    - {name: n, sql_type: INTEGER}\n    - {name: body, sql_type: TEXT}\n  explicit_mappings: {_id: id}\n' | schema
}
# many COUNT BYTES: documents with a text of at least so many bytes
many() {
    awk -v count="$1" -v bytes="$2" -v dates="$dates" 'BEGIN { for (body = "x"; length(body) < bytes;) body = body body
        for (i = 1; i <= count; i++) printf "{\"_id\":%d,\"n\":%d,\"body\":\"%s\",%s}\n", i, i, body, dates }'
}

# A PostgreSQL server of our own, because it is stopped; the scene's database is made there.
own_postgres() {
    if ! command -v psql >/dev/null; then return 1; fi
    chmod 711 "$scene_root"
    local url
    [[ -d $scene_root/postgres ]] || "$servers/postgres" start "$scene_root/postgres" --durable >/dev/null || return 1
    url=$("$servers/postgres" url "$scene_root/postgres")
    psql -q "$url" -c "CREATE DATABASE $database" || return 1
    destination=${url%/*}/$database
    configure
}

test_the_destination_goes_away_and_comes_back() {
    things
    : | dump things
    run sync
    many 500 10 | dump things
    hold things
    begin sync
    wait_held_up
    "$servers/postgres" stop "$scene_root/postgres" immediate
    "$servers/postgres" start "$scene_root/postgres" >/dev/null
    let_go
    ended 0 "the run goes on when it is back" 40000
    is "$(sql 'SELECT count(*), count(DISTINCT id) FROM things')" '500|500' "nothing is lost, nothing doubled"
    is "$(watermark app.things)" '2024-05-01 00:00:00' "the watermark stands at the data"
}

test_promise_8_a_server_that_hangs_does_not_hang_us() {
    things
    : | dump things
    run sync
    many 500 10 | dump things
    hold things
    begin sync
    wait_held_up
    "$servers/postgres" pause "$scene_root/postgres"
    kill -TERM "$begun"
    ended 143 "cancelled while the server stands still"
    "$servers/postgres" resume "$scene_root/postgres"
    let_go
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:500 "the next run has everything"
}

test_the_source_goes_away_and_comes_back() {
    local url
    mkdir -p "$scene_root/mongodb"
    url=$("$servers/mongodb" start "$scene_root/mongodb" "$TIDEMARK_TEST_SERVERS") || return 1
    live "$url"
    things
    many 1 10 | load things
    run sync
    is "$status" 0 "a first row"
    many 3000 20000 | sed 's/"_id":/"_id":1000/' | load things
    # The reader stops in the middle: the writer stands before the lock and the batches' budget is spent.
    hold things
    begin sync
    wait_held_up
    wait_for 10 reader_waits || fail "the reader did not wait for the writer"
    "$servers/mongodb" stop "$scene_root/mongodb" KILL
    let_go
    wait_for 20 retrying || fail "the run did not notice" "$("$TIDEMARK_BIN" runs --format json)"
    "$servers/mongodb" start "$scene_root/mongodb" "$TIDEMARK_TEST_SERVERS" >/dev/null
    ended 0 "the run goes on when it is back" 60000
    is "$(sql 'SELECT count(*), count(DISTINCT id) FROM things')" '3001|3001' "nothing is lost, nothing doubled"
}
reader_waits() { [[ $(sqlite3 state.db 'SELECT max(in_flight) FROM run_streams WHERE ended_us IS NULL') =~ ^[1-9][0-9][0-9] ]]; }
retrying() { [[ $(sqlite3 state.db "SELECT count(*) FROM run_streams WHERE note LIKE 'retry %' AND ended_us IS NULL") == 1 ]]; }

# A server that speaks TLS with a certificate nobody knows, and one that knows no such user.
test_tls_and_logins_are_not_taken_on_trust() {
    local url port
    mkdir -p "$scene_root/mongodb"
    url=$("$servers/mongodb" start "$scene_root/mongodb" "$TIDEMARK_TEST_SERVERS") || return 1
    things
    live "${url/:\/\//:\/\/reader:canary-secret@}"
    run sync
    is "$status" 69 "a login that is refused"
    has "$(cat err.txt)" "127.0.0.1:$(cat "$scene_root/mongodb/port")" "names the server"
    lacks "$(cat err.txt out.json)" canary-secret "and not the password"
    "$servers/mongodb" stop "$scene_root/mongodb"
    openssl req -new -x509 -days 2 -nodes -newkey rsa:2048 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -out "$scene/server.crt" -keyout "$scene/server.key" >/dev/null 2>&1
    url=$("$servers/mongodb" start "$scene_root/mongodb" "$TIDEMARK_TEST_SERVERS" --tls-cert "$scene/server.crt" --tls-key "$scene/server.key") || return 1
    port=$(cat "$scene_root/mongodb/port")
    live "mongodb://127.0.0.1:$port/?tls=true&serverSelectionTimeoutMS=3000"
    run sync
    is "$status" 69 "a certificate that nobody vouches for is refused"
    has "$(cat err.txt)" certificate "and it is said"
    live "mongodb://127.0.0.1:$port/?tls=true&tlsCAFile=$scene/server.crt"
    many 3 10 | load things
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:3 "with its CA it is read"
    "$TIDEMARK_BIN" check >check.txt 2>&1
    has "$(cat check.txt)" verified "check says that the link is verified"
    live "mongodb://127.0.0.1:$port/?tls=true&tlsAllowInvalidCertificates=true"
    run sync
    is "$status" 0 "and without, when the configuration says so in as many words"
    "$TIDEMARK_BIN" check >check.txt 2>&1
    has "$(cat check.txt)" 'encrypted only' "which check shows"
    "$servers/mongodb" stop "$scene_root/mongodb"
}

# full_state: runs in a mount namespace of its own, where ./small is a disk of 512 KiB that is full but for what the state file has.
full_state() {
    mount -t tmpfs -o size=512k none small || exit 77
    "$TIDEMARK_BIN" --batch --state small/state.db sync || exit 3
    cat /dev/zero >small/ballast 2>/dev/null
    cp -r dump2/. dump
    "$TIDEMARK_BIN" --batch --state small/state.db sync 2>err.txt
    echo "status $?" >status.txt
}

test_a_full_disk_costs_history_never_data() {
    things
    many 10 10 | dump things
    cp -r dump dump1 && many 400 10 | dump things && mv dump dump2 && mv dump1 dump
    mkdir small
    export -f full_state
    unshare --map-root-user --mount bash -c full_state >unshare.txt 2>&1
    case $? in
    0) ;;
    1 | 77) skip "a full disk" "no mount namespace: $(head -n 1 unshare.txt)" && return ;;
    *) fail "the first sync" "$(cat unshare.txt)" && return ;;
    esac
    is "$(cat status.txt)" 'status 0' "the sync is done"
    is "$(sql 'SELECT count(*) FROM things')" 400 "with every row"
    has "$(cat err.txt)" history "and says that history is not kept"
}

test_a_state_file_that_may_not_grow() {
    things
    : | dump things
    run sync
    many 400 10 | dump things
    (
        trap '' XFSZ
        ulimit -f 8
        "$TIDEMARK_BIN" --batch sync
    ) >out.txt 2>err.txt
    is "$?:$(sql 'SELECT count(*) FROM things')" 0:400 "the sync is done"
    has "$(cat err.txt)" history "and says that history is not kept"
}

for destination_kind in sqlite postgres; do
    open_scene
    test_a_full_disk_costs_history_never_data
    close_scene
    [[ -n ${TIDEMARK_TEST_POSTGRES_URL:-} ]] || break
done
if [[ -n ${TIDEMARK_TEST_POSTGRES_URL:-} ]]; then
    destination_kind=postgres
    open_scene
    test_a_state_file_that_may_not_grow
    close_scene
fi
if [[ -z ${TIDEMARK_TEST_POSTGRES_URL:-} ]]; then
    skip "a source that goes away" "TIDEMARK_TEST_POSTGRES_URL is not set"
elif [[ -z ${TIDEMARK_TEST_SERVERS:-} ]] && ! command -v mongod >/dev/null; then
    skip "a source that goes away" "TIDEMARK_TEST_SERVERS is not set"
else
    for test in test_the_source_goes_away_and_comes_back test_tls_and_logins_are_not_taken_on_trust; do
        open_scene
        "$test" || fail "$test: the server"
        close_scene
        "$servers/mongodb" stop "$scene_root/mongodb" && rm -rf "$scene_root/mongodb"
    done
fi
if [[ -z ${TIDEMARK_TEST_POSTGRES_URL:-} ]]; then
    skip "a destination that goes away" "TIDEMARK_TEST_POSTGRES_URL is not set"
else
    saved_url=$TIDEMARK_TEST_POSTGRES_URL
    for test in test_the_destination_goes_away_and_comes_back test_promise_8_a_server_that_hangs_does_not_hang_us; do
        destination_kind=sqlite # the scene's database is not on the common server
        open_scene
        destination_kind=postgres control=tidemark.
        if own_postgres; then
            "$test"
        else
            fail "$test: the server"
        fi
        destination_kind=sqlite
        close_scene
    done
    TIDEMARK_TEST_POSTGRES_URL=$saved_url
fi
destination_kind=''
finish
