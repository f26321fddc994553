/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/onnx.pb-c.h"

#include "compiler/emit/qdq_attrs.h"
#include "compiler/emit/qdq_onnx.h"
#include "compiler/emit/qdq_params.h"
#include "compiler/ir/arena.h"
#include "compiler/ir/names.h"
#include "compiler/ir/op_rules.h"

#define IR_VERSION 7

#define TYPE_BOOL ONNX__TENSOR_PROTO__DATA_TYPE__BOOL
#define TYPE_FLOAT ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT
#define TYPE_INT8 ONNX__TENSOR_PROTO__DATA_TYPE__INT8
#define TYPE_INT32 ONNX__TENSOR_PROTO__DATA_TYPE__INT32
#define TYPE_INT64 ONNX__TENSOR_PROTO__DATA_TYPE__INT64

/* Built in an arena, packed at the end. The first failure sticks in @err: what builds need not check. */
struct qdq {
	const struct gs_graph *graph;
	struct gs_diag *diag;
	struct gs_arena *arena;
	struct gs_names names; /* of all values */
	bool *emitted[2]; /* constants by tensor id; transposed ones */
	Onnx__GraphProto *proto;
	int err;
};

/* ---- memory -------------------------------------------------------------- */

static void fail_nomem(struct qdq *q)
{
	if (!q->err)
		q->err = gs_error(q->diag, -ENOMEM, "out of memory");
}

static void *alloc(struct qdq *q, size_t num, size_t size)
{
	void *data = NULL;
	size_t bytes;

	if (!__builtin_mul_overflow(num, size, &bytes))
		data = gs_arena_alloc(q->arena, bytes);
	if (!data)
		fail_nomem(q);
	return data;
}

static char *format(struct qdq *q, const char *fmt, ...) GS_PRINTF(2, 3);

/* Never NULL: a name that could not be made stops the writer by @err. */
static char *format(struct qdq *q, const char *fmt, ...)
{
	static char none[1];
	char *text = NULL, *copy;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		fail_nomem(q);
		return none;
	}
	copy = alloc(q, (size_t)n + 1, 1);
	if (copy)
		memcpy(copy, text, (size_t)n + 1);
	free(text);
	return copy ? copy : none;
}

/* Append to a list of pointers whose room is the next power of two. */
static void push(struct qdq *q, void *list, size_t *num, void *item)
{
	void **old, **room;

	memcpy(&old, list, sizeof(old));
	if (!(*num & (*num - 1))) {
		room = alloc(q, *num ? *num * 2 : 1, sizeof(*room));
		if (!room)
			return;
		if (*num)
			memcpy(room, old, *num * sizeof(*room));
		memcpy(list, &room, sizeof(room));
		old = room;
	}
	old[(*num)++] = item;
}

/* Value @name must be new. */
static void define(struct qdq *q, const char *name)
{
	int ret;

	if (q->err)
		return;
	ret = gs_names_put(&q->names, name, q);
	if (ret == -EEXIST)
		q->err = gs_error(
			q->diag, -EEXIST,
			"the name '%s' is needed twice in the QDQ model; rename that tensor",
			name);
	else if (ret < 0)
		fail_nomem(q);
}

/* ---- tensors ------------------------------------------------------------- */

static char *add_initializer(struct qdq *q, char *name, int32_t type,
			     const struct gs_shape *shape, const void *data,
			     size_t bytes)
{
	Onnx__TensorProto *t = alloc(q, 1, sizeof(*t));
	unsigned i;

	if (!t || q->err)
		return name;
	onnx__tensor_proto__init(t);
	t->name = name;
	t->has_data_type = 1;
	t->data_type = type;
	t->n_dims = shape->rank;
	t->dims = alloc(q, shape->rank, sizeof(*t->dims));
	t->has_raw_data = 1;
	t->raw_data.len = bytes;
	t->raw_data.data = alloc(q, bytes, 1);
	if (q->err)
		return name;
	for (i = 0; i < shape->rank; i++)
		t->dims[i] = shape->dim[i];
	if (bytes)
		memcpy(t->raw_data.data, data, bytes);
	define(q, name);
	push(q, &q->proto->initializer, &q->proto->n_initializer, t);
	return name;
}

