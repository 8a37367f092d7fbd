# SPDX-License-Identifier: Apache-2.0
# tests/bench/mariadb.bash - `run mariadb`: first loads of tables like Matomo's two large ones, against the pipe that one would write by hand
# (`mariadb --quick … | psql -c 'COPY … FROM STDIN'`, no state, no checks) and against pgloader, each into a table of the
# same definition.
#   TIDEMARK_BENCH_ACTIONS  rows × 14 (default 3000000); a fifth as many visits × 36
# shellcheck shell=bash disable=SC2154
actions=${TIDEMARK_BENCH_ACTIONS:-3000000}

maria() {
    "$servers/mariadb" sql "$work/mariadb" "$@"
}

# The columns as the pipe has to select them: binary ones in hex, or they would be no text.
pipe_select() { # TABLE
    maria -N -e "SELECT CONCAT('SELECT ', GROUP_CONCAT(IF(data_type IN ('binary', 'varbinary'), CONCAT('CONCAT(''\\\\\\\\x'', HEX(', column_name, '))'),
        column_name) ORDER BY ordinal_position), ' FROM ', table_name) FROM information_schema.columns
        WHERE table_schema = 'bench' AND table_name = '$1'"
}

pipe_script() { # TABLE
    cat >"$work/pipe" <<PIPE
set -eu -o pipefail
mariadb --no-defaults --host=127.0.0.1 --port=$maria_port --user=tidemark --password=tidemark-test --quick --batch --skip-column-names bench <"$work/select" |
    psql -X -q -d "$url" -c "COPY $1 FROM STDIN WITH (NULL 'NULL')"
PIPE
    pipe_select "$1" >"$work/select"
}

pgloader_script() { # TABLE
    cat >"$work/pgloader.load" <<END
LOAD DATABASE FROM mysql://tidemark:tidemark-test@127.0.0.1:$maria_port/bench INTO ${url/\?sslmode=disable/}
    WITH data only, create no tables, include no drop, reset no sequences, no foreign keys, disable triggers
    CAST type datetime to timestamp drop default drop not null using zero-dates-to-null,
         type tinyint when (= 1 precision) to smallint drop typemod
    INCLUDING ONLY TABLE NAMES MATCHING '$1'
    ALTER SCHEMA 'bench' RENAME TO 'public';
END
}

web() { # ARGUMENT…
    timed env -C "$work/home" MATOMO_HOST=127.0.0.1 MATOMO_PORT="$maria_port" MATOMO_USER=tidemark MATOMO_PASSWORD=tidemark-test \
        MATOMO_DATABASE=bench TIDEMARK_DESTINATION="$url" "$TIDEMARK_BUILD/tidemark" --state "$work/state.db" --batch "$@"
}

# An empty table as ours was made.
refill() { # TABLE
    sql "TRUNCATE $1"
    sql 'CHECKPOINT'
}

bench_mariadb_table() { # TABLE ROWS
    local table=$1 count=$2 try ours=999999 pipe=999999 loader=999999 memory=0
    pipe_script "$table"
    pgloader_script "$table"
    for ((try = 0; try < repeat; try++)); do
        empty_destination
        web sync "web.$table"
        ours=$(smaller "$ours" "$seconds")
        memory=$peak
        [[ $(sql "SELECT count(*) FROM $table") == "$count" ]] || fail "the load is not complete"
        refill "$table"
        timed bash "$work/pipe"
        pipe=$(smaller "$pipe" "$seconds")
        [[ $(sql "SELECT count(*) FROM $table") == "$count" ]] || fail "the pipe's load is not complete"
        refill "$table"
    done
    timed pgloader "$work/pgloader.load"
    loader=$(smaller "$loader" "$seconds")
    [[ $(sql "SELECT count(*) FROM $table") == "$count" ]] || { cat "$work/out" && fail "pgloader's load is not complete"; }
    row "$table, $count rows (s), against the pipe" "$ours" "$pipe" "$(ratio "$ours" "$pipe")" 1.111
    row "$table, $count rows (s), against pgloader" "$ours" "$loader" "$(ratio "$ours" "$loader")" 0.333
    row "$table, memory (MiB)" $((memory / 1024)) "" "$(awk "BEGIN { printf \"%.1f\", $memory / 1024 }")" 64
}

bench_mariadb() {
    local maria_url maria_port visits=$((actions / 5))
    start_postgres
    command -v pgloader >/dev/null || fail "no pgloader; on Debian: apt-get install pgloader"
    maria_url=$("$servers/mariadb" start "$work/mariadb" --innodb-buffer-pool-size=512M) || fail "no MariaDB"
    maria_port=${maria_url##*:}
    maria_port=${maria_port%%/*}
    maria -e 'CREATE DATABASE bench'
    { echo "SET @actions = $actions, @visits = $visits;" && cat "$here/mariadb.sql"; } | maria bench || fail "no rows"
    home "$here/schemas.yaml"
    cp "$here/mariadb.yaml" "$work/home/config/matomo_schemas.yaml"
    bench_mariadb_table link_visit_action "$actions"
    bench_mariadb_table log_visit "$visits"
    "$servers/mariadb" stop "$work/mariadb"
}
