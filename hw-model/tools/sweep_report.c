/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sweep_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_csv.h"

#define TOP 20

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static double time_ms(uint64_t cycles, const struct gs_arch *arch)
{
	return (double)cycles / 1000 / arch->clock_mhz;
}

/* ---- the front ------------------------------------------------------------------ */

static double cost_of(enum sweep_cost cost, const struct gs_arch *arch)
{
	switch (cost) {
	case SWEEP_COST_BUFFERS:
		return (double)sweep_buffer_bytes(arch);
	case SWEEP_COST_CHANNELS:
		return (double)arch->param_channel_bw + arch->ibuf_channel_bw +
		       arch->obuf_channel_bw + arch->simd_channel_bw +
		       arch->instr_channel_bw;
	default:
		return (double)arch->array_n * arch->array_m;
	}
}

static void set_costs(const struct sweep_outcome *o, enum sweep_cost cost,
		      struct sweep_choice *choices, size_t num)
{
	char err[SWEEP_ERR_SIZE];
	struct gs_arch arch;

	for (size_t i = 0; i < num; i++)
		if (sweep_axes_arch(o->axes, choices[i].point, o->base, &arch,
				    err)) {
			choices[i].time_ms = time_ms(
				o->results[choices[i].point].cycles, &arch);
			choices[i].cost = cost_of(cost, &arch);
		}
}

static bool differ(const struct sweep_choice *choices, size_t num)
{
	for (size_t i = 1; i < num; i++)
		if (choices[i].cost != choices[0].cost)
			return true;
	return false;
}

