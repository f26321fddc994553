/* SPDX-License-Identifier: MIT */
/*
 * Elements of any type in other places. Parameters are the attributes
 * gs_pass_shapes() has made explicit.
 */
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"
#include "compiler/passes/walk.h"

static const struct gs_shape *in_shape(const struct gs_eval_op *op)
{
	return &op->node->input[0]->shape;
}

static const struct gs_shape *out_shape(const struct gs_eval_op *op)
{
	return &op->node->output[0]->shape;
}

static const int64_t *ints(const struct gs_eval_op *op, const char *name)
{
	return gs_node_attr(op->node, name)->ints;
}

/* Steps in elements along the axes of a dense array */
static void dense_steps(const struct gs_shape *shape, int64_t *steps)
{
	int64_t step = 1;
	unsigned i;

	for (i = shape->rank; i-- > 0; step *= shape->dim[i])
		steps[i] = step;
}

/*
 * Copy the elements of an index space @shape: from @in[from + ...] to
 * @out[to + ...], each by its own steps.
 */
static void move(size_t size, const struct gs_shape *shape, void *out,
		 int64_t to, const int64_t *out_steps, const void *in,
		 int64_t from, const int64_t *in_steps)
{
	const char *src = in;
	struct gs_walk w;
	char *dst = out;
	int64_t i;
	bool more;

	gs_walk_init(&w, shape);
	gs_walk_add(&w, to, out_steps);
	gs_walk_add(&w, from, in_steps);
	for (more = gs_walk_start(&w); more; more = gs_walk_next(&w)) {
		char *d = dst + w.at[0] * (int64_t)size;
		const char *s = src + w.at[1] * (int64_t)size;

		if (w.num == 1 || (w.step[0] == 1 && w.step[1] == 1)) {
			memcpy(d, s, (size_t)w.num * size);
			continue;
		}
		for (i = 0; i < w.num; i++) {
			memcpy(d, s, size);
			d += w.step[0] * (int64_t)size;
			s += w.step[1] * (int64_t)size;
		}
	}
}

/* Element of index 0, 0, ... of the result is @from of the input. */
static void gather(const struct gs_eval_op *op, int64_t from,
		   const int64_t *in_steps)
{
	int64_t steps[GS_MAX_RANK];

	dense_steps(out_shape(op), steps);
	move(gs_dtype_size(op->type), out_shape(op), op->out[0], 0, steps,
	     op->in[0], from, in_steps);
}

void gs_eval_copy(const struct gs_eval_op *op)
{
	memcpy(op->out[0], op->in[0],
	       gs_eval_elems(op->node->output[0]) * gs_dtype_size(op->type));
}

void gs_eval_expand(const struct gs_eval_op *op)
{
	int64_t steps[GS_MAX_RANK];

	gs_broadcast_steps(in_shape(op), out_shape(op), steps);
	gather(op, 0, steps);
}

void gs_eval_slice(const struct gs_eval_op *op)
{
	const int64_t *starts = ints(op, "starts"), *by = ints(op, "steps");
	int64_t steps[GS_MAX_RANK], from = 0;
	unsigned i;

	dense_steps(in_shape(op), steps);
	for (i = 0; i < out_shape(op)->rank; i++) {
		from += starts[i] * steps[i];
		steps[i] *= by[i];
	}
	gather(op, from, steps);
}

/* ---- Concat and Split ---------------------------------------------------- */

void gs_eval_concat(const struct gs_eval_op *op)
{
	int64_t axis = gs_node_attr_int(op->node, "axis", 0), at = 0;
	int64_t out[GS_MAX_RANK], in[GS_MAX_RANK];
	unsigned i;

	dense_steps(out_shape(op), out);
	for (i = 0; i < op->node->num_inputs; i++) {
		const struct gs_shape *x = &op->node->input[i]->shape;

		dense_steps(x, in);
		move(gs_dtype_size(op->type), x, op->out[0], at * out[axis],
		     out, op->in[i], 0, in);
		at += x->dim[axis];
	}
}

void gs_eval_split(const struct gs_eval_op *op)
{
	int64_t axis = gs_node_attr_int(op->node, "axis", 0), at = 0;
	const int64_t *split = ints(op, "split");
	int64_t out[GS_MAX_RANK], in[GS_MAX_RANK];
	unsigned i;

	dense_steps(in_shape(op), in);
	for (i = 0; i < op->node->num_outputs; i++) {
		struct gs_shape part = *in_shape(op);

		part.dim[axis] = split[i];
		dense_steps(&part, out);
		if (op->out[i])
			move(gs_dtype_size(op->type), &part, op->out[i], 0, out,
			     op->in[0], at * in[axis], in);
		at += split[i];
	}
}

/* ---- Pad ----------------------------------------------------------------- */

static void fill(const struct gs_eval_op *op)
{
	float value = gs_node_attr_float(op->node, "value", 0.0f);
	size_t size = gs_dtype_size(op->type), i;
	size_t num = gs_eval_elems(op->node->output[0]);
	int64_t element[1] = { 0 };
	char *out = op->out[0];

	if (op->type == GS_DT_F32)
		memcpy(element, &value, sizeof(value));
	else if (value > -0x1p31f && value < 0x1p31f)
		gs_put_int(element, op->type, 0, (int64_t)value);
	for (i = 0; i < num; i++)
		memcpy(out + i * size, element, size);
}

/* The element of an axis of @dim that stands at @at, outside or inside */
static int64_t reflect(int64_t at, int64_t dim, bool edge)
{
	if (edge)
		return at < 0 ? 0 : at < dim ? at : dim - 1;
	at = at < 0 ? -at : at;
	return at < dim ? at : 2 * (dim - 1) - at;
}

