/* SPDX-License-Identifier: MIT */
#include "firmware/sched.h"

#include <stddef.h>

struct gs_fw_ctx {
	struct gs_fw_ctx *next; /* in the circle or the free list */
	uint32_t id;
	struct gs_fw_job *first; /* never NULL in the circle */
	struct gs_fw_job *last;
};

struct gs_sched_prio {
	struct gs_fw_ctx *ctx_first; /* next to give a job */
	struct gs_fw_ctx *ctx_free;
	struct gs_fw_job *job_free;
	struct gs_fw_ctx ctxs[GS_SCHED_JOBS];
	struct gs_fw_job jobs[GS_SCHED_JOBS];
};

static struct gs_sched_prio gs_prios[GS_SCHED_PRIORITIES];
static uint32_t gs_num_waiting;

void gs_sched_init(void)
{
	struct gs_sched_prio *prio = gs_prios;

	for (; prio < gs_prios + GS_SCHED_PRIORITIES; prio++) {
		for (unsigned i = 0; i < GS_SCHED_JOBS; i++) {
			prio->jobs[i].next = prio->job_free;
			prio->job_free = &prio->jobs[i];
			prio->ctxs[i].next = prio->ctx_free;
			prio->ctx_free = &prio->ctxs[i];
		}
	}
}

bool gs_sched_has_room(uint32_t ring)
{
	return gs_prios[ring - GS_SCHED_FIRST_RING].job_free;
}

/* Where the circle points to context @id, or its end. */
static struct gs_fw_ctx **gs_ctx_find(struct gs_sched_prio *prio, uint32_t id)
{
	struct gs_fw_ctx **link = &prio->ctx_first;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

void gs_sched_push(uint32_t ring, const struct gs_fw_job *job)
{
	struct gs_sched_prio *prio = &gs_prios[ring - GS_SCHED_FIRST_RING];
	struct gs_fw_ctx **link = gs_ctx_find(prio, job->ctx);
	struct gs_fw_job *slot = prio->job_free;
	struct gs_fw_ctx *ctx = *link;

	prio->job_free = slot->next;
	*slot = *job;
	slot->next = NULL;
	if (ctx) {
		ctx->last->next = slot;
	} else {
		ctx = prio->ctx_free;
		prio->ctx_free = ctx->next;
		*ctx = (struct gs_fw_ctx){ .id = job->ctx, .first = slot };
		*link = ctx;
	}
	ctx->last = slot;
	gs_num_waiting++;
}

/*
 * Take out the job after @before (NULL: the first one) of the context at
 * @link; a context without jobs leaves the circle.
 */
static void gs_sched_take(struct gs_sched_prio *prio, struct gs_fw_ctx **link,
			  struct gs_fw_job *before, struct gs_fw_job *job)
{
	struct gs_fw_ctx *ctx = *link;
	struct gs_fw_job *slot = before ? before->next : ctx->first;

	*job = *slot;
	if (before)
		before->next = slot->next;
	else
		ctx->first = slot->next;
	if (ctx->last == slot)
		ctx->last = before;
	if (!ctx->first) {
		*link = ctx->next;
		ctx->next = prio->ctx_free;
		prio->ctx_free = ctx;
	}
	slot->next = prio->job_free;
	prio->job_free = slot;
	gs_num_waiting--;
}

static void gs_sched_rotate(struct gs_sched_prio *prio)
{
	struct gs_fw_ctx *ctx = prio->ctx_first;
	struct gs_fw_ctx **link = &ctx->next;

	while (*link)
		link = &(*link)->next;
	*link = ctx;
	prio->ctx_first = ctx->next;
	ctx->next = NULL;
}

bool gs_sched_pop(struct gs_fw_job *job)
{
	struct gs_sched_prio *prio = gs_prios;

	for (; prio < gs_prios + GS_SCHED_PRIORITIES; prio++) {
		struct gs_fw_ctx *ctx = prio->ctx_first;

		if (!ctx)
			continue;
		gs_sched_take(prio, &prio->ctx_first, NULL, job);
		if (prio->ctx_first == ctx)
			gs_sched_rotate(prio);
		return true;
	}
	return false;
}

bool gs_sched_remove(uint32_t ctx, uint64_t seqno, struct gs_fw_job *job)
{
	struct gs_sched_prio *prio = gs_prios;

	for (; prio < gs_prios + GS_SCHED_PRIORITIES; prio++) {
		struct gs_fw_ctx **link = gs_ctx_find(prio, ctx);
		struct gs_fw_job *before = NULL;
		struct gs_fw_job *slot = *link ? (*link)->first : NULL;

		for (; slot; before = slot, slot = slot->next) {
			if (slot->seqno == seqno) {
				gs_sched_take(prio, link, before, job);
				return true;
			}
		}
	}
	return false;
}

bool gs_sched_remove_any(uint32_t ctx, struct gs_fw_job *job)
{
	struct gs_sched_prio *prio = gs_prios;

	for (; prio < gs_prios + GS_SCHED_PRIORITIES; prio++) {
		struct gs_fw_ctx **link = gs_ctx_find(prio, ctx);

		if (*link) {
			gs_sched_take(prio, link, NULL, job);
			return true;
		}
	}
	return false;
}

uint32_t gs_sched_count(void)
{
	return gs_num_waiting;
}
