/* SPDX-License-Identifier: MIT */
#include "runtime/support/image.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jpeglib.h>
#include <png.h>

#include "hw-model/isa/file.h"

/* Larger ones are not photographs for a network but attacks on memory. */
#define MAX_SIDE 32768u
#define MAX_PIXELS (1u << 28)

bool gs_image_is(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcasecmp(dot, ".png") || !strcasecmp(dot, ".jpg") ||
		       !strcasecmp(dot, ".jpeg"));
}

void gs_image_free(struct gs_image *image)
{
	free(image->pixels);
	memset(image, 0, sizeof(*image));
}

/* Whether a picture of @kind has a size that is read; else says which has. */
static bool size_ok(const char *kind, uint64_t width, uint64_t height,
		    char *err, size_t errsize)
{
	if (width && height && width <= MAX_SIDE && height <= MAX_SIDE &&
	    width * height <= MAX_PIXELS)
		return true;
	snprintf(
		err, errsize,
		"%s of %llu x %llu pixels; expected 1 to %lu on a side and at most %lu in all",
		kind, (unsigned long long)width, (unsigned long long)height,
		(unsigned long)MAX_SIDE, (unsigned long)MAX_PIXELS);
	return false;
}

static size_t image_bytes(const struct gs_image *im)
{
	return (size_t)im->width * im->height * im->channels;
}

/* ---- PNG --------------------------------------------------------------------- */

static int read_png(const char *data, size_t size, struct gs_image *out,
		    char *err, size_t errsize)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	png_color black = { 0, 0, 0 };

	if (!png_image_begin_read_from_memory(&png, data, size))
		goto bad;
	if (!size_ok("PNG", png.width, png.height, err, errsize)) {
		png_image_free(&png);
		return -EINVAL;
	}
	out->channels = png.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
	png.format = out->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
	out->width = png.width;
	out->height = png.height;
	out->pixels = malloc(image_bytes(out));
	if (!out->pixels) {
		png_image_free(&png);
		snprintf(err, errsize, "out of memory");
		return -ENOMEM;
	}
	if (!png_image_finish_read(&png, &black, out->pixels, 0, NULL))
		goto bad;
	return 0;

bad:
	snprintf(err, errsize, "PNG: %s", png.message);
	png_image_free(&png);
	gs_image_free(out);
	return -EINVAL;
}

/* ---- JPEG -------------------------------------------------------------------- */

struct jpeg_error {
	struct jpeg_error_mgr mgr;
	jmp_buf jump;
	char text[JMSG_LENGTH_MAX];
};

static void on_jpeg_error(j_common_ptr common)
{
	struct jpeg_error *e = (struct jpeg_error *)common->err;

	e->mgr.format_message(common, e->text);
	longjmp(e->jump, 1);
}

/* Warnings are corrupt data that libjpeg would paper over: refuse it. */
static void on_jpeg_message(j_common_ptr common, int level)
{
	if (level < 0)
		on_jpeg_error(common);
}

static void jpeg_rows(struct jpeg_decompress_struct *jpeg, struct gs_image *im)
{
	size_t stride = (size_t)im->width * im->channels;

	while (jpeg->output_scanline < jpeg->output_height) {
		JSAMPROW row = im->pixels + stride * jpeg->output_scanline;

		jpeg_read_scanlines(jpeg, &row, 1);
	}
}

/* @out is behind a pointer, so longjmp() finds it as it was set. */
static int decode_jpeg(struct jpeg_decompress_struct *jpeg,
		       struct jpeg_error *e, const char *data, size_t size,
		       struct gs_image *out)
{
	if (setjmp(e->jump))
		return -EINVAL;
	jpeg_create_decompress(jpeg);
	jpeg_mem_src(jpeg, (const unsigned char *)data, (unsigned long)size);
	jpeg_read_header(jpeg, TRUE);
	jpeg->out_color_space = jpeg->jpeg_color_space == JCS_GRAYSCALE ?
					JCS_GRAYSCALE :
					JCS_RGB;
	jpeg_calc_output_dimensions(jpeg);
	out->width = jpeg->output_width;
	out->height = jpeg->output_height;
	out->channels = (uint32_t)jpeg->out_color_components;
	if (!size_ok("JPEG", out->width, out->height, e->text, sizeof(e->text)))
		return -EINVAL;
	out->pixels = malloc(image_bytes(out));
	if (!out->pixels)
		return -ENOMEM;
	jpeg_start_decompress(jpeg);
	jpeg_rows(jpeg, out);
	jpeg_finish_decompress(jpeg);
	return 0;
}

