/* SPDX-License-Identifier: MIT */
#include "compiler/emit/layer_json.h"

#include <stdio.h>
#include <string.h>

#include "compiler/emit/layer_ops.h"
#include "compiler/emit/layer_text.h"
#include "hw-model/arch/json_build.h"

typedef struct json_object json;

static json *real(double v)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.9g", v);
	return json_object_new_double_s(v, digits);
}

/* ---- parameters ---- */

static json *attr_value(const struct gs_attr *a)
{
	json *list;
	size_t i;

	switch (a->kind) {
	case GS_ATTR_INT:
		return gs_json_number(a->i);
	case GS_ATTR_FLOAT:
		return real((double)a->f);
	case GS_ATTR_STRING:
		return gs_json_text(a->s);
	case GS_ATTR_INTS:
	case GS_ATTR_FLOATS:
		list = json_object_new_array();
		for (i = 0; i < a->num; i++)
			gs_json_push(list, a->kind == GS_ATTR_INTS ?
						   gs_json_number(a->ints[i]) :
						   real((double)a->floats[i]));
		return list;
	default:
		return NULL;
	}
}

static json *parameters(const struct gs_node *node)
{
	static const char *const activation[] = { "none", "relu", "clip",
						  "leaky_relu" };
	json *o = json_object_new_object();
	unsigned i;

	for (i = 0; i < node->num_attrs; i++)
		gs_json_put(o, node->attr[i].name, attr_value(&node->attr[i]));
	gs_json_put(o, "activation",
		    gs_json_text(activation[node->activation]));
	gs_json_put(o, "residual", json_object_new_boolean(node->residual));
	gs_json_put(o, "fused", gs_json_text(node->fused));
	return o;
}

/* ---- operands ---- */

/* Symbols of the extents; of constants that are no symbols, the number of the dimension. */
static json *dims(const struct gs_cl_operand *decl, const int64_t *extent)
{
	json *o = json_object_new_object();
	unsigned d;

	for (d = 0; d < decl->num_dims; d++) {
		char key[80];

		snprintf(key, sizeof(key), "%s", decl->dim[d]);
		if (json_object_object_get_ex(o, key, NULL) ||
		    (key[0] >= '0' && key[0] <= '9') || key[0] == '@')
			snprintf(key, sizeof(key), "dim%u", d);
		gs_json_put(o, key, gs_json_number(extent[d]));
	}
	return o;
}

static json *tensor_place(const struct gs_program *p,
			  const struct gs_tensor *owner)
{
	json *o = json_object_new_object();
	uint32_t i;

	gs_json_put(o, "section", gs_json_text(".bss.act"));
	gs_json_put(o, "tensor", gs_json_text(owner->name));
	for (i = 0; i < p->num_places; i++)
		if (p->place[i].tensor == owner)
			gs_json_put(
				o, "offset",
				gs_json_number((int64_t)p->place[i].offset));
	gs_json_put(o, "bytes", gs_json_number((int64_t)owner->layout.bytes));
	return o;
}

/* Where an operand stands in the model file; NULL: nowhere */
static json *storage(const struct gs_program *p,
		     const struct gs_bound_operand *b)
{
	const enum gs_cl_operand_kind kind = b->decl->kind;
	json *o;

	if (kind == GS_CL_TEMP || kind == GS_CL_CONST)
		return NULL;
	if ((kind == GS_CL_INPUT || kind == GS_CL_OUTPUT) && !b->tensor->data)
		return tensor_place(p, gs_tensor_owner(b->tensor));
	o = json_object_new_object();
	gs_json_put(o, "section",
		    gs_json_text(kind == GS_CL_WEIGHT ||
						 b->decl->mem == GS_ACG_BBUF ?
					 ".rodata.param" :
					 ".rodata.simd"));
	gs_json_put(o, "offset", gs_json_number((int64_t)b->offset));
	gs_json_put(o, "bytes", gs_json_number((int64_t)b->bytes));
	return o;
}

static json *data_path(const struct gs_bound_operand *b)
{
	json *path = json_object_new_array();
	const enum gs_cl_operand_kind kind = b->decl->kind;

	if (kind != GS_CL_TEMP && kind != GS_CL_OUTPUT)
		gs_json_push(path, gs_json_text("DRAM"));
	if (b->decl->mem != GS_ACG_DRAM)
		gs_json_push(path, gs_json_text(gs_acg_mem_name(b->decl->mem)));
	if (kind == GS_CL_OUTPUT)
		gs_json_push(path, gs_json_text("DRAM"));
	return path;
}

