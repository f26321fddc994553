/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX-512 VNNI. VPDPBUSD multiplies unsigned by signed
 * bytes, so activations are offset by 128, and sums start from what the
 * columns of the weights make of that.
 */

#include "hw-model/core/fast_rows.h"
#include "hw-model/core/fast_x86.h"

#define COLUMNS 16
#define PIXELS 8
#define DEPTH 4
#define W_BYTES 1
#define OFFSET 128

static void convert(void *dst, const int8_t *src, size_t num)
{
	uint8_t *out = dst;

	for (size_t i = 0; i < num; i++)
		out[i] = (uint8_t)src[i] ^ OFFSET;
}

static __m128i read(const int8_t *src)
{
	return _mm_loadu_si128((const void *)src);
}

/* [n / 4][m][4] */
static uint64_t pack(void *dst, const int8_t *src, unsigned n, unsigned m)
{
	return gs_pack4(dst, src, n, m, DEPTH, read);
}

GS_INLINE void block(const struct gs_gemm *g, const struct gs_strips *at,
		     const struct gs_gemm_pixel *pixel, unsigned num,
		     unsigned strips)
{
	const uint8_t *x[PIXELS];
	__m512i sum[PIXELS][2];

	GS_UNROLL
	for (unsigned p = 0; p < num; p++) {
		x[p] = (const uint8_t *)g->x + pixel[p].x;
		GS_UNROLL
		for (unsigned v = 0; v < strips; v++)
			sum[p][v] = _mm512_loadu_si512(at->begin[v]);
	}
	for (uint32_t s = 0; s < g->num_steps; s++) {
		const struct gs_gemm_step step = g->steps[s];
		__m512i w[2];

		GS_UNROLL
		for (unsigned v = 0; v < strips; v++)
			w[v] = _mm512_loadu_si512(at->w[v] + step.w);
		GS_UNROLL
		for (unsigned p = 0; p < num; p++) {
			const __m512i xp =
				_mm512_set1_epi32(gs_four(x[p] + step.x));

			GS_UNROLL
			for (unsigned v = 0; v < strips; v++)
				sum[p][v] = _mm512_dpbusd_epi32(sum[p][v], xp,
								w[v]);
		}
	}
	GS_UNROLL
	for (unsigned p = 0; p < num; p++) {
		GS_UNROLL
		for (unsigned v = 0; v < strips; v++) {
			int32_t *out = at->out[v] + pixel[p].out;

			if (g->add)
				sum[p][v] = _mm512_add_epi32(
					sum[p][v], _mm512_loadu_si512(out));
			if (!g->wide)
				sum[p][v] = _mm512_srai_epi32(
					_mm512_slli_epi32(sum[p][v], 16), 16);
			_mm512_storeu_si512(out, sum[p][v]);
		}
	}
}

GS_BLOCK(1, 1)
GS_BLOCK(2, 1)
GS_BLOCK(3, 1)
GS_BLOCK(4, 1)
GS_BLOCK(5, 1)
GS_BLOCK(6, 1)
GS_BLOCK(7, 1)
GS_BLOCK(8, 1)
GS_BLOCK(1, 2)
GS_BLOCK(2, 2)
GS_BLOCK(3, 2)
GS_BLOCK(4, 2)
GS_BLOCK(5, 2)
GS_BLOCK(6, 2)
GS_BLOCK(7, 2)
GS_BLOCK(8, 2)

static const struct gs_blocks blocks = {
	.columns = COLUMNS,
	.bytes = DEPTH * W_BYTES,
	.strips = 2,
	.pixels = PIXELS,
	.block = {
		{ block_1_1, block_2_1, block_3_1, block_4_1, block_5_1, block_6_1, block_7_1, block_8_1 },
		{ block_1_2, block_2_2, block_3_2, block_4_2, block_5_2, block_6_2, block_7_2, block_8_2 },
	},
};

/* -128 times the sum of the weights of each column. */
static void correct(const struct gs_gemm *g, int32_t *begin)
{
	const __m512i offset = _mm512_set1_epi8((char)OFFSET);
	struct gs_strips at;

	for (unsigned i = 0; i < g->groups * (g->m / COLUMNS); i++) {
		int32_t *out = begin + i * COLUMNS;
		__m512i sum = _mm512_setzero_si512();

		gs_strip_find(g, &blocks, i, 0, &at);
		for (uint32_t s = 0; s < g->num_steps; s++)
			sum = _mm512_dpbusd_epi32(
				sum, offset,
				_mm512_loadu_si512(at.w[0] + g->steps[s].w));
		_mm512_storeu_si512(
			out, _mm512_sub_epi32(_mm512_loadu_si512(out), sum));
	}
}

static void gemm(const struct gs_gemm *g)
{
	gs_gemm_run(g, &blocks);
}

const struct gs_fast_ops gs_fast_vnni = {
	.name = "AVX-512 VNNI",
	.columns = COLUMNS,
	.width = 2 * COLUMNS,
	.depth = DEPTH,
	.x_bytes = 1,
	.w_bytes = W_BYTES,
	.convert = convert,
	.pack = pack,
	.correct = correct,
	.gemm = gemm,
	.rows = rows,
	.narrow = narrow,
	.widen = widen,
};
