/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "compiler/ir/verify.h"

int gs_verify_tensor_error(const struct gs_verify *v, const struct gs_tensor *t,
			   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gs_error_at(v->diag, -EINVAL, fmt, args, "%s: tensor '%s' ", v->where,
		    t->name);
	va_end(args);
	return -EINVAL;
}

#define ERR gs_verify_tensor_error

bool gs_verify_knows(const struct gs_verify *v, const struct gs_tensor *t)
{
	return t->id < v->graph->num_tensors && v->graph->tensor[t->id] == t;
}

static int check_view(const struct gs_verify *v, const struct gs_tensor *t)
{
	const struct gs_tensor *root = t;
	char a[128], b[128];
	unsigned steps = 0;

	if (!t->view_of)
		return 0;
	for (; root->view_of; root = root->view_of) {
		if (!gs_verify_knows(v, root->view_of))
			return ERR(
				v, t,
				"is a view of a tensor that is not in the graph");
		if (++steps > v->graph->num_tensors)
			return ERR(v, t, "is a view of itself");
	}
	if (t->data || t->qdata)
		return ERR(v, t, "is a view and has values of its own");
	if (t->part.of)
		return ERR(v, t, "is a view and a window");
	if (t->producer)
		return ERR(v, t,
			   "is a view of '%s' and the result of node '%s'",
			   root->name, t->producer->name);
	if (t->shaped && root->shaped &&
	    gs_shape_elems(&t->shape) != gs_shape_elems(&root->shape))
		return ERR(v, t, "of %s is a view of '%s' of %s",
			   gs_shape_format(&t->shape, a, sizeof(a)), root->name,
			   gs_shape_format(&root->shape, b, sizeof(b)));
	return 0;
}

/* ---- windows ------------------------------------------------------------- */

/* Coordinates that exist: of the picture, and of its border once that is known. */
static void memory_of(const struct gs_tensor *t, int64_t low[GS_MEM_DIMS],
		      int64_t high[GS_MEM_DIMS])
{
	const struct gs_layout *l = &t->layout;
	unsigned d;

	gs_canonical_dims(t, gs_tensor_order(t), high);
	for (d = 0; d < GS_MEM_DIMS; d++)
		low[d] = 0;
	if (!l->valid)
		return;
	low[GS_MEM_H] = -(int64_t)l->top;
	low[GS_MEM_W] = -(int64_t)l->left;
	high[GS_MEM_H] += l->bottom;
	high[GS_MEM_W] += l->right;
	high[GS_MEM_C] = l->c_phys;
}

/* [low, high] of a coordinate, widened by one more walk; false: it overflows */
static bool widen(int64_t step, int64_t extent, int64_t *low, int64_t *high)
{
	int64_t by;

	if (extent < 1 || __builtin_mul_overflow(step, extent - 1, &by))
		return false;
	return by < 0 ? !__builtin_add_overflow(*low, by, low) :
			!__builtin_add_overflow(*high, by, high);
}

/* Rows are one line, so what is beyond a row is in the next one: pixels of all rows, and channels */
static bool in_line(const int64_t *min, const int64_t *max, const int64_t *high)
{
	const int64_t *end[2] = { min, max };
	int64_t pixel[2];
	unsigned i;

	for (i = 0; i < 2; i++)
		if (__builtin_mul_overflow(end[i][GS_MEM_N], high[GS_MEM_H],
					   &pixel[i]) ||
		    __builtin_add_overflow(pixel[i], end[i][GS_MEM_H],
					   &pixel[i]) ||
		    __builtin_mul_overflow(pixel[i], high[GS_MEM_W],
					   &pixel[i]) ||
		    __builtin_add_overflow(pixel[i], end[i][GS_MEM_W],
					   &pixel[i]))
			return false;
	return pixel[0] >= 0 && min[GS_MEM_C] >= 0 &&
	       max[GS_MEM_C] < high[GS_MEM_C] &&
	       pixel[1] < high[GS_MEM_N] * high[GS_MEM_H] * high[GS_MEM_W];
}

