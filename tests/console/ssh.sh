#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/ssh.sh - the console over a real SSH session: the connection is dropped, left and come back to while a job runs (promise 8).
# timeout: 180
# shellcheck source=SCRIPTDIR/../support/terminal_scene.sh
. "${TIDEMARK_SRC:?}/tests/support/terminal_scene.sh"
need_programs python3 ssh ssh-keygen sshd
leave_terminal_scene() {
    "$TIDEMARK_SRC/tests/servers/sshd" stop "$work/sshd"
}
terminal_scene
client=$("$TIDEMARK_SRC/tests/servers/sshd" start "$work/sshd") || exit 1
# A login has an environment of its own. The shell stays between sshd and the console, as when it was typed.
printf -v remote '%q ' env HOME="$HOME" XDG_STATE_HOME="$XDG_STATE_HOME" TZ=UTC LC_ALL=C.UTF-8 ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
    ${LSAN_OPTIONS:+"LSAN_OPTIONS=$LSAN_OPTIONS"} ${UBSAN_OPTIONS:+"UBSAN_OPTIONS=$UBSAN_OPTIONS"} "$TIDEMARK_BIN"
printf -v place '%q' "$PWD"
python3 -B "$TIDEMARK_SRC/tests/tools/ssh.py" ssh -F "$client" -tt tidemark "cd $place && $remote; exit \$?"
