/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/infer.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/qdq.h"
#include "compiler/passes/util.h"

#define ERR GS_INFER_ERR

/* ---- what rules share ---------------------------------------------------- */

const struct gs_shape *gs_infer_need(struct gs_infer *f, unsigned index,
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

int gs_infer_need_list(struct gs_infer *f, unsigned index, int64_t num)
{
	const struct gs_tensor *t = gs_input(f->node, index);
	char buf[128];

	if (!t || (t->shape.rank == 1 && t->shape.dim[0] == num))
		return 0;
	return ERR(f, -EINVAL, "input '%s' is %s, expected are %lld values",
		   t->name, gs_shape_format(&t->shape, buf, sizeof(buf)),
		   (long long)num);
}

int gs_infer_explicit_int(struct gs_infer *f, const char *name, int64_t value)
{
	value = gs_node_attr_int(f->node, name, value);
	if (gs_node_set_attr_int(f->graph, f->node, name, value) < 0)
		return gs_nomem(f->diag);
	return 0;
}

int gs_infer_explicit_float(struct gs_infer *f, const char *name, float value)
{
	value = gs_node_attr_float(f->node, name, value);
	if (gs_node_set_attr_float(f->graph, f->node, name, value) < 0)
		return gs_nomem(f->diag);
	return 0;
}

int gs_infer_explicit_string(struct gs_infer *f, const char *name,
			     const char *value)
{
	value = gs_node_attr_string(f->node, name, value);
	if (gs_node_set_attr_string(f->graph, f->node, name, value) < 0)
		return gs_nomem(f->diag);
	return 0;
}

int gs_infer_set_ints(struct gs_infer *f, const char *name,
		      const int64_t *values, size_t num)
{
	if (gs_node_set_attr_ints(f->graph, f->node, name, values, num) < 0)
		return gs_nomem(f->diag);
	return 0;
}

int gs_infer_axis(struct gs_infer *f, int64_t fallback, unsigned rank,
		  int *axis)
{
	*axis = gs_norm_axis(f->node,
			     gs_node_attr_int(f->node, "axis", fallback), rank,
			     f->diag);
	if (*axis < 0)
		return *axis;
	if (gs_node_set_attr_int(f->graph, f->node, "axis", *axis) < 0)
		return gs_nomem(f->diag);
	return 0;
}

void gs_infer_drop_inputs(struct gs_infer *f, unsigned index)
{
	if (f->node->num_inputs > index)
		f->node->num_inputs = index;
}

/* ---- the table ----------------------------------------------------------- */

/* Types of inputs, and of results where the rule does not say */
enum types {
	FLOATS, /* all are float32 */
	FIRST, /* input 0 and results are of one type, others parameters */
	ALIKE, /* all inputs and results are of one type */
	OWN, /* the rule checks them */
};

static const struct rule {
	const char *op;
	gs_infer_fn infer;
	enum types types;
} rules[] = {
	{ "Conv", gs_infer_conv, FLOATS },
	{ "ConvTranspose", gs_infer_conv_transpose, FLOATS },
	{ "MaxPool", gs_infer_pool, FIRST },
	{ "AveragePool", gs_infer_pool, FIRST },
	{ "GlobalAveragePool", gs_infer_global_pool, FLOATS },
	{ "GlobalMaxPool", gs_infer_global_pool, FLOATS },
	{ "Gemm", gs_infer_gemm, FLOATS },
	{ "MatMul", gs_infer_matmul, FLOATS },
	{ "Add", gs_infer_binary, FLOATS },
	{ "Sub", gs_infer_binary, FLOATS },
	{ "Mul", gs_infer_binary, FLOATS },
	{ "Div", gs_infer_binary, FLOATS },
	{ "Pow", gs_infer_binary, FIRST },
	{ "Max", gs_infer_variadic, ALIKE },
	{ "Min", gs_infer_variadic, ALIKE },
	{ "Sum", gs_infer_variadic, FLOATS },
	{ "Mean", gs_infer_variadic, FLOATS },
	{ "Equal", gs_infer_compare, OWN },
	{ "Where", gs_infer_where, OWN },
	{ "Relu", gs_infer_unary, FIRST },
	{ "Clip", gs_infer_clip, FIRST },
	{ "LeakyRelu", gs_infer_unary, FLOATS },
	{ "Elu", gs_infer_unary, FLOATS },
	{ "HardSigmoid", gs_infer_unary, FLOATS },
	{ "HardSwish", gs_infer_unary, FLOATS },
	{ "Sigmoid", gs_infer_unary, FLOATS },
	{ "Tanh", gs_infer_unary, FLOATS },
	{ "Softplus", gs_infer_unary, FLOATS },
	{ "Exp", gs_infer_unary, FLOATS },
	{ "Log", gs_infer_unary, FLOATS },
	{ "Sqrt", gs_infer_unary, FLOATS },
	{ "Reciprocal", gs_infer_unary, FLOATS },
	{ "PRelu", gs_infer_prelu, FLOATS },
	{ "Abs", gs_infer_unary, FIRST },
	{ "Neg", gs_infer_unary, FIRST },
	{ "BatchNormalization", gs_infer_batchnorm, FLOATS },
	{ "Softmax", gs_infer_softmax, FLOATS },
	{ "ReduceMean", gs_infer_reduce, FIRST },
	{ "ReduceSum", gs_infer_reduce, FIRST },
	{ "ReduceMax", gs_infer_reduce, FIRST },
	{ "ReduceMin", gs_infer_reduce, FIRST },
	{ "QuantizeLinear", gs_infer_quantize, OWN },
	{ "DequantizeLinear", gs_infer_dequantize, OWN },
	{ "Cast", gs_infer_cast, OWN },
};

static const struct rule *find_rule(const struct gs_node *node)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (gs_op_is(node, rules[i].op))
			return &rules[i];
	return NULL;
}

