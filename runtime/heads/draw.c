/* SPDX-License-Identifier: MIT */
#include "runtime/heads/draw.h"

#include <math.h>
#include <stdio.h>

#include "runtime/support/canvas.h"

/* Colours of classes: far from each other and from skin, wood and sky. */
static const struct gs_color palette[] = {
	{ 0, 230, 118 },  { 255, 64, 129 }, { 41, 182, 246 }, { 255, 214, 0 },
	{ 224, 64, 251 }, { 255, 109, 0 },  { 29, 233, 182 }, { 118, 255, 3 },
};
static const struct gs_color black = { 0, 0, 0 };
static const struct gs_color point_color = { 255, 234, 0 };
static const struct gs_color tint = { 255, 64, 129 };

#define TINT_PART 0.45f
#define NUM_COLORS (sizeof(palette) / sizeof(palette[0]))

void gs_head_place(struct gs_head_found *f, const struct gs_placement *at)
{
	const size_t points = f->num * f->num_points;

	for (size_t i = 0; i < f->num; i++)
		for (int k = 0; k < 4; k++)
			f->item[i].at[k] =
				k % 2 ? gs_placement_y(at, f->item[i].at[k]) :
					gs_placement_x(at, f->item[i].at[k]);
	for (size_t i = 0; i < points; i++) {
		f->point[2 * i] = gs_placement_x(at, f->point[2 * i]);
		f->point[2 * i + 1] = gs_placement_y(at, f->point[2 * i + 1]);
	}
}

/* A pixel for each so many of the shorter side. */
static uint32_t units(const struct gs_image *im, uint32_t pixels)
{
	uint32_t side = im->width < im->height ? im->width : im->height;
	uint32_t n = (side + pixels / 2) / pixels;

	return n ? n : 1;
}

/* ---- boxes ------------------------------------------------------------------- */

/* Above the box; inside where there is no room. */
static void draw_label(struct gs_image *im, const float box[4],
		       const char *text, uint32_t line, struct gs_color color)
{
	const uint32_t scale = units(im, 280), pad = 2 * scale;
	const uint32_t width = gs_canvas_text_width(text, scale) + 2 * pad;
	const uint32_t height = 7 * scale + 2 * pad;
	const float left = box[0] < 0 ? 0 : box[0];
	int64_t x, y;

	if (!(left < (float)im->width) || !(box[1] < (float)im->height) ||
	    !(box[3] > 0) || !(box[2] > 0))
		return;
	x = (int64_t)left - line / 2;
	if (x + width > im->width)
		x = (int64_t)im->width - width;
	if (x < 0)
		x = 0;
	y = box[1] < 0 ? 0 : (int64_t)box[1] - height;
	if (y < 0)
		y = box[1] < 0 ? 0 : (int64_t)box[1];
	gs_canvas_fill(im, x, y, width, height, color);
	gs_canvas_text(im, x + pad, y + pad, text, scale, black);
}

static void draw_box(struct gs_image *im, const struct gs_head_item *item,
		     const float *point, uint32_t num_points, const char *label)
{
	const struct gs_color color = palette[item->label % NUM_COLORS];
	const uint32_t line = units(im, 200);
	char text[80];

	gs_canvas_frame(im, item->at, line, color);
	for (uint32_t i = 0; i < num_points; i++)
		gs_canvas_disc(im, point[2 * i], point[2 * i + 1],
			       1.2f * (float)line, point_color);
	if (label)
		snprintf(text, sizeof(text), "%.60s %.2f", label,
			 (double)item->score);
	else
		snprintf(text, sizeof(text), "%.2f", (double)item->score);
	draw_label(im, item->at, text, line, color);
}

/* The best last, so that it is above the others. */
static void draw_boxes(struct gs_image *im, const struct gs_head_found *f,
		       const char *const *label, size_t num_labels)
{
	for (size_t i = f->num; i--;) {
		const struct gs_head_item *item = &f->item[i];

		draw_box(im, item, f->point + 2 * i * f->num_points,
			 f->num_points,
			 item->label < num_labels ? label[item->label] : NULL);
	}
}

/* ---- masks ------------------------------------------------------------------- */

/* Place of a pixel between two values of a row or column of the map. */
struct between {
	uint32_t from, to;
	float part; /* of @to */
};

static struct between find_between(float at, uint32_t size)
{
	const float last = (float)(size - 1);
	const float clamped = at < 0 ? 0 : at > last ? last : at;
	const uint32_t from = (uint32_t)clamped;

	return (struct between){ from, from + 1 < size ? from + 1 : from,
				 clamped - (float)from };
}

static float map_at(const struct gs_head_found *f, struct between x,
		    struct between y)
{
	const float *up = f->map + (size_t)y.from * f->map_width;
	const float *down = f->map + (size_t)y.to * f->map_width;
	const float a = up[x.from] + (up[x.to] - up[x.from]) * x.part;
	const float b = down[x.from] + (down[x.to] - down[x.from]) * x.part;

	return a + (b - a) * y.part;
}

/* The map as large as the picture, so that the edges of the mask are smooth. */
static void draw_mask(struct gs_image *im, const struct gs_head_found *f,
		      const struct gs_placement *at)
{
	const float sx = (float)f->map_width / (float)f->width *
			 (float)at->inner_width / (float)at->width;
	const float sy = (float)f->map_height / (float)f->height *
			 (float)at->inner_height / (float)at->height;
	const float left =
		(float)at->left * (float)f->map_width / (float)f->width;
	const float top =
		(float)at->top * (float)f->map_height / (float)f->height;

	for (uint32_t y = 0; y < im->height; y++) {
		const struct between row = find_between(
			top + ((float)y + 0.5f) * sy - 0.5f, f->map_height);

		for (uint32_t x = 0; x < im->width; x++) {
			const struct between column = find_between(
				left + ((float)x + 0.5f) * sx - 0.5f,
				f->map_width);

			if (map_at(f, column, row) > f->threshold)
				gs_canvas_blend(im, x, y, tint, TINT_PART);
		}
	}
}

static void draw_regions(struct gs_image *im, const struct gs_head_found *f)
{
	for (size_t i = 0; i < f->num; i++)
		gs_canvas_frame(im, f->item[i].at, units(im, 256), palette[0]);
}

/* ---- lines ------------------------------------------------------------------- */

static void draw_lines(struct gs_image *im, const struct gs_head_found *f)
{
	const float width = (float)units(im, 256);

	for (size_t i = f->num; i--;) {
		const float *at = f->item[i].at;

		gs_canvas_line(im, at[0], at[1], at[2], at[3], width,
			       palette[0]);
	}
	for (size_t i = f->num; i--;)
		for (int end = 0; end < 4; end += 2)
			gs_canvas_disc(im, f->item[i].at[end],
				       f->item[i].at[end + 1], width,
				       palette[1]);
}

void gs_head_draw(struct gs_image *im, const struct gs_head_found *f,
		  const struct gs_placement *at, const char *const *label,
		  size_t num_labels)
{
	switch (f->kind) {
	case GS_HEAD_BOXES:
		draw_boxes(im, f, label, num_labels);
		break;
	case GS_HEAD_MASK:
		draw_mask(im, f, at);
		draw_regions(im, f);
		break;
	case GS_HEAD_LINES:
		draw_lines(im, f);
		break;
	}
}
