#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/hazards/hostile.sh - data that nobody should have: broken bytes, broken framing, extremes of size, depth and time.
. "$TIDEMARK_SRC/tests/support/scene.sh"

things() {
    schema <<'YAML'
things:
  columns:
    - {name: id, sql_type: VARCHAR, primary_key: true}
    - {name: name, sql_type: TEXT}
    - {name: data, sql_type: JSONB}
    - {name: ratio, sql_type: DOUBLE PRECISION}
    - {name: at, sql_type: TIMESTAMPTZ}
  explicit_mappings: {_id: id}
YAML
}

# bson FIELD=… : hexadecimal of documents with byte-exact content, by a small encoder. text:NAME:HEX, doc:NAME:HEX, id:TEXT
encode() {
    python3 - "$@" <<'PY'
import struct, sys
body = b''
for argument in sys.argv[1:]:
    kind, name, value = argument.split(':', 2)
    name = name.encode() + b'\0'
    if kind == 'text':
        data = bytes.fromhex(value)
        body += b'\x02' + name + struct.pack('<i', len(data) + 1) + data + b'\0'
    elif kind == 'repeat':
        data = b'x' * int(value)
        body += b'\x02' + name + struct.pack('<i', len(data) + 1) + data + b'\0'
    elif kind == 'nest':
        document = b'\x05\0\0\0\0'
        for _ in range(int(value)):
            inner = b'\x03a\0' + document
            document = struct.pack('<i', len(inner) + 5) + inner + b'\0'
        body += b'\x03' + name + document
    elif kind == 'raw':
        body += bytes.fromhex(value)
print((struct.pack('<i', len(body) + 5) + body + b'\0').hex())
PY
}

test_bytes_that_are_no_text() {
    things
    {
        encode text:_id:61 text:name:610062
        encode text:_id:62 text:name:ff41
        encode text:_id:63 text:name:eda080
        encode text:_id:64 text:name:c080
        encode text:_id:65 text:name:f09f9880
    } | dump_raw things
    run sync
    is "$(rejects)" $'a|invalid text\nb|invalid text\nc|invalid text\nd|invalid text' "NUL, invalid UTF-8, surrogates and overlong forms are rejects"
    is "$(sql 'SELECT id, name FROM things')" 'e|😀' "good text beside them lands"
    configure 'things: {on_invalid: replace}'
    run sync
    is "$(rejects)" '' "on_invalid: replace stores them"
    is "$(sql "SELECT name FROM things WHERE id = 'b'")" $'\xef\xbf\xbdA' "with U+FFFD"
}

test_numbers_and_dates_at_the_edge() {
    things
    {
        echo '{"_id":"nan","ratio":{"$numberDouble":"NaN"}}'
        echo '{"_id":"inf","ratio":{"$numberDouble":"-Infinity"}}'
        echo '{"_id":"far","at":{"$date":{"$numberLong":"9223372036854775807"}}}'
        echo '{"_id":"old","at":{"$date":{"$numberLong":"-9223372036854775808"}}}'
        echo '{"_id":"one","at":{"$date":{"$numberLong":"-62135596800000"}}}'
        echo '{"_id":"json","data":{"n":{"$numberDouble":"NaN"},"big":{"$numberLong":"9007199254740993"}}}'
    } | dump things
    run sync
    is "$(rejects)" $'far|out of range\nold|out of range' "dates that the destination cannot hold are rejects, never NULL"
    is "$(sql 'SELECT count(*) FROM things')" 4 "the others land"
    has "$(sql "SELECT data FROM things WHERE id = 'json'")" 9007199254740993 "a large integer is exact in JSON"
}

test_deep_and_large_documents() {
    things
    {
        encode text:_id:61 nest:data:150
        encode text:_id:62 nest:data:400
        encode text:_id:63 repeat:name:1048576
        encode text:_id:64 repeat:name:16000000
    } | dump_raw things
    run sync
    is "$(rejects)" 'b|wrong type' "deeper than 200 levels is a reject"
    is "$(sql 'SELECT id, length(name) FROM things ORDER BY id')" $'a|\nc|1048576\nd|16000000' "1 MiB values and 16 MB documents land"
}

test_framing_that_is_broken() {
    things
    {
        encode text:_id:61 text:name:61
        encode text:_id:62 raw::02ff
        encode text:name:61
        encode text:_id:63 text:name:63
    } | dump_raw things
    run sync
    is "$status" 1 "corrupt documents are rejects"
    is "$(sql 'SELECT id FROM things ORDER BY id')" $'a\nc' "the documents around them land"
    is "$(sql "SELECT count(*) FROM ${control}rejects")" 2 "two rejects: a corrupt body, a missing _id"
    printf '09000000' | dump_raw things
    run sync
    is "$status" 3 "a length that leads beyond the file fails the stream"
    has "$(cat err.txt)" things.bson "naming the file"
    rm dump/things.bson
    printf '03000000' | dump_raw things
    run sync
    is "$status" 3 "a length below five bytes too"
}

test_an_archive_is_recognised_and_refused() {
    things
    printf '\x6d\xe2\x99\x81rest' >whole.archive
    gzip -k whole.archive
    local archive
    for archive in whole.archive whole.archive.gz; do
        source_url=dump:./$archive configure
        run sync
        isnt "$status" 0 "refused"
        has "$(cat err.txt)" 'mongodump --out' "with what to do instead"
    done
}

test_ids_of_several_types_in_one_collection() {
    things
    {
        echo '{"_id":1,"name":"number"}'
        echo '{"_id":"1","name":"text"}'
        echo '{"_id":{"$oid":"65e8aaaaaaaaaaaaaaaaaaaa"},"name":"oid"}'
        echo '{"_id":true,"name":"bool"}'
        echo '{"_id":{"$date":"2024-01-01T00:00:00Z"},"name":"date"}'
    } | dump things
    run sync
    is "$(sql 'SELECT count(*) FROM things')" 4 "four keys"
    is "$(sql "SELECT count(*) FROM ${control}rejects WHERE reason = 'duplicate'")" 1 "two documents with one key: one is a reject"
}

on_each_destination test_bytes_that_are_no_text test_numbers_and_dates_at_the_edge test_deep_and_large_documents test_framing_that_is_broken \
    test_an_archive_is_recognised_and_refused test_ids_of_several_types_in_one_collection
finish
