/* SPDX-License-Identifier: MIT */
/*
 * How often values of an activation were seen, and the range that serves them
 * best when only so many steps can be told apart.
 */
#ifndef GS_HISTOGRAM_H
#define GS_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define GS_HISTOGRAM_BINS 2048

struct gs_histogram {
	float min, max; /**< of what is counted; min <= 0 <= max, min < max */
	uint64_t zeros; /**< values that are 0, which every range represents exactly */
	uint64_t total; /**< all values, zeros too */
	uint64_t bin[GS_HISTOGRAM_BINS]; /**< of equal widths from min to max, without zeros */
};

/** gs_histogram_add() - count @num finite values; those beyond the range belong to the outermost bins */
void gs_histogram_add(struct gs_histogram *h, const float *values, size_t num);

/**
 * gs_histogram_percentile() - the range that leaves out the rarest values
 * @percent: of the values that stay, 50 to 100; half of the others is cut off at each end
 * @range: minimum and maximum, which include 0
 *
 * A bin counts as even: what is cut off within one is interpolated.
 */
void gs_histogram_percentile(const struct gs_histogram *h, double percent,
			     float range[2]);

/**
 * gs_histogram_error() - the squared error of quantizing to @levels even steps from @min to @max
 *
 * Steps are taken as gs_pass_quantize() does, with a step at 0; values beyond
 * saturate. The sum over all values, not yet divided by their number.
 */
double gs_histogram_error(const struct gs_histogram *h, unsigned levels,
			  double min, double max);

/**
 * gs_histogram_mse() - the range within that of @h of the least squared error
 *
 * Each end in turn is tried at 1/128 to 128/128 of what was seen, until neither
 * gets better; the widest of equals.
 */
void gs_histogram_mse(const struct gs_histogram *h, unsigned levels,
		      float range[2]);

#endif /* GS_HISTOGRAM_H */
