/* SPDX-License-Identifier: MIT */
/* What an ONNX test needs before it can run on a device of 8 bits. */
#ifndef GS_NODE_ADAPT_H
#define GS_NODE_ADAPT_H

#include "tests/front/node_data.h"

/**
 * node_use_float() - inputs and results that are no float32 are declared float32
 * Of one node whose operator means the same for all numbers; what compares gets
 * a Cast behind it. Returns whether the model changed.
 */
bool node_use_float(Onnx__ModelProto *model);

/** For struct node_suite: weights and the like are constants, integers to dequantize are not */
int node_is_weight(const Onnx__GraphProto *graph, size_t index);

/**
 * node_round_weights() - initializers that are weights become what 8 bits can say
 * One scale for each output channel, max|w| / 127; zero is 0.
 */
void node_round_weights(Onnx__GraphProto *graph);

#endif /* GS_NODE_ADAPT_H */
