/* SPDX-License-Identifier: MIT */
/* Costs of a machine under a preset. */

#include "hw-model/timing/timing_internal.h"

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
