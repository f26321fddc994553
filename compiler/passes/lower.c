/* SPDX-License-Identifier: MIT */
#include "compiler/passes/lower.h"

#include <errno.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/macs.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

static const struct {
	const char *op;
	int (*lower)(struct gs_lower *l, struct gs_node *node);
} table[] = {
	{ "ConvTranspose", gs_lower_conv_transpose },
};

bool gs_lower_knows(const char *op)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].op, op))
			return true;
	return false;
}

int (*gs_lower_find(const struct gs_graph *graph,
		    const struct gs_node *node))(struct gs_lower *l,
						 struct gs_node *node)
{
	const enum gs_move_kind moves = gs_node_moves(graph, node);
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (gs_op_is(node, table[i].op))
			return table[i].lower;
	return moves == GS_MOVE_JOIN	? gs_lower_join :
	       moves == GS_MOVE_SPLIT	? gs_lower_split :
	       moves == GS_MOVE_BETWEEN ? gs_lower_between :
	       moves			? gs_lower_map :
					  NULL;
}

/* ---- views --------------------------------------------------------------- */

static struct gs_lview *keep_view(struct gs_lower *l, struct gs_tensor *t,
				  const struct gs_lview *view)
{
	t->lview = gs_graph_alloc(l->graph, sizeof(*t->lview));
	if (!t->lview) {
		gs_nomem(l->diag);
		return NULL;
	}
	*t->lview = *view;
	return t->lview;
}

static struct gs_tensor *
new_tensor(struct gs_lower *l, const struct gs_tensor *like, const char *what,
	   const struct gs_shape *shape, enum gs_dim_order order)
{
	const char *name =
		gs_graph_printf(l->graph, "%s/via/%s", like->name, what);
	struct gs_tensor *t =
		name ? gs_graph_add_tensor(l->graph, name, like->type, shape) :
		       NULL;

	if (!t) {
		gs_nomem(l->diag);
		return NULL;
	}
	t->shaped = true;
	t->quant = like->quant;
	t->order = order;
	t->has_order = true;
	return t;
}

/*
 * A view gets memory, which is written from here on: nodes before, which read
 * its root, go on doing so, under another name.
 */
static int keep_readers(struct gs_lower *l, struct gs_tensor *t)
{
	struct gs_tensor *same = NULL;
	struct gs_node *node;
	unsigned i;

	for (node = t->view_of ? l->graph->node : NULL; node; node = node->next)
		for (i = 0; i < node->num_inputs; i++) {
			if (node->input[i] != t)
				continue;
			same = same ? same :
				      new_tensor(l, t, "view", &t->shape,
						 gs_tensor_order(t));
			if (!same)
				return -ENOMEM;
			same->view_of = t->view_of;
			node->input[i] = same;
		}
	return 0;
}

struct gs_lview *gs_lower_own(struct gs_lower *l, struct gs_tensor *t)
{
	struct gs_lview whole;

	if (keep_readers(l, t))
		return NULL;
	t->view_of = NULL;
	gs_lview_whole(t, &whole);
	return keep_view(l, t, &whole);
}

/* Axes without common factors: through a tensor of one line. */
static struct gs_lview *through_line(struct gs_lower *l, struct gs_tensor *t,
				     const struct gs_lview *from)
{
	const struct gs_shape line = { 2, { 1, gs_shape_elems(&t->shape) } };
	struct gs_lview out;
	struct gs_tensor *temp;

	temp = gs_lower_temp(l, t, "line", &line, GS_ORDER_NHWC);
	if (!temp || gs_lower_move(l, from, temp->lview) ||
	    !gs_lview_reshape(temp->lview, &t->shape, &out))
		return NULL;
	return keep_view(l, t, &out);
}

const struct gs_lview *gs_lower_view(struct gs_lower *l, struct gs_tensor *t)
{
	const struct gs_lview *root;
	struct gs_lview out;

	if (t->lview)
		return t->lview;
	if (!t->view_of)
		return gs_lower_own(l, t);
	root = gs_lower_view(l, gs_tensor_root(t));
	if (!root)
		return NULL;
	if (!gs_lview_reshape(root, &t->shape, &out))
		return through_line(l, t, root);
	return gs_lower_set_view(l, t, &out) ? NULL : t->lview;
}

