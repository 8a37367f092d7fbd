#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/matomo_tables.sh - the tables of a real Matomo, from the older script's variables and its schema file unchanged; and a database
# that the script filled, with what it missed.
# shellcheck disable=SC2154
if [[ -z ${TIDEMARK_TEST_MATOMO_DB_URL:-} ]]; then
    echo '1..0 # SKIP TIDEMARK_TEST_MATOMO_DB_URL is not set (tests/rig/matomo)'
    exit 0
fi
. "$TIDEMARK_SRC/tests/support/scene.sh"
[[ $TIDEMARK_TEST_MATOMO_DB_URL =~ ^mariadb://([^:]*):([^@]*)@([^:]*):([0-9]*)/(.*)$ ]] || exit 1
login=(MATOMO_USER="${BASH_REMATCH[1]}" MATOMO_PASSWORD="${BASH_REMATCH[2]}" MATOMO_HOST="${BASH_REMATCH[3]}" MATOMO_PORT="${BASH_REMATCH[4]}")
matomo_database=${BASH_REMATCH[5]}

# A set-up of the older script: no tidemark.yaml.
configure() {
    local port=5432 host user password rest
    mkdir -p config
    cp "$TIDEMARK_SRC/tests/fixtures/matomo_schemas.yaml" config/
    printf '%s\n' "${login[@]}" "MATOMO_DATABASE=${source_database:-$matomo_database}" >.env
    if [[ $destination_kind == sqlite ]]; then
        echo "TIDEMARK_DESTINATION=$destination" >>.env
        return
    fi
    rest=${destination#*://} user=${rest%%:*} rest=${rest#*:}
    password=${rest%%@*} rest=${rest#*@}
    host=${rest%%/*}
    [[ $host != *:* ]] || port=${host#*:}
    printf '%s\n' "POSTGRES_HOST=${host%:*}" "POSTGRES_PORT=$port" "POSTGRES_USER=$user" "POSTGRES_PASSWORD=$password" "POSTGRES_DATABASE=$database" >>.env
}

maria() {
    "$TIDEMARK_SRC/tests/rig/matomo" sql "$TIDEMARK_TEST_MATOMO_DIR" -N -B "$@"
}

# The source from now on is a copy of the three tables that the test may change.
copy_source() {
    source_database=tm_copy_$$
    local table
    maria -e "DROP DATABASE IF EXISTS $source_database; CREATE DATABASE $source_database;
        GRANT SELECT ON $source_database.* TO ${login[0]#*=}@'127.0.0.1'"
    for table in matomo_log_visit matomo_log_link_visit_action matomo_log_action; do
        maria -e "CREATE TABLE $source_database.$table LIKE $matomo_database.$table; INSERT INTO $source_database.$table SELECT * FROM $matomo_database.$table"
    done
    configure
}
drop_copy() {
    [[ -z ${source_database:-} ]] || maria -e "DROP DATABASE IF EXISTS $source_database"
    unset source_database
}
trap 'drop_copy; leave_scenes' EXIT
changes() { maria "$source_database" -e "$1"; }

# The same question to both, numbers alone; the tables have the same names.
both_say() { # QUERY NAME
    is "$(sql "$1")" "$(maria "${source_database:-$matomo_database}" -e "$1" | tr '\t' '|')" "$2"
}

test_the_older_set_up_is_complete() {
    run check
    is "$status" 0 "check finds nothing to mend"
    run sync
    is "$status:$(jq -rs '[.[] | select(.written? and .stream?) | .rejected] | add' out.json)" 0:0 "sync: every row of a real Matomo fits"
    both_say 'SELECT idsite, count(*), sum(visit_total_actions), sum(visit_total_time), max(idvisit), count(user_id) FROM matomo_log_visit GROUP BY idsite ORDER BY idsite' \
        "visits of each site, counted at both ends"
    both_say 'SELECT idsite, count(*), sum(idaction_url), sum(time_spent), count(custom_dimension_2), sum(pageview_position) FROM matomo_log_link_visit_action GROUP BY idsite ORDER BY idsite' \
        "actions of each site"
    both_say 'SELECT type, count(*), sum(hash) FROM matomo_log_action GROUP BY type ORDER BY type' "names of actions"
    both_say 'SELECT DISTINCT location_latitude, location_longitude, location_city FROM matomo_log_visit ORDER BY location_latitude, location_city' "decimals and text are exact"
    if [[ $destination_kind == postgres ]]; then
        is "$(sql "SELECT idvisit, upper(encode(idvisitor, 'hex')), upper(encode(location_ip, 'hex')), visit_last_action_time, visitor_localtime FROM matomo_log_visit ORDER BY idvisit")" \
            "$(maria "$matomo_database" -e 'SELECT idvisit, HEX(idvisitor), HEX(location_ip), visit_last_action_time, visitor_localtime FROM matomo_log_visit ORDER BY idvisit' | tr '\t' '|')" \
            "packed ids and addresses, times as Matomo has them"
        is "$(sql 'SELECT name FROM matomo_log_action ORDER BY idaction')" "$(maria -r "$matomo_database" -e 'SELECT name FROM matomo_log_action ORDER BY idaction')" \
            "titles whole, whatever is in them"
        has "$(sql "SELECT indexdef FROM pg_indexes WHERE tablename = 'matomo_log_link_visit_action'")" '(idvisit)' "the columns that people join by are indexed"
    fi
    run sync
    is "$status:$(jq -rs '[.[] | select(.written? and .stream?) | .written] | add // 0' out.json)" 0:0 "a second sync writes nothing"
    "$TIDEMARK_BIN" streams --format json >streams.json
    is "$(jq -r 'select(.stream == "web.matomo_log_visit") | "\(.kind) \(.state) \(.rows) \(.watermark) \(.newest)"' streams.json)" \
        "$(maria "$matomo_database" -e "SELECT CONCAT_WS(' ', 'mariadb fresh', COUNT(*), DATE_FORMAT(MAX(visit_last_action_time), '%Y-%m-%dT%TZ'),
            DATE_FORMAT(MAX(visit_last_action_time), '%Y-%m-%dT%TZ')) FROM matomo_log_visit")" "streams: rows, watermark and the newest of the source"
    is "$(jq -r 'select(.stream == "web.matomo_log_action") | .watermark' streams.json)" null "a stream without a cursor has no watermark"
}

# M1, M2, M3: rows of the interrupted run, of the newest second, of a failed batch; M4: updates that the bound hid.
test_take_over_repairs_what_was_missed() {
    copy_source
    run sync
    # What the script had made: the tables, and nothing of ours.
    if [[ $destination_kind == postgres ]]; then
        sql 'DROP SCHEMA tidemark CASCADE' >/dev/null
    else
        for table in $(sql "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'tidemark\\_%' ESCAPE '\\'"); do
            sql "DROP TABLE $table"
        done
    fi
    sql 'DELETE FROM matomo_log_visit WHERE idvisit % 50 = 0; DELETE FROM matomo_log_link_visit_action WHERE idlink_va % 100 = 1'
    sql "UPDATE matomo_log_visit SET visit_total_time = 0, visit_goal_converted = 0 WHERE idvisit % 60 = 7; UPDATE matomo_log_link_visit_action SET time_spent = NULL WHERE idlink_va % 90 = 2 AND time_spent IS NOT NULL"
    local wrong
    wrong=$(maria "$source_database" -e 'SELECT (SELECT count(*) FROM matomo_log_visit WHERE idvisit % 50 = 0) +
        (SELECT count(*) FROM matomo_log_visit WHERE idvisit % 60 = 7 AND idvisit % 50 <> 0 AND (visit_total_time <> 0 OR visit_goal_converted <> 0)) +
        (SELECT count(*) FROM matomo_log_link_visit_action WHERE idlink_va % 100 = 1) +
        (SELECT count(*) FROM matomo_log_link_visit_action WHERE idlink_va % 90 = 2 AND idlink_va % 100 <> 1 AND time_spent IS NOT NULL)')
    run sync
    is "$status:$(jq -rs '[.[] | select(.written? and .stream?) | .written] | add' out.json)" "0:$wrong" "taking over writes what the script missed, and nothing else"
    both_say 'SELECT count(*), sum(visit_total_time), sum(visit_goal_converted) FROM matomo_log_visit' "visits are as at the source"
    both_say 'SELECT count(*), sum(time_spent) FROM matomo_log_link_visit_action' "actions are as at the source"
    drop_copy
}

test_what_changes_later_is_caught() {
    copy_source
    run sync
    # M3: in the newest second; M5: committed late, an hour before it; M4: touched without a new time.
    changes 'UPDATE matomo_log_link_visit_action SET time_spent = 4711 ORDER BY server_time DESC, idlink_va DESC LIMIT 3;
        INSERT INTO matomo_log_link_visit_action (idsite, idvisitor, idvisit, server_time)
            SELECT idsite, idvisitor, idvisit, server_time FROM matomo_log_link_visit_action ORDER BY server_time DESC LIMIT 1;
        INSERT INTO matomo_log_link_visit_action (idsite, idvisitor, idvisit, server_time)
            SELECT idsite, idvisitor, idvisit, server_time - INTERVAL 1 HOUR FROM matomo_log_link_visit_action ORDER BY server_time DESC LIMIT 1;
        UPDATE matomo_log_visit SET visit_goal_buyer = 1 - visit_goal_buyer ORDER BY visit_last_action_time DESC, idvisit DESC LIMIT 2'
    run sync
    is "$status:$(count web.matomo_log_link_visit_action written):$(count web.matomo_log_visit written)" 0:5:2 "late rows, rows of the newest second, and rows touched without a new time"
    both_say 'SELECT count(*), sum(time_spent) FROM matomo_log_link_visit_action' "actions are as at the source"
    both_say 'SELECT count(*), sum(visit_goal_buyer) FROM matomo_log_visit' "visits are as at the source"
    # M8: a plugin was taken away. M7: the schema file says INTEGER, Matomo's column is unsigned.
    changes 'ALTER TABLE matomo_log_visit DROP COLUMN custom_dimension_5; ALTER TABLE matomo_log_link_visit_action ADD COLUMN custom_dimension_6 INT;
        UPDATE matomo_log_link_visit_action SET idaction_url = 4294967295 ORDER BY server_time DESC LIMIT 1'
    "$TIDEMARK_BIN" --batch -v sync >out.txt 2>err.txt
    is "$?" 3 "a column that the source does not have ends that stream alone"
    has "$(cat out.txt err.txt)" 'custom_dimension_5' "and it is named"
    has "$(cat out.txt err.txt)" 'custom_dimension_6' "a column that the schema file does not have is named as well"
    is "$(sql 'SELECT max(idaction_url) FROM matomo_log_link_visit_action')" 4294967295 "an unsigned number beyond the file's type is kept whole"
    drop_copy
}

on_each_destination test_the_older_set_up_is_complete test_take_over_repairs_what_was_missed test_what_changes_later_is_caught
finish
