/* SPDX-License-Identifier: MIT */
/*
 * The SIMD group of a block as a list of what it does.
 *
 * Programs run the same words for tile after tile. Words that set registers
 * write constants, so once a group has run, each finds them at each word as the
 * one before did. So nests, with their rows, and transfers, with their
 * registers, are listed once; then the words between them are only told to an
 * observer. Not listed are groups with permutations and words outside nests, and
 * those with a nest that does not go the fast way.
 */

#include "hw-model/core/fast.h"
#include "hw-model/core/fast_nest.h"

#include <errno.h>

/* Of a group; more are not listed. */
#define MAX_ACTIONS 256u

enum kind { OTHER, NEST, LOAD, STORE, IMMEDIATE, RELEASE };

struct nest {
	struct gs_nest_plan plan;
	bool joins; /* may do what the next one does */
	struct gs_work event;
	uint64_t work, ops;
};

struct action {
	enum kind kind;
	uint32_t word;
	uint32_t words; /* to be told, since the action before */
	union {
		struct nest nest;
		struct gs_simd_dma dma; /* of LOAD and STORE */
	};
};

static enum kind kind_of(enum gs_insn_id id)
{
	switch (id) {
	case GS_INSN_LD_START:
		return LOAD;
	case GS_INSN_ST_START:
		return STORE;
	case GS_INSN_SET_IMM_LOW:
	case GS_INSN_SET_IMM_HIGH:
	case GS_INSN_IMM_SIGN_EXT:
		return IMMEDIATE;
	case GS_INSN_SYNC_INST:
		return RELEASE;
	default:
		return OTHER;
	}
}

/* ---- making the list -------------------------------------------------------------- */

static bool list_nest(struct gs_core *core, const struct gs_nest *nest,
		      struct nest *to)
{
	const struct gs_insn *body = &core->block->insns[nest->body];
	uint64_t iterations = 1, ops = 0;

	for (unsigned l = 0; l < nest->num_levels; l++)
		iterations = gs_sat_mul(iterations, nest->levels[l].num);
	for (uint32_t i = 0; i < nest->num_body; i++)
		ops += body[i].id != GS_INSN_NOP;
	to->work = gs_sat_mul(iterations, nest->num_body);
	to->ops = gs_sat_mul(iterations, ops);
	/* more than any budget has */
	if (to->work == UINT64_MAX || !gs_nest_plan_make(core, nest, &to->plan))
		return false;
	to->event = gs_work_of_nest(core, nest, iterations);
	to->joins = false;
	return true;
}

/* A word outside nests; sets registers as it does. false: it cannot be listed */
static bool list_word(struct gs_core *core, uint32_t word,
		      struct action *action)
{
	const struct gs_insn *insn = &core->block->insns[word];

	if (gs_simd_is_body(insn->id) || insn->id == GS_INSN_PERM_START)
		return false;
	action->word = word;
	action->kind = kind_of(insn->id);
	action->words++;
	if (action->kind == OTHER)
		gs_simd_plain(core, word);
	if (action->kind == LOAD || action->kind == STORE)
		action->dma = core->simd.dma[action->kind == STORE]
					    [insn->val[1] == GS_NS_VMEM2];
	if (action->kind == RELEASE)
		core->run.obuf_released = true;
	return true;
}

/* Room for all actions; false: too many, or no memory. */
static bool make_room(const struct gs_core *core, struct gs_fast_group *group)
{
	const struct gs_block *block = core->block;
	/* nests, other actions, and the place for what follows the last one */
	uint32_t num = block->simd_config.num_nests + 1;

	for (uint32_t i = block->simd.start + 1; i < block->simd.end; i++)
		num += kind_of(block->insns[i].id) != OTHER;
	return num <= MAX_ACTIONS &&
	       gs_fast_room(&group->actions, num * sizeof(struct action));
}

