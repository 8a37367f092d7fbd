# SPDX-License-Identifier: Apache-2.0
# tests/support/terminal_scene.sh - for scripts that put the console on a real terminal: a private directory with the scene `sample`, as the home of an
# operator whose environment says nothing else.
#
#   need_programs python3 tmux     # skips the script where one is missing
#   terminal_scene                 # sets $work; the scene is the current directory; `leave_terminal_scene` runs at the end
# shellcheck shell=bash
set -u
: "${TIDEMARK_SRC:?}" "${TIDEMARK_BIN:?}"
# shellcheck source=SCRIPTDIR/console_scenes.sh
. "$TIDEMARK_SRC/tests/support/console_scenes.sh"

need_programs() {
    local needed
    for needed; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$needed" >/dev/null || { echo "1..0 # SKIP $needed is missing" && exit 77; }
    done
}

tidemark() {
    "$TIDEMARK_BIN" "$@"
}

# A script that started something of its own takes it away in a function of this name, before the directory goes.
leave_terminal_scene() {
    :
}

terminal_scene() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-terminal.XXXXXX")
    trap 'leave_terminal_scene; rm -rf "$work"' EXIT
    mkdir "$work/scene" && cd "$work/scene" || exit 1
    export HOME=$PWD XDG_STATE_HOME=$PWD/state TZ=UTC LC_ALL=C.UTF-8
    unset NO_COLOR COLORFGBG TMUX TIDEMARK_DESTINATION
    scene_sample
}
