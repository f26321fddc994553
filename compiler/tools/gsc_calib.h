/* SPDX-License-Identifier: MIT */
/* Calibration samples from arrays and pictures. */
#ifndef GSC_CALIB_H
#define GSC_CALIB_H

#include "compiler/tools/gsc_args.h"

struct gsc_calib;

/** Samples that are handed out when they are asked for: in memory, or still in an array of floats. */
struct gsc_stream {
	const struct gsc_calib *of;
	const float *data; /**< or NULL: in the file */
	const char *path; /**< or NULL: there is none */
	int fd;
	size_t offset,
		elems; /**< of the first sample in bytes; of each in floats */
};

struct gsc_calib {
	struct gs_calib
		calib[GSC_MAX_CALIB]; /**< one for each input that has files */
	float *samples[GSC_MAX_CALIB]; /**< what they point to */
	struct gsc_stream stream[GSC_MAX_CALIB];
	size_t num;
	/** Sample @sample of @num is asked for; NULL: nobody wants to know. */
	void (*asked)(void *ctx, size_t sample, size_t num);
	void *ctx;
};

/**
 * gsc_calib_load() - read the files of --calibrate
 * @graph: shapes and orders of its inputs are known
 * Returns 0, or -errno after reporting; gsc_calib_free() in both cases.
 */
int gsc_calib_load(struct gsc_calib *c, const struct gsc_args *args,
		   const struct gs_graph *graph, struct gs_diag *diag);
void gsc_calib_free(struct gsc_calib *c);

#endif /* GSC_CALIB_H */
