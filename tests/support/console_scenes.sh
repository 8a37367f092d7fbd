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

# Run 3, a sync in the middle, as another process of this host left it in the state file.
insert_busy_run() {
    sqlite3 state.db >/dev/null <<'SQL'
INSERT INTO runs (run, job, operator_name, host, arguments, version, destination, started_us, ended_us, outcome, exit_status, streams, memory_bytes, read, written)
VALUES (3, 'sync', 'ops', 'db1', 'sync app', '0.1.0', '~/demo.db', 1795327593000000, NULL, 'running', -1, 7, 42991616, 0, 0);
INSERT INTO run_streams (run, stream, phase, note, error, hint, period, why, started_us, ended_us, updated_us, in_flight, estimate, rows_per_second,
    read, written, unchanged, rejected, filtered, removed, rejected_new)
VALUES (3, 'app.messages', 'reading', NULL, NULL, NULL, 'since 2026-11-22 03:05', 'watermark minus 1 h', 1795327593000000, NULL, 0, 30000, 1904416, 24900,
        1352135, 1322104, 31, 0, 0, 0, 0),
    (3, 'app.items', 'merging', NULL, NULL, NULL, 'whole', 'first sync', 1795327593000000, NULL, 0, 10000, 428010, 11200, 402330, 391829, 0, 501, 0, 0, 501),
    (3, 'app.users_logbooks', 'committing', NULL, NULL, NULL, 'whole', 'first sync', 1795327593000000, NULL, 0, 0, 546000, 5100,
        541002, 540996, 0, 6, 0, 0, 6),
    (3, 'app.periods', 'retrying', 'retry 2 in 4s', NULL, NULL, 'whole', 'first sync', 1795327593000000, NULL, 0, 0, 39600, 0, 9120, 9120, 0, 0, 0, 0, 0),
    (3, 'app.days', 'waiting', 'waiting: periods', NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 640, 0, 0, 0, 0, 0, 0, 0, 0),
    (3, 'app.menus', 'done', NULL, NULL, NULL, 'whole', 'first sync', 1795327593000000, 1795327594000000, 0, 0, 40, 40, 40, 38, 0, 2, 0, 0, 2),
    (3, 'app.users', 'done', NULL, NULL, NULL, 'whole', 'first sync', 1795327593000000, 1795327596000000, 0, 0, 496813, 165604,
        496813, 496813, 0, 0, 0, 0, 0);
INSERT INTO run_log (run, at_us, level, stream, text)
VALUES (3, 1795327593000000, 2, NULL, 'sync of 7 streams into ~/demo.db, by tidemark.yaml'),
    (3, 1795327632000000, 1, 'app.items', '501 parked, their user_quizz has not arrived yet'),
    (3, 1795327659000000, 1, 'app.periods', 'mongo1.internal reset the connection; resumes at 65e8');
UPDATE run_streams SET continues = 2, kept = CASE stream WHEN 'app.messages' THEN 1008400 ELSE 195718 END WHERE stream IN ('app.messages', 'app.items');
UPDATE run_streams SET queue_fill = CASE stream WHEN 'app.messages' THEN 79 ELSE 100 END WHERE phase IN ('reading', 'merging', 'committing');
SQL
}

# That sync; with `# holds: 3` it is alive. Run 2 was killed.
scene_busy() {
    scene_new
    tidemark history >/dev/null 2>&1
    sqlite3 state.db >/dev/null <<'SQL'
INSERT INTO runs (run, job, operator_name, host, arguments, version, destination, started_us, ended_us, outcome, exit_status, streams, memory_bytes, read, written)
VALUES (1, 'sync', 'batch', 'db1', 'sync', '0.1.0', '~/demo.db', 1795320000000000, 1795320042000000, 'done', 0, 31, 42152755, 9329, 9329),
    (2, 'sync', 'batch', 'db1', 'sync app', '0.1.0', '~/demo.db', 1795327000000000, 1795327300000000, 'killed', 137, 31, 42152755, 0, 0);
SQL
    insert_busy_run
}

