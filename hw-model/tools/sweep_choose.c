/* SPDX-License-Identifier: MIT */
/* The points of a sweep that one would choose: its Pareto fronts. */

#include <stdlib.h>

#include "hw-model/tools/sweep_report.h"

static void set_amounts(struct sweep_choice *c, const struct gs_arch *arch)
{
	c->amount[SWEEP_PES] = (double)arch->array_n * arch->array_m;
	c->amount[SWEEP_BUFFERS] = (double)sweep_buffer_bytes(arch);
	c->amount[SWEEP_CHANNELS] =
		(double)arch->param_channel_bw + arch->ibuf_channel_bw +
		arch->obuf_channel_bw + arch->simd_channel_bw +
		arch->instr_channel_bw;
}

static void set_costs(const struct sweep_outcome *o, struct sweep_choice *c)
{
	const struct sweep_result *r = &o->results[c->point];
	char err[SWEEP_ERR_SIZE];
	struct gs_arch arch;

	/* It was timed, so there is such a machine. */
	if (!sweep_axes_arch(o->axes, c->point, o->base, &arch, err))
		return;
	c->time_ms = (double)r->cycles / 1000 / arch.clock_mhz;
	c->cost[SWEEP_FRONT_ENERGY] = r->energy_pj / 1e6;
	set_amounts(c, &arch);
}

static bool differ(const struct sweep_choices *choices,
		   enum sweep_hardware hardware)
{
	for (size_t i = 1; i < choices->num; i++)
		if (choices->choice[i].amount[hardware] !=
		    choices->choice[0].amount[hardware])
			return true;
	return false;
}

/* Time, then cost, then all hardware. */
static int compare(const struct sweep_choice *x, const struct sweep_choice *y,
		   enum sweep_front front)
{
	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	if (x->cost[front] != y->cost[front])
		return x->cost[front] < y->cost[front] ? -1 : 1;
	for (unsigned h = 0; h < SWEEP_SAME; h++)
		if (x->amount[h] != y->amount[h])
			return x->amount[h] < y->amount[h] ? -1 : 1;
	return 0;
}

static int by_time(const void *a, const void *b, void *ctx)
{
	const struct sweep_choice *const *x = a, *const *y = b;
	const enum sweep_front *front = ctx;
	const int order = compare(*x, *y, *front);

	return order ? order : *x < *y ? -1 : *x > *y;
}

struct sweep_choice **sweep_sort(const struct sweep_choices *choices,
				 enum sweep_front front)
{
	struct sweep_choice **sorted =
		calloc(choices->num + 1, sizeof(*sorted));

	for (size_t i = 0; sorted && i < choices->num; i++)
		sorted[i] = &choices->choice[i];
	if (sorted)
		qsort_r(sorted, choices->num, sizeof(*sorted), by_time, &front);
	return sorted;
}

/* Points that are equal in all are on the front together, or none is. */
static bool mark_front(struct sweep_choices *choices, enum sweep_front front)
{
	struct sweep_choice **sorted = sweep_sort(choices, front);
	const struct sweep_choice *last = NULL;

	for (size_t i = 0; sorted && i < choices->num; i++) {
		struct sweep_choice *c = sorted[i];

		c->best[front] = !last || c->cost[front] < last->cost[front] ||
				 !compare(c, last, front);
		if (c->best[front])
			last = c;
	}
	free(sorted);
	return sorted != NULL;
}

bool sweep_choose(const struct sweep_outcome *o, struct sweep_choices *choices)
{
	bool ok = true;

	*choices = (struct sweep_choices){ 0 };
	choices->choice = calloc(o->axes->points + 1, sizeof(*choices->choice));
	if (!choices->choice)
		return false;
	for (size_t p = 0; p < o->axes->points; p++)
		if (o->results[p].status == SWEEP_OK)
			choices->choice[choices->num++].point = p;
	for (size_t i = 0; i < choices->num; i++)
		set_costs(o, &choices->choice[i]);
	while (choices->hardware < SWEEP_SAME &&
	       !differ(choices, choices->hardware))
		choices->hardware++;
	for (size_t i = 0; i < choices->num && choices->hardware < SWEEP_SAME;
	     i++)
		choices->choice[i].cost[SWEEP_FRONT_HARDWARE] =
			choices->choice[i].amount[choices->hardware];
	for (unsigned f = 0; ok && f < SWEEP_FRONTS; f++)
		ok = mark_front(choices, (enum sweep_front)f);
	return ok;
}

const char *sweep_hardware_name(enum sweep_hardware hardware)
{
	static const char *const names[] = {
		[SWEEP_PES] = "processing elements",
		[SWEEP_BUFFERS] = "bytes of buffers",
		[SWEEP_CHANNELS] = "bits of channels",
		[SWEEP_SAME] = "the same",
	};

	return names[hardware];
}
