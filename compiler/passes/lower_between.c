/* SPDX-License-Identifier: MIT */
/*
 * What lies between elements of the input, as in a Resize, axis by axis. Which
 * ones an element of the result is made of is a table; it is cut into pieces
 * that walk evenly on both sides, as the phases of an integer factor do. A piece
 * is copied, or interpolated by a node Lerp. Two roundings, one for each axis,
 * are within one step of one.
 */
#include <errno.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/lower.h"
#include "compiler/passes/util.h"

#define MAX_PERIOD 8

/* @num elements from @to on, @period apart, made of those from @from on, @step apart. */
struct piece {
	int64_t to, num, from, step;
	bool blend;
};

struct axis {
	unsigned axis;
	int64_t in, out;
	const struct gs_tap *tap;
	int64_t period;
};

static bool blends(const struct gs_tap *t)
{
	return t->weight != 0.0f && t->second != t->first;
}

/* The longest piece that begins with element @to. */
static void piece_at(const struct axis *a, int64_t period, int64_t to,
		     struct piece *p)
{
	const struct gs_tap *t = a->tap;
	int64_t next = to + period;

	*p = (struct piece){
		.to = to, .num = 1, .from = t[to].first, .blend = blends(&t[to])
	};
	if (next < a->out)
		p->step = t[next].first - p->from;
	while (next < a->out && blends(&t[next]) == p->blend &&
	       t[next].first == p->from + p->num * p->step) {
		p->num++;
		next += period;
	}
}

static int64_t count_pieces(const struct axis *a, int64_t period)
{
	int64_t phase, to, num = 0;
	struct piece p;

	for (phase = 0; phase < period; phase++)
		for (to = phase; to < a->out; to += p.num * period, num++)
			piece_at(a, period, to, &p);
	return num;
}

static void choose_period(struct axis *a)
{
	int64_t best = INT64_MAX, period, num;

	for (period = 1; period <= MAX_PERIOD && period <= a->out; period++) {
		num = count_pieces(a, period);
		if (num >= best)
			continue;
		best = num;
		a->period = period;
	}
}

/* Each element the same number of times, one after the other. */
static bool repeats(const struct axis *a)
{
	int64_t i;

	for (i = 0; i < a->out; i++)
		if (a->out % a->in || blends(&a->tap[i]) ||
		    a->tap[i].first != i / (a->out / a->in))
			return false;
	return true;
}

static bool take(struct gs_lview *view, unsigned axis, int64_t start,
		 int64_t step, int64_t num)
{
	if (num == 1 || step)
		return gs_lview_slice(view, axis, start, step, num);
	return gs_lview_slice(view, axis, start, 1, 1) &&
	       gs_lview_repeat(view, axis, num, false);
}

static struct gs_tensor *weights(struct gs_lower *l, const struct axis *a,
				 const struct piece *p,
				 const struct gs_tensor *like)
{
	const struct gs_shape shape = { 1, { p->num } };
	struct gs_tensor *t;
	void *data = NULL;
	int64_t i;

	t = gs_add_constant(l->graph,
			    gs_graph_printf(l->graph, "%s/weights", like->name),
			    GS_DT_F32, &shape, &data);
	for (i = 0; t && i < p->num; i++)
		((float *)data)[i] = a->tap[p->to + i * a->period].weight;
	if (!t)
		gs_nomem(l->diag);
	return t;
}

/* The axis takes the place of the columns. */
static struct gs_tensor *as_columns(struct gs_lower *l, const struct axis *a,
				    const struct gs_lview *view,
				    const struct gs_tensor *like)
{
	const enum gs_dim_order order = gs_tensor_order(like);
	const unsigned rank = view->shape.rank;
	const unsigned column = rank - 1 - (order == GS_ORDER_NHWC);
	int64_t perm[GS_MAX_RANK];
	struct gs_lview turned;
	unsigned i;

	for (i = 0; i < rank; i++)
		perm[i] = i == column ? a->axis : i == a->axis ? column : i;
	gs_lview_transpose(view, perm, &turned);
	return gs_lower_window(l, like, &turned, order);
}

