/* SPDX-License-Identifier: MIT */
/*
 * Heads: what they find in made outputs, against decoders in Python; what
 * descriptions they refuse; drawing.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/heads/draw.h"
#include "runtime/heads/head.h"
#include "runtime/support/canvas.h"
#include "runtime/support/number.h"
#include "runtime/support/pixel.h"
#include "tests/unit/head_cases.h"

#define MAX_TEXT 1024
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- descriptions as "KEY=VALUE\nKEY=VALUE" ------------------------------------- */

/* Values are handed out as strings of their own. */
struct meta {
	char text[MAX_TEXT], value[16][MAX_TEXT];
	unsigned next;
};

static const char *find_meta(const void *ctx, const char *key)
{
	struct meta *m = (struct meta *)(uintptr_t)ctx;
	const size_t len = strlen(key);

	for (const char *at = m->text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, key, len) && at[len] == '=') {
			char *to = m->value[m->next++ % 16];

			strcpy(to, at + len + 1);
			to[strcspn(to, "\n")] = 0;
			return to;
		}
	}
	return NULL;
}

static int open_head(struct meta *m, const char *text,
		     const struct gs_head_model *shape, struct gs_head **head,
		     char err[256])
{
	struct gs_head_model model = *shape;

	snprintf(m->text, sizeof(m->text), "%s", text);
	model.meta = find_meta;
	model.ctx = m;
	strcpy(err, "");
	return gs_head_open(&model, head, err, 256);
}

/* ---- the cases ------------------------------------------------------------------- */

struct head_case {
	const char *name, *text;
	struct gs_head_model model;
	const float *data[4];
	const float *found;
	size_t values, num_points;
};

static const struct gs_head_output offset_outputs[] = {
	{ "b8", 3, { 1, 24, 8 } },
	{ "s16", 3, { 1, 12, 1 } },
	{ "s8", 2, { 1, 24 } },
	{ "b16", 3, { 1, 12, 8 } },
};
static const struct gs_head_output ssd_outputs[] = {
	{ "boxes", 3, { 1, 30, 4 } },
	{ "scores", 3, { 1, 30, 4 } },
};
static const struct gs_head_output mask_outputs[] = {
	{ "map", 4, { 1, 1, 14, 24 } },
};
static const struct gs_head_output line_outputs[] = {
	{ "scores", 4, { 1, 8, 12, 1 } },
	{ "ways", 4, { 1, 8, 12, 4 } },
};

#define OFFSET_TEXT                                                            \
	"head=boxes\nhead.boxes=b8, b16\nhead.scores=s8,s16\nhead.strides=8, " \
	"16\nhead.anchors=1, 2\nhead.points=2\nhead.unit=2\n"                  \
	"head.activation=sigmoid\nhead.threshold=0.6\nhead.overlap=0.3\n"      \
	"head.merge=average"
#define SSD_TEXT                                                              \
	"head=boxes\nhead.boxes=boxes\nhead.scores=scores\nhead.coding=ssd\n" \
	"head.strides=8\nhead.anchors=2\nhead.anchor_width=10,14\n"           \
	"head.anchor_height=8,12\nhead.variance=0.1,0.2,0.3,0.4\n"            \
	"head.order=yx\nhead.activation=softmax\nhead.background=0\n"         \
	"head.threshold=0.5\nhead.overlap=1/4"
#define MASK_TEXT                                           \
	"head=mask\nhead.threshold=0.3\nhead.regions=yes\n" \
	"head.region_score=0.5\nhead.region_size=3\nhead.grow=1.2"
#define LINES_TEXT                                                            \
	"head=lines\nhead.scores=scores\nhead.ends=ways\nhead.min_length=8\n" \
	"head.near=5"

