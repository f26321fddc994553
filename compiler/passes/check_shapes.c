/* SPDX-License-Identifier: MIT */
/*
 * Do the shapes of results still fit the operators? Parameters have the form
 * gs_pass_shapes() gives them; of some operators it is not the one that rules
 * of shapes read.
 */
#include <errno.h>

#include "compiler/passes/check_lowered.h"
#include "compiler/passes/infer.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

static int one_element_count(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	const struct gs_tensor *y = f->node->output[0];

	if (!x)
		return -EINVAL;
	f->type = f->node->input[0]->type;
	/* Any shape of as many elements */
	f->out[0] = gs_shape_elems(x) == gs_shape_elems(&y->shape) ? y->shape :
								     *x;
	return 0;
}

static int same_shape(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);

	if (!x)
		return -EINVAL;
	f->type = f->node->input[0]->type;
	f->out[0] = *x;
	return 0;
}

/* With B as [OC, K] once gs_pass_constants() has been there */
static int matmul(struct gs_infer *f)
{
	const struct gs_shape *a = gs_infer_need(f, 0, 0);
	const struct gs_shape *b = gs_infer_need(f, 1, 0);

	if (!a || !b)
		return -EINVAL;
	if (!gs_node_attr_int(f->node, "transB", 0))
		return gs_infer_node(f);
	f->type = GS_DT_F32;
	if (b->rank != 2 || !a->rank || a->dim[a->rank - 1] != b->dim[1])
		return GS_INFER_ERR(
			f, -EINVAL,
			"the rows of '%s' and '%s' are not of one length",
			f->node->input[0]->name, f->node->input[1]->name);
	f->out[0] = *a;
	f->out[0].dim[a->rank - 1] = b->dim[0];
	return 0;
}

/* A Cast behind it may be a part of it. */
static int equal(struct gs_infer *f)
{
	const int ret = gs_infer_node(f);

	f->type = f->node->output[0]->type;
	return ret;
}

static int check_result(struct gs_infer *f, bool lowered)
{
	static const struct {
		const char *op;
		gs_infer_fn infer;
	} own[] = {
		{ "MatMul", matmul },
		{ "HardSwish", same_shape },
		{ "Equal", equal },
		{ "Cast", equal },
	};
	const gs_infer_fn special = lowered ? gs_check_lowered(f->node) : NULL;
	size_t i;

	if (special)
		return special(f);
	if (gs_node_is_view(f->graph, f->node))
		return one_element_count(f);
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (gs_op_is(f->node, own[i].op))
			return own[i].infer(f);
	return gs_infer_node(f);
}

/* No rule writes these, and they have no value to compare. */
static bool is_opaque(const struct gs_attr *attr)
{
	return attr->kind == GS_ATTR_TENSOR || attr->kind == GS_ATTR_OTHER;
}

/* Parameters have the one form already: the rule changed none. */
static int check_attrs(const struct gs_infer *f, const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < f->node->num_attrs; i++) {
		const struct gs_attr *want = &f->node->attr[i];
		const struct gs_attr *got = gs_node_attr(node, want->name);

		if (!got || (!is_opaque(want) && !gs_attr_equal(got, want)))
			return gs_node_error(
				f->diag, -EINVAL, node, "attribute '%s' is %s",
				want->name,
				got ? "not in the form passes know" :
				      "missing");
	}
	return 0;
}

/* Rules write attributes, so they get a copy of the node. */
static int check_node(struct gs_infer *f, const struct gs_node *node,
		      bool lowered)
{
	struct gs_node copy = *node;
	char a[128], b[128];
	unsigned i;
	int ret;

	copy.num_inputs -= node->residual;
	copy.attr = gs_graph_alloc_array(f->graph, node->num_attrs + 1u,
					 sizeof(*copy.attr));
	if (!copy.attr)
		return gs_nomem(f->diag);
	if (node->num_attrs)
		memcpy(copy.attr, node->attr,
		       node->num_attrs * sizeof(*copy.attr));
	f->node = &copy;
	ret = check_result(f, lowered);
	ret = ret ? ret : check_attrs(f, node);
	for (i = 0; i < node->num_outputs && !ret; i++) {
		const struct gs_tensor *t = node->output[i];

		if (t && !gs_shape_equal(&t->shape, &f->out[i]))
			return gs_node_error(
				f->diag, -EINVAL, node,
				"its result '%s' is %s, the inputs give %s",
				t->name,
				gs_shape_format(&t->shape, a, sizeof(a)),
				gs_shape_format(&f->out[i], b, sizeof(b)));
		if (t && t->type != f->type)
			return gs_node_error(
				f->diag, -EINVAL, node,
				"its result '%s' is of type %s, the inputs give %s",
				t->name, gs_dtype_name(t->type),
				gs_dtype_name(f->type));
	}
	return ret;
}

/* Messages of rules, with what they are about in front */
struct prefix {
	const char *where;
	struct gs_diag *diag;
};

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	const struct prefix *p = ctx;

	(void)severity;
	gs_error(p->diag, 0, "%s: %s", p->where, text);
}

int gs_check_shapes(const struct gs_graph *graph, bool lowered,
		    const char *where, struct gs_diag *diag)
{
	struct prefix prefix = { where, diag };
	struct gs_diag own = { .report = report, .ctx = &prefix };
	struct gs_infer f = { .graph = gs_graph_create(), .diag = &own };
	const struct gs_node *node;
	int ret = 0;

	if (!f.graph)
		return gs_nomem(diag);
	f.graph->opset = graph->opset;
	f.graph->rules = graph->rules;
	for (node = graph->node; node && !ret; node = node->next)
		ret = check_node(&f, node, lowered);
	gs_graph_destroy(f.graph);
	return ret;
}
