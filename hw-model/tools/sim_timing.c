/* SPDX-License-Identifier: MIT */
/* Timing model files: see sim_timing.h. */

#include "hw-model/tools/sim_timing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/arch/arch_field.h"
#include "hw-model/isa/file.h"
#include "hw-model/isa/nearest.h"
#include "hw-model/tools/sim_fail.h"

/* More than gsc makes of a model it reads. */
#define MAX_MODEL_BYTES ((size_t)2 << 30)

/* ---- the machine ---------------------------------------------------------------- */

/* May a model made for one value run with another? */
static bool is_free(const struct gs_arch_field *f)
{
	const char *width = strstr(f->json, "_CHANNEL_BW");

	return f->offset != GS_ARCH_NOT_STORED &&
	       (f->flags & GS_ARCH_NO_HASH || (width && !width[11]));
}

static bool fail_field(const char *assignment, size_t len)
{
	struct gs_nearest near;

	gs_nearest_init(&near, assignment, len);
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		if (is_free(&gs_arch_fields[i]))
			gs_nearest_offer(&near, gs_arch_fields[i].json);
	return sim_fail(
		"--arch: \"%s\" names no cost, channel width or clock%s%s%s",
		assignment, near.name ? ", did you mean " : "",
		near.name ? near.name : "", near.name ? "?" : "");
}

static bool set_field(struct gs_arch *arch, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	const size_t len = equals ? (size_t)(equals - assignment) : 0;
	char err[GS_ARCH_ERR_SIZE], *end;
	long long value;

	for (size_t i = 0; len && i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];

		if (strlen(f->json) != len ||
		    memcmp(f->json, assignment, len) != 0 || !is_free(f))
			continue;
		errno = 0;
		value = strtoll(equals + 1, &end, 0);
		if (errno || end == equals + 1 || *end)
			return sim_fail("--arch: \"%s\" is no FIELD=NUMBER",
					assignment);
		if (gs_arch_check_field(f, value, err))
			return sim_fail("--arch: %s", err);
		gs_arch_set(arch, f, (uint32_t)value);
		return true;
	}
	return fail_field(assignment, len);
}

/* ---- a model -------------------------------------------------------------------- */

static bool read_model(struct sim_timing *sim, const char *path,
		       const void *image, size_t size)
{
	char err[GS_GSM_ERR_SIZE];

	return !gs_gsm_read(image, size, &sim->gsm, err) ||
	       sim_fail("%s: %s", path, err);
}

struct sim_layer *sim_timing_layer(const struct sim_timing *sim, uint32_t addr)
{
	const uint32_t l = gs_gsm_layer_at(sim->gsm, addr / 4);
	const uint32_t most = sim->gsm->num_layers;

	return &sim->layers[l < most ? l : most];
}

/* What blocks took goes to their layers. */
static bool collect(struct sim_timing *sim, uint32_t segment)
{
	const struct gs_timing_block *blocks;
	size_t num;

	blocks = gs_timing_blocks(sim->timing, &num);
	if (!blocks && gs_timing_total(sim->timing)->cycles)
		return sim_fail("out of memory");
	for (size_t i = 0; i < num; i++) {
		struct sim_layer *layer = sim_timing_layer(sim, blocks[i].addr);

		gs_timing_add(&layer->sum, &blocks[i]);
		layer->blocks++;
		if (sim->blocks)
			sim_blocks_add(sim->blocks, segment, &blocks[i]);
	}
	gs_timing_add(&sim->total, gs_timing_total(sim->timing));
	return true;
}

static int run_segment(struct sim_timing *sim, struct gs_core *core,
		       uint32_t index, struct gs_fault *fault)
{
	const struct gs_elf_segment *segment = &sim->gsm->segment[index];
	const struct gs_job job = { .entry = segment->first_word * 4,
				    .entry_words = segment->entry_words,
				    .encoding = GS_ENC_SYNC_INST };

	return gs_timing_run_words(sim->timing, core, sim->gsm->code,
				   sim->gsm->num_words, &job, fault);
}

static bool fail_refused(int ret)
{
	return sim_fail("the program cannot be timed: %s",
			gs_timing_refusal(ret));
}

