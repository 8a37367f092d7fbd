#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
# tests/hazards/mariadb_tables.sh - what used to get lost, or stop everything, when Matomo's tables were copied (M1 to M19).
. "$TIDEMARK_SRC/tests/support/mariadb_scene.sh"

# Two of Matomo's tables, small: the file as the older system has it, with columns that are too narrow for the unsigned ones.
visits() {
    tables <<'YAML'
matomo_log_visit:
  description: visits
  source_table: matomo_log_visit
  columns:
    - {name: idvisit, sql_type: BIGINT, nullable: false, primary_key: true}
    - {name: idaction, sql_type: INTEGER, nullable: true}
    - {name: visit_last_action_time, sql_type: TIMESTAMP, nullable: false}
    - {name: name, sql_type: VARCHAR(20), nullable: false}
YAML
    maria <<'SQL'
CREATE TABLE matomo_log_visit (idvisit BIGINT(10) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, idaction INT UNSIGNED, visit_last_action_time DATETIME NOT NULL,
    name VARCHAR(200), idsite INT UNSIGNED NOT NULL DEFAULT 1, KEY (idsite, visit_last_action_time));
SQL
}
many() { # FROM TO: visits, a minute apart
    maria -e "INSERT INTO matomo_log_visit (idvisit, idaction, visit_last_action_time, name)
        SELECT seq, seq, '2024-05-01' + INTERVAL seq MINUTE, CONCAT('v', seq) FROM seq_$1_to_$2"
}
names() { sql "SELECT name FROM matomo_log_visit ORDER BY idvisit" | tr '\n' ' '; }

test_m1_a_rejected_row_hides_no_other() {
    visits
    many 1 30
    maria -e "UPDATE matomo_log_visit SET name = NULL WHERE idvisit = 10; UPDATE matomo_log_visit SET name = REPEAT('x', 30) WHERE idvisit = 20"
    run sync
    is "$status:$(count web.matomo_log_visit written):$(count web.matomo_log_visit rejected)" 1:28:2 "28 of 30 are stored, exit 1 (M1, M2, M16)"
    is "$(rejects | tr '\n' ' ')" '10|required value missing 20|too long ' "the others are known by key and reason (M16)"
    is "$(watermark web.matomo_log_visit)" '2024-05-01 00:30:00' "the watermark"
    maria -e "UPDATE matomo_log_visit SET name = 'fits' WHERE idvisit IN (10, 20)"
    run sync
    is "$status:$(sql 'SELECT count(*) FROM matomo_log_visit')" 0:30 "they land once they fit"
    is "$(rejects)" '' "and are rejects no longer"
}

test_m1_killed_in_the_middle() {
    visits
    run sync
    many 1 20000
    hold matomo_log_visit
    begin sync
    wait_held_up
    kill -KILL "$begun"
    wait "$begun" 2>/dev/null
    let_go
    maria -e "INSERT INTO matomo_log_visit (idvisit, visit_last_action_time, name) VALUES (0x7fffffffffff, '2024-05-01 00:00:30', 'late')"
    run sync
    is "$status:$(sql 'SELECT count(*), count(DISTINCT idvisit) FROM matomo_log_visit')" '0:20001|20001' "nothing is lost, nothing doubled"
    is "$(count web.matomo_log_visit read)" 20001 "the balance is of this run"
}

test_m3_rows_of_the_same_second() {
    visits
    maria -e "INSERT INTO matomo_log_visit (idvisit, visit_last_action_time, name) VALUES (1, '2024-05-01', 'a')"
    configure 'matomo_log_visit: {lookback: 0s}'
    run sync
    maria -e "INSERT INTO matomo_log_visit (idvisit, visit_last_action_time, name) VALUES (2, '2024-05-01', 'b')"
    run sync
    is "$status:$(names)" '0:a b ' "a row of the watermark's own second arrives, even without a lookback"
}

test_m4_changed_without_a_new_time() {
    visits
    many 1 2000
    run sync
    maria -e "UPDATE matomo_log_visit SET idaction = 77 WHERE idvisit = 1900"
    run sync
    is "$(sql 'SELECT idaction FROM matomo_log_visit WHERE idvisit = 1900')" 77 "a change within the last day, at an old time, is seen"
    is "$(count web.matomo_log_visit written)" 1 "and nothing else is written"
    is "$(($(count web.matomo_log_visit read) < 1500))" 1 "without reading the whole table"
}

# An index with the site in front serves the window, whatever sites there are by then.
test_m4_the_site_is_in_front() {
    tables <<'YAML'
hits:
  cursor: at
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: at, sql_type: TIMESTAMP}
    - {name: site, sql_type: TEXT}
