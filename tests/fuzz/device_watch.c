/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/device_watch.h"

#define AREA_OFFSET(member) offsetof(struct gs_ring_area, member)

static void check(bool ok, const char *why)
{
	if (!ok)
		shell_die(why);
}

static struct gs_ring_area *area(struct shell *s)
{
	return (struct gs_ring_area *)shell_ptr(s, SHELL_RINGS);
}

void watch_begin(struct watch *w, struct shell *s)
{
	*w = (struct watch){ .live = true };
	w->event_tail = area(s)->event_ctl.tail;
	w->log_tail = area(s)->log_tail;
	for (unsigned r = 0; r < GS_NUM_CMD_RINGS; r++)
		w->cmd_head[r] = area(s)->cmd_ctl[r].head;
}

/* ---- what it says --------------------------------------------------------*/

static bool fault_fits(uint32_t status, uint32_t code)
{
	if (status == GS_JOB_FAULT)
		return code > GS_FAULT_NONE && code < GS_FAULT_COUNT;
	if (status == GS_JOB_MMU_FAULT)
		return code > GS_MMU_OK && code <= GS_MMU_BUS_ERROR;
	return !code;
}

static void check_record(const struct gs_result *r)
{
	check(r->status <= GS_JOB_ABORTED, "record: no such status");
	check(fault_fits(r->status, r->fault_code), "record: wrong fault code");
	check(r->status != GS_JOB_OK || !(r->block | r->word | r->address),
	      "record: a place without a fault");
	check(r->time_end >= r->time_start, "record: ends before it starts");
	check(r->stalls <= r->cycles, "record: more stalls than cycles");
	check(!r->reserved, "record: reserved is not 0");
}

static void check_job_event(struct watch *w, const struct gs_event *e)
{
	const struct gs_result said = {
		.status = e->status,
		.fault_code = e->fault_code,
		.address = e->address,
		.block = e->block,
		.word = e->word,
		.time_start = e->time_start,
		.time_end = e->time_end,
		.cycles = e->cycles,
	};
	const struct gs_result *r = &w->record;

	check(e->ctx && e->seqno, "event: a job without a name");
	check_record(&said);
	/* one that could not be written fails a job that was well */
	if (w->recorded &&
	    (r->status != GS_JOB_OK || e->status != GS_JOB_MMU_FAULT))
		check(r->status == e->status && r->cycles == e->cycles &&
			      r->time_end == e->time_end &&
			      r->address == e->address,
		      "event: not what the record says");
	w->recorded = false;
}

static void check_event(struct watch *w, const struct gs_event *e)
{
	check(!w->ended, "event: after the last one");
	check((e->type == GS_EVENT_BOOT) == !w->num_events,
	      "event: BOOT is not the first");
	for (unsigned i = 0; i < sizeof(e->pad) / sizeof(e->pad[0]); i++)
		check(!e->pad[i], "event: pad is not 0");
	switch (e->type) {
	case GS_EVENT_BOOT:
		check(e->arg1 == GS_ABI_HASH, "event: BOOT of another ABI");
		break;
	case GS_EVENT_JOB_DONE:
		check_job_event(w, e);
		break;
	case GS_EVENT_BAD_CMD:
		check(e->arg0 < GS_NUM_CMD_RINGS && e->arg1 &&
			      e->arg1 <= GS_CMD_NOT_FOUND,
		      "event: BAD_CMD without a reason");
		break;
	case GS_EVENT_CTX_REMOVED:
		check(e->ctx, "event: no context was removed");
		break;
	case GS_EVENT_SHUTDOWN:
		w->ended = true;
		break;
	default:
		check(e->type == GS_EVENT_STATUS, "event: no such type");
	}
	check(e->type == GS_EVENT_JOB_DONE || !e->status,
	      "event: a status without a job");
	w->num_events++;
}

