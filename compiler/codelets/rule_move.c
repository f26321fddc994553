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

struct gs_index_map {
	struct gs_shape in, out;
	struct comp *axis; /* of the input */
	bool outside; /* some elements are not of the input */
	bool has_other;
	double other; /* what these are */
	int64_t base; /* element of the input without any index */
	int64_t *offset[GS_MAX_RANK]; /* by index of the result, in elements */
	bool *inside[GS_MAX_RANK]; /* is that one of the input? */
	bool known; /* those that depend on no index are */
};

struct opener {
	struct gs_scope *ev;
	const struct gs_cl_move *rule;
	const struct gs_shape *out;
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

	if (!a->num || !b->num)
		return (struct vec){ 0 };
	if (a->num != b->num && a->num != 1 && b->num != 1) {
		gs_scope_fail(o->ev, e, -EINVAL,
			      "vectors of %zu and %zu elements", a->num,
			      b->num);
		return (struct vec){ 0 };
	}
	r = new_vec(o, a->num > b->num ? a->num : b->num);
	for (i = 0; i < r.num; i++)
		combine_two(o, e, &a->v[a->num == 1 ? 0 : i],
			    &b->v[b->num == 1 ? 0 : i], &r.v[i]);
	return r;
}

static struct vec open_call(struct opener *o, const struct gs_expr *e)
{
	const bool folds = !strcmp(e->name, "max") || !strcmp(e->name, "min") ||
			   !strcmp(e->name, "mod");
	double (*fn)(double) = gs_expr_function(e->name);
	struct vec r, next;
	unsigned i;

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

static void open_subscripts(struct opener *o, struct gs_index_map *map)
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
			map->axis[i] = all.v[have == 1 ? 0 : i];
			continue;
		}
		one = open_expr(o, r->sub[i]);
		if (one.num > 1)
			gs_scope_fail(o->ev, r->sub[i], -EINVAL,
				      "expected one number, found %zu",
				      one.num);
		if (one.num == 1)
			map->axis[i] = one.v[0];
	}
}

/* The least and the largest index of an axis; false: one is no integer */
static bool find_bounds(const struct comp *a, const struct gs_shape *out,
			double *low, double *high)
{
	bool whole = a->c == floor(a->c);
	unsigned d;
	int64_t i;

	*low = *high = a->c;
	for (d = 0; d < out->rank; d++) {
		double least = INFINITY, most = -INFINITY;

		for (i = 0; a->dep >> d & 1 && i < out->dim[d]; i++) {
			const double v = term(a, d, i);

			whole &= v == floor(v);
			least = fmin(least, v);
			most = fmax(most, v);
		}
		*low += a->dep >> d & 1 ? least : 0;
		*high += a->dep >> d & 1 ? most : 0;
	}
	return whole && *low > -0x1p40 && *high < 0x1p40;
}

static void check_axis(struct opener *o, struct gs_index_map *map, unsigned k)
{
	const struct gs_expr *at = o->rule->sub[o->rule->all ? 0 : k];
	const struct comp *a = &map->axis[k];
	const int64_t dim = map->in.dim[k];
	double low, high;

	if (!gs_shape_elems(&map->out))
		return;
	if (!find_bounds(a, &map->out, &low, &high)) {
		gs_scope_fail(o->ev, at, -EINVAL,
			      "an index of axis %u is no integer", k);
		return;
	}
	if (low >= 0 && high < (double)dim)
		return;
	map->outside = true;
	if (!map->has_other)
		gs_scope_fail(
			o->ev, at, -EINVAL,
			"indices of axis %u go from %g to %g, the input has 0 to %lld",
			k, low, high, (long long)dim - 1);
	else if (!is_one_bit(a->dep))
		gs_scope_fail(
			o->ev, at, -EINVAL,
			"several indices of the result lead out of axis %u", k);
}

/* Of index @d: how far its values go in the input, and whether they stay there */
static int fill_tables(struct gs_graph *memory, struct gs_index_map *m,
		       unsigned d)
{
	const int64_t num = m->out.dim[d];
	int64_t stride = 1, i;
	unsigned k;

	m->offset[d] = gs_graph_alloc_array(memory, (size_t)num,
					    sizeof(*m->offset[d]));
	m->inside[d] = gs_graph_alloc_array(memory, (size_t)num,
					    sizeof(*m->inside[d]));
	if (!m->offset[d] || !m->inside[d])
		return -ENOMEM;
	memset(m->inside[d], 1, (size_t)num);
	for (k = m->in.rank; k-- > 0; stride *= m->in.dim[k]) {
		const struct comp *a = &m->axis[k];

		for (i = 0; a->dep >> d & 1 && i < num; i++) {
			const double v = term(a, d, i);

			m->offset[d][i] += (int64_t)v * stride;
			if (m->outside && a->dep == 1u << d)
				m->inside[d][i] &= v + a->c >= 0 &&
						   v + a->c <
							   (double)m->in.dim[k];
		}
	}
	return 0;
}