static const struct head_case cases[] = {
	{ "offset",
	  OFFSET_TEXT,
	  { .output = offset_outputs,
	    .num_outputs = 4,
	    .width = 48,
	    .height = 32 },
	  { offset_boxes_0, offset_boxes_1, offset_boxes_2, offset_boxes_3 },
	  offset_boxes_found,
	  LEN(offset_boxes_found),
	  2 },
	{ "ssd",
	  SSD_TEXT,
	  { .output = ssd_outputs, .num_outputs = 2, .width = 40, .height = 24 },
	  { ssd_boxes_0, ssd_boxes_1 },
	  ssd_boxes_found,
	  LEN(ssd_boxes_found),
	  0 },
	{ "mask",
	  MASK_TEXT,
	  { .output = mask_outputs,
	    .num_outputs = 1,
	    .width = 48,
	    .height = 28 },
	  { mask_regions_0 },
	  mask_regions_found,
	  LEN(mask_regions_found),
	  0 },
	{ "lines",
	  LINES_TEXT,
	  { .output = line_outputs,
	    .num_outputs = 2,
	    .width = 48,
	    .height = 16 },
	  { line_ends_0, line_ends_1 },
	  line_ends_found,
	  LEN(line_ends_found),
	  0 },
};

static void check_near(const char *what, size_t item, float got, float want)
{
	if (!(fabsf(got - want) <= 1e-3f * (1 + fabsf(want) / 10)))
		fail_msg("%s: item %zu: %g instead of %g", what, item,
			 (double)got, (double)want);
}

static void test_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		const struct head_case *c = &cases[i];
		const size_t row = 6 + 2 * c->num_points;
		struct gs_head_found f;
		struct gs_head *head;
		struct meta m = { .next = 0 };
		char err[256];

		if (open_head(&m, c->text, &c->model, &head, err))
			fail_msg("%s: %s", c->name, err);
		assert_int_equal(gs_head_decode(head, c->data, &f), 0);
		if (f.num * row != c->values)
			fail_msg("%s: %zu found instead of %zu", c->name, f.num,
				 c->values / row);
		assert_int_equal(f.num_points, c->num_points);
		for (size_t k = 0; k < f.num; k++) {
			const float *want = c->found + k * row;

			check_near(c->name, k, f.item[k].score, want[0]);
			assert_int_equal(f.item[k].label, (int)want[1]);
			for (size_t n = 0; n < 4; n++)
				check_near(c->name, k, f.item[k].at[n],
					   want[2 + n]);
			for (size_t n = 0; n < 2 * c->num_points; n++)
				check_near(c->name, k,
					   f.point[k * 2 * c->num_points + n],
					   want[6 + n]);
		}
		gs_head_found_free(&f);
		gs_head_close(head);
	}
}

/* The four ways as maps of their own give the same lines. */
static void test_planes(void **state)
{
	static const struct gs_head_output outputs[] = {
		{ "scores", 4, { 1, 1, 8, 12 } },
		{ "ways", 4, { 1, 4, 8, 12 } },
	};
	struct gs_head_model model = cases[3].model;
	float planes[4 * 8 * 12];
	const float *data[] = { line_ends_0, planes };
	struct gs_head_found f;
	struct gs_head *head;
	struct meta m = { .next = 0 };
	char err[256];

	(void)state;
	for (size_t i = 0; i < 8 * 12; i++)
		for (size_t k = 0; k < 4; k++)
			planes[k * 8 * 12 + i] = line_ends_1[4 * i + k];
	model.output = outputs;
	assert_int_equal(open_head(&m, LINES_TEXT, &model, &head, err), 0);
	assert_int_equal(gs_head_decode(head, data, &f), 0);
	assert_int_equal(f.num, LEN(line_ends_found) / 6);
	for (size_t k = 0; k < f.num; k++)
		for (size_t n = 0; n < 4; n++)
			check_near("planes", k, f.item[k].at[n],
				   line_ends_found[6 * k + 2 + n]);
	gs_head_found_free(&f);
	gs_head_close(head);
}

