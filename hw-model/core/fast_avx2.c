/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX2. Products of 8-bit values are made from pairs of
 * 16-bit ones (VPMADDWD), which is exact: VPMADDUBSW would saturate.
 */

#include <immintrin.h>

#include "hw-model/core/fast_gemm.h"
#include "hw-model/core/fast_rows.h"

#define COLUMNS 8
#define PIXELS 6

static void convert(void *dst, const int8_t *src, size_t num)
{
	int16_t *out = dst;

	for (size_t i = 0; i < num; i++)
		out[i] = src[i];
}

/* [n / 2][m][2] */
static void pack(void *dst, int32_t *sums, const int8_t *src, unsigned n,
		 unsigned m)
{
	int16_t *out = dst;

	(void)sums;
	for (unsigned r = 0; r < n; r += 2, src += 2 * m, out += 2 * m)
		for (unsigned c = 0; c < m; c += COLUMNS) {
			__m128i low = _mm_loadl_epi64((const void *)(src + c));
			__m128i high =
				_mm_loadl_epi64((const void *)(src + m + c));

			_mm256_storeu_si256(
				(__m256i *)(out + 2 * c),
				_mm256_cvtepi8_epi16(
					_mm_unpacklo_epi8(low, high)));
		}
}

static inline __attribute__((always_inline)) __m256i pair(const int16_t *x)
{
	int32_t value;

	memcpy(&value, x, sizeof(value));
	return _mm256_set1_epi32(value);
}

/* @num pixels, @vectors times 8 columns. */
static inline __attribute__((always_inline)) void
block(const struct gs_gemm *g, uint64_t pixel, unsigned column, unsigned num,
      unsigned vectors)
{
	const unsigned n = g->n, m = g->m;
	const size_t next = (size_t)g->stride * n;
	const int16_t *x0 = (const int16_t *)g->x + gs_gemm_x(g, pixel);
	__m256i sum[PIXELS][2];
	int32_t out[2 * COLUMNS];

	for (unsigned p = 0; p < num; p++)
		for (unsigned v = 0; v < vectors; v++)
			sum[p][v] = _mm256_setzero_si256();
	for (uint32_t s = 0; s < g->num_steps; s++) {
		const int16_t *w = (const int16_t *)g->w +
				   (size_t)(g->w_row + g->steps[s].w) * n * m +
				   (size_t)column * 2;
		const int16_t *x = x0 + (size_t)g->steps[s].x * n;

		for (unsigned r = 0; r < n; r += 2, w += 2 * m) {
			__m256i wv[2];

			for (unsigned v = 0; v < vectors; v++)
				wv[v] = _mm256_loadu_si256(
					(const __m256i *)(w + 16 * v));
			for (unsigned p = 0; p < num; p++) {
				__m256i xv = pair(x + p * next + r);

				for (unsigned v = 0; v < vectors; v++)
					sum[p][v] = _mm256_add_epi32(
						sum[p][v],
						_mm256_madd_epi16(xv, wv[v]));
			}
		}
	}
	for (unsigned p = 0; p < num; p++) {
		for (unsigned v = 0; v < vectors; v++)
			_mm256_storeu_si256((__m256i *)(out + COLUMNS * v),
					    sum[p][v]);
		gs_gemm_end(g, pixel + p, column, out, COLUMNS * vectors);
	}
}

static inline __attribute__((always_inline)) void
strip(const struct gs_gemm *g, unsigned column, unsigned vectors)
{
	uint64_t pixel = 0;

	for (; pixel + PIXELS <= g->pixels; pixel += PIXELS)
		block(g, pixel, column, PIXELS, vectors);
	for (; pixel + 2 <= g->pixels; pixel += 2)
		block(g, pixel, column, 2, vectors);
	for (; pixel < g->pixels; pixel++)
		block(g, pixel, column, 1, vectors);
}

static void gemm(const struct gs_gemm *g)
{
	unsigned column = 0;

	for (; column + 2 * COLUMNS <= g->m; column += 2 * COLUMNS)
		strip(g, column, 2);
	for (; column < g->m; column += COLUMNS)
		strip(g, column, 1);
}

const struct gs_fast_ops gs_fast_avx2 = {
	.name = "AVX2",
	.columns = COLUMNS,
	.x_bytes = 2,
	.w_bytes = 2,
	.convert = convert,
	.pack = pack,
	.gemm = gemm,
	.rows = rows,
};
