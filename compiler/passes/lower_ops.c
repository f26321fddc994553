/* SPDX-License-Identifier: MIT */
/* Operators that say where elements stand: most are views. */
#include <errno.h>
#include <math.h>

#include "compiler/passes/lower.h"
#include "compiler/passes/util.h"

static int uneven(struct gs_lower *l, const struct gs_node *node)
{
	return gs_node_error(l->diag, -ENOTSUP, node,
			     "its elements do not walk evenly");
}

/* The input in memory of its own, when a view of a view would not walk evenly. */
static const struct gs_lview *dense(struct gs_lower *l,
				    const struct gs_tensor *x)
{
	struct gs_tensor *t =
		gs_lower_temp(l, x, "dense", &x->shape, gs_tensor_order(x));

	if (!t || gs_lower_move(l, x->lview, t->lview))
		return NULL;
	return t->lview;
}

/* The axis of a node that joins or splits, and the extents of its parts */
static int along(struct gs_lower *l, const struct gs_node *node,
		 int64_t extent[GS_MAX_IO])
{
	const struct gs_op_rules *rules = l->graph->rules;

	return rules->along(rules->ctx, l->graph, node, extent, l->diag);
}

int gs_lower_split(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_op_rules *rules = l->graph->rules;
	struct gs_tensor *source = node->input[rules->source(rules->ctx, node)];
	const struct gs_lview *x = gs_lower_view(l, source);
	int64_t extent[GS_MAX_IO], start = 0;
	const int axis = along(l, node, extent);
	struct gs_lview y;
	unsigned i;
	int ret = axis < 0 ? axis : 0;

	for (i = 0; x && i < node->num_outputs && !ret; start += extent[i++]) {
		if (!node->output[i])
			continue;
		y = *x;
		if (!gs_lview_slice(&y, (unsigned)axis, start, 1, extent[i])) {
			x = dense(l, source);
			if (!x)
				return -ENOTSUP;
			y = *x;
			gs_lview_slice(&y, (unsigned)axis, start, 1, extent[i]);
		}
		ret = gs_lower_set_view(l, node->output[i], &y);
	}
	return x ? ret : -ENOTSUP;
}

/* ---- joins --------------------------------------------------------------- */

/* A part of the result, and whether its producer can write it there itself. */
struct part {
	struct gs_tensor *t;
	int64_t start, num; /* along the axis */
	bool direct;
	unsigned when; /* its producer runs, in the order of nodes */
};

static bool can_be_direct(struct gs_lower *l, const struct part *p,
			  const struct gs_tensor *out)
{
	const struct gs_tensor *t = p->t;

	return t->lview && t->lview->of == t && !t->is_input && !t->is_output &&
	       t->id < l->num_uses && l->uses[t->id] == 1 && t->producer &&
	       !gs_lower_find(l->graph, t->producer) &&
	       gs_lower_same_scale(t, out) &&
	       (t->shape.rank < 3 ||
		gs_tensor_order(t) == gs_tensor_order(out));
}

static unsigned when(const struct gs_lower *l, const struct gs_node *node)
{
	const struct gs_node *n;
	unsigned at = 0;

	for (n = l->graph->node; n && n != node; n = n->next)
		at++;
	return at;
}

/*
 * What is written as whole rows of lanes spoils the begin of the part behind
 * it, which must be written later. Copies are, in order, behind all producers.
 */
static void order_parts(struct gs_lower *l, struct part *part, unsigned num,
			bool channels)
{
	unsigned i, k;

	for (i = 0; i < num; i++) {
		if (!part[i].direct)
			continue;
		part[i].when = when(l, part[i].t->producer);
		for (k = 0; channels && k < i; k++) {
			const int64_t lanes = l->lanes;
			const int64_t rows =
				(part[k].num + lanes - 1) / lanes * lanes;

			if (part[k].start + rows > part[i].start &&
			    (!part[k].direct || part[k].when > part[i].when))
				part[i].direct = false;
		}
	}
}

static int place_part(struct gs_lower *l, const struct gs_node *node,
		      const struct part *p, const struct gs_lview *whole,
		      unsigned axis)
{
	const struct gs_lview *from = gs_lower_view(l, p->t);
	struct gs_access access;
	struct gs_lview to = *whole;
	bool joined;

	if (!from || !gs_lview_slice(&to, axis, p->start, 1, p->num))
		return from ? uneven(l, node) : -ENOTSUP;
	if (!p->direct)
		return gs_lower_move(l, from, &to);
	if (!gs_lview_access(&to, gs_tensor_order(whole->of), &access, &joined))
		return gs_lower_move(l, from, &to);
	*p->t->lview = to;
	p->t->part = access;
	whole->of->no_border |= joined;
	return 0;
}

/* The inputs that are joined are the last ones. */
static unsigned list_parts(struct gs_lower *l, const struct gs_node *node,
			   const int64_t *extent, struct part *part)
{
	const struct gs_op_rules *rules = l->graph->rules;
	const unsigned first = rules->source(rules->ctx, node);
	int64_t start = 0;
	unsigned i;

	for (i = first; i < node->num_inputs; i++, part++) {
		*part = (struct part){ .t = node->input[i],
				       .start = start,
				       .num = *extent };
		part->direct = can_be_direct(l, part, node->output[0]);
		start += *extent++;
	}
	return node->num_inputs - first;
}

int gs_lower_join(struct gs_lower *l, struct gs_node *node)
{
	struct gs_tensor *out = node->output[0];
	struct part part[GS_MAX_IO];
	int64_t extent[GS_MAX_IO];
	struct gs_lview *whole;
	const unsigned rank = out->shape.rank;
	const int axis = along(l, node, extent);
	unsigned i, num;
	int ret = 0;

	if (axis < 0)
		return axis;
	whole = gs_lower_own(l, out);
	if (!whole)
		return -ENOMEM;
	num = list_parts(l, node, extent, part);
	order_parts(l, part, num,
		    (unsigned)axis ==
			    (rank > 2 && gs_tensor_order(out) == GS_ORDER_NCHW ?
				     1 :
				     rank - 1));
	for (i = 0; i < num && !ret; i++)
		ret = place_part(l, node, &part[i], whole, (unsigned)axis);
	return ret;
}
