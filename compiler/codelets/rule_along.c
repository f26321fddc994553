/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/rule_along.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "compiler/codelets/rule_move.h"

/* Rows of elements: of each part some behind each other, and so often again */
struct gs_along {
	bool splits;
	unsigned first; /* of the inputs that are joined, or the one that is split */
	unsigned num; /* parts */
	size_t times;
	size_t row[GS_MAX_IO]; /* elements of each part */
};

static const struct gs_cl_move *rule_of(const struct gs_rule_scope *rs)
{
	return &rs->binding.cl->rules.move;
}

static int find_axis(struct gs_rule_scope *rs)
{
	const struct gs_node *node = rs->binding.node;
	const struct gs_tensor *x = node->input[gs_move_source(rs->binding.cl)];
	const double rank = x->shape.rank;
	const double given = gs_scope_scalar(&rs->ev, rule_of(rs)->along);
	const double axis = given < 0 ? given + rank : given;

	if (!(axis >= 0 && axis < rank) || axis != floor(axis))
		gs_scope_fail(&rs->ev, rule_of(rs)->along, -EINVAL,
			      "the input has no axis %g", given);
	return rs->ev.err ? -1 : (int)axis;
}

/* ---- shapes -------------------------------------------------------------- */

/* Does @t differ from the first in the extent along the axis only? */
static bool fits(const struct gs_tensor *t, const struct gs_tensor *first,
		 unsigned axis)
{
	unsigned d;

	if (!t || t->type != first->type || t->shape.rank != first->shape.rank)
		return false;
	for (d = 0; d < t->shape.rank; d++)
		if (d != axis && t->shape.dim[d] != first->shape.dim[d])
			return false;
	return true;
}

static void join_shapes(struct gs_rule_scope *rs, unsigned axis,
			struct gs_shape *out)
{
	const struct gs_node *node = rs->binding.node;
	const unsigned first = gs_move_source(rs->binding.cl);
	unsigned i;

	*out = node->input[first]->shape;
	out->dim[axis] = 0;
	for (i = first; i < node->num_inputs; i++) {
		const struct gs_tensor *t = node->input[i];

		if (!fits(t, node->input[first], axis)) {
			gs_scope_misfit(
				&rs->ev,
				"input %u does not fit input %u in type or shape",
				i, first);
			return;
		}
		if (__builtin_add_overflow(out->dim[axis], t->shape.dim[axis],
					   &out->dim[axis])) {
			gs_scope_misfit(&rs->ev, "the result is too large");
			return;
		}
	}
}

/* Each is a number of elements, and all are those of the input. */
static bool divides(const struct gs_value *into, int64_t dim)
{
	double rest = (double)dim;
	size_t i;

	for (i = 0; i < into->num; i++) {
		if (!(into->v[i] >= 0 && into->v[i] <= rest) ||
		    into->v[i] != floor(into->v[i]))
			return false;
		rest -= into->v[i];
	}
	return rest == 0;
}

static void split_shapes(struct gs_rule_scope *rs, unsigned axis,
			 struct gs_shape *out)
{
	const struct gs_node *node = rs->binding.node;
	const struct gs_shape *x =
		&node->input[gs_move_source(rs->binding.cl)]->shape;
	const struct gs_value into = gs_scope_eval(&rs->ev, rule_of(rs)->into);
	unsigned i;

	if (!rs->ev.err &&
	    (into.num != node->num_outputs || !divides(&into, x->dim[axis])))
		gs_scope_misfit(
			&rs->ev,
			"%zu parts do not divide %lld elements between %u outputs",
			into.num, (long long)x->dim[axis], node->num_outputs);
	for (i = 0; i < node->num_outputs && !rs->ev.err; i++) {
		out[i] = *x;
		out[i].dim[axis] = (int64_t)into.v[i];
	}
}

void gs_along_shapes(struct gs_rule_scope *rs, struct gs_shape *out)
{
	const int axis = find_axis(rs);

	if (axis < 0)
		return;
	if (rule_of(rs)->into)
		split_shapes(rs, (unsigned)axis, out);
	else
		join_shapes(rs, (unsigned)axis, out);
}

/* ---- elements ------------------------------------------------------------ */

static unsigned num_parts(const struct gs_rule_scope *rs)
{
	const struct gs_node *node = rs->binding.node;

	return rule_of(rs)->into ?
		       node->num_outputs :
		       node->num_inputs - gs_move_source(rs->binding.cl);
}

int gs_along_parts(struct gs_rule_scope *rs, int64_t extent[GS_MAX_IO])
{
	const struct gs_node *node = rs->binding.node;
	const unsigned first = gs_move_source(rs->binding.cl);
	const bool splits = rule_of(rs)->into;
	const int axis = find_axis(rs);
	struct gs_shape out[GS_MAX_IO];
	unsigned i;

	if (axis < 0)
		return -1;
	gs_along_shapes(rs, out);
	for (i = 0; i < num_parts(rs) && !rs->ev.err; i++)
		extent[i] = splits ? out[i].dim[axis] :
				     node->input[first + i]->shape.dim[axis];
	return rs->ev.err ? -1 : axis;
}

struct gs_along *gs_along_open(struct gs_rule_scope *rs)
{
	struct gs_along *a = gs_graph_alloc(&rs->memory, sizeof(*a));
	int64_t extent[GS_MAX_IO];
	const int axis = gs_along_parts(rs, extent);
	const struct gs_shape *x;
	size_t inner = 1;
	unsigned i, d;

	if (!a)
		rs->ev.err = -ENOMEM;
	if (rs->ev.err)
		return NULL;
	a->splits = rule_of(rs)->into;
	a->first = gs_move_source(rs->binding.cl);
	a->num = num_parts(rs);
	x = &rs->binding.node->input[a->first]->shape;
	for (d = (unsigned)axis + 1; d < x->rank; d++)
		inner *= (size_t)x->dim[d];
	for (i = 0; i < a->num; i++)
		a->row[i] = inner * (size_t)extent[i];
	for (d = 0, a->times = 1; d < (unsigned)axis; d++)
		a->times *= (size_t)x->dim[d];
	return a;
}

static void run_join(const struct gs_along *a, const void *const *in, char *to,
		     size_t size)
{
	size_t i;
	unsigned k;

	for (i = 0; i < a->times; i++)
		for (k = 0; k < a->num; k++) {
			const size_t bytes = a->row[k] * size;

			memcpy(to, (const char *)in[k] + i * bytes, bytes);
			to += bytes;
		}
}

static void run_split(const struct gs_along *a, const char *from,
		      void *const *out, size_t size)
{
	size_t i;
	unsigned k;

	for (i = 0; i < a->times; i++)
		for (k = 0; k < a->num; k++) {
			const size_t bytes = a->row[k] * size;

			if (out[k])
				memcpy((char *)out[k] + i * bytes, from, bytes);
			from += bytes;
		}
}

void gs_along_run(const struct gs_along *a, const void *const *in,
		  void *const *out, enum gs_dtype type)
{
	if (a->splits)
		run_split(a, in[a->first], out, gs_dtype_size(type));
	else
		run_join(a, in + a->first, out[0], gs_dtype_size(type));
}
