/* SPDX-License-Identifier: Apache-2.0 */
/* model/number.h - numbers as text, fast and independent of the locale. */
#ifndef TIDEMARK_MODEL_NUMBER_H
#define TIDEMARK_MODEL_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Decimal digits, with a minus where needed; ends with a NUL. Returns the length. */
size_t integer_text(int64_t value, char out[24]);

/* The shortest decimal text that reads back as the same double, as the older scripts wrote it (Python's repr): "3.0", "0.0001", "1e-05", "1e+16", "nan", "inf", "-inf". Returns the length. */
size_t real_text(double value, char out[32]);

/* The same for a single-precision number: the shortest text that reads back as the same float. */
size_t real_text_float(float value, char out[32]);

#endif