static void pad_element(const struct gs_eval_op *op, int64_t to,
			const int64_t *index, bool edge)
{
	size_t size = gs_dtype_size(op->type);
	const struct gs_shape *x = in_shape(op);
	const int64_t *pads = ints(op, "pads");
	int64_t from = 0;
	unsigned i;

	for (i = 0; i < x->rank; i++)
		from = from * x->dim[i] +
		       reflect(index[i] - pads[i], x->dim[i], edge);
	memcpy((char *)op->out[0] + (size_t)to * size,
	       (const char *)op->in[0] + (size_t)from * size, size);
}

static void pad_reflect(const struct gs_eval_op *op, bool edge)
{
	int64_t num = (int64_t)gs_eval_elems(op->node->output[0]), to, rest;
	const struct gs_shape *y = out_shape(op);
	int64_t index[GS_MAX_RANK];
	unsigned i;

	for (to = 0; to < num; to++) {
		rest = to;
		for (i = y->rank; i-- > 0; rest /= y->dim[i])
			index[i] = rest % y->dim[i];
		pad_element(op, to, index, edge);
	}
}

/* The input, or what is left of it, in the middle of the value */
static void pad_constant(const struct gs_eval_op *op)
{
	const int64_t *pads = ints(op, "pads");
	int64_t in[GS_MAX_RANK], out[GS_MAX_RANK], from = 0, to = 0;
	struct gs_shape part = *in_shape(op);
	unsigned i, rank = part.rank;

	fill(op);
	dense_steps(in_shape(op), in);
	dense_steps(out_shape(op), out);
	for (i = 0; i < rank; i++) {
		int64_t before = pads[i], after = pads[i + rank];

		from += before < 0 ? -before * in[i] : 0;
		to += before > 0 ? before * out[i] : 0;
		part.dim[i] += before < 0 ? before : 0;
		part.dim[i] += after < 0 ? after : 0;
		if (part.dim[i] <= 0)
			return;
	}
	move(gs_dtype_size(op->type), &part, op->out[0], to, out, op->in[0],
	     from, in);
}

void gs_eval_pad(const struct gs_eval_op *op)
{
	const char *mode = gs_node_attr_string(op->node, "mode", "constant");

	if (!strcmp(mode, "constant"))
		pad_constant(op);
	else
		pad_reflect(op, !strcmp(mode, "edge"));
}

/* ---- the rest ------------------------------------------------------------ */

/* Each axis as two: of repeats, and of elements */
void gs_eval_tile(const struct gs_eval_op *op)
{
	const struct gs_shape *x = in_shape(op);
	const int64_t *repeats = ints(op, "repeats");
	int64_t in[GS_MAX_RANK], out[GS_MAX_RANK], to[GS_MAX_RANK] = { 0 };
	int64_t num = 1, at, rest, i;
	unsigned axis;

	dense_steps(x, in);
	dense_steps(out_shape(op), out);
	for (axis = 0; axis < x->rank; axis++)
		num *= repeats[axis];
	for (i = 0; i < num; i++) {
		rest = i;
		at = 0;
		for (axis = x->rank; axis-- > 0; rest /= repeats[axis]) {
			to[axis] = rest % repeats[axis] * x->dim[axis];
			at += to[axis] * out[axis];
		}
		move(gs_dtype_size(op->type), x, op->out[0], at, out, op->in[0],
		     0, in);
	}
}

void gs_eval_gather(const struct gs_eval_op *op)
{
	const struct gs_tensor *index = op->node->input[1];
	const struct gs_shape *x = in_shape(op);
	unsigned axis = (unsigned)gs_node_attr_int(op->node, "axis", 0), a;
	int64_t num = gs_shape_elems(&index->shape), outer = 1, inner = 1, o, i;
	const char *in = op->in[0];
	char *out = op->out[0];
	size_t bytes;

	for (a = 0; a < x->rank; a++) {
		outer *= a < axis ? x->dim[a] : 1;
		inner *= a > axis ? x->dim[a] : 1;
	}
	bytes = (size_t)inner * gs_dtype_size(op->type);
	for (o = 0; o < outer; o++) {
		for (i = 0; i < num; i++, out += bytes) {
			int64_t at = gs_const_int(index, i);

			at += at < 0 ? x->dim[axis] : 0;
			memcpy(out,
			       in + (size_t)(o * x->dim[axis] + at) * bytes,
			       bytes);
		}
	}
}

/*
 * The small picture has channels (blocks, c), or (c, blocks) for CRD; the large
 * one rows (h, block row) and columns (w, block column).
 */
void gs_eval_depth_space(const struct gs_eval_op *op)
{
	bool deep = gs_op_is(op->node, "SpaceToDepth");
	bool crd = !strcmp(gs_node_attr_string(op->node, "mode", "DCR"), "CRD");
	const struct gs_shape *small = deep ? out_shape(op) : in_shape(op);
	int64_t b = gs_node_attr_int(op->node, "blocksize", 1);
	int64_t h = small->dim[2], w = small->dim[3];
	int64_t c = small->dim[1] / (b * b), hw = h * w;
	/* n, c, h, block row, w, block column */
	struct gs_shape shape = { 6, { small->dim[0], c, h, b, w, b } };
	int64_t block = crd ? hw : c * hw;
	const int64_t flat[] = { small->dim[1] * hw,
				 crd ? b * b * hw : hw,
				 w,
				 b * block,
				 1,
				 block };
	int64_t large[GS_MAX_RANK];

	dense_steps(&shape, large);
	move(gs_dtype_size(op->type), &shape, op->out[0], 0,
	     deep ? flat : large, op->in[0], 0, deep ? large : flat);
}
