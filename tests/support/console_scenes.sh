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

# Twelve hourly runs: app.users failed in the last one, app.periods was cancelled, app.messages has not run for six hours.
scene_trouble() {
    scene_sample
    sqlite3 state.db >/dev/null <<'SQL'
DELETE FROM run_log;
UPDATE runs SET operator_name = 'batch', started_us = 1795284461000000, ended_us = 1795284465200000;
UPDATE run_streams SET started_us = 1795284461100000, ended_us = 1795284462300000;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11)
INSERT INTO runs (run, job, operator_name, host, arguments, version, destination, started_us, ended_us, outcome, exit_status, streams, memory_bytes)
SELECT 1 + i, 'sync', operator_name, host, arguments, version, destination, started_us + i * 3600000000, ended_us + i * 3600000000,
    CASE i WHEN 11 THEN 'partly' ELSE 'done' END, CASE i WHEN 11 THEN 3 ELSE 0 END, streams, memory_bytes
FROM runs JOIN n WHERE run = 1 ORDER BY i;
INSERT INTO run_streams (run, stream, phase, why, started_us, ended_us, updated_us, in_flight, estimate, rows_per_second,
    read, written, unchanged, rejected, filtered, removed, rejected_new)
SELECT r.run, s.stream, 'done', s.why, r.started_us + 100000, r.started_us + 1300000, r.ended_us, 0, -1, 100,
    60, (r.run * length(s.stream)) % 50, 60 - (r.run * length(s.stream)) % 50, 0, 0, 0, 0
FROM run_streams AS s JOIN runs AS r WHERE s.run = 1 AND r.run > 1 AND NOT (s.stream = 'app.messages' AND r.run > 6);
UPDATE run_streams SET phase = 'failed', error = 'column validated: the table has text, schemas.yaml:412 says BOOLEAN',
    hint = 'correct line 412, or reimport app.users', written = 0, read = 0, unchanged = 0 WHERE run = 12 AND stream = 'app.users';
UPDATE run_streams SET phase = 'cancelled' WHERE run = 12 AND stream = 'app.periods';
INSERT INTO run_log (run, at_us, level, stream, text)
SELECT run, started_us, 2, NULL, 'sync of 31 streams into demo.db, by tidemark.yaml' FROM runs
UNION ALL SELECT run, ended_us - 1000000, CASE phase WHEN 'failed' THEN 0 ELSE 2 END, stream,
    coalesce('failed: ' || error, phase || ': read ' || read || ', written ' || written || ', unchanged ' || unchanged)
    FROM run_streams WHERE stream IN ('app.users', 'app.messages', 'app.periods')
UNION ALL SELECT run, ended_us, 2, NULL, outcome || ' in 4.2 s' FROM runs ORDER BY 1, 2, 4;
SQL
}

# Last asked two hours ago; now the destination cannot be asked.
scene_away() {
    scene_trouble
    tidemark streams >/dev/null 2>&1
    sqlite3 state.db 'UPDATE streams SET at_us = at_us - 7320000000'
    mv demo.db away.db
    mkdir demo.db
}
