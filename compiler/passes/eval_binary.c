/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"
#include "compiler/passes/walk.h"

/* @num results from elements @sa and @sb apart */
typedef void (*row_fn)(float *y, const float *a, int64_t sa, const float *b,
		       int64_t sb, int64_t num);

#define ROW(name, expr)                                                 \
	static void row_##name(float *y, const float *a, int64_t sa,    \
			       const float *b, int64_t sb, int64_t num) \
	{                                                               \
		int64_t i;                                              \
                                                                        \
		for (i = 0; i < num; i++, a += sa, b += sb)             \
			y[i] = (expr);                                  \
	}

ROW(add, a[0] + b[0])
ROW(sub, a[0] - b[0])
ROW(mul, a[0] * b[0])
ROW(div, a[0] / b[0])
ROW(pow, powf(a[0], b[0]))
ROW(prelu, a[0] < 0.0f ? a[0] * b[0] : a[0])
ROW(equal, a[0] == b[0])
/* NaN wins, as in the model. */
ROW(max, a[0] > b[0] || isnan(a[0]) ? a[0] : b[0])
ROW(min, a[0] < b[0] || isnan(a[0]) ? a[0] : b[0])

static const struct {
	const char *op;
	row_fn row;
} rows[] = {
	{ "Add", row_add }, { "Sub", row_sub },	    { "Mul", row_mul },
	{ "Div", row_div }, { "Pow", row_pow },	    { "PRelu", row_prelu },
	{ "Max", row_max }, { "Equal", row_equal }, { "Min", row_min },
	{ "Sum", row_add }, { "Mean", row_add },
};

static row_fn find_row(const char *op)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].op, op))
			return rows[i].row;
	return NULL;
}

static void combine(row_fn row, const struct gs_shape *shape, float *y,
		    const float *a, const struct gs_shape *shape_a,
		    const float *b, const struct gs_shape *shape_b)
{
	struct gs_walk w;
	bool more;

	gs_walk_init(&w, shape);
	gs_walk_add_broadcast(&w, shape);
	gs_walk_add_broadcast(&w, shape_a);
	gs_walk_add_broadcast(&w, shape_b);
	for (more = gs_walk_start(&w); more; more = gs_walk_next(&w))
		row(y + w.at[0], a + w.at[1], w.step[1], b + w.at[2], w.step[2],
		    w.num);
}

void gs_eval_variadic(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	const struct gs_shape *shape = &node->output[0]->shape;
	size_t i, num = gs_eval_elems(node->output[0]);
	row_fn row = find_row(node->op);
	float *y = op->out[0];
	unsigned k;

	if (node->num_inputs == 1) {
		memcpy(y, op->in[0], num * sizeof(*y));
		return;
	}
	combine(row, shape, y, op->in[0], &node->input[0]->shape, op->in[1],
		&node->input[1]->shape);
	for (k = 2; k < node->num_inputs; k++)
		combine(row, shape, y, y, shape, op->in[k],
			&node->input[k]->shape);
	for (i = 0; gs_op_is(node, "Mean") && i < num; i++)
		y[i] /= (float)node->num_inputs;
}

void gs_eval_where(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	const float *c = op->in[0], *a = op->in[1], *b = op->in[2];
	float *y = op->out[0];
	struct gs_walk w;
	int64_t i;
	bool more;
	unsigned k;

	gs_walk_init(&w, &node->output[0]->shape);
	for (k = 0; k < 3; k++)
		gs_walk_add_broadcast(&w, &node->input[k]->shape);
	for (more = gs_walk_start(&w); more; more = gs_walk_next(&w))
		for (i = 0; i < w.num; i++)
			*y++ = c[w.at[0] + i * w.step[0]] != 0.0f ?
				       a[w.at[1] + i * w.step[1]] :
				       b[w.at[2] + i * w.step[2]];
}
