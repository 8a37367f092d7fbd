#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/batch/init_from.sh - `tidemark init --from`: the schema file of any MariaDB database, which is then synced without further configuration.
# shellcheck disable=SC2154
. "$TIDEMARK_SRC/tests/support/scene.sh"

if [[ -z ${TIDEMARK_TEST_MARIADB_URL:-} ]]; then
    skip "tidemark init --from" "TIDEMARK_TEST_MARIADB_URL is not set"
    finish
fi
[[ $TIDEMARK_TEST_MARIADB_URL =~ ^mariadb://([^:]*):([^@]*)@([^:]*):([0-9]*)/ ]] || exit 1
user=${BASH_REMATCH[1]} host=${BASH_REMATCH[3]} port=${BASH_REMATCH[4]}
export SHOP_PASSWORD=${BASH_REMATCH[2]}
shop=tm_shop_$$

maria() {
    MYSQL_PWD=$SHOP_PASSWORD mariadb --no-defaults --host="$host" --port="$port" --user="$user" --batch --skip-column-names "$@"
}
leave_shop() {
    maria -e "DROP DATABASE IF EXISTS $shop"
    leave_scenes
}
trap leave_shop EXIT

# tells STATUS TEXT ARGUMENT…: the exit status, and what stands on stderr
tells() {
    local wanted=$1 text=$2
    shift 2
    "$TIDEMARK_BIN" "$@" >out.txt 2>err.txt </dev/null
    is "$?" "$wanted" "exit status $wanted: tidemark $*"
    has "$(cat err.txt)" "$text" "says: $text"
    lacks "$(cat out.txt err.txt)" "$SHOP_PASSWORD" "without the password"
}

maria -e "CREATE DATABASE $shop; USE $shop;
    CREATE TABLE orders (id INT UNSIGNED PRIMARY KEY, \`total, net\` DECIMAL(10,2), changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        who INT, note TEXT, title VARCHAR(700), INDEX (who, changed), UNIQUE (who, id), INDEX again (who, changed), INDEX (note(20)), INDEX (title), INDEX (id, who))
        COMMENT 'what \"people\" buy';
    CREATE TABLE heap (a INT);
    CREATE TABLE \`Robert\"); --\` (\`order\` VARCHAR(20) NOT NULL UNIQUE, n BIGINT UNSIGNED);
    INSERT INTO orders (id, \`total, net\`, changed) VALUES (1, 12.50, '2024-01-01 10:00:00'), (4294967295, -0.01, '2024-01-02 10:00:00');
    INSERT INTO \`Robert\"); --\` VALUES ('first', 18446744073709551615)"
url="mariadb://$user:\${SHOP_PASSWORD}@$host:$port/$shop"

destination_kind=sqlite
open_scene
rm -f tidemark.yaml
tells 2 '--from holds a password' init --from "mariadb://$user:$SHOP_PASSWORD@$host:$port/$shop"
tells 2 'NOT_SET_ANYWHERE' init --from "mariadb://$user:\${NOT_SET_ANYWHERE}@$host:$port/$shop"
tells 2 'no schema file can be written for a URL that begins with mongodb:' init --from mongodb://localhost/d
tells 2 'there is no source `web`' init --from web
tells 2 'tm_no_such_database' init --from "mariadb://$user:\${SHOP_PASSWORD}@$host:$port/tm_no_such_database"
is "$(ls -A)" "$(printf '%s\n' dump err.txt out.txt)" "and nothing was written"

"$TIDEMARK_BIN" init --from "$url" >out.txt 2>err.txt
is "$?:$(cat err.txt)" 0: "init --from a URL"
has "$(cat out.txt)" "wrote config/$shop.yaml: 3 tables" "says what it wrote"
lacks "$(cat tidemark.yaml "config/$shop.yaml" out.txt)" "$SHOP_PASSWORD" "the variable stays a variable"
has "$(cat "config/$shop.yaml")" '# heap:' "a table whose rows cannot be told apart is there as a comment"
has "$(cat "config/$shop.yaml")" 'cursor: changed' "a column that the server moves at each change is the cursor"
is "$(sed -n '/^orders/,/columns:/s/^    - //p' "config/$shop.yaml")" '[who, changed]
[id, who]
[who, id]' "its indexes are in the file, each once and none as unique; no part of a text, no long one"
cp tidemark.yaml first.yaml
cp "config/$shop.yaml" schema.yaml
tells 2 "config/$shop.yaml exists; it is left as it is" init --from "$url"
is "$(cmp tidemark.yaml first.yaml)$(cmp "config/$shop.yaml" schema.yaml)" '' "neither file was written over"

"$TIDEMARK_BIN" check >out.txt 2>err.txt
is "$?:$(cat err.txt)" 0: "check finds no mistake in what was written"
run sync
is "$status" 0 "and it can be synced"
is "$(sql 'SELECT id, "total, net", changed FROM orders ORDER BY id')" "1|12.50|2024-01-01 10:00:00
4294967295|-0.01|2024-01-02 10:00:00" "rows of a table"
is "$(sql "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'orders' AND name LIKE '%_idx'")" 3 "and indexes"
is "$(sql 'SELECT "order", n FROM "Robert""); --"')" 'first|18446744073709551615' "rows of a table with a hostile name, unsigned numbers whole"

rm "config/$shop.yaml"
tells 2 "there is no schema file" check
has "$(cat err.txt)" "\`tidemark init --from $shop\` writes it" "a missing schema file comes with the way out"
"$TIDEMARK_BIN" --batch init --from "$shop" >out.txt 2>err.txt
is "$?:$(cat out.txt err.txt)" 0: "init --from a configured source"
is "$(cmp "config/$shop.yaml" schema.yaml)" '' "writes the same file"
sed -i '/schema:/d' tidemark.yaml
tells 2 "has no \`schema\`" check
rm "config/$shop.yaml"
"$TIDEMARK_BIN" init --from "$shop" >out.txt 2>err.txt
is "$?" 0 "init --from a source without \`schema\`"
has "$(cat out.txt)" "add to source $shop: schema: " "says what to add"
rm -r config
"$TIDEMARK_BIN" init --from "$url" >out.txt
has "$(cat out.txt)" 'add to `sources` in tidemark.yaml:' "with a configuration, a URL's source is told"
close_scene

# The older script's variables, with no schema file yet.
open_scene
rm -f tidemark.yaml
export MATOMO_HOST=$host MATOMO_PORT=$port MATOMO_USER=$user MATOMO_PASSWORD=$SHOP_PASSWORD MATOMO_DATABASE=$shop TIDEMARK_DESTINATION=$destination
tells 2 'there is no schema file' check
"$TIDEMARK_BIN" init --from web >out.txt 2>err.txt
is "$?:$(cat err.txt)" 0: "init --from the source of MATOMO_HOST"
run sync web.orders
is "$status:$(count web.orders written)" 0:2 "whose tables are then synced"
unset MATOMO_HOST MATOMO_PORT MATOMO_USER MATOMO_PASSWORD MATOMO_DATABASE TIDEMARK_DESTINATION
close_scene
destination_kind=''
finish
