/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include "base/json.h"
#include "base/utf8.h"

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)
#define NONE  UINT32_MAX

/* What a lone surrogate becomes: a byte that UTF-8 never has. */
#define LONE '\xFF'

typedef struct Scanner {
    const char *begin, *at, *end;
    JsonScan *scan;
    uint32_t open; /* index of the innermost open container; while it is open, its len is the index of the one around it */
    int depth;
    Err *err;
} Scanner;

/* ---- small parts ---- */

static bool broken(Scanner *s, const char *expected)
{
    return err_set(s->err, ERR_SOURCE, "broken JSON at byte %zu: expected %s, found %s", (size_t)(s->at - s->begin), expected,
                   s->at < s->end ? "something else" : "the end");
}

static inline void skip_blanks(Scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

/* What stays until its container is closed, or for good: an entry of one value without inside. The caller has made room. */
static inline JsonValue *add(Scanner *s, JsonType type, const char *from)
{
    JsonValue *value = &s->scan->values[s->scan->count++];
    *value = (JsonValue){.raw = from, .len = (uint32_t)(s->at - from), .type = type, .span = 1};
    return value;
}

static bool make_room(Scanner *s)
{
    JsonScan *scan = s->scan;
    if (G_LIKELY(scan->count < scan->capacity))
        return true;
    if (scan->count >= JSON_VALUES_MAX)
        return err_set(s->err, ERR_SOURCE, "the JSON holds more than %d values", JSON_VALUES_MAX);
    scan->capacity = MAX(scan->capacity * 2, 1024);
    scan->values = g_renew(JsonValue, scan->values, scan->capacity);
    return true;
}

static inline bool is_digit(const Scanner *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* ---- scalars ---- */

/* Nonzero when one of 8 bytes ends a run of plain string bytes: a quote, a backslash or a control character; its lowest set bit belongs to
 * the first of them. (A borrow can flag bytes above a hit, never below.) */
static inline uint64_t not_plain(uint64_t word)
{
    uint64_t quote = word ^ (ONES * '"'), backslash = word ^ (ONES * '\\');
    return (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((word - ONES * 0x20) & ~word)) & HIGHS;
}

static inline void skip_plain(Scanner *s)
{
    while (s->end - s->at >= 8) {
        uint64_t word;
        memcpy(&word, s->at, sizeof word);
        uint64_t hit = not_plain(GUINT64_FROM_LE(word));
        if (hit) {
            s->at += __builtin_ctzll(hit) / 8;
            return;
        }
        s->at += 8;
    }
    while (s->at < s->end && (unsigned char)*s->at >= 0x20 && *s->at != '"' && *s->at != '\\')
        s->at++;
}

static bool skip_escape(Scanner *s)
{
    s->at++;
    if (s->at < s->end && *s->at == 'u') {
        s->at++;
        for (int i = 0; i < 4; i++, s->at++)
            if (s->at >= s->end || !g_ascii_isxdigit(*s->at))
                return broken(s, "four hexadecimal digits");
        return true;
    }
    if (s->at >= s->end || *s->at == '\0' || !strchr("\"\\/bfnrt", *s->at))
        return broken(s, "an escape");
    s->at++;
    return true;
}

static inline bool read_string(Scanner *s)
{
    const char *from = s->at++;
    bool escaped = false;
    for (;;) {
        skip_plain(s);
        if (s->at >= s->end)
            return broken(s, "a closing quote");
        if (*s->at == '"')
            break;
        if (*s->at != '\\')
            return broken(s, "no control character in a string");
        escaped = true;
        if (!skip_escape(s))
            return false;
    }
    s->at++;
    add(s, JSON_STRING, from)->escaped = escaped;
    return true;
}

static bool read_digits(Scanner *s)
{
    if (!is_digit(s))
        return broken(s, "a digit");
    while (is_digit(s))
        s->at++;
    return true;
}

static bool read_number(Scanner *s)
{
    const char *from = s->at;
    bool whole = true;
    if (*s->at == '-')
        s->at++;
    if (s->at < s->end && *s->at == '0')
        s->at++; /* and no digit behind it: what follows must be a comma, an end or a blank */
    else if (!read_digits(s))
        return false;
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        whole = false;
        if (!read_digits(s))
            return false;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        whole = false;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!read_digits(s))
            return false;
    }
    add(s, JSON_NUMBER, from)->whole = whole;
    return true;
}

