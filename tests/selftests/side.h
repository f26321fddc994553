/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file with memory of its own: one of those that must not see each other.
 */
#ifndef GS_SELFTESTS_SIDE_H
#define GS_SELFTESTS_SIDE_H

#include "npu.h"

struct side {
	struct npu npu;
	struct npu_kit kit;
	struct npu_bo secret; /* at an address where others have nothing */
	int ctx;
};

/** What is known of a job that was refused an access. */
struct fault {
	int status; /* of the fence, or why there is none */
	struct drm_genesys_ctx_query query;
	struct gs_result result;
};

/** The device's own record of the first fault since a reset. */
struct fault_record {
	unsigned status, asid;
	unsigned long long addr;
};

/** side_open() - @secret: with a BO at an address where others have none */
int side_open(struct side *side, const struct npu_device *dev, bool secret);

/** side_close() - file and mappings */
void side_close(struct side *side);

/**
 * side_leave() - close the file of a side with a secret; its memory stays, for
 * side_hash() and side_close()
 */
int side_leave(struct side *side);

void side_fill(struct side *side, uint8_t seed);

/** side_hash() - of all memory of the file */
uint64_t side_hash(const struct side *side);

/** side_add() - add 1 to the file's own numbers, and check */
int side_add(struct side *side);

/** side_leak() - lanes of a row of VMEM1 that are not 0 before any is loaded */
int side_leak(struct side *side);

/**
 * side_touch() - a load of a row at @addr, or a store, which must fail; in a
 * context of its own
 */
struct fault side_touch(struct side *side, uint64_t addr, bool write);

int fault_record_read(const struct npu_device *dev, struct fault_record *rec);

/** fault_record_clear() - by a reset of the device, if it holds something */
int fault_record_clear(const struct npu_device *dev);

#endif /* GS_SELFTESTS_SIDE_H */
