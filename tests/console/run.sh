#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/run.sh [--update] [NAME…] - plays tests/console/NAME.keys and compares each frame with tests/console/FRAME.screen.
# timeout: 300
#
# A script's first lines may say, as comments:
#   # scene: NAME      what is found (tests/support/console_scenes.sh); default: none
#   # options: …       of tidemark: --ascii, --read-only …
#   # env: NAME=VALUE  beside the pinned environment, several apart by blanks
#   # holds: RUN…     runs of the state file that look alive while the script is played: somebody holds their locks
#   # locks: FILE     a SQLite destination that another program is writing into all the while: what wants to write waits
#   # mask: REGEX      what differs from run to run: each match is shown as `?` of the same width
# --update writes the frames that were seen instead of comparing them: read the difference before you keep it.
set -u
: "${TIDEMARK_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}" "${TIDEMARK_BIN:=$TIDEMARK_SRC/build/tidemark}"
here=$TIDEMARK_SRC/tests/console
# shellcheck source=SCRIPTDIR/../support/console_scenes.sh
. "$TIDEMARK_SRC/tests/support/console_scenes.sh"
update=no
[[ ${1:-} != --update ]] || { update=yes && shift; }

# Frames show where the scene is, so its path has one length wherever temporary files are wanted.
work=$(mktemp -d /tmp/tidemark-console.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir "$work/scenes"
cases=0 failures=0

pass() {
    cases=$((cases + 1))
    echo "ok $cases - $1"
}

fail() {
    cases=$((cases + 1)) failures=$((failures + 1))
    echo "not ok $cases - $1"
    sed 's/^/#   /'
}

# Nothing of the caller's: clock, zone, locale and home are the same everywhere. 2026-11-22 06:07:41 UTC
tidemark() {
    env -i PATH="$PATH" HOME="$PWD" XDG_STATE_HOME="$PWD/state" TZ=UTC LC_ALL=C.UTF-8 TIDEMARK_TEST_NOW=1795327661000000 \
        ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} ${LSAN_OPTIONS:+"LSAN_OPTIONS=$LSAN_OPTIONS"} ${UBSAN_OPTIONS:+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} \
        ${TIDEMARK_TEST_POSTGRES_URL:+"TIDEMARK_TEST_POSTGRES_URL=$TIDEMARK_TEST_POSTGRES_URL"} \
        "${extra[@]}" "$TIDEMARK_BIN" "$@"
}

# says WHAT FILE: the value of `# WHAT: …`
says() {
    sed -n "s/^# $1: *//p" "$2" | head -n 1
}

make_scene() {
    [[ ! -d $work/scenes/$1 ]] || return 0
    mkdir "$work/scenes/$1"
    (cd "$work/scenes/$1" && "scene_$1")
}

# The scene's own path, also where it was cut, who plays it, and what the script says.
masked() {
    MASK=${1:-} ME="$(id -un) ($(uname -n))" perl -CSA -pe 's/(?<=tidemark-console\.)\w{1,6}/"X" x length($&)/ge; s/\Q$ENV{ME}\E/ops (db1)/g;
        s/$ENV{MASK}/"?" x length($&)/ge if length $ENV{MASK}'
}

# hold RUNS FILE: takes the locks of runs as their processes would (state/liveness.c), and FILE's for writing; let_go gives them back.
hold() {
    local answer=''
    coproc HOLDER { python3 -c '
import fcntl, sqlite3, sys
locks = open("state.db.locks", "r+")
for run in sys.argv[1].split():
    fcntl.lockf(locks, fcntl.LOCK_EX, 1, int(run))
if sys.argv[2]:
    writer = sqlite3.connect(sys.argv[2], isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()' "$1" "$2"; }
    read -r -t 10 answer <&"${HOLDER[0]}"
    [[ $answer == held ]] || fail "the locks of runs $1 and $2" <<<"$answer"
}
let_go() {
    local holder=${HOLDER_PID:-}
    [[ $holder ]] || return 0
    eval "exec ${HOLDER[1]}>&-"
    wait "$holder" 2>/dev/null
}

compare() {
    local seen=$1 mask=$2 name expected
    name=$(basename "$seen" .screen)
    expected=$here/$name.screen
    masked "$mask" <"$seen" >"$seen.masked"
    if [[ $update == yes ]]; then
        cp "$seen.masked" "$expected"
    fi
    if diff -u --label expected --label seen "$expected" "$seen.masked" >"$work/diff" 2>&1; then
        pass "frame $name"
    else
        fail "frame $name" <"$work/diff"
    fi
}

play() {
    local keys=$1 name scene options mask holds locks seen extra=()
    name=$(basename "$keys" .keys)
    scene=$(says scene "$keys")
    mask=$(says mask "$keys")
    holds=$(says holds "$keys")
    locks=$(says locks "$keys")
    read -r -a options <<<"$(says options "$keys")"
    make_scene "${scene:-none}"
    rm -rf "$work/run" "$work/out"
    cp -rp "$work/scenes/${scene:-none}" "$work/run"
    mkdir "$work/out"
    read -r -a extra <<<"$(says env "$keys")"
    [[ -z $holds$locks ]] || { cd "$work/run" && hold "$holds" "$locks"; }
    if (cd "$work/run" && tidemark "${options[@]}" --script "$keys" --script-out "$work/out" >"$work/said" 2>&1); then
        pass "script $name"
    else
        fail "script $name" <"$work/said"
    fi
    [[ -z $holds$locks ]] || let_go
    for seen in "$work"/out/*.screen; do
        [[ ! -e $seen ]] || compare "$seen" "$mask"
    done
}

# Each screen and dialog at 80×24 and, where it can look otherwise, small, large, and plain: in ASCII and without colours.
every_screen_has_frames() {
    local name suffix
    for name in $(sed -n 's/^    \.name = "\([a-z-]*\)",$/\1/p' "$TIDEMARK_SRC"/ui/screen_*.c "$TIDEMARK_SRC"/ui/dialog_*.c) run-ended first-write; do
        for suffix in '' -40x10 -160x50 -plain; do
            [[ -e $here/$name$suffix.screen ]] || echo "$name$suffix.screen"
        done
    done >"$work/missing"
    if [[ -s $work/missing ]]; then fail "every screen has frames; missing:" <"$work/missing"; else pass "every screen has frames"; fi
}

extra=()
if (($#)); then
    for name; do play "$here/$name.keys"; done
else
    for keys in "$here"/*.keys; do play "$keys"; done
    every_screen_has_frames
fi
echo "1..$cases"
[[ $failures == 0 && $cases -gt 0 ]]
