#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/history.sh - what history says of a run's windows, and how long it keeps a run (keep_history).
# shellcheck disable=SC2034,SC2154
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-01-05T00:00:00Z"},"update_date":{"$date":"2024-01-06T10:00:00Z"}'

test_windows_are_readable() {
    printf 'things:\n  include_base: true\n' | schema
    echo "{\"_id\":\"a\",$dates}" | dump things
    run sync
    run backfill app.things --from 2024-01-01 --to 2024-01-31
    run sync
    has "$("$TIDEMARK_BIN" history 1)" 'whole' "a first sync"
    has "$("$TIDEMARK_BIN" history 2)" '2024-01-01 … 2024-01-31 (31 days, UTC)' "a backfill, as it was typed"
    has "$("$TIDEMARK_BIN" history 3)" 'since 2024-01-06 09:00 (UTC)' "a sync, with its lookback"
    is "$("$TIDEMARK_BIN" history 2 --format json | jq -r 'select(.type == "stream").window')" '2024-01-01 … 2024-01-31 (31 days, UTC)' "as JSON, too"
}

numbers() { "$TIDEMARK_BIN" history --format json | jq -s -c 'map(.run)'; }

test_old_runs_leave_history() {
    printf 'things:\n  include_base: true\n' | schema
    echo "{\"_id\":\"a\",$dates}" | dump things
    run sync
    run sync
    sqlite3 state.db 'UPDATE runs SET started_us = started_us - 172800000000, ended_us = ended_us - 172800000000 WHERE run = 1'
    run sync
    is "$(numbers)" '[3,2,1]' "by itself, history keeps every run"
    echo 'keep_history: 1d' >>tidemark.yaml
    run sync
    is "$(numbers)" '[4,3,2]' "with keep_history a run of the day before yesterday leaves it"
    is "$(sqlite3 state.db 'SELECT count(*) FROM run_log WHERE run = 1')$(sqlite3 state.db 'SELECT count(*) FROM run_streams WHERE run = 1')" 00 "with its log and its streams"
    sed -i 's/^keep_history.*/keep_history: 5m/' tidemark.yaml
    run sync
    is "$status" 2 "a span that would leave nothing is refused"
    has "$(cat err.txt)" 'keep_history' "with its name"
}

on_each_destination test_windows_are_readable test_old_runs_leave_history
finish