static void add_value_info(struct qdq *q, const struct gs_tensor *t,
			   Onnx__ValueInfoProto ***list, size_t *num)
{
	Onnx__ValueInfoProto *info = alloc(q, 1, sizeof(*info));
	Onnx__TypeProto *type = alloc(q, 1, sizeof(*type));
	Onnx__TypeProto__Tensor *tensor = alloc(q, 1, sizeof(*tensor));
	Onnx__TensorShapeProto *shape = alloc(q, 1, sizeof(*shape));
	unsigned i;

	if (q->err)
		return;
	onnx__value_info_proto__init(info);
	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(tensor);
	onnx__tensor_shape_proto__init(shape);
	for (i = 0; i < t->shape.rank; i++) {
		Onnx__TensorShapeProto__Dimension *dim =
			alloc(q, 1, sizeof(*dim));

		if (!dim)
			return;
		onnx__tensor_shape_proto__dimension__init(dim);
		dim->value_case =
			ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		dim->dim_value = t->shape.dim[i];
		push(q, &shape->dim, &shape->n_dim, dim);
	}
	tensor->has_elem_type = 1;
	tensor->elem_type = TYPE_FLOAT;
	tensor->shape = shape;
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = tensor;
	info->name = format(q, "%s", t->name);
	info->type = type;
	push(q, list, num, info);
}

/* ---- nodes --------------------------------------------------------------- */

/* The output is the last name; inputs may be NULL for "left out". */
static Onnx__NodeProto *add_node(struct qdq *q, const char *op, char *name,
				 char *output)
{
	Onnx__NodeProto *node = alloc(q, 1, sizeof(*node));

	if (!node)
		return NULL;
	onnx__node_proto__init(node);
	node->op_type = format(q, "%s", op);
	node->name = name;
	push(q, &node->output, &node->n_output, output);
	define(q, output);
	push(q, &q->proto->node, &q->proto->n_node, node);
	return node;
}

static void add_input(struct qdq *q, Onnx__NodeProto *node, char *name)
{
	if (node)
		push(q, &node->input, &node->n_input, name);
}

static void copy_attr(struct qdq *q, Onnx__NodeProto *proto,
		      const struct gs_attr *attr)
{
	if (!q->err && proto && gs_qdq_add_attr(q->arena, proto, attr) < 0)
		fail_nomem(q);
}

static void add_attr_int(struct qdq *q, Onnx__NodeProto *proto,
			 const char *name, int64_t value)
{
	const struct gs_attr attr = { .name = name,
				      .kind = GS_ATTR_INT,
				      .i = value };

	copy_attr(q, proto, &attr);
}

static void copy_attrs(struct qdq *q, const struct gs_node *node,
		       Onnx__NodeProto *proto)
{
	if (!q->err && proto &&
	    gs_qdq_copy_attrs(q->arena, q->graph, node, proto) < 0)
		fail_nomem(q);
}

/* ---- constants ----------------------------------------------------------- */

/* Scales and zero points as initializers; @base names them. */
static void add_params(struct qdq *q, Onnx__NodeProto *node,
		       const struct gs_quant *quant, const char *base)
{
	struct gs_shape shape = { 0 };
	unsigned num = quant->num_scales, i;
	int8_t *zero;

	if (num > 1 || quant->type == GS_DT_I32) {
		shape.rank = 1;
		shape.dim[0] = num;
	}
	add_input(q, node,
		  add_initializer(q, format(q, "%s_scale", base), TYPE_FLOAT,
				  &shape, quant->scale,
				  num * sizeof(*quant->scale)));
	if (quant->type == GS_DT_I32)
		return;
	zero = alloc(q, num, 1);
	for (i = 0; zero && i < num; i++)
		zero[i] = (int8_t)quant->zero_point;
	if (zero)
		add_input(q, node,
			  add_initializer(q, format(q, "%s_zp", base),
					  TYPE_INT8, &shape, zero, num));
}

