#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/manual.sh - what the program says of itself: --help, --version, and docs/tidemark.1, which must be what the tables produce.
. "$TIDEMARK_SRC/tests/support/scene.sh"
cd "$scene_root" || exit 1

"$TIDEMARK_BIN" --man >manual.1
is "$?" 0 "the manual is written"
if difference=$(diff -u "$TIDEMARK_SRC/docs/tidemark.1" manual.1); then
    pass "docs/tidemark.1 is what the program writes"
else
    fail "docs/tidemark.1 is what the program writes (make update-docs)" "$difference"
fi

"$TIDEMARK_BIN" --help >help.txt
is "$?" 0 "--help"
for command in sync backfill reimport streams history runs log cancel rejects check init demo; do
    has "$(cat help.txt)" "  $command" "help lists $command"
    "$TIDEMARK_BIN" "$command" --help >command.txt
    is "$?:$(head -n 1 command.txt | cut -d ' ' -f 1-3)" "0:usage: tidemark $command" "$command --help"
done
longest=$(wc -L <help.txt)
is "$((longest <= 100))" 1 "help fits a hundred columns"

version=$("$TIDEMARK_BIN" --version)
is "$?" 0 "--version"
for word in 'tidemark ' 'commit ' libpq sqlite libmongoc libfyaml; do
    has "$version" "$word" "--version names $word"
done

# A killed process of the same number may have left the counters of libmongoc behind.
if [[ -w /dev/shm ]]; then
    noise=$(bash -c 'left=/dev/shm/mongoc-$$; (umask 077 && : >"$left"); exec "$0" --version' "$TIDEMARK_BIN" 2>&1 >/dev/null)
    is "$noise" '' "libraries keep quiet when they are loaded"
else
    skip "libraries keep quiet when they are loaded" "/dev/shm cannot be written"
fi

"$TIDEMARK_BIN" --help >/dev/full 2>err.txt
is "$?" 3 "an output that cannot be written is not a success"
has "$(cat err.txt)" 'could not be written' "and said"
finish
