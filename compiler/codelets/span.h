/* SPDX-License-Identifier: MIT */
/*
 * Spans: loop variables over what a window reaches in a tile (bind.h). The tile
 * of a span follows from those of its base and its kernel. Windows that reach
 * beyond what counts are those of the first and the last step of the base: these
 * are pieces of their own, in which the kernel is cut.
 */
#ifndef GS_SPAN_H
#define GS_SPAN_H

#include "compiler/codelets/bind.h"

/** Steps of a variable whose windows count whole: from @first up to @end */
struct gs_inner {
	uint32_t first, end;
};

/** gs_inner_of() - all steps, but of the base of a span */
struct gs_inner gs_inner_of(const struct gs_bound_node *b, unsigned var);

/** gs_span_tiles() - set the tiles of spans, from those of the variables they are made of */
void gs_span_tiles(const struct gs_bound_node *b, uint32_t *tile);

/** Positions of a kernel: @num from @first on */
struct gs_positions {
	unsigned var;
	uint32_t first, num;
};

/**
 * gs_span_kernel() - positions of the kernel that count from @start of a base on
 * False when @var is no base.
 */
bool gs_span_kernel(const struct gs_bound_node *b, unsigned var, uint32_t start,
		    struct gs_positions *out);

#endif /* GS_SPAN_H */
