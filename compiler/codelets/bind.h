/* SPDX-License-Identifier: MIT */
/*
 * Binding: a codelet with every symbol resolved for one node. Extents are
 * numbers, subscripts affine in the loop variables, rows computed.
 */
#ifndef GS_BIND_H
#define GS_BIND_H

#include <string.h>

#include "compiler/codelets/codelet.h"
#include "compiler/ir/ir.h"

#define GS_MAX_VARS 12

/** Extents up to this keep every address below 2^40 and every count in 32 bits. */
#define GS_MAX_EXTENT (1 << 24)

/** c + sum coef[v] * var v */
struct gs_affine {
	int64_t c;
	int64_t coef[GS_MAX_VARS];
};

/** A loop variable. Channels are walked row by row of the scratchpads. */
struct gs_var {
	const char *name;
	int64_t extent; /**< elements */
	bool channel; /**< indexes the lane dimension of some operand */
	bool reduce; /**< some statement sums or accumulates over it */
	bool block; /**< steps over whole rows of lanes of some operand; its tile is 1 */
	const struct gs_bound_span *
		span; /**< it takes what an expression has in a tile; else NULL */
	uint32_t units; /**< extent, or rows of lanes for a channel variable */
};

/** A span: in a tile, every value of @value over its variables. codelets/span.h */
struct gs_bound_span {
	struct gs_affine value; /**< in @base and @kernel alone */
	unsigned base; /**< variable that is cut into tiles */
	unsigned kernel; /**< variable that is not */
	int64_t low, high; /**< values from @low up to @high count */
};

struct gs_bound_operand {
	const struct gs_cl_operand *decl;
	struct gs_tensor *
		tensor; /**< of inputs and outputs, the constant of weights; NULL: row, temp */
	const struct gs_access *
		access; /**< where its elements stand; NULL: n, h, w, c of the tensor */
	int64_t extent
		[GS_CL_MAX_DIMS]; /**< elements; 1 for the lane dimension "@" */
	int64_t groups; /**< weight */
	int8_t fill; /**< weight without a tensor: its elements */
	unsigned spread; /**< broadcast over channels: the temporary with its channel in every lane; 0: none */
	const int32_t *row; /**< row: padded to whole rows of lanes */
	uint32_t row_elems;
	uint64_t offset; /**< row: in its part; weight: in the parameters; set by code generation */
	uint64_t bytes; /**< of what stands there */
};

struct gs_bound_ref {
	int operand; /**< or -1: an immediate */
	bool again; /**< one before it is the same */
	int32_t imm;
	const struct gs_affine *
		sub; /**< GS_CL_MAX_DIMS, zeros behind those it has; references that are alike share them */
};

struct gs_bound_stmt {
	const struct gs_cl_statement *decl;
	const struct gs_acg_function *fn;
	unsigned var[GS_CL_MAX_LOOPS]; /**< outermost first */
	unsigned num_vars;
	struct gs_bound_ref dst;
	struct gs_bound_ref arg[GS_CL_MAX_ARGS];
	unsigned num_args;
	uint32_t shift; /**< casts */
};

/** What is asked of the tiles of a node; the rest is searched. */
struct gs_loop_wish {
	uint32_t tile[GS_MAX_VARS]; /**< units; 0: any */
	unsigned order
		[GS_MAX_VARS]; /**< these stand in this order, outside the others of their kind */
	unsigned num_order;
	bool has_strips; /**< as many as these, else any number */
	uint32_t strips;
};

struct gs_bound_node {
	struct gs_node *node;
	const struct gs_codelet *cl;
	uint32_t lanes; /**< of the machine */
	struct gs_var var[GS_MAX_VARS];
	unsigned num_vars;
	struct gs_bound_operand operand[GS_CL_MAX_OPERANDS];
	unsigned num_operands;
	struct gs_bound_stmt *stmt;
	unsigned num_stmts;
	int array_stmt; /**< the statement of the systolic array, or -1 */
	const struct gs_loop_wish *wish; /**< NULL: none */
	struct gs_node **
		part; /**< nodes of the graph, when it computes several; @node is none of these, but stands for all */
	unsigned num_parts; /**< 0: @node alone */
	struct gs_bound_node *next; /**< of the graph, in execution order */
	struct gs_bound_node *
		other; /**< another codelet that fits this node, in the order tried */
};

