/* SPDX-License-Identifier: MIT */
/*
 * Random 32-bit encodings, legal or not, but those of SYSTEM, which
 * image_csr.c has. For each, the encoding and what it did.
 */
#include "encodings.h"

#define CASES 30000

enum {
	LOAD = 0x03,
	IMM = 0x13,
	STORE = 0x23,
	REG = 0x33,
	BRANCH = 0x63,
	JALR = 0x67,
	JAL = 0x6f,
	SYSTEM = 0x73
};

static uint32_t make(uint32_t *seed)
{
	static const uint8_t ops[] = { LOAD, 0x0f, IMM,	   0x17, STORE, REG,
				       REG,  0x37, BRANCH, JALR, JAL,	IMM };
	static const uint8_t funct7s[] = { 0, 0, 1, 1, 1, 0x20 };
	const uint32_t r = next_random(seed);
	uint32_t bits = next_random(seed) | 3;
	uint32_t op;

	if (r & 7)
		bits = (bits & ~0x7fu) | ops[(r >> 4) % sizeof(ops)];
	op = bits & 0x7f;
	if ((op == REG || (op == IMM && (bits >> 12 & 3) == 1)) && r >> 30)
		bits = bits << 7 >> 7 |
		       (uint32_t)funct7s[(r >> 8) % sizeof(funct7s)] << 25;
	return bits;
}

/* Into itself: it may never come back. */
static int jumps_into_itself(uint32_t bits)
{
	if ((bits & 0x7f) == JAL)
		return (bits & 0xffdff000) == 0;
	return (bits & 0x7f) == BRANCH && (bits & 0xfe000e80) == 0;
}

static uint32_t one(struct frame *f, uint32_t bits, uint32_t *seed)
{
	const uint32_t op = bits & 0x7f;
	const int memory = op == LOAD || op == STORE || op == JALR;

	if (memory || next_random(seed) & 1)
		set_addresses(f);
	else
		set_random(f, seed);
	if (next_random(seed) & 1)
		f->x[bits >> 20 & 31] = f->x[bits >> 15 & 31];
	return run_encoding(f, bits, 2, op == STORE);
}

int main(void)
{
	static struct frame f;
	uint32_t seed = 88675123u;

	fill();
	for (int i = 0; i < CASES; i++) {
		const uint32_t bits = make(&seed);

		if ((bits & 0x7f) == SYSTEM || jumps_into_itself(bits))
			continue;
		put_word(bits);
		put_word(one(&f, bits, &seed));
	}
	return 0;
}
