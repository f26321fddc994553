/* SPDX-License-Identifier: MIT */
/*
 * A host and a firmware that do anything: the input is a stream of operations
 * on registers, memory, page tables and images, before and while jobs run.
 * Whatever they do, the device stays within its memory, and its interrupt and
 * its mappings agree with its state.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/device_shell.h"

#define NUM_ASIDS 4
#define MAX_WORK 3000
#define MAX_FUEL 255
#define MAX_OPS 400
#define MAX_BYTES 255u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
	unsigned ops;
};

static struct input input; /* the nap hook goes on reading it */

static uint32_t take(unsigned bytes)
{
	uint32_t val = 0;

	for (unsigned i = 0; i < bytes && input.size; i++, input.size--)
		val |= (uint32_t)*input.data++ << (8 * i);
	return val;
}

static void check(const struct shell *s, bool ok, const char *why)
{
	(void)s;
	if (!ok)
		shell_die(why);
}

static void check_device(struct shell *s)
{
	uint32_t pending = shell_rd(s, GS_REG_INT_STATUS) &
			   shell_rd(s, GS_REG_INT_ENABLE);
	uint32_t status = shell_rd(s, GS_REG_STATUS);

	check(s, s->level == !!pending, "the line is not its registers");
	check(s, status <= 0xf, "unknown bits of STATUS");
	check(s, gs_dev_core_busy(s->dev) || !s->mapped,
	      "mappings outlive the job");
}

/* ---- addresses that mean something ---------------------------------------*/

/* Few virtual pages, so that tables, jobs and invalidations meet. */
static uint64_t take_va(void)
{
	static const uint64_t bases[] = {
		0,	    0x100000000ull,	    0x7ffe00000000ull,
		1ull << 48, (1ull << 48) - 0x10000,
	};
	uint32_t which = take(1), page = take(1);

	return bases[which % 5] + page % 16 * GS_PAGE_BYTES;
}

static uint64_t take_bus(void)
{
	static const uint64_t bases[] = {
		SHELL_DATA,	SHELL_TABLES, SHELL_IMAGE,
		SHELL_CONTEXTS, SHELL_LARGE,  SHELL_BASE + SHELL_BYTES - 4096,
	};
	uint32_t which = take(1);

	return bases[which % 6] + take(2);
}

/* ---- operations ----------------------------------------------------------*/

static void op_write(struct shell *s)
{
	uint32_t reg = take(1), val = take(4);

	gs_dev_mmio_write(s->dev, 4ull * reg, 4, val);
}

static void op_access(struct shell *s)
{
	uint32_t offset = take(3), size = take(1), val;

	gs_dev_mmio_read(s->dev, offset, size, &val);
	gs_dev_mmio_write(s->dev, offset, size, take(4));
}

static void op_test_page(struct shell *s)
{
	uint32_t offset = take(1) % 16;
	uint32_t val = take(1);

	gs_dev_mmio_write(s->dev, GS_BAR_TEST_PAGE + offset, 4, val);
}

static void op_cp(struct shell *s)
{
	uint32_t offset = 4 * take(1), val;

	gs_cp_reg_read(s->dev, offset, &val);
	gs_cp_reg_write(s->dev, offset, take(4));
}

static void op_memory(struct shell *s)
{
	uint64_t bus = take_bus();
	uint32_t num = take(1);

	for (uint32_t i = 0; i < num && input.size; i++)
		if (shell_has(s, bus + i, 1))
			*shell_ptr(s, bus + i) = (uint8_t)take(1);
}

static void op_map(struct shell *s)
{
	uint32_t asid = take(1) % NUM_ASIDS;
	uint64_t va = take_va(), bus = take_bus();
	uint64_t flags = take(1) & (GS_PTE_WRITE | GS_PTE_LARGE);

	if (va >> GS_VA_BITS || s->next_table + 0x8000 > SHELL_TABLES_END)
		return;
	for (unsigned level = 4; level-- > 0;) {
		/* tables the stream has broken are not followed */
		uint64_t at = shell_entry(s, asid, va, level);

		if (!shell_has(s, at, 8))
			return;
		if (level && !(shell_get64(s, at) & GS_PTE_VALID))
			continue;
		if (level &&
		    !shell_has(s, shell_get64(s, at) & GS_PTE_ADDR, 4096))
			return;
	}
	if (flags & GS_PTE_LARGE)
		bus = SHELL_LARGE;
	shell_map_page(s, asid, va, bus & ~(uint64_t)(GS_PAGE_BYTES - 1),
		       flags);
}

static void op_image(struct shell *s)
{
	uint32_t words[MAX_BYTES], num = take(1) + 1, load = take(1) * 4;

	for (uint32_t i = 0; i < num && i < MAX_BYTES; i++)
		words[i] = take(4);
	num = num < MAX_BYTES ? num : MAX_BYTES;
	if (gs_dev_mmio_write(s->dev, GS_REG_FW_BYTES, 4,
			      shell_image(s, load, words, num)))
		return;
	shell_wr64(s, GS_REG_FW_ADDR, SHELL_IMAGE);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
}

