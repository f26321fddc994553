/* SPDX-License-Identifier: MIT */
/*
 * Reductions of the SIMD unit in parts: a window that does not fit the vector
 * memories is loaded and accumulated piece by piece.
 */
#include "compiler/schedule/plan.h"

static bool same_place(const struct gs_bound_ref *a,
		       const struct gs_bound_ref *b)
{
	unsigned d, v;

	if (a->operand != b->operand)
		return false;
	for (d = 0; d < GS_CL_MAX_DIMS; d++) {
		if (a->sub[d].c != b->sub[d].c)
			return false;
		for (v = 0; v < GS_MAX_VARS; v++)
			if (a->sub[d].coef[v] != b->sub[d].coef[v])
				return false;
	}
	return true;
}

/* Does it add to what stands in its destination, in whatever order? */
static bool accumulates(const struct gs_bound_stmt *s)
{
	switch (s->fn->insn) {
	case GS_INSN_MACC:
	case GS_INSN_ADD:
	case GS_INSN_MAX:
	case GS_INSN_MIN:
		return same_place(&s->dst, &s->arg[0]);
	default:
		return false;
	}
}

/* Is the operand read by statement @stmt alone? */
static bool read_by(const struct gs_bound_node *b, int operand, unsigned stmt)
{
	unsigned i;

	for (i = 0; i < b->num_stmts; i++)
		if (i != stmt &&
		    (b->stmt[i].dst.operand == operand ||
		     gs_stmt_reads(&b->stmt[i], (unsigned)operand)))
			return false;
	return true;
}

/* Can statement @stmt take @var part by part? What it reads is loaded for it alone. */
static bool takes_parts(const struct gs_bound_node *b, unsigned stmt,
			unsigned var)
{
	const struct gs_bound_stmt *s = &b->stmt[stmt];
	unsigned i, a;

	for (i = 0; i < b->num_stmts; i++)
		if (i != stmt && gs_stmt_has_loop(&b->stmt[i], var))
			return false;
	if (gs_ref_follows(&s->dst, var) || !accumulates(s))
		return false;
	for (a = 1; a < s->num_args; a++) {
		const int operand = s->arg[a].operand;
		enum gs_cl_operand_kind kind;

		if (operand < 0)
			continue;
		kind = b->operand[operand].decl->kind;
		if ((kind != GS_CL_INPUT && kind != GS_CL_ROW) ||
		    !read_by(b, operand, stmt))
			return false;
	}
	return true;
}

int gs_part_stmt(const struct gs_bound_node *b)
{
	unsigned i, l;

	for (i = 0; i < b->num_stmts && b->array_stmt < 0; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];
		bool any = false, all = true;

		for (l = 0; l < s->num_vars; l++) {
			if (!b->var[s->var[l]].reduce)
				continue;
			any = true;
			all &= takes_parts(b, i, s->var[l]);
		}
		if (any)
			return all ? (int)i : -1;
	}
	return -1;
}

bool gs_var_has_parts(const struct gs_bound_node *b, unsigned var)
{
	const int stmt = b->var[var].reduce ? gs_part_stmt(b) : -1;

	return stmt >= 0 && gs_stmt_has_loop(&b->stmt[stmt], var);
}
