#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/promises/secrets.sh - a canary password in every place where one can be configured, and a canary address in the data (promise 9; H35, H45): the
# password is nowhere but there, the address nowhere but in the destination's tables and rejects.
# shellcheck disable=SC2034,SC2154
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}'
canary='canary-s3cret'
role=tm_canary_$$

things() {
    printf 'things:\n  include_base: true\n  additional_columns: [{name: email, sql_type: VARCHAR(40)}]\n' | schema
    {
        echo "{\"_id\":\"a\",\"email\":\"canary.address@example.org\",$dates}"
        echo "{\"_id\":\"b\",\"email\":\"canary.address@a-name-that-is-much-too-long.example.org\",$dates}"
    } | dump things
}

# every_word: everything the program says, into *.said; the process of a held run is looked at from outside.
every_word() {
    local command
    for command in check 'sync --dry-run' 'sync --log-level debug' 'sync -v --format json' 'reimport things --dry-run' streams rejects 'rejects app.things' \
        history 'history 1' 'log 1' runs 'check --format json' '--batch sync --log-level debug'; do
        # shellcheck disable=SC2086 # words
        "$TIDEMARK_BIN" $command >>every.said 2>&1 </dev/null
    done
    [[ -s every.said ]] || fail "it said nothing"
}

# nowhere NAME TEXT…: in no output, log or state file
nowhere() {
    local name=$1 text found
    shift
    for text; do
        found=$(grep -laF -- "$text" ./*.said ./out.json ./err.txt state.db* "$XDG_STATE_HOME" -r 2>/dev/null)
        if [[ -z $found ]]; then pass "$name"; else fail "$name" "in: $found" "$(grep -aohF -m 1 -- "$text" $found | head -n 3)"; fi
    done
}

server_part() { sed -E 's#^[a-z]+://[^@]*@##; s#/.*##' <<<"$TIDEMARK_TEST_POSTGRES_URL"; }

# place NAME: the canary stands there; $host, $port and $database are the server's
place() {
    rm -f tidemark.yaml .env
    local options="
sources:
  app: {type: mongodb, url: 'dump:./dump', schema: schemas.yaml}"
    case $1 in
    'URL in tidemark.yaml') echo "state: $scene/state.db
destination: postgresql://$role:$2@$host:$port/$database$options" >tidemark.yaml ;;
    'mapping in tidemark.yaml') echo "state: $scene/state.db
destination: {host: $host, port: $port, database: $database, user: $role, password: $2}$options" >tidemark.yaml ;;
    'parameter of a URL') echo "state: $scene/state.db
destination: 'postgresql://$host:$port/$database?user=$role&password=$2'$options" >tidemark.yaml ;;
    '.env, expanded') echo "DATABASE_URL=postgresql://$role:$2@$host:$port/$database" >.env
        echo "state: $scene/state.db
destination: \${DATABASE_URL}$options" >tidemark.yaml ;;
    'POSTGRES_PASSWORD in .env') printf '%s\n' "MONGODB_URL=dump:./dump" "POSTGRES_HOST=$host" "POSTGRES_PORT=$port" "POSTGRES_DATABASE=$database" \
        "POSTGRES_USER=$role" "POSTGRES_PASSWORD=$2" "TIDEMARK_STATE=$scene/state.db" >.env
        mkdir -p config && cp schemas.yaml config/ ;;
    'PGPASSWORD') echo "state: $scene/state.db
destination: postgresql://$role@$host:$port/$database$options" >tidemark.yaml ;;
    'PGPASSFILE') echo "$host:$port:$database:$role:$2" >pass && chmod 600 pass
        echo "state: $scene/state.db
destination: postgresql://$role@$host:$port/$database$options" >tidemark.yaml ;;
    'TIDEMARK_DESTINATION') echo "state: $scene/state.db
destination: sqlite:unused.db$options" >tidemark.yaml ;;
    esac
}

with_place() {
    local name=$1 password=$2
    shift 2
    case $name in
    PGPASSWORD) PGPASSWORD=$password "$@" ;;
    PGPASSFILE) PGPASSFILE=$scene/pass "$@" ;;
    TIDEMARK_DESTINATION) TIDEMARK_DESTINATION=postgresql://$role:$password@$host:$port/$database "$@" ;;
    *) "$@" ;;
    esac
}

# The arguments of a run that is at work, and of all its threads.
look_at_the_process() {
    begin sync
    wait_held_up
    if grep -qaF -- "$canary" /proc/"$begun"/cmdline /proc/"$begun"/task/*/comm; then fail "arguments of the process"; else pass "arguments of the process"; fi
    kill -TERM "$begun"
    wait "$begun"
}

test_promise_9_passwords_of_postgresql() {
    [[ $destination_kind == postgres ]] || return 0
    local name host port
    host=$(server_part) port=${host##*:} host=${host%:*}
    things
    psql -q "$destination" -c "CREATE ROLE $role LOGIN SUPERUSER PASSWORD '$canary'"
    for name in 'URL in tidemark.yaml' 'mapping in tidemark.yaml' 'parameter of a URL' '.env, expanded' 'POSTGRES_PASSWORD in .env' PGPASSWORD PGPASSFILE \
        TIDEMARK_DESTINATION; do
        rm -rf every.said state.db* out.json err.txt
        place "$name" "$canary"
        sql 'DROP TABLE IF EXISTS things; DROP SCHEMA IF EXISTS tidemark CASCADE' >/dev/null
        with_place "$name" "$canary" run sync
        is "$status:$(sql 'SELECT count(*) FROM things')" 1:1 "$name: it is used"
        with_place "$name" "$canary" every_word
        hold things
        with_place "$name" "$canary" look_at_the_process
        let_go
        place "$name" "$canary-wrong"
        with_place "$name" "$canary-wrong" run sync
        is "$status" 69 "$name: a wrong one is refused"
        with_place "$name" "$canary-wrong" every_word
        local port=1
        place "$name" "$canary"
        with_place "$name" "$canary" every_word
        port=$(server_part) port=${port##*:}
        nowhere "$name: and said nowhere" "$canary"
    done
    psql -q "$destination" -c "DROP OWNED BY $role" -c "DROP ROLE $role"
}

# A column that is called like the password brings it into messages, where it is masked.
test_promise_9_a_secret_in_a_message_is_masked() {
    [[ $destination_kind == postgres ]] || return 0
    local host port type
    host=$(server_part) port=${host##*:} host=${host%:*}
    psql -q "$destination" -c "CREATE ROLE $role LOGIN SUPERUSER PASSWORD '$canary'"
    place 'URL in tidemark.yaml' "$canary"
    for type in 'VARCHAR(40)' BOOLEAN; do
        printf 'things:\n  include_base: true\n  additional_columns: [{name: %s, sql_type: %s}]\n' "$canary" "$type" | schema
        echo "{\"_id\":\"a\",$dates}" | dump things
        run sync --log-level debug
    done
    is "$status" 3 "the column has another type now"
    has "$(cat err.txt)" '***' "the line that names it is masked where it is printed"
    lacks "$(cat err.txt)" "$canary" "and does not say the password"
    "$TIDEMARK_BIN" log 2 >log.said
    "$TIDEMARK_BIN" history 2 >history.said
    has "$(cat log.said)" '***' "masked in the run's log"
    has "$(cat history.said)" '***' "and in history"
    nowhere "a password in a message" "$canary"
    psql -q "$destination" -c "DROP OWNED BY $role" -c "DROP ROLE $role"
}

test_promise_9_passwords_of_mongodb() {
    things
    local url
    for url in "mongodb://reader:$canary@127.0.0.1:1/shop" "mongodb://reader:canary%2Ds3cret@127.0.0.1:1/shop" \
        "mongodb://reader:$canary@127.0.0.1:1,nothing@/shop" "mongodb+srv://reader:$canary@nowhere.invalid/shop" "mongodb://reader:$canary@/" \
        ${TIDEMARK_TEST_MONGODB_URL:+"${TIDEMARK_TEST_MONGODB_URL/:\/\//:\/\/reader:$canary@}shop"}; do
        rm -f every.said out.json err.txt
        source_url="'$url'" configure
        run sync
        isnt "$status" 0 "no login with $(sed "s/$canary/…/" <<<"$url")"
        every_word
        nowhere "in tidemark.yaml: said nowhere" "$canary" canary%2Ds3cret
        rm tidemark.yaml
        mkdir -p config && cp schemas.yaml config/
        printf '%s\n' "MONGODB_URL=$url" MONGODB_DATABASE=shop "TIDEMARK_DESTINATION=$destination" "TIDEMARK_STATE=$scene/state.db" >.env
        run sync
        isnt "$status" 0 "no login by .env either"
        every_word
        nowhere "in .env: said nowhere" "$canary" canary%2Ds3cret
        rm .env
    done
}

test_promise_9_an_address_in_the_data() {
    things
    run sync -v
    is "$status" 1 "one row lands, one is a reject"
    every_word
    run reimport app.things --yes --log-level debug
    cp err.txt reimport.said
    nowhere "the address is in no output, log or state" canary.address
    is "$(sql 'SELECT email FROM things')" canary.address@example.org "it is in the table"
    has "$(sql "SELECT row FROM ${control}rejects")" canary.address@a-name "and in the reject"
    has "$("$TIDEMARK_BIN" rejects app.things --rows)" canary.address@a-name "which shows it to whoever asks for it"
    "$TIDEMARK_BIN" rejects dismiss app.things >dismiss.said 2>&1
    nowhere "dismissing does not say it" canary.address
    if [[ $destination_kind == postgres ]]; then
        is "$(pg_dump "$destination" --schema=tidemark --exclude-table=tidemark.rejects | grep -c canary)" 0 "none of our other tables has it"
    else
        is "$(sqlite3 warehouse.db ".dump tidemark_%" | grep -v '^INSERT INTO tidemark_rejects' | grep -c canary)" 0 "none of our other tables has it"
    fi
}

on_each_destination test_promise_9_passwords_of_postgresql test_promise_9_a_secret_in_a_message_is_masked test_promise_9_passwords_of_mongodb test_promise_9_an_address_in_the_data
finish
