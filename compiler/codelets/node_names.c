/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/node_names.h"
#include "compiler/passes/util.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A window over a row has half the values: those of columns, the second of each pair. */
static bool is_of_row(const struct gs_scope *ev, const struct gs_cl_attr *decl,
		      const struct gs_attr *a)
{
	const struct gs_tensor *x = ev->binding->node->input[0];

	return a && a->kind == GS_ATTR_INTS && decl->num == 2 * a->num && x &&
	       x->shape.rank == 3;
}

static const char *kind_name(const struct gs_cl_attr *decl)
{
	switch (decl->kind) {
	case GS_CL_ATTR_INT:
		return decl->any_length ? "a list of integers" : "an integer";
	case GS_CL_ATTR_FLOAT:
		return decl->any_length ? "a list of real numbers" :
					  "a real number";
	case GS_CL_ATTR_STRING:
		return "a string";
	default:
		return decl->any_length ? "a list" : "a number";
	}
}

static bool is_list(const struct gs_attr *a)
{
	return a->kind == GS_ATTR_INTS || a->kind == GS_ATTR_FLOATS;
}

/* Does the node's attribute have the kind that is declared? Without a kind, lists are of integers. */
static bool has_kind(const struct gs_cl_attr *decl, const struct gs_attr *a)
{
	const bool list = decl->num || decl->any_length;

	switch (decl->kind) {
	case GS_CL_ATTR_INT:
		return a->kind == (list ? GS_ATTR_INTS : GS_ATTR_INT);
	case GS_CL_ATTR_FLOAT:
		return a->kind == (list ? GS_ATTR_FLOATS : GS_ATTR_FLOAT);
	case GS_CL_ATTR_STRING:
		return a->kind == GS_ATTR_STRING && a->s;
	default:
		return list ? a->kind == GS_ATTR_INTS : true;
	}
}

/* Its value is the number of the choice. */
static int define_string(struct gs_scope *ev, const struct gs_cl_attr *decl,
			 const struct gs_attr *a)
{
	char choices[96];
	size_t at = 0;
	unsigned i;

	for (i = 0; a && i < decl->num_choices; i++)
		if (!strcmp(decl->choice[i], a->s))
			return gs_scope_define_scalar(ev, decl->name, i);
	if (!a)
		return gs_scope_define_scalar(ev, decl->name, decl->fallback);
	for (i = 0; i < decl->num_choices && at < sizeof(choices); i++)
		at += (size_t)snprintf(choices + at, sizeof(choices) - at,
				       "%s%s",
				       !i			 ? "" :
				       i + 1 < decl->num_choices ? ", " :
								   " or ",
				       decl->choice[i]);
	return gs_scope_misfit(ev, "attribute '%s' is '%.60s', expected is %s",
			       decl->name, a->s, choices);
}

static double attr_value(const struct gs_cl_attr *decl, const struct gs_attr *a,
			 bool row, size_t i)
{
	if (!a)
		return decl->fallback;
	if (row)
		return i % 2		  ? (double)a->ints[i / 2] :
		       decl->has_fallback ? decl->fallback :
					    1;
	if (a->kind == GS_ATTR_FLOATS)
		return (double)a->floats[i];
	if (decl->num || decl->any_length)
		return (double)a->ints[i];
	return a->kind == GS_ATTR_FLOAT ? (double)a->f : (double)a->i;
}

static int check_attr(struct gs_scope *ev, const struct gs_cl_attr *decl,
		      const struct gs_attr *a, bool row)
{
	if (!a && !decl->has_fallback && decl->input)
		return gs_scope_misfit(
			ev, "attribute '%s', or input %u, is missing",
			decl->name, decl->input);
	if (!a && !decl->has_fallback)
		return gs_scope_misfit(ev, "attribute '%s' is missing",
				       decl->name);
	if (!a || row)
		return 0;
	if (decl->num &&
	    (!is_list(a) || a->num != decl->num || !has_kind(decl, a)))
		return gs_scope_misfit(ev, "attribute '%s' must have %u values",
				       decl->name, decl->num);
	if (!has_kind(decl, a))
		return gs_scope_misfit(ev, "attribute '%s' must be %s",
				       decl->name, kind_name(decl));
	if (decl->any_length && !decl->input && !a->num)
		return gs_scope_misfit(ev, "attribute '%s' is an empty list",
				       decl->name);
	return 0;
}

/* The input that stands for the attribute, where the node has no such attribute */
static const struct gs_tensor *source_of(const struct gs_scope *ev,
					 const struct gs_cl_attr *decl)
{
	const struct gs_node *node = ev->binding->node;

	return decl->input && !gs_node_attr(node, decl->name) ?
		       gs_input(node, decl->input) :
		       NULL;
}

/* Constants of one value, or of a list of them; real numbers may be given as integers. */
static bool can_stand(const struct gs_cl_attr *decl, const struct gs_tensor *t)
{
	const int64_t num = gs_shape_elems(&t->shape);

	if (!t->data || (decl->kind == GS_CL_ATTR_INT && t->type == GS_DT_F32))
		return false;
	return decl->any_length ? t->shape.rank <= 1 :
				  num == (decl->num ? decl->num : 1);
}

