/* SPDX-License-Identifier: MIT */
/*
 * The functions of docs/isa.md section 7 on rows of lanes; reference executor.
 *
 * Lanes are independent and rows are either the same or apart, so a loop over
 * lanes never carries a dependence, which the compiler is told.
 */

#include "hw-model/core/simd_functions.h"

#define LANES(name, expr) static GS_LANES(name, expr)

GS_SIMD_FUNCTIONS(LANES)

gs_lane_fn *gs_simd_fn(enum gs_insn_id id)
{
	switch (id) {
#define CASE(name, expr)     \
	case GS_INSN_##name: \
		return lanes_##name;
		GS_SIMD_FUNCTIONS(CASE)
#undef CASE
	default:
		return NULL;
	}
}

bool gs_simd_keeps(enum gs_insn_id id)
{
	return id == GS_INSN_MACC || id == GS_INSN_COND_MOVE_TRUE ||
	       id == GS_INSN_COND_MOVE_FALSE;
}

bool gs_simd_uses_src2(enum gs_insn_id id)
{
	if (id == GS_INSN_LEAKY_RELU)
		return true;
	if (id == GS_INSN_MOVE || id == GS_INSN_NOT || id == GS_INSN_NOP)
		return false;
	return id < GS_INSN_RELU || (id >= GS_INSN_EQUAL && id <= GS_INSN_LTE);
}

int gs_simd_cast_shift(enum gs_insn_id id, uint32_t dst_int, uint32_t src1_int)
{
	int from, to;

	switch (id) {
	case GS_INSN_CAST_32FXP_16FXP:
		from = 32, to = 16;
		break;
	case GS_INSN_CAST_32FXP_8FXP:
		from = 32, to = 8;
		break;
	case GS_INSN_CAST_32FXP_4FXP:
		from = 32, to = 4;
		break;
	case GS_INSN_CAST_16FXP_32FXP:
		from = 16, to = 32;
		break;
	case GS_INSN_CAST_8FXP_32FXP:
		from = 8, to = 32;
		break;
	case GS_INSN_CAST_4FXP_32FXP:
		from = 4, to = 32;
		break;
	default:
		return 0;
	}
	return (from - (int)src1_int) - (to - (int)dst_int);
}
