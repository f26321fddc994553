/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/passes/passes.h"
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

/* A copy of constant @c, times @beta */
static struct gs_tensor *scaled(struct gs_graph *graph,
				const struct gs_tensor *c, float beta,
				const struct gs_shape *shape)
{
	const int64_t elems = gs_shape_elems(&c->shape);
	const int64_t num = gs_shape_elems(shape);
	const char *name = gs_graph_printf(graph, "%s_oc", c->name);
	struct gs_tensor *t;
	int64_t i;
	void *data;

	t = name ? gs_add_constant(graph, name, GS_DT_F32, shape, &data) : NULL;
	for (i = 0; t && i < num; i++)
		((float *)data)[i] =
			beta * ((const float *)c->data)[elems == 1 ? 0 : i];
	return t;
}

/* C that differs between rows of the result is added behind. */
static int add_behind(struct gs_graph *graph, struct gs_node *node, float beta,
		      struct gs_diag *diag)
{
	struct gs_tensor *out = node->output[0], *c = node->input[2], *t;
	struct gs_node *add;

	t = gs_add_derived(graph, out, "product", &out->shape);
	add = t ? gs_add_step(graph, "Add", t, out) : NULL;
	c = beta == 1.0f ? c : scaled(graph, c, beta, &c->shape);
	if (!add || !c)
		return gs_nomem(diag);
	t->quant.valid = false;
	gs_node_set_output(node, 0, t);
	gs_node_set_input(add, 1, c);
	node->num_inputs = 2;
	return 0;
}

/* C of Gemm becomes beta x C, one value per column of the result. */
static int normalize_c(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag)
{
	float beta = gs_node_attr_float(node, "beta", 1.0f);
	struct gs_shape shape = { 1, { node->output[0]->shape.dim[1] } };
	const struct gs_tensor *c = gs_input(node, 2);
	struct gs_tensor *t;
	int64_t elems;

	if (!c)
		return 0;
	elems = gs_shape_elems(&c->shape);
	if (elems != 1 &&
	    (elems != shape.dim[0] || c->shape.dim[c->shape.rank - 1] != elems))
		return add_behind(graph, node, beta, diag);
	if (beta == 1.0f && gs_shape_equal(&c->shape, &shape))
		return 0;
	t = scaled(graph, c, beta, &shape);
	if (!t)
		return gs_nomem(diag);
	gs_node_set_input(node, 2, t);
	return 0;
}

/* The input of Gemm with transA, transposed by a node of its own */
static int transpose_a(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag)
{
	static const int64_t perm[] = { 1, 0 };
	struct gs_tensor *a = node->input[0], *t;
	const struct gs_shape shape = { 2,
					{ a->shape.dim[1], a->shape.dim[0] } };
	struct gs_node *turn;

	t = gs_add_derived(graph, a, "turned", &shape);
	turn = t ? gs_add_step(graph, "Transpose", a, t) : NULL;
	if (!turn || gs_node_set_attr_ints(graph, turn, "perm", perm, 2) < 0)
		return gs_nomem(diag);
	gs_node_set_input(node, 0, t);
	return 0;
}

static int visit_gemm(struct gs_graph *graph, struct gs_node *node,
		      struct gs_diag *diag)
{
	int ret;

	ret = need_weights(node, 1, "weights", diag);
	if (!ret)
		ret = need_bias(node, 2, diag);
	if (!ret)
		ret = normalize_b(graph, node,
				  gs_node_attr_int(node, "transB", 0) != 0,
				  gs_node_attr_float(node, "alpha", 1.0f),
				  diag);
	if (!ret && gs_node_attr_int(node, "transA", 0))
		ret = transpose_a(graph, node, diag);
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

/* ---- batches of constant matrices ---------------------------------------- */

struct batch {
	struct gs_tensor *
		part[GS_MAX_IO]; /* matrices of the input, then of the result */
	struct gs_shape a, b, out; /* the dimensions in front of matrices */
	int64_t num_a, num; /* matrices of the input, of the result */
};

static struct gs_shape in_front(const struct gs_shape *shape)
{
	struct gs_shape s = *shape;

	s.rank -= 2;
	return s;
}

/* The input's matrices, one by one */
static int split_input(struct gs_graph *graph, struct gs_tensor *a,
		       struct batch *m)
{
	struct gs_shape shape = { 3,
				  { m->num_a, a->shape.dim[a->shape.rank - 2],
				    a->shape.dim[a->shape.rank - 1] } };
	struct gs_tensor *list = gs_add_derived(graph, a, "list", &shape);
	int64_t one[GS_MAX_IO], i;
	struct gs_node *split;

