/* SPDX-License-Identifier: MIT */
/*
 * Transfers between memory and scratchpads (docs/isa.md sections 5, 6, 9).
 */

#include "hw-model/core/dram.h"
#include "hw-model/core/fast.h"

#include <errno.h>

/* Of weights that one thread takes, at least. */
#define MIN_ROWS 64u

uint32_t gs_dma_banks(const struct gs_core *core, enum gs_scratchpad spad)
{
	switch (spad) {
	case GS_SPAD_WBUF:
		return core->arch.array_n * core->arch.array_m;
	case GS_SPAD_IBUF:
		return core->arch.array_n;
	default:
		return core->arch.array_m;
	}
}

static int32_t *lanes_of(const struct gs_core *core, enum gs_scratchpad spad)
{
	switch (spad) {
	case GS_SPAD_BBUF:
		return core->bbuf;
	case GS_SPAD_VMEM1:
		return core->vmem[0];
	case GS_SPAD_VMEM2:
		return core->vmem[1];
	default:
		return core->obuf[core->run.obuf_half];
	}
}

/* Weights of layout "column", which is as WBUF is here. */
struct weights {
	struct gs_core *core;
	const uint8_t *src;
	uint64_t row, num_rows;
	unsigned bits;
	uint32_t pieces;
	atomic_bool changed;
};

/* Programs load the same weights for tile after tile: those are no news. */
static void weights_piece(void *ctx, uint32_t i)
{
	struct weights *w = ctx;
	struct gs_core *core = w->core;
	const size_t pes = (size_t)core->arch.array_n * core->arch.array_m;
	const uint64_t first = w->num_rows * i / w->pieces;
	const uint64_t end = w->num_rows * (i + 1) / w->pieces;

	for (uint64_t r = first; r < end; r++) {
		int8_t *dst = core->wbuf + (w->row + r) * pes;
		const uint8_t *src = w->src + r * (pes * w->bits / 8);

		if (w->bits == 8 && !memcmp(dst, src, pes))
			continue;
		gs_unpack8(dst, src, pes, w->bits);
		gs_fast_weights_loaded(core, w->row + r);
		atomic_store_explicit(&w->changed, true, memory_order_relaxed);
	}
}

static void weights_column(struct gs_core *core, const uint8_t *src,
			   uint64_t row, uint64_t num_rows, unsigned bits)
{
	struct weights w = {
		.core = core,
		.src = src,
		.row = row,
		.num_rows = num_rows,
		.bits = bits,
		.pieces = gs_fast_pieces(core, num_rows, MIN_ROWS),
	};

	gs_fast_each(core, w.pieces, weights_piece, &w);
	core->fast->ahead.at = core->fast->ahead.end =
		(uintptr_t)src +
		num_rows * core->arch.array_n * core->arch.array_m * bits / 8;
	if (atomic_load(&w.changed))
		core->fast->changes++;
}

/* Layout "published": K tile rows interleaved, columns descend. */
static void weights_published(struct gs_core *core, const uint8_t *src,
			      uint64_t row, uint64_t num_rows)
{
	uint32_t n = core->arch.array_n, m = core->arch.array_m;
	uint32_t interleave = gs_arch_interleave(&core->arch);

	gs_fast_changed(core, GS_SPAD_WBUF, row, num_rows);
	for (; num_rows; num_rows -= interleave, row += interleave) {
		int8_t *tile = core->wbuf + row * n * m;

		for (uint32_t c = m; c-- > 0;) {
			for (uint32_t r = 0; r < n; r++)
				for (uint32_t k = 0; k < interleave; k++)
					tile[(size_t)(k * m + c) * n + r] =
						(int8_t)*src++;
		}
	}
}

/* Bytes of a run into the scratchpad, from its element e on. */
static void fill(struct gs_core *core, const struct gs_dma *dma,
		 const uint8_t *src, uint64_t e, uint64_t num)
{
	uint64_t pes = gs_dma_banks(core, GS_SPAD_WBUF);

	if (dma->spad != GS_SPAD_WBUF)
		gs_fast_changed(core, dma->spad, 0, 0);
	if (dma->spad == GS_SPAD_IBUF)
		gs_unpack8(core->ibuf + e, src, num, dma->bits);
	else if (dma->spad != GS_SPAD_WBUF)
		gs_unpack32(lanes_of(core, dma->spad) + e, src, num, dma->bits);
	else if (core->arch.weight_layout == GS_WEIGHTS_COLUMN)
		weights_column(core, src, e / pes, num / pes, dma->bits);
	else
		weights_published(core, src, e / pes, num / pes);
}

static int run_load(struct gs_core *core, const struct gs_dma *dma,
		    const struct gs_access *access, uint64_t e, uint64_t num)
{
	const uint8_t *data;
	int ret = gs_dram_load(core, access, &data);

	if (!ret)
		fill(core, dma, data, e, num);
	return ret;
}

