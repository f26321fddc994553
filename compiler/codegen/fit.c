/* SPDX-License-Identifier: MIT */
#include "compiler/codegen/fit.h"

#include <errno.h>

#include "compiler/schedule/wish.h"
#include "hw-model/timing/timing.h"

static unsigned effort_of(const struct gs_fit *f)
{
	const int effort = GS_DEFAULT_EFFORT +
			   (f->schedule ? f->schedule->more_effort : 0);

	return effort < 0	      ? 0 :
	       effort > GS_MAX_EFFORT ? GS_MAX_EFFORT :
					(unsigned)effort;
}

/* 0, or why there is no program for this tiling; -ENOSPC: it has too many words. */
static int check_program(void *ctx, const struct gs_bound_node *b,
			 const struct gs_tiling *tiling)
{
	const struct gs_fit *f = ctx;
	struct gs_program prog;
	const int ret = gs_try_layer(f->graph, f->acg, b, tiling, &prog);

	gs_program_free(&prog);
	return ret;
}

/* ---- time ----------------------------------------------------------------------- */

/* Blocks name the next by its address. */
static void relocate_code(struct gs_program *prog)
{
	uint32_t i;

	for (i = 0; i < prog->num_relocs; i++) {
		const struct gs_reloc *r = &prog->reloc[i];
		const uint32_t half =
			(uint32_t)(r->addend >> (r->high ? 16 : 0)) & 0xffff;

		if (r->part == GS_PART_CODE)
			prog->code[r->word] += half;
	}
}

static int start_timing(struct gs_fit *f)
{
	if (!f->core)
		f->core = gs_core_create(&f->acg->arch);
	if (!f->timing)
		f->timing = gs_timing_create(&f->acg->arch, GS_TIMING_HARDWARE);
	return f->core && f->timing ? 0 : -ENOMEM;
}

/* Cycles of a layer's program on its own, without the fetch before its first block. */
static int time_program(struct gs_fit *f, struct gs_program *prog,
			double *cycles)
{
	const struct gs_job job = { .entry_words = prog->entry_words,
				    .encoding = GS_ENC_SYNC_INST };
	const struct gs_timing_block *block;
	struct gs_timing_costs costs;
	struct gs_fault fault;
	size_t num;
	int ret = start_timing(f);

	if (ret)
		return ret;
	relocate_code(prog);
	ret = gs_timing_run_words(f->timing, f->core, prog->code,
				  prog->num_words, &job, &fault);
	block = ret ? NULL : gs_timing_blocks(f->timing, &num);
	if (!block || !num)
		return ret ? ret : -ENOMEM;
	gs_timing_costs_init(&costs, &f->acg->arch, GS_TIMING_HARDWARE);
	*cycles = (double)gs_timing_total(f->timing)->cycles -
		  (double)gs_channel_latency(&costs) -
		  (double)gs_channel_occupancy(&costs, GS_WIN_IMEM, 1,
					       block[0].bytes[GS_WIN_IMEM][0])
			  .cycles;
	return 0;
}

static int time_tiling(struct gs_fit *f, const struct gs_bound_node *b,
		       const struct gs_tiling *t, double *cycles)
{
	struct gs_program prog;
	int ret = gs_try_layer(f->graph, f->acg, b, t, &prog);

	*cycles = t->cycles;
	/* Of a split layer not all blocks are there. */
	if (!ret && effort_of(f) > 0 && !t->split_words)
		ret = time_program(f, &prog, cycles);
	gs_program_free(&prog);
	return ret;
}

/* ---- search --------------------------------------------------------------------- */

