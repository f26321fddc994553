/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

/* Removed by later passes whatever their input is, or made others. */
static const char *const structural[] = {
	"Cast",
	"Pow",
	"Sum",
	"QuantizeLinear",
	"DequantizeLinear",
	"GlobalMaxPool",
	"Reciprocal",
	"Mean",
	NULL,
};

bool gs_op_is_structural(const char *op)
{
	size_t i;

	for (i = 0; structural[i]; i++)
		if (!strcmp(op, structural[i]))
			return true;
	return false;
}

struct support {
	struct gs_graph *graph;
	bool (*known)(void *ctx, const char *op);
	void *ctx;
	bool *constant; /* by tensor id: known while compiling */
	unsigned *uses;
};

/* Is there a codelet, which may have the rules that the front end lacks? */
static bool has_codelet(const struct support *s, const struct gs_node *node)
{
	const struct gs_op_rules *rules = s->graph->rules;

	return rules && rules->knows(rules->ctx, node);
}

static bool known(const struct support *s, const struct gs_node *node)
{
	struct gs_node newer = *node;

	/* gs_pass_shapes() makes a Resize of it. */
	if (gs_op_is(node, "Upsample"))
		newer.op = "Resize";
	return s->known ? s->known(s->ctx, newer.op) :
			  gs_eval_knows(newer.op) || has_codelet(s, &newer);
}

static bool all_constant(const struct support *s, const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] && !s->constant[node->input[i]->id])
			return false;
	return true;
}

static bool folds(const struct support *s, const struct gs_node *node)
{
	if (gs_op_in(node, gs_shape_ops))
		return true;
	return (gs_fold_knows(node->op) || has_codelet(s, node)) &&
	       all_constant(s, node);
}

static bool has_subgraph(const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_attrs; i++)
		if (node->attr[i].kind == GS_ATTR_OTHER)
			return true;
	return false;
}

/* Will gs_pass_affine() fold this one? */
static bool batchnorm_folds(const struct support *s, const struct gs_node *node)
{
	const struct gs_tensor *x = gs_input(node, 0);

	return x && x->producer && s->uses[x->id] == 1 &&
	       (gs_op_is(x->producer, "Conv") || gs_op_is(x->producer, "Gemm"));
}

/* Why @node cannot be compiled, or NULL */
static const char *reason(const struct support *s, const struct gs_node *node)
{
	if (*node->domain)
		return has_codelet(s, node) ?
			       NULL :
			       "is of another operator domain, and has no codelet";
	if (folds(s, node) || gs_op_is_structural(node->op) || known(s, node))
		return NULL;
	if (gs_op_is(node, "BatchNormalization"))
		return batchnorm_folds(s, node) ?
			       NULL :
			       "folds only into a Conv or Gemm whose result nothing else uses";
	if (has_subgraph(node))
		return "holds a subgraph or an attribute of a type that is not supported";
	if (gs_fold_knows(node->op) && !gs_eval_knows(node->op))
		return "has no codelet; of constants it is folded";
	return "has no codelet";
}

static int report(const char *list, unsigned num, struct gs_diag *diag)
{
	return gs_error(diag, -ENOTSUP,
			"%u node%s of the model %s not supported:%s", num,
			num == 1 ? "" : "s", num == 1 ? "is" : "are", list);
}

static unsigned list_nodes(struct support *s, FILE *out)
{
	const struct gs_node *node;
	const char *why;
	unsigned i, num = 0;

	for (node = s->graph->node; node; node = node->next) {
		why = reason(s, node);
		if (why && ++num)
			fprintf(out, "\n  node '%s': %s%s%s %s", node->name,
				node->domain, *node->domain ? "." : "",
				node->op, why);
		for (i = 0; i < node->num_outputs; i++)
			if (node->output[i])
				s->constant[node->output[i]->id] =
					folds(s, node);
	}
	return num;
}

/* Integers that gs_qdq_lift() makes real values of */
static bool is_quantized(const struct gs_tensor *t)
{
	return t->type == GS_DT_I8 || t->type == GS_DT_U8;
}

static int check_inputs(const struct gs_graph *graph, struct gs_diag *diag)
{
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++) {
		const struct gs_tensor *t = graph->input[i];

		if (t->type != GS_DT_F32 && !is_quantized(t))
			return gs_error(
				diag, -ENOTSUP,
				"input '%s' is of type %s, supported are float32, int8 and uint8",
				t->name, gs_dtype_name(t->type));
	}
	return 0;
}

static int fail_steps(const struct gs_graph *graph, const char *what,
		      const char *name, const char *type, struct gs_diag *diag)
{
	return gs_error(
		diag, -ENOTSUP,
		"%s '%s' (%s): the model is quantized to 8 bits, this machine has data of %u bits and weights of %u: compile the float model it was made of",
		what, name, type, gs_dtype_bits(graph->data_type),
		gs_dtype_bits(graph->weight_type));
}

/* Steps of 8 bits that the model gives are none of a machine of 4. */
static int check_steps(const struct gs_graph *graph, struct gs_diag *diag)
{
	const struct gs_node *node;
	unsigned i;

	if (graph->data_type == GS_DT_I8 && graph->weight_type == GS_DT_I8)
		return 0;
	for (i = 0; i < graph->num_inputs; i++)
		if (is_quantized(graph->input[i]))
			return fail_steps(graph, "input", graph->input[i]->name,
					  gs_dtype_name(graph->input[i]->type),
					  diag);
	for (node = graph->node; node; node = node->next)
		if (gs_op_is(node, "QuantizeLinear") ||
		    gs_op_is(node, "DequantizeLinear"))
			return fail_steps(graph, "node", node->name, node->op,
					  diag);
	return 0;
}

int gs_pass_support(struct gs_graph *graph,
		    bool (*known)(void *ctx, const char *op), void *ctx,
		    struct gs_diag *diag)
{
	struct support s = { .graph = graph, .known = known, .ctx = ctx };
	unsigned i, num;
	size_t size;
	char *list = NULL;
	FILE *out;
	int ret = check_inputs(graph, diag);

	ret = ret < 0 ? ret : check_steps(graph, diag);
	if (ret < 0)
		return ret;
	s.constant = gs_graph_alloc(graph, graph->num_tensors);
	s.uses = gs_graph_root_uses(graph);
	if (!s.constant || !s.uses)
		return gs_nomem(diag);
	for (i = 0; i < graph->num_tensors; i++)
		s.constant[i] = graph->tensor[i]->data != NULL;
	out = open_memstream(&list, &size);
	if (!out)
		return gs_nomem(diag);
	num = list_nodes(&s, out);
	if (fclose(out) || !list)
		ret = gs_nomem(diag);
	else if (num)
		ret = report(list, num, diag);
	free(list);
	return ret;
}
