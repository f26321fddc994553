/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <float.h>
#include <math.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/pointwise.h"
#include "compiler/passes/util.h"

/* A range of less than this holds nothing but zero. */
#define TINY 1e-20

static const char *const weighted[] = { "Conv", "Gemm", "MatMul", NULL };
static const char *const elementwise[] = { "Add", "Sub", "Mul",	  "Div", "Max",
					   "Min", "Pow", "PRelu", NULL };
static const char *const from_0_to_1[] = { "Softmax", "Sigmoid", "HardSigmoid",
					   NULL };
static const char *const keeps_values[] = { "MaxPool", "GlobalMaxPool",
					    "ReduceMax", "ReduceMin", NULL };

struct quantize {
	struct gs_graph *graph;
	struct gs_diag *diag;
};

/* Added and taken away, it leaves a double of less than 2^51 rounded half to even. */
#define ROUND 0x1.8p52

/* Round half to even, the default mode of the processor and of ONNX. */
static int32_t round_clamp(double value, int32_t low, int32_t high)
{
	value = rint(value);
	return value < low ? low : value > high ? high : (int32_t)value;
}

/* ---- activations --------------------------------------------------------- */

static int set_per_tensor(struct quantize *q, struct gs_tensor *t, float scale,
			  int32_t zero_point)
{
	float *copy = gs_graph_alloc(q->graph, sizeof(*copy));

	if (!copy)
		return gs_nomem(q->diag);
	*copy = scale;
	t->quant = (struct gs_quant){
		.valid = true,
		.type = q->graph->data_type,
		.num_scales = 1,
		.scale = copy,
		.zero_point = zero_point,
	};
	return 0;
}

/*
 * All steps of the machine's data, from @min to @max; both include 0. Fewer where
 * @node, which may be NULL, cannot have as fine ones.
 */
static int set_range(struct quantize *q, const struct gs_node *node,
		     struct gs_tensor *t, double min, double max)
{
	const double low = gs_dtype_low(q->graph->data_type);
	const double high = gs_dtype_high(q->graph->data_type);
	double width = max - min;
	float scale;

	if (!isfinite(min) || !isfinite(max))
		return gs_error(q->diag, -EDOM,
				"tensor '%s' has a range that is not finite",
				t->name);
	scale = width < TINY ? 1.0f : (float)(width / (high - low));
	if (node)
		scale = (float)gs_least_step(q->graph, node, (double)scale);
	return set_per_tensor(q, t, scale,
			      gs_dtype_clamp(q->graph->data_type,
					     rint(low - min / (double)scale)));
}

static int quantize_observed(struct quantize *q, const struct gs_node *node,
			     struct gs_tensor *t, bool positive)
{
	if (!t->has_range)
		return gs_error(
			q->diag, -EINVAL,
			"tensor '%s' has no range: calibration did not run",
			t->name);
	return set_range(q, node, t, positive ? 0.0 : fmin((double)t->min, 0.0),
			 fmax((double)t->max, 0.0));
}

/* Bounds that leave at least half of the range cost little resolution. */
static bool keeps_range(const struct gs_node *node,
			const struct gs_tensor *source)
{
	const struct gs_tensor *out = node->output[0];

	return out->has_range && source->has_range &&
	       (out->max - out->min) * 2 >= source->max - source->min;
}

/* Is a real value among those of steps? */
static bool has_step(const struct gs_quant *quant, double value)
{
	const double q = value / (double)quant->scale[0] + quant->zero_point;

	return q >= gs_dtype_low(quant->type) &&
	       q <= gs_dtype_high(quant->type);
}

/* Results that are among the values of @source need no other steps. */
static bool shares(const struct gs_graph *graph, const struct gs_node *node,
		   const struct gs_tensor *source)
{
	if (gs_node_moves(graph, node) == GS_MOVE_SPLIT &&
	    gs_node_keeps(graph, node))
		return true;
	if (gs_op_in(node, keeps_values))
		return true;
	if (gs_op_is(node, "Relu"))
		return source->quant.zero_point ==
		       gs_dtype_low(source->quant.type);
	return gs_op_is(node, "Clip") && keeps_range(node, source);
}

