/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/fdfg_text.h"

#define LINE 76 /* characters of base64 in a line */

/* ---- words and numbers --------------------------------------------------- */

static bool is_word(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return !*s;
}

static void put_string(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s; s++) {
		const unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void put_name(const char *s, FILE *out)
{
	if (is_word(s))
		fputs(s, out);
	else
		put_string(s, out);
}

/* The shortest decimal number that is read as @f; it has a point or an exponent. */
static void put_float(float f, FILE *out)
{
	char buf[32];
	uint32_t bits;
	int digits;

	if (isnan(f)) {
		memcpy(&bits, &f, sizeof(bits));
		fprintf(out, "nan:%08" PRIx32, bits);
		return;
	}
	if (isinf(f)) {
		fputs(f < 0 ? "-inf" : "inf", out);
		return;
	}
	for (digits = 1; digits <= 9; digits++) {
		snprintf(buf, sizeof(buf), "%.*g", digits, (double)f);
		if (strtof(buf, NULL) == f)
			break;
	}
	fprintf(out, "%s%s", buf, strpbrk(buf, ".e") ? "" : ".0");
}

/* ---- arrays -------------------------------------------------------------- */

static void put_base64(const unsigned char *data, size_t size, FILE *out)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[LINE + 1];
	size_t i, n = 0;

	fputs("base64 \"", out);
	for (i = 0; i < size; i += 3) {
		const size_t left = size - i;
		const unsigned a = data[i], b = left > 1 ? data[i + 1] : 0,
			       c = left > 2 ? data[i + 2] : 0;

		if (n == LINE) {
			fprintf(out, "\n%.*s", (int)n, line);
			n = 0;
		}
		line[n++] = digit[a >> 2];
		line[n++] = digit[(a & 3) << 4 | b >> 4];
		line[n++] = left > 1 ? digit[(b & 15) << 2 | c >> 6] : '=';
		line[n++] = left > 2 ? digit[c & 63] : '=';
	}
	fprintf(out, "\n%.*s\"", (int)n, line);
}

static void put_element(const void *data, enum gs_dtype type, size_t i,
			FILE *out)
{
	switch (type) {
	case GS_DT_F32:
		put_float(((const float *)data)[i], out);
		return;
	case GS_DT_I8:
	case GS_DT_I4:
		fprintf(out, "%d", ((const int8_t *)data)[i]);
		return;
	case GS_DT_U8:
	case GS_DT_BOOL:
		fprintf(out, "%u", ((const uint8_t *)data)[i]);
		return;
	case GS_DT_I32:
		fprintf(out, "%" PRId32, ((const int32_t *)data)[i]);
		return;
	case GS_DT_I64:
		fprintf(out, "%" PRId64, ((const int64_t *)data)[i]);
		return;
	case GS_DT_NONE:
		return;
	}
}

static void put_array(const void *data, enum gs_dtype type, size_t num,
		      FILE *out)
{
	size_t i;

	if (num > GS_FDFG_LISTED) {
		put_base64(data, num * gs_dtype_size(type), out);
		return;
	}
	fputc('{', out);
	for (i = 0; i < num; i++) {
		fputs(i ? ", " : "", out);
		put_element(data, type, i, out);
	}
	fputc('}', out);
}

/* Without the limit of elements that are listed: short lists of the graph itself */
static void put_ints(const int64_t *values, size_t num, FILE *out)
{
	size_t i;

	fputc('[', out);
	for (i = 0; i < num; i++)
		fprintf(out, "%s%" PRId64, i ? ", " : "", values[i]);
	fputc(']', out);
}

static void put_floats(const float *values, size_t num, FILE *out)
{
	size_t i;

	fputc('[', out);
	for (i = 0; i < num; i++) {
		fputs(i ? ", " : "", out);
		put_float(values[i], out);
	}
	fputc(']', out);
}

/* ---- tensors ------------------------------------------------------------- */

static const char *order_name(enum gs_dim_order order)
{
	return order == GS_ORDER_NCHW ? "nchw" : "nhwc";
}

static void put_access(const struct gs_access *a, FILE *out)
{
	static const char name[] = "nhwc";
	unsigned i;

	fprintf(out, "%%%u at ", a->of->id);
	put_ints(a->at, GS_MEM_DIMS, out);
	fputs(" walk [", out);
	for (i = 0; i < a->num_dims; i++)
		fprintf(out, "%s%c %" PRId64, i ? ", " : "",
			name[a->dim[i].dim], a->dim[i].step);
	fputc(']', out);
}

