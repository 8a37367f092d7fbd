# SPDX-License-Identifier: Apache-2.0
# tests/support/matomo_scene.sh - scenes (scene.sh) whose source is the stand-in tests/servers/matomo-api.
#
#   . "$TIDEMARK_SRC/tests/support/matomo_scene.sh"
#   test_something() { api '{"sites": {"1": {}}, …}'; visits 'sites: 1'; run sync; is "$(events 1)" … ; }
#   on_each_api test_something …
#   finish
#
# One server answers for a whole script: api() starts it anew with a scenario of its own.
# shellcheck shell=bash disable=SC2034,SC2154
. "$TIDEMARK_SRC/tests/support/scene.sh"
unset "${!MATOMO_@}" PGDATABASE DESTINATION_TABLE PARTITIONED_MATOMO_TABLE_NAME STARTDATE FORCE_STARTDATE INITIAL_OFFSET RESULTPERPAGE

if ! python3 -c 'import zoneinfo; zoneinfo.ZoneInfo("America/New_York")' 2>/dev/null; then
    echo '1..0 # SKIP no python3 with time zones'
    exit 77
fi

matomo_api=$TIDEMARK_SRC/tests/servers/matomo-api
api_dir=$scene_root/api
api_url=''
token=0123456789abcdef0123456789abcdef
trap 'stop_api; leave_scenes' EXIT

stop_api() {
    [[ -z $api_url ]] || "$matomo_api" stop "$api_dir" KILL
    api_url=''
}

# api SCENARIO: a server that knows nothing else.
api() {
    stop_api
    rm -rf "$api_dir"
    mkdir -p "$api_dir"
    printf '%s' "$1" >"$api_dir.json"
    api_url=$("$matomo_api" start "$api_dir" --scenario "$api_dir.json") || fail "the stand-in for Matomo"
    visits
}

# tell ADDRESS [JSON]: to the stand-in ("/__change" …).
tell() {
    "$matomo_api" tell "$api_dir" "$@"
}

# asked METHOD: how many requests of that method the server has seen; asked_log METHOD: their parameters, one a line.
asked() {
    asked_log "$1" | wc -l
}
asked_log() {
    tell /__log | jq -c --arg method "$1" '.[]? | select(.method == $method) | .params'
}

# visits [OPTIONS-YAML]: writes tidemark.yaml with a source of the stand-in; options such as 'sites: 1,2' one a line.
visits() {
    cat >tidemark.yaml <<YAML
destination: $destination
state: $scene/state.db
sources:
  visits:
    type: matomo
    url: $api_url
    token: $token
    tries: 2
$(sed 's/^/    /' <<<"${1:-sites: 1}")
YAML
}

# events SITE [WHERE]: how many rows are stored; visits_stored SITE: how many visits.
events() {
    sql "SELECT count(*) FROM ${table:-matomo} WHERE idsite = '$1' ${2:+AND $2}"
}
visits_stored() {
    sql "SELECT count(DISTINCT idvisit) FROM ${table:-matomo} WHERE idsite = '$1'"
}
