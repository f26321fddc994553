/* SPDX-License-Identifier: MIT */
/*
 * Several operators in a row: what is fused, written in place, read through
 * windows and borders or kept in shared memory. Each result is judged by what the
 * device had before the operator; where the device has no such tensor, as between
 * an operator and what is fused into it, by the oracle's real numbers.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/genesys.h"
#include "tests/sweep/sweep.h"

#define MAX_LINKS 6
#define MAX_VALUES (MAX_LINKS + SW_IN)
#define MAX_TEXTS 256
#define TRIES 60

/* A tensor of the model. */
struct value {
	char name[8];
	struct sw_shape shape;
	struct sw_tensor t;
	bool seen; /* by the dump: q is the device's */
	int rounded; /* how often, where it was not seen */
	bool vague; /* neither seen nor fused: its integers are not known */
	unsigned stands; /* the value whose memory has its integers, mostly itself */
};

struct link {
	struct sw_case c;
	unsigned from[SW_IN], to; /* values */
};

struct sw_chain {
	struct link link[MAX_LINKS];
	struct value value[MAX_VALUES];
	unsigned num_links, num_values;
	char *text[MAX_TEXTS];
	unsigned num_texts;
	char failure[256];
};

/* Those whose input may have any shape */
static const char *const names[] = {
	"Conv",
	"Conv",
	"Conv-depthwise",
	"Conv-depthwise",
	"Conv-residual",
	"Conv-residual",
	"ConvTranspose",
	"MaxPool",
	"AveragePool",
	"GlobalAveragePool",
	"ReduceMean",
	"MatMul",
	"Add",
	"Add",
	"Sub",
	"Mul",
	"Max",
	"Add-const",
	"Mul-const",
	"Relu",
	"Clip",
	"LeakyRelu",
	"PRelu",
	"Sigmoid",
	"HardSwish",
	"Tanh",
	"Transpose",
	"Transpose",
	"Reshape",
	"Flatten",
	"Unsqueeze",
	"Concat",
	"Concat",
	"Concat",
	"Slice",
	"Slice",
	"Pad",
	"Pad",
	"Tile",
	"Gather",
	"Resize-nearest",
	"Resize-linear",
	"ReduceMax",
};

#define NUM_NAMES (sizeof(names) / sizeof(names[0]))

static void *room(size_t num, size_t size)
{
	void *p = calloc(num ? num : 1, size);

	if (!p)
		abort();
	return p;
}

/* ---- draw ------------------------------------------------------------------ */

static bool same_shape(const struct sw_shape *a, const struct sw_shape *b)
{
	return a->rank == b->rank &&
	       !memcmp(a->dim, b->dim, a->rank * sizeof(*a->dim));
}

static unsigned add_value(struct sw_chain *chain, const char *name,
			  const struct sw_shape *shape)
{
	struct value *v = &chain->value[chain->num_values];

	v->stands = chain->num_values;
	snprintf(v->name, sizeof(v->name), "%s", name);
	v->shape = *shape;
	return chain->num_values++;
}

/* A graph input; false when there are enough */
static bool add_input(struct sw_case *c, const struct sw_shape *shape,
		      float low, float high, unsigned *value)
{
	char name[8];

	if (c->num_in == SW_IN)
		return false;
	snprintf(name, sizeof(name), "x%u", c->num_in);
	c->in[c->num_in] = *shape;
	c->low[c->num_in] = low;
	c->high[c->num_in++] = high;
	*value = add_value(c->chain, name, shape);
	return true;
}

/* Further inputs: a tensor that is there already, or one of the graph */
static bool connect(struct sw_case *c, struct link *l)
{
	unsigned i, v;

	for (i = 1; i < l->c.num_in; i++) {
		bool found = false;

		for (v = c->chain->num_values; v-- > 0 && !found;)
			if (same_shape(&c->chain->value[v].shape,
				       &l->c.in[i]) &&
			    v != l->from[0] && sw_chance(c, 70)) {
				l->from[i] = v;
				found = true;
			}
		if (!found && !add_input(c, &l->c.in[i], l->c.low[i],
					 l->c.high[i], &l->from[i]))
			return false;
	}
	return true;
}

static const struct sw_op *draw_op(struct sw_case *c, unsigned rank)
{
	const char *name = sw_pick(c, names, NUM_NAMES);
	size_t i;

	for (i = 0; strcmp(sw_ops[i].name, name); i++)
		;
	if ((sw_ops[i].build == sw_build_window ||
	     sw_ops[i].draw == sw_draw_global) &&
	    rank != 3 && rank != 4)
		return NULL;
	return &sw_ops[i];
}

