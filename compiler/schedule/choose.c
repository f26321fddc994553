/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/choose.h"

#include "compiler/schedule/plan.h"

static struct gs_bound_node *cheapest(struct gs_bound_node *first,
				      const struct gs_acg *acg)
{
	struct gs_bound_node *b, *best = NULL;
	struct gs_tiling t;
	double cycles = 0;

	for (b = first; b; b = b->other) {
		if (gs_plan_find(b, acg, &t))
			continue;
		if (!best || t.cycles < cycles) {
			best = b;
			cycles = t.cycles;
		}
	}
	return best ? best : first;
}

void gs_choose_codelets(struct gs_bound_node **first, const struct gs_acg *acg)
{
	struct gs_bound_node **at, *next, *b;

	for (at = first; *at; at = &(*at)->next) {
		if (!(*at)->other)
			continue;
		next = (*at)->next;
		b = cheapest(*at, acg);
		b->next = next;
		b->other = NULL;
		*at = b;
	}
}
