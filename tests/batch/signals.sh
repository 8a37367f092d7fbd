#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/signals.sh - stopping a run (promise 8): by SIGINT, SIGTERM, SIGHUP and from another process; what history says of it, and of one
# that was killed.
#
# The runs are held in the middle by a writer who has the SQLite destination's write lock and gives it back when told.
. "$TIDEMARK_SRC/tests/support/scene.sh"
if ! command -v sqlite3 >/dev/null; then
    echo '1..0 # SKIP sqlite3 is missing'
    exit 77
fi

hold_destination() {
    mkfifo hold.fifo
    sqlite3 warehouse.db <hold.fifo >held.txt 2>&1 &
    holder=$!
    exec 9>hold.fifo
    printf 'BEGIN IMMEDIATE;\nSELECT 1;\n' >&9
    wait_for 5 grep -q 1 held.txt || fail "the destination could not be held"
}

let_go() {
    exec 9>&-
    wait "$holder"
    rm -f hold.fifo held.txt
}

# run_starts ARGUMENT…: in the background; $started is its process, $run its number in history
run_starts() {
    local before
    before=$(sqlite3 state.db 'SELECT coalesce(max(run), 0) FROM runs' 2>/dev/null)
    "$TIDEMARK_BIN" --batch "$@" >out.txt 2>err.txt </dev/null &
    started=$!
    run=$((${before:-0} + 1))
    wait_for 10 at_work "$run" || fail "run $run did not begin" "$(cat err.txt)"
}

at_work() {
    [[ $(sqlite3 state.db "SELECT count(*) FROM runs WHERE run = $1 AND ended_us IS NULL") == 1 ]]
}

# ends_with STATUS NAME: within the two seconds of promise 8 (and what a loaded machine adds)
ends_with() {
    local from=$SECONDS
    wait "$started"
    is "$?" "$1" "$2"
    is "$((SECONDS - from <= 4))" 1 "$2: promptly"
}

outcome() {
    "$TIDEMARK_BIN" history "$1" --format json | jq -r 'select(.type == "run") | .outcome + ":" + (.exit_status | tostring)'
}

destination_kind=sqlite
open_scene
printf 'things:\n  include_base: true\n' | schema
for i in 1 2 3 4 5 6 7 8 9; do
    printf '{"_id":"%s","creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"2024-01-0%sT00:00:00Z"}}\n' "$i" "$i"
done | dump things
sqlite3 warehouse.db 'PRAGMA journal_mode = WAL' >/dev/null

for signal in INT:130 TERM:143 HUP:129; do
    hold_destination
    run_starts sync
    kill -s "${signal%:*}" "$started"
    ends_with "${signal#*:}" "SIG${signal%:*}"
    is "$(outcome "$run")" cancelled:130 "history: stopped on request"
    is "$(cat out.txt)" '' "nothing on stdout"
    let_go
done

hold_destination
run_starts sync
is "$("$TIDEMARK_BIN" runs --format json | jq -r 'select(.type == "run") | .run')" "$run" "runs shows it"
"$TIDEMARK_BIN" log "$run" -f >log.txt &
follower=$!
"$TIDEMARK_BIN" cancel "$run" >cancel.txt 2>&1
is "$?" 0 "cancel from another process"
has "$(cat cancel.txt)" "run $run" "which says what became of it"
ends_with 130 "cancelled"
wait "$follower"
is "$?" 0 "log -f ends with the run"
has "$(cat log.txt)" 'another process asks to stop' "and has what happened"
let_go
"$TIDEMARK_BIN" cancel "$run" >cancel.txt 2>&1
is "$?" 2 "a run that has ended cannot be cancelled"
has "$(cat cancel.txt)" 'is not running' "and it is said"

hold_destination
run_starts sync
kill -KILL "$started"
{ wait "$started"; } 2>/dev/null
let_go
is "$(outcome "$run")" killed:137 "a killed run is found dead"
is "$("$TIDEMARK_BIN" runs)" 'no run is going on' "and is not among the live ones"

run sync
is "$status" 0 "and then all is done"
is "$(sql 'SELECT count(*) FROM things')" 9 "with every row"

# A signal before there is a run: nothing to stop, so it ends at once. The plan waits for a destination that nobody may even read.
rm -f state.db*
sqlite3 warehouse.db 'PRAGMA journal_mode = DELETE' >/dev/null
mkfifo hold.fifo
sqlite3 warehouse.db <hold.fifo >held.txt 2>&1 &
holder=$!
exec 9>hold.fifo
printf 'BEGIN EXCLUSIVE;\nSELECT 1;\n' >&9
wait_for 5 grep -q 1 held.txt || fail "the destination could not be held"
"$TIDEMARK_BIN" --batch sync </dev/null >out.txt 2>err.txt &
started=$!
wait_for 10 test -e state.db
kill -s TERM "$started"
ends_with 143 "SIGTERM before the run"
let_go
close_scene
destination_kind=''
finish
