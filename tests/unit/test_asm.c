/* SPDX-License-Identifier: MIT */
/*
 * Assembler, disassembler and the three forms of word lists.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw-model/isa/asm.h"

/* All messages of a text, one a line, as "line:column: message". */
struct log {
	char text[8192];
	size_t len;
};

static void collect(void *ctx, unsigned int line, unsigned int column,
		    const char *message)
{
	struct log *log = ctx;

	log->len += (size_t)snprintf(log->text + log->len,
				     sizeof(log->text) - log->len,
				     "%u:%u: %s\n", line, column, message);
	assert_true(log->len < sizeof(log->text));
}

static int assemble(const char *text, enum gs_isa_encoding enc,
		    struct gs_asm_result *result, struct log *log)
{
	/* The end of the text is the end of the memory. */
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(log, 0, sizeof(*log));
	*result = (struct gs_asm_result){ .errors = { collect, log, 0 } };
	ret = gs_asm_text(copy, len, enc, result);
	free(copy);
	return ret;
}

static void expect_words(const char *text, const uint32_t *word, size_t count)
{
	struct gs_asm_result r;
	struct log log;

	assert_int_equal(assemble(text, GS_ENC_SYNC_INST, &r, &log), 0);
	assert_string_equal(log.text, "");
	assert_int_equal(r.words.count, count);
	if (count)
		assert_memory_equal(r.words.word, word, count * sizeof(*word));
	gs_asm_result_fini(&r);
}

static void expect_errors(const char *text, const char *messages)
{
	struct gs_asm_result r;
	struct log log;

	assert_int_equal(assemble(text, GS_ENC_SYNC_INST, &r, &log), -EINVAL);
	assert_string_equal(log.text, messages);
	gs_asm_result_fini(&r);
}

