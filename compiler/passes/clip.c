/* SPDX-License-Identifier: MIT */
/*
 * The scale of a channel's weights. Of 255 steps the largest weight decides; of
 * 15, bounding a few large ones gives the others finer steps.
 */
#include <math.h>

#include "compiler/passes/passes.h"

/* Scales that are tried: parts of the one that bounds nothing. */
#define TRIES 20
#define LEAST 0.4

static double squared_error(const float *w, int64_t num, double scale,
			    double most)
{
	double sum = 0;
	int64_t i;

	for (i = 0; i < num; i++) {
		const double q = rint((double)w[i] / scale);
		const double d =
			(double)w[i] - scale * fmax(fmin(q, most), -most);

		sum += d * d;
	}
	return sum;
}

double gs_weight_scale(const float *w, int64_t num, double max,
		       enum gs_dtype type)
{
	const double most = gs_dtype_high(type), whole = max / most;
	double best = whole, least;
	int i;

	if (type != GS_DT_I4 || !(max > 0))
		return whole;
	least = squared_error(w, num, whole, most);
	for (i = 1; i <= TRIES; i++) {
		const double scale = whole * (1 - (1 - LEAST) * i / TRIES);
		const double error = squared_error(w, num, scale, most);

		if (error >= least)
			continue;
		least = error;
		best = scale;
	}
	return best;
}
