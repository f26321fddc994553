/* SPDX-License-Identifier: MIT */
/* What gs_pass_lower() makes: windows of other tensors' memory, and nodes that write it. */
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

/* A tensor and its extents n, h, w, c in memory */
struct memory {
	int64_t dim[GS_MEM_DIMS];
	bool nchw; /* order of the elements */
	bool line; /* rows are one line: what is beyond one is in the next */
};

static void memory_of(const struct gs_tensor *t, struct memory *m)
{
	const enum gs_dim_order order = gs_tensor_order(t);

	gs_canonical_dims(t, order, m->dim);
	m->nchw = order == GS_ORDER_NCHW && t->shape.rank > 2;
	m->line = t->no_border;
}

/* The same pixel, in the row it is in */
static void wrap(const struct memory *m, int64_t *at)
{
	const int64_t *d = m->dim;
	const int64_t pixel =
		(at[GS_MEM_N] * d[GS_MEM_H] + at[GS_MEM_H]) * d[GS_MEM_W] +
		at[GS_MEM_W];

	if (pixel < 0)
		return;
	at[GS_MEM_W] = pixel % d[GS_MEM_W];
	at[GS_MEM_H] = pixel / d[GS_MEM_W] % d[GS_MEM_H];
	at[GS_MEM_N] = pixel / d[GS_MEM_W] / d[GS_MEM_H];
}

/* The element at these coordinates; -1: in a border */
static int64_t element(const struct memory *m, const int64_t *where)
{
	const int64_t *d = m->dim;
	int64_t at[GS_MEM_DIMS];
	unsigned i;

	memcpy(at, where, sizeof(at));
	if (m->line)
		wrap(m, at);
	for (i = 0; i < GS_MEM_DIMS; i++)
		if (at[i] < 0 || at[i] >= d[i])
			return -1;
	if (m->nchw)
		return ((at[GS_MEM_N] * d[GS_MEM_C] + at[GS_MEM_C]) *
				d[GS_MEM_H] +
			at[GS_MEM_H]) *
			       d[GS_MEM_W] +
		       at[GS_MEM_W];
	return ((at[GS_MEM_N] * d[GS_MEM_H] + at[GS_MEM_H]) * d[GS_MEM_W] +
		at[GS_MEM_W]) *
		       d[GS_MEM_C] +
	       at[GS_MEM_C];
}

/* Where an access is at @index */
static void position(const struct gs_access *a, const int64_t *index,
		     int64_t *at)
{
	unsigned i;

	memcpy(at, a->at, sizeof(a->at));
	for (i = 0; i < a->num_dims; i++)
		at[a->dim[i].dim] += a->dim[i].step * index[i];
}

/* The next index tuple, the last one fastest; false behind the last */
static bool advance(int64_t *index, const int64_t *extent, unsigned num)
{
	while (num-- > 0) {
		if (++index[num] < extent[num])
			return true;
		index[num] = 0;
	}
	return false;
}

void gs_eval_window(const struct gs_tensor *t, float *own, float *memory,
		    bool store)
{
	struct memory window, whole;
	int64_t index[GS_MEM_DIMS] = { 0 }, at[GS_MEM_DIMS];

	memory_of(t, &window);
	memory_of(t->part.of, &whole);
	do {
		int64_t there;

		position(&t->part, index, at);
		there = element(&whole, at);
		if (there < 0)
			continue;
		if (store)
			memory[there] = own[element(&window, index)];
		else
			own[element(&window, index)] = memory[there];
	} while (advance(index, window.dim, GS_MEM_DIMS));
}

static void eval_move(const struct gs_eval_op *op)
{
	const struct gs_move *m = op->node->move;
	const float *in = op->in[0];
	float *out = op->out[0];
	int64_t index[GS_MAX_RANK] = { 0 }, x[GS_MEM_DIMS], y[GS_MEM_DIMS];
	struct memory from, to;

	memory_of(m->from.of, &from);
	memory_of(m->to.of, &to);
	do {
		int64_t a, b;

		position(&m->from, index, x);
		position(&m->to, index, y);
		a = element(&from, x);
		b = element(&to, y);
		if (a >= 0 && b >= 0)
			out[b] = in[a];
	} while (advance(index, m->extent, GS_MAX_RANK));
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
	struct memory m;

	memory_of(op->node->output[0], &m);
	do {
		const int64_t at = element(&m, index);

		out[at] = a[at] + (b[at] - a[at]) * k[index[GS_MEM_W]];
	} while (advance(index, m.dim, GS_MEM_DIMS));
}

const struct gs_eval_kind *gs_eval_find_lowered(const struct gs_node *node)
{
	static const struct gs_eval_kind kinds[] = {
		{ "Move", eval_move, true, false },
		{ "Fill", eval_fill, false, false },
		{ "Lerp", eval_lerp, false, false },
	};
	size_t i;

	if (gs_op_is(node, "Move") && !node->move)
		return NULL;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (gs_op_is(node, kinds[i].op))
			return &kinds[i];
	return gs_eval_find(node);
}
