/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ioctls of syncobjs, and another process that has a part in it. Functions
 * return 0 or more, or a negative errno.
 */
#ifndef GS_SELFTESTS_FENCE_UTIL_H
#define GS_SELFTESTS_FENCE_UTIL_H

#include "jobs.h"

/* What the other process makes of a fence and a buffer: two more steps. */
struct peer_report {
	int status;
	uint64_t start, end;
};

int fence_query(const struct npu *npu, uint32_t handle, uint64_t *point);

/** fence_in_ms() - absolute time, nanoseconds of CLOCK_MONOTONIC, as waits want it */
int64_t fence_in_ms(int64_t ms);

int fence_wait_point(const struct npu *npu, uint32_t handle, uint64_t point,
		     int64_t deadline);

int fence_wait_binary(const struct npu *npu, const uint32_t *handles,
		      uint32_t count, uint32_t flags, int64_t deadline,
		      uint32_t *first);

/** fence_ready() - can a sync_file or eventfd be read within @ms? */
bool fence_ready(int fd, int ms);

/** fence_eventfd() - a new eventfd for a point */
int fence_eventfd(const struct npu *npu, uint32_t handle, uint64_t point,
		  uint32_t flags);

/**
 * fence_with_peer() - give @fd to another process that queues a job which has to
 * wait for it, then open the gate
 */
int fence_with_peer(const struct npu_device *dev, int fd, bool is_fence,
		    struct gate *gate, struct peer_report *report);

#endif /* GS_SELFTESTS_FENCE_UTIL_H */
