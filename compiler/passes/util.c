/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/util.h"

enum gs_move_kind gs_node_moves(const struct gs_graph *graph,
				const struct gs_node *node)
{
	return graph->rules ? graph->rules->moves(graph->rules->ctx, node) :
			      GS_MOVE_NONE;
}

bool gs_node_is_view(const struct gs_graph *graph, const struct gs_node *node)
{
	return gs_node_moves(graph, node) == GS_MOVE_VIEW;
}

int gs_nomem(struct gs_diag *diag)
{
	return gs_error(diag, -ENOMEM, "out of memory");
}

int gs_settle(struct gs_graph *graph, struct gs_diag *diag)
{
	const int ret = gs_graph_sort(graph, diag);

	if (ret < 0)
		return ret;
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}

bool gs_node_shares(const struct gs_graph *graph, const struct gs_node *node)
{
	return gs_node_moves(graph, node) != GS_MOVE_NONE &&
	       graph->rules->keeps(graph->rules->ctx, node) == 0;
}

static bool is_identity(const struct gs_move_taps *taps, unsigned axis)
{
	int64_t i;

	if (axis >= taps->in.rank || taps->in.dim[axis] != taps->out.dim[axis])
		return false;
	for (i = 0; i < taps->in.dim[axis]; i++)
		if (taps->tap[axis][i].first != i ||
		    taps->tap[axis][i].weight != 0)
			return false;
	return true;
}

bool gs_node_keeps_axis(const struct gs_graph *graph,
			const struct gs_node *node, unsigned axis)
{
	const struct gs_op_rules *rules = graph->rules;
	struct gs_float_rule *rule = NULL;
	const struct gs_move_taps *taps;
	bool same;

	if (gs_node_moves(graph, node) != GS_MOVE_BETWEEN ||
	    rules->prepare(rules->ctx, graph, node, &rule, NULL) || !rule)
		return false;
	taps = rules->taps(rule);
	same = taps->source == 0 && is_identity(taps, axis);
	rules->release(rule);
	return same;
}

bool gs_node_keeps(const struct gs_graph *graph, const struct gs_node *node)
{
	return gs_node_shares(graph, node) &&
	       gs_node_moves(graph, node) != GS_MOVE_BETWEEN;
}

bool gs_is_int_const(const struct gs_tensor *tensor)
{
	return tensor && tensor->data && tensor->type != GS_DT_F32;
}

int64_t gs_const_int(const struct gs_tensor *tensor, int64_t index)
{
	switch (tensor->type) {
	case GS_DT_I64:
		return ((const int64_t *)tensor->data)[index];
	case GS_DT_I32:
		return ((const int32_t *)tensor->data)[index];
	case GS_DT_I4:
	case GS_DT_I8:
		return ((const int8_t *)tensor->data)[index];
	case GS_DT_U8:
	case GS_DT_BOOL:
		return ((const uint8_t *)tensor->data)[index];
	case GS_DT_NONE:
	case GS_DT_F32:
		break;
	}
	return 0;
}

bool gs_put_int(void *data, enum gs_dtype type, int64_t index, int64_t value)
{
	switch (type) {
	case GS_DT_I64:
		((int64_t *)data)[index] = value;
		return true;
	case GS_DT_I32:
		((int32_t *)data)[index] = (int32_t)value;
		return value == (int32_t)value;
	case GS_DT_I4:
	case GS_DT_I8:
		((int8_t *)data)[index] = (int8_t)value;
		return value == (int8_t)value;
	case GS_DT_U8:
		((uint8_t *)data)[index] = (uint8_t)value;
		return value == (uint8_t)value;
	case GS_DT_BOOL:
		((uint8_t *)data)[index] = value != 0;
		return true;
	case GS_DT_F32:
		((float *)data)[index] = (float)value;
		return true;
	case GS_DT_NONE:
		break;
	}
	return false;
}

enum gs_dtype gs_onnx_elem_type(int64_t type)
{
	static const enum gs_dtype types[] = {
		[1] = GS_DT_F32, [2] = GS_DT_U8,  [3] = GS_DT_I8,
		[6] = GS_DT_I32, [7] = GS_DT_I64, [9] = GS_DT_BOOL,
	};

	return type < 1 || type > 9 ? GS_DT_NONE : types[type];
}

int gs_get_ints(const struct gs_node *node, const char *name, unsigned input,
		int64_t *values, unsigned cap, unsigned *num,
		struct gs_diag *diag)
{
	const struct gs_attr *attr = gs_node_attr(node, name);
	const struct gs_tensor *t = gs_input(node, input);
	int64_t count, i;

