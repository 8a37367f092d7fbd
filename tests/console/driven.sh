#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/driven.sh - a morning at the console, on a terminal (tmux), a MongoDB-protocol server and PostgreSQL: start, watch, cancel, run again,
# backfill by the calendar, reimport, lose the terminal, find the run again and stop it; at the end the tables are those of a clean load.
# timeout: 240
#
# A run is held in the middle by a gate: a trigger in the destination waits for a lock of ours when the row of its name arrives.
# shellcheck disable=SC2034,SC2154
. "$TIDEMARK_SRC/tests/support/scene.sh"
for needed in tmux psql; do
    command -v "$needed" >/dev/null || { echo "1..0 # SKIP $needed is missing" && exit 77; }
done
if [[ -z ${TIDEMARK_TEST_POSTGRES_URL:-} || -z ${TIDEMARK_TEST_MONGODB_URL:-} ]]; then
    echo '1..0 # SKIP TIDEMARK_TEST_POSTGRES_URL or TIDEMARK_TEST_MONGODB_URL is not set'
    exit 77
fi
patience=$((20 * ${TIDEMARK_TEST_SLOW:-1})) # seconds until something that must happen has not

# ---- the terminal ----
# Each console has a tmux server of its own, so that killing it takes the terminal away as a lost connection does.
console=0
open_console() {
    console=$((console + 1))
    TERM=xterm-256color tmux -u -f /dev/null -S "$scene_root/tmux$console" new-session -d -x 80 -y 24 "exec $TIDEMARK_BIN 2>$scene/console$console.err"
}
on_terminal() { tmux -S "$scene_root/tmux$console" "$@"; }
screen() { on_terminal capture-pane -p 2>&1; }
press() { on_terminal send-keys "$@"; }
write() { on_terminal send-keys -l "$1"; }
gone() { ! on_terminal list-sessions >/dev/null 2>&1; }
lose_terminal() {
    kill -KILL "$(on_terminal display-message -p '#{pid}')"
    wait_for "$patience" gone
}
# Whatever happened: no terminal is left, and no console of a test that failed.
leave_terminals() {
    local left=$?
    gone || on_terminal kill-server
    (exit "$left")
    leave_scenes
}
trap leave_terminals EXIT

shows() { [[ $(screen) == *"$1"* ]]; }
hides() { ! shows "$1"; }
matches() { [[ $(screen) =~ $1 ]]; }
# see TEXT NAME; see_match REGEX NAME: a case, once the screen shows it.
see() {
    if wait_for "$patience" shows "$1"; then pass "$2"; else give_up "$2" "no «$1»"; fi
}
see_match() {
    if wait_for "$patience" matches "$1"; then pass "$2"; else give_up "$2" "nothing like «$1»"; fi
}
# until_shown TEXT: as see(), for what is only on the way.
until_shown() {
    wait_for "$patience" shows "$1" || give_up "the screen with «$1»"
}
# What follows a screen that never came says nothing more.
give_up() {
    fail "$@" "on:" "$(screen)" "$(cat "$scene"/console*.err)"
    finish
}

