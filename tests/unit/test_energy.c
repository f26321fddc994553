/* SPDX-License-Identifier: MIT */
/*
 * Energy against what is derived by hand from docs/energy.md, on a 4 x 4
 * machine whose banks have 32 (IBUF, WBUF, BBUF), 64 (OBUF) and 128 bytes
 * (VMEM1, VMEM2, IMM).
 */
#include <math.h>

#include "hw-model/timing/energy.h"
#include "tests/unit/core_fixture.h"
#include "tests/unit/timing_program.h"

/* pJ of 64 bits: 10 at 8 KiB, and half for each quarter of the size. */
#define BANK_32 0.625
#define BANK_64 0.883883476
#define BANK_128 1.25

static struct gs_energy_table table_default(void)
{
	struct gs_energy_table table;
	char err[GS_ARCH_ERR_SIZE];

	assert_int_equal(gs_energy_default(&table, err), 0);
	return table;
}

static void assert_near(double got, double expected)
{
	if (fabs(got - expected) > 1e-9 * fabs(expected))
		fail_msg("got %.17g, expected %.17g", got, expected);
}

static struct gs_energy energy_of(struct fixture *f,
				  const struct gs_timing_block *b)
{
	const struct gs_energy_table table = table_default();
	struct gs_energy e;

	gs_energy_of(&table, gs_core_arch(f->core), b, &e);
	return e;
}

static void assert_energy(const struct gs_energy *got,
			  const double expected[GS_ENERGY_PARTS])
{
	double sum = 0;

	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++) {
		assert_near(got->pj[p], expected[p]);
		sum += expected[p];
	}
	assert_near(gs_energy_total(got), sum);
}

static void assert_access(const struct gs_timing_block *b,
			  enum gs_scratchpad spad, uint64_t read,
			  uint64_t written, uint64_t loaded, uint64_t stored)
{
	const struct gs_timing_access *a = &b->access[spad];

	assert_int_equal(a->read, read);
	assert_int_equal(a->written, written);
	assert_int_equal(a->loaded, loaded);
	assert_int_equal(a->stored, stored);
}

/* ---- programs ------------------------------------------------------------------- */

/* 16 steps, each of which starts sums. */
static void gemm_uses(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;
	struct gs_energy e;

	emit_gemm(&f->program);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_access(&b, GS_SPAD_WBUF, 16 * 16, 0, 32, 0);
	assert_access(&b, GS_SPAD_IBUF, 16 * 4, 0, 32, 0);
	assert_access(&b, GS_SPAD_BBUF, 16 * 4, 0, 8, 0);
	assert_access(&b, GS_SPAD_OBUF, 0, 16 * 4, 0, 64);
	e = energy_of(f, &b);
	assert_energy(&e, (const double[GS_ENERGY_PARTS]){
				  [GS_ENERGY_ARRAY] = 16 * 16 * (0.2 + 0.1),
				  [GS_ENERGY_WBUF] = (256 + 32) / 8 * BANK_32,
				  [GS_ENERGY_IBUF] = (64 + 32) / 8 * BANK_32,
				  [GS_ENERGY_BBUF] = (64 + 8) / 2 * BANK_32,
				  [GS_ENERGY_OBUF] = (64 + 64) / 2 * BANK_64,
				  [GS_ENERGY_FETCH] = 2 * 25 * 5,
				  [GS_ENERGY_DRAM] =
					  (100 + 32 + 32 + 32 + 256) * 160,
			  });
}

/* 36 steps, 4 of which start sums, at 0. */
static void conv_uses(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;
	struct gs_energy e;

	emit_conv(&f->program);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_access(&b, GS_SPAD_WBUF, 36 * 16, 0, 144, 0);
	assert_access(&b, GS_SPAD_IBUF, 36 * 4, 0, 64, 0);
	assert_access(&b, GS_SPAD_BBUF, 0, 0, 0, 0);
	assert_access(&b, GS_SPAD_OBUF, 32 * 4, 36 * 4, 0, 16);
	e = energy_of(f, &b);
	assert_energy(&e,
		      (const double[GS_ENERGY_PARTS]){
			      [GS_ENERGY_ARRAY] = 36 * 16 * (0.2 + 0.1),
			      [GS_ENERGY_WBUF] = (576 + 144) / 8 * BANK_32,
			      [GS_ENERGY_IBUF] = (144 + 64) / 8 * BANK_32,
			      [GS_ENERGY_OBUF] = (128 + 144 + 16) / 2 * BANK_64,
			      [GS_ENERGY_FETCH] = 2 * 44 * 5,
			      [GS_ENERGY_DRAM] = (176 + 144 + 64 + 64) * 160,
		      });
}

