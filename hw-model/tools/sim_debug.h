/* SPDX-License-Identifier: MIT */
/* The debugger of gs-sim: --trace-exec, --break, --step, --print. */
#ifndef GS_SIM_DEBUG_H
#define GS_SIM_DEBUG_H

#include "hw-model/tools/sim.h"

struct sim_debug {
	const struct sim_options *options;
	struct gs_hooks hooks; /* for the job */
	uint32_t block_offset; /* blocks of earlier jobs of the same vector */
	bool has_break, has_break_tile; /* as the user last set them */
	uint32_t break_block;
	uint64_t break_tile;
	bool stepping;
	bool stop_next; /* to the prompt before the next word */
	uint64_t steps_left; /* words to run before that */
	bool after_word; /* a word ran which is not shown yet */
	char last[128]; /* that word */
};

void sim_debug_init(struct sim_debug *debug, const struct sim_options *options);
/* At the end of a job: show what its last word left. */
void sim_debug_end(struct sim_debug *debug, const struct gs_core *core);

#endif /* GS_SIM_DEBUG_H */
