// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation fails once: fail-nth makes the first one of a call fail,
 * then the second one, until the call has no more. Each time the call does
 * what it should or says why not and did nothing, and the next one works.
 * What fails are allocations, copies from and to the process, and where the
 * driver lets its waits for the device fail, those. Needs FAULT_INJECTION and
 * FAILSLAB, and debugfs.
 */
#include "npu_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <drm.h>

#include "fail_nth.h"

#define MOST_FAULTS 5000

FIXTURE(fail_nth)
{
	struct fail_nth nth;
	struct bed bed;
	int refs; /* of the module, before anything was opened */
};

FIXTURE_VARIANT(fail_nth)
{
	const struct call *call;
};

#define CALL(name)                          \
	FIXTURE_VARIANT_ADD(fail_nth, name) \
	{                                   \
		.call = &call_##name,       \
	}

CALL(open);
CALL(close);
CALL(mmap);
CALL(touch);
CALL(dev_query);
CALL(bo_create);
CALL(bo_info);
CALL(bo_sync);
CALL(ctx_create);
CALL(ctx_create_first);
CALL(ctx_query);
CALL(ctx_destroy);
CALL(gem_close);
CALL(export);
CALL(import);
CALL(import_foreign);
CALL(submit);
CALL(submit_binary);
CALL(submit_timeline);
CALL(submit_shared);

static int make_bed(struct bed *bed)
{
	struct drm_syncobj_create signaled = {
		.flags = DRM_SYNCOBJ_CREATE_SIGNALED,
	};
	struct npu_job job;
	int ret = npu_kit_create(&bed->npu, &bed->kit);

	if (ret)
		return ret;
	bed->ctx = (uint32_t)npu_ctx_create(
		&bed->npu, DRM_GENESYS_PRIORITY_NORMAL, FAIL_NTH_WAIT_MS);
	bed->out = (uint32_t)npu_syncobj_create(&bed->npu);
	bed->timeline = (uint32_t)npu_syncobj_create(&bed->npu);
	ret = npu_ioctl(bed->npu.fd, DRM_IOCTL_SYNCOBJ_CREATE, &signaled);
	if (ret)
		return ret;
	bed->done = signaled.handle;
	bed->point = 1;
	job = npu_job(&bed->kit, bed->ctx, NPU_NOP, 0);
	npu_job_signal(&job, bed->timeline, 1);
	ret = fail_nth_count_jobs(bed);
	if (!ret)
		ret = npu_job_submit(&bed->npu, &job);
	return ret ? ret : fail_nth_after_submit(bed, 0);
}

FIXTURE_SETUP(fail_nth)
{
	int ret = fail_nth_open(&self->nth);

	if (ret)
		SKIP(return, "no fail-nth with failslab in this kernel: %s",
			   strerror(-ret));
	self->refs = npu_module_refs();
	ASSERT_EQ(0, npu_open(&self->bed.npu));
	fail_nth_add(&self->nth, self->bed.npu.dev.debugfs, "fail_poll");
	ASSERT_EQ(0, npu_open_device(&self->bed.other, &self->bed.npu.dev));
	ASSERT_EQ(0, make_bed(&self->bed));
}

/* Everything is given back, contexts and fences a little later. */
FIXTURE_TEARDOWN(fail_nth)
{
	uint64_t end = npu_now_ms() + FAIL_NTH_WAIT_MS;

	if (self->nth.fd < 0)
		return;
	fail_nth_close(&self->nth);
	EXPECT_EQ(0, npu_check(&self->bed.npu.dev, 3));
	npu_kit_destroy(&self->bed.kit);
	npu_close(&self->bed.npu);
	npu_close(&self->bed.other);
	while (npu_module_refs() != self->refs && npu_now_ms() < end)
		usleep(10000);
	EXPECT_EQ(self->refs, npu_module_refs());
}

TEST_F_TIMEOUT(fail_nth, walk, 600)
{
	const struct call *call = variant->call;
	struct bed *bed = &self->bed;
	unsigned nomem = 0, fault = 0, other = 0, fine = 0;
	int n, ret, left = 0;

	for (n = 1; n < MOST_FAULTS && !left; n++) {
		ret = call->make(bed);
		if (n == 1 && ret == -EOPNOTSUPP)
			SKIP(return, "no /dev/udmabuf");
		ASSERT_EQ(0, ret);
		fail_nth_arm(&self->nth, n);
		ret = call->call(bed);
		left = fail_nth_disarm(&self->nth);
		ASSERT_EQ(0, call->after(bed, ret))
		TH_LOG("after fault %d, which gave %d", n, ret);
		if (left)
			break;
		nomem += ret == -ENOMEM;
		fault += ret == -EFAULT;
		other += ret && ret == -call->error;
		fine += !ret;
		ASSERT_EQ((unsigned)n, nomem + fault + other + fine)
		TH_LOG("fault %d gave %s", n, strerror(-ret));
	}
	TH_LOG("%d faults: ENOMEM %u, EFAULT %u, %s %u, none %u", n - 1, nomem,
	       fault, call->error ? strerror(call->error) : "other", other,
	       fine);
	/* Uninjected, it does what it should. */
	ASSERT_NE(0, left);
	ASSERT_EQ(0, ret);
	EXPECT_LE(call->least, nomem + fine);
	EXPECT_EQ(call->least > 0, nomem > 0);
}

/* ---- afterwards ---------------------------------------------------------------- */

#define KMEMLEAK "/sys/kernel/debug/kmemleak"
#define KMEMLEAK_AGE 6 /* seconds until it takes an object for lost */

FIXTURE(afterwards){};

FIXTURE_SETUP(afterwards)
{
}

FIXTURE_TEARDOWN(afterwards)
{
}

/* What the driver allocated and nobody knows any more. */
TEST_F_TIMEOUT(afterwards, no_leaks, 300)
{
	static char text[1 << 16];

	if (npu_write_file(KMEMLEAK, "scan"))
		SKIP(return, "kmemleak is not there or off");
	/* An object that changes from one scan to the next is not lost. */
	sleep(KMEMLEAK_AGE);
	ASSERT_EQ(0, npu_write_file(KMEMLEAK, "scan"));
	ASSERT_LE(0, npu_read_file(KMEMLEAK, text, sizeof(text)));
	EXPECT_EQ(NULL, strstr(text, "[genesys]"))
	TH_LOG("%s", text);
}

TEST_HARNESS_MAIN
