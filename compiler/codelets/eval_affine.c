/* SPDX-License-Identifier: MIT */
/* Subscripts: expressions as sums of loop variables with factors. */
#include <errno.h>
#include <math.h>

#include "compiler/codelets/eval.h"

static bool is_constant(const struct gs_affine *a)
{
	unsigned i;

	for (i = 0; i < GS_MAX_VARS; i++)
		if (a->coef[i])
			return false;
	return true;
}

static void affine_scale(struct gs_affine *a, int64_t factor)
{
	unsigned i;

	a->c *= factor;
	for (i = 0; i < GS_MAX_VARS; i++)
		a->coef[i] *= factor;
}

/* With factors below this, no address or extent made from them overflows 64 bits. */
#define MAX_FACTOR (1 << 24)

static int check_factors(struct gs_scope *ev, const struct gs_expr *e,
			 const struct gs_affine *a)
{
	bool large = a->c > MAX_FACTOR || a->c < -MAX_FACTOR;
	unsigned i;

	for (i = 0; i < GS_MAX_VARS; i++)
		large |= a->coef[i] > MAX_FACTOR || a->coef[i] < -MAX_FACTOR;
	if (large)
		gs_scope_fail(ev, e, -EINVAL,
			      "a subscript has a factor or a constant above %d",
			      MAX_FACTOR);
	return ev->err;
}

static int affine_leaf(struct gs_scope *ev, const struct gs_expr *e,
		       struct gs_affine *out)
{
	const int var =
		e->kind == GS_EX_NAME ? gs_find_var(ev->binding, e->name) : -1;
	double v;

	if (var >= 0) {
		const struct gs_bound_span *span = ev->binding->var[var].span;

		/* What a tile begins with, and how far into it */
		if (span)
			*out = span->value;
		out->coef[var] = 1;
		return 0;
	}
	v = gs_scope_scalar(ev, e);
	if (v != floor(v) || !(fabs(v) <= 1 << 30)) {
		gs_scope_fail(ev, e, -EINVAL,
			      "subscripts need integers, found %g", v);
		return ev->err;
	}
	out->c = (int64_t)v;
	return check_factors(ev, e, out);
}

int gs_scope_affine(struct gs_scope *ev, const struct gs_expr *e,
		    struct gs_affine *out)
{
	struct gs_affine b = { 0 };
	unsigned i;

	*out = (struct gs_affine){ 0 };
	if (e->kind != GS_EX_ADD && e->kind != GS_EX_SUB &&
	    e->kind != GS_EX_MUL)
		return affine_leaf(ev, e, out);
	if (gs_scope_affine(ev, e->arg[0], out) ||
	    gs_scope_affine(ev, e->arg[1], &b))
		return ev->err;
	if (e->kind == GS_EX_MUL) {
		if (!is_constant(out) && !is_constant(&b)) {
			gs_scope_fail(ev, e, -EINVAL,
				      "product of two loop variables");
			return ev->err;
		}
		if (is_constant(out)) {
			affine_scale(&b, out->c);
			*out = b;
		} else {
			affine_scale(out, b.c);
		}
		return check_factors(ev, e, out);
	}
	if (e->kind == GS_EX_SUB)
		affine_scale(&b, -1);
	out->c += b.c;
	for (i = 0; i < GS_MAX_VARS; i++)
		out->coef[i] += b.coef[i];
	return check_factors(ev, e, out);
}
