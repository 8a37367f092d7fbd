/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/bson_fuzz.c - any bytes as a dump file: framed as the reader frames it, each document made into rows of a direct table and of a table
 * of links. What was read must add up (promise 3). */
#include <stdint.h>

#include "config/schema_mongo.h"
#include "sources/bson_row_parts.h"
#include "sources/mongo_streams.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char schema[] = "tables:\n"
                             "  everything:\n"
                             "    include_base: true\n"
                             "    additional_columns:\n"
                             "      - {name: t, sql_type: TEXT}\n"
                             "      - {name: v, sql_type: VARCHAR(5)}\n"
                             "      - {name: s, sql_type: SMALLINT}\n"
                             "      - {name: i, sql_type: BIGINT}\n"
                             "      - {name: f, sql_type: DOUBLE PRECISION}\n"
                             "      - {name: n, sql_type: 'NUMERIC(10,2)'}\n"
                             "      - {name: b, sql_type: BOOLEAN}\n"
                             "      - {name: d, sql_type: DATE}\n"
                             "      - {name: z, sql_type: TIMESTAMPTZ}\n"
                             "      - {name: j, sql_type: JSONB}\n"
                             "      - {name: y, sql_type: BYTEA}\n"
                             "      - {name: u, sql_type: UUID}\n"
                             "      - {name: p, sql_type: TEXT}\n"
                             "    additional_mappings: {j.t: p}\n"
                             "  links:\n"
                             "    mongo_collection: users\n"
                             "    import_strategy: users_targets\n"
                             "    columns:\n"
                             "      - {name: user_id, sql_type: VARCHAR, nullable: false}\n"
                             "      - {name: target_id, sql_type: VARCHAR, nullable: false}\n"
                             "      - {name: type, sql_type: VARCHAR(50), nullable: false}\n"
                             "      - {name: created_at, sql_type: TIMESTAMP, nullable: false}\n"
                             "      - {name: updated_at, sql_type: TIMESTAMP, nullable: false}\n"
                             "    unique_constraints: [[user_id, target_id, type]]\n";

static Stream *streams[2];

static void make_streams(void)
{
    Problems *problems = problems_new();
    SchemaFile *file = schema_mongo_parse(schema, sizeof schema - 1, "schemas.yaml", NULL, problems);
    for (guint i = 0; i < problems->list->len; i++) {
        g_autofree char *text = problem_format(problems->list->pdata[i]);
        fprintf(stderr, "%s\n", text);
    }
    if (!file || file->tables->len != G_N_ELEMENTS(streams))
        g_error("the schema of this fuzzer is wrong");
    for (guint i = 0; i < G_N_ELEMENTS(streams); i++)
        streams[i] = mongo_stream_new("app", file->tables->pdata[i], (int)i, NULL, 0);
    schema_mongo_free(file);
    problems_free(problems);
}

static void check_balance(const Batch *batch)
{
    if (batch->read != batch->row_count + batch->reject_count + batch->filtered + batch->same)
        g_error("read %" G_GINT64_FORMAT ", rows %d, rejects %d", batch->read, batch->row_count, batch->reject_count);
}

static void add(BsonRows *rows, const uint8_t *document, uint32_t len, DocumentPlace place, Batch *batch)
{
    RowsStatus status = bson_rows_add(rows, document, len, place, batch);
    if (status == ROWS_FULL) {
        check_balance(batch);
        batch_reset(batch, batch->stream);
        status = bson_rows_add(rows, document, len, place, batch);
    }
    while (status == ROWS_PENDING) {
        check_balance(batch);
        batch_reset(batch, batch->stream);
        status = bson_rows_continue(rows, batch);
    }
    if (status != ROWS_DONE)
        g_error("a document does not fit into an empty batch");
}

/* What the short cut passes over leaves nothing on the full path either. */
static void check_short_cut(BsonSkim *skim, BsonRows *full, const uint8_t *document, uint32_t len, Batch *batch)
{
    if (!bson_skim_outside(skim, document, len))
        return;
    batch_reset(batch, batch->stream);
    RowsStatus status = bson_rows_add(full, document, len, (DocumentPlace){.ordinal = 1, .offset = -1}, batch);
    if (status != ROWS_DONE || batch->read > 0 || batch->row_count > 0 || batch->scope_count > 0 || batch->reject_count > 0)
        g_error("the short cut passes over a document that is inside the window, or broken");
}

static void read_all(const Stream *stream, const uint8_t *bytes, size_t len)
{
    Window window = {.kind = WINDOW_SINCE, .low = INT64_C(1700000000000000), .high = TIME_NONE, .clock = TIME_NONE};
    BsonRows *rows = bson_rows_new(stream, &window);
    BsonRows *full = bson_rows_new(stream, &window);
    BsonSkim skim = full->skim;
    full->skim.key_count = 0;
    Batch *batch = batch_new(stream), *none = batch_new(stream);
    size_t at = 0;
    for (int64_t ordinal = 1; len - at >= 5; ordinal++) {
        uint32_t size = bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 | (uint32_t)bytes[at + 3] << 24;
        /* A length that lies is cut to what there is, so that mutations reach the inside of documents. */
        if (size < 5 || size > len - at)
            size = (uint32_t)(len - at);
        uint8_t *document = g_memdup2(bytes + at, size);
        memcpy(document, (uint8_t[]){size & 0xff, size >> 8 & 0xff, size >> 16 & 0xff, size >> 24 & 0xff}, 4);
        document[size - 1] = 0;
        add(rows, document, size, (DocumentPlace){.ordinal = ordinal, .offset = (int64_t)at}, batch);
        check_short_cut(&skim, full, document, size, none);
        g_free(document);
        at += size;
    }
    check_balance(batch);
    batch_free(none);
    batch_free(batch);
    bson_rows_free(full);
    bson_rows_free(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (!streams[0])
        make_streams();
    for (guint i = 0; i < G_N_ELEMENTS(streams); i++)
        read_all(streams[i], bytes, len);
    return 0;
}
