/* SPDX-License-Identifier: MIT */
/*
 * Runs single instructions and folds what they did to one word each. All that
 * an instruction may jump to is filled with c.ebreak, so it comes back.
 */
#ifndef GS_TESTS_RV32_ENCODINGS_H
#define GS_TESTS_RV32_ENCODINGS_H

#include "image.h"

#define REACH (1u << 20) /* of jal */
#define SCRATCH_BYTES 8192u
#define FILL (C_EBREAK << 16 | C_EBREAK)

static uint16_t code[REACH + 16];
static uint32_t scratch[SCRATCH_BYTES / 4];

#define SLOT (&code[REACH / 2 + 2])

static void fill(void)
{
	uint32_t *words = (uint32_t *)code;

	for (uint32_t i = 0; i < sizeof(code) / 4; i++)
		words[i] = FILL;
	for (uint32_t i = 0; i < SCRATCH_BYTES / 4; i++)
		scratch[i] = FILL;
}

/* Registers that point into the middle of the scratch memory. */
static void set_addresses(struct frame *f)
{
	const uint32_t middle = (uint32_t)scratch + SCRATCH_BYTES / 2;

	for (uint32_t i = 0; i < 32; i++)
		f->x[i] = middle - 512 + (i * 0x9e3779b1u >> 22);
}

static void set_random(struct frame *f, uint32_t *seed)
{
	for (uint32_t i = 0; i < 32; i++)
		f->x[i] = next_random(seed);
}

/* What a store did; the scratch memory is as before then. */
static uint32_t fold_scratch(uint32_t hash)
{
	for (uint32_t i = 0; i < SCRATCH_BYTES / 4; i++) {
		if (scratch[i] == FILL)
			continue;
		hash = fold(fold(hash, i), scratch[i]);
		scratch[i] = FILL;
	}
	return hash;
}

/* @halves 1 or 2 of @bits are the instruction. */
static uint32_t run_encoding(struct frame *f, uint32_t bits, int halves,
			     int stores)
{
	uint32_t hash = 0;

	SLOT[0] = (uint16_t)bits;
	SLOT[1] = halves == 2 ? (uint16_t)(bits >> 16) : C_EBREAK;
	__asm__ volatile("fence.i" ::: "memory");
	run_case(f, SLOT, MSTATUS_MPP);
	__asm__ volatile("" ::: "memory");
	/* The address or 0: for a breakpoint the specification has both. */
	if (f->mcause == 3)
		f->mtval = 0;
	/* QEMU's is aligned first when a misaligned load is no memory. */
	if (f->mcause == 5)
		f->mtval &= ~3u;
	f->mstatus &= MSTATUS_BITS;
	for (uint32_t i = 1; i < sizeof(*f) / 4; i++)
		hash = fold(hash, ((const uint32_t *)f)[i]);
	return stores ? fold_scratch(hash) : hash;
}

#endif
