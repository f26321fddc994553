/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/eval.h"
#include "compiler/codelets/eval_lists.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct gs_value gs_scope_vector(struct gs_scope *ev, const struct gs_expr *e,
				size_t num)
{
	struct gs_value val = { NULL, num };
	size_t bytes;

	if (!__builtin_mul_overflow(num, sizeof(double), &bytes))
		val.v = gs_arena_alloc(ev->scratch, bytes);
	if (val.v)
		return val;
	gs_scope_fail(ev, e, -ENOMEM, "out of memory");
	return (struct gs_value){ 0 };
}

static struct gs_value scalar(struct gs_scope *ev, const struct gs_expr *e,
			      double v)
{
	struct gs_value val = gs_scope_vector(ev, e, 1);

	if (val.num)
		val.v[0] = v;
	return val;
}

/* A value that needs scales before they are known. */
static struct gs_value unknown(struct gs_scope *ev, const struct gs_expr *e)
{
	ev->undefined = true;
	return scalar(ev, e, 1);
}

int gs_scope_define_scalar(struct gs_scope *ev, const char *name, double value)
{
	static const struct gs_expr nowhere;
	struct gs_value val = scalar(ev, &nowhere, value);

	return val.num ? gs_scope_define(ev, name, val) : -ENOMEM;
}

static const struct gs_bound_operand *find_operand(const struct gs_scope *ev,
						   const char *name)
{
	unsigned i;

	for (i = 0; i < ev->binding->num_operands; i++)
		if (!strcmp(ev->binding->operand[i].decl->name, name))
			return &ev->binding->operand[i];
	return NULL;
}

static const struct gs_bound_operand *operand_arg(struct gs_scope *ev,
						  const struct gs_expr *e)
{
	const struct gs_bound_operand *o = NULL;

	if (e->num_args && e->arg[0]->kind == GS_EX_NAME)
		o = find_operand(ev, e->arg[0]->name);
	if (!o)
		gs_scope_fail(ev, e, -EINVAL, "'%s' takes an operand", e->name);
	return o;
}

static struct gs_value eval_scale(struct gs_scope *ev, const struct gs_expr *e,
				  const struct gs_tensor *t)
{
	struct gs_value val;
	size_t i;

	if (!ev->quantized)
		return unknown(ev, e);
	if (!t || !t->quant.valid) {
		gs_scope_fail(ev, e, -EINVAL, "'%s' has no scale",
			      e->arg[0]->name);
		return (struct gs_value){ 0 };
	}
	val = gs_scope_vector(ev, e, t->quant.num_scales);
	for (i = 0; i < val.num; i++)
		val.v[i] = (double)t->quant.scale[i];
	return val;
}

static double element(const struct gs_tensor *t, bool quantized, size_t i)
{
	const void *data = quantized ? t->qdata : t->data;
	const enum gs_dtype type = quantized ? t->quant.type : t->type;

	switch (type) {
	case GS_DT_F32:
		return (double)((const float *)data)[i];
	case GS_DT_I8:
	case GS_DT_I4:
		return ((const int8_t *)data)[i];
	case GS_DT_U8:
	case GS_DT_BOOL:
		return ((const uint8_t *)data)[i];
	case GS_DT_I32:
		return ((const int32_t *)data)[i];
	case GS_DT_I64:
		return (double)((const int64_t *)data)[i];
	default:
		return 0;
	}
}

static bool readable(struct gs_scope *ev, const struct gs_expr *e,
		     const struct gs_tensor *t, bool quantized)
{
	if (t && (quantized ? t->qdata : t->data) &&
	    gs_shape_elems(&t->shape) > 0)
		return true;
	gs_scope_fail(ev, e, -ENOTSUP, "'%s' must be a constant",
		      e->arg[0]->name);
	return false;
}

/* All elements, as integers after quantization or as the model's floats. */
static struct gs_value eval_data(struct gs_scope *ev, const struct gs_expr *e,
				 const struct gs_tensor *t, bool quantized)
{
	struct gs_value val;
	size_t i;

	if (!t)
		return scalar(ev, e, 0);
	if (quantized && !ev->quantized)
		return unknown(ev, e);
	if (!quantized && t->data && !gs_shape_elems(&t->shape))
		return gs_scope_vector(ev, e, 0);
	if (!readable(ev, e, t, quantized))
		return (struct gs_value){ 0 };
	val = gs_scope_vector(ev, e, (size_t)gs_shape_elems(&t->shape));
	for (i = 0; i < val.num; i++)
		val.v[i] = element(t, quantized, i);
	return val;
}

