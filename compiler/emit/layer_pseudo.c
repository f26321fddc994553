/* SPDX-License-Identifier: MIT */
#include "compiler/emit/layer_pseudo.h"

#include <ctype.h>
#include <inttypes.h>

#include "compiler/emit/layer_ops.h"
#include "compiler/ir/fdfg.h"

/* Names of the model may hold anything; a line stays a line. */
static void put_name(const char *name, FILE *out)
{
	for (; *name; name++)
		fputc(iscntrl((unsigned char)*name) ? '?' : *name, out);
}

static void put_operands(const struct gs_planned *layer, const char *title,
			 unsigned kinds, FILE *out)
{
	const struct gs_bound_node *b = layer->binding;
	unsigned i, d;

	fprintf(out, "%s:\n", title);
	for (i = 0; i < b->num_operands; i++) {
		const struct gs_bound_operand *o = &b->operand[i];

		if (!((1u << o->decl->kind) & kinds) ||
		    (o->decl->kind == GS_CL_INPUT && !o->tensor))
			continue;
		fprintf(out, "\t%s[", o->decl->name);
		for (d = 0; d < o->decl->num_dims; d++)
			fprintf(out, "%s%s=%" PRId64, d ? "," : "",
				o->decl->dim[d], o->extent[d]);
		fprintf(out, "] in %s", gs_acg_mem_name(o->decl->mem));
		if (o->tensor) {
			fputs(", ", out);
			put_name(o->tensor->name, out);
		}
		fputc('\n', out);
	}
}

static void put_sizes(const struct gs_planned *layer, unsigned operand,
		      FILE *out)
{
	const unsigned n = layer->binding->operand[operand].decl->num_dims;
	int64_t full[GS_CL_MAX_DIMS], tile[GS_CL_MAX_DIMS];
	unsigned d;

	gs_layer_extents(layer, operand, full, tile);
	fputs(" SIZES [", out);
	for (d = 0; d < n; d++)
		fprintf(out, "%s%" PRId64, d ? "," : "", full[d]);
	fputs("],[", out);
	for (d = 0; d < n; d++)
		fprintf(out, "%s%" PRId64, d ? "," : "", tile[d]);
	fputs("]", out);
}

static void put_op(const struct gs_planned *layer, const struct gs_layer_op *op,
		   FILE *out)
{
	const struct gs_bound_node *b = layer->binding;
	const struct gs_cl_operand *decl = b->operand[op->operand].decl;
	const char *unit = op->unit == GS_UNIT_ARRAY ? "SYSTOLIC_ARRAY" :
						       "SIMD";

	switch (op->kind) {
	case GS_LAYER_CONFIG:
		fprintf(out, "CONFIG%u %s %s", op->id, unit,
			op->end ? "END" : "START");
		return;
	case GS_LAYER_LOOP:
		fprintf(out,
			"LOOP%u %s: START=0; STOP=%" PRId64 "; STRIDE=%" PRId64,
			op->id, b->var[op->var].name, op->stop, op->stride);
		return;
	case GS_LAYER_LOOP_END:
		fprintf(out, "END LOOP%u %s", op->id, b->var[op->var].name);
		return;
	case GS_LAYER_TRANSFER:
		fprintf(out, "TRANSFER%u %s %s->%s", op->id, decl->name,
			gs_acg_mem_name(op->store ? decl->mem : GS_ACG_DRAM),
			gs_acg_mem_name(op->store ? GS_ACG_DRAM : decl->mem));
		put_sizes(layer, op->operand, out);
		return;
	case GS_LAYER_COMPUTE:
		fprintf(out, "COMPUTE%u %s ", op->id, unit);
		gs_fdfg_print_stmt(b, &b->stmt[op->stmt], out);
	}
}

int gs_layer_pseudo(const struct gs_planned *layer, const char *name, FILE *out)
{
	struct gs_layer_ops ops;
	const int ret = gs_layer_ops_list(layer, &ops);
	unsigned i, d;

	fprintf(out, "%s: codelet %s of ", name, layer->binding->cl->name);
	put_name(layer->binding->node->name, out);
	fputs("\n", out);
	put_operands(layer, "inputs",
		     1u << GS_CL_INPUT | 1u << GS_CL_WEIGHT | 1u << GS_CL_ROW,
		     out);
	put_operands(layer, "intermediate", 1u << GS_CL_TEMP, out);
	put_operands(layer, "outputs", 1u << GS_CL_OUTPUT, out);
	for (i = 0; i < ops.num && !ret; i++) {
		fprintf(out, "%u:", i);
		for (d = 0; d <= ops.op[i].depth; d++)
			fputc('\t', out);
		put_op(layer, &ops.op[i], out);
		fputc('\n', out);
	}
	gs_layer_ops_fini(&ops);
	return ret;
}
