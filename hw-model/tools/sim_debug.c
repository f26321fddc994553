/* SPDX-License-Identifier: MIT */
/*
 * The debugger: hooks of a job that trace, stop, print and ask.
 *
 * A hook is called before a word runs; what the word did is shown at the next
 * hook or at the end of the job.
 */

#include "hw-model/tools/sim_debug.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char commands[] =
	"step [N]          run N words or tiles of the array (1), then stop again\n"
	"continue          run to the next break, or to the end\n"
	"print BUF[ROW]    show rows: OBUF IBUF WBUF BBUF VMEM1 VMEM2 IMM, [first:end]\n"
	"break BLOCK[:TILE]  stop before this block, or tile of it\n"
	"quit              end the run\n";

static void show(const struct sim_debug *debug, const struct gs_core *core)
{
	for (unsigned i = 0; i < debug->options->num_prints; i++)
		sim_print_rows(core, &debug->options->prints[i]);
}

static void command_print(const struct gs_core *core, const char *text)
{
	struct sim_print print;

	if (sim_print_parse(text, &print))
		printf("print: expected BUF[ROW] or BUF[FIRST:END], as OBUF[0:4]\n");
	else
		sim_print_rows(core, &print);
}

static void command_break(struct sim_debug *debug, const char *text)
{
	int length = 0;

	debug->has_break_tile = false;
	debug->has_break = sscanf(text, "%" SCNu32 "%n", &debug->break_block,
				  &length) == 1;
	text += length;
	if (debug->has_break && *text == ':')
		debug->has_break_tile =
			sscanf(text, ":%" SCNu64, &debug->break_tile) == 1;
	if (!debug->has_break)
		printf("break: expected BLOCK or BLOCK:TILE\n");
}

/* Ask until a command lets the machine run. Returns non-zero to end the job. */
static int prompt(struct sim_debug *debug, const struct gs_core *core)
{
	char line[128], verb[16], rest[100];

	for (;;) {
		printf("(gs-sim) ");
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			return 1;
		*rest = 0;
		if (sscanf(line, "%15s %99[^\n]", verb, rest) < 1)
			continue;
		if (!strcmp(verb, "step") || !strcmp(verb, "s")) {
			debug->steps_left = *rest ? strtoull(rest, NULL, 10) :
						    1;
			debug->stop_next = debug->steps_left > 0;
			return 0;
		}
		if (!strcmp(verb, "continue") || !strcmp(verb, "c"))
			return 0;
		if (!strcmp(verb, "quit") || !strcmp(verb, "q"))
			return 1;
		if (!strcmp(verb, "print") || !strcmp(verb, "p"))
			command_print(core, rest);
		else if (!strcmp(verb, "break") || !strcmp(verb, "b"))
			command_break(debug, rest);
		else
			fputs(commands, stdout);
	}
}

static int stopped(struct sim_debug *debug, const struct gs_core *core)
{
	show(debug, core);
	debug->stepping = debug->options->step;
	debug->stop_next = false;
	return debug->options->interactive ? prompt(debug, core) : 0;
}

/* Words outside the SIMD group act together, when the block starts. */
static void trace_configuration(uint32_t block, const struct gs_insn *insns,
				uint32_t num)
{
	bool simd = false;

	for (uint32_t i = 0; i < num; i++) {
		const bool sync = insns[i].id == GS_INSN_SYNC_INST ||
				  insns[i].id == GS_INSN_INST_GROUP;
		char text[80];

		if (sync && insns[i].val[0] == GS_TGT_SIMD &&
		    insns[i].val[1] == GS_SE_START)
			simd = true;
		gs_isa_format(&insns[i], text, sizeof(text));
		if (!simd)
			printf("block %" PRIu32 " sets word %" PRIu32 ": %s\n",
			       block, i, text);
		if (sync && insns[i].val[1] == GS_SE_END &&
		    insns[i].val[0] == GS_TGT_SIMD &&
		    (insns[i].id == GS_INSN_INST_GROUP ||
		     insns[i].val[2] == GS_EB_EXEC))
			simd = false;
	}
}

static int hook_block(void *ctx, struct gs_core *core, uint32_t block,
		      uint32_t addr, const struct gs_insn *insns, uint32_t num)
{
	struct sim_debug *debug = ctx;

	block += debug->block_offset;
	if (debug->options->trace_exec)
		trace_configuration(block, insns, num);
	if (!debug->has_break || debug->has_break_tile ||
	    block != debug->break_block)
		return 0;
	printf("break before block %" PRIu32 " at 0x%" PRIx32 ", %" PRIu32
	       " words\n",
	       block, addr, num);
	return stopped(debug, core);
}

static bool at_break(const struct sim_debug *debug,
		     const struct gs_hook_point *at)
{
	return debug->has_break && debug->has_break_tile &&
	       at->block + debug->block_offset == debug->break_block &&
	       at->tile == debug->break_tile;
}

static void flush_word(struct sim_debug *debug, const struct gs_core *core)
{
	if (!debug->after_word)
		return;
	debug->after_word = false;
	printf("ran %s\n", debug->last);
	show(debug, core);
}

static int hook_step(void *ctx, struct gs_core *core,
		     const struct gs_hook_point *at)
{
	struct sim_debug *debug = ctx;
	const char *reason = NULL;
	char text[80];
	int ret = 0;

	flush_word(debug, core);
	gs_isa_format(at->insn, text, sizeof(text));
	snprintf(debug->last, sizeof(debug->last),
		 "block %" PRIu32 " tile %" PRIu64 " word %" PRIu32 ": %s",
		 at->block + debug->block_offset, at->tile, at->word, text);
	if (at_break(debug, at)) {
		reason = "break before";
		debug->has_break_tile = debug->has_break = false; /* once */
	} else if (debug->stop_next && !--debug->steps_left) {
		reason = "stop before";
	}
	if (reason) {
		printf("%s %s\n", reason, debug->last);
		ret = stopped(debug, core);
	}
	if (debug->options->trace_exec)
		printf("%s\n", debug->last);
	debug->after_word = debug->stepping && !debug->options->interactive;
	return ret;
}

void sim_debug_init(struct sim_debug *debug, const struct sim_options *options)
{
	*debug = (struct sim_debug){
		.options = options,
		.hooks = { .ctx = debug,
			   .block = hook_block,
			   .step = hook_step },
		.has_break = options->has_break,
		.has_break_tile = options->has_break_tile,
		.break_block = options->break_block,
		.break_tile = options->break_tile,
		.stepping = options->step && !options->has_break,
	};
}

void sim_debug_end(struct sim_debug *debug, const struct gs_core *core)
{
	flush_word(debug, core);
}
