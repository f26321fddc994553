/* SPDX-License-Identifier: MIT */
/*
 * Which part of an activation's range its readers tell apart: HardSwish makes 0
 * of all below -3, so steps down there are wasted.
 */
#include <math.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

struct span {
	double low, high;
};

static const struct span everything = { -INFINITY, INFINITY };

/* Where alpha x + beta is from 0 to 1 */
static struct span hard_sigmoid(const struct gs_node *node)
{
	const double alpha = (double)gs_node_attr_float(node, "alpha", 0.2f);
	const double beta = (double)gs_node_attr_float(node, "beta", 0.5f);
	const double a = -beta / alpha, b = (1 - beta) / alpha;

	if (alpha == 0)
		return everything;
	return (struct span){ fmin(a, b), fmax(a, b) };
}

/* The inputs of @node that give different results in @steps steps */
static struct span of_reader(const struct gs_graph *graph,
			     const struct gs_node *node, double steps,
			     const struct span *of_tensor)
{
	const struct gs_tensor *out = node->output[0];
	struct span need = everything;
	unsigned i;

	if (gs_op_is(node, "HardSwish") && node->num_inputs == 1)
		return (struct span){ -3, INFINITY };
	if (gs_op_is(node, "HardSigmoid"))
		return hard_sigmoid(node);
	if (gs_op_is(node, "Relu"))
		return (struct span){ 0, INFINITY };
	if (gs_op_is(node, "Clip"))
		return (struct span){
			(double)gs_node_attr_float(node, "min", -INFINITY),
			(double)gs_node_attr_float(node, "max", INFINITY)
		};
	/* Of 256 steps, results below 1/2 and above 254 1/2 are the last ones. */
	if (gs_op_is(node, "Sigmoid") && !out->quant.valid)
		return (struct span){ -log(2 * steps - 1),
				      log((steps - 1.5) / 1.5) };
	if (gs_op_is(node, "Tanh") && !out->quant.valid)
		return (struct span){ -atanh((steps - 1) / steps),
				      atanh((steps - 3) / steps) };
	if (!gs_op_is(node, "MaxPool") && !gs_node_keeps(graph, node))
		return everything;
	need = (struct span){ INFINITY, -INFINITY };
	for (i = 0; i < node->num_outputs; i++) {
		const struct gs_tensor *t = node->output[i];

		if (!t)
			continue;
		need.low = fmin(need.low, of_tensor[t->id].low);
		need.high = fmax(need.high, of_tensor[t->id].high);
	}
	return need;
}

static const char *find_meta(const struct gs_graph *graph, const char *key)
{
	unsigned i;

	for (i = 0; i < graph->num_meta; i++)
		if (!strcmp(graph->meta[i].key, key))
			return graph->meta[i].value;
	return NULL;
}

/* Is @name one of a list with commas? */
static bool is_listed(const char *list, const char *name)
{
	static const char space[] = " \t\n";
	const size_t len = strlen(name);

	for (;; list++) {
		list += strspn(list, space);
		if (!strncmp(list, name, len) &&
		    strchr(",", list[len + strspn(list + len, space)]))
			return true;
		list = strchr(list, ',');
		if (!list)
			return false;
	}
}

/* Scores that are seen through a sigmoid, which is 0 or 1 in all but 1/3000 beyond. */
static struct span of_output(const struct gs_graph *graph,
			     const struct gs_tensor *t)
{
	const char *activation = find_meta(graph, "head.activation");
	const char *scores = find_meta(graph, "head.scores");

	if (!activation || strcmp(activation, "sigmoid") != 0 ||
	    (scores ? !is_listed(scores, t->name) : graph->num_outputs > 1))
		return everything;
	return (struct span){ -8, 8 };
}

static void widen(struct span *span, struct span by)
{
	span->low = fmin(span->low, by.low);
	span->high = fmax(span->high, by.high);
}

static void take(const struct gs_graph *graph, const struct gs_node *node,
		 double steps, struct span *of_tensor)
{
	const struct span need = of_reader(graph, node, steps, of_tensor);
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i])
			widen(&of_tensor[gs_tensor_root(node->input[i])->id],
			      i || node->residual ? everything : need);
}

int gs_limit_ranges(struct gs_graph *graph)
{
	const double steps = ldexp(1, (int)gs_dtype_bits(graph->data_type));
	struct gs_node **order, *node;
	struct span *of_tensor;
	size_t num = 0;
	unsigned i;

	order = gs_graph_alloc_array(graph, graph->next_node_id + 1,
				     sizeof(*order));
	of_tensor = gs_graph_alloc_array(graph, graph->num_tensors,
					 sizeof(*of_tensor));
	if (!order || !of_tensor)
		return -1;
	for (i = 0; i < graph->num_tensors; i++)
		of_tensor[i] = (struct span){ INFINITY, -INFINITY };
	for (i = 0; i < graph->num_inputs; i++)
		of_tensor[graph->input[i]->id] = everything;
	for (i = 0; i < graph->num_outputs; i++)
		widen(&of_tensor[gs_tensor_root(graph->output[i])->id],
		      of_output(graph, graph->output[i]));
	for (node = graph->node; node; node = node->next)
		order[num++] = node;
	while (num-- > 0)
		take(graph, order[num], steps, of_tensor);
	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];
		const struct span s = of_tensor[i];

		if (t->data || t->view_of || t->quant.valid || !t->has_range ||
		    s.low > s.high)
			continue;
		t->min = fmaxf(t->min, (float)fmin(s.low, 0));
		t->max = fminf(t->max, (float)fmax(s.high, 0));
	}
	return 0;
}