/* What the elements mean: of a quantized constant scale * (q - zero point). */
static struct gs_value eval_meaning(struct gs_scope *ev,
				    const struct gs_expr *e,
				    const struct gs_tensor *t)
{
	const bool quantized = t && ev->quantized && t->qdata;
	struct gs_value val = eval_data(ev, e, t, quantized);
	const struct gs_quant *quant;
	size_t i;

	if (!quantized || !val.num)
		return val;
	quant = &t->quant;
	for (i = 0; i < val.num; i++)
		val.v[i] =
			(double)quant->scale[i * quant->num_scales / val.num] *
			(val.v[i] - quant->zero_point);
	return val;
}

/* Quantized elements with the first dimension innermost: a kernel position's channels side by side. */
static struct gs_value eval_transposed(struct gs_scope *ev,
				       const struct gs_expr *e,
				       const struct gs_tensor *t)
{
	struct gs_value val;
	size_t i, j, inner;

	if (!ev->quantized)
		return unknown(ev, e);
	if (!readable(ev, e, t, true))
		return (struct gs_value){ 0 };
	val = gs_scope_vector(ev, e, (size_t)gs_shape_elems(&t->shape));
	inner = val.num / (size_t)t->shape.dim[0];
	for (i = 0; i < inner; i++)
		for (j = 0; j < val.num / inner; j++)
			val.v[i * (size_t)t->shape.dim[0] + j] =
				element(t, true, j * inner + i);
	return val;
}

#define CHUNK 4096 /* elements whose sum fits 32 bits */

/* The sum of @num integers of 8 bits, which a double holds exactly, as it would be in their order. */
static double sum_int8(const int8_t *q, size_t num, bool absolute)
{
	double sum = 0;
	size_t i, end;

	for (i = 0; i < num; i = end) {
		int32_t part = 0;

		end = num - i < CHUNK ? num : i + CHUNK;
		for (size_t k = i; k < end; k++)
			part += absolute && q[k] < 0 ? -q[k] : q[k];
		sum += part;
	}
	return sum;
}

/* Sum over all dimensions but the first: what one output channel sees. */
static struct gs_value eval_sum(struct gs_scope *ev, const struct gs_expr *e,
				const struct gs_tensor *t, bool absolute)
{
	struct gs_value val;
	size_t i, j, inner;

	if (!ev->quantized)
		return unknown(ev, e);
	if (!readable(ev, e, t, true))
		return (struct gs_value){ 0 };
	val = gs_scope_vector(ev, e, (size_t)t->shape.dim[0]);
	inner = val.num ? (size_t)gs_shape_elems(&t->shape) / val.num : 0;
	for (i = 0; i < val.num; i++) {
		if (t->quant.type == GS_DT_I8 || t->quant.type == GS_DT_I4) {
			val.v[i] =
				sum_int8((const int8_t *)t->qdata + i * inner,
					 inner, absolute);
			continue;
		}
		for (j = 0; j < inner; j++) {
			const double x = element(t, true, i * inner + j);

			val.v[i] += absolute ? fabs(x) : x;
		}
	}
	return val;
}

static bool takes_nchw(const struct gs_node *node)
{
	return (node->has_order ?
			node->order :
			gs_tensor_order(node->input[0])) == GS_ORDER_NCHW;
}

static struct gs_value eval_is_channel(struct gs_scope *ev,
				       const struct gs_expr *e)
{
	const struct gs_bound_operand *o = operand_arg(ev, e);
	const struct gs_shape *shape;
	int64_t axis, channel;
	double wanted;

	if (!o || !o->tensor || e->num_args != 2) {
		gs_scope_fail(ev, e, -EINVAL,
			      "is_channel takes an operand and an axis");
		return (struct gs_value){ 0 };
	}
	shape = &ev->binding->node->input[0]->shape;
	wanted = gs_scope_scalar(ev, e->arg[1]);
	axis = fabs(wanted) <= GS_MAX_EXTENT ? (int64_t)wanted : shape->rank;
	if (axis < 0)
		axis += shape->rank;
	channel = shape->rank > 2 && takes_nchw(ev->binding->node) ?
			  1 :
			  (int64_t)shape->rank - 1;
	return scalar(ev, e, axis == channel);
}

