/* SPDX-License-Identifier: MIT */
/*
 * Programs and memory for tests and benchmarks of the functional machine.
 */
#ifndef GS_TESTS_CORE_PROGRAM_H
#define GS_TESTS_CORE_PROGRAM_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/core/core.h"

/* A machine whose scratchpads soon end */
static inline struct gs_arch core_small_arch(void)
{
	struct gs_arch arch = *gs_arch_default();

	arch.array_n = 4;
	arch.array_m = 4;
	arch.ibuf_depth = 32;
	arch.wbuf_depth = 32;
	arch.obuf_depth = 16;
	arch.bbuf_depth = 8;
	arch.vmem_depth = 32;
	return arch;
}

#define PROGRAM_WORDS 4096

struct program {
	uint32_t words[PROGRAM_WORDS];
	uint32_t num;
};

/* EMIT(&program, ADD, operands in the order of the text form) */
#define EMIT(program, mnemonic, ...) \
	program_emit(program,        \
		     (struct gs_insn){ GS_INSN_##mnemonic, { __VA_ARGS__ } })

static inline void program_emit(struct program *program, struct gs_insn insn)
{
	int bad;

	if (program->num == PROGRAM_WORDS ||
	    gs_isa_encode(&insn, GS_ENC_SYNC_INST,
			  &program->words[program->num], &bad)) {
		fprintf(stderr, "the test emits a word that does not exist\n");
		abort();
	}
	program->num++;
}

static inline void emit_sync(struct program *program, uint32_t target,
			     uint32_t start_end, uint32_t exec_buf)
{
	EMIT(program, SYNC_INST, target, start_end, exec_buf, 0, 0, 0);
}

#define SA_START(p) emit_sync(p, GS_TGT_SA, GS_SE_START, GS_EB_EXEC)
#define SA_END(p) emit_sync(p, GS_TGT_SA, GS_SE_END, GS_EB_EXEC)
#define SIMD_START(p) emit_sync(p, GS_TGT_SIMD, GS_SE_START, GS_EB_EXEC)
#define SIMD_END(p) emit_sync(p, GS_TGT_SIMD, GS_SE_END, GS_EB_EXEC)

static inline void emit_stride(struct program *program, uint32_t acc,
			       uint32_t buf, uint32_t loop, int32_t stride)
{
	EMIT(program, SET_LOOP_STRIDE, 0, acc, buf, loop,
	     (uint32_t)stride & 0xffff);
	EMIT(program, SET_LOOP_STRIDE, 1, acc, buf, loop,
	     (uint32_t)stride >> 16);
}

/* Name the block that follows. */
static inline void emit_next(struct program *program, uint32_t addr,
			     uint32_t words)
{
	EMIT(program, SET_BASE_ADDR, 0, GS_MEM_IMEM, 0, 0, addr & 0xffff);
	EMIT(program, SET_BASE_ADDR, 1, GS_MEM_IMEM, 0, 0, addr >> 16);
	EMIT(program, LD_ST, GS_ACC_LD, GS_MEM_IMEM, 0, 0, words);
}

/* From @addr of the window SIMD into row 0 of VMEM1, or from there; @req: bytes a lane */
static inline void program_load(struct program *program, uint32_t addr,
				uint32_t req)
{
	EMIT(program, LD_BASE_ADDR, 0, GS_NS_VMEM1, 0, addr & 0xffff);
	EMIT(program, LD_BASE_ADDR, 1, GS_NS_VMEM1, 0, addr >> 16);
	EMIT(program, LD_START, 0, GS_NS_VMEM1, 31, req);
}

static inline void program_store(struct program *program, uint32_t addr,
				 uint32_t req)
{
	EMIT(program, ST_BASE_ADDR, 0, GS_NS_VMEM1, 0, addr & 0xffff);
	EMIT(program, ST_BASE_ADDR, 1, GS_NS_VMEM1, 0, addr >> 16);
	EMIT(program, ST_START, 0, GS_NS_VMEM1, 31, req);
}

/* Flat memory of MEMORY_SIZE bytes from bus address 0 on. */
#define MEMORY_SIZE (1u << 20)

struct memory {
	uint8_t *bytes;
	unsigned refuse_after; /* accesses; 0: never */
	unsigned accesses;
};

static inline int memory_check(struct memory *memory, uint64_t addr,
			       size_t size)
{
	if (memory->refuse_after && ++memory->accesses > memory->refuse_after)
		return -EIO;
	return addr > MEMORY_SIZE || size > MEMORY_SIZE - addr ? -EFAULT : 0;
}

static inline int memory_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	struct memory *memory = ctx;
	int ret = memory_check(memory, addr, size);

	if (!ret)
		memcpy(dst, memory->bytes + addr, size);
	return ret;
}

static inline int memory_write(void *ctx, uint64_t addr, const void *src,
			       size_t size)
{
	struct memory *memory = ctx;
	int ret = memory_check(memory, addr, size);

	if (!ret)
		memcpy(memory->bytes + addr, src, size);
	return ret;
}

static inline void *memory_map(void *ctx, uint64_t addr, size_t size,
			       bool write)
{
	struct memory *memory = ctx;

	(void)write;
	return memory_check(memory, addr, size) ? NULL : memory->bytes + addr;
}

static inline struct gs_mem memory_port(struct memory *memory, bool mapped)
{
	return (struct gs_mem){
		.ctx = memory,
		.read = memory_read,
		.write = memory_write,
		.map = mapped ? memory_map : NULL,
	};
}

static inline void memory_put_words(struct memory *memory, uint32_t addr,
				    const uint32_t *words, uint32_t num)
{
	for (uint32_t i = 0; i < num; i++)
		for (unsigned b = 0; b < 4; b++)
			memory->bytes[addr + 4 * i + b] =
				(uint8_t)(words[i] >> (8 * b));
}

static inline uint32_t xorshift32(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif /* GS_TESTS_CORE_PROGRAM_H */
