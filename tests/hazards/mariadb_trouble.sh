#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# tests/hazards/mariadb_trouble.sh - a MariaDB server that refuses us, hangs, goes away in the middle of a reading, or offers no TLS.
own_server=1
. "$TIDEMARK_SRC/tests/support/mariadb_scene.sh"

servers=$TIDEMARK_SRC/tests/servers
own=$scene_root/mariadb
trap 'stop_server; leave_scenes' EXIT
stop_server() {
    "$servers/mariadb" resume "$own" 2>/dev/null
    "$servers/mariadb" stop "$own" KILL
}
if ! command -v mariadbd >/dev/null && [[ ! -x /usr/sbin/mariadbd ]]; then
    echo '1..0 # SKIP there is no MariaDB server'
    exit 0
fi
# Durable: it is killed, and what it said is committed must be there afterwards.
maria_server=$("$servers/mariadb" start "$own" --durable) || exit 1

things() { # COUNT BYTES
    tables <<'YAML'
things:
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: body, sql_type: TEXT}
YAML
    maria -e "CREATE TABLE IF NOT EXISTS things (id INT PRIMARY KEY, body LONGTEXT); INSERT INTO things SELECT seq, REPEAT('x', $2) FROM seq_1_to_$1"
}

test_promise_8_a_server_that_hangs_does_not_hang_us() {
    things 10 10
    "$servers/mariadb" pause "$own"
    begin sync
    wait_for 20 connecting || fail "the run has begun"
    kill -TERM "$begun"
    ended 143 "cancelled while it waits for a login"
    "$servers/mariadb" resume "$own"
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:10 "the next run has everything"
    maria -e "INSERT INTO things SELECT seq, REPEAT('x', 20000) FROM seq_100_to_3100"
    hold things
    begin sync
    wait_held_up
    in_the_middle
    "$servers/mariadb" pause "$own"
    kill -TERM "$begun"
    ended 143 "cancelled in the middle of a reading"
    "$servers/mariadb" resume "$own"
    let_go
    run sync
    is "$status:$(sql 'SELECT count(*), count(DISTINCT id) FROM things')" '0:3011|3011' "and the next run again"
    wait_for 20 nobody_reads || fail "the server works on for a client that is gone" "$(maria -e 'SHOW PROCESSLIST')"
    pass "the server has stopped working for the cancelled runs"
}
# The reader stands in the middle of the table: the writer waits for the lock, and the budget of batches is spent. (SQLite's lock stops a run
# before it reads.)
in_the_middle() { [[ $destination_kind == sqlite ]] || wait_for 20 reader_waits || fail "the reader did not wait for the writer"; }
reader_waits() { [[ $(sqlite3 state.db 'SELECT max(in_flight) FROM run_streams WHERE ended_us IS NULL') =~ ^[1-9][0-9][0-9] ]]; }
connecting() { ss -Htn state established dst "127.0.0.1:$(cat "$own/port")" 2>/dev/null | grep -q . || [[ -s out.txt || -s err.txt ]]; }
nobody_reads() { [[ $(maria -e "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT%things%' AND INFO NOT LIKE '%PROCESSLIST%'") == 0 ]]; }

test_the_server_goes_away_and_comes_back() {
    things 10 10
    run sync
    maria -e "INSERT INTO things SELECT seq, REPEAT('x', 20000) FROM seq_100_to_3100"
    hold things
    begin sync
    wait_held_up
    in_the_middle
    "$servers/mariadb" stop "$own" KILL
    "$servers/mariadb" start "$own" --durable >/dev/null
    let_go
    ended 0 "the run goes on when it is back" 60000
    is "$(sql 'SELECT count(*), count(DISTINCT id) FROM things')" '3011|3011' "nothing is lost, nothing doubled"
}