static char *emit_float_constant(struct qdq *q, const struct gs_tensor *t)
{
	char *name = format(q, "%s_f", t->name);

	if (q->emitted[0][t->id])
		return name;
	q->emitted[0][t->id] = true;
	return add_initializer(q, name, TYPE_FLOAT, &t->shape, t->data,
			       (size_t)gs_shape_elems(&t->shape) *
				       sizeof(float));
}

/*
 * Weights of ConvTranspose [IC, OC / group, kernel...]: DequantizeLinear has no
 * axis for the channels of several groups, so what it would give is written.
 */
static char *emit_transposed_weights(struct qdq *q, const struct gs_node *node)
{
	const struct gs_tensor *t = node->input[1];
	const size_t elems = (size_t)gs_shape_elems(&t->shape);
	float *data = alloc(q, elems, sizeof(*data));

	if (data)
		gs_qdq_transposed_weights(node, data);
	return add_initializer(q, format(q, "%s_for_%s", t->name, node->name),
			       TYPE_FLOAT, &t->shape, data, elems * 4);
}

/* Indices: not a value of the network. */
static char *emit_integers(struct qdq *q, const struct gs_tensor *t)
{
	char *name = format(q, "%s_i", t->name);

	if (q->emitted[0][t->id])
		return name;
	q->emitted[0][t->id] = true;
	return add_initializer(
		q, name, t->type == GS_DT_I32 ? TYPE_INT32 : TYPE_INT64,
		&t->shape, t->data,
		(size_t)gs_shape_elems(&t->shape) * gs_dtype_size(t->type));
}

/* The name of the float32 value of constant @t */
static char *emit_constant(struct qdq *q, const struct gs_tensor *t,
			   bool transpose)
{
	const char *suffix = transpose ? "t" : "";
	char *name = format(q, "%s_dq%s", t->name, suffix);
	bool wide = t->quant.type == GS_DT_I32;
	struct gs_shape shape = t->shape;
	const void *data = t->qdata;
	Onnx__NodeProto *node;
	char *base;

	if (!data && (t->type == GS_DT_I32 || t->type == GS_DT_I64))
		return emit_integers(q, t);
	if (!data)
		return emit_float_constant(q, t);
	if (q->emitted[transpose][t->id])
		return name;
	q->emitted[transpose][t->id] = true;
	if (transpose) {
		int8_t *room = alloc(q, (size_t)gs_shape_elems(&shape), 1);

		data = room ? gs_qdq_transposed(t, &shape, room) : NULL;
	}
	node = add_node(q, "DequantizeLinear",
			format(q, "%s_DequantizeLinear%s", t->name, suffix),
			name);
	add_input(q, node,
		  add_initializer(q, format(q, "%s_q%s", t->name, suffix),
				  wide ? TYPE_INT32 : TYPE_INT8, &shape, data,
				  (size_t)gs_shape_elems(&shape) *
					  (wide ? 4 : 1)));
	base = format(q, "%s%s", t->name, transpose ? "_qt" : "");
	add_params(q, node, &t->quant, base);
	if (t->quant.num_scales > 1 || wide)
		add_attr_int(q, node, "axis",
			     transpose ? 1 : (int64_t)t->quant.axis);
	return name;
}

/* ---- activations --------------------------------------------------------- */

static char *value_name(struct qdq *q, const struct gs_tensor *t)
{
	return format(q, t->is_output ? "%s" : "%s_dq", t->name);
}

/* A bound as an input; left out where there is none. */
static void add_bound(struct qdq *q, Onnx__NodeProto *proto, const char *what,
		      float bound)
{
	const struct gs_shape one = { 0 };

	if (!(fabsf(bound) < FLT_MAX))
		add_input(q, proto, format(q, "%s", ""));
	else if (proto)
		add_input(q, proto,
			  add_initializer(
				  q, format(q, "%s_%s", proto->name, what),
				  TYPE_FLOAT, &one, &bound, sizeof(bound)));
}

