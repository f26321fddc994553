/* SPDX-License-Identifier: MIT */
/*
 * Schedules and packed weights: pieces cover every unit once, chosen tiles fit
 * their machine, weights stand where docs/isa.md section 9 says.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen/emit.h"
#include "compiler/passes/layout.h"
#include "tests/unit/codelet_util.h"

/* ---- pieces -------------------------------------------------------------- */

static void check_cover(uint32_t units, uint32_t tile)
{
	struct gs_bound_node b = { .num_vars = 1 };
	unsigned char seen[97] = { 0 };
	struct gs_piece piece[GS_MAX_PIECES];
	uint32_t i, k, u;
	unsigned num;

	b.var[0].units = units;
	num = gs_pieces(&b, 0, tile, piece);
	assert_in_range(num, 1, 2);
	for (i = 0; i < num; i++) {
		assert_true(piece[i].count >= 1);
		assert_in_range(piece[i].tile, 1, tile);
		for (k = 0; k < piece[i].count; k++) {
			for (u = 0; u < piece[i].tile; u++) {
				const uint32_t at =
					piece[i].start + k * piece[i].tile + u;

				assert_true(at < units);
				assert_int_equal(seen[at]++, 0);
			}
		}
	}
	for (u = 0; u < units; u++)
		assert_int_equal(seen[u], 1);
}

static void test_pieces(void **state)
{
	static const uint32_t extent[] = { 1, 2, 3, 7, 13, 17, 97 };
	uint32_t tile;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(extent) / sizeof(extent[0]); i++)
		for (tile = 1; tile <= extent[i]; tile++)
			check_cover(extent[i], tile);
}

/* ---- tiles --------------------------------------------------------------- */

/* Nodes that strain each memory. */
static void make_nodes(struct gs_graph *g)
{
	struct gs_node *node;

	node = make_conv(g);
	add_activation(g, "a", "1x192x17x13", 0.5, -3);
	add_weight(g, "w1", "200x192x3x3");
	add_activation(g, "b1", "1x200x15x11", 0.5, -3);
	add_node(g, "Conv", "a w1", "b1");
	add_activation(g, "flat", "7x784", 0.5, 0);
	add_weight(g, "w2", "280x784");
	add_activation(g, "c", "7x280", 0.5, 0);
	add_node(g, "Gemm", "flat w2", "c");
	add_activation(g, "d", "1x192x17x13", 0.5, -3);
	add_node(g, "Add", "a a", "d");
	add_activation(g, "p", "1x192x8x6", 0.5, -3);
	node = add_node(g, "MaxPool", "a", "p");
	set_ints(g, node, "kernel_shape", "3 3");
	set_ints(g, node, "strides", "2 2");
	add_activation(g, "s", "7x280", 0.00390625, -128);
	add_node(g, "Softmax", "c", "s");
}

static void check_tiling(const struct gs_bound_node *b,
			 const struct gs_acg *acg, const struct gs_tiling *t)
{
	unsigned v, i, seen;

	assert_true(gs_plan_fits(b, acg, t));
	assert_true(t->cycles > 0);
	for (v = 0; v < b->num_vars; v++) {
		const uint32_t units = b->var[v].units;

		assert_in_range(t->tile[v], 1, units);
		for (i = 0, seen = 0; i < t->num_order; i++)
			seen += t->order[i] == v;
		assert_int_equal(seen, gs_var_is_cut(b, v));
		if (!seen)
			assert_int_equal(t->tile[v], units);
		/* partial sums of one size only */
		if (b->var[v].reduce)
			assert_int_equal(units % t->tile[v], 0);
	}
}

/* The plan fails exactly where not even the smallest tile fits. */
static void check_plan(struct fixture *f, const struct gs_bound_node *b)
{
	struct gs_tiling t, smallest = { .num_order = 0 };
	unsigned v;
	int ret;

	for (v = 0; v < b->num_vars; v++)
		smallest.tile[v] = gs_var_is_cut(b, v) ? 1 : b->var[v].units;
	report_init(&f->r);
	ret = gs_plan_layer(b, &f->acg, &t, &f->r.diag);
	if (!gs_plan_fits(b, &f->acg, &smallest)) {
		assert_int_equal(ret, -ENOSPC);
		assert_says(f->r.text, "no tile fits the scratchpads");
		assert_says(f->r.text, b->node->name);
		return;
	}
	assert_int_equal(ret, 0);
	assert_int_equal(f->r.num, 0);
	check_tiling(b, &f->acg, &t);
}