bool sim_timing_segment(struct sim_timing *sim, struct gs_core *core,
			uint32_t index)
{
	struct gs_fault fault;
	char text[256];
	int ret = run_segment(sim, core, index, &fault);

	if (ret == -EFAULT) {
		gs_fault_format(&fault, text, sizeof(text));
		return sim_fail("%s", text);
	}
	if (gs_timing_refusal(ret))
		return fail_refused(ret);
	return !ret || sim_fail("%s", strerror(-ret));
}

/* On data a program without an end would run for hours, and its blocks be kept. */
static bool run_on_data(struct sim_timing *sim, struct gs_core *core,
			const struct sim_timing_options *options)
{
	int ret = 0;

	for (uint32_t i = 0; i < sim->gsm->num_segments && !ret; i++) {
		struct gs_fault fault; /* told when there are data */

		ret = run_segment(sim, core, i, &fault);
		ret = gs_timing_refusal(ret) ? ret : 0;
	}
	if (ret)
		return fail_refused(ret);
	return options->run_data(sim, options->data) && collect(sim, 0);
}

static bool run(struct sim_timing *sim,
		const struct sim_timing_options *options)
{
	struct gs_core *core = gs_core_create(&sim->gsm->arch);
	bool ok = core || sim_fail("out of memory");

	if (ok && options->data) {
		ok = run_on_data(sim, core, options);
		gs_core_destroy(core);
		return ok;
	}
	for (uint32_t i = 0; ok && i < sim->gsm->num_segments; i++)
		ok = sim_timing_segment(sim, core, i) && collect(sim, i);
	gs_core_destroy(core);
	return ok;
}

static void add_energy(struct sim_timing *sim)
{
	for (uint32_t i = 0; i <= sim->gsm->num_layers; i++)
		gs_energy_of(sim->table, &sim->arch, &sim->layers[i].sum,
			     &sim->layers[i].energy);
	gs_energy_of(sim->table, &sim->arch, &sim->total, &sim->energy);
}

static bool prepare(struct sim_timing *sim,
		    const struct sim_timing_options *options)
{
	const struct gs_gsm *gsm = sim->gsm;

	sim->arch = gsm->arch;
	for (const char *const *a = options->arch; *a; a++)
		if (!set_field(&sim->arch, *a))
			return false;
	sim->table = options->table;
	sim->preset = options->preset;
	sim->timing = gs_timing_create(&sim->arch, options->preset);
	sim->layers = calloc((size_t)gsm->num_layers + 1, sizeof(*sim->layers));
	if (options->blocks)
		sim->blocks = sim_blocks_open();
	if (!sim->timing || !sim->layers || (options->blocks && !sim->blocks))
		return sim_fail("out of memory");
	for (uint32_t i = 0; i < gsm->num_layers; i++) {
		sim->layers[i].name = gsm->layer[i].name;
		sim->layers[i].op = gsm->layer[i].op;
		sim->layers[i].macs = gsm->layer[i].macs;
	}
	sim->layers[gsm->num_layers].name = "(no layer)";
	sim->layers[gsm->num_layers].op = "";
	return true;
}

static bool start(struct sim_timing *sim,
		  const struct sim_timing_options *options)
{
	if (!prepare(sim, options) || !run(sim, options))
		return false;
	add_energy(sim);
	return true;
}

bool sim_timing_open_image(struct sim_timing *sim, const char *path,
			   const void *image, size_t size,
			   const struct sim_timing_options *options)
{
	*sim = (struct sim_timing){ 0 };
	return read_model(sim, path, image, size) && start(sim, options);
}

bool sim_timing_open(struct sim_timing *sim, const char *path,
		     const struct sim_timing_options *options)
{
	char *image;
	size_t size;
	int ret = gs_file_read(path, MAX_MODEL_BYTES, &image, &size);
	bool ok;

	*sim = (struct sim_timing){ 0 };
	if (ret)
		return sim_fail("%s: %s", path, strerror(-ret));
	ok = read_model(sim, path, image, size);
	free(image);
	return ok && start(sim, options);
}

void sim_timing_close(struct sim_timing *sim)
{
	gs_timing_destroy(sim->timing);
	sim_blocks_close(sim->blocks);
	free(sim->layers);
	gs_gsm_free(sim->gsm);
}
