/* SPDX-License-Identifier: MIT */
/* What follows from the counts of a layer: what reports, tables and documents have in common. */
#ifndef GS_SIM_FACTS_H
#define GS_SIM_FACTS_H

#include "hw-model/tools/sim_timing.h"

/** sim_moved_all() - bytes all channels moved, both ways, which are DRAM's */
uint64_t sim_moved_all(const struct gs_timing_block *b);

/** sim_ratio() - 0 of nothing */
double sim_ratio(uint64_t part, uint64_t whole);

/**
 * sim_array_macs() - of what a layer needs that which the array computes
 * A layer has one codelet, which uses the array for all or for none. It is at
 * most all that the array does: a ConvTranspose may leave out what pads cut off.
 */
uint64_t sim_array_macs(const struct gs_arch *arch,
			const struct sim_layer *layer);

/** sim_array_macs_all() - of all layers */
uint64_t sim_array_macs_all(const struct sim_timing *sim);

/** sim_useful() - @macs over what the array can compute in so many cycles or steps */
double sim_useful(const struct gs_arch *arch, uint64_t macs, uint64_t cycles);

/** Columns of the published simulator behind its layer name, as docs/timing.md derives them. */
enum sim_published {
	SIM_PUB_WBUF,
	SIM_PUB_IBUF,
	SIM_PUB_OBUF,
	SIM_PUB_BBUF,
	SIM_PUB_VMEM,
	SIM_PUB_IMM,
	SIM_PUB_INSMEM,
	SIM_PUB_FILTER,
	SIM_PUB_IFMAP,
	SIM_PUB_PSUM,
	SIM_PUB_OFMAP,
	SIM_PUB_BIAS,
	SIM_PUB_DRAM,
	SIM_PUB_SA_COMPUTE,
	SIM_PUB_SA_STALL,
	SIM_PUB_SIMD_COMPUTE,
	SIM_PUB_SIMD_STALL,
	SIM_PUB_CYCLES,
	SIM_PUB_OPS,
	SIM_PUB_COUNT
};

/** sim_published_name() - of the column: "WBUF access" */
const char *sim_published_name(enum sim_published column);

/** sim_published_of() - KB (1024 bytes), cycles, operations */
void sim_published_of(const struct gs_arch *arch,
		      const struct gs_timing_block *b,
		      double value[SIM_PUB_COUNT]);

/** Size of a buffer that holds any number. */
#define SIM_NUMBER_SIZE 32

/** sim_number() - the shortest text that reads as this number again; returns @text */
const char *sim_number(double value, char text[SIM_NUMBER_SIZE]);

#endif /* GS_SIM_FACTS_H */