static bool read_word(Scanner *s, const char *word, JsonType type)
{
    const char *from = s->at;
    size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return broken(s, "a value");
    s->at += len;
    add(s, type, from);
    return true;
}

/* ---- containers ---- */

static bool open_container(Scanner *s, JsonType type)
{
    if (s->depth == JSON_DEPTH_MAX)
        return err_set(s->err, ERR_SOURCE, "the JSON is nested deeper than %d levels at byte %zu", JSON_DEPTH_MAX,
                       (size_t)(s->at - s->begin));
    const char *from = s->at++;
    uint32_t around = s->open;
    s->open = (uint32_t)s->scan->count;
    s->depth++;
    add(s, type, from)->len = around;
    return true;
}

static void close_container(Scanner *s)
{
    JsonValue *container = &s->scan->values[s->open];
    s->at++;
    s->depth--;
    s->open = container->len;
    container->len = (uint32_t)(s->at - container->raw);
    container->span = (unsigned)(s->scan->values + s->scan->count - container);
}

/* The name of a member and its colon. */
static inline bool read_name(Scanner *s)
{
    skip_blanks(s);
    if (s->at >= s->end || *s->at != '"')
        return broken(s, "a name in quotes");
    if (!make_room(s) || !read_string(s))
        return false;
    skip_blanks(s);
    if (s->at >= s->end || *s->at != ':')
        return broken(s, "a colon");
    s->at++;
    return true;
}

/* A value, or the opening of one. */
static inline bool read_value(Scanner *s)
{
    skip_blanks(s);
    if (!make_room(s))
        return false;
    switch (s->at < s->end ? *s->at : '\0') {
    case '"':
        return read_string(s);
    case '{':
        return open_container(s, JSON_OBJECT);
    case '[':
        return open_container(s, JSON_ARRAY);
    case 't':
        return read_word(s, "true", JSON_TRUE);
    case 'f':
        return read_word(s, "false", JSON_FALSE);
    case 'n':
        return read_word(s, "null", JSON_NULL);
    case '-':
    case '0' ... '9':
        return read_number(s);
    default:
        return broken(s, "a value");
    }
}

/* Closes what ends here, and passes the comma and the name before the next value. *done: the outermost value has ended. */
static inline bool read_between(Scanner *s, bool opened, bool *done)
{
    for (; s->open != NONE; opened = false) {
        bool object = s->scan->values[s->open].type == JSON_OBJECT;
        skip_blanks(s);
        char c = s->at < s->end ? *s->at : '\0';
        if (c == (object ? '}' : ']')) {
            close_container(s);
            continue;
        }
        if (!opened) {
            if (c != ',')
                return broken(s, object ? "a comma or }" : "a comma or ]");
            s->at++;
        }
        return !object || read_name(s);
    }
    *done = true;
    return true;
}

static bool read_all(Scanner *s)
{
    for (bool done = false; !done;) {
        uint32_t around = s->open;
        if (!read_value(s) || !read_between(s, s->open != around, &done))
            return false;
    }
    skip_blanks(s);
    return s->at == s->end || broken(s, "the end");
}

bool json_scan(JsonScan *scan, const char *bytes, size_t len, Err *err)
{
    if (len == 0)
        bytes = ""; /* an empty buffer may be NULL */
    Scanner s = {.begin = bytes, .at = bytes, .end = bytes + len, .scan = scan, .open = NONE, .err = err};
    scan->count = 0;
    if (len >= NONE)
        return err_set(err, ERR_SOURCE, "the JSON is longer than 4 GiB");
    if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        s.at += 3;
    return read_all(&s);
}

void json_scan_done(JsonScan *scan)
{
    g_free(scan->values);
    *scan = (JsonScan){0};
}

