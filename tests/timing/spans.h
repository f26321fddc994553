/* SPDX-License-Identifier: MIT */
/* Spans of the timing model against what it counts. */
#ifndef GS_TESTS_TIMING_SPANS_H
#define GS_TESTS_TIMING_SPANS_H

#include "hw-model/timing/timing.h"

/**
 * spans_check() - time a job once more, with spans, raw and joined
 * @blocks: of the run before, without; @timing is that which made them
 * Spans of an engine follow each other from 0 to the end, add up to each block,
 * and to the bytes that moved. Prints what does not hold.
 */
bool spans_check(const char *name, struct gs_timing *timing,
		 struct gs_core *core, const struct gs_mem *mem,
		 const struct gs_job *job, enum gs_timing_preset preset);

#endif /* GS_TESTS_TIMING_SPANS_H */
