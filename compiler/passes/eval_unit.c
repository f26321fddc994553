/* SPDX-License-Identifier: MIT */
#include "compiler/passes/eval_unit.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The lanes are vectors by hand: compilers tend to unroll them into scalars.
 * Enough sums are under way at once to hide how long an addition takes, and all
 * of them are in registers: no address of one is taken, or each would be stored
 * again and again.
 */
#define TILE(name, attribute, bytes, rows, vectors)                          \
	attribute static void name(const float *w, int64_t k,                \
				   const float *cols, int64_t num,           \
				   const float *bias, float *out)            \
	{                                                                    \
		typedef float vec __attribute__((vector_size(bytes)));       \
		typedef float vec_at __attribute__((vector_size(bytes),      \
						    aligned(4), may_alias)); \
		enum { LANES = (bytes) / 4, WIDTH = LANES * (vectors) };     \
		int64_t at, i;                                               \
		int r, v;                                                    \
                                                                             \
		for (at = 0; at < num; at += WIDTH) {                        \
			const float *from = cols + at;                       \
			vec sum[rows][vectors], x[vectors];                  \
                                                                             \
			for (r = 0; r < (rows); r++)                         \
				for (v = 0; v < (vectors); v++)              \
					sum[r][v] = (vec){ 0 } +             \
						    (bias ? bias[r] : 0.0f); \
			for (i = 0; i < k; i++, from += GS_TILE_COLS) {      \
				for (v = 0; v < (vectors); v++)              \
					x[v] = *(const vec_at *)(from +      \
								 v * LANES); \
				for (r = 0; r < (rows); r++)                 \
					for (v = 0; v < (vectors); v++)      \
						sum[r][v] +=                 \
							w[r * k + i] * x[v]; \
			}                                                    \
			for (r = 0; r < (rows); r++)                         \
				for (v = 0; v < (vectors); v++)              \
					*(vec_at *)(out + r * GS_TILE_COLS + \
						    at + v * LANES) =        \
						sum[r][v];                   \
		}                                                            \
	}

#define NOTHING
TILE(plain_rows, NOTHING, 16, 4, 2)
TILE(plain_one, NOTHING, 16, 1, 4)

static const struct gs_eval_unit plain = { 4, plain_rows, plain_one };

#if defined(__x86_64__)
TILE(avx2_rows, __attribute__((target("avx2"))), 32, 4, 2)
TILE(avx2_one, __attribute__((target("avx2"))), 32, 1, 4)
TILE(avx512_rows, __attribute__((target("avx512f"))), 64, 8, 2)
TILE(avx512_one, __attribute__((target("avx512f"))), 64, 1, 4)

static const struct gs_eval_unit avx2 = { 4, avx2_rows, avx2_one };
static const struct gs_eval_unit avx512 = { 8, avx512_rows, avx512_one };
#endif

const struct gs_eval_unit *gs_eval_unit_level(unsigned level)
{
	if (level == 0)
		return &plain;
#if defined(__x86_64__)
	if (level == 1 && __builtin_cpu_supports("avx2"))
		return &avx2;
	if (level == 2 && __builtin_cpu_supports("avx512f"))
		return &avx512;
#endif
	return NULL;
}

const struct gs_eval_unit *gs_eval_unit(void)
{
	const struct gs_eval_unit *best = &plain;
	unsigned level;

	for (level = 1; level < 3; level++)
		if (gs_eval_unit_level(level))
			best = gs_eval_unit_level(level);
	return best;
}
