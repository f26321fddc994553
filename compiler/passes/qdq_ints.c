/* SPDX-License-Identifier: MIT */
/*
 * Quantized models that hold integers in other places than between
 * QuantizeLinear and DequantizeLinear: inputs and outputs of the model, and
 * operators that only move elements. They become float32 with pairs around
 * them, for gs_pass_qdq() to take over.
 */
#include <errno.h>
#include <float.h>
#include <stdlib.h>

#include "compiler/passes/qdq.h"
#include "compiler/passes/util.h"

/* Results are elements of the inputs, or bounds; on integers as on real values. */
static const char *const movers[] = {
	"MaxPool", "Transpose", "Split",	"Slice",    "Expand",
	"Tile",	   "Gather",	"Resize",	"Upsample", "Concat",
	"Pad",	   "Clip",	"DepthToSpace", "Identity", "Dropout",
	"Flatten", "Reshape",	"SpaceToDepth", "Squeeze",  "Unsqueeze",
	NULL,
};

struct lift {
	struct gs_graph *graph;
	struct gs_diag *diag;
	/* by tensor id: the QuantizeLinear or DequantizeLinear with the scale of its integers */
	const struct gs_node **steps;
	struct gs_node **node;
	size_t num_nodes;
};

static bool is_int(const struct gs_tensor *t)
{
	return t && (t->type == GS_DT_I8 || t->type == GS_DT_U8);
}

static bool is_activation(const struct gs_tensor *t)
{
	return is_int(t) && !t->data;
}

static bool moves_ints(const struct gs_node *node)
{
	return gs_op_in(node, movers) && is_int(node->output[0]) &&
	       (!(gs_op_is(node, "Resize") || gs_op_is(node, "Upsample")) ||
		!strcmp(gs_node_attr_string(node, "mode", "nearest"),
			"nearest"));
}

/* ---- scales -------------------------------------------------------------- */

/* One constant scale, and one zero point: what a pair of its own can have. */
static bool has_steps(const struct gs_node *node)
{
	const struct gs_tensor *s = gs_input(node, 1), *z = gs_input(node, 2);

	return s && s->data && s->type == GS_DT_F32 &&
	       gs_shape_elems(&s->shape) == 1 &&
	       (!z || (z->data && gs_shape_elems(&z->shape) == 1));
}

static void spread(struct lift *l, struct gs_tensor *const *to, unsigned num,
		   const struct gs_node *steps)
{
	unsigned i;

	for (i = 0; i < num && steps; i++)
		if (is_activation(to[i]) && !l->steps[to[i]->id])
			l->steps[to[i]->id] = steps;
}

static const struct gs_node *
steps_among(const struct lift *l, struct gs_tensor *const *t, unsigned num)
{
	unsigned i;

	for (i = 0; i < num; i++)
		if (is_activation(t[i]) && l->steps[t[i]->id])
			return l->steps[t[i]->id];
	return NULL;
}

static void find_forward(struct lift *l)
{
	size_t i;

	for (i = 0; i < l->num_nodes; i++) {
		const struct gs_node *n = l->node[i];

		if (gs_op_is(n, "QuantizeLinear") && has_steps(n))
			spread(l, n->output, 1, n);
		else if (moves_ints(n))
			spread(l, n->output, n->num_outputs,
			       steps_among(l, n->input, n->num_inputs));
	}
}

static void find_backward(struct lift *l)
{
	size_t i;

	for (i = l->num_nodes; i-- > 0;) {
		const struct gs_node *n = l->node[i];

		if (gs_op_is(n, "DequantizeLinear") && has_steps(n))
			spread(l, n->input, 1, n);
		else if (moves_ints(n))
			spread(l, n->input, n->num_inputs,
			       steps_among(l, n->output, n->num_outputs));
	}
}

static float scale_of(const struct gs_node *steps)
{
	return *(const float *)steps->input[1]->data;
}

static int64_t zero_of(const struct gs_node *steps)
{
	const struct gs_tensor *z = gs_input(steps, 2);

	return z ? gs_const_int(z, 0) : 0;
}

/* ---- pairs --------------------------------------------------------------- */

static struct gs_tensor *add_tensor(struct lift *l, const struct gs_tensor *of,
				    const char *suffix, enum gs_dtype type)
{
	const char *name = gs_graph_printf(l->graph, "%s_%s", of->name, suffix);
	struct gs_tensor *t =
		name ? gs_graph_add_tensor(l->graph, name, type, &of->shape) :
		       NULL;

	if (!t) {
		gs_nomem(l->diag);
		return NULL;
	}
	t->shaped = true;
	return t;
}