bool gs_lower_same_scale(const struct gs_tensor *a, const struct gs_tensor *b)
{
	return a->quant.scale[0] == b->quant.scale[0] &&
	       a->quant.zero_point == b->quant.zero_point;
}

int gs_lower_set_view(struct gs_lower *l, struct gs_tensor *t,
		      const struct gs_lview *view)
{
	enum gs_dim_order order;
	struct gs_lview *own;

	/* A result must stand in memory in full, in an order that a model file can tell. */
	if (gs_lower_same_scale(t, view->of) &&
	    (!t->is_output || gs_lview_is_whole(view, &order)))
		return keep_view(l, t, view) ? 0 : -ENOMEM;
	own = gs_lower_own(l, t);
	return own ? gs_lower_move(l, view, own) : -ENOMEM;
}

/* ---- tensors and nodes --------------------------------------------------- */

struct gs_tensor *gs_lower_temp(struct gs_lower *l,
				const struct gs_tensor *like, const char *what,
				const struct gs_shape *shape,
				enum gs_dim_order order)
{
	struct gs_tensor *t = new_tensor(l, like, what, shape, order);

	return t && gs_lower_own(l, t) ? t : NULL;
}

/* False, without a message, when the view cannot be taken as n, h, w, c. */
static bool take_window(struct gs_tensor *t, const struct gs_lview *view,
			enum gs_dim_order order)
{
	struct gs_access access;
	bool joined;

	if (!gs_lview_access(view, order, &access, &joined))
		return false;
	t->view_of = NULL;
	t->part = access;
	view->of->no_border |= joined;
	return true;
}

struct gs_tensor *gs_lower_window(struct gs_lower *l,
				  const struct gs_tensor *like,
				  const struct gs_lview *view,
				  enum gs_dim_order order)
{
	struct gs_tensor *t = new_tensor(l, like, "part", &view->shape, order);

	if (!t)
		return NULL;
	t->quant = view->of->quant;
	if (take_window(t, view, order))
		return keep_view(l, t, view) ? t : NULL;
	gs_error(l->diag, -ENOTSUP, "tensor %s: a part does not walk evenly",
		 like->name);
	return NULL;
}

struct gs_node *gs_lower_node(struct gs_lower *l, const char *op,
			      struct gs_tensor *result)
{
	struct gs_node *node = gs_graph_add_node(
		l->graph, gs_graph_printf(l->graph, "%s/%s", result->name, op),
		op);

	if (!node) {
		gs_nomem(l->diag);
		return NULL;
	}
	/* Several nodes may write the result; the one it is of stays. */
	node->output[node->num_outputs++] = result;
	node->order = gs_tensor_order(result);
	node->has_order = true;
	return node;
}

/* ---- moves --------------------------------------------------------------- */

#define LOOPS (GS_MAX_RANK - 1) /* of a Move, beside the run */

static int add_move(struct gs_lower *l, const struct gs_lview *from,
		    const struct gs_lview *to, const int64_t *extent,
		    const struct gs_walk_dim *a, const struct gs_walk_dim *b,
		    int num)
{
	struct gs_move *m = gs_graph_alloc(l->graph, sizeof(*m));
	struct gs_node *node = gs_lower_node(l, "Move", to->of);
	int i;

	if (!m || !node)
		return gs_nomem(l->diag);
	node->move = m;
	gs_node_set_input(node, 0, from->of);
	m->from = (struct gs_access){ .of = from->of, .num_dims = GS_MAX_RANK };
	m->to = (struct gs_access){ .of = to->of, .num_dims = GS_MAX_RANK };
	memcpy(m->from.at, from->at, sizeof(from->at));
	memcpy(m->to.at, to->at, sizeof(to->at));
	for (i = 0; i < GS_MAX_RANK; i++) {
		const int k = num - GS_MAX_RANK + i; /* aligned at the run */

		m->extent[i] = k < 0 ? 1 : extent[k];
		m->from.dim[i] = k < 0 ? (struct gs_walk_dim){ GS_MEM_N, 0 } :
					 a[k];
		m->to.dim[i] = k < 0 ? (struct gs_walk_dim){ GS_MEM_N, 0 } :
				       b[k];
	}
	return 0;
}

