/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/schema_fuzz.c - any bytes as a schema file, of either format; what is accepted becomes streams. */
#include <stdint.h>

#include "config/schema_mongo.h"
#include "config/schema_tables.h"
#include "sources/mongo_streams.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void read_tables(const char *text, size_t len)
{
    Problems *problems = problems_new();
    SchemaTables *schema = schema_tables_parse(text, len, "tables.yaml", NULL, problems);
    if (!schema && problems->errors == 0)
        g_assert_not_reached(); /* refused without a word */
    for (guint i = 0; schema && i < schema->tables->len; i++) {
        const SourceTable *table = schema->tables->pdata[i];
        g_assert_true(table->table->primary.count > 0 && table->cursor_column < table->table->column_count);
    }
    for (guint i = 0; i < problems->list->len; i++)
        g_free(problem_format(problems->list->pdata[i]));
    schema_tables_free(schema);
    problems_free(problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    read_tables((const char *)bytes, len);
    Problems *problems = problems_new();
    SchemaFile *file = schema_mongo_parse((const char *)bytes, len, "schemas.yaml", NULL, problems);
    if (!file && problems->errors == 0)
        g_assert_not_reached(); /* refused without a word */
    for (guint i = 0; file && i < file->tables->len; i++)
        stream_free(mongo_stream_new("app", file->tables->pdata[i], (int)i, NULL, 0));
    for (guint i = 0; i < problems->list->len; i++)
        g_free(problem_format(problems->list->pdata[i]));
    schema_mongo_free(file);
    problems_free(problems);
    return 0;
}
