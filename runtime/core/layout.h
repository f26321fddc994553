/* SPDX-License-Identifier: MIT */
/*
 * Between dense tensors in logical order and activation memory.
 */
#ifndef GS_RT_LAYOUT_H
#define GS_RT_LAYOUT_H

#include "runtime/loader/gsm.h"

/** gs_slot_border() - fill the border of a slot with its value */
void gs_slot_border(const struct gs_gsm_tensor *t, uint8_t *slot);

/**
 * gs_slot_scatter() - write a whole slot: elements, border, zeros where there
 * are neither
 * @dense: t->elems values
 */
void gs_slot_scatter(const struct gs_gsm_tensor *t, const int8_t *dense,
		     uint8_t *slot);

/** gs_slot_gather() - read the elements of a tensor */
void gs_slot_gather(const struct gs_gsm_tensor *t, const uint8_t *slot,
		    int8_t *dense);

/** gs_slot_is_dense() - whether a slot is the dense tensor, byte for byte */
bool gs_slot_is_dense(const struct gs_gsm_tensor *t);

/** The same where the slot has its place in @act, .bss.act. */
void gs_layout_border(const struct gs_gsm_tensor *t, uint8_t *act);
void gs_layout_scatter(const struct gs_gsm_tensor *t, const int8_t *dense,
		       uint8_t *act);
void gs_layout_gather(const struct gs_gsm_tensor *t, const uint8_t *act,
		      int8_t *dense);

/**
 * gs_quantize() - round half to even, add the zero point, saturate
 * @in: any alignment
 * Returns the number of values done: @num, or the index of the first NaN.
 */
uint64_t gs_quantize(const struct gs_gsm_tensor *t, const void *in,
		     uint64_t num, int8_t *out);

/** gs_find_beyond() - index of the first value the tensor's type does not have; @num: all are */
uint64_t gs_find_beyond(const struct gs_gsm_tensor *t, const int8_t *in,
			uint64_t num);

/** gs_dequantize() - @out: any alignment */
void gs_dequantize(const struct gs_gsm_tensor *t, const int8_t *in,
		   uint64_t num, void *out);

#endif /* GS_RT_LAYOUT_H */
