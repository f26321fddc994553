/* SPDX-License-Identifier: MIT */
/*
 * Any text: what assembles must disassemble to a text that gives the same
 * words. Any list of words: what can be read prints to a list that reads the
 * same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/asm.h"

#define MAX_TEXT 80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct gs_words *a, const struct gs_words *b)
{
	if (a->count != b->count)
		abort();
	if (a->count && memcmp(a->word, b->word, a->count * sizeof(*a->word)))
		abort();
}

static void reassemble(const struct gs_words *words, enum gs_isa_encoding enc)
{
	struct gs_asm_result again = { .words = { 0 } };
	char *text = malloc(words->count * MAX_TEXT + 1);
	size_t len = 0;

	if (!text)
		abort();
	for (size_t i = 0; i < words->count; i++) {
		int n = gs_disasm_word(words->word[i], enc, text + len,
				       MAX_TEXT);

		if (n < 0 || n >= MAX_TEXT)
			abort();
		len += (size_t)n;
		text[len++] = '\n';
	}
	if (gs_asm_text(text, len, enc, &again))
		abort();
	expect_same(words, &again.words);
	gs_asm_result_fini(&again);
	free(text);
}

static void assemble(const char *text, size_t len, enum gs_isa_encoding enc)
{
	struct gs_asm_result result = { .words = { 0 } };
	int ret = gs_asm_text(text, len, enc, &result);

	if (!ret)
		reassemble(&result.words, enc);
	else if (!result.errors.count)
		abort();
	gs_asm_result_fini(&result);
}

static void reread(const char *data, size_t len, enum gs_word_format format)
{
	struct gs_text_errors errors = { NULL, NULL, 0 };
	struct gs_words words = { 0 };
	struct gs_words again = { 0 };
	char *text;
	size_t text_len;

	if (gs_words_read(&words, format, data, len, &errors))
		goto out;
	reassemble(&words, GS_ENC_SYNC_INST);
	if (gs_words_print(&words, format, &text, &text_len) ||
	    gs_words_read(&again, format, text, text_len, &errors))
		abort();
	expect_same(&words, &again);
	free(text);
out:
	gs_words_fini(&again);
	gs_words_fini(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	assemble(text, size, GS_ENC_SYNC_INST);
	assemble(text, size, GS_ENC_INST_GROUP_2021);
	reread(text, size, GS_WORDS_DECIMAL);
	reread(text, size, GS_WORDS_BINARY);
	reread(text, size, GS_WORDS_RAW);
	return 0;
}
