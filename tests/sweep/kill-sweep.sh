#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# tests/sweep/kill-sweep.sh - the source `mongodb`, killed at any instant: see sweep.bash.
. "$TIDEMARK_SRC/tests/sweep/sweep.bash"

source=app
tables=(companies targets users users_targets messages)
whole=(companies targets users messages)
# Link rows keep the dates of the day they were linked, so only tables with a key of their own can be told by their date.
dated=("${whole[@]}")
date_of=('max(created_at, updated_at)' 'greatest(created_at, updated_at)')
jobs=("first   -             v0    sync"
    "changes   loaded        v1    sync"
    "backfill  holes         v0    backfill app.* --from 2024-02-01 --to 2024-06-30"
    "reimport  loaded        v2    reimport app.* --yes")
# Lost rows and changed ones.
damage="DELETE FROM messages WHERE created_at >= '2024-03-01' AND created_at < '2024-04-01';
    UPDATE messages SET content = 'damaged' WHERE created_at >= '2024-05-01' AND created_at < '2024-05-20'"

# As a user of the older scripts has it: a directory with config/schemas.yaml, the rest from the environment.
cp "$TIDEMARK_SRC/tests/sweep/schemas.yaml" "$work/home/config/"
for version in 0 1 2; do
    "$TIDEMARK_BUILD/tests/sweep/make_dump" "$work/v$version" "$seed" "$version" || exit 1
done
source_variables() { variables=(BATCH_SIZE=40 MONGODB_URL="dump:$work/$1"); }

sweep
