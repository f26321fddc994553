/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compiler/passes/eval_ops.h"

void gs_eval_integers(const struct gs_tensor *tensor, float *values)
{
	const struct gs_quant *q = &tensor->quant;
	const int64_t num = gs_shape_elems(&tensor->shape);
	const int8_t *bytes = tensor->qdata;
	const int32_t *words = tensor->qdata;
	int64_t inner = 1, i;
	unsigned d;

	for (d = q->axis + 1; d < tensor->shape.rank; d++)
		inner *= tensor->shape.dim[d];
	for (i = 0; i < num; i++) {
		const int64_t at = i / inner % q->num_scales;
		const int32_t value = q->type == GS_DT_I32 ? words[i] :
							     bytes[i];

		values[i] = (float)((double)q->scale[at] *
				    ((double)value - q->zero_point));
	}
}

void gs_eval_round(const struct gs_tensor *tensor, float *values)
{
	const struct gs_quant *q = &tensor->quant;
	const int64_t num = gs_shape_elems(&tensor->shape);
	const float scale = q->valid ? q->scale[0] : 1;
	const float low = (float)(gs_dtype_low(q->type) - q->zero_point);
	const float high = (float)(gs_dtype_high(q->type) - q->zero_point);
	int64_t i;

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
