/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/passes/means.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/pointwise.h"
#include "compiler/passes/qdq.h"
#include "compiler/passes/util.h"

/* Rows copied at a time, so that both sides of a transpose stay in cache */
#define BLOCK 32

static int need_weights(const struct gs_node *node, unsigned index,
			const char *what, struct gs_diag *diag)
{
	const struct gs_tensor *t = gs_input(node, index);

	if (!t || !t->data)
		return gs_node_error(diag, -ENOTSUP, node,
				     "%s '%s' must be a constant", what,
				     t ? t->name : "(missing)");
	if (t->type != GS_DT_F32)
		return gs_node_error(
			diag, -ENOTSUP, node,
			"%s '%s' are of type %s, supported is float32", what,
			t->name, gs_dtype_name(t->type));
	if (gs_shape_elems(&t->shape) < 1)
		return gs_node_error(diag, -EINVAL, node, "%s '%s' are empty",
				     what, t->name);
	return 0;
}

static int need_bias(const struct gs_node *node, unsigned index,
		     struct gs_diag *diag)
{
	if (!gs_input(node, index))
		return 0;
	return need_weights(node, index, "bias", diag);
}

static void transpose(float *out, const float *in, size_t rows, size_t cols,
		      float scale)
{
	size_t r, c, br, bc;

	for (br = 0; br < rows; br += BLOCK)
		for (bc = 0; bc < cols; bc += BLOCK)
			for (r = br; r < rows && r < br + BLOCK; r++)
				for (c = bc; c < cols && c < bc + BLOCK; c++)
					out[c * rows + r] =
						scale * in[r * cols + c];
}

/*
 * Replace B by scale x B of shape [OC, K]; @trans: it has that shape already.
 */
static int normalize_b(struct gs_graph *graph, struct gs_node *node, bool trans,
		       float scale, struct gs_diag *diag)
{
	const struct gs_tensor *b = node->input[1];
	int64_t rows = b->shape.dim[b->shape.rank - 2];
	int64_t cols = b->shape.dim[b->shape.rank - 1];
	struct gs_shape shape = {
		2, { trans ? rows : cols, trans ? cols : rows }
	};
	const char *name = gs_graph_printf(graph, "%s_oc_k", b->name);
	int64_t i, elems = gs_shape_elems(&shape);
	struct gs_tensor *t;
	void *data;

	if (trans && scale == 1.0f)
		return 0;
	t = name ? gs_add_constant(graph, name, GS_DT_F32, &shape, &data) :
		   NULL;
	if (!t)
		return gs_nomem(diag);
	if (!trans)
		transpose(data, b->data, (size_t)rows, (size_t)cols, scale);
	for (i = 0; trans && i < elems; i++)
		((float *)data)[i] = scale * ((const float *)b->data)[i];
	if (!trans && scale == 1.0f && gs_qdq_transpose(graph, b, t) < 0)
		return gs_nomem(diag);
	gs_node_set_input(node, 1, t);
	return 0;
}

/* C of Gemm becomes beta x C, one value per column of the result. */
static int normalize_c(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag)
{
	float beta = gs_node_attr_float(node, "beta", 1.0f);
	struct gs_shape shape = { 1, { node->output[0]->shape.dim[1] } };
	const struct gs_tensor *c = gs_input(node, 2);
	const char *name;
	struct gs_tensor *t;
	int64_t elems, i;
	void *data;

	if (!c)
		return 0;
	elems = gs_shape_elems(&c->shape);
	if (elems != 1 &&
	    (elems != shape.dim[0] || c->shape.dim[c->shape.rank - 1] != elems))
		return gs_node_error(
			diag, -ENOTSUP, node,
			"bias '%s' differs between rows of the result",
			c->name);
	if (beta == 1.0f && gs_shape_equal(&c->shape, &shape))
		return 0;
	name = gs_graph_printf(graph, "%s_oc", c->name);
	t = name ? gs_add_constant(graph, name, GS_DT_F32, &shape, &data) :
		   NULL;
	if (!t)
		return gs_nomem(diag);
	for (i = 0; i < shape.dim[0]; i++)
		((float *)data)[i] =
			beta * ((const float *)c->data)[elems == 1 ? 0 : i];
	gs_node_set_input(node, 2, t);
	return 0;
}