static void add_clip(struct qdq *q, Onnx__NodeProto *proto, float low,
		     float high)
{
	add_bound(q, proto, "min", low);
	add_bound(q, proto, "max", high);
}

/* Values of @t before they are quantized: int8 has more steps than int4. */
static char *emit_bounds(struct qdq *q, const struct gs_tensor *t, char *from)
{
	const struct gs_quant *quant = &t->quant;
	char *name = format(q, "%s_bounded", t->name);
	Onnx__NodeProto *proto;

	if (quant->type != GS_DT_I4)
		return from;
	proto = add_node(q, "Clip", format(q, "%s_Clip", t->name), name);
	add_input(q, proto, from);
	add_clip(q, proto,
		 quant->scale[0] *
			 (float)(gs_dtype_low(quant->type) - quant->zero_point),
		 quant->scale[0] * (float)(gs_dtype_high(quant->type) -
					   quant->zero_point));
	return name;
}

/* From float32 value @from through int8 to the value others read */
static void emit_qdq(struct qdq *q, const struct gs_tensor *t, char *from)
{
	char *name = format(q, "%s_q", t->name);
	Onnx__NodeProto *quantize, *dequantize;

	if (!t->quant.valid) {
		if (!q->err)
			q->err = gs_error(q->diag, -EINVAL,
					  "tensor '%s' is not quantized",
					  t->name);
		return;
	}
	from = emit_bounds(q, t, from);
	quantize = add_node(q, "QuantizeLinear",
			    format(q, "%s_QuantizeLinear", t->name), name);
	add_input(q, quantize, from);
	add_params(q, quantize, &t->quant, t->name);
	dequantize = add_node(q, "DequantizeLinear",
			      format(q, "%s_DequantizeLinear", t->name),
			      value_name(q, t));
	add_input(q, dequantize, name);
	if (!quantize || !dequantize || q->err)
		return;
	add_input(q, dequantize, quantize->input[1]);
	add_input(q, dequantize, quantize->input[2]);
}

static void emit_view(struct qdq *q, const struct gs_tensor *root,
		      const struct gs_tensor *t)
{
	struct gs_shape dims = { 1, { t->shape.rank } };
	char *raw = format(q, "%s_raw", t->name);
	Onnx__NodeProto *node;

	node = add_node(q, "Reshape", format(q, "%s_Reshape", t->name), raw);
	add_input(q, node, value_name(q, root));
	add_input(q, node,
		  add_initializer(q, format(q, "%s_shape", t->name), TYPE_INT64,
				  &dims, t->shape.dim,
				  t->shape.rank * sizeof(int64_t)));
	emit_qdq(q, t, raw);
}

/* @t, which float32 value @from holds, and all views of it */
static void emit_activation(struct qdq *q, const struct gs_tensor *t,
			    char *from)
{
	unsigned i;

	emit_qdq(q, t, from);
	for (i = 0; i < q->graph->num_tensors && !q->err; i++) {
		struct gs_tensor *view = q->graph->tensor[i];

		if (view->view_of && gs_tensor_root(view) == t)
			emit_view(q, t, view);
	}
}

static char *emit_operand(struct qdq *q, const struct gs_node *node,
			  unsigned index)
{
	const struct gs_tensor *t = node->input[index];

	if (!t)
		return format(q, "%s", "");
	if (!t->data)
		return value_name(q, t);
	if (gs_qdq_is_op(node, "ConvTranspose") && index == 1)
		return emit_transposed_weights(q, node);
	return emit_constant(q, t, gs_qdq_is_op(node, "MatMul") && index == 1);
}

