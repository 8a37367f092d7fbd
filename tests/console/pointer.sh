#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/pointer.sh - clipboard and mouse on a terminal of its own and inside tmux.
# timeout: 240
# shellcheck source=SCRIPTDIR/../support/terminal_scene.sh
. "${TIDEMARK_SRC:?}/tests/support/terminal_scene.sh"
need_programs python3 tmux
terminal_scene
python3 -B "$TIDEMARK_SRC/tests/tools/pointer.py" "$TIDEMARK_BIN"