static void plan_for(const struct gs_arch *arch)
{
	const struct gs_bound_node *b;
	struct fixture f;

	fixture_init(&f);
	gs_acg_init(&f.acg, arch);
	make_nodes(f.g);
	fixture_bind(&f);
	assert_int_equal(
		gs_pass_layout(f.g, &f.lib, &f.acg, &f.first, &f.r.diag), 0);
	for (b = f.first; b; b = b->next)
		check_plan(&f, b);
	fixture_fini(&f);
}

static void test_plans(void **state)
{
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;
	glob_t files;
	size_t i;

	(void)state;
	assert_int_equal(glob(source_path("hw-model/configs/*.json"), 0, NULL,
			      &files),
			 0);
	assert_true(files.gl_pathc > 20);
	for (i = 0; i < files.gl_pathc; i++) {
		assert_int_equal(gs_arch_load(files.gl_pathv[i], &arch, err),
				 0);
		plan_for(&arch);
	}
	globfree(&files);
}

/* Machines that get smaller and smaller, down to those that are too small. */
static void test_small_machines(void **state)
{
	struct gs_arch arch = *gs_arch_default();
	uint32_t depth;

	(void)state;
	for (depth = 1024; depth >= 2; depth /= 2) {
		arch.ibuf_depth = arch.wbuf_depth = depth;
		arch.obuf_depth = arch.vmem_depth = depth;
		arch.bbuf_depth = depth;
		plan_for(&arch);
	}
}

/* ---- weights ------------------------------------------------------------- */

struct packing {
	const struct gs_arch *arch;
	const struct gs_bound_node *b;
	const struct gs_bound_operand *w;
	struct gs_tiling tiling;
	unsigned oc, ic;
	uint64_t kernel;
};

/* Where byte @at of a transfer lands: docs/isa.md section 9. */
static void land(const struct gs_arch *a, uint64_t at, uint32_t *row,
		 uint32_t *col, uint64_t *tile_row)
{
	const uint64_t n = a->array_n, m = a->array_m;
	const uint64_t k = a->param_channel_bw / 8 / n;

	if (a->weight_layout == GS_WEIGHTS_COLUMN) {
		*row = (uint32_t)(at % n);
		*col = (uint32_t)(at / n % m);
		*tile_row = at / (n * m);
		return;
	}
	*row = (uint32_t)(at / k % n);
	*col = (uint32_t)(m - 1 - at / (k * n) % m);
	*tile_row = at / (k * n * m) * k + at % k;
}

/* What must stand there: 0 beyond the channels and beyond the tile. */
static int weight_of(const struct packing *p, uint32_t row, uint32_t col,
		     uint64_t tile_row, uint32_t first_out, uint32_t num_out,
		     uint32_t first_in)
{
	const uint32_t num_in = p->tiling.tile[p->ic];
	const uint64_t out = first_out + tile_row % num_out,
		       in = first_in + tile_row / num_out % num_in,
		       k = tile_row / num_out / num_in;
	const int64_t oc = (int64_t)(out * p->arch->array_m + col),
		      ic = (int64_t)(in * p->arch->array_n + row);

	if (k >= p->kernel || oc >= p->w->extent[0] || ic >= p->w->extent[1])
		return 0;
	return ((const int8_t *)p->w->tensor->qdata)
		[(uint64_t)(oc * p->w->extent[1] + ic) * p->kernel + k];
}

static uint64_t check_tile(const struct packing *p, const uint8_t *data,
			   uint32_t first_out, uint32_t num_out,
			   uint32_t first_in)
{
	const uint64_t k =
		p->arch->weight_layout == GS_WEIGHTS_COLUMN ?
			1 :
			p->arch->param_channel_bw / 8 / p->arch->array_n;
	const uint64_t used =
		(uint64_t)num_out * p->tiling.tile[p->ic] * p->kernel;
	const uint64_t bytes =
		(used + k - 1) / k * k * p->arch->array_n * p->arch->array_m;
	uint32_t row, col;
	uint64_t at, tile_row;

	for (at = 0; at < bytes; at++) {
		land(p->arch, at, &row, &col, &tile_row);
		assert_int_equal((int8_t)data[at],
				 weight_of(p, row, col, tile_row, first_out,
					   num_out, first_in));
	}
	return (bytes + 63) / 64 * 64;
}

/* Tiles in the order of blocks: output channels, then input channels. */
static void check_packed(const struct packing *p, const struct gs_program *prog)
{
	const uint32_t num_out = p->b->var[p->oc].units,
		       num_in = p->b->var[p->ic].units;
	uint64_t at = p->w->offset;
	uint32_t out, in;

	assert_int_equal(at % 64, 0);
	for (out = 0; out < num_out; out += p->tiling.tile[p->oc]) {
		const uint32_t left = num_out - out;
		const uint32_t tile = left < p->tiling.tile[p->oc] ?
					      left :
					      p->tiling.tile[p->oc];

		for (in = 0; in < num_in; in += p->tiling.tile[p->ic])
			at += check_tile(p, prog->param + at, out, tile, in);
	}
	assert_true(at <= prog->param_bytes + 63);
}

