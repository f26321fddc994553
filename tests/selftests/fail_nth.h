/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's fail-nth: the nth fault that could be injected into what this
 * thread does is.
 */
#ifndef GS_SELFTESTS_FAIL_NTH_H
#define GS_SELFTESTS_FAIL_NTH_H

#include "npu.h"

/* ---- faults ------------------------------------------------------------------ */

#define FAIL_NTH_MAX_SETTINGS 16

/** A setting in debugfs, and what it was. */
struct fail_nth_setting {
	char path[192];
	char old[32];
};

struct fail_nth {
	int fd; /* /proc/thread-self/fail-nth */
	unsigned num_settings;
	struct fail_nth_setting settings[FAIL_NTH_MAX_SETTINGS];
};

/**
 * fail_nth_open() - have allocations of all kinds fail, without a word
 * Returns 0, or -errno when the kernel cannot.
 */
int fail_nth_open(struct fail_nth *nth);

/** fail_nth_add() - silence faults of kind @name, if there are, below @dir */
void fail_nth_add(struct fail_nth *nth, const char *dir, const char *name);

/** fail_nth_close() - set everything back */
void fail_nth_close(struct fail_nth *nth);

/** fail_nth_arm() - the @n th from now on, from 1 */
void fail_nth_arm(const struct fail_nth *nth, int n);

/** fail_nth_disarm() - 0 if it was injected, else how many were missing */
int fail_nth_disarm(const struct fail_nth *nth);

/* ---- calls ------------------------------------------------------------------- */

#define FAIL_NTH_WAIT_MS 60000

/** What the calls are made with. */
struct bed {
	struct npu npu, other; /* two files of a device */
	struct npu_kit kit;
	uint32_t ctx;
	uint32_t done; /* syncobj whose fence has signalled */
	uint32_t out, timeline; /* syncobjs that jobs signal */
	uint64_t point; /* newest of @timeline */
	uint64_t submitted; /* jobs of @ctx before the call */
	/* What a call is about, or has made. */
	struct npu victim;
	struct npu_kit victim_kit;
	uint32_t bo, victim_ctx;
	uint64_t offset; /* for mmap() */
	int file;
	void *map;
};

/** A call, which each of its faults is injected into once. */
struct call {
	int (*make)(struct bed *bed); /* what it needs */
	int (*call)(struct bed *bed);
	/* Take it back, and judge the state it left. */
	int (*after)(struct bed *bed, int ret);
	int error; /* that it may give, besides ENOMEM and EFAULT */
	unsigned least; /* allocations it is known to make */
};

extern const struct call call_open;
extern const struct call call_close;
extern const struct call call_mmap;
extern const struct call call_touch;
extern const struct call call_dev_query;
extern const struct call call_bo_create;
extern const struct call call_bo_info;
extern const struct call call_bo_sync;
extern const struct call call_ctx_create;
extern const struct call call_ctx_create_first;
extern const struct call call_ctx_query;
extern const struct call call_ctx_destroy;
extern const struct call call_gem_close;
extern const struct call call_export;
extern const struct call call_import;
extern const struct call call_import_foreign;
extern const struct call call_submit;
extern const struct call call_submit_binary;
extern const struct call call_submit_timeline;
extern const struct call call_submit_shared;

/* Steps of several calls. */
int fail_nth_make_nothing(struct bed *bed);
int fail_nth_check_nothing(struct bed *bed, int ret);
int fail_nth_make_bo(struct bed *bed);
int fail_nth_make_exported(struct bed *bed);
int fail_nth_close_bo(const struct npu *npu, uint32_t *handle);

/** fail_nth_count_jobs() - note how many jobs were submitted until now */
int fail_nth_count_jobs(struct bed *bed);

/** fail_nth_after_submit() - wait for all jobs; did the right number come? */
int fail_nth_after_submit(struct bed *bed, int ret);

#endif /* GS_SELFTESTS_FAIL_NTH_H */
