/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/bson_skim.h"

#include <bson/bson.h>
#include <glib.h>
#include <string.h>

enum { TYPES = 0x14, SIZED = 0xfe, ODD = 0xff }; /* SIZED: the value says how long it is; ODD: left to the full path */

static const uint8_t fixed_size[TYPES] = {
    [0] = ODD,
    [BSON_TYPE_DOUBLE] = 8,
    [BSON_TYPE_UTF8] = SIZED,
    [BSON_TYPE_DOCUMENT] = SIZED,
    [BSON_TYPE_ARRAY] = SIZED,
    [BSON_TYPE_BINARY] = SIZED,
    [BSON_TYPE_UNDEFINED] = 0,
    [BSON_TYPE_OID] = 12,
    [BSON_TYPE_BOOL] = SIZED,
    [BSON_TYPE_DATE_TIME] = 8,
    [BSON_TYPE_NULL] = 0,
    [BSON_TYPE_REGEX] = ODD,
    [BSON_TYPE_DBPOINTER] = ODD,
    [BSON_TYPE_CODE] = SIZED,
    [BSON_TYPE_SYMBOL] = SIZED,
    [BSON_TYPE_CODEWSCOPE] = ODD,
    [BSON_TYPE_INT32] = 4,
    [BSON_TYPE_TIMESTAMP] = 8,
    [BSON_TYPE_INT64] = 8,
    [BSON_TYPE_DECIMAL128] = 16,
};

void bson_skim_init(BsonSkim *skim, const MongoSpec *spec, const Window *window)
{
    bool bounded = window->kind == WINDOW_RANGE || (window->kind == WINDOW_SINCE && window->low != TIME_NONE);
    bool twice = spec->cursor_count == 2 && spec->cursors[0].literal == spec->cursors[1].literal;
    bool dotted = false;
    *skim = (BsonSkim){.dates_needed = window->kind == WINDOW_SINCE, .low = window->low, .high = window->high, .head_count = 1};
    skim->heads[0] = (SkimHead){.mask = {UINT64_MAX, UINT64_MAX}, .size = ODD, .cursor = -1};
    for (int i = 0; i < spec->cursor_count; i++) {
        const SpecPath *path = &spec->cursors[i];
        dotted = dotted || path->first >= 0;
        skim->keys[i] = (SkimKey){.text = path->text, .len = spec->slot_lens[path->literal]};
    }
    if (bounded && !twice && !dotted)
        skim->key_count = spec->cursor_count;
}

static uint32_t load32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_LE(value);
}

static int64_t load64(const uint8_t *bytes)
{
    int64_t value;
    memcpy(&value, bytes, sizeof value);
    return GINT64_FROM_LE(value);
}

/* Where the NUL behind a key is. There is one: the last byte of a document. Eight bytes at a time: the lowest bit that is set in `zeros`
 * belongs to the first zero byte. */
