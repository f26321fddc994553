/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compiler/ir/ir.h"

#define MAX_LISTED 8 /* values of an attribute or a small constant */

static void dump_quant(const struct gs_quant *quant, FILE *out)
{
	if (!quant->valid)
		return;
	if (quant->num_scales == 1)
		fprintf(out, " %s(scale %.9g, zero point %d)",
			gs_dtype_name(quant->type), (double)quant->scale[0],
			(int)quant->zero_point);
	else
		fprintf(out, " %s(%u scales on axis %u, first %.9g)",
			gs_dtype_name(quant->type), quant->num_scales,
			quant->axis, (double)quant->scale[0]);
}

static void dump_layout(const struct gs_layout *l, FILE *out)
{
	if (!l->valid)
		return;
	fprintf(out, " layout %lldx(%u+%lld+%u)x(%u+%lld+%u)x%lld/%lld %s",
		(long long)l->n, l->top, (long long)l->h, l->bottom, l->left,
		(long long)l->w, l->right, (long long)l->c,
		(long long)l->c_phys,
		l->order == GS_ORDER_NCHW ? "nchw" : "nhwc");
	if (l->row_block > 1)
		fprintf(out, " %u rows together", l->row_block);
	if (l->top || l->bottom || l->left || l->right)
		fprintf(out, " border %d", (int)l->border_value);
	if (l->channel_map)
		fputs(" mapped", out);
	if (l->bits == 4)
		fputs(" 4-bit", out);
	fprintf(out, " %llu bytes", (unsigned long long)l->bytes);
}

static void dump_values(const struct gs_tensor *t, FILE *out)
{
	const int64_t *values = t->data;
	int64_t elems = gs_shape_elems(&t->shape), i;

	if (t->type != GS_DT_I64 || elems > MAX_LISTED)
		return;
	fputs(" {", out);
	for (i = 0; i < elems; i++)
		fprintf(out, "%s%lld", i ? ", " : "", (long long)values[i]);
	fputs("}", out);
}

static void dump_tensor(const struct gs_tensor *t, FILE *out)
{
	char buf[128];

	fprintf(out, "%%%u '%s' %s %s", t->id, t->name, gs_dtype_name(t->type),
		t->shaped ? gs_shape_format(&t->shape, buf, sizeof(buf)) :
			    "shape unknown");
	if (t->view_of)
		fprintf(out, " view of %%%u", t->view_of->id);
	if (t->data) {
		fputs(" constant", out);
		dump_values(t, out);
	}
	if (t->has_range)
		fprintf(out, " range [%g, %g]", (double)t->min, (double)t->max);
	dump_quant(&t->quant, out);
	dump_layout(&t->layout, out);
	if (t->is_input)
		fputs(" input", out);
	if (t->is_output)
		fputs(" output", out);
	fputc('\n', out);
}

static void dump_attr(const struct gs_attr *attr, FILE *out)
{
	size_t i;

	fprintf(out, " %s=", attr->name);
	switch (attr->kind) {
	case GS_ATTR_INT:
		fprintf(out, "%lld", (long long)attr->i);
		return;
	case GS_ATTR_FLOAT:
		fprintf(out, "%g", (double)attr->f);
		return;
	case GS_ATTR_STRING:
		fprintf(out, "\"%s\"", attr->s);
		return;
	case GS_ATTR_TENSOR:
		fputs("tensor", out);
		return;
	case GS_ATTR_OTHER:
		fputs("...", out);
		return;
	case GS_ATTR_INTS:
	case GS_ATTR_FLOATS:
		break;
	}
	fputc('[', out);
	for (i = 0; i < attr->num && i < MAX_LISTED; i++) {
		fputs(i ? " " : "", out);
		if (attr->kind == GS_ATTR_INTS)
			fprintf(out, "%lld", (long long)attr->ints[i]);
		else
			fprintf(out, "%g", (double)attr->floats[i]);
	}
	fputs(i < attr->num ? " ...]" : "]", out);
}

static void dump_list(struct gs_tensor *const *tensor, unsigned num, FILE *out)
{
	unsigned i;

	for (i = 0; i < num; i++) {
		fputs(i ? ", " : "", out);
		if (tensor[i])
			fprintf(out, "%%%u", tensor[i]->id);
		else
			fputc('-', out);
	}
}

static void dump_activation(const struct gs_node *node, FILE *out)
{
	if (node->residual)
		fputs(" +add", out);
	if (node->activation == GS_ACT_RELU)
		fputs(" +relu", out);
	if (node->activation == GS_ACT_CLIP)
		fprintf(out, " +clip(%g, %g)", (double)node->act[0],
			(double)node->act[1]);
	if (node->activation == GS_ACT_LEAKY)
		fprintf(out, " +leaky(%g)", (double)node->act[0]);
}

static void dump_node(const struct gs_node *node, FILE *out)
{
	unsigned i;

	dump_list(node->output, node->num_outputs, out);
	fprintf(out, " = %s%s%s(", node->domain, *node->domain ? "." : "",
		node->op);
	dump_list(node->input, node->num_inputs, out);
	fprintf(out, ") '%s'", node->name);
	for (i = 0; i < node->num_attrs; i++)
		dump_attr(&node->attr[i], out);
	dump_activation(node, out);
	if (node->fused)
		fprintf(out, " fused(%s)", node->fused);
	fputc('\n', out);
}

void gs_graph_dump(const struct gs_graph *graph, FILE *out)
{
	const struct gs_node *node;
	unsigned i;

	fprintf(out, "graph '%s' opset %lld\n", graph->name,
		(long long)graph->opset);
	for (i = 0; i < graph->num_meta; i++)
		fprintf(out, "meta %s: %s\n", graph->meta[i].key,
			graph->meta[i].value);
	fputs("inputs ", out);
	dump_list(graph->input, graph->num_inputs, out);
	fputs("\noutputs ", out);
	dump_list(graph->output, graph->num_outputs, out);
	fputs("\ntensors\n", out);
	for (i = 0; i < graph->num_tensors; i++) {
		fputs("  ", out);
		dump_tensor(graph->tensor[i], out);
	}
	fputs("nodes\n", out);
	for (node = graph->node; node; node = node->next) {
		fputs("  ", out);
		dump_node(node, out);
	}
}
