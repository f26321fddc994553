/* SPDX-License-Identifier: MIT */
/* Which loop over the groups of a block is divided among machines (fast_split.h). */

#include "hw-model/core/fast_split.h"

/* The loops over groups as the array has them, when they are those of the SIMD group. */
static bool outer_loops(const struct gs_core *core,
			unsigned outer[GS_ISA_DMA_LOOPS])
{
	const uint32_t *num = core->block->simd_config.base_loops;
	const struct gs_sa_config *sa = &core->block->sa_config;
	unsigned at = 0;

	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++) {
		if (num[l] == 1)
			continue;
		while (at < sa->num_outer && sa->outer[at] == 1)
			at++;
		if (at == sa->num_outer || sa->outer_reduction[at] ||
		    sa->outer[at] != num[l])
			return false;
		outer[l] = at++;
	}
	return true;
}

/*
 * What a transfer loads stays while loops run that do not move it: when one of
 * these is divided, each part loads it all. Where the tiles of a group move it,
 * it is loaded anew for each group anyway.
 */
static void add_repeated(const struct gs_core *core,
			 const struct gs_sa_transfer *t,
			 const unsigned outer[GS_ISA_DMA_LOOPS],
			 struct gs_division_loop loops[GS_ISA_DMA_LOOPS])
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	uint64_t bytes = gs_sat_mul(gs_loops_product(t->loops, t->num_loops),
				    t->run_bytes);
	unsigned stays = 0; /* from this loop on */

	for (unsigned l = 0; l < sa->num_outer; l++)
		if (sa->outer_reduction[l] && sa->outer[l] > 1 &&
		    t->outer_stride[l])
			return;
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		if (loops[l].num > 1 && t->outer_stride[outer[l]])
			stays = l + 1;
	for (unsigned l = 0; l < stays; l++)
		bytes = gs_sat_mul(bytes, loops[l].num);
	for (unsigned l = stays; l < GS_ISA_DMA_LOOPS; l++)
		loops[l].repeated = gs_sat_add(loops[l].repeated, bytes);
}

static unsigned choose_loop(const struct gs_core *core,
			    const struct gs_split *split)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	struct gs_division_loop loops[GS_ISA_DMA_LOOPS];
	unsigned outer[GS_ISA_DMA_LOOPS] = { 0 };
	const struct gs_split_transfer *store = NULL;

	for (unsigned i = 0; i < split->num_transfers; i++)
		if (split->transfer[i].store)
			store = &split->transfer[i];
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		loops[l] = (struct gs_division_loop){
			.num = core->block->simd_config.base_loops[l],
			.stride = store ? (int32_t)store->regs.base_stride[l] :
					  0,
		};
	if (core->block->sa.present && !outer_loops(core, outer))
		return 0;
	for (unsigned i = 0; core->block->sa.present && i < sa->num_transfers;
	     i++)
		add_repeated(core, &sa->transfers[i], outer, loops);
	return gs_division_choose(
		loops, GS_ISA_DMA_LOOPS,
		gs_sat_mul(split->counters.bytes[GS_WIN_SIMD][1],
			   split->groups),
		split->num_machines);
}

/* A loop for tests, of those that do something. */
static unsigned wanted_loop(const struct gs_core *core, unsigned number)
{
	const uint32_t *num = core->block->simd_config.base_loops;
	unsigned loop[GS_ISA_DMA_LOOPS], count = 0;

	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		if (num[l] > 1)
			loop[count++] = l;
	return loop[number % count];
}

unsigned gs_split_choose(const struct gs_core *core,
			 const struct gs_split *split)
{
	return split->wanted ? wanted_loop(core, split->wanted - 1) :
			       choose_loop(core, split);
}