static int visit_gemm(struct gs_graph *graph, struct gs_node *node,
		      struct gs_diag *diag)
{
	int ret;

	if (gs_node_attr_int(node, "transA", 0))
		return gs_node_error(
			diag, -ENOTSUP, node,
			"transA is not supported: the input would have to be transposed on the device");
	ret = need_weights(node, 1, "weights", diag);
	if (!ret)
		ret = need_bias(node, 2, diag);
	if (!ret)
		ret = normalize_b(graph, node,
				  gs_node_attr_int(node, "transB", 0) != 0,
				  gs_node_attr_float(node, "alpha", 1.0f),
				  diag);
	if (!ret)
		ret = normalize_c(graph, node, diag);
	if (ret < 0)
		return ret;
	gs_node_remove_attr(node, "alpha");
	gs_node_remove_attr(node, "beta");
	gs_node_remove_attr(node, "transA");
	if (gs_node_set_attr_int(graph, node, "transB", 1) < 0)
		return gs_nomem(diag);
	return 0;
}

static int visit_matmul(struct gs_graph *graph, struct gs_node *node,
			struct gs_diag *diag)
{
	const struct gs_tensor *b = gs_input(node, 1);
	const struct gs_tensor *a = gs_input(node, 0);
	unsigned i;
	int ret;

	if (gs_node_attr_int(node, "transB", 0))
		return 0;
	ret = need_weights(node, 1, "the right-hand matrix", diag);
	if (ret < 0)
		return ret;
	for (i = 0; i + 2 < b->shape.rank; i++)
		if (b->shape.dim[i] != 1 || b->shape.rank > a->shape.rank)
			return gs_node_error(
				diag, -ENOTSUP, node,
				"the right-hand side '%s' is a batch of matrices, one matrix is supported",
				b->name);
	ret = normalize_b(graph, node, false, 1.0f, diag);
	if (ret < 0)
		return ret;
	if (gs_node_set_attr_int(graph, node, "transB", 1) < 0)
		return gs_nomem(diag);
	return 0;
}

static int visit(struct gs_graph *graph, struct gs_node *node,
		 struct gs_diag *diag)
{
	unsigned i;
	int ret = 0;

	if (gs_op_is(node, "Gemm"))
		return visit_gemm(graph, node, diag);
	if (gs_op_is(node, "MatMul"))
		return visit_matmul(graph, node, diag);
	if (gs_op_is(node, "Conv")) {
		ret = need_weights(node, 1, "weights", diag);
		return ret < 0 ? ret : need_bias(node, 2, diag);
	}
	if (gs_op_is(node, "BatchNormalization"))
		for (i = 1; i < 5 && !ret; i++)
			ret = need_weights(node, i, "parameter", diag);
	if (!ret)
		ret = gs_pass_means_node(graph, node, diag);
	return ret < 0 ? ret : gs_pass_pointwise_node(graph, node, diag);
}

static int check_outputs(const struct gs_graph *graph, struct gs_diag *diag)
{
	unsigned i;

	for (i = 0; i < graph->num_outputs; i++)
		if (graph->output[i]->data)
			return gs_error(
				diag, -ENOTSUP,
				"output '%s' of the model is a constant",
				graph->output[i]->name);
	return 0;
}

int gs_pass_constants(struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_node *node, *next;
	int ret = check_outputs(graph, diag);

	if (ret < 0)
		return ret;
	for (node = graph->node; node; node = next) {
		next = node->next;
		ret = visit(graph, node, diag);
		if (ret < 0)
			return ret;
	}
	ret = gs_graph_sort(graph, diag);
	if (ret < 0)
		return ret;
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
