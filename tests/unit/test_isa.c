/* SPDX-License-Identifier: MIT */
/*
 * The instruction table: words and text of single instructions.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "genesys/isa.h"
#include "hw-model/isa/asm.h"

#define MAX_CORNERS 6
#define SAMPLES 5000000

static const enum gs_isa_encoding encodings[] = { GS_ENC_SYNC_INST,
						  GS_ENC_INST_GROUP_2021 };

/* Some encoding that has the instruction. */
static enum gs_isa_encoding encoding_of(const struct gs_isa_desc *d)
{
	return d->encodings & GS_ENC_SYNC_INST ? GS_ENC_SYNC_INST :
						 GS_ENC_INST_GROUP_2021;
}

static uint32_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 16);
}

/* The values at the ends of an operand's range, or all its names. */
static size_t corners(const struct gs_isa_field *f, uint32_t *val)
{
	uint32_t max = (UINT32_C(1) << f->width) - 1;
	size_t n = 0;

	switch (f->kind) {
	case GS_OPK_UINT:
	case GS_OPK_IMM16:
		val[n++] = 0;
		val[n++] = max;
		if (max > 1)
			val[n++] = max / 2 + 1;
		return n;
	case GS_OPK_ZERO:
		val[0] = 0;
		return 1;
	case GS_OPK_C32:
		val[0] = 32;
		return 1;
	default:
		for (uint32_t v = 0; v < 16; v++)
			if (gs_isa_operand_name((enum gs_operand_kind)f->kind,
						v))
				val[n++] = v;
		assert_true(n > 0 && n <= MAX_CORNERS);
		return n;
	}
}

static void check_round_trip(const struct gs_insn *insn,
			     enum gs_isa_encoding enc)
{
	const struct gs_isa_desc *d = gs_isa_desc(insn->id);
	struct gs_insn back;
	uint32_t word;

	assert_int_equal(gs_isa_encode(insn, enc, &word, NULL), 0);
	assert_int_equal(word >> 28, d->opcode);
	for (unsigned int i = 0; i < d->num_fields; i++) {
		const struct gs_isa_field *f = &d->field[i];
		uint32_t mask = (UINT32_C(1) << f->width) - 1;

		assert_int_equal(word >> f->lsb & mask, insn->val[i]);
	}
	assert_int_equal(gs_isa_decode(word, enc, &back), 0);
	assert_int_equal(back.id, insn->id);
	assert_memory_equal(back.val, insn->val,
			    d->num_fields * sizeof(back.val[0]));
}

/* Every combination of corner values of one instruction. */
static void check_corners(enum gs_insn_id id)
{
	const struct gs_isa_desc *d = gs_isa_desc(id);
	uint32_t val[GS_ISA_MAX_OPERANDS][MAX_CORNERS];
	size_t count[GS_ISA_MAX_OPERANDS];
	size_t combinations = 1;

	for (unsigned int i = 0; i < d->num_fields; i++) {
		count[i] = corners(&d->field[i], val[i]);
		combinations *= count[i];
	}
	for (size_t c = 0; c < combinations; c++) {
		struct gs_insn insn = { .id = id };
		size_t rest = c;

		for (unsigned int i = 0; i < d->num_fields; i++) {
			insn.val[i] = val[i][rest % count[i]];
			rest /= count[i];
		}
		check_round_trip(&insn, encoding_of(d));
	}
}

static void corner_values_round_trip(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < GS_INSN_COUNT; i++)
		check_corners((enum gs_insn_id)i);
}

static void random_words_round_trip(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15;
	unsigned int decoded = 0;

	(void)state;
	for (unsigned int n = 0; n < SAMPLES; n++) {
		uint32_t word = next_random(&seed);
		enum gs_isa_encoding enc = encodings[n & 1];
		struct gs_insn insn;
		uint32_t back;

		/* Most random words are refused: clear bits of some. */
		if (n & 2)
			word &= next_random(&seed) | 0xf0000000;
		if (n & 4)
			word &= 0xff7fe00f | next_random(&seed);
		if (gs_isa_decode(word, enc, &insn))
			continue;
		decoded++;
		if (gs_isa_encode(&insn, enc, &back, NULL) || back != word)
			fail_msg("word 0x%08x became 0x%08x", word, back);
	}
	assert_true(decoded > SAMPLES / 50);
}

/* No bit outside of an instruction's operands may be set. */
static void check_stray_bits(enum gs_insn_id id)
{
	const struct gs_isa_desc *d = gs_isa_desc(id);
	struct gs_insn insn = { .id = id };
	uint32_t owned = d->fn == GS_ISA_NO_FN ? 0xf0000000 : 0xff000000;
	uint32_t word;

	for (unsigned int i = 0; i < d->num_fields; i++) {
		const struct gs_isa_field *f = &d->field[i];
		uint32_t val[MAX_CORNERS];

		corners(f, val);
		insn.val[i] = val[0];
		if (f->kind != GS_OPK_ZERO && f->kind != GS_OPK_C32)
			owned |= ((UINT32_C(1) << f->width) - 1) << f->lsb;
	}
	assert_int_equal(gs_isa_encode(&insn, encoding_of(d), &word, NULL), 0);
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct gs_insn other;

		if (owned >> bit & 1)
			continue;
		if (!gs_isa_decode(word ^ UINT32_C(1) << bit, encoding_of(d),
				   &other))
			assert_int_not_equal(other.id, id);
	}
}

