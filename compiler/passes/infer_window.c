/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/passes/infer.h"
#include "compiler/passes/util.h"

#define ERR GS_INFER_ERR

/* Input 0: batch, channels, and a row or a picture */
static const struct gs_shape *need_picture(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	char buf[128];

	if (x && x->rank != 3 && x->rank != 4) {
		ERR(f, -ENOTSUP,
		    "input '%s' is %s (%u dimensions), supported are 3 and 4",
		    f->node->input[0]->name,
		    gs_shape_format(x, buf, sizeof(buf)), x->rank);
		return NULL;
	}
	return x;
}

static void set_out(struct gs_infer *f, int64_t batch, int64_t channels,
		    const struct gs_window *win)
{
	f->out[0] = (struct gs_shape){ 2 + win->rank, { batch, channels } };
	memcpy(&f->out[0].dim[2], &win->out[2 - win->rank],
	       win->rank * sizeof(win->out[0]));
}

static int bad_weights(struct gs_infer *f, int64_t group, int64_t in,
		       int64_t out)
{
	return ERR(
		f, -EINVAL,
		"weights '%s' take %lld group%s of %lld channels to %lld, input '%s' has %lld channels",
		f->node->input[1]->name, (long long)group,
		group == 1 ? "" : "s", (long long)in, (long long)out,
		f->node->input[0]->name,
		(long long)f->node->input[0]->shape.dim[1]);
}

int gs_infer_conv(struct gs_infer *f)
{
	const struct gs_shape *x = need_picture(f);
	const struct gs_shape *w = x ? gs_infer_need(f, 1, x->rank) : NULL;
	int64_t group = gs_node_attr_int(f->node, "group", 1);
	struct gs_window win;
	int ret;

	if (!w)
		return -ENOTSUP;
	if (group < 1 || group > x->dim[1] || x->dim[1] % group ||
	    w->dim[0] % group || w->dim[1] != x->dim[1] / group)
		return bad_weights(f, group, w->dim[1], w->dim[0]);
	ret = gs_infer_need_list(f, 2, w->dim[0]);
	if (!ret)
		ret = gs_window_infer(f->graph, f->node, x, &w->dim[2], &win,
				      f->diag);
	if (ret < 0)
		return ret;
	set_out(f, x->dim[0], w->dim[0], &win);
	return gs_infer_explicit_int(f, "group", group);
}

int gs_infer_conv_transpose(struct gs_infer *f)
{
	const struct gs_shape *x = need_picture(f);
	const struct gs_shape *w = x ? gs_infer_need(f, 1, x->rank) : NULL;
	int64_t group = gs_node_attr_int(f->node, "group", 1);
	struct gs_window win;
	int ret;

	if (!w)
		return -ENOTSUP;
	if (group < 1 || group > x->dim[1] || x->dim[1] % group ||
	    w->dim[0] != x->dim[1] || w->dim[1] > INT32_MAX / group)
		return bad_weights(f, group, w->dim[0], w->dim[1]);
	ret = gs_infer_need_list(f, 2, w->dim[1] * group);
	if (!ret)
		ret = gs_window_infer_transposed(f->graph, f->node, x,
						 &w->dim[2], &win, f->diag);
	if (ret < 0)
		return ret;
	set_out(f, x->dim[0], w->dim[1] * group, &win);
	return gs_infer_explicit_int(f, "group", group);
}

int gs_infer_pool(struct gs_infer *f)
{
	const struct gs_shape *x = need_picture(f);
	struct gs_window win;
	int ret;

	if (!x)
		return -ENOTSUP;
	ret = gs_window_infer(f->graph, f->node, x, NULL, &win, f->diag);
	if (ret < 0)
		return ret;
	set_out(f, x->dim[0], x->dim[1], &win);
	if (gs_op_is(f->node, "AveragePool"))
		ret = gs_infer_explicit_int(f, "count_include_pad", 0);
	return ret;
}

int gs_infer_global_pool(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	unsigned i;

	if (!x)
		return -EINVAL;
	if (x->rank < 3)
		return ERR(
			f, -ENOTSUP,
			"input '%s' has %u dimensions, at least 3 are needed",
			f->node->input[0]->name, x->rank);
	f->out[0] = *x;
	for (i = 2; i < x->rank; i++)
		f->out[0].dim[i] = 1;
	return 0;
}
