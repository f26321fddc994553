/* SPDX-License-Identifier: MIT */
#ifndef GS_EVAL_BORDER_H
#define GS_EVAL_BORDER_H

#include "compiler/passes/eval.h"

/** An element beyond the picture */
struct gs_eval_border {
	const struct gs_tensor *tensor; /**< as the node reads it */
	int64_t at[GS_MEM_DIMS]; /**< n, h, w, c */
	float is,
		expected; /**< NaN: nothing was written there, or there is no memory */
};

/**
 * gs_eval_border_check() - does a node that reads beyond the picture find there what its pads stand for?
 *
 * Operators are evaluated with their pads; the device reads a border instead.
 * Zeros are expected in that of a Conv or an AveragePool, the lowest value in
 * that of a MaxPool. Looks at memory as it is now; what has no layout yet has no
 * border. Returns false and the first element that is another one.
 */
bool gs_eval_border_check(const struct gs_eval *eval,
			  const struct gs_node *node,
			  struct gs_eval_border *out);

#endif /* GS_EVAL_BORDER_H */