const JsonValue *json_root(const JsonScan *scan)
{
    return scan->values;
}

/* ---- strings ---- */

static unsigned hex4(const char *at)
{
    unsigned unit = 0;
    for (int i = 0; i < 4; i++)
        unit = unit << 4 | (unsigned)g_ascii_xdigit_value(at[i]);
    return unit;
}

static char unescaped(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter;
    }
}

/* Reads what stands behind `\u`, and a second half when one follows. Returns the place behind it. */
static const char *read_unit(const char *at, const char *end, char **to, unsigned *flaws)
{
    uint32_t unit = hex4(at);
    at += 4;
    if (unit >= 0xD800 && unit < 0xE000) {
        unsigned low = unit < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? hex4(at + 2) : 0;
        if (low < 0xDC00 || low >= 0xE000) {
            *flaws |= JSON_HAS_SURROGATE;
            *(*to)++ = LONE;
            return at;
        }
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
    } else if (unit == 0) {
        *flaws |= JSON_HAS_NUL;
    }
    *to += g_unichar_to_utf8(unit, *to);
    return at;
}

/* Writes an escaped string's text, which is never longer than its raw form; returns its length. */
static size_t unescape(const JsonValue *string, char *out, unsigned *flaws)
{
    const char *at = string->raw + 1, *end = string->raw + string->len - 1;
    char *to = out;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((backslash ? backslash : end) - at);
        memcpy(to, at, plain);
        to += plain;
        if (!backslash)
            break;
        at = backslash + 2;
        if (backslash[1] == 'u')
            at = read_unit(at, end, &to, flaws);
        else
            *to++ = unescaped(backslash[1]);
    }
    return (size_t)(to - out);
}

const char *json_text(const JsonValue *value, Arena *arena, size_t *len, unsigned *flaws)
{
    unsigned found = 0;
    const char *text = value->raw;
    *len = value->len;
    if (value->type == JSON_STRING) {
        text++;
        *len -= 2;
    }
    if (flaws && !utf8_valid(text, *len))
        found |= JSON_HAS_BAD_UTF8;
    if (value->escaped) {
        char *out = arena_bytes(arena, *len);
        *len = unescape(value, out, &found);
        text = out;
    }
    if (flaws)
        *flaws = found;
    return text;
}

static bool escaped_is(const JsonValue *string, const char *text, size_t len)
{
    unsigned flaws = 0;
    if (string->len - 2 < len)
        return false;
    g_autofree char *out = g_malloc(string->len);
    return unescape(string, out, &flaws) == len && memcmp(out, text, len) == 0 && !(flaws & JSON_HAS_SURROGATE);
}

static inline bool string_is(const JsonValue *string, const char *text, size_t len)
{
    if (G_UNLIKELY(string->escaped))
        return escaped_is(string, text, len);
    return string->len - 2 == len && memcmp(string->raw + 1, text, len) == 0;
}

bool json_is(const JsonValue *value, const char *text)
{
    return value && value->type == JSON_STRING && string_is(value, text, strlen(text));
}

/* ---- numbers ---- */

bool json_int64(const JsonValue *value, int64_t *out)
{
    if (!value || !(value->type == JSON_STRING || (value->type == JSON_NUMBER && value->whole)))
        return false;
    const char *at = value->raw + (value->type == JSON_STRING), *end = value->raw + value->len - (value->type == JSON_STRING);
    bool negative = at < end && *at == '-';
    at += negative;
    int64_t sum = 0; /* below zero, where there is one number more */
    if (at == end)
        return false;
    for (; at < end; at++)
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, *at - '0', &sum))
            return false;
    if (!negative && sum == INT64_MIN)
        return false;
    *out = negative ? sum : -sum;
    return true;
}

/* ---- members ---- */

size_t json_count(const JsonValue *container)
{
    size_t count = 0;
    JSON_EACH(child, container)
        count++;
    return count;
}