static bool list_all(struct gs_core *core, struct gs_fast_group *group)
{
	const struct gs_simd_config *simd = &core->block->simd_config;
	struct action *action = group->actions.data;
	uint32_t next = 0;

	action->words = 0;
	for (uint32_t word = core->block->simd.start + 1;
	     word < core->block->simd.end; word++) {
		if (next < simd->num_nests && word == simd->nests[next].body) {
			action->kind = NEST;
			action->word = word;
			word += simd->nests[next].num_body - 1;
			if (!list_nest(core, &simd->nests[next++],
				       &action->nest))
				return false;
		} else if (!list_word(core, word, action)) {
			return false;
		} else if (action->kind == OTHER) {
			continue;
		}
		(++action)->words = 0;
	}
	group->num = (uint32_t)(action - (struct action *)group->actions.data);
	group->last_words = action->words;
	return true;
}

/* Nests that follow upon each other and can be one. */
static void join_nests(const struct gs_core *core, struct gs_fast_group *group)
{
	struct action *action = group->actions.data;

	for (uint32_t i = 0; i + 1 < group->num; i++)
		if (action[i].kind == NEST && action[i + 1].kind == NEST)
			action[i].nest.joins =
				gs_nest_plan_joins(core, &action[i].nest.plan,
						   &action[i + 1].nest.plan);
}

/* A group ran before, so all words leave registers as they were, but not some. */
static bool make(struct gs_core *core, struct gs_fast_group *group)
{
	const struct gs_simd_regs was = core->simd;
	bool ok;

	if (!make_room(core, group))
		return false;
	ok = list_all(core, group);
	core->run.obuf_released = false;
	if (ok)
		join_nests(core, group);
	else
		core->simd = was;
	return ok;
}

/* ---- running it ------------------------------------------------------------------- */

static void tell_words(const struct gs_core *core, uint32_t num)
{
	if (!core->run.job->observe)
		return;
	while (num--)
		gs_observe_kind(core, GS_WORK_WORD);
}

/* @done: the one before did it */
static int run_nest(struct gs_core *core, uint32_t word, struct nest *nest,
		    bool done)
{
	int ret = gs_charge(core, word, nest->work);

	if (ret)
		return ret;
	gs_observe(core, &nest->event);
	if (!done)
		ret = gs_nest_plan_run(core, &nest->plan);
	if (!ret)
		core->run.counters->simd_ops += nest->ops;
	return ret;
}

/* A nest, and the next one with it where it joins and there is work left for both. */
static int run_nests(struct gs_core *core, struct action *action, uint32_t *num)
{
	struct nest *nest = &action->nest, *next = &action[1].nest;
	int ret;

	nest->plan.joined = nest->joins &&
			    core->run.work_left >=
				    gs_sat_add(nest->work, next->work);
	ret = run_nest(core, action->word, nest, false);
	*num = 1;
	if (ret || !nest->plan.joined)
		return ret;
	*num = 2;
	tell_words(core, action[1].words);
	return run_nest(core, action[1].word, next, true);
}

/* An action, or two; returns how many in *num. */
static int run_actions(struct gs_core *core, struct action *action,
		       uint32_t *num)
{
	*num = 1;
	tell_words(core, action->words);
	switch (action->kind) {
	case NEST:
		return run_nests(core, action, num);
	case LOAD:
	case STORE:
		return gs_simd_start(core, &action->dma, action->word,
				     action->kind == STORE);
	default:
		return gs_simd_plain(core, action->word);
	}
}

int gs_fast_group(struct gs_core *core)
{
	struct gs_fast_group *group = &core->fast->group;
	struct action *action;
	uint32_t num;
	int ret = 0;

	if (!core->run.settled || core->run.job->hooks)
		return gs_simd_words(core);
	if (!group->known) {
		group->usable = make(core, group);
		group->known = true;
	}
	if (!group->usable)
		return gs_simd_words(core);
	action = group->actions.data;
	for (uint32_t i = 0; i < group->num && !ret; i += num)
		ret = run_actions(core, &action[i], &num);
	if (ret)
		return ret;
	tell_words(core, group->last_words);
	core->fast->groups++;
	return 0;
}