int gs_verify_access(const struct gs_verify *v, const struct gs_tensor *t,
		     const struct gs_access *a, const int64_t *extent)
{
	int64_t low[GS_MEM_DIMS], high[GS_MEM_DIMS];
	int64_t min[GS_MEM_DIMS], max[GS_MEM_DIMS];
	bool fits = true;
	unsigned d;

	if (!a->of || !gs_verify_knows(v, a->of))
		return ERR(v, t, "stands in a tensor that is not in the graph");
	if (a->of->view_of || a->of->part.of)
		return ERR(v, t,
			   "stands in '%s', which has no memory of its own",
			   a->of->name);
	/* Pixels of a folded first layer overlap: no coordinates, see first_layer.h. */
	if (a->of->layout.valid && a->of->is_input)
		return 0;
	memory_of(a->of, low, high);
	for (d = 0; d < GS_MEM_DIMS; d++)
		min[d] = max[d] = a->at[d];
	for (d = 0; d < a->num_dims && fits; d++)
		fits = widen(a->dim[d].step, extent[d], &min[a->dim[d].dim],
			     &max[a->dim[d].dim]);
	if (fits && a->of->no_border && in_line(min, max, high))
		return 0;
	for (d = 0; d < GS_MEM_DIMS && fits; d++) {
		if (min[d] < low[d] || max[d] >= high[d])
			return ERR(
				v, t,
				"takes %c from %lld to %lld of '%s', which has %lld to %lld",
				"nhwc"[d], (long long)min[d], (long long)max[d],
				a -> of -> name, (long long)low[d],
				(long long)high[d] - 1);
	}
	return fits ? 0 :
		      ERR(v, t, "walks beyond the memory of '%s'", a->of->name);
}

static int check_part(const struct gs_verify *v, const struct gs_tensor *t)
{
	int64_t extent[GS_MAX_RANK] = { 1, 1, 1, 1, 1, 1 };

	if (!t->part.of)
		return 0;
	if (t->data)
		return ERR(v, t, "is a window and a constant");
	if (t->part.num_dims != GS_MEM_DIMS)
		return ERR(v, t, "is a window of %u dimensions, expected are 4",
			   t->part.num_dims);
	gs_canonical_dims(t, gs_tensor_order(t), extent);
	return gs_verify_access(v, t, &t->part, extent);
}

/* ---- values -------------------------------------------------------------- */

static int check_constant(const struct gs_verify *v, const struct gs_tensor *t)
{
	if (t->type == GS_DT_I4)
		return ERR(v, t, "is int4 and not quantized to it");
	if (!t->data)
		return t->qdata ?
			       ERR(v, t, "has quantized values and no others") :
			       0;
	if (gs_tensor_is_integers(t) &&
	    (!(v->stage & GS_VERIFY_LOWERED) || t->type != GS_DT_F32))
		return ERR(v, t, "has quantized values only");
	if (!t->shaped || gs_shape_elems(&t->shape) < 0)
		return ERR(v, t, "is a constant without a shape");
	if (t->producer)
		return ERR(v, t, "is a constant and the result of node '%s'",
			   t->producer->name);
	if (t->is_input)
		return ERR(v, t, "is a constant and an input of the graph");
	return 0;
}

/* Weights of a ConvTranspose with groups, [IC, OC of a group, ...]: a scale for each OC of all */
static bool has_grouped_scales(const struct gs_tensor *t)
{
	const int64_t num = t->quant.num_scales, each = t->shape.dim[1];

	return t->data && t->quant.axis == 1 && t->shape.rank > 2 && each > 0 &&
	       num % each == 0 && t->shape.dim[0] % (num / each) == 0;
}

static int check_scales(const struct gs_verify *v, const struct gs_tensor *t)
{
	const struct gs_quant *q = &t->quant;
	unsigned i;

	for (i = 0; i < q->num_scales; i++)
		if (!(q->scale[i] > 0) || isinf(q->scale[i]))
			return ERR(v, t, "has the scale %g",
				   (double)q->scale[i]);
	if (q->num_scales == 1 || !t->shaped)
		return q->num_scales ? 0 : ERR(v, t, "has no scale");
	if (q->axis >= t->shape.rank ||
	    (t->shape.dim[q->axis] != (int64_t)q->num_scales &&
	     !has_grouped_scales(t)))
		return ERR(
			v, t,
			"has %u scales on axis %u, where its shape has another extent",
			q->num_scales, q->axis);
	return 0;
}