/* The sum with the last input of @node, @to or, when that is NULL, a value to be fused further */
static char *emit_residual(struct qdq *q, const struct gs_node *node,
			   char *from, char *other, char *to)
{
	char *sum = to ? to : format(q, "%s_sum", node->output[0]->name);
	Onnx__NodeProto *proto =
		add_node(q, "Add", format(q, "%s_Add", node->name), sum);

	add_input(q, proto, from);
	add_input(q, proto, other);
	return sum;
}

/* What was fused into @node, from float32 value @from to @to */
static void emit_fused(struct qdq *q, const struct gs_node *node, char *from,
		       char *to)
{
	static const char *const op[] = { [GS_ACT_RELU] = "Relu",
					  [GS_ACT_CLIP] = "Clip",
					  [GS_ACT_LEAKY] = "LeakyRelu" };
	const char *name = op[node->activation];
	const struct gs_attr alpha = { .name = "alpha",
				       .kind = GS_ATTR_FLOAT,
				       .f = node->act[0] };
	Onnx__NodeProto *proto =
		add_node(q, name, format(q, "%s_%s", node->name, name), to);

	add_input(q, proto, from);
	if (node->activation == GS_ACT_CLIP)
		add_clip(q, proto, node->act[0], node->act[1]);
	if (node->activation == GS_ACT_LEAKY)
		copy_attr(q, proto, &alpha);
}

/* Attributes become inputs; those before them that the node does not have are left out. */
static void add_param_inputs(struct qdq *q, const struct gs_node *node,
			     Onnx__NodeProto *proto)
{
	struct gs_qdq_param param[GS_QDQ_MAX_PARAMS];
	const unsigned num = gs_qdq_params(q->graph, node, param);
	unsigned k, at;

	for (at = node->num_inputs; at < GS_MAX_IO && proto && !q->err; at++) {
		for (k = 0; k < num && param[k].input != at; k++)
			;
		if (k < num) {
			const struct gs_qdq_param *p = &param[k];
			const struct gs_shape shape = { !p->scalar,
							{ p->num } };
			const void *data =
				p->is_float ? (const void *)p->floats : p->ints;

			while (proto->n_input < at)
				add_input(q, proto, format(q, "%s", ""));
			add_input(
				q, proto,
				add_initializer(
					q,
					format(q, "%s_%s", node->name, p->name),
					p->is_float ? TYPE_FLOAT : TYPE_INT64,
					&shape, data,
					p->num * (p->is_float ? 4 : 8)));
		}
	}
}

/* The operator has a bool, or takes one: as @type. */
static char *emit_cast(struct qdq *q, const char *node, const char *value,
		       char *from, int32_t type)
{
	char *to = format(q, "%s_cast", value);
	Onnx__NodeProto *proto =
		add_node(q, "Cast", format(q, "%s_Cast", node), to);

	add_input(q, proto, from);
	add_attr_int(q, proto, "to", type);
	return to;
}

/* Whether input @index, or -1, the result, is a bool in ONNX */
static bool is_truth(const struct qdq *q, const struct gs_node *node, int index)
{
	const struct gs_op_rules *rules = q->graph->rules;

	return (index < 0 && gs_qdq_is_op(node, "Equal")) ||
	       (rules && rules->truth(rules->ctx, node, index));
}

/* Float32 value @from, by operator @op with one value or one for each channel */
static char *emit_factor(struct qdq *q, const struct gs_node *node,
			 const char *op, const char *name, const float *value,
			 int64_t num, char *from)
{
	const struct gs_shape shape = { num > 1 ? 4 : 0, { 1, num, 1, 1 } };
	char *to = format(q, "%s_%s", node->output[0]->name, name);
	Onnx__NodeProto *proto =
		add_node(q, op, format(q, "%s_%s", node->name, name), to);

	add_input(q, proto, from);
	add_input(q, proto,
		  add_initializer(q, format(q, "%s_value", to), TYPE_FLOAT,
				  &shape, value, (size_t)num * sizeof(*value)));
	return to;
}

