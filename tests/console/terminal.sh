#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/terminal.sh - the console on a real (pseudo-)terminal: first frame, bytes, resizes, hangup, crash, kinds of terminals.
# timeout: 300
# shellcheck source=SCRIPTDIR/../support/terminal_scene.sh
. "${TIDEMARK_SRC:?}/tests/support/terminal_scene.sh"
need_programs python3
terminal_scene
python3 "$TIDEMARK_SRC/tests/tools/terminal.py" "$TIDEMARK_BIN"
