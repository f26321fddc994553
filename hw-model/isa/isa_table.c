/* SPDX-License-Identifier: MIT */
/*
 * The tables of docs/isa.md section 4: instructions that share opcode and
 * operands share a row.
 */
#include <stdbool.h>
#include <string.h>

#include "hw-model/isa/asm.h"

static bool same_field(const struct gs_isa_field *a,
		       const struct gs_isa_field *b)
{
	return !strcmp(a->name, b->name) && a->kind == b->kind &&
	       a->lsb == b->lsb && a->width == b->width;
}

static bool same_row(const struct gs_isa_desc *a, const struct gs_isa_desc *b)
{
	if (a->opcode != b->opcode || a->encodings != b->encodings ||
	    a->num_fields != b->num_fields)
		return false;
	for (unsigned int i = 0; i < a->num_fields; i++)
		if (!same_field(&a->field[i], &b->field[i]))
			return false;
	return true;
}

/* Kinds that say more than "a number". */
static const char *const kind_names[GS_OPK_COUNT] = {
	[GS_OPK_IMM16] = "IMM16",
/* clang-format off */
#define KIND(kind) [GS_OPK_##kind] = #kind,
	GS_ISA_ENUMS(KIND)
#undef KIND
	/* clang-format on */
};

static void print_field(FILE *to, const struct gs_isa_field *f)
{
	const char *kind = kind_names[f->kind];

	fprintf(to, "%s%s%s", f->name, kind ? ":" : "", kind ? kind : "");
	if (f->width > 1)
		fprintf(to, " [%d:%d]", f->lsb + f->width - 1, f->lsb);
	else if (f->width)
		fprintf(to, " [%d]", f->lsb);
}

/* The row that begins with @id: its instructions, then their operands. */
static void print_row(FILE *to, unsigned int id)
{
	const struct gs_isa_desc *first = gs_isa_desc((enum gs_insn_id)id);

	fprintf(to, "| %u |", first->opcode);
	for (unsigned int i = id; i < GS_INSN_COUNT; i++) {
		const struct gs_isa_desc *d = gs_isa_desc((enum gs_insn_id)i);

		if (!same_row(first, d))
			continue;
		fprintf(to, "%s", i == id ? " " : ", ");
		if (d->fn != GS_ISA_NO_FN)
			fprintf(to, "%d ", d->fn);
		fprintf(to, "`%s`", d->mnemonic);
	}
	if (first->encodings != GS_ENC_ANY)
		fprintf(to, " (encoding %s)",
			gs_isa_encoding_name(
				(enum gs_isa_encoding)first->encodings));
	fputs(" | ", to);
	for (unsigned int i = 0; i < first->num_fields; i++) {
		fputs(i ? ", " : "", to);
		print_field(to, &first->field[i]);
	}
	fputs(" |\n", to);
}

static bool begins_row(unsigned int id)
{
	const struct gs_isa_desc *d = gs_isa_desc((enum gs_insn_id)id);

	for (unsigned int i = 0; i < id; i++)
		if (same_row(gs_isa_desc((enum gs_insn_id)i), d))
			return false;
	return true;
}

static void print_kind(FILE *to, enum gs_operand_kind kind)
{
	const char *sep = "";

	fprintf(to, "| %s | ", kind_names[kind]);
	for (uint32_t v = 0; v < 16; v++) {
		const char *name = gs_isa_operand_name(kind, v);

		if (!name)
			continue;
		fprintf(to, "%s%u `%s`", sep, v, name);
		sep = ", ";
	}
	fputs(" |\n", to);
}

void gs_isa_print_table(FILE *to)
{
	fputs("Opcode: bits [31:28]; function code, where there is one: bits "
	      "[27:24]. Operands stand in the order of the text, written\n"
	      "`name:kind [bits]`; without a kind they are unsigned numbers. "
	      "Operands called 0 and 32, and their bits, are that\nnumber. "
	      "Bits without an operand are 0. In text, `.word n` is the word "
	      "n, whatever it means.\n\n"
	      "| opcode | function code and mnemonic | operands |\n"
	      "|---|---|---|\n",
	      to);
	for (unsigned int i = 0; i < GS_INSN_COUNT; i++)
		if (begins_row(i))
			print_row(to, i);
	fputs("\n| kind | values; others do not exist |\n|---|---|\n"
	      "| IMM16 | 16 bits, -32768..65535 in text |\n",
	      to);
	for (unsigned int k = GS_OPK_C32 + 1; k < GS_OPK_COUNT; k++)
		print_kind(to, (enum gs_operand_kind)k);
}
