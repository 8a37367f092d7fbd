/* SPDX-License-Identifier: Apache-2.0 */
#include "model/number.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define EXACT_15_DIGITS 1e15 /* every decimal of up to 15 digits has a double of its own */

/* At most 20 digits, without a NUL. */
static int put_digits(char *out, uint64_t number)
{
    char reversed[20];
    int count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (int i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return count;
}

size_t integer_text(int64_t value, char out[24])
{
    bool minus = value < 0;
    out[0] = '-';
    int count = put_digits(out + minus, minus ? 0 - (uint64_t)value : (uint64_t)value) + minus;
    out[count] = '\0';
    return (size_t)count;
}

/* value = 0.d1d2d3… × 10^point */
typedef struct Shortest {
    char digits[24];
    int count, point;
} Shortest;

static void drop_zeros(Shortest *s)
{
    while (s->count > 1 && s->digits[s->count - 1] == '0')
        s->count--;
}

static void take_integer(Shortest *s, uint64_t number, int scale)
{
    s->count = put_digits(s->digits, number);
    s->point = s->count - scale;
    drop_zeros(s);
}

/* Most numbers in real data have a few decimals: scaled by 10^k they are integers, and dividing an exact integer by an exact power of ten
 * rounds correctly, so that the division proves the text. */
static bool short_decimal(double value, Shortest *s)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    if (value < 1e-3)
        return false;
    for (int scale = 0; scale < (int)G_N_ELEMENTS(powers); scale++) {
        double scaled = value * powers[scale] + 0.5;
        if (scaled >= EXACT_15_DIGITS)
            return false;
        uint64_t number = (uint64_t)scaled;
        if ((double)number / powers[scale] == value) {
            take_integer(s, number, scale);
            return true;
        }
    }
    return false;
}

static bool reads_back(const char *text, double value, bool single)
{
    return single ? (double)strtof(text, NULL) == value : strtod(text, NULL) == value;
}

/* The next larger number of as many digits; false when that has fewer. */
static bool step_up(char *text)
{
    for (char *p = strchr(text, 'e') - 1; p >= text; p--) {
        if (!g_ascii_isdigit(*p))
            continue;
        if (*p < '9') {
            ++*p;
            return true;
        }
        *p = '0';
    }
    return false;
}

static bool power_of_two(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits << 12 == 0; /* no bit of the fraction */
}

/* Fewer digits are tried first only where they can suffice: a normal number needs at most 15 (6) or else 16, 17 (7, 8, 9); a denormal may
 * need one. Below a power of two the doubles lie closer than above it, so there the nearest text of n digits may miss while the next one
 * above reads back. Text of printf and strtod is in one and the same locale here; only digits and exponent are taken from it. */
static void search(double value, bool single, Shortest *s)
{
    int enough = single ? 9 : 17;
    bool denormal = value < (single ? (double)__FLT_MIN__ : __DBL_MIN__);
    bool edge = power_of_two(value);
    char text[40];
    for (int digits = denormal ? 1 : single ? 6 : 15; digits <= enough; digits++) {
        g_snprintf(text, sizeof text, "%.*e", digits - 1, value);
        if (reads_back(text, value, single) || (edge && step_up(text) && reads_back(text, value, single)))
            break;
    }
    s->count = 0;
    const char *p = text;
    for (; *p != 'e'; p++)
        if (g_ascii_isdigit(*p))
            s->digits[s->count++] = *p;
    s->point = (int)strtol(p + 1, NULL, 10) + 1;
    drop_zeros(s);
}

static char *put_zeros(char *p, int count)
{
    for (int i = 0; i < count; i++)
        *p++ = '0';
    return p;
}

static char *put(char *p, const char *from, int count)
{
    memcpy(p, from, (size_t)count);
    return p + count;
}

/* Plain from 0.0001 up to below 1e16, with an exponent beyond. */
static char *layout(char *p, const Shortest *s)
{
    int exponent = s->point - 1;
    if (exponent < -4 || exponent >= 16) {
        *p++ = s->digits[0];
        if (s->count > 1) {
            *p++ = '.';
            p = put(p, s->digits + 1, s->count - 1);
        }
        return p + g_snprintf(p, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    }
    if (s->point <= 0) {
        p = put(p, "0.", 2);
        p = put_zeros(p, -s->point);
        return put(p, s->digits, s->count);
    }
    int whole = MIN(s->point, s->count);
    p = put(p, s->digits, whole);
    p = put_zeros(p, s->point - whole);
    *p++ = '.';
    if (whole == s->count)
        *p++ = '0';
    return put(p, s->digits + whole, s->count - whole);
}

static size_t write_real(double value, bool single, char out[32])
{
    char *p = out;
    if (isnan(value))
        return g_strlcpy(out, "nan", 32);
    if (signbit(value))
        *p++ = '-';
    value = fabs(value);
    if (isinf(value)) {
        p = put(p, "inf", 3);
    } else {
        Shortest s = {0};
        if (value == 0)
            take_integer(&s, 0, 0);
        else if (single || !short_decimal(value, &s))
            search(value, single, &s);
        p = layout(p, &s);
    }
    *p = '\0';
    return (size_t)(p - out);
}

size_t real_text(double value, char out[32])
{
    return write_real(value, false, out);
}

size_t real_text_float(float value, char out[32])
{
    return write_real((double)value, true, out);
}
