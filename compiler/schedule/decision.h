/* SPDX-License-Identifier: MIT */
/*
 * What is decided about layers, in plain structures that name things as users
 * see them: nodes, codelets and loop variables by name. This is what a
 * schedule file holds, and what to fill to fix a decision instead of searching:
 *
 *	struct gs_decision d = { .layer = "conv1", .num_loops = 2,
 *		.loop = { { "oc", 4 }, { "oh", 7 } } };
 *	struct gs_schedule s = { .decision = &d, .num_decisions = 1 };
 *	opts.schedule = &s;		(struct gs_compile_opts)
 *
 * Layers without a decision are searched. What the compiler chose, decisions
 * included, comes back in the same form, struct gs_compiled.decision: that
 * again as a schedule, with all in order, gives the same bytes.
 */
#ifndef GS_DECISION_H
#define GS_DECISION_H

#include "compiler/schedule/plan.h"

/** A loop that walks tiles. */
struct gs_decided_loop {
	const char *name; /**< of the variable, as the codelet has it */
	uint32_t tile; /**< units: elements, or rows of lanes for channels */
};

/** Where an operand of the SIMD unit stands. */
struct gs_decided_buffer {
	const char *operand,
		*memory; /**< as the codelet and the machine have them */
};

/** Of one layer. Strings are the caller's. */
struct gs_decision {
	const char *layer; /**< name of the node; see @pattern */
	const char *
		from; /**< where this is said, in front of messages; NULL: nowhere */
	/** @layer is a pattern of the shell's: only loops count, those that a layer has and can cut so. */
	bool pattern;
	bool loose; /**< loops that are not here, or have a tile of 0, are searched */
	unsigned num_ordered; /**< loose: so many loops, the first, stand in the order they have here */
	const char *
		fused; /**< nodes that are parts of it, and no others, comma separated; NULL: those that can be */
	struct gs_decided_buffer buffer[GS_CL_MAX_OPERANDS];
	unsigned num_buffers; /**< others stand where the codelet has them */
	const char *codelet; /**< NULL: the cheapest that fits */
	struct gs_decided_loop loop
		[GS_MAX_VARS]; /**< outermost first; variables that are not here are not cut */
	unsigned num_loops; /**< 0: tiles and order are searched, only the codelet is decided */
	uint32_t strips; /**< the SIMD unit takes a tile in so many parts, at most 8 (steps.h); 0: whole */
	bool has_strips; /**< loose: @strips is decided, too */
	bool split; /**< each tile has blocks of its own */
};

/** How layers are scheduled; zeros: all are searched, with all of every memory. */
struct gs_schedule {
	int more_effort; /**< of the search, over GS_DEFAULT_EFFORT: from its negative up to 2 (GS_MAX_EFFORT) */
	const struct gs_decision *decision;
	unsigned num_decisions;
	/** The layers of the first so many decisions, patterns aside, run in the order they have here; 0: in any. */
	unsigned num_in_order;
	/** Patterns of names of nodes that are not fused, nor anything into them. */
	const char *const *apart;
	unsigned num_apart;
	/** Most rows a tile may take of each memory, 0: what the machine has. More is refused. */
	uint32_t rows[GS_ACG_NUM_MEMORIES];
	const char *
		from; /**< the file that says @rows, in front of messages; NULL: none */
	/** Called when @done of @of layers are scheduled, or NULL. */
	void (*progress)(void *ctx, unsigned done, unsigned of);
	void *progress_ctx;
};

/** gs_decision_find() - what is decided about a layer, or NULL; @s may be NULL */
const struct gs_decision *gs_decision_find(const struct gs_schedule *s,
					   const char *layer);

/**
 * gs_decision_begins() - whether the codelet that is decided is this one, or a chain that begins so
 * "conv+sigmoid+mul" begins with "conv" and with "conv+sigmoid". @d has a codelet.
 */
bool gs_decision_begins(const struct gs_decision *d, const char *codelet);

/**
 * gs_decision_check_loop() - the variable a decision's loop is, or a negative errno
 * -EINVAL (reported) when the layer has none, it cannot be cut, or not so.
 */
int gs_decision_check_loop(const struct gs_decision *d,
			   const struct gs_decided_loop *l,
			   const struct gs_bound_node *b, struct gs_diag *diag);

/** gs_decision_error() - gs_error() with the place and the layer of a decision in front */
int gs_decision_error(const struct gs_decision *d, struct gs_diag *diag,
		      int err, const char *fmt, ...) GS_PRINTF(4, 5);

/** gs_decision_misfit() - say what of a memory a tile needs too much; -ENOSPC */
int gs_decision_misfit(const struct gs_decision *d,
		       const struct gs_bound_node *b, const struct gs_acg *acg,
		       const struct gs_tiling *t, enum gs_acg_mem mem,
		       struct gs_diag *diag);

/**
 * gs_decision_apply() - the tiling a decision says
 * @d: num_loops is not 0
 * Returns 0, -EINVAL (no such loop, a loop that cannot be cut or a size it
 * cannot have, an order the machine does not have) or -ENOSPC (the message has
 * the memory and the rows that are missing), reported.
 */
int gs_decision_apply(const struct gs_decision *d,
		      const struct gs_bound_node *b, const struct gs_acg *acg,
		      struct gs_tiling *out, struct gs_diag *diag);

/**
 * gs_decision_of() - a tiling as a decision: every loop that may be cut, in its order
 * Of a Move, whose tiles follow from its order, no loops. Strings are those of
 * the node and of its codelet.
 */
void gs_decision_of(const struct gs_bound_node *b, const struct gs_tiling *t,
		    struct gs_decision *out);

/**
 * gs_schedule_limit() - let tiles have as many rows as @s says
 * Returns 0, or -EINVAL (reported) for more than the machine has.
 */
int gs_schedule_limit(const struct gs_schedule *s, struct gs_acg *acg,
		      struct gs_diag *diag);

#endif /* GS_DECISION_H */
