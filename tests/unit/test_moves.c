/* SPDX-License-Identifier: MIT */
/*
 * Movements that codelets describe, of operators the compiler does not know,
 * compiled and run on the simulated device, against loops over elements.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compiler/passes/util.h"
#include "tests/unit/compile_util.h"
#include "tests/unit/onnx_builder.h"

#define NONE (-1)

/* Which element of x stands at these indices of the result; NONE: none */
typedef int64_t from_fn(const int64_t *i);

struct move_case {
	const char *rules;
	size_t rank;
	int64_t x[GS_MAX_RANK];
	size_t out_rank;
	int64_t y[GS_MAX_RANK];
	from_fn *from;
	double other;
	int copies, fills; /* that the program has, at most */
};

static int64_t at4(const int64_t *dim, int64_t n, int64_t c, int64_t h,
		   int64_t w)
{
	return ((n * dim[1] + c) * dim[2] + h) * dim[3] + w;
}

/* ---- the operators ------------------------------------------------------- */

#define X                   \
	(const int64_t[])   \
	{                   \
		2, 12, 6, 8 \
	}

static int64_t from_shuffle(const int64_t *i)
{
	return at4(X, i[0], i[1] % 3 * 4 + i[1] / 3, i[2], i[3]);
}

static int64_t from_space(const int64_t *i)
{
	const int64_t p = i[1] / 24, q = i[1] / 12 % 2;

	return at4(X, i[0], i[1] % 12, 2 * i[2] + p, 2 * i[3] + q);
}

/* A border of 2 rows and 3 columns, in which the edge counts twice */
static int64_t fold(int64_t at, int64_t dim)
{
	at = at < 0 ? -at - 1 : at;
	return at < dim ? at : 2 * dim - 1 - at;
}

static int64_t from_mirror(const int64_t *i)
{
	return at4(X, i[0], i[1], fold(i[2] - 2, 6), fold(i[3] - 3, 8));
}

static int64_t from_mirrored_channels(const int64_t *i)
{
	return at4(X, i[0], fold(i[1] - 5, 12), fold(i[2] - 1, 6), i[3]);
}

static int64_t from_backwards(const int64_t *i)
{
	return at4(X, i[0], i[1], 5 - i[2], 2 * i[3] + 1);
}

static int64_t from_roll(const int64_t *i)
{
	return at4(X, i[0], (i[1] + 5) % 12, (i[2] + 4) % 6, i[3]);
}

static int64_t from_lists(const int64_t *i)
{
	static const int64_t channel[] = { 3, 3, 11, 0, 1, 2, 9 };
	static const int64_t row[] = { 5, 0, 2 };

	return at4(X, i[0], channel[i[1]], row[i[2]], i[3]);
}

static int64_t from_inset(const int64_t *i)
{
	if (i[1] < 2 || i[1] > 13 || i[2] < 1 || i[2] > 6 || i[3] > 7)
		return NONE;
	return at4(X, i[0], i[1] - 2, i[2] - 1, i[3]);
}

/* Three channels that are not there, between 5 and 7; of the rows, 0 and 4 */
static int64_t from_holes(const int64_t *i)
{
	if ((i[1] > 4 && i[1] < 8) || i[2] == 0 || i[2] == 4)
		return NONE;
	return at4(X, i[0], i[1] < 5 ? i[1] : i[1] - 3,
		   i[2] < 4 ? i[2] - 1 : i[2] - 2, i[3]);
}

static int64_t from_nothing(const int64_t *i)
{
	(void)i;
	return NONE;
}

static int64_t from_pixels(const int64_t *i)
{
	return at4(X, i[0] / 48, i[1], i[0] / 8 % 6, i[0] % 8);
}

static int64_t from_table(const int64_t *i)
{
	static const int64_t row[3][4] = { { 0, 2, 4, 5 },
					   { 1, 1, 5, 3 },
					   { 0, 0, 1, 2 } };

	return at4(X, i[0], i[1], row[i[2]][i[3]], i[4]);
}

