/* SPDX-License-Identifier: MIT */
/*
 * The timing model: how many cycles a program takes, and what every engine did
 * in them (docs/timing.md).
 *
 * It observes a core that runs the program, with data or without, and keeps a
 * clock for each engine. It is deterministic, and its work is that of walking
 * tiles and words: nests and transfers cost the same whatever their size.
 */
#ifndef GS_TIMING_H
#define GS_TIMING_H

#include "hw-model/core/core.h"
#include "hw-model/timing/params.h"

/** The channels, numbered as windows, then the units. */
enum gs_engine {
	GS_ENGINE_IMEM = GS_WIN_IMEM,
	GS_ENGINE_PARAM = GS_WIN_PARAM,
	GS_ENGINE_IBUF = GS_WIN_IBUF,
	GS_ENGINE_OBUF = GS_WIN_OBUF,
	GS_ENGINE_SIMD = GS_WIN_SIMD,
	GS_ENGINE_ARRAY = GS_WIN_COUNT,
	GS_ENGINE_TANDEM,
	GS_ENGINE_COUNT
};

/** Why an engine does no work in a cycle. Each such cycle has one cause. */
enum gs_stall {
	GS_STALL_FETCH, /**< fetch and decode of instructions */
	GS_STALL_SETUP, /**< fill, drain and control of the array; words that configure Tandem */
	GS_STALL_LATENCY, /**< a result in the pipeline; requests in flight */
	GS_STALL_PARAM, /**< data of that channel, or it still reads what is to be written */
	GS_STALL_IBUF,
	GS_STALL_OBUF,
	GS_STALL_SIMD,
	GS_STALL_ARRAY, /**< the array computes, or still uses a buffer */
	GS_STALL_TANDEM,
	GS_STALL_DRAM, /**< the memory behind the channels */
	GS_STALL_IDLE, /**< nothing to do until the block ends */
	GS_STALL_COUNT
};

/** Cycles of an engine; busy and all stalls are those of the block or job. */
struct gs_timing_engine {
	uint64_t busy; /**< channels: beats; array: steps; Tandem: operations and rows permuted */
	uint64_t stall[GS_STALL_COUNT];
};

/** Tandem's operations by what they need. */
enum gs_op_class {
	GS_OP_SIMPLE, /**< additions, logic, shifts, comparisons, casts; SIGMOID and TANH are made of these */
	GS_OP_MULTIPLY, /**< MUL, LEAKY_RELU */
	GS_OP_MACC, /**< a multiplication and an addition */
	GS_OP_SPECIAL, /**< DIV, EXP, LN, LOG2, SQRT, INV_SQRT */
	GS_OP_CLASSES
};

/** Accesses to a scratchpad, in elements of its width; to IMM in words, which all lanes get. */
struct gs_timing_access {
	uint64_t read, written; /**< by the array and Tandem */
	uint64_t loaded, stored; /**< by transfers; those left out are none */
};

/** A block, or all of a job. */
struct gs_timing_block {
	uint32_t addr; /**< offset in the IMEM window; of the first block */
	uint64_t start; /**< cycle in which the block before ended */
	uint64_t cycles; /**< to its own end */
	/** of them, those in which the unit that works more in the block, array or Tandem, does not */
	uint64_t stalls;
	uint64_t steps; /**< of the array */
	uint64_t ops; /**< of Tandem, for all lanes each; NOPs excluded */
	uint64_t perm_rows;
	uint64_t ops_of[GS_OP_CLASSES]; /**< ops by class */
	uint64_t tandem_words; /**< Tandem ran, a body word once an iteration; NOPs too */
	struct gs_timing_access access[GS_SPAD_COUNT];
	uint64_t partial; /**< of the elements of OBUF stored, sums that are not complete */
	/** as in struct gs_counters; IMEM: of the block itself */
	uint64_t bytes[GS_WIN_COUNT][2];
	uint64_t held[GS_WIN_COUNT]; /**< of the bytes read, those of loads left out: the tile was there */
	struct gs_timing_engine engine[GS_ENGINE_COUNT];
};

struct gs_timing;

/** gs_timing_create() - NULL when out of memory or @arch fails gs_arch_check() */
struct gs_timing *gs_timing_create(const struct gs_arch *arch,
				   enum gs_timing_preset preset);
