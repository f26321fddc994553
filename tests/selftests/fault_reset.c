// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is lost in a device reset, and who is not. */
#include <errno.h>

#include "fault_bed.h"

/* Counters: the running job's, those of innocent contexts, the next job's. */
#define RUNNING 0u
#define INNOCENT 1u
#define NEXT (INNOCENT + FLIGHT_INNOCENT)
#define COUNTERS (NEXT + 1)

int flight_start(struct bed *bed, struct flight *flight)
{
	struct npu_counter *counter = &bed->counter;

	flight->lost = npu_count_start(counter, bed->innocent, RUNNING, true);
	flight->next = npu_count_start(counter, bed->innocent, NEXT, false);
	for (uint32_t i = 0; i < FLIGHT_INNOCENT; i++) {
		int ctx = npu_ctx_create(&bed->npu, i % 3, BED_LONG_MS);

		flight->innocent[i] = npu_count_start(counter, (uint32_t)ctx,
						      INNOCENT + i, false);
	}
	flight->stranger =
		npu_start(&bed->other_kit, bed->stranger, NPU_ADD, 0);
	return npu_count_wait(counter, RUNNING);
}

/* Lost, but not guilty: the context goes on. */
static int check_lost(struct bed *bed)
{
	const struct drm_genesys_ctx_query query =
		bed_query(&bed->npu, bed->innocent);

	if (query.state != DRM_GENESYS_CTX_ACTIVE)
		return __LINE__;
	if (query.cause != DRM_GENESYS_CAUSE_RESET || query.seqno != 1)
		return __LINE__;
	if (query.reset_count != (uint32_t)bed->resets + 1)
		return __LINE__;
	return npu_run(&bed->kit, bed->innocent, NPU_ADD, BED_LONG_MS) == 1 ?
		       0 :
		       __LINE__;
}

int flight_end(struct bed *bed, const struct flight *flight)
{
	int bad = 0;

	if (npu_end(flight->lost) != -EIO)
		bad = __LINE__;
	if (npu_end(flight->next) != 1)
		bad = __LINE__;
	for (uint32_t i = 0; i < FLIGHT_INNOCENT; i++)
		if (npu_end(flight->innocent[i]) != 1)
			bad = __LINE__;
	if (npu_end(flight->stranger) != 1)
		bad = __LINE__;
	for (uint32_t i = 0; i < COUNTERS && !bad; i++)
		if (npu_count(&bed->counter, i) != 1)
			bad = __LINE__;
	if (!bad && bed_resets(bed) != 1)
		bad = __LINE__;
	return bad ? bad : check_lost(bed);
}
