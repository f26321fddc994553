/* SPDX-License-Identifier: MIT */
/*
 * What a wrong or hostile host can do, and what the firmware tells about
 * itself: log, heartbeat, halt.
 */
#include "tests/device/test_util.h"

#include <elf.h>
#include <stdlib.h>

/* ---- bad commands --------------------------------------------------------*/

struct command_case {
	const char *name;
	enum gs_cmd_type type; /* of the good command */
	uint32_t ring;
	size_t offset; /* of the 32-bit word that is changed */
	uint32_t value;
	enum gs_cmd_error error;
};

#define CMD(member) offsetof(struct gs_cmd, member)
#define WINDOW(i) (CMD(window_base) + 8u * (i))
#define JOB GS_CMD_JOB, GS_RING_NORMAL
#define CONTROL(type) GS_CMD_##type, GS_RING_CONTROL

static const struct command_case command_cases[] = {
	{ "unknown type", CONTROL(STATUS), CMD(type), 7, GS_CMD_BAD_TYPE },
	{ "huge type", CONTROL(STATUS), CMD(type), ~0u, GS_CMD_BAD_TYPE },
	{ "unknown type of job", JOB, CMD(type), 99, GS_CMD_BAD_TYPE },
	{ "job in the control ring", GS_CMD_JOB, GS_RING_CONTROL, CMD(type),
	  GS_CMD_JOB, GS_CMD_BAD_TYPE },
	{ "status in a job ring", GS_CMD_STATUS, GS_RING_LOW, CMD(type),
	  GS_CMD_STATUS, GS_CMD_BAD_TYPE },
	{ "nop in a job ring", GS_CMD_NOP, GS_RING_HIGH, CMD(type), GS_CMD_NOP,
	  GS_CMD_BAD_TYPE },
	{ "flags", JOB, CMD(flags), 1, GS_CMD_BAD_FIELD },
	{ "flags of status", CONTROL(STATUS), CMD(flags), 1, GS_CMD_BAD_FIELD },
	{ "first pad", JOB, CMD(pad), 1, GS_CMD_BAD_FIELD },
	{ "last pad", JOB, sizeof(struct gs_cmd) - 4, 1, GS_CMD_BAD_FIELD },
	{ "arg of job", JOB, CMD(arg), 1, GS_CMD_BAD_FIELD },
	{ "ctx 0", JOB, CMD(ctx), 0, GS_CMD_BAD_FIELD },
	{ "seqno 0", JOB, CMD(seqno), 0, GS_CMD_BAD_FIELD },
	{ "asid too large", JOB, CMD(asid), 16, GS_CMD_BAD_FIELD },
	{ "asid of the bus", JOB, CMD(asid), GS_DMA_BUS, GS_CMD_BAD_FIELD },
	{ "entry odd", JOB, CMD(entry), 2, GS_CMD_BAD_FIELD },
	{ "no entry words", JOB, CMD(entry_words), 0, GS_CMD_BAD_FIELD },
	{ "too many entry words", JOB, CMD(entry_words), 0x40000001,
	  GS_CMD_BAD_FIELD },
	{ "entry words past the window", JOB, CMD(entry), 0xfffffffc,
	  GS_CMD_BAD_FIELD },
	{ "window 0 unaligned", JOB, WINDOW(0), 0x800, GS_CMD_BAD_FIELD },
	{ "window 4 unaligned", JOB, WINDOW(4), 1, GS_CMD_BAD_FIELD },
	{ "window 0 ends past 48 bits", JOB, WINDOW(0) + 4, 0x10000,
	  GS_CMD_BAD_FIELD },
	{ "window 3 ends past 48 bits", JOB, WINDOW(3) + 4, 0xffff,
	  GS_CMD_BAD_FIELD },
	{ "window 2 wraps", JOB, WINDOW(2) + 4, ~0u, GS_CMD_BAD_FIELD },
	{ "result unaligned", JOB, CMD(result_addr), 4, GS_CMD_BAD_FIELD },
	{ "result past 48 bits", JOB, CMD(result_addr) + 4, 0x10000,
	  GS_CMD_BAD_FIELD },
	{ "result wraps", JOB, CMD(result_addr) + 4, ~0u, GS_CMD_BAD_FIELD },
	{ "no timeout", JOB, CMD(timeout_ms), 0, GS_CMD_BAD_FIELD },
	{ "timeout too long", JOB, CMD(timeout_ms), GS_MAX_TIMEOUT_MS + 1,
	  GS_CMD_BAD_FIELD },
	{ "abort without ctx", CONTROL(ABORT), CMD(ctx), 0, GS_CMD_BAD_FIELD },
	{ "abort without seqno", CONTROL(ABORT), CMD(seqno), 0,
	  GS_CMD_BAD_FIELD },
	{ "abort with asid", CONTROL(ABORT), CMD(asid), 1, GS_CMD_BAD_FIELD },
	{ "abort with result", CONTROL(ABORT), CMD(result_addr), 8,
	  GS_CMD_BAD_FIELD },
	{ "abort of nothing", CONTROL(ABORT), CMD(ctx), 3, GS_CMD_NOT_FOUND },
	{ "remove without ctx", CONTROL(CTX_REMOVE), CMD(ctx), 0,
	  GS_CMD_BAD_FIELD },
	{ "remove with seqno", CONTROL(CTX_REMOVE), CMD(seqno), 1,
	  GS_CMD_BAD_FIELD },
	{ "status with ctx", CONTROL(STATUS), CMD(ctx), 1, GS_CMD_BAD_FIELD },
	{ "status with arg", CONTROL(STATUS), CMD(arg), 1, GS_CMD_BAD_FIELD },
	{ "status with timeout", CONTROL(STATUS), CMD(timeout_ms), 1,
	  GS_CMD_BAD_FIELD },
	{ "no such log level", CONTROL(LOG_LEVEL), CMD(arg), 4,
	  GS_CMD_BAD_FIELD },
	{ "shutdown with arg", CONTROL(SHUTDOWN), CMD(arg), 1,
	  GS_CMD_BAD_FIELD },
	{ "nop with ctx", CONTROL(NOP), CMD(ctx), 1, GS_CMD_BAD_FIELD },
};

