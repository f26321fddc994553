/* SPDX-License-Identifier: MIT */
#include "tests/bench/compiler/bound.h"

#include <string.h>

const char *bound_name(enum bound_by by)
{
	static const char *const name[] = { "array", "Tandem", "PARAM", "IBUF",
					    "SIMD" };

	return name[by];
}

static bool op_is(const struct gs_node *n, const char *op)
{
	return !strcmp(n->op, op);
}

static double elements(const struct gs_tensor *t)
{
	double num = 1;
	unsigned d;

	for (d = 0; d < t->shape.rank; d++)
		num *= (double)t->shape.dim[d];
	return num;
}

static double ceil_div(double a, double b)
{
	const double q = (double)(int64_t)(a / b);

	return q * b < a ? q + 1 : q;
}

static double vectors(const struct gs_tensor *t, const struct gs_arch *arch)
{
	const double channels = (double)t->shape.dim[1];

	return elements(t) / channels * ceil_div(channels, arch->array_m);
}

/* The pool that takes the result of @node alone and belongs to its group, or NULL. */
static const struct gs_node *pool_behind(const struct gs_graph *graph,
					 const struct gs_node *node)
{
	const struct gs_node *n, *found = NULL;

	for (n = graph->node; n; n = n->next) {
		if (!n->num_inputs || n->input[0] != node->output[0])
			continue;
		if (found || !strstr(n->op, "Pool"))
			return NULL;
		found = n;
	}
	return found;
}

static double window(const struct gs_node *pool)
{
	const struct gs_attr *k = gs_node_attr(pool, "kernel_shape");
	double num = 1;
	size_t i;

	if (!k)
		return elements(pool->input[0]) / elements(pool->output[0]);
	for (i = 0; i < k->num; i++)
		num *= (double)k->ints[i];
	return num;
}

void bound_of(const struct gs_graph *graph, const struct gs_node *node,
	      const struct gs_arch *arch, struct bound *out)
{
	const bool conv = op_is(node, "Conv") || op_is(node, "ConvMaxPool") ||
			  op_is(node, "ConvAveragePool");
	const struct gs_tensor *w = node->num_inputs > 1 ? node->input[1] :
							   NULL;
	const struct gs_tensor *y = node->output[0], *result = y;
	const struct gs_node *pool;
	double oc, ic, taps = 1, bits, pixels;
	unsigned d;

	*out = (struct bound){ .by = BOUND_ARRAY };
	if ((!conv && !op_is(node, "Gemm")) || !w || !w->data)
		return;
	oc = (double)w->shape.dim[0];
	ic = (double)w->shape.dim[1];
	for (d = 2; d < w->shape.rank; d++)
		taps *= (double)w->shape.dim[d];
	/* Of a pool in the same layer the result is smaller. */
	pixels = conv && node->macs ? (double)node->macs / elements(w) :
				      elements(y) / oc;
	out->cycles[BOUND_ARRAY] = pixels * taps * ceil_div(ic, arch->array_n) *
				   ceil_div(oc, arch->array_m);
	out->cycles[BOUND_PARAM] =
		(elements(w) * arch->wgt_width + oc * arch->bias_width) /
		arch->param_channel_bw;
	out->cycles[BOUND_IBUF] = elements(node->input[0]) * arch->data_width /
				  arch->ibuf_channel_bw;
	out->cycles[BOUND_TANDEM] =
		pixels * ceil_div(oc, arch->array_m) *
		((node->activation != GS_ACT_NONE) + (double)node->residual);
	pool = pool_behind(graph, node);
	if (pool) {
		result = pool->output[0];
		out->cycles[BOUND_TANDEM] +=
			vectors(result, arch) * window(pool);
	}
	bits = elements(result);
	if (node->residual)
		bits += elements(y);
	out->cycles[BOUND_SIMD] =
		bits * arch->data_width / arch->simd_channel_bw;
	for (d = 1; d < BOUND_COUNT; d++)
		if (out->cycles[d] > out->cycles[out->by])
			out->by = (enum bound_by)d;
}
