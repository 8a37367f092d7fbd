#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/demo.sh - the bundled sample into SQLite, and every command on what it left.
. "$TIDEMARK_SRC/tests/support/scene.sh"
export TIDEMARK_SAMPLE_DIR=$TIDEMARK_SRC/data/sample
cd "$scene_root" || exit 1
demo=$XDG_DATA_HOME/tidemark/demo

# in_demo COMMAND…: on the demonstration's configuration
in_demo() {
    "$TIDEMARK_BIN" -C "$demo" "$@"
}

# Every line is a JSON object of one of the types.
lines_of() {
    local type=$1
    shift
    in_demo --format json "$@" 2>err.txt | jq -c "select(.type == \"$type\")" 2>>err.txt
}

"$TIDEMARK_BIN" demo >out.txt 2>err.txt
is "$?:$(cat err.txt)" 0: "the demonstration runs"
is "$(head -n 1 out.txt)" "sync into $demo/demo.db (configuration: $demo/tidemark.yaml)" "its first line names destination and configuration"
has "$(cat out.txt)" 'balance: read ' "it shows the balance"
lacks "$(cat out.txt)" 'does not hold' "which holds"
has "$(cat out.txt)" "the data is in $demo/demo.db" "it says where the data is"
streams=$(grep -c '^app\.' out.txt)
is "$((streams >= 20))" 1 "at least 20 streams"
users=$(sqlite3 "$demo/demo.db" 'SELECT count(*) FROM users')
is "$((users > 0))" 1 "users have landed"

"$TIDEMARK_BIN" demo >again.txt 2>err.txt
is "$?:$(cat err.txt)" 0: "once more"
is "$(jq -s 'map(select(.type == "stream") | .written) | add' <(in_demo history 2 --format json))" 0 "the second run wrote nothing"
is "$(sqlite3 "$demo/demo.db" 'SELECT count(*) FROM users')" "$users" "and doubled nothing"

# ---- silence when all is well, and JSON lines ----
in_demo --batch sync >out.txt 2>err.txt
is "$?:$(cat out.txt err.txt)" 0: "batch is silent when all is well"
in_demo sync --batch --format json 'app.user*' >out.txt
is "$?:$(jq -s 'map(select(.type == "run")) | length' out.txt)" 0:1 "one object for the run"
is "$(jq -rs 'map(select(.type == "stream") | .stream | startswith("app.user")) | all' out.txt)" true "and one per chosen stream"
is "$(jq -s 'map(select(.read != .written + .unchanged + .rejected + .filtered)) | length' out.txt)" 0 "balanced"
in_demo --batch sync --strict >out.txt 2>err.txt
is "$?" 1 "--strict: rows that wait make the exit status 1"
has "$(cat err.txt)" 'tidemark rejects app.' "and are told on stderr"
is "$(head -n 1 err.txt)" "sync into $demo/demo.db (configuration: $demo/tidemark.yaml)" "below a line that names destination and configuration"
in_demo --batch -v sync >out.txt 2>err.txt
has "$(cat out.txt)" 'balance: read' "-v prints the summary"
has "$(cat err.txt)" 'Z info ' "and the log with UTC times"

# ---- plans ----
before=$(sqlite3 "$demo/demo.db" 'SELECT count(*) FROM tidemark_commits')
in_demo sync --dry-run >plan.txt
is "$?" 0 "--dry-run"
has "$(cat plan.txt)" 'no table has to be made or changed' "no DDL when all is there"
is "$(sqlite3 "$demo/demo.db" 'SELECT count(*) FROM tidemark_commits')" "$before" "and nothing written"
in_demo --destination sqlite:other.db sync --dry-run >plan.txt
is "$?" 0 "--dry-run into an empty destination"
has "$(cat plan.txt)" 'CREATE TABLE "users"' "shows the DDL of tables"
has "$(cat plan.txt)" 'tidemark_' "and of our own"
is "$(lines_of plan_stream sync --dry-run | wc -l)" "$streams" "one JSON object per planned stream"
in_demo backfill app.users --from 2024-01-01 --to 2024-01-31 --dry-run >plan.txt
has "$(cat plan.txt)" '2024-01-01 … 2024-01-31 (31 days, UTC)' "the window is echoed"
in_demo --batch backfill app.users --from 2024-01-01 --to 2024-01-31 >out.txt 2>err.txt
is "$?:$(cat out.txt err.txt)" 0: "a backfill"