static struct gs_cmd good_command(struct fixture *f, enum gs_cmd_type type)
{
	switch (type) {
	case GS_CMD_JOB:
		return kit_job(&f->kit[0], KIT_ADD, 8, 1);
	case GS_CMD_ABORT:
		return kit_control(type, 8, 1);
	case GS_CMD_CTX_REMOVE:
		return kit_control(type, 8, 0);
	default:
		return kit_control(type, 0, 0);
	}
}

static void check_command_case(struct fixture *f, const struct command_case *c)
{
	struct gs_cmd cmd = good_command(f, c->type);
	struct gs_event event;

	memcpy((uint8_t *)&cmd + c->offset, &c->value, 4);
	harness_submit(f->h, c->ring, &cmd);
	if (!harness_event(f->h, &event))
		fail_msg("%s: no answer", c->name);
	if (event.type != GS_EVENT_BAD_CMD || event.arg1 != c->error)
		fail_msg("%s: event %u, arg1 %u", c->name, event.type,
			 event.arg1);
	assert_int_equal(event.arg0, c->ring);
	assert_int_equal(event.cookie, cmd.cookie);
	assert_int_equal(event.ctx, cmd.ctx);
	assert_int_equal(event.seqno, cmd.seqno);
}

static void test_bad_commands(void **state)
{
	struct fixture *f = *state;
	size_t num = sizeof(command_cases) / sizeof(*command_cases);

	for (size_t i = 0; i < num; i++)
		check_command_case(f, &command_cases[i]);
	assert_int_equal(harness_read64(f->h, GS_REG_JOBS_STARTED), 0);
	assert_int_equal(expect_quiet(f->h).arg2, 0);
}

