/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compiler/passes/eval_ops.h"

/*
 * The scale of an element: that of its index along the axis. Weights of a
 * ConvTranspose of groups have as many as all groups have channels, those of a
 * group for its part of the axis before.
 */
static int64_t scale_of(const struct gs_tensor *t, int64_t inner, int64_t i)
{
	const struct gs_quant *q = &t->quant;
	const int64_t each = q->num_scales == 1 ? 1 : t->shape.dim[q->axis];
	const int64_t groups = (int64_t)q->num_scales / each;
	int64_t row;

	if (q->num_scales == 1 || groups == 1)
		return i / inner % q->num_scales;
	row = i / inner / each;
	return row / (t->shape.dim[0] / groups) * each + i / inner % each;
}

void gs_eval_integers(const struct gs_tensor *tensor, float *values)
{
	const struct gs_quant *q = &tensor->quant;
	const int64_t num = gs_shape_elems(&tensor->shape);
	const int8_t *bytes = tensor->qdata;
	const int32_t *words = tensor->qdata;
	int64_t inner = 1, i, k;
	unsigned d;

	for (d = q->axis + 1; d < tensor->shape.rank; d++)
		inner *= tensor->shape.dim[d];
	for (i = 0; i < num; i += inner) {
		const double scale = q->scale[scale_of(tensor, inner, i)];

		for (k = i; k < i + inner; k++) {
			const int32_t value = q->type == GS_DT_I32 ? words[k] :
								     bytes[k];

			values[k] = (float)(scale *
					    ((double)value - q->zero_point));
		}
	}
}

void gs_eval_round_all(const struct gs_quant *q, float *values, size_t num)
{
	const float low = (float)(gs_dtype_low(q->type) - q->zero_point);
	const float high = (float)(gs_dtype_high(q->type) - q->zero_point);
	const float scale = q->valid ? q->scale[0] : 1;
	size_t i;

	if (!q->valid || !gs_dtype_is_step(q->type))
		return;
	/* As ONNX has it: a quotient in float32, halves to even. */
	for (i = 0; i < num; i++) {
		const float step = rintf(values[i] / scale);

		values[i] = scale * (step < low	 ? low :
				     step > high ? high :
						   step);
	}
}

void gs_eval_round(const struct gs_tensor *tensor, float *values)
{
	gs_eval_round_all(&tensor->quant, values, gs_eval_elems(tensor));
}
