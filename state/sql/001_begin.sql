-- SPDX-License-Identifier: Apache-2.0
-- The first shape of the state file. Times are microseconds since 1970 UTC; counts are rows.
CREATE TABLE runs (
    run           INTEGER PRIMARY KEY AUTOINCREMENT,
    job           TEXT NOT NULL,
    operator_name TEXT NOT NULL,
    host          TEXT NOT NULL,
    arguments     TEXT NOT NULL,
    version       TEXT NOT NULL,
    destination   TEXT NOT NULL,
    started_us    INTEGER NOT NULL,
    ended_us      INTEGER,
    outcome       TEXT NOT NULL,
    exit_status   INTEGER NOT NULL,
    streams       INTEGER NOT NULL,
    memory_bytes  INTEGER NOT NULL,
    read          INTEGER NOT NULL DEFAULT 0,
    written       INTEGER NOT NULL DEFAULT 0,
    unchanged     INTEGER NOT NULL DEFAULT 0,
    rejected      INTEGER NOT NULL DEFAULT 0,
    filtered      INTEGER NOT NULL DEFAULT 0,
    removed       INTEGER NOT NULL DEFAULT 0,
    rejected_new  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX runs_by_start ON runs (started_us);
CREATE INDEX runs_by_job ON runs (job, run);
CREATE INDEX runs_by_outcome ON runs (outcome, run);
CREATE INDEX runs_open ON runs (run) WHERE ended_us IS NULL;

CREATE TABLE run_streams (
    run             INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    stream          TEXT NOT NULL,
    phase           TEXT NOT NULL,
    note            TEXT,
    error           TEXT,
    hint            TEXT,
    period          TEXT,
    why             TEXT,
    started_us      INTEGER,
    ended_us        INTEGER,
    updated_us      INTEGER NOT NULL,
    in_flight       INTEGER NOT NULL,
    estimate        INTEGER NOT NULL,
    rows_per_second INTEGER NOT NULL,
    read            INTEGER NOT NULL,
    written         INTEGER NOT NULL,
    unchanged       INTEGER NOT NULL,
    rejected        INTEGER NOT NULL,
    filtered        INTEGER NOT NULL,
    removed         INTEGER NOT NULL,
    rejected_new    INTEGER NOT NULL,
    PRIMARY KEY (run, stream)
) WITHOUT ROWID;
CREATE INDEX run_streams_by_stream ON run_streams (stream, run);

CREATE TABLE run_log (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    run    INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    at_us  INTEGER NOT NULL,
    level  INTEGER NOT NULL,
    stream TEXT,
    text   TEXT NOT NULL
);
CREATE INDEX run_log_by_run ON run_log (run, id);

CREATE TABLE requests (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    run     INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    stream  TEXT NOT NULL,
    at_us   INTEGER NOT NULL,
    seen_us INTEGER
);
CREATE INDEX requests_by_run ON requests (run, seen_us);

CREATE TABLE streams (
    stream    TEXT PRIMARY KEY,
    watermark INTEGER,
    newest    INTEGER,
    rows      INTEGER NOT NULL,
    rejects   INTEGER NOT NULL,
    unaudited INTEGER NOT NULL,
    at_us     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
