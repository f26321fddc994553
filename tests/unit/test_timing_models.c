/* SPDX-License-Identifier: MIT */
/* The timing model on compiled models: what it counts, and that cycles are accounted for. */
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/isa/sanitized.h"
#include "runtime/loader/gsm.h"
#include "tests/timing/timing_check.h"
#include "tests/unit/compile_util.h"

#define BUS_CODE (UINT64_C(1) << 40)
#define BUS_PARAM (UINT64_C(2) << 40)
#define BUS_ACT (UINT64_C(3) << 40)

static void put(struct sim_mem *mem, uint64_t addr, const void *data,
		size_t size)
{
	assert_int_equal(size ? sim_mem_put(mem, addr, data, size) : 0, 0);
}

static void time_segment(const struct gs_gsm *m, const char *name,
			 struct gs_core *core, struct sim_mem *mem, uint32_t i)
{
	const struct timed timed = {
		.name = name,
		.core = core,
		.mem = mem,
		.job = { .window_base = { BUS_CODE, BUS_PARAM, BUS_ACT, BUS_ACT,
					  BUS_ACT },
			 .entry = m->segment[i].first_word * 4,
			 .entry_words = m->segment[i].entry_words,
			 .encoding = GS_ENC_SYNC_INST },
	};
	uint64_t ideal, cycles;

	gs_core_reset(core);
	assert_int_equal(timed_run(&timed), 1);
	ideal = timed_cycles(&timed, &m->arch, GS_TIMING_IDEAL_CHANNELS);
	cycles = timed_cycles(&timed, &m->arch, GS_TIMING_HARDWARE);
	/* a block of one word takes no time without instructions */
	if (!cycles || ideal > cycles)
		fail_msg("%s: %llu cycles with ideal channels, %llu", name,
			 (unsigned long long)ideal, (unsigned long long)cycles);
}

static void time_model(const struct gs_compiled *c, const char *name)
{
	char err[GS_GSM_ERR_SIZE];
	struct sim_mem *mem = sim_mem_create();
	struct gs_core *core;
	struct gs_gsm *m;

	assert_int_equal(gs_gsm_read(c->model, c->model_bytes, &m, err), 0);
	core = gs_core_create(&m->arch);
	assert_true(core && mem);
	put(mem, BUS_CODE, m->code, (size_t)m->num_words * 4);
	put(mem, BUS_PARAM, m->param, m->param_bytes);
	put(mem, BUS_ACT, m->simd, m->simd_bytes);
	for (uint32_t i = 0; i < m->num_segments; i++)
		time_segment(m, name, core, mem, i);
	gs_core_destroy(core);
	sim_mem_destroy(mem);
	gs_gsm_free(m);
}

/* Models share the machines out among them, with sanitizers. */
#define SHARE (GS_SANITIZED ? 6 : 1)

static void models(void **state)
{
	static const char *const machines[] = { "genesys_16x16", "design_03" };
	static char path[MAX_MODELS][128];
	const unsigned num = list_models(path, MAX_MODELS);
	unsigned timed = 0;

	(void)state;
	for (unsigned i = 0; i < num; i++) {
		struct gs_compiled c;
		struct gs_arch arch;
		struct source s;
		struct report r;

		if (i / 2 % SHARE)
			continue;
		load_arch(machines[i % 2], &arch);
		source_read(&s, path[i]);
		if (!compile(&s, &arch, &c, &r)) {
			time_model(&c, path[i]);
			timed++;
		}
		gs_compile_free(&c);
		source_fini(&s);
	}
	printf("# %u models\n", timed);
	assert_true(timed >= num / SHARE / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(models) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
