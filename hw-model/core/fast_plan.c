/* SPDX-License-Identifier: MIT */
/*
 * Sorting the inner loops of a group, see fast_plan.h. Sums wrap, so their
 * order is free; what must be sure is that every row of OBUF is started once
 * and added to afterwards, and that no address leaves its buffer.
 */

#include "hw-model/core/fast_plan.h"

#define MAX_PIXELS 4096u

static void extend(struct gs_span *span, const struct gs_loop *loop, unsigned p)
{
	int64_t way = loop->stride[p] * (int64_t)(loop->num - 1);

	if (way < 0)
		span->low += way;
	else
		span->high += way;
}

static struct gs_span span_of(const struct gs_loop *loops, unsigned num,
			      unsigned p)
{
	struct gs_span span = { 0, 0 };

	for (unsigned l = 0; l < num; l++)
		extend(&span, &loops[l], p);
	return span;
}

static bool inside(const struct gs_core *core, const struct gs_span *span,
		   enum gs_scratchpad buf)
{
	return span->low >= 0 && span->high < (int64_t)core->rows[buf];
}

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

bool gs_loops_distinct(const struct gs_loop *loops, unsigned num, unsigned p,
		       int64_t reach)
{
	bool used[GS_WALK_MAX] = { false };

	for (unsigned done = 0; done < num; done++) {
		unsigned best = num;
		int64_t stride;

		for (unsigned l = 0; l < num; l++)
			if (!used[l] &&
			    (best == num ||
			     magnitude(loops[l].stride[p]) <
				     magnitude(loops[best].stride[p])))
				best = l;
		used[best] = true;
		stride = magnitude(loops[best].stride[p]);
		if (loops[best].num > 1 && stride <= reach)
			return false;
		reach += stride * (int64_t)(loops[best].num - 1);
	}
	return true;
}

/* Loops that repeat a row of OBUF, and those that go on to others. */
static bool sort(const struct gs_sa_config *sa, unsigned n,
		 struct gs_fast_plan *plan)
{
	uint64_t steps = 1;

	for (unsigned l = 0; l < sa->num_inner; l++) {
		const struct gs_loop *loop = &sa->inner[l];
		bool stays = !loop->stride[GS_BUF_OBUF];
		bool sums = sa->inner_reduction[l] || !plan->first;

		if (loop->num == 1)
			continue;
		if (sa->inner_reduction[l] && plan->first && !stays)
			return false;
		if (stays && sums) {
			plan->reduction[plan->num_reduction++] = *loop;
			steps *= loop->num;
			if (steps > GS_PLAN_TERMS / n)
				return false;
		} else {
			plan->rest[plan->num_rest++] = *loop;
		}
	}
	plan->num_steps = (uint32_t)steps;
	return true;
}

static void take_rest(struct gs_fast_plan *plan, unsigned l)
{
	plan->num_rest--;
	memmove(&plan->rest[l], &plan->rest[l + 1],
		(plan->num_rest - l) * sizeof(plan->rest[0]));
}

/* Take loops over pixels out of the rest, as many as there is room for. */
static void choose_pixels(struct gs_fast_plan *plan)
{
	plan->num_pixels = 1;
	for (unsigned l = plan->num_rest; l-- > 0;) {
		const struct gs_loop loop = plan->rest[l];

		if (loop.stride[GS_BUF_WBUF] ||
		    (plan->bias && loop.stride[GS_BUF_BBUF]) ||
		    loop.num > MAX_PIXELS / plan->num_pixels)
			continue;
		plan->pixel[plan->num_pixel++] = loop;
		plan->num_pixels *= loop.num;
		take_rest(plan, l);
	}
}

/* The longest loop that moves weights alone. */
static void choose_columns(struct gs_fast_plan *plan)
{
	unsigned best = plan->num_rest;

	plan->columns = (struct gs_loop){ .num = 1 };
	for (unsigned l = 0; l < plan->num_rest; l++)
		if (!plan->rest[l].stride[GS_BUF_IBUF] &&
		    (best == plan->num_rest ||
		     plan->rest[l].num > plan->rest[best].num))
			best = l;
	if (best == plan->num_rest)
		return;
	plan->columns = plan->rest[best];
	take_rest(plan, best);
}

bool gs_fast_plan_make(const struct gs_core *core, bool first,
		       struct gs_fast_plan *plan)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	const struct gs_span out =
		span_of(sa->inner, sa->num_inner, GS_BUF_OBUF);
	uint64_t num = gs_loops_product(sa->inner, sa->num_inner);
	struct gs_span bias;

	*plan = (struct gs_fast_plan){ .first = first };
	plan->x = span_of(sa->inner, sa->num_inner, GS_BUF_IBUF);
	plan->w = span_of(sa->inner, sa->num_inner, GS_BUF_WBUF);
	if (!inside(core, &plan->x, GS_SPAD_IBUF) ||
	    !inside(core, &plan->w, GS_SPAD_WBUF) ||
	    !inside(core, &out, GS_SPAD_OBUF))
		return false;
	plan->bias = plan->first && sa->bias;
	if (!sort(sa, core->arch.array_n, plan))
		return false;
	/* every row of OBUF is met by one iteration of these loops at most */
	plan->distinct =
		gs_loops_distinct(plan->rest, plan->num_rest, GS_BUF_OBUF, 0);
	if (plan->first && !plan->distinct)
		return false;
	bias = span_of(plan->rest, plan->num_rest, GS_BUF_BBUF);
	if (plan->bias && !inside(core, &bias, GS_SPAD_BBUF))
		return false;
	choose_pixels(plan);
	choose_columns(plan);
	plan->pays = num > (uint64_t)(plan->w.high - plan->w.low);
	return true;
}
