/* SPDX-License-Identifier: MIT */
/* Names with values, and what is wrong with a codelet or a node. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compiler/codelets/eval.h"

void gs_scope_fail(struct gs_scope *ev, const struct gs_expr *e, int err,
		   const char *fmt, ...)
{
	va_list ap;
	int len;

	if (ev->err)
		return;
	ev->err = err;
	len = snprintf(ev->why, 256, "%s:%u:%u: ", ev->binding->cl->file,
		       e->line, e->column);
	if (len < 0 || len >= 256)
		return;
	va_start(ap, fmt);
	vsnprintf(ev->why + len, 256 - (size_t)len, fmt, ap);
	va_end(ap);
}

int gs_scope_misfit(struct gs_scope *ev, const char *fmt, ...)
{
	va_list ap;

	if (ev->err)
		return ev->err;
	va_start(ap, fmt);
	vsnprintf(ev->why, 256, fmt, ap);
	va_end(ap);
	ev->err = -ENOTSUP;
	return ev->err;
}

int gs_scope_misfit_at(struct gs_scope *ev, const struct gs_cl_statement *decl,
		       const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return gs_scope_misfit(ev, "%s:%u:%u: %s", ev->binding->cl->file,
			       decl->line, decl->column, text);
}

int gs_scope_define(struct gs_scope *ev, const char *name,
		    struct gs_value value)
{
	if (ev->num_named == GS_EVAL_MAX_NAMES)
		return gs_scope_misfit(ev, "more than %d names",
				       GS_EVAL_MAX_NAMES);
	ev->named[ev->num_named++] =
		(struct gs_named){ name, value, ev->undefined };
	return 0;
}

const struct gs_named *gs_scope_named(const struct gs_scope *ev,
				      const char *name)
{
	unsigned i;

	for (i = ev->num_named; i-- > 0;)
		if (!strcmp(ev->named[i].name, name))
			return &ev->named[i];
	return NULL;
}

const struct gs_value *gs_scope_find(const struct gs_scope *ev,
				     const char *name)
{
	const struct gs_named *n = gs_scope_named(ev, name);

	return n ? &n->value : NULL;
}

int64_t gs_scope_extent(const struct gs_scope *ev, const char *symbol)
{
	const struct gs_value *v = gs_scope_find(ev, symbol);

	if (!v || v->num != 1 || !(v->v[0] >= 1 && v->v[0] <= GS_MAX_EXTENT))
		return 0;
	return (int64_t)v->v[0];
}

int32_t gs_scope_int32(struct gs_scope *ev, const struct gs_expr *e, double v)
{
	if (v >= -2147483648.0 && v <= 2147483647.0)
		return (int32_t)v;
	gs_scope_fail(ev, e, -ENOTSUP, "%g does not fit 32 bits", v);
	return 0;
}
