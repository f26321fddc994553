/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/rule_index.h"
#include "compiler/codelets/rule_move.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "compiler/passes/util.h"

/* The rule with what its subscripts are */
struct mapper {
	struct gs_index_scope s;
	struct gs_index_sum *axis; /* of the input */
};

/* What all values of a term have behind the point, as the first one has */
static double fraction(const struct gs_index_sum *a, unsigned d)
{
	const double v = a->dep >> d & 1 ? gs_index_term(a, d, 0) : 0;

	return v - floor(v);
}

/* The constant of an axis with the fractions of its terms, which then are integers */
static double whole_base(const struct gs_index_sum *a)
{
	double base = a->c;
	unsigned d;

	for (d = 0; d < GS_MAX_RANK; d++)
		base += fraction(a, d);
	return base;
}

/* The least and the largest index of an axis; false: one is no integer */
static bool find_bounds(const struct gs_index_sum *a,
			const struct gs_shape *out, double *low, double *high)
{
	bool whole = whole_base(a) == floor(whole_base(a));
	unsigned d;
	int64_t i;

	*low = *high = a->c;
	for (d = 0; d < out->rank; d++) {
		double least = INFINITY, most = -INFINITY;

		for (i = 0; a->dep >> d & 1 && i < out->dim[d]; i++) {
			const double v = gs_index_term(a, d, i);

			whole &= v - fraction(a, d) == floor(v);
			least = fmin(least, v);
			most = fmax(most, v);
		}
		*low += a->dep >> d & 1 ? least : 0;
		*high += a->dep >> d & 1 ? most : 0;
	}
	return whole && *low > -0x1p40 && *high < 0x1p40;
}

static void check_axis(struct mapper *o, struct gs_move_map *map, unsigned k)
{
	const struct gs_expr *at = gs_index_place(&o->s, k);
	const struct gs_index_sum *a = &o->axis[k];
	const int64_t dim = map->in.dim[k];
	double low, high;

	if (!gs_shape_elems(&map->seen))
		return;
	if (!find_bounds(a, &map->seen, &low, &high)) {
		gs_scope_fail(o->s.ev, at, -EINVAL,
			      "an index of axis %u is no integer", k);
		return;
	}
	if (low >= 0 && high < (double)dim)
		return;
	map->outside = true;
	if (!o->s.rule->other)
		gs_scope_fail(
			o->s.ev, at, -EINVAL,
			"indices of axis %u go from %g to %g, the input has 0 to %lld",
			k, low, high, (long long)dim - 1);
	else if (!gs_index_is_single(a))
		gs_scope_fail(
			o->s.ev, at, -EINVAL,
			"several indices of the result lead out of axis %u", k);
}

/* Of index @d: what it adds along each axis, and whether that stays inside */
static int fill_tables(struct mapper *o, struct gs_graph *memory,
		       struct gs_move_map *m, unsigned d)
{
	const int64_t num = m->seen.dim[d];
	int64_t i, *table;
	unsigned k;

	for (k = 0; k < m->in.rank; k++) {
		const struct gs_index_sum *a = &o->axis[k];

		if (!(a->dep >> d & 1))
			continue;
		table = gs_graph_alloc_array(memory, (size_t)num,
					     sizeof(*table));
		if (!table)
			return -ENOMEM;
		for (i = 0; i < num; i++)
			table[i] = (int64_t)floor(gs_index_term(a, d, i));
		m->at[d][k] = table;
	}
	return 0;
}

static int fill_inside(struct mapper *o, struct gs_graph *memory,
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

static int fill_map(struct mapper *o, struct gs_graph *memory,
		    struct gs_move_map *m)
{
	unsigned d, k;
	int ret = 0;

	if (!gs_shape_elems(&m->seen))
		return 0;
	for (k = 0; k < m->in.rank; k++) {
		const struct gs_index_sum *a = &o->axis[k];

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
static void open_extents(struct mapper *o, const struct gs_shape *result,
			 struct gs_shape *seen)
{
	const struct gs_cl_move *r = o->s.rule;
	struct gs_value all = { 0 };
	unsigned i;

	*seen = *result;
	if (!r->extent[0])
		return;
	if (r->all)
		all = gs_scope_eval(o->s.ev, r->extent[0]);
	if (all.num > GS_MAX_RANK)
		gs_scope_fail(o->s.ev, r->extent[0], -EINVAL,
			      "%zu indices, at most are %d", all.num,
			      GS_MAX_RANK);
	seen->rank = r->all ? (unsigned)all.num : r->num_dims;
	for (i = 0; i < seen->rank && !o->s.ev->err; i++) {
		const struct gs_expr *e = r->extent[r->all ? 0 : i];
		const double v = r->all ? all.v[i] :
					  gs_scope_scalar(o->s.ev, e);

		if (!(v >= 0 && v <= INT32_MAX) || v != floor(v))
			gs_scope_fail(o->s.ev, e, -EINVAL,
				      "an index has %.9g values", v);
		seen->dim[i] = o->s.ev->err ? 1 : (int64_t)v;
	}
	if (!o->s.ev->err && gs_shape_elems(seen) != gs_shape_elems(result))
		gs_scope_fail(
			o->s.ev, r->extent[0], -EINVAL,
			"the indices have %lld values together, the result has %lld elements",
			(long long)gs_shape_elems(seen),
			(long long)gs_shape_elems(result));
}

static void open_map(struct mapper *o, struct gs_rule_scope *rs,
		     struct gs_move_map *map)
{
	const struct gs_cl_move *r = o->s.rule;
	unsigned i;

	open_extents(o, &rs->binding.node->output[0]->shape, &map->seen);
	if (r->other)
		map->other = gs_scope_scalar(&rs->ev, r->other);
	if (!rs->ev.err)
		gs_index_subscripts(&o->s, &map->in, o->axis);
	for (i = 0; i < map->in.rank && !rs->ev.err; i++)
		check_axis(o, map, i);
	if (!rs->ev.err)
		rs->ev.err = fill_map(o, &rs->memory, map);
}

const struct gs_tensor *gs_move_input(struct gs_rule_scope *rs)
{
	const unsigned source = gs_move_source(rs->binding.cl);
	const struct gs_tensor *x = gs_input(rs->binding.node, source);

	if (!x)
		gs_scope_misfit(&rs->ev, "input %u ('%s') is missing", source,
				rs->binding.cl->rules.move.source);
	return x;
}

struct gs_move_map *gs_move_open(struct gs_rule_scope *rs)
{
	struct gs_move_map *map = gs_graph_alloc(&rs->memory, sizeof(*map));
	struct mapper o = { .s = { .ev = &rs->ev,
				   .rule = &rs->binding.cl->rules.move } };
	const struct gs_tensor *x = gs_move_input(rs);

	o.axis =
		gs_graph_alloc_array(&rs->memory, GS_MAX_RANK, sizeof(*o.axis));
	if (!map || !o.axis) {
		rs->ev.err = -ENOMEM;
		return NULL;
	}
	if (!x)
		return NULL;
	o.s.out = &map->seen;
	map->source = gs_move_source(rs->binding.cl);
	map->in = x->shape;
	open_map(&o, rs, map);
	return rs->ev.err ? NULL : map;
}
