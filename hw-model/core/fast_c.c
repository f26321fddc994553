/* SPDX-License-Identifier: MIT */
/* The fast executor in plain C, for every processor. */

#include "hw-model/core/fast_gemm.h"
#include "hw-model/core/fast_rows.h"

#define COLUMNS 4
#define PIXELS 2

/* @num pixels, @width columns; the sums stay in registers. */
static inline __attribute__((always_inline)) void
block(const struct gs_gemm *g, uint64_t pixel, unsigned column, unsigned num,
      unsigned width)
{
	int32_t sum[PIXELS][16] = { { 0 } };
	const unsigned n = g->n, m = g->m;

	for (uint32_t s = 0; s < g->num_steps; s++) {
		const int8_t *w = (const int8_t *)g->w +
				  (size_t)(g->w_row + g->steps[s].w) * n * m +
				  column;
		const int8_t *x = (const int8_t *)g->x +
				  (size_t)g->steps[s].x * n +
				  gs_gemm_x(g, pixel);
		const size_t next = (size_t)g->stride * n;

		for (unsigned r = 0; r < n; r++, w += m)
			for (unsigned p = 0; p < num; p++)
				for (unsigned c = 0; c < width; c++)
					sum[p][c] += (int16_t)(x[p * next + r] *
							       w[c]);
	}
	for (unsigned p = 0; p < num; p++)
		gs_gemm_end(g, pixel + p, column, sum[p], width);
}

static inline __attribute__((always_inline)) void
strip(const struct gs_gemm *g, unsigned column, unsigned width)
{
	uint64_t pixel = 0;

	for (; pixel + PIXELS <= g->pixels; pixel += PIXELS)
		block(g, pixel, column, PIXELS, width);
	for (; pixel < g->pixels; pixel++)
		block(g, pixel, column, 1, width);
}

static void gemm(const struct gs_gemm *g)
{
	unsigned column = 0;

	for (; column + 16 <= g->m; column += 16)
		strip(g, column, 16);
	for (; column < g->m; column += COLUMNS)
		strip(g, column, COLUMNS);
}

const struct gs_fast_ops gs_fast_c = {
	.name = "C",
	.columns = COLUMNS,
	.gemm = gemm,
	.rows = rows,
};
