/* SPDX-License-Identifier: MIT */
#include "tests/front/node_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *node_read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long end;

	if (!file)
		return NULL;
	if (!fseek(file, 0, SEEK_END) && (end = ftell(file)) >= 0) {
		rewind(file);
		*size = (size_t)end;
		data = malloc(*size + 1);
		if (data && fread(data, 1, *size, file) != *size) {
			free(data);
			data = NULL;
		}
	}
	fclose(file);
	return data;
}

Onnx__TensorProto *node_read_tensor(const char *path)
{
	Onnx__TensorProto *proto;
	uint8_t *data;
	size_t size;

	data = node_read_file(path, &size);
	if (!data)
		return NULL;
	proto = onnx__tensor_proto__unpack(NULL, size, data);
	free(data);
	return proto;
}

static size_t type_size(int32_t type)
{
	switch (type) {
	case 1: /* float32 */
	case 6: /* int32 */
		return 4;
	case 2: /* uint8 */
	case 3: /* int8 */
	case 9: /* bool */
		return 1;
	case 7: /* int64 */
		return 8;
	}
	return 0;
}

static float raw_value(int32_t type, const uint8_t *at)
{
	float f;
	int32_t i;
	int64_t l;

	switch (type) {
	case 1:
		memcpy(&f, at, sizeof(f));
		return f;
	case 6:
		memcpy(&i, at, sizeof(i));
		return (float)i;
	case 7:
		memcpy(&l, at, sizeof(l));
		return (float)l;
	case 3:
		return (float)(int8_t)*at;
	default:
		return (float)*at;
	}
}

bool node_data_get(const Onnx__TensorProto *proto, struct node_data *out)
{
	size_t size = type_size(proto->data_type), i;

	*out = (struct node_data){ .type = proto->data_type, .num = 1 };
	if (!size || proto->n_dims > GS_MAX_RANK)
		return false;
	out->shape.rank = (unsigned)proto->n_dims;
	for (i = 0; i < proto->n_dims; i++) {
		out->shape.dim[i] = proto->dims[i];
		out->num *= (size_t)proto->dims[i];
	}
	if (proto->has_raw_data ? proto->raw_data.len != out->num * size :
				  proto->n_float_data + proto->n_int32_data +
						  proto->n_int64_data !=
					  out->num)
		return false;
	out->value = calloc(out->num + 1, sizeof(*out->value));
	for (i = 0; out->value && i < out->num; i++)
		out->value[i] =
			proto->has_raw_data ?
				raw_value(out->type,
					  proto->raw_data.data + i * size) :
			proto->n_float_data ? proto->float_data[i] :
			proto->n_int32_data ? (float)proto->int32_data[i] :
					      (float)proto->int64_data[i];
	return out->value != NULL;
}

void node_data_free(struct node_data *data)
{
	free(data->value);
	*data = (struct node_data){ 0 };
}
