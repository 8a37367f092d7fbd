#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/ssh.sh - the console over a real SSH session: the connection is dropped, left and come back to while a job runs (promise 8).
# timeout: 180
set -u
: "${TIDEMARK_SRC:?}" "${TIDEMARK_BIN:?}"
for needed in python3 ssh ssh-keygen; do
    command -v "$needed" >/dev/null || { echo "1..0 # SKIP $needed is missing" && exit 77; }
done
PATH=$PATH:/usr/sbin:/sbin command -v sshd >/dev/null || { echo '1..0 # SKIP sshd is missing' && exit 77; }
# shellcheck source=SCRIPTDIR/../support/console_scenes.sh
. "$TIDEMARK_SRC/tests/support/console_scenes.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-ssh.XXXXXX")
trap '"$TIDEMARK_SRC/tests/servers/sshd" stop "$work/sshd"; rm -rf "$work"' EXIT
mkdir "$work/scene" && cd "$work/scene" || exit 1
export HOME=$work XDG_STATE_HOME=$work/state TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR COLORFGBG TMUX TIDEMARK_DESTINATION
tidemark() {
    "$TIDEMARK_BIN" "$@"
}
scene_sample
client=$("$TIDEMARK_SRC/tests/servers/sshd" start "$work/sshd") || exit 1
# A login has an environment of its own. The shell stays between sshd and the console, as when it was typed.
printf -v remote '%q ' env HOME="$HOME" XDG_STATE_HOME="$XDG_STATE_HOME" TZ=UTC LC_ALL=C.UTF-8 ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
    ${LSAN_OPTIONS:+"LSAN_OPTIONS=$LSAN_OPTIONS"} ${UBSAN_OPTIONS:+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} "$TIDEMARK_BIN"
printf -v place '%q' "$PWD"
python3 -B "$TIDEMARK_SRC/tests/tools/ssh.py" ssh -F "$client" -tt tidemark "cd $place && $remote; exit \$?"
