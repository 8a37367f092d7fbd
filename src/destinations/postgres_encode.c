/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "destinations/postgres.h"
#include "model/time.h"

/* COPY's binary format: big-endian, each field a length and its bytes; dates and instants count from 2000. A text-format twin serves tables with an
 * interval, whose text only the server can read. */
#define EPOCH_DAYS   10957
#define EPOCH_US     (EPOCH_DAYS * US_PER_DAY)
#define FIELD_ROOM   24 /* length word plus the largest field of fixed size; also what a numeric or jsonb needs beyond its text */
#define NUMERIC_NEG  0x4000
#define NUMERIC_NAN  0xC000
#define NUMERIC_PINF 0xD000
#define NUMERIC_NINF 0xF000

typedef uint8_t *(*EncodeValue)(uint8_t *at, const Value *value);

typedef struct EncodedColumn {
    int column;
    TypeKind kind;
    bool sized; /* the value's own length counts */
    EncodeValue encode;
} EncodedColumn;

struct PgEncoder {
    const CopyTarget *target;
    EncodedColumn *columns;
    int count;
    int fields; /* with bookkeeping */
    bool text;
    bool absent; /* the target has _tm_absent */
    char *marks; /* one digit per column of the table */
};

static uint8_t *put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    uint32_t wire = GUINT32_TO_BE(value);
    memcpy(at, &wire, sizeof wire);
    return at + sizeof wire;
}

static uint8_t *put64(uint8_t *at, uint64_t value)
{
    uint64_t wire = GUINT64_TO_BE(value);
    memcpy(at, &wire, sizeof wire);
    return at + sizeof wire;
}

static uint8_t *put_null(uint8_t *at)
{
    return put32(at, UINT32_MAX);
}

static uint8_t *put_bytes(uint8_t *at, const char *bytes, uint32_t len)
{
    at = put32(at, len);
    if (len)
        memcpy(at, bytes, len);
    return at + len;
}

static uint8_t *put_int64(uint8_t *at, int64_t value)
{
    return put64(put32(at, 8), (uint64_t)value);
}

static uint8_t *encode_bool(uint8_t *at, const Value *value)
{
    at = put32(at, 1);
    *at = value->i != 0;
    return at + 1;
}

static uint8_t *encode_int2(uint8_t *at, const Value *value)
{
    return put16(put32(at, 2), (uint32_t)value->i);
}

static uint8_t *encode_int4(uint8_t *at, const Value *value)
{
    return put32(put32(at, 4), (uint32_t)value->i);
}

static uint8_t *encode_int8(uint8_t *at, const Value *value)
{
    return put_int64(at, value->i);
}

static uint8_t *encode_float4(uint8_t *at, const Value *value)
{
    float narrow = (float)value->d;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return put32(put32(at, 4), bits);
}

static uint8_t *encode_float8(uint8_t *at, const Value *value)
{
    uint64_t bits;
    memcpy(&bits, &value->d, sizeof bits);
    return put64(put32(at, 8), bits);
}

static uint8_t *encode_bytes(uint8_t *at, const Value *value)
{
    return put_bytes(at, value->bytes, value->len);
}

static uint8_t *encode_jsonb(uint8_t *at, const Value *value)
{
    at = put32(at, value->len + 1);
    *at++ = 1; /* the format's version */
    memcpy(at, value->bytes, value->len);
    return at + value->len;
}

static uint8_t *encode_date(uint8_t *at, const Value *value)
{
    return put32(put32(at, 4), (uint32_t)(value->i - EPOCH_DAYS));
}

static uint8_t *encode_timestamp(uint8_t *at, const Value *value)
{
    return put_int64(at, value->i - EPOCH_US);
}

static uint8_t *put_numeric_head(uint8_t *at, int digits, int weight, uint32_t sign, int scale)
{
    at = put32(at, 8 + 2 * (uint32_t)digits);
    return put16(put16(put16(put16(at, (uint32_t)digits), (uint32_t)weight), sign), (uint32_t)scale);
}