/* Numbers that are none are nothing found, and no fault. */
static void test_no_numbers(void **state)
{
	static const float values[] = { NAN, INFINITY, -INFINITY, 3e38f,
					-3e38f };
	float data[30 * 8];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		for (size_t v = 0; v < LEN(values); v++) {
			const float *all[4] = { data, data, data, data };
			struct gs_head_found f;
			struct gs_head *head;
			struct meta m = { .next = 0 };
			char err[256];

			for (size_t k = 0; k < LEN(data); k++)
				data[k] = values[v];
			if (i >= 2) {
				float *big = malloc(4 * 14 * 24 * sizeof(*big));

				assert_non_null(big);
				for (size_t k = 0; k < 4 * 14 * 24; k++)
					big[k] = values[v];
				all[0] = all[1] = big;
			}
			assert_int_equal(open_head(&m, cases[i].text,
						   &cases[i].model, &head, err),
					 0);
			assert_int_equal(gs_head_decode(head, all, &f), 0);
			for (size_t k = 0; k < f.num; k++)
				for (int n = 0; n < 4; n++)
					assert_true(isfinite(f.item[k].at[n]));
			gs_head_found_free(&f);
			gs_head_close(head);
			if (i >= 2)
				free((void *)(uintptr_t)all[0]);
		}
}

/* ---- refusals -------------------------------------------------------------------- */

struct refusal {
	size_t base; /* case that is changed */
	const char *from,
		*to; /* in its text; a new line behind it when @from is "" */
	const char *sentence;
};

static const struct refusal refusals[] = {
	{ 0, "head=boxes\n", "", "the model has no head" },
	{ 0, "head=boxes", "head=bo",
	  "head 'bo'; expected boxes, mask or lines" },
	{ 0, "head.boxes=b8, b16\n", "",
	  "head.boxes is missing: which of the 4" },
	{ 0, "b8, b16", "b8, b17",
	  "head.boxes: no output 'b17'; the model has b8" },
	{ 0, "b8, b16", "b8,", "no output ''" },
	{ 0, "b8, b16", "b8", "head.boxes: 24 rows; expected 36" },
	{ 0, "b8, b16", "b8, s8", "output s8 is [1,24]; expected rows of 8" },
	{ 0, "s8,s16", "s8",
	  "head.scores: 24 values; expected a multiple of 36" },
	{ 0, "s8,s16", "s8,s8,s8,s8,s8,s8,s8,s8,s8,s8,s8,s8,s8,s8,s8,s8,s8",
	  "too many outputs; expected 16 at most" },
	{ 0, "points=2", "points=3", "expected rows of 10" },
	{ 0, "points=2", "points=1.5", "head.points: 1.5; expected a whole" },
	{ 0, "points=2", "points=65", "head.points: 65; expected 0 to 64" },
	{ 0, "points=2", "points=2,2", "head.points: 2 numbers; expected one" },
	{ 0, "strides=8, 16", "strides=8",
	  "head.strides has 1 numbers, head.anchors 2" },
	{ 0, "strides=8, 16", "strides=0, 16",
	  "head.strides: 0; expected 1 to 32768" },
	{ 0, "strides=8, 16",
	  "strides=", "head.strides '': expected up to 64 numbers" },
	{ 0, "strides=8, 16", "strides=nan, 16", "expected up to 64 numbers" },
	{ 0, "strides=8, 16", "strides=8/0, 16", "expected up to 64 numbers" },
	{ 0, "anchors=1, 2", "anchors=1, 3", "expected 42" },
	{ 0, "anchors=1, 2", "anchors=1, 2.5",
	  "head.anchors: 2.5; expected whole numbers" },
	{ 0, "threshold=0.6", "threshold=1.5",
	  "head.threshold: 1.5; expected 0 to 1" },
	{ 0, "threshold=0.6", "threshold=high", "head.threshold 'high'" },
	{ 0, "sigmoid", "tanh",
	  "head.activation 'tanh'; expected none, sigmoid or softmax" },
	{ 0, "average", "mean", "head.merge 'mean'; expected best or average" },
	{ 0, "", "head.coding=ssd",
	  "head.anchor_width: 0 numbers; expected 3" },
	{ 0, "", "head.coding=yolo",
	  "head.coding 'yolo'; expected offset or ssd" },
	{ 0, "", "head.limit=0", "head.limit: 0; expected 1" },
	{ 1, "0.1,0.2,0.3,0.4", "0.1,0.2",
	  "head.variance: 2 numbers; expected 4" },
	{ 1, "scores=scores", "scores=boxes,scores",
	  "head.scores: output boxes is [1,30,4]; expected rows of 8" },
	{ 1, "order=yx", "order=zx", "head.order 'zx'; expected xy or yx" },
	{ 2, "regions=yes", "regions=1",
	  "head.regions '1'; expected no or yes" },
	{ 2, "", "head.activation=softmax", "'softmax' is for boxes" },
	{ 2, "", "head.mask=x", "head.mask: no output 'x'; the model has map" },
	{ 2, "grow=1.2", "grow=-1", "head.grow: -1; expected 0 to 100" },
	{ 3, "scores=scores", "scores=ways",
	  "is [1,8,12,4]; expected one map" },
	{ 3, "ends=ways", "ends=scores",
	  "output scores is [1,8,12,1]; expected [1,8,12,4] or [1,4,8,12]" },
	{ 3, "near=5", "near=-5", "head.near: -5" },
};

