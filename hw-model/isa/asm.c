/* SPDX-License-Identifier: MIT */
/*
 * Assembler. A line is split into a mnemonic and operands, the operands are
 * converted as the instruction table says, gs_isa_encode() makes the word.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hw-model/isa/asm.h"
#include "hw-model/isa/nearest.h"

/* A piece of the text. */
struct token {
	const char *s;
	size_t len;
};

/* A line, split; more operands than an instruction has are only counted. */
struct statement {
	struct token mnemonic;
	struct token operand[GS_ISA_MAX_OPERANDS];
	size_t num_operands;
};

struct assembler {
	enum gs_isa_encoding enc;
	struct gs_asm_result *out;
	unsigned int line;
	const char *line_start;
};

/* Text for an operand in a message: printable and short. */
struct quoted {
	char s[40];
};

#define ERROR(a, at, ...)                           \
	gs_text_error(&(a)->out->errors, (a)->line, \
		      (unsigned int)((at) - (a)->line_start) + 1, __VA_ARGS__)

static struct quoted quote(struct token t)
{
	const size_t max = sizeof(((struct quoted *)0)->s) - 4;
	struct quoted q = { "" };
	size_t n = t.len < max ? t.len : max;

	for (size_t i = 0; i < n; i++)
		q.s[i] = t.s[i] >= ' ' && t.s[i] <= '~' ? t.s[i] : '?';
	if (n < t.len)
		memcpy(q.s + n, "...", 4);
	return q;
}

static bool token_is(struct token t, const char *s)
{
	return strlen(s) == t.len && !memcmp(s, t.s, t.len);
}

/* Splitting. */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct token trim(const char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	while (end > s && is_blank(end[-1]))
		end--;
	return (struct token){ s, (size_t)(end - s) };
}

static struct statement split(struct token line)
{
	struct statement st = { .mnemonic = { line.s, 0 } };
	const char *end = line.s + line.len;
	const char *p = line.s;

	while (p < end && !is_blank(*p) && *p != ',')
		p++;
	st.mnemonic.len = (size_t)(p - line.s);
	if (p == end)
		return st;
	for (;;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma ? comma : end;

		if (st.num_operands < GS_ISA_MAX_OPERANDS)
			st.operand[st.num_operands] = trim(p, stop);
		st.num_operands++;
		if (!comma)
			return st;
		p = comma + 1;
	}
}

/* Operands. */

enum number { NUM_OK, NUM_NONE, NUM_TOO_BIG };

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* [-]decimal or [-]0xhex, of a magnitude up to 2^32 - 1. */
static enum number parse_number(struct token t, int64_t *val)
{
	bool negative = t.len && *t.s == '-';
	const char *p = t.s + negative;
	const char *end = t.s + t.len;
	int base = 10;
	int64_t n = 0;

	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	if (p == end)
		return NUM_NONE;
	for (const char *q = p; q < end; q++)
		if (digit_value(*q) >= base)
			return NUM_NONE;
	for (; p < end; p++) {
		n = n * base + digit_value(*p);
		if (n > UINT32_MAX)
			return NUM_TOO_BIG;
	}
	*val = negative ? -n : n;
	return NUM_OK;
}

static void operand_error(struct assembler *a, const struct gs_isa_desc *d,
			  unsigned int i, struct token t, const char *rule)
{
	if (!t.len)
		ERROR(a, t.s, "%s: operand %u '%s': is empty", d->mnemonic,
		      i + 1, d->field[i].name);
	else
		ERROR(a, t.s, "%s: operand %u '%s': %s %s", d->mnemonic, i + 1,
		      d->field[i].name, quote(t).s, rule);
}

static bool parse_numeric(struct assembler *a, const struct gs_isa_desc *d,
			  unsigned int i, struct token t, uint32_t *out)
{
	enum number kind;
	char rule[64];
	int32_t min;
	int32_t max;
	int64_t val;

	gs_isa_operand_range(&d->field[i], &min, &max);
	kind = parse_number(t, &val);
	if (kind == NUM_OK && val >= min && val <= max) {
		*out = (uint32_t)val;
		return true;
	}
	if (min == max)
		snprintf(rule, sizeof(rule), "must be %d", min);
	else
		snprintf(rule, sizeof(rule), "is %s (%d..%d)",
			 kind == NUM_NONE ? "not a number" : "out of range",
			 min, max);
	operand_error(a, d, i, t, rule);
	return false;
}