# The sample, on which two other processes are at work with `# holds: 2 3`: cron's run, all of which is still to come, and that sync.
scene_crowd() {
    scene_sample
    sqlite3 state.db >/dev/null <<'SQL'
INSERT INTO runs (run, job, operator_name, host, arguments, version, destination, started_us, ended_us, outcome, exit_status, streams, memory_bytes, read, written)
VALUES (2, 'backfill', 'batch', 'db1', 'backfill app.recipes app.offers --from 2024-01-01 --to 2024-01-31', '0.1.0', '~/demo.db', 1795327653000000, NULL,
    'running', -1, 2, 20971520, 0, 0);
INSERT INTO run_streams (run, stream, phase, started_us, ended_us, updated_us, in_flight, estimate, rows_per_second,
    read, written, unchanged, rejected, filtered, removed, rejected_new)
VALUES (2, 'app.recipes', 'queued', NULL, NULL, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0), (2, 'app.offers', 'queued', NULL, NULL, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0);
SQL
    insert_busy_run
}

# A hundred thousand hourly runs, the last one an hour ago: syncs, every tenth a backfill of app.users, every 97th failed.
scene_history() {
    scene_new
    tidemark history >/dev/null 2>&1
    sqlite3 state.db >/dev/null <<'SQL'
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO runs (run, job, operator_name, host, arguments, version, destination, started_us, ended_us, outcome, exit_status, streams, memory_bytes,
    read, written, unchanged, rejected, rejected_new)
SELECT i, CASE WHEN i % 10 THEN 'sync' ELSE 'backfill' END, CASE WHEN i % 10 THEN 'batch' ELSE 'ops' END, 'db1',
    CASE WHEN i % 10 THEN 'sync' ELSE 'backfill app.users --from 2024-01-01 --to 2024-01-31' END, '0.1.0', '~/demo.db',
    1795327661000000 - (100001 - i) * 3600000000, 1795327661000000 - (100001 - i) * 3600000000 + (1 + i % 300) * 1000000,
    CASE WHEN i % 97 = 0 THEN 'failed' WHEN i % 31 = 0 THEN 'rejects' ELSE 'done' END,
    CASE WHEN i % 97 = 0 THEN 3 WHEN i % 31 = 0 THEN 1 ELSE 0 END, 31, 42152755,
    i * 7 % 5000, CASE WHEN i % 31 THEN i * 7 % 5000 ELSE 0 END, 0, CASE WHEN i % 31 THEN 0 ELSE i * 7 % 5000 END, 0
FROM n;
INSERT INTO run_streams (run, stream, phase, updated_us, in_flight, estimate, rows_per_second, read, written, unchanged, rejected, filtered, removed, rejected_new)
SELECT run, 'app.users', 'done', 0, 0, -1, 0, read, written, 0, rejected, 0, 0, 0 FROM runs WHERE job = 'backfill';
SQL
}

# The sample; of two days of app.users a server has kept something to itself.
scene_noted() {
    scene_sample
    sqlite3 demo.db >/dev/null <<'SQL'
INSERT INTO tidemark_unit_notes (stream, low, high, "count", note, run, "at")
VALUES ('app.users', '2024-01-07T00:00:00.000000Z', '2024-01-08T00:00:00.000000Z', 3,
        'visits have more actions than the server returns; raise visitor_log_maximum_actions_per_visit in the section [General] of Matomo''s config.ini.php', 1, '2026-11-22T05:07:41.000000Z'),
    ('app.users', '2024-01-20T00:00:00.000000Z', '2024-01-21T00:00:00.000000Z', 1,
        'visits have more actions than the server returns; raise visitor_log_maximum_actions_per_visit in the section [General] of Matomo''s config.ini.php', 1, '2026-11-22T05:07:41.000000Z');
SQL
}

# The sample with its 45 rejects, seen first three days and last an hour ago.
scene_rejects() {
    scene_sample
    sqlite3 demo.db >/dev/null <<'SQL'
UPDATE tidemark_rejects SET first_seen = '2026-11-19T05:07:41.000Z', last_seen = '2026-11-22T05:07:41.000Z';
CREATE TEMP TABLE numbers AS SELECT id, row_number() OVER (ORDER BY stream, reason, column_name, key) AS number FROM tidemark_rejects;
UPDATE tidemark_rejects SET id = -(SELECT number FROM numbers WHERE numbers.id = tidemark_rejects.id);
UPDATE tidemark_rejects SET id = -id;
SQL
}