static double reduce_max(const struct gs_value *a, bool minimum)
{
	double best = a->v[0];
	size_t i;

	for (i = 1; i < a->num; i++)
		best = (minimum ? a->v[i] < best : a->v[i] > best) ? a->v[i] :
								     best;
	return best;
}

typedef double (*unary_fn)(double);

static double to_float32(double x)
{
	return (double)(float)x;
}

static double neg(double x)
{
	return -x;
}

static double not(double x)
{
	return x == 0;
}

static double sign(double x)
{
	return (x > 0) - (x < 0);
}

static struct gs_value map_unary(struct gs_scope *ev, const struct gs_expr *e,
				 unary_fn fn)
{
	struct gs_value a = gs_scope_eval(ev, e->arg[0]), r;
	size_t i;

	if (ev->err)
		return (struct gs_value){ 0 };
	r = gs_scope_vector(ev, e, a.num);
	for (i = 0; i < r.num; i++)
		r.v[i] = fn(a.v[i]);
	return r;
}

double gs_expr_apply(enum gs_expr_kind kind, double a, double b)
{
	switch (kind) {
	case GS_EX_ADD:
		return a + b;
	case GS_EX_SUB:
		return a - b;
	case GS_EX_MUL:
		return a * b;
	case GS_EX_DIV:
		return a / b;
	case GS_EX_POW:
		return pow(a, b);
	case GS_EX_LT:
		return a < b;
	case GS_EX_LE:
		return a <= b;
	case GS_EX_GT:
		return a > b;
	case GS_EX_GE:
		return a >= b;
	case GS_EX_EQ:
		return a == b;
	case GS_EX_NE:
		return a != b;
	case GS_EX_AND:
		return a != 0 && b != 0;
	default:
		return a != 0 || b != 0;
	}
}

static struct gs_value combine(struct gs_scope *ev, const struct gs_expr *e,
			       struct gs_value a, struct gs_value b,
			       double (*fn)(enum gs_expr_kind, double, double))
{
	struct gs_value r;
	size_t i;

	if (ev->err)
		return (struct gs_value){ 0 };
	if (a.num != b.num && a.num != 1 && b.num != 1) {
		gs_scope_fail(ev, e, -EINVAL, "vectors of %zu and %zu elements",
			      a.num, b.num);
		return (struct gs_value){ 0 };
	}
	r = gs_scope_vector(ev, e, a.num == 1 ? b.num : a.num);
	for (i = 0; i < r.num; i++)
		r.v[i] = fn(e->kind, a.v[a.num == 1 ? 0 : i],
			    b.v[b.num == 1 ? 0 : i]);
	return r;
}

static double pick_max(enum gs_expr_kind kind, double a, double b)
{
	(void)kind;
	return a > b ? a : b;
}

static double pick_min(enum gs_expr_kind kind, double a, double b)
{
	(void)kind;
	return a < b ? a : b;
}

double gs_expr_mod(double a, double b)
{
	return a - b * floor(a / b);
}

static double modulo(enum gs_expr_kind kind, double a, double b)
{
	(void)kind;
	return gs_expr_mod(a, b);
}

static struct gs_value eval_mod(struct gs_scope *ev, const struct gs_expr *e)
{
	if (e->num_args == 2)
		return combine(ev, e, gs_scope_eval(ev, e->arg[0]),
			       gs_scope_eval(ev, e->arg[1]), modulo);
	gs_scope_fail(ev, e, -EINVAL, "mod takes two arguments");
	return (struct gs_value){ 0 };
}

/* One argument: over the elements of a vector. Several: element by element. */
static struct gs_value eval_extreme(struct gs_scope *ev,
				    const struct gs_expr *e, bool minimum)
{
	struct gs_value r = gs_scope_eval(ev, e->arg[0]);
	unsigned i;

	if (!r.num && e->num_args == 1)
		gs_scope_fail(ev, e, -EINVAL, "%s of no values", e->name);
	if (ev->err)
		return (struct gs_value){ 0 };
	if (e->num_args == 1)
		return scalar(ev, e, reduce_max(&r, minimum));
	for (i = 1; i < e->num_args; i++)
		r = combine(ev, e, r, gs_scope_eval(ev, e->arg[i]),
			    minimum ? pick_min : pick_max);
	return r;
}

