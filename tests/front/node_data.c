/* SPDX-License-Identifier: MIT */
#include "tests/front/node_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"

uint8_t *node_read_file(const char *path, size_t *size)
{
	char *data;

	return gs_file_read(path, SIZE_MAX, &data, size) ? NULL :
							   (uint8_t *)data;
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
	case 12: /* uint32 */
		return 4;
	case 4: /* uint16 */
	case 5: /* int16 */
	case 10: /* float16 */
		return 2;
	case 2: /* uint8 */
	case 3: /* int8 */
	case 9: /* bool */
		return 1;
	case 7: /* int64 */
	case 11: /* float64 */
	case 13: /* uint64 */
		return 8;
	}
	return 0;
}

static float half_value(uint16_t bits)
{
	const int exponent = bits >> 10 & 31;
	const float sign = bits >> 15 ? -1.0f : 1.0f;
	const float fraction = (float)(bits & 1023);

	if (exponent == 31)
		return fraction != 0.0f ? NAN : sign * INFINITY;
	return sign * (exponent ? ldexpf(1024 + fraction, exponent - 25) :
				  ldexpf(fraction, -24));
}

static float raw_value(int32_t type, const uint8_t *at)
{
	union {
		float f;
		double d;
		int16_t s;
		uint16_t h;
		int32_t i;
		uint32_t u;
		int64_t l;
		uint64_t m;
	} v;

	memcpy(&v, at, type_size(type));
	switch (type) {
	case 1:
		return v.f;
	case 3:
		return (float)(int8_t)*at;
	case 4:
		return (float)v.h;
	case 5:
		return (float)v.s;
	case 6:
		return (float)v.i;
	case 7:
		return (float)v.l;
	case 10:
		return half_value(v.h);
	case 11:
		return (float)v.d;
	case 12:
		return (float)v.u;
	case 13:
		return (float)v.m;
	default:
		return (float)*at;
	}
}

/* Value @i of the field that a type has */
static float field_value(const Onnx__TensorProto *proto, size_t i)
{
	if (proto->n_float_data)
		return proto->float_data[i];
	if (proto->n_double_data)
		return (float)proto->double_data[i];
	if (proto->n_int64_data)
		return (float)proto->int64_data[i];
	if (proto->n_uint64_data)
		return (float)proto->uint64_data[i];
	return proto->data_type == 10 ?
		       half_value((uint16_t)proto->int32_data[i]) :
		       (float)proto->int32_data[i];
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
	if (proto->has_raw_data ?
		    proto->raw_data.len != out->num * size :
		    proto->n_float_data + proto->n_double_data +
				    proto->n_int32_data + proto->n_int64_data +
				    proto->n_uint64_data !=
			    out->num)
		return false;
	out->value = calloc(out->num + 1, sizeof(*out->value));
	for (i = 0; out->value && i < out->num; i++)
		out->value[i] =
			proto->has_raw_data ?
				raw_value(out->type,
					  proto->raw_data.data + i * size) :
				field_value(proto, i);
	return out->value != NULL;
}

void node_data_free(struct node_data *data)
{
	free(data->value);
	*data = (struct node_data){ 0 };
}
