/* SPDX-License-Identifier: MIT */
/* A small font of dots. */
#ifndef GS_FONT_H
#define GS_FONT_H

#include <stdint.h>

#define GS_FONT_WIDTH 5
#define GS_FONT_HEIGHT 7

/**
 * gs_font_glyph() - GS_FONT_HEIGHT rows from the top; bit 4 is the left column
 * What the font does not have is a box.
 */
const uint8_t *gs_font_glyph(char letter);

#endif /* GS_FONT_H */
