/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

struct infer {
	struct gs_graph *graph;
	struct gs_node *node;
	struct gs_diag *diag;
	struct gs_shape out; /* of output 0 */
};

#define ERR(f, err, ...) gs_node_error((f)->diag, err, (f)->node, __VA_ARGS__)

/* Input @index, which must be there and of @rank; reported otherwise */
static const struct gs_shape *need(struct infer *f, unsigned index,
				   unsigned rank)
{
	const struct gs_tensor *t = gs_input(f->node, index);
	char buf[128];

	if (!t) {
		ERR(f, -EINVAL, "input %u is missing", index);
		return NULL;
	}
	if (rank && t->shape.rank != rank) {
		ERR(f, -ENOTSUP,
		    "input '%s' is %s (%u dimensions), expected are %u",
		    t->name, gs_shape_format(&t->shape, buf, sizeof(buf)),
		    t->shape.rank, rank);
		return NULL;
	}
	return &t->shape;
}

/* Optional input @index must be a list of @num values. */
static int need_list(struct infer *f, unsigned index, int64_t num)
{
	const struct gs_tensor *t = gs_input(f->node, index);
	char buf[128];

	if (!t || (t->shape.rank == 1 && t->shape.dim[0] == num))
		return 0;
	return ERR(f, -EINVAL, "input '%s' is %s, expected are %lld values",
		   t->name, gs_shape_format(&t->shape, buf, sizeof(buf)),
		   (long long)num);
}

/* ---- windows ------------------------------------------------------------- */

static int infer_conv(struct infer *f)
{
	const struct gs_shape *x = need(f, 0, 4);
	const struct gs_shape *w = x ? need(f, 1, 4) : NULL;
	int64_t group = gs_node_attr_int(f->node, "group", 1);
	struct gs_window win;
	int ret;

	if (!w)
		return -ENOTSUP;
	if (group < 1 || group > x->dim[1] || x->dim[1] % group ||
	    w->dim[0] % group || w->dim[1] != x->dim[1] / group)
		return ERR(
			f, -EINVAL,
			"weights '%s' take %lld groups of %lld channels to %lld, input '%s' has %lld channels",
			f->node->input[1]->name, (long long)group,
			(long long)w->dim[1], (long long)w->dim[0],
			f->node->input[0]->name, (long long)x->dim[1]);
	ret = need_list(f, 2, w->dim[0]);
	if (!ret)
		ret = gs_window_infer(f->graph, f->node, &x->dim[2], &w->dim[2],
				      &win, f->diag);
	if (ret < 0)
		return ret;
	f->out = (struct gs_shape){
		4, { x->dim[0], w->dim[0], win.out[0], win.out[1] }
	};
	if (gs_node_set_attr_int(f->graph, f->node, "group", group) < 0)
		return gs_nomem(f->diag);
	return 0;
}

static int infer_pool(struct infer *f)
{
	const struct gs_shape *x = need(f, 0, 4);
	struct gs_window win = { 0 };
	int ret;

	if (!x)
		return -ENOTSUP;
	ret = gs_window_infer(f->graph, f->node, &x->dim[2], NULL, &win,
			      f->diag);
	f->out = (struct gs_shape){
		4, { x->dim[0], x->dim[1], win.out[0], win.out[1] }
	};
	return ret;
}

static int infer_global_pool(struct infer *f)
{
	const struct gs_shape *x = need(f, 0, 4);

	if (!x)
		return -ENOTSUP;
	f->out = (struct gs_shape){ 4, { x->dim[0], x->dim[1], 1, 1 } };
	return 0;
}

/* ---- matrices ------------------------------------------------------------ */