/* Fastest first; of two that are as fast the cheaper. */
static int by_time(const void *a, const void *b)
{
	const struct sweep_choice *const *x = a, *const *y = b;

	if ((*x)->time_ms != (*y)->time_ms)
		return (*x)->time_ms < (*y)->time_ms ? -1 : 1;
	if ((*x)->cost != (*y)->cost)
		return (*x)->cost < (*y)->cost ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static struct sweep_choice **sort(struct sweep_choice *choices, size_t num)
{
	struct sweep_choice **sorted = calloc(num + 1, sizeof(*sorted));

	for (size_t i = 0; sorted && i < num; i++)
		sorted[i] = &choices[i];
	if (sorted)
		qsort(sorted, num, sizeof(*sorted), by_time);
	return sorted;
}

/* Points that are equal in both are all on the front, or none is. */
static bool mark_front(struct sweep_choice *choices, size_t num)
{
	struct sweep_choice **sorted = sort(choices, num);
	const struct sweep_choice *last = NULL;

	for (size_t i = 0; sorted && i < num; i++) {
		struct sweep_choice *c = sorted[i];

		c->best =
			!last || c->cost < last->cost ||
			(c->cost == last->cost && c->time_ms == last->time_ms);
		if (c->best)
			last = c;
	}
	free(sorted);
	return sorted != NULL;
}

struct sweep_choice *sweep_choices(const struct sweep_outcome *o,
				   enum sweep_cost *cost, size_t *num)
{
	struct sweep_choice *choices =
		calloc(o->axes->points + 1, sizeof(*choices));

	*num = 0;
	*cost = SWEEP_COST_PES;
	if (!choices)
		return NULL;
	for (size_t p = 0; p < o->axes->points; p++)
		if (o->results[p].status == SWEEP_OK)
			choices[(*num)++].point = p;
	for (unsigned c = 0; c < SWEEP_COSTS; c++) {
		set_costs(o, (enum sweep_cost)c, choices, *num);
		*cost = (enum sweep_cost)c;
		if (differ(choices, *num))
			break;
		*cost = SWEEP_COST_PES;
	}
	if (*cost == SWEEP_COST_PES)
		set_costs(o, *cost, choices, *num);
	if (mark_front(choices, *num))
		return choices;
	free(choices);
	return NULL;
}

/* ---- the table ------------------------------------------------------------------ */

static void put_numbers(FILE *out, const struct sweep_result *r,
			const struct gs_arch *arch, bool best)
{
	fprintf(out,
		",ok,%" PRIu64 ",%.6f,%.6f,%.6f,%" PRIu64 ",%" PRIu64
		",%u,%" PRIu64 ",%d,\n",
		r->cycles, time_ms(r->cycles, arch),
		share(r->array_busy, r->cycles),
		share(r->tandem_busy, r->cycles), r->bytes[0], r->bytes[1],
		arch->array_n * arch->array_m, sweep_buffer_bytes(arch), best);
}

static void put_point(FILE *out, const struct sweep_outcome *o, size_t point,
		      bool best)
{
	static const char *const status[] = {
		[SWEEP_OPEN] = "open",
		[SWEEP_ILLEGAL] = "illegal",
		[SWEEP_FAILED] = "failed",
		[SWEEP_DIED] = "died",
	};
	const struct sweep_result *r = &o->results[point];
	char err[SWEEP_ERR_SIZE], buf[24];
	struct gs_arch arch;

	fprintf(out, "%zu", point);
	for (unsigned i = 0; i < o->axes->num; i++)
		fprintf(out, ",%s", sweep_axes_value(o->axes, i, point, buf));
	if (r->status == SWEEP_OK &&
	    sweep_axes_arch(o->axes, point, o->base, &arch, err)) {
		put_numbers(out, r, &arch, best);
		return;
	}
	fprintf(out, ",%s,,,,,,,,,,", status[r->status]);
	sim_csv_put(out, r->reason ? r->reason : "");
	putc('\n', out);
}

static void put_table(FILE *out, const struct sweep_outcome *o,
		      const struct sweep_choice *choices, size_t num)
{
	const struct sweep_choice *c = choices;

	fputs("point", out);
	for (unsigned i = 0; i < o->axes->num; i++)
		fprintf(out, ",%s", o->axes->axis[i].name);
	fputs(",status,cycles,time_ms,array_busy,tandem_busy,dram_read,"
	      "dram_written,pes,buffer_bytes,front,reason\n",
	      out);
	for (size_t p = 0; p < o->axes->points; p++) {
		const bool timed = c < choices + num && c->point == p;

		put_point(out, o, p, timed && c->best);
		c += timed;
	}
}

bool sweep_report_csv(const struct sweep_outcome *outcome, const char *path)
{
	enum sweep_cost cost;
	size_t num, size = 0;
	struct sweep_choice *choices = sweep_choices(outcome, &cost, &num);
	char *text = NULL;
	FILE *out = choices ? open_memstream(&text, &size) : NULL;
	int ret;

	if (out)
		put_table(out, outcome, choices, num);
	if (!out || ferror(out) | fclose(out))
		ret = -ENOMEM;
	else
		ret = gs_file_write(path, text, size);
	free(text);
	free(choices);
	if (ret)
		fprintf(stderr, "gs-sim: %s: %s\n", path, strerror(-ret));
	return !ret;
}

/* ---- for people ----------------------------------------------------------------- */

static int column_width(const struct sweep_axis *axis)
{
	const int len = (int)strlen(axis->name);

	return len < 9 ? 9 : len;
}

static void print_choice(const struct sweep_outcome *o,
			 const struct sweep_choice *choice)
{
	const struct sweep_result *r = &o->results[choice->point];
	char err[SWEEP_ERR_SIZE], buf[24];
	struct gs_arch arch;

	if (!sweep_axes_arch(o->axes, choice->point, o->base, &arch, err))
		return;
	printf(" ");
	for (unsigned i = 0; i < o->axes->num; i++)
		printf(" %*s", column_width(&o->axes->axis[i]),
		       sweep_axes_value(o->axes, i, choice->point, buf));
	printf(" %13" PRIu64 " %9.3f %6.1f%% %6.1f%% %11.1f %6u %8.1f\n",
	       r->cycles, choice->time_ms,
	       100 * share(r->array_busy, r->cycles),
	       100 * share(r->tandem_busy, r->cycles),
	       (double)(r->bytes[0] + r->bytes[1]) / 1024,
	       arch.array_n * arch.array_m,
	       (double)sweep_buffer_bytes(&arch) / 1024);
}

static void print_front(const struct sweep_outcome *o,
			struct sweep_choice **sorted, size_t num,
			enum sweep_cost cost)
{
	static const char *const names[] = {
		[SWEEP_COST_PES] = "processing elements",
		[SWEEP_COST_BUFFERS] = "bytes of buffers",
		[SWEEP_COST_CHANNELS] = "width of channels",
	};
	size_t shown = 0;

	printf("Pareto front, time against %s:\n ", names[cost]);
	for (unsigned i = 0; i < o->axes->num; i++)
		printf(" %*s", column_width(&o->axes->axis[i]),
		       o->axes->axis[i].name);
	printf(" %13s %9s %7s %7s %11s %6s %8s\n", "cycles", "ms", "array",
	       "Tandem", "DRAM KiB", "PEs", "SRAM KiB");
	for (size_t i = 0; i < num; i++)
		if (sorted[i]->best && shown++ < TOP)
			print_choice(o, sorted[i]);
	if (shown > TOP)
		printf("  and %zu more\n", shown - TOP);
}

void sweep_report_summary(const struct sweep_outcome *o, const char *model,
			  const char *csv)
{
	size_t count[SWEEP_DIED + 1] = { 0 }, num;
	enum sweep_cost cost;
	struct sweep_choice *choices = sweep_choices(o, &cost, &num);
	struct sweep_choice **sorted = choices ? sort(choices, num) : NULL;

	for (size_t p = 0; p < o->axes->points; p++)
		count[o->results[p].status]++;
	printf("%s: %zu points", model, o->axes->points);
	if (count[SWEEP_ILLEGAL])
		printf(", %zu no legal machines", count[SWEEP_ILLEGAL]);
	if (count[SWEEP_FAILED])
		printf(", %zu failed", count[SWEEP_FAILED]);
	if (count[SWEEP_DIED])
		printf(", %zu died", count[SWEEP_DIED]);
	printf("; all in %s\n", csv);
	if (sorted && num)
		print_front(o, sorted, num, cost);
	free(sorted);
	free(choices);
}
