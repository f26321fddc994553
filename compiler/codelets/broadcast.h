/* SPDX-License-Identifier: MIT */
/* Operands that spread to the result as ONNX broadcasts them. */
#ifndef GS_BROADCAST_H
#define GS_BROADCAST_H

#include "compiler/codelets/eval.h"

/**
 * gs_broadcast_input() - tensor and extents of an activation that may broadcast
 * Its dimensions are aligned to those of the result from the right; extents
 * stay those of the tensor. -ENOTSUP when it would have to move in memory.
 */
int gs_broadcast_input(struct gs_scope *ev, struct gs_bound_operand *o,
		       struct gs_tensor *t);

/** gs_broadcast_const() - a constant that is one value, or one for each channel of the result */
int gs_broadcast_const(struct gs_scope *ev, struct gs_bound_operand *o,
		       struct gs_tensor *t);

/** gs_needs_spread() - the operand has one channel, the result several, and no temporary holds it in all lanes yet */
bool gs_needs_spread(const struct gs_scope *ev,
		     const struct gs_bound_operand *o);

/**
 * gs_spread_statement() - make a temporary with the only channel of an operand in every lane
 * @reader: the statement that reads it; it gives the loops
 * Adds the temporary to the operands. Returns the statement that fills it, to
 * be bound before @reader, or NULL (ev->err).
 */
const struct gs_cl_statement *
gs_spread_statement(struct gs_scope *ev, const struct gs_cl_statement *reader,
		    unsigned operand);

#endif /* GS_BROADCAST_H */
