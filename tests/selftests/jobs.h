/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs whose order can be told from their results, and a gate that holds up
 * the device until a test has everything in place.
 */
#ifndef GS_SELFTESTS_JOBS_H
#define GS_SELFTESTS_JOBS_H

#include "npu.h"

#define JOBS_WAIT_MS 60000

/**
 * A job of high priority that ends when the gate is opened. None that is
 * submitted behind it starts before.
 */
struct gate {
	const struct npu_kit *kit;
	uint32_t ctx;
	int fence; /* sync_file */
};

int gate_close(struct gate *gate, const struct npu_kit *kit);

/** gate_is_closed() - does it still hold the device up? */
bool gate_is_closed(const struct gate *gate);

/** gate_open() - 0 if it had been closed until now */
int gate_open(struct gate *gate);

/**
 * step_job() - add 1 to the row at the start of page @page of @bo, into the
 * next page
 */
struct npu_job step_job(const struct npu_kit *kit, uint32_t ctx,
			const struct npu_bo *bo, uint32_t page,
			uint32_t result);

/** steps_clear() - first number of page 0 is @start, the others know nothing */
void steps_clear(const struct npu_bo *bo, int32_t start);

/** step_value() - of page @page, or -1 if its lanes do not fit together */
int32_t step_value(const struct npu_kit *kit, const struct npu_bo *bo,
		   uint32_t page);

/** jobs_submit() - with a new syncobj that the job signals; the syncobj */
int jobs_submit(const struct npu *npu, struct npu_job *job);

/** jobs_after() - did job @b of the records start when @a had ended? */
bool jobs_after(const struct npu_kit *kit, uint32_t b, uint32_t a);

/** jobs_forget() - make records of results say nothing */
void jobs_forget(const struct npu_kit *kit);

/**
 * jobs_at_rings() - wait until the driver has given at least @count jobs to the
 * rings, or would if there were room, as debugfs knows it
 * Returns their number, after a while even if they are fewer.
 */
int jobs_at_rings(const struct npu_device *dev, int count);

/**
 * jobs_peak() - most unfinished jobs there ever were, as debugfs knows it
 * @sent: out: most that were in the rings or known to the firmware when an event
 *	said that a job had ended
 */
int jobs_peak(const struct npu_device *dev, int *sent);

/** jobs_send_fd() - through a unix socket, with a byte; jobs_receive_fd() */
int jobs_send_fd(int socket, int fd);
int jobs_receive_fd(int socket);

#endif /* GS_SELFTESTS_JOBS_H */