/* More loops than a Move has become more Moves. */
static int add_moves(struct gs_lower *l, struct gs_lview *from,
		     struct gs_lview *to, const int64_t *extent,
		     const struct gs_walk_dim *a, const struct gs_walk_dim *b,
		     int num)
{
	int64_t i;
	int ret = 0;

	if (num <= LOOPS + 1)
		return add_move(l, from, to, extent, a, b, num);
	if (extent[0] > 256)
		return gs_error(l->diag, -ENOTSUP,
				"tensor %s: too many dimensions to move",
				to->of->name);
	for (i = 0; i < extent[0] && !ret; i++) {
		ret = add_moves(l, from, to, extent + 1, a + 1, b + 1, num - 1);
		from->at[a[0].dim] += a[0].step;
		to->at[b[0].dim] += b[0].step;
	}
	from->at[a[0].dim] -= i * a[0].step;
	to->at[b[0].dim] -= i * b[0].step;
	return ret;
}

int gs_lower_move(struct gs_lower *l, const struct gs_lview *from,
		  const struct gs_lview *to)
{
	int64_t extent[GS_LVIEW_MAX_SUBS + 1];
	struct gs_walk_dim a[GS_LVIEW_MAX_SUBS + 1], b[GS_LVIEW_MAX_SUBS + 1];
	struct gs_lview x = *from, y = *to;
	const int num = gs_lview_pair(from, to, extent, a, b);

	if (num >= 0)
		return add_moves(l, &x, &y, extent, a, b, num);
	return gs_error(l->diag, -ENOTSUP,
			"tensor %s: its elements cannot be moved evenly",
			to->of->name);
}

/* ---- readers ------------------------------------------------------------- */

/* Of one rank with the result, as broadcasting aligns it: 1s in front. */
static bool align(const struct gs_tensor *t, const struct gs_tensor *out,
		  struct gs_shape *shape)
{
	const unsigned lead = out->shape.rank - t->shape.rank;
	unsigned i;

	if (t->shape.rank >= out->shape.rank)
		return false;
	shape->rank = out->shape.rank;
	for (i = 0; i < shape->rank; i++)
		shape->dim[i] = i < lead ? 1 : t->shape.dim[i - lead];
	return true;
}

/* A constant has one order; who wants another gets a copy. */
static struct gs_tensor *ready_constant(struct gs_lower *l, struct gs_tensor *t,
					enum gs_dim_order order)
{
	struct gs_tensor *copy;

	if (t->shape.rank < 3 || !t->qdata ||
	    (t->has_order && t->order == order))
		return t;
	if (!t->has_order) {
		t->has_order = true;
		t->order = order;
		return t;
	}
	copy = new_tensor(l, t, "order", &t->shape, order);
	if (!copy)
		return NULL;
	copy->data = t->data;
	copy->qdata = t->qdata;
	return copy;
}

struct gs_tensor *gs_lower_ready(struct gs_lower *l, struct gs_tensor *t,
				 enum gs_dim_order order)
{
	const struct gs_lview *view;
	bool fits = t->shape.rank < 3 || gs_tensor_order(t) == order;
	struct gs_lview *own;

	if (t->data)
		return ready_constant(l, t, order);
	view = gs_lower_view(l, t);
	if (!view)
		return NULL;
	if (fits && (view->of == t || t->part.of))
		return t;
	/* A result of the model stays what it is. */
	if (!fits || t->is_output) {
		t = new_tensor(l, t, fits ? "part" : "order", &t->shape, order);
		if (!t || !keep_view(l, t, view))
			return NULL;
		t->quant = view->of->quant;
	}
	if (take_window(t, view, order))
		return t;
	own = gs_lower_own(l, t);
	return own && !gs_lower_move(l, view, own) ? t : NULL;
}

/* A picture flattened for a matrix product is read as it stands; see bind.c. */
static bool reads_picture(const struct gs_node *node, struct gs_tensor *t)
{
	struct gs_tensor *root = gs_tensor_root(t);

	return t != root &&
	       (gs_op_is(node, "Gemm") || gs_op_is(node, "MatMul")) &&
	       root->lview && root->lview->of == root && t->shape.rank == 2 &&
	       root->shape.rank == 4 &&
	       gs_tensor_order(root) == GS_ORDER_NCHW &&
	       t->shape.dim[0] == root->shape.dim[0];
}

static bool is_activation(const struct gs_tensor *t)
{
	return t && (!t->data || (t->qdata && t->quant.num_scales == 1 &&
				  gs_dtype_is_step(t->quant.type)));
}

