/* SPDX-License-Identifier: MIT */
/*
 * Products of vector units that take four bytes at once: included by a file that
 * is compiled for one and defines
 *	vec			32-bit lanes, COLUMNS of them
 *	vec_load(p)		vec_store(p, v)
 *	vec_x(p)		four bytes of activations from p on, for vec_mac()
 *	vec_add(a, b)		lane by lane
 *	vec_mac(sum, x, w)	sum + the products of what four bytes of x and w hold
 *	vec_low16(v)		the low 16 bits, sign-extended
 *	COLUMNS, DEPTH, W_BYTES	as in struct gs_fast_ops
 *	PIXELS			of a block: 6 or 8
 * Defines gemm() and blocks.
 */
#ifndef GS_FAST_BLOCK_H
#define GS_FAST_BLOCK_H

#include "hw-model/core/fast_gemm.h"

/* Sums begin in registers. */
GS_INLINE void block_begin(const struct gs_strips *at, vec sum[PIXELS][2],
			   unsigned num, unsigned strips)
{
	GS_UNROLL
	for (unsigned p = 0; p < num; p++) {
		GS_UNROLL
		for (unsigned v = 0; v < strips; v++)
			sum[p][v] = vec_load(at->begin[v]);
	}
}

GS_INLINE void block_end(const struct gs_gemm *g, const struct gs_strips *at,
			 const struct gs_gemm_pixel *pixel, vec sum[PIXELS][2],
			 unsigned num, unsigned strips)
{
	GS_UNROLL
	for (unsigned p = 0; p < num; p++) {
		GS_UNROLL
		for (unsigned v = 0; v < strips; v++) {
			int32_t *out = at->out[v] + pixel[p].out;

			if (g->add)
				sum[p][v] = vec_add(sum[p][v], vec_load(out));
			if (!g->wide)
				sum[p][v] = vec_low16(sum[p][v]);
			vec_store(out, sum[p][v]);
		}
	}
}

GS_INLINE void block(const struct gs_gemm *g, const struct gs_strips *at,
		     const struct gs_gemm_pixel *pixel, unsigned num,
		     unsigned strips)
{
	const uint8_t *x[PIXELS];
	vec sum[PIXELS][2];

	GS_UNROLL
	for (unsigned p = 0; p < num; p++)
		x[p] = (const uint8_t *)g->x + pixel[p].x;
	block_begin(at, sum, num, strips);
	for (uint32_t s = 0; s < g->num_steps; s++) {
		const struct gs_gemm_step step = g->steps[s];
		vec w[2];

		GS_UNROLL
		for (unsigned v = 0; v < strips; v++)
			w[v] = vec_load(at->w[v] + step.w);
		GS_UNROLL
		for (unsigned p = 0; p < num; p++) {
			const vec xp = vec_x(x[p] + step.x);

			GS_UNROLL
			for (unsigned v = 0; v < strips; v++)
				sum[p][v] = vec_mac(sum[p][v], xp, w[v]);
		}
	}
	block_end(g, at, pixel, sum, num, strips);
}

GS_BLOCK(1, 1)
GS_BLOCK(2, 1)
GS_BLOCK(3, 1)
GS_BLOCK(4, 1)
GS_BLOCK(5, 1)
GS_BLOCK(6, 1)
GS_BLOCK(1, 2)
GS_BLOCK(2, 2)
GS_BLOCK(3, 2)
GS_BLOCK(4, 2)
GS_BLOCK(5, 2)
GS_BLOCK(6, 2)
#if PIXELS == 8
GS_BLOCK(7, 1)
GS_BLOCK(8, 1)
GS_BLOCK(7, 2)
GS_BLOCK(8, 2)
#define SEVEN_EIGHT(strips) , block_7_##strips, block_8_##strips
#else
#define SEVEN_EIGHT(strips)
#endif

/* clang-format off */
static const struct gs_blocks blocks = {
	.columns = COLUMNS,
	.bytes = DEPTH * W_BYTES,
	.strips = 2,
	.pixels = PIXELS,
	.block = {
		{ block_1_1, block_2_1, block_3_1, block_4_1, block_5_1,
		  block_6_1 SEVEN_EIGHT(1) },
		{ block_1_2, block_2_2, block_3_2, block_4_2, block_5_2,
		  block_6_2 SEVEN_EIGHT(2) },
	},
};
/* clang-format on */

static void gemm(const struct gs_gemm *g)
{
	gs_gemm_run(g, &blocks);
}

#endif /* GS_FAST_BLOCK_H */
