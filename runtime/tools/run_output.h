/* SPDX-License-Identifier: MIT */
/*
 * Outputs of gs-run: collected over all runs, written, and listed by size.
 */
#ifndef GS_RUN_OUTPUT_H
#define GS_RUN_OUTPUT_H

#include "runtime/support/npy.h"
#include "runtime/tools/run_input.h"

struct run_output {
	struct gs_tensor_info info;
	struct gs_npy npy; /**< all runs */
	size_t bytes; /**< of one run */
};

struct run_outputs {
	struct run_output *output; /**< of the model, in its order */
	uint32_t num;
};

/** run_stack() - an array of @runs tensors along the first dimension; 0 or -errno */
int run_stack(const struct gs_tensor_info *info, enum gs_npy_type type,
	      size_t runs, struct gs_npy *npy);

/** run_bind() - the bindings of run number @run: one for each input and output */
void run_bind(const struct run_inputs *in, const struct run_outputs *out,
	      size_t run, struct gs_binding *to_in, struct gs_binding *to_out);

/** All return 0, or -errno after printing what is wrong. */
int run_outputs_init(struct run_outputs *out, const struct gs_model *model,
		     const struct run_opts *opts, size_t runs);
int run_outputs_write(const struct run_outputs *out,
		      const struct run_opts *opts);
/** run_outputs_top() - for each sample a block of the largest elements */
int run_outputs_top(const struct run_outputs *out, const struct run_inputs *in,
		    const struct gs_model *model, const struct run_opts *opts);
void run_outputs_free(struct run_outputs *out);

#endif /* GS_RUN_OUTPUT_H */
