#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/promises/take_over.sh - a database that the older scripts filled, with what they lost and left behind: the first sync finds and repairs it (promise 1; H1,
# H2, H5, H6, H9, H13, H26).
. "$TIDEMARK_SRC/tests/support/scene.sh"

schema_of_the_older_scripts() {
    schema <<'YAML'
tables:
  events:
    include_base: true
    export_order: 1
    additional_columns: [{name: name, sql_type: VARCHAR(255), nullable: false}]
  users:
    include_base: true
    export_order: 2
    additional_columns:
      - {name: email, sql_type: VARCHAR(255), nullable: false}
  messages:
    include_base: true
    export_order: 3
    additional_columns:
      - {name: sender_id, sql_type: VARCHAR, foreign_key: users(id)}
      - {name: content, sql_type: TEXT, nullable: false}
    additional_mappings: {sender: sender_id}
  user_events:
    mongo_collection: users
    export_order: 3
    import_strategy: user_events
    columns:
      - {name: user_id, sql_type: VARCHAR, nullable: false, foreign_key: users(id)}
      - {name: event_id, sql_type: VARCHAR, nullable: false, foreign_key: events(id)}
      - {name: created_at, sql_type: TIMESTAMP, nullable: false}
      - {name: updated_at, sql_type: TIMESTAMP, nullable: false}
    unique_constraints: [[user_id, event_id]]
YAML
}

dates() {
    printf '"creation_date":{"$date":"%sT00:00:00Z"},"update_date":{"$date":"%sT00:00:00Z"}' "$1" "${2:-$1}"
}

documents_of_today() {
    {
        echo "{\"_id\":\"e1\",\"name\":\"one\",$(dates 2024-01-01)}" && echo "{\"_id\":\"e2\",\"name\":\"two\",$(dates 2024-01-02)}"
        echo "{\"_id\":\"e3\",\"name\":\"three\",$(dates 2024-01-03)}"
    } | dump events
    {
        echo "{\"_id\":\"u1\",\"email\":\"u1@example.org\",\"registered_events\":[\"e1\",\"e2\"],$(dates 2024-02-01 2024-05-01)}"
        echo "{\"_id\":\"u2\",\"email\":\"new@example.org\",\"registered_events\":[],$(dates 2024-02-02 2024-03-01)}"
        echo "{\"_id\":\"u3\",\"email\":\"u3@example.org\",\"registered_events\":[\"e3\"],$(dates 2024-02-03)}"
        echo "{\"_id\":\"u4\",\"email\":\"u4@example.org\"}"
    } | dump users
    {
        echo "{\"_id\":\"m1\",\"sender\":\"u1\",\"content\":\"kept\",$(dates 2024-04-01)}" && echo "{\"_id\":\"m2\",\"sender\":\"u3\",\"content\":\"lost\",$(dates 2024-04-02)}"
        echo "{\"_id\":\"m3\",\"sender\":\"nobody\",\"content\":\"never\",$(dates 2024-04-03)}"
    } | dump messages
}

# What the older scripts made of it: u3 and its message lost below the newest row, u2 stale, links of u2 that were emptied, link dates from a host's clock
# (in the future), a link table that lost its unique key and has a row twice.
older_tables() {
    sql "CREATE TABLE events (id varchar primary key, created_at timestamp not null, updated_at timestamp not null, name varchar(255) not null);
        CREATE TABLE users (id varchar primary key, created_at timestamp not null, updated_at timestamp not null, email varchar(255) not null);
        CREATE TABLE messages (id varchar primary key, created_at timestamp not null, updated_at timestamp not null, sender_id varchar references users(id), content text not null);
        CREATE TABLE user_events (user_id varchar not null references users(id), event_id varchar not null references events(id), created_at timestamp not null, updated_at timestamp not null$1);
        INSERT INTO events VALUES ('e1', '2024-01-01 00:00:00', '2024-01-01 00:00:00', 'one'), ('e2', '2024-01-02 00:00:00', '2024-01-02 00:00:00', 'two'), ('e3', '2024-01-03 00:00:00', '2024-01-03 00:00:00', 'three');
        INSERT INTO users VALUES ('u1', '2024-02-01 00:00:00', '2024-05-01 00:00:00', 'u1@example.org'), ('u2', '2024-02-02 00:00:00', '2024-02-02 00:00:00', 'old@example.org');
        INSERT INTO messages VALUES ('m1', '2024-04-01 00:00:00', '2024-04-01 00:00:00', 'u1', 'kept');
        INSERT INTO user_events VALUES ('u1', 'e1', '2031-01-01 07:07:07', '2031-01-01 07:07:07'), ('u2', 'e2', '2031-01-01 07:07:07', '2031-01-01 07:07:07')" >/dev/null
}

