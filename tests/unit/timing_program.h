/* SPDX-License-Identifier: MIT */
/* Programs of one tile, for the 4 x 4 machine of core_fixture.h; what they take is derived by hand. */
#ifndef GS_TESTS_TIMING_PROGRAM_H
#define GS_TESTS_TIMING_PROGRAM_H

#include "hw-model/timing/timing.h"
#include "tests/unit/core_fixture.h"

static inline void emit_inner(struct program *p, uint32_t id, uint32_t num,
			      int32_t x, int32_t w, int32_t out)
{
	EMIT(p, SA_LOOP_CFG, 0, id, num - 1);
	emit_stride(p, GS_ACC_RD, GS_BUF_IBUF, id, x);
	emit_stride(p, GS_ACC_RD, GS_BUF_WBUF, id, w);
	emit_stride(p, GS_ACC_RD, GS_BUF_OBUF, id, out);
	emit_stride(p, GS_ACC_WR, GS_BUF_OBUF, id, out);
}

/* req of a transfer in bytes a bank. */
static inline void emit_transfer(struct program *p, uint32_t acc, uint32_t buf,
				 uint32_t req)
{
	EMIT(p, LD_ST, acc, GS_MEM_BUFFER, buf, 0, req);
}

/*
 * 8 rows of 4 channels times a matrix of 4 x 8: a loop over rows, one over
 * columns, no reduction beyond the array. 16 steps.
 */
static inline void emit_gemm(struct program *p)
{
	SA_START(p);
	emit_transfer(p, GS_ACC_LD, GS_BUF_WBUF, 2); /* 2 * 16 bytes */
	emit_transfer(p, GS_ACC_LD, GS_BUF_BBUF, 8); /* 8 * 4 */
	emit_transfer(p, GS_ACC_LD, GS_BUF_IBUF, 8); /* 8 * 4 */
	emit_inner(p, 7, 8, 1, 0, 2);
	emit_inner(p, 8, 2, 0, 1, 1);
	emit_transfer(p, GS_ACC_ST, GS_BUF_OBUF, 64); /* 16 rows: 64 * 4 */
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
}

/*
 * 3 x 3 over 4 channels, 4 x 4 pixels to 2 x 2 with 4 channels: two loops over
 * pixels, two over the kernel. 36 steps.
 */
static inline void emit_conv(struct program *p)
{
	SA_START(p);
	emit_transfer(p, GS_ACC_LD, GS_BUF_WBUF, 9); /* 9 * 16 */
	emit_transfer(p, GS_ACC_LD, GS_BUF_IBUF, 16); /* 16 * 4 */
	emit_inner(p, 7, 3, 4, 3, 0);
	emit_inner(p, 8, 3, 1, 1, 0);
	emit_inner(p, 9, 2, 4, 0, 2);
	emit_inner(p, 10, 2, 1, 0, 1);
	EMIT(p, SA_REDUCTION_LOOP, 32, 0, GS_RED_INNER, GS_DIM_KH);
	EMIT(p, SA_REDUCTION_LOOP, 32, 1, GS_RED_INNER, GS_DIM_KW);
	emit_transfer(p, GS_ACC_ST, GS_BUF_OBUF, 16); /* 4 rows: 64 bytes */
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* 16 rows of VMEM1, RELU or DIV, and back. */
static inline void emit_relu_or_div(struct program *p, bool div)
{
	SIMD_START(p);
	EMIT(p, LD_TILE_ADDR, 0, GS_NS_VMEM1, 0, 0);
	EMIT(p, LD_START, 0, GS_NS_VMEM1, 31, 64); /* 64 * 4 bytes */
	EMIT(p, BASE_SIGN_EXT, GS_NS_VMEM1, 0, 0);
	EMIT(p, STRIDE_SIGN_EXT, GS_NS_VMEM1, 0, 1);
	EMIT(p, SET_ITER, 0, 0, 16);
	EMIT(p, SET_INDEX, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	EMIT(p, SET_INST, 1, 0, 1);
	if (div)
		EMIT(p, DIV, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	else
		EMIT(p, RELU, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	EMIT(p, ST_TILE_ADDR, 0, GS_NS_VMEM1, 0, 0);
	EMIT(p, ST_BASE_ADDR, 0, GS_NS_VMEM1, 0, 1024);
	EMIT(p, ST_START, 0, GS_NS_VMEM1, 31, 64);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

static inline void emit_relu(struct program *p)
{
	emit_relu_or_div(p, false);
}

/* The fixture's program, without data: all its blocks. */
static inline struct gs_timing_block time_program(struct fixture *f,
						  enum gs_timing_preset preset)
{
	struct gs_timing *t = gs_timing_create(gs_core_arch(f->core), preset);
	struct gs_timing_block total;

	assert_non_null(t);
	memory_put_words(&f->memory, 0, f->program.words, f->program.num);
	f->job.entry_words = f->program.num;
	assert_int_equal(
		gs_timing_run(t, f->core, &f->port, &f->job, &f->fault), 0);
	total = *gs_timing_total(t);
	gs_timing_destroy(t);
	return total;
}

#endif /* GS_TESTS_TIMING_PROGRAM_H */