static void pack(const char *arch_name, uint32_t out_tile, uint32_t in_tile)
{
	struct gs_program prog = { 0 };
	struct packing p = { 0 };
	char err[GS_ARCH_ERR_SIZE], path[128];
	struct gs_arch arch;
	struct fixture f;
	struct gs_gen gen;
	uint8_t *before;
	unsigned v;

	snprintf(path, sizeof(path), "hw-model/configs/%s.json", arch_name);
	assert_int_equal(gs_arch_load(source_path(path), &arch, err), 0);
	fixture_init(&f);
	gs_acg_init(&f.acg, &arch);
	add_activation(f.g, "x", "1x40x5x5", 0.5, 0);
	add_weight(f.g, "w", "37x40x3x2");
	add_activation(f.g, "y", "1x37x3x4", 0.5, 0);
	add_node(f.g, "Conv", "x w", "y");
	p.b = fixture_bind(&f);
	assert_int_equal(
		gs_pass_layout(f.g, &f.lib, &f.acg, &f.first, &f.r.diag), 0);
	gen = (struct gs_gen){
		.graph = f.g, .acg = &f.acg, .prog = &prog, .diag = &f.r.diag
	};
	p.arch = &arch;
	p.w = find_operand(p.b, "w");
	p.kernel = 6;
	p.oc = find_var(p.b, "oc");
	p.ic = find_var(p.b, "ic");
	for (v = 0; v < p.b->num_vars; v++)
		p.tiling.tile[v] = p.b->var[v].units;
	if (out_tile < p.b->var[p.oc].units)
		p.tiling.tile[p.oc] = out_tile;
	if (p.b->var[p.ic].units % in_tile == 0)
		p.tiling.tile[p.ic] = in_tile;
	gs_append_param(&gen, 100, &before); /* not at the start */
	gs_pack_weights(&gen, p.b, &p.tiling,
			(struct gs_bound_operand *)(uintptr_t)p.w);
	assert_int_equal(gen.err, 0);
	check_packed(&p, &prog);
	gs_program_free(&prog);
	fixture_fini(&f);
}

static void test_weights(void **state)
{
	/* published, interleaving 4, 8, 4, 1, 2 rows; column */
	static const char *const arch[] = {
		"fpga4x4",	 "benchmark_8x8",   "benchmark_16x16",
		"design_03",	 "benchmark_32x32", "genesys_8x8",
		"genesys_16x16", "genesys_32x32"
	};
	uint32_t out, in;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(arch) / sizeof(arch[0]); i++)
		for (out = 1; out <= 5; out += 2)
			for (in = 1; in <= 5; in++)
				pack(arch[i], out, in);
}

/* ---- capacity ------------------------------------------------------------ */

/* Each loop outside and inside but the kernel's 3 x 3: more words than the smallest memories hold. */
static void check_capacity(uint32_t array, uint32_t simd, const char *says)
{
	struct gs_planned layer = { 0 };
	struct gs_program prog;
	struct fixture f;
	unsigned v;

	fixture_init(&f);
	f.acg.arch.instr_depth = array;
	f.acg.arch.simd_instr_depth = simd;
	add_activation(f.g, "x", "4x64x10x10", 0.5, -3);
	add_weight(f.g, "w", "64x64x3x3");
	add_activation(f.g, "y", "4x64x8x8", 0.5, -3);
	add_node(f.g, "Conv", "x w", "y");
	layer.binding = fixture_bind(&f);
	assert_int_equal(
		gs_pass_layout(f.g, &f.lib, &f.acg, &f.first, &f.r.diag), 0);
	assert_int_equal(gs_plan_layer(layer.binding, &f.acg, &layer.tiling,
				       &f.r.diag),
			 0);
	for (v = 0; v < layer.binding->num_vars; v++)
		layer.tiling.tile[v] = layer.binding->var[v].units % 2 ? 3 : 2;
	assert_int_equal(gs_codegen(f.g, &f.acg, &layer, 1, &prog, &f.r.diag),
			 says ? -ENOSPC : 0);
	assert_int_equal(f.r.num, says ? 1 : 0);
	if (says)
		assert_says(f.r.text, says);
	gs_program_free(&prog);
	fixture_fini(&f);
}

static void test_capacity(void **state)
{
	(void)state;
	check_capacity(1024, 1024, NULL);
	check_capacity(64, 1024,
		       "array words, but the machine's INSTR_DEPTH is 64");
	check_capacity(1024, 16,
		       "SIMD words, but the machine's SIMD_INSTR_DEPTH is 16");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_small_machines),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_capacity),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
