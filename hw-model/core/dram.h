/* SPDX-License-Identifier: MIT */
/*
 * The core's way to memory: windows, bus addresses, hazards (docs/isa.md
 * sections 2 and 10).
 *
 * A run is checked in the order WINDOW, (SCRATCHPAD, by the caller), HAZARD,
 * MEMORY; hence the three steps window, hazard, access.
 */
#ifndef GS_DRAM_H
#define GS_DRAM_H

#include "hw-model/core/core_internal.h"

/* One access of the memory. */
struct gs_access {
	enum gs_window win;
	uint32_t word; /* that a fault names */
	uint64_t bus;
	uint64_t size;
};

/* Section 2: the window's bounds; sets access->bus. */
int gs_dram_window(struct gs_core *core, struct gs_access *access,
		   int64_t offset);

/* Section 10, hazards: does another channel's store meet this access? 1, 0 or -ENOMEM */
int gs_dram_hazard(struct gs_core *core, const struct gs_access *access);

/* The bytes of the access, valid until the next call of this file. */
int gs_dram_load(struct gs_core *core, const struct gs_access *access,
		 const uint8_t **data);

/* Room for the bytes of a store, which gs_dram_store_end() makes visible. */
int gs_dram_store_begin(struct gs_core *core, const struct gs_access *access,
			uint8_t **data);
int gs_dram_store_end(struct gs_core *core, const struct gs_access *access,
		      const uint8_t *data);

/* A pointer to all bytes of the access, or NULL: it must go by the calls above. */
uint8_t *gs_dram_map(struct gs_core *core, const struct gs_access *access,
		     bool write);

/*
 * dma.c: a transfer of section 5 or 6.
 * The tile starts at row0 of the scratchpad; run follows run without a gap.
 */
struct gs_dma {
	uint32_t word;
	enum gs_window win;
	enum gs_scratchpad spad;
	bool store;
	bool held; /* a load whose bytes are in the scratchpad already */
	unsigned bits; /* of an element in memory: 4, 8, 16 or 32 */
	uint64_t row0;
	uint64_t run_bytes;
	const struct gs_loop *loops; /* address 0 is the window offset */
	unsigned num_loops;
};

/* Charge and run it from window offset addr on. */
int gs_dma_run(struct gs_core *core, const struct gs_dma *dma, int64_t addr);

/* Elements of a row. */
uint32_t gs_dma_banks(const struct gs_core *core, enum gs_scratchpad spad);

/* pack.c: little-endian elements of 4, 8, 16 or 32 bits <-> one a lane */
void gs_unpack32(int32_t *dst, const uint8_t *src, uint64_t num, unsigned bits);
void gs_pack32(uint8_t *dst, const int32_t *src, uint64_t num, unsigned bits);
void gs_unpack8(int8_t *dst, const uint8_t *src, uint64_t num, unsigned bits);

#endif /* GS_DRAM_H */