static bool parse_named(struct assembler *a, const struct gs_isa_desc *d,
			unsigned int i, struct token t, uint32_t *out)
{
	enum gs_operand_kind kind = (enum gs_operand_kind)d->field[i].kind;
	char rule[96] = "is not one of";
	size_t len = strlen(rule);
	const char *sep = " ";

	/* Text of gemm and matmul calls its reduced dimension N. */
	if (kind == GS_OPK_DIM && token_is(t, "N")) {
		*out = GS_DIM_IC;
		return true;
	}
	for (uint32_t v = 0; v < 1u << d->field[i].width && v < 16; v++) {
		const char *name = gs_isa_operand_name(kind, v);

		if (!name)
			continue;
		if (token_is(t, name)) {
			*out = v;
			return true;
		}
		len += (size_t)snprintf(rule + len, sizeof(rule) - len, "%s%s",
					sep, name);
		sep = ", ";
	}
	operand_error(a, d, i, t, rule);
	return false;
}

static bool parse_operand(struct assembler *a, const struct gs_isa_desc *d,
			  unsigned int i, struct token t, uint32_t *out)
{
	if (d->field[i].kind > GS_OPK_C32)
		return parse_named(a, d, i, t, out);
	return parse_numeric(a, d, i, t, out);
}

/* Statements. */

static void unknown_mnemonic(struct assembler *a, struct token t)
{
	struct gs_nearest near;

	gs_nearest_init(&near, t.s, t.len);
	for (unsigned int i = 0; i < GS_INSN_COUNT; i++)
		gs_nearest_offer(&near,
				 gs_isa_desc((enum gs_insn_id)i)->mnemonic);
	if (near.name)
		ERROR(a, t.s, "unknown mnemonic '%s', did you mean %s?",
		      quote(t).s, near.name);
	else
		ERROR(a, t.s, "unknown mnemonic '%s'", quote(t).s);
}

static void wrong_count(struct assembler *a, const struct gs_isa_desc *d,
			const struct statement *st)
{
	char list[128];
	size_t len = 0;

	list[0] = '\0';
	for (unsigned int i = 0; i < d->num_fields; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
					i ? ", " : "", d->field[i].name);
	ERROR(a, st->mnemonic.s, "%s: has %zu operands, needs %u: %s",
	      d->mnemonic, st->num_operands, d->num_fields, list);
}

static int assemble_insn(struct assembler *a, const struct statement *st)
{
	struct gs_insn insn = { .id = gs_isa_find(st->mnemonic.s,
						  st->mnemonic.len) };
	const struct gs_isa_desc *d = gs_isa_desc(insn.id);
	bool good = true;
	uint32_t word;

	if (!d) {
		unknown_mnemonic(a, st->mnemonic);
		return 0;
	}
	if (!(d->encodings & a->enc)) {
		ERROR(a, st->mnemonic.s,
		      "%s: does not exist in encoding %s, use --encoding=%s",
		      d->mnemonic, gs_isa_encoding_name(a->enc),
		      gs_isa_encoding_name((enum gs_isa_encoding)d->encodings));
		return 0;
	}
	if (st->num_operands != d->num_fields) {
		wrong_count(a, d, st);
		return 0;
	}
	for (unsigned int i = 0; i < d->num_fields; i++)
		good &= parse_operand(a, d, i, st->operand[i], &insn.val[i]);
	if (!good)
		return 0;
	if (gs_isa_encode(&insn, a->enc, &word, NULL)) {
		ERROR(a, st->mnemonic.s, "%s: cannot be encoded", d->mnemonic);
		return 0;
	}
	return gs_words_push(&a->out->words, word);
}

static int assemble_word(struct assembler *a, const struct statement *st)
{
	int64_t val;

	if (st->num_operands != 1) {
		ERROR(a, st->mnemonic.s, ".word: has %zu operands, needs 1",
		      st->num_operands);
		return 0;
	}
	if (parse_number(st->operand[0], &val) != NUM_OK || val < 0) {
		ERROR(a, st->operand[0].s,
		      ".word: '%s' is not a number of 32 bits (0..0xffffffff)",
		      quote(st->operand[0]).s);
		return 0;
	}
	return gs_words_push(&a->out->words, (uint32_t)val);
}

static int assemble_line(struct assembler *a, const char *s, const char *end)
{
	const char *comment = memchr(s, '#', (size_t)(end - s));
	struct statement st;
	struct token line;

	if (end > s && end[-1] == '\r')
		end--;
	line = trim(s, comment && comment < end ? comment : end);
	if (!line.len)
		return 0;
	st = split(line);
	if (token_is(st.mnemonic, ".word"))
		return assemble_word(a, &st);
	return assemble_insn(a, &st);
}

int gs_asm_text(const char *text, size_t len, enum gs_isa_encoding enc,
		struct gs_asm_result *out)
{
	struct assembler a = { .enc = enc, .out = out };
	const char *end = text + len;

	while (text < end && out->errors.count < GS_TEXT_MAX_ERRORS) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		int ret;

		a.line++;
		a.line_start = text;
		ret = assemble_line(&a, text, nl ? nl : end);
		if (ret)
			return ret;
		text = nl ? nl + 1 : end;
	}
	return out->errors.count ? -EINVAL : 0;
}

void gs_asm_result_fini(struct gs_asm_result *out)
{
	gs_words_fini(&out->words);
}
