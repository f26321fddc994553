/* SPDX-License-Identifier: MIT */
/*
 * Bindings joined to one: the statements of a node, and of those that read its
 * result element by element. What is between them is a temporary of the tile,
 * with the values it would have in memory, so that results are the same.
 */
#ifndef GS_JOIN_H
#define GS_JOIN_H

#include "compiler/codelets/bind.h"

/** Nodes that one step of a chain adds, at most. */
#define GS_JOIN_MOST 2

/** Names of joined codelets, each once: layers that are alike share plans. */
struct gs_join_names {
	struct gs_codelet *cl;
	struct gs_join_names *next;
};

struct gs_join {
	struct gs_graph *graph;
	const struct gs_acg *acg;
	struct gs_arena *
		arena; /**< of what is appended, until gs_join_finish() copies it */
	struct gs_join_names **names;
	struct gs_bound_node b; /**< all so far; for gs_plan_find() */
	struct gs_node node; /**< that of @b */
	struct gs_bound_stmt *stmt; /**< those of @b, GS_CL_MAX_STATEMENTS */
	unsigned num_own; /**< statements of the head, the others are appended */
	struct gs_cl_operand decl[GS_CL_MAX_OPERANDS];
	/** Values within the tile, and the result, the last one. */
	struct {
		const struct gs_tensor *tensor;
		unsigned operand;
	} value[1 + GS_JOIN_MOST];
	unsigned num_values;
	struct gs_node *part[1 + GS_JOIN_MOST]; /**< nodes, in order */
	unsigned num_parts;
};

/**
 * gs_join_begin() - begin with a binding
 * @names: grows; those of a graph, NULL at first
 * Returns 0 or -ENOMEM.
 */
int gs_join_begin(struct gs_join *j, struct gs_graph *graph,
		  const struct gs_acg *acg, struct gs_join_names **names,
		  const struct gs_bound_node *head);

/**
 * gs_join_add() - append a binding that reads results of those before
 *
 * It must be one of the SIMD unit that takes them element by element, with loops
 * as long as theirs, and what it reads of them must end with a cast to the
 * machine's data. The node of @j gets its result, its other inputs and its name.
 *
 * Returns 0; 1 when it cannot be joined: @j is of no use then; or -ENOMEM.
 */
int gs_join_add(struct gs_join *j, const struct gs_bound_node *next);

/** gs_join_finish() - a copy with memory of the graph's; NULL: out of memory */
struct gs_bound_node *gs_join_finish(const struct gs_join *j);

void gs_join_fini(struct gs_join *j);

#endif /* GS_JOIN_H */
