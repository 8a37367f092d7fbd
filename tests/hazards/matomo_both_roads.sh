#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/matomo_both_roads.sh - the same visits of a real Matomo by its tables and by its API: the same counts, the same times.
# shellcheck disable=SC2154
if [[ -z ${TIDEMARK_TEST_MATOMO_URL:-} ]]; then
    echo '1..0 # SKIP TIDEMARK_TEST_MATOMO_URL is not set (tests/rig/matomo)'
    exit 0
fi
. "$TIDEMARK_SRC/tests/support/scene.sh"

configure() {
    mkdir -p config
    cp "$TIDEMARK_SRC/tests/fixtures/matomo_schemas.yaml" config/
    # A conversion is a row of its own here, and an action of its visit there.
    cat >>config/matomo_schemas.yaml <<'YAML'
matomo_log_conversion:
  columns:
    - {name: idvisit, sql_type: BIGINT, primary_key: true}
    - {name: idgoal, sql_type: INTEGER, primary_key: true}
    - {name: buster, sql_type: BIGINT, primary_key: true}
YAML
    cat >tidemark.yaml <<YAML
destination: $destination
state: $scene/state.db
sources:
  web: {type: mariadb, url: "$TIDEMARK_TEST_MATOMO_DB_URL", schema: config/matomo_schemas.yaml}
  visits: {type: matomo, url: "$TIDEMARK_TEST_MATOMO_URL/", token: "$TIDEMARK_TEST_MATOMO_TOKEN", sites: "1,2", start: 2025-03-01}
YAML
}

same() { # QUERY-OF-TABLES QUERY-OF-EVENTS NAME
    local tables events
    tables=$(sql "$1") events=$(sql "$2")
    isnt "$tables" '' "$3: there are some"
    is "$(diff <(echo "$tables") <(echo "$events") | head -n 20)" '' "$3: the same by both roads"
}

# A visit of one page at that second of UTC; told again, it is the same one.
track() { # SITE TIME
    local answer
    answer=$(curl -sS --noproxy '*' "$TIDEMARK_TEST_MATOMO_URL/matomo.php" -d "token_auth=$TIDEMARK_TEST_MATOMO_TOKEN" -d "idsite=$1" -d rec=1 -d cid=feedfacefeedface \
        -d send_image=0 --data-urlencode "cdt=$2" --data-urlencode url=https://www.example.org/quiet -w '%{http_code}')
    is "$answer" 204 "a visit on site $1 at $2"
}

# The rig is as it was for other tests.
forget_tracked() {
    "$TIDEMARK_SRC/tests/rig/matomo" sql "$TIDEMARK_TEST_MATOMO_DIR" matomo -e "
        DELETE a FROM matomo_log_link_visit_action AS a JOIN matomo_log_visit AS v USING (idvisit) WHERE v.idvisitor = x'feedfacefeedface';
        DELETE FROM matomo_log_visit WHERE idvisitor = x'feedfacefeedface'"
}
trap 'forget_tracked; leave_scenes' EXIT

test_both_roads() {
    local first=min\(action_timestamp\)
    [[ $destination_kind == sqlite ]] || first="to_char(min(action_timestamp) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
    # Behind the rig's two weeks: months without a visit but for some at the edges of days of the site, that of the day with 25 hours among them.
    track 1 '2025-10-01 23:59:59'
    track 1 '2026-02-01 00:00:00'
    track 2 '2025-11-02 05:30:00'
    track 2 '2026-03-09 03:59:59'
    run sync web
    is "$status" 0 "by the tables"
    run sync visits
    is "$status" 0 "by the API"
    same 'SELECT idsite, count(*) FROM matomo_log_visit GROUP BY idsite ORDER BY idsite' \
        'SELECT CAST(idsite AS INTEGER), count(DISTINCT idvisit) FROM matomo GROUP BY 1 ORDER BY 1' "visits of each site"
    same 'SELECT idvisit, count(*) FROM (SELECT idvisit FROM matomo_log_link_visit_action UNION ALL SELECT idvisit FROM matomo_log_conversion) AS rows GROUP BY idvisit ORDER BY idvisit' \
        'SELECT CAST(idvisit AS INTEGER), count(*) FROM matomo GROUP BY 1 ORDER BY 1' "actions and conversions of each visit"
    same 'SELECT idvisit, visit_first_action_time FROM matomo_log_visit ORDER BY idvisit' \
        "SELECT CAST(idvisit AS INTEGER), ${first} FROM matomo GROUP BY 1 ORDER BY 1" "the first second of each visit, in UTC, whatever the site's zone is"
    same "SELECT idsite, count(*) FROM matomo_log_visit WHERE visit_first_action_time >= '2025-09-01' GROUP BY idsite ORDER BY idsite" \
        "SELECT CAST(idsite AS INTEGER), count(DISTINCT idvisit) FROM matomo WHERE action_timestamp >= '2025-09-01' GROUP BY 1 ORDER BY 1" "visits of quiet months"
}

on_each_destination test_both_roads
finish
