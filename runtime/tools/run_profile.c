/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_profile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/support/column.h"

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

static void add(struct gs_layer_time *sum, const struct gs_layer_time *t)
{
	sum->cycles += t->cycles;
	sum->stalls += t->stalls;
	sum->array_busy += t->array_busy;
	sum->tandem_busy += t->tandem_busy;
	for (int win = 0; win < GS_STATS_WINDOWS; win++)
		sum->bytes[win] += t->bytes[win];
}

static void print_row(const char *name, const char *op,
		      const struct gs_layer_time *t, uint64_t all)
{
	fputs("  ", stdout);
	gs_column_print(stdout, name, 28);
	printf(" %-14.14s %12" PRIu64 " %5.1f%% %6.1f%% %6.1f%% %12" PRIu64, op,
	       t->cycles, percent(t->cycles, all),
	       percent(t->array_busy, t->cycles),
	       percent(t->tandem_busy, t->cycles), bytes(t));
	if (t->limit)
		printf("  %s%s%s %.0f%%", t->limit,
		       *t->waits_for ? " waits: " : "", t->waits_for,
		       percent(t->limit_cycles, t->cycles));
	putchar('\n');
}

static int print_table(const struct gs_model *model,
		       const struct gs_layer_time *time,
		       const struct gs_layer_time *sum)
{
	const uint32_t num = gs_model_num_layers(model);
	int ret = 0;

	printf("  %-28s %-14s %12s %6s %7s %7s %12s  %s\n", "layer", "operator",
	       "cycles", "share", "array", "Tandem", "bytes", "limit");
	for (uint32_t i = 0; i < num && !ret; i++) {
		struct gs_layer_info info = { .size = sizeof(info) };

		ret = gs_model_layer(model, i, &info);
		if (!ret)
			print_row(info.name, info.op, &time[i], sum->cycles);
	}
	print_row("all", "", sum, sum->cycles);
	return ret;
}

int run_profile_print(struct gs_model *model, uint32_t clock_mhz,
		      uint64_t counted)
{
	const uint32_t num = gs_model_num_layers(model);
	struct gs_layer_time *time = calloc(num + 1u, sizeof(*time));
	struct gs_layer_time sum = { .size = sizeof(sum) };
	int ret = 0;

	if (!time) {
		fputs("gs-run: out of memory\n", stderr);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < num && !ret; i++) {
		time[i].size = sizeof(time[i]);
		ret = gs_model_layer_time(model, i, &time[i]);
		add(&sum, &time[i]);
	}
	if (!ret) {
		printf("timing model: %" PRIu64 " cycles, %.3f ms at %" PRIu32
		       " MHz, %" PRIu64 " of them stalls\n",
		       sum.cycles, (double)sum.cycles / 1000 / clock_mhz,
		       clock_mhz, sum.stalls);
		ret = print_table(model, time, &sum);
	}
	if (!ret && counted && counted != sum.cycles)
		printf("  the device counted %" PRIu64
		       " cycles: its costs are not those of the model file\n",
		       counted);
	if (ret)
		fprintf(stderr, "gs-run: %s\n", gs_last_error());
	free(time);
	return ret;
}
