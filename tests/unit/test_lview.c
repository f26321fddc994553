/* SPDX-License-Identifier: MIT */
/* Logical views against arrays that are really reshaped, transposed and sliced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compiler/passes/lview.h"

/* Where element @index, in logical order, of a view stands: n, h, w, c. */
static void locate(const struct gs_lview *v, int64_t index, int64_t *at)
{
	unsigned i, d;

	for (d = 0; d < GS_MEM_DIMS; d++)
		at[d] = v->at[d];
	for (i = v->num; i-- > 0;) {
		at[v->sub[i].walk.dim] +=
			index % v->sub[i].extent * v->sub[i].walk.step;
		index /= v->sub[i].extent;
	}
}

static void check_at(const struct gs_lview *v, int64_t index, int64_t n,
		     int64_t h, int64_t w, int64_t c)
{
	int64_t at[GS_MEM_DIMS];

	locate(v, index, at);
	assert_int_equal(at[GS_MEM_N], n);
	assert_int_equal(at[GS_MEM_H], h);
	assert_int_equal(at[GS_MEM_W], w);
	assert_int_equal(at[GS_MEM_C], c);
}

static void start(struct gs_tensor *t, enum gs_dim_order order,
		  struct gs_shape shape, struct gs_lview *v)
{
	*t = (struct gs_tensor){
		.name = "t", .shape = shape, .order = order, .has_order = true
	};
	gs_lview_whole(t, v);
}

static void test_transpose(void **state)
{
	static const int64_t to_nhwc[] = { 0, 2, 3, 1 };
	enum gs_dim_order order;
	struct gs_access access;
	struct gs_lview v, y;
	struct gs_tensor t;
	bool joined;

	(void)state;
	start(&t, GS_ORDER_NCHW, (struct gs_shape){ 4, { 2, 5, 3, 4 } }, &v);
	check_at(&v, 1, 0, 0, 1, 0);
	check_at(&v, 12, 0, 0, 0, 1);
	gs_lview_transpose(&v, to_nhwc, &y);
	assert_int_equal(y.shape.dim[3], 5);
	check_at(&y, 1, 0, 0, 0, 1);
	check_at(&y, 7, 0, 0, 1, 2);
	assert_true(gs_lview_is_whole(&y, &order));
	assert_int_equal(order, GS_ORDER_NHWC);
	assert_true(gs_lview_access(&y, GS_ORDER_NHWC, &access, &joined));
	assert_false(joined);
	/* Columns would be channels: not contiguous. */
	assert_false(gs_lview_access(&y, GS_ORDER_NCHW, &access, &joined));
}

static void test_reshape(void **state)
{
	const struct gs_shape line = { 3, { 1, 12, 5 } };
	const struct gs_shape odd = { 2, { 4, 15 } };
	const struct gs_shape never = { 2, { 7, 9 } };
	enum gs_dim_order order;
	struct gs_access access;
	struct gs_lview v, y;
	struct gs_tensor t;
	bool joined;

	(void)state;
	start(&t, GS_ORDER_NHWC, (struct gs_shape){ 4, { 1, 3, 4, 5 } }, &v);
	assert_true(gs_lview_reshape(&v, &line, &y));
	assert_true(gs_lview_is_whole(&y, &order));
	assert_true(gs_lview_access(&y, GS_ORDER_NHWC, &access, &joined));
	assert_true(joined);
	assert_int_equal(access.dim[GS_MEM_W].dim, GS_MEM_W);
	assert_int_equal(access.dim[GS_MEM_W].step, 1);
	/* 3x4x5 and 4x15 have no common factors. */
	assert_false(gs_lview_reshape(&v, &odd, &y));
	assert_false(gs_lview_reshape(&v, &never, &y));
}