/** An activation that is there: optional ones may not be */
static inline bool gs_is_read(const struct gs_bound_operand *operand)
{
	return operand->decl->kind == GS_CL_INPUT && operand->tensor;
}

/** gs_find_var() - a loop variable by its name, or -1 */
static inline int gs_find_var(const struct gs_bound_node *b, const char *name)
{
	unsigned v;

	for (v = 0; v < b->num_vars; v++)
		if (!strcmp(b->var[v].name, name))
			return (int)v;
	return -1;
}

/** gs_ref_follows() - does some subscript move with the variable? */
static inline bool gs_ref_follows(const struct gs_bound_ref *ref, unsigned var)
{
	unsigned d;

	for (d = 0; d < GS_CL_MAX_DIMS; d++)
		if (ref->sub[d].coef[var])
			return true;
	return false;
}

/** gs_stmt_has_loop() - does the statement run over the variable? */
static inline bool gs_stmt_has_loop(const struct gs_bound_stmt *s, unsigned var)
{
	unsigned l;

	for (l = 0; l < s->num_vars; l++)
		if (s->var[l] == var)
			return true;
	return false;
}

/** gs_stmt_reads() - is an argument of the statement the operand? */
static inline bool gs_stmt_reads(const struct gs_bound_stmt *s,
				 unsigned operand)
{
	unsigned a;

	for (a = 0; a < s->num_args; a++)
		if (s->arg[a].operand == (int)operand)
			return true;
	return false;
}

/** gs_stmt_reads_along() - does what the statement reads of the operand move with the variable? */
static inline bool gs_stmt_reads_along(const struct gs_bound_stmt *s,
				       unsigned operand, unsigned var)
{
	unsigned a;

	for (a = 0; a < s->num_args; a++)
		if (s->arg[a].operand == (int)operand &&
		    gs_ref_follows(&s->arg[a], var))
			return true;
	return false;
}

/**
 * gs_bind_node() - find the first codelet that fits a node and bind it
 * @quantized: scales and constants are known. Without them requirements that
 *             need scales hold, rows are not computed: a check of shapes and
 *             attributes before calibration.
 * @why: 256 bytes, the reason when no codelet fits (-ENOTSUP)
 * Memory belongs to the graph. Returns 0, -ENOTSUP, -ENOMEM, or -EINVAL for a
 * fault in the codelet itself, which is reported.
 */
int gs_bind_node(struct gs_graph *graph, struct gs_node *node,
		 const struct gs_codelet_lib *lib, const struct gs_acg *acg,
		 bool quantized, struct gs_bound_node **out, char *why,
		 struct gs_diag *diag);

/**
 * gs_bind_graph() - bind every node, in order
 * When quantized, the other codelets that fit a node follow the first by
 * @other; gs_choose_codelets() decides between them. All nodes without a codelet are listed in one message.
 */
int gs_bind_graph(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		  const struct gs_acg *acg, bool quantized,
		  struct gs_bound_node **first, struct gs_diag *diag);

/**
 * gs_copy_statements() - a copy in memory of @arena, subscripts too, of which there is one for all that are alike
 * NULL: out of memory
 */
struct gs_bound_stmt *gs_copy_statements(struct gs_arena *arena,
					 const struct gs_bound_stmt *stmt,
					 unsigned num);

/** gs_mark_again() - say of each reference whether one before it is the same (gs_bound_ref.again) */
void gs_mark_again(struct gs_bound_node *b);

/** gs_sub_step() - how far a subscript moves with a variable, in rows where that is of lanes */
static inline int64_t gs_sub_step(const struct gs_bound_node *b,
				  const struct gs_affine *sub, unsigned var)
{
	return b->var[var].block ? sub->coef[var] / b->lanes : sub->coef[var];
}

#endif /* GS_BIND_H */
