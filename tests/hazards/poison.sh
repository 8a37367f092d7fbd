#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/poison.sh - documents that ended the older scripts, or made them lose their neighbours (H16 to H24).
. "$TIDEMARK_SRC/tests/support/scene.sh"

dates='"creation_date":{"$date":"2024-05-01T00:00:00Z"},"update_date":{"$date":"2024-05-01T00:00:00Z"}'

things() {
    schema <<'YAML'
things:
  include_base: true
  export_order: 1
  additional_columns:
    - {name: name, sql_type: VARCHAR(10), nullable: false}
    - {name: size, sql_type: SMALLINT}
    - {name: born, sql_type: DATE}
    - {name: note, sql_type: TEXT}
    - {name: sure, sql_type: BOOLEAN}
others:
  include_base: true
  export_order: 2
YAML
    echo "{\"_id\":\"o1\",$dates}" | dump others
}

test_h16_one_bad_row_costs_only_itself() {
    things
    {
        echo "{\"_id\":\"a\",\"name\":\"good\",\"size\":1,$dates}"
        echo "{\"_id\":\"b\",\"name\":\"much too long a name\",$dates}"
        echo "{\"_id\":\"c\",\"name\":\"big\",\"size\":40000,$dates}"
        echo "{\"_id\":\"d\",\"name\":\"half\",\"size\":1.5,$dates}"
        echo "{\"_id\":\"e\",\"name\":\"day\",\"born\":\"not a date\",$dates}"
        echo "{\"_id\":\"f\",\"name\":\"far\",\"born\":{\"\$date\":{\"\$numberLong\":\"9223372036854775807\"}},$dates}"
        echo "{\"_id\":\"g\",\"name\":\"nul\",\"note\":\"a\\u0000b\",$dates}"
        echo "{\"_id\":\"h\",$dates}"
        echo "{\"_id\":\"i\",\"name\":\"maybe\",\"sure\":\"perhaps\",$dates}"
        echo "{\"_id\":\"z\",\"name\":\"last\",\"size\":{\"\$numberDecimal\":\"7\"},\"sure\":\"yes\",$dates}"
    } | dump things
    run sync
    is "$status" 1 "rejects are exit status 1"
    is "$(rejects)" "$(printf '%s\n' 'b|too long' 'c|out of range' 'd|wrong type' 'e|wrong type' 'f|out of range' 'g|invalid text' \
        'h|required value missing' 'i|wrong type')" "each with its reason"
    is "$(sql 'SELECT id FROM things ORDER BY id')" $'a\nz' "the others landed"
    is "$(sql 'SELECT count(*) FROM others')" 1 "and so did the tables behind"
    run sync
    is "$status" 0 "the same rejects again are nothing new"
    "$TIDEMARK_BIN" --batch sync --strict >/dev/null 2>&1
    is "$?" 1 "unless --strict"
}

test_h17_h18_arrays_of_every_shape_and_items_of_every_form() {
    schema <<'YAML'
targets:
  include_base: true
  export_order: 1
users:
  include_base: true
  export_order: 1
users_targets:
  mongo_collection: users
  export_order: 2
  import_strategy: users_targets
  columns:
    - {name: user_id, sql_type: VARCHAR, nullable: false, foreign_key: users(id)}
    - {name: target_id, sql_type: VARCHAR, nullable: false, foreign_key: targets(id)}
    - {name: type, sql_type: VARCHAR(50), nullable: false}
    - {name: created_at, sql_type: TIMESTAMP, nullable: false}
    - {name: updated_at, sql_type: TIMESTAMP, nullable: false}
  unique_constraints: [[user_id, target_id, type]]
YAML
    for id in t1 t2 t3; do echo "{\"_id\":\"$id\",$dates}"; done | dump targets
    {
        echo "{\"_id\":\"u1\",\"targets\":null,\"specificity_targets\":\"t1\",\"health_targets\":[\"t1\",\"t1\",\"t2\"],$dates}"
        echo "{\"_id\":\"u2\",\"targets\":[{\"_id\":\"t3\"},{\"target\":\"t2\",\"_id\":\"x\"}],$dates}"
        echo "{\"_id\":\"u3\",\"targets\":[null,\"t1\",{\"odd\":1}],$dates}"
    } | dump users
    run sync
    is "$(sql 'SELECT user_id, type, target_id FROM users_targets ORDER BY 1, 2, 3')" \
        "$(printf '%s\n' 'u1|health|t1' 'u1|health|t2' 'u1|specificity|t1' 'u2|basic|t2' 'u2|basic|t3' 'u3|basic|t1')" \
        "null, scalar and array; id, reference and own id; the same item once"
    is "$(sql "SELECT count(*) FROM ${control}rejects WHERE reason = 'wrong type'")" 2 "items that name nothing are rejects"
    is "$(count app.users_targets unchanged)" 1 "the repeated item counts as unchanged"
}

