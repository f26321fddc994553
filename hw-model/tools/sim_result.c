/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_result.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_csv.h"
#include "hw-model/tools/sim_facts.h"

#define MAX_RESULT_BYTES ((size_t)2 << 30)
#define MAX_COLUMNS 256

__attribute__((format(printf, 1, 2))) static bool fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("gs-sim: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return false;
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

static bool check_names(const struct sim_result *result, const char *path)
{
	const struct sim_result_layer **sorted = sim_result_sort(result);
	bool ok = true;

	if (!sorted)
		return fail("out of memory");
	for (size_t i = 1; ok && i < result->num; i++)
		if (!strcmp(sorted[i - 1]->name, sorted[i]->name))
			ok = fail("%s: line %u: layer \"%s\" stands in line %u "
				  "already",
				  path, sorted[i]->line, sorted[i]->name,
				  sorted[i - 1]->line);
	free(sorted);
	return ok;
}

/* ---- a table -------------------------------------------------------------------- */

enum column { LAYER, OPERATOR, CYCLES, LIMIT, WAITS, NUM_COLUMNS };

static const char *const column_names[NUM_COLUMNS] = { "layer", "operator",
						       "cycles", "limit",
						       "limit_waits_for" };

struct table {
	const char *path;
	struct sim_csv csv;
	const char *field[MAX_COLUMNS];
	size_t num, columns; /* fields of this row, and of the first */
	size_t at[NUM_COLUMNS];
};

static bool next_row(struct table *t)
{
	char err[SIM_CSV_ERR_SIZE];

	if (!sim_csv_row(&t->csv, t->field, MAX_COLUMNS, &t->num, err))
		return fail("%s: %s", t->path, err);
	return true;
}

static bool find_column(struct table *t, enum column c)
{
	size_t found = 0;

	for (size_t i = 0; i < t->num; i++) {
		if (strcmp(t->field[i], column_names[c]) != 0)
			continue;
		t->at[c] = i;
		found++;
	}
	if (found == 1)
		return true;
	return fail("%s: neither a model file nor a table of gs-sim --csv: "
		    "%s column \"%s\"",
		    t->path, found ? "more than one" : "no", column_names[c]);
}

static bool read_head(struct table *t)
{
	if (t->csv.text == t->csv.end)
		return fail("%s: the file is empty", t->path);
	if (!next_row(t))
		return false;
	if (t->num > MAX_COLUMNS)
		return fail("%s: line 1: %zu columns, at most %d are expected",
			    t->path, t->num, MAX_COLUMNS);
	for (unsigned c = 0; c < NUM_COLUMNS; c++)
		if (!find_column(t, (enum column)c))
			return false;
	t->columns = t->num;
	return true;
}

static bool parse_count(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !errno && !*end;
}

static bool read_layer(const struct table *t, struct sim_result *result)
{
	struct sim_result_layer *layer = &result->layers[result->num++];
	const char *cycles = t->field[t->at[CYCLES]];

	*layer = (struct sim_result_layer){
		.name = t->field[t->at[LAYER]],
		.op = t->field[t->at[OPERATOR]],
		.limit = t->field[t->at[LIMIT]],
		.waits = t->field[t->at[WAITS]],
		.line = t->csv.line,
	};
	if (!parse_count(cycles, &layer->cycles))
		return fail("%s: line %u: cycles \"%s\" are no number", t->path,
			    layer->line, cycles);
	if (layer->cycles > UINT64_MAX - result->cycles)
		return fail("%s: line %u: the sum of all cycles passes 2^64",
			    t->path, layer->line);
	result->cycles += layer->cycles;
	return true;
}

static bool read_rows(struct table *t, struct sim_result *result)
{
	size_t max = 0;

	while (next_row(t)) {
		struct sim_result_layer *more;

		if (!t->num)
			return result->num || fail("%s: no layers", t->path);
		if (t->num != t->columns)
			return fail("%s: line %u: %zu columns, expected %zu",
				    t->path, t->csv.line, t->num, t->columns);
		if (result->num == max) {
			max = max ? 2 * max : 64;
			more = reallocarray(result->layers, max, sizeof(*more));
			if (!more)
				return fail("out of memory");
			result->layers = more;
		}
		if (!read_layer(t, result))
			return false;
	}
	return false;
}

static bool read_table(struct sim_result *result, const char *path, size_t size)
{
	struct table table = {
		.path = path,
		.csv = { .text = result->text, .end = result->text + size },
	};

	return read_head(&table) && read_rows(&table, result) &&
	       check_names(result, path);
}

/* ---- a model -------------------------------------------------------------------- */

static bool time_model(struct sim_result *result, const char *path,
		       const struct sim_timing_options *options)
{
	const struct sim_timing *sim = &result->sim;
	size_t num;

	result->is_model = true;
	if (!sim_timing_open(&result->sim, path, options))
		return false;
	num = sim->gsm->num_layers;
	num += sim->layers[num].blocks != 0;
	result->layers = calloc(num + 1, sizeof(*result->layers));
	if (!result->layers)
		return fail("out of memory");
	for (size_t i = 0; i < num; i++) {
		const struct sim_layer *from = &sim->layers[i];
		const struct gs_timing_limit limit =
			gs_timing_limit_of(&from->sum);

		result->layers[i] = (struct sim_result_layer){
			.name = from->name,
			.op = from->op,
			.limit = gs_engine_name(limit.engine),
			.waits = limit.stall < GS_STALL_COUNT ?
					 gs_stall_name(limit.stall) :
					 "",
			.cycles = from->sum.cycles,
		};
	}
	result->num = num;
	result->cycles = sim->total.cycles;
	return true;
}

bool sim_result_open(struct sim_result *result, const char *path,
		     const struct sim_timing_options *options)
{
	static const char elf[4] = "\177ELF";
	size_t size;
	int ret;

	*result = (struct sim_result){ 0 };
	ret = gs_file_read(path, MAX_RESULT_BYTES, &result->text, &size);
	if (ret)
		return fail("%s: %s", path, strerror(-ret));
	if (size >= sizeof(elf) && !memcmp(result->text, elf, sizeof(elf))) {
		free(result->text);
		result->text = NULL;
		return time_model(result, path, options);
	}
	return read_table(result, path, size);
}

void sim_result_close(struct sim_result *result)
{
	if (result->is_model)
		sim_timing_close(&result->sim);
	free(result->layers);
	free(result->text);
}
