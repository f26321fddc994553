/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memories on the chip, as far as programs can fill them and see what is
 * in them without having filled them. Two are out of reach: what is in an
 * instruction memory cannot be read, and of the two tags of IBUF and WBUF a
 * program sees the one it uses.
 */
#ifndef GS_SELFTESTS_CHIP_H
#define GS_SELFTESTS_CHIP_H

#include "npu.h"

/*
 * In the order in which they can be shown one after the other: showing one
 * destroys, if anything, what was shown before, and row 0 of BBUF and IBUF,
 * which are 0 then.
 */
enum chip_memory {
	CHIP_OBUF, /* both halves */
	CHIP_VMEM, /* both; then row i of one holds immediate i */
	CHIP_IMM,
	CHIP_WBUF, /* products with ones, in row 0 of IBUF */
	CHIP_BBUF, /* added to products with zeros, in row 0 of IBUF */
	CHIP_IBUF, /* products with ones, in row 0 of WBUF */
	CHIP_NUM_MEMORIES
};

extern const char *const chip_names[CHIP_NUM_MEMORIES];

/** Programs and memory of a file for all this. */
struct chip {
	struct npu_kit kit;
	struct npu_bo mem; /* what is loaded, then what is stored */
	uint32_t ctx;
	uint32_t out; /* offsets in @mem */
	uint32_t out_bytes;
	int fill[2]; /* offset and words of the program in the code BO */
	int show[CHIP_NUM_MEMORIES][2];
};

int chip_create(const struct npu *npu, struct chip *chip);
void chip_destroy(struct chip *chip);

/** chip_fill() - fill everything, no element with 0 */
int chip_fill(struct chip *chip);

/**
 * chip_show() - store what is in a memory
 * @total: out: number of elements that were stored, or of sums of elements, all
 *	of which are positive after chip_fill()
 * Returns how many of them are not 0.
 */
int chip_show(struct chip *chip, enum chip_memory memory, uint32_t *total);

#endif /* GS_SELFTESTS_CHIP_H */