/* By the rule of a codelet; 1: there is none */
static int quantize_by_rule(struct quantize *q, struct gs_node *node,
			    struct gs_tensor *out)
{
	const struct gs_op_rules *rules = q->graph->rules;
	struct gs_quant_answer a;
	const struct gs_tensor *source;
	int ret = rules && !gs_eval_find(node) ?
			  rules->quantize(rules->ctx, q->graph, node, &a,
					  q->diag) :
			  1;

	if (ret)
		return ret;
	switch (a.choice) {
	case GS_QUANT_SOURCE:
		source = gs_input(node, a.source);
		source = source ? gs_tensor_root(node->input[a.source]) : NULL;
		if (!source || !source->quant.valid)
			return gs_node_error(
				q->diag, -EINVAL, node,
				"the input whose scale the result has is missing");
		if (a.has_other && !has_step(&source->quant, a.other))
			return 1;
		out->quant = source->quant;
		return 0;
	case GS_QUANT_FIXED:
		return set_per_tensor(q, out, a.scale, a.zero_point);
	case GS_QUANT_RANGE:
		return set_range(q, NULL, out, fmin(a.low, 0), fmax(a.high, 0));
	case GS_QUANT_WITHIN:
		return set_range(q, NULL, out,
				 fmin(fmax((double)out->min, a.low), 0),
				 fmax(fmin((double)out->max, a.high), 0));
	default:
		return 1;
	}
}

static int quantize_output(struct quantize *q, struct gs_node *node)
{
	struct gs_tensor *out = node->output[0];
	struct gs_tensor *in = gs_input(node, 0);
	const int32_t low = gs_dtype_low(q->graph->data_type);
	unsigned i;
	int ret;

	in = in ? gs_tensor_root(in) : NULL;
	if (in && in->quant.valid && shares(q->graph, node, in))
		for (i = 0; i < node->num_outputs; i++)
			if (node->output[i] && !node->output[i]->quant.valid)
				node->output[i]->quant = in->quant;
	if (out->quant.valid)
		return 0;
	ret = quantize_by_rule(q, node, out);
	if (ret <= 0)
		return ret;
	if (gs_op_in(node, from_0_to_1))
		return set_per_tensor(q, out, -0.5f / (float)low, low);
	if (gs_op_is(node, "Equal"))
		return set_per_tensor(q, out, 1.0f, 0);
	if (gs_op_is(node, "Tanh"))
		return set_per_tensor(q, out, -1.0f / (float)low, 0);
	return quantize_observed(q, node, out,
				 node->activation == GS_ACT_RELU ||
					 gs_op_is(node, "Relu"));
}

/* ---- constants ----------------------------------------------------------- */

static bool same_quant(const struct gs_quant *a, const struct gs_quant *b)
{
	return a->type == b->type && a->num_scales == b->num_scales &&
	       a->axis == b->axis && a->zero_point == b->zero_point &&
	       !memcmp(a->scale, b->scale, a->num_scales * sizeof(*a->scale));
}

/*
 * Input @index of @node as a constant free to take @want: itself, or a copy
 * when another use took something else.
 */
static struct gs_tensor *claim(struct quantize *q, struct gs_node *node,
			       unsigned index, const struct gs_quant *want)
{
	struct gs_tensor *t = node->input[index], *copy;
	const char *name;

	if (!t->quant.valid || same_quant(&t->quant, want))
		return t;
	name = gs_graph_printf(q->graph, "%s_for_%s", t->name, node->name);
	copy = name ? gs_graph_add_tensor(q->graph, name, t->type, &t->shape) :
		      NULL;
	if (!copy) {
		gs_nomem(q->diag);
		return NULL;
	}
	copy->data = t->data;
	gs_node_set_input(node, index, copy);
	return copy;
}

/*
 * @num values divided by @scale, moved by @zero, rounded half to even and bounded.
 * Beyond 2^51 the sum with ROUND would not round to ones: they are bounded before.
 */
static void quantize_int8(const float *values, int64_t num, double scale,
			  double zero, double low, double high, int8_t *out)
{
	int64_t i;

	for (i = 0; i < num; i++) {
		double v = (double)values[i] / scale + zero;

		v = v > low ? v : low;
		v = v < high ? v : high;
		out[i] = (int8_t)(int32_t)(v + ROUND - ROUND);
	}
}

