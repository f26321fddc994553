/* SPDX-License-Identifier: MIT */
/* Calibration samples from arrays and pictures. */
#ifndef GSC_CALIB_H
#define GSC_CALIB_H

#include "compiler/tools/gsc_args.h"

struct gsc_calib {
	struct gs_calib
		calib[GSC_MAX_CALIB]; /**< one for each input that has files */
	float *samples[GSC_MAX_CALIB]; /**< what they point to */
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
