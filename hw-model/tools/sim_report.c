/* SPDX-License-Identifier: MIT */
/* Times for people, and for programs. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/tools/sim_timing.h"

#define TOP 10

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* The engine that works most, of those that work for this block. */
static enum gs_engine busiest(const struct gs_timing_block *b)
{
	unsigned best = GS_ENGINE_PARAM;

	for (unsigned e = best; e < GS_ENGINE_COUNT; e++)
		if (b->engine[e].busy > b->engine[best].busy)
			best = e;
	return (enum gs_engine)best;
}

struct sim_limit sim_limit_of(const struct gs_timing_block *b)
{
	const struct gs_timing_engine *array = &b->engine[GS_ENGINE_ARRAY],
				      *tandem = &b->engine[GS_ENGINE_TANDEM];
	struct sim_limit limit = { busiest(b), GS_STALL_COUNT, 0 };
	const enum gs_engine unit =
		array->stall[GS_STALL_IDLE] < tandem->stall[GS_STALL_IDLE] ?
			GS_ENGINE_ARRAY :
			GS_ENGINE_TANDEM;

	limit.cycles = b->engine[limit.engine].busy;
	if (2 * limit.cycles >= b->cycles)
		return limit;
	for (unsigned s = 0; s < GS_STALL_IDLE; s++)
		if (b->engine[unit].stall[s] > limit.cycles)
			limit = (struct sim_limit){ unit, (enum gs_stall)s,
						    b->engine[unit].stall[s] };
	return limit;
}

static uint64_t moved(const struct gs_timing_block *b, unsigned win)
{
	return b->bytes[win][0] + b->bytes[win][1] - b->held[win];
}

static void print_layer(const struct sim_timing *sim,
			const struct sim_layer *layer)
{
	const struct gs_timing_block *b = &layer->sum;
	const struct sim_limit limit = sim_limit_of(b);

	printf("  %-28.28s %-14.14s %12" PRIu64
	       " %5.1f%% %6.1f%% %6.1f%%  %s%s%s %.0f%%\n",
	       layer->name, layer->op, b->cycles,
	       percent(b->cycles, sim->total.cycles),
	       percent(b->engine[GS_ENGINE_ARRAY].busy, b->cycles),
	       percent(b->engine[GS_ENGINE_TANDEM].busy, b->cycles),
	       gs_engine_name(limit.engine),
	       limit.stall < GS_STALL_COUNT ? " waits: " : "",
	       limit.stall < GS_STALL_COUNT ? gs_stall_name(limit.stall) : "",
	       percent(limit.cycles, b->cycles));
}

static int more_cycles(const void *a, const void *b)
{
	const struct sim_layer *const *x = a, *const *y = b;

	if ((*x)->sum.cycles != (*y)->sum.cycles)
		return (*x)->sum.cycles < (*y)->sum.cycles ? 1 : -1;
	return *x < *y ? -1 : *x > *y;
}

static void print_top(const struct sim_timing *sim)
{
	const size_t num = sim->gsm->num_layers;
	const struct sim_layer **order = calloc(num + 1, sizeof(*order));

	if (!order)
		return;
	for (size_t i = 0; i < num; i++)
		order[i] = &sim->layers[i];
	qsort(order, num, sizeof(*order), more_cycles);
	printf("  %-28s %-14s %12s %6s %7s %7s  %s\n", "layer", "operator",
	       "cycles", "share", "array", "Tandem", "limit");
	for (size_t i = 0; i < num && i < TOP; i++)
		print_layer(sim, order[i]);
	if (num > TOP)
		printf("  and %zu more\n", num - TOP);
	free(order);
}

static void print_stalls(const struct sim_timing *sim, enum gs_engine e)
{
	const struct gs_timing_engine *engine = &sim->total.engine[e];

	printf("%-7s busy %.1f%%", gs_engine_name(e),
	       percent(engine->busy, sim->total.cycles));
	for (unsigned s = 0; s < GS_STALL_COUNT; s++)
		if (percent(engine->stall[s], sim->total.cycles) >= 0.05)
			printf(", %s %.1f%%", gs_stall_name((enum gs_stall)s),
			       percent(engine->stall[s], sim->total.cycles));
	putchar('\n');
}

void sim_report_summary(const struct sim_timing *sim, const char *path)
{
	const struct gs_timing_block *total = &sim->total;

	printf("%s on %s, %s: %" PRIu64 " cycles, %.3f ms at %" PRIu32 " MHz\n",
	       path, sim->arch.name, gs_timing_preset_name(sim->preset),
	       total->cycles,
	       (double)total->cycles / 1000 / sim->arch.clock_mhz,
	       sim->arch.clock_mhz);
	print_stalls(sim, GS_ENGINE_ARRAY);
	print_stalls(sim, GS_ENGINE_TANDEM);
	printf("bytes  ");
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		printf("%s %s %" PRIu64, w ? "," : "",
		       gs_window_name((enum gs_window)w), moved(total, w));
	putchar('\n');
	print_top(sim);
}

/* ---- CSV ------------------------------------------------------------------------ */

/* Names come from the model: quoted, quotes doubled. */
static void put_text(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void put_engine(FILE *out, const struct gs_timing_engine *e)
{
	fprintf(out, ",%" PRIu64, e->busy);
	for (unsigned s = 0; s < GS_STALL_COUNT; s++)
		fprintf(out, ",%" PRIu64, e->stall[s]);
}

static void put_head(FILE *out)
{
	fprintf(out, "layer,operator,blocks,cycles,array_steps,tandem_ops,"
		     "rows_permuted");
	for (unsigned w = 0; w < GS_WIN_COUNT; w++) {
		const char *name = gs_window_name((enum gs_window)w);

		fprintf(out, ",%s_read,%s_written,%s_held", name, name, name);
	}
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++) {
		const char *name = gs_engine_name((enum gs_engine)e);

		fprintf(out, ",%s_busy", name);
		for (unsigned s = 0; s < GS_STALL_COUNT; s++)
			fprintf(out, ",%s_waits_%s", name,
				gs_stall_name((enum gs_stall)s));
	}
	fprintf(out, ",limit,limit_waits_for\n");
}

static void put_layer(FILE *out, const struct sim_layer *layer)
{
	const struct gs_timing_block *b = &layer->sum;
	const struct sim_limit limit = sim_limit_of(b);

	put_text(out, layer->name);
	putc(',', out);
	put_text(out, layer->op);
	fprintf(out,
		",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
		layer->blocks, b->cycles, b->steps, b->ops, b->perm_rows);
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
			b->bytes[w][0], b->bytes[w][1], b->held[w]);
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++)
		put_engine(out, &b->engine[e]);
	fprintf(out, ",%s,%s\n", gs_engine_name(limit.engine),
		limit.stall < GS_STALL_COUNT ? gs_stall_name(limit.stall) : "");
}

bool sim_report_csv(const struct sim_timing *sim, const char *path)
{
	FILE *out = fopen(path, "w");
	bool ok;

	if (!out)
		return false;
	put_head(out);
	for (uint32_t i = 0; i <= sim->gsm->num_layers; i++)
		if (i < sim->gsm->num_layers || sim->layers[i].blocks)
			put_layer(out, &sim->layers[i]);
	ok = !ferror(out);
	if (fclose(out))
		ok = false;
	return ok;
}
