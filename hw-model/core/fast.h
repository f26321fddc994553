/* SPDX-License-Identifier: MIT */
/*
 * The fast executor: tiles and nests it recognises run as matrix products and
 * row operations of vector units, all others on the reference's path. It
 * recognises only what cannot fault and what the order of iterations cannot
 * change, so results and faults are the reference's.
 */
#ifndef GS_FAST_H
#define GS_FAST_H

#include "hw-model/core/fast_plan.h"
#include "hw-model/core/pool.h"

/* One step of a reduction, over ops->depth rows of the array. */
struct gs_gemm_step {
	uint32_t x; /* bytes, from a pixel's row of IBUF */
	uint32_t w; /* bytes, from the first row of WBUF of a group */
};

/* Memory that will be read soon, as addresses: nobody minds if there is none. */
struct gs_ahead {
	uintptr_t at, end;
};

struct gs_gemm_pixel {
	uint32_t x; /* bytes */
	uint32_t out; /* lanes */
};

/*
 * out[pixel.out + c] = begin[c] + sum over steps and rows of the array r of
 *                      x[pixel.x + step.x][r] * w[step.w][r][c]
 * for all pixels and the columns c of some groups of m. Pixels whose sums are
 * the same row of out are added one after the other.
 */
struct gs_gemm {
	const void *x; /* IBUF, converted */
	const void *w; /* WBUF, packed, at the first group */
	const struct gs_gemm_step *steps;
	uint32_t num_steps;
	uint32_t num_pixels;
	const struct gs_gemm_pixel *pixels;
	unsigned m;
	unsigned groups;
	size_t w_group; /* bytes of w from group to group */
	const int32_t *begin; /* [groups][m] */
	int32_t *out;
	ptrdiff_t out_group; /* lanes */
	bool add; /* what is in out */
	bool wide; /* 32-bit accumulators, else 16 */
	struct gs_ahead *ahead; /* NULL, or: to be brought nearer meanwhile */
};

/* Two loops over rows of m lanes, the outer one first; strides are lanes. */
struct gs_rows {
	uint32_t num[2];
	ptrdiff_t stride[2][GS_OPERANDS];
	unsigned m;
	int shift; /* of casts */
};

/*
 * A function of section 7 on rows from d, a and b on. Row after row in order,
 * as rows may be the same.
 */
typedef void gs_rows_fn(int32_t *d, const int32_t *a, const int32_t *b,
			const struct gs_rows *rows);

/* Runs of elems in memory, stride bytes apart. */
struct gs_runs {
	uint64_t num, elems;
	ptrdiff_t stride;
};

/* One way to compute; the order of enum gs_fast_level. */
struct gs_fast_ops {
	const char *name;
	unsigned columns; /* the array's are a multiple of it */
	unsigned width; /* columns a product takes at once */
	unsigned depth; /* rows of the array in a step */
	unsigned x_bytes; /* of a converted element; 0: as it is */
	unsigned w_bytes; /* of a packed one */
	void (*convert)(void *dst, const int8_t *src, size_t num);
	/*
	 * One row of WBUF, [column][row] to [row / depth][column][row % depth]
	 * or as gemm wants it. Bit i: rows i * depth and following are not 0.
	 * @sums: of the columns, [m], for correct()
	 */
	uint64_t (*pack)(void *dst, const int8_t *src, unsigned n, unsigned m,
			 int32_t *sums);
	/*
	 * NULL, or: take out of begin what the product puts into the sums, by the
	 * sums of columns of some rows of WBUF, as rows[].w names them
	 */
	void (*correct)(int32_t *begin, const int32_t *sums,
			const struct gs_gemm_step *rows, uint32_t num,
			unsigned m);
	void (*gemm)(const struct gs_gemm *gemm);
	gs_rows_fn *(*rows)(enum gs_insn_id id); /* NULL: no function */
	gs_rows_fn *mul_cast8; /* MUL, and CAST_32FXP_8FXP of the product */
	/* 8-bit elements of memory and lanes, which follow each other */
	void (*narrow)(const struct gs_runs *runs, uint8_t *dst,
		       const int32_t *src);
	void (*widen)(const struct gs_runs *runs, int32_t *dst,
		      const uint8_t *src);
};

extern const struct gs_fast_ops gs_fast_c;
extern const struct gs_fast_ops gs_fast_avx2;
extern const struct gs_fast_ops gs_fast_vnni;

/* Weights as the vector unit wants them, by row of WBUF. */
struct gs_fast_weights {
	uint8_t *data; /* as large as WBUF, times w_bytes; NULL: none yet */
	uint64_t *filled; /* what pack() said */
	int32_t *sums; /* [row][m]; NULL when nobody asks for them */
	bool *valid; /* rows that were packed since they changed */
};

