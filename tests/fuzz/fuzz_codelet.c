/* SPDX-License-Identifier: MIT */
/*
 * Any text as a codelet. What parses is bound to a node that has the operands
 * it declares, before and after quantization; what binds becomes code for one
 * tile, if that fits, and split code for several. Rules for the front end are
 * asked for shape, quantization and float meaning, with attributes that are
 * usual, and with some that are not. Each failure is reported once.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen/codegen.h"
#include "compiler/codelets/rules.h"
#include "compiler/passes/layout.h"
#include "compiler/passes/passes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same small extent for the same symbol. */
static int64_t extent_of(const char *symbol)
{
	uint32_t hash = 5381;

	if (!strcmp(symbol, "1") || !strcmp(symbol, GS_CL_LANE))
		return 1;
	while (*symbol)
		hash = hash * 33 + (unsigned char)*symbol++;
	return 1 + hash % 19;
}

static struct gs_tensor *add_tensor(struct gs_graph *g,
				    const struct gs_cl_operand *o)
{
	/* n, h, w, c are stored as n, c, h, w */
	static const unsigned nchw[4] = { 0, 2, 3, 1 };
	const bool constant = o->kind == GS_CL_WEIGHT || o->kind == GS_CL_CONST;
	struct gs_shape shape = { .rank = o->num_dims };
	struct gs_tensor *t;
	float *scale = gs_graph_alloc_array(g, 32, sizeof(*scale));
	size_t elems, i;
	unsigned d;

	for (d = 0; d < o->num_dims; d++)
		shape.dim[!constant && o->num_dims == 4 ? nchw[d] : d] =
			extent_of(o->dim[d]);
	/* What is moved may have any. */
	if (!o->num_dims)
		shape = (struct gs_shape){ 4, { 2, 3, 5, 4 } };
	t = gs_graph_add_tensor(g, o->name, o->integers ? GS_DT_I64 : GS_DT_F32,
				&shape);
	if (!t || !scale)
		abort();
	for (i = 0; i < 32; i++)
		scale[i] = 0.25f;
	t->quant = (struct gs_quant){ .valid = true,
				      .type = GS_DT_I8,
				      .num_scales = 1,
				      .scale = scale,
				      .zero_point = constant ? 0 : -3 };
	if (!constant)
		return t;
	elems = (size_t)gs_shape_elems(&shape);
	t->quant.num_scales = (unsigned)shape.dim[0];
	t->qdata = gs_graph_alloc(g, elems);
	t->data = gs_graph_alloc_array(g, elems, sizeof(int64_t));
	if (!t->qdata || !t->data)
		abort();
	return t;
}