static int infer_gemm(struct infer *f)
{
	bool ta = gs_node_attr_int(f->node, "transA", 0) != 0;
	bool tb = gs_node_attr_int(f->node, "transB", 0) != 0;
	const struct gs_shape *a = need(f, 0, 2);
	const struct gs_shape *b = a ? need(f, 1, 2) : NULL;
	const struct gs_tensor *c = gs_input(f->node, 2);
	char text[128], want[128];
	struct gs_shape both;

	if (!b)
		return -ENOTSUP;
	if (a->dim[!ta] != b->dim[tb])
		return ERR(
			f, -EINVAL,
			"input '%s' has %lld columns, weights '%s' take %lld",
			f->node->input[0]->name, (long long)a->dim[!ta],
			f->node->input[1]->name, (long long)b->dim[tb]);
	f->out = (struct gs_shape){ 2, { a->dim[ta], b->dim[!tb] } };
	if (c && (!gs_broadcast(&c->shape, &f->out, &both) ||
		  !gs_shape_equal(&both, &f->out)))
		return ERR(f, -EINVAL,
			   "input '%s' is %s, which does not spread to %s",
			   c->name,
			   gs_shape_format(&c->shape, text, sizeof(text)),
			   gs_shape_format(&f->out, want, sizeof(want)));
	return 0;
}

static int infer_matmul(struct infer *f)
{
	const struct gs_shape *a = need(f, 0, 0);
	const struct gs_shape *b = a ? need(f, 1, 0) : NULL;
	struct gs_shape batch_a, batch_b;

	if (!b)
		return -EINVAL;
	/* Only gs_pass_constants() gives MatMul this one. */
	gs_node_remove_attr(f->node, "transB");
	if (a->rank < 2 || b->rank < 2)
		return ERR(
			f, -ENOTSUP,
			"inputs have %u and %u dimensions, at least 2 are needed",
			a->rank, b->rank);
	if (a->dim[a->rank - 1] != b->dim[b->rank - 2])
		return ERR(f, -EINVAL,
			   "input '%s' has %lld columns, '%s' has %lld rows",
			   f->node->input[0]->name,
			   (long long)a->dim[a->rank - 1],
			   f->node->input[1]->name,
			   (long long)b->dim[b->rank - 2]);
	batch_a = *a;
	batch_b = *b;
	batch_a.rank -= 2;
	batch_b.rank -= 2;
	if (!gs_broadcast(&batch_a, &batch_b, &f->out))
		return ERR(f, -EINVAL,
			   "the batch dimensions of '%s' and '%s' do not fit",
			   f->node->input[0]->name, f->node->input[1]->name);
	f->out.dim[f->out.rank++] = a->dim[a->rank - 2];
	f->out.dim[f->out.rank++] = b->dim[b->rank - 1];
	return 0;
}

/* ---- elements ------------------------------------------------------------ */

static int infer_same(struct infer *f)
{
	const struct gs_shape *x = need(f, 0, 0);

	if (!x)
		return -EINVAL;
	f->out = *x;
	return 0;
}

static int infer_clip(struct infer *f)
{
	unsigned i;

	for (i = 1; i < 3; i++) {
		const struct gs_tensor *t = gs_input(f->node, i);

		if (t && gs_shape_elems(&t->shape) != 1)
			return ERR(f, -EINVAL, "limit '%s' is not one value",
				   t->name);
	}
	return infer_same(f);
}

static int infer_broadcast(struct infer *f)
{
	const struct gs_shape *a = need(f, 0, 0);
	const struct gs_shape *b = a ? need(f, 1, 0) : NULL;
	char x[128], y[128];

	if (!b)
		return -EINVAL;
	if (!gs_broadcast(a, b, &f->out))
		return ERR(f, -EINVAL,
			   "inputs '%s' (%s) and '%s' (%s) do not fit",
			   f->node->input[0]->name,
			   gs_shape_format(a, x, sizeof(x)),
			   f->node->input[1]->name,
			   gs_shape_format(b, y, sizeof(y)));
	return 0;
}

static int infer_batchnorm(struct infer *f)
{
	const struct gs_shape *x = need(f, 0, 0);
	unsigned i;

	if (!x)
		return -EINVAL;
	if (x->rank < 2)
		return ERR(f, -ENOTSUP, "the input has no channel axis");
	if (gs_node_attr_int(f->node, "training_mode", 0) ||
	    !gs_node_attr_int(f->node, "spatial", 1))
		return ERR(
			f, -ENOTSUP,
			"only inference with one value per channel is supported (training_mode 0, spatial 1)");
	for (i = 1; i < 5; i++)
		if (!need(f, i, 1) || need_list(f, i, x->dim[1]) < 0)
			return -EINVAL;
	f->out = *x;
	return 0;
}

