// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs, devices and buses that fail: the job that is to blame ends with
 * the documented error, its context is guilty or is not, all others succeed,
 * and afterwards the device works.
 */
#include "npu_harness.h"

#include <errno.h>

#include "fault_bed.h"

#define SECONDS 240 /* of a test, on a slow machine */

/*
 * From the timeout of a job to the end of it and of those behind it, at most. A
 * kernel that debugs needs a hundredth, the timeout of another job is longer.
 */
#define RECOVERY_MS 5000u

#define NEED_TEST_REGS()                                         \
	do {                                                     \
		if (!self->bed.dev.test_regs)                    \
			SKIP(return, "%s has no test registers", \
				   self->bed.dev.address);       \
	} while (0)

/* ---- hang -------------------------------------------------------------------- */

FIXTURE(hang)
{
	struct bed bed;
};

FIXTURE_VARIANT(hang)
{
	uint32_t inject;
	enum npu_program program;
};

FIXTURE_VARIANT_ADD(hang, endless){
	.inject = 0,
	.program = NPU_ENDLESS,
};

FIXTURE_VARIANT_ADD(hang, injected){
	.inject = GS_INJECT_HANG,
	.program = NPU_ADD,
};

FIXTURE_SETUP(hang)
{
	ASSERT_EQ(0, bed_make(&self->bed));
	if (variant->inject) {
		NEED_TEST_REGS();
		ASSERT_EQ(0, npu_inject(&self->bed.dev, variant->inject));
	}
}

FIXTURE_TEARDOWN(hang)
{
	EXPECT_EQ(0, bed_unmake(&self->bed));
}

/* Starts the job; with an injection, waits until it has taken that. */
static int start_hang(const struct bed *bed, uint32_t inject,
		      enum npu_program program)
{
	int before = inject ? npu_injected(&bed->dev) : 0;
	uint64_t end = npu_now_ms() + BED_LONG_MS;
	int fence = npu_start(&bed->kit, bed->ctx, program, 1);

	while (inject && npu_injected(&bed->dev) == before)
		if (npu_now_ms() > end)
			return -ETIME;
	return fence;
}

TEST_F_TIMEOUT(hang, ends_after_its_timeout, SECONDS)
{
	struct bed *bed = &self->bed;
	struct drm_genesys_ctx_query blame;
	uint64_t start = npu_now_ms(), took;
	int fence, queued[3], innocent, stranger;

	fence = start_hang(bed, variant->inject, variant->program);
	ASSERT_LE(0, fence);
	for (int i = 0; i < 3; i++)
		queued[i] = npu_start(&bed->kit, bed->ctx, NPU_ADD, 0);
	innocent = npu_start(&bed->kit, bed->innocent, NPU_ADD, 2);
	stranger = npu_start(&bed->other_kit, bed->stranger, NPU_ADD, 2);
	EXPECT_EQ(-ETIME, npu_end(fence));
	took = npu_now_ms() - start;
	EXPECT_LE(BED_TIMEOUT_MS, took + 10);
	EXPECT_GE(BED_TIMEOUT_MS + RECOVERY_MS, took);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(-ECANCELED, npu_end(queued[i]));
	EXPECT_EQ(1, npu_end(innocent));
	EXPECT_EQ(1, npu_end(stranger));
	EXPECT_GE(BED_TIMEOUT_MS + RECOVERY_MS, npu_now_ms() - start);
	TH_LOG("%llu ms after it began, all %llu ms", (unsigned long long)took,
	       (unsigned long long)(npu_now_ms() - start));

	blame = bed_query(&bed->npu, bed->ctx);
	EXPECT_EQ(DRM_GENESYS_CTX_GUILTY, blame.state);
	EXPECT_EQ(DRM_GENESYS_CAUSE_HANG, blame.cause);
	EXPECT_EQ(1, blame.seqno);
	EXPECT_EQ(blame.submitted, blame.completed);
	EXPECT_LE((BED_TIMEOUT_MS - 10) * 1000000ull, blame.busy_ns);
	EXPECT_EQ(GS_JOB_TIMEOUT, npu_result(&bed->kit, 1)->status);
	EXPECT_EQ(-ECANCELED, npu_submit(&bed->kit, bed->ctx, NPU_ADD, 0));
	EXPECT_EQ(0, bed_resets(bed));
	EXPECT_EQ(0, bed_innocents(bed));
}

