/* SPDX-License-Identifier: MIT */
/*
 * Jobs that wait: a queue for each context, the contexts of a priority in a
 * circle.
 *
 * A priority is a command ring; its jobs and contexts live in tables of their
 * own, so that a flood of low priority never keeps a high job out. The job of
 * the highest priority that has one is next; within a priority each context
 * gives one job and goes to the end of the line. Jobs of one context and ring
 * keep their order.
 *
 * A context is known here only while jobs of it wait.
 */
#ifndef GS_FW_SCHED_H
#define GS_FW_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "genesys/hw_abi.h"

#define GS_SCHED_FIRST_RING GS_RING_HIGH
#define GS_SCHED_PRIORITIES (GS_NUM_CMD_RINGS - GS_SCHED_FIRST_RING)
/** Jobs that wait in a priority, and so its contexts. */
#define GS_SCHED_JOBS 256u

/** A validated job command. */
struct gs_fw_job {
	struct gs_fw_job *next; /**< in its queue */
	uint32_t ctx;
	uint64_t seqno;
	uint64_t window_base[GS_NUM_WINDOWS];
	uint64_t result_addr;
	uint64_t cookie;
	uint32_t asid;
	uint32_t entry;
	uint32_t entry_words;
	uint32_t timeout_ms;
	uint32_t vector;
};

void gs_sched_init(void);

/** gs_sched_has_room() - can a job of command ring @ring be added? */
bool gs_sched_has_room(uint32_t ring);

/** gs_sched_push() - append a copy of @job; there must be room */
void gs_sched_push(uint32_t ring, const struct gs_fw_job *job);

/** gs_sched_pop() - take out the job that is next; false: none waits */
bool gs_sched_pop(struct gs_fw_job *job);

/** gs_sched_remove() - take out a job by its number; false: it does not wait */
bool gs_sched_remove(uint32_t ctx, uint64_t seqno, struct gs_fw_job *job);

/** gs_sched_remove_any() - take out the oldest job of a context; false: none */
bool gs_sched_remove_any(uint32_t ctx, struct gs_fw_job *job);

/** gs_sched_count() - jobs that wait, of all priorities */
uint32_t gs_sched_count(void);

#endif /* GS_FW_SCHED_H */
