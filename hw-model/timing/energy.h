/* SPDX-License-Identifier: MIT */
/*
 * Energy of what the timing model counts: accesses and operations times their
 * price. Prices come from a table in JSON; which access is counted for what,
 * and where the default table's numbers are from, stands in docs/energy.md.
 */
#ifndef GS_ENERGY_H
#define GS_ENERGY_H

#include "hw-model/timing/timing.h"

/** Where energy goes. Scratchpads: accesses by the array, by Tandem and by transfers. */
enum gs_energy_part {
	GS_ENERGY_ARRAY, /**< multiplications and additions */
	GS_ENERGY_TANDEM, /**< operations, and immediates read */
	GS_ENERGY_WBUF,
	GS_ENERGY_IBUF,
	GS_ENERGY_OBUF,
	GS_ENERGY_BBUF,
	GS_ENERGY_VMEM, /**< VMEM1 and VMEM2 */
	GS_ENERGY_FETCH, /**< instruction memories */
	GS_ENERGY_DRAM, /**< all channels */
	GS_ENERGY_LEAKAGE, /**< of scratchpads and instruction memories; 0 unless the table has it */
	GS_ENERGY_PARTS
};

/** Energy of a block, a layer or a job, in pJ. */
struct gs_energy {
	double pj[GS_ENERGY_PARTS];
};

/** Most points of a table's SRAM curve, and bytes of its name with the 0. */
#define GS_ENERGY_SRAM_POINTS 16
#define GS_ENERGY_NAME_SIZE 64

/** A price is at most this, and that of SRAM at least that: more or less is absurd. */
#define GS_ENERGY_MAX_PJ 1e6
#define GS_ENERGY_MIN_SRAM_PJ 1e-6

/** A 64-bit access to a memory of this size. */
struct gs_energy_sram {
	double bytes, pj;
};

/** Prices in pJ; members are named as the fields of the file. */
struct gs_energy_table {
	char name[GS_ENERGY_NAME_SIZE]; /**< to be printed with every result */
	double multiply_8x8, multiply_8x4,
		multiply_4x4; /**< of the array, by widths of data and weights */
	double add_32, add_16; /**< of the array, by ACC_WIDTH */
	double tandem_simple, tandem_multiply, tandem_special; /**< of a lane */
	double instruction_word; /**< an access to an instruction memory */
	double dram_byte;
	double leakage_mw_per_kib;
	/** size of a scratchpad: the whole (of OBUF one half, of VMEM1 and VMEM2 one), or one of its banks */
	bool whole_buffers;
	unsigned num_sram; /**< at least 1 */
	struct gs_energy_sram sram[GS_ENERGY_SRAM_POINTS]; /**< by rising size */
};

/**
 * gs_energy_parse() - read a table
 * @json: text, need not be terminated
 * @err: GS_ARCH_ERR_SIZE bytes; on failure one sentence naming field, value and rule
 * Returns 0, -EINVAL, or -ENOMEM. *table is written on success only.
 */
int gs_energy_parse(const char *json, size_t len, struct gs_energy_table *table,
		    char *err);

/** gs_energy_load() - the same of a file, which sentences name; or -errno of the file */
int gs_energy_load(const char *path, struct gs_energy_table *table, char *err);

/** gs_energy_default() - the built-in table, hw-model/configs/energy/horowitz45.json; fails as gs_energy_parse() */
int gs_energy_default(struct gs_energy_table *table, char *err);

/**
 * gs_energy_sram_pj() - a 64-bit access to a memory of @bytes
 * A straight line through the points in logarithms of size and energy, its ends
 * continued as far as a price may be, rounded to 1e-9 pJ; with one point that
 * value.
 */
double gs_energy_sram_pj(const struct gs_energy_table *table, double bytes);

/**
 * gs_energy_of() - energy of a block, or of a sum of blocks
 * @arch: the machine that was timed; its clock counts for leakage
 */
void gs_energy_of(const struct gs_energy_table *table,
		  const struct gs_arch *arch,
		  const struct gs_timing_block *block, struct gs_energy *out);

/** gs_energy_total() - sum of the parts, in pJ */
double gs_energy_total(const struct gs_energy *energy);

/** gs_energy_part_name() - "array", "WBUF", "DRAM"; never NULL */
const char *gs_energy_part_name(enum gs_energy_part part);

#endif /* GS_ENERGY_H */
