#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/arguments.sh - mistakes on the command line and in the configuration: exit status 2, a sentence, all of them in one go, nothing done.
. "$TIDEMARK_SRC/tests/support/scene.sh"

# refuses SAYS ARGUMENT…: exit status 2, nothing on stdout, the sentence on stderr
refuses() {
    local says=$1
    shift
    "$TIDEMARK_BIN" "$@" >out.txt 2>err.txt </dev/null
    is "$?" 2 "exit status 2: tidemark $*"
    is "$(cat out.txt)" '' "nothing on stdout: tidemark $*"
    has "$(cat err.txt)" "$says" "says: $says"
}

test_the_command_line() {
    refuses 'use: tidemark --batch sync'
    refuses 'unknown command `snyc`, did you mean `sync`?' snyc
    refuses 'did you mean `--batch`?' --bacth sync
    refuses '`--from` is an option of `tidemark backfill`' sync --from 2024-01-01
    refuses 'a backfill needs a window' backfill app.users
    refuses 'the window is empty' backfill app.users --from 2024-02-01 --to 2024-01-31
    refuses 'expected an ISO 8601 date' backfill app.users --from yesterday
    refuses 'needs an argument' reimport
    refuses 'expected the number of a run' history first
    refuses 'cannot change to the directory' -C /nonexistent sync
}

test_the_configuration() {
    refuses 'tidemark.yaml' sync # neither a configuration nor variables
    printf 'destination: sqlite:w.db\nsorces: {}\nsources:\n  app:\n    type: mongodb\n    url: dump:./dump\n    schema: s.yaml\n    lokback: 1\n' >tidemark.yaml
    printf 'a:\n  export_order: soon\n  colums: []\n' >s.yaml
    refuses 'tidemark.yaml:2:' check
    has "$(cat err.txt)" 'tidemark.yaml:8:' "the second mistake of the same file is told in the same go"
    is "$(test -e w.db && echo made)" '' "and nothing was made"
    printf 'destination: sqlite:w.db\nsources:\n  app:\n    type: mongodb\n    url: dump:./dump\n    schema: s.yaml\n' >tidemark.yaml
    refuses 's.yaml:' sync --batch
}

test_a_stream_that_does_not_exist() {
    configure
    printf 'things:\n  include_base: true\n' | schema
    dump things </dev/null
    refuses 'no stream matches `app.thinks`' sync app.thinks
    refuses 'no stream matches `app.thinks`' --batch reimport app.thinks --yes
    refuses 'no stream matches' rejects app.thinks
}

# Promise 9.
test_a_password_on_the_command_line() {
    refuses 'TIDEMARK_DESTINATION' sync --destination postgresql://u:canary-4711@localhost/d
    lacks "$(cat err.txt)" canary "and is not repeated"
}

test_init_never_overwrites() {
    rm -f tidemark.yaml
    "$TIDEMARK_BIN" init >out.txt
    is "$?" 0 "init"
    cp tidemark.yaml first.yaml
    refuses 'is left as it is' init
    is "$(cmp tidemark.yaml first.yaml)" '' "the file is as it was"
    mkdir -p config dump/app
    printf 'things:\n  include_base: true\n' >config/schemas.yaml
    mv dump/things.bson dump/app/ 2>/dev/null || : >dump/app/things.bson
    "$TIDEMARK_BIN" check >out.txt 2>err.txt
    is "$?:$(cat err.txt)" 0: "the sample is a configuration that works"
}

destination_kind=sqlite
open_scene
rm -f tidemark.yaml
test_the_command_line
test_the_configuration
test_a_stream_that_does_not_exist
test_a_password_on_the_command_line
test_init_never_overwrites
close_scene
destination_kind=''
finish