static void put_quant(const struct gs_quant *q, FILE *out)
{
	if (!q->valid)
		return;
	fprintf(out, " quant %s ", gs_dtype_name(q->type));
	put_array(q->scale, GS_DT_F32, q->num_scales, out);
	if (q->axis)
		fprintf(out, " axis %u", q->axis);
	if (q->zero_point)
		fprintf(out, " zero %" PRId32, q->zero_point);
}

static void put_layout(const struct gs_layout *l, FILE *out)
{
	const int64_t extent[] = { l->n, l->h, l->w, l->c };

	if (!l->valid)
		return;
	fprintf(out, " layout %s ", order_name(l->order));
	put_ints(extent, GS_MEM_DIMS, out);
	fprintf(out,
		" lanes %" PRId64
		" rows %u border [%u, %u, %u, %u] value %" PRId32
		" slack %u bytes %" PRIu64,
		l->c_phys, l->row_block, l->top, l->left, l->bottom, l->right,
		l->border_value, l->slack, l->bytes);
	if (l->bits != 8)
		fprintf(out, " bits %u", l->bits);
	if (l->filled)
		fputs(" filled", out);
	if (l->channel_map) {
		fputs(" map ", out);
		put_array(l->channel_map, GS_DT_I32, (size_t)l->c, out);
	}
}

static void put_observed(const struct gs_tensor *t, FILE *out)
{
	const size_t channels = t->shape.rank > 1 ? (size_t)t->shape.dim[1] : 0;

	if (t->has_range) {
		fputs(" range ", out);
		put_floats((const float[]){ t->min, t->max }, 2, out);
	}
	if (t->channel_range) {
		fputs("\n\tranges ", out);
		put_array(t->channel_range, GS_DT_F32, 2 * channels, out);
	}
	if (t->channel_mean) {
		fputs("\n\tmeans ", out);
		put_array(t->channel_mean, GS_DT_F32, channels, out);
	}
}

static void put_shape(const struct gs_tensor *t, FILE *out)
{
	char buf[128];

	fprintf(out, " %s %s", gs_dtype_name(t->type),
		t->shaped ? gs_shape_format(&t->shape, buf, sizeof(buf)) :
			    "unshaped");
}

static void put_data(const char *what, const void *data, enum gs_dtype type,
		     const struct gs_shape *shape, FILE *out)
{
	const int64_t elems = gs_shape_elems(shape);

	if (!data)
		return;
	fprintf(out, "\n\t%s ", what);
	put_array(data, type, elems > 0 ? (size_t)elems : 0, out);
}

static void put_tensor(const struct gs_tensor *t, FILE *out)
{
	fprintf(out, "tensor %%%u ", t->id);
	put_string(t->name, out);
	put_shape(t, out);
	if (t->view_of)
		fprintf(out, " view %%%u", t->view_of->id);
	if (t->has_order)
		fprintf(out, " order %s", order_name(t->order));
	if (t->no_border)
		fputs(" borderless", out);
	if (t->wide)
		fputs(" wide", out);
	if (t->part.of) {
		fputs(" part ", out);
		put_access(&t->part, out);
	}
	put_quant(&t->quant, out);
	put_layout(&t->layout, out);
	put_observed(t, out);
	if (!gs_tensor_is_integers(t))
		put_data("data", t->data, t->type, &t->shape, out);
	put_data("qdata", t->qdata, t->quant.type, &t->shape, out);
	fputc('\n', out);
}

/* ---- nodes --------------------------------------------------------------- */

static void put_attr(const struct gs_attr *attr, FILE *out)
{
	put_name(attr->name, out);
	fputc('=', out);
	switch (attr->kind) {
	case GS_ATTR_INT:
		fprintf(out, "%" PRId64, attr->i);
		return;
	case GS_ATTR_FLOAT:
		put_float(attr->f, out);
		return;
	case GS_ATTR_STRING:
		put_string(attr->s, out);
		return;
	case GS_ATTR_INTS:
		put_ints(attr->ints, attr->num, out);
		return;
	case GS_ATTR_FLOATS:
		fputs(attr->num ? "" : "floats", out);
		put_floats(attr->floats, attr->num, out);
		return;
	case GS_ATTR_TENSOR:
		fputs("tensor ", out);
		put_string(attr->tensor->name, out);
		put_shape(attr->tensor, out);
		put_data("data", attr->tensor->data, attr->tensor->type,
			 &attr->tensor->shape, out);
		return;
	case GS_ATTR_OTHER:
		fputs("other", out);
		return;
	}
}