/* The outermost of what is allowed. */
static void test_good_commands(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, ~0u, ~0ull);

	cmd.cookie = ~0ull << 32 | ~0u;
	cmd.window_base[GS_WIN_PARAM] = (1ull << GS_VA_BITS) - GS_WINDOW_BYTES;
	cmd.timeout_ms = GS_MAX_TIMEOUT_MS;
	cmd.result_addr = (1ull << GS_VA_BITS) - sizeof(struct gs_result);
	harness_map(f->h, &f->kit[0].space, (1ull << GS_VA_BITS) - 4096,
		    harness_alloc(f->h, 4096, 4096), 4096, true);
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	assert_int_equal(expect_event(f->h, GS_EVENT_JOB_DONE).status,
			 GS_JOB_OK);
	cmd = kit_control(GS_CMD_NOP, 0, 0);
	harness_submit(f->h, GS_RING_CONTROL, &cmd);
	expect_quiet(f->h);
}

/* ---- bad rings -----------------------------------------------------------*/

/* A tail further ahead than the ring is long is not believed. */
static void test_garbage_tails(void **state)
{
	static const uint32_t garbage[] = { GS_CMD_ENTRIES + 1, 0x80000000,
					    0xffffffff };
	struct fixture *f = *state;
	struct gs_ring_area *rings = harness_rings(f->h);
	uint32_t logged;

	for (uint32_t r = 0; r < GS_NUM_CMD_RINGS; r++) {
		struct gs_ring_ctl *ctl = &rings->cmd_ctl[r];
		const uint32_t good = ctl->tail;

		for (unsigned i = 0; i < 3; i++) {
			logged = rings->log_tail;
			ctl->tail = ctl->head + garbage[i];
			harness_doorbell(f->h, r);
			harness_settle(f->h);
			assert_int_equal(ctl->head, good);
			assert_int_equal(rings->log_tail, logged + 1);
			ctl->tail = good;
		}
	}
	assert_int_equal(harness_events(f->h), 0);
	assert_int_equal(expect_quiet(f->h).arg2, 0);
}

/* As many commands as the ring holds, of any contents. */
static void test_garbage_commands(void **state)
{
	struct fixture *f = *state;
	struct gs_ring_area *rings = harness_rings(f->h);
	uint32_t seed = 1;

	for (uint32_t r = 0; r < GS_NUM_CMD_RINGS; r++) {
		uint32_t *words = (uint32_t *)(void *)rings->cmd[r];

		for (size_t i = 0; i < sizeof(rings->cmd[r]) / 4; i++) {
			seed = seed * 1664525 + 1013904223;
			words[i] = seed >> 8;
			/* Half of them: types and rings that fit. */
			if (i % 64 == 0)
				words[i] = r ? GS_CMD_JOB : seed >> 8 & 3;
		}
		rings->cmd_ctl[r].tail += GS_CMD_ENTRIES;
	}
	for (uint32_t r = 0; r < GS_NUM_CMD_RINGS; r++)
		harness_doorbell(f->h, r);
	for (unsigned i = 0; i < GS_NUM_CMD_RINGS * GS_CMD_ENTRIES; i++)
		expect_event(f->h, GS_EVENT_BAD_CMD);
	expect_quiet(f->h);
}

/* A head of the event ring from nowhere is not believed either. */
static void test_garbage_event_head(void **state)
{
	struct fixture *f = *state;
	struct gs_ring_area *rings = harness_rings(f->h);
	struct gs_cmd cmd = kit_control(GS_CMD_STATUS, 0, 0);
	uint32_t head = rings->event_ctl.head;
	uint64_t slices;

	for (unsigned i = 0; i < GS_EVENT_ENTRIES; i++) {
		harness_submit(f->h, GS_RING_CONTROL, &cmd);
		harness_settle(f->h);
	}
	rings->event_ctl.head = rings->event_ctl.tail + 1;
	harness_submit(f->h, GS_RING_CONTROL, &cmd);
	harness_settle(f->h);
	for (unsigned i = 0; i < 3; i++) {
		harness_write(f->h, GS_REG_EVENT_DOORBELL, 1);
		harness_settle(f->h);
	}
	slices = harness_slices(f->h);
	harness_pass(f->h, 1000);
	assert_int_equal(harness_slices(f->h), slices);
	assert_int_equal(rings->event_ctl.tail, head + GS_EVENT_ENTRIES);
	rings->event_ctl.head = head;
	for (unsigned i = 0; i <= GS_EVENT_ENTRIES; i++)
		expect_event(f->h, GS_EVENT_STATUS);
}

