/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "compiler/import/onnx_priv.h"

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* Models of the first IR versions leave the type out. */
static int attr_type(const Onnx__AttributeProto *proto)
{
	if (proto->has_type && proto->type != TYPE(UNDEFINED))
		return (int)proto->type;
	if (proto->has_f)
		return TYPE(FLOAT);
	if (proto->has_i)
		return TYPE(INT);
	if (proto->has_s)
		return TYPE(STRING);
	if (proto->t)
		return TYPE(TENSOR);
	if (proto->n_floats)
		return TYPE(FLOATS);
	if (proto->n_ints)
		return TYPE(INTS);
	return TYPE(UNDEFINED);
}

static int attr_string(const struct gs_onnx *ctx, const ProtobufCBinaryData *s,
		       struct gs_attr *attr)
{
	char *copy = gs_graph_alloc(ctx->graph, s->len + 1);

	if (!copy)
		return gs_onnx_nomem(ctx);
	if (s->len)
		memcpy(copy, s->data, s->len);
	attr->kind = GS_ATTR_STRING;
	attr->s = copy;
	return 0;
}

static int attr_list(const struct gs_onnx *ctx, const void *from, size_t num,
		     size_t size, struct gs_attr *attr)
{
	void *copy = gs_graph_alloc_array(ctx->graph, num, size);

	if (!copy)
		return gs_onnx_nomem(ctx);
	if (num)
		memcpy(copy, from, num * size);
	attr->num = num;
	if (attr->kind == GS_ATTR_INTS)
		attr->ints = copy;
	else
		attr->floats = copy;
	return 0;
}

static int attr_tensor(const struct gs_onnx *ctx,
		       const Onnx__AttributeProto *proto,
		       const struct gs_node *node, struct gs_attr *attr)
{
	const char *what;

	attr->kind = GS_ATTR_TENSOR;
	attr->tensor = gs_graph_alloc(ctx->graph, sizeof(*attr->tensor));
	what = gs_graph_printf(ctx->graph, "attribute '%s' of node '%s' (%s)",
			       attr->name, node->name, node->op);
	if (!attr->tensor || !what)
		return gs_onnx_nomem(ctx);
	attr->tensor->name = attr->name;
	if (!proto->t)
		return gs_error(ctx->diag, -EINVAL, "%s has no value", what);
	return gs_onnx_tensor(ctx, proto->t, NULL, what, attr->tensor);
}

static int attr_value(const struct gs_onnx *ctx,
		      const Onnx__AttributeProto *proto,
		      const struct gs_node *node, struct gs_attr *attr)
{
	switch (attr_type(proto)) {
	case TYPE(FLOAT):
		attr->kind = GS_ATTR_FLOAT;
		attr->f = proto->f;
		return 0;
	case TYPE(INT):
		attr->kind = GS_ATTR_INT;
		attr->i = proto->i;
		return 0;
	case TYPE(STRING):
		return attr_string(ctx, &proto->s, attr);
	case TYPE(FLOATS):
		attr->kind = GS_ATTR_FLOATS;
		return attr_list(ctx, proto->floats, proto->n_floats,
				 sizeof(float), attr);
	case TYPE(INTS):
		attr->kind = GS_ATTR_INTS;
		return attr_list(ctx, proto->ints, proto->n_ints,
				 sizeof(int64_t), attr);
	case TYPE(TENSOR):
		return attr_tensor(ctx, proto, node, attr);
	default:
		/* gs_pass_support() judges: a subgraph, strings, types. */
		attr->kind = GS_ATTR_OTHER;
		return 0;
	}
}

int gs_onnx_attrs(const struct gs_onnx *ctx, const Onnx__NodeProto *proto,
		  struct gs_node *node)
{
	size_t i, num = proto->n_attribute;
	int ret;

	node->attr = gs_graph_alloc_array(ctx->graph, num, sizeof(*node->attr));
	if (!node->attr)
		return gs_onnx_nomem(ctx);
	for (i = 0; i < num; i++) {
		const Onnx__AttributeProto *a = proto->attribute[i];
		struct gs_attr *attr = &node->attr[node->num_attrs];

		if (!a->name || !*a->name)
			return gs_node_error(ctx->diag, -EINVAL, node,
					     "attribute %zu has no name", i);
		if (gs_node_attr(node, a->name))
			return gs_node_error(ctx->diag, -EINVAL, node,
					     "attribute '%s' is given twice",
					     a->name);
		attr->name = gs_graph_strdup(ctx->graph, a->name);
		if (!attr->name)
			return gs_onnx_nomem(ctx);
		ret = attr_value(ctx, a, node, attr);
		if (ret < 0)
			return ret;
		node->num_attrs++;
	}
	return 0;
}
