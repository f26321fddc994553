/* SPDX-License-Identifier: MIT */
/* Running a vector and judging it. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/tools/sim.h"
#include "hw-model/tools/sim_debug.h"
#include "hw-model/tools/sim_mem.h"
#include "hw-model/tools/sim_vector.h"

struct sim {
	const struct sim_options *options;
	struct sim_vector vector;
	struct sim_mem *mem;
	struct gs_core *core;
	struct sim_debug debug;
	struct gs_counters counters;
	struct gs_fault fault;
	char err[SIM_ERR_SIZE];
};

static uint64_t bus(const struct sim *sim, const struct sim_data *data)
{
	return sim->vector.window_base[data->win] + data->offset;
}

static bool fill_memory(struct sim *sim)
{
	const struct sim_vector *vector = &sim->vector;
	const uint64_t imem = vector->window_base[GS_WIN_IMEM];
	int ret = 0;

	for (size_t i = 0; !ret && i < vector->num_words; i++) {
		uint32_t word = vector->words[i];
		uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8),
				     (uint8_t)(word >> 16),
				     (uint8_t)(word >> 24) };

		ret = sim_mem_put(sim->mem, imem + 4 * i, bytes, 4);
	}
	for (size_t i = 0; !ret && i < vector->num_loads; i++)
		ret = sim_mem_put(sim->mem, bus(sim, &vector->loads[i]),
				  vector->loads[i].bytes,
				  vector->loads[i].size);
	for (size_t i = 0; !ret && i < vector->num_ranges; i++)
		ret = sim_mem_allow(sim->mem, vector->ranges[i].base,
				    vector->ranges[i].size,
				    vector->ranges[i].writable);
	return !ret || sim_error(sim->err, "out of memory");
}

static bool prepare(struct sim *sim, const char *dir)
{
	if (!sim_vector_load(dir, sim->options->arch, &sim->vector, sim->err))
		return false;
	sim->mem = sim_mem_create();
	sim->core = gs_core_create(&sim->vector.arch);
	if (!sim->mem || !sim->core)
		return sim_error(sim->err, "out of memory");
	if (sim->options->has_noise)
		sim_fill_noise(sim->core, sim->options->noise);
	else if (sim->vector.has_noise)
		sim_fill_noise(sim->core, sim->vector.noise);
	return fill_memory(sim);
}

/* A limit of 0, which struct gs_job cannot tell from none, ends every fetch. */
static bool refuse_all_work(struct sim *sim, uint32_t entry, uint32_t words,
			    uint32_t number)
{
	if (sim->options->max_work || !sim->vector.has_max_work ||
	    sim->vector.max_work || entry % 4 || !words)
		return false;
	sim->fault =
		(struct gs_fault){ .code = GS_FAULT_LIMIT, .block = number };
	return true;
}

/* One job; its faults count blocks from the first one of the vector. */
static int run_job(struct sim *sim, uint32_t entry, uint32_t words,
		   uint32_t max_blocks, uint32_t number)
{
	const struct sim_options *options = sim->options;
	const struct gs_mem port = sim_mem_port(sim->mem);
	struct gs_job job = {
		.entry = entry,
		.entry_words = words,
		.encoding = sim->vector.encoding,
		.executor = options->executor,
		.max_work = options->max_work ? options->max_work :
						sim->vector.max_work,
		.max_blocks = max_blocks,
		.counters = &sim->counters,
	};
	int ret;

	if (refuse_all_work(sim, entry, words, number))
		return -EFAULT;
	memcpy(job.window_base, sim->vector.window_base,
	       sizeof(job.window_base));
	sim->debug.block_offset = number;
	if (options->trace_exec || options->step || options->has_break)
		job.hooks = &sim->debug.hooks;
	ret = gs_core_run(sim->core, &port, &job, &sim->fault);
	sim_debug_end(&sim->debug, sim->core);
	if (ret == -EFAULT)
		sim->fault.block += number;
	return ret;
}

