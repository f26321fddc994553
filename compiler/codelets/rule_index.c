/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/rule_index.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static struct gs_index_vec open_expr(struct gs_index_scope *o,
				     const struct gs_expr *e);

/* ---- numbers ------------------------------------------------------------- */

static struct gs_index_vec new_vec(struct gs_index_scope *o, size_t num)
{
	struct gs_index_vec r = { NULL, num };

	if (!o->ev->err)
		r.v = gs_graph_alloc_array(o->ev->graph, num, sizeof(*r.v));
	if (!r.v)
		o->ev->err = o->ev->err ? o->ev->err : -ENOMEM;
	return r.v ? r : (struct gs_index_vec){ 0 };
}

static unsigned bit_of(unsigned mask)
{
	unsigned d = 0;

	while (!(mask >> d & 1))
		d++;
	return d;
}

/* a + factor b */
static void add(struct gs_index_scope *o, const struct gs_expr *e,
		const struct gs_index_sum *a, const struct gs_index_sum *b,
		double factor, struct gs_index_sum *out)
{
	unsigned d;

	*out = (struct gs_index_sum){ .c = a->c + factor * b->c,
				      .dep = a->dep | b->dep };
	for (d = 0; d < o->out->rank; d++) {
		const int64_t num = o->out->dim[d];
		double *table;
		int64_t i;

		out->slope[d] = a->slope[d] + factor * b->slope[d];
		if (!a->table[d] && !b->table[d])
			continue;
		table = gs_graph_alloc_array(o->ev->graph, (size_t)num,
					     sizeof(*table));
		if (!table) {
			gs_scope_fail(o->ev, e, -ENOMEM, "out of memory");
			return;
		}
		for (i = 0; i < num; i++)
			table[i] = gs_index_term(a, d, i) +
				   factor * gs_index_term(b, d, i);
		out->table[d] = table;
	}
}

typedef double apply_fn(const void *ctx, double a, double b);

/* Any function of numbers that depend on one index together */
static void apply(struct gs_index_scope *o, const struct gs_expr *e,
		  const struct gs_index_sum *a, const struct gs_index_sum *b,
		  apply_fn *fn, const void *ctx, struct gs_index_sum *out)
{
	const unsigned dep = a->dep | b->dep;
	double *table;
	int64_t i;
	unsigned d;

	*out = (struct gs_index_sum){ .c = dep ? 0 : fn(ctx, a->c, b->c),
				      .dep = dep };
	if (!dep)
		return;
	if (dep & (dep - 1)) {
		gs_scope_fail(
			o->ev, e, -EINVAL,
			"in a movement, what several indices of the result make can only be added");
		return;
	}
	d = bit_of(dep);
	table = gs_graph_alloc_array(o->ev->graph, (size_t)o->out->dim[d],
				     sizeof(*table));
	if (!table) {
		gs_scope_fail(o->ev, e, -ENOMEM, "out of memory");
		return;
	}
	for (i = 0; i < o->out->dim[d]; i++)
		table[i] = fn(ctx, a->c + gs_index_term(a, d, i),
			      b->c + gs_index_term(b, d, i));
	out->table[d] = table;
}

/* ---- expressions --------------------------------------------------------- */

static struct gs_index_vec one_index(struct gs_index_scope *o, unsigned d)
{
	struct gs_index_vec r = new_vec(o, 1);

	if (r.num) {
		r.v[0].dep = 1u << d;
		r.v[0].slope[d] = 1;
	}
	return r;
}

static struct gs_index_vec all_indices(struct gs_index_scope *o)
{
	struct gs_index_vec r = new_vec(o, o->out->rank);
	unsigned d;

	for (d = 0; d < r.num; d++) {
		r.v[d].dep = 1u << d;
		r.v[d].slope[d] = 1;
	}
	return r;
}

/* Number of the index of this name, 0 for the vector of all; -1: none */
static int find_index(const struct gs_index_scope *o, const char *name)
{
	unsigned d;

	for (d = 0; d < o->rule->num_dims; d++)
		if (!strcmp(o->rule->index[d], name))
			return (int)d;
	return -1;
}

