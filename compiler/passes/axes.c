/* SPDX-License-Identifier: MIT */
/*
 * Reductions and Softmax in few forms: codelets take them over windows of a
 * picture, or over what is innermost in memory. Whatever brings axes there and
 * back is a view, or moves elements, when it is lowered.
 */
#include "compiler/passes/axes.h"

#include <errno.h>

#include "compiler/passes/util.h"

static const char *const reductions[] = { "ReduceMean", "ReduceSum",
					  "ReduceMax", "ReduceMin", NULL };

int64_t gs_node_axis(const struct gs_node *node)
{
	const struct gs_attr *axes = gs_node_attr(node, "axes");

	if (gs_op_is(node, "Softmax"))
		return gs_node_attr_int(node, "axis", -1);
	return gs_op_in(node, reductions) && axes && axes->num == 1 ?
		       axes->ints[0] :
		       -1;
}

/* Codelets hold all values of a largest or smallest one on chip: at most so many. */
#define MAX_PART 64

/* ---- new nodes ----------------------------------------------------------- */

/* @from with its axes in the order @perm; itself when that is theirs. */
static struct gs_tensor *transpose(struct gs_graph *graph,
				   struct gs_tensor *from, const int64_t *perm)
{
	struct gs_shape shape = from->shape;
	struct gs_tensor *to;
	struct gs_node *node;
	bool same = true;
	unsigned i;

	for (i = 0; i < shape.rank; i++) {
		shape.dim[i] = from->shape.dim[perm[i]];
		same &= perm[i] == i;
	}
	if (same)
		return from;
	to = gs_add_derived(graph, from, "turned", &shape);
	node = to ? gs_add_step(graph, "Transpose", from, to) : NULL;
	return node && !gs_node_set_attr_ints(graph, node, "perm", perm,
					      shape.rank) ?
		       to :
		       NULL;
}

/* ---- windows ------------------------------------------------------------- */

/* The result keeps reduced axes as 1; a view drops them. */
static int keep_dims(struct gs_graph *graph, struct gs_node *node)
{
	const struct gs_attr *axes = gs_node_attr(node, "axes");
	struct gs_shape shape = node->input[0]->shape;
	struct gs_tensor *out = node->output[0], *kept;
	size_t i;

	if (gs_node_attr_int(node, "keepdims", 1))
		return 0;
	for (i = 0; i < axes->num; i++)
		shape.dim[axes->ints[i]] = 1;
	kept = gs_add_derived(graph, out, "kept", &shape);
	if (!kept || !gs_add_step(graph, "Reshape", kept, out))
		return -ENOMEM;
	gs_node_set_output(node, 0, kept);
	return gs_node_set_attr_int(graph, node, "keepdims", 1);
}

/* A window over the axes in @set, of those behind the channel */
static int make_pool(struct gs_graph *graph, struct gs_node *node,
		     const char *op, unsigned set)
{
	const struct gs_shape *x = &node->input[0]->shape;
	const unsigned num = x->rank - 2;
	const int64_t one[2] = { 1, 1 }, none[4] = { 0 };
	int64_t kernel[2];
	unsigned i;

	for (i = 0; i < num; i++)
		kernel[i] = set >> (i + 2) & 1 ? x->dim[i + 2] : 1;
	node->op = op;
	gs_node_remove_attr(node, "axes");
	gs_node_remove_attr(node, "keepdims");
	if (gs_node_set_attr_ints(graph, node, "kernel_shape", kernel, num) ||
	    gs_node_set_attr_ints(graph, node, "strides", one, num) ||
	    gs_node_set_attr_ints(graph, node, "dilations", one, num) ||
	    gs_node_set_attr_ints(graph, node, "pads", none, 2 * num))
		return -ENOMEM;
	return strcmp(op, "AveragePool") ?
		       0 :
		       gs_node_set_attr_int(graph, node, "count_include_pad",
					    0);
}

