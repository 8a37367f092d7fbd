/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/json_scan_fuzz.c - any bytes as JSON: what is accepted must hold together, be accepted by another reader, and come out of the writer as the
 * same values. */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json_scan.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Not g_error(): its SIGTRAP leaves no input behind. */
#define DEMAND(condition)                                                                                                          \
    do {                                                                                                                           \
        if (!(condition)) {                                                                                                        \
            fprintf(stderr, "does not hold: %s\n", #condition);                                                                    \
            abort();                                                                                                               \
        }                                                                                                                          \
    } while (0)

enum { LONG_NUMBER = 64 }; /* beside the flaws: one that cJSON cuts */

/* Everything inside lies within, in order; returns the flaws of all strings, and LONG_NUMBER. */
static unsigned walk(const JsonValue *value, Arena *arena)
{
    const char *at = value->raw, *end = value->raw + value->len;
    unsigned flaws = 0, all = 0;
    size_t text_len, children = 0;
    json_text(value, arena, &text_len, &flaws);
    DEMAND(text_len <= value->len);
    if (value->type == JSON_STRING)
        all |= flaws;
    else if (value->type == JSON_NUMBER && value->len > 60)
        all |= LONG_NUMBER;
    JSON_EACH(child, value) {
        DEMAND(child->raw > at && child->raw + child->len < end);
        at = child->raw + child->len - 1;
        all |= walk(child, arena);
        children++;
        if (value->type == JSON_OBJECT) {
            DEMAND(child->type == JSON_STRING && child[1].raw > at + 1 && child[1].raw + child[1].len < end);
            at = child[1].raw + child[1].len - 1;
            all |= walk(child + 1, arena);
        }
    }
    DEMAND(json_count(value) == children);
    return all;
}

/* Written, read again and written again: the same text. */
static void check_writing(const JsonValue *root, unsigned flaws)
{
    JsonScan again = {0};
    Err err = {0};
    g_autoptr(GString) first = g_string_new(NULL), second = g_string_new(NULL);
    DEMAND(json_write(first, root) == (flaws & ~(unsigned)LONG_NUMBER));
    DEMAND(utf8_valid(first->str, first->len));
    DEMAND(json_scan(&again, first->str, first->len, &err));
    DEMAND((json_write(second, json_root(&again)) & ~(unsigned)JSON_HAS_NUL) == 0);
    DEMAND(g_string_equal(first, second));
    DEMAND(json_count(json_root(&again)) == json_count(root));
    json_scan_done(&again);
}

/* cJSON refuses lone surrogates, cuts at U+0000 and does not always pass over a byte order mark. */
static void check_other_reader(const char *bytes, size_t len, unsigned flaws)
{
    const char *end = NULL;
    if (flaws & (JSON_HAS_SURROGATE | JSON_HAS_NUL | LONG_NUMBER))
        return;
    cJSON *other = cJSON_ParseWithLengthOpts(bytes, len, &end, 0);
    DEMAND(other != NULL);
    cJSON_Delete(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static JsonScan scan;
    Err err = {0};
    Arena arena;
    char *text = g_memdup2(bytes, len);
    if (!json_scan(&scan, text, len, &err)) {
        DEMAND(err.code == ERR_SOURCE && err.message[0]);
        g_free(text);
        return 0;
    }
    arena_init(&arena, 4096);
    const JsonValue *root = json_root(&scan);
    unsigned flaws = walk(root, &arena);
    check_writing(root, flaws);
    check_other_reader(root->raw, len - (size_t)(root->raw - text), flaws);
    Err cut = {0};
    JsonScan shorter = {0};
    if (json_first(root))
        DEMAND(!json_scan(&shorter, text, (size_t)(root->raw + root->len - text) - 1, &cut));
    json_scan_done(&shorter);
    arena_done(&arena);
    g_free(text);
    return 0;
}