static void change(char *out, const char *text, const char *from,
		   const char *to)
{
	const char *at = *from ? strstr(text, from) : NULL;

	if (*from)
		assert_non_null(at);
	if (at)
		snprintf(out, MAX_TEXT, "%.*s%s%s", (int)(at - text), text, to,
			 at + strlen(from));
	else
		snprintf(out, MAX_TEXT, "%s\n%s", text, to);
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct meta m = { .next = 0 };
		struct gs_head *head;
		char text[MAX_TEXT], err[256];
		int ret;

		change(text, cases[r->base].text, r->from, r->to);
		ret = open_head(&m, text, &cases[r->base].model, &head, err);
		if (ret != -EINVAL || !strstr(err, r->sentence))
			fail_msg("'%s' -> '%s': %d '%s'", r->from, r->to, ret,
				 err);
	}
}

static void test_sizes(void **state)
{
	struct gs_head_model model = cases[0].model;
	struct meta m = { .next = 0 };
	struct gs_head *head;
	char err[256];

	(void)state;
	model.width = 0;
	assert_int_equal(open_head(&m, OFFSET_TEXT, &model, &head, err),
			 -EINVAL);
	assert_non_null(strstr(err, "an input of 0 x 32 pixels"));
	model.width = 65536;
	assert_int_equal(open_head(&m, OFFSET_TEXT, &model, &head, err),
			 -EINVAL);
	model.width = 32768;
	model.height = 32768;
	assert_int_equal(open_head(&m, OFFSET_TEXT, &model, &head, err),
			 -EINVAL);
	assert_non_null(strstr(err, "expected 25165824"));
	assert_true(gs_head_knows("boxes", "head.strides"));
	assert_false(gs_head_knows("boxes", "head.stride"));
	assert_false(gs_head_knows("mask", "head.strides"));
	assert_false(gs_head_knows("none", "head.threshold"));
}

