/* SPDX-License-Identifier: MIT */
/* Arrays of NumPy and images: written, read, damaged. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/support/image.h"
#include "runtime/support/npy.h"

static void test_npy(void **state)
{
	const int64_t dims[] = { 3, 1, 2, 5, 7 };
	char path[] = "/tmp/test_npy_XXXXXX", err[256];

	(void)state;
	close(mkstemp(path));
	for (int type = 0; type < GS_NPY_TYPE_COUNT; type++) {
		struct gs_npy a, b;
		unsigned rank = (unsigned)type;

		assert_int_equal(gs_npy_alloc((enum gs_npy_type)type, rank,
					      dims, &a),
				 0);
		for (size_t i = 0; i < a.bytes; i++)
			((uint8_t *)a.data)[i] = (uint8_t)(i % 100);
		assert_int_equal(gs_npy_write(path, &a, err, sizeof(err)), 0);
		assert_int_equal(gs_npy_read(path, &b, err, sizeof(err)), 0);
		assert_int_equal(b.type, type);
		assert_int_equal(b.rank, rank);
		assert_int_equal(b.bytes, a.bytes);
		assert_memory_equal(a.dim, b.dim, sizeof(a.dim));
		assert_memory_equal(a.data, b.data, a.bytes);
		gs_npy_free(&a);
		gs_npy_free(&b);
	}
	unlink(path);
	assert_int_equal(gs_npy_read(path, NULL, err, sizeof(err)), -ENOENT);
}

/* @header with the prefix of @version and @data bytes behind it. */
static int read_npy(const char *header, int version, size_t data, char *err)
{
	uint8_t file[512] = "\x93NUMPY";
	size_t len = strlen(header), start = version == 1 ? 10 : 12;
	struct gs_npy npy;
	int ret;

	file[6] = (uint8_t)version;
	file[8] = (uint8_t)len;
	memcpy(file + start, header, len);
	ret = gs_npy_read_mem(file, start + len + data, "x", &npy, err, 256);
	if (!ret)
		gs_npy_free(&npy);
	return ret;
}

static void test_npy_hostile(void **state)
{
#define H(descr, order, shape)                                               \
	"{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape \
	", }"
	static const struct {
		const char *header;
		int version;
		size_t data;
		const char *sentence; /* NULL: accepted */
	} cases[] = {
		{ H("<f4", "False", "(2,)"), 1, 8, NULL },
		{ H("<f4", "False", "()"), 2, 4, NULL },
		{ H("<i1", "True", "(3,)"), 3, 3, NULL },
		{ H("|b1", "False", "(0, 7)"), 1, 0, NULL },
		{ H("<f4", "False", "(2,)"), 1, 7, "7 bytes of data" },
		{ H("<f4", "False", "(2,)"), 4, 8, "version 4" },
		{ H(">f4", "False", "(2,)"), 1, 8, "'>f4'" },
		{ H("<c8", "False", "(2,)"), 1, 8, "'<c8'" },
		{ H("<f4", "True", "(2,2)"), 1, 16, "Fortran order" },
		{ H("<f4", "Maybe", "(2,)"), 1, 8, "boolean" },
		{ H("<f4", "False", "(-2,)"), 1, 8, "dimension" },
		{ H("<f4", "False", "(2"), 1, 8, "dimension was expected" },
		{ H("<f4", "False", "2"), 1, 8, "tuple" },
		{ H("<f4", "False", "(99999999999999999999,)"), 1, 8, "large" },
		{ H("<f8", "False", "(4294967296,4294967296)"), 1, 0, "large" },
		{ H("|u1", "False", "(1,1,1,1,1,1,1,1,1)"), 1, 1,
		  "more than 8" },
		{ "{'descr': '<f4'}", 1, 4, "lacks" },
		{ "{'descr': '<f4', 'descr': '<f4'}", 1, 4, "'descr'" },
		{ "{'evil': '<f4'}", 1, 4, "'evil'" },
		{ "{'descr", 1, 4, "not closed" },
		{ "", 1, 0, "dictionary" },
	};
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ret = read_npy(cases[i].header, cases[i].version,
				   cases[i].data, err);

		if (!cases[i].sentence ?
			    ret != 0 :
			    ret != -EINVAL || !strstr(err, cases[i].sentence))
			fail_msg("%s: %d '%s'", cases[i].header, ret, err);
	}
	assert_int_equal(gs_npy_read_mem("\x93NUMPY\1\0\377\377", 10, "x", NULL,
					 err, sizeof(err)),
			 -EINVAL);
}

static void test_image(void **state)
{
	struct gs_image png, jpeg, small, same;
	char err[256];
	unsigned far = 0;

	(void)state;
	assert_int_equal(gs_image_read("tests/models/images/fashion_5.png", 1,
				       &png, err, sizeof(err)),
			 0);
	assert_int_equal(gs_image_read("tests/models/images/fashion_5.jpg", 1,
				       &jpeg, err, sizeof(err)),
			 0);
	assert_int_equal(png.width, 28);
	assert_int_equal(jpeg.height, 28);
	for (size_t i = 0; i < 28 * 28; i++)
		far += abs(png.pixels[i] - jpeg.pixels[i]) > 16;
	assert_int_equal(far, 0);
	assert_int_equal(gs_image_resize(&png, 28, 28, &same), 0);
	assert_memory_equal(same.pixels, png.pixels, 28 * 28);
	assert_int_equal(gs_image_resize(&png, 14, 7, &small), 0);
	assert_int_equal(small.width, 14);
	memset(same.pixels, 77, 28 * 28);
	gs_image_free(&small);
	assert_int_equal(gs_image_resize(&same, 5, 100, &small), 0);
	for (size_t i = 0; i < 500; i++)
		assert_int_equal(small.pixels[i], 77);
	gs_image_free(&small);
	gs_image_free(&same);
	gs_image_free(&jpeg);
	gs_image_free(&png);
	assert_int_equal(gs_image_read("Makefile", 1, &png, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "neither PNG nor JPEG"));
}

static void test_image_damaged(void **state)
{
	static const char *const files[] = {
		"tests/models/images/fashion_5.png",
		"tests/models/images/fashion_5.jpg"
	};
	char path[] = "/tmp/test_image_XXXXXX", err[256];
	uint8_t data[4096];

	(void)state;
	close(mkstemp(path));
	for (int f = 0; f < 2; f++) {
		FILE *in = fopen(files[f], "rb");
		size_t size, end;

		assert_non_null(in);
		size = fread(data, 1, sizeof(data), in);
		fclose(in);
		/* The last chunk of a PNG, IEND, says nothing but the end. */
		end = f == 0 ? size - 12 : size - 2;
		for (size_t cut = 0; cut < end; cut += 13) {
			FILE *out = fopen(path, "wb");
			struct gs_image im;

			assert_non_null(out);
			assert_int_equal(fwrite(data, 1, cut, out), cut);
			fclose(out);
			err[0] = 0;
			assert_true(gs_image_read(path, 3, &im, err,
						  sizeof(err)) < 0);
			assert_true(err[0]);
		}
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_npy),
		cmocka_unit_test(test_npy_hostile),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_image_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