test_promise_1_what_the_older_scripts_lost_is_found() {
    schema_of_the_older_scripts
    documents_of_today
    older_tables ', unique (user_id, event_id)'
    run sync --dry-run
    is "$status" 0 "the plan"
    is "$(sql 'SELECT count(*) FROM users')" 2 "writes nothing"
    run sync
    is "$status" 1 "the first sync; what cannot be stored is rejected once"
    is "$(rejects)" "$(printf '%s\n' 'm3|missing parent' 'u4|required value missing')" "by its reasons"
    is "$(sql 'SELECT id, email FROM users ORDER BY id')" "$(printf '%s\n' 'u1|u1@example.org' 'u2|new@example.org' 'u3|u3@example.org')" \
        "H1, H9: rows below the newest one are found, stale ones mended"
    is "$(sql 'SELECT id, content FROM messages ORDER BY id')" $'m1|kept\nm2|lost' "H2: the child whose parent was lost is there"
    is "$(sql 'SELECT user_id, event_id FROM user_events ORDER BY 1, 2')" $'u1|e1\nu1|e2\nu3|e3' "H6: links of an emptied array are gone, missing ones are there"
    is "$(watermark app.users):$(watermark app.user_events)" '2024-05-01 00:00:00:2024-05-01 00:00:00' "H5: no watermark comes from a host's clock"
    is "$(count app.users written):$(count app.users unchanged)" 2:1 "only what differs is written"
    run sync
    is "$status" 0 "then all is well"
    is "$(count app.users written):$(count app.user_events written)" 0:0 "and nothing is written"
}

test_promise_1_a_table_that_lost_its_unique_key() {
    schema_of_the_older_scripts
    documents_of_today
    older_tables ''
    run sync --dry-run --format text
    run sync
    is "$(sql 'SELECT user_id, event_id FROM user_events ORDER BY 1, 2')" $'u1|e1\nu1|e2\nu3|e3' "the links are right"
    sql "INSERT INTO user_events SELECT * FROM user_events LIMIT 1" >/dev/null
    is "$(sql 'SELECT count(*) FROM user_events')" 3 "and cannot be doubled any more"
}

test_promise_1_a_table_whose_rows_stand_twice() {
    schema_of_the_older_scripts
    documents_of_today
    older_tables ''
    sql "INSERT INTO user_events SELECT * FROM user_events" >/dev/null
    run sync
    is "$(sql 'SELECT count(*) FROM users')" 3 "the other streams are done"
    is "$status" 3 "one stream cannot go on"
    has "$(cat err.txt)" 'app.user_events: refused' "and is named"
    has "$(cat err.txt)" 'tidemark reimport app.user_events --truncate' "with what to do"
    run reimport app.user_events --yes
    is "$status:$(sql 'SELECT count(*) FROM user_events')" 3:4 "making it equal is refused as well, the table is as it was"
    "$TIDEMARK_BIN" reimport app.user_events --truncate --dry-run >out.txt 2>err.txt
    has "$(tr '\n' ' ' <out.txt)" '-- app.user_events: when the table is empty, before it is filled CREATE UNIQUE INDEX' \
        "the plan says when the key is made"
    is "$(sql 'SELECT count(*) FROM user_events')" 4 "and does nothing"
    run reimport app.user_events --truncate --yes
    is "$status" 0 "what was said works"
    is "$(sql 'SELECT user_id, event_id FROM user_events ORDER BY 1, 2')" $'u1|e1\nu1|e2\nu3|e3' "the links are right"
    sql "INSERT INTO user_events SELECT * FROM user_events LIMIT 1" >/dev/null 2>&1
    is "$(sql 'SELECT count(*) FROM user_events')" 3 "and cannot be doubled any more"
    run sync
    is "$status:$(sql 'SELECT count(*) FROM user_events')" 0:3 "and stay so"
}

on_each_destination test_promise_1_what_the_older_scripts_lost_is_found test_promise_1_a_table_that_lost_its_unique_key \
    test_promise_1_a_table_whose_rows_stand_twice
finish
