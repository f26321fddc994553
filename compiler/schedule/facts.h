/* SPDX-License-Identifier: MIT */
/*
 * What is the same for all tilings of a node, worked out once: a search asks
 * for it thousands of times. All answers are those of plan.h, steps.h and
 * transfer.h.
 */
#ifndef GS_FACTS_H
#define GS_FACTS_H

#include "compiler/schedule/steps.h"
#include "hw-model/timing/params.h"

/** Most lines that are kept; a node with more is looked at in full each time. */
#define GS_MAX_LINES 160
#define GS_MAX_TERMS 4

/** How an index of an operand moves within a tile: c + sum step * (tile of var - 1). */
struct gs_line {
	int64_t c;
	int64_t step[GS_MAX_TERMS];
	uint8_t var[GS_MAX_TERMS];
	uint8_t num;
	uint8_t dim;
};

struct gs_facts {
	const struct gs_bound_node *b;
	const struct gs_acg *acg;
	struct gs_timing_costs costs;
	struct gs_line line[GS_MAX_LINES];
	unsigned first_line[GS_CL_MAX_OPERANDS + 1]; /**< of each operand */
	bool all_lines; /**< @line has all there are */
	bool has_spans;
	bool simd_var[GS_MAX_VARS]; /**< what the SIMD unit does depends on its tile */
	bool strip_var[GS_MAX_VARS]; /**< strips may be parts along it */
	bool moves[GS_MAX_VARS]
		  [GS_CL_MAX_OPERANDS]; /**< another one for each such strip */
	bool is_loaded[GS_CL_MAX_OPERANDS];
	unsigned bits[GS_CL_MAX_OPERANDS];
	int64_t stride[GS_CL_MAX_OPERANDS]
		      [GS_CL_MAX_DIMS]; /**< gs_memory_strides() */
};

/** gs_facts_init() - of a node as it is bound, with layouts and memories as they are */
void gs_facts_init(struct gs_facts *f, const struct gs_bound_node *b,
		   const struct gs_acg *acg);

/** gs_facts_box() - gs_tile_of(), of a tile with spans (gs_span_tiles()) */
void gs_facts_box(const struct gs_facts *f, unsigned operand,
		  const uint32_t *tile, struct gs_tile *out);

/** gs_facts_strips() - gs_strips_of() */
struct gs_strips gs_facts_strips(const struct gs_facts *f, const uint32_t *tile,
				 unsigned want);

/** gs_facts_fits() - gs_plan_fits() */
bool gs_facts_fits(const struct gs_facts *f, const struct gs_tiling *tiling);

#endif /* GS_FACTS_H */
