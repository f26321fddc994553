/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/import/onnx_priv.h"
#include "compiler/import/wire.h"
#include "compiler/ir/arena.h"

int gs_onnx_nomem(const struct gs_onnx *ctx)
{
	return gs_error(ctx->diag, -ENOMEM, "out of memory");
}

/* ---- memory of the unpacked message -------------------------------------- */

/*
 * A two-byte field may unpack to a structure of hundreds of bytes: memory is
 * bounded by the file's size, so that a small hostile file cannot take all.
 */
struct budget {
	size_t left;
};

static void *budget_alloc(void *data, size_t size)
{
	struct budget *budget = data;

	if (size > budget->left)
		return NULL;
	budget->left -= size;
	return malloc(size ? size : 1);
}

static void budget_free(void *data, void *pointer)
{
	(void)data;
	free(pointer);
}

/* ---- model --------------------------------------------------------------- */

static bool standard_domain(const char *domain)
{
	return !domain || !*domain || !strcmp(domain, "ai.onnx");
}

static int read_opset(const struct gs_onnx *ctx, const Onnx__ModelProto *model)
{
	int64_t version = 0;
	size_t i;

	for (i = 0; i < model->n_opset_import; i++)
		if (standard_domain(model->opset_import[i]->domain))
			version = model->opset_import[i]->version;
	if (!version)
		return gs_error(
			ctx->diag, -EINVAL,
			"the model does not say its ONNX operator set (opset_import)");
	if (version < GS_OPSET_MIN || version > GS_OPSET_MAX)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"the model uses ONNX operator set %lld, supported are %d to %d",
			(long long)version, GS_OPSET_MIN, GS_OPSET_MAX);
	ctx->graph->opset = version;
	return 0;
}

static int read_meta(const struct gs_onnx *ctx, const Onnx__ModelProto *model)
{
	struct gs_graph *graph = ctx->graph;
	size_t i, num = model->n_metadata_props;

	graph->meta = gs_graph_alloc_array(graph, num, sizeof(*graph->meta));
	if (!graph->meta)
		return gs_onnx_nomem(ctx);
	for (i = 0; i < num; i++) {
		const Onnx__StringStringEntryProto *e =
			model->metadata_props[i];
		struct gs_meta *meta = &graph->meta[graph->num_meta++];

		meta->key = gs_graph_strdup(graph, e->key ? e->key : "");
		meta->value = gs_graph_strdup(graph, e->value ? e->value : "");
		if (!meta->key || !meta->value)
			return gs_onnx_nomem(ctx);
	}
	return 0;
}

/* ---- tensors ------------------------------------------------------------- */

/* A new tensor; an error when @name is taken. */
static int define(const struct gs_onnx *ctx, const char *name, const char *who,
		  struct gs_tensor **out)
{
	if (gs_graph_find_tensor(ctx->graph, name))
		return gs_error(
			ctx->diag, -EINVAL,
			"tensor '%s' is defined twice, the second time by %s",
			name, who);
	*out = gs_graph_add_tensor(ctx->graph, name, GS_DT_NONE, NULL);
	return *out ? 0 : gs_onnx_nomem(ctx);
}

