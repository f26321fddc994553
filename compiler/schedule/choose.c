/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/choose.h"

#include <errno.h>
#include <string.h>

#include "compiler/schedule/share.h"

static struct gs_bound_node *cheapest(struct gs_bound_node *first,
				      const struct gs_acg *acg,
				      struct gs_shared_plans *shared)
{
	struct gs_bound_node *b, *best = NULL;
	struct gs_tiling t;
	double cycles = 0;

	for (b = first; b; b = b->other) {
		if (gs_plan_find_shared(shared, b, acg, &t))
			continue;
		if (!best || t.cycles < cycles) {
			best = b;
			cycles = t.cycles;
		}
	}
	return best ? best : first;
}

/* The one a chain begins with. NULL: it may be that of what the node becomes a part of. */
static struct gs_bound_node *named(struct gs_bound_node *first,
				   const struct gs_decision *d)
{
	struct gs_bound_node *b = first;

	while (b && !gs_decision_begins(d, b->cl->name))
		b = b->other;
	return b;
}

int gs_check_codelets(const struct gs_bound_node *first,
		      const struct gs_schedule *schedule, struct gs_diag *diag)
{
	const struct gs_bound_node *b;

	for (b = first; b; b = b->next) {
		const struct gs_decision *d =
			gs_decision_find(schedule, b->node->name);

		if (d && d->codelet && strcmp(d->codelet, b->cl->name))
			return gs_decision_error(
				d, diag, -EINVAL,
				"no codelet %s fits this node (%s) and what is fused with it",
				d->codelet, b->node->op);
	}
	return 0;
}

void gs_choose_codelets(struct gs_bound_node **first, const struct gs_acg *acg,
			const struct gs_schedule *schedule)
{
	struct gs_shared_plans shared = { NULL };
	struct gs_bound_node **at, *next, *b;

	for (at = first; *at; at = &(*at)->next) {
		const struct gs_decision *d =
			gs_decision_find(schedule, (*at)->node->name);

		b = d && d->codelet ? named(*at, d) : NULL;
		if (!b)
			b = (*at)->other ? cheapest(*at, acg, &shared) : *at;
		next = (*at)->next;
		b->next = next;
		b->other = NULL;
		*at = b;
	}
	gs_share_fini(&shared);
}
