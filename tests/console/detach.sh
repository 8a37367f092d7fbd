#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/console/detach.sh - the console loses its terminal, is left, stopped, killed or told to stop while a job runs (promise 8).
# timeout: 400
# shellcheck source=SCRIPTDIR/../support/terminal_scene.sh
. "${TIDEMARK_SRC:?}/tests/support/terminal_scene.sh"
need_programs python3
terminal_scene
python3 -B "$TIDEMARK_SRC/tests/tools/detach.py" "$TIDEMARK_BIN"
