#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/lost_rows.sh - the situations in which the older scripts lost rows or let them go stale (H1 to H15), set up one by one.
. "$TIDEMARK_SRC/tests/support/scene.sh"

people_and_visits() {
    schema <<'YAML'
tables:
  people:
    include_base: true
    export_order: 1
    additional_columns:
      - {name: name, sql_type: VARCHAR(20), nullable: false}
  visits:
    include_base: true
    export_order: 2
    additional_columns:
      - {name: person_id, sql_type: VARCHAR, foreign_key: people(id)}
    additional_mappings: {person: person_id}
YAML
}

# person ID NAME CREATED [UPDATED]; visit ID PERSON CREATED
person() {
    printf '{"_id":"%s","name":"%s","creation_date":{"$date":"%s"},"update_date":{"$date":"%s"}}\n' "$1" "$2" "$3" "${4:-$3}"
}
visit() {
    printf '{"_id":"%s","person":"%s","creation_date":{"$date":"%s"},"update_date":{"$date":"%s"}}\n' "$1" "$2" "$3" "$3"
}

links() {
    schema <<'YAML'
tables:
  users:
    include_base: true
    export_order: 1
    additional_columns: [{name: email, sql_type: VARCHAR(255)}]
  events:
    include_base: true
    export_order: 1
    additional_columns: [{name: name, sql_type: VARCHAR(255)}]
  user_events:
    mongo_collection: users
    export_order: 2
    import_strategy: user_events
    columns:
      - {name: user_id, sql_type: VARCHAR, nullable: false, foreign_key: users(id)}
      - {name: event_id, sql_type: VARCHAR, nullable: false, foreign_key: events(id)}
      - {name: created_at, sql_type: TIMESTAMP, nullable: false}
      - {name: updated_at, sql_type: TIMESTAMP, nullable: false}
    unique_constraints: [[user_id, event_id]]
YAML
    for event in e1 e2 e3 e4; do
        echo "{\"_id\":\"$event\",\"name\":\"$event\",\"creation_date\":{\"\$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":{\"\$date\":\"2024-01-01T00:00:00Z\"}}"
    done | dump events
}
# user ID EVENTS-JSON UPDATED
user() {
    printf '{"_id":"%s","email":"%s@example.org","registered_events":%s,"creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"%s"}}\n' \
        "$1" "$1" "$2" "$3"
}

test_h1_watermark_is_not_the_newest_row() {
    people_and_visits
    { person p1 one 2024-05-01T10:00:00Z && person p2 'a name that is far too long' 2024-05-01T09:00:00Z; } | dump people
    : | dump visits
    run sync
    is "$status" 1 "a new reject is exit status 1"
    is "$(watermark app.people)" '2024-05-01 10:00:00' "the watermark is the highest cursor read"
    is "$(rejects)" 'p2|too long' "the row below the watermark is kept as a reject"
    { person p1 one 2024-05-01T10:00:00Z && person p2 short 2024-05-01T09:00:00Z 2024-05-02T09:00:00Z; } | dump people
    run sync
    is "$status" 0 "the mended row lands"
    is "$(sql 'SELECT id, name FROM people ORDER BY id')" $'p1|one\np2|short' "both rows are there"
    is "$(rejects)" '' "and its reject is gone"
}

test_h2_child_before_its_parent_lands_later() {
    people_and_visits
    person p1 one 2024-05-01T10:00:00Z | dump people
    { visit v1 p1 2024-05-01T10:00:00Z && visit v2 late 2024-05-01T11:00:00Z; } | dump visits
    run sync
    is "$status" 1 "the parked child is a new reject"
    is "$(rejects)" 'v2|missing parent' "the child waits"
    { person p1 one 2024-05-01T10:00:00Z && person late late 2024-05-20T10:00:00Z; } | dump people
    run sync
    is "$status" 0 "nothing is rejected any more"
    is "$(sql 'SELECT id, person_id FROM visits ORDER BY id')" $'v1|p1\nv2|late' "the child landed by itself"
    is "$(rejects)" '' "nothing waits"
}

test_h4_resume_when_an_early_document_has_a_late_date() {
    people_and_visits
    : | dump visits
    for i in $(seq 1 60); do person "p$i" "n$i" 2024-01-01T00:00:00Z 2024-05-30T00:00:00Z; done | dump people
    # The file ends inside a document: what was read before is kept, and the watermark stays where it was.
    cp dump/people.bson whole.bson
    truncate -s -20 dump/people.bson
    touch_dump
    run sync app.people
    is "$status" 3 "a truncated file fails the stream"
    is "$(watermark app.people)" '' "the watermark did not move"
    cp whole.bson dump/people.bson
    touch_dump
    run sync app.people
    is "$status" 0 "the mended dump is read"
    is "$(sql 'SELECT count(*) FROM people')" 60 "every document is there"
}

test_h5_link_dates_never_come_from_this_machine() {
    links
    user u1 '["e1",{"event":"e2","date":{"$date":"2024-02-02T02:02:02Z"}}]' 2024-05-01T00:00:00Z | dump users
    run sync
    is "$status" 0 "links load"
    is "$(sql "SELECT event_id, created_at, updated_at FROM user_events ORDER BY event_id" | sed -E 's/\.0+//g')" \
        $'e1|2024-01-01 00:00:00|2024-05-01 00:00:00\ne2|2024-02-02 02:02:02|2024-05-01 00:00:00' "dates are the item's or the parent's"
}

test_h6_emptied_and_removed_arrays_take_their_links_along() {
    links
    { user u1 '["e1","e2"]' 2024-05-01T00:00:00Z && user u2 '["e1"]' 2024-05-01T00:00:00Z && user u3 '["e3"]' 2024-05-01T00:00:00Z; } | dump users
    run sync
    is "$(sql 'SELECT count(*) FROM user_events')" 4 "four links"
    { user u1 '[]' 2024-05-02T00:00:00Z && user u2 null 2024-05-02T00:00:00Z &&
        echo '{"_id":"u3","creation_date":{"$date":"2024-01-01T00:00:00Z"},"update_date":{"$date":"2024-05-02T00:00:00Z"}}'; } | dump users
    run sync
    is "$status" 0 "exit status"
    is "$(count app.user_events removed)" 4 "four rows removed"
    is "$(sql 'SELECT count(*) FROM user_events')" 0 "no link is left"
}

test_h8_h9_documents_without_dates_and_from_the_future() {
    people_and_visits
    : | dump visits
    { person p1 one 2024-05-01T10:00:00Z && echo '{"_id":"p2","name":"undated"}' &&
        person p3 future 2031-01-01T00:00:00Z && echo '{"_id":"p4","name":"text","creation_date":"soon","update_date":7}'; } | dump people
    schema <<'YAML'
people:
  columns:
    - {name: id, sql_type: VARCHAR, primary_key: true}
    - {name: name, sql_type: VARCHAR(20)}
  explicit_mappings: {_id: id}
YAML
    run sync
    is "$status" 0 "loads"
    is "$(watermark app.people)" '2024-05-01 10:00:00' "a document dated after the source's clock does not move the watermark"
    { person p1 one 2024-05-01T10:00:00Z && echo '{"_id":"p2","name":"still undated"}' &&
        person p3 future 2031-01-01T00:00:00Z && echo '{"_id":"p4","name":"changed","creation_date":"soon","update_date":7}' &&
        person p5 next 2024-05-03T10:00:00Z; } | dump people
    run sync
    is "$(sql 'SELECT id, name FROM people ORDER BY id')" $'p1|one\np2|still undated\np3|future\np4|changed\np5|next' \
        "undated, oddly dated and newer documents are all read again"
    is "$(watermark app.people)" '2024-05-03 10:00:00' "and the watermark goes on"
}

test_h10_h13_links_change_in_one_transaction_and_keep_their_dates() {
    links
    user u1 '["e1","e2","e3"]' 2024-05-01T00:00:00Z | dump users
    run sync
    user u1 '["e2","e3","e4"]' 2024-05-09T00:00:00Z | dump users
    run sync app.users app.user_events
    is "$(count app.user_events written):$(count app.user_events removed):$(count app.user_events unchanged)" 1:1:2 "only the difference is written"
    is "$(sql "SELECT event_id, updated_at FROM user_events ORDER BY event_id" | sed -E 's/\.0+//g')" \
        $'e2|2024-05-01 00:00:00\ne3|2024-05-01 00:00:00\ne4|2024-05-09 00:00:00' "rows that stay keep their dates"
}

test_h11_h12_an_error_while_deleting_is_not_swallowed() {
    links
    { user u1 '["e1","e2"]' 2024-05-01T00:00:00Z && user u2 '["e1"]' 2024-05-01T00:00:00Z; } | dump users
    run sync
    if [[ $destination_kind == postgres ]]; then
        sql "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END';
            CREATE TRIGGER refuse BEFORE DELETE ON user_events FOR EACH ROW WHEN (old.user_id = 'u1') EXECUTE FUNCTION refuse()" >/dev/null
    else
        sql "CREATE TRIGGER refuse BEFORE DELETE ON user_events WHEN old.user_id = 'u1' BEGIN SELECT raise(ABORT, 'not this one'); END" >/dev/null
    fi
    { user u1 '["e2","e3"]' 2024-05-09T00:00:00Z && user u2 '["e4"]' 2024-05-09T00:00:00Z; } | dump users
    run sync
    is "$status" 3 "the stream failed"
    has "$(cat err.txt)" app.user_events "and is named"
    is "$(sql "SELECT event_id FROM user_events WHERE user_id = 'u1' ORDER BY 1")" $'e1\ne2' "the parent's links are as they were: neither half"
    is "$(watermark app.user_events)" '2024-05-01 00:00:00' "the watermark did not move"
    if [[ $destination_kind == postgres ]]; then sql 'DROP TRIGGER refuse ON user_events'; else sql 'DROP TRIGGER refuse'; fi >/dev/null
    run sync
    is "$status" 0 "without the error"
    is "$(sql 'SELECT user_id, event_id FROM user_events ORDER BY 1, 2')" $'u1|e2\nu1|e3\nu2|e4' "the links are made equal"
}

test_h14_truncating_a_parent_does_not_empty_its_children() {
    people_and_visits
    { person p1 one 2024-05-01T10:00:00Z && person p2 two 2024-05-01T10:00:00Z; } | dump people
    { visit v1 p1 2024-05-01T10:00:00Z && visit v2 p2 2024-05-01T10:00:00Z; } | dump visits
    run sync
    run reimport app.people --dry-run --truncate
    has "$(cat out.json err.txt)" 'points at rows of table people' "the plan of a reimport with --truncate says that rows point at the table"
    run reimport app.people --yes --truncate
    is "$status" 3 "it does not empty the table"
    has "$(cat err.txt)" 'app.people: refused' "and is refused before anything is read"
    has "$(cat err.txt)" 'visits.person_id points at rows' "naming the table that points at it"
    is "$(sql 'SELECT count(*) FROM visits')" 2 "its children are untouched"
    person p1 one 2024-05-01T10:00:00Z | dump people
    run reimport app.people --yes --allow-shrink
    is "$(sql 'SELECT id FROM people')" p1 "the table equals the source"
    is "$(sql 'SELECT id FROM visits')" v1 "the child of the vanished parent is gone"
    is "$(rejects)" 'v2|missing parent' "and parked"
    { person p1 one 2024-05-01T10:00:00Z && person p2 two 2024-05-21T10:00:00Z; } | dump people
    run sync
    is "$(sql 'SELECT id FROM visits ORDER BY id')" $'v1\nv2' "it comes back with its parent"
}

test_h15_history_before_a_threshold_is_known_to_be_missing() {
    people_and_visits
    sed -i 's/^  people:/  people:\n    date_threshold: 2024-03-01/' schemas.yaml
    : | dump visits
    { person old old 2024-01-01T00:00:00Z && person new new 2024-05-01T00:00:00Z; } | dump people
    run sync
    is "$(sql 'SELECT id FROM people')" new "the threshold limits the first load"
    run sync
    is "$(sql 'SELECT id FROM people')" new "and later ones"
    sed -i '/date_threshold/d' schemas.yaml
    run sync
    is "$(sql 'SELECT id FROM people ORDER BY id')" $'new\nold' "without the threshold the older rows are read after all"
}

on_each_destination test_h1_watermark_is_not_the_newest_row test_h2_child_before_its_parent_lands_later \
    test_h4_resume_when_an_early_document_has_a_late_date test_h5_link_dates_never_come_from_this_machine \
    test_h6_emptied_and_removed_arrays_take_their_links_along test_h8_h9_documents_without_dates_and_from_the_future \
    test_h10_h13_links_change_in_one_transaction_and_keep_their_dates \
    test_h11_h12_an_error_while_deleting_is_not_swallowed test_h14_truncating_a_parent_does_not_empty_its_children \
    test_h15_history_before_a_threshold_is_known_to_be_missing
finish