/* The fastest of the best that have a program, or the best of those that have one. */
static int fastest(struct gs_fit *f, const struct gs_bound_node *b,
		   unsigned effort, struct gs_tiling *out, double *least)
{
	int ret, found = -ENOSPC;
	struct gs_plans plans;
	double cycles;
	unsigned i;

	gs_plan_list(b, f->acg, effort, &plans);
	for (i = 0; i < plans.num; i++) {
		ret = time_tiling(f, b, &plans.plan[i], &cycles);
		if (ret == -ENOMEM)
			return ret;
		if (ret || (!found && cycles >= *least))
			continue;
		found = 0;
		*least = cycles;
		*out = plans.plan[i];
	}
	if (!found)
		return 0;
	ret = gs_plan_within(b, f->acg, check_program, f, out);
	return ret ? ret : time_tiling(f, b, out, least);
}

/* What it takes is kept in @shared, which may be NULL. */
static int search(struct gs_fit *f, const struct gs_bound_node *b,
		  struct gs_tiling *out, struct gs_shared_plan *shared,
		  struct gs_diag *diag)
{
	const unsigned effort = effort_of(f);
	double cycles = 0, before = 0;
	struct gs_tiling usual;
	int ret = fastest(f, b, effort, out, &cycles);

	if (!ret && effort > GS_DEFAULT_EFFORT)
		ret = fastest(f, b, GS_DEFAULT_EFFORT, &usual, &before);
	if (ret == -ENOMEM)
		return gs_error(diag, ret, "out of memory");
	if (ret)
		return gs_plan_layer(b, f->acg, out, diag);
	if (before > 0 && before < cycles) {
		*out = usual;
		cycles = before;
	}
	f->cycles += cycles;
	f->before += before;
	if (shared) {
		shared->cycles = cycles;
		shared->before = before;
	}
	return 0;
}

static int search_shared(struct gs_fit *f, const struct gs_bound_node *b,
			 struct gs_tiling *out, struct gs_diag *diag)
{
	struct gs_shared_plan *fresh;
	const struct gs_shared_plan *p = gs_share_find(&f->shared, b, &fresh);
	int ret;

	if (p && !p->ret) {
		*out = p->tiling;
		f->cycles += p->cycles;
		f->before += p->before;
		return 0;
	}
	ret = search(f, b, out, fresh, diag);
	if (fresh) {
		fresh->ret = ret;
		fresh->tiling = *out;
	}
	return ret;
}

int gs_fit_layer(struct gs_fit *f, struct gs_planned *layer,
		 struct gs_diag *diag)
{
	struct gs_bound_node *b = layer->binding;
	const struct gs_decision *d =
		gs_decision_find(f->schedule, b->node->name);
	const struct gs_decision *last;
	struct gs_loop_wish wish;
	struct gs_decision full;
	int ret;

	/* A decision that is not loose says all there is to say. */
	if (d && d->num_loops && !d->loose)
		return gs_decision_apply(d, b, f->acg, &layer->tiling, diag);
	ret = gs_wish_collect(f->schedule, b, &wish, &full, &last, diag);
	if (ret)
		return ret;
	if (full.num_loops)
		return gs_decision_apply(&full, b, f->acg, &layer->tiling,
					 diag);
	if (!last)
		return search_shared(f, b, &layer->tiling, diag);
	b->wish = &wish;
	ret = search(f, b, &layer->tiling, NULL, NULL);
	if (ret == -ENOSPC)
		ret = gs_wish_misfit(last, b, f->acg, diag);
	else if (ret)
		gs_error(diag, ret, "out of memory");
	b->wish = NULL;
	return ret;
}

void gs_fit_report(const struct gs_fit *f, struct gs_diag *diag)
{
	if (effort_of(f) > GS_DEFAULT_EFFORT && f->before > 0)
		gs_note(diag,
			"effort %u: searched layers take %.0f cycles, %.0f with effort %d: %.2f %% less",
			effort_of(f), f->cycles, f->before, GS_DEFAULT_EFFORT,
			100 * (f->before - f->cycles) / f->before);
}

void gs_fit_fini(struct gs_fit *f)
{
	gs_share_fini(&f->shared);
	gs_timing_destroy(f->timing);
	gs_core_destroy(f->core);
}