/*
 * Values divided by the scale of their channel (one scale: of all), rounded,
 * moved by the zero point.
 */
static int set_qdata(struct quantize *q, struct gs_node *node, unsigned index,
		     const struct gs_quant *want, int32_t low, int32_t high)
{
	struct gs_tensor *t = claim(q, node, index, want);
	int64_t elems, each, i;
	const float *values;
	void *data;

	if (!t)
		return -ENOMEM;
	if (t->qdata)
		return 0;
	elems = gs_shape_elems(&t->shape);
	each = elems / want->num_scales;
	values = t->data;
	data = gs_graph_alloc_array(q->graph, (size_t)elems,
				    gs_dtype_size(want->type));
	if (!data)
		return gs_nomem(q->diag);
	for (i = 0; i < elems && want->type == GS_DT_I32; i++)
		((int32_t *)data)[i] = round_clamp(
			(double)values[i] / (double)want->scale[i / each] +
				want->zero_point,
			low, high);
	for (i = 0; i < elems && want->type != GS_DT_I32; i += each)
		quantize_int8(values + i, each, (double)want->scale[i / each],
			      want->zero_point, low, high, (int8_t *)data + i);
	t->quant = *want;
	t->qdata = data;
	return 0;
}

/* ---- weights and biases -------------------------------------------------- */

static int channel_max(struct quantize *q, const struct gs_tensor *w,
		       int64_t channel, double *max)
{
	int64_t each = gs_shape_elems(&w->shape) / w->shape.dim[0], i;
	const float *values = (const float *)w->data + channel * each;

	*max = 0.0;
	for (i = 0; i < each; i++) {
		if (!isfinite(values[i]))
			return gs_error(
				q->diag, -EDOM,
				"weights '%s' have a value that is not finite in channel %lld",
				w->name, (long long)channel);
		*max = fabs((double)values[i]) > *max ?
			       fabs((double)values[i]) :
			       *max;
	}
	return 0;
}

/* Do the weights have scales of the model that the codelets can use? */
static bool is_pinned(struct quantize *q, const struct gs_node *node,
		      const struct gs_tensor *w)
{
	const struct gs_quant *own = &w->quant;

	if (!own->valid)
		return false;
	if (own->type == q->graph->weight_type && !own->zero_point &&
	    (own->num_scales == 1 ||
	     (own->axis == 0 && own->num_scales == w->shape.dim[0])))
		return true;
	gs_warn(q->diag,
		"node '%s' (%s): weights '%s' have zero point %d and %u scales on axis %u as %s; they are quantized again, with zero point 0 and a scale for each output channel",
		node->name, node->op, w->name, (int)own->zero_point,
		own->num_scales, own->axis, gs_dtype_name(own->type));
	return false;
}

/*
 * A channel whose weights are nothing beside its bias gets coarser weights, so
 * that the bias fits its int32; one without weights gets the largest scale.
 */
static int weight_scales(struct quantize *q, const struct gs_node *node,
			 float *scale)
{
	const struct gs_tensor *w = node->input[1], *b = gs_input(node, 2);
	double sx = (double)gs_tensor_root(node->input[0])->quant.scale[0];
	const bool pinned = is_pinned(q, node, w);
	double largest = 0.0, max, need;
	int64_t c, coarse = 0, num = w->shape.dim[0];
	const int64_t each = gs_shape_elems(&w->shape) / num;

	for (c = 0; c < num; c++) {
		if (channel_max(q, w, c, &max) < 0)
			return -EDOM;
		scale[c] =
			(float)(max < TINY ?
					0.0 :
					gs_weight_scale((const float *)w->data +
								c * each,
							each, max,
							q->graph->weight_type));
		if (pinned)
			scale[c] =
				w->quant.scale[w->quant.num_scales > 1 ? c : 0];
		largest = fmax(largest, (double)scale[c]);
	}
	for (c = 0; c < num; c++) {
		need = b ? fabs((double)((const float *)b->data)[c]) : 0.0;
		need /= sx * GS_BIAS_LIMIT;
		if (!isfinite(need))
			return gs_error(
				q->diag, -EDOM,
				"bias '%s' has a value that is not finite in channel %lld",
				b->name, (long long)c);
		if (scale[c] == 0.0f)
			scale[c] = largest > 0.0 ? (float)largest : 1.0f;
		coarse += need > (double)scale[c];
		scale[c] = fmaxf(scale[c], (float)need);
	}
	if (coarse)
		gs_warn(q->diag,
			"node '%s' (%s): in %lld of %lld channels the weights are negligible beside the bias and are quantized more coarsely",
			node->name, node->op, (long long)coarse,
			(long long)num);
	return 0;
}

