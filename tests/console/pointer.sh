#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/pointer.sh - clipboard and mouse on a terminal of its own and inside tmux.
# timeout: 180
set -u
: "${TIDEMARK_SRC:?}" "${TIDEMARK_BIN:?}"
for needed in python3 tmux; do
    command -v "$needed" >/dev/null || { echo "1..0 # SKIP $needed is missing" && exit 77; }
done
# shellcheck source=SCRIPTDIR/../support/console_scenes.sh
. "$TIDEMARK_SRC/tests/support/console_scenes.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-pointer.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export HOME=$work XDG_STATE_HOME=$work/state TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR COLORFGBG TMUX TIDEMARK_DESTINATION
tidemark() {
    "$TIDEMARK_BIN" "$@"
}
scene_sample
python3 -B "$TIDEMARK_SRC/tests/tools/pointer.py" "$TIDEMARK_BIN"