# ---- the data ----
# users FROM TO: documents in the order of their keys, of a kilobyte each, so that a few thousand of them are several commits
users() {
    awk -v from="$1" -v to="$2" 'BEGIN { note = sprintf("%1000s", "."); for (i = from; i <= to; i++) {
        date = sprintf("{\"$date\":\"2024-02-01T%02d:%02d:%02dZ\"}", i / 3600 % 24, i / 60 % 60, i % 60)
        printf "{\"_id\":\"u%04d\",\"note\":\"%s\",\"creation_date\":%s,\"update_date\":%s}\n", i, note, date, date } }'
}
# visits FROM TO: up to the 180th one after the other on nine days of March, later ones on the tenth
visits() {
    awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++) {
        date = sprintf("{\"$date\":\"2024-03-%02dT12:00:00Z\"}", i > 180 ? 10 : i % 9 + 1)
        printf "{\"_id\":\"v%04d\",\"user\":\"u%04d\",\"creation_date\":%s,\"update_date\":%s}\n", i, i % 40 + 1, date, date } }'
}
content() {
    local url=$destination
    [[ $# == 0 ]] || url=$1
    psql -XqAt "$url" -c "SELECT 'users', count(*), md5(string_agg(u::text, E'\n' ORDER BY id)) FROM users u" \
        -c "SELECT 'visits', count(*), md5(string_agg(v::text, E'\n' ORDER BY id)) FROM visits v"
}

# ---- the gate ----
make_gate() {
    sql "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(7, 7); RETURN NEW; END';
         CREATE TRIGGER gate BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.id = 'u6000') EXECUTE FUNCTION gate();
         CREATE TRIGGER gate BEFORE INSERT ON visits FOR EACH ROW WHEN (NEW.id = 'v0200') EXECUTE FUNCTION gate()"
}
close_gate() {
    local answer=''
    coproc HOLDER { psql -XqAt "$destination" 2>&1; }
    echo "SELECT pg_advisory_lock(7, 7); SELECT 'held';" >&"${HOLDER[1]}"
    { until [[ $answer == held ]]; do read -r -t 10 answer || break; done; } <&"${HOLDER[0]}"
    [[ $answer == held ]] || fail "the gate is closed"
}
at_gate() { [[ $(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7 AND NOT granted") == 1 ]]; }

recorded() { sqlite3 -cmd '.timeout 5000' state.db "$1"; }
# ended_as RUN OUTCOME
ended_as() { [[ $(recorded "SELECT outcome FROM runs WHERE run = $1 AND ended_us IS NOT NULL") == "$2" ]]; }
see_outcome() {
    if wait_for "$patience" ended_as "$1" "$2"; then pass "$3"; else give_up "$3" "$(recorded "SELECT * FROM runs WHERE run = $1")"; fi
}
number_of() { recorded "SELECT $3 FROM run_streams WHERE run = $1 AND stream = '$2'"; }

# ---- the morning ----
a_new_destination() {
    open_console
    see '2 streams: 2 never run' "the streams, which have never run"
    press s
    see 'documents to read; ' "s: what would be read"
    see '$ tidemark sync app' "and the command that does the same"
    press Enter
    see 'has never written into this database' "the first write is asked about"
    press Enter
    see 'run 1 started: sync app' "it starts"
    see_outcome 1 'done' "and is done"
    until_shown '2 streams: '
}

watch_and_cancel() {
    users 1 7000 | load users
    visits 1 180 | load visits
    close_gate
    press s
    see '7,180 documents to read' "s: how many documents there are now"
    press Enter
    until_shown 'run 2 started'
    wait_for "$patience" at_gate || give_up "the run stands before the gate"
    press 2
    see 'run 2 started' "2: the run, as the only one"
    see_match 'ETA (\?|[0-9])' "how long it will take, or that nobody knows"
    see_match ' [1-9][0-9]?%' "how far it is"
    see_match 'app.users +(merging|committing) ' "what the stream does"
    see 'waiting: users' "and what the other one waits for"
    see_match 'read [0-9,]+ = written [1-9][0-9,]+ \+' "the balance, with rows written"
    local balance read written unchanged rejected filtered flight
    balance=$(screen)
    if [[ ${balance//,/} =~ read\ ([0-9]+)\ =\ written\ ([0-9]+)\ \+\ unchanged\ ([0-9]+)\ \+\ rejected\ ([0-9]+)\ \+\ filtered\ ([0-9]+).*in\ flight\ ([0-9]+) ]]; then
        read=${BASH_REMATCH[1]} written=${BASH_REMATCH[2]} unchanged=${BASH_REMATCH[3]} rejected=${BASH_REMATCH[4]} filtered=${BASH_REMATCH[5]} flight=${BASH_REMATCH[6]}
        is "$((written + unchanged + rejected + filtered + flight))" "$read" "which holds while it runs"
    else
        fail "which holds while it runs" "$balance"
    fi
    press C
    until_shown 'Stop run 2?'
    press Enter
    see_outcome 2 cancelled "C, Enter: it stops, although the server does not answer"
    see 'cancelled after' "and the screen says so"
    let_go
    is "$(sql 'SELECT count(*) > 0 AND count(*) < 6000 FROM users')" t "what was committed stays"
}

run_again() {
    press 3
    see_match '2 [0-9-]+ [0-9:]+ .*sync app +cancelled' "3: history has it"
    press r
    until_shown '$ tidemark sync app'
    see 'documents to read' "r: the same again"
    press Enter
    until_shown 'run 3 started'
    see_outcome 3 'done' "it is done"
    is "$(sql 'SELECT count(*) FROM users')" 7000 "everything is there"
    is "$(($(number_of 3 app.users read) < 7000))" 1 "and only what was missing was read"
    see_match '3 [0-9-]+ [0-9:]+ .*sync app +done' "history shows it, without a key pressed"
}

# Three days are lost in the destination; they are found on the calendar and read again.
backfill_by_the_calendar() {
    sql "DELETE FROM visits WHERE created_at >= '2024-03-04' AND created_at < '2024-03-07'"
    press 1
    until_shown '2 streams: 2 fresh'
    press /
    write visits
    press Enter
    until_shown 'app.visits               fresh'
    press b
    see 'Saturday 2024-03-09: 20 rows loaded' "b: the calendar, on the newest day that is loaded"
    see_match ' 3 +20 .* 7 +20' "the days show their rows"
    is "$(screen | grep -c ' 4    -    5    -    6    -    7   20')" 1 "three of them have none" "$(screen)"
    press k
    until_shown 'Saturday 2024-03-02'
    press l l
    see 'Monday 2024-03-04: 0 rows' "the first of them"
    press Space
    until_shown '2024-03-04 (1 day, UTC)'
    press l l Space
    see '2024-03-04 … 2024-03-06 (3 days, UTC)' "picked as a window"
    see '$ tidemark backfill app.visits --from 2024-03-04 --to 2024-03-06' "the command that does the same"
    see '60 documents to read' "and what it will read"
    press Enter
    see_outcome 4 'done' "the backfill is done"
    is "$(number_of 4 app.visits read):$(number_of 4 app.visits written)" 60:60 "of those rows"
}

truncate_and_reimport() {
    sql "UPDATE visits SET user_id = 'u0001'; INSERT INTO visits (id, created_at, updated_at) VALUES ('stray', now(), now())"
    until_shown '2 streams: 2 fresh'
    press T
    see '181 rows of ' "T: what will be replaced"
    press t
    see '$ tidemark reimport app.visits --truncate' "t: by truncating"
    until_shown '180 documents to read'
    press Enter
    until_shown 'Type visits to replace its rows:'
    write visit
    press Enter
    see 'not confirmed: expected visits; nothing was changed' "another name changes nothing"
    press Enter
    until_shown 'Type visits to replace its rows:'
    write visits
    press Enter
    until_shown 'run 5 started'
    see_outcome 5 'done' "with the table's name it starts"
    is "$(sql 'SELECT count(*), count(DISTINCT user_id) FROM visits')" '180|40' "and the table is that of the source"
}

lose_the_terminal_and_find_the_run_again() {
    visits 181 400 | load visits
    close_gate
    write ':sync app.visits'
    press Enter
    see '$ tidemark sync app.visits' ":sync app.visits: what a key does can be typed"
    until_shown 'documents to read'
    press Enter
    until_shown 'run 6 started'
    wait_for "$patience" at_gate || give_up "the run stands before the gate"
    lose_terminal
    is "$("$TIDEMARK_BIN" runs --format json | jq -r 'select(.type == "run") | .run')" 6 "the terminal is lost, the run goes on"
    open_console
    until_shown '1 running'
    press 2
    see 'run 6 started' "the next console shows it"
    see_match 'app.visits +(merging|committing) ' "live"
    press c
    until_shown 'Stop app.visits of run 6?'
    see 'in another process' "c: it belongs to somebody else"
    press Escape
    wait_for "$patience" hides 'Stop app.visits'
    press C
    until_shown 'Stop run 6?'
    press Enter
    see_outcome 6 cancelled "C, Enter: it stops there"
    see 'cancelled after' "and the screen says so"
    let_go
    press r
    until_shown '$ tidemark sync app.visits'
    see 'documents to read' "r: once more"
    press Enter
    until_shown 'run 7 started'
    see_outcome 7 'done' "it is done"
}

leave() {
    press 1
    until_shown '2 streams: 2 fresh'
    press q
    if wait_for "$patience" gone; then pass "q leaves"; else fail "q leaves" "$(screen)"; fi
    is "$(recorded "SELECT count(*) FROM runs WHERE ended_us IS NULL")" 0 "nothing runs on"
    is "$(cat console*.err)" '' "nobody complained"
}

compare_with_a_clean_load() {
    local wrong clean=${database}_clean
    wrong=$(recorded 'SELECT run, stream FROM run_streams WHERE read <> written + unchanged + rejected + filtered + in_flight')
    is "$wrong" '' "the balance of every run holds"
    wrong=$(sql 'SELECT stream, run FROM tidemark.commits WHERE read <> written + unchanged + rejected + filtered')
    is "$wrong" '' "and of every commit"
    sql "CREATE DATABASE $clean" >/dev/null
    TIDEMARK_DESTINATION=${destination/$database/$clean} "$TIDEMARK_BIN" --batch --state clean.db sync
    is "$?" 0 "a clean load"
    is "$(content)" "$(content "${destination/$database/$clean}")" "has the same rows"
    sql "DROP DATABASE $clean" >/dev/null
}

destination_kind=postgres
open_scene
live
cat >schemas.yaml <<'YAML'
users:
  include_base: true
  additional_columns: [{name: note, sql_type: TEXT}]
visits:
  include_base: true
  additional_columns: [{name: user_id, sql_type: VARCHAR, foreign_key: users(id)}]
  additional_mappings: {user: user_id}
YAML
echo '{"_id":1}' | put others # a database without any document would not be there
a_new_destination
make_gate
watch_and_cancel
run_again
backfill_by_the_calendar
truncate_and_reimport
lose_the_terminal_and_find_the_run_again
leave
compare_with_a_clean_load
close_scene
finish