/* HardSwish of ONNX has no factors and no addend. */
static char *emit_swish(struct qdq *q, const struct gs_node *node, char *from)
{
	const float alpha = gs_node_attr_float(node, "alpha", 1);
	const float beta = gs_node_attr_float(node, "beta", 0);

	if (alpha != 1)
		from = emit_factor(q, node, "Mul", "alpha", &alpha, 1, from);
	if (beta != 0)
		from = emit_factor(q, node, "Add", "beta", &beta, 1, from);
	if (node->num_inputs > 1)
		from = emit_factor(q, node, "Mul", "a", node->input[2]->data,
				   node->output[0]->shape.dim[1], from);
	return from;
}

/* Results behind the first, as Split has them. */
static void emit_more_outputs(struct qdq *q, const struct gs_node *node,
			      Onnx__NodeProto *proto)
{
	unsigned i;

	for (i = 1; i < node->num_outputs && proto && !q->err; i++) {
		char *raw = node->output[i] ?
				    format(q, "%s_raw", node->output[i]->name) :
				    format(q, "%s", "");

		push(q, &proto->output, &proto->n_output, raw);
		if (!node->output[i])
			continue;
		define(q, raw);
		emit_activation(q, node->output[i], raw);
	}
}

static void emit_node(struct qdq *q, const struct gs_node *node)
{
	const struct gs_tensor *out = node->output[0];
	char *in[GS_MAX_IO], *raw = format(q, "%s_raw", out->name);
	const bool swish = gs_qdq_is_op(node, "HardSwish");
	const unsigned operands = swish ? 1 : node->num_inputs;
	unsigned num = operands - (node->residual ? 1 : 0);
	bool last = node->activation == GS_ACT_NONE;
	char *result = last && !node->residual ? raw :
						 format(q, "%s_pre", out->name);
	Onnx__NodeProto *proto;
	unsigned i;

	if (gs_qdq_is_dilated_mean(node))
		q->err = gs_node_error(
			q->diag, -ENOTSUP, node,
			"operator sets 13 and 14 have no dilations");
	if (gs_qdq_is_op(node, "Resize") && !gs_qdq_can_resize(node))
		q->err = gs_node_error(
			q->diag, -ENOTSUP, node,
			"operator set 13 has no keep_aspect_ratio_policy");
	/* Constants are nodes too, and come before their use. */
	for (i = 0; i < operands; i++) {
		in[i] = emit_operand(q, node, i);
		if (is_truth(q, node, (int)i))
			in[i] = emit_cast(q, format(q, "%s_%u", node->name, i),
					  format(q, "%s_%u", out->name, i),
					  in[i], TYPE_BOOL);
	}
	if (operands < node->num_inputs)
		in[0] = emit_factor(q, node, "Mul", "g", node->input[1]->data,
				    out->shape.dim[1], in[0]);
	proto = add_node(q, node->op, format(q, "%s", node->name), result);
	if (proto && *node->domain)
		proto->domain = format(q, "%s", node->domain);
	while (num && !node->input[num - 1])
		num--;
	for (i = 0; i < num; i++)
		add_input(q, proto, in[i]);
	add_param_inputs(q, node, proto);
	copy_attrs(q, node, proto);
	if (gs_qdq_is_op(node, "Clip"))
		add_clip(q, proto, gs_node_attr_float(node, "min", -FLT_MAX),
			 gs_node_attr_float(node, "max", FLT_MAX));
	if (node->residual)
		result = emit_residual(q, node, result,
				       in[node->num_inputs - 1],
				       last ? raw : NULL);
	if (!last)
		emit_fused(q, node, result, raw);
	if (is_truth(q, node, -1))
		raw = emit_cast(q, node->name, out->name, raw, TYPE_FLOAT);
	if (swish)
		raw = emit_swish(q, node, raw);
	emit_activation(q, out, raw);
	emit_more_outputs(q, node, proto);
}

/* ---- model --------------------------------------------------------------- */

