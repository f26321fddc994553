/* SPDX-License-Identifier: MIT */
/*
 * Windows of Conv, MaxPool and AveragePool: from the many ways of ONNX to
 * explicit kernel, strides, dilations and pads.
 */
#include <errno.h>

#include "compiler/passes/util.h"

#define MAX_VALUE (1 << 20) /* of a kernel, stride, dilation or pad */

static int get_list(const struct gs_node *node, const char *name, size_t num,
		    int64_t low, int64_t fallback, int64_t *out,
		    struct gs_diag *diag)
{
	const struct gs_attr *attr = gs_node_attr(node, name);
	size_t i;

	for (i = 0; i < num; i++)
		out[i] = fallback;
	if (!attr)
		return 0;
	if (attr->kind != GS_ATTR_INTS || attr->num != num)
		return gs_node_error(
			diag, -ENOTSUP, node,
			"attribute '%s' has %zu values, a window over height and width has %zu",
			name, attr->num, num);
	for (i = 0; i < num; i++) {
		if (attr->ints[i] < low || attr->ints[i] > MAX_VALUE)
			return gs_node_error(
				diag, -EINVAL, node,
				"attribute '%s' has value %lld, possible are %lld to %d",
				name, (long long)attr->ints[i], (long long)low,
				MAX_VALUE);
		out[i] = attr->ints[i];
	}
	return 0;
}

static int get_kernel(const struct gs_node *node, const int64_t *weights,
		      struct gs_window *w, struct gs_diag *diag)
{
	int ret;

	if (!weights && !gs_node_attr(node, "kernel_shape"))
		return gs_node_error(diag, -EINVAL, node,
				     "attribute 'kernel_shape' is missing");
	ret = get_list(node, "kernel_shape", 2, 1, 1, w->kernel, diag);
	if (ret < 0 || !weights)
		return ret;
	if (gs_node_attr(node, "kernel_shape") &&
	    (w->kernel[0] != weights[0] || w->kernel[1] != weights[1]))
		return gs_node_error(
			diag, -EINVAL, node,
			"kernel_shape is %lldx%lld, the weights are %lldx%lld",
			(long long)w->kernel[0], (long long)w->kernel[1],
			(long long)weights[0], (long long)weights[1]);
	if (weights[0] < 1 || weights[1] < 1)
		return gs_node_error(diag, -EINVAL, node,
				     "the weights are empty");
	w->kernel[0] = weights[0];
	w->kernel[1] = weights[1];
	return 0;
}

/* Rows or columns a window covers */
static int64_t span(const struct gs_window *w, int axis)
{
	return (w->kernel[axis] - 1) * w->dilation[axis] + 1;
}

/* SAME: as many results as strides fit into the input. */
static void pad_same(struct gs_window *w, const int64_t extent[2], bool upper)
{
	int axis;

	for (axis = 0; axis < 2; axis++) {
		int64_t out =
			(extent[axis] + w->stride[axis] - 1) / w->stride[axis];
		int64_t total = (out - 1) * w->stride[axis] + span(w, axis) -
				extent[axis];

		if (total < 0)
			total = 0;
		w->pad[axis] = upper ? total / 2 : total - total / 2;
		w->pad[axis + 2] = total - w->pad[axis];
	}
}

static int get_pads(const struct gs_node *node, const int64_t extent[2],
		    struct gs_window *w, struct gs_diag *diag)
{
	const struct gs_attr *attr = gs_node_attr(node, "auto_pad");
	const char *mode = "NOTSET";
	int ret;

	if (attr && attr->kind == GS_ATTR_STRING && *attr->s)
		mode = attr->s;
	ret = get_list(node, "pads", 4, 0, 0, w->pad, diag);
	if (ret < 0 || !strcmp(mode, "NOTSET"))
		return ret;
	memset(w->pad, 0, sizeof(w->pad));
	if (!strcmp(mode, "SAME_UPPER"))
		pad_same(w, extent, true);
	else if (!strcmp(mode, "SAME_LOWER"))
		pad_same(w, extent, false);
	else if (strcmp(mode, "VALID"))
		return gs_node_error(
			diag, -EINVAL, node,
			"auto_pad is '%s', expected NOTSET, VALID, SAME_UPPER or SAME_LOWER",
			mode);
	return 0;
}

