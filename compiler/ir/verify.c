/* SPDX-License-Identifier: MIT */
#include "compiler/ir/verify.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int node_error(const struct gs_verify *v, const struct gs_node *node,
		      const char *fmt, ...) GS_PRINTF(3, 4);

static int node_error(const struct gs_verify *v, const struct gs_node *node,
		      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gs_error_at(v->diag, -EINVAL, fmt, args, "%s: node '%s' (%s) ",
		    v->where, node->name, node->op);
	va_end(args);
	return -EINVAL;
}

static struct gs_tensor *owner_of(struct gs_tensor *t)
{
	return gs_tensor_owner(t);
}

/* ---- tensors ------------------------------------------------------------- */

static int check_tensors(const struct gs_verify *v)
{
	const struct gs_graph *g = v->graph;
	unsigned i;
	int ret;

	for (i = 0; i < g->num_tensors; i++)
		if (g->tensor[i]->id != i)
			return gs_verify_tensor_error(
				v, g->tensor[i], "has number %u in place %u",
				g->tensor[i]->id, i);
	for (i = 0; i < g->num_tensors; i++) {
		struct gs_tensor *t = g->tensor[i];

		if (gs_graph_find_tensor(g, t->name) != t)
			return gs_verify_tensor_error(
				v, t, "shares its name with another one");
		ret = gs_verify_tensor(v, t);
		if (ret)
			return ret;
		v->defined[i] = t->data || t->is_input;
	}
	return 0;
}

/* ---- nodes --------------------------------------------------------------- */

static int check_inputs(const struct gs_verify *v, const struct gs_node *node)
{
	unsigned i;

	if (node->num_inputs > GS_MAX_IO)
		return node_error(v, node, "has %u inputs", node->num_inputs);
	for (i = 0; i < node->num_inputs; i++) {
		struct gs_tensor *t = node->input[i];

		if (!t)
			continue;
		if (!gs_verify_knows(v, t))
			return node_error(
				v, node,
				"reads a tensor '%s' that is not in the graph",
				t->name);
		if (!v->defined[owner_of(t)->id])
			return node_error(
				v, node, "reads '%s', which %s", t->name,
				owner_of(t)->producer ?
					"is computed behind it: the graph has a cycle, or nodes are not in order" :
					"nothing computes");
		if ((v->stage & GS_VERIFY_QUANTIZED) && !t->data &&
		    !t->quant.valid)
			return node_error(v, node,
					  "reads '%s', which has no scale",
					  t->name);
	}
	return 0;
}

static int check_outputs(const struct gs_verify *v, const struct gs_node *node)
{
	bool any = false;
	unsigned i;

	if (node->num_outputs > GS_MAX_IO)
		return node_error(v, node, "has %u outputs", node->num_outputs);
	for (i = 0; i < node->num_outputs; i++) {
		struct gs_tensor *t = node->output[i];

		if (!t)
			continue;
		any = true;
		if (!gs_verify_knows(v, t))
			return node_error(
				v, node,
				"writes a tensor '%s' that is not in the graph",
				t->name);
		if (t->data || t->view_of || owner_of(t)->is_input)
			return node_error(v, node, "writes '%s', which is %s",
					  t->name,
					  t->data    ? "a constant" :
					  t->view_of ? "a view" :
						       "an input");
		if (t->producer != node && !(v->stage & GS_VERIFY_LOWERED))
			return node_error(
				v, node, "writes '%s', the result of '%s'",
				t->name,
				t->producer ? t->producer->name : "no node");
		v->defined[owner_of(t)->id] = true;
	}
	return any ? 0 : node_error(v, node, "has no result");
}