/* What a node writes without being the one a tensor is the result of has a '&'. */
static void put_list(struct gs_tensor *const *tensor, unsigned num,
		     const struct gs_node *writer, FILE *out)
{
	unsigned i;

	for (i = 0; i < num; i++) {
		fputs(i ? ", " : "", out);
		if (!tensor[i])
			fputc('-', out);
		else
			fprintf(out, "%s%%%u",
				writer && tensor[i]->producer != writer ? "&" :
									  "",
				tensor[i]->id);
	}
}

static void put_activation(const struct gs_node *node, FILE *out)
{
	switch (node->activation) {
	case GS_ACT_NONE:
		return;
	case GS_ACT_RELU:
		fputs(" relu", out);
		return;
	case GS_ACT_CLIP:
		fputs(" clip ", out);
		put_floats(node->act, 2, out);
		return;
	case GS_ACT_LEAKY:
		fputs(" leaky ", out);
		put_float(node->act[0], out);
		return;
	}
}

static void put_node(const struct gs_node *node, FILE *out)
{
	unsigned i;

	fputs("node ", out);
	put_string(node->name, out);
	fputc(' ', out);
	put_list(node->output, node->num_outputs, node, out);
	fputs(" = ", out);
	put_name(node->op, out);
	fputc('(', out);
	put_list(node->input, node->num_inputs, NULL, out);
	fputs(")", out);
	for (i = 0; i < node->num_attrs; i++) {
		fputs(i ? ", " : " {", out);
		put_attr(&node->attr[i], out);
	}
	fputs(node->num_attrs ? "}" : "", out);
	if (*node->domain) {
		fputs(" domain ", out);
		put_string(node->domain, out);
	}
	if (node->residual)
		fputs(" residual", out);
	put_activation(node, out);
	if (node->fused) {
		fputs(" fused ", out);
		put_string(node->fused, out);
	}
	if (node->has_order)
		fprintf(out, " order %s", order_name(node->order));
	if (node->fixed_order)
		fprintf(out, " fixed %s", order_name(node->order));
	if (node->axis_attr) {
		fputs(" inner ", out);
		put_name(node->axis_attr, out);
	}
	if (node->macs)
		fprintf(out, " macs %" PRIu64, node->macs);
	if (node->move) {
		fputs(" move ", out);
		put_ints(node->move->extent, GS_MAX_RANK, out);
		fputs("\n\tfrom ", out);
		put_access(&node->move->from, out);
		fputs("\n\tto ", out);
		put_access(&node->move->to, out);
	}
	fputc('\n', out);
}

/* ---- graph --------------------------------------------------------------- */

void gs_fdfg_write(const struct gs_graph *graph, const char *after,
		   gs_fdfg_remark_fn remark, void *ctx, FILE *out)
{
	const struct gs_node *node;
	unsigned i;

	fprintf(out, "fdfg 1 after %s\ngraph ", after);
	put_string(graph->name, out);
	fprintf(out, " opset %" PRId64 " next %u", graph->opset,
		graph->next_node_id);
	if (graph->data_type != GS_DT_I8 || graph->weight_type != GS_DT_I8)
		fprintf(out, " types %s %s", gs_dtype_name(graph->data_type),
			gs_dtype_name(graph->weight_type));
	fputs(graph->calibrated ? " calibrated\n" : "\n", out);
	for (i = 0; i < graph->num_meta; i++) {
		fputs("meta ", out);
		put_string(graph->meta[i].key, out);
		fputs(" = ", out);
		put_string(graph->meta[i].value, out);
		fputc('\n', out);
	}
	for (i = 0; i < graph->num_tensors; i++)
		put_tensor(graph->tensor[i], out);
	fputs("inputs ", out);
	put_list(graph->input, graph->num_inputs, NULL, out);
	fputs("\noutputs ", out);
	put_list(graph->output, graph->num_outputs, NULL, out);
	fputc('\n', out);
	for (node = graph->node; node; node = node->next) {
		put_node(node, out);
		if (remark)
			remark(ctx, node, out);
	}
	fputs("end\n", out);
}
