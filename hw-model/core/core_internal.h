/* SPDX-License-Identifier: MIT */
/*
 * What the files of the functional machine share: the decoded block, which is
 * independent of the executor, and the state of a core and its running job.
 *
 * A function returning int returns 0, -EFAULT after gs_fault_raise(), -ENOMEM
 * or -ECANCELED; whatever is not 0 ends the job and is passed up unchanged.
 */
#ifndef GS_CORE_INTERNAL_H
#define GS_CORE_INTERNAL_H

#include "hw-model/core/core.h"
#include "hw-model/core/hazard.h"
#include "hw-model/core/walk.h"

#define GS_MAX_LANES 128

/* Operands of a body word, in the order of struct gs_walk addresses. */
enum gs_operand { GS_DST, GS_SRC1, GS_SRC2, GS_OPERANDS };

/* Walkers of the permutation engine, as the operand rw names them. */
enum gs_perm_rw { GS_PERM_RD, GS_PERM_WR };

/* ---- the decoded block ---------------------------------------------------*/

/* A group: its START and END words, when the block has one. */
struct gs_group {
	bool present;
	uint32_t start, end;
};

/* One LD_ST of the array group with its loops (section 5). */
struct gs_sa_transfer {
	uint32_t word;
	enum gs_acc acc; /* LD or ST */
	enum gs_buf buf;
	uint64_t run_bytes;
	int32_t outer_stride[GS_ISA_SA_OUTER_LOOPS];
	unsigned num_loops;
	struct gs_loop loops[GS_ISA_SA_LOOPS];
};

/* The array group as END puts it into effect. */
struct gs_sa_config {
	unsigned num_outer;
	uint32_t outer[GS_ISA_SA_OUTER_LOOPS]; /* iterations */
	bool outer_reduction[GS_ISA_SA_OUTER_LOOPS];
	unsigned num_inner;
	/* addresses: rows of IBUF, WBUF, BBUF, OBUF by enum gs_buf */
	struct gs_loop inner[GS_ISA_SA_INNER_LOOPS];
	bool inner_reduction[GS_ISA_SA_INNER_LOOPS];
	uint32_t base[GS_BUF_COUNT];
	unsigned num_transfers;
	struct gs_sa_transfer transfers[GS_BUF_COUNT + 1];
	bool bias; /* LD BBUF stands in the group */
};

/* One level of a nest. */
struct gs_level {
	uint32_t num;
	uint8_t ns[GS_OPERANDS]; /* enum gs_ns */
	uint8_t iterator[GS_OPERANDS];
};

/* Body words body .. body + num_body - 1 below num_levels levels. */
struct gs_nest {
	uint32_t body, num_body;
	unsigned num_levels;
	struct gs_level levels[GS_ISA_SIMD_LOOPS]; /* outermost first */
};

struct gs_simd_config {
	uint32_t base_loops[GS_ISA_DMA_LOOPS]; /* iterations, 1 when not named */
	uint32_t num_nests, cap_nests;
	struct gs_nest *nests; /* in word order */
};

struct gs_block {
	uint32_t addr; /* offset in the IMEM window */
	uint32_t num; /* words */
	uint32_t cap_insns;
	struct gs_insn *insns; /* the words that fit the instruction memories */
	struct gs_group sa, simd;
	bool has_next; /* a LD_ST LD, IMEM stands in the block, */
	uint32_t next_word; /* the last one here */
	uint32_t next_addr, next_num;
	struct gs_sa_config sa_config;
	struct gs_simd_config simd_config;
};

/* ---- the machine ---------------------------------------------------------*/

/* DMA table of one direction and namespace (section 6, transfers). */
struct gs_simd_dma {
	uint32_t base;
	uint32_t base_stride[GS_ISA_DMA_LOOPS];
	uint32_t row;
	uint32_t tile_num[GS_ISA_DMA_LOOPS];
	uint32_t tile_stride[GS_ISA_DMA_LOOPS];
};