static int blend(struct gs_lower *l, const struct axis *a,
		 const struct piece *p, const struct gs_lview *from,
		 const struct gs_lview *to)
{
	struct gs_lview second = *from;
	struct gs_tensor *x[2], *y, *k;
	struct gs_lview first = *from;
	struct gs_node *node;

	if (!take(&first, a->axis, p->from, p->step, p->num) ||
	    !take(&second, a->axis, p->from + 1, p->step, p->num))
		return gs_error(l->diag, -ENOTSUP,
				"tensor %s: it does not walk evenly",
				to->of->name);
	x[0] = as_columns(l, a, &first, to->of);
	x[1] = x[0] ? as_columns(l, a, &second, to->of) : NULL;
	y = x[1] ? as_columns(l, a, to, to->of) : NULL;
	k = y ? weights(l, a, p, to->of) : NULL;
	node = k ? gs_lower_node(l, "Lerp", y) : NULL;
	if (!node)
		return -ENOTSUP;
	gs_node_set_input(node, 0, x[0]);
	gs_node_set_input(node, 1, x[1]);
	gs_node_set_input(node, 2, k);
	return 0;
}

static int move_piece(struct gs_lower *l, const struct axis *a,
		      const struct piece *p, const struct gs_lview *from,
		      const struct gs_lview *whole)
{
	struct gs_lview to = *whole, x = *from;

	if (!gs_lview_slice(&to, a->axis, p->to, a->period, p->num))
		return -ENOTSUP;
	if (p->blend)
		return blend(l, a, p, from, &to);
	if (!take(&x, a->axis, p->from, p->step, p->num))
		return -ENOTSUP;
	return gs_lower_move(l, &x, &to);
}

static int move_axis(struct gs_lower *l, struct axis *a,
		     const struct gs_lview *from, const struct gs_lview *whole)
{
	int64_t phase, to;
	struct piece p;
	int ret = 0;

	choose_period(a);
	for (phase = 0; phase < a->period && !ret; phase++)
		for (to = phase; to < a->out && !ret; to += p.num * a->period) {
			piece_at(a, a->period, to, &p);
			ret = move_piece(l, a, &p, from, whole);
		}
	return ret;
}

/* Where the result of an axis goes: what the last one writes is the node's own. */
static const struct gs_lview *target(struct gs_lower *l, struct gs_node *node,
				     const struct gs_lview *from,
				     const struct gs_shape *shape)
{
	struct gs_tensor *out = node->output[0], *temp;

	if (gs_shape_equal(shape, &out->shape) &&
	    gs_lower_same_scale(from->of, out))
		return gs_lower_own(l, out);
	temp = gs_lower_temp(l, out, "axis", shape, gs_tensor_order(out));
	if (!temp)
		return NULL;
	temp->quant = from->of->quant;
	return temp->lview;
}

static int dense(struct gs_lower *l, const struct gs_node *node,
		 struct gs_lview *x)
{
	const struct gs_tensor *out = node->output[0];
	struct gs_tensor *t =
		gs_lower_temp(l, out, "dense", &x->shape, gs_tensor_order(out));

	if (!t)
		return -ENOMEM;
	t->quant = x->of->quant;
	if (gs_lower_move(l, x, t->lview))
		return -ENOTSUP;
	*x = *t->lview;
	return 0;
}

/* Every axis walks in one way, and no element stands twice; channels are next to each other. */
static bool is_plain(const struct gs_lview *x, enum gs_dim_order order)
{
	struct gs_access access;
	bool joined;
	unsigned i;

	if (!gs_lview_access(x, order, &access, &joined) || joined)
		return false;
	for (i = 0; i < x->num; i++)
		if (!x->sub[i].walk.step ||
		    (i && x->sub[i].axis == x->sub[i - 1].axis))
			return false;
	return true;
}

