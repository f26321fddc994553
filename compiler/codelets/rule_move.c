/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/rule_move.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "compiler/passes/util.h"

/* A number: constant, and a term for each index of the result it depends on */
struct comp {
	double c;
	unsigned dep; /* bit d: index d */
	double slope[GS_MAX_RANK];
	const double *table[GS_MAX_RANK]; /* instead of the slope */
};

/* One combines with any number of others. */
struct vec {
	struct comp *v;
	size_t num;
};

struct opener {
	struct gs_scope *ev;
	const struct gs_cl_move *rule;
	const struct gs_shape *out; /* as the indices see it */
	struct comp *axis; /* of the input */
	bool has_other;
};

static struct vec open_expr(struct opener *o, const struct gs_expr *e);

/* ---- numbers ------------------------------------------------------------- */

static struct vec new_vec(struct opener *o, size_t num)
{
	struct vec r = { NULL, num };

	if (!o->ev->err)
		r.v = gs_graph_alloc_array(o->ev->graph, num, sizeof(*r.v));
	if (!r.v)
		o->ev->err = o->ev->err ? o->ev->err : -ENOMEM;
	return r.v ? r : (struct vec){ 0 };
}

static double term(const struct comp *a, unsigned d, int64_t i)
{
	return a->table[d] ? a->table[d][i] : a->slope[d] * (double)i;
}

static bool is_one_bit(unsigned mask)
{
	return !(mask & (mask - 1));
}

static unsigned bit_of(unsigned mask)
{
	unsigned d = 0;

	while (!(mask >> d & 1))
		d++;
	return d;
}

/* a + factor b */
static void add(struct opener *o, const struct gs_expr *e, const struct comp *a,
		const struct comp *b, double factor, struct comp *out)
{
	unsigned d;

	*out = (struct comp){ .c = a->c + factor * b->c,
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
			table[i] = term(a, d, i) + factor * term(b, d, i);
		out->table[d] = table;
	}
}

typedef double apply_fn(const void *ctx, double a, double b);

