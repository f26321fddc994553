/* SPDX-License-Identifier: MIT */
/*
 * Command line of gs-run.
 */
#ifndef GS_RUN_OPTS_H
#define GS_RUN_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_MAX_FILES 4096

/** NAME=FILE, or FILE with @name NULL. */
struct run_file {
	char *name;
	const char *path;
};

/** Name of the tool, before each sentence; the tool defines it. */
extern const char run_program[];

struct run_opts {
	uint32_t given; /**< bits of the options that were */
	const char *model, *device;
	struct run_file *input, *output; /**< RUN_MAX_FILES each */
	size_t num_inputs, num_outputs;
	const char *dump; /**< directory, or NULL */
	const char *draw; /**< picture to write, or NULL */
	const char *scale, *mean, *color, *fit; /**< instead of the metadata */
	unsigned top; /**< 0: no list */
	unsigned jobs; /**< threads, 0: as many as processors */
	unsigned executor; /**< enum gs_executor_choice */
	unsigned threads; /**< of the simulator, for a sample; 0: the default */
	bool top_default; /**< nothing was said about the outputs */
	bool top_given, stats, profile, quantized, progress;
	bool zeros; /**< inputs without a file are the value 0 */
	bool check; /**< only gs_check(); then nothing else is needed */
};

/** Exit status of the tools. */
enum { RUN_OK = 0, RUN_FAILED = 1, RUN_USAGE = 2 };

/**
 * run_opts_parse() - read the command line
 * Returns -1 to go on, else the exit status. run_opts_free() in both cases.
 */
int run_opts_parse(struct run_opts *o, int argc, char **argv);
void run_opts_free(struct run_opts *o);

#endif /* GS_RUN_OPTS_H */
