/* SPDX-License-Identifier: MIT */
/*
 * The functional machine: executes programs as docs/isa.md specifies them.
 *
 * A core owns scratchpads and registers and reaches memory only through the
 * callbacks of struct gs_mem, so that the same core serves the in-process
 * device, a device behind an MMU and QEMU. A core belongs to one thread at a
 * time; different cores are independent.
 */
#ifndef GS_CORE_H
#define GS_CORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "genesys/arch.h"
#include "genesys/isa.h"

/** Address windows, docs/isa.md section 2. */
enum gs_window {
	GS_WIN_IMEM,
	GS_WIN_PARAM,
	GS_WIN_IBUF,
	GS_WIN_OBUF,
	GS_WIN_SIMD,
	GS_WIN_COUNT
};

/** Fault codes, docs/isa.md section 10. */
enum gs_fault_code {
	GS_FAULT_NONE,
	GS_FAULT_ILLEGAL_WORD,
	GS_FAULT_BAD_BLOCK,
	GS_FAULT_CAPACITY,
	GS_FAULT_BAD_CONFIG,
	GS_FAULT_BAD_OPERAND,
	GS_FAULT_WINDOW,
	GS_FAULT_SCRATCHPAD,
	GS_FAULT_MEMORY,
	GS_FAULT_TILE_MISMATCH,
	GS_FAULT_HAZARD,
	GS_FAULT_LIMIT,
	GS_FAULT_COUNT
};

/** Scratchpad numbers in fault addresses and in the inspection calls. */
enum gs_scratchpad {
	GS_SPAD_WBUF,
	GS_SPAD_IBUF,
	GS_SPAD_OBUF,
	GS_SPAD_BBUF,
	GS_SPAD_VMEM1,
	GS_SPAD_VMEM2,
	GS_SPAD_IMM,
	GS_SPAD_COUNT
};

/** Why a job stopped. */
struct gs_fault {
	enum gs_fault_code code;
	uint32_t block; /**< blocks started before, in this job */
	uint32_t word; /**< index in the block */
	uint64_t address; /**< meaning by code, docs/isa.md section 10 */
};

/**
 * Memory as the core sees it: 64-bit bus addresses. Both return 0 or -errno (a MEMORY fault).
 * A store is one call a run, of at most 8 MiB; a range never wraps around 2^64.
 */
struct gs_mem {
	void *ctx;
	int (*read)(void *ctx, uint64_t addr, void *dst, size_t size);
	int (*write)(void *ctx, uint64_t addr, const void *src, size_t size);
	/**
	 * Optional (may be NULL): a host pointer to [addr, addr + size), valid until the job ends, or
	 * NULL when the range must go through read and write.
	 */
	void *(*map)(void *ctx, uint64_t addr, size_t size, bool write);
};

/**
 * Work counted while running; a job adds to what stands there. Bytes are counted run by run
 * when the memory accepted them, the rest when it is done.
 */
struct gs_counters {
	uint64_t blocks; /**< fetched */
	uint64_t words; /**< instruction words fetched */
	uint64_t sa_tiles; /**< iterations of the outer loops */
	uint64_t mvms; /**< inner iterations: one row against one weight tile */
	uint64_t simd_tiles; /**< runs of SIMD groups */
	uint64_t simd_ops; /**< body words executed, for all lanes each; NOPs excluded */
	uint64_t perm_rows;
	/** by window; [0] read, [1] written; IMEM read = fetched */
	uint64_t bytes[GS_WIN_COUNT][2];
};

/**
 * How the loops of a program are run; results, faults and counters are the
 * same. GS_EXEC_FAST uses vector units for what it recognises and the
 * reference for the rest.
 *
 * GS_EXEC_DRY runs the same program without data: it fetches and checks blocks
 * and counts, but moves and computes nothing, and does not look at addresses:
 * of the faults, WINDOW, SCRATCHPAD, HAZARD and MEMORY of data do not happen.
 */
enum gs_executor { GS_EXEC_REFERENCE, GS_EXEC_FAST, GS_EXEC_DRY };

