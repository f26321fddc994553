/* SPDX-License-Identifier: MIT */
/* gs-sim --trace: trace events, for Perfetto and chrome://tracing. */
#ifndef GS_SIM_TRACE_H
#define GS_SIM_TRACE_H

#include "hw-model/tools/sim_timing.h"

/**
 * sim_trace_write() - write what every engine did when (docs/timing.md)
 * @model: name of the model file
 * @path: replaced when all is written; compressed when it ends in ".gz"
 * Spans are written as they come: memory does not grow with them.
 * Returns false after a sentence on standard error.
 */
bool sim_trace_write(struct sim_timing *sim, const char *model,
		     const char *path);

#endif /* GS_SIM_TRACE_H */
