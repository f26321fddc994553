/* SPDX-License-Identifier: MIT */
/*
 * Native tensors by hand: what gs_tensor_layout says is all one needs to write
 * an input and to read an output, on machines of 8 and of 4 bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/compile_util.h"

struct loaded {
	struct gs_device *dev;
	struct gs_model *model;
	struct gs_tensor_info x, y; /* its input and its output */
};

static void load(const char *path, unsigned bits, struct loaded *l)
{
	struct gs_arch arch = *gs_arch_default();
	struct gs_compiled c;
	struct source s;
	struct report r;

	arch.data_width = arch.wgt_width = bits;
	source_read(&s, path);
	if (compile(&s, &arch, &c, &r))
		fail_msg("%s", r.text);
	l->dev = open_device(&arch);
	assert_int_equal(gs_load_model_mem(l->dev, c.model, c.model_bytes, NULL,
					   &l->model),
			 0);
	l->x.size = l->y.size = sizeof(l->x);
	assert_int_equal(gs_model_input(l->model, 0, &l->x), 0);
	assert_int_equal(gs_model_output(l->model, 0, &l->y), 0);
	gs_compile_free(&c);
	source_fini(&s);
}

static void unload(struct loaded *l)
{
	gs_model_free(l->model);
	gs_device_close(l->dev);
}

/* The element of the slot where element (n, c, y, x) stands, as the header says. */
static size_t place(const struct gs_tensor_layout *l, const uint32_t at[4])
{
	const size_t rows = l->top + l->h + l->bottom;
	const size_t columns = l->left + l->w + l->right;
	const size_t p = l->top + at[2];

	return ((at[0] * rows / l->row_block + p / l->row_block) * columns +
		l->left + at[3]) *
		       l->c_phys +
	       p % l->row_block * l->c_phys / l->row_block +
	       (l->channel_map ? l->channel_map[at[1]] : at[1]);
}

/* Elements in logical order, NCHW, to or from the slot */
static void copy(const struct gs_tensor_layout *l, uint8_t *slot, int8_t *dense,
		 bool pack)
{
	uint32_t at[4];
	size_t i = 0, e;

	assert_int_equal(l->order, GS_NCHW);
	for (at[0] = 0; at[0] < l->n; at[0]++)
		for (at[1] = 0; at[1] < l->c; at[1]++)
			for (at[2] = 0; at[2] < l->h; at[2]++)
				for (at[3] = 0; at[3] < l->w; at[3]++, i++) {
					e = place(l, at);
					if (l->elem_bits == 8 && pack)
						slot[e] = (uint8_t)dense[i];
					else if (l->elem_bits == 8)
						dense[i] = (int8_t)slot[e];
					else if (pack)
						slot[e / 2] |=
							(uint8_t)((dense[i] &
								   15)
								  << e % 2 * 4);
					else
						dense[i] =
							(int8_t)(((slot[e / 2] >>
									   e % 2 * 4 &
								   15) ^
								  8) -
								 8);
				}
}

static void infer(struct loaded *l, uint32_t type, void *x, size_t x_bytes,
		  void *y, size_t y_bytes)
{
	const struct gs_binding in = { .type = type,
				       .data = x,
				       .bytes = x_bytes };
	const struct gs_binding out = { .type = type,
					.data = y,
					.bytes = y_bytes };

	assert_int_equal(gs_infer(l->model, &in, 1, &out, 1, NULL, NULL), 0);
}

/* Packed by hand, run, unpacked by hand: what the library makes of dense tensors */
static void check_model(const char *path, unsigned bits, unsigned x_bits,
			unsigned y_bits)
{
	struct loaded l;
	uint8_t *native_x, *native_y;
	int8_t *x, *y, *want;
	uint32_t seed = 1;
	size_t i;

	load(path, bits, &l);
	assert_int_equal(l.x.bits, bits);
	assert_int_equal(l.y.bits, bits);
	assert_int_equal(l.x.layout.elem_bits, x_bits);
	assert_int_equal(l.y.layout.elem_bits, y_bits);
	x = test_malloc(l.x.elems);
	y = test_malloc(l.y.elems);
	want = test_malloc(l.y.elems);
	native_x = test_calloc(l.x.layout.bytes, 1);
	native_y = test_calloc(l.y.layout.bytes, 1);
	for (i = 0; i < l.x.elems; i++) {
		seed = seed * 1664525u + 1013904223u;
		x[i] = (int8_t)((int8_t)(seed >> 24) >> (8 - bits));
	}
	infer(&l, GS_INT8, x, l.x.elems, want, l.y.elems);
	copy(&l.x.layout, native_x, x, true);
	infer(&l, GS_NATIVE, native_x, l.x.layout.bytes, native_y,
	      l.y.layout.bytes);
	copy(&l.y.layout, native_y, y, false);
	assert_memory_equal(y, want, l.y.elems);
	test_free(x);
	test_free(y);
	test_free(want);
	test_free(native_x);
	test_free(native_y);
	unload(&l);
}

static void test_elements(void **state)
{
	(void)state;
	check_model("tests/models/ops/relu.onnx", 8, 8, 8);
	check_model("tests/models/ops/relu.onnx", 4, 4, 4);
	/* Its input is read at odd channels. */
	check_model("tests/models/ops/slice_backwards.onnx", 8, 8, 8);
	check_model("tests/models/ops/slice_backwards.onnx", 4, 8, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