/* A large picture is pooled by columns first: what a window covers is on chip at once. */
static int max_pool(struct gs_graph *graph, struct gs_node *node, unsigned set)
{
	struct gs_tensor *x = node->input[0], *rows;
	struct gs_shape shape = x->shape;
	struct gs_node *first;

	if (set == 0xc && shape.dim[2] * shape.dim[3] > MAX_PART) {
		shape.dim[3] = 1;
		rows = gs_add_derived(graph, x, "columns", &shape);
		first = rows ? gs_add_step(graph, "MaxPool", x, rows) : NULL;
		if (!first || make_pool(graph, first, "MaxPool", 1u << 3))
			return -ENOMEM;
		gs_node_set_input(node, 0, rows);
	}
	return make_pool(graph, node, "MaxPool", set);
}

/* ---- the innermost axis -------------------------------------------------- */

static int64_t part_of(int64_t num)
{
	int64_t part = MAX_PART;

	while (num % part)
		part--;
	return part;
}

/* @from as rows of @num; NULL: out of memory */
static struct gs_tensor *in_rows(struct gs_graph *graph, struct gs_tensor *from,
				 int64_t num)
{
	const struct gs_shape shape = {
		2, { gs_shape_elems(&from->shape) / num, num }
	};
	struct gs_tensor *to = gs_add_derived(graph, from, "rows", &shape);

	return to && gs_add_step(graph, "Reshape", from, to) ? to : NULL;
}

static int set_inner(struct gs_graph *graph, struct gs_node *node)
{
	const int64_t axis = 1;

	return gs_node_set_attr_ints(graph, node, "axes", &axis, 1) ||
			       gs_node_set_attr_int(graph, node, "keepdims",
						    1) ?
		       -ENOMEM :
		       0;
}

/* Parts first, then what they gave, until @num values of @x are few: the largest of the largest. */
static struct gs_tensor *reduce_parts(struct gs_graph *graph, const char *op,
				      struct gs_tensor *x, int64_t *num)
{
	while (x && *num > MAX_PART && part_of(*num) > 1) {
		const int64_t part = part_of(*num);
		const struct gs_shape shape = {
			2, { gs_shape_elems(&x->shape) / part, 1 }
		};
		struct gs_tensor *y = gs_add_derived(graph, x, "part", &shape);
		struct gs_node *node;

		x = in_rows(graph, x, part);
		node = x && y ? gs_add_step(graph, op, x, y) : NULL;
		x = node && !set_inner(graph, node) ? y : NULL;
		*num /= part;
	}
	return x;
}

/* [what stays, what is reduced] -> [what stays, 1] -> the result's shape */
static int reduce_inner(struct gs_graph *graph, struct gs_node *node,
			unsigned set)
{
	struct gs_tensor *x = node->input[0], *out = node->output[0], *y;
	struct gs_shape flat = { 2, { 1, 1 } };
	int64_t perm[GS_MAX_RANK], inner = 1;
	unsigned i, last, num = 0;

	for (last = 0; last < 2; last++)
		for (i = 0; i < x->shape.rank; i++)
			if ((set >> i & 1) == last) {
				perm[num++] = i;
				if (last)
					inner *= x->shape.dim[i];
				else
					flat.dim[0] *= x->shape.dim[i];
			}
	x = transpose(graph, x, perm);
	if (!gs_op_is(node, "ReduceMean") && !gs_op_is(node, "ReduceSum"))
		x = reduce_parts(graph, node->op, x, &inner);
	x = x ? in_rows(graph, x, inner) : NULL;
	y = x ? gs_add_derived(graph, out, "rows", &flat) : NULL;
	if (!y || !gs_add_step(graph, "Reshape", y, out))
		return -ENOMEM;
	gs_node_set_input(node, 0, x);
	gs_node_set_output(node, 0, y);
	return set_inner(graph, node);
}

