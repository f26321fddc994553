/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sweep_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_csv.h"
#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_files.h"

/* ---- the table ------------------------------------------------------------------ */

static void put_numbers(FILE *out, const struct sweep_outcome *o,
			const struct sweep_choice *choice)
{
	const struct sweep_result *r = &o->results[choice->point];
	char energy[SIM_NUMBER_SIZE];

	fprintf(out,
		",ok,%" PRIu64 ",%.6f,%.6f,%.6f,%" PRIu64 ",%" PRIu64 ",%s,",
		r->cycles, choice->time_ms, sim_ratio(r->array_busy, r->cycles),
		sim_ratio(r->tandem_busy, r->cycles), r->bytes[0], r->bytes[1],
		sim_number(r->energy_pj, energy));
	sim_csv_put(out, o->energy_table);
	fprintf(out, ",%.0f,%.0f,%d,%d,\n", choice->amount[SWEEP_PES],
		choice->amount[SWEEP_BUFFERS],
		choice->best[SWEEP_FRONT_HARDWARE],
		choice->best[SWEEP_FRONT_ENERGY]);
}

/* @choice: of this point, when it was timed */
static void put_point(FILE *out, const struct sweep_outcome *o, size_t point,
		      const struct sweep_choice *choice)
{
	static const char *const status[] = {
		[SWEEP_OPEN] = "open",
		[SWEEP_ILLEGAL] = "illegal",
		[SWEEP_FAILED] = "failed",
		[SWEEP_DIED] = "died",
	};
	const struct sweep_result *r = &o->results[point];
	char buf[24];

	fprintf(out, "%zu", point);
	for (unsigned i = 0; i < o->axes->num; i++)
		fprintf(out, ",%s", sweep_axes_value(o->axes, i, point, buf));
	if (r->status == SWEEP_OK) {
		put_numbers(out, o, choice);
		return;
	}
	fprintf(out, ",%s,,,,,,,,,,,,,", status[r->status]);
	sim_csv_put(out, r->reason ? r->reason : "");
	putc('\n', out);
}

static void put_table(FILE *out, const struct sweep_outcome *o,
		      const struct sweep_choices *choices)
{
	const struct sweep_choice *c = choices->choice;

	fputs("point", out);
	for (unsigned i = 0; i < o->axes->num; i++)
		fprintf(out, ",%s", o->axes->axis[i].name);
	fputs(",status,cycles,time_ms,array_busy,tandem_busy,dram_read,"
	      "dram_written,energy_pj,energy_table,pes,buffer_bytes,front_hardware,"
	      "front_energy,reason\n",
	      out);
	for (size_t p = 0; p < o->axes->points; p++) {
		put_point(out, o, p, c);
		c += c < choices->choice + choices->num && c->point == p;
	}
}

bool sweep_report_csv(const struct sweep_outcome *outcome, const char *path)
{
	struct sweep_choices choices;
	char *text = NULL;
	size_t size = 0;
	FILE *out = sweep_choose(outcome, &choices) ?
			    open_memstream(&text, &size) :
			    NULL;
	int ret;

	if (out)
		put_table(out, outcome, &choices);
	if (!out || ferror(out) | fclose(out))
		ret = -ENOMEM;
	else
		ret = gs_file_write(path, text, size);
	free(text);
	free(choices.choice);
	if (ret)
		fprintf(stderr, "gs-sim: %s: %s\n", sim_file_name(path),
			strerror(-ret));
	return !ret;
}

/* ---- for people ----------------------------------------------------------------- */

static int column_width(const struct sweep_axis *axis)
{
	const int len = (int)strlen(axis->name);

	return len < 6 ? 6 : len;
}

static void print_choice(const struct sweep_outcome *o,
			 const struct sweep_choice *choice)
{
	const struct sweep_result *r = &o->results[choice->point];
	char buf[24];

	printf("  %5zu", choice->point);
	for (unsigned i = 0; i < o->axes->num; i++)
		printf(" %*s", column_width(&o->axes->axis[i]),
		       sweep_axes_value(o->axes, i, choice->point, buf));
	printf(" %11" PRIu64
	       " %9.3f %6.1f%% %6.1f%% %10.1f %6.0f %8.1f %9.1f  %s\n",
	       r->cycles, choice->time_ms,
	       100 * sim_ratio(r->array_busy, r->cycles),
	       100 * sim_ratio(r->tandem_busy, r->cycles),
	       choice->cost[SWEEP_FRONT_ENERGY], choice->amount[SWEEP_PES],
	       choice->amount[SWEEP_BUFFERS] / 1024,
	       (double)(r->bytes[0] + r->bytes[1]) / 1024,
	       !choice->best[SWEEP_FRONT_ENERGY]   ? "hardware" :
	       !choice->best[SWEEP_FRONT_HARDWARE] ? "energy" :
						     "both");
}

