/* SPDX-License-Identifier: MIT */
/* Small programs for jobs: one row of VMEM1, blocks after blocks, words nobody knows. */
#ifndef GS_TESTS_JOB_PROGRAMS_H
#define GS_TESTS_JOB_PROGRAMS_H

#include "tests/unit/core_program.h"

/* A request of LD_START and ST_START: bytes of one lane of a row of int32. */
#define JOB_ROW_REQ 4u

/* A program that loads a row, or stores the one a job before left. */
static inline void job_transfer(struct program *p, bool load, uint32_t offset)
{
	SIMD_START(p);
	if (load)
		program_load(p, offset, JOB_ROW_REQ);
	else
		program_store(p, offset, JOB_ROW_REQ);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* A program: row at @out = row at @in + 1. */
static inline void job_add(struct program *p, uint32_t in, uint32_t out)
{
	SIMD_START(p);
	program_load(p, in, JOB_ROW_REQ);
	EMIT(p, IMM_SIGN_EXT, GS_NS_IMM, 0, 1);
	EMIT(p, ADD, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_IMM, 0);
	program_store(p, out, JOB_ROW_REQ);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* Blocks of 4 words from IMEM offset @at on, the last of which ends the job. */
static inline void job_chain(struct program *p, uint32_t at, uint32_t blocks)
{
	for (uint32_t i = 1; i < blocks; i++) {
		emit_next(p, at + 16 * i, i + 1 < blocks ? 4 : 1);
		EMIT(p, BLOCK_END, 0);
	}
	EMIT(p, BLOCK_END, 1);
}

/* A block of 4 words that is its own next. */
static inline void job_endless(struct program *p, uint32_t at)
{
	emit_next(p, at, 4);
	EMIT(p, BLOCK_END, 0);
}

/* A block of 4 words; the next one has @word, which is no instruction. */
static inline void job_illegal(struct program *p, uint32_t at, uint32_t word)
{
	emit_next(p, at + 16, 2);
	EMIT(p, BLOCK_END, 0);
	p->words[p->num++] = word;
	EMIT(p, BLOCK_END, 1);
}

#endif /* GS_TESTS_JOB_PROGRAMS_H */
