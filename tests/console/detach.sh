#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/detach.sh - the console loses its terminal, is left, stopped, killed or told to stop while a job runs (promise 8).
# timeout: 400
set -u
: "${TIDEMARK_SRC:?}" "${TIDEMARK_BIN:?}"
command -v python3 >/dev/null || { echo '1..0 # SKIP python3 is missing' && exit 77; }
# shellcheck source=SCRIPTDIR/../support/console_scenes.sh
. "$TIDEMARK_SRC/tests/support/console_scenes.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-detach.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export HOME=$work XDG_STATE_HOME=$work/state TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR COLORFGBG TMUX TIDEMARK_DESTINATION
tidemark() {
    "$TIDEMARK_BIN" "$@"
}
scene_sample
python3 -B "$TIDEMARK_SRC/tests/tools/detach.py" "$TIDEMARK_BIN"