static void test_slice(void **state)
{
	struct gs_access access;
	struct gs_lview v;
	struct gs_tensor t;
	bool joined;

	(void)state;
	start(&t, GS_ORDER_NCHW, (struct gs_shape){ 4, { 1, 40, 9, 7 } }, &v);
	assert_true(gs_lview_slice(&v, 1, 16, 1, 10));
	assert_true(gs_lview_slice(&v, 2, 8, -3, 3));
	assert_true(gs_lview_slice(&v, 3, 5, 1, 1));
	check_at(&v, 0, 0, 8, 5, 16);
	check_at(&v, 4, 0, 5, 5, 17);
	assert_true(gs_lview_access(&v, GS_ORDER_NCHW, &access, &joined));
	assert_int_equal(access.dim[GS_MEM_H].step, -3);
	assert_int_equal(access.at[GS_MEM_C], 16);
	assert_true(gs_lview_repeat(&v, 3, 4, false));
	check_at(&v, 3, 0, 8, 5, 16);
	check_at(&v, 4, 0, 5, 5, 16);
}

/* A row of one pixel as a picture: what stands beside it is the border, not the pixel again. */
static void test_one(void **state)
{
	const struct gs_shape picture = { 4, { 1, 5, 1, 1 } };
	struct gs_access access;
	struct gs_lview v, as;
	struct gs_tensor t;
	bool joined;

	(void)state;
	start(&t, GS_ORDER_NCHW, (struct gs_shape){ 3, { 1, 5, 1 } }, &v);
	assert_true(gs_lview_reshape(&v, &picture, &as));
	assert_true(gs_lview_access(&as, GS_ORDER_NCHW, &access, &joined));
	assert_int_equal(access.dim[GS_MEM_H].step, 1);
	assert_int_equal(access.dim[GS_MEM_W].dim, GS_MEM_W);
	assert_int_equal(access.dim[GS_MEM_W].step, 1);
}

/* Pairs of a shuffled view and a tensor of the result's shape, element by element. */
static void test_pair(void **state)
{
	static const int64_t swap[] = { 0, 2, 1, 3, 4 };
	const struct gs_shape split = { 5, { 1, 3, 6, 4, 4 } };
	const struct gs_shape back = { 4, { 1, 18, 4, 4 } };
	int64_t extent[GS_LVIEW_MAX_SUBS + 1];
	struct gs_walk_dim a[GS_LVIEW_MAX_SUBS + 1], b[GS_LVIEW_MAX_SUBS + 1];
	struct gs_lview v, groups, turned, from, to;
	struct gs_tensor x, y;
	int64_t elems = 1, i, at;
	int num, k;

	(void)state;
	start(&x, GS_ORDER_NCHW, back, &v);
	start(&y, GS_ORDER_NCHW, back, &to);
	assert_true(gs_lview_reshape(&v, &split, &groups));
	gs_lview_transpose(&groups, swap, &turned);
	assert_true(gs_lview_reshape(&turned, &back, &from));
	num = gs_lview_pair(&from, &to, extent, a, b);
	assert_true(num > 1);
	/* Channels are scattered, so the run is one element. */
	assert_int_equal(extent[num - 1], 1);
	for (k = 0; k < num; k++)
		elems *= extent[k];
	assert_int_equal(elems, 18 * 16);
	for (i = 0; i < elems; i++) {
		int64_t p[GS_MEM_DIMS] = { 0 }, q[GS_MEM_DIMS] = { 0 };

		for (k = num, at = i; k-- > 0; at /= extent[k]) {
			p[a[k].dim] += at % extent[k] * a[k].step;
			q[b[k].dim] += at % extent[k] * b[k].step;
		}
		assert_int_equal(p[GS_MEM_H], q[GS_MEM_H]);
		assert_int_equal(p[GS_MEM_W], q[GS_MEM_W]);
		assert_int_equal(p[GS_MEM_C],
				 q[GS_MEM_C] % 3 * 6 + q[GS_MEM_C] / 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transpose),
		cmocka_unit_test(test_reshape),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_pair),
	};

	return cmocka_run_group_tests_name("lview", tests, NULL, NULL);
}