# ---- destructive jobs ask (promise 6) ----
days=$(sqlite3 "$demo/demo.db" 'SELECT count(*) FROM days')
in_demo --batch reimport app.days >out.txt 2>err.txt
is "$?" 2 "a reimport in batch needs --yes"
has "$(cat err.txt)" '--yes' "and says so"
in_demo reimport app.days </dev/null >out.txt 2>err.txt
is "$?" 2 "so does one without a terminal"
in_demo --batch reimport app.days --yes >out.txt 2>err.txt
is "$?:$(cat out.txt err.txt)" 0: "with it, it runs"
is "$(sqlite3 "$demo/demo.db" 'SELECT count(*) FROM days')" "$days" "to the same rows"

# on_terminal ANSWER COMMAND…: a terminal in front of which somebody types the answer
on_terminal() {
    local answer=$1
    shift
    script -qec "$(printf '%q ' "$TIDEMARK_BIN" -C "$demo" "$@")" typed.txt <<<"$answer" >/dev/null 2>&1
}
if command -v script >/dev/null; then
    on_terminal days reimport app.days
    is "$?" 0 "on a terminal the table's name is the consent"
    has "$(cat typed.txt)" 'Type days to go on' "which it asks for"
    has "$(cat typed.txt)" 'days_contents_links' "having shown what points at it"
    on_terminal yes reimport app.days
    is "$?" 2 "another answer is none"
    on_terminal demo.db reimport app.days app.periods
    is "$?" 0 "several tables: the destination's database"
    on_terminal '' sync
    is "$?" 0 "a sync asks nothing"
    has "$(cat typed.txt)" ' rows' "and shows progress"
else
    skip "questions on a terminal" "script(1) is missing"
fi

# ---- reading commands ----
is "$(lines_of run history | wc -l | tr -d ' ')" "$(sqlite3 "$demo/state.db" 'SELECT count(*) FROM runs')" "history has every run"
is "$(lines_of stream history 1 | wc -l)" "$streams" "and the streams of one"
has "$(in_demo history 1)" 'balance: read' "as text, with the balance"
is "$(lines_of log log 1 | jq -r .run | sort -u)" 1 "the log of a run"
is "$(in_demo runs)" 'no run is going on' "no run is going on"
is "$(lines_of stream streams | wc -l)" "$streams" "streams"
is "$(lines_of stream streams app.users | jq -r .rows)" "$users" "with the rows of their table"
waiting=$(sqlite3 "$demo/demo.db" "SELECT count(*) FROM tidemark_rejects WHERE stream = 'app.messages'")
is "$(lines_of reject_group rejects | jq -s 'map(select(.stream == "app.messages") | .open) | add')" "$waiting" "rejects in groups"
is "$(lines_of reject rejects app.messages | wc -l)" "$waiting" "rejects of a stream"
is "$(lines_of reject rejects app.messages | jq -r 'has("row")' | sort -u)" false "whose rows are shown only when asked for (H35)"
is "$(lines_of reject rejects app.messages --rows | jq -r '.row | type' | sort -u)" object "by --rows"
in_demo --batch rejects dismiss app.messages --reason 'missing parent'
is "$?" 0 "dismiss by reason"
is "$(lines_of reject rejects app.messages | jq -r .reason | sort -u)" 'invalid text' "leaves the others"
in_demo rejects dismiss app.messages --reason nonsense >out.txt 2>err.txt
is "$?" 2 "an unknown reason is a mistake"
has "$(cat err.txt)" "'missing parent'" "which lists the known ones"
in_demo rejects retry app.users >out.txt
is "$?" 0 "retry"
in_demo check >out.txt 2>err.txt
is "$?:$(cat err.txt)" 0: "check"
has "$(cat out.txt)" "$streams streams, 0 problems" "finds no problem"
finish