static int run_store(struct gs_core *core, const struct gs_dma *dma,
		     const struct gs_access *access, uint64_t e, uint64_t num)
{
	uint8_t *data;
	int ret = gs_dram_store_begin(core, access, &data);

	if (ret)
		return ret;
	gs_pack32(data, lanes_of(core, dma->spad) + e, num, dma->bits);
	return gs_dram_store_end(core, access, data);
}

/* One run; e counts the elements of the tile before it. */
static int run(struct gs_core *core, const struct gs_dma *dma, int64_t addr,
	       uint64_t e, uint64_t num)
{
	struct gs_access access = { .win = dma->win,
				    .word = dma->word,
				    .size = dma->run_bytes };
	uint32_t banks = gs_dma_banks(core, dma->spad);
	uint64_t rows = core->rows[dma->spad];
	uint64_t first = dma->row0 + e / banks;
	int ret = gs_dram_window(core, &access, addr);

	if (ret)
		return ret;
	if (dma->row0 + (e + num - 1) / banks >= rows)
		return gs_fault_row(core, dma->word, GS_FAULT_SCRATCHPAD,
				    dma->spad, first < rows ? rows : first);
	ret = gs_dram_hazard(core, &access);
	if (ret)
		return ret < 0 ? ret :
				 gs_fault_raise(core, GS_FAULT_HAZARD,
						dma->word, access.bus);
	e += dma->row0 * banks;
	return (dma->store ? run_store : run_load)(core, dma, &access, e, num);
}

static int run_after_run(struct gs_core *core, const struct gs_dma *dma,
			 int64_t addr, uint64_t num)
{
	struct gs_walk walk;
	uint64_t e = 0;
	int ret;

	gs_walk_init(&walk, dma->loops, dma->num_loops);
	do {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = run(core, dma, addr + walk.addr[0], e, num);
		if (ret)
			return ret;
		e += num;
	} while (gs_walk_next(&walk));
	return 0;
}

/* ---- transfers that cannot fault ---------------------------------------------- */

#define WINDOW_SIZE (INT64_C(1) << 32)

/* All runs of a transfer, which lie in one piece of mapped memory. */
struct bulk {
	struct gs_access all;
	uint8_t *data; /* of the first run */
	uint64_t bus; /* of the first run */
	uint64_t run_bytes;
	struct gs_loop loops[GS_STORED_LOOPS];
	unsigned num_loops;
};

/* Loops of one iteration go, two that move on evenly become one. */
static bool add_loop(struct bulk *bulk, const struct gs_loop *loop)
{
	struct gs_loop *outer =
		bulk->num_loops ? &bulk->loops[bulk->num_loops - 1] : NULL;

	if (loop->num == 1)
		return true;
	if (outer && outer->stride[0] == loop->stride[0] * loop->num &&
	    loop->num < UINT32_MAX / outer->num) {
		outer->num *= loop->num;
		outer->stride[0] = loop->stride[0];
		return true;
	}
	if (bulk->num_loops == GS_STORED_LOOPS)
		return false;
	bulk->loops[bulk->num_loops++] = *loop;
	return true;
}

/* @elems of all runs: is it sure that no run faults? */
static bool make_bulk(struct gs_core *core, const struct gs_dma *dma,
		      int64_t addr, uint64_t elems, struct bulk *bulk)
{
	const uint32_t banks = gs_dma_banks(core, dma->spad);
	int64_t low = addr, high = addr + (int64_t)dma->run_bytes;

	if (!core->run.mem->map || dma->row0 >= core->rows[dma->spad] ||
	    elems > (core->rows[dma->spad] - dma->row0) * banks)
		return false;
	for (unsigned l = 0; l < dma->num_loops; l++) {
		int64_t way = dma->loops[l].stride[0] *
			      (int64_t)(dma->loops[l].num - 1);

		if (!add_loop(bulk, &dma->loops[l]))
			return false;
		low += way < 0 ? way : 0;
		high += way > 0 ? way : 0;
	}
	if (low < 0 || high > WINDOW_SIZE)
		return false;
	bulk->run_bytes = dma->run_bytes;
	if (bulk->num_loops) {
		const struct gs_loop *inner = &bulk->loops[bulk->num_loops - 1];

		if (inner->stride[0] == (int64_t)dma->run_bytes) {
			bulk->run_bytes *= inner->num;
			bulk->num_loops--;
		}
	}
	bulk->all = (struct gs_access){ .win = dma->win,
					.word = dma->word,
					.size = (uint64_t)(high - low) };
	if (gs_dram_window(core, &bulk->all, low) ||
	    gs_dram_hazard(core, &bulk->all))
		return false;
	bulk->data = gs_dram_map(core, &bulk->all, dma->store);
	if (!bulk->data)
		return false;
	bulk->data += addr - low;
	bulk->bus = bulk->all.bus + (uint64_t)(addr - low);
	return true;
}

