#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/promises/steering.sh - one writer per stream (promise 7) and cancelling (promise 8), on runs that are held in the middle by somebody else's lock.
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}'

# Two tables, `things` with N rows; both exist before the test begins.
things_and_others() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: n, sql_type: INTEGER}]\nothers:\n  include_base: true\n' | schema
    : | dump things
    echo "{\"_id\":\"o\",$dates}" | dump others
    run sync
    awk -v count="$1" -v dates="$dates" 'BEGIN { for (i = 1; i <= count; i++) printf "{\"_id\":\"i%d\",\"n\":%d,%s}\n", i, i, dates }' | dump things
}

leased() { [[ $(sql "SELECT count(*) FROM ${control}leases WHERE holder_user IS NOT NULL AND stream = 'app.things'") == 1 ]]; }
outcome() { "$TIDEMARK_BIN" history "$1" --format json | jq -r 'select(.type == "run") | .outcome'; }

# Begins a run of app.things and returns while it holds the stream. PostgreSQL: it stands before a lock. SQLite has one lock, without which the run
# could not take the stream either: there it is caught at work.
begin_and_catch() {
    if [[ $destination_kind == postgres ]]; then
        hold things
        begin sync app.things
        wait_held_up
    else
        begin sync app.things
        wait_for 10 leased || fail "the first run never held the stream" "$(cat err.txt)"
    fi
}
release() { [[ $destination_kind == sqlite ]] || let_go; }

test_promise_7_a_second_writer_is_told_who_holds_the_stream() {
    things_and_others 60000
    begin_and_catch
    kill -STOP "$begun"
    "$TIDEMARK_BIN" --batch sync app.things --lock-wait 0s >second.out 2>second.err
    is "$?" 75 "every chosen stream is locked: 75"
    local said
    said=$(cat second.err)
    has "$said" "$(id -un)@$(uname -n)" "user and host"
    has "$said" '(run 2)' "run"
    if [[ $said =~ \([0-9]+\ s\) ]]; then pass "age"; else fail "age" "$said"; fi
    if [[ $destination_kind == postgres ]]; then # SQLite: the stopped run may stand inside its transaction
        "$TIDEMARK_BIN" --batch sync app.things app.others --lock-wait 0s >second.out 2>second.err
        is "$?" 3 "one is locked, the rest done: 3"
    fi
    kill -CONT "$begun"
    release
    ended 0 "the first run is not disturbed" 60000
    is "$(sql 'SELECT count(*) FROM things')" 60000 "every row is there"
}

test_promise_7_a_lock_dies_with_its_holder() {
    things_and_others 60000
    begin_and_catch
    kill -KILL "$begun"
    wait "$begun" 2>/dev/null
    release
    run sync app.things
    is "$status" 0 "the next run need not wait"
    is "$(sql 'SELECT count(*) FROM things')" 60000 "and has every row once"
}

test_promise_7_a_lost_lease_commits_nothing() {
    [[ $destination_kind == postgres ]] || return 0
    things_and_others 50
    hold things
    begin sync app.things
    wait_held_up
    sql "UPDATE ${control}leases SET epoch = epoch + 1, holder_user = 'someone', holder_host = 'elsewhere' WHERE stream = 'app.things'"
    let_go
    wait "$begun"
    is "$?" 75 "the run is told"
    has "$(cat err.txt)" lease "that its lease is lost"
    is "$(sql 'SELECT count(*) FROM things')" 0 "nothing of it was kept"
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:50 "the next run has everything"
}

test_promise_8_cancelled_from_another_process() {
    things_and_others 50
    hold things
    begin sync app.things
    wait_held_up
    "$TIDEMARK_BIN" cancel 2 >cancel.txt 2>&1
    is "$?" 0 "cancel RUN"
    ended 130 "the run ends with 130"
    is "$(outcome 2)" cancelled "history says so"
    let_go
    is "$(sql 'SELECT count(*) FROM things')" 0 "nothing half done"
    run sync
    is "$status:$(sql 'SELECT count(*) FROM things')" 0:50 "the same command goes on"
}

test_promise_8_one_stream_cancelled() {
    things_and_others 50
    { echo "{\"_id\":\"o\",$dates}" && echo "{\"_id\":\"p\",$dates}"; } | dump others
    hold things
    begin sync
    wait_held_up
    "$TIDEMARK_BIN" cancel 2/app.things >cancel.txt 2>&1
    is "$?" 0 "cancel RUN/STREAM"
    [[ $destination_kind == postgres ]] || let_go # SQLite has one lock for all: the other stream needs it
    ended 130 "the run ends with 130"
    [[ $destination_kind == sqlite ]] || let_go
    is "$(sql 'SELECT count(*) FROM things'):$(sql 'SELECT count(*) FROM others')" 0:2 "the other stream is done"
    "$TIDEMARK_BIN" cancel 2/app.things >cancel.txt 2>&1
    is "$?" 2 "a run that ended cannot be cancelled"
    "$TIDEMARK_BIN" cancel 99 >cancel.txt 2>&1
    is "$?" 2 "nor one that never was"
}

test_promise_8_signals() {
    things_and_others 50
    local signal
    for signal in INT:130 HUP:129 TERM:143; do
        hold things
        begin sync app.things
        wait_held_up
        kill -s "${signal%:*}" "$begun"
        ended "${signal#*:}" "SIG${signal%:*}"
        let_go
    done
    is "$(sql 'SELECT count(*) FROM things')" 0 "nothing half done"
    is "$(sql "SELECT count(*) FROM ${control}leases WHERE holder_user IS NOT NULL")" 0 "no lease is left"
}

test_promise_8_a_cancelled_reimport_changed_nothing() {
    things_and_others 50
    run sync
    awk -v dates="$dates" 'BEGIN { for (i = 1; i <= 50; i++) printf "{\"_id\":\"i%d\",\"n\":%d,%s}\n", i, -i, dates }' | dump things
    hold things
    begin reimport app.things --yes
    wait_held_up
    kill -INT "$begun"
    ended 130 "cancelled"
    let_go
    is "$(sql 'SELECT count(*) FROM things WHERE n > 0')" 50 "the table is as it was"
    run reimport app.things --yes
    is "$status:$(sql 'SELECT count(*) FROM things WHERE n < 0')" 0:50 "a reimport begins again"
    is "$(sql "SELECT count(*) FROM ${control}stages")" 0 "and leaves no staging behind"
}

on_each_destination test_promise_7_a_second_writer_is_told_who_holds_the_stream test_promise_7_a_lock_dies_with_its_holder \
    test_promise_7_a_lost_lease_commits_nothing test_promise_8_cancelled_from_another_process test_promise_8_one_stream_cancelled \
    test_promise_8_signals test_promise_8_a_cancelled_reimport_changed_nothing
finish
