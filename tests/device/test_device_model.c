/* SPDX-License-Identifier: MIT */
/*
 * A compiled network through rings, firmware, MMU and core: the same bytes as
 * from the sim backend of libgenesys, in every tensor of its outputs.
 */
#include "tests/device/test_util.h"

#include <stdlib.h>

#include "genesys/genesys.h"
#include "runtime/core/layout.h"
#include "runtime/loader/gsm.h"

#define MODEL "fashion_lenet"
#define RUNS 8
/* Far apart and far up, so that no window is another by accident. */
#define VA_CODE 0x0000100000000000ull
#define VA_PARAM 0x0000200040000000ull
#define VA_ACT 0x0000700080200000ull
#define VA_RESULT 0x0000000000010000ull

struct model {
	char path[4096];
	struct gs_device *device;
	struct gs_model *model; /* of libgenesys */
	struct gs_gsm *gsm; /* the same, to be placed by hand */
	struct harness *h;
	struct harness_space space;
	uint8_t *memory; /* activation memory */
	struct gs_result *result;
};

static const char *env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

static void compile(struct model *m)
{
	const char *build = env("GS_BUILD", "build");
	const char *src = env("GS_SRC", ".");
	char command[16384];

	snprintf(m->path, sizeof(m->path), "%s/test_device_model.gsm", build);
	snprintf(command, sizeof(command),
		 "'%s/bin/gsc' '%s/tests/models/" MODEL
		 ".onnx' -c '%s/tests/models/fashion_calib_256.npy' -o '%s'",
		 build, src, src, m->path);
	assert_int_equal(system(command), 0);
}

static void load(struct model *m)
{
	char err[GS_GSM_ERR_SIZE];
	uint8_t *image = malloc(1 << 24);
	FILE *file = fopen(m->path, "rb");
	size_t bytes;

	assert_non_null(file);
	bytes = fread(image, 1, 1 << 24, file);
	fclose(file);
	if (gs_gsm_read(image, bytes, &m->gsm, err))
		fail_msg("%s", err);
	free(image);
	if (gs_device_open("sim", &m->device) ||
	    gs_load_model(m->device, m->path, NULL, &m->model))
		fail_msg("%s", gs_last_error());
}

/* Copy @data into new memory of the device at @va; where it lies. */
static uint8_t *place(struct model *m, uint64_t va, const void *data,
		      size_t bytes, size_t room, bool writable)
{
	size_t pages = (room + GS_PAGE_BYTES - 1) & ~(size_t)4095;
	uint64_t bus = harness_alloc(m->h, pages, 2u << 20);
	uint8_t *host = harness_mem(m->h, bus, pages);

	if (bytes)
		memcpy(host, data, bytes);
	harness_map(m->h, &m->space, va, bus, pages, writable);
	return host;
}

static int setup(void **state)
{
	static struct model m;
	struct harness_opts opts = { .threads = true,
				     .memory_bytes = 64u << 20 };

	compile(&m);
	load(&m);
	opts.arch = &m.gsm->arch;
	m.h = harness_create(&opts);
	m.space = harness_space(m.h, 3);
	place(&m, VA_CODE, m.gsm->code, 4ull * m.gsm->num_words,
	      4ull * m.gsm->num_words, false);
	place(&m, VA_PARAM, m.gsm->param, m.gsm->param_bytes,
	      m.gsm->param_bytes, false);
	m.memory = place(&m, VA_ACT, m.gsm->simd, m.gsm->simd_bytes,
			 m.gsm->memory_bytes, true);
	m.result = (void *)place(&m, VA_RESULT, NULL, 0, GS_PAGE_BYTES, true);
	for (uint32_t i = 0; i < m.gsm->num_tensors; i++)
		if (m.gsm->tensor[i].rec->root == i)
			gs_layout_border(&m.gsm->tensor[i],
					 m.memory + m.gsm->act_offset);
	harness_boot(m.h);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	struct model *m = *state;

	harness_destroy(m->h);
	gs_gsm_free(m->gsm);
	gs_model_free(m->model);
	gs_device_close(m->device);
	return 0;
}

/* All segments, each a job. Returns cycles and stalls of all. */
static struct gs_stats run_on_device(struct model *m, uint64_t first_seqno)
{
	struct gs_stats sum = { .size = sizeof(sum) };

