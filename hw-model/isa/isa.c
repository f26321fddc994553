/* SPDX-License-Identifier: MIT */
/*
 * Encoder, decoder and text form of single instructions, all made from the
 * table of genesys/isa.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "genesys/isa.h"
#include "hw-model/isa/asm.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define OPCODE_LSB 28
#define FN_LSB 24
#define FN_MASK UINT32_C(0xf)
#define C32_VALUE 32

/* The table. */

/* clang-format off */
enum layout_id {
#define FIELD(name, kind, lsb, width)
#define LAYOUT(layout, fields) LAYOUT_##layout,
	GS_ISA_LAYOUTS(LAYOUT, FIELD)
#undef LAYOUT
#undef FIELD
};

static const struct gs_isa_field layouts[][GS_ISA_MAX_OPERANDS] = {
#define FIELD(name, kind, lsb, width) { name, GS_OPK_##kind, lsb, width },
#define LAYOUT(layout, fields) [LAYOUT_##layout] = { fields },
	GS_ISA_LAYOUTS(LAYOUT, FIELD)
#undef LAYOUT
#undef FIELD
};

enum layout_size {
#define FIELD(name, kind, lsb, width) +1
#define LAYOUT(layout, fields) SIZE_##layout = 0 fields,
	GS_ISA_LAYOUTS(LAYOUT, FIELD)
#undef LAYOUT
#undef FIELD
};

