/* SPDX-License-Identifier: Apache-2.0 */
/* ui/glyph.h - signs in UTF-8 and in ASCII. Each is one cell wide in both. */
#ifndef TIDEMARK_UI_GLYPH_H
#define TIDEMARK_UI_GLYPH_H

#include "ui/canvas.h"

const char *glyph_text(Glyph glyph, bool ascii);

/* A column of a sparkline, 0…7; ASCII: digits 0–9. */
const char *glyph_height(int height, bool ascii);

/* Safe UTF-8 text with the signs of texts of ours (… – › and so on) in ASCII; other characters stay. g_free() it. */
char *glyph_to_ascii(const char *text);

#endif
