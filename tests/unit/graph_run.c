/* SPDX-License-Identifier: MIT */
#include "tests/unit/graph_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen/codegen.h"
#include "compiler/emit/model_file.h"
#include "compiler/passes/layout.h"
#include "compiler/schedule/choose.h"
#include "tests/unit/compile_util.h"

#define MAX_LAYERS 16

void graph_input(struct gs_graph *g, struct gs_tensor *t)
{
	assert_true(g->num_inputs < GS_MAX_IO);
	t->is_input = true;
	g->input[g->num_inputs++] = t;
}

void graph_output(struct gs_graph *g, struct gs_tensor *t)
{
	assert_true(g->num_outputs < GS_MAX_IO);
	t->is_output = true;
	g->output[g->num_outputs++] = t;
}

struct gs_tensor *add_float(struct gs_graph *g, const char *name,
			    const char *shape, const float *values)
{
	struct gs_tensor *t = add_activation(g, name, shape, 1, 0);
	const size_t num = (size_t)gs_shape_elems(&t->shape);
	float *data = gs_graph_alloc_array(g, num, sizeof(*data));

	assert_non_null(data);
	memcpy(data, values, num * sizeof(*data));
	t->quant = (struct gs_quant){ 0 };
	t->data = data;
	return t;
}

/* A model file of the graph */
static uint8_t *compile_graph(struct gs_graph *g,
			      const struct gs_codelet_lib *lib,
			      const struct gs_arch *arch, size_t *size)
{
	struct gs_planned layer[MAX_LAYERS] = { 0 };
	struct gs_bound_node *first, *b;
	struct gs_program prog;
	struct gs_acg acg;
	struct report r;
	unsigned num = 0;
	uint8_t *data = NULL;

	gs_acg_init(&acg, arch);
	report_init(&r);
	if (gs_bind_graph(g, lib, &acg, true, &first, &r.diag))
		fail_msg("%s", r.text);
	gs_choose_codelets(&first, &acg, NULL);
	if (gs_pass_layout(g, lib, &acg, &first, &r.diag))
		fail_msg("%s", r.text);
	for (b = first; b; b = b->next) {
		assert_true(num < MAX_LAYERS);
		layer[num].binding = b;
		if (gs_plan_layer(b, &acg, &layer[num++].tiling, &r.diag))
			fail_msg("%s", r.text);
	}
	if (gs_codegen(g, &acg, layer, num, &prog, &r.diag) ||
	    gs_emit_model(&prog, &data, size, &r.diag))
		fail_msg("%s", r.text);
	gs_program_free(&prog);
	return data;
}

void run_graph(struct gs_graph *g, const struct gs_codelet_lib *lib,
	       const struct gs_arch *arch, const int8_t *const *in, int8_t *out)
{
	struct gs_device *dev = open_device(arch);
	struct gs_binding bind[GS_MAX_IO], res;
	struct gs_model *model;
	size_t size;
	uint8_t *data = compile_graph(g, lib, arch, &size);
	unsigned i;

	if (gs_load_model_mem(dev, data, size, NULL, &model))
		fail_msg("%s", gs_last_error());
	for (i = 0; i < g->num_inputs; i++)
		bind[i] = (struct gs_binding){
			.index = i,
			.type = GS_INT8,
			.data = (void *)(uintptr_t)in[i],
			.bytes = (size_t)gs_shape_elems(&g->input[i]->shape),
		};
	res = (struct gs_binding){
		.type = GS_INT8,
		.data = out,
		.bytes = (size_t)gs_shape_elems(&g->output[0]->shape),
	};
	if (gs_infer(model, bind, g->num_inputs, &res, 1, NULL, NULL))
		fail_msg("%s", gs_last_error());
	gs_model_free(model);
	gs_device_close(dev);
	free(data);
}