/* As many as the result; of one with a pool behind it, the picture that is pooled */
static bool adds_as_many(const struct gs_node *node, int64_t added,
			 int64_t result)
{
	const struct gs_attr *picture = gs_node_attr(node, "picture");
	int64_t pixels;

	if (!gs_node_attr(node, "pool_shape"))
		return added == result;
	if (!picture || picture->kind != GS_ATTR_INTS || picture->num != 2 ||
	    __builtin_mul_overflow(picture->ints[0], picture->ints[1], &pixels))
		return false;
	return pixels > 0 && added >= pixels && added % pixels == 0 &&
	       result % (added / pixels) == 0;
}

static int check_fused(const struct gs_verify *v, const struct gs_node *node)
{
	const struct gs_tensor *last =
		node->num_inputs ? node->input[node->num_inputs - 1] : NULL;

	if (node->residual &&
	    (!last || node->num_inputs < 4 || !node->output[0] ||
	     ((v->stage & GS_VERIFY_SHAPED) &&
	      !adds_as_many(node, gs_shape_elems(&last->shape),
			    gs_shape_elems(&node->output[0]->shape)))))
		return node_error(
			v, node,
			"adds a tensor that is not of its result's shape");
	if (node->activation == GS_ACT_CLIP && !(node->act[0] <= node->act[1]))
		return node_error(v, node, "is bounded to [%g, %g]",
				  (double)node->act[0], (double)node->act[1]);
	if (node->activation == GS_ACT_LEAKY &&
	    !(node->act[0] >= 0 && node->act[0] <= 1))
		return node_error(v, node, "has the slope %g",
				  (double)node->act[0]);
	return 0;
}

/* Which weights each scale of a ConvTranspose is of is said by its groups. */
static int check_groups(const struct gs_verify *v, const struct gs_node *node)
{
	const struct gs_tensor *w = node->num_inputs > 1 ? node->input[1] :
							   NULL;
	const int64_t num = w && w->quant.valid ? w->quant.num_scales : 1;
	const int64_t each = w ? w->shape.dim[1] : 1;

	if (num == 1 || strcmp(node->op, "ConvTranspose"))
		return 0;
	if (each > 0 && num % each == 0 &&
	    num / each == gs_node_attr_int(node, "group", 1))
		return 0;
	return node_error(v, node, "has weights '%s' with %lld scales", w->name,
			  (long long)num);
}

/* The axis that the codelet wants innermost is one of the result's. */
static int check_axis(const struct gs_verify *v, const struct gs_node *node)
{
	const struct gs_tensor *out = node->output[0];
	int64_t axis;

	if (!node->axis_attr || !out || !out->shaped || !out->shape.rank)
		return 0;
	axis = gs_node_attr_int(node, node->axis_attr, 0);
	if (axis >= 0 && axis < out->shape.rank)
		return 0;
	return node_error(v, node, "works along axis %lld of %u",
			  (long long)axis, out->shape.rank);
}

static int check_move(const struct gs_verify *v, const struct gs_node *node)
{
	const struct gs_move *m = node->move;
	const struct gs_tensor *from, *to;
	int ret;

	if (!m)
		return 0;
	if (node->num_inputs != 1 || node->num_outputs != 1 ||
	    !node->input[0] || !node->output[0])
		return node_error(
			v, node, "moves elements and has %u inputs, %u outputs",
			node->num_inputs, node->num_outputs);
	from = node->input[0];
	to = node->output[0];
	if (m->from.of != from || m->to.of != to ||
	    m->from.num_dims != GS_MAX_RANK || m->to.num_dims != GS_MAX_RANK)
		return node_error(
			v, node,
			"moves elements of other tensors than '%s' and '%s'",
			from->name, to->name);
	ret = gs_verify_access(v, from, &m->from, m->extent);
	return ret ? ret : gs_verify_access(v, to, &m->to, m->extent);
}

