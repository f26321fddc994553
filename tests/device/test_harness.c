/* SPDX-License-Identifier: MIT */
/*
 * Boot: images the device refuses, ring areas the firmware refuses, the
 * handshake, the first job.
 */
#include "tests/device/test_util.h"

#include <stdlib.h>

#include "firmware/host.h"

static struct gs_fw_header *copy_image(uint8_t **image, size_t *bytes)
{
	const uint8_t *original = harness_firmware(bytes);

	/* The biggest that the device reads, for the sizes that lie. */
	*image = calloc(1, GS_FW_MAX_BYTES);
	memcpy(*image, original, *bytes);
	return (struct gs_fw_header *)(void *)*image;
}

/* ---- handshake -----------------------------------------------------------*/

static void test_boot(void **state)
{
	struct harness *h = harness_create(NULL);
	struct gs_event event = harness_boot(h);

	(void)state;
	assert_int_equal(event.type, GS_EVENT_BOOT);
	assert_int_equal(event.arg0, 0 << 16 | 1 << 8 | 0);
	assert_int_equal(event.arg1, GS_ABI_HASH);
	assert_int_equal(event.arg2, 0);
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_RUNNING);
	harness_settle(h);
	assert_int_equal(harness_read(h, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)),
			 GS_STAGE_RUNNING);
	assert_int_equal(harness_interrupts(h), 1);
	assert_true(harness_read(h, GS_REG_STATUS) & GS_STATUS_CP_RUNNING);
	harness_destroy(h);
}

/* The counters of a ring start anywhere, also before a wrap of 2^32. */
static void test_boot_counters(void **state)
{
	struct harness *h = harness_create(NULL);
	struct gs_ring_area *rings = harness_rings(h);
	struct gs_cmd cmd = kit_control(GS_CMD_STATUS, 0, 0);

	(void)state;
	rings->cmd_ctl[GS_RING_CONTROL].head = 0xfffffffe;
	rings->cmd_ctl[GS_RING_CONTROL].tail = 0xfffffffe;
	rings->event_ctl.head = 0xffffffff;
	rings->event_ctl.tail = 0xffffffff;
	rings->log_tail = 0xffffffff;
	harness_boot(h);
	for (unsigned i = 0; i < 5; i++) {
		harness_submit(h, GS_RING_CONTROL, &cmd);
		assert_int_equal(next_event(h).type, GS_EVENT_STATUS);
	}
	assert_int_equal(rings->cmd_ctl[GS_RING_CONTROL].head, 3);
	assert_int_equal(rings->event_ctl.tail, 5);
	harness_destroy(h);
}

/* Commands that stand in the rings at boot are carried out. */
static void test_boot_with_commands(void **state)
{
	struct harness *h = harness_create(NULL);
	struct kit_space kit = kit_space(h, 1);
	struct gs_cmd job = kit_job(&kit, KIT_ADD, 7, 1);
	struct gs_cmd status = kit_control(GS_CMD_STATUS, 0, 0);

	(void)state;
	assert_true(harness_push(h, GS_RING_NORMAL, &job));
	assert_true(harness_push(h, GS_RING_CONTROL, &status));
	harness_boot(h);
	assert_int_equal(expect_event(h, GS_EVENT_STATUS).arg0, 1);
	expect_done(h, 7, 1, GS_JOB_OK);
	harness_destroy(h);
}

/* ---- refused by the device -----------------------------------------------*/

struct image_case {
	const char *name;
	size_t offset; /* of the header field */
	uint32_t flip;
	enum gs_fw_status status;
};

#define FIELD(name) offsetof(struct gs_fw_header, name)