static void check_line(const struct watch *w, const struct gs_log_entry *line)
{
	check(line->level <= GS_LOG_DEBUG, "log: no such level");
	check(line->seq == w->log_tail, "log: a line is missing");
	check(!line->text[GS_LOG_TEXT - 1], "log: a line without an end");
}

/* ---- where it says it ----------------------------------------------------*/

/* Is [at, at + size) entry @counter of an array of @num? */
static bool is_entry(uint64_t at, size_t size, uint64_t array, uint32_t counter,
		     uint32_t num, size_t entry)
{
	return size == entry && at == array + entry * (counter % num);
}

static void check_counter(struct watch *w, uint64_t at, size_t size,
			  uint32_t val)
{
	check(size == 4, "ring area: no field of this size");
	if (at == AREA_OFFSET(event_ctl.tail)) {
		check(w->entry_written && val == ++w->event_tail,
		      "event ring: the tail jumps");
		w->entry_written = false;
		return;
	}
	if (at == AREA_OFFSET(log_tail)) {
		check(w->line_written && val == ++w->log_tail,
		      "log: the tail jumps");
		w->line_written = false;
		return;
	}
	for (unsigned r = 0; r < GS_NUM_CMD_RINGS; r++) {
		if (at != AREA_OFFSET(cmd_ctl[r].head))
			continue;
		check(val == ++w->cmd_head[r], "command ring: the head jumps");
		return;
	}
	shell_die("ring area: a write to what is the host's");
}

static void check_area(struct watch *w, uint64_t at, const void *src,
		       size_t size)
{
	struct gs_log_entry line;
	struct gs_event event;
	uint32_t val;

	if (is_entry(at, size, AREA_OFFSET(event), w->event_tail,
		     GS_EVENT_ENTRIES, sizeof(event))) {
		memcpy(&event, src, sizeof(event));
		check_event(w, &event);
		w->entry_written = true;
	} else if (is_entry(at, size, AREA_OFFSET(log), w->log_tail,
			    GS_LOG_ENTRIES, sizeof(line))) {
		memcpy(&line, src, sizeof(line));
		check_line(w, &line);
		w->line_written = true;
	} else {
		memcpy(&val, src, sizeof(val));
		check_counter(w, at, size, val);
	}
}

void watch_write(struct watch *w, struct shell *s, uint64_t bus,
		 const void *src, size_t size)
{
	const uint8_t *tcm = s->dev->tcm;
	uint32_t at = shell_cp_rd(s, GS_CP_DMA_TCM);

	/* a job's stores come from elsewhere */
	if (!w->live || (const uint8_t *)src < tcm ||
	    (const uint8_t *)src >= tcm + sizeof(s->dev->tcm))
		return;
	if (shell_cp_rd(s, GS_CP_DMA_ASID) == GS_DMA_BUS) {
		check_area(w, bus - SHELL_RINGS, src, size);
		return;
	}
	/* in one piece or, across pages, in two */
	check(shell_cp_rd(s, GS_CP_DMA_BYTES) == sizeof(w->record),
	      "record: not of its size");
	memcpy(&w->record, tcm + at, sizeof(w->record));
	check_record(&w->record);
	w->recorded = true;
}

/* ---- how it ends ---------------------------------------------------------*/

void watch_end(struct watch *w, struct shell *s)
{
	uint32_t status = shell_rd(s, GS_REG_FW_STATUS);
	uint32_t stage = shell_rd(s, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE));
	uint32_t cause = shell_rd(s, GS_REG_FW_HALT_CAUSE);

	if (!w->live || status == GS_FW_RUNNING)
		return;
	w->live = false;
	if (status != GS_FW_HALTED || cause == GS_HALT_INJECTED ||
	    stage == GS_STAGE_HOST_LOST || stage == GS_STAGE_CORE_STUCK ||
	    stage == GS_STAGE_CORE_HUNG)
		return;
	fprintf(stderr, "stage 0x%x, mcause 0x%x, mepc 0x%x\n", stage, cause,
		shell_rd(s, GS_REG_FW_HALT_PC));
	shell_die("the firmware halts without a reason");
}