static int check_quant(const struct gs_verify *v, const struct gs_tensor *t)
{
	const struct gs_quant *q = &t->quant;
	const bool wide = q->type == GS_DT_I32;

	if (!q->valid)
		return t->qdata ?
			       ERR(v, t, "has quantized values and no scale") :
			       0;
	if (!gs_dtype_is_step(q->type) && !wide)
		return ERR(
			v, t,
			"is quantized to %s, expected is int8, int4 or int32",
			gs_dtype_name(q->type));
	if (!wide && (q->zero_point < gs_dtype_low(q->type) ||
		      q->zero_point > gs_dtype_high(q->type)))
		return ERR(v, t, "is %s with the zero point %d",
			   gs_dtype_name(q->type), (int)q->zero_point);
	if (!t->data && (q->type != v->graph->data_type || q->num_scales != 1))
		return ERR(v, t,
			   "is an activation of %s with %u scales, expected is "
			   "%s with one",
			   gs_dtype_name(q->type), q->num_scales,
			   gs_dtype_name(v->graph->data_type));
	return check_scales(v, t);
}

static int check_range(const struct gs_verify *v, const struct gs_tensor *t)
{
	if (!t->has_range ||
	    (t->min <= 0 && t->max >= 0 && !isinf(t->min) && !isinf(t->max)))
		return 0;
	return ERR(v, t, "has the range [%g, %g], which must be finite with 0",
		   (double)t->min, (double)t->max);
}

/* ---- memory -------------------------------------------------------------- */

/* The bytes are those of picture, border and slack. */
static bool sized(const struct gs_layout *l)
{
	int64_t bytes;

	return !__builtin_mul_overflow(l->n, l->h + l->top + l->bottom,
				       &bytes) &&
	       !__builtin_mul_overflow(bytes, l->w + l->left + l->right,
				       &bytes) &&
	       !__builtin_mul_overflow(bytes, l->c_phys / l->row_block,
				       &bytes) &&
	       !__builtin_mul_overflow(bytes, l->bits, &bytes) &&
	       !__builtin_add_overflow(bytes / 8, l->slack, &bytes) &&
	       (uint64_t)bytes == l->bytes;
}

static int check_layout(const struct gs_verify *v, const struct gs_tensor *t)
{
	const struct gs_layout *l = &t->layout;
	int64_t dims[GS_MEM_DIMS], i;

	if (!l->valid)
		return 0;
	gs_canonical_dims(t, l->order, dims);
	if (l->n != dims[GS_MEM_N] || l->h != dims[GS_MEM_H] ||
	    l->w != dims[GS_MEM_W] || l->c != dims[GS_MEM_C])
		return ERR(v, t,
			   "has a layout of %lldx%lldx%lldx%lld (n, h, w, c), "
			   "which is not its shape",
			   (long long)l->n, (long long)l->h, (long long)l->w,
			   (long long)l->c);
	if (l->c_phys < l->c || l->c_phys - l->c > INT32_MAX)
		return ERR(v, t, "has %lld channels and room for %lld",
			   (long long)l->c, (long long)l->c_phys);
	if (l->bits != 8 && l->bits != gs_dtype_bits(t->quant.type))
		return ERR(v, t, "has a layout of %u bits", l->bits);
	if (!l->row_block || (!t->part.of && l->bytes && !sized(l)))
		return ERR(
			v, t,
			"has a layout of %llu bytes, which is not their number",
			(unsigned long long)l->bytes);
	for (i = 0; l->channel_map && i < l->c; i++)
		if (l->channel_map[i] >= l->c_phys)
			return ERR(v, t, "has channel %lld in place %u of %lld",
				   (long long)i, l->channel_map[i],
				   (long long)l->c_phys);
	return 0;
}

static int check_shape(const struct gs_verify *v, const struct gs_tensor *t)
{
	char buf[128];

	if (!(v->stage & GS_VERIFY_SHAPED))
		return 0;
	if (!t->shaped)
		return ERR(v, t, "has no shape");
	if (gs_shape_elems(&t->shape) < 0)
		return ERR(v, t, "has the shape %s",
			   gs_shape_format(&t->shape, buf, sizeof(buf)));
	return 0;
}

int gs_verify_tensor(const struct gs_verify *v, struct gs_tensor *t)
{
	int ret = check_shape(v, t);

	ret = ret ? ret : check_constant(v, t);
	ret = ret ? ret : check_view(v, t);
	ret = ret ? ret : check_quant(v, t);
	ret = ret ? ret : check_range(v, t);
	ret = ret ? ret : check_part(v, t);
	return ret ? ret : check_layout(v, t);
}