static const struct image_case image_cases[] = {
	{ "magic", FIELD(magic), 1, GS_FW_BAD_MAGIC },
	{ "header size", FIELD(header_bytes), 64, GS_FW_BAD_SIZE },
	{ "image size", FIELD(image_bytes), 16, GS_FW_BAD_SIZE },
	{ "ABI version", FIELD(abi_version), 2, GS_FW_BAD_ABI },
	{ "ABI hash", FIELD(abi_hash), 1, GS_FW_BAD_ABI },
	{ "checksum", FIELD(crc32), 1, GS_FW_BAD_CHECKSUM },
	{ "payload", sizeof(struct gs_fw_header), 1, GS_FW_BAD_CHECKSUM },
	{ "load address high", FIELD(load_addr), 1u << 31, GS_FW_BAD_LAYOUT },
	{ "load address past the end", FIELD(load_addr), GS_CP_TCM_BYTES - 64,
	  GS_FW_BAD_LAYOUT },
	{ "load address odd", FIELD(load_addr), 2, GS_FW_BAD_LAYOUT },
	{ "entry outside", FIELD(entry), 1u << 16, GS_FW_BAD_LAYOUT },
	{ "entry odd", FIELD(entry), 1, GS_FW_BAD_LAYOUT },
};

static void check_image_case(const struct image_case *c)
{
	struct harness *h = harness_create(NULL);
	enum gs_fw_status status;
	uint8_t *image;
	uint32_t word;
	size_t bytes;

	copy_image(&image, &bytes);
	memcpy(&word, image + c->offset, 4);
	word ^= c->flip;
	memcpy(image + c->offset, &word, 4);
	status = harness_load(h, image, bytes, GS_LOG_INFO);
	if (status != c->status)
		fail_msg("%s: status %d instead of %d", c->name, (int)status,
			 (int)c->status);
	assert_false(harness_read(h, GS_REG_STATUS) & GS_STATUS_CP_RUNNING);
	/* A refusal is not for good. */
	harness_boot(h);
	free(image);
	harness_destroy(h);
}

static void test_wrong_images(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(image_cases) / sizeof(*image_cases); i++)
		check_image_case(&image_cases[i]);
}

static void test_wrong_sizes(void **state)
{
	struct harness *h = harness_create(NULL);
	uint8_t *image;
	size_t bytes;

	(void)state;
	copy_image(&image, &bytes);
	assert_int_equal(harness_load(h, image, 0, GS_LOG_INFO),
			 GS_FW_BAD_SIZE);
	assert_int_equal(harness_load(h, image, 64, GS_LOG_INFO),
			 GS_FW_BAD_SIZE);
	assert_int_equal(harness_load(h, image, bytes - 16, GS_LOG_INFO),
			 GS_FW_BAD_SIZE);
	harness_write(h, GS_REG_FW_BYTES, GS_FW_MAX_BYTES + 16);
	harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	harness_settle(h);
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_BAD_SIZE);
	harness_write(h, GS_REG_FW_BYTES, (uint32_t)bytes);
	harness_write64(h, GS_REG_FW_ADDR, 0x1000);
	harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	harness_settle(h);
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_BUS_ERROR);
	free(image);
	harness_destroy(h);
}

/* ---- refused by the firmware ---------------------------------------------*/

static void expect_stage(struct harness *h, enum gs_fw_stage stage,
			 enum gs_fw_status status)
{
	const uint32_t tail = harness_rings(h)->event_ctl.tail;
	const uint8_t *image;
	size_t bytes;

	image = harness_firmware(&bytes);
	harness_load(h, image, bytes, GS_LOG_INFO);
	assert_true(harness_until(h, GS_REG_FW_STATUS, ~0u, status));
	assert_int_equal(harness_read(h, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)),
			 stage);
	assert_int_equal(harness_rings(h)->event_ctl.tail, tail);
}

static void test_wrong_ring_area(void **state)
{
	struct harness *h = harness_create(NULL);
	struct gs_ring_area *rings = harness_rings(h);

	(void)state;
	rings->magic++;
	expect_stage(h, GS_STAGE_BAD_RING_MAGIC, GS_FW_STOPPED);
	harness_clear_rings(h);
	rings->abi_version++;
	expect_stage(h, GS_STAGE_BAD_RING_ABI, GS_FW_STOPPED);
	harness_clear_rings(h);
	rings->event_ctl.tail = GS_EVENT_ENTRIES + 1;
	expect_stage(h, GS_STAGE_BAD_EVENT_RING, GS_FW_STOPPED);
	harness_clear_rings(h);
	harness_boot(h);
	harness_destroy(h);
}

