/* SPDX-License-Identifier: MIT */
/*
 * Elements of constant tensors. They come as raw little-endian bytes, which is
 * the byte order of every host this runs on, or as lists of numbers.
 */
#include <errno.h>
#include <string.h>

#include "compiler/import/onnx_priv.h"
#include "compiler/ir/arena.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "raw_data is little-endian"
#endif

#define LARGE 8192 /* bytes that are not copied */

struct type_name {
	int32_t onnx;
	enum gs_dtype type;
	const char *name;
};

static const struct type_name types[] = {
	{ 1, GS_DT_F32, "float32" },
	{ 2, GS_DT_U8, "uint8" },
	{ 3, GS_DT_I8, "int8" },
	{ 4, GS_DT_NONE, "uint16" },
	{ 5, GS_DT_NONE, "int16" },
	{ 6, GS_DT_I32, "int32" },
	{ 7, GS_DT_I64, "int64" },
	{ 8, GS_DT_NONE, "string" },
	{ 9, GS_DT_BOOL, "bool" },
	{ 10, GS_DT_NONE, "float16" },
	{ 11, GS_DT_NONE, "float64" },
	{ 12, GS_DT_NONE, "uint32" },
	{ 13, GS_DT_NONE, "uint64" },
	{ 14, GS_DT_NONE, "complex64" },
	{ 15, GS_DT_NONE, "complex128" },
	{ 16, GS_DT_NONE, "bfloat16" },
	{ 17, GS_DT_NONE, "float8e4m3fn" },
	{ 18, GS_DT_NONE, "float8e4m3fnuz" },
	{ 19, GS_DT_NONE, "float8e5m2" },
	{ 20, GS_DT_NONE, "float8e5m2fnuz" },
	{ 21, GS_DT_NONE, "uint4" },
	{ 22, GS_DT_NONE, "int4" },
};

static const struct type_name *find_type(int32_t type)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].onnx == type)
			return &types[i];
	return NULL;
}

enum gs_dtype gs_onnx_dtype(int32_t type)
{
	const struct type_name *t = find_type(type);

	return t ? t->type : GS_DT_NONE;
}

const char *gs_onnx_dtype_name(int32_t type)
{
	const struct type_name *t = find_type(type);

	return t ? t->name : "unknown";
}

static int tensor_shape(const struct gs_onnx *ctx,
			const Onnx__TensorProto *proto, const char *what,
			struct gs_shape *shape)
{
	size_t i;

	if (proto->n_dims > GS_MAX_RANK)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"%s has %zu dimensions, at most %d are supported", what,
			proto->n_dims, GS_MAX_RANK);
	shape->rank = (unsigned)proto->n_dims;
	for (i = 0; i < proto->n_dims; i++) {
		if (proto->dims[i] < 0)
			return gs_error(
				ctx->diag, -EINVAL,
				"%s: dimension %zu is %lld, it must not be negative",
				what, i, (long long)proto->dims[i]);
		shape->dim[i] = proto->dims[i];
	}
	if (gs_shape_elems(shape) < 0)
		return gs_error(
			ctx->diag, -EINVAL,
			"%s: the product of the dimensions is too large", what);
	return 0;
}

static int check_count(const struct gs_onnx *ctx, const char *what,
		       const char *field, size_t found, int64_t elems)
{
	char unit = field[0];

	if (found == (size_t)elems)
		return 0;
	return gs_error(ctx->diag, -EINVAL,
			"%s: %s holds %zu %s, the shape and type take %lld",
			what, field, found, unit == 'r' ? "bytes" : "values",
			(long long)elems);
}

/* int32_data holds every type of up to 32 bits. */
static int narrow(const struct gs_onnx *ctx, const Onnx__TensorProto *proto,
		  const char *what, enum gs_dtype type, uint8_t *out)
{
	int32_t low = type == GS_DT_I8 ? -128 : 0;
	int32_t high = type == GS_DT_I8 ? 127 : type == GS_DT_U8 ? 255 : 1;
	size_t i;

	for (i = 0; i < proto->n_int32_data; i++) {
		int32_t value = proto->int32_data[i];

		if (value < low || value > high)
			return gs_error(
				ctx->diag, -EINVAL,
				"%s: value %zu is %d, %s holds %d to %d", what,
				i, (int)value, gs_dtype_name(type), (int)low,
				(int)high);
		out[i] = (uint8_t)value;
	}
	return 0;
}

