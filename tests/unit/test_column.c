/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/support/column.h"

static void expect(const char *name, int width, const char *want)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	gs_column_print(out, name, width);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, want);
	free(text);
}

static void names_are_filled(void **state)
{
	(void)state;
	expect("conv1", 8, "conv1   ");
	expect("conv1", 5, "conv1");
	expect("", 4, "    ");
}

static void the_end_of_long_names_stays(void **state)
{
	(void)state;
	expect("block/conv1", 8, "...conv1");
	expect("abcde", 4, "...e");
}

static void characters_count_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(gs_column_width("\xc3\xa9\xe2\x82\xac"), 2);
	expect("\xc3\xa9\xe2\x82\xac", 4, "\xc3\xa9\xe2\x82\xac  ");
	/* the euro sign is not cut */
	expect("abc\xe2\x82\xac"
	       "de",
	       5, "...de");
	expect("abcd\xe2\x82\xac"
	       "e",
	       5,
	       "...\xe2\x82\xac"
	       "e");
}

static void columns_grow_with_names(void **state)
{
	(void)state;
	assert_int_equal(gs_column_fit(6, "conv1", 9), 6);
	assert_int_equal(
		gs_column_fit(6, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 9), 6);
	assert_int_equal(gs_column_fit(6, "block/c", 9), 7);
	assert_int_equal(gs_column_fit(6, "block/conv1", 9), 9);
}

static void a_row_is_a_line(void **state)
{
	(void)state;
	expect("a\nb\x1b[31m\x7f", 10, "a?b?[31m? ");
	expect("\xff\xfe", 4, "\xff\xfe  ");
	expect("\x80\x80", 4, "\x80\x80    ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_filled),
		cmocka_unit_test(the_end_of_long_names_stays),
		cmocka_unit_test(characters_count_not_bytes),
		cmocka_unit_test(columns_grow_with_names),
		cmocka_unit_test(a_row_is_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
