/* SPDX-License-Identifier: Apache-2.0 */
/* model/real.h - doubles as the shortest decimal text that reads back as the same double. Independent of the locale. */
#ifndef TIDEMARK_MODEL_REAL_H
#define TIDEMARK_MODEL_REAL_H

#include <stddef.h>

/* As the older scripts wrote them (Python's repr): "3.0", "0.0001", "1e-05", "1e+16", "nan", "inf", "-inf". Returns the length. */
size_t real_text(double value, char out[32]);

/* The same for a single-precision number: the shortest text that reads back as the same float. */
size_t real_text_float(float value, char out[32]);

#endif
