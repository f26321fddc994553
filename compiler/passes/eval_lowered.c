/* SPDX-License-Identifier: MIT */
/* Nodes that passes make, from gs_pass_lower() on: they move, fill and join what ONNX's operators compute. */
#include <math.h>

#include "compiler/passes/eval_memory.h"
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

/* From memory to memory: what it does not write stays what it is. */
static void eval_move(const struct gs_eval_op *op)
{
	const struct gs_quant *q = &op->node->output[0]->quant;
	const struct gs_move *m = op->node->move;
	const float *in = op->in[0];
	float *out = op->out[0];
	int64_t index[GS_MAX_RANK] = { 0 }, x[GS_MEM_DIMS], y[GS_MEM_DIMS];
	struct gs_eval_memory from, to;

	gs_eval_memory(m->from.of, &from);
	gs_eval_memory(m->to.of, &to);
	do {
		float value;
		int64_t a, b;

		gs_eval_position(&m->from, index, x);
		gs_eval_position(&m->to, index, y);
		a = gs_eval_element(&from, x);
		b = gs_eval_element(&to, y);
		if (b < 0)
			continue;
		value = a < 0 ? NAN : in[a];
		gs_eval_round_all(q, &value, 1);
		out[b] = value;
	} while (gs_eval_advance(index, m->extent, GS_MAX_RANK));
}

static void eval_fill(const struct gs_eval_op *op)
{
	const struct gs_tensor *t = op->node->output[0];
	const int64_t q = gs_node_attr_int(op->node, "value", 0);
	const float value =
		t->quant.scale[0] * (float)(q - t->quant.zero_point);
	float *out = op->out[0];
	size_t i;

	for (i = 0; i < gs_eval_elems(t); i++)
		out[i] = value;
}

/* Between two tensors, with a weight for each column */
static void eval_lerp(const struct gs_eval_op *op)
{
	const float *a = op->in[0], *b = op->in[1], *k = op->in[2];
	int64_t index[GS_MEM_DIMS] = { 0 };
	float *out = op->out[0];
	struct gs_eval_memory m;

	gs_eval_picture(op->node->output[0], &m);
	do {
		const int64_t at = gs_eval_element(&m, index);

		if (at >= 0)
			out[at] = a[at] + (b[at] - a[at]) * k[index[GS_MEM_W]];
	} while (gs_eval_advance(index, m.dim, GS_MEM_DIMS));
}

/* The elements of the same places */
static void eval_copy(const struct gs_eval_op *op)
{
	memcpy(op->out[0], op->in[0],
	       gs_eval_elems(op->node->output[0]) * sizeof(float));
}

const struct gs_eval_kind *gs_eval_find_lowered(const struct gs_node *node)
{
	static const struct gs_eval_kind kinds[] = {
		{ "Move", eval_move, true, false },
		{ "Fill", eval_fill, false, false },
		{ "Lerp", eval_lerp, false, false },
		{ "Copy", eval_copy, true, false },
		{ "ConvMaxPool", gs_eval_conv_pool, false, true },
		{ "ConvAveragePool", gs_eval_conv_pool, false, true },
	};
	size_t i;

	if (gs_op_is(node, "Move") && !node->move)
		return NULL;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (gs_op_is(node, kinds[i].op))
			return &kinds[i];
	return gs_eval_find(node);
}