YAML
    maria -e "CREATE TABLE hits (id INT PRIMARY KEY, at DATETIME, site VARCHAR(20), KEY (site, at)); INSERT INTO hits SELECT seq, '2024-05-01' + INTERVAL seq MINUTE, 'one' FROM seq_1_to_3000"
    run sync
    maria -e "INSERT INTO hits VALUES (9001, '2024-05-03 02:00', 'ONE'), (9002, '2024-05-03 02:00', 'new/%'), (9003, '2024-05-03 02:00', NULL), (9004, '2024-05-03 02:00', ''), (9005, NULL, 'x'), (9006, '2024-05-01', 'old')"
    run sync
    is "$status:$(sql 'SELECT id FROM hits WHERE id > 9000 ORDER BY id' | paste -sd, -)" 0:9001,9002,9003,9004,9005 "rows of sites that were not there before, and of none"
    is "$(count web.hits read)" 66 "and no more than the window"
    run backfill web.hits --from 2024-05-01 --to '2024-05-01 00:10'
    is "$status:$(count web.hits read)" 0:10 "a backfill's window, too"
}

test_m5_committed_late() {
    visits
    many 1 10
    exec {late}> >(maria)
    echo "BEGIN; INSERT INTO matomo_log_visit (idvisit, visit_last_action_time, name) VALUES (500, '2024-05-01 00:05', 'late'); DO SLEEP(0); CREATE TEMPORARY TABLE begun (n INT);" >&"$late"
    wait_for 20 opened || fail "the late transaction has begun"
    maria -e "INSERT INTO matomo_log_visit (idvisit, visit_last_action_time, name) VALUES (501, '2024-05-01 01:00', 'newer')"
    run sync
    is "$(sql 'SELECT count(*) FROM matomo_log_visit')" 11 "the open transaction is not there yet"
    echo "COMMIT;" >&"$late"
    exec {late}>&-
    wait_for 20 committed || fail "the late transaction has ended"
    run sync
    is "$(sql 'SELECT name FROM matomo_log_visit WHERE idvisit = 500')" late "what was committed after newer rows were read arrives"
}
opened() { [[ $(maria -e "SELECT count(*) FROM information_schema.INNODB_TRX WHERE trx_rows_modified > 0") == 1 ]]; }
committed() { [[ $(maria -e "SELECT count(*) FROM matomo_log_visit WHERE idvisit = 500") == 1 ]]; }

test_m7_unsigned_integers() {
    visits
    maria -e "INSERT INTO matomo_log_visit (idvisit, idaction, visit_last_action_time, name) VALUES (9223372036854775807, 4294967295, '2024-05-01', 'a')"
    run sync --dry-run
    run sync
    is "$status:$(sql 'SELECT idvisit, idaction FROM matomo_log_visit')" '0:9223372036854775807|4294967295' "an unsigned int keeps its value"
    [[ $destination_kind == sqlite ]] ||
        is "$(sql "SELECT data_type FROM information_schema.columns WHERE table_name = 'matomo_log_visit' AND column_name = 'idaction'")" bigint "in a wider column"
    maria -e "INSERT INTO matomo_log_visit (idvisit, idaction, visit_last_action_time, name) VALUES (18446744073709551615, 1, '2024-05-01', 'b')"
    run sync
    if [[ $destination_kind == postgres ]]; then
        is "$status:$(sql "SELECT idvisit FROM matomo_log_visit WHERE name = 'b'")" 0:18446744073709551615 "so does an unsigned bigint beyond the signed ones"
    else
        has "$status:$(grep refused err.txt)" '3:web.matomo_log_visit: refused: column idvisit is BIGINT' "one that the table cannot hold is refused, not changed"
    fi
    is "$(sql "SELECT count(*) FROM matomo_log_visit WHERE idvisit < 0")" 0 "nothing wraps"
}

test_m7_a_rejected_row_is_read_again_into_the_wider_column() {
    visits
    maria -e "INSERT INTO matomo_log_visit (idvisit, idaction, visit_last_action_time, name) VALUES (1, 4294967295, '2024-05-01', NULL)"
    run sync
    is "$(rejects)" '1|required value missing' "a row is rejected for another reason"
    maria -e "UPDATE matomo_log_visit SET name = 'fits'"
    run rejects retry web.matomo_log_visit
    is "$status:$(sql 'SELECT idaction FROM matomo_log_visit'):$(rejects)" 0:4294967295: "retried, it lands with its large number"
}

