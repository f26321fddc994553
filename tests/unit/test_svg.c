/* SPDX-License-Identifier: MIT */
/* Pictures: characters, escaping, numbers, axes, labels that keep off each other. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hw-model/isa/utf8.h"
#include "hw-model/tools/svg_plot.h"

static void characters(void **state)
{
	/* a, e acute, euro, U+10348, then bytes that are none */
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x90\x8d\x88"
				   "\x80\xc0\xaf\xed\xa0\x80\xff\xe2\x82";
	static const uint32_t codes[] = {
		'a',	0xe9,	0x20ac, 0x10348, 0xfffd, 0xfffd, 0xfffd, 0xfffd,
		0xfffd, 0xfffd, 0xfffd, 0xfffd,	 0xfffd, 0,	 0,
	};
	const char *at = text;
	char bytes[4];
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(gs_utf8_next(&at), codes[i]);
	/* The euro, whole and cut off; a byte 0 is a character where a length ends the text. */
	assert_int_equal(gs_utf8_decode(text + 3, 3, &code), 3);
	assert_int_equal(code, 0x20ac);
	assert_int_equal(gs_utf8_decode(text + 3, 2, &code), 0);
	assert_int_equal(gs_utf8_decode(text, 0, &code), 0);
	assert_int_equal(gs_utf8_decode("", 1, &code), 1);
	assert_int_equal(code, 0);
	for (unsigned i = 0; i < 4; i++) {
		const char *back = bytes;

		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(gs_utf8_put(codes[i], bytes), i + 1);
		assert_int_equal(gs_utf8_next(&back), codes[i]);
	}
}

static void text(void **state)
{
	struct svg svg;

	(void)state;
	svg_begin(&svg, 100, 50, "<&>\"\x01\xff");
	svg_open(&svg, "layer");
	svg_data(&svg, "name", "a\"%d", 3);
	svg_tip(&svg, "%s", "<tip>");
	svg_rect(&svg, 1.005, -0.001, 12.3456, 1e3, svg_color(0));
	svg_rect(&svg, 0, 0, 0, 5, svg_color(0));
	svg_close(&svg);
	assert_false(svg.failed);
	svg.text[svg.len] = 0;
	assert_non_null(strstr(svg.text, "<title>&lt;&amp;&gt;&quot;"
					 "\xef\xbf\xbd\xef\xbf\xbd</title>"));
	assert_non_null(strstr(svg.text,
			       "<g class=\"layer\" data-name=\"a&quot;3\">\n"
			       "<title>&lt;tip&gt;</title>\n<rect x=\"1\" "
			       "y=\"0\" width=\"12.35\" height=\"1000\" "
			       "fill=\"#332288\"/>\n</g>\n"));
	svg_fini(&svg);
}

static void fitting(void **state)
{
	static char wide[1 << 20];
	char buf[64];

	(void)state;
	assert_string_equal(svg_fit("conv", 10, 100, buf, sizeof(buf)), "conv");
	assert_string_equal(svg_fit("conv", 10, 0, buf, sizeof(buf)),
			    "\xe2\x80\xa6");
	svg_fit("a/long/name/conv7", 10, 60, buf, sizeof(buf));
	assert_memory_equal(buf, "\xe2\x80\xa6", 3);
	assert_string_equal(buf + strlen(buf) - 5, "conv7");
	assert_true(svg_text_width(buf, 10) <= 60);
	/* of a name as long as a file, quickly; no half of a character */
	for (size_t i = 0; i + 3 < sizeof(wide); i += 2)
		memcpy(wide + i, "\xc3\xa9", 2);
	svg_fit(wide, 10, 1e9, buf, sizeof(buf));
	assert_true(strlen(buf) < sizeof(buf));
	assert_memory_equal(buf, "\xe2\x80\xa6\xc3\xa9", 5);
}