/* A constant input that stands for an attribute, where the node has not so many others */
static void add_source(struct gs_graph *g, struct gs_node *node,
		       const struct gs_cl_attr *a, const int64_t *values)
{
	const bool real = a->kind == GS_CL_ATTR_FLOAT;
	struct gs_shape shape = { .rank = a->any_length || a->num };
	const float one[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct gs_tensor *t;

	shape.dim[0] = a->num ? a->num : 3;
	if (a->input < node->num_inputs)
		return;
	t = gs_graph_add_tensor(g, a->name, real ? GS_DT_F32 : GS_DT_I64,
				&shape);
	if (!t)
		abort();
	t->data = real ? (const void *)gs_graph_alloc_array(g, 8, sizeof(one)) :
			 values;
	gs_node_set_input(node, a->input, t);
}

/* Attributes without a default are 1; of @hostile, all are something else. */
static void add_attrs(struct gs_graph *g, struct gs_node *node,
		      const struct gs_codelet *cl, unsigned hostile)
{
	static const int64_t ints[][8] = {
		{ 1, 1, 1, 1, 1, 1, 1, 1 },
		{ 0, -1, INT64_MAX, INT64_MIN, 1 << 24, -3, 7, 2 },
		{ -1, 1 << 24, 3, 0, 5, 2, 1, -(1 << 24) },
	};
	const float floats[][8] = {
		{ 1, 1, 1, 1, 1, 1, 1, 1 },
		{ NAN, INFINITY, -INFINITY, 1e38f, -0.0f, 1e-38f, 3, 0.5f },
		{ 1e38f, -1e38f, 0, NAN, 1e-45f, 255, -1, 65536 },
	};
	unsigned i;

	for (i = 0; i < cl->num_attrs; i++) {
		const struct gs_cl_attr *a = &cl->attr[i];
		const unsigned num = a->num ? a->num : 3;

		if (a->input && hostile < 2) {
			add_source(g, node, a, hostile ? ints[1] : ints[0]);
			continue;
		}
		if (!hostile && a->has_fallback && a->fallback >= 0)
			continue;
		if (a->kind == GS_CL_ATTR_STRING)
			gs_node_set_attr_string(
				g, node, a->name,
				hostile > 1 || !a->num_choices ?
					"neither" :
					a->choice[a->num_choices - 1]);
		else if (a->kind == GS_CL_ATTR_FLOAT &&
			 (a->num || a->any_length))
			gs_node_set_attr_floats(g, node, a->name,
						floats[hostile], num);
		else if (a->kind == GS_CL_ATTR_FLOAT)
			gs_node_set_attr_float(g, node, a->name,
					       floats[hostile][i % 8]);
		else if (a->num || a->any_length)
			gs_node_set_attr_ints(g, node, a->name, ints[hostile],
					      num);
		else
			gs_node_set_attr_int(g, node, a->name,
					     ints[hostile][i % 8]);
	}
}

/* A node with all that the codelet declares. */
static struct gs_graph *make_graph(const struct gs_codelet *cl,
				   unsigned hostile)
{
	struct gs_graph *g = gs_graph_create();
	struct gs_node *node = g ? gs_graph_add_node(g, "node", cl->op[0]) :
				   NULL;
	unsigned i, input = 0;

	if (!node)
		abort();
	g->opset = 13;
	node->domain = cl->domain;
	for (i = 0; i < cl->num_operands; i++) {
		const enum gs_cl_operand_kind kind = cl->operand[i].kind;

		if (kind == GS_CL_OUTPUT)
			gs_node_set_output(node, 0,
					   add_tensor(g, &cl->operand[i]));
		else if (kind == GS_CL_INPUT || kind == GS_CL_WEIGHT ||
			 kind == GS_CL_CONST)
			gs_node_set_input(node, input++,
					  add_tensor(g, &cl->operand[i]));
	}
	add_attrs(g, node, cl, hostile);
	return g;
}

/* Tiles of one unit where that makes few of them, with short blocks */
static void split(const struct gs_bound_node *b, struct gs_tiling *t)
{
	uint32_t tiles = 1;
	unsigned v;

	t->split_words = 24;
	for (v = 0; v < b->num_vars; v++) {
		if (!gs_var_is_cut(b, v) && !gs_var_has_parts(b, v))
			continue;
		t->order[t->num_order++] = v;
		if (tiles * b->var[v].units > 64)
			continue;
		tiles *= b->var[v].units;
		t->tile[v] = 1;
	}
}

static void generate(struct gs_graph *g, const struct gs_codelet_lib *lib,
		     const struct gs_acg *acg, struct gs_bound_node *first,
		     bool is_split, struct gs_diag *diag)
{
	struct gs_planned layer[2] = { 0 };
	struct gs_program prog = { 0 };
	struct gs_bound_node *b;
	unsigned num = 0, v;

	if (gs_pass_layout(g, lib, acg, &first, diag))
		return;
	for (b = first; b && num < 2; b = b->next) {
		for (v = 0; v < b->num_vars; v++)
			layer[num].tiling.tile[v] = b->var[v].units;
		if (is_split)
			split(b, &layer[num].tiling);
		layer[num].binding = b;
		if (!gs_plan_fits(b, acg, &layer[num++].tiling))
			return;
	}
	if (gs_codegen(g, acg, layer, num, &prog, diag) && !diag->errors)
		abort();
	gs_program_free(&prog);
}

static void bind(struct gs_codelet *cl, bool quantized, bool is_split)
{
	const struct gs_codelet_lib lib = { .first = cl };
	struct gs_graph *g = make_graph(cl, 0);
	struct gs_bound_node *first;
	struct gs_diag diag = { 0 };
	struct gs_acg acg;
	int ret;

	gs_acg_init(&acg, gs_arch_default());
	ret = gs_bind_graph(g, &lib, &acg, quantized, &first, &diag);
	if (diag.errors != (ret ? 1 : 0))
		abort();
	if (!ret && quantized)
		generate(g, &lib, &acg, first, is_split, &diag);
	gs_graph_destroy(g);
}

/* Floats for all inputs of the node, of which some are none */
static void run_rule(struct gs_float_rule *rule, const struct gs_node *node)
{
	static const float few[] = { 0,	    1,	    -1,	 0.5f, NAN,
				     1e38f, -1e38f, 255, -128, INFINITY };
	const int64_t elems = gs_shape_elems(&node->output[0]->shape);
	float *values[GS_MAX_IO] = { 0 };
	const void *in[GS_MAX_IO] = { 0 };
	float *out = calloc((size_t)elems + 1, sizeof(*out));
	int64_t k;
	unsigned i;

	if (!out)
		abort();
	for (i = 0; i < node->num_inputs; i++) {
		const struct gs_tensor *t = node->input[i];
		const int64_t num = t ? gs_shape_elems(&t->shape) : 0;

		values[i] = calloc((size_t)num + 1, sizeof(float));
		if (!values[i])
			abort();
		for (k = 0; k < num; k++)
			values[i][k] = few[(k + i) % 10];
		in[i] = values[i];
	}
	gs_rule_run(rule, in, (void *const *)&out, GS_DT_F32);
	for (i = 0; i < node->num_inputs; i++)
		free(values[i]);
	free(out);
}

/* Steps of an evaluation; the compiler allows far more. */
#define MAX_STEPS 1e5

/* What is moved becomes views, and nodes Move and Fill. */
static void lower(struct gs_codelet *cl)
{
	const struct gs_codelet_lib lib = { .first = cl };
	const struct gs_op_rules rules = gs_codelet_rules(&lib);
	struct gs_graph *g = make_graph(cl, 0);
	struct gs_tensor *y = g->node->output[0], *x = g->node->input[0];
	struct gs_diag diag = { 0 };

	g->rules = &rules;
	x->is_input = y->is_output = true;
	g->input[g->num_inputs++] = x;
	g->output[g->num_outputs++] = y;
	if (!rules.shape(rules.ctx, g, g->node, &y->shape, &diag) &&
	    gs_shape_elems(&y->shape) > 0 &&
	    gs_shape_elems(&y->shape) < (1 << 12)) {
		const int ret = gs_pass_order(g, &diag) ||
				gs_pass_lower(g, 16, &diag);

		if (diag.errors != (ret ? 1 : 0))
			abort();
	}
	gs_graph_destroy(g);
}

static void ask_rules(struct gs_codelet *cl, unsigned hostile)
{
	const struct gs_codelet_lib lib = { .first = cl };
	const struct gs_op_rules rules = gs_codelet_rules(&lib);
	struct gs_graph *g = make_graph(cl, hostile);
	struct gs_node *node = g->node;
	struct gs_quant_answer answer;
	struct gs_float_rule *rule = NULL;
	struct gs_diag diag = { 0 };
	struct gs_shape shape[GS_MAX_IO];
	int ret = rules.shape(rules.ctx, g, node, shape, &diag);

	if (diag.errors != (ret < 0 ? 1 : 0))
		abort();
	if (!ret)
		node->output[0]->shape = shape[0];
	diag.errors = 0;
	if (!ret && (cl->rules.num_floats || cl->rules.move.source) &&
	    gs_shape_elems(shape) > 0) {
		ret = gs_rule_prepare(cl, g, node, MAX_STEPS, &rule, &diag);
		if (diag.errors != (ret ? 1 : 0) || !ret != !!rule)
			abort();
		if (rule)
			run_rule(rule, node);
		gs_rule_release(rule);
	}
	diag.errors = 0;
	ret = rules.quantize(rules.ctx, g, node, &answer, &diag);
	if (diag.errors != (ret < 0 ? 1 : 0))
		abort();
	if (!ret && answer.choice == GS_QUANT_FIXED &&
	    (!isnormal(answer.scale) || answer.scale < 0 ||
	     answer.zero_point < -128 || answer.zero_point > 127))
		abort();
	gs_graph_destroy(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned hostile;

	struct gs_diag diag = { 0 };
	struct gs_codelet *cl;
	const int ret =
		gs_codelet_parse("fuzz", (const char *)data, size, &cl, &diag);

	if (diag.errors != (ret ? 1 : 0) || !ret != !!cl)
		abort();
	if (ret)
		return 0;
	bind(cl, false, false);
	bind(cl, true, false);
	bind(cl, true, true);
	for (hostile = 0; hostile < 3 && cl->rules.line; hostile++)
		ask_rules(cl, hostile);
	if (cl->rules.move.source && cl->num_operands &&
	    gs_rule_input(cl, 0) == 0)
		lower(cl);
	gs_codelet_free(cl);
	return 0;
}
