/* SPDX-License-Identifier: MIT */
/*
 * A caller's bindings, matched with the inputs or outputs of a model.
 */
#ifndef GS_RT_BIND_H
#define GS_RT_BIND_H

#include "runtime/core/model.h"

/**
 * gs_bind() - match and check
 * @output: for outputs, else for inputs
 * @slot: receives the binding of each input or output, by position
 * Returns 0, or -EINVAL with a sentence.
 */
int gs_bind(const struct gs_model *model, bool output,
	    const struct gs_binding *binding, uint32_t num,
	    const struct gs_binding **slot);

/** gs_bind_read() - quantize an input and write it into activation memory */
int gs_bind_read(struct gs_context *ctx, uint32_t input,
		 const struct gs_binding *binding);

/** gs_bind_write() - read an output and dequantize it */
int gs_bind_write(const struct gs_context *ctx, uint32_t output,
		  const struct gs_binding *binding);

#endif /* GS_RT_BIND_H */