static int read_jpeg(const char *data, size_t size, struct gs_image *out,
		     char *err, size_t errsize)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error e;
	int ret;

	memset(&jpeg, 0, sizeof(jpeg));
	memset(&e, 0, sizeof(e));
	jpeg.err = jpeg_std_error(&e.mgr);
	e.mgr.error_exit = on_jpeg_error;
	e.mgr.emit_message = on_jpeg_message;
	ret = decode_jpeg(&jpeg, &e, data, size, out);
	jpeg_destroy_decompress(&jpeg);
	if (ret) {
		snprintf(err, errsize, "JPEG: %s",
			 ret == -ENOMEM ? "out of memory" : e.text);
		gs_image_free(out);
	}
	return ret;
}

/* ---- channels ---------------------------------------------------------------- */

static void to_gray(const uint8_t *rgb, size_t pixels, uint8_t *gray)
{
	for (size_t i = 0; i < pixels; i++, rgb += 3)
		gray[i] = (uint8_t)((299u * rgb[0] + 587u * rgb[1] +
				     114u * rgb[2] + 500u) /
				    1000u);
}

static int convert(struct gs_image *im, uint32_t channels)
{
	size_t pixels = (size_t)im->width * im->height;
	uint8_t *to;

	if (im->channels == channels)
		return 0;
	to = malloc(pixels * channels);
	if (!to)
		return -ENOMEM;
	if (channels == 1)
		to_gray(im->pixels, pixels, to);
	else
		for (size_t i = 0; i < pixels; i++)
			memset(to + 3 * i, im->pixels[i], 3);
	free(im->pixels);
	im->pixels = to;
	im->channels = channels;
	return 0;
}