/* "-12.50": groups of four decimal digits on both sides of the point, without groups of zeros at either end. */
static uint8_t *encode_numeric(uint8_t *at, const Value *value)
{
    const char *text = value->bytes, *end = text + value->len;
    uint32_t sign = 0;
    if (text < end && (*text == '-' || *text == '+'))
        sign = *text++ == '-' ? NUMERIC_NEG : 0;
    if (text < end && (*text == 'N' || *text == 'n'))
        return put_numeric_head(at, 0, 0, NUMERIC_NAN, 0);
    if (text < end && (*text == 'I' || *text == 'i'))
        return put_numeric_head(at, 0, 0, sign ? NUMERIC_NINF : NUMERIC_PINF, 0);
    while (text < end && *text == '0')
        text++;
    const char *point = memchr(text, '.', (size_t)(end - text));
    int whole = (int)((point ? point : end) - text), scale = point ? (int)(end - point) - 1 : 0;
    int first = (whole + 3) / 4, groups = first + (scale + 3) / 4; /* groups before the point, and all */
    uint8_t *digits = at + 12, *out = digits;
    int used = 0, weight = first - 1;
    for (int g = 0; g < groups; g++) {
        int from = g < first ? whole - 4 * (first - g) : 4 * (g - first); /* position left or right of the point */
        unsigned group = 0;
        for (int i = from; i < from + 4; i++) {
            bool exists = g < first ? i >= 0 : i < scale;
            group = group * 10 + (exists ? (unsigned)((g < first ? text[i] : point[1 + i]) - '0') : 0);
        }
        if (group == 0 && used == 0) { /* leading */
            weight--;
            continue;
        }
        out = put16(out, group);
        used++;
    }
    while (used > 0 && digits[2 * used - 1] == 0 && digits[2 * used - 2] == 0)
        used--;
    put_numeric_head(at, used, used ? weight : 0, used ? sign : 0, scale);
    return digits + 2 * used;
}

static const EncodeValue encoders[TYPE_KINDS] = {
    [TYPE_BOOL] = encode_bool,           [TYPE_INT2] = encode_int2,
    [TYPE_INT4] = encode_int4,           [TYPE_INT8] = encode_int8,
    [TYPE_FLOAT4] = encode_float4,       [TYPE_FLOAT8] = encode_float8,
    [TYPE_NUMERIC] = encode_numeric,     [TYPE_TEXT] = encode_bytes,
    [TYPE_VARCHAR] = encode_bytes,       [TYPE_CHAR] = encode_bytes,
    [TYPE_BYTEA] = encode_bytes,         [TYPE_UUID] = encode_bytes,
    [TYPE_DATE] = encode_date,           [TYPE_TIME] = encode_int8,
    [TYPE_TIMESTAMP] = encode_timestamp, [TYPE_TIMESTAMPTZ] = encode_timestamp,
    [TYPE_JSON] = encode_bytes,          [TYPE_JSONB] = encode_jsonb,
};

PgEncoder *pg_encoder_new(const CopyTarget *target)
{
    const Stream *stream = target->stream;
    PgEncoder *encoder = g_new0(PgEncoder, 1);
    encoder->target = target;
    encoder->columns = g_new0(EncodedColumn, (size_t)stream->table->column_count + 1);
    for (int i = 0; i < stream->table->column_count; i++) {
        TypeKind kind = stream->table->columns[i].type.kind;
        if (!stream->mapped[i])
            continue;
        encoder->columns[encoder->count++] =
            (EncodedColumn){.column = i, .kind = kind, .sized = type_shape(kind) == SHAPE_BYTES, .encode = encoders[kind]};
        encoder->text = encoder->text || kind == TYPE_INTERVAL;
    }
    encoder->absent = target->staged && stream->may_be_absent;
    encoder->fields = encoder->count + (target->staged ? 4 : 0) + (encoder->absent ? 1 : 0);
    if (encoder->absent) {
        encoder->marks = g_malloc((size_t)stream->table->column_count + 1);
        memset(encoder->marks, '0', (size_t)stream->table->column_count);
    }
    return encoder;
}

void pg_encoder_free(PgEncoder *encoder)
{
    g_free(encoder->columns);
    g_free(encoder->marks);
    g_free(encoder);
}

const char *pg_encoder_format(const PgEncoder *encoder)
{
    return encoder->text ? "text" : "binary";
}