/* Any text is refused with a sentence, or is a head that decodes. */
static void test_any_text(void **state)
{
	static const char bytes[] = "0123456789-+./,=e \nhxsigmod";
	uint32_t random = 1;

	(void)state;
	for (size_t round = 0; round < 4000; round++) {
		const struct head_case *c = &cases[round % LEN(cases)];
		struct meta m = { .next = 0 };
		struct gs_head *head = NULL;
		char text[MAX_TEXT], err[256];

		strcpy(text, c->text);
		for (size_t n = 0; n < 1 + round % 3; n++) {
			random = random * 1664525 + 1013904223;
			text[(random >> 8) % strlen(text)] =
				bytes[random >> 3 & 15];
		}
		if (open_head(&m, text, &c->model, &head, err)) {
			assert_true(strlen(err) > 10);
		} else {
			struct gs_head_found f;

			assert_int_equal(gs_head_decode(head, c->data, &f), 0);
			gs_head_found_free(&f);
			gs_head_close(head);
		}
	}
}

/* ---- pictures -------------------------------------------------------------------- */

static void test_numbers(void **state)
{
	double list[4];

	(void)state;
	assert_int_equal(gs_number_list("1/4, -2 ,3e1", list, 4), 3);
	assert_true(list[0] == 0.25 && list[1] == -2 && list[2] == 30);
	assert_int_equal(gs_number_list("1,2,3,4,5", list, 4), 0);
	assert_int_equal(gs_number_list("1,", list, 4), 0);
	assert_int_equal(gs_number_list("1 2", list, 4), 0);
	assert_int_equal(gs_number_list("", list, 4), 0);
	assert_int_equal(gs_number_list("1/x", list, 4), 0);
	assert_int_equal(gs_number_list("inf", list, 4), 0);
}

static void write_picture(const char *path, uint32_t width, uint32_t height)
{
	struct gs_image im = { width, height, 3, NULL };
	char err[256];

	im.pixels = malloc((size_t)width * height * 3);
	assert_non_null(im.pixels);
	for (size_t i = 0; i < (size_t)width * height; i++) {
		im.pixels[3 * i] = 200;
		im.pixels[3 * i + 1] = 100;
		im.pixels[3 * i + 2] = 50;
	}
	assert_int_equal(gs_image_write(path, &im, err, sizeof(err)), 0);
	gs_image_free(&im);
}

static void test_letterbox(void **state)
{
	const struct gs_pixel_text text = { .scale = "1/2",
					    .mean = "2, 4, 6",
					    .color = "bgr",
					    .fit = "letterbox",
					    .extra = "7" };
	const struct gs_pixel_input in = { 16, 16, 4, false };
	char path[] = "/tmp/test_heads_XXXXXX", err[256];
	struct gs_placement at;
	struct gs_pixel p;
	float to[4 * 256];

	(void)state;
	close(mkstemp(path));
	write_picture(path, 40, 20);
	assert_int_equal(gs_pixel_parse(&text, &p, err, sizeof(err)), 0);
	assert_true(gs_pixel_fits(&p, 4));
	assert_false(gs_pixel_fits(&p, 3));
	assert_false(gs_pixel_fits(&p, 0));
	assert_int_equal(
		gs_pixel_load(&p, path, &in, to, &at, err, sizeof(err)), 0);
	assert_int_equal(at.inner_width, 16);
	assert_int_equal(at.inner_height, 8);
	assert_int_equal(at.top, 4);
	/* Black above, then blue, green, red; the extra channel everywhere. */
	for (size_t y = 0; y < 16; y++) {
		bool inside = y >= 4 && y < 12;

		assert_true(to[16 * y] == (inside ? 24 : -1));
		assert_true(to[256 + 16 * y + 15] == (inside ? 48 : -2));
		assert_true(to[512 + 16 * y + 7] == (inside ? 97 : -3));
		assert_true(to[768 + 16 * y] == 7);
	}
	assert_true(gs_placement_x(&at, 8) == 20);
	assert_true(gs_placement_y(&at, 4) == 0);
	assert_true(gs_placement_y(&at, 12) == 20);
	unlink(path);
}

