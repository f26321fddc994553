/* SPDX-License-Identifier: MIT */
/* Samples of a graph's inputs: what the float model is run on. */
#ifndef GS_SAMPLES_H
#define GS_SAMPLES_H

#include "compiler/passes/eval.h"
#include "compiler/passes/passes.h"

#define GS_NOISE_SAMPLES 4
#define GS_NOISE_SEED 0x9e3779b97f4a7c15u

struct gs_samples {
	const struct gs_graph *graph;
	const struct gs_calib *input[GS_MAX_IO]; /**< NULL: noise */
	size_t num;
	uint64_t random; /**< state of the noise */
	struct gs_diag *diag;
	int err; /**< -errno of a sample that could not be read, reported; those after it are not either */
};

/**
 * gs_samples_init() - find the samples of every input of @graph
 * @calib: stays the caller's, as long as @samples is used; @num 0: GS_NOISE_SAMPLES of noise in [0, 1)
 *
 * Returns 0, or -EINVAL after it reported which input has no samples, or samples of another size.
 */
int gs_samples_init(struct gs_samples *samples, const struct gs_graph *graph,
		    const struct gs_calib *calib, size_t num,
		    struct gs_diag *diag);

/**
 * gs_samples_load() - write sample @index to the inputs of @eval
 * Sets @samples->err, which is to be looked at before what follows is believed.
 * Noise is the same in every run that loads samples in ascending order.
 */
void gs_samples_load(struct gs_samples *samples, size_t index,
		     struct gs_eval *eval);

#endif /* GS_SAMPLES_H */
