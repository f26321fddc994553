/* SPDX-License-Identifier: MIT */
/*
 * A host and a firmware that do anything: the input is a stream of operations
 * on registers, memory, page tables and images, before and while jobs run.
 * Whatever they do, the device stays within its memory, and its interrupt and
 * its mappings agree with its state.
 *
 * The same for the project's firmware (device_watch.h): it is booted, and finds
 * commands, counters and bytes in the rings that no driver would put there.
 *
 * Built as fuzz_device_threads, jobs run in a worker thread meanwhile.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/fuzz/device_watch.h"
#include "tests/unit/device_shell.h"

#define NUM_ASIDS 4
#define MAX_WORK 3000
#define MAX_FUEL 255
#define MAX_OPS 400
#define MAX_BYTES 255u
#define MAX_INSNS 100000u /* of the project's firmware, all in all */
#define SLICE 16u

#ifdef FUZZ_THREADS
#define THREADS true
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
#else
#define THREADS false
#endif

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
	unsigned ops;
	uint32_t insns;
	unsigned stay; /* operations before the nap ends */
};

static struct input input; /* the nap hook goes on reading it */
static struct watch watch;
static struct gs_dev_ops ops_plain, ops_map;

/* What libFuzzer is to look for, besides coverage of the device. */
#define COUNTERS __attribute__((section("__libfuzzer_extra_counters"), used))
COUNTERS static uint8_t seen[4096];
COUNTERS static uint8_t seen_pc[4096]; /* where slices of the firmware ended */

static uint32_t take(unsigned bytes)
{
	uint32_t val = 0;

	for (unsigned i = 0; i < bytes && input.size; i++, input.size--)
		val |= (uint32_t)*input.data++ << (8 * i);
	return val;
}

/*
 * Memory is the guest's: it may be written while the worker reads it. That is
 * no race of the device's, so what the host's side does there is not looked at.
 */
static void memory_begin(void)
{
#ifdef FUZZ_THREADS
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
}

static void memory_end(void)
{
#ifdef FUZZ_THREADS
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
#endif
}

static int watched_read(void *ctx, uint64_t bus, void *dst, size_t size)
{
	int ret;

	memory_begin();
	ret = shell_dma_read(ctx, bus, dst, size);
	memory_end();
	return ret;
}

static int watched_write(void *ctx, uint64_t bus, const void *src, size_t size)
{
	int ret;

	watch_write(&watch, ctx, bus, src, size);
	memory_begin();
	ret = shell_dma_write(ctx, bus, src, size);
	memory_end();
	return ret;
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
	watch_end(&watch, s);
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

/* As a firmware: when none of the project's runs, and one could. */
static bool may_act(const struct shell *s)
{
	return !watch.live && !s->dev->resetting;
}

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

	if (!may_act(s))
		return;
	gs_cp_reg_read(s->dev, offset, &val);
	gs_cp_reg_write(s->dev, offset, take(4));
}

static void op_memory(struct shell *s)
{
	uint64_t bus = take_bus();
	uint32_t num = take(1);

	memory_begin();
	for (uint32_t i = 0; i < num && input.size; i++)
		if (shell_has(s, bus + i, 1))
			*shell_ptr(s, bus + i) = (uint8_t)take(1);
	memory_end();
}