static int64_t from_diagonal(const int64_t *i)
{
	return i[1] * 7 + i[1];
}

static int64_t from_tiles(const int64_t *i)
{
	return at4(X, i[0], i[1] % 12, i[2] / 3, i[3]);
}

#define SAME "shape like x; "

static const struct move_case cases[] = {
	{ SAME "move y[n, c, h, w] = x[n, mod(c, 3) * 4 + floor(c / 3), h, w];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 12, 6, 8 },
	  from_shuffle,
	  0,
	  1,
	  0 },
	{ "shape x[N, C, H, W] -> [N, 4 * C, H / 2, W / 2];"
	  " move y[n < N, p < 2, q < 2, c < C, h < H / 2, w < W / 2] ="
	  " x[n, c, 2 * h + p, 2 * w + q];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 48, 3, 4 },
	  from_space,
	  0,
	  1,
	  0 },
	/* the same in one index of channels */
	{ "shape x[N, C, H, W] -> [N, 4 * C, H / 2, W / 2];"
	  " move y[n, k, h, w] = x[n, mod(k, C),"
	  " 2 * h + floor(k / C / 2), 2 * w + mod(floor(k / C), 2)];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 48, 3, 4 },
	  from_space,
	  0,
	  1,
	  0 },
	{ "shape x[N, C, H, W] -> [N, C, H + 4, W + 6];"
	  " move y[n, c, h, w] = x[n, c,"
	  " H - 0.5 - abs(H - abs(h - 1.5)), W - 0.5 - abs(W - abs(w - 2.5))];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 12, 10, 14 },
	  from_mirror,
	  0,
	  5,
	  0 },
	{ "shape x[N, C, H, W] -> [N, C + 10, H + 2, W];"
	  " move y[n, c, h, w] = x[n, C - 0.5 - abs(C - abs(c - 4.5)),"
	  " H - 0.5 - abs(H - abs(h - 0.5)), w];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 22, 8, 8 },
	  from_mirrored_channels,
	  0,
	  5,
	  0 },
	{ "shape x[N, C, H, W] -> [N, C, H, W / 2];"
	  " move y[n, c, h, w] = x[n, c, H - 1 - h, 2 * w + 1];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 12, 6, 4 },
	  from_backwards,
	  0,
	  1,
	  0 },
	{ SAME "move y[n, c, h, w] ="
	       " x[n, mod(c + 5, dim(x, 1)), mod(h + 4, dim(x, 2)), w];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 12, 6, 8 },
	  from_roll,
	  0,
	  4,
	  0 },
	{ "attr int a[] = join(join(3, 3), join(11, iota(3)), 9);"
	  " attr int b[] = join(5, 0, 2);"
	  " shape x[N, C, H, W] -> [N, count(a), count(b), W];"
	  " move y[n, c, h, w] = x[n, a[c], b[h], w];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 7, 3, 8 },
	  from_lists,
	  0,
	  8,
	  0 },
	{ "shape x[N, C, H, W] -> [N, C + 5, H + 2, W + 1];"
	  " move y[n, c, h, w] = x[n, c - 2, h - 1, w] else 1.5;",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 17, 8, 9 },
	  from_inset,
	  1.5,
	  1,
	  2 },
	{ "let far = -99; shape x[N, C, H, W] -> [N, C + 3, H + 2, W];"
	  " move y[n, c, h, w] ="
	  " x[n, c - 3 * (c > 4) + far * (c > 4) * (c < 8),"
	  " h - 1 - (h > 3) + far * (h == 4), w] else -0.75;",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 15, 8, 8 },
	  from_holes,
	  -0.75,
	  4,
	  2 },
	{ SAME "move y[n, c, h, w] = x[n, c, h + 6, w] else 1.25;",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 12, 6, 8 },
	  from_nothing,
	  1.25,
	  0,
	  1 },
	{ SAME "move y[n, c, h, w] = x[-1, c, h, w] else 0;",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 12, 6, 8 },
	  from_nothing,
	  0,
	  0,
	  1 },
	{ "shape x[N, C, H, W] -> [N * H * W, C];"
	  " move y[n < N, h < H, w < W, c < C] = x[n, c, h, w];",
	  4,
	  { 2, 12, 6, 8 },
	  2,
	  { 96, 12 },
	  from_pixels,
	  0,
	  1,
	  0 },
	/* indices of two dimensions: runs end within the last */
	{ "attr int a[] = join(join(0, join(2, 4), 5), join(1, join(1, 5), 3),"
	  " join(0, join(0, 1), 2));"
	  " shape x[N, C, H, W] -> [N, C, 3, 4, W];"
	  " move y[all i < join(dim(x, 0), dim(x, 1), join("
	  " count(a), dim(x, 3)))] = x[all join(i[iota(2)], a[i[2]], i[3])];",
	  4,
	  { 2, 12, 6, 8 },
	  5,
	  { 2, 12, 3, 4, 8 },
	  from_table,
	  0,
	  6,
	  0 },
	{ "shape x[A, B] -> [1, A]; move y[i, j] = x[j, j];",
	  2,
	  { 7, 7 },
	  2,
	  { 1, 7 },
	  from_diagonal,
	  0,
	  7,
	  0 },
	{ "shape x[N, C, H, W] -> [N, 3 * C, 3 * H, W];"
	  " move y[n, c, h, w] = x[n, mod(c, C), floor(h / 3), w];",
	  4,
	  { 2, 12, 6, 8 },
	  4,
	  { 2, 36, 18, 8 },
	  from_tiles,
	  0,
	  1,
	  0 },
};

