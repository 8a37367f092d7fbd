# SPDX-License-Identifier: Apache-2.0
# tests/support/console_scenes.sh - what the console finds when a script test opens it. Each function fills the current directory, which is empty; a
# test names its scene with `# scene: NAME`. A scene is made once and copied for each test.
# shellcheck shell=bash

# Nothing: neither a configuration nor variables.
scene_none() {
    :
}

# The sample's configuration and dump; nothing has run.
scene_new() {
    cp -rp "$TIDEMARK_SRC/data/sample/." .
    cat >tidemark.yaml <<'YAML'
destination: {url: 'sqlite:demo.db', label: DEMO}
state: state.db
sources:
  app:
    type: mongodb
    url: dump:dump/wellness
    schema: config/schemas.yaml
YAML
}

# One sync of the sample, by ops on db1, with what differs from machine to machine made equal.
scene_sample() {
    scene_new
    tidemark --batch sync >/dev/null 2>&1
    sqlite3 state.db >/dev/null <<'SQL'
UPDATE runs SET operator_name = 'ops', host = 'db1', memory_bytes = 42152755, ended_us = started_us + 4200000;
UPDATE run_streams SET started_us = started_us + 100000, ended_us = started_us + 1300000, rows_per_second = 1000;
SQL
}
