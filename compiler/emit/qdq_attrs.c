/* SPDX-License-Identifier: MIT */
#include "compiler/emit/qdq_attrs.h"

#include <errno.h>
#include <string.h>

#include "compiler/emit/qdq_params.h"

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

static void *copy(struct gs_arena *arena, const void *from, size_t num,
		  size_t size)
{
	void *to = num > SIZE_MAX / size ? NULL :
					   gs_arena_alloc(arena, num * size);

	if (to && num)
		memcpy(to, from, num * size);
	return to;
}

/* Room is the next power of two. */
static int append(struct gs_arena *arena, Onnx__NodeProto *proto,
		  Onnx__AttributeProto *attr)
{
	const size_t num = proto->n_attribute;
	Onnx__AttributeProto **room = proto->attribute;

	if (!(num & (num - 1))) {
		room = gs_arena_alloc(arena,
				      (num ? num * 2 : 1) * sizeof(*room));
		if (!room)
			return -ENOMEM;
		if (num)
			memcpy(room, proto->attribute, num * sizeof(*room));
		proto->attribute = room;
	}
	room[proto->n_attribute++] = attr;
	return 0;
}

static bool set_value(struct gs_arena *arena, Onnx__AttributeProto *to,
		      const struct gs_attr *from)
{
	switch (from->kind) {
	case GS_ATTR_INT:
		to->type = TYPE(INT);
		to->has_i = 1;
		to->i = from->i;
		return true;
	case GS_ATTR_FLOAT:
		to->type = TYPE(FLOAT);
		to->has_f = 1;
		to->f = from->f;
		return true;
	case GS_ATTR_STRING:
		to->type = TYPE(STRING);
		to->has_s = 1;
		to->s.len = strlen(from->s);
		to->s.data = copy(arena, from->s, to->s.len + 1, 1);
		return to->s.data;
	case GS_ATTR_INTS:
		to->type = TYPE(INTS);
		to->n_ints = from->num;
		to->ints =
			copy(arena, from->ints, from->num, sizeof(*to->ints));
		return to->ints;
	default:
		to->type = TYPE(FLOATS);
		to->n_floats = from->num;
		to->floats = copy(arena, from->floats, from->num,
				  sizeof(*to->floats));
		return to->floats;
	}
}

int gs_qdq_add_attr(struct gs_arena *arena, Onnx__NodeProto *proto,
		    const struct gs_attr *attr)
{
	Onnx__AttributeProto *to;

	if (attr->kind == GS_ATTR_TENSOR || attr->kind == GS_ATTR_OTHER)
		return 0;
	to = gs_arena_alloc(arena, sizeof(*to));
	if (!to)
		return -ENOMEM;
	onnx__attribute_proto__init(to);
	to->name = copy(arena, attr->name, strlen(attr->name) + 1, 1);
	to->has_type = 1;
	if (!to->name || !set_value(arena, to, attr))
		return -ENOMEM;
	return append(arena, proto, to);
}

/* ceil_mode makes again what it added. */
static int add_ceil_pads(struct gs_arena *arena, const struct gs_node *node,
			 Onnx__NodeProto *proto)
{
	const struct gs_attr ceil = { .name = "ceil_mode",
				      .kind = GS_ATTR_INT,
				      .i = 1 };
	int64_t ints[2 * GS_MAX_RANK];
	const struct gs_attr pads = gs_qdq_ceil_pads(node, ints);
	const int ret = gs_qdq_add_attr(arena, proto, &pads);

	return ret ? ret : gs_qdq_add_attr(arena, proto, &ceil);
}

int gs_qdq_copy_attrs(struct gs_arena *arena, const struct gs_graph *graph,
		      const struct gs_node *node, Onnx__NodeProto *proto)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < node->num_attrs && !ret; i++) {
		const struct gs_attr *attr = &node->attr[i];

		if (gs_qdq_drops(node, attr) ||
		    gs_qdq_is_param(graph, node, attr))
			continue;
		if (!strcmp(attr->name, "pads") &&
		    gs_node_attr(node, "pads_over"))
			ret = add_ceil_pads(arena, node, proto);
		else
			ret = gs_qdq_add_attr(arena, proto, attr);
	}
	return ret;
}