/* rank(x), and dim(x, axis) in the model's order; from the end when negative */
static struct gs_value eval_dim(struct gs_scope *ev, const struct gs_expr *e,
				const struct gs_tensor *t)
{
	const double rank = t ? t->shape.rank : 0;
	double axis;

	if (!t || !strcmp(e->name, "rank"))
		return scalar(ev, e, rank);
	axis = e->num_args == 2 ? gs_scope_scalar(ev, e->arg[1]) : rank;
	axis += axis < 0 ? rank : 0;
	if (!(axis >= 0 && axis < rank) || axis != floor(axis)) {
		gs_scope_fail(ev, e, -EINVAL, "'%s' has no such dimension",
			      e->arg[0]->name);
		return (struct gs_value){ 0 };
	}
	return scalar(ev, e, (double)t->shape.dim[(unsigned)axis]);
}

/* What was observed of an activation */
static struct gs_value eval_range(struct gs_scope *ev, const struct gs_expr *e,
				  const struct gs_tensor *t)
{
	if (!ev->quantized || !t || !t->has_range)
		return unknown(ev, e);
	return scalar(ev, e,
		      (double)(!strcmp(e->name, "low") ? t->min : t->max));
}

static const struct {
	const char *name;
	unary_fn fn;
} unary_functions[] = {
	{ "abs", fabs },    { "round", round },
	{ "floor", floor }, { "ceil", ceil },
	{ "log2", log2 },   { "sqrt", sqrt },
	{ "exp", exp },	    { "log", log },
	{ "tanh", tanh },   { "erf", erf },
	{ "sign", sign },   { "sin", sin },
	{ "cos", cos },	    { "float32", to_float32 },
};

double (*gs_expr_function(const char *name))(double)
{
	size_t i;

	for (i = 0; i < sizeof(unary_functions) / sizeof(unary_functions[0]);
	     i++)
		if (!strcmp(unary_functions[i].name, name))
			return unary_functions[i].fn;
	return NULL;
}

static struct gs_value eval_operand_call(struct gs_scope *ev,
					 const struct gs_expr *e)
{
	const struct gs_bound_operand *o = operand_arg(ev, e);

	if (!o)
		return (struct gs_value){ 0 };
	if (!strcmp(e->name, "scale"))
		return eval_scale(ev, e, o->tensor);
	if (!strcmp(e->name, "zero"))
		return ev->quantized && o->tensor ?
			       scalar(ev, e, o->tensor->quant.zero_point) :
			       unknown(ev, e);
	if (!strcmp(e->name, "sum") || !strcmp(e->name, "sumabs"))
		return eval_sum(ev, e, o->tensor, !strcmp(e->name, "sumabs"));
	if (!strcmp(e->name, "transposed"))
		return eval_transposed(ev, e, o->tensor);
	if (!strcmp(e->name, "has"))
		return scalar(ev, e, o->tensor != NULL);
	if (!strcmp(e->name, "value"))
		return eval_meaning(ev, e, o->tensor);
	if (!strcmp(e->name, "rank") || !strcmp(e->name, "dim"))
		return eval_dim(ev, e, o->tensor);
	if (!strcmp(e->name, "dims"))
		return gs_eval_dims(ev, e, o->tensor);
	if (!strcmp(e->name, "low") || !strcmp(e->name, "high"))
		return eval_range(ev, e, o->tensor);
	return eval_data(ev, e, o->tensor, !strcmp(e->name, "int"));
}

/* is(Add): which of its operators the codelet computes */
static struct gs_value eval_is(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_codelet *cl = ev->binding->cl;
	const char *op = e->num_args == 1 && e->arg[0]->kind == GS_EX_NAME ?
				 e->arg[0]->name :
				 "";
	unsigned i;

	for (i = 0; i < cl->num_ops; i++)
		if (!strcmp(cl->op[i], op))
			return scalar(ev, e,
				      !strcmp(ev->binding->node->op, op));
	gs_scope_fail(ev, e, -EINVAL, "'is' takes an operator of the codelet");
	return (struct gs_value){ 0 };
}

