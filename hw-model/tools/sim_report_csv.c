/* SPDX-License-Identifier: MIT */
/* gs-sim --csv: a row for each layer. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_csv.h"
#include "hw-model/tools/sim_facts.h"

static void put_count(FILE *out, uint64_t count)
{
	fprintf(out, ",%" PRIu64, count);
}

static void put_number(FILE *out, double value)
{
	char text[SIM_NUMBER_SIZE];

	fprintf(out, ",%s", sim_number(value, text));
}

static void put_head(FILE *out)
{
	fprintf(out, "layer,operator,blocks,macs,cycles,array_steps,"
		     "tandem_ops,rows_permuted");
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
	fprintf(out, ",limit,limit_waits_for,energy_table,energy_pj");
	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
		fprintf(out, ",energy_%s_pj",
			gs_energy_part_name((enum gs_energy_part)p));
	fprintf(out, ",Layer name");
	for (unsigned c = 0; c < SIM_PUB_COUNT; c++)
		fprintf(out, ",%s", sim_published_name((enum sim_published)c));
	putc('\n', out);
}

static void put_engine(FILE *out, const struct gs_timing_engine *e)
{
	put_count(out, e->busy);
	for (unsigned s = 0; s < GS_STALL_COUNT; s++)
		put_count(out, e->stall[s]);
}

static void put_counts(FILE *out, const struct gs_timing_block *b)
{
	put_count(out, b->cycles);
	put_count(out, b->steps);
	put_count(out, b->ops);
	put_count(out, b->perm_rows);
	for (unsigned w = 0; w < GS_WIN_COUNT; w++) {
		put_count(out, b->bytes[w][0]);
		put_count(out, b->bytes[w][1]);
		put_count(out, b->held[w]);
	}
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++)
		put_engine(out, &b->engine[e]);
}

static void put_energy(FILE *out, const struct sim_timing *sim,
		       const struct gs_energy *energy)
{
	putc(',', out);
	sim_csv_put(out, sim->table->name);
	put_number(out, gs_energy_total(energy));
	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
		put_number(out, energy->pj[p]);
}

static void put_layer(FILE *out, const struct sim_timing *sim,
		      const struct sim_layer *layer)
{
	const struct gs_timing_limit limit = gs_timing_limit_of(&layer->sum);
	double published[SIM_PUB_COUNT];

	sim_csv_put(out, layer->name);
	putc(',', out);
	sim_csv_put(out, layer->op);
	put_count(out, layer->blocks);
	if (sim->gsm->has_macs)
		put_count(out, layer->macs);
	else
		putc(',', out);
	put_counts(out, &layer->sum);
	fprintf(out, ",%s,%s", gs_engine_name(limit.engine),
		limit.stall < GS_STALL_COUNT ? gs_stall_name(limit.stall) : "");
	put_energy(out, sim, &layer->energy);
	putc(',', out);
	sim_csv_put(out, layer->name);
	sim_published_of(&sim->arch, &layer->sum, published);
	for (unsigned c = 0; c < SIM_PUB_COUNT; c++)
		put_number(out, published[c]);
	putc('\n', out);
}

int sim_report_csv(const struct sim_timing *sim, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool ok;
	int ret;

	if (!out)
		return -errno;
	put_head(out);
	for (uint32_t i = 0; i <= sim->gsm->num_layers; i++)
		if (i < sim->gsm->num_layers || sim->layers[i].blocks)
			put_layer(out, sim, &sim->layers[i]);
	ok = !ferror(out);
	if (fclose(out))
		ok = false;
	ret = ok ? gs_file_write(path, text, len) : -ENOMEM;
	free(text);
	return ret;
}
