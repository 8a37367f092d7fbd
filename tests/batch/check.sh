#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/check.sh - what `tidemark check` finds: servers that are not there, privileges that are missing, data sets that are missing.
. "$TIDEMARK_SRC/tests/support/scene.sh"

things() {
    printf 'things:\n  include_base: true\n' | schema
    echo '{"_id":"a","creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"2024-01-01T00:00:00Z"}}' | dump things
}

test_all_is_well() {
    things
    "$TIDEMARK_BIN" check >out.txt 2>err.txt
    is "$?:$(cat err.txt)" 0: "check"
    has "$(cat out.txt)" '1 stream, 0 problems' "no problem"
    has "$(cat out.txt)" "($destination_kind)" "the destination is named with its kind"
    "$TIDEMARK_BIN" --batch check >out.txt 2>err.txt
    is "$?:$(cat out.txt err.txt)" 0: "in batch it is silent when all is well"
    is "$("$TIDEMARK_BIN" check --format json | jq -r .state | sort -u)" ok "JSON lines"
    is "$(sql "SELECT count(*) FROM things" | grep -c '^[0-9]*$')" 0 "and nothing was made"
}

test_a_missing_collection_is_named() {
    things
    printf 'things:\n  include_base: true\nthinks:\n  include_base: true\n' | schema
    "$TIDEMARK_BIN" check >out.txt 2>err.txt
    is "$?" 2 "something to fix"
    has "$(cat out.txt)" thinks "which is named"
}

test_a_server_that_is_not_there() {
    things
    TIDEMARK_DESTINATION=postgresql://u:canary-secret@127.0.0.1:1/warehouse "$TIDEMARK_BIN" check >out.txt 2>err.txt
    is "$?" 69 "exit status 69"
    has "$(cat out.txt)" unreachable "it says which"
    lacks "$(cat out.txt err.txt)" canary "without the password (promise 9)"
    TIDEMARK_DESTINATION=postgresql://u:canary-secret@127.0.0.1:1/warehouse "$TIDEMARK_BIN" --batch sync >out.txt 2>err.txt
    is "$?" 69 "so does a sync"
    has "$(cat err.txt)" 'sync into warehouse@127.0.0.1:1' "whose first line names the destination"
    lacks "$(cat out.txt err.txt)" canary "without the password"
}

# A login that may do nothing yet; after the statements that check prints it may do everything.
test_missing_grants_are_printed() {
    [[ $destination_kind == postgres ]] || return 0
    things
    local role=tm_reader_$$ reader
    sql "CREATE ROLE $role LOGIN PASSWORD 'reader-canary'; REVOKE ALL ON SCHEMA public FROM public; REVOKE TEMPORARY ON DATABASE $database FROM public;
        GRANT USAGE ON SCHEMA public TO $role; CREATE SCHEMA tidemark" >/dev/null
    reader=$(sed -E "s#^([^:]+://)[^@]*@#\1$role:reader-canary@#" <<<"$destination")
    TIDEMARK_DESTINATION=$reader "$TIDEMARK_BIN" check --format json >out.json 2>err.txt
    is "$?" 2 "something to fix"
    jq -r 'select(.test == "permissions") | .found' out.json | sed -n 's/^missing: //p' >grants.txt
    is "$(grep -c '^GRANT ' grants.txt)" 4 "temporary tables, our schema twice, the table's schema"
    sql "$(sed 's/$/;/' grants.txt)" >/dev/null
    TIDEMARK_DESTINATION=$reader "$TIDEMARK_BIN" check >out.txt 2>err.txt
    is "$?" 0 "with them nothing is missing"
    TIDEMARK_DESTINATION=$reader "$TIDEMARK_BIN" --batch sync >out.txt 2>err.txt
    is "$?:$(cat err.txt)" 0: "and a sync works"
    TIDEMARK_DESTINATION=$reader "$TIDEMARK_BIN" --batch reimport app.things --yes >out.txt 2>err.txt
    is "$?:$(cat err.txt)" 0: "so does a reimport"
    sql "DROP OWNED BY $role; DROP ROLE $role" >/dev/null
}

on_each_destination test_all_is_well test_a_missing_collection_is_named test_a_server_that_is_not_there test_missing_grants_are_printed
finish
