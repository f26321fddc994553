/* SPDX-License-Identifier: MIT */
/*
 * What the SIMD group does with a tile, and in which order: for code generation
 * and for its cost.
 *
 * A tile may be taken in strips, parts along one variable. A strip has loads,
 * statements and a store of its own, and every other strip stands in other rows
 * of the vector memories: while one is computed, the one before is stored and
 * the next is loaded. Operands that are the same for all strips are loaded once.
 */
#ifndef GS_STEPS_H
#define GS_STEPS_H

#include "compiler/schedule/transfer.h"

/** Most strips of a tile. */
#define GS_MAX_STRIPS 8

#define GS_MAX_STEPS \
	(GS_MAX_STRIPS * (GS_CL_MAX_OPERANDS + GS_CL_MAX_STATEMENTS + 1))

enum gs_step_kind { GS_STEP_LOAD, GS_STEP_STATEMENT, GS_STEP_STORE };

struct gs_step {
	enum gs_step_kind kind;
	unsigned index; /**< of the operand, or the statement */
	unsigned strip;
};

/** How a tile is taken. */
struct gs_strips {
	unsigned num; /**< 1: as a whole, @var means nothing */
	unsigned var;
	uint32_t size; /**< units of @var in a strip; the last may have less */
};

/**
 * gs_strips_of() - strips of a tile
 * @want: how many; it becomes fewer where the variable has fewer units
 * The variable is the outermost one with more than one unit that all statements
 * of the SIMD unit run over, and all they write follows. Without one: 1 strip.
 */
struct gs_strips gs_strips_of(const struct gs_bound_node *b,
			      const uint32_t *tile, unsigned want);

/** gs_takes_strips() - whether strips of a tile may be parts along a variable */
bool gs_takes_strips(const struct gs_bound_node *b, unsigned var);

/** gs_strips_along() - @want strips along such a variable, or fewer */
struct gs_strips gs_strips_along(unsigned var, const uint32_t *tile,
				 unsigned want);

/** gs_strip_tile() - @out: the tile of a strip; returns the unit of the variable it starts at */
uint32_t gs_strip_tile(const struct gs_bound_node *b,
		       const struct gs_strips *strips, const uint32_t *tile,
		       unsigned strip, uint32_t *out);

/** gs_strip_moves() - whether an operand is another one for each strip */
bool gs_strip_moves(const struct gs_bound_node *b,
		    const struct gs_strips *strips, unsigned operand);

/** Steps of a group: loads by their first use, statements, stores. */
struct gs_steps {
	struct gs_step step[GS_MAX_STEPS];
	unsigned num;
	unsigned part,
		part_end; /**< those from @part up to @part_end are done for each part of a reduction; equal: none */
};

/** gs_list_steps() - @part: the statement whose reduction comes in parts (of one strip), or -1 */
void gs_list_steps(const struct gs_bound_node *b,
		   const struct gs_strips *strips, int part,
		   struct gs_steps *out);

#endif /* GS_STEPS_H */
