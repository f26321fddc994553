/* SPDX-License-Identifier: MIT */
/*
 * What the products of all vector units share: the end of a sum.
 */
#ifndef GS_FAST_GEMM_H
#define GS_FAST_GEMM_H

#include "hw-model/core/fast.h"

static inline int32_t *gs_gemm_out(const struct gs_gemm *g, uint64_t pixel)
{
	return g->out + (int64_t)pixel * g->out_stride * (int64_t)g->m;
}

/* First element of x for a pixel. */
static inline size_t gs_gemm_x(const struct gs_gemm *g, uint64_t pixel)
{
	return (size_t)(g->first + (int64_t)pixel * g->stride) * g->n;
}

/* out = start + sum, for @num columns from @column on. */
static inline void gs_gemm_end(const struct gs_gemm *g, uint64_t pixel,
			       unsigned column, const int32_t *sum,
			       unsigned num)
{
	int32_t *out = gs_gemm_out(g, pixel) + column;
	const int32_t *start = g->start ? g->start + column : out;

	for (unsigned c = 0; c < num; c++) {
		uint32_t value = (uint32_t)start[c] + (uint32_t)sum[c];

		if (g->correction)
			value += (uint32_t)g->correction[column + c];
		out[c] = g->wide ? (int32_t)value : (int16_t)value;
	}
}

#endif /* GS_FAST_GEMM_H */
