# SPDX-License-Identifier: Apache-2.0
# tests/support/scene.sh - for script tests: a scene is a private directory with a schema, documents and an empty destination.
#
#   . "$TIDEMARK_SRC/tests/support/scene.sh"
#   test_promise_1_watermark() { schema <<'YAML' … ; dump users <<'DOCUMENTS' … ; run sync; is "$(sql 'SELECT …')" 3 "three rows"; }
#   on_each_destination test_promise_1_watermark …
#   finish
#
# Each test function runs once per destination: `sqlite` always, `postgres` when TIDEMARK_TEST_POSTGRES_URL is set (otherwise one skipped
# case says so). Every run's balance (promise 3) is checked by itself: `read` must be the sum of what became of the rows, for each stream.
# shellcheck shell=bash disable=SC2034,SC2120
set -u
: "${TIDEMARK_SRC:?}" "${TIDEMARK_BUILD:?}" "${TIDEMARK_BIN:?}"

documents=$TIDEMARK_BUILD/tests/tools/documents
cases=0 failures=0
status=0            # exit status of the last run
destination_kind='' # sqlite or postgres, within a test function
scene=''            # its directory
scenes_made=0
scene_root=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-scene.XXXXXX")
export HOME=$scene_root XDG_STATE_HOME=$scene_root/state XDG_CONFIG_HOME=$scene_root/config XDG_DATA_HOME=$scene_root/share
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1
unset TIDEMARK_DESTINATION TIDEMARK_STATE MONGODB_URL MONGODB_DATABASE PGSSLMODE MATOMO_HOST MATOMO_PORT MATOMO_DATABASE MATOMO_USER MATOMO_PASSWORD
trap 'leave_scenes' EXIT

# ---- TAP ----
pass() {
    cases=$((cases + 1))
    echo "ok $cases - ${destination_kind:+[$destination_kind] }$1"
}