/* Number of the value of this name that stands behind "with"; -1: none */
static int find_with(const struct gs_index_scope *o, const char *name)
{
	unsigned i;

	for (i = 0; i < o->num_with; i++)
		if (!strcmp(o->rule->with[i].name, name))
			return (int)i;
	return -1;
}

static bool is_named(const struct gs_index_scope *o, const char *name)
{
	return find_index(o, name) >= 0 || find_with(o, name) >= 0;
}

static struct gs_index_vec named(struct gs_index_scope *o, const char *name)
{
	const int with = find_with(o, name);

	if (with >= 0)
		return o->with[with];
	return o->rule->all ? all_indices(o) :
			      one_index(o, (unsigned)find_index(o, name));
}

static bool depends(const struct gs_index_scope *o, const struct gs_expr *e)
{
	unsigned i;

	if ((e->kind == GS_EX_NAME || e->kind == GS_EX_INDEX) &&
	    is_named(o, e->name))
		return true;
	for (i = 0; i < e->num_args; i++)
		if (depends(o, e->arg[i]))
			return true;
	return false;
}

static struct gs_index_vec constants(struct gs_index_scope *o,
				     const struct gs_expr *e)
{
	const struct gs_value val = gs_scope_eval(o->ev, e);
	struct gs_index_vec r = new_vec(o, val.num);
	size_t i;

	for (i = 0; i < r.num; i++)
		r.v[i].c = val.v[i];
	return r;
}

/* i[k]: of the vector of all indices those that k lists */
static struct gs_index_vec pick(struct gs_index_scope *o,
				const struct gs_expr *e)
{
	const struct gs_index_vec all = named(o, e->name);
	const struct gs_index_vec k = open_expr(o, e->arg[0]);
	struct gs_index_vec r = new_vec(o, k.num);
	size_t i;

	for (i = 0; i < r.num; i++) {
		if (k.v[i].dep || !(k.v[i].c >= 0) ||
		    !(k.v[i].c < (double)all.num) ||
		    k.v[i].c != floor(k.v[i].c)) {
			gs_scope_fail(o->ev, e, -EINVAL,
				      "'%s' has %zu elements, there is no %g",
				      e->name, all.num, k.v[i].c);
			return (struct gs_index_vec){ 0 };
		}
		r.v[i] = all.v[(size_t)k.v[i].c];
	}
	return r;
}

static double look_up(const void *ctx, double a, double b)
{
	const struct gs_value *values = ctx;

	(void)b;
	return a >= 0 && a < (double)values->num && a == floor(a) ?
		       values->v[(size_t)a] :
		       NAN;
}

/* An element of a list that an index picks; NaN, which is no index, where there is none */
static struct gs_index_vec open_element(struct gs_index_scope *o,
					const struct gs_expr *e)
{
	const struct gs_value *list = gs_scope_find(o->ev, e->name);
	struct gs_index_vec k, r;
	size_t i;

	if (is_named(o, e->name) && e->num_args == 1)
		return pick(o, e);
	if (!list || e->num_args != 1) {
		gs_scope_fail(o->ev, e, -EINVAL, "'%s' is no list", e->name);
		return (struct gs_index_vec){ 0 };
	}
	k = open_expr(o, e->arg[0]);
	r = new_vec(o, k.num);
	for (i = 0; i < r.num; i++)
		apply(o, e, &k.v[i], &k.v[i], look_up, list, &r.v[i]);
	return r;
}

static double unary(const void *ctx, double a, double b)
{
	double (*const *fn)(double) = ctx;

	(void)b;
	return (*fn)(a);
}

static double is_zero(double a)
{
	return a == 0;
}

static double binary(const void *ctx, double a, double b)
{
	return gs_expr_apply(*(const enum gs_expr_kind *)ctx, a, b);
}

static double extreme(const void *ctx, double a, double b)
{
	return *(const bool *)ctx ? fmin(a, b) : fmax(a, b);
}

static double modulo(const void *ctx, double a, double b)
{
	(void)ctx;
	return gs_expr_mod(a, b);
}

static struct gs_index_vec map_unary(struct gs_index_scope *o,
				     const struct gs_expr *e,
				     double (*fn)(double))
{
	const struct gs_index_vec a = open_expr(o, e->arg[0]);
	struct gs_index_vec r = new_vec(o, a.num);
	size_t i;

	for (i = 0; i < r.num; i++)
		apply(o, e, &a.v[i], &a.v[i], unary, &fn, &r.v[i]);
	return r;
}

