/* SPDX-License-Identifier: MIT */
/*
 * The published operand JSON of a layer: operands with their ways, tiles and
 * places, and the sequence of its operations.
 */
#ifndef GS_LAYER_JSON_H
#define GS_LAYER_JSON_H

#include "compiler/codegen/codegen.h"

struct json_object;

/**
 * gs_layer_json() - a layer as JSON
 * @program: the layer's place in it is @index
 * @layer: NULL for a program of views alone, which computes nothing
 * @name: what the layer is called in file names
 * Returns an object for json_object_put(), or NULL when out of memory.
 */
struct json_object *gs_layer_json(const struct gs_program *program,
				  uint32_t index,
				  const struct gs_planned *layer,
				  const char *name);

#endif /* GS_LAYER_JSON_H */
