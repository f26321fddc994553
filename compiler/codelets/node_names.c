/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/node_names.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* A window over a row has half the values: those of columns, the second of each pair. */
static bool is_of_row(const struct gs_scope *ev, const struct gs_cl_attr *decl,
		      const struct gs_attr *a)
{
	const struct gs_tensor *x = ev->binding->node->input[0];

	return a && a->kind == GS_ATTR_INTS && decl->num == 2 * a->num && x &&
	       x->shape.rank == 3;
}

static int define_attr(struct gs_scope *ev, const struct gs_cl_attr *decl)
{
	const struct gs_attr *a = gs_node_attr(ev->binding->node, decl->name);
	const size_t num = decl->num ? decl->num : 1;
	struct gs_value val = {
		gs_graph_alloc_array(ev->graph, num, sizeof(double)), num
	};
	const bool row = is_of_row(ev, decl, a);
	size_t i;

	if (!val.v)
		return -ENOMEM;
	if (!a && !decl->has_fallback)
		return gs_scope_misfit(ev, "attribute '%s' is missing",
				       decl->name);
	if (a && decl->num && !row &&
	    (a->kind != GS_ATTR_INTS || a->num != decl->num))
		return gs_scope_misfit(ev, "attribute '%s' must have %u values",
				       decl->name, decl->num);
	for (i = 0; i < num; i++) {
		if (!a)
			val.v[i] = decl->fallback;
		else if (row)
			val.v[i] = i % 2	      ? (double)a->ints[i / 2] :
				   decl->has_fallback ? decl->fallback :
							1;
		else if (decl->num)
			val.v[i] = (double)a->ints[i];
		else
			val.v[i] = a->kind == GS_ATTR_FLOAT ? (double)a->f :
							      (double)a->i;
		if (fabs(val.v[i]) > GS_MAX_EXTENT &&
		    !(a && a->kind == GS_ATTR_FLOAT))
			return gs_scope_misfit(ev,
					       "attribute '%s' is out of range",
					       decl->name);
	}
	return gs_scope_define(ev, decl->name, val);
}

/* Softmax before opset 13 meant axis 1 by default. */
static double default_axis(const struct gs_scope *ev, double fallback)
{
	return ev->graph->opset && ev->graph->opset < 13 &&
			       !strcmp(ev->binding->node->op, "Softmax") ?
		       1 :
		       fallback;
}

static int define_attrs(struct gs_scope *ev)
{
	const struct gs_codelet *cl = ev->binding->cl;
	unsigned i;

	for (i = 0; i < cl->num_attrs; i++) {
		struct gs_cl_attr decl = cl->attr[i];
		int ret;

		if (!strcmp(decl.name, "axis"))
			decl.fallback = default_axis(ev, decl.fallback);
		ret = define_attr(ev, &decl);
		if (ret)
			return ret;
	}
	return gs_scope_define_scalar(ev, "LANES", ev->acg->arch.array_m);
}

/* A bound of the result in its steps; @none where there is none, or no scale yet */
static double bound_in_steps(const struct gs_scope *ev, double bound, int none)
{
	const struct gs_tensor *y = ev->binding->node->output[0];
	const struct gs_quant *quant =
		&gs_tensor_root((struct gs_tensor *)y)->quant;
	double steps;

	if (!ev->quantized || !y || !quant->valid || fabs(bound) >= FLT_MAX)
		return none;
	steps = rint(bound / (double)quant->scale[0]) + quant->zero_point;
	return steps < -128 ? -128 : steps > 127 ? 127 : steps;
}

/* What was fused into the node, as codelets apply it. */
static int define_activation(struct gs_scope *ev)
{
	const struct gs_node *node = ev->binding->node;
	const bool relu = node->activation == GS_ACT_RELU,
		   clip = node->activation == GS_ACT_CLIP;
	double low = -128, high = 127;

	if (relu || clip)
		low = bound_in_steps(ev, relu ? 0 : (double)node->act[0], -128);
	if (clip)
		high = bound_in_steps(ev, (double)node->act[1], 127);
	if (gs_scope_define_scalar(ev, "relu", relu) ||
	    gs_scope_define_scalar(ev, "act_low", low) ||
	    gs_scope_define_scalar(ev, "act_high", high) ||
	    gs_scope_define_scalar(ev, "act_slope",
				   node->activation == GS_ACT_LEAKY ?
					   (double)node->act[0] :
					   1))
		return -ENOMEM;
	return 0;
}

int gs_check_activation(struct gs_scope *ev)
{
	const enum gs_activation kind = ev->binding->node->activation;
	const bool applied =
		kind == GS_ACT_NONE  ? true :
		kind == GS_ACT_LEAKY ? ev->asked_slope :
				       ev->asked_low && (ev->asked_high ||
							 kind == GS_ACT_RELU);

	return applied ?
		       0 :
		       gs_scope_misfit(
			       ev,
			       "codelet %s does not apply the activation fused into the node",
			       ev->binding->cl->name);
}

int gs_define_node_names(struct gs_scope *ev)
{
	const int ret = define_attrs(ev);

	return ret ? ret : define_activation(ev);
}
