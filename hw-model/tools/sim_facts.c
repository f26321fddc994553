/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double sim_ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

uint64_t sim_moved_all(const struct gs_timing_block *b)
{
	uint64_t bytes = 0;

	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		bytes += gs_timing_moved(b, (enum gs_window)w);
	return bytes;
}

const char *sim_number(double value, char text[SIM_NUMBER_SIZE])
{
	if (value == rint(value) && fabs(value) < 0x1p53) {
		snprintf(text, SIM_NUMBER_SIZE, "%.0f", value);
		return text;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, SIM_NUMBER_SIZE, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return text;
}

uint64_t sim_array_macs(const struct gs_arch *arch,
			const struct sim_layer *layer)
{
	uint64_t most;

	if (__builtin_mul_overflow(layer->sum.steps,
				   (uint64_t)arch->array_n * arch->array_m,
				   &most) ||
	    layer->macs < most)
		return layer->macs;
	return most;
}

uint64_t sim_array_macs_all(const struct sim_timing *sim)
{
	uint64_t macs = 0;

	for (uint32_t i = 0; i < sim->gsm->num_layers; i++)
		macs += sim_array_macs(&sim->arch, &sim->layers[i]);
	return macs;
}

double sim_useful(const struct gs_arch *arch, uint64_t macs, uint64_t cycles)
{
	return sim_ratio(macs, cycles) / arch->array_n / arch->array_m;
}

/* ---- columns of the published simulator ----------------------------------------- */

const char *sim_published_name(enum sim_published column)
{
	static const char *const names[SIM_PUB_COUNT] = {
		"WBUF access",	     "IBUF access",
		"OBUF access",	     "BBUF access",
		"VMEM access",	     "IMM access",
		"InsMem access",     "DRAM access filter",
		"DRAM access ifmap", "DRAM access psum",
		"DRAM access ofmap", "DRAM access bias",
		"total DRAM access", "SA compute cycles",
		"SA stall cycles",   "SIMD compute cycles",
		"SIMD stall cycles", "total cycles",
		"Op count",
	};

	return names[column];
}

/* KB of elements. */
static double kb(uint64_t elements, uint32_t bits)
{
	return (double)elements * bits / 8 / 1024;
}

/* What units read and write; what transfers do is DRAM's. */
static double kb_accessed(const struct gs_timing_block *b,
			  enum gs_scratchpad spad, uint32_t bits)
{
	return kb(b->access[spad].read + b->access[spad].written, bits);
}

static void published_accesses(const struct gs_arch *arch,
			       const struct gs_timing_block *b, double *value)
{
	value[SIM_PUB_WBUF] = kb_accessed(b, GS_SPAD_WBUF, arch->wgt_width);
	value[SIM_PUB_IBUF] = kb_accessed(b, GS_SPAD_IBUF, arch->data_width);
	value[SIM_PUB_OBUF] = kb_accessed(b, GS_SPAD_OBUF, arch->acc_width);
	value[SIM_PUB_BBUF] = kb_accessed(b, GS_SPAD_BBUF, arch->bias_width);
	value[SIM_PUB_VMEM] = kb_accessed(b, GS_SPAD_VMEM1, 32) +
			      kb_accessed(b, GS_SPAD_VMEM2, 32);
	value[SIM_PUB_IMM] = kb_accessed(b, GS_SPAD_IMM, 32);
	value[SIM_PUB_INSMEM] = kb(b->tandem_words, 32);
}

static void published_dram(const struct gs_arch *arch,
			   const struct gs_timing_block *b, double *value)
{
	const struct gs_timing_access *obuf = &b->access[GS_SPAD_OBUF];
	const uint64_t *simd = b->bytes[GS_WIN_SIMD];

	value[SIM_PUB_FILTER] =
		kb(b->access[GS_SPAD_WBUF].loaded, arch->wgt_width);
	value[SIM_PUB_IFMAP] =
		kb(b->access[GS_SPAD_IBUF].loaded, arch->data_width) +
		kb(simd[0], 8);
	value[SIM_PUB_PSUM] = kb(obuf->loaded + b->partial, arch->acc_width);
	value[SIM_PUB_OFMAP] =
		kb(obuf->stored - b->partial, arch->acc_width) + kb(simd[1], 8);
	value[SIM_PUB_BIAS] =
		kb(b->access[GS_SPAD_BBUF].loaded, arch->bias_width);
	value[SIM_PUB_DRAM] = 0;
	for (unsigned c = SIM_PUB_FILTER; c <= SIM_PUB_BIAS; c++)
		value[SIM_PUB_DRAM] += value[c];
}

/* Neither working, nor waiting for the other unit, nor done. */
static uint64_t stalled(const struct gs_timing_block *b, enum gs_engine e,
			uint64_t compute)
{
	const uint64_t *stall = b->engine[e].stall;

	return b->cycles - compute - stall[GS_STALL_ARRAY] -
	       stall[GS_STALL_TANDEM] - stall[GS_STALL_IDLE];
}

static void published_cycles(const struct gs_arch *arch,
			     const struct gs_timing_block *b, double *value)
{
	const struct gs_timing_engine *array = &b->engine[GS_ENGINE_ARRAY],
				      *tandem = &b->engine[GS_ENGINE_TANDEM];
	const uint64_t sa = array->busy + array->stall[GS_STALL_SETUP];
	const uint64_t simd = tandem->busy + tandem->stall[GS_STALL_SETUP] +
			      tandem->stall[GS_STALL_LATENCY];
	const double m = arch->array_m;

	value[SIM_PUB_SA_COMPUTE] = (double)sa;
	value[SIM_PUB_SA_STALL] = (double)stalled(b, GS_ENGINE_ARRAY, sa);
	value[SIM_PUB_SIMD_COMPUTE] = (double)simd;
	value[SIM_PUB_SIMD_STALL] = (double)stalled(b, GS_ENGINE_TANDEM, simd);
	value[SIM_PUB_CYCLES] = (double)b->cycles;
	value[SIM_PUB_OPS] =
		(double)b->steps * 2 * arch->array_n * m + (double)b->ops * m;
}

void sim_published_of(const struct gs_arch *arch,
		      const struct gs_timing_block *b,
		      double value[SIM_PUB_COUNT])
{
	published_accesses(arch, b, value);
	published_dram(arch, b, value);
	published_cycles(arch, b, value);
}
