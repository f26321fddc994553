/* SPDX-License-Identifier: MIT */
/* What steps of 4 bits shift results by on average, measured layer by layer and taken from biases. */
#ifndef GS_SHIFT_H
#define GS_SHIFT_H

#include "compiler/passes/passes.h"

#define GS_SHIFT_SAMPLES 16

struct gs_shift;

/** gs_shift_wanted() - whether data or weights have 4 bits; with 8 there is nothing to be gained */
bool gs_shift_wanted(const struct gs_graph *graph);

/**
 * gs_shift_create() - keep the mean of each channel that the float model computes, before activations
 * @calib, @num: as for gs_pass_calibrate(); of the first GS_SHIFT_SAMPLES samples
 *
 * Before gs_pass_quantize(). Of results of Conv and Gemm. *out is NULL with one
 * sample or none, which cannot tell what all have in common. 0, or -errno after
 * reporting.
 */
int gs_shift_create(const struct gs_graph *graph, const struct gs_calib *calib,
		    size_t num, struct gs_shift **out, struct gs_diag *diag);

/**
 * gs_shift_correct() - change biases so that the quantized model has these means
 *
 * After gs_pass_quantize(). Layer after layer, each with what those before it
 * compute then. A channel's mean moves by what samples agree on: the less, the
 * more they differ. 0, or -errno after reporting.
 */
int gs_shift_correct(struct gs_shift *shift, struct gs_graph *graph,
		     struct gs_diag *diag);

void gs_shift_destroy(struct gs_shift *shift);

#endif /* GS_SHIFT_H */
