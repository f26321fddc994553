/* SPDX-License-Identifier: MIT */
/* What a network loses when it is quantized for a machine. */
#ifndef GS_BENCH_LOSS_H
#define GS_BENCH_LOSS_H

#include "tests/bench/compiler/point.h"

/**
 * loss_measure() - signal to noise of the results against the float model, in dB
 * @n: quantized with all its samples, of which gs_quant_report_create() says
 *	how many run
 * @arch: widths of data and weights count, nothing else
 * Returns 0, or -1 after printing a sentence.
 */
int loss_measure(struct network *n, const struct gs_arch *arch,
		 enum gs_calib_kind method, double *snr);

/** loss_of() - the same as gsc does when it is not told; measured once for machines of equal widths */
int loss_of(struct network *n, const struct gs_arch *arch, double *snr);

#endif /* GS_BENCH_LOSS_H */