/* Those of a front, fastest first, at most SWEEP_TOP; NULL: out of memory. */
static struct sweep_choice **choose_best(const struct sweep_choices *choices,
					 size_t *num, size_t *more)
{
	struct sweep_choice **sorted =
		sweep_sort(choices, SWEEP_FRONT_HARDWARE);

	*num = *more = 0;
	for (size_t i = 0; sorted && i < choices->num; i++) {
		if (!sorted[i]->best[SWEEP_FRONT_HARDWARE] &&
		    !sorted[i]->best[SWEEP_FRONT_ENERGY])
			continue;
		if (*num == SWEEP_TOP)
			++*more;
		else
			sorted[(*num)++] = sorted[i];
	}
	return sorted;
}

static void print_fronts(const struct sweep_outcome *o,
			 const struct sweep_choices *choices)
{
	size_t num, more;
	struct sweep_choice **best = choose_best(choices, &num, &more);

	printf("Pareto fronts of time against hardware (%s) and energy (%s):\n"
	       "  point",
	       sweep_hardware_name(choices->hardware), o->energy_table);
	for (unsigned i = 0; i < o->axes->num; i++)
		printf(" %*s", column_width(&o->axes->axis[i]),
		       o->axes->axis[i].name);
	printf(" %11s %9s %7s %7s %10s %6s %8s %9s  %s\n", "cycles", "ms",
	       "array", "Tandem", "uJ", "PEs", "SRAM KiB", "DRAM KiB", "front");
	for (size_t i = 0; i < num; i++)
		print_choice(o, best[i]);
	if (more)
		printf("  and %zu more\n", more);
	free(best);
}

void sweep_report_summary(const struct sweep_outcome *o, const char *out)
{
	size_t count[SWEEP_DIED + 1] = { 0 };
	struct sweep_choices choices;
	const bool ok = sweep_choose(o, &choices);

	for (size_t p = 0; p < o->axes->points; p++)
		count[o->results[p].status]++;
	printf("%s: %zu point%s", o->model, o->axes->points,
	       o->axes->points == 1 ? "" : "s");
	if (count[SWEEP_ILLEGAL])
		printf(", %zu illegal", count[SWEEP_ILLEGAL]);
	if (count[SWEEP_FAILED])
		printf(", %zu failed", count[SWEEP_FAILED]);
	if (count[SWEEP_DIED])
		printf(", %zu died", count[SWEEP_DIED]);
	printf("; all in %s/sweep.csv%s\n", out,
	       choices.num ? " and pareto.svg" : "");
	if (ok && choices.num)
		print_fronts(o, &choices);
	free(choices.choice);
}

static bool write_machine(const struct sweep_outcome *o, size_t point,
			  const char *out)
{
	char text[GS_ARCH_JSON_SIZE + 1], name[sizeof(o->base->name)];
	char err[SWEEP_ERR_SIZE], *path;
	struct gs_arch arch;
	int len, ret;

	if (asprintf(&path, "%s/machine_%zu.json", out, point) < 0)
		return false;
	if (!sweep_axes_arch(o->axes, point, o->base, &arch, err))
		arch = *o->base;
	snprintf(name, sizeof(name), "%.40s_%zu", o->base->name, point);
	memcpy(arch.name, name, sizeof(name));
	len = gs_arch_format(&arch, text, sizeof(text));
	text[len++] = '\n';
	ret = gs_file_write(path, text, (size_t)len);
	if (ret)
		fprintf(stderr, "gs-sim: %s: %s\n", path, strerror(-ret));
	free(path);
	return !ret;
}

bool sweep_report_machines(const struct sweep_outcome *o, const char *out)
{
	struct sweep_choice **best = NULL;
	struct sweep_choices choices;
	size_t num = 0, more;
	bool ok = sweep_choose(o, &choices);

	if (ok)
		best = choose_best(&choices, &num, &more);
	if (!best)
		fputs("gs-sim: out of memory\n", stderr);
	ok = best != NULL;
	for (size_t i = 0; ok && i < num; i++)
		ok = write_machine(o, best[i]->point, out);
	free(best);
	free(choices.choice);
	return ok;
}