static int typed_data(const struct gs_onnx *ctx, const Onnx__TensorProto *proto,
		      const char *what, enum gs_dtype type, int64_t elems,
		      void *out)
{
	const char *field = type == GS_DT_F32 ? "float_data" :
			    type == GS_DT_I64 ? "int64_data" :
						"int32_data";
	size_t found = type == GS_DT_F32 ? proto->n_float_data :
		       type == GS_DT_I64 ? proto->n_int64_data :
					   proto->n_int32_data;
	const void *from = type == GS_DT_F32 ? (const void *)proto->float_data :
			   type == GS_DT_I64 ? (const void *)proto->int64_data :
					       (const void *)proto->int32_data;

	if (check_count(ctx, what, field, found, elems) < 0)
		return -EINVAL;
	if (gs_dtype_size(type) == 1)
		return narrow(ctx, proto, what, type, out);
	if (elems)
		memcpy(out, from, (size_t)elems * gs_dtype_size(type));
	return 0;
}

/* The path in external_data, or "?" */
static const char *external_path(const Onnx__TensorProto *proto)
{
	size_t i;

	for (i = 0; i < proto->n_external_data; i++) {
		const Onnx__StringStringEntryProto *e = proto->external_data[i];

		if (e->key && e->value && !strcmp(e->key, "location"))
			return e->value;
	}
	return "?";
}

static int check_kind(const struct gs_onnx *ctx, const Onnx__TensorProto *proto,
		      const char *what)
{
	bool external = proto->n_external_data ||
			(proto->has_data_location &&
			 proto->data_location ==
				 ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL);

	if (external)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"%s is kept outside the model, in file '%s'; save the model with its data in one file",
			what, external_path(proto));
	if (gs_onnx_dtype(proto->data_type) == GS_DT_NONE)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"%s has elements of type %s (%d), supported are float32, int8, uint8, int32, int64 and bool",
			what, gs_onnx_dtype_name(proto->data_type),
			(int)proto->data_type);
	if (proto->segment)
		return gs_error(
			ctx->diag, -ENOTSUP,
			"%s is stored in segments, which is not supported",
			what);
	return 0;
}

/* The bytes as they were unpacked become the graph's. */
static int take_raw(const struct gs_onnx *ctx, Onnx__TensorProto *proto,
		    struct gs_tensor *out)
{
	ProtobufCBinaryData *raw = &proto->raw_data;

	if (gs_arena_adopt(ctx->graph->arena, raw->data, raw->len) < 0)
		return gs_onnx_nomem(ctx);
	out->data = raw->data;
	raw->data = NULL;
	raw->len = 0;
	return 0;
}

int gs_onnx_tensor(const struct gs_onnx *ctx, Onnx__TensorProto *proto,
		   const struct gs_slim_raw *raw, const char *what,
		   struct gs_tensor *out)
{
	const bool kept = raw && raw->data;
	enum gs_dtype type = gs_onnx_dtype(proto->data_type);
	int64_t elems, bytes, have;
	void *data;
	int ret;

	ret = check_kind(ctx, proto, what);
	if (!ret)
		ret = tensor_shape(ctx, proto, what, &out->shape);
	if (ret < 0)
		return ret;
	out->type = type;
	out->shaped = true;
	elems = gs_shape_elems(&out->shape);
	bytes = elems * (int64_t)gs_dtype_size(type);
	/* Checked before memory for the shape's elements is asked for. */
	have = kept		   ? (int64_t)raw->size :
	       proto->has_raw_data ? (int64_t)proto->raw_data.len :
				     -1;
	if (have >= 0)
		ret = check_count(ctx, what, "raw_data", (size_t)have, bytes);
	else if ((int64_t)(proto->n_float_data + proto->n_int64_data +
			   proto->n_int32_data) < elems)
		ret = gs_error(ctx->diag, -EINVAL,
			       "%s has fewer values than the %lld of its shape",
			       what, (long long)elems);
	if (ret < 0)
		return ret;
	if (kept) {
		out->data = raw->data;
		return 0;
	}
	if (have >= LARGE)
		return take_raw(ctx, proto, out);
	data = gs_graph_alloc(ctx->graph, (size_t)bytes);
	if (!data)
		return gs_onnx_nomem(ctx);
	out->data = data;
	if (have < 0)
		return typed_data(ctx, proto, what, type, elems, data);
	if (bytes)
		memcpy(data, proto->raw_data.data, (size_t)bytes);
	return 0;
}
