/* SPDX-License-Identifier: MIT */
/*
 * Graph inputs, their shapes, and shapes declared elsewhere.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/import/onnx_priv.h"

#define MAX_DIM 0x7fffffff

static const Onnx__TypeProto__Tensor *
tensor_type(const Onnx__ValueInfoProto *info)
{
	if (!info->type ||
	    info->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
		return NULL;
	return info->type->tensor_type;
}

/* The value of a dimension, or -1 when it is symbolic */
static int64_t dim_value(const Onnx__TensorShapeProto__Dimension *dim)
{
	if (dim->value_case ==
	    ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
		return dim->dim_value;
	return -1;
}

static const char *dim_symbol(const Onnx__TensorShapeProto__Dimension *dim)
{
	if (dim->value_case ==
		    ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM &&
	    dim->dim_param && *dim->dim_param)
		return dim->dim_param;
	return "no name";
}

static int read_shape(const struct gs_onnx *ctx, const char *name,
		      const Onnx__TensorShapeProto *proto,
		      struct gs_shape *shape)
{
	size_t i;

	if (proto->n_dim > GS_MAX_RANK)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"tensor '%s' has %zu dimensions, at most %d are supported",
			name, proto->n_dim, GS_MAX_RANK);
	shape->rank = (unsigned)proto->n_dim;
	for (i = 0; i < proto->n_dim; i++) {
		int64_t dim = dim_value(proto->dim[i]);

		/* Exporters write 0 or -1 for a dimension left open. */
		shape->dim[i] = dim > 0 ? dim : -1;
		if (dim > MAX_DIM)
			return gs_error(
				ctx->diag, -EINVAL,
				"tensor '%s': dimension %zu is %lld, at most %d is possible",
				name, i, (long long)dim, MAX_DIM);
	}
	return 0;
}

static const struct gs_shape_override *find_override(const struct gs_onnx *ctx,
						     const char *name)
{
	size_t i;

	for (i = 0; ctx->opts && i < ctx->opts->num_shapes; i++)
		if (!strcmp(ctx->opts->shape[i].input, name))
			return &ctx->opts->shape[i];
	return NULL;
}

static int apply_override(const struct gs_onnx *ctx, struct gs_tensor *t,
			  const struct gs_shape *given)
{
	char a[128], b[128];
	unsigned i;
	bool fits = !t->shaped || t->shape.rank == given->rank;

	gs_shape_format(given, b, sizeof(b));
	for (i = 0; i < given->rank; i++) {
		if (given->dim[i] < 1 || given->dim[i] > MAX_DIM)
			return gs_error(
				ctx->diag, -EINVAL,
				"--shape %s=%s: dimension %u must be 1 to %d",
				t->name, b, i, MAX_DIM);
		if (fits && t->shaped && t->shape.dim[i] >= 0 &&
		    t->shape.dim[i] != given->dim[i])
			fits = false;
	}
	if (!fits)
		return gs_error(
			ctx->diag, -EINVAL,
			"--shape %s=%s does not fit the model, which declares %s",
			t->name, b, gs_shape_format(&t->shape, a, sizeof(a)));
	t->shape = *given;
	t->shaped = true;
	return 0;
}

/* What the user could write: batch 1, an image of a common size. */
static void example_shape(const struct gs_tensor *t, char *buf, size_t size)
{
	struct gs_shape shape = t->shape;
	unsigned i;

	for (i = 0; i < shape.rank; i++)
		if (shape.dim[i] < 0)
			shape.dim[i] = !i			 ? 1 :
				       i == 1 && shape.rank == 4 ? 3 :
				       shape.rank == 4		 ? 224 :
								   1;
	gs_shape_format(&shape, buf, size);
}

static int check_symbolic(const struct gs_onnx *ctx, const struct gs_tensor *t,
			  const Onnx__TensorShapeProto *proto)
{
	char text[128];
	unsigned i;

	if (!t->shaped)
		return gs_error(
			ctx->diag, -EINVAL,
			"input '%s' has no shape in the model; give it, for example --shape %s=1x3x224x224",
			t->name, t->name);
	for (i = 0; i < t->shape.rank; i++)
		if (t->shape.dim[i] < 0)
			break;
	if (i == t->shape.rank)
		return 0;
	example_shape(t, text, sizeof(text));
	return gs_error(
		ctx->diag, -EINVAL,
		"input '%s': dimension %u (%s) is symbolic; give the shape, for example --shape %s=%s",
		t->name, i, dim_symbol(proto->dim[i]), t->name, text);
}

