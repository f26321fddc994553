// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one file can see of another: nothing, neither in memory nor on the chip,
 * not even of one whose address space it took over.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "npu_harness.h"

#include "chip.h"
#include "side.h"

#define SMALL_FILES 4u
#define NUM_PROCESSES 64
#define RETRY_US 100000

/* Every account of the fault says the same. */
#define EXPECT_FAULT(fault, addr)                                            \
	do {                                                                 \
		EXPECT_EQ((fault).status, -EFAULT);                          \
		EXPECT_EQ((fault).query.state, DRM_GENESYS_CTX_GUILTY);      \
		EXPECT_EQ((fault).query.cause, DRM_GENESYS_CAUSE_MMU_FAULT); \
		EXPECT_EQ((fault).query.fault_code, GS_MMU_NOT_MAPPED);      \
		EXPECT_EQ((fault).query.address, (addr));                    \
		EXPECT_EQ((fault).query.seqno, 1);                           \
		EXPECT_EQ((fault).query.block, 0);                           \
		EXPECT_EQ((fault).result.status, GS_JOB_MMU_FAULT);          \
		EXPECT_EQ((fault).result.fault_code, GS_MMU_NOT_MAPPED);     \
		EXPECT_EQ((fault).result.address, (addr));                   \
		EXPECT_EQ((fault).result.word, (fault).query.word);          \
	} while (0)

/* ---- memory ------------------------------------------------------------------- */

FIXTURE(memory)
{
	struct npu_device dev;
	struct side a, b;
};

FIXTURE_SETUP(memory)
{
	ASSERT_EQ(0, npu_find(&self->dev));
	ASSERT_EQ(0, side_open(&self->a, &self->dev, true));
	ASSERT_EQ(0, side_open(&self->b, &self->dev, false));
	side_fill(&self->a, 0xa1);
}

FIXTURE_TEARDOWN(memory)
{
	side_close(&self->b);
	side_close(&self->a);
}

/* B uses an address where A has memory and it has none. */
TEST_F_TIMEOUT(memory, unmapped, 120)
{
	uint64_t addr = self->a.secret.addr, before;
	struct fault fault;

	ASSERT_EQ(0, side_add(&self->a));
	before = side_hash(&self->a);
	fault = side_touch(&self->b, addr, false);
	EXPECT_FAULT(fault, addr);
	fault = side_touch(&self->b, addr, true);
	EXPECT_FAULT(fault, addr);
	fault = side_touch(&self->b, addr + 3 * GS_PAGE_BYTES, true);
	EXPECT_FAULT(fault, addr + 3 * GS_PAGE_BYTES);
	EXPECT_EQ(before, side_hash(&self->a));
	/* Neither is worse off. */
	EXPECT_EQ(0, side_add(&self->a));
	EXPECT_EQ(0, side_add(&self->b));
}

/* What the device notes: address, direction, and whose it was. */
TEST_F_TIMEOUT(memory, fault_record, 120)
{
	uint64_t addr = self->a.secret.addr;
	uint64_t hole = addr + self->a.secret.size;
	struct fault_record b, again, a;
	struct fault fault;

	ASSERT_EQ(0, fault_record_clear(&self->dev));
	fault = side_touch(&self->b, addr, false);
	EXPECT_FAULT(fault, addr);
	ASSERT_EQ(0, fault_record_read(&self->dev, &b));
	EXPECT_EQ(b.addr, addr);
	EXPECT_EQ(b.status & ~0xf00u,
		  GS_FAULT_VALID | (GS_MMU_NOT_MAPPED << 4));
	EXPECT_EQ(GS_FAULT_ENGINE(b.status), GS_ENGINE_CORE);
	EXPECT_LT(b.asid, self->dev.max_files);

	ASSERT_EQ(0, fault_record_clear(&self->dev));
	fault = side_touch(&self->a, hole, true);
	EXPECT_FAULT(fault, hole);
	ASSERT_EQ(0, fault_record_read(&self->dev, &a));
	EXPECT_EQ(a.addr, hole);
	EXPECT_TRUE(a.status & GS_FAULT_WRITE);
	EXPECT_LT(a.asid, self->dev.max_files);
	EXPECT_NE(a.asid, b.asid);

	ASSERT_EQ(0, fault_record_clear(&self->dev));
	fault = side_touch(&self->b, addr, true);
	EXPECT_FAULT(fault, addr);
	ASSERT_EQ(0, fault_record_read(&self->dev, &again));
	EXPECT_EQ(again.asid, b.asid);
	EXPECT_TRUE(again.status & GS_FAULT_WRITE);
}