/* ---- compiling and running ----------------------------------------------- */

/* The codelets of the compiler behind one of an operator Own */
static void library_with(const char *rules, struct gs_codelet_lib *lib)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "codelet own { operator Own of \"a.b\"; %s quantize like x;\n"
		 "input x; output y; }",
		 rules);
	library_of(text, lib);
	lib->first->next = shared_library()->first;
}

static void library_end(struct gs_codelet_lib *lib)
{
	lib->first->next = NULL;
	gs_codelet_lib_free(lib);
}

/* y = Own(x), or of what stands in another order in front */
static void build(struct source *s, const struct move_case *c, bool turned)
{
	static const int64_t there[] = { 0, 2, 3, 1 }, back[] = { 0, 3, 1, 2 };
	int64_t dims[GS_MAX_RANK];
	struct builder b;
	size_t i;

	b_init(&b, 13);
	for (i = 0; i < c->rank; i++)
		dims[i] = c->x[turned ? (size_t)there[i] : i];
	b_input(&b, "x", c->rank, dims);
	b_output(&b, "y", c->out_rank, c->y);
	if (turned)
		b_attr_ints(&b, b_node(&b, "Transpose", "x", "t"), "perm",
			    c->rank, back);
	b_node(&b, "Own", turned ? "t" : "x", "y")->domain = (char[]){ "a.b" };
	source_pack(s, &b);
}

static void compile_case(struct source *s, const struct gs_codelet_lib *lib,
			 const struct gs_arch *arch, struct gs_compiled *out)
{
	struct report r;
	const struct gs_compile_opts opts = {
		.arch = arch,
		.codelets = lib,
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
	};

	if (gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
		       report_init(&r)))
		fail_msg("%s", r.text);
}

static int count_nodes(const struct gs_graph *g, const char *op)
{
	const struct gs_node *n;
	int num = 0;

	for (n = g->node; n; n = n->next)
		num += !strcmp(n->op, op);
	return num;
}