/*
 * With ceil_mode a last window may hang over the border: it becomes padding.
 * One that would start behind the input and the padding before it is left out.
 */
static int64_t count_ceil(struct gs_window *w, int axis, int64_t extent)
{
	int64_t slack =
		extent + w->pad[axis] + w->pad[axis + 2] - span(w, axis);
	int64_t out = (slack + w->stride[axis] - 1) / w->stride[axis] + 1;
	int64_t over;

	if ((out - 1) * w->stride[axis] >= extent + w->pad[axis])
		out--;
	over = (out - 1) * w->stride[axis] - slack;
	if (over > 0)
		w->pad[axis + 2] += over;
	return out;
}

static int count_windows(const struct gs_node *node, const int64_t extent[2],
			 struct gs_window *w, struct gs_diag *diag)
{
	bool ceil_mode = gs_node_attr_int(node, "ceil_mode", 0) != 0;
	int64_t pads = w->pad[2] + w->pad[3];
	int axis;

	for (axis = 0; axis < 2; axis++) {
		int64_t slack = extent[axis] + w->pad[axis] + w->pad[axis + 2] -
				span(w, axis);

		if (slack < 0)
			return gs_node_error(
				diag, -EINVAL, node,
				"the window covers %lld %s, the padded input has %lld",
				(long long)span(w, axis),
				axis ? "columns" : "rows",
				(long long)(slack + span(w, axis)));
		w->out[axis] = ceil_mode ? count_ceil(w, axis, extent[axis]) :
					   slack / w->stride[axis] + 1;
	}
	if (pads != w->pad[2] + w->pad[3] &&
	    gs_node_attr_int(node, "count_include_pad", 0))
		return gs_node_error(
			diag, -ENOTSUP, node,
			"ceil_mode together with count_include_pad is not supported where the last window is cut off");
	return 0;
}

/* A pool window that holds nothing but padding has no result. */
static int check_pool_pads(const struct gs_node *node,
			   const struct gs_window *w, struct gs_diag *diag)
{
	int i;

	for (i = 0; i < 4; i++)
		if (w->pad[i] >= span(w, i % 2))
			return gs_node_error(
				diag, -EINVAL, node,
				"padding of %lld is as large as the window of %lld",
				(long long)w->pad[i],
				(long long)span(w, i % 2));
	return 0;
}

static int write_back(struct gs_graph *graph, struct gs_node *node,
		      const struct gs_window *w, struct gs_diag *diag)
{
	gs_node_remove_attr(node, "auto_pad");
	gs_node_remove_attr(node, "ceil_mode");
	if (gs_node_set_attr_ints(graph, node, "kernel_shape", w->kernel, 2) ||
	    gs_node_set_attr_ints(graph, node, "strides", w->stride, 2) ||
	    gs_node_set_attr_ints(graph, node, "dilations", w->dilation, 2) ||
	    gs_node_set_attr_ints(graph, node, "pads", w->pad, 4))
		return gs_nomem(diag);
	return 0;
}

int gs_window_infer(struct gs_graph *graph, struct gs_node *node,
		    const int64_t extent[2], const int64_t *kernel,
		    struct gs_window *window, struct gs_diag *diag)
{
	int ret;

	ret = get_kernel(node, kernel, window, diag);
	if (!ret)
		ret = get_list(node, "strides", 2, 1, 1, window->stride, diag);
	if (!ret)
		ret = get_list(node, "dilations", 2, 1, 1, window->dilation,
			       diag);
	if (!ret)
		ret = get_pads(node, extent, window, diag);
	if (!ret)
		ret = count_windows(node, extent, window, diag);
	if (!ret && !kernel)
		ret = check_pool_pads(node, window, diag);
	return ret < 0 ? ret : write_back(graph, node, window, diag);
}

void gs_window_get(const struct gs_node *node, struct gs_window *window)
{
	memcpy(window->kernel, gs_node_attr(node, "kernel_shape")->ints,
	       sizeof(window->kernel));
	memcpy(window->stride, gs_node_attr(node, "strides")->ints,
	       sizeof(window->stride));
	memcpy(window->dilation, gs_node_attr(node, "dilations")->ints,
	       sizeof(window->dilation));
	memcpy(window->pad, gs_node_attr(node, "pads")->ints,
	       sizeof(window->pad));
}