/*
 * Before operator set 13 Softmax is taken over all axes from @axis on; that is
 * the same where one axis of them is longer than 1.
 */
static int softmax_axis(struct infer *f, const struct gs_shape *x)
{
	bool old = f->graph->opset < 13;
	int axis = gs_norm_axis(f->node,
				gs_node_attr_int(f->node, "axis", old ? 1 : -1),
				x->rank, f->diag);
	unsigned i;
	int use = axis;

	if (axis < 0 || !old)
		return axis;
	for (i = (unsigned)axis + 1; i < x->rank; i++) {
		if (x->dim[i] == 1)
			continue;
		if (x->dim[use] != 1)
			return ERR(
				f, -ENOTSUP,
				"Softmax over several axes is not supported");
		use = (int)i;
	}
	return use;
}

static int infer_softmax(struct infer *f)
{
	const struct gs_shape *x = need(f, 0, 0);
	int axis = x ? softmax_axis(f, x) : -EINVAL;

	if (axis < 0)
		return axis;
	f->out = *x;
	if (gs_node_set_attr_int(f->graph, f->node, "axis", axis) < 0)
		return gs_nomem(f->diag);
	return 0;
}

static int infer_dropout(struct infer *f)
{
	const struct gs_tensor *training = gs_input(f->node, 2);

	if (training && (!gs_is_int_const(training) ||
			 gs_shape_elems(&training->shape) != 1 ||
			 gs_const_int(training, 0)))
		return ERR(f, -ENOTSUP,
			   "training mode is not supported, only inference");
	return infer_same(f);
}

static int infer_reshape(struct infer *f)
{
	return gs_reshape_infer(f->graph, f->node, &f->out, f->diag);
}

static const struct {
	const char *op;
	int (*infer)(struct infer *f);
} rules[] = {
	{ "Conv", infer_conv },
	{ "MaxPool", infer_pool },
	{ "AveragePool", infer_pool },
	{ "GlobalAveragePool", infer_global_pool },
	{ "GlobalMaxPool", infer_global_pool },
	{ "Gemm", infer_gemm },
	{ "MatMul", infer_matmul },
	{ "Add", infer_broadcast },
	{ "Sub", infer_broadcast },
	{ "Mul", infer_broadcast },
	{ "Div", infer_broadcast },
	{ "Relu", infer_same },
	{ "LeakyRelu", infer_same },
	{ "Clip", infer_clip },
	{ "Sigmoid", infer_same },
	{ "Tanh", infer_same },
	{ "HardSigmoid", infer_same },
	{ "HardSwish", infer_same },
	{ "BatchNormalization", infer_batchnorm },
	{ "Softmax", infer_softmax },
	{ "Dropout", infer_dropout },
	{ "Identity", infer_reshape },
	{ "Flatten", infer_reshape },
	{ "Reshape", infer_reshape },
	{ "Squeeze", infer_reshape },
	{ "Unsqueeze", infer_reshape },
};

/* An operator without a rule may have a shape declared in the model. */
static int infer_declared(struct infer *f)
{
	const struct gs_tensor *t = f->node->output[0];

	if (!t->shaped || gs_shape_elems(&t->shape) < 0)
		return ERR(
			f, -ENOTSUP,
			"the shape of '%s' cannot be inferred, and the model does not declare it",
			t->name);
	f->out = t->shape;
	return 0;
}

static int infer_node(struct infer *f)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (gs_op_is(f->node, rules[i].op))
			return rules[i].infer(f);
	return infer_declared(f);
}

/* ---- results ------------------------------------------------------------- */

/* A shape the model declares for an output must be the inferred one. */
static int check_declared(struct infer *f, const struct gs_shape *declared,
			  const struct gs_shape *out)
{
	char a[128], b[128];
	bool fits = declared->rank == out->rank;
	unsigned i;

	for (i = 0; fits && i < out->rank; i++)
		fits = declared->dim[i] < 0 || declared->dim[i] == out->dim[i];
	if (fits)
		return 0;
	return ERR(
		f, -EINVAL,
		"output '%s' is declared %s in the model, its inputs give %s",
		f->node->output[0]->name,
		gs_shape_format(declared, a, sizeof(a)),
		gs_shape_format(out, b, sizeof(b)));
}

