/* SPDX-License-Identifier: MIT */
/*
 * Numbers that depend on the indices of a result, as subscripts of the rule
 * "move" do: sums of functions of one index each.
 */
#ifndef GS_RULE_INDEX_H
#define GS_RULE_INDEX_H

#include "compiler/codelets/rules.h"

/** A constant, and a term for each index it depends on */
struct gs_index_sum {
	double c;
	unsigned dep; /**< bit d: index d */
	double slope[GS_MAX_RANK];
	const double *table[GS_MAX_RANK]; /**< instead of the slope */
};

/** One combines with any number of others. */
struct gs_index_vec {
	struct gs_index_sum *v;
	size_t num;
};

struct gs_index_scope {
	struct gs_scope *ev;
	const struct gs_cl_move *rule;
	const struct gs_shape *out; /**< as the indices see it */
	struct gs_index_vec with[GS_CL_MAX_WITH]; /**< named values, in order */
	unsigned num_with;
};

/**
 * gs_index_subscripts() - those of the rule, one for each axis of the input
 * Errors are in the scope.
 */
void gs_index_subscripts(struct gs_index_scope *s, const struct gs_shape *in,
			 struct gs_index_sum axis[GS_MAX_RANK]);

/** gs_index_place() - the expression that makes the subscript of an axis */
static inline const struct gs_expr *
gs_index_place(const struct gs_index_scope *s, unsigned axis)
{
	return s->rule->sub[s->rule->all ? 0 : axis];
}

/** gs_index_term() - what value @i of index @d adds */
static inline double gs_index_term(const struct gs_index_sum *a, unsigned d,
				   int64_t i)
{
	return a->table[d] ? a->table[d][i] : a->slope[d] * (double)i;
}

/** gs_index_is_single() - does a sum depend on one index, or none? */
static inline bool gs_index_is_single(const struct gs_index_sum *a)
{
	return !(a->dep & (a->dep - 1));
}

#endif /* GS_RULE_INDEX_H */
