/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS   INT64_C(86400000)
#define FIRST_MS INT64_C(1609459200000) /* 2021-01-01 */
enum { DATE_DAYS = 1400 };

/* splitmix64: good enough, tiny, and the same everywhere. */
uint64_t chance_next(Chance *chance)
{
    uint64_t z = (chance->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

int chance_below(Chance *chance, int count)
{
    return (int)(chance_next(chance) % (uint64_t)count);
}

bool chance_percent(Chance *chance, int percent)
{
    return chance_below(chance, 100) < percent;
}

const char *chance_pick(Chance *chance, const char *const *words, int count)
{
    return words[chance_below(chance, count)];
}

void sample_id(bson_oid_t *oid, int collection, int number)
{
    uint32_t seconds = (uint32_t)(FIRST_MS / 1000) + (uint32_t)number * 37U;
    uint8_t bytes[12] = {
        (uint8_t)(seconds >> 24), (uint8_t)(seconds >> 16), (uint8_t)(seconds >> 8), (uint8_t)seconds, 0x7d, 0xe3, 0xa4,
        (uint8_t)collection};
    bytes[8] = (uint8_t)((uint32_t)number >> 24);
    bytes[9] = (uint8_t)((uint32_t)number >> 16);
    bytes[10] = (uint8_t)((uint32_t)number >> 8);
    bytes[11] = (uint8_t)number;
    bson_oid_init_from_data(oid, bytes);
}

bool sample_append_id(bson_t *document, const char *key, int collection, int number)
{
    bson_oid_t oid;
    sample_id(&oid, collection, number);
    return BSON_APPEND_OID(document, key, &oid);
}

bool sample_append_mixed(bson_t *document, const char *key, int collection, int number)
{
    char text[32];
    snprintf(text, sizeof text, "slug-%02d", number);
    switch (number % 8) {
    case 3:
        return BSON_APPEND_UTF8(document, key, text);
    case 5:
        return BSON_APPEND_INT32(document, key, 1000 + number);
    case 6:
        return BSON_APPEND_INT64(document, key, INT64_C(9007199254740993) + number);
    default:
        return sample_append_id(document, key, collection, number);
    }
}

bool sample_append_text(bson_t *document, const char *key, const char *text)
{
    return BSON_APPEND_UTF8(document, key, text);
}

int64_t sample_date(Chance *chance)
{
    return FIRST_MS + chance_below(chance, DATE_DAYS) * DAY_MS + chance_below(chance, (int)DAY_MS);
}

void sample_dates(bson_t *document, Chance *chance)
{
    int64_t created = sample_date(chance);
    BSON_APPEND_DATE_TIME(document, "creation_date", created);
    BSON_APPEND_DATE_TIME(document, "update_date", created + chance_below(chance, 90) * DAY_MS / 3);
}

static void fail(const char *path)
{
    perror(path);
    exit(1);
}

static FILE *create(const char *folder, const char *name, const char *suffix, char *path, size_t size)
{
    snprintf(path, size, "%s/%s%s", folder, name, suffix);
    FILE *file = fopen(path, "wb");
    if (!file)
        fail(path);
    return file;
}

static void finish(FILE *file, const char *path)
{
    if (fclose(file) != 0)
        fail(path);
}

void dump_begin(DumpWriter *writer, const char *folder, const char *name)
{
    static const char *const indexed[] = {"creation_date", "update_date"};
    char path[4096];
    FILE *file = create(folder, name, ".metadata.json", path, sizeof path);
    fprintf(file, "{\"indexes\":[{\"v\":{\"$numberInt\":\"2\"},\"key\":{\"_id\":{\"$numberInt\":\"1\"}},\"name\":\"_id_\"}");
    for (int i = 0; i < 2; i++)
        fprintf(file, ",{\"v\":{\"$numberInt\":\"2\"},\"key\":{\"%s\":{\"$numberInt\":\"1\"}},\"name\":\"%s_1\"}", indexed[i],
                indexed[i]);
    fprintf(file, "],\"uuid\":\"7de3a4%026" PRIx64 "\",\"collectionName\":\"%s\",\"type\":\"collection\",\"options\":{}}",
            strlen(name), name);
    finish(file, path);
    *writer = (DumpWriter){.folder = folder, .name = name, .file = create(folder, name, ".bson", path, sizeof path)};
}

void dump_document(DumpWriter *writer, bson_t *document)
{
    fwrite(bson_get_data(document), 1, document->len, writer->file);
    bson_destroy(document);
    writer->documents++;
}

void dump_end(DumpWriter *writer)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.bson", writer->folder, writer->name);
    if (ferror(writer->file))
        fail(path);
    finish(writer->file, path);
}

void dump_prelude(const char *folder)
{
    char path[4096];
    FILE *file = create(folder, "prelude", ".json", path, sizeof path);
    fputs("{\"ServerVersion\":\"7.0.16\",\"ToolVersion\":\"100.10.0\"}\n", file);
    finish(file, path);
}