struct gs_iterator {
	uint32_t base, stride; /* signed values */
};

struct gs_perm_walker {
	uint32_t base;
	struct gs_loop loops[GS_ISA_DMA_LOOPS];
};

/* Everything a SIMD START clears. */
struct gs_simd_regs {
	struct gs_simd_dma dma[2][2]; /* LD, ST; VMEM1, VMEM2 */
	struct gs_iterator iterators[GS_NS_COUNT][GS_ISA_ITERATORS];
	struct gs_perm_walker perm[2]; /* RD, WR */
	uint32_t dst_int, src1_int; /* DTYPE_CFG */
};

struct gs_run {
	const struct gs_mem *mem;
	const struct gs_job *job;
	const struct gs_exec_ops *exec;
	struct gs_counters *counters; /* never NULL */
	struct gs_counters own_counters;
	struct gs_fault fault;
	uint32_t block; /* number in the job */
	uint64_t work_left;
	unsigned obuf_half; /* where the array works */
	bool obuf_released; /* by the SIMD group, in this tile */
	uint64_t sa_tile, simd_tile; /* run before, in this block */
	bool settled; /* SIMD registers are as a group leaves them, in this block */
	uint32_t base_index[GS_ISA_DMA_LOOPS]; /* of the SIMD base loops */
	struct gs_stored stored[2]; /* by the OBUF and the SIMD channel */
	/* What the array group loaded last, in this block, and is still there. */
	struct {
		bool whole;
		int64_t addr;
	} held[GS_BUF_COUNT];
};

struct gs_core {
	struct gs_arch arch;
	uint32_t rows[GS_SPAD_COUNT]; /* that a program can address */
	/* Elements are sign-extended to the C type, whatever their width. */
	int8_t *ibuf; /* [row][N] */
	int8_t *wbuf; /* [row][column of M][row of N] */
	int32_t *bbuf; /* [row][M] */
	int32_t *obuf[2]; /* [row][M] */
	int32_t *vmem[2]; /* [row][M] */
	/* same value in all lanes; rows begin where lines of caches do, as those of buffers */
	_Alignas(64) int32_t imm[GS_ISA_IMM_SLOTS][GS_MAX_LANES];
	struct gs_simd_regs simd;
	struct gs_block *block; /* fetched last: own, or one of the cache's */
	struct gs_block own;
	struct gs_cached **cache; /* GS_CACHE_SLOTS, each NULL at first */
	struct gs_fast *fast; /* of the fast executor */
	uint8_t *staging; /* for memory that cannot be mapped */
	size_t staging_size;
	struct gs_run run;
};

struct gs_dma; /* dram.h */

/*
 * An executor: the loops in which a program spends its time. Everything around
 * them (decoding, checks, charges) is common. Results, faults and
 * counters must equal those of the reference.
 */
struct gs_exec_ops {
	/* all inner iterations of one tile of the array */
	int (*compute)(struct gs_core *core, bool first);
	int (*nest)(struct gs_core *core, const struct gs_nest *nest);
	/* @runs of @num elements from window offset @addr on; they are charged */
	int (*transfer)(struct gs_core *core, const struct gs_dma *dma,
			int64_t addr, uint64_t runs, uint64_t num);
	/* the words of the SIMD group, once; NULL: gs_simd_words() */
	int (*group)(struct gs_core *core);
};

/* fault.c */
int gs_fault_raise(struct gs_core *core, enum gs_fault_code code, uint32_t word,
		   uint64_t address);
int gs_fault_row(struct gs_core *core, uint32_t word, enum gs_fault_code code,
		 enum gs_scratchpad buf, uint64_t row);