/* Doorbells for nothing, and for everything at once. */
static void test_needless_doorbells(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 100; i++) {
		harness_doorbell(f->h, i % GS_NUM_CMD_RINGS);
		harness_write(f->h, GS_REG_EVENT_DOORBELL, i);
		if (i % 3 == 0)
			harness_settle(f->h);
	}
	harness_settle(f->h);
	assert_int_equal(harness_events(f->h), 0);
	expect_quiet(f->h);
}

/* ---- log -----------------------------------------------------------------*/

static void expect_log(struct harness *h, uint32_t index, uint32_t level,
		       const char *text)
{
	const struct gs_log_entry *entry =
		&harness_rings(h)->log[index % GS_LOG_ENTRIES];

	assert_int_equal(entry->seq, index);
	assert_int_equal(entry->level, level);
	assert_int_equal(entry->text[GS_LOG_TEXT - 1], 0);
	if (!strstr((const char *)entry->text, text))
		fail_msg("log entry %u: \"%s\" without \"%s\"", index,
			 (const char *)entry->text, text);
}

static void set_log_level(struct fixture *f, uint32_t level)
{
	struct gs_cmd cmd = kit_control(GS_CMD_LOG_LEVEL, 0, 0);

	cmd.arg = level;
	harness_submit(f->h, GS_RING_CONTROL, &cmd);
	expect_quiet(f->h);
}

/* A job that fails leaves a warning, one that does not, debug lines. */
static uint32_t run_two(struct fixture *f, uint64_t seqno)
{
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 8, seqno);
	uint32_t tail = harness_rings(f->h)->log_tail;

	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	expect_done(f->h, 8, seqno, GS_JOB_OK);
	cmd = kit_job(&f->kit[0], KIT_ILLEGAL, 8, seqno + 1);
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	expect_done(f->h, 8, seqno + 1, GS_JOB_FAULT);
	return harness_rings(f->h)->log_tail - tail;
}

static void test_log_levels(void **state)
{
	struct fixture *f = *state;
	struct gs_ring_area *rings = harness_rings(f->h);

	assert_int_equal(rings->log_tail, 1);
	expect_log(f->h, 0, GS_LOG_INFO,
		   "firmware 0.1.0, 16 address spaces, 1000000 kHz");
	assert_int_equal(run_two(f, 1), 4);
	expect_log(f->h, 1, GS_LOG_DEBUG, "ctx 8 job 1: start, asid 1");
	expect_log(f->h, 2, GS_LOG_DEBUG, "ctx 8 job 1: status 0");
	expect_log(
		f->h, 4, GS_LOG_WARNING,
		"ctx 8 job 2: status 1, code 1, block 1, word 0, address 0xf0000001");
	set_log_level(f, GS_LOG_WARNING);
	assert_int_equal(run_two(f, 3), 1);
	set_log_level(f, GS_LOG_ERROR);
	assert_int_equal(run_two(f, 5), 0);
	set_log_level(f, GS_LOG_INFO);
	assert_int_equal(run_two(f, 7), 1);
	assert_true(rings->log[1].time < rings->log[2].time);
}

static void test_log_wraps(void **state)
{
	struct fixture *f = *state;
	struct gs_ring_area *rings = harness_rings(f->h);

	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(run_two(f, 1 + 2 * i), 4);
	assert_int_equal(rings->log_tail, 401);
	for (uint32_t i = 401 - GS_LOG_ENTRIES; i < 401; i++)
		expect_log(f->h, i, i % 4 ? GS_LOG_DEBUG : GS_LOG_WARNING,
			   "ctx 8 job");
}

