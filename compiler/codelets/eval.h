/* SPDX-License-Identifier: MIT */
/* Values of codelet expressions: scalars and vectors of doubles. */
#ifndef GS_CODELET_EVAL_H
#define GS_CODELET_EVAL_H

#include "compiler/codelets/bind.h"
#include "compiler/ir/arena.h"

struct gs_value {
	double *v;
	size_t num; /**< 1: a scalar, which combines with any vector; 0: an empty list */
};

/** A name with a value: an attribute, an extent, a let or a row. */
struct gs_named {
	const char *name;
	struct gs_value value;
	bool undefined; /**< made of something not known yet */
};

#define GS_EVAL_MAX_NAMES 128

struct gs_scope {
	struct gs_graph *graph; /**< owns the memory of what is bound */
	struct gs_arena *
		scratch; /**< that of values, which are needed while binding only */
	struct gs_bound_node *binding;
	const struct gs_acg *acg;
	bool quantized; /**< scales are known; else an expression that needs one is undefined */
	bool undefined; /**< set when a value depended on something not known yet */
	bool asked_low, asked_high,
		asked_slope; /**< the codelet used the parts of a fused activation */
	struct gs_named named[GS_EVAL_MAX_NAMES];
	unsigned num_named;
	char *why; /**< 256 bytes: first problem, with line */
	int err;
};

/** gs_expr_function() - a function of one number by its name, or NULL */
double (*gs_expr_function(const char *name))(double);

/** gs_expr_apply() - an operator of two numbers */
double gs_expr_apply(enum gs_expr_kind kind, double a, double b);

/** gs_expr_mod() - what is left of @a behind multiples of @b; of the sign of @b */
double gs_expr_mod(double a, double b);

/** gs_scope_define() - make a name known; -ENOSPC when there are too many */
int gs_scope_define(struct gs_scope *ev, const char *name,
		    struct gs_value value);
int gs_scope_define_scalar(struct gs_scope *ev, const char *name, double value);

/** gs_scope_named(), gs_scope_find() - what was defined last by that name, its value; NULL when it is unknown */
const struct gs_named *gs_scope_named(const struct gs_scope *ev,
				      const char *name);
const struct gs_value *gs_scope_find(const struct gs_scope *ev,
				     const char *name);

/** gs_scope_vector() - room for @num numbers, 0; on failure num is 0 and err, why are set */
struct gs_value gs_scope_vector(struct gs_scope *ev, const struct gs_expr *e,
				size_t num);

/** gs_scope_eval() - value of an expression; on failure num is 0 and err, why are set */
struct gs_value gs_scope_eval(struct gs_scope *ev, const struct gs_expr *e);

/** gs_scope_scalar() - as above, for expressions that must be scalar */
double gs_scope_scalar(struct gs_scope *ev, const struct gs_expr *e);

/** gs_scope_extent() - an extent that has a value already; 0 when it cannot be one */
int64_t gs_scope_extent(const struct gs_scope *ev, const char *symbol);

/** gs_scope_int32() - the value @v of an expression as an integer; fails when it does not fit */
int32_t gs_scope_int32(struct gs_scope *ev, const struct gs_expr *e, double v);

/** gs_scope_affine() - a subscript; every name that is not a loop variable must be a scalar integer */
int gs_scope_affine(struct gs_scope *ev, const struct gs_expr *e,
		    struct gs_affine *out);

/** gs_scope_misfit_in() - gs_scope_misfit() with file, line and column of the codelet in front */
int gs_scope_misfit_in(struct gs_scope *ev, unsigned line, unsigned column,
		       const char *fmt, ...) GS_PRINTF(4, 5);

/** gs_scope_misfit_at() - the same, of a statement */
int gs_scope_misfit_at(struct gs_scope *ev, const struct gs_cl_statement *decl,
		       const char *fmt, ...) GS_PRINTF(3, 4);

void gs_scope_fail(struct gs_scope *ev, const struct gs_expr *e, int err,
		   const char *fmt, ...) GS_PRINTF(4, 5);

/** gs_scope_unmet() - what a require that does not hold says, with its values */
int gs_scope_unmet(struct gs_scope *ev, const struct gs_cl_def *def);

/** gs_scope_misfit() - the codelet does not fit the node: -ENOTSUP and the reason; the first error stays */
int gs_scope_misfit(struct gs_scope *ev, const char *fmt, ...) GS_PRINTF(2, 3);

#endif /* GS_CODELET_EVAL_H */
