/* SPDX-License-Identifier: MIT */
/*
 * Evaluation of nodes on constants: what exporters write to compute shapes, and
 * weights that pass through a transpose or a reshape.
 */
#include <errno.h>
#include <math.h>

#include "compiler/passes/util.h"

/* Results that may be larger than their input are kept below this. */
#define MAX_ELEMS (1 << 16)

const char *const gs_fold_ops[] = {
	"Identity",
	"Dropout",
	"Flatten",
	"Reshape",
	"Squeeze",
	"Unsqueeze",
	"Shape",
	"Transpose",
	"Gather",
	"Concat",
	"Cast",
	"Slice",
	"ConstantOfShape",
	"Add",
	"Sub",
	"Mul",
	"Div",
	NULL,
};

struct fold {
	struct gs_graph *graph;
	struct gs_node *node;
	struct gs_tensor *out;
	struct gs_diag *diag;
};

/* Give the output its type and shape, and memory; NULL: reported */
static void *fold_output(struct fold *f, enum gs_dtype type,
			 const struct gs_shape *shape, int64_t max_elems)
{
	int64_t elems = gs_shape_elems(shape);
	void *data;

	if (elems < 0 || elems > max_elems) {
		char buf[128];

		gs_node_error(f->diag, -ENOTSUP, f->node,
			      "the constant result (%s) is too large",
			      gs_shape_format(shape, buf, sizeof(buf)));
		return NULL;
	}
	data = gs_graph_alloc(f->graph, (size_t)elems * gs_dtype_size(type));
	if (!data) {
		gs_nomem(f->diag);
		return NULL;
	}
	f->out->type = type;
	f->out->shape = *shape;
	f->out->data = data;
	return data;
}

static int missing(const struct fold *f, unsigned index)
{
	return gs_node_error(f->diag, -EINVAL, f->node, "input %u is missing",
			     index);
}

/* ---- reshapes and Shape -------------------------------------------------- */

