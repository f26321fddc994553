/* SPDX-License-Identifier: MIT */
/*
 * Reader of ONNX models, operator sets 7 to 22.
 */
#ifndef GS_ONNX_H
#define GS_ONNX_H

#include <stddef.h>

#include "compiler/ir/ir.h"

#define GS_OPSET_MIN 7
#define GS_OPSET_MAX 22

/** A shape given with --shape INPUT=1x3x224x224 */
struct gs_shape_override {
	const char *input;
	struct gs_shape shape; /**< every dimension > 0 */
};

struct gs_import_opts {
	const struct gs_shape_override *shape;
	size_t num_shapes;
	size_t max_bytes; /**< memory the graph may ever take; 0: no limit */
	/**
	 * Not NULL: *@own is the file, from malloc(). Large weights may stay in it:
	 * then *@own becomes NULL, and the memory is the graph's.
	 */
	void **own;
};

/**
 * gs_import_onnx() - read a model
 * @data: the file, arbitrary bytes; not needed afterwards
 * @opts: may be NULL
 * @out: the graph, gs_graph_destroy() it; NULL on failure
 *
 * Nodes are brought into topological order; initializers and Constant nodes
 * become constant tensors; shapes the model declares for other tensors are
 * kept (dimensions -1 where symbolic) until gs_pass_shapes() infers them. Graph
 * inputs have complete shapes.
 *
 * Returns 0, -EINVAL (not a valid model), -ENOTSUP (valid, but not supported)
 * or -ENOMEM, after one error was reported.
 */
int gs_import_onnx(const void *data, size_t size,
		   const struct gs_import_opts *opts, struct gs_graph **out,
		   struct gs_diag *diag);

#endif /* GS_ONNX_H */
