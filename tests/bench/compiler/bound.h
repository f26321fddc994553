/* SPDX-License-Identifier: MIT */
/*
 * The bound of each layer, from shapes alone: what a group of the published
 * bound takes (published.c), told of its convolution or matrix product.
 */
#ifndef GS_BENCH_BOUND_H
#define GS_BENCH_BOUND_H

#include "compiler/ir/ir.h"
#include "genesys/arch.h"

enum bound_by {
	BOUND_ARRAY,
	BOUND_TANDEM,
	BOUND_PARAM,
	BOUND_IBUF,
	BOUND_SIMD,
	BOUND_COUNT
};

struct bound {
	double cycles[BOUND_COUNT];
	enum bound_by by; /**< the largest */
};

/** bound_name() - "array" */
const char *bound_name(enum bound_by by);

/** bound_of() - of a node; all 0 for one that belongs to a group before it, or to none */
void bound_of(const struct gs_graph *graph, const struct gs_node *node,
	      const struct gs_arch *arch, struct bound *out);

#endif /* GS_BENCH_BOUND_H */