test_h19_a_row_whose_first_value_is_an_array_is_one_row() {
    schema <<'YAML'
lists:
  columns:
    - {name: tags, sql_type: JSONB}
    - {name: plain, sql_type: TEXT}
    - {name: id, sql_type: VARCHAR, primary_key: true}
  explicit_mappings: {_id: id}
YAML
    echo '{"_id":"a","tags":["x",{"y":1}],"plain":["p",2]}' | dump lists
    run sync
    is "$(sql 'SELECT id, plain FROM lists')" 'a|["p",2]' "one row, its array as JSON"
}

test_h20_a_thousand_good_neighbours() {
    things
    for i in $(seq 1 3000); do
        if ((i % 500 == 7)); then echo "{\"_id\":\"x$i\",\"size\":$i,$dates}"; else echo "{\"_id\":\"x$i\",\"name\":\"n\",\"size\":$i,$dates}"; fi
    done | dump things
    run sync
    is "$(sql 'SELECT count(*) FROM things')" 2994 "all but the bad ones landed"
    is "$(count app.things rejected)" 6 "six rejects"
}

test_h22_nobody_is_asked_without_a_terminal() {
    things
    echo "{\"_id\":\"a\",\"name\":\"n\",$dates}" | dump things
    run sync
    sed -i 's/name: note, sql_type: TEXT/name: extra, sql_type: TEXT}\n    - {name: note, sql_type: TEXT/' schemas.yaml
    "$TIDEMARK_BIN" --batch sync </dev/null >out.json 2>err.txt
    is "$?" 0 "a new column is simply added"
    is "$(sql "SELECT extra IS NULL FROM things" | sed 's/^t$/1/')" 1 "it is there"
    "$TIDEMARK_BIN" --batch reimport app.things </dev/null >out.json 2>err.txt
    is "$?" 2 "a destructive job without --yes is refused"
    has "$(cat err.txt)" '--yes' "and says what to add"
}

test_h23_h24_a_schema_conflict_stops_that_stream_alone() {
    things
    echo "{\"_id\":\"a\",\"name\":\"n\",$dates}" | dump things
    run sync
    sed -i 's/name: note, sql_type: TEXT/name: note, sql_type: BIGINT/; s/^others:/others:\n  additional_columns: [{name: more, sql_type: TEXT}]/' schemas.yaml
    echo "{\"_id\":\"o1\",\"more\":\"m\",$dates}" | dump others
    run sync
    is "$status" 3 "a stream that cannot go on is exit status 3"
    has "$(cat err.txt)" 'note' "the column is named"
    is "$(sql 'SELECT more FROM others')" m "the other table was altered and read"
    is "$(sql 'SELECT count(*) FROM things')" 1 "the table in conflict is as it was"
}

on_each_destination test_h16_one_bad_row_costs_only_itself test_h17_h18_arrays_of_every_shape_and_items_of_every_form \
    test_h19_a_row_whose_first_value_is_an_array_is_one_row test_h20_a_thousand_good_neighbours \
    test_h22_nobody_is_asked_without_a_terminal test_h23_h24_a_schema_conflict_stops_that_stream_alone
finish
