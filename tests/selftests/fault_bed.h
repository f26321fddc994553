/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of fault.c start with, and 20 rounds of everything at once. */
#ifndef GS_SELFTESTS_FAULT_BED_H
#define GS_SELFTESTS_FAULT_BED_H

#include "npu_fault.h"

#define BED_TIMEOUT_MS 1000u /* of the context that is going to fail */
#define BED_LONG_MS 60000u /* of the others */

/** A file with a context that is going to fail, and others that are not. */
struct bed {
	struct npu_device dev;
	struct npu npu, other;
	struct npu_kit kit, other_kit;
	struct npu_counter counter;
	uint32_t ctx, innocent, stranger; /* the last is of the other file */
	int resets; /* when it was made */
};

int bed_make(struct bed *bed);

/** bed_unmake() - and see whether the device works */
int bed_unmake(struct bed *bed);

/** bed_resets() - since it was made */
int bed_resets(const struct bed *bed);

/** bed_renew() - another context in place of the one that failed */
int bed_renew(struct bed *bed);

/** bed_query() - CTX_QUERY; state is UINT32_MAX when that fails */
struct drm_genesys_ctx_query bed_query(const struct npu *npu, uint32_t ctx);

/**
 * bed_innocents() - do contexts that nobody blames work, and a new one?
 * Returns 0, the line in fault_bed.c that says no, or a negative errno.
 */
int bed_innocents(struct bed *bed);

#define FLIGHT_INNOCENT 4

/** Fences of jobs of which the first is on the core and the others wait. */
struct flight {
	int lost, next, innocent[FLIGHT_INNOCENT], stranger;
};

int flight_start(struct bed *bed, struct flight *flight);

/**
 * flight_end() - after one reset: one job is lost, all others ran, once
 * Returns 0, or the line in fault_reset.c that says no.
 */
int flight_end(struct bed *bed, const struct flight *flight);

/**
 * storm() - 20 faults of all kinds while processes submit jobs of all kinds
 * Returns the number of processes that saw what may not be.
 */
int storm(const struct npu_device *dev, uint32_t seed);

#endif /* GS_SELFTESTS_FAULT_BED_H */