/* One more operator, mostly on the last result */
static bool draw_link(struct sw_case *c, struct link *l)
{
	struct sw_chain *chain = c->chain;
	const unsigned last = chain->num_values - 1;
	struct sw_shape given;
	const struct sw_op *op;
	char name[8];

	l->from[0] = sw_chance(c, 75) ? last : sw_below(c, last + 1);
	given = chain->value[l->from[0]].shape;
	op = draw_op(c, given.rank);
	if (!op || given.rank < 2 || given.rank > 4)
		return false;
	l->c = (struct sw_case){
		.random = c->random, .op = op, .arch = c->arch, .given = &given
	};
	if (!op->draw(&l->c) || !same_shape(&l->c.in[0], &given) ||
	    l->c.out[0].rank < 2 || sw_elems(&l->c.out[0]) > 12000) {
		c->random = l->c.random;
		sw_case_fini(&l->c);
		return false;
	}
	c->random = l->c.random;
	l->c.given = NULL;
	if (!connect(c, l)) {
		sw_case_fini(&l->c);
		return false;
	}
	snprintf(name, sizeof(name), "t%u", chain->num_links);
	l->to = add_value(chain, name, &l->c.out[0]);
	chain->num_links++;
	return true;
}

/* Results nobody reads are results of the model, the last one the first. */
static bool choose_outputs(struct sw_case *c)
{
	struct sw_chain *chain = c->chain;
	unsigned i, k, v;

	for (i = chain->num_links; i-- > 0;) {
		bool used = sw_chance(c, 85);

		v = chain->link[i].to;
		for (k = 0; k < chain->num_links * SW_IN; k++)
			if (k % SW_IN < chain->link[k / SW_IN].c.num_in &&
			    chain->link[k / SW_IN].from[k % SW_IN] == v)
				break;
		used = used && k < chain->num_links * SW_IN;
		if (used)
			continue;
		if (c->num_out == SW_OUT)
			return false;
		snprintf(chain->value[v].name, sizeof(chain->value[v].name),
			 "y%u", c->num_out);
		c->out[c->num_out++] = chain->value[v].shape;
	}
	return true;
}

bool sw_draw_chain(struct sw_case *c)
{
	const unsigned most = (unsigned)(strchr(c->op->name, '-')[1] - '0');
	struct sw_shape first = { 4,
				  { sw_chance(c, 80) ? 1 : 2, sw_channels(c),
				    sw_extent(c, 23), sw_extent(c, 23) } };
	unsigned i, value;

	if (sw_elems(&first) > 8000)
		return false;
	c->chain = room(1, sizeof(*c->chain));
	sw_range(c, 0);
	add_input(c, &first, c->low[0], c->high[0], &value);
	for (i = 0; i < TRIES && c->chain->num_links < most; i++)
		draw_link(c, &c->chain->link[c->chain->num_links]);
	return c->chain->num_links == most && choose_outputs(c);
}

void sw_chain_free(struct sw_chain *chain)
{
	unsigned i;

	if (!chain)
		return;
	for (i = 0; i < chain->num_links; i++)
		sw_case_fini(&chain->link[i].c);
	for (i = 0; i < chain->num_values; i++) {
		free(chain->value[i].t.q);
		free(chain->value[i].t.real);
	}
	for (i = 0; i < chain->num_texts; i++)
		free(chain->text[i]);
	free(chain);
}

void sw_chain_describe(const struct sw_chain *chain, FILE *out)
{
	unsigned i, k;

	for (i = 0; i < chain->num_links; i++) {
		const struct link *l = &chain->link[i];

		fprintf(out, "\n#     %s =", chain->value[l->to].name);
		for (k = 0; k < l->c.num_in; k++)
			fprintf(out, " %s", chain->value[l->from[k]].name);
		fprintf(out, " ");
		sw_describe_node(&l->c, out);
	}
	fprintf(out, "\n#    ");
}

/* ---- build ----------------------------------------------------------------- */

/* The name in the model of what a case of its own calls @name */
static char *rename_one(struct sw_chain *chain, unsigned link, const char *name)
{
	const struct link *l = &chain->link[link];
	char *text = NULL;

	if (!strcmp(name, "y0"))
		return chain->value[l->to].name;
	if (name[0] == 'x' && name[1] >= '0' && name[1] <= '9' && !name[2])
		return chain->value[l->from[name[1] - '0']].name;
	if (!*name)
		return (char *)(uintptr_t)name;
	if (chain->num_texts == MAX_TEXTS ||
	    asprintf(&text, "l%u_%s", link, name) < 0)
		abort();
	return chain->text[chain->num_texts++] = text;
}