static int set_output(struct infer *f)
{
	struct gs_tensor *t = f->node->output[0];
	char buf[128];

	if (gs_shape_elems(&f->out) < 1)
		return ERR(f, -EINVAL,
			   "the shape of the result (%s) is not possible",
			   gs_shape_format(&f->out, buf, sizeof(buf)));
	if (t->is_output && t->shaped &&
	    check_declared(f, &t->shape, &f->out) < 0)
		return -EINVAL;
	t->shape = f->out;
	t->shaped = true;
	t->type = GS_DT_F32;
	return 0;
}

/*
 * All inputs are of float32, where an operator does not take indices, shapes or
 * flags behind its first.
 */
static int check_inputs_of(struct infer *f)
{
	bool all = gs_eval_knows(f->node->op) &&
		   !gs_op_in(f->node, gs_reshape_ops);
	unsigned i, num = all ? f->node->num_inputs : 1;
	bool constant = f->node->num_inputs > 0;

	for (i = 0; i < f->node->num_inputs; i++)
		if (f->node->input[i] && !f->node->input[i]->data)
			constant = false;
	if (constant)
		return ERR(
			f, -ENOTSUP,
			"all inputs are constants, and the operator is not evaluated while compiling");
	for (i = 0; i < num; i++) {
		const struct gs_tensor *t = gs_input(f->node, i);

		if (t && t->type != GS_DT_F32)
			return ERR(
				f, -ENOTSUP,
				"input '%s' is of type %s, supported is float32",
				t->name, gs_dtype_name(t->type));
	}
	return 0;
}

/* Only output 0 of any operator is computed here. */
static int drop_outputs(struct infer *f, const unsigned *uses)
{
	struct gs_node *node = f->node;
	unsigned i;

	if (!node->num_outputs || !node->output[0])
		return ERR(f, -EINVAL, "the node has no output");
	for (i = 1; i < node->num_outputs; i++) {
		if (node->output[i] && uses[node->output[i]->id])
			return ERR(
				f, -ENOTSUP,
				"output %u ('%s') is used, only output 0 is supported",
				i, node->output[i]->name);
		if (node->output[i])
			node->output[i]->producer = NULL;
		node->output[i] = NULL;
	}
	node->num_outputs = 1;
	return 0;
}

static int visit(struct infer *f, const unsigned *uses)
{
	int ret;

	ret = drop_outputs(f, uses);
	if (ret < 0)
		return ret;
	ret = gs_fold_node(f->graph, f->node, f->diag);
	if (ret < 0)
		return ret;
	if (ret) {
		gs_graph_remove_node(f->graph, f->node);
		return 0;
	}
	ret = check_inputs_of(f);
	if (!ret)
		ret = infer_node(f);
	return ret < 0 ? ret : set_output(f);
}

static int check_inputs(const struct gs_graph *graph, struct gs_diag *diag)
{
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++) {
		const struct gs_tensor *t = graph->input[i];

		if (t->type != GS_DT_F32)
			return gs_error(
				diag, -ENOTSUP,
				"input '%s' is of type %s, supported is float32",
				t->name, gs_dtype_name(t->type));
	}
	return 0;
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

int gs_pass_shapes(struct gs_graph *graph, struct gs_diag *diag)
{
	struct infer f = { .graph = graph, .diag = diag };
	struct gs_node *node, *next;
	unsigned *uses;
	int ret;

	ret = check_inputs(graph, diag);
	if (ret < 0)
		return ret;
	uses = gs_graph_root_uses(graph);
	if (!uses)
		return gs_nomem(diag);
	for (node = graph->node; node; node = next) {
		next = node->next;
		f.node = node;
		ret = visit(&f, uses);
		if (ret < 0)
			return ret;
	}
	return check_outputs(graph, diag);
}