test_it_refuses_us() {
    things 3 10
    local right=${maria_server%/*}/$database
    source_url=mariadb://tidemark:geheim-4711@${right#*@} configure
    source_url=mariadb://tidemark:geheim-4711@${right#*@}
    configure
    run sync
    is "$status" 69 "a wrong password: exit 69"
    has "$(cat err.txt)" "Access denied for user 'tidemark'" "with the server's reason"
    lacks "$(cat err.txt out.json)" geheim-4711 "and without the password"
    source_url=${maria_server%/*}/no_such_database
    configure
    run sync
    isnt "$status" 0 "a database that does not exist is an error"
    has "$(cat err.txt)" "Unknown database 'no_such_database'" "that names it"
    source_url=mariadb://tidemark:x@127.0.0.1:1/x
    configure
    run sync
    is "$status" 69 "nobody listens: exit 69"
    has "$(cat err.txt)" '127.0.0.1:1' "and it says where"
    unset source_url
}

test_grants() {
    things 3 10
    maria -e "CREATE OR REPLACE USER poor@'127.0.0.1' IDENTIFIED BY 'poor-4711'; CREATE TABLE other (id INT PRIMARY KEY); GRANT SELECT ON $database.other TO poor@'127.0.0.1'"
    source_url=mariadb://poor:poor-4711@127.0.0.1:$(cat "$own/port")/$database
    configure
    run check
    has "$(jq -r '.. | strings' out.json)" "GRANT SELECT ON \`$database\`.\`things\` TO \`poor\`@\`127.0.0.1\`" "check prints the GRANT that is missing"
    run sync
    has "$status:$(cat err.txt)" 'table things: the login may not read it' "a sync says what it may not read"
    maria -e "GRANT SELECT ON $database.things TO poor@'127.0.0.1'"
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:3 "SELECT is all it needs"
    unset source_url
}

test_a_table_is_missing() {
    things 3 10
    maria -e 'DROP TABLE things'
    run sync
    is "$status" 0 "a warning while nothing was ever read"
    has "$(cat err.txt out.json; logged)" 'things' "that names it"
    maria -e "CREATE TABLE things (id INT PRIMARY KEY, body LONGTEXT); INSERT INTO things VALUES (1, 'one')"
    run sync
    maria -e 'DROP TABLE things'
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 3:1 "an error for a stream that has rows, and they stay"
}

tls() { source_options="    $1" && configure && run check; }
tls_found() { jq -r 'select(.test? == "TLS") | .found' out.json; }
test_promise_9_tls() {
    things 1 10
    tls 'tls: verify'
    isnt "$status" 0 "a certificate that nobody vouches for is refused"
    has "$(jq -r '.. | strings' out.json)" 'tls_ca' "and it says what to give"
    tls "tls: verify
    tls_ca: $own/server.crt"
    is "$status:$(tls_found)" 0:verified "verified with its authority"
    run sync
    is "$status" 0 "and read"
    tls 'tls: encrypt'
    is "$status:$(tls_found)" '0:encrypted only: the configuration says `tls: encrypt`' "encrypted only when it is said in as many words"
    tls 'tls: "off"'
    is "$status:$(tls_found)" '0:clear, on this machine' "clear when it is said"
    tls 'tls: off'
    is "$status:$(tls_found)" '0:clear, on this machine' "also without quotes"
}
test_promise_9_a_server_without_tls() {
    things 1 10
    "$servers/mariadb" stop "$own"
    "$servers/mariadb" start "$own" --durable --skip-ssl >/dev/null
    tls "tls: verify
    tls_ca: $own/server.crt"
    isnt "$status" 0 "a server that takes TLS away is refused"
    tls 'tls: encrypt'
    isnt "$status" 0 "also where its certificate is not checked"
    "$servers/mariadb" stop "$own"
    "$servers/mariadb" start "$own" --durable >/dev/null
}

on_each_destination test_promise_8_a_server_that_hangs_does_not_hang_us test_the_server_goes_away_and_comes_back test_it_refuses_us test_grants \
    test_a_table_is_missing
on_sqlite() {
    local test
    for test; do
        destination_kind=sqlite
        open_scene
        "$test"
        close_scene
    done
    destination_kind=''
}
on_sqlite test_promise_9_tls test_promise_9_a_server_without_tls
finish
