/* SPDX-License-Identifier: MIT */
/* Jobs for the tests of the device: an address space, programs, a run. */
#ifndef GS_TESTS_DEVICE_JOB_H
#define GS_TESTS_DEVICE_JOB_H

#include "tests/unit/core_program.h"
#include "tests/unit/device_shell.h"

#define NUM_ASIDS 16
#define INJECT (GS_BAR_TEST_PAGE + GS_TEST_INJECT)
#define SLOW_US (GS_BAR_TEST_PAGE + GS_TEST_SLOW_US)
#define COUNT (GS_BAR_TEST_PAGE + GS_TEST_COUNT)

/* Where programs and data are, virtually and on the bus. */
#define CODE_VA 0x100000000ull
#define CODE SHELL_DATA
#define CODE_PAGES 2u
#define DATA_VA 0x7ffe00000000ull
#define DATA (SHELL_DATA + 0x10000)
#define DATA_PAGES 64u
#define PAGE GS_PAGE_BYTES

static inline struct shell *start_arch(const struct gs_arch *arch,
				       const struct gs_dev_ops *ops)
{
	struct shell *s = shell_new(arch, ops, NUM_ASIDS);

	shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
	for (uint32_t asid = 1; asid <= 2; asid++) {
		for (unsigned i = 0; i < CODE_PAGES; i++)
			shell_map_page(s, asid, CODE_VA + i * PAGE,
				       CODE + i * PAGE, 0);
		for (unsigned i = 0; i < DATA_PAGES; i++)
			shell_map_page(s, asid, DATA_VA + i * PAGE,
				       DATA + i * PAGE, GS_PTE_WRITE);
	}
	for (unsigned i = 0; i < DATA_PAGES * PAGE; i++)
		shell_ptr(s, DATA)[i] = (uint8_t)(i * 13 + i / 256);
	return s;
}

static inline struct shell *start(const struct gs_dev_ops *ops)
{
	return start_arch(gs_arch_default(), ops);
}

/* ---- programs ----------------------------------------------------------------*/

/* Pages of DATA into or from VMEM1, whose row 0 they meet. */
static inline void move(struct program *p, bool store, uint32_t page,
			uint32_t pages)
{
	uint32_t req = pages * PAGE / 16; /* bytes a lane */

	if (store)
		program_store(p, page * PAGE, req);
	else
		program_load(p, page * PAGE, req);
}

/* A block: load pages from one page on, store them from another. */
static inline void copy(struct program *p, uint32_t from, uint32_t to,
			uint32_t pages)
{
	SIMD_START(p);
	move(p, false, from, pages);
	move(p, true, to, pages);
	SIMD_END(p);
}

static inline void put_program(struct shell *s, uint64_t bus,
			       const struct program *p)
{
	for (uint32_t i = 0; i < p->num; i++)
		shell_put32(s, bus + 4 * i, p->words[i]);
}

/* Describe a job to the core. */
static inline void describe(struct shell *s, uint32_t asid, uint32_t words)
{
	shell_cp_wr(s, GS_CP_JOB_ASID, asid);
	shell_cp_wr(s, GS_CP_JOB_ENTRY, 0);
	shell_cp_wr(s, GS_CP_JOB_ENTRY_WORDS, words);
	for (unsigned i = 0; i < GS_NUM_WINDOWS; i++)
		shell_cp_wr64(s, GS_CP_JOB_WINDOW(i), i ? DATA_VA : CODE_VA);
}

static inline void load(struct shell *s, uint32_t asid, const struct program *p)
{
	put_program(s, CODE, p);
	describe(s, asid, p->num);
}

static inline uint32_t status_of(struct shell *s)
{
	return shell_cp_rd(s, GS_CP_CORE_STATUS);
}

/* From start to acknowledgement; returns how it ended. */
static inline uint32_t run(struct shell *s)
{
	uint32_t status;

	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	if (gs_dev_core_work(s->dev))
		gs_dev_core_finish(s->dev);
	status = status_of(s);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ACK);
	if (s->mapped)
		shell_die("pointers stay after a job");
	return status;
}

static inline uint32_t run_program(struct shell *s, uint32_t asid,
				   struct program *p)
{
	EMIT(p, BLOCK_END, 1);
	load(s, asid, p);
	return run(s);
}

static inline uint32_t run_copy(struct shell *s, uint32_t from, uint32_t to,
				uint32_t pages)
{
	struct program p = { .num = 0 };

	copy(&p, from, to, pages);
	return run_program(s, 1, &p);
}

static inline uint8_t *page(struct shell *s, unsigned n)
{
	return shell_ptr(s, DATA + n * PAGE);
}

/* The whole address space, or pages from INVAL_ADDR on. */
static inline void invalidate(struct shell *s, uint32_t asid, uint32_t pages)
{
	shell_wr(s, GS_REG_INVAL_ASID, asid);
	shell_wr(s, GS_REG_INVAL_PAGES, pages);
	shell_wr(s, GS_REG_INVAL_CONTROL, 1);
}

/* A block that follows itself for ever. */
static inline void load_endless(struct shell *s)
{
	struct program p = { .num = 0 };

	copy(&p, 0, 1, 1);
	emit_next(&p, 0, p.num + 4);
	EMIT(&p, BLOCK_END, 0);
	load(s, 1, &p);
}

#endif /* GS_TESTS_DEVICE_JOB_H */
