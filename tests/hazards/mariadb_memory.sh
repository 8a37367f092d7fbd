#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/mariadb_memory.sh - a table far larger than the budget of batches, read by a writer that does not keep up (M6): memory stays bounded.
. "$TIDEMARK_SRC/tests/support/mariadb_scene.sh"

most=64 # MiB, as docs/performance.md promises

# From now on the command writes the highest resident memory of its run (KiB) to `peak`.
measured() {
    cat >measured <<PYTHON
#!/usr/bin/env python3
import os, resource, sys
status = os.spawnv(os.P_WAIT, "$TIDEMARK_BIN", ["tidemark"] + sys.argv[1:])
open("peak", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
PYTHON
    chmod +x measured
}
reader_waits() { [[ $(sqlite3 state.db 'SELECT max(in_flight) FROM run_streams WHERE ended_us IS NULL') =~ ^[1-9][0-9][0-9] ]]; }

test_m6_a_large_table_and_a_slow_writer() {
    local TIDEMARK_BIN=$TIDEMARK_BIN
    tables <<'YAML'
things:
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: body, sql_type: TEXT}
YAML
    maria -e "CREATE TABLE things (id INT PRIMARY KEY, body LONGTEXT)"
    run sync
    is "$status" 0 "the table is made"
    maria -e "INSERT INTO things SELECT seq, REPEAT('x', 20000) FROM seq_1_to_6000"
    measured
    TIDEMARK_BIN=$scene/measured
    # SQLite's lock would stop the run before it reads; its writer is slower than the reader by itself.
    [[ $destination_kind == sqlite ]] || hold things
    begin sync
    if [[ $destination_kind == postgres ]]; then
        wait_held_up
        wait_for 60 reader_waits || fail "the reader did not wait for the writer"
        let_go
    fi
    wait "$begun"
    is "$?:$(sql 'SELECT count(*), min(length(body)) FROM things')" '0:6000|20000' "120 MB arrive"
    if ((${TIDEMARK_TEST_SLOW:-1} > 1)); then
        skip "in at most $most MiB" "an instrumented build needs more"
    else
        is "$(($(cat peak) <= most * 1024))" 1 "in at most $most MiB: $(($(cat peak) / 1024))"
    fi
}

on_each_destination test_m6_a_large_table_and_a_slow_writer
finish
