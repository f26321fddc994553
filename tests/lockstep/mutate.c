/* SPDX-License-Identifier: MIT */
/* Small changes of programs that are known to do something. */
#include "hw-model/isa/asm.h"
#include "tests/lockstep/lockstep.h"

#define MAX_CHANGES 3

uint32_t below(uint32_t *state, uint32_t bound)
{
	return (uint32_t)((uint64_t)xorshift32(state) * bound >> 32);
}

static uint32_t other_value(uint32_t value, uint32_t *state)
{
	switch (below(state, 6)) {
	case 0:
		return value + 1;
	case 1:
		return value - 1;
	case 2:
		return below(state, 8);
	case 3:
		return value ^ 1u << below(state, 16);
	case 4:
		return below(state, 1u << 16);
	default:
		return value * 2;
	}
}

/* A bit, an operand, or the function. */
static uint32_t change(uint32_t word, uint32_t *state)
{
	struct gs_insn insn;
	uint32_t changed;
	unsigned operand;
	int bad;

	if (!below(state, 8) || gs_isa_decode(word, GS_ENC_SYNC_INST, &insn))
		return word ^ 1u << below(state, 32);
	if (gs_simd_is_body(insn.id) && below(state, 2))
		return (word & 0xf0ffffffu) | below(state, 16) << 24;
	operand = below(state, GS_ISA_MAX_OPERANDS);
	insn.val[operand] = other_value(insn.val[operand], state);
	return gs_isa_encode(&insn, GS_ENC_SYNC_INST, &changed, &bad) ? word :
									changed;
}

void mutate(uint32_t *words, size_t num, uint32_t *state)
{
	uint32_t changes = 1 + below(state, MAX_CHANGES);

	while (changes--) {
		size_t at = below(state, (uint32_t)num);

		words[at] = change(words[at], state);
	}
}
