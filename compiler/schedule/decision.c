/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/decision.h"

#include "compiler/schedule/steps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct gs_decision *gs_decision_find(const struct gs_schedule *s,
					   const char *layer)
{
	unsigned i;

	for (i = 0; s && i < s->num_decisions; i++)
		if (!s->decision[i].pattern &&
		    !strcmp(s->decision[i].layer, layer))
			return &s->decision[i];
	return NULL;
}

/* May schedules cut this variable? A split one also what comes in parts. */
static bool may_cut(const struct gs_bound_node *b, unsigned var, bool split)
{
	return gs_var_is_cut(b, var) || (split && gs_var_has_parts(b, var));
}

/* Sums wait in OBUF for their last part, and what comes in parts is added up at once. */
static bool is_inner(const struct gs_bound_node *b, unsigned var)
{
	return b->var[var].reduce;
}

int gs_decision_error(const struct gs_decision *d, struct gs_diag *diag,
		      int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gs_error_at(diag, err, fmt, args,
		    "%s%sschedule of %s: ", d->from ? d->from : "",
		    d->from ? ": " : "", d->layer);
	va_end(args);
	return err;
}

int gs_decision_check_loop(const struct gs_decision *d,
			   const struct gs_decided_loop *l,
			   const struct gs_bound_node *b, struct gs_diag *diag)
{
	const int found = gs_find_var(b, l->name);
	const unsigned v = (unsigned)found;

	if (found < 0)
		return gs_decision_error(d, diag, -EINVAL,
					 "codelet %s has no loop %s",
					 b->cl->name, l->name);
	if (d->loose && !l->tile)
		return found;
	if (l->tile < 1 || l->tile > b->var[v].units)
		return gs_decision_error(
			d, diag, -EINVAL,
			"the tile of %s is %u, expected 1 to %u", l->name,
			l->tile, b->var[v].units);
	if (l->tile < b->var[v].units && !may_cut(b, v, d->split))
		return gs_decision_error(
			d, diag, -EINVAL,
			"%s is a reduction of the SIMD unit, which runs within a tile",
			l->name);
	if (gs_tile_allowed(b, v, l->tile))
		return found;
	if (b->var[v].block)
		return gs_decision_error(d, diag, -EINVAL,
					 "the tile of %s is %u, expected 1",
					 l->name, l->tile);
	return gs_decision_error(
		d, diag, -EINVAL,
		"the tile of the reduction %s, %u, does not divide its %u",
		l->name, l->tile, b->var[v].units);
}

static int add_loop(const struct gs_decision *d, unsigned i,
		    const struct gs_bound_node *b, struct gs_tiling *t,
		    struct gs_diag *diag)
{
	const struct gs_decided_loop *l = &d->loop[i];
	const int found = gs_decision_check_loop(d, l, b, diag);
	const unsigned v = (unsigned)found;
	unsigned k;

	if (found < 0)
		return found;
	for (k = 0; k < t->num_order; k++)
		if (t->order[k] == v)
			return gs_decision_error(d, diag, -EINVAL,
						 "loop %s comes twice",
						 l->name);
	if (t->num_order && is_inner(b, t->order[t->num_order - 1]) &&
	    !is_inner(b, v))
		return gs_decision_error(
			d, diag, -EINVAL,
			"loop %s stands inside the reduction %s, but sums take their parts one after the other",
			l->name, b->var[t->order[t->num_order - 1]].name);
	t->order[t->num_order++] = v;
	t->tile[v] = l->tile;
	return 0;
}

/* Loops the decision does not name are whole, and stand innermost of their kind. */
static void add_others(const struct gs_bound_node *b, bool split,
		       struct gs_tiling *t)
{
	unsigned num, v, i;

	for (v = 0; v < b->num_vars; v++) {
		for (i = 0; i < t->num_order && t->order[i] != v; i++)
			;
		if (i < t->num_order || !may_cut(b, v, split))
			continue;
		for (num = t->num_order++;
		     num > 0 && is_inner(b, t->order[num - 1]) &&
		     !is_inner(b, v);
		     num--)
			t->order[num] = t->order[num - 1];
		t->order[num] = v;
	}
}

