/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <float.h>

#include "compiler/passes/infer.h"
#include "compiler/passes/util.h"

#define ERR GS_INFER_ERR

/* ---- matrices ------------------------------------------------------------ */

int gs_infer_gemm(struct gs_infer *f)
{
	bool ta = gs_node_attr_int(f->node, "transA", 0) != 0;
	bool tb = gs_node_attr_int(f->node, "transB", 0) != 0;
	const struct gs_shape *a = gs_infer_need(f, 0, 2);
	const struct gs_shape *b = a ? gs_infer_need(f, 1, 2) : NULL;
	const struct gs_tensor *c = gs_input(f->node, 2);
	struct gs_shape *out = &f->out[0], both;
	char text[128], want[128];

	if (!b)
		return -ENOTSUP;
	if (a->dim[!ta] != b->dim[tb])
		return ERR(
			f, -EINVAL,
			"input '%s' has %lld columns, weights '%s' take %lld",
			f->node->input[0]->name, (long long)a->dim[!ta],
			f->node->input[1]->name, (long long)b->dim[tb]);
	*out = (struct gs_shape){ 2, { a->dim[ta], b->dim[!tb] } };
	if (c && (!gs_broadcast(&c->shape, out, &both) ||
		  !gs_shape_equal(&both, out)))
		return ERR(f, -EINVAL,
			   "input '%s' is %s, which does not spread to %s",
			   c->name,
			   gs_shape_format(&c->shape, text, sizeof(text)),
			   gs_shape_format(out, want, sizeof(want)));
	return 0;
}

int gs_infer_matmul(struct gs_infer *f)
{
	const struct gs_shape *a = gs_infer_need(f, 0, 0);
	const struct gs_shape *b = a ? gs_infer_need(f, 1, 0) : NULL;
	struct gs_shape batch_a, batch_b, *out = &f->out[0];

	if (!b)
		return -EINVAL;
	/* Only gs_pass_constants() gives MatMul this one. */
	gs_node_remove_attr(f->node, "transB");
	if (a->rank < 2 || b->rank < 2)
		return ERR(
			f, -ENOTSUP,
			"inputs have %u and %u dimensions, at least 2 are needed",
			a->rank, b->rank);
	if (a->dim[a->rank - 1] != b->dim[b->rank - 2])
		return ERR(f, -EINVAL,
			   "input '%s' has %lld columns, '%s' has %lld rows",
			   f->node->input[0]->name,
			   (long long)a->dim[a->rank - 1],
			   f->node->input[1]->name,
			   (long long)b->dim[b->rank - 2]);
	batch_a = *a;
	batch_b = *b;
	batch_a.rank -= 2;
	batch_b.rank -= 2;
	if (!gs_broadcast(&batch_a, &batch_b, out))
		return ERR(f, -EINVAL,
			   "the batch dimensions of '%s' and '%s' do not fit",
			   f->node->input[0]->name, f->node->input[1]->name);
	out->dim[out->rank++] = a->dim[a->rank - 2];
	out->dim[out->rank++] = b->dim[b->rank - 1];
	return 0;
}

/* ---- elements ------------------------------------------------------------ */

/* Parameters of operators of one input, with the values ONNX gives them */
static const struct {
	const char *op, *name;
	float value;
} parameters[] = {
	{ "LeakyRelu", "alpha", 0.01f },  { "Elu", "alpha", 1.0f },
	{ "HardSigmoid", "alpha", 0.2f }, { "HardSigmoid", "beta", 0.5f },
	{ "HardSwish", "alpha", 1.0f },	  { "HardSwish", "beta", 0.0f },
};

int gs_infer_unary(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	size_t i;

	if (!x)
		return -EINVAL;
	/* Only passes behind this one give it factors. */
	if (gs_op_is(f->node, "HardSwish") && f->node->num_inputs != 1)
		return ERR(f, -EINVAL, "the node has %u inputs, expected is 1",
			   f->node->num_inputs);
	f->out[0] = *x;
	for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (gs_op_is(f->node, parameters[i].op) &&
		    gs_infer_explicit_float(f, parameters[i].name,
					    parameters[i].value) < 0)
			return -ENOMEM;
	return 0;
}

/* The shape inputs from @first to before @end spread to */
static int broadcast(struct gs_infer *f, unsigned first, unsigned end)
{
	struct gs_shape *out = &f->out[0], before;
	char a[128], b[128];
	unsigned i;

	for (i = first; i < end; i++) {
		const struct gs_shape *x = gs_infer_need(f, i, 0);

		if (!x)
			return -EINVAL;
		before = i == first ? *x : *out;
		if (!gs_broadcast(&before, x, out))
			return ERR(f, -EINVAL,
				   "inputs '%s' (%s) and '%s' (%s) do not fit",
				   f->node->input[first]->name,
				   gs_shape_format(&before, a, sizeof(a)),
				   f->node->input[i]->name,
				   gs_shape_format(x, b, sizeof(b)));
	}
	return 0;
}