int gs_image_read(const char *path, uint32_t channels, struct gs_image *out,
		  char *err, size_t errsize)
{
	struct gs_image im = { .pixels = NULL };
	char why[JMSG_LENGTH_MAX + 64] = "neither PNG nor JPEG";
	char *data;
	size_t size;
	int ret = gs_file_read(path, SIZE_MAX / 4, &data, &size);

	if (ret) {
		snprintf(err, errsize, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = -EINVAL;
	if (channels != 1 && channels != 3)
		snprintf(why, sizeof(why), "%u channels; expected 1 or 3",
			 channels);
	else if (size >= 8 && !png_sig_cmp((png_const_bytep)data, 0, 8))
		ret = read_png(data, size, &im, why, sizeof(why));
	else if (size >= 3 && !memcmp(data, "\xff\xd8\xff", 3))
		ret = read_jpeg(data, size, &im, why, sizeof(why));
	free(data);
	if (!ret && convert(&im, channels)) {
		gs_image_free(&im);
		snprintf(why, sizeof(why), "out of memory");
		ret = -ENOMEM;
	}
	if (ret)
		snprintf(err, errsize, "%s: %s", path, why);
	else
		*out = im;
	return ret;
}

/* ---- writing ----------------------------------------------------------------- */

/* All bytes of a PNG file, free() them; NULL after a sentence. */
static char *encode_png(const struct gs_image *im, size_t *size, char *err,
			size_t errsize)
{
	png_image png = { .version = PNG_IMAGE_VERSION,
			  .width = im->width,
			  .height = im->height,
			  .format = im->channels == 3 ? PNG_FORMAT_RGB :
							PNG_FORMAT_GRAY };
	png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(png);
	char *data = malloc(room);

	if (!data) {
		snprintf(err, errsize, "out of memory");
		return NULL;
	}
	if (!png_image_write_to_memory(&png, data, &room, 0, im->pixels, 0,
				       NULL)) {
		snprintf(err, errsize, "PNG: %s", png.message);
		free(data);
		return NULL;
	}
	*size = room;
	return data;
}

int gs_image_write(const char *path, const struct gs_image *im, char *err,
		   size_t errsize)
{
	char why[96];
	size_t size;
	char *data = encode_png(im, &size, why, sizeof(why));
	int ret = -EINVAL;

	if (data) {
		ret = gs_file_write(path, data, size);
		snprintf(why, sizeof(why), "cannot be written: %s",
			 strerror(-ret));
	}
	if (ret)
		snprintf(err, errsize, "%s: %s", path, why);
	free(data);
	return ret;
}

/* ---- resize ------------------------------------------------------------------ */

/*
 * Weight of input @i for output @o: a triangle around the output's centre,
 * one input pixel wide to each side, or one output pixel when reducing.
 */
static float weight(float centre, float reach, uint32_t i)
{
	float d = fabsf((float)i + 0.5f - centre) / reach;

	return d < 1.0f ? 1.0f - d : 0.0f;
}

/* One axis of a resize: elements of a line before and after. */
struct axis {
	uint32_t len, to;
	size_t step; /* floats of one element, moved together */
};

static void resize_line(const struct axis *ax, const float *in, float *out)
{
	float ratio = (float)ax->len / (float)ax->to;
	float reach = ratio > 1.0f ? ratio : 1.0f;

	for (uint32_t o = 0; o < ax->to; o++) {
		float centre = ((float)o + 0.5f) * ratio, sum = 0.0f;
		float first = floorf(centre - reach);
		uint32_t i = first > 0.0f ? (uint32_t)first : 0;
		float *dst = out + o * ax->step;

		for (size_t k = 0; k < ax->step; k++)
			dst[k] = 0.0f;
		for (; i < ax->len && (float)i < centre + reach; i++) {
			float w = weight(centre, reach, i);

			sum += w;
			for (size_t k = 0; k < ax->step; k++)
				dst[k] += w * in[i * ax->step + k];
		}
		for (size_t k = 0; k < ax->step; k++)
			dst[k] /= sum;
	}
}

static void resize_pixels(const struct gs_image *in, struct gs_image *out,
			  float *row, float *narrow, float *result)
{
	const struct axis across = { in->width, out->width, in->channels };
	size_t in_row = (size_t)in->width * in->channels;
	size_t out_row = (size_t)out->width * in->channels;
	const struct axis down = { in->height, out->height, out_row };

	for (uint32_t y = 0; y < in->height; y++) {
		for (size_t i = 0; i < in_row; i++)
			row[i] = (float)in->pixels[y * in_row + i];
		resize_line(&across, row, narrow + y * out_row);
	}
	resize_line(&down, narrow, result);
	for (size_t i = 0; i < image_bytes(out); i++)
		out->pixels[i] = (uint8_t)(result[i] + 0.5f);
}

int gs_image_resize(const struct gs_image *in, uint32_t width, uint32_t height,
		    struct gs_image *out)
{
	struct gs_image im = { width, height, in->channels, NULL };
	size_t out_row = (size_t)width * in->channels;
	float *row, *narrow, *result;
	bool ok;

	im.pixels = malloc(image_bytes(&im));
	row = calloc((size_t)in->width * in->channels, sizeof(*row));
	narrow = calloc(out_row * in->height, sizeof(*narrow));
	result = calloc(out_row * height, sizeof(*result));
	ok = im.pixels && row && narrow && result;
	if (ok && in->width == width && in->height == height)
		memcpy(im.pixels, in->pixels, image_bytes(&im));
	else if (ok)
		resize_pixels(in, &im, row, narrow, result);
	free(row);
	free(narrow);
	free(result);
	if (!ok) {
		free(im.pixels);
		return -ENOMEM;
	}
	*out = im;
	return 0;
}
