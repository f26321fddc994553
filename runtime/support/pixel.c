/* SPDX-License-Identifier: MIT */
#include "runtime/support/pixel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/support/image.h"
#include "runtime/support/number.h"

/* ---- metadata ---------------------------------------------------------------- */

static int parse_list(const char *what, const char *text, double *list,
		      uint32_t *num, char *err, size_t errsize)
{
	*num = (uint32_t)gs_number_list(text, list, GS_PIXEL_MAX_CHANNELS);
	if (*num)
		return 0;
	snprintf(err, errsize,
		 "%s '%s': expected a number or fraction, or up to %d with "
		 "commas",
		 what, text, GS_PIXEL_MAX_CHANNELS);
	return -EINVAL;
}

static int parse_color(const char *text, struct gs_pixel *p, char *err,
		       size_t errsize)
{
	p->bgr = !strcmp(text, "bgr");
	p->channels = !strcmp(text, "gray")	     ? 1 :
		      p->bgr || !strcmp(text, "rgb") ? 3 :
						       0;
	if (p->channels)
		return 0;
	snprintf(err, errsize, "color '%s'; expected gray, rgb or bgr", text);
	return -EINVAL;
}

static int parse_fit(const char *text, struct gs_pixel *p, char *err,
		     size_t errsize)
{
	p->letterbox = !strcmp(text, "letterbox");
	if (p->letterbox || !strcmp(text, "stretch"))
		return 0;
	snprintf(err, errsize, "fit '%s'; expected stretch or letterbox", text);
	return -EINVAL;
}

int gs_pixel_parse(const struct gs_pixel_text *text, struct gs_pixel *p,
		   char *err, size_t errsize)
{
	int ret;

	memset(p, 0, sizeof(*p));
	p->known = text->scale != NULL;
	ret = parse_list("scale", text->scale ? text->scale : "1", p->scale,
			 &p->num_scales, err, errsize);
	if (!ret)
		ret = parse_list("mean", text->mean ? text->mean : "0", p->mean,
				 &p->num_means, err, errsize);
	if (!ret && text->extra)
		ret = parse_list("extra", text->extra, p->extra, &p->num_extra,
				 err, errsize);
	if (!ret && text->color)
		ret = parse_color(text->color, p, err, errsize);
	if (!ret && text->fit)
		ret = parse_fit(text->fit, p, err, errsize);
	return ret;
}

/* ---- values ------------------------------------------------------------------ */

float gs_pixel_value(const struct gs_pixel *p, double value, uint64_t c)
{
	double mean = p->mean[c < p->num_means ? c : p->num_means - 1];
	double scale = p->scale[c < p->num_scales ? c : p->num_scales - 1];

	return (float)((value - mean) * scale);
}

bool gs_pixel_fits(const struct gs_pixel *p, uint32_t channels)
{
	uint32_t own = channels - p->num_extra;

	return channels > p->num_extra && (own == 1 || own == 3) &&
	       (!p->channels || p->channels == own);
}

static uint32_t at_least_one(double x)
{
	return x < 1 ? 1 : (uint32_t)(x + 0.5);
}

/* The largest place of the picture's proportions, in the middle. */
static struct gs_placement place(const struct gs_pixel *p,
				 const struct gs_image *im,
				 const struct gs_pixel_input *in)
{
	struct gs_placement at = { im->width, im->height, 0,
				   0,	      in->width,  in->height };
	uint64_t wide = (uint64_t)im->width * in->height;
	uint64_t high = (uint64_t)im->height * in->width;

	if (!p->letterbox || wide == high)
		return at;
	if (wide > high)
		at.inner_height = at_least_one((double)high / im->width);
	else
		at.inner_width = at_least_one((double)wide / im->height);
	at.left = (in->width - at.inner_width) / 2;
	at.top = (in->height - at.inner_height) / 2;
	return at;
}

/* Pixel (x, y) of channel @c of the input; @im is as large as its place. */
static float value_at(const struct gs_pixel *p, const struct gs_image *im,
		      const struct gs_placement *at, uint32_t x, uint32_t y,
		      uint32_t c)
{
	uint32_t from = p->bgr ? im->channels - 1 - c : c;

	if (c >= im->channels)
		return (float)p->extra[c - im->channels];
	if (x < at->left || y < at->top || x - at->left >= im->width ||
	    y - at->top >= im->height)
		return gs_pixel_value(p, 0, c);
	return gs_pixel_value(
		p,
		im->pixels[((size_t)(y - at->top) * im->width + x - at->left) *
				   im->channels +
			   from],
		c);
}

static void copy_values(const struct gs_pixel *p, const struct gs_image *im,
			const struct gs_placement *at,
			const struct gs_pixel_input *in, float *to)
{
	const size_t plane = (size_t)in->width * in->height;

	for (uint32_t y = 0; y < in->height; y++)
		for (uint32_t x = 0; x < in->width; x++)
			for (uint32_t c = 0; c < in->channels; c++) {
				size_t i = (size_t)y * in->width + x;
				size_t k = in->nhwc ? i * in->channels + c :
						      c * plane + i;

				to[k] = value_at(p, im, at, x, y, c);
			}
}

int gs_pixel_load(const struct gs_pixel *p, const char *path,
		  const struct gs_pixel_input *in, float *to,
		  struct gs_placement *where, char *err, size_t errsize)
{
	struct gs_placement at;
	struct gs_image file, im;
	int ret = gs_image_read(path, in->channels - p->num_extra, &file, err,
				errsize);

	if (ret)
		return ret;
	at = place(p, &file, in);
	ret = gs_image_resize(&file, at.inner_width, at.inner_height, &im);
	gs_image_free(&file);
	if (ret) {
		snprintf(err, errsize, "%s: out of memory", path);
		return ret;
	}
	copy_values(p, &im, &at, in, to);
	gs_image_free(&im);
	if (where)
		*where = at;
	return 0;
}

/* ---- places ------------------------------------------------------------------ */

float gs_placement_x(const struct gs_placement *at, float x)
{
	return (x - (float)at->left) * (float)at->width /
	       (float)at->inner_width;
}

float gs_placement_y(const struct gs_placement *at, float y)
{
	return (y - (float)at->top) * (float)at->height /
	       (float)at->inner_height;
}
