/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/rule_step.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum kind {
	NUMBER,
	INDEX,
	READ,
	UNARY,
	BINARY,
	EXTREME, /* of two */
	COND,
	REDUCE,
};

struct gs_step {
	enum kind kind;
	double number;
	double (*fn)(double);
	enum gs_expr_kind op;
	char reduce; /* s: sum, p: product, x: maximum, n: minimum; EXTREME: x, n */
	const struct gs_step *arg[GS_CL_MAX_DIMS];
	unsigned num; /* arguments; dimensions of what is read; loops */
	unsigned slot[GS_CL_MAX_DIMS]; /* without an argument */
	int64_t extent[GS_CL_MAX_DIMS], stride[GS_CL_MAX_DIMS];
	const struct gs_step_array *array; /* READ */
	const double *values; /* READ: of an attribute; else NULL */
};

/* ---- running ------------------------------------------------------------- */

static double run_read(const struct gs_step *s, struct gs_frame *f)
{
	int64_t at = 0, i;
	unsigned d;

	for (d = 0; d < s->num; d++) {
		if (s->arg[d]) {
			const double v = gs_step_run(s->arg[d], f);

			i = v >= 0 && v < (double)s->extent[d] ? (int64_t)v :
								 -1;
		} else {
			i = f->index[s->slot[d]];
		}
		if (i < 0 || i >= s->extent[d]) {
			f->outside = true;
			return 0;
		}
		at += i * s->stride[d];
	}
	return s->values ? s->values[at] : (double)s->array->f[at];
}

static double combine(char reduce, double a, double b)
{
	switch (reduce) {
	case 's':
		return a + b;
	case 'p':
		return a * b;
	case 'x':
		return b > a ? b : a;
	default:
		return b < a ? b : a;
	}
}

/* What an element outside is in does not count. */
static double run_reduce(const struct gs_step *s, struct gs_frame *f)
{
	double result = s->reduce == 'p' ? 1 : 0;
	const bool outside = f->outside;
	int64_t saved[GS_CL_MAX_DIMS] = { 0 };
	bool any = s->reduce == 's' || s->reduce == 'p', more = true;
	unsigned d;

	for (d = 0; d < s->num; d++) {
		saved[d] = f->index[s->slot[d]];
		f->index[s->slot[d]] = 0;
	}
	while (more) {
		double v;

		f->outside = false;
		v = gs_step_run(s->arg[0], f);
		if (!f->outside)
			result = any ? combine(s->reduce, result, v) : v;
		any |= !f->outside;
		more = false;
		for (d = s->num; d-- > 0 && !more;) {
			more = ++f->index[s->slot[d]] < s->extent[d];
			if (!more)
				f->index[s->slot[d]] = 0;
		}
	}
	for (d = 0; d < s->num; d++)
		f->index[s->slot[d]] = saved[d];
	f->outside = outside;
	return result;
}

double gs_step_run(const struct gs_step *s, struct gs_frame *f)
{
	switch (s->kind) {
	case NUMBER:
		return s->number;
	case INDEX:
		return (double)f->index[s->slot[0]];
	case READ:
		return run_read(s, f);
	case UNARY:
		return s->fn(gs_step_run(s->arg[0], f));
	case BINARY: {
		const double a = gs_step_run(s->arg[0], f);

		return gs_expr_apply(s->op, a, gs_step_run(s->arg[1], f));
	}
	case EXTREME: {
		const double a = gs_step_run(s->arg[0], f);

		return combine(s->reduce, a, gs_step_run(s->arg[1], f));
	}
	case COND:
		return gs_step_run(gs_step_run(s->arg[0], f) != 0 ? s->arg[1] :
								    s->arg[2],
				   f);
	default:
		return run_reduce(s, f);
	}
}

