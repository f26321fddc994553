/* SPDX-License-Identifier: MIT */
/*
 * Import of quantized models. A tensor's quantization is pinned when gs_quant
 * is valid before gs_pass_quantize(), which then takes it as it is.
 */
#include "compiler/passes/qdq.h"

#include <errno.h>
#include <float.h>
#include <math.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

/* Results are elements of the input: both have one scale. */
static const char *const keeps_values[] = { "MaxPool", "GlobalMaxPool",
					    "ReduceMax", "ReduceMin", NULL };

struct qdq {
	struct gs_graph *graph;
	struct gs_diag *diag;
};

static bool keeps(const struct qdq *q, const struct gs_node *node)
{
	return gs_op_in(node, keeps_values) || gs_node_shares(q->graph, node);
}

/* ---- scales and zero points ---------------------------------------------- */

static int read_scales(struct gs_graph *graph, const struct gs_node *node,
		       struct gs_quant *quant, struct gs_diag *diag)
{
	const struct gs_tensor *s = gs_input(node, 1);
	const unsigned num = (unsigned)gs_shape_elems(&s->shape);
	const float *from = s->data;
	float *scale;
	unsigned i;

	scale = gs_graph_alloc_array(graph, num, sizeof(*scale));
	if (!scale)
		return gs_nomem(diag);
	for (i = 0; i < num; i++) {
		if (!isnormal(from[i]) || from[i] < 0)
			return gs_node_error(
				diag, -EDOM, node,
				"scale %u of '%s' is %g, expected is a positive number",
				i, s->name, (double)from[i]);
		scale[i] = from[i];
	}
	quant->num_scales = num;
	quant->scale = scale;
	if (num > 1)
		quant->axis = (unsigned)gs_node_attr_int(node, "axis", 0);
	return 0;
}

/* False when zero points differ between channels, or int32 has one. */
static bool read_zero(const struct gs_node *node, enum gs_dtype type,
		      struct gs_quant *quant)
{
	const struct gs_tensor *z = gs_input(node, 2);
	const int64_t num = z ? gs_shape_elems(&z->shape) : 0;
	int64_t i;

	quant->zero_point = num ? (int32_t)gs_const_int(z, 0) : 0;
	for (i = 1; i < num; i++)
		if (gs_const_int(z, i) != quant->zero_point)
			return false;
	if (type == GS_DT_U8)
		quant->zero_point -= 128;
	return type != GS_DT_I32 || !quant->zero_point;
}

static bool same_quant(const struct gs_quant *a, const struct gs_quant *b)
{
	return a->scale[0] == b->scale[0] && a->zero_point == b->zero_point;
}

/* ---- constants ----------------------------------------------------------- */

int gs_qdq_pin_constant(struct gs_graph *graph, const struct gs_node *node,
			struct gs_diag *diag)
{
	const struct gs_tensor *in = node->input[0];
	struct gs_tensor *out = node->output[0];
	const int64_t elems = gs_shape_elems(&in->shape);
	struct gs_quant quant = { .valid = true, .type = in->type };
	int ret = read_scales(graph, node, &quant, diag);
	int64_t i;
	int8_t *data;

	if (ret < 0)
		return ret;
	if (!read_zero(node, in->type, &quant)) {
		gs_warn(diag,
			"node '%s' (%s): zero points differ between channels, or belong to int32; the values are quantized again",
			node->name, node->op);
		return 0;
	}
	out->quant = quant;
	out->qdata = in->data;
	if (in->type != GS_DT_U8)
		return 0;
	out->quant.type = GS_DT_I8;
	data = gs_graph_alloc(graph, (size_t)elems);
	if (!data)
		return gs_nomem(diag);
	for (i = 0; i < elems; i++)
		data[i] = (int8_t)(gs_const_int(in, i) - 128);
	out->qdata = data;
	return 0;
}

int gs_qdq_transpose(struct gs_graph *graph, const struct gs_tensor *old,
		     struct gs_tensor *copy)
{
	const int64_t rows = copy->shape.dim[1], cols = copy->shape.dim[0];
	const unsigned last = old->shape.rank - 1;
	const int8_t *from = old->qdata;
	int64_t r, c;
	int8_t *to;

	if (!old->quant.valid || !gs_dtype_is_step(old->quant.type) || !from)
		return 0;
	to = gs_graph_alloc(graph, (size_t)(rows * cols));
	if (!to)
		return -ENOMEM;
	for (r = 0; r < rows; r++)
		for (c = 0; c < cols; c++)
			to[c * rows + r] = from[r * cols + c];
	copy->quant = old->quant;
	copy->quant.axis = old->quant.num_scales > 1 && old->quant.axis != last;
	copy->qdata = to;
	return 0;
}