void gs_timing_destroy(struct gs_timing *timing);

/**
 * gs_timing_keep_totals() - from now on keep no blocks, only what they add up to
 * @each: NULL, or who is told of each block that ended; @ctx is its first argument
 * Memory is bounded then, however many blocks a job has.
 */
void gs_timing_keep_totals(struct gs_timing *timing,
			   void (*each)(void *ctx,
					const struct gs_timing_block *block),
			   void *ctx);

/** gs_timing_reset() - forget the job before */
void gs_timing_reset(struct gs_timing *timing);

/** gs_timing_observe() - for struct gs_job.observe; @ctx is a struct gs_timing */
void gs_timing_observe(void *ctx, const struct gs_work *event);

/**
 * gs_timing_stop() - the job has ended
 * Where a fault, or who stopped it, left a block unfinished, that block ends
 * with the work it was told of. Else nothing happens.
 */
void gs_timing_stop(struct gs_timing *timing);

/** Events of a run without data, at most: some seconds, and a thousand times those of ResNet-50. */
#define GS_TIMING_MAX_EVENTS (UINT64_C(1) << 28)

/**
 * gs_timing_run() - run a job without data and time it
 * @job: its executor and observer are ignored; counters are counted
 * Forgets the job before. Returns as gs_core_run(), or -ENOMEM; -ELOOP (a block
 * comes again, and no max_blocks ends that) or -E2BIG (more than
 * GS_TIMING_MAX_EVENTS), for which gs_timing_refusal() has words.
 */
int gs_timing_run(struct gs_timing *timing, struct gs_core *core,
		  const struct gs_mem *mem, const struct gs_job *job,
		  struct gs_fault *fault);

/**
 * gs_timing_run_words() - gs_timing_run() of a program in memory
 * @words: the IMEM window from its start; nothing else is read without data
 */
int gs_timing_run_words(struct gs_timing *timing, struct gs_core *core,
			const uint32_t *words, size_t num_words,
			const struct gs_job *job, struct gs_fault *fault);

/** gs_timing_refusal() - why a program was not timed to its end; NULL: not gs_timing_run()'s own error */
const char *gs_timing_refusal(int ret);

/** gs_timing_total() - of all blocks that ended */
const struct gs_timing_block *gs_timing_total(const struct gs_timing *timing);

/** What bounds a block or layer: the engine that works most, or what a unit mostly waits for. */
struct gs_timing_limit {
	enum gs_engine engine; /**< that works, or waits: the array or Tandem */
	enum gs_stall stall; /**< what it waits for; GS_STALL_COUNT: it works */
	uint64_t cycles; /**< of this work or waiting */
};

/**
 * gs_timing_limit_of() - the engine that works most, when it does for half of the cycles
 * or for longer than the array or Tandem, whichever is less idle, waits for one
 * cause; else that. Channels of instructions are no limit that works.
 */
struct gs_timing_limit gs_timing_limit_of(const struct gs_timing_block *block);

/** gs_timing_moved() - bytes that go through a channel: those of loads left out do not */
uint64_t gs_timing_moved(const struct gs_timing_block *block,
			 enum gs_window win);

/** gs_timing_add() - add a block to a sum, whose address and start stay */
void gs_timing_add(struct gs_timing_block *sum,
		   const struct gs_timing_block *block);

/**
 * gs_timing_blocks() - in order of execution
 * NULL when memory ran out while observing, or none are kept.
 */
const struct gs_timing_block *gs_timing_blocks(const struct gs_timing *timing,
					       size_t *num);

/**
 * gs_timing_channel_cycles() - beats of a channel that @bytes need at its full width
 * @engine: a channel
 */
uint64_t gs_timing_channel_cycles(const struct gs_timing *timing,
				  enum gs_engine engine, uint64_t bytes);

/** gs_engine_name() - "PARAM", "array"; gs_stall_name() - "fetch"; never NULL */
const char *gs_engine_name(enum gs_engine engine);
const char *gs_stall_name(enum gs_stall stall);

/** gs_timing_preset_name() - "hardware"; gs_timing_preset_find() - 0, or -EINVAL */
const char *gs_timing_preset_name(enum gs_timing_preset preset);
int gs_timing_preset_find(const char *name, enum gs_timing_preset *preset);

#endif /* GS_TIMING_H */