static void test_tall(void **state)
{
	const struct gs_pixel_text text = { .fit = "letterbox" };
	const struct gs_pixel_input in = { 30, 10, 3, true };
	char path[] = "/tmp/test_heads_XXXXXX", err[256];
	struct gs_placement at;
	struct gs_pixel p;
	float to[900];

	(void)state;
	close(mkstemp(path));
	write_picture(path, 1, 400);
	assert_int_equal(gs_pixel_parse(&text, &p, err, sizeof(err)), 0);
	assert_int_equal(
		gs_pixel_load(&p, path, &in, to, &at, err, sizeof(err)), 0);
	assert_int_equal(at.inner_width, 1);
	assert_int_equal(at.left, 14);
	assert_true(to[14 * 3] == 200 && to[14 * 3 + 2] == 50);
	assert_true(to[13 * 3] == 0 && to[15 * 3] == 0);
	unlink(path);
}

static void test_pixel_text(void **state)
{
	static const struct {
		struct gs_pixel_text text;
		const char *sentence;
	} bad[] = {
		{ { .scale = "x" }, "scale 'x': expected a number" },
		{ { .mean = "1,,2" }, "mean '1,,2'" },
		{ { .color = "red" },
		  "color 'red'; expected gray, rgb or bgr" },
		{ { .fit = "crop" },
		  "fit 'crop'; expected stretch or letterbox" },
		{ { .extra = "" }, "extra ''" },
	};
	struct gs_pixel p;
	char err[256];

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		assert_int_equal(gs_pixel_parse(&bad[i].text, &p, err,
						sizeof(err)),
				 -EINVAL);
		assert_non_null(strstr(err, bad[i].sentence));
	}
}

/* ---- drawing --------------------------------------------------------------------- */

static struct gs_image blank(uint32_t width, uint32_t height)
{
	struct gs_image im = { width, height, 3, NULL };

	im.pixels = calloc((size_t)width * height, 3);
	assert_non_null(im.pixels);
	return im;
}

static int red(const struct gs_image *im, uint32_t x, uint32_t y)
{
	return im->pixels[((size_t)y * im->width + x) * 3];
}

static void test_canvas(void **state)
{
	static const float frame[] = { 4, 3, 12, 9 },
			   wild[] = { -1e30f, -5, 1e30f, 4 },
			   none[] = { NAN, 0, 1, 1 };
	const struct gs_color white = { 255, 255, 255 };
	struct gs_image im = blank(20, 16);
	int lit = 0;

	(void)state;
	gs_canvas_frame(&im, frame, 1, white);
	for (uint32_t y = 0; y < 16; y++)
		for (uint32_t x = 0; x < 20; x++) {
			bool edge = x >= 4 && x <= 12 && y >= 3 && y <= 9 &&
				    (x == 4 || x == 12 || y == 3 || y == 9);

			assert_int_equal(red(&im, x, y), edge ? 255 : 0);
		}
	gs_canvas_frame(&im, wild, 3, white);
	gs_canvas_frame(&im, none, 3, white);
	gs_canvas_line(&im, NAN, 0, 5, 5, 1, white);
	gs_canvas_line(&im, -1e30f, 0, 1e30f, 5, 1, white);
	gs_canvas_text(&im, -3, -3, "AZ09~\xc3", 2, white);
	gs_image_free(&im);
	im = blank(20, 16);
	gs_canvas_line(&im, 2, 8.5f, 10, 8.5f, 1, white);
	assert_int_equal(red(&im, 5, 8), 255);
	assert_int_equal(red(&im, 5, 7), 0);
	assert_int_equal(red(&im, 5, 9), 0);
	gs_canvas_text(&im, 12, 0, "I", 1, white);
	for (uint32_t y = 0; y < 7; y++)
		for (uint32_t x = 12; x < 17; x++)
			lit += red(&im, x, y) == 255;
	assert_int_equal(lit, 3 + 5 + 3);
	assert_int_equal(gs_canvas_text_width("II", 2), 22);
	gs_image_free(&im);
}

