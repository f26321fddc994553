/* SPDX-License-Identifier: MIT */
/*
 * HardSigmoid and HardSwish spelled out in other operators. A value that
 * scales, shifts and bounds make of @x is a ramp of it; they may come in any
 * order. What scales and shifts the result of HardSwish becomes its alpha and
 * beta.
 */
#include <math.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

#define MAX_STEPS 6 /* between x and the product or quotient */
#define NEAR 1e-5 /* of constants that float32 rounded */

/* min(max(a x + b, low), high) */
struct ramp {
	double a, b, low, high;
};

struct hard {
	struct gs_graph *graph;
	struct gs_diag *diag;
	const unsigned *uses;
};

static bool near(double value, double want)
{
	return fabs(value - want) <= NEAR * fabs(want);
}

/* ---- ramps --------------------------------------------------------------- */

static void scale(struct ramp *r, double k)
{
	const double low = r->low * k, high = r->high * k;

	r->a *= k;
	r->b *= k;
	r->low = fmin(low, high);
	r->high = fmax(low, high);
}

static void shift(struct ramp *r, double k)
{
	r->b += k;
	r->low += k;
	r->high += k;
}

static void bound(struct ramp *r, double low, double high)
{
	r->low = fmin(fmax(r->low, low), high);
	r->high = fmin(fmax(r->high, low), high);
}

/* The one value of constant input @index */
static bool get_scalar(const struct gs_node *node, unsigned index,
		       double *value)
{
	const struct gs_tensor *t = gs_input(node, index);

	if (!t || !t->data || t->type != GS_DT_F32 ||
	    gs_shape_elems(&t->shape) != 1)
		return false;
	*value = (double)*(const float *)t->data;
	return isfinite(*value);
}

/* Scale and shift by one constant; the input that is none is returned, else NULL. */
static struct gs_tensor *line_step(const struct gs_node *node, struct ramp *r)
{
	const bool first = gs_input(node, 0) && node->input[0]->data;
	double k;

	if (node->activation != GS_ACT_NONE || node->num_inputs != 2 ||
	    !get_scalar(node, !first, &k))
		return NULL;
	if (gs_op_is(node, "Mul") && k != 0)
		scale(r, k);
	else if (gs_op_is(node, "Div") && !first && k != 0)
		scale(r, 1 / k);
	else if (gs_op_is(node, "Add"))
		shift(r, k);
	else if (gs_op_is(node, "Sub")) {
		scale(r, first ? -1 : 1);
		shift(r, first ? k : -k);
	} else
		return NULL;
	return node->input[first];
}

/* The same of what has bounds */
static struct gs_tensor *bound_step(const struct gs_node *node, struct ramp *r)
{
	double k;

	if (gs_op_is(node, "Relu"))
		bound(r, 0, INFINITY);
	else if (gs_op_is(node, "Clip"))
		bound(r, (double)gs_node_attr_float(node, "min", -INFINITY),
		      (double)gs_node_attr_float(node, "max", INFINITY));
	else if (gs_op_is(node, "HardSigmoid")) {
		scale(r, (double)gs_node_attr_float(node, "alpha", 0.2f));
		shift(r, (double)gs_node_attr_float(node, "beta", 0.5f));
		bound(r, 0, 1);
	} else if (gs_op_is(node, "Max") && get_scalar(node, 1, &k))
		bound(r, k, INFINITY);
	else if (gs_op_is(node, "Min") && get_scalar(node, 1, &k))
		bound(r, -INFINITY, k);
	else
		return NULL;
	return node->input[0];
}

/*
 * The nodes from @t back to @x, or, when @x is NULL, while nothing else uses
 * what they give. Returns where that began, or NULL. Values with a scale of
 * their own are not passed.
 */
static struct gs_tensor *walk(const struct hard *h, struct gs_tensor *t,
			      const struct gs_tensor *x, struct ramp *r)
{
	const struct gs_node *step[MAX_STEPS];
	unsigned num = 0;

	*r = (struct ramp){ 1, 0, -INFINITY, INFINITY };
	while (t != x && num < MAX_STEPS && t->producer && !t->view_of &&
	       !(num && t->quant.valid) && (x || !num || h->uses[t->id] == 1)) {
		struct ramp unused = *r;
		struct gs_tensor *in = line_step(t->producer, &unused);

		in = in ? in : bound_step(t->producer, &unused);
		if (!in || in->data || !gs_shape_equal(&in->shape, &t->shape))
			break;
		step[num++] = t->producer;
		t = in;
	}
	if (x && t != x)
		return NULL;
	while (num-- > 0)
		if (!line_step(step[num], r))
			bound_step(step[num], r);
	return t;
}

