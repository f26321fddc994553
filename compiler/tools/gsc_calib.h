/* SPDX-License-Identifier: MIT */
/* Calibration samples from arrays and pictures. */
#ifndef GSC_CALIB_H
#define GSC_CALIB_H

#include "compiler/tools/gsc_args.h"

/** An array of floats whose samples are read when they are asked for. */
struct gsc_stream {
	const char *path;
	int fd;
	size_t offset,
		elems; /**< of the first sample in bytes; of each in floats */
};

struct gsc_calib {
	struct gs_calib
		calib[GSC_MAX_CALIB]; /**< one for each input that has files */
	float *samples[GSC_MAX_CALIB]; /**< what they point to */
	struct gsc_stream stream[GSC_MAX_CALIB]; /**< or read; no path: none */
	size_t num;
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