/** Vector units of the fast executor. */
enum gs_fast_level { GS_FAST_C, GS_FAST_AVX2, GS_FAST_VNNI };

struct gs_core;
struct gs_hooks;
struct gs_work;

/** One job. */
struct gs_job {
	uint64_t window_base[GS_WIN_COUNT]; /**< bus addresses */
	uint32_t entry; /**< offset of the first block in the IMEM window, multiple of 4 */
	uint32_t entry_words;
	enum gs_isa_encoding encoding;
	enum gs_executor executor;
	uint64_t max_work; /**< work units, 0: 2^40 */
	/** stop without a fault after so many blocks, before the chain is looked at; 0: no bound */
	uint32_t max_blocks;
	/** NULL, or a flag which another thread may set: the job ends soon with -ECANCELED */
	const atomic_bool *stop;
	const struct gs_hooks *hooks; /**< NULL, or a debugger's */
	struct gs_counters *counters; /**< NULL, or where to count */
	/** NULL, or who is told of all work before it runs, in the order of docs/isa.md */
	void (*observe)(void *ctx, const struct gs_work *event);
	void *observe_ctx;
};

/** Work of a program, as an observer sees it. */
enum gs_work_kind {
	GS_WORK_BLOCK, /**< a block passed its checks */
	GS_WORK_TILE, /**< of the array begins */
	GS_WORK_TRANSFER, /**< of the SIMD group when its window is that */
	GS_WORK_COMPUTE, /**< of the array */
	GS_WORK_GROUP, /**< a run of the SIMD group begins */
	GS_WORK_WORD, /**< of the SIMD group that only configures */
	GS_WORK_NEST, /**< also a body word outside nests */
	GS_WORK_PERM,
	GS_WORK_RELEASE, /**< of the half of OBUF the group reads */
	GS_WORK_GROUP_END,
	GS_WORK_BLOCK_END,
};

/** Rows of a scratchpad; none when end <= first. */
struct gs_work_rows {
	enum gs_scratchpad spad;
	int64_t first, end;
};

/** One event; the member that belongs to the kind is valid. */
struct gs_work {
	enum gs_work_kind kind;
	union {
		struct {
			uint32_t addr; /**< offset in the IMEM window */
			uint32_t words;
			uint32_t sa_words; /**< up to the array group's END; 0: no group */
			uint32_t simd_words; /**< up to the SIMD group's END; 0: none */
			uint32_t next_words; /**< of the next block, 0: none is named */
			uint32_t next_word; /**< that names it */
		} block;
		struct {
			bool first, last; /**< of the outer reduction loops */
		} tile;
		struct {
			enum gs_window win;
			bool store;
			bool held; /**< a load of what is there already */
			uint64_t runs,
				run_bytes; /**< the product fits 64 bits */
			uint64_t elements; /**< of all runs */
			struct gs_work_rows rows;
		} transfer;
		struct {
			uint64_t steps; /**< inner iterations */
			uint64_t starts; /**< of these, how many start a sum */
			bool bias; /**< at the bias, not at 0 */
		} compute;
		struct {
			const struct gs_insn *body;
			uint32_t num_body;
			uint64_t iterations;
			struct gs_work_rows dst, src[2];
			/** rows an iteration accesses, of IMM words; MACC and COND_MOVE read the old destination */
			uint32_t reads[GS_SPAD_COUNT], writes[GS_SPAD_COUNT];
		} nest;
		struct {
			uint64_t steps;
			bool shuffle;
			struct gs_work_rows dst, src;
		} perm;
	};
};

/** Where a hook is called from. */
struct gs_hook_point {
	uint32_t block;
	uint32_t word; /**< about to run */
	uint64_t tile; /**< tiles of this group already run in this block */
	const struct gs_insn *insn;
};

/**
 * Debugger hooks; any may be NULL. A non-zero return stops the job without a fault
 * (gs_core_run() returns -ECANCELED). They may inspect, not change, the core.
 */
