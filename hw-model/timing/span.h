/* SPDX-License-Identifier: MIT */
/*
 * What every engine did from when to when: the cycles of struct
 * gs_timing_engine one after the other, for traces and pictures.
 */
#ifndef GS_TIMING_SPAN_H
#define GS_TIMING_SPAN_H

#include "hw-model/timing/timing.h"

/** No tile of the array has begun in this block. */
#define GS_SPAN_NO_TILE UINT64_MAX

/** Work of an engine, or why it does none: cycles start to end - 1. */
struct gs_timing_span {
	enum gs_engine engine;
	enum gs_stall stall; /**< GS_STALL_COUNT: it works */
	uint64_t start, end; /**< cycles of the job; end > start */
	uint32_t block; /**< address of the block they belong to */
	uint64_t tile; /**< of the array, the block's first is 0; or GS_SPAN_NO_TILE */
	uint64_t bytes; /**< that a channel moves in them; the first span of a transfer has all */
	bool store; /**< a channel writes them */
};

typedef void gs_span_fn(void *ctx, const struct gs_timing_span *span);

/**
 * gs_timing_watch() - have every span told, until it is called with NULL
 * Those of an engine come in order, without gaps and overlaps, from cycle 0;
 * those of different engines as the program goes. In each block they add up to
 * its struct gs_timing_engine. Bytes add up to those of the channel that moved;
 * of IMEM, the fetch of a block is in the block before, and that of a preset
 * without costs of instructions nowhere. gs_timing_reset() leaves it on.
 */
void gs_timing_watch(struct gs_timing *timing, gs_span_fn *told, void *ctx);

/** Joins spans of an engine that follow each other and are of one kind, block and tile. */
struct gs_span_merger {
	gs_span_fn *told; /**< of joined spans */
	void *ctx;
	struct gs_timing_span last[GS_ENGINE_COUNT]; /**< start == end: none */
};

/**
 * gs_span_merge() - for gs_timing_watch(); @ctx is a struct gs_span_merger
 * Loads are not joined with stores. Bytes are added.
 */
void gs_span_merge(void *ctx, const struct gs_timing_span *span);

/** gs_span_merger_flush() - tell the last spans, engine by engine */
void gs_span_merger_flush(struct gs_span_merger *merger);

#endif /* GS_TIMING_SPAN_H */