	if (!list || !gs_add_step(graph, "Reshape", a, list))
		return -ENOMEM;
	m->part[0] = list;
	if (m->num_a == 1)
		return 0;
	split = gs_graph_add_node(graph, NULL, "Split");
	if (!split)
		return -ENOMEM;
	gs_node_set_input(split, 0, list);
	shape.dim[0] = 1;
	for (i = 0; i < m->num_a; i++) {
		one[i] = 1;
		m->part[i] = gs_add_derived(graph, a, "matrix", &shape);
		if (!m->part[i])
			return -ENOMEM;
		gs_node_set_output(split, (unsigned)i, m->part[i]);
	}
	return gs_node_set_attr_int(graph, split, "axis", 0) ||
			       gs_node_set_attr_ints(graph, split, "split", one,
						     (size_t)m->num_a) ?
		       -ENOMEM :
		       0;
}

/* Of matrix @i of the result: which one of a tensor whose batch is @in */
static int64_t source_of(const struct batch *m, const struct gs_shape *in,
			 int64_t i)
{
	int64_t steps[GS_MAX_RANK], at = 0;
	unsigned d;

	gs_broadcast_steps(in, &m->out, steps);
	for (d = m->out.rank; d-- > 0; i /= m->out.dim[d])
		at += i % m->out.dim[d] * steps[d];
	return at;
}

/* One MatMul for each matrix of the result, with its part of constant @b */
static int multiply_parts(struct gs_graph *graph, struct gs_node *node,
			  struct batch *m)
{
	const struct gs_tensor *b = node->input[1], *out = node->output[0];
	const int64_t k = b->shape.dim[b->shape.rank - 2];
	const int64_t n = b->shape.dim[b->shape.rank - 1];
	const struct gs_shape shape = { 2, { k, n } };
	const struct gs_shape result = {
		3, { 1, out->shape.dim[out->shape.rank - 2], n }
	};
	struct gs_tensor *y[GS_MAX_IO];
	int64_t i;

	for (i = 0; i < m->num; i++) {
		struct gs_tensor *w =
			gs_add_derived(graph, b, "matrix", &shape);
		struct gs_node *mul;

		y[i] = gs_add_derived(graph, out, "matrix", &result);
		mul = y[i] ? gs_add_step(graph, "MatMul",
					 m->part[source_of(m, &m->a, i)],
					 y[i]) :
			     NULL;
		if (!w || !mul)
			return -ENOMEM;
		w->quant.valid = y[i]->quant.valid = false;
		w->data =
			(const float *)b->data + source_of(m, &m->b, i) * k * n;
		gs_node_set_input(mul, 1, w);
	}
	memcpy(m->part, y, sizeof(y));
	return 0;
}

static int join_parts(struct gs_graph *graph, struct gs_tensor *out,
		      const struct batch *m)
{
	const struct gs_shape shape = { 3,
					{ m->num, m->part[0]->shape.dim[1],
					  m->part[0]->shape.dim[2] } };
	struct gs_node *concat = gs_graph_add_node(graph, NULL, "Concat");
	struct gs_tensor *all = gs_add_derived(graph, out, "list", &shape);
	int64_t i;

	if (!concat || !all || !gs_add_step(graph, "Reshape", all, out))
		return -ENOMEM;
	for (i = 0; i < m->num; i++)
		gs_node_set_input(concat, (unsigned)i, m->part[i]);
	gs_node_set_output(concat, 0, all);
	return gs_node_set_attr_int(graph, concat, "axis", 0);
}

static int split_batch(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag)
{
	const struct gs_tensor *a = node->input[0], *b = node->input[1];
	struct batch m = { .a = in_front(&a->shape),
			   .b = in_front(&b->shape),
			   .out = in_front(&node->output[0]->shape) };

	m.num_a = gs_shape_elems(&m.a);
	m.num = gs_shape_elems(&m.out);
	if (m.num > GS_MAX_IO)
		return gs_node_error(
			diag, -ENOTSUP, node,
			"the right-hand side '%s' makes a batch of %lld products, at most %d are supported",
			b->name, (long long)m.num, GS_MAX_IO);
	if (split_input(graph, node->input[0], &m) ||
	    multiply_parts(graph, node, &m) ||
	    join_parts(graph, node->output[0], &m))
		return gs_nomem(diag);
	gs_graph_remove_node(graph, node);
	return 0;
}

/* Is it one matrix for the whole batch? */
static bool is_one_matrix(const struct gs_tensor *b, const struct gs_tensor *a)
{
	unsigned i;

	for (i = 0; i + 2 < b->shape.rank; i++)
		if (b->shape.dim[i] != 1 || b->shape.rank > a->shape.rank)
			return false;
	return true;
}

static int visit_matmul(struct gs_graph *graph, struct gs_node *node,
			struct gs_diag *diag)
{
	int ret;

	if (gs_node_attr_int(node, "transB", 0))
		return 0;
	ret = need_weights(node, 1, "the right-hand matrix", diag);
	if (ret < 0)
		return ret;
	if (!is_one_matrix(node->input[1], node->input[0]))
		return split_batch(graph, node, diag);
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
	return ret;
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
	struct gs_node *node;
	int ret = check_outputs(graph, diag);

	if (ret < 0)
		return ret;
	/* New nodes come last, and have their turn. */
	for (node = graph->node; node; node = node->next) {
		ret = visit(graph, node, diag);
		if (ret < 0)
			return ret;
	}
	return gs_settle(graph, diag);
}