/* ---- HardSwish ----------------------------------------------------------- */

static int set_line(struct hard *h, struct gs_node *node, double alpha,
		    double beta)
{
	if (gs_node_set_attr_float(h->graph, node, "alpha", (float)alpha) < 0 ||
	    gs_node_set_attr_float(h->graph, node, "beta", (float)beta) < 0)
		return gs_nomem(h->diag);
	return 0;
}

static int become(struct hard *h, struct gs_node *node, const char *op,
		  struct gs_tensor *x, double alpha, double beta)
{
	node->op = op;
	node->num_attrs = 0;
	node->num_inputs = 1;
	node->input[0] = x;
	node->input[1] = NULL;
	return set_line(h, node, alpha, beta);
}

/* k x times the ramp is alpha HardSwish(x): it is one of 1/6 and 1/2, times a constant. */
static bool is_swish(const struct ramp *r, double k, double *alpha)
{
	*alpha = k * r->high;
	return isfinite(r->high) && r->high > 0 &&
	       fabs(r->low) <= NEAR * r->high && near(r->a, r->high / 6) &&
	       near(r->b, r->high / 2);
}

/* @u and @v, factors of a product, as a multiple of x and a ramp of x */
static bool match_swish(const struct hard *h, struct gs_tensor *u,
			struct gs_tensor *v, struct gs_tensor **x,
			double *alpha)
{
	struct ramp of_v, line = { 1, 0, 0, 0 };

	for (*x = u; *x && line.b == 0; *x = line_step((*x)->producer, &line)) {
		if (walk(h, v, *x, &of_v) && is_swish(&of_v, line.a, alpha))
			return true;
		if (!(*x)->producer || (*x)->quant.valid)
			return false;
	}
	return false;
}

static int visit_product(struct hard *h, struct gs_node *node)
{
	struct gs_tensor *u = gs_input(node, 0), *v = gs_input(node, 1), *x;
	double alpha;

	if (!gs_op_is(node, "Mul") || u->data || v->data || u == v)
		return 0;
	if ((v->quant.valid || !match_swish(h, u, v, &x, &alpha)) &&
	    (u->quant.valid || !match_swish(h, v, u, &x, &alpha)))
		return 0;
	if (!gs_shape_equal(&x->shape, &node->output[0]->shape))
		return 0;
	return become(h, node, "HardSwish", x, alpha, 0);
}

/* ---- factors for each channel, as a quantized model of the compiler has them */

/* The values of @node, x times a constant for each channel of a picture, or NULL */
static const struct gs_tensor *channel_factors(const struct gs_node *node)
{
	const struct gs_tensor *k = gs_input(node, 1), *y = node->output[0];

	if (!gs_op_is(node, "Mul") || !k->data || k->type != GS_DT_F32 ||
	    y->shape.rank != 4 ||
	    gs_shape_elems(&k->shape) != y->shape.dim[1] ||
	    (k->shape.rank != 4 && y->shape.dim[1] != 1) ||
	    (k->shape.rank == 4 && k->shape.dim[1] != y->shape.dim[1]) ||
	    !gs_shape_equal(&node->input[0]->shape, &y->shape))
		return NULL;
	return k;
}

/* Input @index of HardSwish is what @k has, or ones, times what it was. */
static int set_factors(struct hard *h, struct gs_node *swish, unsigned index,
		       const struct gs_tensor *k)
{
	const struct gs_shape shape = { 1, { swish->output[0]->shape.dim[1] } };
	const struct gs_tensor *old = gs_input(swish, index);
	struct gs_tensor *t;
	void *data;
	int64_t c;

	t = gs_add_constant(h->graph, k ? k->name : swish->name, GS_DT_F32,
			    &shape, &data);
	if (!t)
		return gs_nomem(h->diag);
	for (c = 0; c < shape.dim[0]; c++)
		((float *)data)[c] = (k ? ((const float *)k->data)[c] : 1) *
				     (old ? ((const float *)old->data)[c] : 1);
	gs_node_set_input(swish, index, t);
	return 0;
}