void sw_build_chain(struct builder *b, const struct sw_case *c, const char *out)
{
	struct sw_chain *chain = c->chain;
	size_t node = 0, tensor = 0, k;
	unsigned i;

	(void)out;
	for (i = 0; i < chain->num_links; i++) {
		sw_build_node(b, &chain->link[i].c);
		for (; node < b->graph.n_node; node++) {
			Onnx__NodeProto *n = b->nodes[node];

			for (k = 0; k < n->n_input; k++)
				n->input[k] = rename_one(chain, i, n->input[k]);
			n->output[0] = rename_one(chain, i, n->output[0]);
		}
		for (; tensor < b->graph.n_initializer; tensor++)
			b->tensors[tensor]->name =
				rename_one(chain, i, b->tensors[tensor]->name);
	}
}

/* ---- judge ----------------------------------------------------------------- */

/* The tensor, or the one it is a view of where only that stands in the model file */
static bool is_named(const struct value *v, const char *name)
{
	static const char *const same[] = { "",
					    "_kept",
					    "_rows",
					    "_kept_rows",
					    "_unreshaped",
					    "/via/result",
					    "_kept/via/result" };
	const size_t len = strlen(v->name);
	size_t i;

	if (strncmp(name, v->name, len))
		return false;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!strcmp(name + len, same[i]))
			return true;
	return false;
}

int sw_chain_see(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	struct sw_chain *chain = ctx;
	unsigned i;

	for (i = 0; i < chain->num_values; i++) {
		struct value *v = &chain->value[i];

		if (v->seen || !is_named(v, info->name) ||
		    (int64_t)info->elems != sw_elems(&v->shape))
			continue;
		v->seen = true;
		v->t.num = (size_t)info->elems;
		v->t.scale = info->scale;
		v->t.zero = info->zero_point;
		v->t.q = room(v->t.num, 1);
		memcpy(v->t.q, data, v->t.num);
	}
	return 0;
}

const char *sw_chain_failure(const struct sw_chain *chain)
{
	return chain->failure;
}

static void compare(struct sw_chain *chain, const struct link *l, int rounded)
{
	const struct value *v = &chain->value[l->to];
	size_t i;

	for (i = 0; i < v->t.num && !*chain->failure; i++) {
		const double real = v->t.real[i];
		const double steps = fmin(
			fmax(real / (double)v->t.scale + v->t.zero, sw_low()),
			sw_high());
		const double off = fabs(steps - v->t.q[i]);

		/* Ranges may be anything here: one of zeros has steps of 1. */
		if (off > rounded * 0.5 + 1.0 / 8 +
				  sw_act_error(&l->c, steps - v->t.zero))
			snprintf(chain->failure, sizeof(chain->failure),
				 "chain: %s (%s), element %zu, is %d, not %.3f",
				 v->name, l->c.op->name, i, v->t.q[i], steps);
	}
}

/* What the next operators read: the device's integers, or those a view shows */
static void settle(struct value *v, const struct value *from)
{
	const bool known = v->t.q != NULL;
	size_t i;

	if (!known) {
		v->t.scale = from->t.scale;
		v->t.zero = from->t.zero;
		v->t.q = room(v->t.num, 1);
	}
	for (i = 0; i < v->t.num; i++)
		if (known)
			v->t.real[i] =
				(double)v->t.scale * (v->t.q[i] - v->t.zero);
		else
			v->t.q[i] = sw_quantize(v->t.real[i], v->t.scale,
						v->t.zero);
}

static bool same_inputs(const struct sw_chain *chain, const struct link *a,
			const struct link *b)
{
	unsigned k;

	for (k = 0; k < a->c.num_in; k++)
		if (chain->value[a->from[k]].stands !=
		    chain->value[b->from[k]].stands)
			return false;
	return a->c.num_in == b->c.num_in;
}

