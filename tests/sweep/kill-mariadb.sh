#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 600
# tests/sweep/kill-mariadb.sh - the source `mariadb`, killed at any instant: see sweep.bash.
if [[ -z ${TIDEMARK_TEST_MARIADB_URL:-} ]]; then
    echo '1..0 # SKIP TIDEMARK_TEST_MARIADB_URL is not set'
    exit 0
fi
. "$TIDEMARK_SRC/tests/sweep/sweep.bash"

source=web
tables=(visits actions hits names)
# Without a cursor `names` has no backfill.
whole=(visits actions hits)
dated=("${whole[@]}")
date_of=(seen seen)
jobs=("first   -             v0    sync"
    "changes   loaded        v1    sync"
    "backfill  holes         v0    backfill web.visits web.actions --from 2024-02-01 --to 2024-06-30"
    "reimport  loaded        v2    reimport web.* --yes")
# Lost rows and changed ones.
damage="DELETE FROM actions WHERE seen >= '2024-03-01' AND seen < '2024-04-01';
    UPDATE visits SET who = 'damaged' WHERE seen >= '2024-05-01' AND seen < '2024-05-20'"

cat >"$work/home/config/schemas.yaml" <<'YAML'
visits:
  cursor: seen
  columns:
    - {name: id, sql_type: BIGINT, primary_key: true}
    - {name: seen, sql_type: TIMESTAMP, nullable: false}
    - {name: who, sql_type: VARCHAR(20)}
    - {name: address, sql_type: BYTEA}
    - {name: total, sql_type: "NUMERIC(12,2)"}
actions:
  cursor: seen
  columns:
    - {name: id, sql_type: BIGINT, primary_key: true}
    - {name: visit, sql_type: BIGINT, nullable: false}
    - {name: seen, sql_type: TIMESTAMP, nullable: false}
    - {name: note, sql_type: TEXT}
hits:
  cursor: seen
  indexes: [seen]
  columns:
    - {name: id, sql_type: BIGINT, primary_key: true}
    - {name: seen, sql_type: TIMESTAMP, nullable: false}
names:
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: name, sql_type: TEXT, nullable: false}
YAML
cat >"$work/home/tidemark.yaml" <<YAML
batch_size: 40
destination: \${TIDEMARK_DESTINATION}
sources:
  web:
    type: mariadb
    url: ${TIDEMARK_TEST_MARIADB_URL%/*}/\${DATABASE}
    schema: config/schemas.yaml
YAML

[[ $TIDEMARK_TEST_MARIADB_URL =~ ^mariadb://([^:]*):([^@]*)@([^:]*):([0-9]*)/ ]] || exit 1
login=(--host="${BASH_REMATCH[3]}" --port="${BASH_REMATCH[4]}" --user="${BASH_REMATCH[1]}")
password=${BASH_REMATCH[2]}
maria() { MYSQL_PWD=$password mariadb --no-defaults "${login[@]}" "$@"; }

leave_source() {
    for version in v0 v1 v2; do
        maria -e "DROP DATABASE IF EXISTS ${prefix}_$version"
    done
}

# Hits that all land, in several commits, so that they are copied straight in before their table has its key. Visits spread over 2024, some of them too long for their column and some actions without a name: both wait as rejects. v1: some changed and
# some new at the end; v2: besides, some gone.
make_version() { # VERSION
    local more=''
    [[ $1 == v0 ]] || more="UPDATE visits SET who = CONCAT('later ', id), seen = '2025-01-02 00:00:00' WHERE id % 9 = $((seed % 9));
        INSERT INTO visits SELECT 100000 + seq, '2025-01-01' + INTERVAL seq SECOND, 'new', X'00ff', seq FROM seq_1_to_150;
        INSERT INTO actions SELECT 100000 + seq, seq, '2025-01-01' + INTERVAL seq SECOND, 'new' FROM seq_1_to_90;
        UPDATE names SET name = CONCAT(name, ' renamed') WHERE id % 5 = 0; INSERT INTO names VALUES (9001, 'nine')"
    [[ $1 != v2 ]] || more+="; DELETE FROM visits WHERE id % 11 = 0; DELETE FROM actions WHERE id % 7 = 0"
    maria -e "CREATE DATABASE ${prefix}_$1; USE ${prefix}_$1;
        CREATE TABLE visits (id BIGINT UNSIGNED PRIMARY KEY, seen DATETIME NOT NULL, who VARCHAR(40), address VARBINARY(16), total DECIMAL(12, 2), INDEX (seen));
        CREATE TABLE actions (id BIGINT UNSIGNED PRIMARY KEY, visit BIGINT UNSIGNED, seen DATETIME NOT NULL, note TEXT, INDEX (seen));
        CREATE TABLE hits (id INT UNSIGNED PRIMARY KEY, seen DATETIME NOT NULL);
        CREATE TABLE names (id INT UNSIGNED PRIMARY KEY, name TEXT);
        INSERT INTO visits SELECT seq * 3, '2024-01-01' + INTERVAL seq * 11 HOUR, IF(seq % 50, CONCAT('visitor ', seq % 20), REPEAT('x', 30)),
            UNHEX(LEFT(MD5(seq), 8)), seq / 3 FROM seq_1_to_700;
        INSERT INTO actions SELECT seq, IF(seq % 60, seq DIV 3, NULL), '2024-01-01' + INTERVAL seq * 5 HOUR, IF(seq % 4, 'größer\tals', NULL) FROM seq_1_to_1600;
        INSERT INTO hits SELECT seq, '2024-01-01' + INTERVAL seq HOUR FROM seq_1_to_7000;
        INSERT INTO names SELECT seq, CONCAT('name ', seq) FROM seq_1_to_300; $more"
}
for version in v0 v1 v2; do
    make_version "$version" || exit 1
done
source_variables() { variables=(DATABASE="${prefix}_$1"); }

sweep
