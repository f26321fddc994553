/* SPDX-License-Identifier: MIT */
#include "runtime/support/canvas.h"

#include <math.h>
#include <string.h>

#include "runtime/support/font.h"

static uint8_t mix(uint8_t below, uint8_t above, float part)
{
	return (uint8_t)((float)below + ((float)above - (float)below) * part +
			 0.5f);
}

void gs_canvas_blend(struct gs_image *im, uint32_t x, uint32_t y,
		     struct gs_color color, float part)
{
	uint8_t *p = im->pixels + ((size_t)y * im->width + x) * 3;

	p[0] = mix(p[0], color.r, part);
	p[1] = mix(p[1], color.g, part);
	p[2] = mix(p[2], color.b, part);
}

/* ---- lines ------------------------------------------------------------------- */

/* A range of pixels, cut off at the edges. */
struct span {
	uint32_t from, to; /* behind the last */
};

static struct span span(float low, float high, uint32_t size)
{
	struct span s = { 0, 0 };

	low = floorf(low);
	high = ceilf(high) + 1;
	if (!(low < (float)size) || !(high > 0))
		return s;
	s.from = low > 0 ? (uint32_t)low : 0;
	s.to = high < (float)size ? (uint32_t)high : size;
	return s;
}

/* Part of the line, from 0 to 1, that is nearest to a point. */
static float nearest(float x, float y, float dx, float dy)
{
	float square = dx * dx + dy * dy;
	float t = square > 0 ? (x * dx + y * dy) / square : 0;

	return t < 0 ? 0 : t > 1 ? 1 : t;
}

/*
 * Columns of a row that a line comes near, from what of it is not farther than
 * @reach above or below: of long lines most of the box around them is not.
 */
static struct span near_columns(float x0, float dx, float py, float dy,
				float reach, uint32_t width)
{
	float from = dy != 0 ? (py - reach) / dy : 0;
	float to = dy != 0 ? (py + reach) / dy : 1;
	float a, b;

	from = from > 0 ? (from < 1 ? from : 1) : 0;
	to = to > 0 ? (to < 1 ? to : 1) : 0;
	a = x0 + from * dx;
	b = x0 + to * dx;
	return span(fminf(a, b) - reach - 1, fmaxf(a, b) + reach + 1, width);
}

void gs_canvas_line(struct gs_image *im, float x0, float y0, float x1, float y1,
		    float width, struct gs_color color)
{
	const float dx = x1 - x0, dy = y1 - y0, reach = width / 2 + 0.5f;
	const struct span rows =
		span(fminf(y0, y1) - reach, fmaxf(y0, y1) + reach, im->height);

	if (!isfinite(dx) || !isfinite(dy))
		return;
	for (uint32_t y = rows.from; y < rows.to; y++) {
		const float py = (float)y + 0.5f - y0;
		const struct span columns =
			near_columns(x0, dx, py, dy, reach, im->width);

		for (uint32_t x = columns.from; x < columns.to; x++) {
			float px = (float)x + 0.5f - x0;
			float t = nearest(px, py, dx, dy);
			float ax = px - t * dx, ay = py - t * dy;
			float part = reach - sqrtf(ax * ax + ay * ay);

			if (part > 0)
				gs_canvas_blend(im, x, y, color,
						part < 1 ? part : 1);
		}
	}
}

void gs_canvas_disc(struct gs_image *im, float x, float y, float radius,
		    struct gs_color color)
{
	gs_canvas_line(im, x, y, x, y, 2 * radius, color);
}

/* ---- boxes ------------------------------------------------------------------- */

static int64_t clamp(int64_t v, int64_t max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

void gs_canvas_fill(struct gs_image *im, int64_t x, int64_t y, uint32_t width,
		    uint32_t height, struct gs_color color)
{
	const uint32_t right = (uint32_t)clamp(x + width, im->width);
	const uint32_t bottom = (uint32_t)clamp(y + height, im->height);

	for (uint32_t py = (uint32_t)clamp(y, im->height); py < bottom; py++)
		for (uint32_t px = (uint32_t)clamp(x, im->width); px < right;
		     px++)
			gs_canvas_blend(im, px, py, color, 1);
}

/* A coordinate as a whole number, a picture's side beyond the picture at most. */
static int64_t whole(float v, uint32_t size)
{
	const float side = (float)size;

	return (int64_t)roundf(v < -side ? -side : v > 2 * side ? 2 * side : v);
}

void gs_canvas_frame(struct gs_image *im, const float box[4], uint32_t width,
		     struct gs_color color)
{
	const int64_t half = width / 2;
	int64_t at[4];
	uint32_t w, h;

	for (int i = 0; i < 4; i++)
		if (!isfinite(box[i]))
			return;
	for (int i = 0; i < 4; i++)
		at[i] = whole(box[i], i % 2 ? im->height : im->width) - half;
	if (at[2] < at[0] || at[3] < at[1])
		return;
	w = (uint32_t)(at[2] - at[0]) + width;
	h = (uint32_t)(at[3] - at[1]) + width;
	gs_canvas_fill(im, at[0], at[1], w, width, color);
	gs_canvas_fill(im, at[0], at[3], w, width, color);
	gs_canvas_fill(im, at[0], at[1], width, h, color);
	gs_canvas_fill(im, at[2], at[1], width, h, color);
}

/* ---- text -------------------------------------------------------------------- */

uint32_t gs_canvas_text_width(const char *text, uint32_t scale)
{
	const size_t len = strlen(text);

	return len ? (uint32_t)(len * (GS_FONT_WIDTH + 1) - 1) * scale : 0;
}

static void draw_glyph(struct gs_image *im, int64_t x, int64_t y, char letter,
		       uint32_t scale, struct gs_color color)
{
	const uint8_t *rows = gs_font_glyph(letter);

	for (int row = 0; row < GS_FONT_HEIGHT; row++)
		for (int column = 0; column < GS_FONT_WIDTH; column++)
			if (rows[row] >> (GS_FONT_WIDTH - 1 - column) & 1)
				gs_canvas_fill(im, x + column * (int64_t)scale,
					       y + row * (int64_t)scale, scale,
					       scale, color);
}

void gs_canvas_text(struct gs_image *im, int64_t x, int64_t y, const char *text,
		    uint32_t scale, struct gs_color color)
{
	for (; *text && x < im->width; text++) {
		draw_glyph(im, x, y, *text, scale, color);
		x += (GS_FONT_WIDTH + 1) * (int64_t)scale;
	}
}