const JsonValue *json_get(const JsonValue *value, const char *name)
{
    const JsonValue *found = NULL;
    size_t len = strlen(name);
    if (!value || value->type != JSON_OBJECT)
        return NULL;
    JSON_EACH_MEMBER(member, value)
        if (string_is(member, name, len))
            found = member + 1;
    return found;
}

struct JsonNames {
    const char *const *names;
    size_t *lens;
    uint8_t *slots; /* index of a name plus 1, at its hash or behind it; 0: free */
    uint32_t mask;
    size_t count;
};

static inline uint32_t hash(const char *bytes, size_t len)
{
    uint32_t sum = 2166136261U;
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 16777619U;
    return sum ^ sum >> 15;
}

/* The slot of a name, or the free one where it would be. */
static inline uint32_t slot_of(const JsonNames *names, const char *bytes, size_t len)
{
    uint32_t slot = hash(bytes, len) & names->mask;
    for (; names->slots[slot]; slot = (slot + 1) & names->mask) {
        int index = names->slots[slot] - 1;
        if (names->lens[index] == len && memcmp(names->names[index], bytes, len) == 0)
            break;
    }
    return slot;
}

JsonNames *json_names_new(const char *const *names, int count)
{
    JsonNames *made = g_new0(JsonNames, 1);
    made->names = names;
    made->count = (size_t)count;
    made->lens = g_new0(size_t, (size_t)count);
    for (made->mask = 7; made->mask < 4 * (uint32_t)count; made->mask = made->mask * 2 + 1)
        ;
    made->slots = g_new0(uint8_t, made->mask + 1);
    for (int i = 0; i < count; i++) {
        made->lens[i] = strlen(names[i]);
        made->slots[slot_of(made, names[i], made->lens[i])] = (uint8_t)(i + 1);
    }
    return made;
}

void json_names_free(JsonNames *names)
{
    if (!names)
        return;
    g_free(names->lens);
    g_free(names->slots);
    g_free(names);
}

static int find_name(const JsonNames *names, const JsonValue *name)
{
    if (G_LIKELY(!name->escaped))
        return names->slots[slot_of(names, name->raw + 1, name->len - 2)] - 1;
    unsigned flaws = 0;
    g_autofree char *out = g_malloc(name->len);
    size_t len = unescape(name, out, &flaws);
    return flaws & JSON_HAS_SURROGATE ? -1 : names->slots[slot_of(names, out, len)] - 1;
}

void json_pick(const JsonNames *names, const JsonValue *object, const JsonValue **out)
{
    memset(out, 0, names->count * sizeof *out);
    JSON_EACH_MEMBER(name, object) {
        int index = find_name(names, name);
        if (index >= 0)
            out[index] = name + 1;
    }
}

/* ---- writing ---- */

static unsigned write_string(GString *out, const JsonValue *string)
{
    unsigned flaws = 0;
    g_autofree char *unescaped_text = string->escaped ? g_malloc(string->len) : NULL;
    const char *text = unescaped_text ? unescaped_text : string->raw + 1;
    size_t len = unescaped_text ? unescape(string, unescaped_text, &flaws) : string->len - 2;
    if (!utf8_valid(string->raw, string->len))
        flaws |= JSON_HAS_BAD_UTF8;
    json_string(out, text, len);
    return flaws;
}

unsigned json_write(GString *out, const JsonValue *value)
{
    unsigned flaws = 0;
    switch (value->type) {
    case JSON_STRING:
        return write_string(out, value);
    case JSON_ARRAY:
    case JSON_OBJECT:
        g_string_append_c(out, value->type == JSON_ARRAY ? '[' : '{');
        JSON_EACH(child, value) {
            if (child != value + 1)
                g_string_append_c(out, ',');
            flaws |= json_write(out, child);
            if (value->type == JSON_OBJECT) {
                g_string_append_c(out, ':');
                flaws |= json_write(out, child + 1);
            }
        }
        g_string_append_c(out, value->type == JSON_ARRAY ? ']' : '}');
        return flaws;
    default:
        g_string_append_len(out, value->raw, value->len);
        return 0;
    }
}