double gs_step_cost(const struct gs_step *s)
{
	double cost = 1;
	unsigned d;

	for (d = 0; d < GS_CL_MAX_DIMS; d++)
		cost += s->arg[d] ? gs_step_cost(s->arg[d]) : 0;
	for (d = 0; d < s->num && s->kind == REDUCE; d++)
		cost *= (double)s->extent[d];
	return cost;
}

/* ---- opening ------------------------------------------------------------- */

static struct gs_step *new_step(struct gs_opener *o, enum kind kind)
{
	struct gs_step *s = gs_graph_alloc(&o->rs->memory, sizeof(*s));

	if (s)
		s->kind = kind;
	else
		o->rs->ev.err = -ENOMEM;
	return s;
}

static struct gs_step *number(struct gs_opener *o, double value)
{
	struct gs_step *s = new_step(o, NUMBER);

	if (s)
		s->number = value;
	return s;
}

/* What does not depend on an index is what it is in other rules. */
static struct gs_step *open_scope(struct gs_opener *o, const struct gs_expr *e)
{
	double v;

	o->rs->ev.undefined = false;
	v = gs_scope_scalar(&o->rs->ev, e);
	if (!o->rs->ev.err && o->rs->ev.undefined)
		gs_scope_fail(&o->rs->ev, e, -EINVAL,
			      "scales are not known in a rule 'float'");
	return o->rs->ev.err ? NULL : number(o, v);
}

static int find_index(const struct gs_opener *o, const char *name)
{
	unsigned i;

	for (i = o->num_index; i-- > 0;)
		if (o->index[i] && !strcmp(o->index[i], name))
			return (int)i;
	return -1;
}

static const struct gs_step_array *find_array(const struct gs_opener *o,
					      const char *name)
{
	unsigned i;

	for (i = 0; i < o->num_arrays; i++)
		if (!strcmp(o->array[i].name, name))
			return &o->array[i];
	return NULL;
}

static void set_strides(struct gs_step *s, const struct gs_shape *shape)
{
	int64_t stride = 1;
	unsigned d;

	s->num = shape->rank;
	for (d = shape->rank; d-- > 0;) {
		s->extent[d] = shape->dim[d];
		s->stride[d] = stride;
		stride *= shape->dim[d];
	}
}

/* x without subscripts: the element that belongs to that of the result */
static void read_implicit(struct gs_opener *o, struct gs_step *s,
			  const struct gs_expr *e)
{
	const struct gs_shape *in = &s->array->shape, *out = o->implicit;
	unsigned d, lead;

	if (gs_shape_elems(in) == 1) {
		s->num = 0;
		return;
	}
	if (!out || in->rank > out->rank) {
		gs_scope_fail(
			&o->rs->ev, e, -EINVAL,
			out ? "'%s' has more than the %u dimensions of the result" :
			      "'%s' needs subscripts (%u)",
			e->name, out ? out->rank : in->rank);
		return;
	}
	lead = out->rank - in->rank;
	for (d = 0; d < in->rank; d++) {
		s->slot[d] = lead + d;
		if (in->dim[d] == 1) {
			s->stride[d] = 0;
			s->extent[d] = INT64_MAX;
		} else if (in->dim[d] != out->dim[lead + d]) {
			gs_scope_fail(&o->rs->ev, e, -EINVAL,
				      "'%s' does not broadcast to the result",
				      e->name);
		}
	}
}

static struct gs_step *open_read(struct gs_opener *o, const struct gs_expr *e,
				 const struct gs_step_array *a)
{
	struct gs_step *s = new_step(o, READ);
	unsigned d;

	if (!s)
		return NULL;
	if (a->missing) {
		gs_scope_fail(&o->rs->ev, e, -EINVAL,
			      "'%s' is missing in this node", e->name);
		return NULL;
	}
	s->array = a;
	set_strides(s, &a->shape);
	if (e->kind == GS_EX_NAME) {
		read_implicit(o, s, e);
	} else if (e->num_args != a->shape.rank) {
		gs_scope_fail(&o->rs->ev, e, -EINVAL, "'%s' has %u dimensions",
			      e->name, a->shape.rank);
	} else {
		for (d = 0; d < e->num_args; d++)
			s->arg[d] = gs_step_open(o, e->arg[d]);
	}
	return o->rs->ev.err ? NULL : s;
}

