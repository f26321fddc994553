/* SPDX-License-Identifier: MIT */
/*
 * 8-bit images from PNG and JPEG files. Files are input from outside: a bad
 * one is a sentence in @err.
 */
#ifndef GS_IMAGE_H
#define GS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Rows from the top, pixels from the left, channels innermost. */
struct gs_image {
	uint32_t width, height;
	uint32_t channels; /**< 1 gray, 3 red green blue */
	uint8_t *pixels; /**< width * height * channels; gs_image_free() */
};

/** gs_image_is() - whether a path's ending is .png, .jpg or .jpeg, in any case */
bool gs_image_is(const char *path);

/**
 * gs_image_read() - read a PNG or JPEG file; content decides which, not the name
 * @channels: 1 or 3. Colour becomes gray as ITU-R BT.601 luma; transparent
 *            pixels are laid over black.
 * Returns 0, -errno of the file, -EINVAL or -ENOMEM with a sentence in @err.
 */
int gs_image_read(const char *path, uint32_t channels, struct gs_image *out,
		  char *err, size_t errsize);

/**
 * gs_image_resize() - bilinear, with a filter as wide as the reduction
 * An image that has the size already is copied unchanged. 0 or -ENOMEM.
 */
int gs_image_resize(const struct gs_image *in, uint32_t width, uint32_t height,
		    struct gs_image *out);

/**
 * gs_image_write() - write a PNG file, replacing one
 * Returns 0, or -errno with a sentence in @err. Equal images give equal bytes.
 */
int gs_image_write(const char *path, const struct gs_image *image, char *err,
		   size_t errsize);

void gs_image_free(struct gs_image *image);

#endif /* GS_IMAGE_H */