/* @to = @op(@from) with the scale and zero point of @steps */
static int add_node(struct lift *l, const char *op, const struct gs_node *steps,
		    struct gs_tensor *from, struct gs_tensor *to)
{
	struct gs_node *node = gs_graph_add_node(
		l->graph, gs_graph_printf(l->graph, "%s_%s", to->name, op), op);

	if (!node)
		return gs_nomem(l->diag);
	gs_node_set_input(node, 0, from);
	gs_node_set_input(node, 1, steps->input[1]);
	if (gs_input(steps, 2))
		gs_node_set_input(node, 2, steps->input[2]);
	gs_node_set_output(node, 0, to);
	return 0;
}

static void replace_inputs(struct lift *l, const struct gs_tensor *from,
			   struct gs_tensor *to)
{
	struct gs_node *node;
	unsigned i;

	for (node = l->graph->node; node; node = node->next)
		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i] == from)
				node->input[i] = to;
}

/* ---- operators ----------------------------------------------------------- */

static struct gs_tensor *real_constant(struct lift *l,
				       const struct gs_tensor *t,
				       const struct gs_node *steps)
{
	const int64_t elems = gs_shape_elems(&t->shape);
	const double scale = (double)scale_of(steps);
	const int64_t zero = zero_of(steps);
	struct gs_tensor *real = add_tensor(l, t, "real", GS_DT_F32);
	float *data =
		gs_graph_alloc_array(l->graph, (size_t)elems, sizeof(*data));
	int64_t i;

	if (!real)
		return NULL;
	if (!data) {
		gs_nomem(l->diag);
		return NULL;
	}
	for (i = 0; i < elems; i++)
		data[i] = (float)(scale * (double)(gs_const_int(t, i) - zero));
	real->data = data;
	return real;
}

/* The value an attribute names among the integers, as a real number */
static int lift_attr(struct lift *l, struct gs_node *node, const char *name,
		     const struct gs_node *steps)
{
	const float value = gs_node_attr_float(node, name, 0);

	if (value <= -FLT_MAX || value >= FLT_MAX)
		return 0;
	if (gs_node_set_attr_float(
		    l->graph, node, name,
		    (float)((double)scale_of(steps) *
			    ((double)value - (double)zero_of(steps)))) < 0)
		return gs_nomem(l->diag);
	return 0;
}

static int lift_attrs(struct lift *l, struct gs_node *node,
		      const struct gs_node *steps)
{
	int ret = 0;

	if (gs_op_is(node, "Pad"))
		return lift_attr(l, node, "value", steps);
	if (gs_op_is(node, "Clip"))
		ret = lift_attr(l, node, "min", steps);
	if (gs_op_is(node, "Clip") && !ret)
		ret = lift_attr(l, node, "max", steps);
	return ret;
}

static int lift_inputs(struct lift *l, struct gs_node *node,
		       const struct gs_node *steps)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++) {
		struct gs_tensor *in = node->input[i], *real;

		if (!is_int(in))
			continue;
		real = in->data ? real_constant(l, in, steps) :
				  add_tensor(l, in, "real", GS_DT_F32);
		if (!real || (!in->data &&
			      add_node(l, "DequantizeLinear", steps, in, real)))
			return -ENOMEM;
		node->input[i] = real;
	}
	return 0;
}

static int lift_node(struct lift *l, struct gs_node *node)
{
	const struct gs_node *steps =
		steps_among(l, node->input, node->num_inputs);
	unsigned i;

	if (!steps)
		return 0;
	if (lift_inputs(l, node, steps) || lift_attrs(l, node, steps))
		return -ENOMEM;
	for (i = 0; i < node->num_outputs; i++) {
		struct gs_tensor *out = node->output[i], *real;

		if (!is_int(out)) /* indices of MaxPool */
			continue;
		real = add_tensor(l, out, "real", GS_DT_F32);
		if (!real)
			return -ENOMEM;
		gs_node_set_output(node, i, real);
		if (add_node(l, "QuantizeLinear", steps, real, out))
			return -ENOMEM;
	}
	return 0;
}

/* ---- inputs and outputs of the model ------------------------------------- */

static bool has_meta(const struct gs_graph *graph, const char *key)
{
	unsigned i;

	for (i = 0; i < graph->num_meta; i++)
		if (!strcmp(graph->meta[i].key, key))
			return true;
	return false;
}

/*
 * Arrays of uint8 are pixels: (pixel - mean) x scale is what these integers mean.
 * Of one input among several, the keys end with its name.
 */