/* What is linear keeps its terms apart. */
static void combine_two(struct gs_index_scope *o, const struct gs_expr *e,
			const struct gs_index_sum *a,
			const struct gs_index_sum *b, struct gs_index_sum *out)
{
	const bool less = e->kind == GS_EX_CALL && !strcmp(e->name, "min");
	static const struct gs_index_sum zero;

	if (e->kind == GS_EX_ADD || e->kind == GS_EX_SUB)
		add(o, e, a, b, e->kind == GS_EX_ADD ? 1 : -1, out);
	else if (e->kind == GS_EX_MUL && !b->dep)
		add(o, e, &zero, a, b->c, out);
	else if (e->kind == GS_EX_MUL && !a->dep)
		add(o, e, &zero, b, a->c, out);
	else if (e->kind != GS_EX_CALL)
		apply(o, e, a, b, binary, &e->kind, out);
	else if (!strcmp(e->name, "mod"))
		apply(o, e, a, b, modulo, NULL, out);
	else
		apply(o, e, a, b, extreme, &less, out);
}

static struct gs_index_vec combine(struct gs_index_scope *o,
				   const struct gs_expr *e,
				   const struct gs_index_vec *a,
				   const struct gs_index_vec *b)
{
	struct gs_index_vec r;
	size_t i;

	if (o->ev->err)
		return (struct gs_index_vec){ 0 };
	if (a->num != b->num && a->num != 1 && b->num != 1) {
		gs_scope_fail(o->ev, e, -EINVAL,
			      "vectors of %zu and %zu elements", a->num,
			      b->num);
		return (struct gs_index_vec){ 0 };
	}
	r = new_vec(o, a->num == 1 ? b->num : a->num);
	for (i = 0; i < r.num; i++)
		combine_two(o, e, &a->v[a->num == 1 ? 0 : i],
			    &b->v[b->num == 1 ? 0 : i], &r.v[i]);
	return r;
}

/* One behind the other */
static struct gs_index_vec open_join(struct gs_index_scope *o,
				     const struct gs_expr *e)
{
	struct gs_index_vec part[GS_CL_MAX_EXPR_ARGS], r = { 0 };
	size_t num = 0;
	unsigned i;

	for (i = 0; i < e->num_args; i++) {
		part[i] = open_expr(o, e->arg[i]);
		num += part[i].num;
	}
	r = new_vec(o, num);
	for (i = 0, num = 0; i < e->num_args && r.v; i++) {
		if (part[i].num)
			memcpy(r.v + num, part[i].v,
			       part[i].num * sizeof(*r.v));
		num += part[i].num;
	}
	return r;
}

static struct gs_index_vec open_call(struct gs_index_scope *o,
				     const struct gs_expr *e)
{
	const bool folds = !strcmp(e->name, "max") || !strcmp(e->name, "min") ||
			   !strcmp(e->name, "mod");
	double (*fn)(double) = gs_expr_function(e->name);
	struct gs_index_vec r, next;
	unsigned i;

	if (!strcmp(e->name, "join"))
		return open_join(o, e);
	if (fn && e->num_args == 1)
		return map_unary(o, e, fn);
	if (!folds || e->num_args < 2) {
		gs_scope_fail(o->ev, e, -EINVAL,
			      "'%s' is no function of indices", e->name);
		return (struct gs_index_vec){ 0 };
	}
	r = open_expr(o, e->arg[0]);
	for (i = 1; i < e->num_args; i++) {
		next = open_expr(o, e->arg[i]);
		r = combine(o, e, &r, &next);
	}
	return r;
}

static struct gs_index_vec open_operator(struct gs_index_scope *o,
					 const struct gs_expr *e)
{
	const struct gs_index_sum zero = { 0 };
	struct gs_index_vec a, b;
	size_t i;

	if (e->kind == GS_EX_NOT)
		return map_unary(o, e, is_zero);
	a = open_expr(o, e->arg[0]);
	if (e->kind == GS_EX_NEG) {
		b = new_vec(o, a.num);
		for (i = 0; i < b.num; i++)
			add(o, e, &zero, &a.v[i], -1, &b.v[i]);
		return b;
	}
	b = open_expr(o, e->arg[1]);
	return combine(o, e, &a, &b);
}

