/* SPDX-License-Identifier: MIT */
/*
 * The files of an ONNX test: model.onnx, and test_data_set_K/{input,output}_J.pb
 * with one TensorProto each.
 */
#ifndef GS_NODE_DATA_H
#define GS_NODE_DATA_H

#include "compiler/ir/ir.h"
#include "onnx/onnx.pb-c.h"

/** A tensor of any element type, as numbers */
struct node_data {
	int32_t type; /**< TensorProto.DataType */
	struct gs_shape shape;
	size_t num;
	float *value;
};

/** The whole file, to be freed; NULL when there is none */
uint8_t *node_read_file(const char *path, size_t *size);
/** NULL when there is no such file or it is no tensor */
Onnx__TensorProto *node_read_tensor(const char *path);
/** False for element types that are no floats of 16 to 64 bits, integers of 8 to 64, or bool */
bool node_data_get(const Onnx__TensorProto *proto, struct node_data *out);
void node_data_free(struct node_data *data);

#endif /* GS_NODE_DATA_H */