/* ---- pairs --------------------------------------------------------------- */

static int activation_quant(struct qdq *q, const struct gs_node *node,
			    enum gs_dtype type, struct gs_quant *quant)
{
	unsigned i;
	int ret;

	for (i = 1; i < node->num_inputs; i++)
		if (node->input[i] && !node->input[i]->data)
			return gs_node_error(
				q->diag, -ENOTSUP, node,
				"scale and zero point must be constants, '%s' is computed",
				node->input[i]->name);
	*quant = (struct gs_quant){ .valid = true, .type = GS_DT_I8 };
	ret = read_scales(q->graph, node, quant, q->diag);
	if (ret < 0)
		return ret;
	if (quant->num_scales != 1 || type == GS_DT_I32 ||
	    !read_zero(node, type, quant))
		return gs_node_error(
			q->diag, -ENOTSUP, node,
			"an activation has %u scales as %s, supported is one, of int8 or uint8",
			quant->num_scales, gs_dtype_name(type));
	return 0;
}

/* @node computes a copy of its input with the steps of its output. */
static int make_copy(struct qdq *q, struct gs_node *node, const char *op)
{
	node->op = op;
	node->num_inputs = 1;
	node->num_attrs = 0;
	if (strcmp(op, "Clip") != 0)
		return 0;
	if (gs_node_set_attr_float(q->graph, node, "min", -FLT_MAX) < 0 ||
	    gs_node_set_attr_float(q->graph, node, "max", FLT_MAX) < 0)
		return gs_nomem(q->diag);
	return 0;
}

/* Tensor @to takes the place of @from as the result of its node. */
static void rename_result(struct qdq *q, struct gs_tensor *from,
			  struct gs_tensor *to)
{
	struct gs_node *node = from->producer;
	unsigned i;

	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] == from)
			gs_node_set_output(node, i, to);
	gs_graph_replace_uses(q->graph, from, to);
	from->producer = NULL;
}

/*
 * @first, the result of the first DequantizeLinear behind QuantizeLinear @node,
 * is x itself; the node vanishes, unless other steps were pinned before, or both
 * names are those of inputs or outputs of the model.
 */
static int join(struct qdq *q, struct gs_node *node,
		const struct gs_quant *quant, struct gs_tensor *first)
{
	struct gs_tensor *x = node->input[0];
	const bool copy = x->quant.valid && !same_quant(&x->quant, quant);

	first->quant = *quant;
	if (copy || (first->is_output && (x->is_output || !x->producer))) {
		if (!copy)
			x->quant = *quant;
		gs_node_set_output(node, 0, first);
		return make_copy(q, node, copy ? "Clip" : "Identity");
	}
	gs_graph_remove_node(q->graph, node);
	if (first->is_output) {
		rename_result(q, x, first);
		return 0;
	}
	x->quant = *quant;
	first->producer = NULL;
	gs_graph_replace_uses(q->graph, first, x);
	return 0;
}

/* Is @node a DequantizeLinear of the same steps? */
static int check_reader(struct qdq *q, const struct gs_node *node,
			const struct gs_tensor *value,
			const struct gs_quant *quant)
{
	struct gs_quant own;
	int ret;

	if (!gs_op_is(node, "DequantizeLinear") || node->input[0] != value)
		return gs_node_error(
			q->diag, -ENOTSUP, node,
			"it reads the %s values '%s'; supported is DequantizeLinear alone",
			gs_dtype_name(value->type), value->name);
	ret = activation_quant(q, node, value->type, &own);
	if (ret < 0 || same_quant(&own, quant))
		return ret;
	return gs_node_error(
		q->diag, -ENOTSUP, node,
		"scale %.9g and zero point %d differ from those '%s' was quantized with, %.9g and %d",
		(double)own.scale[0], (int)own.zero_point, value->name,
		(double)quant->scale[0], (int)quant->zero_point);
}

static bool reads(const struct gs_node *node, const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] == t)
			return true;
	return false;
}

