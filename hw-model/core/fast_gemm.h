/* SPDX-License-Identifier: MIT */
/*
 * What the products of all vector units share: columns are taken in strips of
 * as many as a vector holds, two of them at once, and pixels in blocks whose
 * sums stay in registers. Included by a file that defines
 *
 *   PIXELS	most pixels of a block, 8 at most
 *   COLUMNS	of a strip
 *   DEPTH	rows of the array in a step
 *   W_BYTES	of a packed weight
 *
 * and, before GS_GEMM_DEFINE, block(), which is inlined with constant numbers
 * of pixels and strips.
 */
#ifndef GS_FAST_GEMM_H
#define GS_FAST_GEMM_H

#include "hw-model/core/fast.h"

#define GS_INLINE static inline __attribute__((always_inline))

/* Two strips, or one. */
struct gs_strips {
	const uint8_t *w[2];
	const int32_t *begin[2];
	int32_t *out[2];
};

/* Strip number @index as the @v th; @bytes of weights to the next column. */
static inline void gs_strip_find(const struct gs_gemm *g, unsigned index,
				 unsigned columns, unsigned bytes,
				 struct gs_strips *at, unsigned v)
{
	const unsigned group = index / (g->m / columns);
	const unsigned column = index % (g->m / columns) * columns;

	at->w[v] = (const uint8_t *)g->w + group * g->w_group +
		   (size_t)column * bytes;
	at->begin[v] = g->begin + index * columns;
	at->out[v] = g->out + group * g->out_group + column;
}

#define GS_GEMM_CASE(num)                                                 \
	case num:                                                         \
		block(g, at, pixel, num < PIXELS ? num : PIXELS, strips); \
		break

/* gemm(); the blocks are as equal as can be. */
#define GS_GEMM_DEFINE                                                         \
	GS_INLINE void sweep(const struct gs_gemm *g,                          \
			     const struct gs_strips *at, unsigned strips)      \
	{                                                                      \
		const uint64_t blocks = (g->num_pixels + PIXELS - 1) / PIXELS; \
		const struct gs_gemm_pixel *pixel = g->pixels;                 \
                                                                               \
		for (uint64_t b = 1; b <= blocks; b++) {                       \
			const struct gs_gemm_pixel *end =                      \
				g->pixels + g->num_pixels * b / blocks;        \
                                                                               \
			switch (end - pixel) {                                 \
				GS_GEMM_CASE(1);                               \
				GS_GEMM_CASE(2);                               \
				GS_GEMM_CASE(3);                               \
				GS_GEMM_CASE(4);                               \
				GS_GEMM_CASE(5);                               \
				GS_GEMM_CASE(6);                               \
				GS_GEMM_CASE(7);                               \
				GS_GEMM_CASE(8);                               \
			}                                                      \
			pixel = end;                                           \
		}                                                              \
	}                                                                      \
                                                                               \
	static void gemm(const struct gs_gemm *g)                              \
	{                                                                      \
		const unsigned num = g->groups * (g->m / COLUMNS);             \
		struct gs_strips at;                                           \
                                                                               \
		for (unsigned i = 0; i < num; i += 2) {                        \
			const unsigned strips = num - i < 2 ? 1 : 2;           \
                                                                               \
			for (unsigned v = 0; v < strips; v++)                  \
				gs_strip_find(g, i + v, COLUMNS,               \
					      DEPTH * W_BYTES, &at, v);        \
			if (strips == 2)                                       \
				sweep(g, &at, 2);                              \
			else                                                   \
				sweep(g, &at, 1);                              \
		}                                                              \
	}

#endif /* GS_FAST_GEMM_H */
