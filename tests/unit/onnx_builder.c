/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/onnx_builder.h"

struct builder_block {
	struct builder_block *next;
	max_align_t data[];
};

static void *keep(struct builder *b, size_t size)
{
	struct builder_block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		abort();
	block->next = b->blocks;
	b->blocks = block;
	return block->data;
}

static char *text(struct builder *b, const char *from)
{
	return strcpy(keep(b, strlen(from) + 1), from);
}

void b_init(struct builder *b, int64_t opset)
{
	memset(b, 0, sizeof(*b));
	onnx__model_proto__init(&b->model);
	onnx__operator_set_id_proto__init(&b->opset);
	onnx__graph_proto__init(&b->graph);
	b->opset.has_version = 1;
	b->opset.version = opset;
	b->opsets[0] = &b->opset;
	b->model.opset_import = b->opsets;
	b->model.n_opset_import = 1;
	b->model.graph = &b->graph;
	b->graph.name = text(b, "test");
	b->graph.node = b->nodes;
	b->graph.initializer = b->tensors;
	b->graph.input = b->ins;
	b->graph.output = b->outs;
}

void b_fini(struct builder *b)
{
	struct builder_block *block, *next;

	for (block = b->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
}

static void value_info(struct builder *b, Onnx__ValueInfoProto *info,
		       const char *name, size_t rank, const int64_t *dims)
{
	Onnx__TypeProto *type = keep(b, sizeof(*type));
	Onnx__TypeProto__Tensor *tensor = keep(b, sizeof(*tensor));
	Onnx__TensorShapeProto *shape = keep(b, sizeof(*shape));
	size_t i;

	onnx__value_info_proto__init(info);
	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(tensor);
	onnx__tensor_shape_proto__init(shape);
	shape->dim = keep(b, (rank + 1) * sizeof(*shape->dim));
	shape->n_dim = rank;
	for (i = 0; i < rank; i++) {
		Onnx__TensorShapeProto__Dimension *dim = keep(b, sizeof(*dim));

		onnx__tensor_shape_proto__dimension__init(dim);
		dim->value_case =
			ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		dim->dim_value = dims[i];
		if (dims[i] == -1) {
			dim->value_case =
				ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
			dim->dim_param = text(b, "N");
		}
		shape->dim[i] = dim;
	}
	tensor->has_elem_type = 1;
	tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
	tensor->shape = shape;
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = tensor;
	info->name = text(b, name);
	info->type = type;
}

void b_input(struct builder *b, const char *name, size_t rank,
	     const int64_t *dims)
{
	size_t i = b->graph.n_input++;

	value_info(b, &b->in[i], name, rank, dims);
	b->ins[i] = &b->in[i];
}

void b_output(struct builder *b, const char *name, size_t rank,
	      const int64_t *dims)
{
	size_t i = b->graph.n_output++;

	value_info(b, &b->out[i], name, rank, dims);
	if (!dims)
		b->out[i].type = NULL;
	b->outs[i] = &b->out[i];
}

Onnx__NodeProto *b_node(struct builder *b, const char *op, const char *inputs,
			const char *output)
{
	size_t i = b->graph.n_node++;
	Onnx__NodeProto *node = &b->node[i];
	char *list = text(b, inputs), *save = NULL, *name;

	onnx__node_proto__init(node);
	b->nodes[i] = node;
	node->op_type = text(b, op);
	node->name = text(b, "n00");
	node->name[1] = (char)('0' + i / 10);
	node->name[2] = (char)('0' + i % 10);
	node->input = keep(b, B_MAX * sizeof(*node->input));
	node->output = keep(b, sizeof(*node->output));
	node->output[0] = text(b, output);
	node->n_output = 1;
	for (name = strtok_r(list, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		node->input[node->n_input++] = strcmp(name, "-") ? name :
								   text(b, "");
	return node;
}

void b_attr_int(struct builder *b, Onnx__NodeProto *node, const char *name,
		int64_t value)
{
	Onnx__AttributeProto *attr = keep(b, sizeof(*attr));

	onnx__attribute_proto__init(attr);
	attr->name = text(b, name);
	attr->has_type = 1;
	attr->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
	attr->has_i = 1;
	attr->i = value;
	if (!node->attribute)
		node->attribute = keep(b, B_MAX * sizeof(*node->attribute));
	node->attribute[node->n_attribute++] = attr;
}

void b_attr_ints(struct builder *b, Onnx__NodeProto *node, const char *name,
		 size_t num, const int64_t *values)
{
	Onnx__AttributeProto *attr;

	b_attr_int(b, node, name, 0);
	attr = node->attribute[node->n_attribute - 1];
	attr->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
	attr->has_i = 0;
	attr->n_ints = num;
	attr->ints = keep(b, num * sizeof(*attr->ints));
	memcpy(attr->ints, values, num * sizeof(*values));
}

void b_attr_float(struct builder *b, Onnx__NodeProto *node, const char *name,
		  float value)
{
	Onnx__AttributeProto *attr;

	b_attr_int(b, node, name, 0);
	attr = node->attribute[node->n_attribute - 1];
	attr->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
	attr->has_i = 0;
	attr->has_f = 1;
	attr->f = value;
}

void b_attr_string(struct builder *b, Onnx__NodeProto *node, const char *name,
		   const char *value)
{
	Onnx__AttributeProto *attr;

	b_attr_int(b, node, name, 0);
	attr = node->attribute[node->n_attribute - 1];
	attr->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
	attr->has_i = 0;
	attr->has_s = 1;
	attr->s.data = (uint8_t *)text(b, value);
	attr->s.len = strlen(value);
}

static Onnx__TensorProto *tensor(struct builder *b, const char *name,
				 int32_t type, size_t rank, const int64_t *dims)
{
	size_t i = b->graph.n_initializer++;
	Onnx__TensorProto *t = &b->tensor[i];

	onnx__tensor_proto__init(t);
	b->tensors[i] = t;
	t->name = text(b, name);
	t->has_data_type = 1;
	t->data_type = type;
	t->n_dims = rank;
	t->dims = keep(b, (rank + 1) * sizeof(*t->dims));
	if (rank)
		memcpy(t->dims, dims, rank * sizeof(*dims));
	return t;
}

Onnx__TensorProto *b_weights(struct builder *b, const char *name, size_t rank,
			     const int64_t *dims)
{
	Onnx__TensorProto *t = tensor(
		b, name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, rank, dims);
	size_t i, num = 1;
	float *values;

	for (i = 0; i < rank; i++)
		num *= (size_t)dims[i];
	values = keep(b, num * sizeof(*values));
	for (i = 0; i < num; i++)
		values[i] = 0.01f * (float)((int)(i % 17) - 8);
	t->has_raw_data = 1;
	t->raw_data.len = num * sizeof(*values);
	t->raw_data.data = (uint8_t *)values;
	return t;
}

Onnx__TensorProto *b_noise(struct builder *b, const char *name, size_t rank,
			   const int64_t *dims, uint32_t seed, float most)
{
	Onnx__TensorProto *t = b_weights(b, name, rank, dims);
	float *v = (float *)(void *)t->raw_data.data;
	size_t i;

	for (i = 0; i < t->raw_data.len / sizeof(*v); i++) {
		seed = seed * 1664525u + 1013904223u;
		v[i] = ((float)(seed >> 8) * 0x1p-23f - 1) * most;
	}
	return t;
}

Onnx__TensorProto *b_ints(struct builder *b, const char *name, size_t num,
			  const int64_t *values)
{
	const int64_t dim = (int64_t)num;
	Onnx__TensorProto *t =
		tensor(b, name, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, 1, &dim);

	t->n_int64_data = num;
	t->int64_data = keep(b, num * sizeof(*values));
	memcpy(t->int64_data, values, num * sizeof(*values));
	return t;
}

uint8_t *b_pack(struct builder *b, size_t *size)
{
	uint8_t *buf;

	*size = onnx__model_proto__get_packed_size(&b->model);
	buf = malloc(*size);
	if (!buf)
		abort();
	onnx__model_proto__pack(&b->model, buf);
	return buf;
}