/* The same steps for all channels, one by one */
static void spread(struct gs_tensor *w, const struct gs_quant *want)
{
	unsigned c;

	if (!w->quant.valid || w->quant.num_scales != 1 ||
	    w->quant.type != want->type || w->quant.zero_point)
		return;
	for (c = 0; c < want->num_scales; c++)
		if (want->scale[c] != w->quant.scale[0])
			return;
	w->quant = *want;
}

static int quantize_bias(struct quantize *q, struct gs_node *node,
			 const float *weight_scale, unsigned num)
{
	float sx = gs_tensor_root(node->input[0])->quant.scale[0];
	float *scale;
	unsigned c;
	struct gs_quant want = { .valid = true,
				 .type = GS_DT_I32,
				 .num_scales = num };

	scale = gs_graph_alloc_array(q->graph, num, sizeof(*scale));
	if (!scale)
		return gs_nomem(q->diag);
	for (c = 0; c < num; c++) {
		scale[c] = sx * weight_scale[c];
		if (!isnormal(scale[c]))
			return gs_node_error(
				q->diag, -EDOM, node,
				"the bias of channel %u has scale %g, outside the range of float32",
				c, (double)scale[c]);
	}
	want.scale = scale;
	spread(node->input[2], &want);
	return set_qdata(q, node, 2, &want, -GS_BIAS_LIMIT, GS_BIAS_LIMIT);
}

static int quantize_weights(struct quantize *q, struct gs_node *node)
{
	const struct gs_tensor *w = gs_input(node, 1), *b = gs_input(node, 2);
	struct gs_quant want = { .valid = true, .type = q->graph->weight_type };
	const int32_t most = gs_dtype_high(want.type);
	float *scale;
	bool pinned;
	int ret;

	if (!w || !w->data || (b && !b->data))
		return gs_node_error(q->diag, -ENOTSUP, node,
				     "weights and bias must be constants");
	want.num_scales = (unsigned)w->shape.dim[0];
	scale = gs_graph_alloc_array(q->graph, want.num_scales, sizeof(*scale));
	if (!scale)
		return gs_nomem(q->diag);
	ret = weight_scales(q, node, scale);
	if (ret < 0)
		return ret;
	want.scale = scale;
	spread(node->input[1], &want);
	pinned = w->quant.valid || (b && b->quant.valid);
	ret = set_qdata(q, node, 1, &want, -most, most);
	if (!ret && !pinned)
		ret = gs_correct_bias(q->graph, node);
	if (ret < 0 || !gs_input(node, 2))
		return ret;
	return quantize_bias(q, node, scale, want.num_scales);
}

/*
 * Weights of ConvTranspose stand by input channel. They are quantized as those
 * of a convolution, one scale for each output channel (of all groups), and put
 * back.
 */
static struct gs_tensor *turn_weights(struct quantize *q,
				      const struct gs_tensor *w, int64_t group,
				      const struct gs_tensor *from)
{
	struct gs_shape s = w->shape;
	const int64_t in = s.dim[0] / group, out = s.dim[1];
	const int64_t each = gs_shape_elems(&s) / s.dim[0] / out;
	const size_t size = from ? 1 : sizeof(float);
	const char *old = from ? from->qdata : w->data;
	struct gs_tensor *t;
	int64_t o, i;
	void *data;

	if (!from) {
		s.dim[0] = out * group;
		s.dim[1] = in;
	}
	t = gs_add_constant(q->graph,
			    gs_graph_printf(q->graph, "%s_turned", w->name),
			    GS_DT_F32, &s, &data);
	for (o = 0; t && o < out * group; o++)
		for (i = 0; i < in; i++) {
			const int64_t row = (o / out * in + i) * out + o % out;
			const int64_t at = from ? row : o * in + i;
			const int64_t src = from ? o * in + i : row;

			memcpy((char *)data + (size_t)(at * each) * size,
			       old + (size_t)(src * each) * size,
			       (size_t)each * size);
		}
	if (t && !from && w->quant.valid &&
	    (w->quant.num_scales == 1 || (group == 1 && w->quant.axis == 1))) {
		t->quant = w->quant;
		t->quant.axis = 0;
	}
	if (t && from) {
		t->qdata = data;
		t->data = w->data;
		t->quant = from->quant;
		t->quant.axis = 1;
	}
	return t;
}

