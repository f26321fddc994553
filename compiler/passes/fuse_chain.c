/* SPDX-License-Identifier: MIT */
#include "compiler/passes/fuse_chain.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "compiler/passes/join.h"
#include "compiler/passes/users.h"
#include "compiler/passes/util.h"
#include "compiler/schedule/share.h"

static const char *const heads[] = { "Conv", "ConvMaxPool", "ConvAveragePool",
				     "Gemm", "MatMul",	    NULL };

/* What other passes make of transfers */
static const char *const moves[] = { "Copy", "Fill", "Move", "Lerp", NULL };

struct chain {
	struct gs_graph *graph;
	const struct gs_acg *acg;
	const struct gs_schedule *schedule;
	struct gs_users users;
	struct gs_shared_plans plans, quick;
	struct gs_join_names *names;
	struct gs_bound_node **head;
	struct gs_bound_node **next[GS_JOIN_MOST]; /* links, in order */
	unsigned num;
};

/* ---- who reads --------------------------------------------------------------- */

static bool is_output(const struct gs_graph *graph, const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < graph->num_outputs; i++)
		if (gs_tensor_owner(graph->output[i]) == t)
			return true;
	return false;
}

/* Those besides @writer that read a value that may stay within a tile; -1: it may not, or they are more */
static int readers(const struct chain *c, struct gs_bound_node **writer,
		   struct gs_bound_node **out[GS_JOIN_MOST])
{
	const struct gs_tensor *t = (*writer)->node->output[0];

	if (t->part.of || t->view_of || is_output(c->graph, t))
		return -1;
	return gs_users_find(&c->users, writer, out, GS_JOIN_MOST);
}

static bool may_follow(const struct chain *c, const struct gs_bound_node *b)
{
	return !gs_op_in(b->node, moves) &&
	       gs_graph_may_fuse(c->graph, (*c->head)->node, b->node) &&
	       !gs_decision_find(c->schedule, b->node->name);
}

/* One, or two of which the second alone reads the first. */
static bool find_next(struct chain *c)
{
	struct gs_bound_node **second[GS_JOIN_MOST];
	const int num = readers(c, c->head, c->next);
	unsigned i;

	if (num <= 0)
		return false;
	c->num = (unsigned)num;
	for (i = 0; i < c->num; i++)
		if (!may_follow(c, *c->next[i]))
			return false;
	return num == 1 || (readers(c, c->next[0], second) == 1 &&
			    *second[0] == *c->next[1]);
}

/* ---- whether it pays --------------------------------------------------------- */

static double cycles_of(struct chain *c, const struct gs_bound_node *b)
{
	struct gs_tiling t;

	return gs_plan_find_shared(&c->plans, b, c->acg, &t) ? HUGE_VAL :
							       t.cycles;
}

/*
 * The same with the least effort, which takes a fraction of the time: the tiling
 * found later is as fast at least.
 */
static double quick_cycles_of(struct chain *c, const struct gs_bound_node *b)
{
	struct gs_shared_plan *fresh, *p = gs_share_find(&c->quick, b, &fresh);
	struct gs_plans found;
	int ret;

	if (p)
		return p->ret ? HUGE_VAL : p->tiling.cycles;
	ret = gs_plan_list(b, c->acg, 0, &found);
	if (fresh)
		fresh->ret = ret;
	if (fresh && !ret)
		fresh->tiling = found.plan[0];
	return ret ? HUGE_VAL : found.plan[0].cycles;
}

/* Decided, or cheaper */
static bool is_wanted(struct chain *c, const struct gs_bound_node *joined)
{
	const struct gs_decision *d =
		gs_decision_find(c->schedule, joined->node->name);
	double apart;
	unsigned i;

	if (d && d->codelet)
		return gs_decision_begins(d, joined->cl->name);
	if (d && d->fused)
		return true;
	apart = cycles_of(c, *c->head);
	for (i = 0; i < c->num; i++)
		apart += cycles_of(c, *c->next[i]);
	return quick_cycles_of(c, joined) < apart;
}

/* ---- in one ------------------------------------------------------------------ */

/* In the place of the last of them, when all they read is there. */
static void replace(struct chain *c, struct gs_bound_node *joined)
{
	unsigned i = c->num - 1, k;

	gs_users_remove(&c->users, *c->head);
	for (k = 0; k < c->num; k++)
		gs_users_remove(&c->users, *c->next[k]);
	gs_users_add(&c->users, joined);
	joined->next = (*c->next[i])->next;
	*c->next[i] = joined;
	while (i-- > 0)
		*c->next[i] = (*c->next[i])->next;
	*c->head = (*c->head)->next;
}

/* 1: they stay apart. */
static int join(struct chain *c)
{
	struct gs_bound_node *joined = NULL;
	struct gs_join j;
	unsigned i;
	int ret = gs_join_begin(&j, c->graph, c->acg, &c->names, *c->head);

	for (i = 0; i < c->num && !ret; i++)
		ret = gs_join_add(&j, *c->next[i]);
	if (!ret && !is_wanted(c, &j.b))
		ret = 1;
	if (!ret) {
		joined = gs_join_finish(&j);
		ret = joined ? 0 : -ENOMEM;
	}
	gs_join_fini(&j);
	if (!ret)
		replace(c, joined);
	return ret;
}

int gs_pass_fuse_chain(struct gs_graph *graph, const struct gs_acg *acg,
		       const struct gs_schedule *schedule,
		       struct gs_bound_node **first, struct gs_diag *diag)
{
	struct chain c = {
		.graph = graph, .acg = acg, .schedule = schedule, .head = first
	};
	int ret = gs_users_init(&c.users, graph, *first);

	while (*c.head && ret >= 0) {
		ret = gs_op_in((*c.head)->node, heads) && find_next(&c) ?
			      join(&c) :
			      1;
		if (ret)
			c.head = &(*c.head)->next;
	}
	gs_users_fini(&c.users);
	gs_share_fini(&c.plans);
	gs_share_fini(&c.quick);
	return ret < 0 ? gs_nomem(diag) : 0;
}