static void put_quant(json *o, const struct gs_bound_operand *b)
{
	const struct gs_quant *q = b->tensor ? &b->tensor->quant : NULL;
	const bool wide = b->decl->kind == GS_CL_ROW ||
			  b->decl->kind == GS_CL_TEMP;

	gs_json_put(o, "dtype",
		    gs_json_text(wide ? "FXP32" :
				 q && q->valid && q->type == GS_DT_I4 ?
					"FXP4" :
					"FXP8"));
	if (!q || !q->valid)
		return;
	gs_json_put(o, "scales", gs_json_number(q->num_scales));
	gs_json_put(o, "scale", real((double)q->scale[0]));
	gs_json_put(o, "zero_point", gs_json_number(q->zero_point));
}

static json *operand(const struct gs_program *p, const struct gs_planned *layer,
		     unsigned i, const char *layer_name)
{
	const struct gs_bound_operand *b = &layer->binding->operand[i];
	int64_t full[GS_CL_MAX_DIMS], tile[GS_CL_MAX_DIMS];
	json *o = json_object_new_object(), *levels = json_object_new_object();
	char unique[256];
	struct gs_acg acg;

	gs_layer_extents(layer, i, full, tile);
	snprintf(unique, sizeof(unique), "%s.%s", layer_name, b->decl->name);
	gs_json_put(o, "name", gs_json_text(b->decl->name));
	gs_json_put(o, "unique_name",
		    gs_json_text(b->tensor ? b->tensor->name : unique));
	put_quant(o, b);
	gs_json_put(o, "shape_symbols", dims(b->decl, full));
	gs_json_put(o, "data_path", data_path(b));
	if (b->decl->kind != GS_CL_TEMP)
		gs_json_put(levels, "DRAM", dims(b->decl, full));
	if (b->decl->mem != GS_ACG_DRAM)
		gs_json_put(levels, gs_acg_mem_name(b->decl->mem),
			    dims(b->decl, tile));
	gs_json_put(o, "tiling", levels);
	if (b->decl->mem != GS_ACG_DRAM) {
		gs_acg_init(&acg, &p->arch);
		gs_json_put(o, "tile_rows",
			    gs_json_number((int64_t)gs_plan_rows(
				    layer->binding, &acg, &layer->tiling, i)));
	}
	gs_json_put(o, "storage", storage(p, b));
	return o;
}

static json *operands(const struct gs_program *p,
		      const struct gs_planned *layer, unsigned kinds,
		      const char *layer_name)
{
	const struct gs_bound_node *b = layer->binding;
	json *list = json_object_new_array();
	unsigned i;

	for (i = 0; i < b->num_operands; i++) {
		const bool absent = !b->operand[i].tensor &&
				    b->operand[i].decl->kind == GS_CL_INPUT;

		if (!absent && (1u << b->operand[i].decl->kind) & kinds)
			gs_json_push(list, operand(p, layer, i, layer_name));
	}
	return list;
}

/* ---- operations ---- */

static json *lengths(const struct gs_bound_operand *o, const int64_t *size)
{
	json *list = json_object_new_array();
	unsigned d;

	for (d = 0; d < o->decl->num_dims; d++)
		gs_json_push(list, gs_json_number(size[d]));
	return list;
}

static void put_transfer(json *o, const struct gs_planned *layer,
			 const struct gs_layer_op *op)
{
	const struct gs_bound_operand *b =
		&layer->binding->operand[op->operand];
	const char *chip = gs_acg_mem_name(b->decl->mem);
	int64_t full[GS_CL_MAX_DIMS], tile[GS_CL_MAX_DIMS];
	json *path = json_object_new_array(), *size = json_object_new_object();

	gs_layer_extents(layer, op->operand, full, tile);
	gs_json_put(o, "operand", gs_json_text(b->decl->name));
	gs_json_push(path, gs_json_text(op->store ? chip : "DRAM"));
	gs_json_push(path, gs_json_text(op->store ? "DRAM" : chip));
	gs_json_put(o, "path", path);
	gs_json_put(size, "full", lengths(b, full));
	gs_json_put(size, "tile", lengths(b, tile));
	gs_json_put(o, "size", size);
}

static void put_compute(json *o, const struct gs_planned *layer,
			const struct gs_layer_op *op)
{
	const struct gs_bound_node *b = layer->binding;
	const struct gs_bound_stmt *s = &b->stmt[op->stmt];
	json *sources = json_object_new_array();
	unsigned a;

	gs_json_put(o, "target",
		    gs_json_text(op->unit == GS_UNIT_ARRAY ? "SYSTOLIC_ARRAY" :
							     "SIMD"));
	gs_json_put(o, "function", gs_json_text(s->fn->name));
	gs_json_put(o, "destination",
		    gs_json_text(b->operand[s->dst.operand].decl->name));
	for (a = 0; a < s->num_args; a++)
		gs_json_push(sources,
			     s->arg[a].operand < 0 ?
				     gs_json_number(s->arg[a].imm) :
				     gs_json_text(b->operand[s->arg[a].operand]
							  .decl->name));
	gs_json_put(o, "sources", sources);
	if (s->decl->shift)
		gs_json_put(o, "shift", gs_json_number(s->shift));
}

