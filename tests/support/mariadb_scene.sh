# SPDX-License-Identifier: Apache-2.0
# tests/support/mariadb_scene.sh - scene.sh with the source `web`: a database of the scene's own on the MariaDB server of the tests.
#
#   . "$TIDEMARK_SRC/tests/support/mariadb_scene.sh"
#   test_promise_1_watermark() { tables <<'YAML' … ; maria <<'SQL' … ; run sync; is "$(sql 'SELECT …')" 3 "three rows"; }
#   on_each_destination test_promise_1_watermark …
#   finish
# shellcheck shell=bash disable=SC2034,SC2120
if [[ -z ${TIDEMARK_TEST_MARIADB_URL:-} && -z ${own_server:-} ]]; then
    echo '1..0 # SKIP TIDEMARK_TEST_MARIADB_URL is not set'
    exit 0
fi
. "$TIDEMARK_SRC/tests/support/scene.sh"
maria_server=${TIDEMARK_TEST_MARIADB_URL:-} # mariadb://USER:PASSWORD@HOST:PORT/DATABASE
unset "${!MATOMO_@}"

# maria [ARG…] < SQL: as the user of the URL, in the scene's database.
maria() {
    local user=${maria_server#mariadb://} at host
    at=${user#*@} user=${user%%@*}
    host=${at%%/*}
    MYSQL_PWD=${user#*:} mariadb --no-defaults --default-character-set=utf8mb4 -N -B --host="${host%:*}" --port="${host#*:}" \
        --user="${user%%:*}" "${maria_database-$database}" "$@"
}

# configure [STREAM-SETTINGS-YAML]; $source_options: more lines of the source ("    tls: encrypt").
configure() {
    if [[ ${made_database:-} != "$database" ]]; then
        maria_database='' maria -e "CREATE DATABASE $database" || exit 1
        made_database=$database
    fi
    cat >tidemark.yaml <<YAML
destination: $destination
state: $scene/state.db
sources:
  web:
    type: mariadb
    url: ${source_url:-${maria_server%/*}/$database}
    schema: schemas.yaml
${source_options:-}
    ${1:+streams: {$1\}}
YAML
}

# tables < YAML: the schema file.
tables() { schema; }

eval "close_plain_scene() $(declare -f close_scene | tail -n +2)"
close_scene() {
    maria_database='' maria -e "DROP DATABASE IF EXISTS $database" 2>/dev/null
    unset source_options
    close_plain_scene
}

# log: what the last run logged, from the state file.
logged() { sqlite3 state.db 'SELECT text FROM run_log ORDER BY rowid'; }
