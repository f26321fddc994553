/* SPDX-License-Identifier: MIT */
/*
 * Any text as a codelet. What parses is bound to a node that has the operands
 * it declares, before and after quantization; what binds becomes code for one
 * tile, if that fits, and split code for several. Each failure is reported once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen/codegen.h"
#include "compiler/passes/layout.h"

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
	t = gs_graph_add_tensor(g, o->name, GS_DT_F32, &shape);
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
	t->data = gs_graph_alloc_array(g, elems, sizeof(float));
	if (!t->qdata || !t->data)
		abort();
	return t;
}

static void add_attrs(struct gs_graph *g, struct gs_node *node,
		      const struct gs_codelet *cl)
{
	static const int64_t ones[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	unsigned i;

	for (i = 0; i < cl->num_attrs; i++) {
		const struct gs_cl_attr *a = &cl->attr[i];

		if (a->has_fallback && a->fallback >= 0)
			continue;
		if (a->num)
			gs_node_set_attr_ints(g, node, a->name, ones, a->num);
		else
			gs_node_set_attr_int(g, node, a->name, 1);
	}
}

/* A node with all that the codelet declares. */
static struct gs_graph *make_graph(const struct gs_codelet *cl)
{
	struct gs_graph *g = gs_graph_create();
	struct gs_node *node = g ? gs_graph_add_node(g, "node", cl->op[0]) :
				   NULL;
	unsigned i, input = 0;

	if (!node)
		abort();
	g->opset = 13;
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
	add_attrs(g, node, cl);
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
	struct gs_graph *g = make_graph(cl);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
	gs_codelet_free(cl);
	return 0;
}