static const struct gs_isa_desc table[GS_INSN_COUNT] = {
#define ROW(id, mnemonic, op, fn, layout, enc) \
	[GS_INSN_##id] = { mnemonic, op, fn, enc, SIZE_##layout, \
			   layouts[LAYOUT_##layout] },
	GS_ISA_TABLE(ROW)
#undef ROW
};
/* clang-format on */

const struct gs_isa_desc *gs_isa_desc(enum gs_insn_id id)
{
	return (unsigned int)id < GS_INSN_COUNT ? &table[id] : NULL;
}

enum gs_insn_id gs_isa_find(const char *mnemonic, size_t len)
{
	for (unsigned int i = 0; i < GS_INSN_COUNT; i++) {
		const char *m = table[i].mnemonic;

		if (strlen(m) == len && !memcmp(m, mnemonic, len))
			return (enum gs_insn_id)i;
	}
	return GS_INSN_COUNT;
}

/* Operands. */

/* clang-format off */
#define NAME(id, value, text) [value] = text,
#define KIND(kind) \
	static const char *const names_##kind[] = { GS_ISA_ENUM_##kind(NAME) };
GS_ISA_ENUMS(KIND)
#undef KIND
#undef NAME

static const struct {
	const char *const *name;
	uint32_t count;
} names[GS_OPK_COUNT] = {
#define KIND(kind) [GS_OPK_##kind] = { names_##kind, ARRAY_SIZE(names_##kind) },
	GS_ISA_ENUMS(KIND)
#undef KIND
};
/* clang-format on */

const char *gs_isa_operand_name(enum gs_operand_kind kind, uint32_t value)
{
	if ((unsigned int)kind >= GS_OPK_COUNT || value >= names[kind].count)
		return NULL;
	return names[kind].name[value];
}

static uint32_t field_mask(const struct gs_isa_field *f)
{
	return (uint32_t)((UINT64_C(1) << f->width) - 1);
}

void gs_isa_operand_range(const struct gs_isa_field *f, int32_t *min,
			  int32_t *max)
{
	*min = 0;
	*max = (int32_t)field_mask(f);
	switch (f->kind) {
	case GS_OPK_IMM16:
		*min = INT16_MIN;
		break;
	case GS_OPK_C32:
		*min = C32_VALUE;
		*max = C32_VALUE;
		break;
	case GS_OPK_ZERO:
		*max = 0;
		break;
	default:
		break;
	}
}

static bool value_ok(const struct gs_isa_field *f, uint32_t val)
{
	int64_t v = f->kind == GS_OPK_IMM16 ? (int32_t)val : (int64_t)val;
	int32_t min;
	int32_t max;

	if (f->kind > GS_OPK_C32)
		return gs_isa_operand_name((enum gs_operand_kind)f->kind, val);
	gs_isa_operand_range(f, &min, &max);
	return v >= min && v <= max;
}

/* Words. */

static bool decode_as(const struct gs_isa_desc *d, uint32_t word, uint32_t *val)
{
	uint32_t rest = word & ((UINT32_C(1) << OPCODE_LSB) - 1);

	if (d->fn != GS_ISA_NO_FN)
		rest &= ~(FN_MASK << FN_LSB);
	for (unsigned int i = 0; i < d->num_fields; i++) {
		const struct gs_isa_field *f = &d->field[i];

		val[i] = (word >> f->lsb) & field_mask(f);
		rest &= ~(field_mask(f) << f->lsb);
		if (!value_ok(f, val[i]))
			return false;
	}
	return rest == 0;
}

int gs_isa_decode(uint32_t word, enum gs_isa_encoding enc, struct gs_insn *insn)
{
	uint32_t opcode = word >> OPCODE_LSB;
	uint32_t fn = (word >> FN_LSB) & FN_MASK;

	for (unsigned int i = 0; i < GS_INSN_COUNT; i++) {
		const struct gs_isa_desc *d = &table[i];
		struct gs_insn out = { .id = (enum gs_insn_id)i };

		if (d->opcode != opcode || !(d->encodings & enc))
			continue;
		if (d->fn != GS_ISA_NO_FN && (uint32_t)d->fn != fn)
			continue;
		if (decode_as(d, word, out.val)) {
			*insn = out;
			return 0;
		}
	}
	return -EINVAL;
}

int gs_isa_encode(const struct gs_insn *insn, enum gs_isa_encoding enc,
		  uint32_t *word, int *bad_field)
{
	const struct gs_isa_desc *d = gs_isa_desc(insn->id);
	uint32_t out;
	int bad = -1;

	if (!d || !(d->encodings & enc))
		goto err_bad;
	out = (uint32_t)d->opcode << OPCODE_LSB;
	if (d->fn != GS_ISA_NO_FN)
		out |= (uint32_t)d->fn << FN_LSB;
	for (int i = 0; i < d->num_fields; i++) {
		const struct gs_isa_field *f = &d->field[i];

		if (!value_ok(f, insn->val[i])) {
			bad = i;
			goto err_bad;
		}
		out |= (insn->val[i] & field_mask(f)) << f->lsb;
	}
	*word = out;
	return 0;

err_bad:
	if (bad_field)
		*bad_field = bad;
	return -EINVAL;
}

/* Text. */

/* As snprintf() at offset @len, the length of the text so far. */
__attribute__((format(printf, 4, 5))) static int
append(char *buf, size_t size, int len, const char *fmt, ...)
{
	size_t used = (size_t)len < size ? (size_t)len : size;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf ? buf + used : NULL, size - used, fmt, ap);
	va_end(ap);
	return n < 0 ? n : len + n;
}

static uint32_t printed_value(const struct gs_isa_field *f, uint32_t val)
{
	return f->kind == GS_OPK_IMM16 ? val & UINT16_MAX : val;
}

int gs_isa_format(const struct gs_insn *insn, char *buf, size_t size)
{
	const struct gs_isa_desc *d = gs_isa_desc(insn->id);
	int len;

	if (!d)
		return append(buf, size, 0, "?");
	len = append(buf, size, 0, "%s", d->mnemonic);
	for (unsigned int i = 0; i < d->num_fields; i++) {
		const struct gs_isa_field *f = &d->field[i];
		const char *sep = i ? ", " : " ";
		const char *name = gs_isa_operand_name(
			(enum gs_operand_kind)f->kind, insn->val[i]);

		if (name)
			len = append(buf, size, len, "%s%s", sep, name);
		else
			len = append(buf, size, len, "%s%u", sep,
				     printed_value(f, insn->val[i]));
	}
	return len;
}
