/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_profile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/support/column.h"

/* A layer, or all; of its multiply-accumulates those the array computes */
struct row {
	const char *name, *op;
	struct gs_layer_time time;
	bool has_macs;
	uint64_t array_macs;
};

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static uint64_t bytes(const struct gs_layer_time *t)
{
	uint64_t sum = 0;

	for (int win = 0; win < GS_STATS_WINDOWS; win++)
		sum += t->bytes[win];
	return sum;
}

static void add(struct row *all, const struct row *row)
{
	struct gs_layer_time *sum = &all->time;
	const struct gs_layer_time *t = &row->time;

	all->has_macs = row->has_macs; /* all layers, or none */
	all->array_macs += row->array_macs;
	sum->cycles += t->cycles;
	sum->stalls += t->stalls;
	sum->array_busy += t->array_busy;
	sum->tandem_busy += t->tandem_busy;
	for (int win = 0; win < GS_STATS_WINDOWS; win++)
		sum->bytes[win] += t->bytes[win];
}

static void print_row(const struct row *row, uint64_t cells, uint64_t all)
{
	const struct gs_layer_time *t = &row->time;

	fputs("  ", stdout);
	gs_column_print(stdout, row->name, 28);
	printf(" %-14.14s %12" PRIu64 " %5.1f%% %6.1f%%", row->op, t->cycles,
	       percent(t->cycles, all), percent(t->array_busy, t->cycles));
	if (row->has_macs)
		printf(" %6.1f%%",
		       percent(row->array_macs, t->cycles) / (double)cells);
	else
		printf(" %7s", "-");
	printf(" %6.1f%% %12" PRIu64, percent(t->tandem_busy, t->cycles),
	       bytes(t));
	if (t->limit)
		printf("  %s%s%s %.0f%%", t->limit,
		       *t->waits_for ? " waits: " : "", t->waits_for,
		       percent(t->limit_cycles, t->cycles));
	putchar('\n');
}

static void print_table(const struct row *row, uint32_t num,
			const struct row *all, uint64_t cells)
{
	printf("  %-28s %-14s %12s %6s %7s %7s %7s %12s  %s\n", "layer",
	       "operator", "cycles", "share", "array", "useful", "Tandem",
	       "bytes", "limit");
	for (uint32_t i = 0; i < num; i++)
		print_row(&row[i], cells, all->time.cycles);
	print_row(all, cells, all->time.cycles);
}

/* No more than the array does: it may leave out what pads cut off. */
static uint64_t array_macs(uint64_t macs, uint64_t steps, uint64_t cells)
{
	return macs / cells < steps ? macs : steps * cells;
}

static int get_row(struct gs_model *model, uint32_t i, uint64_t cells,
		   struct row *row)
{
	struct gs_layer_info info = { .size = sizeof(info) };
	int ret = gs_model_layer(model, i, &info);

	if (ret)
		return ret;
	row->name = info.name;
	row->op = info.op;
	row->has_macs = info.macs != GS_NO_MACS;
	row->time.size = sizeof(row->time);
	ret = gs_model_layer_time(model, i, &row->time);
	if (!ret && row->has_macs)
		row->array_macs =
			array_macs(info.macs, row->time.array_busy, cells);
	return ret;
}

int run_profile_print(struct gs_model *model, const struct gs_device_info *dev,
		      uint64_t counted)
{
	const uint64_t cells = (uint64_t)dev->array_n * dev->array_m;
	const uint32_t num = gs_model_num_layers(model);
	struct row *row = calloc(num + 1u, sizeof(*row));
	struct row all = { .name = "all", .op = "" };
	const struct gs_layer_time *sum = &all.time;
	int ret = 0;

	if (!row) {
		fputs("gs-run: out of memory\n", stderr);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < num && !ret; i++) {
		ret = get_row(model, i, cells, &row[i]);
		add(&all, &row[i]);
	}
	if (!ret) {
		printf("timing model: %" PRIu64 " cycles, %.3f ms at %" PRIu32
		       " MHz, %" PRIu64 " of them stalls\n",
		       sum->cycles, (double)sum->cycles / 1000 / dev->clock_mhz,
		       dev->clock_mhz, sum->stalls);
		print_table(row, num, &all, cells);
	}
	if (!ret && counted && counted != sum->cycles)
		printf("  the device counted %" PRIu64
		       " cycles: its costs are not those of the model file\n",
		       counted);
	if (ret)
		fprintf(stderr, "gs-run: %s\n", gs_last_error());
	free(row);
	return ret;
}