static struct gs_value eval_call(struct gs_scope *ev, const struct gs_expr *e)
{
	static const char *const of_operands[] = {
		"scale", "zero", "sum", "sumabs", "has", "int",	 "data",
		"value", "rank", "dim", "dims",	  "low", "high", "transposed"
	};
	struct gs_value r;
	size_t i;

	for (i = 0; i < sizeof(of_operands) / sizeof(of_operands[0]); i++)
		if (!strcmp(e->name, of_operands[i]))
			return eval_operand_call(ev, e);
	if (!strcmp(e->name, "is"))
		return eval_is(ev, e);
	if (gs_eval_list(ev, e, &r))
		return r;
	if (!strcmp(e->name, "mod"))
		return eval_mod(ev, e);
	if (!strcmp(e->name, "is_channel"))
		return eval_is_channel(ev, e);
	if (!strcmp(e->name, "max") || !strcmp(e->name, "min"))
		return eval_extreme(ev, e, !strcmp(e->name, "min"));
	if (gs_expr_function(e->name) && e->num_args == 1)
		return map_unary(ev, e, gs_expr_function(e->name));
	gs_scope_fail(ev, e, -EINVAL,
		      gs_expr_function(e->name) ? "'%s' takes one argument" :
						  "no function '%s'",
		      e->name);
	return (struct gs_value){ 0 };
}

static struct gs_value eval_index(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_named *n = gs_scope_named(ev, e->name);
	const struct gs_value *base = n ? &n->value : NULL;
	const struct gs_value at = gs_scope_eval(ev, e->arg[0]);
	struct gs_value r = { 0 };
	size_t i;

	ev->undefined |= n && n->undefined;
	if (!base)
		gs_scope_fail(ev, e, -EINVAL, "unknown name '%s'", e->name);
	for (i = 0; i < at.num && !ev->err; i++)
		if (e->num_args != 1 ||
		    !(at.v[i] >= 0 && at.v[i] < (double)base->num))
			gs_scope_fail(ev, e, -EINVAL,
				      "index %g of '%s' is outside 0..%lld",
				      at.v[i], e->name,
				      (long long)base->num - 1);
	if (!ev->err)
		r = gs_scope_vector(ev, e, at.num);
	for (i = 0; i < r.num; i++)
		r.v[i] = base->v[(size_t)at.v[i]];
	return r;
}

static struct gs_value eval_name(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_named *n = gs_scope_named(ev, e->name);

	if (!n) {
		gs_scope_fail(ev, e, -EINVAL, "unknown name '%s'", e->name);
		return (struct gs_value){ 0 };
	}
	ev->asked_low |= !strcmp(e->name, "act_low") ||
			 !strcmp(e->name, "relu");
	ev->asked_high |= !strcmp(e->name, "act_high");
	ev->asked_slope |= !strcmp(e->name, "act_slope");
	ev->undefined |= n->undefined;
	return n->value;
}

struct gs_value gs_scope_eval(struct gs_scope *ev, const struct gs_expr *e)
{
	if (ev->err)
		return (struct gs_value){ 0 };
	switch (e->kind) {
	case GS_EX_NUMBER:
		return scalar(ev, e, e->number);
	case GS_EX_NAME:
		return eval_name(ev, e);
	case GS_EX_INDEX:
		return eval_index(ev, e);
	case GS_EX_CALL:
		return eval_call(ev, e);
	case GS_EX_REDUCE:
		gs_scope_fail(
			ev, e, -EINVAL,
			"a reduction over indices belongs in a rule 'float'");
		return (struct gs_value){ 0 };
	case GS_EX_NEG:
		return map_unary(ev, e, neg);
	case GS_EX_NOT:
		return map_unary(ev, e, not );
	case GS_EX_COND:
		return gs_scope_eval(
			ev,
			e->arg[gs_scope_scalar(ev, e->arg[0]) != 0 ? 1 : 2]);
	default:
		return combine(ev, e, gs_scope_eval(ev, e->arg[0]),
			       gs_scope_eval(ev, e->arg[1]), gs_expr_apply);
	}
}

double gs_scope_scalar(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value val = gs_scope_eval(ev, e);

	if (val.num != 1)
		gs_scope_fail(ev, e, -EINVAL, "expected one number, found %zu",
			      val.num);
	return val.num == 1 ? val.v[0] : 0;
}