test_m7_a_table_that_older_scripts_made() {
    visits
    sql "CREATE TABLE matomo_log_visit (idvisit BIGINT NOT NULL PRIMARY KEY, idaction INTEGER, visit_last_action_time TIMESTAMP NOT NULL, name VARCHAR(20) NOT NULL)"
    sql "INSERT INTO matomo_log_visit VALUES (1, 1, '2024-05-01 00:01:00', 'v1'), (2, 2, '2024-05-01 00:02:00', 'stale')"
    many 1 3
    maria -e "INSERT INTO matomo_log_visit (idvisit, idaction, visit_last_action_time, name) VALUES (4, 3000000000, '2024-05-01 00:04', 'big')"
    run sync
    is "$status:$(names)" '0:v1 v2 v3 big ' "is taken over: what was missed and what was stale is repaired"
    is "$(count web.matomo_log_visit unchanged):$(sql 'SELECT idaction FROM matomo_log_visit WHERE idvisit = 4')" 1:3000000000 "what was right is not written again"
}

test_m8_columns_differ() {
    visits
    cat >>schemas.yaml <<'YAML'
plugin:
  source_table: plugin_table
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: not_installed, sql_type: TEXT}
YAML
    maria -e "CREATE TABLE plugin_table (id INT PRIMARY KEY, extra TEXT)"
    many 1 3
    run sync
    is "$status:$(names)" '3:v1 v2 v3 ' "a column that the source lacks fails its stream alone"
    has "$(cat err.txt out.json)" 'table plugin_table has no column not_installed' "and is named"
    is "$(logged | grep -c 'columns that the schema file does not name: idsite')" 1 "columns that are not read are reported, once"
    is "$(sql 'SELECT * FROM matomo_log_visit LIMIT 1' | tr -cd '|')" '|||' "and not copied, which is how personal data stays where it is (M17)"
    run check
    has "$(cat out.json)" 'no column not_installed' "check says so, too"
}

test_m9_a_column_is_added_to_the_file() {
    visits
    many 1 3
    run sync
    cat >>schemas.yaml <<'YAML'
    - {name: idsite, sql_type: INTEGER}
YAML
    run sync
    is "$status:$(sql 'SELECT sum(idsite) FROM matomo_log_visit')" 0:3 "it is added to the table and filled"
}