static struct gs_index_vec open_cond(struct gs_index_scope *o,
				     const struct gs_expr *e)
{
	if (depends(o, e->arg[0])) {
		gs_scope_fail(
			o->ev, e, -EINVAL,
			"in a movement, a condition cannot depend on indices");
		return (struct gs_index_vec){ 0 };
	}
	return open_expr(
		o, e->arg[gs_scope_scalar(o->ev, e->arg[0]) != 0 ? 1 : 2]);
}

static struct gs_index_vec open_expr(struct gs_index_scope *o,
				     const struct gs_expr *e)
{
	if (o->ev->err)
		return (struct gs_index_vec){ 0 };
	if (!depends(o, e))
		return constants(o, e);
	switch (e->kind) {
	case GS_EX_NAME:
		return named(o, e->name);
	case GS_EX_INDEX:
		return open_element(o, e);
	case GS_EX_CALL:
		return open_call(o, e);
	case GS_EX_COND:
		return open_cond(o, e);
	case GS_EX_REDUCE:
		gs_scope_fail(o->ev, e, -EINVAL,
			      "a movement has no reductions");
		return (struct gs_index_vec){ 0 };
	default:
		return open_operator(o, e);
	}
}

/* ---- subscripts ---------------------------------------------------------- */

/* Each may use those in front of it. */
static void open_with(struct gs_index_scope *o)
{
	const struct gs_cl_move *r = o->rule;

	for (o->num_with = 0; o->num_with < r->num_with && !o->ev->err;
	     o->num_with++)
		o->with[o->num_with] = open_expr(o, r->with[o->num_with].value);
}

/* A scalar goes with any number of axes. */
static void open_vector(struct gs_index_scope *o, const struct gs_shape *in,
			struct gs_index_sum *axis)
{
	const struct gs_index_vec all = open_expr(o, o->rule->sub[0]);
	unsigned i;

	if (o->ev->err)
		return;
	if (all.num != in->rank && all.num != 1)
		gs_scope_fail(o->ev, o->rule->sub[0], -EINVAL,
			      "'%s' has %u dimensions, not %zu",
			      o->rule->source, in->rank, all.num);
	for (i = 0; i < in->rank && !o->ev->err; i++)
		axis[i] = all.v[all.num == 1 ? 0 : i];
}

static void open_list(struct gs_index_scope *o, const struct gs_shape *in,
		      struct gs_index_sum *axis)
{
	const struct gs_cl_move *r = o->rule;
	struct gs_index_vec one;
	unsigned i;

	if (r->num_subs != in->rank)
		gs_scope_fail(o->ev, r->sub[0], -EINVAL,
			      "'%s' has %u dimensions, not %u", r->source,
			      in->rank, r->num_subs);
	for (i = 0; i < in->rank && !o->ev->err; i++) {
		one = open_expr(o, r->sub[i]);
		if (one.num > 1)
			gs_scope_fail(o->ev, r->sub[i], -EINVAL,
				      "expected one number, found %zu",
				      one.num);
		if (one.num == 1)
			axis[i] = one.v[0];
	}
}

/* There is a table for each index. */
static void check_extents(struct gs_index_scope *o)
{
	const struct gs_shape *out = o->out;
	unsigned d;

	for (d = 0; d < out->rank; d++)
		if (out->dim[d] > GS_MAX_EXTENT)
			gs_scope_fail(
				o->ev, o->rule->sub[0], -ENOTSUP,
				"an index of the result has %lld values, at most are %d",
				(long long)out->dim[d], GS_MAX_EXTENT);
	if (!o->ev->err && !o->rule->all && o->rule->num_dims != out->rank)
		gs_scope_fail(o->ev, o->rule->sub[0], -EINVAL,
			      "the output has %u dimensions, not %u", out->rank,
			      o->rule->num_dims);
}

void gs_index_subscripts(struct gs_index_scope *o, const struct gs_shape *in,
			 struct gs_index_sum axis[GS_MAX_RANK])
{
	check_extents(o);
	if (!o->ev->err)
		open_with(o);
	if (!o->ev->err)
		(o->rule->all ? open_vector : open_list)(o, in, axis);
}