fail() {
    cases=$((cases + 1)) failures=$((failures + 1))
    echo "not ok $cases - ${destination_kind:+[$destination_kind] }$1"
    shift
    [[ $# == 0 ]] || printf '%s\n' "$@" | sed 's/^/#   /'
}

# is GOT WANTED NAME
is() {
    if [[ $1 == "$2" ]]; then pass "$3"; else fail "$3" "got:    $1" "wanted: $2"; fi
}

# isnt GOT UNWANTED NAME
isnt() {
    if [[ $1 != "$2" ]]; then pass "$3"; else fail "$3" "got: $1"; fi
}

# has TEXT PART NAME; lacks TEXT PART NAME
has() {
    if [[ $1 == *"$2"* ]]; then pass "$3"; else fail "$3" "no «$2» in:" "$1"; fi
}
lacks() {
    if [[ $1 != *"$2"* ]]; then pass "$3"; else fail "$3" "«$2» in:" "$1"; fi
}

skip() {
    cases=$((cases + 1))
    echo "ok $cases - ${destination_kind:+[$destination_kind] }$1 # SKIP $2"
}

finish() {
    echo "1..$cases"
    [[ $failures == 0 && $cases -gt 0 ]]
    exit
}

# ---- scenes ----
on_each_destination() {
    local test
    for test; do
        for destination_kind in sqlite postgres; do
            if [[ $destination_kind == postgres && -z ${TIDEMARK_TEST_POSTGRES_URL:-} ]]; then
                skip "$test" "TIDEMARK_TEST_POSTGRES_URL is not set"
                continue
            fi
            open_scene
            "$test"
            close_scene
        done
    done
    destination_kind=''
}

open_scene() {
    scenes_made=$((scenes_made + 1))
    scene=$scene_root/scene$scenes_made
    mkdir -p "$scene/dump"
    cd "$scene" || exit 1
    database=tm_$$_$scenes_made
    if [[ $destination_kind == postgres ]]; then
        psql -q "$TIDEMARK_TEST_POSTGRES_URL" -c "CREATE DATABASE $database" || exit 1
        destination=$(sed -E "s#^([^:]+://[^/]+/)[^?]*#\1$database#" <<<"$TIDEMARK_TEST_POSTGRES_URL")
        control='tidemark.'
    else
        destination=sqlite:$scene/warehouse.db
        control=tidemark_
    fi
    configure
}

close_scene() {
    cd "$scene_root" || exit 1
    [[ $destination_kind != postgres ]] || psql -q "$TIDEMARK_TEST_POSTGRES_URL" -c "DROP DATABASE IF EXISTS $database WITH (FORCE)"
    [[ ${source_url:-} != "${TIDEMARK_TEST_MONGODB_URL:-none}" ]] || "$documents" drop "$source_url" "$database"
    unset source_url source_database
    rm -rf "$scene"
}

leave_scenes() {
    local left=$?
    [[ -z $scene || ! -d $scene ]] || close_scene
    rm -rf "$scene_root"
    exit "$left"
}

# configure [STREAM-SETTINGS-YAML]: writes tidemark.yaml; the argument stands under `streams:` ("users: {lookback: 10m}").
configure() {
    cat >tidemark.yaml <<YAML
destination: $destination
state: $scene/state.db
sources:
  app:
    type: mongodb
    url: ${source_url:-dump:./dump}
    ${source_database:+database: "$source_database"}
    schema: schemas.yaml
    ${1:+streams: {$1\}}
YAML
}

# schema < YAML
schema() {
    cat >schemas.yaml
}

# dump COLLECTION < Extended JSON lines: the collection's whole content from now on. The dump's clock is $clock (a date that touch reads).
clock='2024-06-01 00:00:00'
dump() {
    rm -f "dump/$1.bson"
    : >"dump/$1.bson"
    "$documents" dump "dump/$1.bson" || fail "documents for $1"
    echo "{\"indexes\":[],\"collectionName\":\"$1\",\"type\":\"collection\"}" >"dump/$1.metadata.json"
    touch_dump
}

# dump_raw COLLECTION < hexadecimal lines: appended.
dump_raw() {
    "$documents" raw "dump/$1.bson" || fail "raw documents for $1"
    touch_dump
}

touch_dump() {
    TZ=UTC touch -d "$clock" dump/*
}

# live [URL]: from now on this scene's documents are on a server, in a database of the scene's own.
live() {
    source_url=${1:-$TIDEMARK_TEST_MONGODB_URL} source_database=$database
    configure
}
# put COLLECTION, load COLLECTION < Extended JSON lines: into the live database, one by one (replacing) or many new ones at a time.
# take_away COLLECTION < filters: deletes there.
put() { "$documents" put "$source_url" "$database" "$1" || fail "put documents into $1"; }
load() { "$documents" load "$source_url" "$database" "$1" || fail "load documents into $1"; }
take_away() { "$documents" delete "$source_url" "$database" "$1" || fail "take documents out of $1"; }

# run COMMAND…: tidemark --batch … --format json; $status, out.json and err.txt afterwards. Checks the balance.
run() {
    "$TIDEMARK_BIN" --batch "$@" --format json >out.json 2>err.txt
    status=$?
    local unbalanced
    unbalanced=$(jq -c 'select(.read? != null and .written? != null) |
        select(.read != .written + .unchanged + .rejected + .filtered + (.in_flight // 0))' out.json 2>&1)
    [[ -z $unbalanced ]] || fail "balance of tidemark $*" "$unbalanced"
}

# count STREAM FIELD: of the last run ("app.users", "written").
count() {
    jq -r --arg stream "$1" "select(.stream? == \$stream) | .$2" out.json
}

# sql QUERY: columns apart by |, one row a line.
sql() {
    if [[ $destination_kind == postgres ]]; then
        PGOPTIONS='-c timezone=UTC' psql -qAt "$destination" -c "$1" 2>&1
    else
        sqlite3 -cmd '.timeout 5000' warehouse.db "$1" 2>&1
    fi
}

# rejects [WHERE]: key|reason of the ledger's open rejects, ordered; the quotes around ids that are texts are left out.
rejects() {
    sql "SELECT key, reason FROM ${control}rejects WHERE dismissed_at IS NULL ${1:+AND $1} ORDER BY stream, key" | tr -d '"'
}

watermark() {
    sql "SELECT watermark FROM ${control}streams WHERE stream = '$1'" | sed -E 's/T/ /; s/(Z|\+00)$//; s/\.0+$//'
}

# hold TABLE: somebody else takes the write lock (SQLite: of the file; PostgreSQL: of TABLE) and keeps it until let_go; reading goes on.
hold() {
    local answer=''
    if [[ $destination_kind == postgres ]]; then
        coproc HOLDER { psql -XqAt "$destination" 2>&1; }
        echo "BEGIN; LOCK TABLE $1 IN SHARE MODE; SELECT 'held';" >&"${HOLDER[1]}"
    else
        coproc HOLDER { sqlite3 -cmd '.timeout 5000' warehouse.db 2>&1; }
        echo "BEGIN IMMEDIATE; SELECT 'held';" >&"${HOLDER[1]}"
    fi
    { until [[ $answer == held ]]; do read -r -t 10 answer || break; done; } <&"${HOLDER[0]}"
    [[ $answer == held ]] || fail "the lock on $1"
}
let_go() {
    local holder=$HOLDER_PID
    eval "exec ${HOLDER[1]}>&-"
    wait "$holder" 2>/dev/null
}

# begin COMMAND…: tidemark --batch … in the background: $begun is its process; out.txt and err.txt.
begin() {
    "$TIDEMARK_BIN" --batch "$@" >out.txt 2>err.txt </dev/null &
    begun=$!
}

# Waits until a begun run stands before the lock that hold took.
wait_held_up() {
    if [[ $destination_kind == postgres ]]; then
        wait_for 20 waits_in_postgres || fail "no run waits for the lock" "$(cat err.txt)"
    else
        wait_for 20 waits_in_sqlite || fail "no run waits for the lock" "$(cat err.txt)"
    fi
}
waits_in_postgres() { [[ $(sql 'SELECT count(*) FROM pg_locks WHERE NOT granted') =~ ^[1-9] ]]; }
waits_in_sqlite() {
    [[ $(sqlite3 state.db 'SELECT count(*) FROM run_streams WHERE started_us IS NOT NULL AND ended_us IS NULL') =~ ^[1-9] ]]
}

# ended STATUS NAME [MILLISECONDS]: the begun run ends with that status, within the time that promise 8 gives (and a loaded machine's half second).
ended() {
    local from=${EPOCHREALTIME/./} got took
    wait "$begun"
    got=$? took=$(((${EPOCHREALTIME/./} - from) / 1000))
    is "$got" "$1" "$2"
    [[ $got == "$1" ]] || sed 's/^/#   /' err.txt
    if ((took < ${3:-2500})); then pass "$2: promptly"; else fail "$2: promptly" "took $took ms"; fi
}

# wait_for SECONDS COMMAND…: until it succeeds; false when it never did.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        read -r -t 0.05 <> <(:) || true
    done
}