/* An element of an attribute or a definition, perhaps one that an index picks */
static struct gs_step *open_element(struct gs_opener *o,
				    const struct gs_expr *e)
{
	const struct gs_value *v = gs_scope_find(&o->rs->ev, e->name);
	struct gs_step *s;

	if (!v || e->num_args != 1)
		return open_scope(o, e);
	s = new_step(o, READ);
	if (!s)
		return NULL;
	s->values = v->v;
	set_strides(s, &(struct gs_shape){ 1, { (int64_t)v->num } });
	s->arg[0] = gs_step_open(o, e->arg[0]);
	if (!s->arg[0] || s->arg[0]->kind != NUMBER)
		return s->arg[0] ? s : NULL;
	return open_scope(o, e);
}

static int add_loops(struct gs_opener *o, const struct gs_expr *e,
		     struct gs_step *s)
{
	unsigned i;

	for (i = 0; i < e->num_loops; i++) {
		const struct gs_expr *l = e->arg[1 + i]; /* name < extent */
		const double extent = gs_scope_scalar(&o->rs->ev, l->arg[1]);

		if (o->rs->ev.err)
			return o->rs->ev.err;
		if (!(extent >= 1 && extent <= GS_MAX_EXTENT) ||
		    extent != floor(extent))
			gs_scope_fail(&o->rs->ev, l->arg[1], -EINVAL,
				      "an extent cannot be %g", extent);
		else if (o->num_index == GS_MAX_SLOTS)
			gs_scope_fail(&o->rs->ev, e, -EINVAL,
				      "more than %d indices", GS_MAX_SLOTS);
		if (o->rs->ev.err)
			return o->rs->ev.err;
		s->slot[i] = o->num_index;
		s->extent[i] = (int64_t)extent;
		o->index[o->num_index++] = l->arg[0]->name;
	}
	s->num = e->num_loops;
	return 0;
}

/* Over all elements of the result along an axis: its index runs. */
static int add_axis(struct gs_opener *o, const struct gs_expr *e,
		    struct gs_step *s)
{
	double axis = gs_scope_scalar(&o->rs->ev, e->arg[1]);

	if (o->rs->ev.err)
		return o->rs->ev.err;
	if (!o->implicit)
		gs_scope_fail(&o->rs->ev, e, -EINVAL,
			      "'along' is for statements without indices");
	else if (axis < 0)
		axis += o->implicit->rank;
	if (o->implicit &&
	    !(axis >= 0 && axis < o->implicit->rank && axis == floor(axis)))
		gs_scope_fail(&o->rs->ev, e->arg[1], -EINVAL,
			      "the result has no axis %g", axis);
	if (o->rs->ev.err)
		return o->rs->ev.err;
	s->slot[0] = (unsigned)axis;
	s->extent[0] = o->implicit->dim[(unsigned)axis];
	s->num = 1;
	return 0;
}

static struct gs_step *open_reduce(struct gs_opener *o, const struct gs_expr *e)
{
	const unsigned num_index = o->num_index;
	struct gs_step *s = new_step(o, REDUCE);

	if (!s)
		return NULL;
	s->reduce = !strcmp(e->name, "sum")  ? 's' :
		    !strcmp(e->name, "prod") ? 'p' :
		    !strcmp(e->name, "max")  ? 'x' :
					       'n';
	if (e->num_loops ? add_loops(o, e, s) : add_axis(o, e, s))
		return NULL;
	s->arg[0] = gs_step_open(o, e->arg[0]);
	o->num_index = num_index;
	return s->arg[0] ? s : NULL;
}

/* Arguments are opened; what is made of numbers is a number. */
static struct gs_step *finish(struct gs_opener *o, const struct gs_expr *e,
			      struct gs_step *s)
{
	bool known = true;
	unsigned i;

