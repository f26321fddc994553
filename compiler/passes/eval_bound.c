/* SPDX-License-Identifier: MIT */
#include "compiler/passes/eval_bound.h"

#include <math.h>

#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

#define UNIT 0x1p-24 /* of a float32 that is rounded to nearest */

/* Of a sum of @num terms, as a part of the sum of their magnitudes */
static double share(double num)
{
	return num * UNIT < 0.5 ? num * UNIT / (1 - num * UNIT) : HUGE_VAL;
}

/* The largest magnitude steps of a tensor reach */
static double reach(const struct gs_quant *q, double scale, int32_t zero)
{
	const double low = fabs((double)gs_dtype_low(q->type) - zero);
	const double high = fabs((double)gs_dtype_high(q->type) - zero);

	return scale * (low > high ? low : high);
}

/* Two orders of the products of weights and inputs, the bias among them */
static double conv(const struct gs_eval *eval, const struct gs_node *node)
{
	const struct gs_tensor *w = node->input[1], *b = gs_input(node, 2);
	const float *values = gs_eval_values(eval, w);
	const float *bias = b ? gs_eval_values(eval, b) : NULL;
	const struct gs_quant *q = &node->input[0]->quant;
	const size_t rows = (size_t)w->shape.dim[0];
	const size_t num = gs_eval_elems(w) / (rows + !rows);
	const double largest = reach(q, (double)q->scale[0], q->zero_point);
	double most = 0;
	size_t r, i;

	for (r = 0; r < rows; r++) {
		double sum = 0;

		for (i = 0; i < num; i++)
			sum += fabs((double)values[r * num + i]);
		sum = sum * largest + (bias ? fabs((double)bias[r]) : 0);
		most = sum > most ? sum : most;
	}
	return 2 * share((double)num + 2) * most;
}

/* Two orders of the values of a window, whose steps are the node's own */
static double mean(const struct gs_node *node)
{
	const int64_t *window = gs_node_attr(node, "pool_shape")->ints;
	const double num = (double)window[0] * (double)window[1];
	const double scale = (double)gs_node_attr_float(node, "inner_scale", 0);
	const int32_t zero = (int32_t)gs_node_attr_int(node, "inner_zero", 0);

	return 2 * share(num + 2) * reach(&node->output[0]->quant, scale, zero);
}

double gs_eval_bound(const struct gs_eval *eval, const struct gs_node *node)
{
	if (gs_op_is(node, "Conv") && node->input[0]->quant.valid)
		return conv(eval, node);
	return gs_op_is(node, "ConvAveragePool") ? mean(node) : 0;
}