/* Runs int8 values of @c->x through the program */
static void run_case(const struct gs_compiled *got, const struct gs_arch *arch,
		     int8_t *x, size_t num_x, int8_t *y, size_t num_y)
{
	struct gs_binding in = { .type = GS_INT8, .data = x, .bytes = num_x };
	struct gs_binding out = { .type = GS_INT8, .data = y, .bytes = num_y };
	struct gs_device *dev = open_device(arch);
	struct gs_model *model;

	if (gs_load_model_mem(dev, got->model, got->model_bytes, NULL,
			      &model) ||
	    gs_infer(model, &in, 1, &out, 1, NULL, NULL))
		fail_msg("%s", gs_last_error());
	gs_model_free(model);
	gs_device_close(dev);
}

/* Element @from of x in the order of the model's input, which is [n, h, w, c] where it is turned */
static int64_t place(const struct move_case *c, int64_t from, bool turned)
{
	const int64_t pixels = c->x[2] * c->x[3], channels = c->x[1];

	if (!turned)
		return from;
	return (from / (channels * pixels) * pixels + from % pixels) *
		       channels +
	       from / pixels % channels;
}

static void compare(const struct move_case *c, const struct gs_compiled *got,
		    const int8_t *x, const int8_t *y, size_t num, bool turned)
{
	const struct gs_quant *quant =
		&gs_tensor_root(got->graph->output[0])->quant;
	const double other =
		rint(c->other / (double)quant->scale[0]) + quant->zero_point;
	int64_t index[GS_MAX_RANK] = { 0 };
	size_t d, i;

	for (i = 0; i < num; i++) {
		const int64_t from = c->from(index);
		const int want = from < 0 ? (int)other :
					    x[place(c, from, turned)];

		if (y[i] != want)
			fail_msg("%s%s on %s: element %zu is %d, not %d",
				 c->rules, turned ? " turned" : "",
				 got->program.arch.name, i, y[i], want);
		for (d = c->out_rank; d-- > 0 && ++index[d] == c->y[d];)
			index[d] = 0;
	}
}

static void check_case(const struct move_case *c, const struct gs_arch *arch,
		       bool turned)
{
	static int8_t x[2 * 12 * 6 * 8], y[9 * 2 * 12 * 6 * 8];
	size_t num_x = 1, num_y = 1, i;
	struct gs_codelet_lib lib;
	struct gs_compiled got;
	struct source s;

	library_with(c->rules, &lib);
	build(&s, c, turned);
	compile_case(&s, &lib, arch, &got);
	if (count_nodes(got.graph, "Move") > c->copies + turned ||
	    count_nodes(got.graph, "Fill") > c->fills)
		fail_msg("%s: %d moves, %d fills", c->rules,
			 count_nodes(got.graph, "Move"),
			 count_nodes(got.graph, "Fill"));
	for (i = 0; i < c->rank; i++)
		num_x *= (size_t)c->x[i];
	for (i = 0; i < c->out_rank; i++)
		num_y *= (size_t)c->y[i];
	assert_true(num_x <= sizeof(x) && num_y <= sizeof(y));
	for (i = 0; i < num_x; i++)
		x[i] = (int8_t)(i * 37 % 251 - 125);
	run_case(&got, arch, x, num_x, y, num_y);
	compare(c, &got, x, y, num_y, turned);
	gs_compile_free(&got);
	source_fini(&s);
	library_end(&lib);
}

static void check_all(const char *config)
{
	struct gs_arch arch;
	size_t i;

	load_arch(config, &arch);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_case(&cases[i], &arch, false);
		if (cases[i].rank == 4)
			check_case(&cases[i], &arch, true);
	}
}

static void test_moves(void **state)
{
	(void)state;
	check_all("genesys_16x16");
}

/* Rows of 8 lanes: the channels are more than one, and not whole ones */
static void test_moves_on_8_lanes(void **state)
{
	(void)state;
	check_all("genesys_8x8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_moves_on_8_lanes),
	};

	return cmocka_run_group_tests_name("moves", tests, NULL, NULL);
}
