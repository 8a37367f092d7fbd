/* SPDX-License-Identifier: Apache-2.0 */
/* model/decimal.h - exact decimal numbers as text, without ever computing with them.
 *
 * A Decimal borrows the text it was read from. Nothing is allocated before the caller has seen how long the plain form would be, so a hostile
 * "1e999999999" costs nothing. */
#ifndef TIDEMARK_MODEL_DECIMAL_H
#define TIDEMARK_MODEL_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* What an unconstrained numeric of PostgreSQL can hold: digits before and behind the point. */
#define NUMERIC_MAX_INTEGER  131072
#define NUMERIC_MAX_FRACTION 16383

typedef enum DecimalKind { DECIMAL_FINITE, DECIMAL_NAN, DECIMAL_INFINITY } DecimalKind;

typedef struct Decimal {
    DecimalKind kind;
    bool negative;        /* of zero: never */
    const char *whole;    /* digits before the point as written, */
    const char *fraction; /* and behind it */
    size_t whole_len, fraction_len;
    int64_t point;         /* significant digits before the decimal point (zero or less: the number is below 1) */
    int64_t first, last;   /* first and last significant digit, counted over whole and fraction; last < first: zero */
    int64_t written_scale; /* digits behind the point as written, exponent applied; at least 0 */
} Decimal;

/* Reads "1.10", "-.5", "1E+10", "NaN", "Infinity", "-inf" with blanks around it. */
bool decimal_read(const char *text, size_t len, Decimal *out);

bool decimal_is_zero(const Decimal *decimal);
int64_t decimal_integer_digits(const Decimal *decimal);  /* significant digits before the point; 0 below 1 */
int64_t decimal_fraction_digits(const Decimal *decimal); /* significant digits behind it; 0: integral */

/* False when it is not integral or beyond int64. */
bool decimal_int64(const Decimal *decimal, int64_t *out);

/* Plain decimal text ("-12.50") with exactly scale digits behind the point; the significant ones must fit (nothing is rounded). In the arena. */
const char *decimal_plain(const Decimal *decimal, int64_t scale, Arena *arena, uint32_t *len);

#endif