/* Factors of what HardSwish @node reads, where that has steps already */
static int visit_factors(struct hard *h, struct gs_node *node)
{
	struct gs_tensor *t = gs_input(node, 0);
	const struct gs_tensor *k;
	int ret;

	if (!gs_op_is(node, "HardSwish") || node->num_inputs != 1 ||
	    !t->producer || t->quant.valid || t->view_of || h->uses[t->id] != 1)
		return 0;
	k = channel_factors(t->producer);
	if (!k || !t->producer->input[0]->quant.valid)
		return 0;
	node->input[0] = t->producer->input[0];
	ret = set_factors(h, node, 1, k);
	return ret ? ret : set_factors(h, node, 2, NULL);
}

/* Behind those: the factors of the result */
static int take_factors(struct hard *h, struct gs_node *node)
{
	const struct gs_tensor *k = channel_factors(node);
	struct gs_tensor *t = k ? node->input[0] : NULL;
	struct gs_node *swish = t ? t->producer : NULL;

	if (!swish || !gs_op_is(swish, "HardSwish") || swish->num_inputs < 3 ||
	    h->uses[t->id] != 1 || t->quant.valid || t->view_of)
		return 0;
	gs_graph_remove_node(h->graph, node);
	t->producer = NULL;
	gs_node_set_output(swish, 0, node->output[0]);
	return set_factors(h, swish, 2, k);
}

/* What scales or shifts @node alone becomes a part of it. */
static int visit_scaled(struct hard *h, struct gs_node *node)
{
	struct ramp r = { 1, 0, -INFINITY, INFINITY };
	struct gs_tensor *t = line_step(node, &r);
	struct gs_node *swish = t ? t->producer : NULL;

	if (!swish || !gs_op_is(swish, "HardSwish") || h->uses[t->id] != 1 ||
	    t->quant.valid ||
	    !gs_shape_equal(&t->shape, &node->output[0]->shape))
		return 0;
	if (gs_node_add_fused(h->graph, swish, node->name) < 0)
		return gs_nomem(h->diag);
	r.b += r.a * (double)gs_node_attr_float(swish, "beta", 0);
	r.a *= (double)gs_node_attr_float(swish, "alpha", 1);
	gs_graph_remove_node(h->graph, node);
	t->producer = NULL;
	gs_node_set_output(swish, 0, node->output[0]);
	return set_line(h, swish, r.a, r.b);
}

/* ---- HardSigmoid --------------------------------------------------------- */

/* @node ends a ramp from 0 to 1 of more than one step. */
static int visit_ramp(struct hard *h, struct gs_node *node)
{
	struct gs_tensor *x;
	struct ramp r;

	x = walk(h, node->output[0], NULL, &r);
	if (x == node->output[0] || x == node->input[0] || fabs(r.low) > NEAR ||
	    !near(r.high, 1) || r.a == 0)
		return 0;
	return become(h, node, "HardSigmoid", x, r.a, r.b);
}

/* ---- the pass ------------------------------------------------------------ */

static int for_all(struct hard *h,
		   int (*visit)(struct hard *, struct gs_node *))
{
	struct gs_node *node, *next;
	int ret = 0;

	h->uses = gs_graph_root_uses(h->graph);
	if (!h->uses)
		return gs_nomem(h->diag);
	for (node = h->graph->node; node && !ret; node = next) {
		next = node->next;
		ret = visit(h, node);
	}
	return !ret && gs_remove_dead(h->graph) < 0 ? gs_nomem(h->diag) : ret;
}

int gs_pass_hard(struct gs_graph *graph, struct gs_diag *diag)
{
	struct hard h = { .graph = graph, .diag = diag };
	int ret;

	ret = for_all(&h, visit_product);
	if (!ret)
		ret = for_all(&h, visit_factors);
	if (!ret)
		ret = for_all(&h, visit_scaled);
	if (!ret)
		ret = for_all(&h, take_factors);
	return ret ? ret : for_all(&h, visit_ramp);
}