static void map_page(struct shell *s, uint32_t asid, uint64_t va, uint64_t bus,
		     uint64_t flags)
{
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

static void op_map(struct shell *s)
{
	uint32_t asid = take(1) % NUM_ASIDS;
	uint64_t va = take_va(), bus = take_bus();
	uint64_t flags = take(1) & (GS_PTE_WRITE | GS_PTE_LARGE);

	memory_begin();
	map_page(s, asid, va, bus, flags);
	memory_end();
}

static void op_image(struct shell *s)
{
	uint32_t words[MAX_BYTES], num = take(1) + 1, load = take(1) * 4;

	for (uint32_t i = 0; i < num && i < MAX_BYTES; i++)
		words[i] = take(4);
	num = num < MAX_BYTES ? num : MAX_BYTES;
	memory_begin();
	num = shell_image(s, load, words, num);
	memory_end();
	if (gs_dev_mmio_write(s->dev, GS_REG_FW_BYTES, 4, num))
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
	if (!may_act(s))
		return;
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

	if (!may_act(s))
		return;
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

/* With threads, it is the worker's job; rarely somebody else gets it first. */
static void op_work(struct shell *s)
{
	const struct timespec moment = { .tv_nsec = 50000 };
	uint32_t how = take(1);

	if (THREADS)
		shell_unlock(s);
	if (!THREADS || how & 2)
		gs_dev_core_work(s->dev);
	else
		nanosleep(&moment, NULL);
	if (THREADS)
		shell_lock(s);
	if (how & 1)
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

/* ---- the project's firmware ----------------------------------------------*/

#ifdef FUZZ_FIRMWARE
__asm__(".section .rodata\n"
	"firmware:\n"
	".incbin \"" FUZZ_FIRMWARE "\"\n"
	"firmware_end:\n"
	".previous\n");
extern const uint8_t firmware[], firmware_end[];
#else
static const uint8_t firmware[1];
#define firmware_end firmware
#endif

/*
 * The command processor when the firmware's main() begins. What comes before
 * clears memory, is nine tenths of a boot, and is run once.
 */
static struct {
	struct gs_rv32 cpu;
	uint8_t tcm[GS_CP_TCM_BYTES];
} entered;

static struct gs_ring_area *rings(struct shell *s)
{
	return (struct gs_ring_area *)shell_ptr(s, SHELL_RINGS);
}

/* False: there is none, or a reset or a job that does not end is in the way. */
static bool load_firmware(struct shell *s)
{
	const uint32_t bytes = (uint32_t)(firmware_end - firmware);

	if (!bytes ||
	    gs_dev_mmio_write(s->dev, GS_REG_FW_CONTROL, 4, GS_FW_CONTROL_STOP))
		return false;
	watch.live = false;
	memory_begin();
	memcpy(shell_ptr(s, SHELL_FIRMWARE), firmware, bytes);
	memory_end();
	op_contexts(s);
	shell_wr(s, GS_REG_INT_ENABLE, GS_INT_ALL);
	shell_wr64(s, GS_REG_RING_ADDR, SHELL_RINGS);
	shell_wr64(s, GS_REG_FW_ADDR, SHELL_FIRMWARE);
	shell_wr(s, GS_REG_FW_BYTES, bytes);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	gs_dev_cp_slice(s->dev, 0);
	return shell_rd(s, GS_REG_FW_STATUS) == GS_FW_RUNNING;
}

static uint32_t stage_of(struct shell *s)
{
	return shell_rd(s, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE));
}

/* Up to the instruction that says that main() was entered. */
static void enter_firmware(struct shell *s)
{
	uint32_t insns = 0;

	if (!load_firmware(s))
		return;
	for (; stage_of(s) == GS_STAGE_RESET; insns++)
		check(s, gs_dev_cp_slice(s->dev, 1) == GS_CP_SLICE_MORE,
		      "the firmware does not get to main()");
	load_firmware(s);
	gs_dev_cp_slice(s->dev, insns - 1);
	entered.cpu = s->dev->cpu;
	memcpy(entered.tcm, s->dev->tcm, sizeof(entered.tcm));
}

static void restore_entered(struct shell *s)
{
	entered.cpu.tcm = s->dev->cpu.tcm;
	entered.cpu.bus = s->dev->cpu.bus;
	s->dev->cpu = entered.cpu;
	memcpy(s->dev->tcm, entered.tcm, sizeof(entered.tcm));
}

static void run_firmware(struct shell *s)
{
	while (input.insns < MAX_INSNS &&
	       gs_dev_cp_slice(s->dev, SLICE) == GS_CP_SLICE_MORE) {
		input.insns += SLICE;
		seen_pc[s->dev->cpu.pc / 2 % sizeof(seen_pc)] = 1;
	}
}

static void clear_rings(struct shell *s, uint32_t log_level)
{
	memory_begin();
	memset(rings(s), 0, sizeof(*rings(s)));
	rings(s)->magic = GS_RING_MAGIC;
	rings(s)->abi_version = GS_ABI_VERSION;
	rings(s)->log_level = log_level;
	memory_end();
}

static void op_boot(struct shell *s)
{
	uint32_t how = take(1);
	bool fresh = !(how & 1);

	if (fresh)
		clear_rings(s, how >> 1 & 7);
	if (!load_firmware(s))
		return;
	restore_entered(s);
	memory_begin();
	watch_begin(&watch, s);
	memory_end();
	run_firmware(s);
	check(s,
	      !fresh || watch.num_events || input.insns >= MAX_INSNS ||
		      shell_rd(s, GS_REG_FW_STATUS) == GS_FW_HALTED,
	      "the firmware does not boot");
}

static void op_run(struct shell *s)
{
	run_firmware(s);
}

static void op_doorbell(struct shell *s)
{
	uint32_t ring = take(1) % (GS_NUM_CMD_RINGS + 1);

	gs_dev_mmio_write(s->dev,
			  ring < GS_NUM_CMD_RINGS ? GS_REG_DOORBELL(ring) :
						    GS_REG_EVENT_DOORBELL,
			  4, 1);
}

/* A command that is well, for the pages and programs of the corpus. */
static struct gs_cmd sound_command(uint32_t ring)
{
	uint32_t type = take(1), name = take(1), words = take(1);
	struct gs_cmd cmd = { .type = ring ? GS_CMD_JOB :
					     type % (GS_CMD_SHUTDOWN + 1),
			      .cookie = name };

	if (ring || cmd.type == GS_CMD_ABORT || cmd.type == GS_CMD_CTX_REMOVE)
		cmd.ctx = 1 + name % 4;
	if (ring || cmd.type == GS_CMD_ABORT)
		cmd.seqno = 1 + name / 4 % 16;
	if (cmd.type == GS_CMD_LOG_LEVEL)
		cmd.arg = name % (GS_LOG_DEBUG + 1);
	if (!ring)
		return cmd;
	cmd.asid = 1 + type % 2;
	cmd.entry_words = words;
	cmd.timeout_ms = 1 + 10 * name;
	cmd.vector = type / 4 % 4;
	cmd.window_base[0] = 0x100000000ull;
	for (unsigned i = 1; i < GS_NUM_WINDOWS; i++)
		cmd.window_base[i] = 0x7ffe00000000ull;
	if (type & 2)
		cmd.result_addr = 0x7ffe00000000ull + 0x40 * (name & 63);
	return cmd;
}

static void put_command(struct shell *s, uint32_t ring,
			const struct gs_cmd *cmd)
{
	struct gs_ring_ctl *ctl = &rings(s)->cmd_ctl[ring];

	memory_begin();
	rings(s)->cmd[ring][ctl->tail++ % GS_CMD_ENTRIES] = *cmd;
	memory_end();
}

static void op_command(struct shell *s)
{
	uint32_t how = take(1), ring = how % GS_NUM_CMD_RINGS;
	struct gs_cmd cmd = sound_command(ring);
	uint32_t words[sizeof(cmd) / 4];

	memcpy(words, &cmd, sizeof(cmd));
	for (uint32_t i = how >> 2 & 3; i-- > 0;) {
		uint32_t *word = &words[take(1) % 32], how_word = take(1);

		switch (how_word >> 5) {
		case 0:
			*word = 0;
			break;
		case 1:
			*word = take(4);
			break;
		default:
			*word ^= 1u << how_word % 32;
		}
	}
	memcpy(&cmd, words, sizeof(cmd));
	put_command(s, ring, &cmd);
	if (how & 0x10)
		gs_dev_mmio_write(s->dev, GS_REG_DOORBELL(ring), 4, 1);
	if (how & 0x20)
		run_firmware(s);
}

/* The same command many times, so that rings and queues are full. */
static void op_flood(struct shell *s)
{
	uint32_t ring = take(1) % GS_NUM_CMD_RINGS, num = take(1);
	struct gs_cmd cmd = sound_command(ring);

	for (uint32_t i = 0; i < num; i++, cmd.seqno += !!ring)
		put_command(s, ring, &cmd);
	gs_dev_mmio_write(s->dev, GS_REG_DOORBELL(ring), 4, 1);
}

static void op_counter(struct shell *s)
{
	uint32_t which = take(1), ring = which % (GS_NUM_CMD_RINGS + 1);
	struct gs_ring_ctl *ctl = ring < GS_NUM_CMD_RINGS ?
					  &rings(s)->cmd_ctl[ring] :
					  &rings(s)->event_ctl;
	uint32_t *counter = which & 0x40 ? &ctl->tail : &ctl->head;

	memory_begin();
	*counter = which & 0x80 ? take(4) : *counter + take(1);
	memory_end();
}

static void op_ring_bytes(struct shell *s)
{
	uint32_t at = take(3) % sizeof(struct gs_ring_area), num = take(1);
	uint8_t *area = (uint8_t *)rings(s);

	memory_begin();
	for (uint32_t i = 0; i < num && at + i < sizeof(*rings(s)); i++)
		area[at + i] = (uint8_t)take(1);
	memory_end();
}

static void op_events(struct shell *s)
{
	memory_begin();
	rings(s)->event_ctl.head = rings(s)->event_ctl.tail;
	memory_end();
	gs_dev_mmio_write(s->dev, GS_REG_INT_STATUS, 4, GS_INT_EVENT);
	gs_dev_mmio_write(s->dev, GS_REG_EVENT_DOORBELL, 4, 1);
}

/* A job that takes its time to stop. */
static void op_stay(struct shell *s)
{
	(void)s;
	input.stay = take(1) % 16;
}

/* ---- all of it -----------------------------------------------------------*/

static void (*const ops[])(struct shell *s) = {
	op_write,    op_access,	 op_test_page, op_cp,	   op_memory,
	op_map,	     op_image,	 op_contexts,  op_start,   op_invalidate,
	op_dma,	     op_slice,	 op_time,      op_work,	   op_finish,
	op_reset,    op_unmap,	 op_refuse,    op_boot,	   op_run,
	op_doorbell, op_command, op_flood,     op_counter, op_ring_bytes,
	op_events,   op_stay,
};

/* With threads there is no coverage: the states of both processors instead. */
static void note(const struct shell *s, uint32_t op)
{
	if (THREADS)
		seen[op << 7 | (uint32_t)s->dev->outcome.status << 4 |
		     (s->dev->reg[GS_REG_FW_STATUS / 4] & 15)] = 1;
}

static void step(struct shell *s)
{
	uint32_t op = take(1) % (sizeof(ops) / sizeof(ops[0]));

	ops[op](s);
	check_device(s);
	note(s, op);
	input.ops++;
}

/* Between two blocks of a job: the host and the firmware go on. */
static void in_nap(struct shell *s, unsigned n)
{
	(void)n;
	shell_lock(s);
	do {
		if (input.size && input.ops < MAX_OPS)
			step(s);
		else
			gs_dev_reset(s->dev);
	} while (input.stay && input.stay--);
	shell_unlock(s);
}

static struct shell *new_shell(const struct gs_dev_ops *shell_ops)
{
	struct gs_arch arch = *gs_arch_default();
	struct gs_dev_props props = { .num_asids = NUM_ASIDS,
				      .slow_us = 1,
				      .max_work = MAX_WORK,
				      .ops = shell_ops };

	arch.array_n = 4;
	arch.array_m = 4;
	arch.ibuf_depth = 64;
	arch.wbuf_depth = 64;
	arch.obuf_depth = 64;
	arch.bbuf_depth = 64;
	arch.vmem_depth = 2048;
	return shell_new_props(&arch, props);
}

/* Keep what the command processor is when main() begins. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct shell *s;

	(void)argc, (void)argv;
	ops_map = shell_ops_map;
	ops_map.dma_read = watched_read;
	ops_map.dma_write = watched_write;
	ops_plain = ops_map;
	ops_plain.map = NULL;
	ops_plain.unmap = NULL;
	s = new_shell(&ops_map);
	enter_firmware(s);
	shell_free(s);
	return 0;
}

/* With threads, let go of the lock between two operations. */
static void run_input(struct shell *s)
{
	if (THREADS)
		shell_start_worker(s);
	else
		s->in_nap = in_nap;
	while (input.size && input.ops < MAX_OPS) {
		if (THREADS)
			shell_lock(s);
		step(s);
		if (THREADS)
			shell_unlock(s);
	}
	if (THREADS)
		shell_join_worker(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell *s;

	input = (struct input){ .data = data, .size = size };
	watch = (struct watch){ 0 };
	s = new_shell(take(1) & 1 ? &ops_map : &ops_plain);
	run_input(s);
	gs_dev_reset(s->dev);
	gs_dev_core_finish(s->dev);
	check(s, !shell_rd(s, GS_REG_STATUS), "a reset does not end");
	shell_free(s);
	return 0;
}