static int check_rows(const struct gs_decision *d,
		      const struct gs_bound_node *b, const struct gs_acg *acg,
		      const struct gs_tiling *t, struct gs_diag *diag)
{
	uint64_t rows;
	const enum gs_acg_mem mem = gs_plan_misfit(b, acg, t, &rows);

	if (mem == GS_ACG_NUM_MEMORIES)
		return 0;
	return gs_decision_misfit(d, b, acg, t, mem, diag);
}

int gs_decision_misfit(const struct gs_decision *d,
		       const struct gs_bound_node *b, const struct gs_acg *acg,
		       const struct gs_tiling *t, enum gs_acg_mem mem,
		       struct gs_diag *diag)
{
	const struct gs_acg_memory *m = &acg->mem[mem];
	const uint64_t bytes = (uint64_t)m->banks * m->bits / 8;
	uint64_t rows = 0;
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->mem == mem)
			rows += gs_plan_rows(b, acg, t, i);
	return gs_decision_error(d, diag, -ENOSPC,
				 "its tile needs %" PRIu64
				 " rows of %s, which has %u for one: %" PRIu64
				 " too many (%" PRIu64 " bytes)",
				 rows, m->name, m->rows, rows - m->rows,
				 (rows - m->rows) * bytes);
}

int gs_decision_apply(const struct gs_decision *d,
		      const struct gs_bound_node *b, const struct gs_acg *acg,
		      struct gs_tiling *out, struct gs_diag *diag)
{
	unsigned i;
	int ret = 0;

	*out = (struct gs_tiling){
		.split_words = d->split ? acg->arch.simd_instr_depth : 0,
		.strips = d->split ? 0 : d->strips,
	};
	for (i = 0; i < b->num_vars; i++)
		out->tile[i] = b->var[i].units;
	if (d->strips > GS_MAX_STRIPS)
		return gs_decision_error(d, diag, -EINVAL,
					 "%u strips, expected at most %d",
					 d->strips, GS_MAX_STRIPS);
	if (b->node->move)
		return gs_decision_error(
			d, diag, -EINVAL,
			"tiles of a Move follow the order of its result, they cannot be chosen");
	for (i = 0; i < d->num_loops && !ret; i++)
		ret = add_loop(d, i, b, out, diag);
	if (ret)
		return ret;
	add_others(b, d->split, out);
	ret = check_rows(d, b, acg, out, diag);
	if (!ret && gs_plan_outer_loops(b, out) > GS_ISA_SA_OUTER_LOOPS)
		ret = gs_decision_error(
			d, diag, -EINVAL,
			"it cuts %u loops, but the array has %d around a tile",
			gs_plan_outer_loops(b, out), GS_ISA_SA_OUTER_LOOPS);
	if (!ret)
		out->cycles = gs_plan_cost(b, acg, out);
	return ret;
}

bool gs_decision_begins(const struct gs_decision *d, const char *codelet)
{
	const size_t len = strlen(codelet);

	return !strncmp(codelet, d->codelet, len) &&
	       (!d->codelet[len] || d->codelet[len] == '+');
}

void gs_decision_of(const struct gs_bound_node *b, const struct gs_tiling *t,
		    struct gs_decision *out)
{
	unsigned i;

	*out = (struct gs_decision){ .layer = b->node->name,
				     .codelet = b->cl->name,
				     .strips = t->strips,
				     .split = t->split_words > 0 };
	for (i = 0; i < t->num_order && !b->node->move; i++)
		out->loop[out->num_loops++] =
			(struct gs_decided_loop){ b->var[t->order[i]].name,
						  t->tile[t->order[i]] };
}

static int fail_limit(const struct gs_schedule *s, const struct gs_acg *acg,
		      unsigned mem, struct gs_diag *diag)
{
	const char *name = acg->arch.name;

	return gs_error(
		diag, -EINVAL,
		"%.200s%sbuffers.%s: a tile may have %u rows, but machine%s%.64s has %u",
		s->from ? s->from : "", s->from ? ": " : "", acg->mem[mem].name,
		s->rows[mem], *name ? " " : "", name, acg->mem[mem].rows);
}

int gs_schedule_limit(const struct gs_schedule *s, struct gs_acg *acg,
		      struct gs_diag *diag)
{
	unsigned i;

	for (i = 0; s && i < GS_ACG_NUM_MEMORIES; i++) {
		if (s->rows[i] > acg->mem[i].rows)
			return fail_limit(s, acg, i, diag);
		if (s->rows[i])
			acg->mem[i].rows = s->rows[i];
	}
	return 0;
}
