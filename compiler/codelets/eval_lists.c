/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/eval_lists.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compiler/codelets/rules.h"

#define MAX_VALUES (1 << 24)

static const struct gs_value nothing;

static bool is_place(double at, size_t num)
{
	return at >= 0 && at < (double)num && at == floor(at);
}

/* ---- making -------------------------------------------------------------- */

/* repeat(a, n): a vector several times; a scalar stays one, as it goes with any vector. */
static struct gs_value repeat(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value a = gs_scope_eval(ev, e->arg[0]);
	const double times = gs_scope_scalar(ev, e->arg[1]);
	struct gs_value r;
	size_t i;

	if (ev->err || a.num == 1)
		return a;
	if (!(times >= 1 && times * (double)a.num <= MAX_VALUES)) {
		gs_scope_fail(ev, e, -EINVAL, "%zu values %g times", a.num,
			      times);
		return nothing;
	}
	r = gs_scope_vector(ev, e, a.num * (size_t)times);
	for (i = 0; i < r.num; i++)
		r.v[i] = a.v[i % a.num];
	return r;
}

/* iota(n): 0, 1, ... n - 1 */
static struct gs_value iota(struct gs_scope *ev, const struct gs_expr *e)
{
	const double num = gs_scope_scalar(ev, e->arg[0]);
	struct gs_value r = nothing;
	size_t i;

	if (!(num >= 0 && num <= MAX_VALUES))
		gs_scope_fail(ev, e, -EINVAL, "iota of %g values", num);
	if (!ev->err)
		r = gs_scope_vector(ev, e, (size_t)num);
	for (i = 0; i < r.num; i++)
		r.v[i] = (double)i;
	return r;
}

/* inverse(p): at p[i] stands i */
static struct gs_value inverse(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value p = gs_scope_eval(ev, e->arg[0]);
	struct gs_value r = nothing;
	size_t i;

	if (!ev->err)
		r = gs_scope_vector(ev, e, p.num);
	for (i = 0; i < r.num; i++)
		r.v[i] = -1;
	for (i = 0; i < r.num; i++) {
		if (!is_place(p.v[i], r.num) || r.v[(size_t)p.v[i]] >= 0) {
			gs_scope_fail(ev, e, -EINVAL,
				      "expected 0 to %zu, each once",
				      r.num - 1);
			return nothing;
		}
		r.v[(size_t)p.v[i]] = (double)i;
	}
	return r;
}

/* join(a, b, ...): one behind the other */
static struct gs_value join(struct gs_scope *ev, const struct gs_expr *e)
{
	struct gs_value part[GS_CL_MAX_EXPR_ARGS], r = nothing;
	size_t num = 0, at = 0;
	unsigned i;

	for (i = 0; i < e->num_args; i++) {
		part[i] = gs_scope_eval(ev, e->arg[i]);
		num += part[i].num;
	}
	if (!ev->err)
		r = gs_scope_vector(ev, e, num);
	for (i = 0; i < e->num_args && r.v && !ev->err; i++) {
		memcpy(r.v + at, part[i].v, part[i].num * sizeof(*r.v));
		at += part[i].num;
	}
	return r;
}

/* put(a, at, b): a with the elements of b, or one, in these places */
static struct gs_value put(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value a = gs_scope_eval(ev, e->arg[0]);
	const struct gs_value at = gs_scope_eval(ev, e->arg[1]);
	const struct gs_value b = gs_scope_eval(ev, e->arg[2]);
	struct gs_value r = nothing;
	size_t i;

	if (ev->err)
		return nothing;
	if (b.num != at.num && b.num != 1)
		gs_scope_fail(ev, e, -EINVAL, "%zu values for %zu places",
			      b.num, at.num);
	for (i = 0; i < at.num && !ev->err; i++)
		if (!is_place(at.v[i], a.num))
			gs_scope_fail(ev, e, -EINVAL,
				      "of %zu elements there is no %g", a.num,
				      at.v[i]);
	if (!ev->err)
		r = gs_scope_vector(ev, e, a.num);
	for (i = 0; i < r.num; i++)
		r.v[i] = a.v[i];
	for (i = 0; i < at.num && r.num; i++)
		r.v[(size_t)at.v[i]] = b.v[b.num == 1 ? 0 : i];
	return r;
}

/* axis(a, rank): each counted from the front, none twice */
static struct gs_value axis(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value a = gs_scope_eval(ev, e->arg[0]);
	const double rank = gs_scope_scalar(ev, e->arg[1]);
	struct gs_value r = nothing;
	uint64_t seen = 0;
	size_t i;

	if (!ev->err)
		r = gs_scope_vector(ev, e, a.num);
	for (i = 0; i < r.num; i++) {
		r.v[i] = a.v[i] < 0 ? a.v[i] + rank : a.v[i];
		if (!(rank <= 64) || !is_place(r.v[i], (size_t)rank)) {
			gs_scope_fail(
				ev, e, -EINVAL,
				"axis %.17g is not one of a tensor of rank %g",
				a.v[i], rank);
			return nothing;
		}
		if (seen >> (unsigned)r.v[i] & 1) {
			gs_scope_fail(ev, e, -EINVAL, "axis %g is given twice",
				      r.v[i]);
			return nothing;
		}
		seen |= UINT64_C(1) << (unsigned)r.v[i];
	}
	return r;
}