static void test_log_level_of_boot(void **state)
{
	struct harness *h = harness_create(NULL);
	const uint8_t *image;
	struct gs_event event;
	size_t bytes;

	(void)state;
	image = harness_firmware(&bytes);
	harness_load(h, image, bytes, GS_LOG_ERROR);
	assert_true(harness_event(h, &event));
	assert_int_equal(harness_rings(h)->log_tail, 0);
	harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	/* One that does not exist is taken for the usual one. */
	harness_load(h, image, bytes, (enum gs_log_level)1000);
	assert_true(harness_event(h, &event));
	assert_int_equal(harness_rings(h)->log_tail, 1);
	harness_destroy(h);
}

/* ---- signs of life -------------------------------------------------------*/

static uint32_t heartbeat(struct fixture *f)
{
	return harness_read(f->h, GS_REG_FW_SCRATCH(GS_SCRATCH_HEARTBEAT));
}

static void test_heartbeat(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 8, 1);
	uint32_t beat = heartbeat(f);

	harness_pass(f->h, 1000);
	assert_int_equal(heartbeat(f), beat);
	inject(f->h, GS_INJECT_HANG);
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	for (unsigned i = 0; i < 10; i++) {
		beat = heartbeat(f);
		harness_pass(f->h, 100);
		assert_in_range(heartbeat(f) - beat, 4, 6);
	}
	expect_done(f->h, 8, 1, GS_JOB_TIMEOUT);
	beat = heartbeat(f);
	harness_pass(f->h, 1000);
	assert_int_equal(heartbeat(f), beat);
}

static void test_idle(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 8, 1);
	uint64_t slices;

	for (unsigned i = 0; i < 2; i++) {
		harness_pass(f->h, 100);
		slices = harness_slices(f->h);
		harness_pass(f->h, 300);
		assert_int_equal(harness_slices(f->h), slices);
		cmd.seqno = i + 1;
		cmd.cookie = 8ull << 32 | cmd.seqno;
		harness_submit(f->h, GS_RING_NORMAL, &cmd);
		expect_done(f->h, 8, cmd.seqno, GS_JOB_OK);
		assert_true(harness_slices(f->h) > slices);
	}
}

/* The event is there, whatever became of its interrupt. */
static void test_lost_interrupt(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 8, 1);
	uint64_t interrupts = harness_interrupts(f->h);

	inject(f->h, GS_INJECT_DROP_IRQ);
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	harness_settle(f->h);
	assert_int_equal(harness_interrupts(f->h), interrupts);
	assert_int_equal(harness_read(f->h, GS_REG_INT_STATUS), 0);
	expect_done(f->h, 8, 1, GS_JOB_OK);
	expect_quiet(f->h);
	assert_int_equal(harness_interrupts(f->h), interrupts + 1);
}

/* ---- the end -------------------------------------------------------------*/

static void test_injected_halt(void **state)
{
	struct fixture *f = *state;
	uint64_t slices;

	expect_quiet(f->h);
	harness_pass(f->h, 10);
	inject(f->h, GS_INJECT_CP_HALT);
	assert_true(harness_until(f->h, GS_REG_FW_STATUS, ~0u, GS_FW_HALTED));
	assert_true(harness_read(f->h, GS_REG_INT_STATUS) & GS_INT_CP_HALT);
	assert_true(harness_read(f->h, GS_REG_STATUS) & GS_STATUS_CP_HALTED);
	harness_doorbell(f->h, GS_RING_CONTROL);
	slices = harness_slices(f->h);
	harness_pass(f->h, 100);
	assert_int_equal(harness_slices(f->h), slices);
	harness_write(f->h, GS_REG_CONTROL, GS_CONTROL_RESET);
	assert_true(harness_until(f->h, GS_REG_STATUS, ~0u, 0));
	harness_clear_rings(f->h);
	harness_boot(f->h);
	expect_quiet(f->h);
}