	*num = 0;
	if (!attr && !t)
		return 0;
	if (attr && attr->kind != GS_ATTR_INTS)
		return gs_node_error(diag, -EINVAL, node,
				     "attribute '%s' is not a list of integers",
				     name);
	if (!attr && (!gs_is_int_const(t) || t->shape.rank > 1))
		return gs_node_error(
			diag, -ENOTSUP, node,
			"input '%s' (%s) must be a constant list of integers",
			t->name, name);
	count = attr ? (int64_t)attr->num : gs_shape_elems(&t->shape);
	if (count > (int64_t)cap)
		return gs_node_error(
			diag, -ENOTSUP, node,
			"%s has %lld values, at most %u are supported", name,
			(long long)count, cap);
	for (i = 0; i < count; i++)
		values[i] = attr ? attr->ints[i] : gs_const_int(t, i);
	*num = (unsigned)count;
	return 0;
}

int gs_get_axes(const struct gs_node *node, const char *name, unsigned input,
		int64_t axes[GS_MAX_RANK], unsigned *num, struct gs_diag *diag)
{
	return gs_get_ints(node, name, input, axes, GS_MAX_RANK, num, diag);
}

int gs_norm_axis(const struct gs_node *node, int64_t axis, unsigned rank,
		 struct gs_diag *diag)
{
	if (axis < -(int64_t)rank || axis >= (int64_t)rank)
		return gs_node_error(
			diag, -EINVAL, node,
			"axis %lld is not one of a tensor of rank %u",
			(long long)axis, rank);
	return (int)(axis < 0 ? axis + rank : axis);
}

bool gs_broadcast(const struct gs_shape *a, const struct gs_shape *b,
		  struct gs_shape *out)
{
	unsigned i;

	out->rank = a->rank > b->rank ? a->rank : b->rank;
	for (i = 0; i < out->rank; i++) {
		/* from the last axis to the first */
		int64_t x = i < a->rank ? a->dim[a->rank - 1 - i] : 1;
		int64_t y = i < b->rank ? b->dim[b->rank - 1 - i] : 1;

		if (x != y && x != 1 && y != 1)
			return false;
		out->dim[out->rank - 1 - i] = x == 1 ? y : x;
	}
	return true;
}

void gs_broadcast_steps(const struct gs_shape *in, const struct gs_shape *out,
			int64_t steps[GS_MAX_RANK])
{
	int64_t step = 1;
	unsigned i;

	memset(steps, 0, GS_MAX_RANK * sizeof(*steps));
	for (i = 0; i < in->rank; i++) {
		int64_t dim = in->dim[in->rank - 1 - i];

		steps[out->rank - 1 - i] = dim == 1 ? 0 : step;
		step *= dim;
	}
}

struct gs_tensor *gs_add_constant(struct gs_graph *graph, const char *name,
				  enum gs_dtype type,
				  const struct gs_shape *shape, void **data)
{
	int64_t elems = gs_shape_elems(shape);
	struct gs_tensor *t;

	if (elems < 0)
		return NULL;
	*data = gs_graph_alloc_array(graph, (size_t)elems, gs_dtype_size(type));
	if (!*data)
		return NULL;
	t = gs_graph_add_tensor(graph, name, type, shape);
	if (t)
		t->data = *data;
	return t;
}

struct gs_tensor *gs_change_constant(struct gs_graph *graph,
				     struct gs_tensor *t, const char *suffix,
				     float **data)
{
	const char *name = gs_graph_printf(graph, "%s_%s", t->name, suffix);
	float *taken = name ? gs_graph_take_floats(graph, t) : NULL;
	struct gs_tensor *changed = NULL;
	void *room;

	if (taken) {
		changed = gs_graph_add_tensor(graph, name, t->type, &t->shape);
		room = taken;
	} else if (name) {
		changed = gs_add_constant(graph, name, GS_DT_F32, &t->shape,
					  &room);
	}
	if (changed)
		changed->data = *data = room;
	return changed;
}

struct gs_tensor *gs_add_derived(struct gs_graph *graph,
				 const struct gs_tensor *like, const char *what,
				 const struct gs_shape *shape)
{
	const char *name = gs_graph_printf(graph, "%s_%s", like->name, what);
	struct gs_tensor *t =
		name ? gs_graph_add_tensor(graph, name, like->type, shape) :
		       NULL;

	if (t) {
		t->shaped = true;
		t->quant = like->quant;
	}
	return t;
}

struct gs_node *gs_add_step(struct gs_graph *graph, const char *op,
			    struct gs_tensor *from, struct gs_tensor *to)
{
	struct gs_node *node = gs_graph_add_node(graph, NULL, op);

	if (node) {
		gs_node_set_input(node, 0, from);
		gs_node_set_output(node, 0, to);
	}
	return node;
}
