/* SPDX-License-Identifier: MIT */
/* Quantized graphs made by hand, compiled and run on the simulated device. Failures are cmocka failures. */
#ifndef GS_TEST_GRAPH_RUN_H
#define GS_TEST_GRAPH_RUN_H

#include "tests/unit/codelet_util.h"

/** Make @t an input or the output of the graph */
void graph_input(struct gs_graph *g, struct gs_tensor *t);
void graph_output(struct gs_graph *g, struct gs_tensor *t);

/** A float constant that is not quantized */
struct gs_tensor *add_float(struct gs_graph *g, const char *name,
			    const char *shape, const float *values);

/**
 * run_graph() - bind, schedule, generate code and run
 * @lib: codelets
 * @in: int8 values of every graph input
 * @out: those of the only output
 */
void run_graph(struct gs_graph *g, const struct gs_codelet_lib *lib,
	       const struct gs_arch *arch, const int8_t *const *in,
	       int8_t *out);

#endif /* GS_TEST_GRAPH_RUN_H */