void pg_encode_columns(const PgEncoder *encoder, GString *out)
{
    const char *separator = "";
    for (int i = 0; i < encoder->count; i++) {
        g_string_append(out, separator);
        db_quote(out, encoder->target->stream->table->columns[encoder->columns[i].column].name);
        separator = ", ";
    }
    if (encoder->target->staged)
        g_string_append_printf(out, "%s_tm_seq, _tm_key, _tm_cursor, _tm_scope%s", separator,
                               encoder->absent ? ", _tm_absent" : "");
}

void pg_encode_header(const PgEncoder *encoder, GByteArray *out)
{
    static const uint8_t header[19] = "PGCOPY\n\377\r\n\0";
    if (!encoder->text)
        g_byte_array_append(out, header, sizeof header);
}

/* Digits per column where a mapped value is absent; false when none is. */
static bool mark_absent(PgEncoder *encoder, const Row *row)
{
    bool any = false;
    for (int i = 0; i < encoder->count; i++) {
        bool absent = row->values[encoder->columns[i].column].state == VALUE_ABSENT;
        encoder->marks[encoder->columns[i].column] = absent ? '1' : '0';
        any = any || absent;
    }
    return any;
}

static size_t row_room(const PgEncoder *encoder, const Row *row)
{
    size_t room = 2 + (size_t)encoder->fields * FIELD_ROOM + row->key_len + (size_t)encoder->target->stream->table->column_count;
    for (int i = 0; i < encoder->count; i++)
        if (encoder->columns[i].sized)
            room += row->values[encoder->columns[i].column].len;
    return room;
}

static uint8_t *encode_bookkeeping(PgEncoder *encoder, uint8_t *at, const Row *row, int64_t seq)
{
    at = put_int64(at, seq);
    at = put_bytes(at, row->key, row->key_len);
    at = row->cursor == TIME_NONE ? put_null(at) : put_int64(at, row->cursor);
    at = row->scope < 0 ? put_null(at) : put_int64(at, encoder->target->first_scope + row->scope);
    if (encoder->absent)
        at = mark_absent(encoder, row) ? put_bytes(at, encoder->marks, (uint32_t)encoder->target->stream->table->column_count)
                                       : put_null(at);
    return at;
}

static void encode_binary(PgEncoder *encoder, const Row *row, int64_t seq, GByteArray *out)
{
    guint before = out->len;
    size_t room = row_room(encoder, row);
    g_byte_array_set_size(out, before + (guint)room);
    uint8_t *start = out->data + before, *at = put16(start, (uint32_t)encoder->fields);
    for (int i = 0; i < encoder->count; i++) {
        const Value *value = &row->values[encoder->columns[i].column];
        at = value->state == VALUE_SET ? encoder->columns[i].encode(at, value) : put_null(at);
    }
    if (encoder->target->staged)
        at = encode_bookkeeping(encoder, at, row, seq);
    g_byte_array_set_size(out, before + (guint)(at - start));
}

static void append_text(GByteArray *out, const char *text)
{
    g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

static void append_number(GByteArray *out, bool present, int64_t number)
{
    char text[32];
    g_snprintf(text, sizeof text, "\t%" PRId64, number);
    append_text(out, present ? text : "\t\\N");
}

static void encode_text(PgEncoder *encoder, const Row *row, int64_t seq, GByteArray *out)
{
    for (int i = 0; i < encoder->count; i++) {
        const Value *value = &row->values[encoder->columns[i].column];
        append_text(out, i ? "\t" : "");
        if (value->state == VALUE_SET)
            pg_text_value(encoder->columns[i].kind, value, out);
        else
            append_text(out, "\\N");
    }
    if (encoder->target->staged) {
        append_number(out, true, seq);
        append_text(out, "\t");
        pg_text_bytes(row->key, row->key_len, out);
        append_number(out, row->cursor != TIME_NONE, row->cursor);
        append_number(out, row->scope >= 0, encoder->target->first_scope + row->scope);
    }
    if (encoder->absent) {
        bool any = mark_absent(encoder, row);
        append_text(out, "\t");
        g_byte_array_append(out, (const guint8 *)(any ? encoder->marks : "\\N"),
                            any ? (guint)encoder->target->stream->table->column_count : 2);
    }
    append_text(out, "\n");
}

void pg_encode_row(PgEncoder *encoder, const Row *row, int64_t seq, GByteArray *out)
{
    if (encoder->text)
        encode_text(encoder, row, seq, out);
    else
        encode_binary(encoder, row, seq, out);
}
