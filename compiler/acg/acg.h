/* SPDX-License-Identifier: MIT */
/*
 * The architecture covenant graph: what the compiler may assume of a machine.
 * Memories with their capacities, compute nodes with their capabilities, and
 * the channels between them, built from the architecture file. Codelets name
 * memories and functions; what the graph does not have is refused.
 */
#ifndef GS_ACG_H
#define GS_ACG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "genesys/arch.h"
#include "genesys/isa.h"

enum gs_acg_mem {
	GS_ACG_DRAM,
	GS_ACG_IBUF,
	GS_ACG_WBUF,
	GS_ACG_BBUF,
	GS_ACG_OBUF,
	GS_ACG_VMEM1,
	GS_ACG_VMEM2,
	GS_ACG_IMM,
	GS_ACG_NUM_MEMORIES
};

/** Memories that hold rows of tiles, for loops over them: from the first up to the last */
#define GS_ACG_FIRST_ROWS GS_ACG_IBUF
#define GS_ACG_LAST_ROWS GS_ACG_VMEM2

enum gs_acg_unit { GS_UNIT_ARRAY, GS_UNIT_TANDEM, GS_UNIT_COUNT };

/** gs_acg_mem_name() - "DRAM", "IBUF" and so on: on every machine, in codelets and in files */
const char *gs_acg_mem_name(enum gs_acg_mem mem);

/** gs_acg_find_mem() - by name; GS_ACG_NUM_MEMORIES when there is none */
enum gs_acg_mem gs_acg_find_mem(const char *name);

/** gs_acg_is_vmem() - one of the memories whose operands may stand in the other as well */
static inline bool gs_acg_is_vmem(enum gs_acg_mem mem)
{
	return mem == GS_ACG_VMEM1 || mem == GS_ACG_VMEM2;
}

/** A memory. DRAM has no rows. */
struct gs_acg_memory {
	const char *name; /**< gs_acg_mem_name() */
	uint32_t banks;
	uint32_t bits; /**< of one element */
	uint32_t rows; /**< that one tile may use */
	bool double_buffered;
};

/** A direct path between two memories. */
struct gs_acg_channel {
	enum gs_acg_mem from, to;
	const char *name; /**< of the port: PARAM, IBUF, OBUF, SIMD */
	uint32_t bits; /**< a cycle */
};

/** gs_acg_memory_bytes() - of a memory on chip, both halves */
uint64_t gs_acg_memory_bytes(const struct gs_acg_memory *mem);

#define GS_ACG_MAX_CHANNELS 16

struct gs_acg {
	struct gs_arch arch;
	struct gs_acg_memory mem[GS_ACG_NUM_MEMORIES];
	struct gs_acg_channel channel[GS_ACG_MAX_CHANNELS];
	unsigned num_channels;
};

/** A function codelets can name, and the instruction that performs it. */
struct gs_acg_function {
	const char *name;
	enum gs_acg_unit unit;
	enum gs_insn_id insn; /**< GS_INSN_COUNT: none of its own (mac, cast) */
	uint8_t sources; /**< operands read, the old destination of macc not counted */
	bool accumulates; /**< the first argument must be the destination */
	bool permutes; /**< performed by the permutation engine */
};

void gs_acg_init(struct gs_acg *acg, const struct gs_arch *arch);

/** gs_acg_find_channel() - the path from one memory to another, or NULL */
const struct gs_acg_channel *gs_acg_find_channel(const struct gs_acg *acg,
						 enum gs_acg_mem from,
						 enum gs_acg_mem to);

/** gs_acg_find_function() - by the name codelets use, or NULL; any machine's */
const struct gs_acg_function *gs_acg_find_function(const char *name);

/** gs_acg_function() - function @index of all that there are; NULL behind the last */
const struct gs_acg_function *gs_acg_function(unsigned index);

/** gs_acg_lacks() - what a function needs and the machine has not, as LACKS names it; NULL: it has it */
const char *gs_acg_lacks(const struct gs_acg *acg,
			 const struct gs_acg_function *fn);

/** gs_acg_resolve() - what a function is on this machine: `cast` to the width of its data, others themselves */
const struct gs_acg_function *gs_acg_resolve(const struct gs_acg *acg,
					     const struct gs_acg_function *fn);

/** gs_acg_dump() - readable text of the graph */
void gs_acg_dump(const struct gs_acg *acg, FILE *out);

#endif /* GS_ACG_H */
