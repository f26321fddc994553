/* SPDX-License-Identifier: MIT */
/*
 * Opening a node of the f-DFG. An operator opens into maps and reductions over
 * symbolic index spaces, one for each statement of its codelet; such a node
 * opens into scalar operations, one for each point of its space, made when
 * asked for and never stored.
 */
#ifndef GS_FDFG_H
#define GS_FDFG_H

#include "compiler/codelets/bind.h"

/** A map or reduction: what one statement does over its index space. */
struct gs_fdfg_op {
	const struct gs_bound_stmt *stmt;
	uint64_t points; /**< scalar operations inside */
};

/** The finer graph of one operator. Edges are the operands the statements share. */
struct gs_fdfg {
	const struct gs_bound_node *binding;
	unsigned num_ops;
	struct gs_fdfg_op op[GS_CL_MAX_STATEMENTS];
};

/** A scalar operation: operands with numbers as subscripts. */
struct gs_fdfg_scalar {
	const struct gs_acg_function *fn;
	unsigned num_args;
	struct {
		int operand; /**< of the binding, or -1: the immediate */
		int64_t sub[GS_CL_MAX_DIMS];
		int32_t imm;
	} dst, arg[GS_CL_MAX_ARGS];
};

/** gs_fdfg_open() - open an operator; the result is kept with the node. NULL: out of memory */
const struct gs_fdfg *gs_fdfg_open(struct gs_graph *graph,
				   const struct gs_bound_node *binding);

/** gs_fdfg_scalar() - open a map or reduction at one point, the innermost loop fastest; false past the end */
bool gs_fdfg_scalar(const struct gs_fdfg *fdfg, unsigned op, uint64_t point,
		    struct gs_fdfg_scalar *out);

/**
 * gs_fdfg_print_stmt() - a statement in text, on no line of its own: `y[n,c] = cast8(y[n,c], >>16)`
 * Subscripts are in loops of the statement, spans by their names; "@" is the dimension of lanes.
 */
void gs_fdfg_print_stmt(const struct gs_bound_node *b,
			const struct gs_bound_stmt *s, FILE *out);

/** gs_fdfg_dump() - the opened graph in text, with the first scalar operation of each node */
void gs_fdfg_dump(const struct gs_fdfg *fdfg, FILE *out);

/**
 * gs_fdfg_remark() - the opened graph as remarks in the text of a graph (fdfg_text.h)
 * @scalars: how many scalar operations to write of each map or reduction
 */
void gs_fdfg_remark(const struct gs_fdfg *fdfg, uint64_t scalars, FILE *out);

#endif /* GS_FDFG_H */