/* Address of a function of the firmware, or 0. */
static uint32_t find_symbol(const uint8_t *elf, const char *name)
{
	const Elf32_Ehdr *head = (const void *)elf;
	const Elf32_Shdr *section = (const void *)(elf + head->e_shoff);

	for (unsigned i = 0; i < head->e_shnum; i++) {
		const Elf32_Sym *sym =
			(const void *)(elf + section[i].sh_offset);
		const char *names;

		if (section[i].sh_type != SHT_SYMTAB)
			continue;
		names = (const char *)elf +
			section[section[i].sh_link].sh_offset;
		for (unsigned s = 0; s < section[i].sh_size / sizeof(*sym); s++)
			if (!strcmp(names + sym[s].st_name, name))
				return sym[s].st_value;
	}
	return 0;
}

static uint32_t find_function(const char *name)
{
	const char *build = getenv("GS_BUILD");
	uint8_t *elf = calloc(1, 1 << 20);
	uint32_t address = 0;
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/firmware/genesys.elf",
		 build ? build : "build");
	file = fopen(path, "rb");
	if (file && fread(elf, 1, 1 << 20, file))
		address = find_symbol(elf, name);
	if (file)
		fclose(file);
	free(elf);
	return address;
}

static uint32_t crc32_of(const uint8_t *data, size_t bytes)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < bytes; i++) {
		crc ^= data[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* A firmware with a broken STATUS command: what a mistake of ours looks like. */
static void check_trap(uint16_t insn, uint32_t cause)
{
	const uint32_t address = find_function("gs_job_count");
	struct harness *h = harness_create(NULL);
	struct gs_cmd cmd = kit_control(GS_CMD_STATUS, 0, 0);
	struct gs_fw_header *header;
	uint8_t *image = malloc(GS_FW_MAX_BYTES);
	const uint8_t *good;
	struct gs_event event;
	size_t bytes;
	char text[80];

	assert_true(address);
	good = harness_firmware(&bytes);
	memcpy(image, good, bytes);
	header = (void *)image;
	memcpy(image + sizeof(*header) + address - header->load_addr, &insn, 2);
	header->crc32 =
		crc32_of(image + sizeof(*header), bytes - sizeof(*header));
	assert_int_equal(harness_load(h, image, bytes, GS_LOG_INFO),
			 GS_FW_RUNNING);
	assert_true(harness_event(h, &event));
	harness_submit(h, GS_RING_CONTROL, &cmd);
	assert_true(harness_until(h, GS_REG_FW_STATUS, ~0u, GS_FW_HALTED));
	assert_int_equal(harness_read(h, GS_REG_FW_HALT_CAUSE), cause);
	assert_int_equal(harness_read(h, GS_REG_FW_HALT_PC), address);
	snprintf(text, sizeof(text), "trap: mcause 0x%x, mepc 0x%x, mtval 0x",
		 cause, address);
	assert_int_equal(harness_rings(h)->log_tail, 2);
	expect_log(h, 1, GS_LOG_ERROR, text);
	free(image);
	harness_destroy(h);
}

static void test_traps(void **state)
{
	(void)state;
	check_trap(0x9002, 3); /* c.ebreak */
	check_trap(0x0000, 2); /* no instruction */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bad_commands),
		TEST(test_good_commands),
		TEST(test_garbage_tails),
		TEST(test_garbage_commands),
		TEST(test_garbage_event_head),
		TEST(test_needless_doorbells),
		TEST(test_log_levels),
		TEST(test_log_wraps),
		cmocka_unit_test(test_log_level_of_boot),
		TEST(test_heartbeat),
		TEST(test_idle),
		TEST_THREADS(test_idle),
		TEST(test_lost_interrupt),
		TEST(test_injected_halt),
		TEST_THREADS(test_injected_halt),
		cmocka_unit_test(test_traps),
	};

	if (!have_firmware())
		return EXIT_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