static int define_from_input(struct gs_scope *ev, const struct gs_cl_attr *decl,
			     const struct gs_tensor *t)
{
	const bool whole = decl->kind == GS_CL_ATTR_INT;
	struct gs_value val;
	char dims[96];
	size_t i;

	if (!can_stand(decl, t))
		return gs_scope_misfit(
			ev,
			"input '%.60s' (%s) is %s%s of shape %s, expected is a constant: %s of %s",
			t->name, decl->name, t->data ? "constant " : "",
			gs_dtype_name(t->type),
			gs_shape_format(&t->shape, dims, sizeof(dims)),
			decl->any_length ? "a list" :
			decl->num	 ? "as many values as the attribute" :
					   "one value",
			whole ? "an integer type" : "numbers");
	val.num = (size_t)gs_shape_elems(&t->shape);
	val.v = gs_arena_alloc(ev->scratch, val.num * sizeof(double));
	if (!val.v)
		return -ENOMEM;
	for (i = 0; i < val.num; i++)
		val.v[i] = t->type == GS_DT_F32 ?
				   (double)((const float *)t->data)[i] :
				   (double)gs_const_int(t, (int64_t)i);
	return gs_scope_define(ev, decl->name, val);
}

static int define_attr(struct gs_scope *ev, const struct gs_cl_attr *decl)
{
	const struct gs_attr *a = gs_node_attr(ev->binding->node, decl->name);
	const struct gs_tensor *source = source_of(ev, decl);
	const bool row = is_of_row(ev, decl, a);
	struct gs_value val = { 0 };
	size_t i;

	if (source)
		return define_from_input(ev, decl, source);
	if (check_attr(ev, decl, a, row))
		return ev->err;
	if (decl->kind == GS_CL_ATTR_STRING)
		return define_string(ev, decl, a);
	if (!a && decl->list) {
		val = gs_scope_eval(ev, decl->list);
		return ev->err ? ev->err : gs_scope_define(ev, decl->name, val);
	}
	val.num = decl->any_length && a ? a->num : decl->num ? decl->num : 1;
	val.v = gs_arena_alloc(ev->scratch, val.num * sizeof(double));
	if (!val.v)
		return -ENOMEM;
	for (i = 0; i < val.num; i++) {
		val.v[i] = attr_value(decl, a, row, i);
		if (!decl->input && !(fabs(val.v[i]) <= GS_MAX_EXTENT) &&
		    !(a &&
		      (a->kind == GS_ATTR_FLOAT || a->kind == GS_ATTR_FLOATS)))
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
			       !*ev->binding->node->domain &&
			       !strcmp(ev->binding->node->op, "Softmax") ?
		       1 :
		       fallback;
}

int gs_define_attrs(struct gs_scope *ev)
{
	const struct gs_codelet *cl = ev->binding->cl;
	const enum gs_dtype type = ev->graph->data_type;
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
	if (gs_scope_define_scalar(ev, "LOW", gs_dtype_low(type)))
		return -ENOMEM;
	return gs_scope_define_scalar(ev, "HIGH", gs_dtype_high(type));
}

/*
 * Steps that bounds are told in: those of the result, or of what a pool behind
 * the activation reads.
 */
static bool bounded_steps(const struct gs_scope *ev, struct gs_quant *steps)
{
	const struct gs_node *node = ev->binding->node;
	const struct gs_attr *inner = gs_node_attr(node, "inner_scale");

	if (!ev->quantized || !node->output[0])
		return false;
	*steps = gs_tensor_root(node->output[0])->quant;
	if (!inner || inner->kind != GS_ATTR_FLOAT || !(inner->f > 0))
		return steps->valid;
	steps->scale = &inner->f;
	steps->zero_point = (int32_t)gs_node_attr_int(node, "inner_zero", 0);
	return steps->valid;
}

/* A bound in these steps; @none where there is none, or no scale yet */
static double bound_in_steps(const struct gs_scope *ev, double bound, int none)
{
	struct gs_quant quant;
	double steps;

	if (!bounded_steps(ev, &quant) || fabs(bound) >= FLT_MAX)
		return none;
	steps = rint(bound / (double)quant.scale[0]) + quant.zero_point;
	return gs_dtype_clamp(quant.type, steps);
}

/* What was fused into the node, as codelets apply it. */
static int define_activation(struct gs_scope *ev)
{
	const struct gs_node *node = ev->binding->node;
	const bool relu = node->activation == GS_ACT_RELU,
		   clip = node->activation == GS_ACT_CLIP;
	const int32_t first = gs_dtype_low(ev->graph->data_type);
	const int32_t last = gs_dtype_high(ev->graph->data_type);
	double low = first, high = last;

	if (relu || clip)
		low = bound_in_steps(ev, relu ? 0 : (double)node->act[0],
				     first);
	if (clip)
		high = bound_in_steps(ev, (double)node->act[1], last);
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
	int ret = gs_define_attrs(ev);

	ret = ret ? ret :
		    gs_scope_define_scalar(ev, "LANES", ev->acg->arch.array_m);
	return ret ? ret : define_activation(ev);
}
