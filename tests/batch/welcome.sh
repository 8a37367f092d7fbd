#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/welcome.sh - what the first screen offers to someone who has configured nothing is done when the console has ended.
. "$TIDEMARK_SRC/tests/support/scene.sh"
export TIDEMARK_SAMPLE_DIR=$TIDEMARK_SRC/data/sample
demo=$XDG_DATA_HOME/tidemark/demo
mkdir "$scene_root/empty"
cd "$scene_root/empty" || exit 1
echo 'key i' >../init.keys
echo 'key d' >../demo.keys
echo 'key q' >../leave.keys

"$TIDEMARK_BIN" --script ../leave.keys >out.txt 2>&1
is "$?:$(cat out.txt)" 0: "q leaves"
rm out.txt
is "$(ls)" "" "and has written nothing"

"$TIDEMARK_BIN" --read-only --script ../demo.keys >../out.txt 2>&1
is "$?:$(ls -d "$demo" 2>/dev/null)" 0: "--read-only makes no sample"
"$TIDEMARK_BIN" --read-only --script ../init.keys >../out.txt 2>&1
is "$?:$(ls)" 0: "and writes no file"

"$TIDEMARK_BIN" --script ../demo.keys >../out.txt 2>&1
is "$?" 0 "d syncs the sample"
users=$(sqlite3 "$demo/demo.db" 'SELECT count(*) FROM users')
is "$((users > 0))" 1 "users have landed"
is "$(ls)" "" "in the data directory, not here"
"$TIDEMARK_BIN" -C "$demo" --format json history >../out.txt
is "$(jq -rs 'map(select(.type == "run") | .job) | join(" ")' ../out.txt)" sync "in history it is a sync"

"$TIDEMARK_BIN" --script ../init.keys >../out.txt 2>&1
is "$?" 0 "i writes a configuration"
has "$(cat tidemark.yaml)" 'sources:' "it is in this directory"
has "$(cat ../out.txt)" 'tidemark check' "and says what comes next"
finish
