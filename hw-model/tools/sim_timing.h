/* SPDX-License-Identifier: MIT */
/* gs-sim --timing-only: the cycles of model files. */
#ifndef GS_SIM_TIMING_H
#define GS_SIM_TIMING_H

#include "hw-model/timing/timing.h"
#include "runtime/loader/gsm.h"

struct sim_timing_options {
	enum gs_timing_preset preset;
	const char *csv; /* NULL, or a file to write */
	const char *trace; /* the same */
	const char *svg; /* NULL, or a folder for pictures */
	const char *const *
		arch; /* FIELD=VALUE, ended by NULL: costs, channel widths, clock */
};

/* A layer, or what belongs to none. */
struct sim_layer {
	const char *name, *op;
	struct gs_timing_block sum;
	uint64_t blocks;
};

struct sim_timing {
	struct gs_gsm *gsm;
	struct gs_arch arch; /* that is timed */
	struct gs_timing *timing;
	enum gs_timing_preset preset;
	struct gs_timing_block total;
	struct sim_layer *layers; /* num_layers, as in the file, and one more */
};

/*
 * Read a model file and time it; false: a sentence stands on standard error.
 * In either case sim_timing_close() is due.
 */
bool sim_timing_open(struct sim_timing *sim, const char *path,
		     const struct sim_timing_options *options);
void sim_timing_close(struct sim_timing *sim);

/* The layer of the block at an address of the code. */
struct sim_layer *sim_timing_layer(const struct sim_timing *sim, uint32_t addr);

/* Time segment @index alone, into @sim->timing; false as above. */
bool sim_timing_segment(struct sim_timing *sim, struct gs_core *core,
			uint32_t index);

/* Time a model file, print a summary and write what is asked for; false as above. */
bool sim_time_model(const char *path, const struct sim_timing_options *options);

/* What bounds a layer: the engine that works most, or what a unit mostly waits for. */
struct sim_limit {
	enum gs_engine engine;
	enum gs_stall stall; /* GS_STALL_COUNT: its work */
	uint64_t cycles;
};

/* sim_report.c */
struct sim_limit sim_limit_of(const struct gs_timing_block *b);
void sim_report_summary(const struct sim_timing *sim, const char *path);
bool sim_report_csv(const struct sim_timing *sim, const char *path);

#endif /* GS_SIM_TIMING_H */
