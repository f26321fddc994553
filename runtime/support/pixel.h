/* SPDX-License-Identifier: MIT */
/*
 * How pictures become values of a model's input, as its metadata says:
 *
 *	input.scale, input.mean	(pixel - mean) * scale; one for all channels or
 *				one for each
 *	input.color		gray, rgb or bgr
 *	input.fit		stretch (default), or letterbox: the whole picture in
 *				its proportions in the middle, black beside it
 *	input.extra		values of the channels behind those of the picture
 */
#ifndef GS_PIXEL_H
#define GS_PIXEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GS_PIXEL_MAX_CHANNELS 16

/** Values of the keys; NULL for those that are not there. */
struct gs_pixel_text {
	const char *scale, *mean, *color, *fit, *extra;
};

struct gs_pixel {
	double scale[GS_PIXEL_MAX_CHANNELS], mean[GS_PIXEL_MAX_CHANNELS];
	double extra[GS_PIXEL_MAX_CHANNELS];
	uint32_t num_scales, num_means; /**< 1: for all channels */
	uint32_t num_extra;
	uint32_t channels; /**< of pictures: 1 or 3, 0: as the input has */
	bool bgr;
	bool letterbox;
	bool known; /**< a scale was given */
};

/** An input that takes a picture. */
struct gs_pixel_input {
	uint32_t width, height;
	uint32_t channels; /**< of the picture and extra ones */
	bool nhwc; /**< channels innermost, else outermost */
};

/** Where a picture stands in an input: all in pixels. */
struct gs_placement {
	uint32_t width, height; /**< of the picture */
	uint32_t left, top; /**< of its place in the input */
	uint32_t inner_width, inner_height;
};

/** gs_pixel_parse() - 0, or -EINVAL with a sentence in @err */
int gs_pixel_parse(const struct gs_pixel_text *text, struct gs_pixel *pixel,
		   char *err, size_t errsize);

/** gs_pixel_value() - a pixel of channel @c */
float gs_pixel_value(const struct gs_pixel *pixel, double value, uint64_t c);

/** gs_pixel_fits() - whether pictures can be given to an input of so many channels */
bool gs_pixel_fits(const struct gs_pixel *pixel, uint32_t channels);

/**
 * gs_pixel_load() - read a PNG or JPEG file as values
 * @input: gs_pixel_fits()
 * @to: width * height * channels values
 * @at: where the picture stands then; may be NULL
 * Returns 0, or -errno with a sentence in @err.
 */
int gs_pixel_load(const struct gs_pixel *pixel, const char *path,
		  const struct gs_pixel_input *input, float *to,
		  struct gs_placement *at, char *err, size_t errsize);

/** gs_placement_x() - from a place in the input to one in the picture */
float gs_placement_x(const struct gs_placement *at, float x);
float gs_placement_y(const struct gs_placement *at, float y);

#endif /* GS_PIXEL_H */