static bool all_constant(const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] && !node->input[i]->data)
			return false;
	return node->num_inputs > 0;
}

/* That of the codelets, for operators that have none here; 1: none there either */
static int infer_codelet(struct gs_infer *f)
{
	const struct gs_op_rules *rules = f->graph->rules;
	const bool folds = all_constant(f->node);
	struct gs_tensor *t;
	unsigned i;
	int ret;

	if (gs_node_moves(f->graph, f->node)) {
		i = rules->source(rules->ctx, f->node);
		if (!gs_infer_need(f, i, 0))
			return -EINVAL;
		f->type = f->node->input[i]->type;
		return rules->shape(rules->ctx, f->graph, f->node, &f->out[0],
				    f->diag);
	}
	ret = rules ? rules->shape(rules->ctx, f->graph, f->node, &f->out[0],
				   f->diag) :
		      1;

	for (i = 0; i < f->node->num_inputs && !ret; i++) {
		t = f->node->input[i];
		/* 1 and 0 are values like others. */
		if (t && !t->data && t->type == GS_DT_BOOL &&
		    rules->truth(rules->ctx, f->node, (int)i))
			t->type = GS_DT_F32;
		if (t && t->type != GS_DT_F32 && !folds &&
		    (!t->data ||
		     rules->role(rules->ctx, f->node, i) != GS_ROLE_CONST))
			ret = ERR(f, -ENOTSUP,
				  "input '%s' is of type %s, supported is %s",
				  t->name, gs_dtype_name(t->type),
				  gs_dtype_name(GS_DT_F32));
	}
	return ret;
}

/* An operator without a rule may have a shape declared in the model. */
static int infer_declared(struct gs_infer *f)
{
	const struct gs_tensor *t = f->node->output[0];
	const int ret = infer_codelet(f);

	if (ret <= 0)
		return ret;
	if (!t->shaped || gs_shape_elems(&t->shape) < 0)
		return ERR(
			f, -ENOTSUP,
			"the shape of '%s' cannot be inferred, and the model does not declare it",
			t->name);
	f->out[0] = t->shape;
	return 0;
}

/* ---- types --------------------------------------------------------------- */

static int check_type(struct gs_infer *f, unsigned index, enum gs_dtype want)
{
	const struct gs_tensor *t = gs_input(f->node, index);

	if (!t || t->type == want)
		return 0;
	return ERR(f, -ENOTSUP, "input '%s' is of type %s, %s is %s", t->name,
		   gs_dtype_name(t->type),
		   want == GS_DT_F32 ? "supported" : "that of input 0",
		   gs_dtype_name(want));
}