static void stray_bits_are_refused(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < GS_INSN_COUNT; i++)
		check_stray_bits((enum gs_insn_id)i);
}

static void check_refused(enum gs_insn_id id, int i, uint32_t val)
{
	const struct gs_isa_desc *d = gs_isa_desc(id);
	struct gs_insn insn = { .id = id };
	uint32_t word = 0xdeadbeef;
	int bad = -2;

	for (int k = 0; k < d->num_fields; k++) {
		uint32_t corner[MAX_CORNERS];

		corners(&d->field[k], corner);
		insn.val[k] = k == i ? val : corner[0];
	}
	assert_int_equal(gs_isa_encode(&insn, encoding_of(d), &word, &bad),
			 -EINVAL);
	assert_int_equal(bad, i);
	assert_int_equal(word, 0xdeadbeef);
}

static void bad_values_name_the_operand(void **state)
{
	(void)state;
	for (unsigned int id = 0; id < GS_INSN_COUNT; id++) {
		const struct gs_isa_desc *d = gs_isa_desc((enum gs_insn_id)id);

		for (int i = 0; i < d->num_fields; i++) {
			uint32_t above = UINT32_C(1) << d->field[i].width;

			check_refused((enum gs_insn_id)id, i, above);
			check_refused((enum gs_insn_id)id, i, 0x80000000);
		}
	}
}

static void negative_immediates(void **state)
{
	struct gs_insn insn = { .id = GS_INSN_IMM_SIGN_EXT };
	uint32_t word;
	int bad;

	(void)state;
	insn.val[0] = GS_NS_IMM;
	insn.val[2] = (uint32_t)-32768;
	assert_int_equal(gs_isa_encode(&insn, GS_ENC_SYNC_INST, &word, &bad),
			 0);
	assert_int_equal(word, 0x6a808000);
	insn.val[2] = (uint32_t)-1;
	assert_int_equal(gs_isa_encode(&insn, GS_ENC_SYNC_INST, &word, &bad),
			 0);
	assert_int_equal(word, 0x6a80ffff);
	insn.val[2] = (uint32_t)-32769;
	assert_int_equal(gs_isa_encode(&insn, GS_ENC_SYNC_INST, &word, &bad),
			 -EINVAL);
	assert_int_equal(bad, 2);
}

/* Words written down by hand from docs/isa.md and the published streams. */
static const struct {
	uint32_t word;
	enum gs_isa_encoding enc;
	const char *text;
} golden[] = {
	{ 0x0f000000, GS_ENC_SYNC_INST, "NOP 0, 0, 0, 0, 0, 0" },
	{ 0x00454786, GS_ENC_SYNC_INST, "ADD VMEM1, 5, VMEM1, 7, IMM, 6" },
	{ 0x40101010, GS_ENC_SYNC_INST, "DTYPE_CFG 32FXP, 16, 16, 16" },
	{ 0x42080408, GS_ENC_SYNC_INST, "DTYPE_CFG 8FXP, 8, 4, 8" },
	{ 0x50400000, GS_ENC_SYNC_INST,
	  "LD_CONFIG_BASE_ADDR LSB, VMEM1, 0, 0" },
	{ 0x5d7f0100, GS_ENC_SYNC_INST, "ST_START 0, VMEM2, 31, 256" },
	{ 0x72810001, GS_ENC_SYNC_INST, NULL },
	{ 0x72200002, GS_ENC_SYNC_INST, "SET_INST 1, 0, 2" },
	{ 0x71e0ffff, GS_ENC_SYNC_INST, "SET_ITER 7, 0, 65535" },
	{ 0x83406001, GS_ENC_SYNC_INST, "PERM_START VMEM1, 0, VMEM2, 0, 1" },
	{ 0x90030004, GS_ENC_SYNC_INST, "SA_LOOP_CFG 0, 3, 4" },
	{ 0x98020006, GS_ENC_SYNC_INST, "SA_REDUCTION_LOOP 32, 2, OUTER, KH" },
	{ 0x98020003, GS_ENC_SYNC_INST, NULL },
	{ 0x98020008, GS_ENC_SYNC_INST, NULL },
	{ 0xa8000030, GS_ENC_SYNC_INST,
	  "SYNC_INST SIMD, START, EXEC, 0, 0, 48" },
	{ 0xae3f0001, GS_ENC_SYNC_INST, "SYNC_INST SIMD, END, BUF, 0, 63, 1" },
	{ 0xa7ffffff, GS_ENC_INST_GROUP_2021,
	  "INST_GROUP SYSTOLIC_ARRAY, END, 255, 3, 65535" },
	{ 0xb0000001, GS_ENC_SYNC_INST, "BLOCK_END 1" },
	{ 0xb0000002, GS_ENC_SYNC_INST, NULL },
	{ 0xcb8e8000, GS_ENC_SYNC_INST,
	  "SET_LOOP_STRIDE HIGH, WR, OBUF, 14, 32768" },
	{ 0xcc000000, GS_ENC_SYNC_INST, NULL },
	{ 0xd4401000, GS_ENC_SYNC_INST,
	  "SET_BASE_ADDR LOW, IMEM, IBUF, 0, 4096" },
	{ 0xd5000000, GS_ENC_SYNC_INST, NULL },
	{ 0xe4400054, GS_ENC_SYNC_INST, "LD_ST LD, IMEM, IBUF, 0, 84" },
	{ 0xf0000000, GS_ENC_SYNC_INST, NULL },
};

