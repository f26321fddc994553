/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/passes/infer.h"
#include "compiler/passes/util.h"

#define ERR GS_INFER_ERR

/* ---- the same elements --------------------------------------------------- */

int gs_infer_reshape(struct gs_infer *f)
{
	return gs_reshape_infer(f->graph, f->node, &f->out[0], f->diag);
}

int gs_infer_dropout(struct gs_infer *f)
{
	const struct gs_tensor *training = gs_input(f->node, 2);

	if (training && (!gs_is_int_const(training) ||
			 gs_shape_elems(&training->shape) != 1 ||
			 gs_const_int(training, 0)))
		return ERR(f, -ENOTSUP,
			   "training mode is not supported, only inference");
	return gs_infer_unary(f);
}

int gs_infer_cast(struct gs_infer *f)
{
	int64_t to = gs_node_attr_int(f->node, "to", 0);

	f->type = gs_onnx_elem_type(to);
	if (f->type == GS_DT_NONE)
		return ERR(f, -ENOTSUP, "element type %lld is not supported",
			   (long long)to);
	return gs_infer_unary(f);
}

/* ---- Concat and Split ---------------------------------------------------- */

int gs_infer_concat(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	struct gs_shape *out = &f->out[0];
	unsigned i, k;
	int axis, ret;

	ret = x ? gs_infer_axis(f, 1, x->rank, &axis) : -EINVAL;
	if (ret < 0)
		return ret;
	*out = *x;
	for (i = 1; i < f->node->num_inputs; i++) {
		const struct gs_tensor *t = f->node->input[i];
		bool fits = t && t->type == f->node->input[0]->type &&
			    t->shape.rank == x->rank;

		for (k = 0; fits && k < x->rank; k++)
			fits = (int)k == axis || t->shape.dim[k] == x->dim[k];
		if (!fits)
			return ERR(
				f, -EINVAL,
				"input %u does not fit input 0 in type or shape",
				i);
		out->dim[axis] += t->shape.dim[axis];
	}
	return 0;
}

/* Without a list the parts are equal, a last one may be smaller. */
static int equal_parts(struct gs_infer *f, int64_t dim, int64_t *split)
{
	int64_t num = f->node->num_outputs, i;
	int64_t part = (dim + num - 1) / num;

	if (f->graph->opset < 18 && dim % num)
		return ERR(f, -EINVAL,
			   "%lld elements do not divide into %lld parts",
			   (long long)dim, (long long)num);
	for (i = 0; i < num; i++)
		split[i] = i + 1 < num ? part : dim - part * (num - 1);
	return 0;
}

static int split_parts(struct gs_infer *f, int64_t dim, int64_t *split)
{
	unsigned num, i;
	int64_t rest = dim;
	int ret;

	ret = gs_get_ints(f->node, "split", 1, split, GS_MAX_IO, &num, f->diag);
	if (ret < 0)
		return ret;
	if (!num)
		return equal_parts(f, dim, split);
	for (i = 0; i < num && rest >= 0; i++)
		rest = split[i] < 0 || split[i] > rest ? -1 : rest - split[i];
	if (rest || num != f->node->num_outputs)
		return ERR(
			f, -EINVAL,
			"%u parts do not divide %lld elements between %u outputs",
			num, (long long)dim, f->node->num_outputs);
	return 0;
}

int gs_infer_split(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	int64_t split[GS_MAX_IO];
	int axis, ret;
	unsigned i;

	ret = x ? gs_infer_axis(f, 0, x->rank, &axis) : -EINVAL;
	if (!ret)
		ret = split_parts(f, x->dim[axis], split);
	if (ret < 0)
		return ret;
	for (i = 0; i < f->node->num_outputs; i++) {
		f->out[i] = *x;
		f->out[i].dim[axis] = split[i];
	}
	gs_infer_drop_inputs(f, 1);
	gs_node_remove_attr(f->node, "num_outputs");
	return gs_infer_set_ints(f, "split", split, f->node->num_outputs);
}

/* ---- Slice --------------------------------------------------------------- */

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* One axis: its first element, step and count */
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

static int slice_params(struct gs_infer *f, struct slice *s)
{
	const struct gs_node *node = f->node;
	unsigned ends, axes, steps, i;
	int ret;

	ret = gs_get_axes(node, "starts", 1, s->start, &s->num, f->diag);
	if (!ret)
		ret = gs_get_axes(node, "ends", 2, s->end, &ends, f->diag);
	if (!ret)
		ret = gs_get_axes(node, "axes", 3, s->axis, &axes, f->diag);
	if (!ret)
		ret = gs_get_axes(node, "steps", 4, s->step, &steps, f->diag);
	if (ret < 0)
		return ret;
	if (!s->num || ends != s->num || (axes && axes != s->num) ||
	    (steps && steps != s->num))
		return ERR(
			f, -EINVAL,
			"%u starts, %u ends, %u axes and %u steps do not belong together",
			s->num, ends, axes, steps);
	for (i = 0; i < s->num; i++) {
		s->axis[i] = axes ? s->axis[i] : i;
		s->step[i] = steps ? s->step[i] : 1;
		if (!s->step[i] || s->step[i] == INT64_MIN)
			return ERR(f, -EINVAL, "step %lld is not possible",
				   (long long)s->step[i]);
	}
	return 0;
}

