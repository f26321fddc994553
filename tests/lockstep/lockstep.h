/* SPDX-License-Identifier: MIT */
/*
 * Executors in lockstep: the same program on the reference and on the fast
 * executor with every vector unit there is; what differs afterwards is a
 * defect.
 */
#ifndef GS_TESTS_LOCKSTEP_H
#define GS_TESTS_LOCKSTEP_H

#include "hw-model/core/core_internal.h"
#include "hw-model/tools/sim_mem.h"
#include "tests/unit/core_program.h"

#define LOCKSTEP_CORES 4 /* reference, and a level of GS_FAST_* each */

/** What the programs met, all machines together. */
struct coverage {
	uint64_t insns[GS_INSN_COUNT]; /**< in blocks that passed the checks */
	uint64_t ns[GS_OPERANDS][GS_NS_COUNT]; /**< of body words */
	uint64_t levels[GS_ISA_SIMD_LOOPS + 1]; /**< of nests */
	uint64_t widths[33]; /**< bits of SIMD transfers */
	uint64_t arch_data[33], arch_acc[33]; /**< of the machines */
	uint64_t faults[GS_FAULT_COUNT];
	uint64_t programs, fast_words[GS_INSN_COUNT];
	uint64_t fast_tiles, fast_sparse, fast_transfers, fast_groups,
		fast_joined;
	uint64_t fast_shared, fast_splits,
		fast_stretches; /**< by several threads */
};

/** The same machine several times. */
struct lockstep {
	struct gs_arch arch;
	struct gs_core *core[LOCKSTEP_CORES]; /**< NULL: not on this host */
	bool threads; /**< two on each core but the reference, three in plain C */
	struct coverage *coverage;
};

/** A program and the memory it runs in. */
struct lockstep_case {
	const char *name;
	const uint32_t *words; /**< at the start of the IMEM window */
	size_t num_words;
	struct gs_job job; /**< executor, counters and hooks are set by the run */
	uint64_t seed; /**< of memory that nothing else fills */
	/** optional: fills one of the memories; returns 0 or -ENOMEM */
	int (*fill)(const void *ctx, struct sim_mem *mem);
	const void *ctx;
};

/** lockstep_init() - -EINVAL: @arch is none; -ENOMEM, -EAGAIN: no threads */
int lockstep_init(struct lockstep *lockstep, const struct gs_arch *arch,
		  bool threads, struct coverage *coverage);
void lockstep_fini(struct lockstep *lockstep);

/** lockstep_noise() - the same noise into all scratchpads */
void lockstep_noise(struct lockstep *lockstep, uint32_t seed);

/** lockstep_run() - run on all; false: they differ, and why was printed */
bool lockstep_run(struct lockstep *lockstep, const struct lockstep_case *c);

/* gen.c: a random block; returns its words; @state of xorshift32 */
uint32_t below(uint32_t *state, uint32_t bound);
uint32_t gen_block(struct program *program, const struct gs_arch *arch,
		   uint32_t *state);
/* gen_layer.c: a block or two, of layers; returns the words of the first */
#define GEN_STORE_AT \
	32768u /* the SIMD window is stored to, on 32 KiB at most */
uint32_t gen_layers(struct program *program, const struct gs_arch *arch,
		    uint32_t *state);
/* mutate.c: change some operands or bits */
void mutate(uint32_t *words, size_t num, uint32_t *state);

#endif /* GS_TESTS_LOCKSTEP_H */