static int quantize_transposed(struct quantize *q, struct gs_node *node)
{
	const struct gs_tensor *w = gs_input(node, 1);
	const int64_t group = gs_node_attr_int(node, "group", 1);
	struct gs_node conv = *node;
	int ret;

	if (!w || !w->data)
		return gs_node_error(q->diag, -ENOTSUP, node,
				     "weights must be constants");
	conv.input[1] = turn_weights(q, w, group, NULL);
	if (!conv.input[1])
		return gs_nomem(q->diag);
	ret = quantize_weights(q, &conv);
	if (ret < 0)
		return ret;
	if (conv.num_inputs > 2)
		node->input[2] = conv.input[2];
	node->input[1] = turn_weights(q, w, group, conv.input[1]);
	return node->input[1] ? 0 : gs_nomem(q->diag);
}

/* ---- constant operands --------------------------------------------------- */

static int quantize_operand(struct quantize *q, struct gs_node *node,
			    unsigned index)
{
	const struct gs_tensor *t = node->input[index];
	const enum gs_dtype type = q->graph->data_type;
	struct gs_tensor range = { .name = t->name };
	const float *values = t->data;
	int64_t elems = gs_shape_elems(&t->shape), i;
	double min = 0.0, max = 0.0;
	int ret = 0;

	for (i = 0; i < elems; i++) {
		if (!isfinite(values[i]))
			return gs_error(
				q->diag, -EDOM,
				"constant '%s' has a value that is not finite",
				t->name);
		min = fmin(min, (double)values[i]);
		max = fmax(max, (double)values[i]);
	}
	if (t->quant.valid && t->quant.num_scales == 1 && t->quant.type == type)
		range.quant = t->quant;
	else
		ret = set_range(q, NULL, &range, min, max);
	if (!ret)
		ret = set_qdata(q, node, index, &range.quant,
				gs_dtype_low(type), gs_dtype_high(type));
	if (ret < 0)
		return ret;
	node->input[index]->min = (float)min;
	node->input[index]->max = (float)max;
	node->input[index]->has_range = true;
	return 0;
}

/* Constants of an operator that codelets alone know, as its codelet takes them */
static int quantize_inputs(struct quantize *q, struct gs_node *node)
{
	const struct gs_op_rules *rules = q->graph->rules;
	unsigned i;
	int ret = 0;

	if (!rules || gs_eval_find(node) || !rules->knows(rules->ctx, node) ||
	    gs_node_moves(q->graph, node) == GS_MOVE_JOIN)
		return 0;
	for (i = 0; i < node->num_inputs && !ret; i++) {
		const enum gs_input_role role =
			rules->role(rules->ctx, node, i);

		if (!node->input[i] || !node->input[i]->data)
			continue;
		if (role == GS_ROLE_ACTIVATION)
			ret = quantize_operand(q, node, i);
		else if (role == GS_ROLE_WEIGHT && i == 1)
			ret = quantize_weights(q, node);
	}
	return ret;
}

/* Parts of a result that are constants have its scale. */
static int quantize_parts(struct quantize *q, struct gs_node *node)
{
	unsigned i;
	int ret = 0;

	if (gs_node_moves(q->graph, node) != GS_MOVE_JOIN)
		return 0;
	i = q->graph->rules->source(q->graph->rules->ctx, node);
	for (; i < node->num_inputs && !ret; i++)
		if (node->input[i]->data)
			ret = set_qdata(q, node, i, &node->output[0]->quant,
					gs_dtype_low(q->graph->data_type),
					gs_dtype_high(q->graph->data_type));
	return ret;
}

