/* SPDX-License-Identifier: MIT */
/* Command line of gsc. */
#ifndef GSC_ARGS_H
#define GSC_ARGS_H

#include "compiler/compile.h"
#include "compiler/tools/gsc_knobs.h"

#define GSC_MAX_CALIB GS_MAX_IO
#define GSC_MAX_DISABLED 64

/** --calibrate [NAME=]FILE */
struct gsc_calib_arg {
	const char *name; /**< NULL: the model's only input */
	const char *path;
};

/** --emit */
enum gsc_emit {
	GSC_EMIT_GSM,
	GSC_EMIT_QDQ,
	GSC_EMIT_LAYERS, /**< the output is a folder */
	GSC_EMIT_FDFG,
	GSC_EMIT_DOT,
	GSC_EMIT_SVG,
	GSC_EMIT_ACG, /**< of the machine, as the others below: no model */
	GSC_EMIT_ACG_DOT,
	GSC_EMIT_ACG_SVG,
	GSC_EMIT_SCHEDULE,
};

struct gsc_args {
	uint32_t given; /**< bits of the options that were, see gsc_args_idle() */
	const char *model;
	const char *output; /**< NULL: standard output, where there is no model */
	const char *arch;
	const char *codelets;
	const char *meta;
	const char *dump_after;
	const char *after; /**< --after, or NULL */
	const char *disabled[GSC_MAX_DISABLED];
	unsigned num_disabled;
	bool verify;
	enum gs_open open;
	const char *open_layer;
	int effort; /**< 0 to GS_MAX_EFFORT; -1: that of the schedule */
	const char *report; /**< a page to write, or NULL */
	struct gsc_knobs knobs;
	enum gsc_emit emit;
	enum gs_compile_goal goal; /**< of gs_compile(), for that */
	bool keep, plain, verbose;
	struct gs_calib_method method;
	const char *quant_report; /**< NULL: none; "-": standard output */
	struct gs_shape_override shape[GS_MAX_IO];
	unsigned num_shapes;
	struct gsc_calib_arg calib[GSC_MAX_CALIB];
	unsigned num_calib;
	char output_buf[4096], codelets_buf[4096];
};

/**
 * gsc_parse_args() - read the command line
 * Returns -1 to go on, or the exit status: 0 after --help or --version, 2 after
 * a usage error, which was printed.
 */
int gsc_parse_args(int argc, char **argv, struct gsc_args *args);

/**
 * gsc_args_idle() - an option that had no effect, since no pass it is for ran
 * @ran: bit i: gs_compile_pass(i) did
 * @pass: becomes one of these passes
 * Returns NULL where all had one.
 */
const char *gsc_args_idle(const struct gsc_args *args, uint64_t ran,
			  const char **pass);

#endif /* GSC_ARGS_H */