static int fill_map(struct gs_graph *memory, struct gs_index_map *m)
{
	int64_t stride = 1;
	unsigned d, k;
	int ret = 0;

	for (d = 0; d < m->out.rank && !ret; d++)
		ret = fill_tables(memory, m, d);
	m->known = true;
	for (k = m->in.rank; k-- > 0; stride *= m->in.dim[k]) {
		const struct comp *a = &m->axis[k];

		m->base += (int64_t)a->c * stride;
		if (!a->dep)
			m->known &= a->c >= 0 && a->c < (double)m->in.dim[k];
	}
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

struct gs_index_map *gs_move_open(struct gs_rule_scope *rs)
{
	const struct gs_cl_move *r = &rs->binding.cl->rules.move;
	const struct gs_node *node = rs->binding.node;
	struct gs_index_map *map = gs_graph_alloc(&rs->memory, sizeof(*map));
	struct opener o = { .ev = &rs->ev, .rule = r };
	unsigned i;

	if (map) {
		map->out = node->output[0]->shape;
		map->in = node->input[gs_move_source(rs->binding.cl)]->shape;
		map->axis = gs_graph_alloc_array(&rs->memory, GS_MAX_RANK,
						 sizeof(*map->axis));
	}
	if (!map || !map->axis) {
		rs->ev.err = -ENOMEM;
		return NULL;
	}
	o.out = &map->out;
	if (!r->all && r->num_dims != map->out.rank)
		gs_scope_fail(&rs->ev, r->sub[0], -EINVAL,
			      "the output has %u dimensions, not %u",
			      map->out.rank, r->num_dims);
	if (r->other) {
		map->has_other = true;
		map->other = gs_scope_scalar(&rs->ev, r->other);
	}
	if (!rs->ev.err)
		open_subscripts(&o, map);
	for (i = 0; i < map->in.rank && !rs->ev.err; i++)
		check_axis(&o, map, i);
	if (!rs->ev.err)
		rs->ev.err = fill_map(&rs->memory, map);
	return rs->ev.err ? NULL : map;
}

/* ---- elements ------------------------------------------------------------ */

struct run {
	const struct gs_index_map *map;
	const char *in;
	char *out;
	size_t size;
	int64_t other[1]; /* an element */
};

static void move_row(const struct run *r, int64_t from, bool inside,
		     int64_t row)
{
	const unsigned d = r->map->out.rank - 1;
	const int64_t num = r->map->out.dim[d];
	const int64_t *offset = r->map->offset[d];
	char *to = r->out + (size_t)(row * num) * r->size;
	int64_t i;

	for (i = 0; i < num; i++, to += r->size)
		if (inside && r->map->inside[d][i])
			memcpy(to,
			       r->in + (from + offset[i]) * (int64_t)r->size,
			       r->size);
		else
			memcpy(to, r->other, r->size);
}

/* Do rows stand in the input as in the result? */
static bool is_run(const struct gs_index_map *m)
{
	const unsigned d = m->out.rank - 1;
	int64_t i;

	for (i = 0; i < m->out.dim[d]; i++)
		if (m->offset[d][i] != m->offset[d][0] + i || !m->inside[d][i])
			return false;
	return true;
}

static void move_rows(const struct run *r)
{
	const struct gs_index_map *m = r->map;
	const unsigned last = m->out.rank - 1;
	const int64_t num = m->out.dim[last];
	const size_t bytes = (size_t)num * r->size;
	int64_t index[GS_MAX_RANK] = { 0 }, rows = num ? 1 : 0, row;
	const bool run = num && is_run(m);
	unsigned d;

	for (d = 0; d < last; d++)
		rows *= m->out.dim[d];
	for (row = 0; row < rows; row++) {
		int64_t from = m->base;
		bool inside = m->known;

		for (d = 0; d < last; d++) {
			from += m->offset[d][index[d]];
			inside &= m->inside[d][index[d]];
		}
		if (run && inside)
			memcpy(r->out + (size_t)row * bytes,
			       r->in + (from + m->offset[last][0]) *
					       (int64_t)r->size,
			       bytes);
		else
			move_row(r, from, inside, row);
		for (d = last; d-- > 0;) {
			if (++index[d] < m->out.dim[d])
				break;
			index[d] = 0;
		}
	}
}

void gs_move_run(const struct gs_index_map *map, const void *in, void *out,
		 enum gs_dtype type)
{
	struct run r = {
		.map = map, .in = in, .out = out, .size = gs_dtype_size(type)
	};
	const float other = (float)map->other;

	if (type == GS_DT_F32)
		memcpy(r.other, &other, sizeof(other));
	else if (fabs(map->other) < 0x1p31)
		gs_put_int(r.other, type, 0, (int64_t)map->other);
	if (map->out.rank)
		move_rows(&r);
	else if (map->known)
		memcpy(out, r.in + map->base * (int64_t)r.size, r.size);
	else
		memcpy(out, r.other, r.size);
}
