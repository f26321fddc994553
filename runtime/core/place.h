/* SPDX-License-Identifier: MIT */
/*
 * Bindings without a copy: which tensors the program reads and writes in the
 * caller's buffers, and the program for it.
 */
#ifndef GS_RT_PLACE_H
#define GS_RT_PLACE_H

#include "runtime/core/model.h"

/**
 * gs_place_bindings() - decide, and have the backend make the program
 * @slot: bindings of the inputs, then those of the outputs
 */
int gs_place_bindings(struct gs_context *ctx,
		      const struct gs_binding *const *slot);

/**
 * gs_place_borders() - fill the borders of the tensors in buffers
 * Once all inputs were read: one that is copied may lie where an output goes.
 */
void gs_place_borders(const struct gs_context *ctx);

/** gs_place_has() - whether the data of @binding is where the tensor stands */
bool gs_place_has(const struct gs_context *ctx, uint32_t tensor,
		  const struct gs_binding *binding);

/** gs_place_bytes() - of the slot of a place */
uint64_t gs_place_bytes(const struct gs_context *ctx,
			const struct gs_place *place);

/**
 * gs_place_relocate() - the model's code for the places of a context
 * @act: window offset of activation memory
 * @code: gsm->num_words
 */
void gs_place_relocate(const struct gs_context *ctx, uint64_t act,
		       uint32_t *code);

#endif /* GS_RT_PLACE_H */