static void op_contexts(struct shell *s)
{
	if (gs_dev_mmio_write(s->dev, GS_REG_CTX_TABLE + 4, 4, 0))
		return;
	shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
}

static void op_start(struct shell *s)
{
	shell_cp_wr(s, GS_CP_JOB_ASID, take(1) % (NUM_ASIDS + 1));
	shell_cp_wr(s, GS_CP_JOB_ENTRY, take(2));
	shell_cp_wr(s, GS_CP_JOB_ENTRY_WORDS, take(1));
	for (unsigned i = 0; i < GS_NUM_WINDOWS; i++)
		shell_cp_wr64(s, GS_CP_JOB_WINDOW(i), take_va());
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ACK);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
}

static void op_invalidate(struct shell *s)
{
	uint64_t va = take_va();
	uint32_t asid = take(1), pages = take(1);

	if (gs_dev_mmio_write(s->dev, GS_REG_INVAL_ASID, 4,
			      asid % 8 ? asid % 8 : GS_INVAL_ALL_ASIDS))
		return;
	shell_wr64(s, GS_REG_INVAL_ADDR, va);
	shell_wr(s, GS_REG_INVAL_PAGES, pages);
	shell_wr(s, GS_REG_INVAL_CONTROL, 1);
}

static void op_dma(struct shell *s)
{
	bool bus = take(1) & 1;

	shell_cp_wr64(s, GS_CP_DMA_ADDR, bus ? take_bus() : take_va());
	shell_cp_wr(s, GS_CP_DMA_TCM, take(3));
	shell_cp_wr(s, GS_CP_DMA_BYTES, take(2));
	shell_cp_wr(s, GS_CP_DMA_ASID,
		    bus ? GS_DMA_BUS : take(1) % (NUM_ASIDS + 1));
	shell_cp_wr(s, GS_CP_DMA_CONTROL, take(1) % 4);
}

static void op_slice(struct shell *s)
{
	gs_dev_cp_slice(s->dev, take(1));
}

static void op_time(struct shell *s)
{
	atomic_fetch_add(&s->time, take(4));
	gs_dev_timer(s->dev);
}

static void op_work(struct shell *s)
{
	gs_dev_core_work(s->dev);
	if (take(1) & 1)
		gs_dev_core_finish(s->dev);
}

static void op_finish(struct shell *s)
{
	gs_dev_core_finish(s->dev);
}

static void op_reset(struct shell *s)
{
	gs_dev_reset(s->dev);
	check(s, !s->level && !s->mapped, "a reset left something");
}

static void op_unmap(struct shell *s)
{
	gs_dev_unmap_all(s->dev);
	check(s, !s->mapped, "mappings stay");
}

static void op_refuse(struct shell *s)
{
	s->refused = take(1) & 1 ? take_bus() & ~4095ull : 0;
	s->unmappable = take(1) & 1 ? take_bus() : 0;
}

static void (*const ops[])(struct shell *s) = {
	op_write, op_access, op_test_page, op_cp,    op_memory,
	op_map,	  op_image,  op_contexts,  op_start, op_invalidate,
	op_dma,	  op_slice,  op_time,	   op_work,  op_finish,
	op_reset, op_unmap,  op_refuse,
};

static void step(struct shell *s)
{
	ops[take(1) % (sizeof(ops) / sizeof(ops[0]))](s);
	check_device(s);
	input.ops++;
}

/* Between two blocks of a job: the host and the firmware go on. */
static void in_nap(struct shell *s, unsigned n)
{
	(void)n;
	shell_lock(s);
	if (input.size && input.ops < MAX_OPS)
		step(s);
	else
		gs_dev_reset(s->dev);
	shell_unlock(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gs_arch arch = *gs_arch_default();
	struct gs_dev_props props = { .num_asids = NUM_ASIDS,
				      .slow_us = 1,
				      .max_work = MAX_WORK };
	struct shell *s;

	arch.array_n = 4;
	arch.array_m = 4;
	arch.ibuf_depth = 64;
	arch.wbuf_depth = 64;
	arch.obuf_depth = 64;
	arch.bbuf_depth = 64;
	arch.vmem_depth = 2048;
	input = (struct input){ .data = data, .size = size };
	props.ops = take(1) & 1 ? &shell_ops_map : shell_ops_plain();
	s = shell_new_props(&arch, props);
	s->in_nap = in_nap;
	while (input.size && input.ops < MAX_OPS)
		step(s);
	gs_dev_reset(s->dev);
	gs_dev_core_finish(s->dev);
	check(s, !shell_rd(s, GS_REG_STATUS), "a reset does not end");
	shell_free(s);
	return 0;
}