static int bulk_stored(struct gs_core *core, const struct bulk *bulk)
{
	struct gs_stored_runs runs = { .addr = bulk->bus,
				       .size = bulk->run_bytes,
				       .num_loops = bulk->num_loops };

	for (unsigned l = 0; l < bulk->num_loops; l++) {
		runs.loops[l].num = bulk->loops[l].num;
		runs.loops[l].stride = bulk->loops[l].stride[0];
	}
	return gs_stored_add_runs(
		&core->run.stored[bulk->all.win == GS_WIN_SIMD], &runs,
		bulk->all.bus, bulk->all.bus + bulk->all.size - 1);
}

/* The runs of an innermost loop; @e counts elements of the scratchpad. */
static void move(struct gs_core *core, const struct gs_dma *dma, uint8_t *data,
		 uint64_t e, const struct gs_runs *runs)
{
	const struct gs_fast_ops *simd = core->fast->simd;

	if (dma->bits == 8 &&
	    (dma->spad == GS_SPAD_VMEM1 || dma->spad == GS_SPAD_VMEM2)) {
		int32_t *lanes = lanes_of(core, dma->spad) + e;

		if (dma->store)
			simd->narrow(runs, data, lanes);
		else
			simd->widen(runs, lanes, data);
		return;
	}
	for (uint64_t i = 0; i < runs->num; i++) {
		if (dma->store)
			gs_pack32(data, lanes_of(core, dma->spad) + e,
				  runs->elems, dma->bits);
		else
			fill(core, dma, data, e, runs->elems);
		data += runs->stride;
		e += runs->elems;
	}
}

/* Returns 0, or -ECANCELED when it was stopped. */
static int move_all(struct gs_core *core, const struct gs_dma *dma,
		    const struct bulk *bulk)
{
	const unsigned outer = bulk->num_loops ? bulk->num_loops - 1 : 0;
	struct gs_runs runs = { .num = 1,
				.elems = bulk->run_bytes * 8 / dma->bits };
	uint64_t e = dma->row0 * gs_dma_banks(core, dma->spad);
	struct gs_walk walk;

	if (bulk->num_loops) {
		runs.num = bulk->loops[outer].num;
		runs.stride = bulk->loops[outer].stride[0];
	}
	gs_walk_init(&walk, bulk->loops, outer);
	do {
		if (gs_stopped(core))
			return -ECANCELED;
		move(core, dma, bulk->data + walk.addr[0], e, &runs);
		e += runs.num * runs.elems;
	} while (gs_walk_next(&walk));
	return 0;
}

static int run_bulk(struct gs_core *core, const struct gs_dma *dma,
		    const struct bulk *bulk)
{
	uint64_t bytes =
		gs_loops_product(dma->loops, dma->num_loops) * dma->run_bytes;
	int ret = 0;

	if (!dma->held)
		ret = move_all(core, dma, bulk);
	if (ret)
		return ret;
	core->run.counters->bytes[dma->win][dma->store] += bytes;
	core->fast->transfers++;
	return dma->store ? bulk_stored(core, bulk) : 0;
}

int gs_dma_transfer(struct gs_core *core, const struct gs_dma *dma,
		    int64_t addr, uint64_t runs, uint64_t num)
{
	struct bulk bulk = { .num_loops = 0 };
	const bool known =
		make_bulk(core, dma, addr, gs_sat_mul(runs, num), &bulk);

	return known ? run_bulk(core, dma, &bulk) :
		       run_after_run(core, dma, addr, num);
}

/* @runs of @num elements; they were charged, so their bytes fit 64 bits. */
static void observe(const struct gs_core *core, const struct gs_dma *dma,
		    uint64_t runs, uint64_t num)
{
	const uint32_t banks = gs_dma_banks(core, dma->spad);
	const uint64_t rows = (runs * num + banks - 1) / banks;
	const int64_t first = (int64_t)dma->row0;

	gs_observe(core,
		   &(struct gs_work){
			   .kind = GS_WORK_TRANSFER,
			   .transfer = { .win = dma->win,
					 .store = dma->store,
					 .held = dma->held,
					 .runs = runs,
					 .run_bytes = dma->run_bytes,
					 .elements = runs * num,
					 .rows = { dma->spad, first,
						   first + (int64_t)rows } } });
}

int gs_dma_run(struct gs_core *core, const struct gs_dma *dma, int64_t addr)
{
	uint64_t runs = gs_loops_product(dma->loops, dma->num_loops);
	/* runs * run_bytes / 16 without overflow: run_bytes has at most 30 bits */
	uint64_t pieces = gs_sat_add(gs_sat_mul(runs / 16, dma->run_bytes),
				     runs % 16 * dma->run_bytes / 16);
	uint64_t num = dma->run_bytes * 8 / dma->bits;
	int ret = gs_charge(core, dma->word, gs_sat_add(runs, pieces));

	if (ret)
		return ret;
	if (core->run.job->observe)
		observe(core, dma, runs, num);
	return core->run.exec->transfer(core, dma, addr, runs, num);
}