static int check_nodes(const struct gs_verify *v)
{
	struct gs_graph *g = v->graph;
	const struct gs_node *node;
	unsigned num = 0;
	int ret;

	for (node = g->node; node; node = node->next) {
		if (node->id >= g->next_node_id || num++ >= g->next_node_id)
			return node_error(v, node, "has number %u of %u",
					  node->id, g->next_node_id);
		ret = check_inputs(v, node);
		ret = ret ? ret : check_fused(v, node);
		ret = ret ? ret : check_groups(v, node);
		ret = ret ? ret : check_axis(v, node);
		ret = ret ? ret : check_move(v, node);
		ret = ret ? ret : check_outputs(v, node);
		if (ret)
			return ret;
		if (!node->next && g->tail != &node->next)
			return node_error(
				v, node,
				"is the last one, the list has another end");
	}
	return 0;
}

/* ---- graph --------------------------------------------------------------- */

static bool is_output_of(const struct gs_node *node, const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] == t)
			return true;
	return false;
}

/* Who is said to compute a tensor is in the graph and does. */
static int check_producers(const struct gs_verify *v)
{
	const struct gs_graph *g = v->graph;
	const struct gs_node **of, *node;
	unsigned i;
	int ret = 0;

	of = calloc(g->next_node_id + 1u, sizeof(const struct gs_node *));
	if (!of)
		return gs_error(v->diag, -ENOMEM, "out of memory");
	for (node = g->node; node && !ret; node = node->next) {
		if (of[node->id])
			ret = node_error(v, node, "has the number of '%s'",
					 of[node->id]->name);
		of[node->id] = node;
	}
	for (i = 0; i < g->num_tensors && !ret; i++) {
		const struct gs_tensor *t = g->tensor[i];

		node = t->producer;
		if (node && (node->id >= g->next_node_id ||
			     of[node->id] != node || !is_output_of(node, t)))
			ret = gs_verify_tensor_error(
				v, t,
				"is said to be the result of a node that %s",
				node->id < g->next_node_id &&
						of[node->id] == node ?
					"does not compute it" :
					"is not in the graph");
	}
	free(of);
	return ret;
}

static int check_ends(const struct gs_verify *v)
{
	const struct gs_graph *g = v->graph;
	unsigned i, inputs = 0, outputs = 0;

	for (i = 0; i < g->num_inputs; i++)
		if (!gs_verify_knows(v, g->input[i]) ||
		    !g->input[i]->is_input || g->input[i]->view_of ||
		    g->input[i]->producer)
			return gs_verify_tensor_error(
				v, g->input[i],
				"is an input of the graph and something else");
	for (i = 0; i < g->num_outputs; i++) {
		struct gs_tensor *t = g->output[i];

		if (!gs_verify_knows(v, t) || !t->is_output)
			return gs_verify_tensor_error(
				v, t, "is an output that is not in the graph");
		if (!v->defined[owner_of(t)->id])
			return gs_verify_tensor_error(
				v, t, "is an output that nothing computes");
	}
	for (i = 0; i < g->num_tensors; i++) {
		inputs += g->tensor[i]->is_input;
		outputs += g->tensor[i]->is_output;
	}
	if (inputs == g->num_inputs && outputs == g->num_outputs && outputs)
		return 0;
	return gs_error(
		v->diag, -EINVAL,
		"%s: the graph has %u inputs and %u outputs, and tensors that are %u and %u",
		v->where, g->num_inputs, g->num_outputs, inputs, outputs);
}

int gs_graph_verify(struct gs_graph *graph, unsigned stage, const char *where,
		    struct gs_diag *diag)
{
	struct gs_verify v = {
		.graph = graph, .stage = stage, .where = where, .diag = diag
	};
	int ret;

	v.defined = calloc(graph->num_tensors + 1u, sizeof(*v.defined));
	if (!v.defined)
		return gs_error(diag, -ENOMEM, "out of memory");
	ret = check_tensors(&v);
	ret = ret ? ret : check_producers(&v);
	ret = ret ? ret : check_nodes(&v);
	ret = ret ? ret : check_ends(&v);
	free(v.defined);
	return ret;
}
