/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_result.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_fail.h"

#define MAX_RESULT_BYTES ((size_t)2 << 30)

bool sim_result_fail(const struct sim_result *result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sim_vfail(result->path, format, args);
	va_end(args);
	return false;
}

bool sim_result_add(struct sim_result *result,
		    const struct sim_result_layer *layer)
{
	if (result->num == result->cap) {
		const size_t cap = result->cap ? 2 * result->cap : 64;
		struct sim_result_layer *more =
			reallocarray(result->layers, cap, sizeof(*more));

		if (!more)
			return sim_result_fail(result, "out of memory");
		result->layers = more;
		result->cap = cap;
	}
	if (layer->cycles > UINT64_MAX - result->cycles)
		return sim_result_fail(
			result, "%s %u: the sum of all cycles passes 2^64",
			result->unit, layer->number);
	result->layers[result->num++] = *layer;
	result->cycles += layer->cycles;
	result->energy_pj += layer->energy_pj;
	return true;
}

/* ---- by name -------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct sim_result_layer *const *x = a, *const *y = b;
	const int order = strcmp((*x)->name, (*y)->name);

	return order ? order : *x < *y ? -1 : *x > *y;
}

const struct sim_result_layer **sim_result_sort(const struct sim_result *result)
{
	const struct sim_result_layer **sorted =
		calloc(result->num + 1, sizeof(*sorted));

	for (size_t i = 0; sorted && i < result->num; i++)
		sorted[i] = &result->layers[i];
	if (sorted)
		qsort(sorted, result->num, sizeof(*sorted), by_name);
	return sorted;
}

const struct sim_result_layer *
sim_result_find(const struct sim_result_layer *const *sorted, size_t num,
		const char *name)
{
	while (num) {
		const size_t half = num / 2;
		const int order = strcmp(name, sorted[half]->name);

		if (!order)
			return sorted[half];
		if (order > 0)
			sorted += half + 1;
		num = order > 0 ? num - half - 1 : half;
	}
	return NULL;
}

static bool check_names(const struct sim_result *result)
{
	const struct sim_result_layer **sorted = sim_result_sort(result);
	bool ok = true;

	if (!sorted)
		return sim_result_fail(result, "out of memory");
	for (size_t i = 1; ok && i < result->num; i++)
		if (!strcmp(sorted[i - 1]->name, sorted[i]->name))
			ok = sim_result_fail(
				result,
				"%s %u: layer \"%s\" stands in %s %u already",
				result->unit, sorted[i]->number,
				sorted[i]->name, result->unit,
				sorted[i - 1]->number);
	free(sorted);
	return ok;
}

/* ---- a model -------------------------------------------------------------------- */

static bool time_model(struct sim_result *result, size_t size,
		       const struct sim_timing_options *options)
{
	const struct sim_timing *sim = &result->sim;
	bool ok;

	result->is_model = true;
	ok = sim_timing_open_image(&result->sim, result->path, result->text,
				   size, options);
	free(result->text);
	result->text = NULL;
	if (ok)
		result->energy_table = sim->table->name;
	for (uint32_t i = 0; ok && i <= sim->gsm->num_layers; i++) {
		const struct sim_layer *from = &sim->layers[i];
		const struct gs_timing_limit limit =
			gs_timing_limit_of(&from->sum);
		const struct sim_result_layer layer = {
			.name = from->name,
			.op = from->op,
			.limit = gs_engine_name(limit.engine),
			.waits = limit.stall < GS_STALL_COUNT ?
					 gs_stall_name(limit.stall) :
					 "",
			.cycles = from->sum.cycles,
			.energy_pj = gs_energy_total(&from->energy),
			.number = i + 1,
		};

		if (i < sim->gsm->num_layers || from->blocks)
			ok = sim_result_add(result, &layer);
	}
	return ok;
}

/* ---- a file --------------------------------------------------------------------- */

static bool read_text(struct sim_result *result, size_t size)
{
	const char *first = result->text;

	while (*first == ' ' || *first == '\t' || *first == '\n' ||
	       *first == '\r')
		first++;
	if (!size)
		return sim_result_fail(result, "the file is empty");
	if (*first == '{' ? !sim_result_json(result, size) :
			    !sim_result_csv(result, size))
		return false;
	if (!result->num)
		return sim_result_fail(result, "no layers");
	return check_names(result);
}

bool sim_result_open(struct sim_result *result, const char *path,
		     const struct sim_timing_options *options)
{
	static const char elf[4] = "\177ELF";
	size_t size;
	int ret;

	*result = (struct sim_result){ .path = path, .unit = "layer" };
	ret = gs_file_read(path, MAX_RESULT_BYTES, &result->text, &size);
	if (ret)
		return sim_result_fail(result, "%s", strerror(-ret));
	if (size < sizeof(elf) || memcmp(result->text, elf, sizeof(elf)) != 0)
		return read_text(result, size);
	return time_model(result, size, options);
}

void sim_result_close(struct sim_result *result)
{
	if (result->is_model)
		sim_timing_close(&result->sim);
	json_object_put(result->document);
	free(result->layers);
	free(result->text);
}
