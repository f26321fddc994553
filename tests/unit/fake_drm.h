/* SPDX-License-Identifier: MIT */
/*
 * A driver for tests of the drm backend: answers its ioctls in this process and
 * runs jobs on the machine model. Stricter than a device: a job may touch BOs
 * it lists only. One file; threads may share it as long as the members below
 * stay as they are.
 *
 * Jobs run when somebody waits for them, unless they are held back.
 */
#ifndef GS_TEST_FAKE_DRM_H
#define GS_TEST_FAKE_DRM_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_MAX_CTXS 8
/* DRM_IOCTL_SYNCOBJ_EVENTFD, which some drm.h do not have: its number. */
#define FAKE_SYNCOBJ_EVENTFD 0xCFul

/** How the next job ends, instead of running. */
enum fake_end { FAKE_RUNS, FAKE_HANGS, FAKE_IS_RESET };

struct fake_drm {
	/* What to do. */
	int open_errno; /**< of open(), 0: it works */
	const char *driver; /**< "genesys" */
	int major; /**< of the interface */
	uint32_t fw_version;
	uint64_t arch_hash; /**< 0: the right one */
	uint32_t num_params; /**< 0: the right number */
	const char *odd_node; /**< the three above are its alone, NULL: of all */
	unsigned long fail; /**< this ioctl fails, found by its number */
	int fail_errno;
	unsigned fail_after; /**< so many calls were good */
	uint32_t max_jobs; /**< of a context */
	uint32_t max_bos; /**< of a job, 16 at most */
	uint64_t low_bytes; /**< of all BOs below 4 GiB */
	bool late_events; /**< keep events for fake_drm_signal() */
	bool hold; /**< do not run jobs */
	bool gone; /**< the device was pulled */
	bool incoherent;
	enum fake_end next; /**< job, then back to FAKE_RUNS */
	/* What happened. */
	unsigned jobs, most_queued; /**< in all contexts at once */
	unsigned busy; /**< SUBMIT that were refused */
	unsigned syncs; /**< BO_SYNC */
	uint64_t synced[2]; /**< bytes to the device, from the device */
	unsigned bos, contexts, syncobjs; /**< there now */
	unsigned bos_made;
	uint32_t last_timeout_ms;
};

extern struct fake_drm fake_drm;

/** fake_drm_start() - take the place of the system below @root */
void fake_drm_start(const char *root);
/** fake_drm_run() - run what is queued */
void fake_drm_run(void);
/** fake_drm_signal() - signal the events of jobs that ran */
void fake_drm_signal(void);
/** fake_drm_stop() - give it back */
void fake_drm_stop(void);

#endif /* GS_TEST_FAKE_DRM_H */