static bool is_channel(const struct gs_tensor *t, unsigned axis)
{
	const unsigned rank = t->shape.rank;

	return axis ==
	       (rank > 2 && gs_tensor_order(t) == GS_ORDER_NCHW ? 1 : rank - 1);
}

/*
 * Pieces of channels would spill over each other: in the other order of
 * dimensions the axis is one of rows or columns.
 */
static int move_channel(struct gs_lower *l, struct gs_node *node,
			struct axis *a, struct gs_lview *x)
{
	struct gs_tensor *out = node->output[0], *from, *to;
	enum gs_dim_order order = gs_tensor_order(out) == GS_ORDER_NCHW ?
					  GS_ORDER_NHWC :
					  GS_ORDER_NCHW;
	struct gs_shape shape = x->shape, result = x->shape;
	struct gs_lview view = *x;
	const struct gs_lview *whole;

	if (shape.rank == 2) { /* columns of one channel */
		order = GS_ORDER_NHWC;
		shape.dim[shape.rank++] = 1;
		gs_lview_reshape(x, &shape, &view);
	}
	from = gs_lower_temp(l, out, "turned", &shape, order);
	shape.dim[a->axis] = result.dim[a->axis] = a->out;
	to = from ? gs_lower_temp(l, out, "axis", &shape, order) : NULL;
	if (!to)
		return -ENOMEM;
	from->quant = to->quant = x->of->quant;
	whole = target(l, node, x, &result);
	if (!whole || gs_lower_move(l, &view, from->lview) ||
	    move_axis(l, a, from->lview, to->lview) ||
	    !gs_lview_reshape(to->lview, &result, &view) ||
	    gs_lower_move(l, &view, whole))
		return -ENOTSUP;
	*x = *whole;
	return 0;
}

/* One axis: a view of repeated elements where that is all, else it is computed. */
static int step(struct gs_lower *l, struct gs_node *node,
		const struct gs_move_taps *taps, unsigned axis,
		struct gs_lview *x)
{
	struct axis a = { .axis = axis,
			  .in = taps->in.dim[axis],
			  .out = taps->out.dim[axis],
			  .tap = taps->tap[axis] };
	const struct gs_lview *to;
	struct gs_lview y = *x;

	if (repeats(&a) && gs_lview_repeat(&y, axis, a.out / a.in, true)) {
		*x = y;
		return 0;
	}
	if (is_channel(node->output[0], axis))
		return move_channel(l, node, &a, x);
	if (!is_plain(x, gs_tensor_order(node->output[0])) && dense(l, node, x))
		return -ENOTSUP;
	y.shape = x->shape;
	y.shape.dim[axis] = a.out;
	to = target(l, node, x, &y.shape);
	if (!to || move_axis(l, &a, x, to))
		return -ENOTSUP;
	*x = *to;
	return 0;
}

static int lower(struct gs_lower *l, struct gs_node *node,
		 const struct gs_move_taps *taps)
{
	struct gs_tensor *out = node->output[0];
	const struct gs_lview *view =
		gs_lower_view(l, node->input[taps->source]);
	struct gs_lview x;
	unsigned axis;
	int ret = view ? 0 : -ENOTSUP;

	if (ret)
		return ret;
	x = *view;
	for (axis = 0; axis < out->shape.rank && !ret; axis++)
		ret = step(l, node, taps, axis, &x);
	if (ret || x.of == out)
		return ret;
	return gs_lower_set_view(l, out, &x);
}

int gs_lower_between(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_op_rules *rules = l->graph->rules;
	struct gs_float_rule *rule = NULL;
	int ret = rules->prepare(rules->ctx, l->graph, node, &rule, l->diag);

	if (ret)
		return ret;
	ret = lower(l, node, rules->taps(rule));
	rules->release(rule);
	return ret;
}