int gs_infer_binary(struct gs_infer *f)
{
	return broadcast(f, 0, 2);
}

int gs_infer_variadic(struct gs_infer *f)
{
	return broadcast(f, 0, f->node->num_inputs ? f->node->num_inputs : 1);
}

int gs_infer_compare(struct gs_infer *f)
{
	f->type = GS_DT_BOOL;
	return broadcast(f, 0, 2);
}

int gs_infer_prelu(struct gs_infer *f)
{
	int ret = broadcast(f, 0, 2);

	if (!ret && !gs_shape_equal(&f->out[0], &f->node->input[0]->shape))
		ret = ERR(f, -EINVAL, "slope '%s' does not spread to the input",
			  f->node->input[1]->name);
	return ret;
}

int gs_infer_where(struct gs_infer *f)
{
	const struct gs_tensor *x = gs_input(f->node, 1);
	const struct gs_tensor *y = gs_input(f->node, 2);
	int ret = broadcast(f, 0, 3);

	if (ret < 0)
		return ret;
	if (f->node->input[0]->type != GS_DT_BOOL || x->type != y->type)
		return ERR(f, -EINVAL,
			   "inputs are of types %s, %s and %s, "
			   "expected are bool and two equal ones",
			   gs_dtype_name(f->node->input[0]->type),
			   gs_dtype_name(x->type), gs_dtype_name(y->type));
	f->type = x->type;
	return 0;
}

/* A limit as attribute, which before operator set 11 it was */
static int set_limit(struct gs_infer *f, unsigned input, const char *name,
		     float none)
{
	const struct gs_tensor *t = gs_input(f->node, input);
	float value;

	if (!t)
		return gs_infer_explicit_float(f, name, none);
	if (gs_shape_elems(&t->shape) != 1)
		return ERR(f, -EINVAL, "limit '%s' is not one value", t->name);
	if (!t->data)
		return ERR(f, -ENOTSUP, "limit '%s' must be a constant",
			   t->name);
	value = t->type == GS_DT_F32 ? *(const float *)t->data :
				       (float)gs_const_int(t, 0);
	if (gs_node_set_attr_float(f->graph, f->node, name, value) < 0)
		return gs_nomem(f->diag);
	return 0;
}

int gs_infer_clip(struct gs_infer *f)
{
	int ret = set_limit(f, 1, "min", -FLT_MAX);

	if (!ret)
		ret = set_limit(f, 2, "max", FLT_MAX);
	if (ret < 0)
		return ret;
	gs_infer_drop_inputs(f, 1);
	return gs_infer_unary(f);
}

/* ---- normalization and reduction ----------------------------------------- */

int gs_infer_batchnorm(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	unsigned i;

	if (!x)
		return -EINVAL;
	if (x->rank < 2)
		return ERR(f, -ENOTSUP, "the input has no channel axis");
	if (gs_node_attr_int(f->node, "training_mode", 0) ||
	    !gs_node_attr_int(f->node, "spatial", 1))
		return ERR(
			f, -ENOTSUP,
			"only inference with one value per channel is supported (training_mode 0, spatial 1)");
	for (i = 1; i < 5; i++)
		if (!gs_infer_need(f, i, 1) ||
		    gs_infer_need_list(f, i, x->dim[1]) < 0)
			return -EINVAL;
	f->out[0] = *x;
	return 0;
}

/*
 * Before operator set 13 Softmax is taken over all axes from @axis on; that is
 * the same where one axis of them is longer than 1.
 */
static int softmax_axis(struct gs_infer *f, const struct gs_shape *x)
{
	bool old = f->graph->opset < 13;
	int axis = gs_norm_axis(f->node,
				gs_node_attr_int(f->node, "axis", old ? 1 : -1),
				x->rank, f->diag);
	unsigned i;
	int use = axis;

	if (axis < 0 || !old)
		return axis;
	for (i = (unsigned)axis + 1; i < x->rank; i++) {
		if (x->dim[i] == 1)
			continue;
		if (x->dim[use] != 1)
			return ERR(
				f, -ENOTSUP,
				"Softmax over several axes is not supported");
		use = (int)i;
	}
	return use;
}

int gs_infer_softmax(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	int axis = x ? softmax_axis(f, x) : -EINVAL;

	if (axis < 0)
		return axis;
	f->out[0] = *x;
	if (gs_node_set_attr_int(f->graph, f->node, "axis", axis) < 0)
		return gs_nomem(f->diag);
	return 0;
}

