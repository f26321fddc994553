/* SPDX-License-Identifier: MIT */
#include "firmware/check.h"

#include <stdbool.h>
#include <stddef.h>

#include "firmware/cp.h"

/* Fields which a command names besides its cookie; others are 0. */
#define GS_NAMES_CTX (1u << 0)
#define GS_NAMES_SEQNO (1u << 1)
#define GS_NAMES_PROGRAM (1u << 2) /* asid to timeout_ms */
#define GS_NAMES_ARG (1u << 3)

static const uint8_t gs_names[] = {
	[GS_CMD_NOP] = 0,
	[GS_CMD_JOB] = GS_NAMES_CTX | GS_NAMES_SEQNO | GS_NAMES_PROGRAM,
	[GS_CMD_ABORT] = GS_NAMES_CTX | GS_NAMES_SEQNO,
	[GS_CMD_CTX_REMOVE] = GS_NAMES_CTX,
	[GS_CMD_STATUS] = 0,
	[GS_CMD_LOG_LEVEL] = GS_NAMES_ARG,
	[GS_CMD_SHUTDOWN] = 0,
};

static bool gs_is_zero(const struct gs_cmd *cmd, size_t from, size_t to)
{
	const uint32_t *words = (const uint32_t *)cmd;

	for (size_t i = from / 4; i < to / 4; i++)
		if (words[i])
			return false;
	return true;
}

static bool gs_address_ok(uint64_t addr, uint64_t bytes, uint32_t alignment)
{
	return !((uint32_t)addr & (alignment - 1)) &&
	       addr <= (1ull << GS_VA_BITS) - bytes;
}

static bool gs_program_ok(const struct gs_cmd *cmd)
{
	for (unsigned i = 0; i < GS_NUM_WINDOWS; i++)
		if (!gs_address_ok(cmd->window_base[i], GS_WINDOW_BYTES,
				   GS_PAGE_BYTES))
			return false;
	return cmd->asid < gs_cp_read(GS_CP_ID(GS_REG_NUM_ASIDS)) &&
	       !(cmd->entry % 4) && cmd->entry_words &&
	       cmd->entry_words <= (GS_WINDOW_BYTES - cmd->entry) / 4 &&
	       gs_address_ok(cmd->result_addr, sizeof(struct gs_result), 8) &&
	       cmd->timeout_ms && cmd->timeout_ms <= GS_MAX_TIMEOUT_MS;
}

uint32_t gs_check_command(uint32_t ring, const struct gs_cmd *cmd)
{
	uint8_t names;

	if (cmd->type >= sizeof(gs_names) ||
	    (cmd->type == GS_CMD_JOB) == (ring == GS_RING_CONTROL))
		return GS_CMD_BAD_TYPE;
	names = gs_names[cmd->type];
	if (cmd->flags ||
	    !gs_is_zero(cmd, offsetof(struct gs_cmd, reserved), sizeof(*cmd)))
		return GS_CMD_BAD_FIELD;
	if (cmd->vector >= (names & GS_NAMES_PROGRAM ? GS_NUM_VECTORS : 1u))
		return GS_CMD_BAD_FIELD;
	if (!(names & GS_NAMES_CTX) != !cmd->ctx ||
	    !(names & GS_NAMES_SEQNO) != !cmd->seqno ||
	    (!(names & GS_NAMES_ARG) && cmd->arg))
		return GS_CMD_BAD_FIELD;
	if (names & GS_NAMES_PROGRAM ?
		    !gs_program_ok(cmd) :
		    !gs_is_zero(cmd, offsetof(struct gs_cmd, asid),
				offsetof(struct gs_cmd, arg)))
		return GS_CMD_BAD_FIELD;
	return 0;
}

struct gs_fw_job gs_check_job(const struct gs_cmd *cmd)
{
	struct gs_fw_job job = {
		.ctx = cmd->ctx,
		.seqno = cmd->seqno,
		.result_addr = cmd->result_addr,
		.cookie = cmd->cookie,
		.asid = cmd->asid,
		.entry = cmd->entry,
		.entry_words = cmd->entry_words,
		.timeout_ms = cmd->timeout_ms,
		.vector = cmd->vector,
	};

	for (unsigned i = 0; i < GS_NUM_WINDOWS; i++)
		job.window_base[i] = cmd->window_base[i];
	return job;
}
