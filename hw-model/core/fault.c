/* SPDX-License-Identifier: MIT */
/* Fault records, work charges, hooks (docs/isa.md sections 10 and 11). */

#include "hw-model/core/core_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

int gs_fault_raise(struct gs_core *core, enum gs_fault_code code, uint32_t word,
		   uint64_t address)
{
	core->run.fault = (struct gs_fault){
		.code = code,
		.block = core->run.block,
		.word = word,
		.address = address,
	};
	return -EFAULT;
}

int gs_fault_row(struct gs_core *core, uint32_t word, enum gs_fault_code code,
		 enum gs_scratchpad buf, uint64_t row)
{
	return gs_fault_raise(core, code, word,
			      (uint64_t)buf << 32 | (uint32_t)row);
}

int gs_charge(struct gs_core *core, uint32_t word, uint64_t work)
{
	if (work > core->run.work_left)
		return gs_fault_raise(core, GS_FAULT_LIMIT, word, 0);
	core->run.work_left -= work;
	return 0;
}

int gs_hook_step(struct gs_core *core, uint32_t word, uint64_t tile)
{
	const struct gs_hooks *hooks = core->run.job->hooks;
	struct gs_hook_point at = {
		.block = core->run.block,
		.word = word,
		.tile = tile,
		.insn = &core->block->insns[word],
	};

	if (!hooks || !hooks->step)
		return 0;
	return hooks->step(hooks->ctx, core, &at) ? -ECANCELED : 0;
}

const char *gs_fault_name(enum gs_fault_code code)
{
	static const char *const names[GS_FAULT_COUNT] = {
		[GS_FAULT_NONE] = "NONE",
		[GS_FAULT_ILLEGAL_WORD] = "ILLEGAL_WORD",
		[GS_FAULT_BAD_BLOCK] = "BAD_BLOCK",
		[GS_FAULT_CAPACITY] = "CAPACITY",
		[GS_FAULT_BAD_CONFIG] = "BAD_CONFIG",
		[GS_FAULT_BAD_OPERAND] = "BAD_OPERAND",
		[GS_FAULT_WINDOW] = "WINDOW",
		[GS_FAULT_SCRATCHPAD] = "SCRATCHPAD",
		[GS_FAULT_MEMORY] = "MEMORY",
		[GS_FAULT_TILE_MISMATCH] = "TILE_MISMATCH",
		[GS_FAULT_HAZARD] = "HAZARD",
		[GS_FAULT_LIMIT] = "LIMIT",
	};

	return (unsigned)code < GS_FAULT_COUNT ? names[code] : "unknown fault";
}

const char *gs_scratchpad_name(enum gs_scratchpad buf)
{
	static const char *const names[GS_SPAD_COUNT] = {
		"WBUF", "IBUF", "OBUF", "BBUF", "VMEM1", "VMEM2", "IMM",
	};

	return (unsigned)buf < GS_SPAD_COUNT ? names[buf] :
					       "unknown scratchpad";
}

const char *gs_window_name(enum gs_window win)
{
	static const char *const names[GS_WIN_COUNT] = {
		"IMEM", "PARAM", "IBUF", "OBUF", "SIMD",
	};

	return (unsigned)win < GS_WIN_COUNT ? names[win] : "unknown window";
}

/* What the address of a fault tells, as the end of a sentence. */
static int format_cause(const struct gs_fault *fault, char *buf, size_t size)
{
	uint64_t addr = fault->address;
	const char *spad = gs_scratchpad_name((enum gs_scratchpad)(addr >> 32));

	switch (fault->code) {
	case GS_FAULT_ILLEGAL_WORD:
		return snprintf(buf, size,
				"0x%08" PRIx64 " is not an instruction", addr);
	case GS_FAULT_BAD_BLOCK:
		return snprintf(buf, size, "the words do not form a block");
	case GS_FAULT_CAPACITY:
		return snprintf(buf, size,
				"%" PRIu64
				" words exceed the instruction memory",
				addr);
	case GS_FAULT_BAD_CONFIG:
		return snprintf(buf, size, "the setting is excluded");
	case GS_FAULT_BAD_OPERAND:
		return snprintf(buf, size,
				"an operand's namespace is excluded");
	case GS_FAULT_WINDOW:
		return snprintf(buf, size,
				"offset %" PRId64 " leaves the window",
				(int64_t)addr);
	case GS_FAULT_SCRATCHPAD:
		return snprintf(buf, size, "row %" PRId32 " is outside %s",
				(int32_t)addr, spad);
	case GS_FAULT_MEMORY:
		return snprintf(buf, size,
				"the memory refused the access at 0x%" PRIx64,
				addr);
	case GS_FAULT_TILE_MISMATCH:
		return snprintf(buf, size,
				"the array hands over %" PRIu64 " tiles", addr);
	case GS_FAULT_HAZARD:
		return snprintf(buf, size,
				"unordered access, address 0x%" PRIx64, addr);
	default:
		return snprintf(buf, size, "the work limit is exceeded");
	}
}

int gs_fault_format(const struct gs_fault *fault, char *buf, size_t size)
{
	char cause[96];

	if (fault->code == GS_FAULT_NONE)
		return snprintf(buf, size, "no fault");
	format_cause(fault, cause, sizeof(cause));
	return snprintf(buf, size,
			"%s in block %" PRIu32 " at word %" PRIu32 ": %s",
			gs_fault_name(fault->code), fault->block, fault->word,
			cause);
}