/* The axes to reduce as a set of bits */
static int reduce_axes(struct gs_infer *f, unsigned rank, unsigned *set)
{
	int64_t axes[GS_MAX_RANK];
	unsigned i, num;
	int ret;

	ret = gs_get_axes(f->node, "axes", 1, axes, &num, f->diag);
	if (ret < 0)
		return ret;
	*set = 0;
	if (!num && !gs_node_attr_int(f->node, "noop_with_empty_axes", 0))
		*set = (1u << rank) - 1;
	for (i = 0; i < num; i++) {
		ret = gs_norm_axis(f->node, axes[i], rank, f->diag);
		if (ret < 0)
			return ret;
		*set |= 1u << ret;
	}
	return 0;
}

int gs_infer_reduce(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	bool keep = gs_node_attr_int(f->node, "keepdims", 1) != 0;
	struct gs_shape *out = &f->out[0];
	int64_t axes[GS_MAX_RANK];
	unsigned i, num = 0, set;
	int ret;

	ret = x ? reduce_axes(f, x->rank, &set) : -EINVAL;
	if (ret < 0)
		return ret;
	for (i = 0; i < x->rank; i++) {
		if (set >> i & 1)
			axes[num++] = i;
		if (keep || !(set >> i & 1))
			out->dim[out->rank++] = set >> i & 1 ? 1 : x->dim[i];
	}
	gs_infer_drop_inputs(f, 1);
	/* Without it no axes would mean all of them. */
	if (num || !x->rank)
		gs_node_remove_attr(f->node, "noop_with_empty_axes");
	ret = gs_infer_set_ints(f, "axes", axes, num);
	return ret < 0 ? ret : gs_infer_explicit_int(f, "keepdims", 1);
}

/* ---- quantization -------------------------------------------------------- */

/* Scale and zero point: one value, or one for each element along the axis */
static int check_steps(struct gs_infer *f, const struct gs_shape *x)
{
	const struct gs_tensor *s = gs_input(f->node, 1);
	const struct gs_tensor *z = gs_input(f->node, 2);
	int axis = 0, ret;

	if (!s)
		return ERR(f, -EINVAL, "input 1, the scale, is missing");
	if (s->type != GS_DT_F32)
		return ERR(f, -ENOTSUP, "scale '%s' is of type %s", s->name,
			   gs_dtype_name(s->type));
	if (gs_node_attr_int(f->node, "block_size", 0))
		return ERR(f, -ENOTSUP, "scales of blocks are not supported");
	if (z && !gs_shape_equal(&z->shape, &s->shape) &&
	    gs_shape_elems(&z->shape) * gs_shape_elems(&s->shape) != 1)
		return ERR(f, -EINVAL,
			   "scale '%s' and zero point '%s' differ in shape",
			   s->name, z->name);
	if (gs_shape_elems(&s->shape) == 1)
		return 0;
	ret = gs_infer_axis(f, 1, x->rank, &axis);
	return ret < 0 ? ret : gs_infer_need_list(f, 1, x->dim[axis]);
}

int gs_infer_quantize(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	const struct gs_tensor *z = gs_input(f->node, 2);
	int ret = x ? check_steps(f, x) : -EINVAL;

	if (ret < 0)
		return ret;
	f->out[0] = *x;
	f->type = z ? z->type : GS_DT_U8;
	if (!z && gs_node_attr_int(f->node, "output_dtype", 2) != 2)
		f->type = gs_node_attr_int(f->node, "output_dtype", 2) == 3 ?
				  GS_DT_I8 :
				  GS_DT_NONE;
	if ((f->type != GS_DT_U8 && f->type != GS_DT_I8) ||
	    f->node->input[0]->type != GS_DT_F32)
		return ERR(
			f, -ENOTSUP,
			"from %s to %s; supported is float32 to int8 or uint8",
			gs_dtype_name(f->node->input[0]->type),
			gs_dtype_name(f->type));
	return 0;
}

int gs_infer_dequantize(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	const struct gs_tensor *z = gs_input(f->node, 2);
	enum gs_dtype type = x ? f->node->input[0]->type : GS_DT_NONE;
	int ret = x ? check_steps(f, x) : -EINVAL;

	if (ret < 0)
		return ret;
	if ((type != GS_DT_U8 && type != GS_DT_I8 && type != GS_DT_I32) ||
	    (z && z->type != type))
		return ERR(f, -ENOTSUP,
			   "values are of type %s, the zero point of type %s; "
			   "supported are int8, uint8 and int32, both the same",
			   gs_dtype_name(type),
			   z ? gs_dtype_name(z->type) : gs_dtype_name(type));
	f->out[0] = *x;
	f->type = GS_DT_F32;
	return 0;
}

int gs_infer_cast(struct gs_infer *f)
{
	int64_t to = gs_node_attr_int(f->node, "to", 0);

	f->type = gs_onnx_elem_type(to);
	if (f->type == GS_DT_NONE)
		return ERR(f, -ENOTSUP, "element type %lld is not supported",
			   (long long)to);
	return gs_infer_unary(f);
}
