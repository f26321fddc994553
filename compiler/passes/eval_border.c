/* SPDX-License-Identifier: MIT */
#include "compiler/passes/eval_border.h"

#include <math.h>
#include <string.h>

#include "compiler/passes/eval_memory.h"
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

static const char *const readers[] = {
	"Conv", "ConvMaxPool", "ConvAveragePool", "MaxPool", "AveragePool", NULL
};

/* What a node reads, and where it stands */
struct look {
	struct gs_tensor *t;
	struct gs_eval_memory memory;
	const float *elems;
	int64_t dim[GS_MEM_DIMS]; /* of the picture */
	int64_t low[2], end[2]; /* rows and columns that are read */
	float expected;
};

static float lowest(const struct gs_quant *q)
{
	return q->scale[0] * (float)(gs_dtype_low(q->type) - q->zero_point);
}

/* Rows or columns of a convolution that windows of the pool behind it reach */
static int64_t num_pooled(const struct gs_node *node, unsigned axis,
			  int64_t windows)
{
	const int64_t *picture = gs_node_attr(node, "picture")->ints;
	const int64_t end =
		(windows - 1) * gs_node_attr(node, "pool_strides")->ints[axis] +
		gs_node_attr(node, "pool_shape")->ints[axis] -
		gs_node_attr(node, "pool_pads")->ints[axis];

	return end < picture[axis] ? end : picture[axis];
}

/* Rows and columns of windows, those between two taps too */
static void find_reach(struct look *l, const struct gs_node *node)
{
	int64_t out[GS_MEM_DIMS];
	struct gs_window w;
	unsigned i;

	gs_window_get(node, &w);
	gs_canonical_dims(node->output[0], gs_tensor_order(node->output[0]),
			  out);
	for (i = 0; i < 2; i++) {
		int64_t num = out[GS_MEM_H + i];

		if (gs_eval_is_conv_pool(node))
			num = num_pooled(node, i, num);
		l->low[i] = -w.pad[i];
		l->end[i] = (num - 1) * w.stride[i] +
			    (w.kernel[i] - 1) * w.dilation[i] + 1 - w.pad[i];
	}
}

static float value_at(const struct look *l, const int64_t *index)
{
	int64_t at[GS_MEM_DIMS], i;

	if (l->t->part.of)
		gs_eval_position(&l->t->part, index, at);
	else
		memcpy(at, index, sizeof(at));
	i = gs_eval_element(&l->memory, at);
	return i < 0 ? NAN : l->elems[i];
}

/* All channels of all images at one place beyond the picture */
static bool check_place(const struct look *l, int64_t h, int64_t w,
			struct gs_eval_border *out)
{
	int64_t at[GS_MEM_DIMS] = { 0, h, w, 0 };

	for (at[GS_MEM_N] = 0; at[GS_MEM_N] < l->dim[GS_MEM_N]; at[GS_MEM_N]++)
		for (at[GS_MEM_C] = 0; at[GS_MEM_C] < l->dim[GS_MEM_C];
		     at[GS_MEM_C]++) {
			const float is = value_at(l, at);

			if (is == l->expected)
				continue;
			*out = (struct gs_eval_border){
				.tensor = l->t,
				.is = is,
				.expected = l->expected,
			};
			memcpy(out->at, at, sizeof(at));
			return false;
		}
	return true;
}

static bool look(struct look *l, const struct gs_eval *eval,
		 const struct gs_node *node)
{
	struct gs_tensor *owner;

	if (!gs_op_in(node, readers))
		return false;
	l->t = gs_tensor_root(node->input[0]);
	owner = gs_tensor_owner(l->t);
	l->elems = gs_eval_memory_of(eval, l->t);
	gs_eval_memory(owner, &l->memory);
	if (!l->memory.slot || !owner->quant.valid)
		return false;
	gs_canonical_dims(l->t, gs_tensor_order(l->t), l->dim);
	find_reach(l, node);
	l->expected = gs_op_is(node, "MaxPool") ? lowest(&owner->quant) : 0;
	return true;
}

bool gs_eval_border_check(const struct gs_eval *eval,
			  const struct gs_node *node,
			  struct gs_eval_border *out)
{
	struct look l;
	int64_t h, w;

	if (!look(&l, eval, node))
		return true;
	for (h = l.low[0]; h < l.end[0]; h++) {
		const bool beyond = h < 0 || h >= l.dim[GS_MEM_H];

		for (w = l.low[1]; w < l.end[1]; w++) {
			if (!beyond && w >= 0 && w < l.dim[GS_MEM_W])
				w = l.dim[GS_MEM_W];
			if (w < l.end[1] && !check_place(&l, h, w, out))
				return false;
		}
	}
	return true;
}
