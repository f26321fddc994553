/* SPDX-License-Identifier: MIT */
/*
 * The array group: tiles, transfers, handover to the SIMD group (docs/isa.md
 * section 5, execution).
 */

#include "hw-model/core/dram.h"

#include <errno.h>

/* Programs load the weights of a block one after the other. */
static void look_ahead(struct gs_core *core,
		       const struct gs_sa_transfer *transfer, int64_t addr)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	int64_t left = (int64_t)sa->base[GS_BUF_WBUF] - addr;

	for (unsigned l = 0; l < sa->num_outer; l++)
		if (transfer->outer_stride[l] > 0)
			left += (int64_t)transfer->outer_stride[l] *
				(sa->outer[l] - 1);
	if (left > (int64_t)transfer->run_bytes)
		left = (int64_t)transfer->run_bytes;
	gs_fast_weights_ahead(core, left > 0 ? (uint64_t)left : 0);
}

/*
 * A tile may be loaded again where it is still there: nothing but this word
 * writes WBUF and BBUF in a block, and what is stored in it cannot be loaded
 * through these channels (section 10, hazards).
 */
static int run(struct gs_core *core, const struct gs_sa_transfer *transfer,
	       struct gs_dma *dma, int64_t addr)
{
	const bool load = transfer->acc == GS_ACC_LD;
	int ret;

	dma->held = load && transfer->buf != GS_BUF_OBUF &&
		    core->run.held[transfer->buf].whole &&
		    core->run.held[transfer->buf].addr == addr;
	ret = gs_dma_run(core, dma, addr);
	if (load && transfer->buf == GS_BUF_WBUF && !dma->held)
		look_ahead(core, transfer, addr);
	if (load) {
		core->run.held[transfer->buf].whole = !ret;
		core->run.held[transfer->buf].addr = addr;
	}
	return ret;
}

static int transfer(struct gs_core *core, const struct gs_sa_transfer *transfer,
		    const uint32_t *index)
{
	static const struct {
		enum gs_window win;
		enum gs_scratchpad spad;
	} buffers[GS_BUF_COUNT] = {
		[GS_BUF_WBUF] = { GS_WIN_PARAM, GS_SPAD_WBUF },
		[GS_BUF_IBUF] = { GS_WIN_IBUF, GS_SPAD_IBUF },
		[GS_BUF_OBUF] = { GS_WIN_OBUF, GS_SPAD_OBUF },
		[GS_BUF_BBUF] = { GS_WIN_PARAM, GS_SPAD_BBUF },
	};
	const struct gs_arch *arch = &core->arch;
	const uint32_t bits[GS_BUF_COUNT] = {
		[GS_BUF_WBUF] = arch->wgt_width,
		[GS_BUF_IBUF] = arch->data_width,
		[GS_BUF_OBUF] = arch->acc_width,
		[GS_BUF_BBUF] = arch->bias_width,
	};
	const struct gs_sa_config *sa = &core->block->sa_config;
	struct gs_dma dma = {
		.word = transfer->word,
		.win = buffers[transfer->buf].win,
		.spad = buffers[transfer->buf].spad,
		.store = transfer->acc == GS_ACC_ST,
		.bits = bits[transfer->buf],
		.run_bytes = transfer->run_bytes,
		.loops = transfer->loops,
		.num_loops = transfer->num_loops,
	};
	int64_t addr = sa->base[transfer->buf];

	for (unsigned l = 0; l < sa->num_outer; l++)
		addr += (int64_t)transfer->outer_stride[l] * index[l];
	return run(core, transfer, &dma, addr);
}

static int transfers(struct gs_core *core, enum gs_acc acc,
		     const uint32_t *index)
{
	const struct gs_sa_config *sa = &core->block->sa_config;

	for (unsigned i = 0; i < sa->num_transfers; i++) {
		int ret = 0;

		if (sa->transfers[i].acc == acc)
			ret = transfer(core, &sa->transfers[i], index);
		if (ret)
			return ret;
	}
	return 0;
}

static void observe_compute(const struct gs_core *core, bool first,
			    uint64_t iterations)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	uint64_t starts = iterations;

	for (unsigned l = 0; l < sa->num_inner; l++)
		if (sa->inner_reduction[l])
			starts /= sa->inner[l].num;
	gs_observe(core,
		   &(struct gs_work){ .kind = GS_WORK_COMPUTE,
				      .compute = { .steps = iterations,
						   .starts = first ? starts : 0,
						   .bias = sa->bias } });
}

static int compute(struct gs_core *core, bool first)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	uint64_t iterations = gs_loops_product(sa->inner, sa->num_inner);
	int ret;

	if (!sa->num_inner)
		return 0;
	ret = gs_charge(core, core->block->sa.start, iterations);
	if (!ret && core->run.job->observe)
		observe_compute(core, first, iterations);
	if (!ret)
		ret = core->run.exec->compute(core, first);
	if (!ret)
		core->run.counters->mvms += iterations;
	return ret;
}

static int hand_over(struct gs_core *core)
{
	int ret = 0;

	if (core->block->simd.present) {
		ret = gs_simd_run_tile(core);
		core->run.obuf_half ^= 1;
	}
	return ret;
}

static int tile(struct gs_core *core, const uint32_t *index)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	bool first = true, last = true;
	int ret;

	for (unsigned l = 0; l < sa->num_outer; l++) {
		if (!sa->outer_reduction[l])
			continue;
		first = first && index[l] == 0;
		last = last && index[l] == sa->outer[l] - 1;
	}
	ret = gs_hook_step(core, core->block->sa.start, core->run.sa_tile);
	if (!ret)
		ret = gs_charge(core, core->block->sa.start, 1);
	if (!ret && core->run.job->observe)
		gs_observe(core, &(struct gs_work){ .kind = GS_WORK_TILE,
						    .tile = { first, last } });
	if (!ret)
		ret = transfers(core, GS_ACC_LD, index);
	if (!ret)
		ret = compute(core, first);
	if (!ret)
		ret = transfers(core, GS_ACC_ST, index);
	if (ret)
		return ret;
	core->run.sa_tile++;
	core->run.counters->sa_tiles++;
	return last ? hand_over(core) : 0;
}

static bool next_tile(const struct gs_sa_config *sa, uint32_t *index)
{
	for (unsigned l = sa->num_outer; l-- > 0;) {
		if (++index[l] < sa->outer[l])
			return true;
		index[l] = 0;
	}
	return false;
}

int gs_sa_run_some(struct gs_core *core, uint64_t first, uint64_t num)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	uint32_t index[GS_ISA_SA_OUTER_LOOPS] = { 0 };
	int ret = 0;

	for (unsigned l = sa->num_outer; l-- > 0; first /= sa->outer[l])
		index[l] = (uint32_t)(first % sa->outer[l]);
	for (uint64_t done = 0; !ret && done < num; done++) {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = tile(core, index);
		next_tile(sa, index);
	}
	return ret;
}

int gs_sa_run(struct gs_core *core)
{
	uint32_t index[GS_ISA_SA_OUTER_LOOPS] = { 0 };
	int ret;

	do {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = tile(core, index);
	} while (!ret && next_tile(&core->block->sa_config, index));
	return ret;
}
