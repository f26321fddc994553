/* SPDX-License-Identifier: MIT */
#include "compiler/emit/layer_json.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "compiler/emit/layer_ops.h"
#include "compiler/emit/layer_text.h"

typedef struct json_object json;

/* json-c takes NULL for "null", so that lack of memory shows at the end only: in what is missing. */
static void put(json *to, const char *key, json *value)
{
	if (to && json_object_object_add(to, key, value))
		json_object_put(value);
}

static void push(json *to, json *value)
{
	if (to && json_object_array_add(to, value))
		json_object_put(value);
}

static json *text(const char *s)
{
	return json_object_new_string(s ? s : "");
}

static json *number(int64_t v)
{
	return json_object_new_int64(v);
}

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
		return number(a->i);
	case GS_ATTR_FLOAT:
		return real((double)a->f);
	case GS_ATTR_STRING:
		return text(a->s);
	case GS_ATTR_INTS:
	case GS_ATTR_FLOATS:
		list = json_object_new_array();
		for (i = 0; i < a->num; i++)
			push(list, a->kind == GS_ATTR_INTS ?
					   number(a->ints[i]) :
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
		put(o, node->attr[i].name, attr_value(&node->attr[i]));
	put(o, "activation", text(activation[node->activation]));
	put(o, "residual", json_object_new_boolean(node->residual));
	put(o, "fused", text(node->fused));
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
		put(o, key, number(extent[d]));
	}
	return o;
}

static json *tensor_place(const struct gs_program *p,
			  const struct gs_tensor *owner)
{
	json *o = json_object_new_object();
	uint32_t i;

	put(o, "section", text(".bss.act"));
	put(o, "tensor", text(owner->name));
	for (i = 0; i < p->num_places; i++)
		if (p->place[i].tensor == owner)
			put(o, "offset", number((int64_t)p->place[i].offset));
	put(o, "bytes", number((int64_t)owner->layout.bytes));
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
	put(o, "section",
	    text(kind == GS_CL_WEIGHT || b->decl->mem == GS_ACG_BBUF ?
			 ".rodata.param" :
			 ".rodata.simd"));
	put(o, "offset", number((int64_t)b->offset));
	put(o, "bytes", number((int64_t)b->bytes));
	return o;
}

static json *data_path(const struct gs_bound_operand *b)
{
	json *path = json_object_new_array();
	const enum gs_cl_operand_kind kind = b->decl->kind;

	if (kind != GS_CL_TEMP && kind != GS_CL_OUTPUT)
		push(path, text("DRAM"));
	if (b->decl->mem != GS_ACG_DRAM)
		push(path, text(gs_acg_mem_name(b->decl->mem)));
	if (kind == GS_CL_OUTPUT)
		push(path, text("DRAM"));
	return path;
}

static void put_quant(json *o, const struct gs_bound_operand *b)
{
	const struct gs_quant *q = b->tensor ? &b->tensor->quant : NULL;
	const bool wide = b->decl->kind == GS_CL_ROW ||
			  b->decl->kind == GS_CL_TEMP;

	put(o, "dtype",
	    text(wide				      ? "FXP32" :
		 q && q->valid && q->type == GS_DT_I4 ? "FXP4" :
							"FXP8"));
	if (!q || !q->valid)
		return;
	put(o, "scales", number(q->num_scales));
	put(o, "scale", real((double)q->scale[0]));
	put(o, "zero_point", number(q->zero_point));
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
	put(o, "name", text(b->decl->name));
	put(o, "unique_name", text(b->tensor ? b->tensor->name : unique));
	put_quant(o, b);
	put(o, "shape_symbols", dims(b->decl, full));
	put(o, "data_path", data_path(b));
	if (b->decl->kind != GS_CL_TEMP)
		put(levels, "DRAM", dims(b->decl, full));
	if (b->decl->mem != GS_ACG_DRAM)
		put(levels, gs_acg_mem_name(b->decl->mem), dims(b->decl, tile));
	put(o, "tiling", levels);
	if (b->decl->mem != GS_ACG_DRAM) {
		gs_acg_init(&acg, &p->arch);
		put(o, "tile_rows",
		    number((int64_t)gs_plan_rows(layer->binding, &acg,
						 &layer->tiling, i)));
	}
	put(o, "storage", storage(p, b));
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
			push(list, operand(p, layer, i, layer_name));
	}
	return list;
}

