/* SPDX-License-Identifier: MIT */
/* Energy of counts; see energy.h. */

#include "hw-model/timing/energy.h"

#include <math.h>

const char *gs_energy_part_name(enum gs_energy_part part)
{
	static const char *const names[GS_ENERGY_PARTS] = {
		"array", "Tandem", "WBUF",  "IBUF", "OBUF",
		"BBUF",	 "VMEM",   "fetch", "DRAM", "leakage",
	};

	return (unsigned)part < GS_ENERGY_PARTS ? names[part] : "?";
}

double gs_energy_total(const struct gs_energy *energy)
{
	double sum = 0;

	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
		sum += energy->pj[p];
	return sum;
}

double gs_energy_sram_pj(const struct gs_energy_table *table, double bytes)
{
	const struct gs_energy_sram *a = table->sram, *b;
	double way, pj;

	if (table->num_sram == 1)
		return a->pj;
	/* The segment the size is in; the first and the last go on. */
	for (b = a + 1; b < table->sram + table->num_sram - 1; b++) {
		if (bytes <= b->bytes)
			break;
		a = b;
	}
	way = log(bytes / a->bytes) / log(b->bytes / a->bytes);
	pj = a->pj * pow(b->pj / a->pj, way);
	pj = fmin(fmax(pj, GS_ENERGY_MIN_SRAM_PJ), GS_ENERGY_MAX_PJ);
	/* Libraries and processors differ in the last bit, results must not. */
	return rint(pj * 1e9) / 1e9;
}

/* A scratchpad: one of its memories of banks x rows elements. */
struct shape {
	uint64_t banks, rows, bits;
};

static struct shape shape_of(const struct gs_arch *arch,
			     enum gs_scratchpad spad)
{
	const uint64_t n = arch->array_n, m = arch->array_m;

	switch (spad) {
	case GS_SPAD_WBUF:
		return (struct shape){ n * m, arch->wbuf_depth,
				       arch->wgt_width };
	case GS_SPAD_IBUF:
		return (struct shape){ n, arch->ibuf_depth, arch->data_width };
	case GS_SPAD_OBUF:
		return (struct shape){ m, arch->obuf_depth, arch->acc_width };
	case GS_SPAD_BBUF:
		return (struct shape){ m, arch->bbuf_depth, arch->bias_width };
	case GS_SPAD_IMM:
		return (struct shape){ 1, arch->imm_depth, 32 };
	default:
		return (struct shape){ m, arch->vmem_depth, 32 };
	}
}

static double accesses_pj(const struct gs_energy_table *table,
			  const struct gs_arch *arch,
			  const struct gs_timing_block *block,
			  enum gs_scratchpad spad)
{
	const struct gs_timing_access *a = &block->access[spad];
	const struct shape s = shape_of(arch, spad);
	const double bank = (double)(s.rows * s.bits) / 8;
	const double size = table->whole_buffers ? bank * (double)s.banks :
						   bank;
	const double elements = (double)a->read + (double)a->written +
				(double)a->loaded + (double)a->stored;

	return elements * (double)s.bits / 64 * gs_energy_sram_pj(table, size);
}

/* N x M products a step, each added to a sum. */
static double array_pj(const struct gs_energy_table *table,
		       const struct gs_arch *arch,
		       const struct gs_timing_block *block)
{
	const uint32_t bits = arch->data_width + arch->wgt_width;
	const double multiply = bits == 16 ? table->multiply_8x8 :
				bits == 12 ? table->multiply_8x4 :
					     table->multiply_4x4;
	const double add = arch->acc_width == 16 ? table->add_16 :
						   table->add_32;

	return (double)block->steps * arch->array_n * arch->array_m *
	       (multiply + add);
}

static double tandem_pj(const struct gs_energy_table *table,
			const struct gs_arch *arch,
			const struct gs_timing_block *block)
{
	const double of[GS_OP_CLASSES] = {
		[GS_OP_SIMPLE] = table->tandem_simple,
		[GS_OP_MULTIPLY] = table->tandem_multiply,
		[GS_OP_MACC] = table->tandem_multiply + table->tandem_simple,
		[GS_OP_SPECIAL] = table->tandem_special,
	};
	double sum = 0;

	for (unsigned c = 0; c < GS_OP_CLASSES; c++)
		sum += (double)block->ops_of[c] * of[c];
	return sum * arch->array_m;
}

/* A word is written when it is fetched and read when it is decoded, and each time Tandem runs it. */
static double fetch_pj(const struct gs_energy_table *table,
		       const struct gs_timing_block *block)
{
	const double fetched = (double)(block->bytes[GS_WIN_IMEM][0] / 4);

	return (2 * fetched + (double)block->tandem_words) *
	       table->instruction_word;
}

static double dram_pj(const struct gs_energy_table *table,
		      const struct gs_timing_block *block)
{
	double bytes = 0;

	for (unsigned win = 0; win < GS_WIN_COUNT; win++)
		bytes += (double)(block->bytes[win][0] - block->held[win]) +
			 (double)block->bytes[win][1];
	return bytes * table->dram_byte;
}

/* mW times ns is pJ. */
static double leakage_pj(const struct gs_energy_table *table,
			 const struct gs_arch *arch,
			 const struct gs_timing_block *block)
{
	double bytes = 4 * ((double)arch->instr_depth + arch->simd_instr_depth);

	for (unsigned s = 0; s < GS_SPAD_COUNT; s++) {
		const struct shape shape =
			shape_of(arch, (enum gs_scratchpad)s);
		const double halves = s == GS_SPAD_OBUF ? 2 : 1;

		bytes += halves *
			 (double)(shape.banks * shape.rows * shape.bits) / 8;
	}
	return table->leakage_mw_per_kib * bytes / 1024 *
	       (double)block->cycles * 1000 / arch->clock_mhz;
}

void gs_energy_of(const struct gs_energy_table *table,
		  const struct gs_arch *arch,
		  const struct gs_timing_block *block, struct gs_energy *out)
{
	double spad[GS_SPAD_COUNT];

	for (unsigned s = 0; s < GS_SPAD_COUNT; s++)
		spad[s] =
			accesses_pj(table, arch, block, (enum gs_scratchpad)s);
	*out = (struct gs_energy){ .pj = {
					   [GS_ENERGY_ARRAY] =
						   array_pj(table, arch, block),
					   [GS_ENERGY_TANDEM] =
						   tandem_pj(table, arch,
							     block) +
						   spad[GS_SPAD_IMM],
					   [GS_ENERGY_WBUF] =
						   spad[GS_SPAD_WBUF],
					   [GS_ENERGY_IBUF] =
						   spad[GS_SPAD_IBUF],
					   [GS_ENERGY_OBUF] =
						   spad[GS_SPAD_OBUF],
					   [GS_ENERGY_BBUF] =
						   spad[GS_SPAD_BBUF],
					   [GS_ENERGY_VMEM] =
						   spad[GS_SPAD_VMEM1] +
						   spad[GS_SPAD_VMEM2],
					   [GS_ENERGY_FETCH] =
						   fetch_pj(table, block),
					   [GS_ENERGY_DRAM] =
						   dram_pj(table, block),
					   [GS_ENERGY_LEAKAGE] = leakage_pj(
						   table, arch, block),
				   } };
}