	for (uint32_t i = 0; i < m->gsm->num_segments; i++) {
		const struct gs_elf_segment *segment = &m->gsm->segment[i];
		const uint64_t seqno = first_seqno + i;
		const struct gs_cmd cmd = {
			.type = GS_CMD_JOB,
			.ctx = 1,
			.seqno = seqno,
			.asid = m->space.asid,
			.entry = segment->first_word * 4,
			.entry_words = segment->entry_words,
			.window_base = { VA_CODE, VA_PARAM, VA_ACT, VA_ACT,
					 VA_ACT },
			.result_addr = VA_RESULT,
			.timeout_ms = GS_MAX_TIMEOUT_MS,
			.cookie = 1ull << 32 | seqno,
		};
		struct gs_event event;

		harness_submit(m->h, GS_RING_NORMAL, &cmd);
		event = expect_done(m->h, 1, seqno, GS_JOB_OK);
		expect_same(&event, m->result);
		assert_true(event.cycles > 0);
		sum.cycles += m->result->cycles;
		sum.stalls += m->result->stalls;
	}
	return sum;
}

/* Noise in the middle of a black ground. */
static void draw(int8_t *pixels, uint64_t num, uint32_t *seed)
{
	for (uint64_t i = 0; i < num; i++) {
		*seed = *seed * 1664525 + 1013904223;
		pixels[i] = i % 28 < 6 || i % 28 > 21 ? -128 :
							(int8_t)(*seed >> 24);
	}
}

static void test_same_as_sim(void **state)
{
	struct model *m = *state;
	const struct gs_gsm_tensor *in = &m->gsm->tensor[m->gsm->input[0]];
	const struct gs_gsm_tensor *out = &m->gsm->tensor[m->gsm->output[0]];
	int8_t *input = malloc(in->elems), *expected = malloc(out->elems);
	int8_t *found = malloc(out->elems), *first = malloc(out->elems);
	const struct gs_binding from = { .type = GS_INT8,
					 .data = input,
					 .bytes = in->elems };
	const struct gs_binding to = { .type = GS_INT8,
				       .data = expected,
				       .bytes = out->elems };
	struct gs_stats stats = { .size = sizeof(stats) }, device;
	bool differ = false;
	uint32_t seed = 7;

	for (uint64_t i = 0; i < RUNS; i++) {
		draw(input, in->elems, &seed);
		if (gs_infer(m->model, &from, 1, &to, 1, NULL, &stats))
			fail_msg("%s", gs_last_error());
		gs_layout_scatter(in, input, m->memory + m->gsm->act_offset);
		device = run_on_device(m, 1 + i * m->gsm->num_segments);
		assert_int_equal(device.cycles, stats.cycles);
		assert_int_equal(device.stalls, stats.stalls);
		gs_layout_gather(out, m->memory + m->gsm->act_offset, found);
		assert_memory_equal(found, expected, out->elems);
		if (i)
			differ |= !!memcmp(found, first, out->elems);
		else
			memcpy(first, found, out->elems);
	}
	assert_true(differ);
	free(input);
	free(expected);
	free(found);
	free(first);
}

/* The same memory for another address space: not one byte of it is reached. */
static void test_other_space(void **state)
{
	struct model *m = *state;
	const struct harness_space other = harness_space(m->h, 4);
	struct gs_cmd cmd = {
		.type = GS_CMD_JOB,
		.ctx = 2,
		.seqno = 1,
		.asid = other.asid,
		.entry_words = m->gsm->segment[0].entry_words,
		.window_base = { VA_CODE, VA_PARAM, VA_ACT, VA_ACT, VA_ACT },
		.timeout_ms = 1000,
		.cookie = 2ull << 32 | 1,
	};
	struct gs_event event;

	harness_submit(m->h, GS_RING_NORMAL, &cmd);
	event = expect_done(m->h, 2, 1, GS_JOB_MMU_FAULT);
	assert_int_equal(event.fault_code, GS_MMU_NOT_MAPPED);
	assert_int_equal(event.address, VA_CODE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_sim),
		cmocka_unit_test(test_other_space),
	};

	if (!have_firmware())
		return EXIT_SKIP;
	return cmocka_run_group_tests(tests, setup, teardown);
}