static int slice_shape(struct gs_infer *f, const struct slice *s,
		       int64_t *starts, int64_t *steps)
{
	struct gs_shape *out = &f->out[0];
	unsigned i, seen = 0;

	for (i = 0; i < out->rank; i++) {
		starts[i] = 0;
		steps[i] = 1;
	}
	for (i = 0; i < s->num; i++) {
		int axis =
			gs_norm_axis(f->node, s->axis[i], out->rank, f->diag);

		if (axis < 0)
			return axis;
		if (seen & 1u << axis)
			return ERR(f, -EINVAL, "axis %d is given twice", axis);
		seen |= 1u << axis;
		slice_axis(out->dim[axis], s->start[i], s->end[i], s->step[i],
			   &starts[axis], &out->dim[axis]);
		/* One element is never stepped over. */
		steps[axis] = out->dim[axis] > 1 ? s->step[i] : 1;
	}
	return 0;
}

int gs_infer_slice(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	int64_t starts[GS_MAX_RANK], steps[GS_MAX_RANK];
	struct slice s;
	int ret;

	ret = x ? slice_params(f, &s) : -EINVAL;
	if (ret < 0)
		return ret;
	f->out[0] = *x;
	ret = slice_shape(f, &s, starts, steps);
	if (ret < 0)
		return ret;
	gs_infer_drop_inputs(f, 1);
	gs_node_remove_attr(f->node, "ends");
	gs_node_remove_attr(f->node, "axes");
	ret = gs_infer_set_ints(f, "starts", starts, x->rank);
	return ret < 0 ? ret : gs_infer_set_ints(f, "steps", steps, x->rank);
}

/* ---- Pad ----------------------------------------------------------------- */

/* Pads of all axes, where operator set 18 may list those of some */
static int spread_pads(struct gs_infer *f, unsigned rank, unsigned num,
		       int64_t *pads)
{
	int64_t given[2 * GS_MAX_RANK], axes[GS_MAX_RANK];
	unsigned i, count;
	int ret, axis;

	ret = gs_get_axes(f->node, "axes", 3, axes, &count, f->diag);
	if (ret < 0)
		return ret;
	if (num != 2 * (count ? count : rank))
		return ERR(f, -EINVAL, "%u pads do not fit %u axes", num,
			   count ? count : rank);
	if (!count)
		return 0;
	memcpy(given, pads, sizeof(given));
	memset(pads, 0, sizeof(given));
	for (i = 0; i < count; i++) {
		axis = gs_norm_axis(f->node, axes[i], rank, f->diag);
		if (axis < 0)
			return axis;
		pads[axis] = given[i];
		pads[(unsigned)axis + rank] = given[i + count];
	}
	return 0;
}

static int pad_value(struct gs_infer *f)
{
	const struct gs_tensor *t = gs_input(f->node, 2);
	float value;

	if (!t)
		return gs_infer_explicit_float(f, "value", 0.0f);
	if (!t->data || gs_shape_elems(&t->shape) != 1)
		return ERR(f, -ENOTSUP, "value '%s' is not one constant",
			   t->name);
	value = t->type == GS_DT_F32 ? *(const float *)t->data :
				       (float)gs_const_int(t, 0);
	if (gs_node_set_attr_float(f->graph, f->node, "value", value) < 0)
		return gs_nomem(f->diag);
	return 0;
}

/* What reflections and edges are made of must be there. */
static int pad_axis(struct gs_infer *f, const char *mode, unsigned axis,
		    int64_t before, int64_t after)
{
	int64_t *dim = &f->out[0].dim[axis], most = before;

	if (after > most)
		most = after;
	if (before < INT32_MIN || after < INT32_MIN || most > INT32_MAX)
		return ERR(f, -EINVAL, "a pad of axis %u is too large", axis);
	if (strcmp(mode, "constant") && strcmp(mode, "edge") &&
	    strcmp(mode, "reflect"))
		return ERR(
			f, -ENOTSUP,
			"mode '%s' is not supported, only constant, edge and reflect",
			mode);
	if ((!strcmp(mode, "reflect") && most >= *dim) ||
	    (strcmp(mode, "constant") &&
	     (before < -*dim || after < -*dim || *dim < 1)))
		return ERR(f, -EINVAL,
			   "axis %u has %lld elements, pads of %lld do not fit",
			   axis, (long long)*dim, (long long)most);
	*dim += before + after;
	return 0;
}