TEST_F_TIMEOUT(hang, is_logged_once, SECONDS)
{
	struct bed *bed = &self->bed;
	uint64_t end = npu_now_ms() + BED_LONG_MS;
	int log = npu_log_open(), lines = 0, tries = 0;

	ASSERT_LE(0, log);
	/* Failures of tests before may have used up what may be logged. */
	while (!lines && npu_now_ms() < end) {
		usleep(tries++ ? 1000000 : 0);
		if (variant->inject)
			npu_inject(&bed->dev, variant->inject);
		ASSERT_EQ(-ETIME, npu_run(&bed->kit, bed->ctx, variant->program,
					  BED_LONG_MS));
		lines = npu_log_count(log, bed->dev.address, "hang");
		ASSERT_EQ(0, bed_renew(bed));
	}
	EXPECT_EQ(1, lines);
	close(log);
}

/* ---- programs that fault ------------------------------------------------------- */

FIXTURE(program)
{
	struct bed bed;
};

FIXTURE_VARIANT(program)
{
	enum npu_program program;
	uint32_t inject;
	int error;
	uint32_t cause, status, code, block, word;
	char base; /* of the address: 'd'ata, 'c'ode, 'e'ntry */
	uint64_t offset;
};

FIXTURE_VARIANT_ADD(program, illegal){
	.program = NPU_ILLEGAL,
	.error = -EIO,
	.cause = DRM_GENESYS_CAUSE_CORE_FAULT,
	.status = GS_JOB_FAULT,
	.code = 1, /* ILLEGAL_WORD; its address is the word */
	.block = 1,
	.word = 0,
	.base = 0,
	.offset = NPU_ILLEGAL_WORD,
};

FIXTURE_VARIANT_ADD(program, load_unmapped){
	.program = NPU_LOAD_UNMAPPED,
	.error = -EFAULT,
	.cause = DRM_GENESYS_CAUSE_MMU_FAULT,
	.status = GS_JOB_MMU_FAULT,
	.code = GS_MMU_NOT_MAPPED,
	.word = 3,
	.base = 'd',
	.offset = NPU_UNMAPPED,
};

FIXTURE_VARIANT_ADD(program, store_read_only){
	.program = NPU_STORE_CODE,
	.error = -EFAULT,
	.cause = DRM_GENESYS_CAUSE_MMU_FAULT,
	.status = GS_JOB_MMU_FAULT,
	.code = GS_MMU_READ_ONLY,
	.word = 3,
	.base = 'c',
	.offset = 0,
};

FIXTURE_VARIANT_ADD(program, dma_error){
	.program = NPU_ADD,
	.inject = GS_INJECT_DMA_ERROR,
	.error = -EFAULT,
	.cause = DRM_GENESYS_CAUSE_MMU_FAULT,
	.status = GS_JOB_MMU_FAULT,
	.code = GS_MMU_BUS_ERROR,
	.base = 'e',
	.offset = 0,
};

FIXTURE_SETUP(program)
{
	ASSERT_EQ(0, bed_make(&self->bed));
	if (variant->inject) {
		NEED_TEST_REGS();
		ASSERT_EQ(0, npu_inject(&self->bed.dev, variant->inject));
	}
}

FIXTURE_TEARDOWN(program)
{
	EXPECT_EQ(0, bed_unmake(&self->bed));
}

static uint64_t fault_address(const struct npu_kit *kit, char base,
			      enum npu_program program)
{
	switch (base) {
	case 'd':
		return kit->data.addr;
	case 'c':
		return kit->code.addr;
	case 'e':
		return kit->code.addr + kit->entry[program];
	default:
		return 0;
	}
}

