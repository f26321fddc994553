/* SPDX-License-Identifier: MIT */
/* Costs of a machine under a preset; see params.h. */

#include "hw-model/timing/params.h"

/* Of the published performance model, whose other latencies are the defaults. */
#define IDEAL_DIV_LATENCY 9

static void resolve(uint32_t *cost, uint32_t value)
{
	if (*cost == GS_ARCH_AUTO)
		*cost = value;
}

void gs_timing_costs_init(struct gs_timing_costs *costs,
			  const struct gs_arch *arch,
			  enum gs_timing_preset preset)
{
	struct gs_arch_timing *t = &costs->t;

	*costs = (struct gs_timing_costs){
		.t = arch->timing,
		.width = { [GS_WIN_IMEM] = arch->instr_channel_bw,
			   [GS_WIN_PARAM] = arch->param_channel_bw,
			   [GS_WIN_IBUF] = arch->ibuf_channel_bw,
			   [GS_WIN_OBUF] = arch->obuf_channel_bw,
			   [GS_WIN_SIMD] = arch->simd_channel_bw },
	};
	resolve(&t->array_fill, arch->array_n - 1);
	resolve(&t->array_drain, arch->array_m - 1);
	resolve(&t->tandem_skew, arch->array_m - 1);
	resolve(&t->latency_div, preset == GS_TIMING_IDEAL_CHANNELS ?
					 IDEAL_DIV_LATENCY :
					 51 + arch->array_m);
	if (preset != GS_TIMING_IDEAL_CHANNELS)
		return;
	costs->free_fetch = true;
	t->channel_latency = 0;
	t->request_cycles = 0;
	t->request_granule = 0;
	t->burst_bytes = 0;
	t->burst_beats = 0;
	t->outstanding = 0;
	t->dram_bw = 0;
	t->dram_latency = 0;
	t->decode = 0;
	t->array_tile = 0;
	t->tandem_word = 0;
	t->tandem_nest = 0;
}

uint32_t gs_timing_latency(const struct gs_timing_costs *costs,
			   enum gs_insn_id id)
{
	const struct gs_arch_timing *t = &costs->t;

	switch (id) {
	case GS_INSN_MACC:
		return t->latency_macc;
	case GS_INSN_DIV:
		return t->latency_div;
	case GS_INSN_SIGMOID:
		return t->latency_sigmoid;
	case GS_INSN_TANH:
		return t->latency_tanh;
	case GS_INSN_EXP:
		return t->latency_exp;
	case GS_INSN_LN:
		return t->latency_ln;
	case GS_INSN_LOG2:
		return t->latency_log2;
	case GS_INSN_SQRT:
		return t->latency_sqrt;
	case GS_INSN_INV_SQRT:
		return t->latency_inv_sqrt;
	default:
		return 0;
	}
}

/* ---- channels ------------------------------------------------------------------- */

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + !!(a % b);
}

/* Bytes a request asks for, 0: any number. */
static uint64_t burst(const struct gs_arch_timing *t, uint32_t width)
{
	const uint64_t by_beats = (uint64_t)t->burst_beats * width / 8;

	if (!t->burst_bytes || !by_beats)
		return t->burst_bytes ? t->burst_bytes : by_beats;
	return t->burst_bytes < by_beats ? t->burst_bytes : by_beats;
}

uint64_t gs_channel_latency(const struct gs_timing_costs *costs)
{
	return (uint64_t)costs->t.channel_latency + costs->t.dram_latency;
}

/* Of the memory behind the channels for @bytes; 0: it is no bound */
static uint64_t dram_cycles(const struct gs_timing_costs *costs, uint64_t bytes)
{
	return costs->t.dram_bw ? ceil_div(bytes * 8, costs->t.dram_bw) : 0;
}

/* A run is rounded up to granules and cut into requests. */
struct gs_occupancy gs_channel_occupancy(const struct gs_timing_costs *costs,
					 enum gs_window win, uint64_t runs,
					 uint64_t run_bytes)
{
	const struct gs_arch_timing *t = &costs->t;
	const uint32_t width = costs->width[win], granule = t->request_granule;
	const uint64_t most = burst(t, width);
	struct gs_occupancy o = { 0 };

	if (granule) {
		run_bytes = ceil_div(run_bytes, granule) * granule;
	} else { /* run follows run without a gap */
		run_bytes *= runs;
		runs = 1;
	}
	o.bytes = runs * run_bytes;
	o.dram = dram_cycles(costs, o.bytes);
	o.beats = runs * ceil_div(run_bytes * 8, width);
	o.requests = runs * (most ? ceil_div(run_bytes, most) : 1);
	o.cycles = o.requests * t->request_cycles;
	if (o.cycles < o.beats)
		o.cycles = o.beats;
	if (o.cycles < o.dram)
		o.cycles = o.dram;
	return o;
}
