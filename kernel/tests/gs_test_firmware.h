/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_TEST_FIRMWARE_H
#define GS_TEST_FIRMWARE_H

#include "gs_ctx.h"
#include "gs_job.h"
#include "gs_test.h"

/**
 * struct gs_test_mbox - what tests of the rings need
 */
struct gs_test_mbox {
	/** @gdev: whose rings */
	struct gs_device *gdev;

	/** @vm: of all contexts, only for its clock */
	struct gs_vm vm;
};

int gs_test_mbox_init(struct kunit *test);

struct gs_job *gs_test_job(struct kunit *test, u32 id, u32 ring);
int gs_test_give(struct kunit *test, struct gs_job *job);
struct gs_job *gs_test_run(struct kunit *test, u32 id, u32 ring);
struct gs_job **gs_test_run_many(struct kunit *test, u32 count, u32 ring);
void gs_test_expect_ended(struct kunit *test, struct gs_job *job, int error);

struct gs_ring_area *gs_test_boot(struct kunit *test, u32 counter);
u32 gs_test_used(const struct gs_ring_area *area, u32 ring);
struct gs_cmd gs_test_take(struct kunit *test, u32 ring);
void gs_test_take_job(struct kunit *test, const struct gs_job *job);
void gs_test_event(struct kunit *test, const struct gs_event *event);
void gs_test_drain(struct kunit *test);
struct gs_event gs_test_done(const struct gs_job *job);
int gs_test_resets(struct kunit *test);

#endif /* GS_TEST_FIRMWARE_H */
