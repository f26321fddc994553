/* SPDX-License-Identifier: MIT */
/*
 * Check of a protobuf message before it is unpacked.
 */
#ifndef GS_WIRE_H
#define GS_WIRE_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "compiler/ir/diag.h"

/**
 * gs_wire_check() - check lengths and nesting of a message
 *
 * protobuf-c recurses without a limit and only says that a message is bad. This
 * finds the byte and the field where a file is truncated or nested too deeply,
 * and a singular message that comes twice, which would be merged.
 *
 * Returns 0 or -EINVAL after reporting an error.
 */
int gs_wire_check(const ProtobufCMessageDescriptor *desc, const void *data,
		  size_t size, struct gs_diag *diag);

/** gs_wire_varint() - the number at *@at, which moves behind it; false where it does not end before @end */
bool gs_wire_varint(const uint8_t **at, const uint8_t *end, uint64_t *value);

#endif /* GS_WIRE_H */
