/* SPDX-License-Identifier: MIT */
/*
 * Operators that give the same elements, in the same order, another shape.
 */
#include <errno.h>

#include "compiler/passes/util.h"

const char *const gs_reshape_ops[] = {
	"Identity", "Dropout",	 "Flatten", "Reshape",
	"Squeeze",  "Unsqueeze", NULL,
};

/* Product of dimensions [from, to) of a shape whose product is known to fit */
static int64_t product(const struct gs_shape *s, unsigned from, unsigned to)
{
	int64_t p = 1;

	for (; from < to; from++)
		p *= s->dim[from];
	return p;
}

static int flatten(struct gs_graph *graph, struct gs_node *node,
		   const struct gs_shape *in, struct gs_shape *out,
		   struct gs_diag *diag)
{
	int64_t axis = gs_node_attr_int(node, "axis", 1);
	int pos = (int)in->rank;

	if (axis != in->rank)
		pos = gs_norm_axis(node, axis, in->rank, diag);
	if (pos < 0)
		return pos;
	out->rank = 2;
	out->dim[0] = product(in, 0, (unsigned)pos);
	out->dim[1] = product(in, (unsigned)pos, in->rank);
	if (gs_node_set_attr_int(graph, node, "axis", pos) < 0)
		return gs_nomem(diag);
	return 0;
}

/* The dimension written as -1 takes what the others leave. */
static int fill_rest(const struct gs_node *node, const struct gs_shape *in,
		     struct gs_shape *out, int rest, struct gs_diag *diag)
{
	int64_t total = gs_shape_elems(in), others;
	char a[128], b[128];

	out->dim[rest] = 1;
	others = gs_shape_elems(out);
	if (others > 0 && total % others == 0) {
		out->dim[rest] = total / others;
		return 0;
	}
	out->dim[rest] = -1;
	return gs_node_error(
		diag, -EINVAL, node,
		"shape %s does not divide the %lld elements of the input (%s)",
		gs_shape_format(out, a, sizeof(a)), (long long)total,
		gs_shape_format(in, b, sizeof(b)));
}

static int reshape(const struct gs_node *node, const struct gs_shape *in,
		   struct gs_shape *out, struct gs_diag *diag)
{
	bool zero_is_zero = gs_node_attr_int(node, "allowzero", 0) != 0;
	int64_t dims[GS_MAX_RANK];
	int ret, rest = -1;
	unsigned i;

	if (!gs_input(node, 1))
		return gs_node_error(diag, -EINVAL, node,
				     "input 1, the shape, is missing");
	ret = gs_get_axes(node, "shape", 1, dims, &out->rank, diag);
	if (ret < 0)
		return ret;
	for (i = 0; i < out->rank; i++) {
		out->dim[i] = dims[i];
		if (!dims[i] && !zero_is_zero && i < in->rank)
			out->dim[i] = in->dim[i];
		if (dims[i] >= 0)
			continue;
		if (dims[i] != -1 || rest >= 0)
			return gs_node_error(
				diag, -EINVAL, node,
				"the shape has value %lld at place %u; one -1 is allowed, all else must be 0 or more",
				(long long)dims[i], i);
		rest = (int)i;
	}
	return rest < 0 ? 0 : fill_rest(node, in, out, rest, diag);
}

/* Axes as a set of bits, relative to a tensor of rank @rank */
static int axis_set(const struct gs_node *node, unsigned rank, unsigned *num,
		    unsigned *set, struct gs_diag *diag)
{
	int64_t axes[GS_MAX_RANK];
	unsigned i;
	int ret;

	ret = gs_get_axes(node, "axes", 1, axes, num, diag);
	if (ret < 0)
		return ret;
	*set = 0;
	for (i = 0; i < *num; i++) {
		ret = gs_norm_axis(node, axes[i], rank, diag);
		if (ret < 0)
			return ret;
		if (*set & 1u << ret)
			return gs_node_error(diag, -EINVAL, node,
					     "axis %d is given twice", ret);
		*set |= 1u << ret;
	}
	return 0;
}

static int squeeze(const struct gs_node *node, const struct gs_shape *in,
		   struct gs_shape *out, struct gs_diag *diag)
{
	unsigned i, num, set;
	int ret;

	ret = axis_set(node, in->rank, &num, &set, diag);
	if (ret < 0)
		return ret;
	out->rank = 0;
	for (i = 0; i < in->rank; i++) {
		bool drop = num ? set >> i & 1 : in->dim[i] == 1;

		if (drop && in->dim[i] != 1)
			return gs_node_error(
				diag, -EINVAL, node,
				"axis %u has %lld elements, only an axis of 1 can be removed",
				i, (long long)in->dim[i]);
		if (!drop)
			out->dim[out->rank++] = in->dim[i];
	}
	return 0;
}

static int unsqueeze(const struct gs_node *node, const struct gs_shape *in,
		     struct gs_shape *out, struct gs_diag *diag)
{
	int64_t axes[GS_MAX_RANK];
	unsigned i, num, set, from = 0;
	int ret;

	ret = gs_get_axes(node, "axes", 1, axes, &num, diag);
	if (ret < 0)
		return ret;
	if (in->rank + num > GS_MAX_RANK)
		return gs_node_error(
			diag, -ENOTSUP, node,
			"the result has %u dimensions, at most %d are supported",
			in->rank + num, GS_MAX_RANK);
	out->rank = in->rank + num;
	ret = axis_set(node, out->rank, &num, &set, diag);
	if (ret < 0)
		return ret;
	for (i = 0; i < out->rank; i++)
		out->dim[i] = set >> i & 1 ? 1 : in->dim[from++];
	return 0;
}

int gs_reshape_infer(struct gs_graph *graph, struct gs_node *node,
		     struct gs_shape *out, struct gs_diag *diag)
{
	const struct gs_shape *in;
	char a[128], b[128];
	int ret = 0;

	if (!gs_input(node, 0))
		return gs_node_error(diag, -EINVAL, node, "input 0 is missing");
	in = &node->input[0]->shape;
	*out = *in;
	if (gs_op_is(node, "Flatten"))
		ret = flatten(graph, node, in, out, diag);
	else if (gs_op_is(node, "Reshape"))
		ret = reshape(node, in, out, diag);
	else if (gs_op_is(node, "Squeeze"))
		ret = squeeze(node, in, out, diag);
	else if (gs_op_is(node, "Unsqueeze"))
		ret = unsqueeze(node, in, out, diag);
	if (ret < 0)
		return ret;
	if (gs_shape_elems(in) != gs_shape_elems(out))
		return gs_node_error(diag, -EINVAL, node,
				     "input '%s' is %s, which cannot become %s",
				     node->input[0]->name,
				     gs_shape_format(in, a, sizeof(a)),
				     gs_shape_format(out, b, sizeof(b)));
	return 0;
}
