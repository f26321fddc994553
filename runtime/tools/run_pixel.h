/* SPDX-License-Identifier: MIT */
/*
 * How pixels become values: (pixel - mean) * scale, channel by channel.
 */
#ifndef GS_RUN_PIXEL_H
#define GS_RUN_PIXEL_H

#include "genesys/genesys.h"
#include "runtime/tools/run_opts.h"

#define RUN_MAX_CHANNELS 16

struct run_pixel {
	float scale[RUN_MAX_CHANNELS], mean[RUN_MAX_CHANNELS];
	uint32_t num_scales, num_means; /**< 1: for all channels */
	bool bgr;
	uint32_t channels; /**< of images: 1 or 3, 0: as the input has */
	bool known; /**< the model or the user gave a scale */
	bool warned;
};

/** run_pixel_init() - from options, else metadata; 0 or -EINVAL after printing */
int run_pixel_init(struct run_pixel *p, const struct gs_model *model,
		   const struct run_opts *opts);

/** run_pixel_warn() - say once that the pixels of @path are not scaled, if so */
void run_pixel_warn(struct run_pixel *p, const char *path);

/** run_pixel_value() - a pixel of channel @c */
float run_pixel_value(const struct run_pixel *p, double pixel, uint64_t c);

#endif /* GS_RUN_PIXEL_H */
