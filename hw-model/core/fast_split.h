/* SPDX-License-Identifier: MIT */
/*
 * The tiles of a block on several machines.
 *
 * A group is what runs from one hand-over of the array to the next, or one run
 * of a SIMD group that is alone. Where no group needs what another one leaves,
 * each thread takes as many groups, on a machine of its own: the core takes the
 * last one, so that its scratchpads end as if one machine had run all.
 *
 * fast_scan.c finds out whether that is so, fast_choose.c which loop is divided,
 * fast_divide.c who takes which, fast_split.c does it.
 */
#ifndef GS_FAST_SPLIT_H
#define GS_FAST_SPLIT_H

#include "hw-model/core/dram.h"
#include "hw-model/core/fast.h"
#include "hw-model/core/fast_divide.h"

/* Transfers of a group, at most. */
#define GS_SPLIT_TRANSFERS 64u

/* Bytes that a transfer touches in all groups, and where they are. */
struct gs_split_span {
	uint64_t bus, size;
	uint8_t *data;
	bool store;
};

/* A transfer of the SIMD group, as it was set up. */
struct gs_split_transfer {
	uint32_t word;
	enum gs_window win;
	bool store;
	uint64_t run_bytes;
	struct gs_simd_dma regs;
};

/* Immediates and registers of the SIMD group. */
struct gs_split_regs {
	struct gs_simd_regs simd;
	uint32_t imm[GS_ISA_IMM_SLOTS];
};

/* Rows of the scratchpads that hold lanes, a bit each. */
#define GS_SPLIT_SPADS 3u /* OBUF, VMEM1, VMEM2 */

struct gs_split_rows {
	uint64_t *bits[GS_SPLIT_SPADS];
};

struct gs_split {
	/* What a scan found: of the block. */
	uint64_t groups, tiles; /* tiles of the array in a group */
	uint64_t work; /* of a group */
	struct gs_counters counters; /* of a group */
	struct gs_split_regs first,
		later; /* as the first group begins, and the others */
	struct gs_split_span span[GS_SPLIT_TRANSFERS];
	unsigned num_spans;
	unsigned divided; /* the base loop whose iterations machines share */
	unsigned wanted; /* by a test, 0: the best one; else number wanted - 1 */
	struct gs_split_rows written; /* by any group */
	/* Of a scan, while it runs. */
	bool possible;
	unsigned pass; /* number of the group */
	uint64_t loaded[GS_SPAD_COUNT]; /* rows of IBUF, WBUF and BBUF */
	struct gs_split_rows before; /* written by the first group */
	struct gs_split_transfer transfer[GS_SPLIT_TRANSFERS];
	unsigned num_transfers;
	/* Of a run. */
	struct gs_block *block;
	uint32_t number; /* of the block */
	struct gs_core *core;
	const struct gs_job *observed; /* NULL, or whose observer is told */
	struct gs_job job;
	struct gs_mem mem; /* the spans */
	const struct gs_exec_ops *exec;
	struct gs_division division; /* among machines */
	unsigned num_machines; /* the core is the first */
	struct gs_core *machine[GS_CORE_MAX_THREADS];
	int ret[GS_CORE_MAX_THREADS];
};

/* gs_split_create() - machines for @threads; NULL: no memory */
struct gs_split *gs_split_create(struct gs_core *core, unsigned threads);
void gs_split_destroy(struct gs_split *split);

/* Clear all machines, each by the thread that is likely to use it. */
void gs_split_clear(struct gs_split *split);
/* gs_core_set_level() for the other machines; NULL is allowed */
void gs_split_select(struct gs_split *split, enum gs_fast_level most);

/*
 * gs_split_scan() - may the groups of core->block run in any order, without a fault?
 * If so, it is known above how. Leaves the core as it was.
 */
bool gs_split_scan(struct gs_split *split, struct gs_core *core);

/* gs_split_choose() - the base loop to divide, of groups that may run in any order */
unsigned gs_split_choose(const struct gs_core *core,
			 const struct gs_split *split);

/* gs_split_run() - run the groups of core->block so, with *ret as gs_sa_run(); false: they cannot */
bool gs_split_run(struct gs_core *core, int *ret);

/* Place @group, and the tiles it begins with, next. */
void gs_split_place(struct gs_core *core, const struct gs_split *split,
		    uint64_t group);
/* Run @num groups from there on, as core->run.exec does it. */
int gs_split_groups(struct gs_core *core, const struct gs_split *split,
		    uint64_t first, uint64_t num);

void gs_split_regs_get(const struct gs_core *core, struct gs_split_regs *regs);
void gs_split_regs_set(struct gs_core *core, const struct gs_split_regs *regs);

#endif /* GS_FAST_SPLIT_H */
