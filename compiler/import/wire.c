/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>

#include "compiler/import/wire.h"

#define MAX_DEPTH 32 /* a graph in a graph takes 3 levels */

enum wire_type { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

struct wire {
	const uint8_t *data; /* of the whole file */
	struct gs_diag *diag;
};

struct field {
	uint64_t number;
	unsigned type;
	const uint8_t *start;
	const ProtobufCFieldDescriptor *desc; /* NULL: not in the schema */
};

bool gs_wire_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
	unsigned shift;

	*value = 0;
	for (shift = 0; shift < 64 && *at < end; shift += 7) {
		*value |= (uint64_t)(**at & 0x7f) << shift;
		if (!(*(*at)++ & 0x80))
			return true;
	}
	return false;
}

static int truncated(const struct wire *wire,
		     const ProtobufCMessageDescriptor *msg,
		     const struct field *field, uint64_t need, uint64_t have)
{
	const char *name = field->desc ? field->desc->name : "(unknown)";

	return gs_error(
		wire->diag, -EINVAL,
		"not a valid ONNX file, perhaps truncated: at byte %zu field %s of %s takes %llu bytes, %llu remain",
		(size_t)(field->start - wire->data), name, msg->short_name,
		(unsigned long long)need, (unsigned long long)have);
}

static int bad_field(const struct wire *wire,
		     const ProtobufCMessageDescriptor *msg,
		     const struct field *field)
{
	return gs_error(
		wire->diag, -EINVAL,
		"not a valid ONNX file: at byte %zu of the file no field of %s can start (number %llu, wire type %u)",
		(size_t)(field->start - wire->data), msg->short_name,
		(unsigned long long)field->number, field->type);
}

/*
 * Reads tag and length of the field at *@at: what follows is @size bytes.
 */
static int read_field(const struct wire *wire,
		      const ProtobufCMessageDescriptor *msg, const uint8_t **at,
		      const uint8_t *end, struct field *field, uint64_t *size)
{
	const uint8_t *from;
	uint64_t tag = 0, value;

	field->start = *at;
	field->desc = NULL;
	if (!gs_wire_varint(at, end, &tag))
		return truncated(wire, msg, field, 1, 0);
	field->number = tag >> 3;
	field->type = tag & 7;
	if (!field->number || field->number > 0x1fffffff)
		return bad_field(wire, msg, field);
	field->desc = protobuf_c_message_descriptor_get_field(
		msg, (unsigned)field->number);
	*size = 0;
	from = *at;
	switch (field->type) {
	case VARINT:
		if (!gs_wire_varint(at, end, &value))
			return truncated(wire, msg, field,
					 (uint64_t)(*at - from) + 1,
					 (uint64_t)(end - from));
		break;
	case BYTES:
		if (!gs_wire_varint(at, end, size))
			return truncated(wire, msg, field, 1, 0);
		break;
	case FIXED64:
		*size = 8;
		break;
	case FIXED32:
		*size = 4;
		break;
	default:
		return bad_field(wire, msg, field);
	}
	if (*size > (uint64_t)(end - *at))
		return truncated(wire, msg, field, *size,
				 (uint64_t)(end - *at));
	return 0;
}

static int check_message(const struct wire *wire,
			 const ProtobufCMessageDescriptor *msg,
			 const uint8_t *at, const uint8_t *end, unsigned depth);

static int check_child(const struct wire *wire, const struct field *field,
		       const uint8_t *at, const uint8_t *end, unsigned depth,
		       uint64_t *seen)
{
	const ProtobufCFieldDescriptor *desc = field->desc;
	/* No message of ONNX has more than 64 fields or a number above 63. */
	uint64_t bit = field->number < 64 ? (uint64_t)1 << field->number : 0;

	if (desc->label != PROTOBUF_C_LABEL_REPEATED) {
		if (*seen & bit)
			return gs_error(
				wire->diag, -EINVAL,
				"not a valid ONNX file: at byte %zu field %s comes a second time",
				(size_t)(field->start - wire->data),
				desc->name);
		*seen |= bit;
	}
	return check_message(wire, desc->descriptor, at, end, depth + 1);
}

static int check_message(const struct wire *wire,
			 const ProtobufCMessageDescriptor *msg,
			 const uint8_t *at, const uint8_t *end, unsigned depth)
{
	uint64_t seen = 0, size = 0;
	struct field field;
	int ret;

	if (depth > MAX_DEPTH)
		return gs_error(
			wire->diag, -EINVAL,
			"not a valid ONNX file: messages are nested more than %d deep at byte %zu",
			MAX_DEPTH, (size_t)(at - wire->data));
	while (at < end) {
		ret = read_field(wire, msg, &at, end, &field, &size);
		if (!ret && field.desc && field.type == BYTES &&
		    field.desc->type == PROTOBUF_C_TYPE_MESSAGE)
			ret = check_child(wire, &field, at, at + size, depth,
					  &seen);
		if (ret < 0)
			return ret;
		at += size;
	}
	return 0;
}

int gs_wire_check(const ProtobufCMessageDescriptor *desc, const void *data,
		  size_t size, struct gs_diag *diag)
{
	struct wire wire = { .data = data, .diag = diag };

	return check_message(&wire, desc, data, (const uint8_t *)data + size,
			     0);
}
