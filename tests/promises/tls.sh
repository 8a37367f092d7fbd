#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/promises/tls.sh - links that are verified, encrypted only or clear (promise 9): what is refused, and what `check` says of them.
# shellcheck disable=SC2034,SC2154
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}'

# authority NAME: a certificate that signs itself, for 127.0.0.1 and localhost: NAME.crt and NAME.key
authority() {
    openssl req -new -x509 -days 2 -nodes -newkey rsa:2048 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -out "$1.crt" -keyout "$1.key" 2>/dev/null
}

things() {
    printf 'things:\n  include_base: true\n' | schema
    echo "{\"_id\":\"a\",$dates}" | dump things
}

# B13: the older program always asked for TLS and never verified it; a server without TLS was refused.
test_promise_9_tls_of_postgresql() {
    [[ $destination_kind == postgres ]] || return 0
    if [[ -z ${TIDEMARK_TEST_POSTGRES_DIR:-} ]]; then
        skip "TLS of PostgreSQL" "the server is not ours (TIDEMARK_TEST_POSTGRES_DIR)"
        return 0
    fi
    local plain=$destination
    things
    authority other
    destination="'$plain?sslmode=verify-full&sslrootcert=$TIDEMARK_TEST_POSTGRES_DIR/server.crt'" configure
    run sync
    is "$status" 0 "verify-full: the server's own authority vouches for it"
    has "$("$TIDEMARK_BIN" check)" verified "check says verified"
    destination="'$plain?sslmode=verify-full&sslrootcert=$scene/other.crt'" configure
    run sync
    is "$status" 69 "verify-full: another authority does not"
    has "$(cat err.txt)" certificate "and the message says why"
    destination="'$plain?sslmode=verify-full&sslrootcert=$scene/none.crt'" configure
    run sync
    is "$status" 69 "verify-full without the authority's file is refused"
    destination="'$plain?sslmode=require'" configure
    run sync
    is "$status" 0 "require: whoever answers"
    has "$("$TIDEMARK_BIN" check)" 'encrypted only' "check says encrypted only"
    destination="'$plain?sslmode=disable'" configure
    has "$("$TIDEMARK_BIN" check)" clear "check says clear"
}

on_each_destination test_promise_9_tls_of_postgresql
finish
