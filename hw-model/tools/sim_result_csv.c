/* SPDX-License-Identifier: MIT */
/* Results that --csv wrote. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/tools/sim_csv.h"
#include "hw-model/tools/sim_result.h"

#define MAX_COLUMNS 256

/* The first are needed. */
enum column {
	LAYER,
	OPERATOR,
	CYCLES,
	LIMIT,
	WAITS,
	NUM_NEEDED,
	TABLE = NUM_NEEDED,
	ENERGY,
	NUM_COLUMNS
};

static const char *const column_names[NUM_COLUMNS] = {
	"layer",	   "operator",	   "cycles",	"limit",
	"limit_waits_for", "energy_table", "energy_pj",
};

struct table {
	struct sim_result *result;
	struct sim_csv csv;
	const char *field[MAX_COLUMNS];
	size_t num, columns; /* fields of this row, and of the first */
	size_t at[NUM_COLUMNS];
	bool has[NUM_COLUMNS];
};

static bool next_row(struct table *t)
{
	char err[SIM_CSV_ERR_SIZE];

	if (!sim_csv_row(&t->csv, t->field, MAX_COLUMNS, &t->num, err))
		return sim_result_fail(t->result, "%s", err);
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
	t->has[c] = found == 1;
	if (found == 1 || (!found && c >= NUM_NEEDED))
		return true;
	return sim_result_fail(
		t->result,
		"neither a model file nor what gs-sim --csv or --json wrote: "
		"%s column \"%s\"",
		found ? "more than one" : "no", column_names[c]);
}

static bool read_head(struct table *t)
{
	if (!next_row(t))
		return false;
	if (t->num > MAX_COLUMNS)
		return sim_result_fail(
			t->result,
			"line 1: %zu columns, at most %d are expected", t->num,
			MAX_COLUMNS);
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

static bool parse_energy(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return *text >= '0' && *text <= '9' && !*end && isfinite(*value);
}

static bool read_layer(const struct table *t)
{
	struct sim_result *result = t->result;
	struct sim_result_layer layer = {
		.name = t->field[t->at[LAYER]],
		.op = t->field[t->at[OPERATOR]],
		.limit = t->field[t->at[LIMIT]],
		.waits = t->field[t->at[WAITS]],
		.number = t->csv.line,
	};
	const char *cycles = t->field[t->at[CYCLES]];

	if (!parse_count(cycles, &layer.cycles))
		return sim_result_fail(result,
				       "line %u: cycles \"%s\" are no number",
				       layer.number, cycles);
	if (t->has[ENERGY]) {
		const char *energy = t->field[t->at[ENERGY]];

		if (!parse_energy(energy, &layer.energy_pj))
			return sim_result_fail(
				result,
				"line %u: energy_pj \"%s\" is no number",
				layer.number, energy);
		if (!result->num)
			result->energy_table =
				t->has[TABLE] ? t->field[t->at[TABLE]] : "";
	}
	return sim_result_add(result, &layer);
}

bool sim_result_csv(struct sim_result *result, size_t size)
{
	struct table t = {
		.result = result,
		.csv = { .text = result->text, .end = result->text + size },
	};

	result->unit = "line";
	if (!read_head(&t))
		return false;
	while (next_row(&t)) {
		if (!t.num)
			return true;
		if (t.num != t.columns)
			return sim_result_fail(
				result, "line %u: %zu columns, expected %zu",
				t.csv.line, t.num, t.columns);
		if (!read_layer(&t))
			return false;
	}
	return false;
}