/* A box and its point, in a picture that stood as a letterbox in the input. */
static void test_draw(void **state)
{
	const struct gs_placement at = { 80, 40, 0, 4, 16, 8 };
	struct gs_head_item item = { 0.875f, 0, { 4, 6, 10, 11 } };
	float point[2] = { 7, 10 };
	struct gs_head_found f = { .kind = GS_HEAD_BOXES,
				   .item = &item,
				   .num = 1,
				   .point = point,
				   .num_points = 1,
				   .width = 16,
				   .height = 16 };
	const char *const label[] = { "cat" };
	struct gs_image im = blank(80, 40), again = blank(80, 40);

	(void)state;
	gs_head_place(&f, &at);
	assert_true(item.at[0] == 20 && item.at[1] == 10);
	assert_true(item.at[2] == 50 && item.at[3] == 35);
	assert_true(point[0] == 35 && point[1] == 30);
	gs_head_draw(&im, &f, &at, label, 1);
	gs_head_draw(&again, &f, &at, label, 1);
	assert_memory_equal(im.pixels, again.pixels, 80 * 40 * 3);
	assert_int_equal(im.pixels[(22 * 80 + 20) * 3 + 1], 230);
	assert_int_equal(im.pixels[(35 * 80 + 30) * 3 + 1], 230);
	assert_int_equal(red(&im, 30, 28), 0);
	assert_true(red(&im, 35, 30) > 100);
	gs_image_free(&im);
	gs_image_free(&again);
}

static void test_draw_mask(void **state)
{
	const struct gs_placement at = { 80, 40, 0, 4, 16, 8 };
	float map[64] = { 0 };
	struct gs_head_found f = { .kind = GS_HEAD_MASK,
				   .map = map,
				   .map_width = 8,
				   .map_height = 8,
				   .threshold = 0.5f,
				   .width = 16,
				   .height = 16 };
	struct gs_image im = blank(80, 40);

	(void)state;
	/* Values 2 and 3 of rows 3 and 4: x 20 to 40, y 10 to 30. */
	map[26] = map[27] = map[34] = map[35] = 1;
	gs_head_draw(&im, &f, &at, NULL, 0);
	assert_true(red(&im, 30, 20) > 100);
	assert_true(red(&im, 21, 20) > 100);
	assert_true(red(&im, 38, 20) > 100);
	assert_true(red(&im, 30, 28) > 100);
	assert_int_equal(red(&im, 18, 20), 0);
	assert_int_equal(red(&im, 42, 20), 0);
	assert_int_equal(red(&im, 30, 8), 0);
	assert_int_equal(red(&im, 30, 32), 0);
	gs_image_free(&im);
}

static void test_write(void **state)
{
	char path[] = "/tmp/test_heads_XXXXXX", err[256];
	struct gs_image im = blank(9, 5), back;

	(void)state;
	close(mkstemp(path));
	for (size_t i = 0; i < 9 * 5 * 3; i++)
		im.pixels[i] = (uint8_t)(i * 7);
	assert_int_equal(gs_image_write(path, &im, err, sizeof(err)), 0);
	assert_int_equal(gs_image_read(path, 3, &back, err, sizeof(err)), 0);
	assert_int_equal(back.width, 9);
	assert_memory_equal(back.pixels, im.pixels, 9 * 5 * 3);
	assert_int_equal(gs_image_write("/nonexistent/x.png", &im, err,
					sizeof(err)),
			 -ENOENT);
	assert_string_equal(err, "/nonexistent/x.png: cannot be written: No "
				 "such file or directory");
	gs_image_free(&im);
	gs_image_free(&back);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_planes),
		cmocka_unit_test(test_no_numbers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_any_text),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_letterbox),
		cmocka_unit_test(test_tall),
		cmocka_unit_test(test_pixel_text),
		cmocka_unit_test(test_canvas),
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_draw_mask),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
