/* SPDX-License-Identifier: MIT */
/* Names with values, and what is wrong with a codelet or a node. */
#include <errno.h>
#include <math.h>
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

/* A number or list in a message */
static size_t format_value(const struct gs_value *val, char *out, size_t size)
{
	size_t at = 0, i;

	for (i = 0; i < val->num && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%.*g",
				       i ? ", " : "",
				       val->v[i] == floor(val->v[i]) ? 15 : 9,
				       val->v[i]);
	return at < size ? at : size;
}

int gs_scope_unmet(struct gs_scope *ev, const struct gs_cl_def *def)
{
	char text[256];
	const char *from;
	unsigned arg = 0;
	size_t at = 0;

	for (from = def->text; *from && at < sizeof(text) - 1; from++) {
		struct gs_value val;

		if (*from != '%' || arg == def->num_args) {
			text[at++] = *from;
			continue;
		}
		val = gs_scope_eval(ev, def->arg[arg++]);
		if (ev->err)
			return ev->err;
		at += format_value(&val, text + at, sizeof(text) - at);
	}
	text[at < sizeof(text) ? at : sizeof(text) - 1] = 0;
	return gs_scope_misfit(ev, "%s", text);
}

int gs_scope_misfit_in(struct gs_scope *ev, unsigned line, unsigned column,
		       const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return gs_scope_misfit(ev, "%s:%u:%u: %s", ev->binding->cl->file, line,
			       column, text);
}

int gs_scope_misfit_at(struct gs_scope *ev, const struct gs_cl_statement *decl,
		       const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return gs_scope_misfit_in(ev, decl->line, decl->column, "%s", text);
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