/* An operand of lower rank than the result becomes one of the same rank. */
static struct gs_tensor *ready_aligned(struct gs_lower *l,
				       const struct gs_node *node,
				       struct gs_tensor *t)
{
	const struct gs_lview *view = NULL;
	struct gs_tensor *to;
	struct gs_lview out;
	struct gs_shape shape;

	if (gs_order_is_wanted(node) || !align(t, node->output[0], &shape))
		return gs_lower_ready(l, t, node->order);
	to = new_tensor(l, t, "aligned", &shape, node->order);
	if (!to)
		return NULL;
	if (t->data) {
		to->data = t->data;
		to->qdata = t->qdata;
		return to;
	}
	view = gs_lower_view(l, t);
	if (!view || !gs_lview_reshape(view, &shape, &out) ||
	    !keep_view(l, to, &out))
		return NULL;
	to->quant = view->of->quant;
	return gs_lower_ready(l, to, node->order);
}

/* A node that a codelet computes. */
static int keep_node(struct gs_lower *l, struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++) {
		struct gs_tensor *t = node->input[i];

		if (!is_activation(t) || reads_picture(node, t))
			continue;
		node->input[i] = ready_aligned(l, node, t);
		if (!node->input[i])
			return -ENOTSUP;
	}
	for (i = 0; i < node->num_outputs; i++) {
		struct gs_tensor *out = node->output[i];

		if (!out || out->shape.rank < 3 ||
		    gs_tensor_order(out) == node->order) {
			if (out && !gs_lower_own(l, out))
				return -ENOMEM;
			continue;
		}
		/* The result in its order, and a view of it in that of the others. */
		node->output[i] = gs_lower_temp(l, out, "result", &out->shape,
						node->order);
		if (!node->output[i] ||
		    gs_lower_set_view(l, out, node->output[i]->lview))
			return -ENOMEM;
		node->output[i]->producer = node;
	}
	*l->graph->tail = node;
	l->graph->tail = &node->next;
	node->next = NULL;
	return 0;
}

/* ---- graph --------------------------------------------------------------- */

/* A result that is a view of all elements of another tensor. */
static int finish_output(struct gs_lower *l, struct gs_tensor *t)
{
	const struct gs_lview *view = gs_lower_view(l, t);

	if (!view)
		return -ENOTSUP;
	if (view->of == t)
		return 0;
	t->view_of = view->of;
	t->has_order = true;
	return gs_lview_is_whole(view, &t->order) ? 0 : -EINVAL;
}

/* Nodes that were replaced compute nothing any more; who is left is the producer it was. */
static int settle_producers(struct gs_graph *graph)
{
	struct gs_node **was, *node;
	unsigned i;

	was = gs_graph_alloc_array(graph, graph->num_tensors, sizeof(*was));
	if (!was)
		return -ENOMEM;
	for (i = 0; i < graph->num_tensors; i++) {
		was[i] = graph->tensor[i]->producer;
		graph->tensor[i]->producer = NULL;
	}
	for (node = graph->node; node; node = node->next)
		for (i = 0; i < node->num_outputs; i++)
			if (node->output[i] && was[node->output[i]->id] == node)
				node->output[i]->producer = node;
	return gs_graph_prune(graph);
}

int gs_pass_lower(struct gs_graph *graph, uint32_t lanes, struct gs_diag *diag)
{
	struct gs_lower l = { .graph = graph, .diag = diag, .lanes = lanes };
	struct gs_node *node = graph->node, *next;
	unsigned i;
	int ret = 0;

	l.uses = gs_graph_root_uses(graph);
	l.num_uses = graph->num_tensors;
	if (!l.uses)
		return gs_nomem(diag);
	for (i = 0; i < graph->num_inputs; i++)
		if (!gs_lower_own(&l, graph->input[i]))
			return -ENOMEM;
	graph->node = NULL;
	graph->tail = &graph->node;
	for (; node && !ret; node = next) {
		int (*lower)(struct gs_lower *, struct gs_node *) =
			gs_lower_find(graph, node);

		next = node->next;
		ret = gs_node_count_macs(node, diag);
		if (!ret)
			ret = lower ? lower(&l, node) : keep_node(&l, node);
	}
	for (i = 0; i < graph->num_outputs && !ret; i++)
		ret = finish_output(&l, graph->output[i]);
	if (!ret && settle_producers(graph) < 0)
		ret = gs_nomem(diag);
	return ret;
}