/* Memory that grows. */
struct gs_fast_buffer {
	void *data;
	size_t size;
};

/* The tiles of the running block. */
struct gs_fast_tile {
	bool known; /* what follows is of this block */
	bool usable; /* else they go the reference's way */
	struct gs_fast_plan plan;
	struct gs_fast_buffer rows; /* struct gs_gemm_step, but in rows */
	struct gs_fast_buffer all_steps; /* struct gs_gemm_step */
	/* Of each product that needs fewer, or of one after the other. */
	struct gs_fast_buffer some_steps;
	bool keeps_steps;
	struct gs_fast_buffer pixels; /* struct gs_gemm_pixel */
	struct gs_fast_buffer filled; /* uint64_t, by step of a row */
	/* By product, while gs_fast.changes is the same. */
	bool current;
	uint64_t changes;
	struct gs_fast_buffer needed; /* uint32_t: its steps */
	struct gs_fast_buffer begin; /* int32_t, its columns */
};

/* What the SIMD group of the running block does, see fast_group.c. */
struct gs_fast_group {
	bool known, usable; /* as of a tile */
	struct gs_fast_buffer actions;
	uint32_t num;
	uint32_t last_words; /* behind the last one */
};

/* Products that wait until there are enough of them to be shared among threads. */
#define GS_FAST_BATCH 64u

struct gs_fast_product {
	struct gs_gemm gemm;
	int32_t *begin; /* gemm.begin, to be written */
	int64_t weights, bias; /* rows of WBUF and BBUF of the first group */
};

/* What the executor keeps from tile to tile. */
struct gs_fast {
	const struct gs_fast_ops *array, *simd;
	struct gs_fast_tile tile[2]; /* that add, that start sums */
	struct gs_fast_group group;
	struct gs_fast_weights weights;
	struct gs_ahead ahead; /* weights behind those that were loaded last */
	struct gs_fast_buffer x; /* IBUF, converted */
	uint32_t x_rows; /* so many rows are up to date */
	uint64_t changes; /* of WBUF and BBUF, counted */
	/* With several threads; NULL: the caller's does it all. */
	struct gs_pool *pool;
	struct gs_split *split; /* as pool */
	unsigned threads;
	atomic_bool stopped; /* some piece of the work saw the stop flag */
	struct gs_fast_product batch[GS_FAST_BATCH];
	uint32_t num_batch;
	/* What was recognised: tests must know that they meet it. */
	uint64_t tiles, transfers;
	uint64_t groups; /* that ran as a list of actions */
	uint64_t joined; /* products that were cast at once */
	uint64_t sparse; /* products that leave out zeros */
	uint64_t shared; /* products in pieces for several threads */
	uint64_t splits; /* blocks whose groups several machines took */
	uint64_t stretches; /* of their groups, more where an inner loop is divided */
	uint64_t words[GS_INSN_COUNT]; /* of bodies, by function */
};

/* The rows a nest accesses: operands of its loops, which are rows here. */
struct gs_nest_rows {
	unsigned operands; /* 0: nothing is computed; 2: not source 2 */
	bool keeps; /* some word reads what the destination held */
	enum gs_scratchpad spad[GS_OPERANDS];
	int64_t base[GS_OPERANDS];
	unsigned num_loops;
	struct gs_loop loops[GS_ISA_SIMD_LOOPS];
};

/* fast_nest.c: false: it goes the reference's way, or faults */
bool gs_fast_nest_rows(struct gs_core *core, const struct gs_nest *nest,
		       struct gs_nest_rows *rows);

/* gs_fast_select() - choose for the processor and the architecture */
void gs_fast_select(struct gs_fast *fast, const struct gs_arch *arch);
void gs_fast_free(struct gs_fast *fast);

/* Memory for packed weights, none valid; false: none, or more than steps can tell. */
bool gs_fast_weights_init(struct gs_core *core);

/* A row is that of other weights, and may be packed at once; whoever says so counts gs_fast.changes. */
void gs_fast_weights_loaded(struct gs_core *core, uint64_t row);

/*
 * gs_fast_pieces() - of @num rows, not shorter than @least, as many as threads can
 * use. They are long, as memory is read best in one go; piece i of n begins at
 * row num * i / n.
 */
uint32_t gs_fast_pieces(const struct gs_core *core, uint64_t num,
			uint32_t least);

/* gs_fast_each() - piece(ctx, i) for each i below @num, by all threads there are */
void gs_fast_each(struct gs_core *core, uint32_t num,
		  void (*piece)(void *ctx, uint32_t i), void *ctx);

/* gs_fast_room() - at least @want bytes, contents lost; NULL: no memory */
void *gs_fast_room(struct gs_fast_buffer *buffer, size_t want);

#endif /* GS_FAST_H */
