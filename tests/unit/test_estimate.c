/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's estimate against the timing model: every layer of the test
 * models, and the convolutions of ResNet-50 with what follows them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/timing/timing.h"
#include "runtime/loader/gsm.h"
#include "tests/timing/resnet50.h"
#include "tests/unit/compile_util.h"

/* One of so many models and convolutions, with sanitizers. */
#ifdef __SANITIZE_ADDRESS__
#define SHARE 8
#else
#define SHARE 1
#endif

/* Ratios of estimate to cycles, one a layer. */
struct ratios {
	double log_sum,
		worst; /* of the logarithm's absolute value; the ratio that is farthest from 1 */
	char worst_name[256];
	double estimated, cycles;
	unsigned num, num_far;
};

static void add(struct ratios *r, const char *name, double estimate,
		uint64_t cycles)
{
	const double ratio = estimate / (double)cycles;

	if (getenv("ESTIMATE_ALL"))
		printf("# %-60s %12.0f %12llu %6.3f\n", name, estimate,
		       (unsigned long long)cycles, ratio);
	r->log_sum += fabs(log(ratio));
	r->estimated += estimate;
	r->cycles += (double)cycles;
	r->num++;
	r->num_far += fabs(log(ratio)) > log(1.05);
	if (r->num > 1 && fabs(log(ratio)) <= fabs(log(r->worst)))
		return;
	r->worst = ratio;
	snprintf(r->worst_name, sizeof(r->worst_name), "%s", name);
}

/* What may be: the geometric mean of how far off layers are, one of them either way, and how many by more than 5 %. */
struct bound {
	double mean, worst;
	unsigned num;
};

static void judge(const char *what, const struct ratios *r,
		  const struct bound *b)
{
	const double off = exp(r->log_sum / r->num) - 1;

	printf("# %s: %u layers, %.0f cycles, estimated %.0f; off by %.2f %% (geometric mean), %u by more than 5 %%, at most %.3f (%s)\n",
	       what, r->num, r->cycles, r->estimated, 100 * off, r->num_far,
	       r->worst, r->worst_name);
	if ((SHARE == 1 && off > b->mean) ||
	    fabs(log(r->worst)) > log(b->worst) || r->num_far > b->num)
		fail_msg(
			"%s: farther off than %.1f %%, %u layers by more than 5 %%, one by a factor of %.2f",
			what, 100 * b->mean, b->num, b->worst);
}

/* ---- cycles --------------------------------------------------------------------- */

static int read_code(void *ctx, uint64_t addr, void *dst, size_t size)
{
	const struct gs_gsm *m = ctx;

	memcpy(dst, (const uint8_t *)m->code + addr, size);
	return 0;
}

/* That of a job's first block overlaps with nothing, whatever its layer is. */
static uint64_t first_fetch(const struct gs_gsm *m,
			    const struct gs_timing_block *b)
{
	struct gs_timing_costs costs;

	gs_timing_costs_init(&costs, &m->arch, GS_TIMING_HARDWARE);
	return gs_channel_latency(&costs) +
	       gs_channel_occupancy(&costs, GS_WIN_IMEM, 1,
				    b->bytes[GS_WIN_IMEM][0])
		       .cycles;
}

static void time_segment(struct gs_gsm *m, struct gs_core *core, uint32_t i,
			 uint64_t *cycles)
{
	const struct gs_mem mem = { .ctx = m, .read = read_code };
	const struct gs_job job = { .entry = m->segment[i].first_word * 4,
				    .entry_words = m->segment[i].entry_words,
				    .encoding = GS_ENC_SYNC_INST };
	struct gs_timing *t = gs_timing_create(&m->arch, GS_TIMING_HARDWARE);
	const struct gs_timing_block *blocks;
	struct gs_fault fault;
	size_t num;

	assert_non_null(t);
	assert_int_equal(gs_timing_run(t, core, &mem, &job, &fault), 0);
	blocks = gs_timing_blocks(t, &num);
	for (size_t b = 0; b < num; b++)
		cycles[gs_gsm_layer_at(m, blocks[b].addr / 4)] +=
			blocks[b].cycles - (b ? 0 : first_fetch(m, &blocks[b]));
	gs_timing_destroy(t);
}

static void compare(const struct gs_compiled *c, const char *name,
		    struct ratios *r)
{
	char err[GS_GSM_ERR_SIZE], text[256];
	struct gs_core *core;
	struct gs_gsm *m;
	uint64_t *cycles;

	assert_int_equal(gs_gsm_read(c->model, c->model_bytes, &m, err), 0);
	core = gs_core_create(&m->arch);
	cycles = calloc((size_t)m->num_layers + 1, sizeof(*cycles));
	assert_true(core && cycles);
	assert_int_equal(m->num_layers, c->program.num_layers);
	for (uint32_t i = 0; i < m->num_segments; i++)
		time_segment(m, core, i, cycles);
	for (uint32_t l = 0; l < m->num_layers; l++) {
		snprintf(text, sizeof(text), "%s %s %s", name,
			 c->program.layer[l].op, c->program.layer[l].note);
		if (c->program.layer[l].cycles > 0)
			add(r, text, c->program.layer[l].cycles, cycles[l]);
	}
	free(cycles);
	gs_core_destroy(core);
	gs_gsm_free(m);
}

/* ---- models --------------------------------------------------------------------- */

static const char *const machines[] = { "genesys_16x16", "design_03",
					"design_07" };

static void test_models(void **state)
{
	static char path[MAX_MODELS][128];
	const unsigned num = list_models(path, MAX_MODELS);
	struct ratios r = { 0 };

	(void)state;
	for (unsigned i = 0; i < num; i += SHARE) {
		struct gs_compiled c;
		struct gs_arch arch;
		struct source s;
		struct report text;

		load_arch(machines[i % 3], &arch);
		source_read(&s, path[i]);
		if (!compile(&s, &arch, &c, &text))
			compare(&c, path[i], &r);
		gs_compile_free(&c);
		source_fini(&s);
	}
	judge("test models", &r, &(struct bound){ 0.005, 1.05, 0 });
}

static void resnet50(void **state)
{
	static const struct bound bound = { 0.005, 1.05, 0 };

	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		struct ratios r = { 0 };
		struct gs_arch arch;

		load_arch(machines[k], &arch);
		for (unsigned i = 0; i < RESNET50_CONVS; i += SHARE) {
			const struct resnet50_conv *conv = &resnet50_convs[i];
			struct source s = { .data = NULL };
			struct gs_compiled c;
			struct report text;

			s.data = resnet50_build(conv, true, &s.size);
			assert_non_null(s.data);
			assert_int_equal(compile(&s, &arch, &c, &text), 0);
			for (int n = 0; n < conv->times; n++)
				compare(&c, conv->name, &r);
			gs_compile_free(&c);
			source_fini(&s);
		}
		judge(machines[k], &r, &bound);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_models),
					    cmocka_unit_test(resnet50) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
