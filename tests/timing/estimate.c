/* SPDX-License-Identifier: MIT */
#include "tests/timing/estimate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/timing/timing.h"
#include "runtime/loader/gsm.h"

/* Of one layer may be. */
#define ESTIMATE_BOUND 1.05

static void add(struct estimates *r, const char *name, double estimate,
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
	r->num_far += fabs(log(ratio)) > log(ESTIMATE_BOUND);
	if (r->num > 1 && fabs(log(ratio)) <= fabs(log(r->worst)))
		return;
	r->worst = ratio;
	snprintf(r->worst_name, sizeof(r->worst_name), "%s", name);
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

void estimates_add(const struct gs_compiled *c, const char *name,
		   struct estimates *r)
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

void estimates_judge(const char *what, const struct estimates *r, double mean)
{
	const double off = exp(r->log_sum / r->num) - 1;

	printf("# %s: %u layers, %.0f cycles, estimated %.0f; off by %.2f %% (geometric mean), %u by more than %.0f %%, at most %.3f (%s)\n",
	       what, r->num, r->cycles, r->estimated, 100 * off, r->num_far,
	       100 * (ESTIMATE_BOUND - 1), r->worst, r->worst_name);
	fflush(stdout);
	if (off > mean || r->num_far)
		fail_msg(
			"%s: farther off than %.1f %% in the mean, or a layer by more than %.0f %%",
			what, 100 * mean, 100 * (ESTIMATE_BOUND - 1));
}
