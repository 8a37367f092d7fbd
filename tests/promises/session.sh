#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/promises/session.sh - a set-up of the older scripts, untouched: their .env and config/schemas.yaml, the sample's dump, PostgreSQL; command by command.
# shellcheck disable=SC2034,SC2154
. "$TIDEMARK_SRC/tests/support/scene.sh"
if [[ -z ${TIDEMARK_TEST_POSTGRES_URL:-} ]]; then
    echo '1..0 # SKIP TIDEMARK_TEST_POSTGRES_URL is not set'
    exit 77
fi
destination_kind=postgres
open_scene
rm -r tidemark.yaml dump
[[ $TIDEMARK_TEST_POSTGRES_URL =~ ^[a-z]+://([^:@]+):([^@]*)@([^:/]+):([0-9]+)/ ]] || exit 1
cat >.env <<ENV
# MongoDB
TRANSFER_SOURCE=local
TRANSFER_DESTINATION="local"
export MONGODB_URL=dump:$TIDEMARK_SRC/data/sample/dump/wellness
# PostgreSQL
POSTGRES_HOST=${BASH_REMATCH[3]}
POSTGRES_PORT=${BASH_REMATCH[4]}
POSTGRES_DATABASE=$database   # the warehouse
POSTGRES_USER='${BASH_REMATCH[1]}'
POSTGRES_PASSWORD="${BASH_REMATCH[2]}"
BATCH_SIZE=500
GLOBAL_DATE_THRESHOLD=
ENV
cp -r "$TIDEMARK_SRC/data/sample/config" .
unset "${!POSTGRES_@}"

# contents: one line per table of the data, with a digest of its rows
contents() {
    local table
    for table in $(sql "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"); do
        echo "$table $(sql "SELECT count(*), md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM $table AS t")"
    done
}
ledger() { sql 'SELECT stream, watermark FROM tidemark.streams ORDER BY 1'; }

"$TIDEMARK_BIN" check >check.txt 2>&1
is "$?" 0 "check"
has "$(tail -n 1 check.txt)" '31 streams, 0 problems' "31 streams, 0 problems"
has "$(cat check.txt)" "$database@" "the destination is named"
"$TIDEMARK_BIN" sync --dry-run >plan.txt 2>&1
is "$?" 0 "sync --dry-run"
has "$(cat plan.txt)" 'CREATE TABLE "public"."users"' "shows the DDL"
has "$(cat plan.txt)" 'CREATE SCHEMA IF NOT EXISTS "tidemark"' "that of our own tables too"
is "$(sql 'SELECT count(*) FROM pg_tables WHERE schemaname NOT LIKE ALL (ARRAY['"'pg_%', 'information_schema'])")" 0 "and writes nothing"

# A clean load to compare with, then the same one killed and run again.
run sync
is "$status" 1 "the first load has rejects, which are in the sample"
is "$(contents | wc -l)" 31 "31 tables"
contents >clean.txt
ledger >clean.ledger
rejects >clean.rejects
psql -q "$TIDEMARK_TEST_POSTGRES_URL" -c "DROP DATABASE $database WITH (FORCE)" -c "CREATE DATABASE $database"
rm -rf "$XDG_STATE_HOME"
if [[ -e ${TIDEMARK_FAULT_SHIM:-} ]]; then
    PGSSLMODE=disable LD_PRELOAD=$TIDEMARK_FAULT_SHIM TIDEMARK_FAULT=commit:30 "$TIDEMARK_BIN" --batch sync >out.txt 2>err.txt
    is "$?" 137 "killed in the middle"
    isnt "$(contents)" "$(cat clean.txt)" "it was not done"
fi
run sync
is "$status" 1 "the same command again"
is "$(contents)" "$(cat clean.txt)" "the result is the same"
is "$(ledger)" "$(cat clean.ledger)" "so are the watermarks"
is "$(rejects)" "$(cat clean.rejects)" "and the rejects"
run sync
is "$status" 0 "once more: nothing new"
is "$(jq -s 'map(select(.type == "stream") | .written) | add' out.json)" 0 "nothing is written"

"$TIDEMARK_BIN" --batch sync 'app.user*' --format json >out.json 2>err.txt
is "$?" 0 "a pattern of streams"
is "$(jq -r 'select(.type == "stream") | .stream' out.json | grep -vc '^app\.user')" 0 "only those"
is "$(jq -r 'select(.type == "run") | .balanced' out.json)" true "each line is JSON"
run backfill app.users --from 2024-01-01 --to 2024-01-31
is "$status" 0 "a backfill"
is "$(($(count app.users read) > 0))" 1 "reads its window"
is "$(ledger)" "$(cat clean.ledger)" "and leaves the watermark alone"
run reimport app.days --yes
is "$status" 0 "a reimport"
is "$(contents)" "$(cat clean.txt)" "of an unchanged source changes nothing"
sql "UPDATE days SET completed = 'spoiled' WHERE id IN (SELECT id FROM days ORDER BY id LIMIT 3)" >/dev/null
contents >spoiled.txt
hold days
begin reimport app.days --yes
wait_for 20 waits_in_postgres || fail "the reimport did not get to its end"
kill -INT "$begun"
ended 130 "a reimport that is cancelled"
let_go
is "$(contents)" "$(cat spoiled.txt)" "changed nothing"
MONGODB_DATABASE=typo run reimport app.days --yes
isnt "$status" 0 "a database that is not there"
has "$(cat err.txt)" 'no such database' "is refused in words"
is "$(contents)" "$(cat spoiled.txt)" "the table is as it was"
run reimport app.days --yes
is "$(contents)" "$(cat clean.txt)" "made equal again"

"$TIDEMARK_BIN" rejects >rejects.txt 2>&1
is "$?" 0 "rejects"
has "$(cat rejects.txt)" 'missing parent' "by reason"
"$TIDEMARK_BIN" rejects dismiss app.messages --reason 'missing parent' >dismissed.txt 2>&1
is "$?" 0 "dismissing some"
is "$(rejects "stream = 'app.messages' AND reason = 'missing parent'")" '' "they are gone from the open ones"
isnt "$(rejects "stream = 'app.messages'")" '' "the others are not"
"$TIDEMARK_BIN" history >history.txt 2>&1
is "$?" 0 "history"
has "$(cat history.txt)" 'backfill app.users' "with every run"
"$TIDEMARK_BIN" history 3 >history.txt 2>&1
is "$?" 0 "one run"
has "$(cat history.txt)" balance "with its balance"
close_scene
destination_kind=''
finish
