/* SPDX-License-Identifier: MIT */
/* Decisions from outside: --schedule, --tile, --order, --no-fuse, --arch-set. */
#ifndef GSC_KNOBS_H
#define GSC_KNOBS_H

#include "compiler/schedule/schedule_read.h"

#define GSC_MAX_KNOBS 256

/** One of --tile, --order, --no-fuse, --arch-set, as it was given. */
struct gsc_knob {
	const char *option; /**< "--tile" */
	char *text; /**< cut into pieces when it is read */
};

struct gsc_knobs {
	struct gsc_knob knob[GSC_MAX_KNOBS];
	unsigned num;
	const char *file; /**< --schedule, or NULL */
	/* filled by gsc_knobs_read() */
	struct gs_schedule_file read;
	struct gs_schedule schedule; /**< all of it, for struct gs_compile_opts */
	struct gs_decision *decision;
	char (*from)[256];
	const char *apart[GSC_MAX_KNOBS];
};

/**
 * gsc_knobs_read() - the schedule that file and options make, and the machine as they change it
 * Options count on top of the file. Returns 0 or -errno after saying what is wrong.
 */
int gsc_knobs_read(struct gsc_knobs *k, struct gs_arch *arch);

void gsc_knobs_free(struct gsc_knobs *k);

#endif /* GSC_KNOBS_H */