static void emit_graph(struct qdq *q)
{
	const struct gs_graph *graph = q->graph;
	const struct gs_node *node;
	unsigned i;

	q->proto->name = format(q, "%s", *graph->name ? graph->name : "qdq");
	for (i = 0; i < graph->num_inputs; i++) {
		define(q, graph->input[i]->name);
		add_value_info(q, graph->input[i], &q->proto->input,
			       &q->proto->n_input);
	}
	for (i = 0; i < graph->num_inputs; i++)
		emit_activation(q, graph->input[i],
				format(q, "%s", graph->input[i]->name));
	for (node = graph->node; node && !q->err; node = node->next)
		emit_node(q, node);
	for (i = 0; i < graph->num_outputs; i++)
		add_value_info(q, graph->output[i], &q->proto->output,
			       &q->proto->n_output);
}

static void add_meta(struct qdq *q, Onnx__ModelProto *model)
{
	unsigned i;

	for (i = 0; i < q->graph->num_meta; i++) {
		Onnx__StringStringEntryProto *e = alloc(q, 1, sizeof(*e));

		if (!e)
			return;
		onnx__string_string_entry_proto__init(e);
		e->key = format(q, "%s", q->graph->meta[i].key);
		e->value = format(q, "%s", q->graph->meta[i].value);
		push(q, &model->metadata_props, &model->n_metadata_props, e);
	}
}

static void add_opset(struct qdq *q, Onnx__ModelProto *model,
		      const char *domain, int64_t version)
{
	Onnx__OperatorSetIdProto *set = alloc(q, 1, sizeof(*set));
	size_t i;

	for (i = 0; i < model->n_opset_import; i++)
		if (!strcmp(model->opset_import[i]->domain, domain))
			return;
	if (!set)
		return;
	onnx__operator_set_id_proto__init(set);
	set->has_version = 1;
	set->version = version;
	set->domain = format(q, "%s", domain);
	push(q, &model->opset_import, &model->n_opset_import, set);
}

/* Of the standard operators, and version 1 of each other domain */
static void add_opsets(struct qdq *q, Onnx__ModelProto *model)
{
	const int64_t version = gs_qdq_opset(q->graph);
	const struct gs_node *node = gs_qdq_outdated(q->graph, version);

	if (node)
		q->err = gs_node_error(
			q->diag, -ENOTSUP, node,
			"the model needs operator set %lld, where this operator has another form than the one that is written",
			(long long)version);
	add_opset(q, model, "", version);
	for (node = q->graph->node; node; node = node->next)
		add_opset(q, model, node->domain, 1);
}

static void pack(struct qdq *q, uint8_t **buf, size_t *size)
{
	Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;

	model.has_ir_version = 1;
	model.ir_version = IR_VERSION;
	model.producer_name = format(q, "%s", "genesys");
	add_opsets(q, &model);
	model.graph = q->proto;
	add_meta(q, &model);
	if (q->err)
		return;
	*size = onnx__model_proto__get_packed_size(&model);
	*buf = malloc(*size);
	if (*buf)
		onnx__model_proto__pack(&model, *buf);
	else
		fail_nomem(q);
}

int gs_emit_qdq_onnx(const struct gs_graph *graph, uint8_t **buf, size_t *size,
		     struct gs_diag *diag)
{
	struct qdq q = { .graph = graph, .diag = diag };

	*buf = NULL;
	*size = 0;
	q.arena = gs_arena_create();
	if (!q.arena)
		return gs_error(diag, -ENOMEM, "out of memory");
	q.names.arena = q.arena;
	q.emitted[0] = alloc(&q, graph->num_tensors, sizeof(bool));
	q.emitted[1] = alloc(&q, graph->num_tensors, sizeof(bool));
	q.proto = alloc(&q, 1, sizeof(*q.proto));
	if (!q.err) {
		onnx__graph_proto__init(q.proto);
		emit_graph(&q);
	}
	if (!q.err)
		pack(&q, buf, size);
	gs_arena_destroy(q.arena);
	return q.err;
}