TEST_F_TIMEOUT(program, fault_is_exact, SECONDS)
{
	struct bed *bed = &self->bed;
	uint64_t address =
		variant->offset +
		fault_address(&bed->kit, variant->base, variant->program);
	const uint32_t code = *(uint32_t *)bed->kit.code.map;
	struct gs_result *result = npu_result(&bed->kit, 3);
	struct drm_genesys_ctx_query blame;
	int fence, queued;

	fence = npu_start(&bed->kit, bed->ctx, variant->program, 3);
	queued = npu_start(&bed->kit, bed->ctx, NPU_ADD, 4);
	EXPECT_EQ(variant->error, npu_end(fence));
	/* Submitted before the failure was known, or refused after it. */
	EXPECT_EQ(-ECANCELED, npu_end(queued));

	blame = bed_query(&bed->npu, bed->ctx);
	EXPECT_EQ(DRM_GENESYS_CTX_GUILTY, blame.state);
	EXPECT_EQ(variant->cause, blame.cause);
	EXPECT_EQ(1, blame.seqno);
	EXPECT_EQ(variant->code, blame.fault_code);
	EXPECT_EQ(variant->block, blame.block);
	EXPECT_EQ(variant->word, blame.word);
	EXPECT_EQ(address, blame.address);
	EXPECT_EQ(variant->status, result->status);
	EXPECT_EQ(variant->code, result->fault_code);
	EXPECT_EQ(variant->block, result->block);
	EXPECT_EQ(variant->word, result->word);
	EXPECT_EQ(address, result->address);
	EXPECT_LE(result->time_start, result->time_end);
	EXPECT_EQ(code, *(uint32_t *)bed->kit.code.map);
	EXPECT_EQ(0, bed_resets(bed));
	EXPECT_EQ(0, bed_innocents(bed));
}

/* ---- devices and buses that fail ---------------------------------------------- */

FIXTURE(fault)
{
	struct bed bed;
};

FIXTURE_SETUP(fault)
{
	ASSERT_EQ(0, bed_make(&self->bed));
}

FIXTURE_TEARDOWN(fault)
{
	EXPECT_EQ(0, bed_unmake(&self->bed));
}

TEST_F_TIMEOUT(fault, lost_interrupt, SECONDS)
{
	struct bed *bed = &self->bed;
	int before;

	NEED_TEST_REGS();
	before = npu_injected(&bed->dev);
	ASSERT_EQ(0, npu_inject(&bed->dev, GS_INJECT_DROP_IRQ));
	/* In a context whose timeout passes before anybody looks. */
	EXPECT_EQ(1, npu_run(&bed->kit, bed->ctx, NPU_ADD, BED_LONG_MS));
	EXPECT_EQ(before + 1, npu_injected(&bed->dev));
	EXPECT_EQ(DRM_GENESYS_CTX_ACTIVE, bed_query(&bed->npu, bed->ctx).state);
	EXPECT_EQ(DRM_GENESYS_CAUSE_NONE, bed_query(&bed->npu, bed->ctx).cause);
	EXPECT_EQ(0, bed_resets(bed));
	EXPECT_EQ(1, npu_run(&bed->kit, bed->ctx, NPU_ADD, BED_LONG_MS));
	EXPECT_EQ(0, bed_innocents(bed));
}

/* A page table that leads to where nothing is, or where an IOMMU stands. */
TEST_F_TIMEOUT(fault, page_nobody_has, SECONDS)
{
	struct bed *bed = &self->bed;
	struct drm_genesys_ctx_query blame;
	struct npu_job job;
	struct npu_bo bad;
	int fence;

	NEED_TEST_REGS();
	ASSERT_EQ(0, npu_inject_bad_page(&bed->dev));
	ASSERT_EQ(0, npu_bo_create(&bed->npu, &bad, 0x1000, 0));
	job = npu_job(&bed->kit, bed->ctx, NPU_ADD, 5);
	npu_job_add_bo(&job, bad.handle, DRM_GENESYS_BO_REF_WRITE);
	for (int i = 1; i < DRM_GENESYS_NUM_WINDOWS; i++)
		job.args.window_base[i] = bad.addr;
	fence = npu_start_job(&bed->npu, &job);
	EXPECT_EQ(-EFAULT, npu_end(fence));
	blame = bed_query(&bed->npu, bed->ctx);
	EXPECT_EQ(DRM_GENESYS_CTX_GUILTY, blame.state);
	EXPECT_EQ(DRM_GENESYS_CAUSE_MMU_FAULT, blame.cause);
	EXPECT_EQ(GS_MMU_BUS_ERROR, blame.fault_code);
	EXPECT_EQ(bad.addr, blame.address);
	EXPECT_EQ(0, bed_resets(bed));
	npu_bo_destroy(&bed->npu, &bad);
	/* Only that one. */
	ASSERT_EQ(0, npu_bo_create(&bed->npu, &bad, 0x1000, 0));
	npu_bo_destroy(&bed->npu, &bad);
	EXPECT_EQ(0, bed_innocents(bed));
}