/* The same addresses are other memory. */
TEST_F_TIMEOUT(memory, mapped, 120)
{
	uint64_t before;

	ASSERT_EQ(self->a.kit.data.addr, self->b.kit.data.addr);
	ASSERT_EQ(self->a.kit.results.addr, self->b.kit.results.addr);
	ASSERT_EQ(0, side_add(&self->a));
	before = side_hash(&self->a);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < self->b.kit.lanes; i++)
			npu_in(&self->b.kit)[i] = (int32_t)(round * 77 + i);
		memset(npu_result(&self->b.kit, 0), 0xff,
		       sizeof(struct gs_result));
		EXPECT_EQ(0, side_add(&self->b));
		EXPECT_EQ(npu_result(&self->b.kit, 0)->status, GS_JOB_OK);
		EXPECT_EQ(before, side_hash(&self->a));
	}
	EXPECT_EQ(0, side_add(&self->a));
}

/* ---- the chip ------------------------------------------------------------------ */

FIXTURE(chip)
{
	struct npu a_npu, b_npu;
	struct chip a, b;
};

FIXTURE_VARIANT(chip)
{
	bool small;
};

FIXTURE_VARIANT_ADD(chip, first_device){
	.small = false,
};

FIXTURE_VARIANT_ADD(chip, small_device){
	.small = true,
};

FIXTURE_SETUP(chip)
{
	struct npu_device dev;

	if (variant->small && npu_find_small(&dev, SMALL_FILES))
		SKIP(return, "no device with at most 4 address spaces");
	if (!variant->small)
		ASSERT_EQ(0, npu_find(&dev));
	ASSERT_EQ(0, npu_open_device(&self->a_npu, &dev));
	ASSERT_EQ(0, npu_open_device(&self->b_npu, &dev));
	ASSERT_EQ(0, chip_create(&self->a_npu, &self->a));
	ASSERT_EQ(0, chip_create(&self->b_npu, &self->b));
}

FIXTURE_TEARDOWN(chip)
{
	chip_destroy(&self->a);
	chip_destroy(&self->b);
	npu_close(&self->a_npu);
	npu_close(&self->b_npu);
}

static void show_all(struct __test_metadata *_metadata, struct chip *chip,
		     const char *who, bool kept)
{
	for (unsigned i = 0; i < CHIP_NUM_MEMORIES; i++) {
		uint32_t total = 0;
		int found = chip_show(chip, (enum chip_memory)i, &total);

		EXPECT_GT(total, 0);
		EXPECT_EQ(found, kept ? (int)total : 0)
		{
			TH_LOG("%s: %s finds %d of %u", chip_names[i], who,
			       found, total);
		}
	}
}

/*
 * A finds what its job before left, which shows that the programs can see it.
 * B finds zeros, and then A does.
 */
TEST_F_TIMEOUT(chip, zeros, 300)
{
	ASSERT_EQ(0, chip_fill(&self->a));
	show_all(_metadata, &self->a, "A", true);
	ASSERT_EQ(0, chip_fill(&self->a));
	show_all(_metadata, &self->b, "B", false);
	show_all(_metadata, &self->a, "A after B", false);
}

/* ---- address spaces that are used again ----------------------------------------- */

FIXTURE(small)
{
	struct npu_device dev;
};

FIXTURE_SETUP(small)
{
	if (npu_find_small(&self->dev, SMALL_FILES))
		SKIP(return, "no device with at most 4 address spaces");
}

FIXTURE_TEARDOWN(small)
{
}

/* Until every address space is in use: that of the file before is one of them. */
static int open_all(struct side *sides, const struct npu_device *dev)
{
	for (unsigned i = 0; i < SMALL_FILES + 1; i++) {
		int ret = side_open(&sides[i], dev, false);

		if (ret == -EBUSY)
			return (int)i;
		if (ret)
			return ret;
	}
	return -E2BIG;
}

