/* SPDX-License-Identifier: MIT */
/* gs-sim: what its command line asks for. */
#ifndef GS_SIM_H
#define GS_SIM_H

#include "hw-model/core/core.h"

#define SIM_MAX_PRINTS 32
#define SIM_MAX_ARCH 32

/* Rows of a scratchpad: --print NAME[first:end]. */
struct sim_print {
	enum gs_scratchpad buf;
	uint32_t first, end;
};

struct sim_options {
	enum gs_executor executor;
	uint64_t max_work; /* 0: the vector's, or the machine's default */
	bool counters;
	bool has_noise; /* in place of the vector's */
	uint32_t noise;
	/* FIELD=VALUE for the architecture, ended by NULL */
	const char *arch[SIM_MAX_ARCH + 1];
	unsigned num_arch;
	/* debugging */
	bool trace_exec, step, interactive;
	bool has_break, has_break_tile;
	uint32_t break_block;
	uint64_t break_tile;
	unsigned num_prints;
	struct sim_print prints[SIM_MAX_PRINTS];
};

/* sim_print.c */
int sim_print_parse(const char *text,
		    struct sim_print *print); /* 0 or -EINVAL */
void sim_print_rows(const struct gs_core *core, const struct sim_print *print);
void sim_print_counters(const struct gs_counters *counters);
/* "ADD VMEM1, 0, ...", or ".word 0x..." when it is no instruction */
void sim_print_word(uint32_t word, enum gs_isa_encoding encoding, char *buf,
		    size_t size);

/* sim_noise.c: fill all scratchpads */
void sim_fill_noise(struct gs_core *core, uint32_t seed);

/* sim_run.c: run a folder of the vectors format and print its verdict; did it pass? */
bool sim_run_vector(const char *dir, const struct sim_options *options);

#endif /* GS_SIM_H */