static double from_end(const struct gs_value *v, size_t i)
{
	return i < v->num ? v->v[v->num - 1 - i] : 1;
}

static void format_dims(const struct gs_value *v, char *out, size_t size)
{
	size_t at = 0, i;

	snprintf(out, size, "scalar");
	for (i = 0; i < v->num && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%.17g",
				       i ? "x" : "", v->v[i]);
}

/* broadcast(a, b): the dimensions that both spread to */
static struct gs_value broadcast(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value a = gs_scope_eval(ev, e->arg[0]);
	const struct gs_value b = gs_scope_eval(ev, e->arg[1]);
	struct gs_value r = nothing;
	char from[96], to[96];
	size_t i;

	if (!ev->err)
		r = gs_scope_vector(ev, e, a.num > b.num ? a.num : b.num);
	for (i = 0; i < r.num; i++) {
		const double x = from_end(&a, i), y = from_end(&b, i);

		if (x != y && x != 1 && y != 1) {
			format_dims(&a, from, sizeof(from));
			format_dims(&b, to, sizeof(to));
			gs_scope_fail(ev, e, -EINVAL,
				      "%s does not spread to %s", from, to);
			return nothing;
		}
		r.v[r.num - 1 - i] = x == 1 ? y : x;
	}
	return r;
}

/* ---- asking -------------------------------------------------------------- */

static struct gs_value one(struct gs_scope *ev, const struct gs_expr *e,
			   double v)
{
	struct gs_value r = nothing;

	if (!ev->err)
		r = gs_scope_vector(ev, e, 1);
	if (r.num)
		r.v[0] = v;
	return r;
}

/* Inputs or outputs of the node that are operand @o, of which there may be several */
static unsigned count_operand(const struct gs_scope *ev, unsigned o)
{
	const struct gs_node *node = ev->binding->node;
	const int first = gs_rule_input(ev->binding->cl, o);

	if (first < 0)
		return node->num_outputs;
	return node->num_inputs > (unsigned)first ?
		       node->num_inputs - (unsigned)first :
		       0;
}

/* count(a): values; of several inputs or outputs how many */
static struct gs_value count(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_codelet *cl = ev->binding->cl;
	struct gs_value a;
	unsigned i;

	for (i = 0; i < cl->num_operands; i++)
		if (e->arg[0]->kind == GS_EX_NAME && cl->operand[i].many &&
		    !strcmp(cl->operand[i].name, e->arg[0]->name))
			return one(ev, e, count_operand(ev, i));
	a = gs_scope_eval(ev, e->arg[0]);
	return one(ev, e, (double)a.num);
}

/* prod(a): of the elements; of none 1 */
static struct gs_value prod(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value a = gs_scope_eval(ev, e->arg[0]);
	double v = 1;
	size_t i;

	for (i = 0; i < a.num; i++)
		v *= a.v[i];
	return one(ev, e, v);
}

/* where(c): the places at which it is not 0 */
static struct gs_value where(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value c = gs_scope_eval(ev, e->arg[0]);
	struct gs_value r = nothing;
	size_t i, num = 0;

	for (i = 0; i < c.num; i++)
		num += c.v[i] != 0;
	if (!ev->err)
		r = gs_scope_vector(ev, e, num);
	num = 0;
	for (i = 0; i < c.num && num < r.num; i++)
		if (c.v[i] != 0)
			r.v[num++] = (double)i;
	return r;
}

/* every(a): is no element 0? */
static struct gs_value every(struct gs_scope *ev, const struct gs_expr *e)
{
	const struct gs_value a = gs_scope_eval(ev, e->arg[0]);
	size_t i;

	for (i = 0; i < a.num; i++)
		if (a.v[i] == 0)
			break;
	return one(ev, e, i == a.num);
}

struct gs_value gs_eval_dims(struct gs_scope *ev, const struct gs_expr *e,
			     const struct gs_tensor *t)
{
	struct gs_value r = nothing;
	size_t i;

	if (t)
		r = gs_scope_vector(ev, e, t->shape.rank);
	else
		gs_scope_fail(ev, e, -ENOTSUP, "'%s' has no dimensions",
			      e->arg[0]->name);
	for (i = 0; i < r.num; i++)
		r.v[i] = (double)t->shape.dim[i];
	return r;
}

bool gs_eval_list(struct gs_scope *ev, const struct gs_expr *e,
		  struct gs_value *out)
{
	static const struct {
		const char *name;
		unsigned args; /* 0: any number */
		const char *takes;
		struct gs_value (*fn)(struct gs_scope *ev,
				      const struct gs_expr *e);
	} table[] = {
		{ "repeat", 2, "a vector and a count", repeat },
		{ "iota", 1, "a count", iota },
		{ "count", 1, "one argument", count },
		{ "inverse", 1, "a permutation", inverse },
		{ "join", 0, "", join },
		{ "put", 3, "a list, places and values", put },
		{ "axis", 2, "axes and a rank", axis },
		{ "broadcast", 2, "two lists of dimensions", broadcast },
		{ "every", 1, "one argument", every },
		{ "prod", 1, "one argument", prod },
		{ "where", 1, "one argument", where },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].name, e->name))
			continue;
		*out = nothing;
		if (table[i].args && e->num_args != table[i].args)
			gs_scope_fail(ev, e, -EINVAL, "%s takes %s", e->name,
				      table[i].takes);
		else
			*out = table[i].fn(ev, e);
		return true;
	}
	return false;
}
