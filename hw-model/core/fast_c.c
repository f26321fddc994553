/* SPDX-License-Identifier: MIT */
/* The fast executor in plain C, for every processor. */

#include "hw-model/core/fast_gemm.h"
#include "hw-model/core/fast_rows.h"

#define COLUMNS 4
#define WIDE 16 /* where there are as many */
#define DEPTH 4

/* [n][m] */
static uint64_t pack(void *dst, const int8_t *src, unsigned n, unsigned m,
		     int32_t *sums)
{
	uint64_t filled = 0;
	int8_t *out = dst;

	(void)sums;
	for (unsigned r = 0; r < n; r++, out += m) {
		int any = 0;

		for (unsigned c = 0; c < m; c++) {
			out[c] = src[c * n + r];
			any |= out[c];
		}
		if (any)
			filled |= UINT64_C(1) << r / DEPTH;
	}
	return filled;
}

/* @num pixels, @width columns; the sums stay in registers. */
GS_INLINE void block(const struct gs_gemm *g, const struct gs_strips *at,
		     const struct gs_gemm_pixel *pixel, unsigned num,
		     unsigned width)
{
	int32_t sum[2][WIDE] = { { 0 } };
	const int8_t *x0 = (const int8_t *)g->x + pixel[0].x;
	const int8_t *x1 = (const int8_t *)g->x + pixel[num - 1].x;

	for (uint32_t s = 0; s < g->num_steps; s++) {
		const int8_t *w = (const int8_t *)at->w[0] + g->steps[s].w;
		const uint32_t x = g->steps[s].x;

		for (unsigned r = 0; r < DEPTH; r++, w += g->m) {
			EACH_LANE
			for (unsigned c = 0; c < width; c++) {
				sum[0][c] += (int16_t)(x0[x + r] * w[c]);
				if (num == 2)
					sum[1][c] +=
						(int16_t)(x1[x + r] * w[c]);
			}
		}
	}
	for (unsigned p = 0; p < num; p++) {
		int32_t *out = at->out[0] + pixel[p].out;

		EACH_LANE
		for (unsigned c = 0; c < width; c++) {
			uint32_t value = (uint32_t)sum[p][c] +
					 (uint32_t)at->begin[0][c] +
					 (g->add ? (uint32_t)out[c] : 0);

			out[c] = g->wide ? (int32_t)value : (int16_t)value;
		}
	}
}

#define BLOCK(pixels, columns)                                       \
	static void block_##pixels##_##columns(                      \
		const struct gs_gemm *g, const struct gs_strips *at, \
		const struct gs_gemm_pixel *pixel)                   \
	{                                                            \
		block(g, at, pixel, pixels, columns);                \
	}

BLOCK(1, 4)
BLOCK(2, 4)
BLOCK(1, 16)
BLOCK(2, 16)

static const struct gs_blocks small = {
	.columns = COLUMNS,
	.bytes = 1,
	.strips = 1,
	.pixels = 2,
	.block = { { block_1_4, block_2_4 } },
};

static const struct gs_blocks wide = {
	.columns = WIDE,
	.bytes = 1,
	.strips = 1,
	.pixels = 2,
	.block = { { block_1_16, block_2_16 } },
};

static void gemm(const struct gs_gemm *g)
{
	gs_gemm_run(g, g->m < WIDE ? &small : &wide);
}

const struct gs_fast_ops gs_fast_c = {
	.name = "C",
	.columns = COLUMNS,
	.width = WIDE,
	.depth = DEPTH,
	.w_bytes = 1,
	.pack = pack,
	.gemm = gemm,
	.rows = rows,
	.mul_cast8 = rows_MUL_CAST8,
	.narrow = narrow,
	.widen = widen,
};
