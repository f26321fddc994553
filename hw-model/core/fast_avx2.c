/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX2. Products of 8-bit values are made from pairs of
 * 16-bit ones (VPMADDWD), which is exact: VPMADDUBSW would saturate.
 */

#include "hw-model/core/fast_rows.h"
#include "hw-model/core/fast_x86.h"

#define COLUMNS 8
#define PIXELS 6
#define DEPTH 2
#define W_BYTES 2

static void convert(void *dst, const int8_t *src, size_t num)
{
	int16_t *out = dst;

	for (size_t i = 0; i < num; i++)
		out[i] = src[i];
}

static __m128i read(const int8_t *src)
{
	return _mm_cvtepi8_epi16(_mm_loadl_epi64((const void *)src));
}

/* [n / 2][m][2] */
static uint64_t pack(void *dst, const int8_t *src, unsigned n, unsigned m)
{
	return gs_pack4(dst, src, n, m, DEPTH, read);
}

GS_INLINE void block(const struct gs_gemm *g, const struct gs_strips *at,
		     const struct gs_gemm_pixel *pixel, unsigned num,
		     unsigned strips)
{
	const uint8_t *x[PIXELS];
	__m256i sum[PIXELS][2];

	GS_UNROLL
	for (unsigned p = 0; p < num; p++) {
		x[p] = (const uint8_t *)g->x + pixel[p].x;
		GS_UNROLL
		for (unsigned v = 0; v < strips; v++)
			sum[p][v] =
				_mm256_loadu_si256((const void *)at->begin[v]);
	}
	for (uint32_t s = 0; s < g->num_steps; s++) {
		const struct gs_gemm_step step = g->steps[s];
		__m256i w[2];

		GS_UNROLL
		for (unsigned v = 0; v < strips; v++)
			w[v] = _mm256_loadu_si256(
				(const void *)(at->w[v] + step.w));
		GS_UNROLL
		for (unsigned p = 0; p < num; p++) {
			const __m256i xp =
				_mm256_set1_epi32(gs_four(x[p] + step.x));

			GS_UNROLL
			for (unsigned v = 0; v < strips; v++)
				sum[p][v] = _mm256_add_epi32(
					sum[p][v], _mm256_madd_epi16(xp, w[v]));
		}
	}
	GS_UNROLL
	for (unsigned p = 0; p < num; p++) {
		GS_UNROLL
		for (unsigned v = 0; v < strips; v++) {
			__m256i *out = (void *)(at->out[v] + pixel[p].out);

			if (g->add)
				sum[p][v] = _mm256_add_epi32(
					sum[p][v], _mm256_loadu_si256(out));
			if (!g->wide)
				sum[p][v] = _mm256_srai_epi32(
					_mm256_slli_epi32(sum[p][v], 16), 16);
			_mm256_storeu_si256(out, sum[p][v]);
		}
	}
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

static const struct gs_blocks blocks = {
	.columns = COLUMNS,
	.bytes = DEPTH * W_BYTES,
	.strips = 2,
	.pixels = PIXELS,
	.block = {
		{ block_1_1, block_2_1, block_3_1, block_4_1, block_5_1, block_6_1 },
		{ block_1_2, block_2_2, block_3_2, block_4_2, block_5_2, block_6_2 },
	},
};

static void gemm(const struct gs_gemm *g)
{
	gs_gemm_run(g, &blocks);
}

const struct gs_fast_ops gs_fast_avx2 = {
	.name = "AVX2",
	.columns = COLUMNS,
	.width = 2 * COLUMNS,
	.depth = DEPTH,
	.x_bytes = 2,
	.w_bytes = W_BYTES,
	.convert = convert,
	.pack = pack,
	.gemm = gemm,
	.rows = rows,
	.narrow = narrow,
	.widen = widen,
};