static int add_meta(struct lift *l, const struct gs_tensor *t,
		    const struct gs_node *steps)
{
	struct gs_graph *graph = l->graph;
	const char *of = graph->num_inputs > 1 ? t->name : "";
	const char *dot = *of ? "." : "";
	const char *mean_key =
		gs_graph_printf(graph, "input.mean%s%s", dot, of);
	const char *scale_key =
		gs_graph_printf(graph, "input.scale%s%s", dot, of);
	char mean[32], scale[32];

	if (!mean_key || !scale_key)
		return gs_nomem(l->diag);
	if (has_meta(graph, "input.scale") || has_meta(graph, "input.mean") ||
	    has_meta(graph, mean_key) || has_meta(graph, scale_key))
		return 0;
	snprintf(mean, sizeof(mean), "%lld", (long long)zero_of(steps));
	snprintf(scale, sizeof(scale), "%.9g", (double)scale_of(steps));
	if (gs_graph_set_meta(graph, mean_key, mean) ||
	    gs_graph_set_meta(graph, scale_key, scale))
		return gs_nomem(l->diag);
	return 0;
}

static int lift_input(struct lift *l, struct gs_tensor *t)
{
	const struct gs_node *steps = l->steps[t->id];
	struct gs_tensor *ints;

	if (!gs_graph_num_uses(l->graph, t)) {
		t->type = GS_DT_F32;
		return 0;
	}
	if (!steps)
		return gs_error(
			l->diag, -ENOTSUP,
			"input '%s' of the model is of type %s, and no DequantizeLinear with one scale says what its values are",
			t->name, gs_dtype_name(t->type));
	if (t->type == GS_DT_U8 && add_meta(l, t, steps))
		return -ENOMEM;
	ints = add_tensor(l, t, "ints", t->type);
	if (!ints)
		return -ENOMEM;
	t->type = GS_DT_F32;
	replace_inputs(l, t, ints);
	return add_node(l, "QuantizeLinear", steps, t, ints);
}

/* What else has no QuantizeLinear is refused later. */
static int lift_output(struct lift *l, struct gs_tensor *t)
{
	struct gs_node *node = t->producer;
	struct gs_tensor *ints;

	if (!node || !gs_op_is(node, "QuantizeLinear") || !has_steps(node))
		return 0;
	ints = add_tensor(l, t, "ints", t->type);
	if (!ints)
		return -ENOMEM;
	replace_inputs(l, t, ints);
	gs_node_set_output(node, 0, ints);
	t->type = GS_DT_F32;
	return add_node(l, "DequantizeLinear", node, ints, t);
}

/* ---- graph --------------------------------------------------------------- */

static bool is_needed(const struct lift *l)
{
	size_t i;

	for (i = 0; i < l->num_nodes; i++)
		if (moves_ints(l->node[i]))
			return true;
	for (i = 0; i < l->graph->num_inputs; i++)
		if (is_activation(l->graph->input[i]))
			return true;
	for (i = 0; i < l->graph->num_outputs; i++)
		if (is_activation(l->graph->output[i]))
			return true;
	return false;
}

static int lift(struct lift *l)
{
	struct gs_graph *graph = l->graph;
	unsigned k;
	size_t i;
	int ret = 0;

	find_forward(l);
	find_backward(l);
	find_forward(l);
	for (i = 0; i < l->num_nodes && !ret; i++)
		if (moves_ints(l->node[i]))
			ret = lift_node(l, l->node[i]);
	for (k = 0; k < graph->num_inputs && !ret; k++)
		if (is_activation(graph->input[k]))
			ret = lift_input(l, graph->input[k]);
	for (k = 0; k < graph->num_outputs && !ret; k++)
		if (is_activation(graph->output[k]))
			ret = lift_output(l, graph->output[k]);
	return ret ? ret : gs_graph_sort(graph, l->diag);
}

int gs_qdq_lift(struct gs_graph *graph, struct gs_diag *diag)
{
	struct lift l = { .graph = graph, .diag = diag };
	struct gs_node *node;
	int ret = 0;

	l.node = calloc(graph->next_node_id + 1u, sizeof(struct gs_node *));
	l.steps = calloc(graph->num_tensors + 1u, sizeof(struct gs_node *));
	if (l.node && l.steps) {
		for (node = graph->node; node; node = node->next)
			l.node[l.num_nodes++] = node;
		ret = is_needed(&l) ? lift(&l) : 0;
	} else {
		ret = gs_nomem(diag);
	}
	free(l.node);
	free(l.steps);
	return ret;
}
