/* SPDX-License-Identifier: MIT */
/*
 * The rule "move ... between": along each axis an element of the result is one
 * of the input, or between two neighbours in proportion.
 */
#include <errno.h>
#include <math.h>

#include "compiler/codelets/rule_index.h"
#include "compiler/codelets/rule_move.h"
#include "compiler/passes/util.h"

/* ---- where elements are -------------------------------------------------- */

/* Does the subscript of an axis depend on the same axis of the result alone? */
static bool is_own(const struct gs_index_sum *a, unsigned axis)
{
	return !(a->dep & ~(1u << axis));
}

static void fill_taps(struct gs_index_scope *s, const struct gs_index_sum *a,
		      unsigned axis, int64_t dim, struct gs_tap *tap)
{
	const int64_t num = s->out->dim[axis];
	int64_t i;

	for (i = 0; i < num; i++) {
		const double at =
			a->c + (a->dep ? gs_index_term(a, axis, i) : 0);

		if (!(at >= 0 && at <= (double)(dim - 1))) {
			gs_scope_fail(
				s->ev, gs_index_place(s, axis), -EINVAL,
				"an index of axis %u is %g, the input has 0 to %lld",
				axis, at, (long long)dim - 1);
			return;
		}
		tap[i].first = (int64_t)floor(at);
		tap[i].weight = (float)(at - floor(at));
		tap[i].second = tap[i].first + (tap[i].first < dim - 1);
	}
}

static void open_axis(struct gs_rule_scope *rs, struct gs_index_scope *s,
		      struct gs_move_taps *t, const struct gs_index_sum *a,
		      unsigned axis)
{
	struct gs_tap *tap = gs_graph_alloc_array(
		&rs->memory, (size_t)t->out.dim[axis], sizeof(*tap));

	if (!tap) {
		rs->ev.err = -ENOMEM;
	} else if (!is_own(a, axis)) {
		gs_scope_fail(
			&rs->ev, gs_index_place(s, axis), -EINVAL,
			"between elements of axis %u is what its own index says alone",
			axis);
	} else {
		fill_taps(s, a, axis, t->in.dim[axis], tap);
		t->tap[axis] = tap;
	}
}

struct gs_move_taps *gs_between_open(struct gs_rule_scope *rs)
{
	struct gs_move_taps *t = gs_graph_alloc(&rs->memory, sizeof(*t));
	struct gs_index_sum *axis =
		gs_graph_alloc_array(&rs->memory, GS_MAX_RANK, sizeof(*axis));
	struct gs_index_scope s = { .ev = &rs->ev,
				    .rule = &rs->binding.cl->rules.move };
	const struct gs_tensor *x = gs_move_input(rs);
	unsigned i;

	if (!t || !axis)
		rs->ev.err = -ENOMEM;
	if (rs->ev.err)
		return NULL;
	t->source = gs_move_source(rs->binding.cl);
	t->in = x->shape;
	t->out = rs->binding.node->output[0]->shape;
	s.out = &t->out;
	gs_index_subscripts(&s, &t->in, axis);
	if (!rs->ev.err && t->in.rank != t->out.rank)
		gs_scope_fail(&rs->ev, s.rule->sub[0], -EINVAL,
			      "the result has %u dimensions, the input %u",
			      t->out.rank, t->in.rank);
	for (i = 0; i < t->out.rank && !rs->ev.err; i++)
		open_axis(rs, &s, t, &axis[i], i);
	return rs->ev.err ? NULL : t;
}

/* ---- elements ------------------------------------------------------------ */

/* Value at index @at[axis] of @axis and the axes behind it */
static float blend(const struct gs_move_taps *t, const float *x,
		   const int64_t *at, unsigned axis)
{
	const struct gs_tap *tap;
	int64_t inner = 1;
	float a, b;
	unsigned i;

	if (axis == t->in.rank)
		return *x;
	tap = &t->tap[axis][at[axis]];
	for (i = axis + 1; i < t->in.rank; i++)
		inner *= t->in.dim[i];
	a = blend(t, x + tap->first * inner, at, axis + 1);
	if (tap->weight == 0.0f)
		return a;
	b = blend(t, x + tap->second * inner, at, axis + 1);
	return a * (1.0f - tap->weight) + b * tap->weight;
}

void gs_between_run(const struct gs_move_taps *t, const float *in, float *out)
{
	const int64_t num = gs_shape_elems(&t->out);
	int64_t at[GS_MAX_RANK] = { 0 }, i;
	unsigned d;

	for (i = 0; i < num; i++) {
		out[i] = blend(t, in, at, 0);
		for (d = t->out.rank; d-- > 0;) {
			if (++at[d] < t->out.dim[d])
				break;
			at[d] = 0;
		}
	}
}