test_m10_m15_names_are_only_names() {
    tables <<'YAML'
'Robert"); --':
  source_table: 'we`ird; "select" ''x'
  columns:
    - {name: 'order', sql_type: INTEGER, primary_key: true}
    - {name: 'a`b"c', sql_type: TEXT}
YAML
    maria <<'SQL'
CREATE TABLE `we``ird; "select" 'x` (`order` INT PRIMARY KEY, `a``b"c` TEXT);
INSERT INTO `we``ird; "select" 'x` VALUES (1, 'one');
SQL
    run sync
    is "$status:$(sql 'SELECT "order", "a`b""c" FROM "Robert""); --"')" '0:1|one' "whatever is in them"
}

test_m11_unchanged_rows_are_not_written_again() {
    tables <<'YAML'
matomo_log_action:
  columns:
    - {name: idaction, sql_type: INTEGER, nullable: false, primary_key: true}
    - {name: name, sql_type: TEXT}
YAML
    maria -e "CREATE TABLE matomo_log_action (idaction INT UNSIGNED PRIMARY KEY, name VARCHAR(4096)); INSERT INTO matomo_log_action SELECT seq, seq FROM seq_1_to_5000"
    run sync
    maria -e "INSERT INTO matomo_log_action VALUES (6000, 'new'); UPDATE matomo_log_action SET name = 'changed' WHERE idaction = 5; INSERT INTO matomo_log_action VALUES (5500, 'between')"
    run sync
    is "$status:$(count web.matomo_log_action written)" 0:3 "only what is new or changed"
    is "$(sql 'SELECT count(*) FROM matomo_log_action')" 5002 "and everything is there"
}

test_m12_deleted_rows() {
    visits
    many 1 10
    run sync
    maria -e 'DELETE FROM matomo_log_visit WHERE idvisit IN (2, 3)'
    run sync
    is "$(sql 'SELECT count(*) FROM matomo_log_visit')" 10 "deleted rows stay at the destination"
    run reimport web.matomo_log_visit --yes
    is "$status:$(count web.matomo_log_visit removed):$(sql 'SELECT count(*) FROM matomo_log_visit WHERE idvisit IN (2, 3)')" 0:2:0 "until a reimport"
}

# Tables are read in snapshots of their own, visits first: what Matomo wrote in between is an action without its visit, until the next sync.
test_m13_tables_meet_again() {
    visits
    cat >>schemas.yaml <<'YAML'
matomo_log_link_visit_action:
  columns:
    - {name: idlink_va, sql_type: BIGINT, primary_key: true}
    - {name: idvisit, sql_type: BIGINT}
    - {name: server_time, sql_type: TIMESTAMP}
YAML
    maria -e "CREATE TABLE matomo_log_link_visit_action (idlink_va BIGINT UNSIGNED PRIMARY KEY, idvisit BIGINT UNSIGNED, server_time DATETIME)"
    many 1 5
    run sync web.matomo_log_visit
    many 6 6
    maria -e "INSERT INTO matomo_log_link_visit_action VALUES (1, 6, '2024-05-01 00:00:06')"
    run sync web.matomo_log_link_visit_action
    is "$status:$(sql "$alone")" 0:1 "an action may come before its visit"
    run sync
    is "$status:$(sql "$alone")" 0:0 "the next sync brings both up to date"
}
alone='SELECT count(*) FROM matomo_log_link_visit_action a WHERE NOT EXISTS (SELECT 1 FROM matomo_log_visit v WHERE v.idvisit = a.idvisit)'

test_m14_indexes() {
    visits
    run sync
    local found
    [[ $destination_kind == sqlite ]] && found=$(sql "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%visit_last_action_time%'")
    [[ $destination_kind == sqlite ]] || found=$(sql "SELECT count(*) FROM pg_indexes WHERE tablename = 'matomo_log_visit' AND indexdef LIKE '%visit_last_action_time%'")
    is "$found" 1 "people can look for visits by time"
}

test_m18_times_are_utc_whatever_the_server_says() {
    tables <<'YAML'
stamps:
  cursor: at
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: at, sql_type: TIMESTAMP}
    - {name: zoned, sql_type: TIMESTAMPTZ}
    - {name: written, sql_type: TEXT}
YAML
    maria -e "SET time_zone = '+00:00'; CREATE TABLE stamps (id INT PRIMARY KEY, at TIMESTAMP, zoned DATETIME, written DATETIME(3)); INSERT INTO stamps VALUES (1, '2024-05-01 12:00', '2024-05-01 12:00', '2024-05-01 12:00:00.5')"
    local before
    before=$(maria -e 'SELECT @@global.time_zone')
    maria -e "SET GLOBAL time_zone = '+05:00'"
    run sync
    maria -e "SET GLOBAL time_zone = '$before'"
    is "$status:$(sql 'SELECT at FROM stamps' | cut -c 1-19)" '0:2024-05-01 12:00:00' "a TIMESTAMP is not shifted by the server's zone"
    is "$(sql 'SELECT zoned FROM stamps' | cut -c 1-19):$(sql 'SELECT written FROM stamps')" '2024-05-01 12:00:00:2024-05-01T12:00:00.500Z' "a DATETIME is UTC, too"
}

test_m19_any_table_has_a_cursor() {
    tables <<'YAML'
renamed_visits:
  source_table: app_orders
  cursor: changed
  lookback: 1h
  columns:
    - {name: id, sql_type: INTEGER, primary_key: true}
    - {name: changed, sql_type: TIMESTAMP}
YAML
    maria -e "CREATE TABLE app_orders (id INT PRIMARY KEY, changed DATETIME, KEY (changed)); INSERT INTO app_orders SELECT seq, '2024-05-01' + INTERVAL seq MINUTE FROM seq_1_to_500; INSERT INTO app_orders VALUES (900, NULL)"
    run sync
    is "$status:$(count web.renamed_visits read):$(watermark web.renamed_visits)" '0:501:2024-05-01 08:20:00' "all of it at first"
    maria -e "INSERT INTO app_orders VALUES (501, '2024-05-01 08:30'); UPDATE app_orders SET changed = '2024-05-01 09:00' WHERE id = 3"
    run sync
    is "$status:$(count web.renamed_visits read):$(count web.renamed_visits written)" 0:64:2 "then the last hour, and rows that have no date"
    run backfill web.renamed_visits --from 2024-05-01 --to '2024-05-01 01:00'
    is "$status:$(count web.renamed_visits read):$(watermark web.renamed_visits)" '0:58:2024-05-01 09:00:00' "a backfill reads its window and moves no watermark"
}

on_each_destination test_m1_a_rejected_row_hides_no_other test_m1_killed_in_the_middle test_m3_rows_of_the_same_second \
    test_m4_changed_without_a_new_time test_m4_the_site_is_in_front test_m5_committed_late test_m7_unsigned_integers test_m7_a_rejected_row_is_read_again_into_the_wider_column test_m7_a_table_that_older_scripts_made \
    test_m8_columns_differ test_m9_a_column_is_added_to_the_file test_m10_m15_names_are_only_names \
    test_m11_unchanged_rows_are_not_written_again test_m12_deleted_rows test_m13_tables_meet_again test_m14_indexes test_m18_times_are_utc_whatever_the_server_says test_m19_any_table_has_a_cursor
finish
