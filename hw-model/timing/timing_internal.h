/* SPDX-License-Identifier: MIT */
/*
 * What the files of the timing model share.
 *
 * An engine's clock is the cycle up to which it is accounted for; work is added
 * at the clock, and a wait moves it. Engines and channels do their work in
 * program order, so that one pass over the program gives every start as the
 * latest of what it depends on. All is built of maxima and sums in an order
 * that depends on the program alone: no cost that falls makes anything later,
 * but for turns at the memory behind the channels when that is a bound.
 */
#ifndef GS_TIMING_INTERNAL_H
#define GS_TIMING_INTERNAL_H

#include "hw-model/timing/flight.h"
#include "hw-model/timing/span.h"
#include "hw-model/timing/timing.h"

/* Latest of several moments, and what it is that happens then. */
struct gs_when {
	uint64_t at;
	enum gs_stall cause;
};

static inline void gs_when_later(struct gs_when *when, uint64_t at,
				 enum gs_stall cause)
{
	if (at > when->at)
		*when = (struct gs_when){ at, cause };
}

/* Rows of a vector memory that are being written, or read by a store. */
struct gs_pending_rows {
	int64_t first, end;
	uint64_t at; /* done, for Tandem */
	uint64_t all_lanes; /* done in the last lane, for transfers */
	enum gs_stall cause;
};

#define GS_PENDING 32

/* The newest of them; older ones are one entry that holds all. */
struct gs_pending {
	struct gs_pending_rows rows[GS_PENDING];
	unsigned num, next;
	struct gs_pending_rows older; /* none when end <= first */
};

/* A buffer of the array with tags. */
struct gs_tagged {
	unsigned num, slot; /* slots, and the one loaded last */
	uint64_t ready[2], unused[2]; /* loaded; read for the last time */
};

/* Who is told of spans, and what the work that is added now moves. */
struct gs_watch {
	gs_span_fn *told; /* NULL: nobody */
	void *ctx;
	uint64_t bytes;
	bool store;
};

/* When the memory behind the channels is busy in this block, in order; touching spans may be two. */
#define GS_DRAM_SPANS 64

struct gs_dram_span {
	uint64_t from, to;
};

struct gs_dram {
	unsigned num;
	struct gs_dram_span busy[GS_DRAM_SPANS];
};

struct gs_timing {
	struct gs_arch arch;
	struct gs_watch watch;
	struct gs_timing_costs costs;
	uint64_t max_events; /* of a run without data */
	bool totals_only; /* no blocks are kept, but told to: */
	void (*each)(void *ctx, const struct gs_timing_block *block);
	void *each_ctx;
	struct gs_timing_block *blocks;
	size_t cap_blocks;
	/* of a job: 0 at its start, from here to writes */
	uint64_t clock[GS_ENGINE_COUNT];
	uint64_t end; /* of the block before */
	struct gs_timing_block now, total;
	size_t num_blocks;
	bool out_of_memory;
	bool in_block;
	/* instructions */
	bool fetched; /* the next block, by this: */
	uint64_t fetch_start, fetch_end, fetch_done;
	uint64_t fetch_bytes; /* that no span has yet */
	/* the block */
	uint64_t last_done; /* of transfers and results on their way */
	bool has_simd;
	/* the array group */
	uint64_t num_tiles;
	bool first, last; /* tile of its sums */
	bool switched; /* to the other half, in this tile */
	uint64_t computed; /* this tile; 0: nothing is */
	struct gs_tagged tagged[GS_BUF_COUNT]; /* WBUF, IBUF, BBUF */
	unsigned half;
	uint64_t obuf_loaded[2];
	struct gs_when obuf_unused[2]; /* by the unit or store that had it */
	/* the SIMD group */
	uint64_t handed_over;
	bool released;
	struct gs_pending writes[2], reads[2]; /* of VMEM1, VMEM2 */
	/* what is large, and not used to its end */
	struct gs_flight flight[GS_WIN_COUNT];
	struct gs_dram dram; /* of the block */
};

/* count.c: accesses and operations of an event */
void gs_timing_count(struct gs_timing *t, const struct gs_work *event);
void gs_timing_count_add(struct gs_timing_block *sum,
			 const struct gs_timing_block *b);

/* engine.c: clocks */
void gs_engine_wait(struct gs_timing *t, enum gs_engine engine, uint64_t until,
		    enum gs_stall cause);
void gs_engine_stall(struct gs_timing *t, enum gs_engine engine,
		     uint64_t cycles, enum gs_stall cause);
void gs_engine_work(struct gs_timing *t, enum gs_engine engine,
		    uint64_t cycles);
/* Work of a channel: all of a transfer's bytes, or the first part of it. */
void gs_engine_move(struct gs_timing *t, enum gs_engine engine, uint64_t cycles,
		    uint64_t bytes, bool store);

/* span.c: tell of @cycles at the engine's clock; GS_STALL_COUNT: work */
void gs_watch_tell(struct gs_timing *t, enum gs_engine engine, uint64_t cycles,
		   enum gs_stall stall);

/* channel.c */
/*
 * The channel's cycle behind the last beat, when the first may be in cycle
 * @from; @alone: what it was if the memory behind served nothing else.
 */
uint64_t gs_channel_move(struct gs_timing *t, enum gs_window win,
			 const struct gs_occupancy *o, uint64_t from,
			 uint64_t *alone);
/* A transfer that may start at *from; returns when it is done. The clock is when it took its last beat. */
uint64_t gs_channel_transfer(struct gs_timing *t, const struct gs_work *event,
			     const struct gs_when *from);

/* array.c */
void gs_timing_array_begin(struct gs_timing *t);
void gs_timing_tile(struct gs_timing *t, const struct gs_work *event);
void gs_timing_array_transfer(struct gs_timing *t, const struct gs_work *event);
void gs_timing_compute(struct gs_timing *t, const struct gs_work *event);

/* tandem.c */
void gs_timing_tandem_begin(struct gs_timing *t);
void gs_timing_group(struct gs_timing *t);
void gs_timing_nest(struct gs_timing *t, const struct gs_work *event);
void gs_timing_perm(struct gs_timing *t, const struct gs_work *event);
void gs_timing_simd_transfer(struct gs_timing *t, const struct gs_work *event);
void gs_timing_release(struct gs_timing *t);
void gs_timing_group_end(struct gs_timing *t);

static inline uint64_t gs_max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif /* GS_TIMING_INTERNAL_H */