#define WORDS(text, ...)                                      \
	expect_words(text, (const uint32_t[]){ __VA_ARGS__ }, \
		     sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void accepts_the_text_form(void **state)
{
	(void)state;
	expect_words("", NULL, 0);
	expect_words("\n \n\t# only a comment\n\r\n", NULL, 0);
	WORDS("BLOCK_END 1", 0xb0000001);
	WORDS("\t\tBLOCK_END 1\r\n\r\n  BLOCK_END 0 # last\n", 0xb0000001,
	      0xb0000000);
	WORDS("BLOCK_END\t0x1", 0xb0000001);
	WORDS("SA_LOOP_CFG 0,3 , 0X00fF", 0x900300ff);
	WORDS("SA_LOOP_CFG 0,003,010", 0x9003000a);
	WORDS("SET_ITER 7, -0, 65535#x", 0x71e0ffff);
}

static void accepts_aliases(void **state)
{
	(void)state;
	WORDS("SA_REDUCTION_LOOP 32, 0, OUTER, N", 0x98000004);
	WORDS("SA_REDUCTION_LOOP 32, 0, OUTER, IC", 0x98000004);
	WORDS("IMM_SIGN_EXT IMM, 1, -1\nIMM_SIGN_EXT IMM, 1, 65535\n",
	      0x6a81ffff, 0x6a81ffff);
	WORDS("IMM_SIGN_EXT IMM, 1, -32768", 0x6a818000);
	WORDS("IMM_SIGN_EXT IMM, 1, -0x8000", 0x6a818000);
	WORDS(".word 0xFfffffff\n.word 7\n", 0xffffffff, 7);
}

static void errors_name_operand_and_range(void **state)
{
	(void)state;
	expect_errors("\n\tSET_ITER 9, 0, 1\n",
		      "2:11: SET_ITER: operand 1 'loop': 9 is out of range "
		      "(0..7)\n");
	expect_errors("SET_ITER -1, 0, 65536\n",
		      "1:10: SET_ITER: operand 1 'loop': -1 is out of range "
		      "(0..7)\n"
		      "1:17: SET_ITER: operand 3 'n': 65536 is out of range "
		      "(0..65535)\n");
	expect_errors("IMM_SIGN_EXT IMM, 0, -32769",
		      "1:22: IMM_SIGN_EXT: operand 3 'imm': -32769 is out of "
		      "range (-32768..65535)\n");
	expect_errors("IMM_SIGN_EXT OBUF, 0, 99999999999999999999",
		      "1:14: IMM_SIGN_EXT: operand 1 'ns': OBUF is not one of "
		      "IMM\n"
		      "1:23: IMM_SIGN_EXT: operand 3 'imm': "
		      "99999999999999999999 is out of range (-32768..65535)\n");
	expect_errors("LD_START 0, VMEM1, x31, 1_0",
		      "1:20: LD_START: operand 3 'width': x31 is not a number "
		      "(0..31)\n"
		      "1:25: LD_START: operand 4 'req': 1_0 is not a number "
		      "(0..65535)\n");
	expect_errors("LD_START 1, 2, 31, 4",
		      "1:10: LD_START: operand 1 '0': 1 must be 0\n"
		      "1:13: LD_START: operand 2 'ns': 2 is not one of VMEM1, "
		      "VMEM2\n");
	expect_errors("SA_REDUCTION_LOOP 31, 0, MIDDLE, IC",
		      "1:19: SA_REDUCTION_LOOP: operand 1 '32': 31 must be 32\n"
		      "1:26: SA_REDUCTION_LOOP: operand 3 'type': MIDDLE is "
		      "not one of INNER, OUTER\n");
	expect_errors("DTYPE_CFG INT8, 256, 0x, -",
		      "1:11: DTYPE_CFG: operand 1 'dtype': INT8 is not one of "
		      "32FXP, 16FXP, 8FXP, 32FP, 16FP\n"
		      "1:17: DTYPE_CFG: operand 2 'dst_int': 256 is out of "
		      "range (0..255)\n"
		      "1:22: DTYPE_CFG: operand 3 'src1_int': 0x is not a "
		      "number (0..255)\n"
		      "1:26: DTYPE_CFG: operand 4 'src2_int': - is not a "
		      "number (0..255)\n");
}

static void errors_of_statements(void **state)
{
	(void)state;
	expect_errors("SETITER 1, 0, 1\n",
		      "1:1: unknown mnemonic 'SETITER', did you mean "
		      "SET_ITER?\n");
	expect_errors(" block_end 1\nQWERTYUIOP\n",
		      "1:2: unknown mnemonic 'block_end', did you mean "
		      "BLOCK_END?\n"
		      "2:1: unknown mnemonic 'QWERTYUIOP'\n");
	expect_errors("SET_ITER 1, 1\nSET_ITER\nSET_ITER 1, 0, 1, 1",
		      "1:1: SET_ITER: has 2 operands, needs 3: loop, 0, n\n"
		      "2:1: SET_ITER: has 0 operands, needs 3: loop, 0, n\n"
		      "3:1: SET_ITER: has 4 operands, needs 3: loop, 0, n\n");
	expect_errors("SET_ITER 1,, 1\nBLOCK_END ",
		      "1:12: SET_ITER: operand 2 '0': is empty\n"
		      "2:1: BLOCK_END: has 0 operands, needs 1: last\n");
	expect_errors("BLOCK_END 1, 2, 3, 4, 5, 6, 7, 8, 9",
		      "1:1: BLOCK_END: has 9 operands, needs 1: last\n");
	expect_errors("BLOCK_END \x01\xff"
		      "a\n, 1",
		      "1:11: BLOCK_END: operand 1 'last': ??a is not a number "
		      "(0..1)\n"
		      "2:1: unknown mnemonic ''\n");
	expect_errors(".word 0x100000000\n.word\n.word -1\n.word 1, 2",
		      "1:7: .word: '0x100000000' is not a number of 32 bits "
		      "(0..0xffffffff)\n"
		      "2:1: .word: has 0 operands, needs 1\n"
		      "3:7: .word: '-1' is not a number of 32 bits "
		      "(0..0xffffffff)\n"
		      "4:1: .word: has 2 operands, needs 1\n");
}

static void errors_of_encodings(void **state)
{
	struct gs_asm_result r;
	struct log log;

	(void)state;
	expect_errors("INST_GROUP SIMD, START, 0, 0, 1\n",
		      "1:1: INST_GROUP: does not exist in encoding sync_inst, "
		      "use --encoding=inst_group_2021\n");
	assert_int_equal(assemble("SYNC_INST SIMD, START, EXEC, 0, 0, 1",
				  GS_ENC_INST_GROUP_2021, &r, &log),
			 -EINVAL);
	assert_string_equal(log.text,
			    "1:1: SYNC_INST: does not exist in encoding "
			    "inst_group_2021, use --encoding=sync_inst\n");
	gs_asm_result_fini(&r);
	assert_int_equal(assemble("INST_GROUP SIMD, END, 1, 1, 1",
				  GS_ENC_INST_GROUP_2021, &r, &log),
			 0);
	assert_int_equal(r.words.word[0], 0xac050001);
	gs_asm_result_fini(&r);
}

static void errors_are_capped(void **state)
{
	static char text[4 * GS_TEXT_MAX_ERRORS + 1];
	struct gs_asm_result r;
	struct log log;

	(void)state;
	for (unsigned int i = 0; i < 2 * GS_TEXT_MAX_ERRORS; i++)
		memcpy(text + (size_t)2 * i, "?\n", 2);
	assert_int_equal(assemble(text, GS_ENC_SYNC_INST, &r, &log), -EINVAL);
	assert_int_equal(r.errors.count, GS_TEXT_MAX_ERRORS);
	gs_asm_result_fini(&r);

	r = (struct gs_asm_result){ .words = { 0 } };
	assert_int_equal(gs_asm_text("?", 1, GS_ENC_SYNC_INST, &r), -EINVAL);
	assert_int_equal(r.errors.count, 1);
	gs_asm_result_fini(&r);
}

static void undecodable_words_are_kept(void **state)
{
	char text[80];

	(void)state;
	assert_int_equal(gs_disasm_word(0xf0000001, GS_ENC_SYNC_INST, text,
					sizeof(text)),
			 16);
	assert_string_equal(text, ".word 0xf0000001");
	WORDS(text, 0xf0000001);
}

static const struct {
	enum gs_word_format format;
	const char *name;
	const char *text;
	size_t len;
} forms[] = {
	{ GS_WORDS_DECIMAL, "decimal", "4294967295\n0\n258\n", 17 },
	{ GS_WORDS_BINARY, "binary",
	  "11111111111111111111111111111111\n"
	  "00000000000000000000000000000000\n"
	  "00000000000000000000000100000010\n",
	  99 },
	{ GS_WORDS_RAW, "raw", "\xff\xff\xff\xff\0\0\0\0\2\1\0\0", 12 },
};

static void forms_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct gs_text_errors errors = { NULL, NULL, 0 };
		struct gs_words words = { 0 };
		enum gs_word_format format;
		char *text;
		size_t len;

		assert_int_equal(gs_word_format_parse(forms[i].name, &format),
				 0);
		assert_int_equal(format, forms[i].format);
		assert_int_equal(gs_words_read(&words, format, forms[i].text,
					       forms[i].len, &errors),
				 0);
		assert_int_equal(words.count, 3);
		assert_int_equal(words.word[0], 0xffffffff);
		assert_int_equal(words.word[1], 0);
		assert_int_equal(words.word[2], 258);
		assert_int_equal(gs_words_print(&words, format, &text, &len),
				 0);
		assert_int_equal(len, forms[i].len);
		assert_memory_equal(text, forms[i].text, len);
		free(text);
		gs_words_fini(&words);
	}
}

