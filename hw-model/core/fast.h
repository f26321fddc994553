/* SPDX-License-Identifier: MIT */
/*
 * The fast executor: tiles and nests it recognises run as matrix products and
 * row operations of vector units, all others on the reference's path. It
 * recognises only what cannot fault and what the order of iterations cannot
 * change, so results and faults are the reference's.
 */
#ifndef GS_FAST_H
#define GS_FAST_H

#include "hw-model/core/core_internal.h"

/* One step of a reduction: rows relative to those of a pixel and a column tile. */
struct gs_gemm_step {
	uint32_t x; /* of IBUF */
	uint32_t w; /* of WBUF */
};

/*
 * out[p] = start + sum over steps of
 *          x[first + p * stride + step.x] * w[w_row + step.w]
 * for pixels p, all in rows; start is out[p] itself when it is NULL.
 */
struct gs_gemm {
	const void *x; /* IBUF, converted; may be indexed from row 0 */
	const void *w; /* WBUF, packed; the same */
	int64_t w_row; /* that steps are relative to */
	const struct gs_gemm_step *steps;
	uint32_t num_steps;
	uint32_t pixels;
	int64_t first, stride; /* rows of x */
	int32_t *out;
	int64_t out_stride; /* rows */
	const int32_t *start; /* M values, or NULL */
	const int32_t *correction; /* M values to add, or NULL */
	unsigned n, m;
	bool wide; /* 32-bit accumulators, else 16 */
};

/*
 * A function of section 7 on num rows of m lanes; d, a and b move on by their
 * strides, in lanes. Row after row in order, as rows may be the same.
 */
typedef void gs_rows_fn(int32_t *d, const int32_t *a, const int32_t *b,
			uint32_t num, const ptrdiff_t stride[GS_OPERANDS],
			unsigned m, int shift);

/* One way to compute; the order of enum gs_fast_level. */
struct gs_fast_ops {
	const char *name;
	unsigned columns; /* the array's are a multiple of it */
	unsigned x_bytes, w_bytes; /* of a converted element; 0: as it is */
	bool offset; /* x is converted to x + 128, so sums need a correction */
	void (*convert)(void *dst, const int8_t *src, size_t num);
	/* one row of WBUF, [n][m]; with offset, sums of its columns times -128 */
	void (*pack)(void *dst, int32_t *sums, const int8_t *src, unsigned n,
		     unsigned m);
	void (*gemm)(const struct gs_gemm *gemm);
	gs_rows_fn *(*rows)(enum gs_insn_id id); /* NULL: no function */
};

extern const struct gs_fast_ops gs_fast_c;
extern const struct gs_fast_ops gs_fast_avx2;
extern const struct gs_fast_ops gs_fast_vnni;

/* What the executor keeps from tile to tile. */
struct gs_fast {
	const struct gs_fast_ops *array, *simd;
	void *x, *w;
	size_t x_size, w_size;
	int32_t *sums; /* by row of WBUF: of its columns, times -128 */
	size_t sums_size;
	struct gs_gemm_step *steps;
	size_t steps_size;
	/* What was recognised: tests must know that they meet it. */
	uint64_t tiles;
	uint64_t words[GS_INSN_COUNT]; /* of bodies, by function */
};

/* gs_fast_select() - choose for the processor and the architecture */
void gs_fast_select(struct gs_fast *fast, const struct gs_arch *arch);
void gs_fast_free(struct gs_fast *fast);

/* gs_fast_room() - at least @want bytes, contents lost; false: no memory */
bool gs_fast_room(void **mem, size_t *size, size_t want);

#endif /* GS_FAST_H */
