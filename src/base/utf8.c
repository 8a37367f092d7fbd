/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <glib.h>
#include <stdint.h>

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return GUINT64_FROM_LE(word);
}

/* Zero when all 8 bytes are ASCII other than NUL; otherwise the lowest set bit belongs to the first byte that is not. (The borrow of a zero
 * byte can flag bytes above it, never below.) */
static inline uint64_t not_plain(uint64_t word)
{
    return (word | (word - ONES)) & HIGHS;
}

/* Length of the valid sequence at p (1…4), or minus the length of the longest prefix that could have begun one (at least 1): what
 * one U+FFFD stands for. */
static int sequence(const unsigned char *p, size_t len)
{
    unsigned c = p[0];
    if (c < 0x80)
        return c == 0 ? -1 : 1;
    if (c < 0xC2 || c > 0xF4)
        return -1;
    int need = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    /* The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF. */
    unsigned low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (len < 2 || p[1] < low || p[1] > high)
        return -1;
    for (int i = 2; i < need; i++)
        if (len <= (size_t)i || (p[i] & 0xC0) != 0x80)
            return -i;
    return need;
}

bool utf8_valid(const char *bytes, size_t len)
{
    const char *p = bytes, *end = bytes + len;
    while (end - p >= 16 && (not_plain(load8(p)) | not_plain(load8(p + 8))) == 0)
        p += 16;
    while (p < end) {
        if (end - p >= 8) {
            uint64_t odd = not_plain(load8(p));
            if (odd == 0) {
                p += 8;
                continue;
            }
            p += __builtin_ctzll(odd) / 8;
        } else if (len >= 8 && not_plain(load8(end - 8)) == 0) {
            return true;
        }
        int n = sequence((const unsigned char *)p, (size_t)(end - p));
        if (n < 0)
            return false;
        p += n;
    }
    return true;
}

size_t utf8_length(const char *bytes, size_t len)
{
    size_t i = 0, continuation = 0;
    for (; len - i >= 8; i += 8) {
        uint64_t word = load8(bytes + i);
        continuation += (((word >> 7) & (~word >> 6) & ONES) * ONES) >> 56;
    }
    for (; i < len; i++)
        continuation += ((unsigned char)bytes[i] & 0xC0) == 0x80;
    return len - continuation;
}

size_t utf8_replace(const char *bytes, size_t len, char *out)
{
    static const char mark[] = {'\xEF', '\xBF', '\xBD'}; /* U+FFFD */
    char *to = out;
    for (size_t i = 0; i < len;) {
        int n = sequence((const unsigned char *)bytes + i, len - i);
        if (n > 0) {
            memcpy(to, bytes + i, (size_t)n);
            to += n;
            i += (size_t)n;
        } else {
            memcpy(to, mark, sizeof mark);
            to += sizeof mark;
            i += (size_t)-n;
        }
    }
    return (size_t)(to - out);
}