struct gs_hooks {
	void *ctx;
	/** when a block passed its checks, before it runs */
	int (*block)(void *ctx, struct gs_core *core, uint32_t block,
		     uint32_t addr, const struct gs_insn *insns, uint32_t num);
	/** array: before each tile (word = START); SIMD: before each word executed, bodies once a nest */
	int (*step)(void *ctx, struct gs_core *core,
		    const struct gs_hook_point *at);
};

/** gs_core_create() - a machine of @arch, reset. NULL when out of memory or @arch fails gs_arch_check(). */
struct gs_core *gs_core_create(const struct gs_arch *arch);
void gs_core_destroy(struct gs_core *core);
const struct gs_arch *gs_core_arch(const struct gs_core *core);

/** gs_core_reset() - scratchpads, registers and immediates read as zero again */
void gs_core_reset(struct gs_core *core);

/**
 * gs_core_forget() - drop the blocks decoded before
 * They are found again by their words, so results never depend on them; but the
 * time they save, and their memory, would outlive the program they are from.
 */
void gs_core_forget(struct gs_core *core);

/**
 * gs_core_set_level() - use no better vector unit than @most
 * The default is the best one this processor has. For tests and benchmarks.
 */
void gs_core_set_level(struct gs_core *core, enum gs_fast_level most);

/**
 * gs_core_set_threads() - let @num threads, the caller's among them, work on a job of GS_EXEC_FAST
 * Results, faults and counters do not depend on it. The default is 1: none but the caller's.
 * Each other one has scratchpads of its own, as large as the core's.
 * The threads stay until another number is set or the core is destroyed, handle no signals,
 * and sleep when there is nothing to do. Between the start and the end of a job they access
 * memory that gs_mem.map() gave, and call nothing of the caller's.
 * Not while a job runs. Returns 0, -EINVAL when @num is 0 or above GS_CORE_MAX_THREADS, or
 * -EAGAIN, without a change, when threads or their memory are not to be had.
 */
#define GS_CORE_MAX_THREADS 64u
int gs_core_set_threads(struct gs_core *core, unsigned num);

/** gs_fast_level_name() - "AVX2", or NULL when this processor lacks it */
const char *gs_fast_level_name(enum gs_fast_level level);

/**
 * gs_core_run() - run a job to its end
 * Returns 0, -EFAULT with *fault filled, -ECANCELED (a hook or the stop flag), -ENOMEM,
 * or -EINVAL for an unknown encoding or executor.
 * *fault is always written; its code is GS_FAULT_NONE unless -EFAULT.
 */
int gs_core_run(struct gs_core *core, const struct gs_mem *mem,
		const struct gs_job *job, struct gs_fault *fault);

/**
 * gs_core_block_addr() - IMEM offset of the block fetched last, also of one that failed its checks
 * For debuggers that show the word a fault names.
 */
uint32_t gs_core_block_addr(const struct gs_core *core);

/** gs_core_rows() - rows of a scratchpad that a program can address (docs/isa.md section 1) */
uint32_t gs_core_rows(const struct gs_core *core, enum gs_scratchpad buf);

/**
 * gs_core_peek() - read a scratchpad row: one sign-extended value a bank
 * @half: of OBUF, 0 or 1; ignored else
 * @out: @num values, bank 0 first; WBUF: bank = row of the PE * M + column
 * Returns the number of banks, or -EINVAL for a row outside the buffer.
 */
int gs_core_peek(const struct gs_core *core, enum gs_scratchpad buf,
		 unsigned half, uint32_t row, int32_t *out, size_t num);

/** gs_core_poke() - write a scratchpad row; as gs_core_peek(). For tests that start from noise. */
int gs_core_poke(struct gs_core *core, enum gs_scratchpad buf, unsigned half,
		 uint32_t row, const int32_t *values, size_t num);

/** gs_fault_name() - "SCRATCHPAD"; gs_fault_format() - one sentence for people, as snprintf() */
const char *gs_fault_name(enum gs_fault_code code);
int gs_fault_format(const struct gs_fault *fault, char *buf, size_t size);

const char *gs_scratchpad_name(enum gs_scratchpad buf);
const char *gs_window_name(enum gs_window win);

#endif /* GS_CORE_H */
