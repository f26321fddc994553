/* SPDX-License-Identifier: MIT */
/* The tiling of each layer: decided, or searched among those that have a program. */
#include "compiler/codegen/codegen.h"

#include <errno.h>

struct fitting {
	const struct gs_graph *graph;
	const struct gs_acg *acg;
};

/* 0, or why there is no program for this tiling; -ENOSPC: it has too many words. */
static int check_program(void *ctx, const struct gs_bound_node *b,
			 const struct gs_tiling *tiling)
{
	const struct fitting *f = ctx;
	struct gs_program prog;
	const int ret = gs_try_layer(f->graph, f->acg, b, tiling, &prog);

	gs_program_free(&prog);
	return ret;
}

static int search(struct fitting *f, const struct gs_bound_node *b,
		  struct gs_tiling *out, struct gs_diag *diag)
{
	const int ret = gs_plan_find(b, f->acg, out);

	if ((!ret && !check_program(f, b, out)) ||
	    !gs_plan_within(b, f->acg, check_program, f, out))
		return 0;
	return ret ? gs_plan_layer(b, f->acg, out, diag) : 0;
}

int gs_fit_layer(const struct gs_graph *graph, const struct gs_acg *acg,
		 const struct gs_schedule *schedule, struct gs_planned *layer,
		 struct gs_diag *diag)
{
	struct fitting f = { .graph = graph, .acg = acg };
	const struct gs_bound_node *b = layer->binding;
	const struct gs_decision *d = gs_decision_find(schedule, b->node->name);

	return d && d->num_loops ?
		       gs_decision_apply(d, b, acg, &layer->tiling, diag) :
		       search(&f, b, &layer->tiling, diag);
}