static int quantize_node(struct quantize *q, struct gs_node *node)
{
	unsigned i;
	int ret = 0;

	if (gs_op_in(node, weighted))
		ret = quantize_weights(q, node);
	if (gs_op_is(node, "ConvTranspose"))
		ret = quantize_transposed(q, node);
	for (i = 0; gs_op_in(node, elementwise) && i < 2 && !ret; i++)
		if (node->input[i]->data && (!gs_is_row_constant(node, i) ||
					     (!i && gs_op_is(node, "Pow"))))
			ret = quantize_operand(q, node, i);
	ret = ret ? ret : quantize_inputs(q, node);
	ret = ret < 0 ? ret : quantize_output(q, node);
	return ret ? ret : quantize_parts(q, node);
}

/* ---- ranges of joined tensors -------------------------------------------- */

/* The tensor whose range decides that of @t: behind what keeps values. */
static struct gs_tensor *range_of(const struct gs_graph *graph,
				  struct gs_tensor *t)
{
	t = gs_tensor_root(t);
	while (t->producer &&
	       (gs_op_in(t->producer, keeps_values) ||
		gs_node_shares(graph, t->producer)) &&
	       gs_input(t->producer, 0))
		t = gs_tensor_root(t->producer->input[0]);
	return t;
}

static bool is_rectified(const struct gs_tensor *t)
{
	return t->producer && (t->producer->activation == GS_ACT_RELU ||
			       gs_op_is(t->producer, "Relu"));
}

/*
 * What is joined takes the range of the result, so that it can be written in
 * place, unless that would leave it less than half of its steps.
 */
static void share_ranges(const struct gs_graph *graph, struct gs_node *node)
{
	const struct gs_tensor *out = node->output[0];
	unsigned i;

	for (i = 0; i < node->num_inputs; i++) {
		struct gs_tensor *t = node->input[i];

		t = t && !t->data ? range_of(graph, t) : NULL;
		if (!t || t->quant.valid || !t->has_range || !out->has_range ||
		    t->is_input ||
		    (t->max - t->min) * 2 < out->max - out->min ||
		    (out->min < 0 && is_rectified(t)))
			continue;
		t->min = out->min < t->min ? out->min : t->min;
		t->max = out->max > t->max ? out->max : t->max;
	}
}

/* What is compared has one scale: that of both ranges together. */
static void share_compared(const struct gs_graph *graph, struct gs_node *node)
{
	struct gs_tensor *a, *b;

	if (node->input[0]->data || node->input[1]->data)
		return;
	a = range_of(graph, node->input[0]);
	b = range_of(graph, node->input[1]);
	if (a->quant.valid || b->quant.valid || !a->has_range || !b->has_range)
		return;
	a->min = b->min = fminf(a->min, b->min);
	a->max = b->max = fmaxf(a->max, b->max);
}

/* The last join first: those it joins may be results of others. */
static void share_all(const struct gs_graph *graph)
{
	struct gs_node *last = NULL, *n;

	do {
		struct gs_node *found = NULL;

		for (n = graph->node; n && n != last; n = n->next)
			if (gs_node_moves(graph, n) == GS_MOVE_JOIN)
				found = n;
		last = found;
		if (last)
			share_ranges(graph, last);
	} while (last);
}

int gs_pass_quantize(struct gs_graph *graph, struct gs_diag *diag)
{
	struct quantize q = { .graph = graph, .diag = diag };
	struct gs_node *node;
	unsigned i;
	int ret;

	if (gs_limit_ranges(graph) < 0)
		return gs_nomem(diag);
	share_all(graph);
	for (node = graph->node; node; node = node->next)
		if (gs_op_is(node, "Equal"))
			share_compared(graph, node);
	for (i = 0; i < graph->num_inputs; i++) {
		if (graph->input[i]->quant.valid)
			continue;
		ret = quantize_observed(&q, NULL, graph->input[i], false);
		if (ret < 0)
			return ret;
	}
	for (node = graph->node; node; node = node->next) {
		ret = quantize_node(&q, node);
		if (ret < 0)
			return ret;
	}
	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];

		if (t->view_of)
			t->quant = gs_tensor_root(t)->quant;
	}
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
