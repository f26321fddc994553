/* SPDX-License-Identifier: MIT */
/*
 * Assembler and disassembler of the published text form (docs/isa.md,
 * section 4).
 */
#ifndef GS_ASM_H
#define GS_ASM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "genesys/isa.h"
#include "hw-model/isa/words.h"

struct gs_asm_result {
	struct gs_words words; /**< complete only when there was no error */
	struct gs_text_errors errors; /**< report and ctx are set by the caller */
};

/**
 * gs_asm_text() - assemble a text
 * @text: need not be terminated
 * @enc: instructions of the other encoding are errors
 * @out: all 0 but errors.report and errors.ctx; ends with gs_asm_result_fini(),
 *       after success and failure
 * Every error up to GS_TEXT_MAX_ERRORS is reported.
 * Returns 0, -EINVAL when the text has errors, or -ENOMEM.
 */
int gs_asm_text(const char *text, size_t len, enum gs_isa_encoding enc,
		struct gs_asm_result *out);

void gs_asm_result_fini(struct gs_asm_result *out);

/**
 * gs_disasm_word() - the text of one word, without newline
 * An undecodable word becomes ".word 0x...", which the assembler reads.
 * Returns the length, as snprintf() does. 80 bytes hold every text.
 */
int gs_disasm_word(uint32_t word, enum gs_isa_encoding enc, char *buf,
		   size_t size);

/** gs_isa_operand_range() - the values of an operand whose kind has no names */
void gs_isa_operand_range(const struct gs_isa_field *f, int32_t *min,
			  int32_t *max);

/** gs_isa_encoding_name() - sync_inst or inst_group_2021 */
const char *gs_isa_encoding_name(enum gs_isa_encoding enc);

/** gs_isa_encoding_parse() - by name; returns 0 or -EINVAL */
int gs_isa_encoding_parse(const char *name, enum gs_isa_encoding *enc);

/** gs_isa_print_table() - the reference tables of docs/isa.md, in Markdown */
void gs_isa_print_table(FILE *to);

#endif /* GS_ASM_H */