static json *operation(const struct gs_planned *layer,
		       const struct gs_layer_op *op)
{
	static const char *const name[] = { "config", "loop", "loop_end",
					    "transfer", "compute" };
	json *o = json_object_new_object();
	char id[32];

	snprintf(id, sizeof(id), "%s%u",
		 op->kind == GS_LAYER_LOOP_END ? "loop" : name[op->kind],
		 op->id);
	gs_json_put(o, "op_type", gs_json_text(name[op->kind]));
	gs_json_put(o, "op_id", gs_json_text(id));
	switch (op->kind) {
	case GS_LAYER_CONFIG:
		gs_json_put(o, "target",
			    gs_json_text(op->unit == GS_UNIT_ARRAY ?
						 "SYSTOLIC_ARRAY" :
						 "SIMD"));
		gs_json_put(o, "start_end",
			    gs_json_text(op->end ? "end" : "start"));
		break;
	case GS_LAYER_LOOP:
		gs_json_put(o, "variable",
			    gs_json_text(layer->binding->var[op->var].name));
		gs_json_put(o, "start", gs_json_number(0));
		gs_json_put(o, "end", gs_json_number(op->stop));
		gs_json_put(o, "stride", gs_json_number(op->stride));
		gs_json_put(o, "level",
			    gs_json_text(op->outer ? "tile" : "element"));
		break;
	case GS_LAYER_TRANSFER:
		put_transfer(o, layer, op);
		break;
	case GS_LAYER_COMPUTE:
		put_compute(o, layer, op);
		break;
	default:
		break;
	}
	return o;
}

static json *sequence(const struct gs_planned *layer)
{
	json *list = json_object_new_array();
	struct gs_layer_ops ops;
	unsigned i;

	if (gs_layer_ops_list(layer, &ops)) {
		json_object_put(list);
		list = NULL;
	}
	for (i = 0; list && i < ops.num; i++)
		gs_json_push(list, operation(layer, &ops.op[i]));
	gs_layer_ops_fini(&ops);
	return list;
}

/* Tiles in which each variable is cut, and how many words of code there are */
static json *tile_splits(const struct gs_planned *layer)
{
	json *o = json_object_new_object();
	unsigned v;

	for (v = 0; v < layer->binding->num_vars; v++) {
		const uint32_t tile = layer->tiling.tile[v];

		gs_json_put(o, layer->binding->var[v].name,
			    gs_json_number(
				    (layer->binding->var[v].units + tile - 1) /
				    tile));
	}
	return o;
}

static json *layer_program(const struct gs_program *p, uint32_t index,
			   const struct gs_planned *layer, const char *name)
{
	json *o = json_object_new_object(), *vars = json_object_new_object();
	unsigned v;

	gs_json_put(o, "operation", gs_json_text(layer->binding->cl->name));
	gs_json_put(o, "instance_id", gs_json_number(index));
	gs_json_put(o, "node", gs_json_text(layer->binding->node->name));
	gs_json_put(o, "operator", gs_json_text(layer->binding->node->op));
	for (v = 0; v < layer->binding->num_vars; v++)
		gs_json_put(vars, layer->binding->var[v].name,
			    gs_json_number(layer->binding->var[v].extent));
	gs_json_put(o, "iterable_dimensions", vars);
	gs_json_put(o, "operation_parameters",
		    parameters(layer->binding->node));
	gs_json_put(o, "inputs",
		    operands(p, layer,
			     1u << GS_CL_INPUT | 1u << GS_CL_WEIGHT |
				     1u << GS_CL_ROW,
			     name));
	gs_json_put(o, "intermediate",
		    operands(p, layer, 1u << GS_CL_TEMP, name));
	gs_json_put(o, "outputs", operands(p, layer, 1u << GS_CL_OUTPUT, name));
	gs_json_put(o, "operation_sequence", sequence(layer));
	gs_json_put(o, "tile_splits", tile_splits(layer));
	return o;
}

struct json_object *gs_layer_json(const struct gs_program *program,
				  uint32_t index,
				  const struct gs_planned *layer,
				  const char *name)
{
	json *o = json_object_new_object(), *list = json_object_new_array();
	char end[32];

	gs_json_put(o, "mode", gs_json_text("inference"));
	if (layer)
		gs_json_push(list, layer_program(program, index, layer, name));
	snprintf(end, sizeof(end), "BLOCK_END %d",
		 index + 1 == program->num_layers);
	gs_json_push(list, gs_json_text(end));
	gs_json_put(o, "program", list);
	return o;
}