/* The axis that attribute @name has becomes the last one. */
static int softmax_inner(struct gs_graph *graph, struct gs_node *node,
			 const char *name)
{
	struct gs_tensor *out = node->output[0], *in, *y;
	const unsigned rank = out->shape.rank;
	const int64_t axis = gs_node_attr_int(node, name, -1);
	int64_t perm[GS_MAX_RANK];
	unsigned i;
	struct gs_node *back;

	/* Last and @axis change places: the permutation is its own inverse. */
	for (i = 0; i < rank; i++)
		perm[i] = i == axis ? rank - 1 : i == rank - 1 ? axis : i;
	in = transpose(graph, node->input[0], perm);
	y = in ? gs_add_derived(graph, out, "turned", &in->shape) : NULL;
	back = y ? gs_add_step(graph, "Transpose", y, out) : NULL;
	if (!back || gs_node_set_attr_ints(graph, back, "perm", perm, rank))
		return -ENOMEM;
	gs_node_set_input(node, 0, in);
	gs_node_set_output(node, 0, y);
	return gs_node_set_attr_int(graph, node, name, rank - 1);
}

/* ---- which way ----------------------------------------------------------- */

/* Can the axis be innermost in memory, in one of the two orders? */
static bool is_inner(int64_t axis, unsigned rank)
{
	return axis == rank - 1 || (axis == 1 && rank > 2);
}

static bool is_long(const struct gs_node *node, int64_t axis)
{
	return !gs_op_is(node, "ReduceMean") && !gs_op_is(node, "ReduceSum") &&
	       node->input[0]->shape.dim[axis] > 8 * MAX_PART;
}

static int reduce(struct gs_graph *graph, struct gs_node *node)
{
	const struct gs_attr *axes = gs_node_attr(node, "axes");
	const unsigned rank = node->input[0]->shape.rank;
	const unsigned all = ((1u << rank) - 1) & ~3u;
	const bool mean = gs_op_is(node, "ReduceMean");
	const bool max = gs_op_is(node, "ReduceMax");
	unsigned set = 0;
	size_t i;

	for (i = 0; i < axes->num; i++)
		set |= 1u << axes->ints[i];
	if (!set) {
		node->op = "Identity";
		return 0;
	}
	if (mean && set == all) {
		if (keep_dims(graph, node))
			return -ENOMEM;
		node->op = "GlobalAveragePool";
		gs_node_remove_attr(node, "axes");
		gs_node_remove_attr(node, "keepdims");
		return 0;
	}
	if ((mean || max) && !(set & 3) && rank == 4) {
		if (keep_dims(graph, node))
			return -ENOMEM;
		return max ? max_pool(graph, node, set) :
			     make_pool(graph, node, "AveragePool", set);
	}
	if (axes->num == 1 && is_inner(axes->ints[0], rank) &&
	    !is_long(node, axes->ints[0]))
		return keep_dims(graph, node);
	return reduce_inner(graph, node, set);
}

/* MaxPool over a row or a picture; ReduceMax over more dimensions */
static int global_max(struct gs_graph *graph, struct gs_node *node)
{
	const unsigned rank = node->input[0]->shape.rank;
	const unsigned all = ((1u << rank) - 1) & ~3u;

	if (rank <= 4)
		return max_pool(graph, node, all);
	node->op = "ReduceMax";
	return reduce_inner(graph, node, all);
}

/* A codelet works along an axis that cannot stand innermost, and keeps the shape. */
static bool wants_turn(const struct gs_node *node)
{
	const unsigned rank = node->output[0]->shape.rank;

	return node->num_inputs == 1 && node->input[0] &&
	       gs_shape_equal(&node->input[0]->shape,
			      &node->output[0]->shape) &&
	       !is_inner(gs_node_attr_int(node, node->axis_attr, rank - 1),
			 rank);
}

int gs_pass_axes_node(struct gs_graph *graph, struct gs_node *node,
		      struct gs_diag *diag)
{
	int ret = 0;

	if (gs_op_in(node, reductions) && gs_node_attr(node, "axes"))
		ret = reduce(graph, node);
	else if (gs_op_is(node, "GlobalMaxPool"))
		ret = global_max(graph, node);
	else if (gs_op_is(node, "Softmax") &&
		 !is_inner(gs_node_axis(node), node->output[0]->shape.rank))
		ret = softmax_inner(graph, node, "axis");
	else if (node->axis_attr && wants_turn(node))
		ret = softmax_inner(graph, node, node->axis_attr);
	return ret ? gs_nomem(diag) : 0;
}
