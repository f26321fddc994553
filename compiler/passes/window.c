/* SPDX-License-Identifier: MIT */
/*
 * Windows of Conv, MaxPool and AveragePool: from the many ways of ONNX to
 * explicit kernel, strides, dilations and pads.
 */
#include <errno.h>

#include "compiler/passes/util.h"

#define MAX_VALUE (1 << 20) /* of a kernel, stride, dilation or pad */

/*
 * One value for each axis, or two; those of a window over a row are put behind
 * those of an axis of one row.
 */
static int get_list(const struct gs_node *node, const char *name,
		    const struct gs_window *w, int64_t low, int64_t fallback,
		    unsigned sides, int64_t *out, struct gs_diag *diag)
{
	const struct gs_attr *attr = gs_node_attr(node, name);
	size_t num = w->rank * sides, i;

	for (i = 0; i < 2 * sides; i++)
		out[i] = i % 2 < 2 - w->rank ? sides == 1 : fallback;
	if (!attr)
		return 0;
	if (attr->kind != GS_ATTR_INTS || attr->num != num)
		return gs_node_error(
			diag, -ENOTSUP, node,
			"attribute '%s' has %zu values, a window over %s has %zu",
			name, attr->num,
			w->rank == 2 ? "height and width" : "a row", num);
	for (i = 0; i < num; i++) {
		if (attr->ints[i] < low || attr->ints[i] > MAX_VALUE)
			return gs_node_error(
				diag, -EINVAL, node,
				"attribute '%s' has value %lld, possible are %lld to %d",
				name, (long long)attr->ints[i], (long long)low,
				MAX_VALUE);
		out[w->rank == 2 ? i : 2 * i + 1] = attr->ints[i];
	}
	return 0;
}

static int get_kernel(const struct gs_node *node, const int64_t *weights,
		      struct gs_window *w, struct gs_diag *diag)
{
	bool given = gs_node_attr(node, "kernel_shape") != NULL;
	int64_t size[2] = { 1, 1 };
	int ret;

	if (!weights && !given)
		return gs_node_error(diag, -EINVAL, node,
				     "attribute 'kernel_shape' is missing");
	ret = get_list(node, "kernel_shape", w, 1, 1, 1, w->kernel, diag);
	if (ret < 0 || !weights)
		return ret;
	memcpy(size + 2 - w->rank, weights, w->rank * sizeof(*size));
	if (given && (w->kernel[0] != size[0] || w->kernel[1] != size[1]))
		return gs_node_error(
			diag, -EINVAL, node,
			"kernel_shape is %lldx%lld, the weights are %lldx%lld",
			(long long)w->kernel[0], (long long)w->kernel[1],
			(long long)size[0], (long long)size[1]);
	if (size[0] < 1 || size[1] < 1)
		return gs_node_error(diag, -EINVAL, node,
				     "the weights are empty");
	memcpy(w->kernel, size, sizeof(size));
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
	ret = get_list(node, "pads", w, 0, 0, 2, w->pad, diag);
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
	int64_t end[2] = { w->pad[2], w->pad[3] };
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
		w->over[axis] = w->pad[axis + 2] - end[axis];
	}
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

static int set_list(struct gs_graph *graph, struct gs_node *node,
		    const char *name, const struct gs_window *w,
		    const int64_t *values, unsigned sides)
{
	int64_t list[4];
	unsigned i, num = w->rank * sides;

	for (i = 0; i < num; i++)
		list[i] = values[w->rank == 2 ? i : 2 * i + 1];
	return gs_node_set_attr_ints(graph, node, name, list, num);
}

static int write_back(struct gs_graph *graph, struct gs_node *node,
		      const struct gs_window *w, struct gs_diag *diag)
{
	gs_node_remove_attr(node, "auto_pad");
	gs_node_remove_attr(node, "ceil_mode");
	gs_node_remove_attr(node, "output_shape");
	if (set_list(graph, node, "kernel_shape", w, w->kernel, 1) ||
	    set_list(graph, node, "strides", w, w->stride, 1) ||
	    set_list(graph, node, "dilations", w, w->dilation, 1) ||
	    set_list(graph, node, "pads", w, w->pad, 2))
		return gs_nomem(diag);
	if ((w->over[0] || w->over[1]) &&
	    gs_node_attr_int(node, "count_include_pad", 0) &&
	    set_list(graph, node, "pads_over", w, w->over, 1))
		return gs_nomem(diag);
	return 0;
}

static int get_steps(const struct gs_node *node, const int64_t *kernel,
		     struct gs_window *w, struct gs_diag *diag)
{
	int ret = get_kernel(node, kernel, w, diag);

	if (!ret)
		ret = get_list(node, "strides", w, 1, 1, 1, w->stride, diag);
	if (!ret)
		ret = get_list(node, "dilations", w, 1, 1, 1, w->dilation,
			       diag);
	return ret;
}

