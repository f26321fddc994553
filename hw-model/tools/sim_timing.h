/* SPDX-License-Identifier: MIT */
/* gs-sim on model files: their cycles. */
#ifndef GS_SIM_TIMING_H
#define GS_SIM_TIMING_H

#include "hw-model/timing/energy.h"
#include "runtime/loader/gsm.h"

/* What --json writes is a document of this format. */
#define SIM_JSON_FORMAT "gs-sim timing"
#define SIM_JSON_VERSION 1

struct sim_data_options;
struct sim_timing;

struct sim_timing_options {
	enum gs_timing_preset preset;
	const struct sim_data_options *data; /* NULL: without data */
	bool (*run_data)(struct sim_timing *sim,
			 const struct sim_data_options
				 *data); /* sim_data_run(), for that */
	/* NULL, or files to write; "-": standard output, without a summary */
	const char *csv, *json;
	const char *blocks; /* the same */
	const char *
		energy; /* NULL, or a file with other prices than the built-in ones */
	const struct gs_energy_table *table; /* its prices, or those */
	const char *trace; /* NULL, or a file to write */
	const char *svg; /* NULL, or a folder for pictures */
	const char *const *
		arch; /* FIELD=VALUE, ended by NULL: costs, channel widths, clock */
};

/* A layer, or what belongs to none. */
struct sim_layer {
	const char *name, *op;
	struct gs_timing_block sum;
	struct gs_energy energy;
	uint64_t blocks;
	uint64_t macs; /* it needs, whichever unit computes them; 0 if not known */
};

struct sim_timing {
	struct gs_gsm *gsm;
	struct gs_arch arch; /* that is timed */
	struct gs_timing *timing;
	enum gs_timing_preset preset;
	struct gs_timing_block total;
	const struct gs_energy_table *table;
	struct gs_energy energy; /* of all */
	struct sim_layer *layers; /* num_layers, as in the file, and one more */
	struct sim_blocks *blocks; /* NULL: they are not asked for */
};

/*
 * Read a model file and time it; false: a sentence stands on standard error.
 * In either case sim_timing_close() is due.
 */
bool sim_timing_open(struct sim_timing *sim, const char *path,
		     const struct sim_timing_options *options);
/* The same of the @size bytes of a file that was read. */
bool sim_timing_open_image(struct sim_timing *sim, const char *path,
			   const void *image, size_t size,
			   const struct sim_timing_options *options);
void sim_timing_close(struct sim_timing *sim);

/* The layer of the block at an address of the code. */
struct sim_layer *sim_timing_layer(const struct sim_timing *sim, uint32_t addr);

/* Time segment @index alone, into @sim->timing; false as above. */
bool sim_timing_segment(struct sim_timing *sim, struct gs_core *core,
			uint32_t index);

/* sim_model.c: time a model file, print a summary and write what is asked for; false as above. */
bool sim_time_model(const char *path, const struct sim_timing_options *options);

/* sim_blocks.c: a table in memory, NULL when there is none; writing returns 0 or -errno */
struct sim_blocks *sim_blocks_open(void);
void sim_blocks_add(struct sim_blocks *blocks, uint32_t segment,
		    const struct gs_timing_block *block);
int sim_blocks_write(struct sim_blocks *blocks, const char *path);
void sim_blocks_close(struct sim_blocks *blocks);

/* sim_report.c */
void sim_report_summary(const struct sim_timing *sim, const char *path);

/* sim_report_csv.c, sim_report_json.c: write a file; returns 0 or -errno */
int sim_report_csv(const struct sim_timing *sim, const char *path);
int sim_report_json(const struct sim_timing *sim, const char *model,
		    const char *path);

#endif /* GS_SIM_TIMING_H */
