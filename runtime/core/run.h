/* SPDX-License-Identifier: MIT */
/*
 * One inference: inputs in, the layer scheduler's walk over the segments,
 * outputs out. gs_infer() and requests are made of it.
 */
#ifndef GS_RT_RUN_H
#define GS_RT_RUN_H

#include "runtime/core/model.h"

struct gs_run {
	struct gs_context *ctx;
	const struct gs_gsm *gsm;
	struct gs_infer_opts opts;
	const struct gs_binding *const *slot; /**< inputs, then outputs */
	struct gs_counters counters;
	struct gs_stats stats;
	uint32_t blocks; /**< of the layers before the pieces in flight */
	uint64_t submitted_ns; /**< when the pieces were */
	bool timed; /**< to be set after gs_run_init() where cycles are asked for */
	bool spoilt; /**< activation memory may hold anything */
};

/** gs_run_check_opts() - read and check; @out is complete on success */
int gs_run_check_opts(const struct gs_infer_opts *opts,
		      struct gs_infer_opts *out);

/** gs_run_init() - for a context, with checked options and bindings */
void gs_run_init(struct gs_run *run, struct gs_context *ctx,
		 const struct gs_infer_opts *opts,
		 const struct gs_binding *const *slot);

/** gs_run_inputs() - bind, and write the inputs */
int gs_run_inputs(struct gs_run *run);

/** gs_run_submit() - give all segments to the machine, without waiting */
int gs_run_submit(struct gs_run *run);

/** gs_run_layers() - run layer by layer, with the dump function in between */
int gs_run_layers(struct gs_run *run);

/** gs_run_wait() - for what was submitted. -ETIMEDOUT: not yet, without a sentence */
int gs_run_wait(struct gs_run *run, int64_t timeout_ns);

/** gs_run_outputs() - read the outputs */
int gs_run_outputs(struct gs_run *run);

/** gs_run_count() - complete run->stats, also after a fault */
void gs_run_count(struct gs_run *run);

/** gs_run_fault() - the sentence of a fault in piece @piece; returns -EIO */
int gs_run_fault(struct gs_run *run, const struct gs_outcome *out);

/** gs_run_num_blocks() - of layers [first, first + num) */
uint32_t gs_run_num_blocks(const struct gs_gsm *gsm, uint32_t first,
			   uint32_t num);

#endif /* GS_RT_RUN_H */