static int fold_reshape(struct fold *f)
{
	struct gs_shape shape;
	int ret = gs_reshape_infer(f->graph, f->node, &shape, f->diag);

	if (ret < 0)
		return ret;
	f->out->type = f->node->input[0]->type;
	f->out->shape = shape;
	f->out->data = f->node->input[0]->data;
	return 1;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static int fold_shape(struct fold *f)
{
	const struct gs_tensor *in = gs_input(f->node, 0);
	int64_t start, end, rank, i, *out;
	struct gs_shape shape = { .rank = 1 };

	if (!in)
		return missing(f, 0);
	rank = in->shape.rank;
	start = gs_node_attr_int(f->node, "start", 0);
	end = gs_node_attr_int(f->node, "end", rank);
	start = clamp(start < 0 ? start + rank : start, 0, rank);
	end = clamp(end < 0 ? end + rank : end, 0, rank);
	shape.dim[0] = end > start ? end - start : 0;
	out = fold_output(f, GS_DT_I64, &shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	for (i = 0; i < shape.dim[0]; i++)
		out[i] = in->shape.dim[start + i];
	return 1;
}

/* ---- copies -------------------------------------------------------------- */

/*
 * Element i of @out (row-major, @shape) is @in[base + sum of index x step].
 */
static void strided_copy(void *out, const void *in, size_t size,
			 const struct gs_shape *shape, int64_t base,
			 const int64_t *step)
{
	int64_t index[GS_MAX_RANK] = { 0 }, at = base;
	int64_t elems = gs_shape_elems(shape), i;
	unsigned axis;

	for (i = 0; i < elems; i++) {
		memcpy((char *)out + (size_t)i * size,
		       (const char *)in + (size_t)at * size, size);
		for (axis = shape->rank; axis-- > 0;) {
			at += step[axis];
			if (++index[axis] < shape->dim[axis])
				break;
			at -= index[axis] * step[axis];
			index[axis] = 0;
		}
	}
}

static int fold_transpose(struct fold *f)
{
	const struct gs_tensor *in = gs_input(f->node, 0);
	int64_t perm[GS_MAX_RANK], step[GS_MAX_RANK], in_step[GS_MAX_RANK];
	struct gs_shape shape;
	unsigned i, num, seen = 0;
	void *out;
	int ret;

	if (!in)
		return missing(f, 0);
	ret = gs_get_axes(f->node, "perm", GS_MAX_IO, perm, &num, f->diag);
	if (ret < 0)
		return ret;
	shape.rank = in->shape.rank;
	gs_broadcast_steps(&in->shape, &in->shape, in_step);
	for (i = 0; i < shape.rank; i++) {
		if (!gs_node_attr(f->node, "perm"))
			perm[i] = shape.rank - 1 - i;
		else if (num != shape.rank || perm[i] < 0 ||
			 perm[i] >= (int64_t)shape.rank || seen & 1u << perm[i])
			return gs_node_error(
				f->diag, -EINVAL, f->node,
				"perm is not a permutation of %u axes",
				shape.rank);
		seen |= 1u << perm[i];
		shape.dim[i] = in->shape.dim[perm[i]];
		step[i] = in_step[perm[i]];
	}
	out = fold_output(f, in->type, &shape, INT64_MAX);
	if (!out)
		return -ENOTSUP;
	strided_copy(out, in->data, gs_dtype_size(in->type), &shape, 0, step);
	return 1;
}

/* One axis of a Slice: its first element, step and count */
static void slice_axis(int64_t dim, int64_t start, int64_t end, int64_t step,
		       int64_t *first, int64_t *count)
{
	/* As numpy does; clamped first, so that nothing overflows. */
	start = clamp(start, -dim - 1, dim);
	end = clamp(end, -dim - 1, dim);
	start = start < 0 ? start + dim : start;
	end = end < 0 ? end + dim : end;
	if (step > 0) {
		start = clamp(start, 0, dim);
		end = clamp(end, 0, dim);
		*count = end > start ? (end - start - 1) / step + 1 : 0;
	} else {
		start = clamp(start, -1, dim - 1);
		end = clamp(end, -1, dim - 1);
		*count = start > end ? (start - end - 1) / -step + 1 : 0;
	}
	*first = start;
}

struct slice {
	int64_t start[GS_MAX_RANK], end[GS_MAX_RANK];
	int64_t axis[GS_MAX_RANK], step[GS_MAX_RANK];
	unsigned num;
};

static int slice_params(struct fold *f, struct slice *s)
{
	unsigned ends, axes, steps, i;
	int ret;

	ret = gs_get_axes(f->node, "starts", 1, s->start, &s->num, f->diag);
	if (!ret)
		ret = gs_get_axes(f->node, "ends", 2, s->end, &ends, f->diag);
	if (!ret)
		ret = gs_get_axes(f->node, "axes", 3, s->axis, &axes, f->diag);
	if (!ret)
		ret = gs_get_axes(f->node, "steps", 4, s->step, &steps,
				  f->diag);
	if (ret < 0)
		return ret;
	if (!s->num || ends != s->num || (axes && axes != s->num) ||
	    (steps && steps != s->num))
		return gs_node_error(
			f->diag, -EINVAL, f->node,
			"%u starts, %u ends, %u axes and %u steps do not belong together",
			s->num, ends, axes, steps);
	for (i = 0; i < s->num; i++) {
		s->axis[i] = axes ? s->axis[i] : i;
		s->step[i] = steps ? s->step[i] : 1;
		if (!s->step[i] || s->step[i] == INT64_MIN)
			return gs_node_error(f->diag, -EINVAL, f->node,
					     "step %lld is not possible",
					     (long long)s->step[i]);
	}
	return 0;
}

static int fold_slice(struct fold *f)
{
	const struct gs_tensor *in = gs_input(f->node, 0);
	int64_t step[GS_MAX_RANK], base = 0, first;
	struct gs_shape shape;
	struct slice s;
	unsigned i, seen = 0;
	void *out;
	int ret;

	if (!in)
		return missing(f, 0);
	ret = slice_params(f, &s);
	if (ret < 0)
		return ret;
	shape = in->shape;
	gs_broadcast_steps(&in->shape, &in->shape, step);
	for (i = 0; i < s.num; i++) {
		int axis =
			gs_norm_axis(f->node, s.axis[i], shape.rank, f->diag);

		if (axis < 0)
			return axis;
		if (seen & 1u << axis)
			return gs_node_error(f->diag, -EINVAL, f->node,
					     "axis %d is given twice", axis);
		seen |= 1u << axis;
		slice_axis(in->shape.dim[axis], s.start[i], s.end[i], s.step[i],
			   &first, &shape.dim[axis]);
		base += first * step[axis];
		/* One element is never stepped over. */
		step[axis] = shape.dim[axis] > 1 ? step[axis] * s.step[i] : 0;
	}
	out = fold_output(f, in->type, &shape, gs_shape_elems(&in->shape));
	if (!out)
		return -ENOTSUP;
	strided_copy(out, in->data, gs_dtype_size(in->type), &shape, base,
		     step);
	return 1;
}

static int gather_shape(struct fold *f, int axis, struct gs_shape *out)
{
	const struct gs_shape *in = &f->node->input[0]->shape;
	const struct gs_shape *index = &f->node->input[1]->shape;
	unsigned i;

	if (in->rank - 1 + index->rank > GS_MAX_RANK)
		return gs_node_error(f->diag, -ENOTSUP, f->node,
				     "the result has more than %d dimensions",
				     GS_MAX_RANK);
	out->rank = 0;
	for (i = 0; i < (unsigned)axis; i++)
		out->dim[out->rank++] = in->dim[i];
	for (i = 0; i < index->rank; i++)
		out->dim[out->rank++] = index->dim[i];
	for (i = (unsigned)axis + 1; i < in->rank; i++)
		out->dim[out->rank++] = in->dim[i];
	return 0;
}

static int gather_copy(struct fold *f, int axis, char *out)
{
	const struct gs_tensor *in = f->node->input[0];
	const struct gs_tensor *index = f->node->input[1];
	int64_t num = gs_shape_elems(&index->shape), o, i;
	int64_t dim = in->shape.dim[axis], outer = 1, inner = 1;
	size_t bytes;

	for (i = 0; i < (int64_t)in->shape.rank; i++)
		if (i < axis)
			outer *= in->shape.dim[i];
		else if (i > axis)
			inner *= in->shape.dim[i];
	bytes = (size_t)inner * gs_dtype_size(in->type);
	for (o = 0; o < outer; o++) {
		for (i = 0; i < num; i++, out += bytes) {
			int64_t at = gs_const_int(index, i);

			if (at < -dim || at >= dim)
				return gs_node_error(
					f->diag, -EINVAL, f->node,
					"index %lld is outside an axis of %lld",
					(long long)at, (long long)dim);
			at += at < 0 ? dim : 0;
			memcpy(out,
			       (const char *)in->data +
				       (size_t)(o * dim + at) * bytes,
			       bytes);
		}
	}
	return 1;
}

static int fold_gather(struct fold *f)
{
	const struct gs_tensor *in = gs_input(f->node, 0);
	const struct gs_tensor *index = gs_input(f->node, 1);
	struct gs_shape shape;
	void *out;
	int axis;

	if (!in || !index)
		return missing(f, in ? 1 : 0);
	if (!gs_is_int_const(index))
		return gs_node_error(f->diag, -EINVAL, f->node,
				     "indices '%s' are not integers",
				     index->name);
	axis = gs_norm_axis(f->node, gs_node_attr_int(f->node, "axis", 0),
			    in->shape.rank, f->diag);
	if (axis < 0 || gather_shape(f, axis, &shape) < 0)
		return -EINVAL;
	out = fold_output(f, in->type, &shape, MAX_ELEMS);
	return out ? gather_copy(f, axis, out) : -ENOTSUP;
}

static int concat_shape(struct fold *f, int axis, struct gs_shape *shape)
{
	const struct gs_tensor *first = f->node->input[0];
	unsigned i, k;

	*shape = first->shape;
	for (i = 1; i < f->node->num_inputs; i++) {
		const struct gs_tensor *t = f->node->input[i];
		bool fits = t && t->type == first->type &&
			    t->shape.rank == shape->rank;

		for (k = 0; fits && k < shape->rank; k++)
			fits = (int)k == axis ||
			       t->shape.dim[k] == shape->dim[k];
		if (!fits)
			return gs_node_error(
				f->diag, -EINVAL, f->node,
				"input %u does not fit input 0 in type or shape",
				i);
		shape->dim[axis] += t->shape.dim[axis];
	}
	return 0;
}

static int fold_concat(struct fold *f)
{
	const struct gs_tensor *first = gs_input(f->node, 0);
	int64_t outer = 1, o;
	struct gs_shape shape;
	size_t size;
	unsigned i;
	char *out;
	int axis;

	if (!first)
		return missing(f, 0);
	axis = gs_norm_axis(f->node, gs_node_attr_int(f->node, "axis", 0),
			    first->shape.rank, f->diag);
	if (axis < 0 || concat_shape(f, axis, &shape) < 0)
		return -EINVAL;
	out = fold_output(f, first->type, &shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	for (i = 0; i < (unsigned)axis; i++)
		outer *= shape.dim[i];
	for (o = 0; o < outer; o++) {
		for (i = 0; i < f->node->num_inputs; i++) {
			const struct gs_tensor *t = f->node->input[i];

			size = (size_t)(gs_shape_elems(&t->shape) / outer) *
			       gs_dtype_size(t->type);
			memcpy(out, (const char *)t->data + (size_t)o * size,
			       size);
			out += size;
		}
	}
	return 1;
}

/* ---- values -------------------------------------------------------------- */

static double get_value(const struct gs_tensor *t, int64_t i)
{
	if (t->type == GS_DT_F32)
		return (double)((const float *)t->data)[i];
	return (double)gs_const_int(t, i);
}

/* false: @value does not fit @type */
static bool put_int(void *data, enum gs_dtype type, int64_t i, int64_t value)
{
	switch (type) {
	case GS_DT_I64:
		((int64_t *)data)[i] = value;
		return true;
	case GS_DT_I32:
		((int32_t *)data)[i] = (int32_t)value;
		return value == (int32_t)value;
	case GS_DT_I8:
		((int8_t *)data)[i] = (int8_t)value;
		return value == (int8_t)value;
	case GS_DT_U8:
		((uint8_t *)data)[i] = (uint8_t)value;
		return value == (uint8_t)value;
	case GS_DT_BOOL:
		((uint8_t *)data)[i] = value != 0;
		return true;
	case GS_DT_F32:
		((float *)data)[i] = (float)value;
		return true;
	case GS_DT_NONE:
		break;
	}
	return false;
}

static bool cast_value(void *out, enum gs_dtype type, int64_t i,
		       const struct gs_tensor *in)
{
	double value;

	if (in->type != GS_DT_F32)
		return put_int(out, type, i, gs_const_int(in, i));
	value = get_value(in, i);
	if (type == GS_DT_F32) {
		((float *)out)[i] = (float)value;
		return true;
	}
	if (type == GS_DT_BOOL)
		return put_int(out, type, i, value != 0.0);
	return fabs(value) < 0x1p62 && put_int(out, type, i, (int64_t)value);
}

/* The type of ONNX's TensorProto.DataType @type, or GS_DT_NONE */
static enum gs_dtype onnx_type(int64_t type)
{
	static const enum gs_dtype types[] = {
		[1] = GS_DT_F32, [2] = GS_DT_U8,  [3] = GS_DT_I8,
		[6] = GS_DT_I32, [7] = GS_DT_I64, [9] = GS_DT_BOOL,
	};

	return type < 1 || type > 9 ? GS_DT_NONE : types[type];
}

static int fold_cast(struct fold *f)
{
	const struct gs_tensor *in = gs_input(f->node, 0);
	int64_t to = gs_node_attr_int(f->node, "to", 0), i, elems;
	enum gs_dtype type = onnx_type(to);
	void *out;

	if (!in)
		return missing(f, 0);
	if (type == GS_DT_NONE)
		return gs_node_error(f->diag, -ENOTSUP, f->node,
				     "element type %lld is not supported",
				     (long long)to);
	elems = gs_shape_elems(&in->shape);
	out = fold_output(f, type, &in->shape, INT64_MAX);
	if (!out)
		return -ENOTSUP;
	for (i = 0; i < elems; i++)
		if (!cast_value(out, type, i, in))
			return gs_node_error(f->diag, -EINVAL, f->node,
					     "value %g does not fit %s",
					     get_value(in, i),
					     gs_dtype_name(type));
	return 1;
}

static int fold_constant_of_shape(struct fold *f)
{
	const struct gs_attr *attr = gs_node_attr(f->node, "value");
	const float zero = 0.0f;
	enum gs_dtype type = GS_DT_F32;
	const void *value = &zero;
	struct gs_shape shape;
	int64_t elems, i;
	char *out;
	int ret;

	if (!gs_input(f->node, 0))
		return missing(f, 0);
	ret = gs_get_axes(f->node, "shape", 0, shape.dim, &shape.rank, f->diag);
	if (ret < 0)
		return ret;
	if (attr && (attr->kind != GS_ATTR_TENSOR ||
		     gs_shape_elems(&attr->tensor->shape) != 1))
		return gs_node_error(f->diag, -EINVAL, f->node,
				     "attribute 'value' is not one element");
	if (attr) {
		type = attr->tensor->type;
		value = attr->tensor->data;
	}
	out = fold_output(f, type, &shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	elems = gs_shape_elems(&shape);
	for (i = 0; i < elems; i++)
		memcpy(out + (size_t)i * gs_dtype_size(type), value,
		       gs_dtype_size(type));
	return 1;
}

/* ---- arithmetic ---------------------------------------------------------- */

static bool int_op(char op, int64_t a, int64_t b, int64_t *out)
{
	switch (op) {
	case 'A':
		return !__builtin_add_overflow(a, b, out);
	case 'S':
		return !__builtin_sub_overflow(a, b, out);
	case 'M':
		return !__builtin_mul_overflow(a, b, out);
	default:
		if (!b || (a == INT64_MIN && b == -1))
			return false;
		*out = a / b;
		return true;
	}
}

static float float_op(char op, float a, float b)
{
	switch (op) {
	case 'A':
		return a + b;
	case 'S':
		return a - b;
	case 'M':
		return a * b;
	default:
		return a / b;
	}
}

/* Operands spread to the shape of the result, as lists of element numbers */
static int spread(struct fold *f, const struct gs_tensor *in,
		  const struct gs_shape *shape, int64_t **out)
{
	int64_t elems = gs_shape_elems(shape), i, *numbers;
	int64_t in_elems = gs_shape_elems(&in->shape), step[GS_MAX_RANK];

	numbers = gs_graph_alloc_array(f->graph, (size_t)in_elems,
				       sizeof(*numbers));
	*out = gs_graph_alloc_array(f->graph, (size_t)elems, sizeof(**out));
	if (!numbers || !*out)
		return gs_nomem(f->diag);
	for (i = 0; i < in_elems; i++)
		numbers[i] = i;
	gs_broadcast_steps(&in->shape, shape, step);
	strided_copy(*out, numbers, sizeof(*numbers), shape, 0, step);
	return 0;
}

static int compute(struct fold *f, const struct gs_tensor *a,
		   const struct gs_tensor *b, const struct gs_shape *shape)
{
	int64_t elems = gs_shape_elems(shape), i, value;
	int64_t *at_a, *at_b;
	void *out;

	out = fold_output(f, a->type, shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	if (spread(f, a, shape, &at_a) < 0 || spread(f, b, shape, &at_b) < 0)
		return -ENOMEM;
	for (i = 0; i < elems; i++) {
		if (a->type == GS_DT_F32) {
			((float *)out)[i] =
				float_op(f->node->op[0],
					 ((const float *)a->data)[at_a[i]],
					 ((const float *)b->data)[at_b[i]]);
			continue;
		}
		if (!int_op(f->node->op[0], gs_const_int(a, at_a[i]),
			    gs_const_int(b, at_b[i]), &value) ||
		    !put_int(out, a->type, i, value))
			return gs_node_error(f->diag, -EINVAL, f->node,
					     "element %lld has no %s result",
					     (long long)i,
					     gs_dtype_name(a->type));
	}
	return 1;
}

static int fold_arithmetic(struct fold *f)
{
	const struct gs_tensor *a = gs_input(f->node, 0);
	const struct gs_tensor *b = gs_input(f->node, 1);
	struct gs_shape shape;

	if (!a || !b)
		return missing(f, a ? 1 : 0);
	if (a->type != b->type || !gs_broadcast(&a->shape, &b->shape, &shape))
		return gs_node_error(
			f->diag, -EINVAL, f->node,
			"inputs '%s' and '%s' do not fit in type or shape",
			a->name, b->name);
	return compute(f, a, b, &shape);
}

/* ---- entry --------------------------------------------------------------- */

static const struct {
	const char *op;
	int (*fold)(struct fold *f);
} rules[] = {
	{ "Shape", fold_shape },
	{ "Transpose", fold_transpose },
	{ "Gather", fold_gather },
	{ "Concat", fold_concat },
	{ "Cast", fold_cast },
	{ "Slice", fold_slice },
	{ "Add", fold_arithmetic },
	{ "Sub", fold_arithmetic },
	{ "Mul", fold_arithmetic },
	{ "Div", fold_arithmetic },
	{ "ConstantOfShape", fold_constant_of_shape },
};

static bool ready(const struct gs_node *node)
{
	unsigned i;

	if (node->num_outputs < 1 || !node->output[0])
		return false;
	if (gs_op_is(node, "Shape"))
		return true;
	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] && !node->input[i]->data)
			return false;
	return node->num_inputs > 0;
}

int gs_fold_node(struct gs_graph *graph, struct gs_node *node,
		 struct gs_diag *diag)
{
	struct fold f = { graph, node, NULL, diag };
	size_t i;
	int ret = 0;

	if (!ready(node))
		return 0;
	f.out = node->output[0];
	if (gs_op_in(node, gs_reshape_ops))
		ret = fold_reshape(&f);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (gs_op_is(node, rules[i].op))
			ret = rules[i].fold(&f);
	if (ret == 1)
		f.out->shaped = true;
	return ret;
}