/* Reboot with the ring area's address register changed behind harness_load(). */
static void restart_at(struct harness *h, uint64_t rings)
{
	harness_write64(h, GS_REG_RING_ADDR, rings);
	harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	harness_settle(h);
	harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	harness_settle(h);
}

static void test_no_ring_area(void **state)
{
	struct harness *h = harness_create(NULL);

	(void)state;
	harness_boot(h);
	restart_at(h, 0);
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_STOPPED);
	assert_int_equal(harness_read(h, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)),
			 GS_STAGE_BAD_RING_ADDR);
	/* Where no memory is: the bus error ends it, and says so. */
	restart_at(h, 0x1000);
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_HALTED);
	assert_int_equal(harness_read(h, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)),
			 GS_STAGE_HOST_LOST);
	assert_int_equal(harness_read(h, GS_REG_INT_STATUS) &
				 (GS_INT_CP_HALT | GS_INT_BUS_ERROR),
			 GS_INT_CP_HALT | GS_INT_BUS_ERROR);
	harness_destroy(h);
}

/* ---- first steps ---------------------------------------------------------*/

static void test_status(void **state)
{
	struct fixture *f = *state;
	struct gs_event event = expect_quiet(f->h);

	assert_int_equal(event.arg0, 0);
	assert_int_equal(event.arg1, 0);
	assert_int_equal(event.arg2, 0);
	assert_int_equal(event.cookie, 0xc0ffee00u + GS_CMD_STATUS);
}

static void test_one_job(void **state)
{
	struct fixture *f = *state;
	struct kit_space *kit = &f->kit[0];
	struct gs_cmd cmd = kit_job(kit, KIT_ADD, 5, 1);
	struct gs_event event;
	uint64_t before = harness_now(f->h);

	memset(kit_result(kit, 1), 0xff, sizeof(struct gs_result));
	for (int i = 0; i < 4; i++)
		kit->in[i] = 1000 * i - 1;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	event = expect_done(f->h, 5, 1, GS_JOB_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(kit->out[i], 1000 * i);
	expect_same(&event, kit_result(kit, 1));
	assert_int_equal(event.asid, 1);
	assert_int_equal(event.fault_code, 0);
	assert_int_equal(event.address, 0);
	assert_true(event.time_start > before);
	assert_true(event.time_end > event.time_start);
	assert_true(event.time_end < harness_now(f->h));
	assert_true(event.cycles > 0);
	assert_int_equal(kit_result(kit, 1)->reserved, 0);
	assert_int_equal(expect_quiet(f->h).arg2, 1);
	assert_int_equal(harness_read64(f->h, GS_REG_JOBS_STARTED), 1);
}

static void test_no_result_record(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 5, 1);

	memset(f->kit[0].results, 0xff, GS_PAGE_BYTES);
	cmd.result_addr = 0;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	expect_done(f->h, 5, 1, GS_JOB_OK);
	for (unsigned i = 0; i < KIT_NUM_RESULTS; i++)
		assert_int_equal(f->kit[0].results[i].status, 0xffffffff);
}

/* The same without host pointers: every byte by DMA of the bus. */
static void test_unmappable_memory(void **state)
{
	struct harness *h =
		harness_create(&(struct harness_opts){ .no_map = true });
	struct kit_space kit = kit_space(h, 1);
	struct gs_cmd cmd = kit_job(&kit, KIT_ADD, 5, 1);

	(void)state;
	harness_boot(h);
	kit.in[0] = 41;
	harness_submit(h, GS_RING_NORMAL, &cmd);
	expect_done(h, 5, 1, GS_JOB_OK);
	assert_int_equal(kit.out[0], 42);
	harness_destroy(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot),
		cmocka_unit_test(test_boot_counters),
		cmocka_unit_test(test_boot_with_commands),
		cmocka_unit_test(test_wrong_images),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_wrong_ring_area),
		cmocka_unit_test(test_no_ring_area),
		TEST(test_status),
		TEST(test_one_job),
		TEST_THREADS(test_status),
		TEST_THREADS(test_one_job),
		TEST(test_no_result_record),
		cmocka_unit_test(test_unmappable_memory),
	};

	if (!have_firmware())
		return EXIT_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