static int run(struct sim *sim)
{
	const struct sim_vector *vector = &sim->vector;
	uint32_t number = 0;
	int ret = 0;

	if (vector->chain)
		return run_job(sim, vector->entry, vector->entry_words, 0, 0);
	for (size_t first = 0; !ret && first < vector->num_words; number++) {
		size_t words = sim_vector_block(vector, first);

		ret = run_job(sim, (uint32_t)(4 * first), (uint32_t)words, 1,
			      number);
		first += words;
	}
	return ret;
}

/* The word a fault names. */
static uint32_t faulty_word(const struct sim *sim)
{
	const uint64_t block = sim->vector.window_base[GS_WIN_IMEM] +
			       gs_core_block_addr(sim->core);
	uint8_t bytes[4];

	if (sim->fault.code == GS_FAULT_ILLEGAL_WORD)
		return (uint32_t)sim->fault.address;
	sim_mem_get(sim->mem, block + 4 * (uint64_t)sim->fault.word, bytes, 4);
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static bool fault_error(struct sim *sim)
{
	char sentence[256], text[80];

	gs_fault_format(&sim->fault, sentence, sizeof(sentence));
	sim_print_word(faulty_word(sim), sim->vector.encoding, text,
		       sizeof(text));
	return sim_error(sim->err, "%s (%s)", sentence, text);
}

static bool check_fault(struct sim *sim)
{
	const struct gs_fault *want = &sim->vector.expect_fault;
	const struct gs_fault *got = &sim->fault;

	if (want->code == got->code && want->block == got->block &&
	    want->word == got->word && want->address == got->address)
		return true;
	if (want->code == GS_FAULT_NONE)
		return fault_error(sim);
	return sim_error(sim->err,
			 "fault: got %s block %" PRIu32 " word %" PRIu32
			 " address 0x%" PRIx64 ", expected %s block %" PRIu32
			 " word %" PRIu32 " address 0x%" PRIx64,
			 gs_fault_name(got->code), got->block, got->word,
			 got->address, gs_fault_name(want->code), want->block,
			 want->word, want->address);
}

static bool check_data(struct sim *sim, const struct sim_data *data)
{
	uint8_t *got = malloc(data->size + 1);
	size_t n = 0;
	bool ok;

	if (!got)
		return sim_error(sim->err, "out of memory");
	sim_mem_get(sim->mem, bus(sim, data), got, data->size);
	ok = !memcmp(got, data->bytes, data->size);
	while (!ok && sim_element(&data->type, got, n) ==
			      sim_element(&data->type, data->bytes, n))
		n++;
	if (!ok)
		sim_error(sim->err,
			  "%s+0x%" PRIx64 " element %zu: got %" PRId64
			  ", expected %" PRId64,
			  gs_window_name(data->win), data->offset, n,
			  sim_element(&data->type, got, n),
			  sim_element(&data->type, data->bytes, n));
	free(got);
	return ok;
}

static bool judge(struct sim *sim, int ret)
{
	if (ret == -ECANCELED)
		return sim_error(sim->err, "stopped");
	if (ret == -ENOMEM)
		return sim_error(sim->err, "out of memory");
	if (!check_fault(sim))
		return false;
	for (size_t i = 0; i < sim->vector.num_expects; i++)
		if (!check_data(sim, &sim->vector.expects[i]))
			return false;
	return sim_check_counters(&sim->vector, &sim->counters, sim->err);
}

bool sim_run_vector(const char *dir, const struct sim_options *options)
{
	struct sim sim = { .options = options };
	bool ok;

	sim_debug_init(&sim.debug, options);
	ok = prepare(&sim, dir) && judge(&sim, run(&sim));
	if (ok)
		printf("PASS %s\n", sim.vector.name);
	else
		printf("FAIL %s: %s\n", sim.vector.name ? sim.vector.name : dir,
		       sim.err);
	if (options->counters)
		sim_print_counters(&sim.counters);
	fflush(stdout);
	gs_core_destroy(sim.core);
	sim_mem_destroy(sim.mem);
	sim_vector_free(&sim.vector);
	return ok;
}