static uint32_t key_end(const uint8_t *bytes, uint32_t at, uint32_t len)
{
    for (; len - at >= 8; at += 8) {
        uint64_t word = (uint64_t)load64(bytes + at);
        uint64_t zeros = (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
        if (zeros)
            return at + (uint32_t)__builtin_ctzll(zeros) / 8;
    }
    while (bytes[at])
        at++;
    return at;
}

/* The length of a value that says it itself; 0: broken or unusual. `room` bytes may belong to it. */
static uint32_t own_size(uint8_t type, const uint8_t *value, uint32_t room)
{
    if (type == BSON_TYPE_BOOL)
        return room >= 1 && value[0] <= 1;
    if (room < 5)
        return 0;
    uint32_t len = load32(value);
    switch (type) {
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        return len >= 5 && len <= room && value[len - 1] == 0 ? len : 0;
    case BSON_TYPE_BINARY:
        return len <= room - 5 && value[4] != BSON_SUBTYPE_BINARY_DEPRECATED ? len + 5 : 0;
    default: /* texts */
        return len >= 1 && len <= room - 4 && value[len + 3] == 0 ? len + 4 : 0;
    }
}

static int8_t cursor_of(const BsonSkim *skim, const uint8_t *key, uint32_t len)
{
    for (int i = 0; i < skim->key_count; i++)
        if (skim->keys[i].len == len && memcmp(skim->keys[i].text, key, len) == 0)
            return (int8_t)i;
    return -1;
}

static bool head_fits(const SkimHead *head, const uint8_t *bytes)
{
    uint64_t words[2];
    memcpy(words, bytes, sizeof words);
    return (((words[0] ^ head->bytes[0]) & head->mask[0]) | ((words[1] ^ head->bytes[1]) & head->mask[1])) == 0;
}

/* Reads a head without expecting anything; `room` bytes follow its first one. False: its type is not known here. */
static bool read_head(const BsonSkim *skim, const uint8_t *bytes, uint32_t room, SkimHead *head)
{
    uint32_t end = key_end(bytes, 1, room);
    *head = (SkimHead){.len = end + 1, .type = bytes[0], .size = bytes[0] < TYPES ? fixed_size[bytes[0]] : ODD};
    head->cursor = cursor_of(skim, bytes + 1, end - 1);
    return head->size != ODD;
}

/* Remembers a head behind `before`, where it is short enough, not too close to the end and there is room for it. */
static const SkimHead *learn(BsonSkim *skim, SkimHead *before, const uint8_t *bytes, uint32_t room, const SkimHead *read)
{
    if (read->len > SKIM_HEAD_BYTES || room < SKIM_HEAD_BYTES)
        return NULL;
    uint32_t at = 1;
    while (at < skim->head_count && !(skim->heads[at].len == read->len && head_fits(&skim->heads[at], bytes)))
        at++;
    if (at == SKIM_HEADS)
        return NULL;
    if (at == skim->head_count) {
        SkimHead *head = &skim->heads[skim->head_count++];
        *head = *read;
        memcpy(head->bytes, bytes, SKIM_HEAD_BYTES);
        memset(head->mask, 0xff, read->len);
    }
    before->next = at;
    return &skim->heads[at];
}

/* The first value of each cursor field counts: a second one is left to the full path, and so is a date inside. */
static bool take_cursor(const BsonSkim *skim, int i, uint8_t type, const uint8_t *value, unsigned *seen, bool *dated)
{
    if (*seen & 1U << i)
        return false;
    *seen |= 1U << i;
    if (type == BSON_TYPE_NULL || type == BSON_TYPE_UNDEFINED)
        return true;
    if (type != BSON_TYPE_DATE_TIME)
        return false;
    int64_t at = bson_instant(load64(value));
    *dated = true;
    return at < skim->low || (!skim->dates_needed && at >= skim->high);
}

bool bson_skim_outside(BsonSkim *skim, const uint8_t *bytes, uint32_t len)
{
    unsigned seen = 0;
    bool dated = false;
    if (skim->key_count == 0 || len < 5 || load32(bytes) != len || bytes[len - 1] != 0)
        return false;
    SkimHead *before = &skim->heads[0], read;
    uint32_t at = 4, end = len - 1;
    while (at < end) {
        const SkimHead *head = &skim->heads[before->next];
        if (len - at >= SKIM_HEAD_BYTES && head_fits(head, bytes + at)) {
            before = &skim->heads[before->next];
        } else {
            if (!read_head(skim, bytes + at, len - at, &read))
                return false;
            head = learn(skim, before, bytes + at, len - at, &read);
            before = head ? &skim->heads[before->next] : before;
            head = head ? head : &read;
        }
        if (head->len > end - at)
            return false;
        at += head->len;
        uint32_t size = head->size;
        if (size >= SIZED && (size == ODD || (size = own_size(head->type, bytes + at, end - at)) == 0))
            return false;
        if (size > end - at)
            return false;
        if (head->cursor >= 0 && !take_cursor(skim, head->cursor, head->type, bytes + at, &seen, &dated))
            return false;
        at += size;
    }
    return dated || !skim->dates_needed;
}