/* Types of inputs fit; that of the results unless the rule decides */
static int infer_types(struct gs_infer *f, const struct rule *rule)
{
	const struct gs_tensor *x = gs_input(f->node, 0);
	unsigned i;
	int ret = 0;

	f->type = GS_DT_F32;
	if (!rule)
		return f->graph->rules ? 0 : check_type(f, 0, GS_DT_F32);
	if (!x || rule->types == OWN)
		return 0;
	if (rule->types != FLOATS)
		f->type = x->type;
	for (i = 0; rule->types != FIRST && i < f->node->num_inputs && !ret;
	     i++)
		ret = check_type(f, i, f->type);
	return ret;
}

/* ---- results ------------------------------------------------------------- */

/* A shape the model declares for an output must be the inferred one. */
static int check_declared(struct gs_infer *f, const struct gs_tensor *t,
			  const struct gs_shape *out)
{
	const struct gs_shape *declared = &t->shape;
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
		t->name, gs_shape_format(declared, a, sizeof(a)),
		gs_shape_format(out, b, sizeof(b)));
}

/* Constants may be empty, as lists of axes are. */
static int set_output(struct gs_infer *f, unsigned index, bool constant)
{
	struct gs_tensor *t = f->node->output[index];
	const struct gs_shape *shape = &f->out[index];
	char buf[128];

	if (gs_shape_elems(shape) < !constant)
		return ERR(f, -EINVAL,
			   "the shape of the result (%s) is not possible",
			   gs_shape_format(shape, buf, sizeof(buf)));
	if (!t)
		return 0;
	if (t->is_output && t->shaped && check_declared(f, t, shape) < 0)
		return -EINVAL;
	t->shape = *shape;
	t->shaped = true;
	t->type = f->type;
	return 0;
}

/* Outputs nothing uses vanish; of most operators only output 0 is computed. */
static int drop_outputs(struct gs_infer *f, const unsigned *uses)
{
	struct gs_node *node = f->node;
	unsigned i;

	if (!node->num_outputs || !node->output[0])
		return ERR(f, -EINVAL, "the node has no output");
	if (gs_node_moves(f->graph, node) == GS_MOVE_SPLIT)
		return 0;
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

/* What a constant was quantized with outlives its folding. */
static int keep_pins(struct gs_infer *f)
{
	const struct gs_node *node = f->node;

	if (gs_op_is(node, "DequantizeLinear"))
		return gs_qdq_pin_constant(f->graph, node, f->diag);
	if (!gs_op_is(node, "Transpose") || f->out[0].rank != 2 ||
	    !gs_node_attr(node, "perm")->ints[0] ||
	    !gs_qdq_transpose(f->graph, node->input[0], node->output[0]))
		return 0;
	return gs_nomem(f->diag);
}

int gs_infer_node(struct gs_infer *f)
{
	const struct rule *rule = find_rule(f->node);
	int ret;

	memset(f->out, 0, f->node->num_outputs * sizeof(*f->out));
	ret = infer_types(f, rule);
	if (!ret)
		ret = rule ? rule->infer(f) : infer_declared(f);
	return ret;
}

static int infer_node(struct gs_infer *f)
{
	bool constant;
	unsigned i;
	int ret = gs_infer_renew(f);

	ret = ret ? ret : gs_infer_node(f);
	constant = all_constant(f->node);
	for (i = 0; i < f->node->num_outputs && !ret; i++)
		ret = set_output(f, i, constant);
	if (ret < 0 || !constant)
		return ret;
	ret = gs_fold_eval(f->graph, f->node, f->diag);
	if (ret == 1 && keep_pins(f) < 0)
		return -EINVAL;
	return ret;
}

/* 1: the node is a constant now */
static int visit(struct gs_infer *f, const unsigned *uses)
{
	int ret;

	ret = drop_outputs(f, uses);
	if (!ret)
		ret = gs_fold_node(f->graph, f->node, f->diag);
	if (!ret)
		ret = infer_node(f);
	return ret;
}

int gs_pass_shapes(struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_infer f = { .graph = graph, .diag = diag };
	struct gs_node *node, *next;
	unsigned *uses;
	int ret;

	uses = gs_graph_root_uses(graph);
	if (!uses)
		return gs_nomem(diag);
	for (node = graph->node; node; node = next) {
		next = node->next;
		f.node = node;
		ret = visit(&f, uses);
		if (ret < 0)
			return ret;
		if (ret)
			gs_graph_remove_node(graph, node);
	}
	return 0;
}