/* Extents of a picture, or of a row as a picture of one */
static void get_extent(const struct gs_shape *x, int64_t extent[2])
{
	extent[0] = x->rank == 4 ? x->dim[2] : 1;
	extent[1] = x->dim[x->rank - 1];
}

int gs_window_infer(struct gs_graph *graph, struct gs_node *node,
		    const struct gs_shape *x, const int64_t *kernel,
		    struct gs_window *window, struct gs_diag *diag)
{
	int64_t extent[2];
	int ret;

	*window = (struct gs_window){ .rank = x->rank - 2 };
	get_extent(x, extent);
	ret = get_steps(node, kernel, window, diag);
	if (!ret)
		ret = get_pads(node, extent, window, diag);
	if (!ret)
		ret = count_windows(node, extent, window, diag);
	if (!ret && !kernel)
		ret = check_pool_pads(node, window, diag);
	return ret < 0 ? ret : write_back(graph, node, window, diag);
}

/* ---- ConvTranspose ------------------------------------------------------- */

/*
 * The extent asked for decides the padding; what the windows do not reach is
 * left over at the end.
 */
static void fit_output(struct gs_window *w, const int64_t extent[2],
		       int64_t rest[2], bool upper)
{
	int axis;

	for (axis = 0; axis < 2; axis++) {
		int64_t total = w->stride[axis] * (extent[axis] - 1) +
				rest[axis] + span(w, axis) - w->out[axis];

		if (total < 0) {
			rest[axis] -= total;
			total = 0;
		}
		w->pad[axis] = upper ? total / 2 : total - total / 2;
		w->pad[axis + 2] = total - w->pad[axis];
	}
}

static int get_output(const struct gs_node *node, const int64_t extent[2],
		      struct gs_window *w, int64_t rest[2],
		      struct gs_diag *diag)
{
	const struct gs_attr *attr = gs_node_attr(node, "auto_pad");
	const char *mode = attr && attr->kind == GS_ATTR_STRING ? attr->s :
								  "NOTSET";
	bool same = !strncmp(mode, "SAME", 4);
	int axis, ret;

	if (gs_node_attr(node, "output_shape")) {
		ret = get_list(node, "output_shape", w, 1, 1, 1, w->out, diag);
		if (ret < 0)
			return ret;
		fit_output(w, extent, rest, !strcmp(mode, "SAME_UPPER"));
		return 0;
	}
	for (axis = 0; axis < 2; axis++)
		w->out[axis] = same ? extent[axis] * w->stride[axis] :
				      w->stride[axis] * (extent[axis] - 1) +
					       rest[axis] + span(w, axis) -
					       w->pad[axis] - w->pad[axis + 2];
	if (same)
		fit_output(w, extent, rest, !strcmp(mode, "SAME_UPPER"));
	return 0;
}

int gs_window_infer_transposed(struct gs_graph *graph, struct gs_node *node,
			       const struct gs_shape *x, const int64_t *kernel,
			       struct gs_window *window, struct gs_diag *diag)
{
	int64_t extent[2], rest[2];
	int ret;

	*window = (struct gs_window){ .rank = x->rank - 2 };
	get_extent(x, extent);
	ret = get_steps(node, kernel, window, diag);
	if (!ret)
		ret = get_pads(node, extent, window, diag);
	if (!ret)
		ret = get_list(node, "output_padding", window, 0, 0, 1, rest,
			       diag);
	if (window->rank == 1)
		rest[0] = 0;
	if (!ret)
		ret = get_output(node, extent, window, rest, diag);
	if (!ret)
		ret = write_back(graph, node, window, diag);
	if (!ret && set_list(graph, node, "output_padding", window, rest, 1))
		ret = gs_nomem(diag);
	return ret;
}

/* ---- reading ------------------------------------------------------------- */

static void read_list(const struct gs_node *node, const char *name,
		      int64_t fallback, unsigned sides, int64_t *out)
{
	const struct gs_attr *attr = gs_node_attr(node, name);
	bool row = attr && attr->num == sides;
	unsigned i;

	for (i = 0; i < 2 * sides; i++)
		out[i] = fallback;
	for (i = 0; attr && i < attr->num; i++)
		out[row ? 2 * i + 1 : i] = attr->ints[i];
}

void gs_window_get(const struct gs_node *node, struct gs_window *window)
{
	*window = (struct gs_window){ .rank = 2 };
	if (gs_node_attr(node, "kernel_shape")->num == 1)
		window->rank = 1;
	read_list(node, "kernel_shape", 1, 1, window->kernel);
	read_list(node, "strides", 1, 1, window->stride);
	read_list(node, "dilations", 1, 1, window->dilation);
	read_list(node, "pads", 0, 2, window->pad);
	read_list(node, "pads_over", 0, 1, window->over);
}
