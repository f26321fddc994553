/* SPDX-License-Identifier: MIT */
/*
 * Between dense tensors in logical order and activation memory.
 */
#ifndef GS_RT_LAYOUT_H
#define GS_RT_LAYOUT_H

#include "runtime/loader/gsm.h"

/** gs_layout_border() - fill the border of a slot with its value */
void gs_layout_border(const struct gs_gsm_tensor *t, uint8_t *act);

/**
 * gs_layout_scatter() - write a whole tensor: elements, border, zeros in the
 * channels that only memory has
 * @dense: t->elems values
 * @act: .bss.act of a context
 */
void gs_layout_scatter(const struct gs_gsm_tensor *t, const int8_t *dense,
		       uint8_t *act);

/** gs_layout_gather() - read the elements of a tensor */
void gs_layout_gather(const struct gs_gsm_tensor *t, const uint8_t *act,
		      int8_t *dense);

/**
 * gs_quantize() - round half to even, add the zero point, saturate
 * @in: any alignment
 * Returns the number of values done: @num, or the index of the first NaN.
 */
uint64_t gs_quantize(const struct gs_gsm_tensor *t, const void *in,
		     uint64_t num, int8_t *out);

/** gs_dequantize() - @out: any alignment */
void gs_dequantize(const struct gs_gsm_tensor *t, const int8_t *in,
		   uint64_t num, void *out);

#endif /* GS_RT_LAYOUT_H */