/* ---- operations ---- */

static json *lengths(const struct gs_bound_operand *o, const int64_t *size)
{
	json *list = json_object_new_array();
	unsigned d;

	for (d = 0; d < o->decl->num_dims; d++)
		push(list, number(size[d]));
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
	put(o, "operand", text(b->decl->name));
	push(path, text(op->store ? chip : "DRAM"));
	push(path, text(op->store ? "DRAM" : chip));
	put(o, "path", path);
	put(size, "full", lengths(b, full));
	put(size, "tile", lengths(b, tile));
	put(o, "size", size);
}

static void put_compute(json *o, const struct gs_planned *layer,
			const struct gs_layer_op *op)
{
	const struct gs_bound_node *b = layer->binding;
	const struct gs_bound_stmt *s = &b->stmt[op->stmt];
	json *sources = json_object_new_array();
	unsigned a;

	put(o, "target",
	    text(op->unit == GS_UNIT_ARRAY ? "SYSTOLIC_ARRAY" : "SIMD"));
	put(o, "function", text(s->fn->name));
	put(o, "destination", text(b->operand[s->dst.operand].decl->name));
	for (a = 0; a < s->num_args; a++)
		push(sources,
		     s->arg[a].operand < 0 ?
			     number(s->arg[a].imm) :
			     text(b->operand[s->arg[a].operand].decl->name));
	put(o, "sources", sources);
	if (s->decl->shift)
		put(o, "shift", number(s->shift));
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
	put(o, "op_type", text(name[op->kind]));
	put(o, "op_id", text(id));
	switch (op->kind) {
	case GS_LAYER_CONFIG:
		put(o, "target",
		    text(op->unit == GS_UNIT_ARRAY ? "SYSTOLIC_ARRAY" :
						     "SIMD"));
		put(o, "start_end", text(op->end ? "end" : "start"));
		break;
	case GS_LAYER_LOOP:
		put(o, "variable", text(layer->binding->var[op->var].name));
		put(o, "start", number(0));
		put(o, "end", number(op->stop));
		put(o, "stride", number(op->stride));
		put(o, "level", text(op->outer ? "tile" : "element"));
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
		push(list, operation(layer, &ops.op[i]));
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

		put(o, layer->binding->var[v].name,
		    number((layer->binding->var[v].units + tile - 1) / tile));
	}
	return o;
}

static json *layer_program(const struct gs_program *p, uint32_t index,
			   const struct gs_planned *layer, const char *name)
{
	json *o = json_object_new_object(), *vars = json_object_new_object();
	unsigned v;

	put(o, "operation", text(layer->binding->cl->name));
	put(o, "instance_id", number(index));
	put(o, "node", text(layer->binding->node->name));
	put(o, "operator", text(layer->binding->node->op));
	for (v = 0; v < layer->binding->num_vars; v++)
		put(vars, layer->binding->var[v].name,
		    number(layer->binding->var[v].extent));
	put(o, "iterable_dimensions", vars);
	put(o, "operation_parameters", parameters(layer->binding->node));
	put(o, "inputs",
	    operands(p, layer,
		     1u << GS_CL_INPUT | 1u << GS_CL_WEIGHT | 1u << GS_CL_ROW,
		     name));
	put(o, "intermediate", operands(p, layer, 1u << GS_CL_TEMP, name));
	put(o, "outputs", operands(p, layer, 1u << GS_CL_OUTPUT, name));
	put(o, "operation_sequence", sequence(layer));
	put(o, "tile_splits", tile_splits(layer));
	return o;
}

struct json_object *gs_layer_json(const struct gs_program *program,
				  uint32_t index,
				  const struct gs_planned *layer,
				  const char *name)
{
	json *o = json_object_new_object(), *list = json_object_new_array();
	char end[32];

	put(o, "mode", text("inference"));
	if (layer)
		push(list, layer_program(program, index, layer, name));
	snprintf(end, sizeof(end), "BLOCK_END %d",
		 index + 1 == program->num_layers);
	push(list, text(end));
	put(o, "program", list);
	return o;
}
