#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A server that takes connections and never answers: no key of the console waits for it, and what hangs on it can be stopped.
# timeout: 120
set -u
: "${TIDEMARK_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${TIDEMARK_BIN:=$TIDEMARK_SRC/build/tidemark}"
work=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-hung.XXXXXX")
listener=''
trap '[[ -z $listener ]] || kill "$listener"; rm -rf "$work"' EXIT
cases=0 failures=0 seen=''

has() {
    cases=$((cases + 1))
    if [[ $seen == *"$1"* ]]; then
        echo "ok $cases - $2"
    else
        failures=$((failures + 1))
        echo "not ok $cases - $2"
        echo "no «$1» in:" "$seen" | sed 's/^/#   /'
    fi
}

listen() {
    exec {from}< <(exec perl -MIO::Socket::INET -e '
        $| = 1;
        my $server = IO::Socket::INET->new(Listen => 50, LocalAddr => "127.0.0.1", LocalPort => 0) or die $!;
        print $$, " ", $server->sockport, "\n";
        my @kept;
        while (my $client = $server->accept) { push @kept, $client }')
    read -r -t 20 listener port <&"$from"
}

# play: the script comes on stdin; what it dumps, and what it complains of, is $seen. It has 20 seconds in all.
play() {
    cat >"$work/script.keys"
    seen=$(cd "$work" && timeout 20 env -i PATH="$PATH" HOME="$work" TZ=UTC LC_ALL=C.UTF-8 "$TIDEMARK_BIN" --script script.keys 2>&1)
    local status=$?
    cases=$((cases + 1))
    if [[ $status == 0 ]]; then
        echo "ok $cases - $1"
    else
        failures=$((failures + 1))
        echo "not ok $cases - $1: status $status"
        printf '%s\n' "$seen" | sed 's/^/#   /'
    fi
}

# configure DESTINATION SOURCE
configure() {
    cat >"$work/tidemark.yaml" <<YAML
destination: '$1'
state: state.db
sources:
  app:
    type: mongodb
    url: '$2'
    database: wellness
    schema: config/schemas.yaml
YAML
}

cp -r "$TIDEMARK_SRC/data/sample/." "$work"
listen

configure "postgresql://nobody@127.0.0.1:$port/none?sslmode=disable" dump:dump/wellness
play 'keys work while the destination hangs' <<'KEYS'
open sync app.users
dump planning
key Enter
dump refused
key Esc
open backfill "app.users 2024-01-01"
key Tab Tab
type "2024-01-31"
dump typed
key Esc
open reimport app.users
key t
dump method
key Esc
key ?
dump help
KEYS
has 'making the plan: asking source and destination…' 'the dialog says that the plan is being made'
has 'start: the plan is not made yet' 'nothing starts before there is a plan'
has '(31 days, UTC)' 'a window can be typed meanwhile'
has 'tidemark reimport app.users --truncate' 'a method can be chosen meanwhile'

configure sqlite:hung.db "mongodb://127.0.0.1:$port/"
play 'a run on a source that hangs is cancelled' <<'KEYS'
open sync "app.users app.messages app.companies"
wait text "counting the documents" 10
key Enter
wait text "has never written into this database" 5
key Enter
wait text "run 1 started" 5
open cancel 1/app.users
wait text "Stop app.users of run 1?" 5
dump cancel-stream
key Enter
wait text "run 1/app.users is asked to stop" 5
open quit
wait text "2 of 3 streams to go" 10
dump quit
key l
dump leave
key Esc
open cancel
wait text "Stop run 1?" 5
dump cancel-run
key Enter
wait run-ended 10
open cancel 1
dump ended
KEYS
has 'tidemark cancel 1/app.users' 'the same as a command, for one stream'
has '1 job of this console still runs:' 'leaving asks while a job runs'
has 'leave them running: this console cannot leave jobs behind' 'a script cannot detach'
has '2 of 3 streams are still to be done' 'the run goes on without the stream that was stopped'
has 'it has ended' 'a run that has ended is not stopped again'

play 'leaving stops what runs' <<'KEYS'
open sync app.users
wait text "counting the documents" 10
key Enter
wait text "run 2 started" 5
open quit
wait text "1 of 1 streams to go" 10
key s
KEYS
seen=$(cd "$work" && "$TIDEMARK_BIN" --state state.db history 2)
has cancelled 'and history says so'

echo "1..$cases"
[[ $failures == 0 ]]
