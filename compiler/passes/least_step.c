/* SPDX-License-Identifier: MIT */
/*
 * The finest steps a result may have. What is computed of integers has a unit of
 * its own: a step of an input, or of one times one of a weight. A result whose
 * range is tiny beside that, as a difference that cancels, would need a factor
 * from units to steps that leaves no bits for its rounding (docs/quantization.md).
 */
#include <math.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

#define MOST_UNIT 0x1p9 /* steps of a unit: 5 bits of them are left */
#define MOST_SUM 0x1p29 /* steps of a sum, at most */

/* Steps of operand @i: of an activation, else those of the other one do */
static double step_of(const struct gs_node *node, unsigned i)
{
	const struct gs_tensor *t = gs_input(node, i);

	t = t ? gs_tensor_root(node->input[i]) : NULL;
	return t && !t->data && t->quant.valid ? (double)t->quant.scale[0] : 0;
}

/* Of @num values from @first, none: 0 */
static double largest(const float *first, int64_t num)
{
	double most = 0;
	int64_t i;

	for (i = 0; i < num; i++)
		most = fmax(most, fabs((double)first[i]));
	return most;
}

static const float *floats(const struct gs_node *node, unsigned i, int64_t *num)
{
	const struct gs_tensor *t = gs_input(node, i);

	*num = t && t->data && t->type == GS_DT_F32 &&
			       !gs_tensor_is_integers(t) ?
		       gs_shape_elems(&t->shape) :
		       0;
	return *num ? t->data : NULL;
}

/* The largest sum of magnitudes of the @each weights of a channel */
static double largest_sum(const float *w, int64_t num, int64_t each)
{
	double most = 0, sum;
	int64_t i, k;

	for (i = 0; i < num; i += each) {
		for (sum = 0, k = i; k < i + each && k < num; k++)
			sum += fabs((double)w[k]);
		most = fmax(most, sum);
	}
	return most;
}

/* A sum of products; nothing is summed up as long as no sum can be too large. */
static double of_products(const struct gs_graph *graph,
			  const struct gs_node *node, double step)
{
	const double levels = gs_dtype_high(graph->data_type) -
			      gs_dtype_low(graph->data_type);
	const double sx = step_of(node, 0);
	const bool turned = gs_op_is(node, "ConvTranspose");
	double unit, sum;
	int64_t num;
	const float *w = floats(node, 1, &num);

	if (!w)
		return step;
	unit = sx * largest(w, num) / gs_dtype_high(graph->weight_type);
	step = fmax(step, unit / MOST_UNIT);
	if (node->residual)
		step = fmax(step,
			    step_of(node, node->num_inputs - 1) / MOST_UNIT);
	if (unit * 4 < step)
		return step;
	sum = largest_sum(w, num,
			  turned ? num : num / node->input[1]->shape.dim[0]);
	return fmax(step, sx * sum * levels / MOST_SUM);
}

static double of_normalization(const struct gs_node *node, double step)
{
	const double eps = (double)gs_node_attr_float(node, "epsilon", 1e-5f);
	int64_t num, vars, i;
	const float *gamma = floats(node, 1, &num);
	const float *var = floats(node, 4, &vars);

	for (i = 0; i < num && num == vars; i++)
		step = fmax(step, step_of(node, 0) * fabs((double)gamma[i]) /
					  sqrt((double)var[i] + eps) /
					  MOST_UNIT);
	return step;
}

/* A product, or a quotient of a constant; others saturate in their codelet */
static double of_factors(const struct gs_node *node, double step)
{
	const bool quotient = gs_op_is(node, "Div");
	unsigned i;

	for (i = 0; i < 2; i++) {
		int64_t num, k;
		const float *factor = floats(node, !i, &num);

		if (quotient && i)
			break;
		for (k = 0; k < num; k++) {
			const double f = fabs((double)factor[k]);

			step = fmax(step, step_of(node, i) *
						  (quotient ? 1 / f : f) /
						  MOST_UNIT);
		}
	}
	return step;
}

/* Means: a unit is a step by the values that are summed up. */
static double of_means(const struct gs_node *node, double step)
{
	const struct gs_attr *kernel = gs_node_attr(node, "kernel_shape");
	double count = (double)gs_shape_elems(&node->input[0]->shape) /
		       (double)gs_shape_elems(&node->output[0]->shape);
	size_t i;

	if (gs_op_is(node, "AveragePool") && kernel)
		for (count = 1, i = 0; i < kernel->num; i++)
			count *= (double)kernel->ints[i];
	if (gs_op_is(node, "ReduceSum"))
		count = 1;
	return fmax(step, step_of(node, 0) / count / MOST_UNIT);
}

double gs_least_step(const struct gs_graph *graph, const struct gs_node *node,
		     double step)
{
	static const char *const sums[] = { "Conv", "ConvTranspose", "Gemm",
					    "MatMul", NULL };
	static const char *const linear[] = { "Add", "Sub", NULL };
	static const char *const factors[] = { "Mul", "Div", NULL };
	static const char *const means[] = { "AveragePool", "GlobalAveragePool",
					     "ReduceMean", "ReduceSum", NULL };
	double least = step;

	if (gs_op_in(node, sums))
		least = of_products(graph, node, step);
	else if (gs_op_is(node, "BatchNormalization"))
		least = of_normalization(node, step);
	else if (gs_op_in(node, means))
		least = of_means(node, step);
	else if (gs_op_in(node, factors))
		least = of_factors(node, step);
	else if (gs_op_in(node, linear))
		least = fmax(step, fmax(step_of(node, 0), step_of(node, 1)) /
					   MOST_UNIT);
	return isfinite((float)least) ? least : step;
}
