/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.h - checking and counting UTF-8 as PostgreSQL does: no NUL, no surrogates, nothing above U+10FFFF. */
#ifndef TIDEMARK_BASE_UTF8_H
#define TIDEMARK_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True when the bytes are valid UTF-8 without U+0000. Fast on ASCII (8 bytes at a time). */
bool utf8_valid(const char *bytes, size_t len);

/* Code points in valid UTF-8. */
size_t utf8_length(const char *bytes, size_t len);

/* Writes the bytes with every invalid sequence and U+0000 replaced by U+FFFD; out must have room for 3 * len bytes.
 * Returns the bytes written. */
size_t utf8_replace(const char *bytes, size_t len, char *out);

#endif
