/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/bind_span.h"

#include <errno.h>

#include "compiler/codelets/span.h"

static int add_var(struct gs_scope *ev, const char *name, int64_t extent)
{
	struct gs_bound_node *b = ev->binding;

	if (gs_find_var(b, name) >= 0)
		return gs_scope_misfit(ev, "loop variable '%s' is of two spans",
				       name);
	if (b->num_vars == GS_MAX_VARS)
		return gs_scope_misfit(ev, "more than %d loop variables",
				       GS_MAX_VARS);
	b->var[b->num_vars] = (struct gs_var){ .name = name, .extent = extent };
	return (int)b->num_vars++;
}

static int add_walker(struct gs_scope *ev, const struct gs_cl_span *decl,
		      unsigned i)
{
	const struct gs_value *extent = gs_scope_find(ev, decl->extent[i]);

	if (!extent || extent->num != 1 || extent->v[0] < 1 ||
	    extent->v[0] > GS_MAX_EXTENT)
		return gs_scope_misfit(ev,
				       "extent %s of span '%s' is not defined",
				       decl->extent[i], decl->name);
	return add_var(ev, decl->var[i], (int64_t)extent->v[0]);
}

static bool is_affine_of(const struct gs_bound_span *s)
{
	unsigned v;

	for (v = 0; v < GS_MAX_VARS; v++)
		if (v != s->base && v != s->kernel && s->value.coef[v])
			return false;
	return s->value.c >= 0 && s->value.coef[s->base] > 0 &&
	       s->value.coef[s->kernel] > 0;
}

static int bind_within(struct gs_scope *ev, const struct gs_cl_span *decl,
		       struct gs_bound_span *s)
{
	double v[2];
	unsigned i;

	for (i = 0; i < 2 && decl->within[0]; i++) {
		v[i] = gs_scope_scalar(ev, decl->within[i]);
		if (ev->err)
			return ev->err;
		if (!(v[i] >= 0 && v[i] <= GS_MAX_EXTENT))
			return gs_scope_misfit(ev, "span '%s' counts within %g",
					       decl->name, v[i]);
	}
	s->low = decl->within[0] ? (int64_t)v[0] : 0;
	s->high = decl->within[0] ? (int64_t)v[1] : INT64_MAX / 2;
	return 0;
}

/* Windows are cut at the first and the last step alone, and never away. */
static int check_windows(struct gs_scope *ev, const struct gs_cl_span *decl,
			 const struct gs_bound_span *s)
{
	const struct gs_bound_node *b = ev->binding;
	const int64_t last = b->var[s->base].extent - 1;
	const int64_t at[4] = { 0, last, 1, last - 1 };
	unsigned i;

	for (i = 0; i < (last > 1 ? 4 : 2); i++) {
		struct gs_positions p;

		gs_span_kernel(b, s->base, (uint32_t)at[i], &p);
		if (!p.num || (i > 1 && p.num < b->var[s->kernel].extent))
			return gs_scope_misfit(
				ev, "windows of span '%s' reach too far out",
				decl->name);
	}
	return 0;
}

static int bind_span(struct gs_scope *ev, const struct gs_cl_span *decl)
{
	struct gs_bound_node *b = ev->binding;
	struct gs_bound_span *s = gs_graph_alloc(ev->graph, sizeof(*s));
	int var[2], at;
	int64_t extent;
	unsigned i;

	if (!s)
		return -ENOMEM;
	for (i = 0; i < 2; i++) {
		var[i] = add_walker(ev, decl, i);
		if (var[i] < 0)
			return var[i];
	}
	s->base = (unsigned)var[0];
	s->kernel = (unsigned)var[1];
	if (gs_scope_affine(ev, decl->expr, &s->value))
		return ev->err;
	if (!is_affine_of(s))
		return gs_scope_misfit(ev,
				       "span '%s' must grow with '%s' and '%s'",
				       decl->name, decl->var[0], decl->var[1]);
	extent = 1 + s->value.coef[s->base] * (b->var[s->base].extent - 1) +
		 s->value.coef[s->kernel] * (b->var[s->kernel].extent - 1);
	if (extent > GS_MAX_EXTENT)
		return gs_scope_misfit(ev, "span '%s' is too long", decl->name);
	at = add_var(ev, decl->name, extent);
	if (at < 0)
		return at;
	b->var[at].span = s;
	if (bind_within(ev, decl, s))
		return ev->err;
	return check_windows(ev, decl, s);
}

int gs_check_spans(struct gs_scope *ev)
{
	const struct gs_bound_node *b = ev->binding;
	unsigned v;

	for (v = 0; v < b->num_vars; v++) {
		const struct gs_bound_span *s = b->var[v].span;

		if (s && (b->var[s->base].reduce || b->var[s->base].channel ||
			  b->var[s->base].block || b->var[v].channel ||
			  !b->var[s->kernel].reduce))
			return gs_scope_misfit(
				ev,
				"of span '%s', '%s' must be summed over and '%s' not, and neither walk lanes",
				b->var[v].name, b->var[s->kernel].name,
				b->var[s->base].name);
	}
	return 0;
}

int gs_bind_spans(struct gs_scope *ev)
{
	const struct gs_codelet *cl = ev->binding->cl;
	unsigned i;
	int ret = 0;

	for (i = 0; i < cl->num_spans && !ret; i++)
		ret = bind_span(ev, &cl->span[i]);
	return ret;
}