/* 14 words; Tandem runs START, 10 that configure, RELU 16 times, END. */
static void relu_uses(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;
	struct gs_energy e;

	emit_relu(&f->program);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_access(&b, GS_SPAD_VMEM1, 64, 64, 64, 64);
	assert_int_equal(b.tandem_words, 12 + 16);
	e = energy_of(f, &b);
	assert_energy(&e, (const double[GS_ENERGY_PARTS]){
				  [GS_ENERGY_TANDEM] = 16 * 4 * 0.1,
				  [GS_ENERGY_VMEM] = 4 * 64 / 2 * BANK_128,
				  [GS_ENERGY_FETCH] = (2 * 14 + 28) * 5,
				  [GS_ENERGY_DRAM] = (56 + 256 + 256) * 160,
			  });
}

static void emit_iterator(struct program *p, uint32_t ns, int32_t stride)
{
	EMIT(p, BASE_SIGN_EXT, ns, 0, 0);
	EMIT(p, STRIDE_SIGN_EXT, ns, 0, (uint32_t)stride & 0xffff);
}

/*
 * 8 iterations over rows of VMEM1 and a slot of IMM: products to VMEM2, added
 * there, divided, moved where not 0; a NOP. Then 8 rows go from VMEM2 to VMEM1.
 */
