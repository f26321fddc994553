/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX-512 VNNI. VPDPBUSD multiplies unsigned by signed
 * bytes, so activations are offset by 128 and the sums corrected by what the
 * columns of the weights make of it.
 */

#include <immintrin.h>

#include "hw-model/core/fast_gemm.h"
#include "hw-model/core/fast_rows.h"

#define COLUMNS 16
#define PIXELS 12

static void convert(void *dst, const int8_t *src, size_t num)
{
	uint8_t *out = dst;

	for (size_t i = 0; i < num; i++)
		out[i] = (uint8_t)src[i] ^ 0x80;
}

/* Four rows of 16 bytes to 16 groups of four. */
static __m512i interleave(const int8_t *src, unsigned m)
{
	__m128i row[4], low[2], high[2];
	__m512i all;

	for (unsigned i = 0; i < 4; i++)
		row[i] = _mm_loadu_si128((const void *)(src + i * m));
	for (unsigned i = 0; i < 2; i++) {
		low[i] = _mm_unpacklo_epi8(row[2 * i], row[2 * i + 1]);
		high[i] = _mm_unpackhi_epi8(row[2 * i], row[2 * i + 1]);
	}
	all = _mm512_castsi128_si512(_mm_unpacklo_epi16(low[0], low[1]));
	all = _mm512_inserti32x4(all, _mm_unpackhi_epi16(low[0], low[1]), 1);
	all = _mm512_inserti32x4(all, _mm_unpacklo_epi16(high[0], high[1]), 2);
	return _mm512_inserti32x4(all, _mm_unpackhi_epi16(high[0], high[1]), 3);
}

/* [n / 4][m][4] */
static void pack(void *dst, int32_t *sums, const int8_t *src, unsigned n,
		 unsigned m)
{
	const __m512i ones = _mm512_set1_epi8(1);
	int8_t *out = dst;

	for (unsigned c = 0; c < m; c += COLUMNS) {
		__m512i sum = _mm512_setzero_si512();

		for (unsigned r = 0; r < n; r += 4) {
			__m512i four = interleave(src + r * m + c, m);

			_mm512_storeu_si512(out + r * m + 4 * c, four);
			sum = _mm512_dpbusd_epi32(sum, ones, four);
		}
		sum = _mm512_sub_epi32(_mm512_setzero_si512(), sum);
		_mm512_storeu_si512(sums + c, _mm512_slli_epi32(sum, 7));
	}
}

static inline __attribute__((always_inline)) __m512i four(const uint8_t *x)
{
	int32_t value;

	memcpy(&value, x, sizeof(value));
	return _mm512_set1_epi32(value);
}

/* @num pixels, 16 columns. */
static inline __attribute__((always_inline)) void
block(const struct gs_gemm *g, uint64_t pixel, unsigned column, unsigned num)
{
	const unsigned n = g->n, m = g->m;
	const size_t next = (size_t)g->stride * n;
	const uint8_t *x0 = (const uint8_t *)g->x + gs_gemm_x(g, pixel);
	int32_t out[COLUMNS];
	__m512i sum[PIXELS];

	for (unsigned p = 0; p < num; p++)
		sum[p] = _mm512_setzero_si512();
	for (uint32_t s = 0; s < g->num_steps; s++) {
		const int8_t *w = (const int8_t *)g->w +
				  (size_t)(g->w_row + g->steps[s].w) * n * m +
				  (size_t)column * 4;
		const uint8_t *x = x0 + (size_t)g->steps[s].x * n;

		for (unsigned r = 0; r < n; r += 4, w += 4 * m) {
			const __m512i wv = _mm512_loadu_si512(w);

			for (unsigned p = 0; p < num; p++)
				sum[p] = _mm512_dpbusd_epi32(
					sum[p], four(x + p * next + r), wv);
		}
	}
	for (unsigned p = 0; p < num; p++) {
		_mm512_storeu_si512(out, sum[p]);
		gs_gemm_end(g, pixel + p, column, out, COLUMNS);
	}
}

static void gemm(const struct gs_gemm *g)
{
	for (unsigned column = 0; column < g->m; column += COLUMNS) {
		uint64_t pixel = 0;

		for (; pixel + PIXELS <= g->pixels; pixel += PIXELS)
			block(g, pixel, column, PIXELS);
		for (; pixel + 4 <= g->pixels; pixel += 4)
			block(g, pixel, column, 4);
		for (; pixel < g->pixels; pixel++)
			block(g, pixel, column, 1);
	}
}

const struct gs_fast_ops gs_fast_vnni = {
	.name = "AVX-512 VNNI",
	.columns = COLUMNS,
	.x_bytes = 1,
	.w_bytes = 1,
	.offset = true,
	.convert = convert,
	.pack = pack,
	.gemm = gemm,
	.rows = rows,
};