	for (i = 0; i < e->num_args; i++) {
		s->arg[i] = gs_step_open(o, e->arg[i]);
		if (!s->arg[i])
			return NULL;
		known &= s->arg[i]->kind == NUMBER;
	}
	return known ? number(o, gs_step_run(s, NULL)) : s;
}

static double negate(double x)
{
	return -x;
}

static double is_zero(double x)
{
	return x == 0;
}

/* max and min of up to three values */
static struct gs_step *open_extreme(struct gs_opener *o,
				    const struct gs_expr *e)
{
	struct gs_step *left = gs_step_open(o, e->arg[0]);
	unsigned i;

	for (i = 1; i < e->num_args && left; i++) {
		struct gs_step *s = new_step(o, EXTREME);

		if (!s)
			return NULL;
		s->reduce = !strcmp(e->name, "max") ? 'x' : 'n';
		s->arg[0] = left;
		s->arg[1] = gs_step_open(o, e->arg[i]);
		left = s->arg[1] ? s : NULL;
	}
	return left;
}

static struct gs_step *open_call(struct gs_opener *o, const struct gs_expr *e)
{
	double (*fn)(double) = gs_expr_function(e->name);
	struct gs_step *s;

	if (e->num_args > 1 &&
	    (!strcmp(e->name, "max") || !strcmp(e->name, "min")))
		return open_extreme(o, e);
	if (!fn || e->num_args != 1)
		return open_scope(o, e);
	s = new_step(o, UNARY);
	if (!s)
		return NULL;
	s->fn = fn;
	return finish(o, e, s);
}

static struct gs_step *open_name(struct gs_opener *o, const struct gs_expr *e)
{
	const int slot = find_index(o, e->name);
	const struct gs_step_array *a = find_array(o, e->name);
	struct gs_step *s;

	if (slot < 0)
		return a ? open_read(o, e, a) : open_scope(o, e);
	s = new_step(o, INDEX);
	if (s)
		s->slot[0] = (unsigned)slot;
	return s;
}

/* A condition that is known picks its branch: the other may be about what is missing. */
static struct gs_step *open_cond(struct gs_opener *o, const struct gs_expr *e)
{
	struct gs_step *cond = gs_step_open(o, e->arg[0]), *s;

	if (!cond)
		return NULL;
	if (cond->kind == NUMBER)
		return gs_step_open(o, e->arg[cond->number != 0 ? 1 : 2]);
	s = new_step(o, COND);
	if (!s)
		return NULL;
	s->arg[0] = cond;
	s->arg[1] = gs_step_open(o, e->arg[1]);
	s->arg[2] = gs_step_open(o, e->arg[2]);
	return s->arg[1] && s->arg[2] ? s : NULL;
}

static struct gs_step *open_operator(struct gs_opener *o,
				     const struct gs_expr *e)
{
	const bool unary = e->kind == GS_EX_NEG || e->kind == GS_EX_NOT;
	struct gs_step *s = new_step(o, unary ? UNARY : BINARY);

	if (!s)
		return NULL;
	s->fn = e->kind == GS_EX_NEG ? negate : is_zero;
	s->op = e->kind;
	return finish(o, e, s);
}

struct gs_step *gs_step_open(struct gs_opener *o, const struct gs_expr *e)
{
	const struct gs_step_array *a;

	if (o->rs->ev.err)
		return NULL;
	switch (e->kind) {
	case GS_EX_NUMBER:
		return number(o, e->number);
	case GS_EX_NAME:
		return open_name(o, e);
	case GS_EX_INDEX:
		a = find_array(o, e->name);
		return a ? open_read(o, e, a) : open_element(o, e);
	case GS_EX_CALL:
		return open_call(o, e);
	case GS_EX_COND:
		return open_cond(o, e);
	case GS_EX_REDUCE:
		return open_reduce(o, e);
	default:
		return open_operator(o, e);
	}
}