static void read_words(enum gs_word_format format, const char *text,
		       int expected_ret, const char *messages)
{
	struct log log = { .len = 0 };
	struct gs_text_errors errors = { collect, &log, 0 };
	struct gs_words words = { 0 };

	assert_int_equal(gs_words_read(&words, format, text, strlen(text),
				       &errors),
			 expected_ret);
	assert_string_equal(log.text, messages);
	gs_words_fini(&words);
}

static void forms_name_bad_lines(void **state)
{
	enum gs_word_format format;

	(void)state;
	read_words(GS_WORDS_DECIMAL, "1\r\n\n  2\n3", 0, "");
	read_words(GS_WORDS_DECIMAL, "4294967296\n  -1\nab\n1 2\n", -EINVAL,
		   "1:1: not a decimal number up to 4294967295\n"
		   "2:3: not a decimal number up to 4294967295\n"
		   "3:1: not a decimal number up to 4294967295\n"
		   "4:1: not a decimal number up to 4294967295\n");
	read_words(GS_WORDS_BINARY, "0000\n0000000000000000000000000000000x",
		   -EINVAL,
		   "1:1: not 32 characters of 0 and 1\n"
		   "2:1: not 32 characters of 0 and 1\n");
	read_words(GS_WORDS_RAW, "12345", -EINVAL,
		   "1:1: 5 bytes are not a whole number of words\n");
	assert_int_equal(gs_word_format_parse("hex", &format), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_the_text_form),
		cmocka_unit_test(accepts_aliases),
		cmocka_unit_test(errors_name_operand_and_range),
		cmocka_unit_test(errors_of_statements),
		cmocka_unit_test(errors_of_encodings),
		cmocka_unit_test(errors_are_capped),
		cmocka_unit_test(undecodable_words_are_kept),
		cmocka_unit_test(forms_round_trip),
		cmocka_unit_test(forms_name_bad_lines),
	};

	return cmocka_run_group_tests_name("asm", tests, NULL, NULL);
}