TEST_F_TIMEOUT(small, reuse, 240)
{
	struct side a, b[SMALL_FILES + 1];
	uint64_t before, addr;
	struct fault fault;
	int count;

	for (int round = 0; round < 3; round++) {
		ASSERT_EQ(0, side_open(&a, &self->dev, true));
		side_fill(&a, (uint8_t)(0x51 + round));
		ASSERT_EQ(0, side_add(&a));
		addr = a.secret.addr;
		before = side_hash(&a);
		ASSERT_EQ(0, side_leave(&a));
		EXPECT_EQ(before, side_hash(&a));

		/* Its address space too; nobody else uses the device. */
		count = open_all(b, &self->dev);
		ASSERT_EQ(count, (int)self->dev.max_files);
		for (int i = 0; i < count; i++) {
			ASSERT_EQ(b[i].kit.data.addr, a.kit.data.addr);
			EXPECT_EQ(0, side_leak(&b[i]));
			fault = side_touch(&b[i], addr, false);
			EXPECT_FAULT(fault, addr);
			fault = side_touch(&b[i], addr, true);
			EXPECT_FAULT(fault, addr);
			for (uint32_t j = 0; j < b[i].kit.lanes; j++)
				npu_in(&b[i].kit)[j] = 100 * i + (int)j;
			EXPECT_EQ(0, side_add(&b[i]));
		}
		EXPECT_EQ(before, side_hash(&a));
		for (int i = 0; i < count; i++)
			side_close(&b[i]);
		side_close(&a);
	}
}

/* What the processes share. */
struct crowd {
	uint32_t go, refused;
};

#define PID_STEP 256 /* more than a row has lanes; times a pid, an int32 */

/* Does the row hold what this process put there, plus @more? */
static bool is_mine(const int32_t *row, uint32_t lanes, int32_t more)
{
	for (uint32_t i = 0; i < lanes; i++)
		if (row[i] != getpid() * PID_STEP + (int32_t)i + more)
			return false;
	return true;
}

/* Numbers nobody else has, at addresses that all have. */
static int add_my_own(struct side *side)
{
	const struct gs_result *result = npu_result(&side->kit, 0);
	uint32_t lanes = side->kit.lanes;
	int ret;

	for (uint32_t i = 0; i < lanes; i++) {
		npu_in(&side->kit)[i] = getpid() * PID_STEP + (int32_t)i;
		npu_out(&side->kit)[i] = -1;
	}
	memset(npu_result(&side->kit, 0), 0xff, sizeof(*result));
	for (int round = 0; round < 3; round++) {
		ret = side_add(side);
		if (ret)
			return ret;
		if (!is_mine(npu_in(&side->kit), lanes, 0) ||
		    !is_mine(npu_out(&side->kit), lanes, 1) ||
		    result->status != GS_JOB_OK)
			return -EILSEQ;
	}
	return 0;
}

/* A file as any, once there is room. Counts the refusals. */
static int patient(const struct npu_device *dev, struct crowd *crowd)
{
	uint64_t end = npu_now_ms() + 120000;
	struct side side;
	int ret;

	while (!__atomic_load_n(&crowd->go, __ATOMIC_ACQUIRE))
		usleep(5000);
	do {
		ret = side_open(&side, dev, false);
		if (!ret) {
			ret = add_my_own(&side);
			side_close(&side);
			return ret;
		}
		if (ret != -EBUSY)
			return ret;
		__atomic_fetch_add(&crowd->refused, 1, __ATOMIC_RELAXED);
		usleep(RETRY_US);
	} while (npu_now_ms() < end);
	return ret;
}

TEST_F_TIMEOUT(small, many_processes, 300)
{
	struct side held[SMALL_FILES + 1];
	pid_t pids[NUM_PROCESSES];
	int count, status, failed = 0;
	struct crowd *crowd;

	crowd = mmap(NULL, GS_PAGE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(crowd, MAP_FAILED);
	for (int i = 0; i < NUM_PROCESSES; i++) {
		pids[i] = fork();
		ASSERT_GE(pids[i], 0);
		if (!pids[i])
			_exit(patient(&self->dev, crowd) ? 1 : 0);
	}
	/* All taken at first, so that the processes do meet. */
	count = open_all(held, &self->dev);
	__atomic_store_n(&crowd->go, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(count, (int)self->dev.max_files);
	for (int i = 0; i < 1000; i++) {
		if (__atomic_load_n(&crowd->refused, __ATOMIC_RELAXED) >=
		    NUM_PROCESSES)
			break;
		usleep(10000);
	}
	EXPECT_GE(__atomic_load_n(&crowd->refused, __ATOMIC_RELAXED), 1);
	for (int i = 0; i < count; i++)
		side_close(&held[i]);
	for (int i = 0; i < NUM_PROCESSES; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		failed += !WIFEXITED(status) || WEXITSTATUS(status);
	}
	EXPECT_EQ(0, failed);
	TH_LOG("%u times there was no address space", crowd->refused);
	/* And all of them are free again. */
	count = open_all(held, &self->dev);
	EXPECT_EQ(count, (int)self->dev.max_files);
	for (int i = 0; i < count; i++)
		side_close(&held[i]);
	munmap(crowd, GS_PAGE_BYTES);
}

TEST_HARNESS_MAIN