static void golden_words(void **state)
{
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		struct gs_insn insn = { .id = GS_INSN_COUNT };
		int ret = gs_isa_decode(golden[i].word, golden[i].enc, &insn);

		if (!golden[i].text) {
			assert_int_equal(ret, -EINVAL);
			assert_int_equal(insn.id, GS_INSN_COUNT);
			continue;
		}
		assert_int_equal(ret, 0);
		gs_isa_format(&insn, text, sizeof(text));
		assert_string_equal(text, golden[i].text);
	}
}

static void opcode_10_follows_the_encoding(void **state)
{
	struct gs_insn insn = { .id = GS_INSN_SYNC_INST };
	uint32_t word;
	int bad = 0;

	(void)state;
	assert_int_equal(gs_isa_encode(&insn, GS_ENC_INST_GROUP_2021, &word,
				       &bad),
			 -EINVAL);
	assert_int_equal(bad, -1);
	insn.id = GS_INSN_COUNT;
	assert_int_equal(gs_isa_encode(&insn, GS_ENC_SYNC_INST, &word, &bad),
			 -EINVAL);
	assert_int_equal(bad, -1);
	assert_int_equal(
		gs_isa_decode(0xa0040000, GS_ENC_INST_GROUP_2021, &insn), 0);
	assert_int_equal(insn.id, GS_INSN_INST_GROUP);
	assert_int_equal(gs_isa_decode(0xa0040000, GS_ENC_SYNC_INST, &insn), 0);
	assert_int_equal(insn.id, GS_INSN_SYNC_INST);
}

static void find_and_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < GS_INSN_COUNT; i++) {
		const char *m = gs_isa_desc((enum gs_insn_id)i)->mnemonic;

		assert_int_equal(gs_isa_find(m, strlen(m)), i);
	}
	assert_int_equal(gs_isa_find("add", 3), GS_INSN_COUNT);
	assert_int_equal(gs_isa_find("ADDX", 3), GS_INSN_ADD);
	assert_int_equal(gs_isa_find("AD", 2), GS_INSN_COUNT);
	assert_int_equal(gs_isa_find("", 0), GS_INSN_COUNT);
	assert_null(gs_isa_desc(GS_INSN_COUNT));
	assert_string_equal(gs_isa_operand_name(GS_OPK_NS, GS_NS_IMM), "IMM");
	assert_null(gs_isa_operand_name(GS_OPK_NS, 5));
	assert_null(gs_isa_operand_name(GS_OPK_VNS, 0));
	assert_null(gs_isa_operand_name(GS_OPK_UINT, 0));
	assert_null(gs_isa_operand_name(GS_OPK_COUNT, 0));
}

static void format_truncates_as_snprintf(void **state)
{
	struct gs_insn insn = { .id = GS_INSN_BLOCK_END, .val = { 1 } };
	char text[80];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(gs_isa_format(&insn, text, 6), 11);
	assert_string_equal(text, "BLOCK");
	assert_int_equal(text[6], 'x');
	assert_int_equal(gs_isa_format(&insn, NULL, 0), 11);
	assert_int_equal(gs_isa_format(&insn, text, 11), 11);
	assert_string_equal(text, "BLOCK_END ");
}

/* Operands of one instruction have bits of their own. */
static void operands_do_not_overlap(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < GS_INSN_COUNT; i++) {
		const struct gs_isa_desc *d = gs_isa_desc((enum gs_insn_id)i);
		uint32_t used = d->fn == GS_ISA_NO_FN ? 0xf0000000 : 0xff000000;

		assert_true(d->num_fields <= GS_ISA_MAX_OPERANDS);
		for (unsigned int k = 0; k < d->num_fields; k++) {
			uint32_t mask = ((UINT32_C(1) << d->field[k].width) - 1)
					<< d->field[k].lsb;

			assert_int_equal(used & mask, 0);
			used |= mask;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands_do_not_overlap),
		cmocka_unit_test(corner_values_round_trip),
		cmocka_unit_test(random_words_round_trip),
		cmocka_unit_test(stray_bits_are_refused),
		cmocka_unit_test(bad_values_name_the_operand),
		cmocka_unit_test(negative_immediates),
		cmocka_unit_test(golden_words),
		cmocka_unit_test(opcode_10_follows_the_encoding),
		cmocka_unit_test(find_and_names),
		cmocka_unit_test(format_truncates_as_snprintf),
	};

	return cmocka_run_group_tests_name("isa", tests, NULL, NULL);
}
