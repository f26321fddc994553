/* SPDX-License-Identifier: MIT */
/*
 * Drawing on a picture of three channels. Coordinates are pixels from the left
 * and top edge, so the middle of the first pixel is 0.5; what lies outside of
 * the picture, or is no number, is not drawn.
 */
#ifndef GS_CANVAS_H
#define GS_CANVAS_H

#include "runtime/support/image.h"

struct gs_color {
	uint8_t r, g, b;
};

/** gs_canvas_blend() - lay a colour over a pixel inside the picture; @part from 0 to 1 */
void gs_canvas_blend(struct gs_image *im, uint32_t x, uint32_t y,
		     struct gs_color color, float part);

/** gs_canvas_line() - a line with round ends and smooth edges */
void gs_canvas_line(struct gs_image *im, float x0, float y0, float x1, float y1,
		    float width, struct gs_color color);

/** gs_canvas_disc() - a filled circle */
void gs_canvas_disc(struct gs_image *im, float x, float y, float radius,
		    struct gs_color color);

/** gs_canvas_frame() - the outline of a box, its edges on whole pixels */
void gs_canvas_frame(struct gs_image *im, const float box[4], uint32_t width,
		     struct gs_color color);

/** gs_canvas_fill() - a box from pixel @x, @y on, cut off at the edges */
void gs_canvas_fill(struct gs_image *im, int64_t x, int64_t y, uint32_t width,
		    uint32_t height, struct gs_color color);

/** gs_canvas_text_width() - pixels of a text; it is 7 * @scale high */
uint32_t gs_canvas_text_width(const char *text, uint32_t scale);

/**
 * gs_canvas_text() - text with its upper left corner at a pixel
 * @scale: pixels of a dot of a letter, which is 5 x 7. Printable ASCII; others
 *         are a box.
 */
void gs_canvas_text(struct gs_image *im, int64_t x, int64_t y, const char *text,
		    uint32_t scale, struct gs_color color);

#endif /* GS_CANVAS_H */