static void numbers(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(svg_number(0, buf, sizeof(buf)), "0");
	assert_string_equal(svg_number(0.25, buf, sizeof(buf)), "0.25");
	assert_string_equal(svg_number(999, buf, sizeof(buf)), "999");
	assert_string_equal(svg_number(8139, buf, sizeof(buf)), "8.14k");
	assert_string_equal(svg_number(999999, buf, sizeof(buf)), "1M");
	assert_string_equal(svg_number(44542759, buf, sizeof(buf)), "44.5M");
}

static void close_to(double got, double expected)
{
	if (fabs(got - expected) > 1e-6)
		fail_msg("%f, expected %f", got, expected);
}

static void axes(void **state)
{
	struct svg_axis axis = svg_axis_linear(0, 8139, 100, 500);

	(void)state;
	close_to(axis.step, 2000);
	close_to(axis.hi, 10000);
	close_to(svg_axis_at(&axis, 5000), 300);
	close_to(svg_axis_at(&axis, -1), 100);
	close_to(svg_axis_at(&axis, 1e9), 500);
	axis = svg_axis_linear(0, 0, 0, 10);
	assert_true(axis.hi > axis.lo && axis.step > 0);
	/* upwards, and between round numbers */
	axis = svg_axis_log(0.3, 512, 400, 0);
	close_to(axis.lo, 0.2);
	close_to(axis.hi, 1000);
	axis = svg_axis_log(0.1, 999, 400, 0);
	close_to(axis.lo, 0.1);
	close_to(axis.hi, 1000);
	close_to(svg_axis_at(&axis, 10), 200);
	close_to(svg_axis_at(&axis, 0), 400);
	axis = svg_axis_log(10, 10, 0, 100);
	close_to(axis.hi, 100);
}

/* Where the names stand, out of the text. */
static size_t boxes(const struct svg *svg, struct svg_box *box, size_t max)
{
	const char *at = svg->text;
	size_t num = 0;

	while (num < max && (at = strstr(at, "<text x=\""))) {
		double x, y, size;
		char name[32];

		assert_int_equal(sscanf(at,
					"<text x=\"%lf\" y=\"%lf\" "
					"font-size=\"%lf\" fill=\"#222222\">"
					"%31[^<]",
					&x, &y, &size, name),
				 4);
		box[num++] = (struct svg_box){ x, y - size,
					       x + svg_text_width(name, size),
					       y };
		at++;
	}
	return num;
}

static void labels(void **state)
{
	const struct svg_box inside = { 0, 0, 300, 300 },
			     off = { 0, 0, 300, 150 };
	struct svg_label label[40];
	struct svg_box box[40];
	char names[40][8];
	struct svg svg;
	size_t num;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "conv%u", i);
		label[i] = (struct svg_label){ 30 + i * 31 % 240,
					       160 + i * 17 % 130, 3,
					       i == 1 ? NULL : names[i] };
	}
	svg_begin(&svg, 300, 300, "");
	num = svg_labels(&svg, label, 40, 10, &inside, &off, 1);
	svg.text[svg.len] = 0;
	/* many, not all; the first is there, the one without a name is not */
	assert_in_range(num, 8, 38);
	assert_int_equal(boxes(&svg, box, 40), num);
	assert_non_null(strstr(svg.text, ">conv0<"));
	assert_null(strstr(svg.text, ">conv1<"));
	for (size_t i = 0; i < num; i++) {
		assert_true(box[i].top > 150 && box[i].left >= 0 &&
			    box[i].right <= 300);
		for (size_t j = 0; j < i; j++)
			assert_false(box[i].left < box[j].right &&
				     box[j].left < box[i].right &&
				     box[i].top < box[j].bottom &&
				     box[j].top < box[i].bottom);
		for (size_t j = 0; j < 40; j++)
			assert_false(box[i].left < label[j].x &&
				     label[j].x < box[i].right &&
				     box[i].top < label[j].y &&
				     label[j].y < box[i].bottom);
	}
	svg_fini(&svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters), cmocka_unit_test(text),
		cmocka_unit_test(fitting),    cmocka_unit_test(numbers),
		cmocka_unit_test(axes),	      cmocka_unit_test(labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
