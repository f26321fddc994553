/* SPDX-License-Identifier: MIT */
/* Times and energy for people. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/tools/sim_facts.h"
#include "runtime/support/column.h"

#define TOP 10

static double percent(uint64_t part, uint64_t whole)
{
	return 100 * sim_ratio(part, whole);
}

/* ---- layers --------------------------------------------------------------------- */

#define NAME_WIDTH 28

static void print_layer(const struct sim_timing *sim,
			const struct sim_layer *layer)
{
	const struct gs_timing_block *b = &layer->sum;
	const struct gs_timing_limit limit = gs_timing_limit_of(b);

	fputs("  ", stdout);
	gs_column_print(stdout, layer->name, NAME_WIDTH);
	printf(" %-14.14s %12" PRIu64 " %5.1f%% %6.1f%%", layer->op, b->cycles,
	       percent(b->cycles, sim->total.cycles),
	       percent(b->steps, b->cycles));
	if (sim->gsm->has_macs)
		printf(" %6.1f%%",
		       100 * sim_useful(&sim->arch,
					sim_array_macs(&sim->arch, layer),
					b->cycles));
	else
		printf(" %7s", "-");
	printf(" %6.1f%% %10.3f  %s%s%s %.0f%%\n",
	       percent(b->engine[GS_ENGINE_TANDEM].busy, b->cycles),
	       gs_energy_total(&layer->energy) / 1e6,
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
	printf("  %-*s %-14s %12s %6s %7s %7s %7s %10s  %s\n", NAME_WIDTH,
	       "layer", "operator", "cycles", "share", "array", "useful",
	       "Tandem", "uJ", "limit");
	for (size_t i = 0; i < num && i < TOP; i++)
		print_layer(sim, order[i]);
	if (num > TOP)
		printf("  and %zu more\n", num - TOP);
	free(order);
}

/* ---- the model ------------------------------------------------------------------ */

static void print_stalls(const struct sim_timing *sim, enum gs_engine e)
{
	const struct gs_timing_engine *engine = &sim->total.engine[e];

	printf("%-7s busy %.1f%%", gs_engine_name(e),
	       percent(engine->busy, sim->total.cycles));
	if (e == GS_ENGINE_ARRAY && engine->busy && sim->gsm->has_macs)
		printf(" (of that useful %.1f%%)",
		       100 * sim_useful(&sim->arch, sim_array_macs_all(sim),
					sim->total.steps));
	for (unsigned s = 0; s < GS_STALL_COUNT; s++)
		if (percent(engine->stall[s], sim->total.cycles) >= 0.05)
			printf(", %s %.1f%%", gs_stall_name((enum gs_stall)s),
			       percent(engine->stall[s], sim->total.cycles));
	putchar('\n');
}

/*
 * Work over what both units can do in all cycles: of the array what layers need,
 * or, when the file does not tell, what it does.
 */
static void print_use(const struct sim_timing *sim)
{
	const struct gs_timing_block *total = &sim->total;
	const double macs = (double)sim->arch.array_n * sim->arch.array_m;
	const bool known = sim->gsm->has_macs;
	const double array = known ? sim_useful(&sim->arch,
						sim_array_macs_all(sim),
						total->cycles) :
				     sim_ratio(total->steps, total->cycles);
	const double tandem = sim_ratio(total->ops, total->cycles);

	printf("used    array %.1f%% (%.1f of %.0f MACs a cycle%s), "
	       "Tandem %.1f%% (%.1f of %" PRIu32 " operations a cycle)\n",
	       100 * array, array * macs, macs,
	       known ? "" : ", padding included", 100 * tandem,
	       tandem * sim->arch.array_m, sim->arch.array_m);
}

static void print_bytes(const struct gs_timing_block *total)
{
	printf("DRAM    %" PRIu64 " bytes:", sim_moved_all(total));
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		printf("%s %s %" PRIu64, w ? "," : "",
		       gs_window_name((enum gs_window)w),
		       gs_timing_moved(total, (enum gs_window)w));
	putchar('\n');
}

/* Parts, the largest first. */
static void print_energy(const struct sim_timing *sim)
{
	const double total = gs_energy_total(&sim->energy);
	const char *separator = ":";
	bool shown[GS_ENERGY_PARTS] = { 0 };

	printf("energy  %.3f uJ (%s)", total / 1e6, sim->table->name);
	for (unsigned i = 0; i < GS_ENERGY_PARTS; i++) {
		unsigned most = GS_ENERGY_PARTS;

		for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
			if (!shown[p] &&
			    (most == GS_ENERGY_PARTS ||
			     sim->energy.pj[p] > sim->energy.pj[most]))
				most = p;
		shown[most] = true;
		if (sim->energy.pj[most] < 0.0005 * total || total <= 0)
			break;
		printf("%s %s %.1f%%", separator,
		       gs_energy_part_name((enum gs_energy_part)most),
		       100 * sim->energy.pj[most] / total);
		separator = ",";
	}
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
	print_use(sim);
	print_stalls(sim, GS_ENGINE_ARRAY);
	print_stalls(sim, GS_ENGINE_TANDEM);
	print_bytes(total);
	print_energy(sim);
	print_top(sim);
}
