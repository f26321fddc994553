/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/span.h"

static const struct gs_bound_span *span_of(const struct gs_bound_node *b,
					   unsigned base)
{
	unsigned v;

	for (v = 0; v < b->num_vars; v++)
		if (b->var[v].span && b->var[v].span->base == base)
			return b->var[v].span;
	return NULL;
}

/* Positions of the kernel whose values count at step @at of the base; none: num 0. */
static struct gs_positions positions(const struct gs_bound_node *b,
				     const struct gs_bound_span *s, int64_t at)
{
	const int64_t step = s->value.coef[s->kernel];
	const int64_t from = s->value.c + s->value.coef[s->base] * at;
	int64_t first = 0, end = b->var[s->kernel].extent;

	if (from < s->low)
		first = (s->low - from + step - 1) / step;
	if (from + (end - 1) * step >= s->high)
		end = s->high > from ? (s->high - from + step - 1) / step : 0;
	return (struct gs_positions){ .var = s->kernel,
				      .first = (uint32_t)first,
				      .num = end > first ?
						     (uint32_t)(end - first) :
						     0 };
}

static bool is_whole(const struct gs_bound_node *b,
		     const struct gs_bound_span *s, int64_t at)
{
	return positions(b, s, at).num == b->var[s->kernel].extent;
}

struct gs_inner gs_inner_of(const struct gs_bound_node *b, unsigned var)
{
	const struct gs_bound_span *s = span_of(b, var);
	struct gs_inner in = { 0, b->var[var].units };

	if (!s)
		return in;
	in.first = !is_whole(b, s, 0);
	in.end -= in.end > 1 && !is_whole(b, s, in.end - 1);
	return in;
}

void gs_span_tiles(const struct gs_bound_node *b, uint32_t *tile)
{
	unsigned v;

	for (v = 0; v < b->num_vars; v++) {
		const struct gs_bound_span *s = b->var[v].span;

		if (s)
			tile[v] = (uint32_t)(1 +
					     s->value.coef[s->base] *
						     (tile[s->base] - 1) +
					     s->value.coef[s->kernel] *
						     (tile[s->kernel] - 1));
	}
}

bool gs_span_kernel(const struct gs_bound_node *b, unsigned var, uint32_t start,
		    struct gs_positions *out)
{
	const struct gs_bound_span *s = span_of(b, var);

	if (s)
		*out = positions(b, s, start);
	return s;
}