static void emit_classes(struct program *p)
{
	const uint32_t v1 = GS_NS_VMEM1, v2 = GS_NS_VMEM2, imm = GS_NS_IMM;

	SIMD_START(p);
	emit_iterator(p, v1, 1);
	emit_iterator(p, v2, 1);
	emit_iterator(p, imm, 0);
	EMIT(p, SET_ITER, 0, 0, 8);
	EMIT(p, SET_INDEX, v2, 0, v1, 0, imm, 0);
	EMIT(p, SET_INST, 1, 0, 5);
	EMIT(p, MUL, v2, 0, v1, 0, imm, 0);
	EMIT(p, MACC, v2, 0, v1, 0, imm, 0);
	EMIT(p, DIV, v2, 0, v1, 0, imm, 0);
	EMIT(p, COND_MOVE_TRUE, v2, 0, v1, 0, imm, 0);
	EMIT(p, NOP, 0, 0, 0, 0, 0, 0);
	EMIT(p, PERM_SET_BASE_ADDR, GS_PERM_RD, 0, 0);
	EMIT(p, PERM_SET_LOOP_ITER, GS_PERM_RD, 0, 7);
	EMIT(p, PERM_SET_BASE_ADDR, GS_PERM_WR, 0, 0);
	EMIT(p, PERM_SET_LOOP_ITER, GS_PERM_WR, 0, 7);
	EMIT(p, PERM_START, v1, 0, v2, 0, 0);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

static void classes_of_operations(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;
	struct gs_energy e;

	emit_classes(&f->program);
	assert_int_equal(f->program.num, 22);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_int_equal(b.ops, 4 * 8);
	assert_int_equal(b.ops_of[GS_OP_SIMPLE], 8);
	assert_int_equal(b.ops_of[GS_OP_MULTIPLY], 8);
	assert_int_equal(b.ops_of[GS_OP_MACC], 8);
	assert_int_equal(b.ops_of[GS_OP_SPECIAL], 8);
	assert_access(&b, GS_SPAD_VMEM1, 4 * 8 * 4, 8 * 4, 0, 0);
	/* MACC and COND_MOVE read what is there, and so does the permutation */
	assert_access(&b, GS_SPAD_VMEM2, 3 * 8 * 4, 4 * 8 * 4, 0, 0);
	assert_access(&b, GS_SPAD_IMM, 4 * 8, 0, 0, 0);
	/* all words but BLOCK_END, those of the body 8 times */
	assert_int_equal(b.tandem_words, 21 - 5 + 5 * 8);
	e = energy_of(f, &b);
	assert_near(e.pj[GS_ENERGY_TANDEM],
		    32 * (0.1 + 3.1 + (3.1 + 0.1) + 25.5) + 32 / 2 * BANK_128);
	assert_near(e.pj[GS_ENERGY_VMEM], (160 + 224) / 2 * BANK_128);
}

/* Every function, by the rules of docs/isa.md section 6 and docs/energy.md. */
static void every_function(void **state)
{
	enum {
		S = GS_OP_SIMPLE,
		M = GS_OP_MULTIPLY,
		A = GS_OP_MACC,
		X = GS_OP_SPECIAL
	};
	static const struct {
		enum gs_insn_id id;
		unsigned class, sources;
		bool old; /* destination is read */
	} functions[] = {
		{ GS_INSN_ADD, S, 2, 0 },
		{ GS_INSN_SUB, S, 2, 0 },
		{ GS_INSN_MUL, M, 2, 0 },
		{ GS_INSN_MACC, A, 2, 1 },
		{ GS_INSN_DIV, X, 2, 0 },
		{ GS_INSN_MAX, S, 2, 0 },
		{ GS_INSN_MIN, S, 2, 0 },
		{ GS_INSN_RSHIFT, S, 2, 0 },
		{ GS_INSN_LSHIFT, S, 2, 0 },
		{ GS_INSN_MOVE, S, 1, 0 },
		{ GS_INSN_COND_MOVE_TRUE, S, 2, 1 },
		{ GS_INSN_COND_MOVE_FALSE, S, 2, 1 },
		{ GS_INSN_NOT, S, 1, 0 },
		{ GS_INSN_AND, S, 2, 0 },
		{ GS_INSN_OR, S, 2, 0 },
		{ GS_INSN_RELU, S, 1, 0 },
		{ GS_INSN_LEAKY_RELU, M, 2, 0 },
		{ GS_INSN_ABS, S, 1, 0 },
		{ GS_INSN_SIGN, S, 1, 0 },
		{ GS_INSN_SIGMOID, S, 1, 0 },
		{ GS_INSN_TANH, S, 1, 0 },
		{ GS_INSN_EXP, X, 1, 0 },
		{ GS_INSN_LN, X, 1, 0 },
		{ GS_INSN_SQRT, X, 1, 0 },
		{ GS_INSN_INV_SQRT, X, 1, 0 },
		{ GS_INSN_LOG2, X, 1, 0 },
		{ GS_INSN_EQUAL, S, 2, 0 },
		{ GS_INSN_LTE, S, 2, 0 },
		{ GS_INSN_CAST_32FXP_8FXP, S, 1, 0 },
		{ GS_INSN_FLOOR, S, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct fixture *f = *state;
		struct gs_timing_block b;

		f->program.num = 0;
		SIMD_START(&f->program);
		program_emit(&f->program,
			     (struct gs_insn){ functions[i].id,
					       { GS_NS_VMEM2, 0, GS_NS_VMEM1, 0,
						 GS_NS_IMM, 0 } });
		SIMD_END(&f->program);
		EMIT(&f->program, BLOCK_END, 1);
		b = time_program(f, GS_TIMING_HARDWARE);
		for (unsigned c = 0; c < GS_OP_CLASSES; c++)
			assert_int_equal(b.ops_of[c], c == functions[i].class);
		assert_access(&b, GS_SPAD_VMEM1, 4, 0, 0, 0);
		assert_access(&b, GS_SPAD_VMEM2, functions[i].old ? 4 : 0, 4, 0,
			      0);
		assert_access(&b, GS_SPAD_IMM, functions[i].sources - 1, 0, 0,
			      0);
		assert_int_equal(b.tandem_words, 3);
	}
}

/* Three tiles add to the same sums: all but the last store what is not complete. */
static void partial_sums(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	struct gs_timing_block b;

	SA_START(p);
	EMIT(p, SA_LOOP_CFG, 0, 0, 2);
	EMIT(p, SA_REDUCTION_LOOP, 32, 0, GS_RED_OUTER, GS_DIM_IC);
	emit_transfer(p, GS_ACC_LD, GS_BUF_WBUF, 1); /* 16 bytes, once */
	emit_transfer(p, GS_ACC_LD, GS_BUF_BBUF, 4); /* 16 bytes, once */
	emit_stride(p, GS_ACC_LD, GS_BUF_IBUF, 0, 32);
	emit_transfer(p, GS_ACC_LD, GS_BUF_IBUF, 8); /* 32 bytes */
	emit_transfer(p, GS_ACC_LD, GS_BUF_OBUF, 32); /* 128 bytes */
	emit_inner(p, 7, 8, 1, 0, 1);
	emit_transfer(p, GS_ACC_ST, GS_BUF_OBUF, 32);
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_int_equal(b.steps, 24);
	assert_access(&b, GS_SPAD_WBUF, 24 * 16, 0, 16, 0);
	assert_access(&b, GS_SPAD_IBUF, 24 * 4, 0, 3 * 32, 0);
	assert_access(&b, GS_SPAD_BBUF, 8 * 4, 0, 4, 0);
	assert_access(&b, GS_SPAD_OBUF, 16 * 4, 24 * 4, 3 * 32, 3 * 32);
	assert_int_equal(b.partial, 2 * 32);
}

/* ---- sums and options ----------------------------------------------------------- */

static void sums(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block sum = { 0 }, b;
	struct gs_energy parts[2], whole;

	emit_gemm(&f->program);
	b = time_program(f, GS_TIMING_HARDWARE);
	parts[0] = energy_of(f, &b);
	gs_timing_add(&sum, &b);
	f->program.num = 0;
	emit_classes(&f->program);
	b = time_program(f, GS_TIMING_HARDWARE);
	parts[1] = energy_of(f, &b);
	gs_timing_add(&sum, &b);
	whole = energy_of(f, &sum);
	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
		assert_near(whole.pj[p], parts[0].pj[p] + parts[1].pj[p]);
	assert_near(gs_energy_total(&whole),
		    gs_energy_total(&parts[0]) + gs_energy_total(&parts[1]));
}

/* IBUF 128, WBUF 512, OBUF 256, BBUF 128 bytes in all their banks. */
static void whole_buffers(void **state)
{
	struct fixture *f = *state;
	struct gs_energy_table table = table_default();
	struct gs_timing_block b;
	struct gs_energy e;

	table.whole_buffers = true;
	emit_gemm(&f->program);
	b = time_program(f, GS_TIMING_HARDWARE);
	gs_energy_of(&table, gs_core_arch(f->core), &b, &e);
	assert_near(e.pj[GS_ENERGY_WBUF], 36 * 2.5);
	assert_near(e.pj[GS_ENERGY_IBUF], 12 * 1.25);
	assert_near(e.pj[GS_ENERGY_OBUF], 64 * 1.767766953);
}

/* All memories: 2 * 4096 of instructions, 128 + 512 + 2 * 256 + 128 + 2 * 512, and IMM 128. */
static void leakage(void **state)
{
	struct fixture *f = *state;
	struct gs_energy_table table = table_default();
	struct gs_arch arch = *gs_core_arch(f->core);
	struct gs_timing_block b = { .cycles = 3000 };
	struct gs_energy e;

	arch.clock_mhz = 500;
	gs_energy_of(&table, &arch, &b, &e);
	assert_true(gs_energy_total(&e) == 0);
	table.leakage_mw_per_kib = 0.5;
	gs_energy_of(&table, &arch, &b, &e);
	assert_near(e.pj[GS_ENERGY_LEAKAGE],
		    (8192 + 128 + 512 + 512 + 128 + 1024 + 128) / 1024. * 0.5 *
			    3000 * 2);
	assert_near(gs_energy_total(&e), e.pj[GS_ENERGY_LEAKAGE]);
}

/* A machine of 4 bits, and one with sums of 16 bits. */
static void widths(void **state)
{
	struct fixture *f = *state;
	struct gs_energy_table table = table_default();
	struct gs_arch arch = *gs_core_arch(f->core);
	struct gs_timing_block b = { .steps = 10 };
	struct gs_energy e;

	arch.data_width = 4;
	gs_energy_of(&table, &arch, &b, &e);
	assert_near(e.pj[GS_ENERGY_ARRAY], 160 * (0.1 + 0.1));
	arch.wgt_width = 4;
	gs_energy_of(&table, &arch, &b, &e);
	assert_near(e.pj[GS_ENERGY_ARRAY], 160 * (0.05 + 0.1));
	arch.acc_width = 16;
	gs_energy_of(&table, &arch, &b, &e);
	assert_near(e.pj[GS_ENERGY_ARRAY], 160 * (0.05 + 0.05));
	/* half of the bits from a bank of half the size: 0.5 * sqrt(0.5) */
	b.access[GS_SPAD_IBUF].read = 16;
	gs_energy_of(&table, &arch, &b, &e);
	assert_near(e.pj[GS_ENERGY_IBUF], 0.441941738);
}

static void interpolation(void **state)
{
	struct gs_energy_table table = table_default();

	(void)state;
	assert_near(gs_energy_sram_pj(&table, 8192), 10);
	assert_near(gs_energy_sram_pj(&table, 32768), 20);
	assert_near(gs_energy_sram_pj(&table, 1048576), 100);
	/* in the middle of 8 and 32 KiB, and of 32 KiB and 1 MiB */
	assert_near(gs_energy_sram_pj(&table, 16384), 14.142135624);
	assert_near(gs_energy_sram_pj(&table, 185363.80004736633),
		    44.721359550);
	/* beyond: half a quarter down; five times 32 times up */
	assert_near(gs_energy_sram_pj(&table, 2048), 5);
	assert_near(gs_energy_sram_pj(&table, 33554432), 500);
	table.num_sram = 1;
	assert_near(gs_energy_sram_pj(&table, 2048), 10);
	/* a cliff: the line would go on without end */
	table.num_sram = 2;
	table.sram[1] = (struct gs_energy_sram){ 8192.0000001, 1000 };
	assert_near(gs_energy_sram_pj(&table, 8193), GS_ENERGY_MAX_PJ);
	assert_near(gs_energy_sram_pj(&table, 8191), GS_ENERGY_MIN_SRAM_PJ);
}

/* ---- tables --------------------------------------------------------------------- */

/* A change of a price needs its source in docs/energy.md. */
static void default_is_frozen(void **state)
{
	const struct gs_energy_table t = table_default();

	(void)state;
	assert_string_equal(t.name, "Horowitz 45 nm");
	assert_true(t.multiply_8x8 == 0.2 && t.multiply_8x4 == 0.1 &&
		    t.multiply_4x4 == 0.05);
	assert_true(t.add_32 == 0.1 && t.add_16 == 0.05);
	assert_true(t.tandem_simple == 0.1 && t.tandem_multiply == 3.1 &&
		    t.tandem_special == 25.5);
	assert_true(t.instruction_word == 5 && t.dram_byte == 160 &&
		    t.leakage_mw_per_kib == 0);
	assert_false(t.whole_buffers);
	assert_int_equal(t.num_sram, 3);
	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
		assert_string_not_equal(
			gs_energy_part_name((enum gs_energy_part)p), "?");
}

#define TABLE(NAME, MUL, SRAM, SIZE, MORE)                                  \
	"{\"name\": " NAME ", \"multiply_8x8_pj\": " MUL                    \
	", \"multiply_8x4_pj\": 1, \"multiply_4x4_pj\": 1, \"add_32_pj\": " \
	"1, \"add_16_pj\": 1, \"tandem_simple_pj\": 1, "                    \
	"\"tandem_multiply_pj\": 1, \"tandem_special_pj\": 1, "             \
	"\"instruction_word_pj\": 1, \"sram_64bit_pj\": " SRAM              \
	", \"sram_size\": " SIZE MORE "}"
#define DRAM ", \"dram_byte_pj\": 0"
#define POINT "[[1024, 1]]"

static int parse(const char *json, struct gs_energy_table *table, char *err)
{
	return gs_energy_parse(json, strlen(json), table, err);
}

static void table_is_read(void **state)
{
	struct gs_energy_table t;
	char err[GS_ARCH_ERR_SIZE];

	(void)state;
	assert_int_equal(parse(TABLE("\"x\"", "0.25", "[[1, 1e-3], [2.5, 7]]",
				     "\"buffer\"",
				     DRAM ", \"leakage_mw_per_kib\": 2"),
			       &t, err),
			 0);
	assert_string_equal(t.name, "x");
	assert_true(t.multiply_8x8 == 0.25 && t.dram_byte == 0 &&
		    t.leakage_mw_per_kib == 2 && t.whole_buffers);
	assert_int_equal(t.num_sram, 2);
	assert_true(t.sram[0].pj == 1e-3 && t.sram[1].bytes == 2.5);
}

static void wrong_tables(void **state)
{
	static const struct {
		const char *json, *says;
	} wrong[] = {
		{ "", "line 1: JSON text ends too early" },
		{ "[]", "not a JSON object, but array" },
		{ "{\"name\": \"x\"}",
		  "required field multiply_8x8_pj is missing" },
		{ TABLE("\"x\"", "1", POINT, "\"bank\"", ""),
		  "required field dram_byte_pj is missing" },
		{ TABLE("\"x\"", "1", POINT, "\"bank\"",
			DRAM ", \"dram_pj\": 1"),
		  "unknown field dram_pj" },
		{ TABLE("\"x\"", "1", POINT, "\"bank\"",
			DRAM ", \"add_8_pj\": 1"),
		  "unknown field add_8_pj, did you mean add_32_pj?" },
		{ TABLE("\"x\"", "-1", POINT, "\"bank\"", DRAM),
		  "multiply_8x8_pj: -1 must be 0 to 1e+06" },
		{ TABLE("\"x\"", "NaN", POINT, "\"bank\"", DRAM),
		  "multiply_8x8_pj: NaN must be 0 to 1e+06" },
		{ TABLE("\"x\"", "1e999", POINT, "\"bank\"", DRAM),
		  "multiply_8x8_pj: " },
		{ TABLE("\"x\"", "2000000", POINT, "\"bank\"", DRAM),
		  "multiply_8x8_pj: 2000000 must be 0 to 1e+06" },
		{ TABLE("\"x\"", "\"1\"", POINT, "\"bank\"", DRAM),
		  "multiply_8x8_pj: is string, must be a number" },
		{ TABLE("\"x\"", "null", POINT, "\"bank\"", DRAM),
		  "multiply_8x8_pj: is null, must be a number" },
		{ TABLE("7", "1", POINT, "\"bank\"", DRAM),
		  "name: is int, must be a string" },
		{ TABLE("\"\"", "1", POINT, "\"bank\"", DRAM),
		  "name: has 0 bytes, must be 1 to 63" },
		{ TABLE("\"a\\nb\"", "1", POINT, "\"bank\"", DRAM),
		  "name: 'a?b' has a control character" },
		{ TABLE("\"a\\u0000b\"", "1", POINT, "\"bank\"", DRAM),
		  "name: must not contain NUL" },
		{ TABLE("\"x\"", "1", POINT, "\"row\"", DRAM),
		  "sram_size: 'row' must be bank or buffer" },
		{ TABLE("\"x\"", "1", "[]", "\"bank\"", DRAM),
		  "sram_64bit_pj: has 0 points, must be 1 to 16" },
		{ TABLE("\"x\"", "1", "1", "\"bank\"", DRAM),
		  "sram_64bit_pj: is int, must be an array" },
		{ TABLE("\"x\"", "1", "[1, 2]", "\"bank\"", DRAM),
		  "sram_64bit_pj: a point: is int, must be an array" },
		{ TABLE("\"x\"", "1", "[[1]]", "\"bank\"", DRAM),
		  "sram_64bit_pj: a point has 1 numbers, must be bytes and pJ" },
		{ TABLE("\"x\"", "1", "[[0, 1]]", "\"bank\"", DRAM),
		  "sram_64bit_pj: bytes: 0 must be 1 to" },
		{ TABLE("\"x\"", "1", "[[8, 0]]", "\"bank\"", DRAM),
		  "sram_64bit_pj: pJ: 0 must be 1e-06 to" },
		{ TABLE("\"x\"", "1", "[[8, 1], [8, 2]]", "\"bank\"", DRAM),
		  "sram_64bit_pj: 8 bytes after 8, must rise" },
		{ TABLE("\"x\"", "1", POINT, "\"bank\"", DRAM) "x",
		  "line 1: not JSON" },
	};
	char err[GS_ARCH_ERR_SIZE];
	struct gs_energy_table t;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		*err = 0;
		assert_int_equal(parse(wrong[i].json, &t, err), -EINVAL);
		if (strncmp(err, wrong[i].says, strlen(wrong[i].says)))
			fail_msg("case %zu: \"%s\", expected \"%s\"", i, err,
				 wrong[i].says);
	}
	assert_int_equal(gs_energy_load("/nonexistent/t.json", &t, err),
			 -ENOENT);
	assert_string_equal(err,
			    "/nonexistent/t.json: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gemm_uses),
		TEST(conv_uses),
		TEST(relu_uses),
		TEST(classes_of_operations),
		TEST(every_function),
		TEST(partial_sums),
		TEST(sums),
		TEST(whole_buffers),
		TEST(leakage),
		TEST(widths),
		cmocka_unit_test(interpolation),
		cmocka_unit_test(default_is_frozen),
		cmocka_unit_test(table_is_read),
		cmocka_unit_test(wrong_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