/* All that DequantizeLinear makes of @value becomes one tensor, which is returned in @first. */
static int take_readers(struct qdq *q, struct gs_tensor *value,
			const struct gs_quant *quant, struct gs_tensor **first)
{
	struct gs_node *n;
	int ret;

	*first = NULL;
	for (n = q->graph->node; n; n = n->next) {
		if (!reads(n, value))
			continue;
		ret = check_reader(q, n, value, quant);
		if (ret < 0)
			return ret;
		/* A second output of the model needs a node of its own. */
		if (*first && n->output[0]->is_output) {
			n->input[0] = *first;
			n->output[0]->quant = *quant;
			ret = make_copy(q, n, "Identity");
			if (ret < 0)
				return ret;
			continue;
		}
		gs_graph_remove_node(q->graph, n);
		n->output[0]->producer = NULL;
		if (*first)
			gs_graph_replace_uses(q->graph, n->output[0], *first);
		else
			*first = n->output[0];
	}
	return 0;
}

static int visit_pair(struct qdq *q, struct gs_node *node)
{
	struct gs_tensor *value = node->output[0], *first;
	struct gs_quant quant;
	int ret = activation_quant(q, node, value->type, &quant);

	if (ret < 0)
		return ret;
	if (value->is_output)
		return gs_node_error(
			q->diag, -ENOTSUP, node,
			"output '%s' of the model is of type %s, supported is float32: add a DequantizeLinear",
			value->name, gs_dtype_name(value->type));
	ret = take_readers(q, value, &quant, &first);
	if (ret < 0)
		return ret;
	if (first)
		return join(q, node, &quant, first);
	gs_graph_remove_node(q->graph, node);
	return 0;
}

/* ---- results that are elements of the input ------------------------------ */

static int copy_result(struct qdq *q, struct gs_node *node, unsigned index,
		       const struct gs_quant *quant)
{
	struct gs_tensor *out = node->output[index], *t;
	const char *name = gs_graph_printf(q->graph, "%s_steps", out->name);
	struct gs_node *copy;

	t = name ? gs_graph_add_tensor(q->graph, name, out->type, &out->shape) :
		   NULL;
	name = t ? gs_graph_printf(q->graph, "%s_steps", node->name) : NULL;
	copy = name ? gs_graph_add_node(q->graph, name, "Clip") : NULL;
	if (!copy || make_copy(q, copy, "Clip") < 0)
		return gs_nomem(q->diag);
	t->quant = *quant;
	gs_node_set_output(node, index, t);
	gs_node_set_input(copy, 0, t);
	gs_node_set_output(copy, 0, out);
	return 0;
}

/* From results to inputs that have no scale of their own */
static int pin_backward(struct qdq *q)
{
	struct gs_node **order, *node;
	size_t num = 0;

	order = gs_graph_alloc_array(q->graph, q->graph->next_node_id + 1,
				     sizeof(*order));
	if (!order)
		return gs_nomem(q->diag);
	for (node = q->graph->node; node; node = node->next)
		order[num++] = node;
	while (num-- > 0) {
		const struct gs_tensor *out = order[num]->output[0];
		struct gs_tensor *in = gs_input(order[num], 0);

		if (keeps(q, order[num]) && in && !in->data &&
		    !in->quant.valid && out && out->quant.valid)
			in->quant = out->quant;
	}
	return 0;
}

static int pin_forward(struct qdq *q)
{
	struct gs_node *node;
	unsigned i;

	for (node = q->graph->node; node; node = node->next) {
		const struct gs_tensor *in = gs_input(node, 0);
		const bool pinned = in && !in->data && in->quant.valid;

		if (!pinned || !keeps(q, node))
			continue;
		for (i = 0; i < node->num_outputs; i++) {
			struct gs_tensor *out = node->output[i];

			if (out && !out->quant.valid)
				out->quant = in->quant;
			if (out && !same_quant(&out->quant, &in->quant) &&
			    copy_result(q, node, i, &in->quant) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int gs_pass_qdq(struct gs_graph *graph, struct gs_diag *diag)
{
	struct qdq q = { .graph = graph, .diag = diag };
	struct gs_node *node, *next;
	int ret = gs_qdq_lift(graph, diag);

	if (ret < 0)
		return ret;
	for (node = graph->node; node; node = next) {
		ret = 0;
		if (gs_op_is(node, "QuantizeLinear"))
			ret = visit_pair(&q, node);
		else if (gs_op_is(node, "DequantizeLinear"))
			ret = gs_node_error(
				diag, -ENOTSUP, node,
				"the values '%s' come from no QuantizeLinear",
				node->input[0]->name);
		if (ret < 0)
			return ret;
		/* Behind a node that was removed stands what stood there. */
		next = node->next;
	}
	ret = pin_backward(&q);
	if (!ret)
		ret = pin_forward(&q);
	return ret ? ret : gs_settle(graph, diag);
}