/* ---- resets ------------------------------------------------------------------- */

TEST_F_TIMEOUT(fault, processor_halts, SECONDS)
{
	struct bed *bed = &self->bed;
	struct flight jobs;

	NEED_TEST_REGS();
	ASSERT_EQ(0, flight_start(bed, &jobs));
	ASSERT_EQ(0, npu_inject(&bed->dev, GS_INJECT_CP_HALT));
	EXPECT_EQ(0, flight_end(bed, &jobs));
}

TEST_F_TIMEOUT(fault, processor_halts_idle, SECONDS)
{
	struct bed *bed = &self->bed;

	NEED_TEST_REGS();
	ASSERT_EQ(0, npu_inject(&bed->dev, GS_INJECT_CP_HALT));
	EXPECT_EQ(1,
		  npu_end(npu_count_start(&bed->counter, bed->ctx, 0, false)));
	EXPECT_EQ(1, npu_count(&bed->counter, 0));
	EXPECT_EQ(1, bed_resets(bed));
	EXPECT_EQ(DRM_GENESYS_CAUSE_NONE, bed_query(&bed->npu, bed->ctx).cause);
	EXPECT_EQ(0, bed_innocents(bed));
}

/* No event and no interrupt gets through: the firmware is silent. */
TEST_F_TIMEOUT(fault, bus_mastering_off, SECONDS)
{
	struct bed *bed = &self->bed;
	struct flight jobs;

	ASSERT_EQ(0, flight_start(bed, &jobs));
	ASSERT_EQ(1, npu_master(&bed->dev));
	ASSERT_EQ(0, npu_clear_master(&bed->dev));
	EXPECT_EQ(0, flight_end(bed, &jobs));
	EXPECT_EQ(1, npu_master(&bed->dev));
}

TEST_F_TIMEOUT(fault, bus_mastering_off_idle, SECONDS)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, npu_clear_master(&bed->dev));
	EXPECT_EQ(1,
		  npu_end(npu_count_start(&bed->counter, bed->ctx, 0, false)));
	EXPECT_EQ(1, npu_count(&bed->counter, 0));
	EXPECT_EQ(1, bed_resets(bed));
	EXPECT_EQ(1, npu_master(&bed->dev));
	EXPECT_EQ(0, bed_innocents(bed));
}

TEST_F_TIMEOUT(fault, bus_resets_device, SECONDS)
{
	struct bed *bed = &self->bed;
	struct flight jobs;

	ASSERT_EQ(0, flight_start(bed, &jobs));
	ASSERT_EQ(0, npu_reset(&bed->dev));
	EXPECT_EQ(0, flight_end(bed, &jobs));
}

/* ---- many at once --------------------------------------------------------------- */

#define FLOOD 60

TEST_F_TIMEOUT(fault, log_is_not_flooded, SECONDS)
{
	struct bed *bed = &self->bed;
	uint64_t start = npu_now_ms();
	int log = npu_log_open(), lines;

	ASSERT_LE(0, log);
	for (int i = 0; i < FLOOD; i++) {
		EXPECT_EQ(-EIO, npu_run(&bed->kit, bed->ctx, NPU_ILLEGAL,
					BED_LONG_MS));
		ASSERT_EQ(0, bed_renew(bed));
	}
	lines = npu_log_count(log, bed->dev.address, "fault");
	/* The kernel's limit: 10 in 5 seconds, each period of its own. */
	EXPECT_GE(10 * (2 + (npu_now_ms() - start) / 5000), lines);
	close(log);
}

TEST_F_TIMEOUT(fault, storm, SECONDS)
{
	const uint32_t seed = npu_seed(0);
	struct bed *bed = &self->bed;

	TH_LOG("seed %u", seed);
	EXPECT_EQ(0, storm(&bed->dev, seed));
	EXPECT_EQ(0, npu_check(&bed->dev, 100));
}

TEST_HARNESS_MAIN