/* Whether @a computes of these inputs what @v, the result of @b, has */
static bool same_link(const struct link *a, const struct link *b,
		      const struct sw_tensor *in, const struct value *v)
{
	struct sw_tensor out = v->t;
	bool same;
	size_t i;

	if (strcmp(a->c.op->onnx, b->c.op->onnx) || a->c.act != b->c.act ||
	    a->c.act_low != b->c.act_low || a->c.act_high != b->c.act_high ||
	    sw_elems(&a->c.out[0]) != sw_elems(&b->c.out[0]))
		return false;
	out.shape = &a->c.out[0];
	out.real = room(out.num, sizeof(double));
	a->c.op->eval(&a->c, in, &out);
	for (i = 0; i < out.num; i++)
		out.real[i] = sw_apply_act(&a->c, out.real[i]);
	same = !memcmp(out.real, v->t.real, out.num * sizeof(double));
	free(out.real);
	return same;
}

/*
 * Of operators that compute the same of the same the compiler keeps the first
 * one: what the device has of the others, unless they are results of the model,
 * is the first one's tensor, in whose steps it is rounded.
 */
static void find_same(struct sw_chain *chain, const struct link *l,
		      const struct sw_tensor *in)
{
	struct value *v = &chain->value[l->to];
	const struct link *a;

	v->stands = l->to;
	for (a = chain->link; a != l && !v->seen; a++) {
		const struct value *first;

		if (!same_inputs(chain, a, l) || !same_link(a, l, in, v))
			continue;
		v->stands = chain->value[a->to].stands;
		first = &chain->value[v->stands];
		if (!first->seen)
			return;
		v->t.scale = first->t.scale;
		v->t.zero = first->t.zero;
		v->t.q = room(v->t.num, 1);
		memcpy(v->t.q, first->t.q, v->t.num);
		return;
	}
}

static void eval_link(struct sw_chain *chain, struct link *l,
		      bool rounded_const)
{
	struct value *v = &chain->value[l->to];
	int rounded = sw_roundings(&l->c), before = 1;
	struct sw_tensor in[SW_IN], out;
	bool vague = false;
	unsigned k;
	size_t i;

	v->t.shape = &v->shape;
	v->t.num = (size_t)sw_elems(&v->shape);
	v->t.real = room(v->t.num, sizeof(double));
	for (k = 0; k < l->c.num_in; k++) {
		const struct value *from = &chain->value[l->from[k]];

		in[k] = from->t;
		vague |= from->vague;
		if (from->rounded > before)
			before = from->rounded;
	}
	out = v->t;
	rounded += before - 1;
	for (k = 0; k < 2; k++) {
		*chain->failure = 0;
		l->c.rounded_const = (k > 0) != rounded_const;
		l->c.op->eval(&l->c, in, &out);
		for (i = 0; i < v->t.num; i++)
			v->t.real[i] = sw_apply_act(&l->c, v->t.real[i]);
		if (v->seen && !vague)
			compare(chain, l, rounded);
		if (!*chain->failure)
			break;
	}
	find_same(chain, l, in);
	v->rounded = v->t.q ? 0 : rounded;
	v->vague = !v->t.q && (vague || l->c.op->by_axis);
	settle(v, &chain->value[l->from[0]]);
}

static void eval_links(struct sw_chain *chain, bool rounded_const)
{
	unsigned i;

	*chain->failure = 0;
	for (i = 0; i < chain->num_links; i++) {
		struct value *v = &chain->value[chain->link[i].to];

		free(v->t.real);
		v->t.real = NULL;
		if (!v->seen) {
			free(v->t.q);
			v->t.q = NULL;
		}
	}
	for (i = 0; i < chain->num_links && !*chain->failure; i++)
		eval_link(chain, &chain->link[i], rounded_const);
}

void sw_eval_chain(const struct sw_case *c, const struct sw_tensor *in,
		   struct sw_tensor *out)
{
	struct sw_chain *chain = c->chain;
	unsigned i, k;

	for (i = 0; i < chain->num_values; i++) {
		struct value *v = &chain->value[i];

		if (v->name[0] != 'x')
			continue;
		free(v->t.q);
		v->t = in[v->name[1] - '0'];
		v->t.q = room(v->t.num, 1);
		v->t.real = room(v->t.num, sizeof(double));
		memcpy(v->t.q, in[v->name[1] - '0'].q, v->t.num);
		memcpy(v->t.real, in[v->name[1] - '0'].real,
		       v->t.num * sizeof(double));
	}
	/* Which constants are rounded shows where they are used, or only behind that. */
	eval_links(chain, false);
	if (*chain->failure)
		eval_links(chain, true);
	for (i = 0; i < chain->num_links && !*chain->failure; i++) {
		const struct value *v = &chain->value[chain->link[i].to];

		k = (unsigned)(v->name[1] - '0');
		if (v->name[0] == 'y')
			memcpy(out[k].real, v->t.real,
			       v->t.num * sizeof(double));
	}
}