/* Any function of numbers that depend on one index together */
static void apply(struct opener *o, const struct gs_expr *e,
		  const struct comp *a, const struct comp *b, apply_fn *fn,
		  const void *ctx, struct comp *out)
{
	const unsigned dep = a->dep | b->dep;
	double *table;
	int64_t i;
	unsigned d;

	*out = (struct comp){ .c = dep ? 0 : fn(ctx, a->c, b->c), .dep = dep };
	if (!dep)
		return;
	if (!is_one_bit(dep)) {
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
		table[i] = fn(ctx, a->c + term(a, d, i), b->c + term(b, d, i));
	out->table[d] = table;
}

/* ---- expressions --------------------------------------------------------- */

/* Number of the index of this name; -1: none; rank: the vector of all */
static int find_index(const struct opener *o, const char *name)
{
	unsigned d;

	if (o->rule->all)
		return strcmp(o->rule->index[0], name) ? -1 : (int)o->out->rank;
	for (d = 0; d < o->rule->num_dims; d++)
		if (!strcmp(o->rule->index[d], name))
			return (int)d;
	return -1;
}

static bool depends(const struct opener *o, const struct gs_expr *e)
{
	unsigned i;

	if ((e->kind == GS_EX_NAME || e->kind == GS_EX_INDEX) &&
	    find_index(o, e->name) >= 0)
		return true;
	for (i = 0; i < e->num_args; i++)
		if (depends(o, e->arg[i]))
			return true;
	return false;
}

static struct vec constants(struct opener *o, const struct gs_expr *e)
{
	const struct gs_value val = gs_scope_eval(o->ev, e);
	struct vec r = new_vec(o, val.num);
	size_t i;

	for (i = 0; i < r.num; i++)
		r.v[i].c = val.v[i];
	return r;
}

static struct vec index_vector(struct opener *o, int which)
{
	const bool all = which == (int)o->out->rank;
	struct vec r = new_vec(o, all ? o->out->rank : 1);
	size_t i;

	for (i = 0; i < r.num; i++) {
		const unsigned d = all ? (unsigned)i : (unsigned)which;

		r.v[i].dep = 1u << d;
		r.v[i].slope[d] = 1;
	}
	return r;
}

/* i[k]: of the vector of all indices those that k lists */
static struct vec pick(struct opener *o, const struct gs_expr *e, int which)
{
	const struct vec all = index_vector(o, which);
	const struct vec k = open_expr(o, e->arg[0]);
	struct vec r = new_vec(o, k.num);
	size_t i;

	for (i = 0; i < r.num; i++) {
		if (k.v[i].dep || !(k.v[i].c >= 0) ||
		    !(k.v[i].c < (double)all.num) ||
		    k.v[i].c != floor(k.v[i].c)) {
			gs_scope_fail(o->ev, e, -EINVAL,
				      "'%s' has %zu elements, there is no %g",
				      e->name, all.num, k.v[i].c);
			return (struct vec){ 0 };
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
static struct vec open_element(struct opener *o, const struct gs_expr *e)
{
	const int which = find_index(o, e->name);
	const struct gs_value *list = gs_scope_find(o->ev, e->name);
	struct vec k, r;
	size_t i;

	if (which >= 0 && e->num_args == 1)
		return pick(o, e, which);
	if (!list || e->num_args != 1) {
		gs_scope_fail(o->ev, e, -EINVAL, "'%s' is no list", e->name);
		return (struct vec){ 0 };
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

static struct vec map_unary(struct opener *o, const struct gs_expr *e,
			    double (*fn)(double))
{
	const struct vec a = open_expr(o, e->arg[0]);
	struct vec r = new_vec(o, a.num);
	size_t i;

	for (i = 0; i < r.num; i++)
		apply(o, e, &a.v[i], &a.v[i], unary, &fn, &r.v[i]);
	return r;
}

/* What is linear keeps its terms apart. */
static void combine_two(struct opener *o, const struct gs_expr *e,
			const struct comp *a, const struct comp *b,
			struct comp *out)
{
	const bool less = e->kind == GS_EX_CALL && !strcmp(e->name, "min");
	static const struct comp zero;

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

static struct vec combine(struct opener *o, const struct gs_expr *e,
			  const struct vec *a, const struct vec *b)
{
	struct vec r;
	size_t i;

	if (o->ev->err)
		return (struct vec){ 0 };
	if (a->num != b->num && a->num != 1 && b->num != 1) {
		gs_scope_fail(o->ev, e, -EINVAL,
			      "vectors of %zu and %zu elements", a->num,
			      b->num);
		return (struct vec){ 0 };
	}
	r = new_vec(o, a->num == 1 ? b->num : a->num);
	for (i = 0; i < r.num; i++)
		combine_two(o, e, &a->v[a->num == 1 ? 0 : i],
			    &b->v[b->num == 1 ? 0 : i], &r.v[i]);
	return r;
}

/* One behind the other */
static struct vec open_join(struct opener *o, const struct gs_expr *e)
{
	struct vec part[GS_CL_MAX_EXPR_ARGS], r = { 0 };
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

static struct vec open_call(struct opener *o, const struct gs_expr *e)
{
	const bool folds = !strcmp(e->name, "max") || !strcmp(e->name, "min") ||
			   !strcmp(e->name, "mod");
	double (*fn)(double) = gs_expr_function(e->name);
	struct vec r, next;
	unsigned i;

	if (!strcmp(e->name, "join"))
		return open_join(o, e);
	if (fn && e->num_args == 1)
		return map_unary(o, e, fn);
	if (!folds || e->num_args < 2) {
		gs_scope_fail(o->ev, e, -EINVAL,
			      "'%s' is no function of indices", e->name);
		return (struct vec){ 0 };
	}
	r = open_expr(o, e->arg[0]);
	for (i = 1; i < e->num_args; i++) {
		next = open_expr(o, e->arg[i]);
		r = combine(o, e, &r, &next);
	}
	return r;
}

static struct vec open_operator(struct opener *o, const struct gs_expr *e)
{
	const struct comp zero = { 0 };
	struct vec a, b;
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

static struct vec open_cond(struct opener *o, const struct gs_expr *e)
{
	if (depends(o, e->arg[0])) {
		gs_scope_fail(
			o->ev, e, -EINVAL,
			"in a movement, a condition cannot depend on indices");
		return (struct vec){ 0 };
	}
	return open_expr(
		o, e->arg[gs_scope_scalar(o->ev, e->arg[0]) != 0 ? 1 : 2]);
}

static struct vec open_expr(struct opener *o, const struct gs_expr *e)
{
	if (o->ev->err)
		return (struct vec){ 0 };
	if (!depends(o, e))
		return constants(o, e);
	switch (e->kind) {
	case GS_EX_NAME:
		return index_vector(o, find_index(o, e->name));
	case GS_EX_INDEX:
		return open_element(o, e);
	case GS_EX_CALL:
		return open_call(o, e);
	case GS_EX_COND:
		return open_cond(o, e);
	case GS_EX_REDUCE:
		gs_scope_fail(o->ev, e, -EINVAL,
			      "a movement has no reductions");
		return (struct vec){ 0 };
	default:
		return open_operator(o, e);
	}
}

/* ---- the map ------------------------------------------------------------- */

static void open_subscripts(struct opener *o, struct gs_move_map *map)
{
	const struct gs_cl_move *r = o->rule;
	struct vec one, all = { 0 };
	size_t have;
	unsigned i;

	if (r->all)
		all = open_expr(o, r->sub[0]);
	/* A scalar goes with any number of axes. */
	have = r->all ? all.num : r->num_subs;
	if (o->ev->err)
		return;
	if (have != map->in.rank && !(r->all && have == 1)) {
		gs_scope_fail(o->ev, r->sub[0], -EINVAL,
			      "'%s' has %u dimensions, not %zu", r->source,
			      map->in.rank, have);
		return;
	}
	for (i = 0; i < map->in.rank && !o->ev->err; i++) {
		if (r->all) {
			o->axis[i] = all.v[have == 1 ? 0 : i];
			continue;
		}
		one = open_expr(o, r->sub[i]);
		if (one.num > 1)
			gs_scope_fail(o->ev, r->sub[i], -EINVAL,
				      "expected one number, found %zu",
				      one.num);
		if (one.num == 1)
			o->axis[i] = one.v[0];
	}
}

/* What all values of a term have behind the point, as the first one has */
static double fraction(const struct comp *a, unsigned d)
{
	const double v = a->dep >> d & 1 ? term(a, d, 0) : 0;

	return v - floor(v);
}

/* The constant of an axis with the fractions of its terms, which then are integers */
static double whole_base(const struct comp *a)
{
	double base = a->c;
	unsigned d;

	for (d = 0; d < GS_MAX_RANK; d++)
		base += fraction(a, d);
	return base;
}

/* The least and the largest index of an axis; false: one is no integer */
static bool find_bounds(const struct comp *a, const struct gs_shape *out,
			double *low, double *high)
{
	bool whole = whole_base(a) == floor(whole_base(a));
	unsigned d;
	int64_t i;

	*low = *high = a->c;
	for (d = 0; d < out->rank; d++) {
		double least = INFINITY, most = -INFINITY;

		for (i = 0; a->dep >> d & 1 && i < out->dim[d]; i++) {
			const double v = term(a, d, i);

			whole &= v - fraction(a, d) == floor(v);
			least = fmin(least, v);
			most = fmax(most, v);
		}
		*low += a->dep >> d & 1 ? least : 0;
		*high += a->dep >> d & 1 ? most : 0;
	}
	return whole && *low > -0x1p40 && *high < 0x1p40;
}

static void check_axis(struct opener *o, struct gs_move_map *map, unsigned k)
{
	const struct gs_expr *at = o->rule->sub[o->rule->all ? 0 : k];
	const struct comp *a = &o->axis[k];
	const int64_t dim = map->in.dim[k];
	double low, high;

	if (!gs_shape_elems(&map->seen))
		return;
	if (!find_bounds(a, &map->seen, &low, &high)) {
		gs_scope_fail(o->ev, at, -EINVAL,
			      "an index of axis %u is no integer", k);
		return;
	}
	if (low >= 0 && high < (double)dim)
		return;
	map->outside = true;
	if (!o->has_other)
		gs_scope_fail(
			o->ev, at, -EINVAL,
			"indices of axis %u go from %g to %g, the input has 0 to %lld",
			k, low, high, (long long)dim - 1);
	else if (!is_one_bit(a->dep))
		gs_scope_fail(
			o->ev, at, -EINVAL,
			"several indices of the result lead out of axis %u", k);
}

/* Of index @d: what it adds along each axis, and whether that stays inside */
static int fill_tables(struct opener *o, struct gs_graph *memory,
		       struct gs_move_map *m, unsigned d)
{
	const int64_t num = m->seen.dim[d];
	int64_t i, *table;
	unsigned k;

	for (k = 0; k < m->in.rank; k++) {
		const struct comp *a = &o->axis[k];

		if (!(a->dep >> d & 1))
			continue;
		table = gs_graph_alloc_array(memory, (size_t)num,
					     sizeof(*table));
		if (!table)
			return -ENOMEM;
		for (i = 0; i < num; i++)
			table[i] = (int64_t)floor(term(a, d, i));
		m->at[d][k] = table;
	}
	return 0;
}

static int fill_inside(struct opener *o, struct gs_graph *memory,
		       struct gs_move_map *m, unsigned d)
{
	const int64_t num = m->seen.dim[d];
	bool *inside;
	unsigned k;
	int64_t i;

	inside = gs_graph_alloc_array(memory, (size_t)num, sizeof(*inside));
	if (!inside)
		return -ENOMEM;
	memset(inside, 1, (size_t)num);
	for (k = 0; k < m->in.rank; k++)
		for (i = 0; o->axis[k].dep == 1u << d && i < num; i++) {
			const int64_t at = m->base[k] + m->at[d][k][i];

			inside[i] &= at >= 0 && at < m->in.dim[k];
		}
	m->inside[d] = inside;
	return 0;
}

static int fill_map(struct opener *o, struct gs_graph *memory,
		    struct gs_move_map *m)
{
	unsigned d, k;
	int ret = 0;

	if (!gs_shape_elems(&m->seen))
		return 0;
	for (k = 0; k < m->in.rank; k++) {
		const struct comp *a = &o->axis[k];

		m->base[k] = (int64_t)whole_base(a);
		if (!a->dep)
			m->nothing |= m->base[k] < 0 ||
				      m->base[k] >= m->in.dim[k];
	}
	for (d = 0; d < m->seen.rank && !ret; d++)
		ret = fill_tables(o, memory, m, d);
	for (d = 0; d < m->seen.rank && m->outside && !ret; d++)
		ret = fill_inside(o, memory, m, d);
	return ret;
}

unsigned gs_move_source(const struct gs_codelet *cl)
{
	unsigned i;

	for (i = 0; i < cl->num_operands; i++)
		if (!strcmp(cl->operand[i].name, cl->rules.move.source))
			return (unsigned)gs_rule_input(cl, i);
	return 0;
}

/* The result as the indices see it: of its shape, or of extents of their own */
static void open_extents(struct opener *o, const struct gs_shape *result,
			 struct gs_shape *seen)
{
	const struct gs_cl_move *r = o->rule;
	struct gs_value all = { 0 };
	unsigned i;

	*seen = *result;
	if (!r->extent[0])
		return;
	if (r->all)
		all = gs_scope_eval(o->ev, r->extent[0]);
	if (all.num > GS_MAX_RANK)
		gs_scope_fail(o->ev, r->extent[0], -EINVAL,
			      "%zu indices, at most are %d", all.num,
			      GS_MAX_RANK);
	seen->rank = r->all ? (unsigned)all.num : r->num_dims;
	for (i = 0; i < seen->rank && !o->ev->err; i++) {
		const struct gs_expr *e = r->extent[r->all ? 0 : i];
		const double v = r->all ? all.v[i] : gs_scope_scalar(o->ev, e);

		if (!(v >= 0 && v <= INT32_MAX) || v != floor(v))
			gs_scope_fail(o->ev, e, -EINVAL,
				      "an index has %.9g values", v);
		seen->dim[i] = o->ev->err ? 1 : (int64_t)v;
	}
	if (!o->ev->err && gs_shape_elems(seen) != gs_shape_elems(result))
		gs_scope_fail(
			o->ev, r->extent[0], -EINVAL,
			"the indices have %lld values together, the result has %lld elements",
			(long long)gs_shape_elems(seen),
			(long long)gs_shape_elems(result));
}

/* There is a table for each index. */
static void check_seen(struct opener *o, const struct gs_shape *seen)
{
	unsigned d;

	for (d = 0; d < seen->rank; d++)
		if (seen->dim[d] > GS_MAX_EXTENT)
			gs_scope_fail(
				o->ev, o->rule->sub[0], -ENOTSUP,
				"an index of the result has %lld values, at most are %d",
				(long long)seen->dim[d], GS_MAX_EXTENT);
}

static void open_map(struct opener *o, struct gs_rule_scope *rs,
		     struct gs_move_map *map)
{
	const struct gs_cl_move *r = o->rule;
	unsigned i;

	open_extents(o, &rs->binding.node->output[0]->shape, &map->seen);
	check_seen(o, &map->seen);
	if (!rs->ev.err && !r->all && r->num_dims != map->seen.rank)
		gs_scope_fail(&rs->ev, r->sub[0], -EINVAL,
			      "the output has %u dimensions, not %u",
			      map->seen.rank, r->num_dims);
	if (r->other) {
		o->has_other = true;
		map->other = gs_scope_scalar(&rs->ev, r->other);
	}
	if (!rs->ev.err)
		open_subscripts(o, map);
	for (i = 0; i < map->in.rank && !rs->ev.err; i++)
		check_axis(o, map, i);
	if (!rs->ev.err)
		rs->ev.err = fill_map(o, &rs->memory, map);
}

struct gs_move_map *gs_move_open(struct gs_rule_scope *rs)
{
	struct gs_move_map *map = gs_graph_alloc(&rs->memory, sizeof(*map));
	struct opener o = { .ev = &rs->ev,
			    .rule = &rs->binding.cl->rules.move };
	const struct gs_tensor *x;

	o.axis =
		gs_graph_alloc_array(&rs->memory, GS_MAX_RANK, sizeof(*o.axis));
	if (!map || !o.axis) {
		rs->ev.err = -ENOMEM;
		return NULL;
	}
	o.out = &map->seen;
	map->source = gs_move_source(rs->binding.cl);
	x = gs_input(rs->binding.node, map->source);
	if (!x) {
		gs_scope_misfit(&rs->ev, "input %u ('%s') is missing",
				map->source, o.rule->source);
		return NULL;
	}
	map->in = x->shape;
	open_map(&o, rs, map);
	return rs->ev.err ? NULL : map;
}