static int read_initializers(const struct gs_onnx *ctx,
			     const Onnx__GraphProto *proto,
			     const struct gs_slim *slim)
{
	size_t i;
	int ret;

	if (proto->n_sparse_initializer)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"the model has sparse initializers, which are not supported");
	for (i = 0; i < proto->n_initializer; i++) {
		Onnx__TensorProto *init = proto->initializer[i];
		struct gs_tensor *t;
		const char *what;

		if (!init->name || !*init->name)
			return gs_error(ctx->diag, -EINVAL,
					"initializer %zu has no name", i);
		what = gs_graph_printf(ctx->graph, "initializer '%s'",
				       init->name);
		if (!what)
			return gs_onnx_nomem(ctx);
		ret = define(ctx, init->name, what, &t);
		if (!ret)
			ret = gs_onnx_tensor(
				ctx, init, i < slim->num ? &slim->raw[i] : NULL,
				what, t);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* ---- Constant nodes ------------------------------------------------------ */

static int constant_list(const struct gs_onnx *ctx, const struct gs_attr *attr,
			 struct gs_tensor *t)
{
	bool ints = attr->kind == GS_ATTR_INTS || attr->kind == GS_ATTR_INT;
	bool list = attr->kind == GS_ATTR_INTS || attr->kind == GS_ATTR_FLOATS;
	size_t num = list ? attr->num : 1;
	size_t size = ints ? sizeof(int64_t) : sizeof(float);
	const void *from =
		ints ? (list ? attr->ints : &attr->i) :
		       (const void *)(list ? attr->floats : &attr->f);
	void *data = gs_graph_alloc_array(ctx->graph, num, size);

	if (!data)
		return gs_onnx_nomem(ctx);
	if (num)
		memcpy(data, from, num * size);
	t->type = ints ? GS_DT_I64 : GS_DT_F32;
	t->data = data;
	t->shaped = true;
	t->shape.rank = list ? 1 : 0;
	t->shape.dim[0] = (int64_t)num;
	return 0;
}

static int read_constant(const struct gs_onnx *ctx, struct gs_node *node)
{
	const struct gs_attr *attr;
	struct gs_tensor *t = node->output[0];

	if (node->num_outputs != 1 || !t || node->num_attrs != 1)
		return gs_node_error(
			ctx->diag, -EINVAL, node,
			"a Constant has one attribute and one output, found %u and %u",
			node->num_attrs, node->num_outputs);
	attr = &node->attr[0];
	if (attr->kind == GS_ATTR_STRING || attr->kind == GS_ATTR_OTHER)
		return gs_node_error(ctx->diag, -ENOTSUP, node,
				     "attribute '%s' is not supported",
				     attr->name);
	gs_graph_remove_node(ctx->graph, node);
	if (attr->kind != GS_ATTR_TENSOR)
		return constant_list(ctx, attr, t);
	t->type = attr->tensor->type;
	t->shape = attr->tensor->shape;
	t->shaped = true;
	t->data = attr->tensor->data;
	return 0;
}

/* ---- nodes --------------------------------------------------------------- */

static int read_outputs(const struct gs_onnx *ctx, const Onnx__NodeProto *proto,
			struct gs_node *node)
{
	const char *who = gs_graph_printf(ctx->graph, "node '%s' (%s)",
					  node->name, node->op);
	size_t i;

	if (!who)
		return gs_onnx_nomem(ctx);
	for (i = 0; i < proto->n_output; i++) {
		struct gs_tensor *t;
		int ret;

		if (!*proto->output[i])
			continue;
		ret = define(ctx, proto->output[i], who, &t);
		if (ret < 0)
			return ret;
		gs_node_set_output(node, (unsigned)i, t);
	}
	return 0;
}

static int read_node(const struct gs_onnx *ctx, const Onnx__NodeProto *proto,
		     size_t index)
{
	struct gs_node *node;
	int ret;

	if (!proto->op_type || !*proto->op_type)
		return gs_error(ctx->diag, -EINVAL,
				"node %zu ('%s') has no operator", index,
				proto->name ? proto->name : "");
	node = gs_graph_add_node(ctx->graph, proto->name, proto->op_type);
	if (!node)
		return gs_onnx_nomem(ctx);
	if (!standard_domain(proto->domain))
		node->domain = gs_graph_strdup(ctx->graph, proto->domain);
	if (!node->domain)
		return gs_onnx_nomem(ctx);
	if (proto->n_input > GS_MAX_IO || proto->n_output > GS_MAX_IO)
		return gs_node_error(
			ctx->diag, -ENOTSUP, node,
			"%zu inputs and %zu outputs, at most %d of each are supported",
			proto->n_input, proto->n_output, GS_MAX_IO);
	ret = gs_onnx_attrs(ctx, proto, node);
	if (!ret)
		ret = read_outputs(ctx, proto, node);
	if (!ret && !*node->domain && !strcmp(node->op, "Constant"))
		ret = read_constant(ctx, node);
	return ret;
}

/* Inputs may name what a later node defines: read when all are defined. */
static int read_node_inputs(const struct gs_onnx *ctx, struct gs_node *node,
			    const Onnx__NodeProto *proto)
{
	size_t i;

	for (i = 0; i < proto->n_input; i++) {
		struct gs_tensor *t;

		if (!*proto->input[i])
			continue;
		t = gs_graph_find_tensor(ctx->graph, proto->input[i]);
		if (!t)
			return gs_node_error(
				ctx->diag, -EINVAL, node,
				"input %zu is tensor '%s', which nothing defines",
				i, proto->input[i]);
		gs_node_set_input(node, (unsigned)i, t);
	}
	return 0;
}

static bool is_constant(const Onnx__NodeProto *proto)
{
	return !strcmp(proto->op_type, "Constant") &&
	       standard_domain(proto->domain);
}

static int read_nodes(const struct gs_onnx *ctx, const Onnx__GraphProto *proto)
{
	struct gs_node *node;
	size_t i;
	int ret = 0;

	if (!proto->n_node)
		return gs_error(ctx->diag, -EINVAL,
				"the model's graph has no nodes");
	for (i = 0; i < proto->n_node && !ret; i++)
		ret = read_node(ctx, proto->node[i], i);
	node = ctx->graph->node;
	for (i = 0; i < proto->n_node && !ret; i++) {
		if (is_constant(proto->node[i]))
			continue;
		ret = read_node_inputs(ctx, node, proto->node[i]);
		node = node->next;
	}
	return ret;
}

static int read_graph_outputs(const struct gs_onnx *ctx,
			      const Onnx__GraphProto *proto)
{
	struct gs_graph *graph = ctx->graph;
	size_t i;

	if (!proto->n_output || proto->n_output > GS_MAX_IO)
		return gs_error(
			ctx->diag, proto->n_output ? -ENOTSUP : -EINVAL,
			"the model has %zu outputs, supported are 1 to %d",
			proto->n_output, GS_MAX_IO);
	for (i = 0; i < proto->n_output; i++) {
		const char *name = proto->output[i]->name;
		struct gs_tensor *t;

		t = name ? gs_graph_find_tensor(graph, name) : NULL;
		if (!t)
			return gs_error(
				ctx->diag, -EINVAL,
				"output '%s' of the model is computed by no node",
				name ? name : "");
		if (t->is_output)
			return gs_error(ctx->diag, -EINVAL,
					"output '%s' is listed twice", name);
		t->is_output = true;
		graph->output[graph->num_outputs++] = t;
	}
	return 0;
}

static int read_graph(const struct gs_onnx *ctx, const Onnx__GraphProto *proto,
		      const struct gs_slim *slim)
{
	int ret;

	if (proto->name) {
		ctx->graph->name = gs_graph_strdup(ctx->graph, proto->name);
		if (!ctx->graph->name)
			return gs_onnx_nomem(ctx);
	}
	ret = read_initializers(ctx, proto, slim);
	if (!ret)
		ret = gs_onnx_inputs(ctx, proto);
	if (!ret)
		ret = read_nodes(ctx, proto);
	if (!ret)
		ret = read_graph_outputs(ctx, proto);
	if (!ret)
		ret = gs_onnx_declared(ctx, proto->value_info,
				       proto->n_value_info);
	if (!ret)
		ret = gs_onnx_declared(ctx, proto->output, proto->n_output);
	if (!ret)
		ret = gs_graph_sort(ctx->graph, ctx->diag);
	return ret;
}

static int read_model(const struct gs_onnx *ctx, const Onnx__ModelProto *model,
		      const struct gs_slim *slim)
{
	int ret;

	if (!model->graph)
		return gs_error(
			ctx->diag, -EINVAL,
			"the file holds no graph: it is not an ONNX model");
	ret = read_opset(ctx, model);
	if (!ret)
		ret = read_meta(ctx, model);
	if (!ret)
		ret = read_graph(ctx, model->graph, slim);
	return ret;
}

/* @file: bytes of it all, of which @data may be a part */
static int unpack(const struct gs_onnx *ctx, const void *data, size_t size,
		  size_t file, const struct gs_slim *slim)
{
	struct budget budget = { .left = SIZE_MAX };
	ProtobufCAllocator allocator = { .alloc = budget_alloc,
					 .free = budget_free,
					 .allocator_data = &budget };
	Onnx__ModelProto *model;
	int ret;

	if (file < SIZE_MAX / 32)
		budget.left = file * 16 + (64u << 20);
	model = onnx__model_proto__unpack(&allocator, size, data);
	if (!model)
		return gs_error(
			ctx->diag, -EINVAL,
			"not a valid ONNX file, or not enough memory to read its %zu bytes",
			file);
	ret = read_model(ctx, model, slim);
	onnx__model_proto__free_unpacked(model, &allocator);
	return ret;
}

/* Large weights stay in the file, which so becomes the graph's. */
static int unpack_owned(const struct gs_onnx *ctx, void *data, size_t size)
{
	struct gs_slim slim;
	int ret;

	if (gs_slim_split(&slim, data, size))
		return gs_onnx_nomem(ctx);
	if (slim.num &&
	    gs_arena_adopt_region(ctx->graph->arena, data, size) < 0) {
		gs_slim_fini(&slim);
		return gs_onnx_nomem(ctx);
	}
	if (slim.num)
		*ctx->opts->own = NULL;
	ret = slim.num ? unpack(ctx, slim.message, slim.size, size, &slim) :
			 unpack(ctx, data, size, size, &slim);
	gs_slim_fini(&slim);
	return ret;
}

int gs_import_onnx(const void *data, size_t size,
		   const struct gs_import_opts *opts, struct gs_graph **out,
		   struct gs_diag *diag)
{
	static const struct gs_slim none;
	struct gs_onnx ctx = { .opts = opts, .diag = diag };
	int ret;

	*out = NULL;
	if (!size)
		return gs_error(diag, -EINVAL,
				"the file is empty, an ONNX model is expected");
	ret = gs_wire_check(&onnx__model_proto__descriptor, data, size, diag);
	if (ret < 0)
		return ret;
	ctx.graph = gs_graph_create();
	if (!ctx.graph)
		return gs_onnx_nomem(&ctx);
	if (opts)
		gs_arena_set_limit(ctx.graph->arena, opts->max_bytes);
	ret = opts && opts->own ? unpack_owned(&ctx, *opts->own, size) :
				  unpack(&ctx, data, size, size, &none);
	if (ret < 0) {
		gs_graph_destroy(ctx.graph);
		return ret;
	}
	*out = ctx.graph;
	return 0;
}