int gs_infer_pad(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	const char *mode = gs_node_attr_string(f->node, "mode", "constant");
	int64_t pads[2 * GS_MAX_RANK] = { 0 };
	unsigned i, num;
	int ret;

	if (!x)
		return -EINVAL;
	ret = gs_get_ints(f->node, "pads", 1, pads, 2 * GS_MAX_RANK, &num,
			  f->diag);
	if (!ret)
		ret = spread_pads(f, x->rank, num, pads);
	f->out[0] = *x;
	for (i = 0; i < x->rank && !ret; i++)
		ret = pad_axis(f, mode, i, pads[i], pads[i + x->rank]);
	if (!ret)
		ret = pad_value(f);
	if (!ret)
		ret = gs_infer_explicit_string(f, "mode", "constant");
	if (ret < 0)
		return ret;
	gs_infer_drop_inputs(f, 1);
	return gs_infer_set_ints(f, "pads", pads, (size_t)2 * x->rank);
}

/* ---- copies -------------------------------------------------------------- */

int gs_infer_expand(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	struct gs_shape to = { 0 };
	char a[128], b[128];
	unsigned i;
	int ret;

	if (!x)
		return -EINVAL;
	ret = gs_get_axes(f->node, "shape", 1, to.dim, &to.rank, f->diag);
	if (ret < 0)
		return ret;
	for (i = 0; i < to.rank; i++)
		if (to.dim[i] < 0)
			return ERR(f, -EINVAL,
				   "a dimension of the shape is %lld",
				   (long long)to.dim[i]);
	if (!gs_broadcast(x, &to, &f->out[0]))
		return ERR(f, -EINVAL, "input '%s' (%s) does not spread to %s",
			   f->node->input[0]->name,
			   gs_shape_format(x, a, sizeof(a)),
			   gs_shape_format(&to, b, sizeof(b)));
	gs_infer_drop_inputs(f, 1);
	return 0;
}

int gs_infer_tile(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	int64_t repeats[GS_MAX_RANK];
	unsigned i, num;
	int ret;

	if (!x)
		return -EINVAL;
	ret = gs_get_axes(f->node, "repeats", 1, repeats, &num, f->diag);
	if (ret < 0)
		return ret;
	if (num != x->rank)
		return ERR(f, -EINVAL, "%u repeats, the input has %u axes", num,
			   x->rank);
	f->out[0] = *x;
	for (i = 0; i < num; i++) {
		if (repeats[i] < 0 || repeats[i] > INT32_MAX ||
		    x->dim[i] > INT32_MAX)
			return ERR(f, -EINVAL, "%lld repeats are not possible",
				   (long long)repeats[i]);
		f->out[0].dim[i] *= repeats[i];
	}
	gs_infer_drop_inputs(f, 1);
	return gs_infer_set_ints(f, "repeats", repeats, num);
}

int gs_infer_gather(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	const struct gs_tensor *index = gs_input(f->node, 1);
	struct gs_shape *out = &f->out[0];
	int64_t i, elems;
	int axis, ret;

	if (!x)
		return -EINVAL;
	if (!gs_is_int_const(index))
		return ERR(f, -ENOTSUP, "indices '%s' are no constant integers",
			   index ? index->name : "(missing)");
	ret = gs_infer_axis(f, 0, x->rank, &axis);
	if (ret < 0)
		return ret;
	if (x->rank - 1 + index->shape.rank > GS_MAX_RANK)
		return ERR(f, -ENOTSUP,
			   "the result has more than %d dimensions",
			   GS_MAX_RANK);
	elems = gs_shape_elems(&index->shape);
	for (i = 0; i < elems; i++) {
		int64_t at = gs_const_int(index, i);

		if (at < -x->dim[axis] || at >= x->dim[axis])
			return ERR(f, -EINVAL,
				   "index %lld is outside an axis of %lld",
				   (long long)at, (long long)x->dim[axis]);
	}
	for (i = 0; i < axis; i++)
		out->dim[out->rank++] = x->dim[i];
	for (i = 0; i < index->shape.rank; i++)
		out->dim[out->rank++] = index->shape.dim[i];
	for (i = axis + 1; i < x->rank; i++)
		out->dim[out->rank++] = x->dim[i];
	return 0;
}

/* DepthToSpace and SpaceToDepth */
int gs_infer_depth_space(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 4);
	int64_t b = gs_node_attr_int(f->node, "blocksize", 0);
	bool deep = gs_op_is(f->node, "SpaceToDepth");
	const char *mode = gs_node_attr_string(f->node, "mode", "DCR");
	char buf[128];

	if (!x)
		return -ENOTSUP;
	if (b < 1 || b > INT16_MAX ||
	    (deep ? x->dim[2] % b || x->dim[3] % b : x->dim[1] % (b * b)))
		return ERR(f, -EINVAL, "blocks of %lld do not divide %s",
			   (long long)b, gs_shape_format(x, buf, sizeof(buf)));
	if (strcmp(mode, "DCR") && strcmp(mode, "CRD"))
		return ERR(f, -EINVAL, "mode is '%s', expected DCR or CRD",
			   mode);
	f->out[0] = (struct gs_shape){
		4,
		{ x->dim[0], deep ? x->dim[1] * b * b : x->dim[1] / (b * b),
		  deep ? x->dim[2] / b : x->dim[2] * b,
		  deep ? x->dim[3] / b : x->dim[3] * b }
	};
	return gs_infer_explicit_string(f, "mode", "DCR");
}