/* Charge work; a saturated charge (UINT64_MAX) exceeds every budget. */
int gs_charge(struct gs_core *core, uint32_t word, uint64_t work);
/* Hooks; and the stop flag, to be polled in every loop that can last. */
int gs_hook_step(struct gs_core *core, uint32_t word, uint64_t tile);
static inline bool gs_stopped(const struct gs_core *core)
{
	const atomic_bool *stop = core->run.job->stop;

	return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

/* Does the job run without data? */
static inline bool gs_is_dry(const struct gs_core *core)
{
	return core->run.job->executor == GS_EXEC_DRY;
}

static inline void gs_observe(const struct gs_core *core,
			      const struct gs_work *event)
{
	const struct gs_job *job = core->run.job;

	if (job->observe)
		job->observe(job->observe_ctx, event);
}

/* An event that is its kind and nothing else: one for each word, so none is made. */
static inline void gs_observe_kind(const struct gs_core *core,
				   enum gs_work_kind kind)
{
	static const struct gs_work events[] = {
		[GS_WORK_GROUP] = { .kind = GS_WORK_GROUP },
		[GS_WORK_WORD] = { .kind = GS_WORK_WORD },
		[GS_WORK_RELEASE] = { .kind = GS_WORK_RELEASE },
		[GS_WORK_GROUP_END] = { .kind = GS_WORK_GROUP_END },
		[GS_WORK_BLOCK_END] = { .kind = GS_WORK_BLOCK_END },
	};

	gs_observe(core, &events[kind]);
}

/* observe.c: events that take more than a line; call them when there is an observer */
void gs_observe_block(const struct gs_core *core);
void gs_observe_nest(const struct gs_core *core, const struct gs_nest *nest,
		     uint64_t iterations);
struct gs_work gs_work_of_nest(const struct gs_core *core,
			       const struct gs_nest *nest, uint64_t iterations);
void gs_observe_single(const struct gs_core *core, uint32_t word);
void gs_observe_perm(const struct gs_core *core, const struct gs_insn *insn,
		     uint64_t steps);

/* observe.c: for gs_exec_ops, without data */
int gs_dry_compute(struct gs_core *core, bool first);
int gs_dry_nest(struct gs_core *core, const struct gs_nest *nest);
int gs_dry_transfer(struct gs_core *core, const struct gs_dma *dma,
		    int64_t addr, uint64_t runs, uint64_t num);

/* dma.c: for gs_exec_ops, with data */
int gs_dma_transfer(struct gs_core *core, const struct gs_dma *dma,
		    int64_t addr, uint64_t runs, uint64_t num);

/* block.c: fetch, decode and check; core->block is valid when this returns 0 */
int gs_block_load(struct gs_core *core, uint32_t addr, uint32_t num);
void gs_block_free(struct gs_block *block);

/* cache.c: blocks decoded and checked before, by address; for GS_EXEC_FAST */
#define GS_CACHE_SLOTS 512
#define GS_CACHE_WORDS 4096 /* longest block that is kept */

struct gs_cached {
	struct gs_block block;
	bool valid; /* block is what the words below say, and passed all checks */
	enum gs_isa_encoding encoding;
	uint32_t num; /* of words kept; 0: none */
	uint8_t *bytes; /* of the words, as in memory */
	size_t cap_bytes;
};

/* The place for a block, or NULL: do without. */
struct gs_cached *gs_cache_find(struct gs_core *core, uint32_t addr,
				uint32_t num);
/* Are these its words? If not, they are from now on, and it is not valid. */
bool gs_cache_match(struct gs_cached *cached, uint32_t num,
		    enum gs_isa_encoding encoding, const uint8_t *bytes);
void gs_cache_free(struct gs_core *core);

/* sa_check.c, simd_check.c: static settings of a group, into core->block */
int gs_sa_check(struct gs_core *core);
int gs_simd_check(struct gs_core *core);
extern const uint8_t gs_simd_opcode[GS_INSN_COUNT];

/* Is it a function of section 7? */
static inline bool gs_simd_is_body(enum gs_insn_id id)
{
	return gs_simd_opcode[id] <= 3;
}

/*
 * sa.c: all tiles of the array group, those before the last of a sum, each
 * followed by its SIMD group; @num of them from tile @first on
 */
int gs_sa_run(struct gs_core *core);
int gs_sa_run_some(struct gs_core *core, uint64_t first, uint64_t num);

/* mvm.c: the reference for gs_exec_ops.compute */
int gs_mvm_compute(struct gs_core *core, bool first);

/* simd.c: at SIMD START; the group for the next iteration of the base loops; for all of them, some */
void gs_simd_begin(struct gs_core *core);
int gs_simd_run_tile(struct gs_core *core);
int gs_simd_run_all(struct gs_core *core);
int gs_simd_run_some(struct gs_core *core, uint64_t num);

/* simd.c: the words of a group in order; a word that is not of a nest or body; a transfer */
int gs_simd_words(struct gs_core *core);
int gs_simd_plain(struct gs_core *core, uint32_t word);
int gs_simd_start(struct gs_core *core, const struct gs_simd_dma *regs,
		  uint32_t word, bool store);

/* nest.c: the reference for gs_exec_ops.nest; a body word outside nests */
int gs_nest_run(struct gs_core *core, const struct gs_nest *nest);
int gs_nest_single(struct gs_core *core, uint32_t word);

/* fast_array.c, fast_nest.c: the same, fast; fast_group.c: for gs_exec_ops.group */
int gs_fast_compute(struct gs_core *core, bool first);
int gs_fast_nest(struct gs_core *core, const struct gs_nest *nest);
int gs_fast_group(struct gs_core *core);

/*
 * fast.c: what the fast executor derives from the block about to run, and from
 * IBUF, WBUF and BBUF. Whoever changes their rows says so.
 */
void gs_fast_block(struct gs_core *core);
void gs_fast_changed(struct gs_core *core, enum gs_scratchpad buf, uint64_t row,
		     uint64_t num);
void gs_fast_changed_all(struct gs_core *core);
/* The next load of weights will probably read so many bytes behind the last ones. */
void gs_fast_weights_ahead(struct gs_core *core, uint64_t bytes);

/* perm.c */
void gs_perm_base(struct gs_perm_walker *walker, uint32_t row);
int gs_perm_start(struct gs_core *core, uint32_t word);

/* core.c: what is on chip becomes 0, of this machine alone; an immediate */
void gs_core_clear(struct gs_core *core);
void gs_core_imm_set(struct gs_core *core, uint32_t slot, uint32_t value);

/*
 * simd_ops.c: a function of section 7 on a row of lanes.
 * @d: destination, holding the old values; may be the row of @a or @b
 * @shift: of casts, from gs_simd_cast_shift()
 */
typedef void gs_lane_fn(int32_t *d, const int32_t *a, const int32_t *b,
			unsigned lanes, int shift);

gs_lane_fn *gs_simd_fn(enum gs_insn_id id); /* NULL for NOP */
bool gs_simd_uses_src2(enum gs_insn_id id);
bool gs_simd_keeps(enum gs_insn_id id); /* needs what the destination held */
int gs_simd_cast_shift(enum gs_insn_id id, uint32_t dst_int, uint32_t src1_int);

/* elementary.c: LN LOG2 SQRT INV_SQRT, scalar */
int32_t gs_ln(int32_t a);
int32_t gs_log2(int32_t a);
int32_t gs_sqrt(int32_t a);
int32_t gs_inv_sqrt(int32_t a);

/* float.c: casts between floating formats; values are bit patterns */
int32_t gs_float_to_half(int32_t a);
int32_t gs_half_to_float(int32_t a);
int32_t gs_float_to_bfloat(int32_t a);
int32_t gs_bfloat_to_float(int32_t a);

static inline uint32_t gs_half_set(uint32_t reg, bool high, uint32_t imm)
{
	return high ? (reg & 0xffffu) | imm << 16 : (reg & 0xffff0000u) | imm;
}

static inline int32_t gs_sext(uint32_t value, unsigned bits)
{
	uint32_t sign = UINT32_C(1) << (bits - 1);

	value &= sign | (sign - 1);
	return (int32_t)((value ^ sign) - sign);
}

#endif /* GS_CORE_INTERNAL_H */
