/* SPDX-License-Identifier: MIT */
/* ONNX models made in memory, for tests. */
#ifndef GS_TEST_ONNX_BUILDER_H
#define GS_TEST_ONNX_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include "onnx/onnx.pb-c.h"

#define B_MAX 160

/** All members are filled by the calls below; tests may change them. */
struct builder {
	Onnx__ModelProto model;
	Onnx__OperatorSetIdProto opset, *opsets[1];
	Onnx__GraphProto graph;
	Onnx__NodeProto node[B_MAX], *nodes[B_MAX];
	Onnx__TensorProto tensor[B_MAX], *tensors[B_MAX];
	Onnx__ValueInfoProto in[B_MAX], *ins[B_MAX], out[B_MAX], *outs[B_MAX];
	struct builder_block *blocks;
};

void b_init(struct builder *b, int64_t opset);
void b_fini(struct builder *b);
/** float32; dimension -1: symbolic, named "N" */
void b_input(struct builder *b, const char *name, size_t rank,
	     const int64_t *dims);
void b_output(struct builder *b, const char *name, size_t rank,
	      const int64_t *dims);
/** Node "n0", "n1", ...; @inputs separated by spaces, "-" for one left out */
Onnx__NodeProto *b_node(struct builder *b, const char *op, const char *inputs,
			const char *output);
void b_attr_int(struct builder *b, Onnx__NodeProto *node, const char *name,
		int64_t value);
void b_attr_ints(struct builder *b, Onnx__NodeProto *node, const char *name,
		 size_t num, const int64_t *values);
void b_attr_float(struct builder *b, Onnx__NodeProto *node, const char *name,
		  float value);
void b_attr_string(struct builder *b, Onnx__NodeProto *node, const char *name,
		   const char *value);
/** Initializer of raw data, values 0.01 x (i % 17 - 8) */
Onnx__TensorProto *b_weights(struct builder *b, const char *name, size_t rank,
			     const int64_t *dims);
/** The same, of noise in [-@most, @most) that differs by @seed */
Onnx__TensorProto *b_noise(struct builder *b, const char *name, size_t rank,
			   const int64_t *dims, uint32_t seed, float most);
Onnx__TensorProto *b_ints(struct builder *b, const char *name, size_t num,
			  const int64_t *values);
/** The file; to be freed */
uint8_t *b_pack(struct builder *b, size_t *size);

#endif /* GS_TEST_ONNX_BUILDER_H */