static int add_input(const struct gs_onnx *ctx,
		     const Onnx__ValueInfoProto *info)
{
	const Onnx__TypeProto__Tensor *type = tensor_type(info);
	const struct gs_shape_override *override;
	struct gs_graph *graph = ctx->graph;
	struct gs_tensor *t;
	int ret;

	if (!type)
		return gs_error(ctx->diag, -ENOTSUP,
				"input '%s' is not a tensor", info->name);
	if (gs_onnx_dtype(type->elem_type) == GS_DT_NONE)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"input '%s' has elements of type %s (%d), supported is float32",
			info->name, gs_onnx_dtype_name(type->elem_type),
			(int)type->elem_type);
	t = gs_graph_add_tensor(graph, info->name,
				gs_onnx_dtype(type->elem_type), NULL);
	if (!t)
		return gs_onnx_nomem(ctx);
	if (type->shape) {
		ret = read_shape(ctx, t->name, type->shape, &t->shape);
		if (ret < 0)
			return ret;
		t->shaped = true;
	}
	override = find_override(ctx, t->name);
	ret = override ? apply_override(ctx, t, &override->shape) :
			 check_symbolic(ctx, t, type->shape);
	if (!ret && gs_shape_elems(&t->shape) < 0)
		ret = gs_error(
			ctx->diag, -EINVAL,
			"input '%s': the product of the dimensions is too large",
			t->name);
	t->is_input = true;
	graph->input[graph->num_inputs++] = t;
	return ret;
}

/* First of all, or a misspelled name would pass for a missing shape. */
static int check_overrides(const struct gs_onnx *ctx,
			   const Onnx__GraphProto *proto)
{
	size_t i, j;

	for (i = 0; ctx->opts && i < ctx->opts->num_shapes; i++) {
		const char *name = ctx->opts->shape[i].input;

		for (j = 0; j < proto->n_input; j++)
			if (proto->input[j]->name &&
			    !strcmp(proto->input[j]->name, name))
				break;
		if (j == proto->n_input)
			return gs_error(
				ctx->diag, -EINVAL,
				"--shape names input '%s', which the model does not have (its first input is '%s')",
				name,
				j && proto->input[0]->name ?
					proto->input[0]->name :
					"none");
	}
	return 0;
}

int gs_onnx_inputs(const struct gs_onnx *ctx, const Onnx__GraphProto *proto)
{
	size_t i;
	int ret = check_overrides(ctx, proto);

	for (i = 0; i < proto->n_input && !ret; i++) {
		const Onnx__ValueInfoProto *info = proto->input[i];
		const struct gs_tensor *t;

		if (!info->name || !*info->name)
			return gs_error(ctx->diag, -EINVAL,
					"input %zu of the model has no name",
					i);
		t = gs_graph_find_tensor(ctx->graph, info->name);
		if (t && t->is_input)
			return gs_error(ctx->diag, -EINVAL,
					"input '%s' is listed twice",
					info->name);
		/* Before IR version 4 initializers are inputs too. */
		if (t)
			continue;
		if (ctx->graph->num_inputs == GS_MAX_IO)
			return gs_error(ctx->diag, -ENOTSUP,
					"the model has more than %d inputs",
					GS_MAX_IO);
		ret = add_input(ctx, info);
	}
	return ret;
}

int gs_onnx_declared(const struct gs_onnx *ctx,
		     Onnx__ValueInfoProto *const *info, size_t num)
{
	size_t i;
	int ret;

	for (i = 0; i < num; i++) {
		const Onnx__TypeProto__Tensor *type = tensor_type(info[i]);
		struct gs_tensor *t;

		t = info[i]->name ?
			    gs_graph_find_tensor(ctx->graph, info[i]->name) :
			    NULL;
		if (!t || t->is_input || t->data || !type)
			continue;
		t->type = gs_onnx_dtype(type->elem_type);
		if (!type->shape)
			continue;
		ret = read_shape(ctx, t->name, type->shape, &t->shape);
		if (ret < 0)
			return ret;
		t->shaped = true;
	}
	return 0;
}
