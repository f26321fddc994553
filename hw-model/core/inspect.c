/* SPDX-License-Identifier: MIT */
/* Looking into a core from outside. */

#include "hw-model/core/core_internal.h"

#include <errno.h>

/* A row: one of the two pointers is set. */
struct row {
	int8_t *narrow;
	int32_t *wide;
	uint32_t banks;
	unsigned bits;
	unsigned n, m; /* WBUF: of the array, else 1 and banks */
};

/* Where a bank's element is. */
static size_t place(const struct row *row, size_t bank)
{
	return bank % row->m * row->n + bank / row->m;
}

static int row_of(const struct gs_core *core, enum gs_scratchpad buf,
		  unsigned half, uint32_t index, struct row *row)
{
	const struct gs_arch *arch = &core->arch;
	const size_t n = arch->array_n, m = arch->array_m;

	if ((unsigned)buf >= GS_SPAD_COUNT || index >= core->rows[buf] ||
	    (buf == GS_SPAD_OBUF && half > 1))
		return -EINVAL;
	*row = (struct row){
		.banks = arch->array_m, .bits = 32, .n = 1, .m = arch->array_m
	};
	switch (buf) {
	case GS_SPAD_WBUF:
		row->narrow = core->wbuf + index * n * m;
		row->banks = arch->array_n * arch->array_m;
		row->bits = arch->wgt_width;
		row->n = arch->array_n;
		break;
	case GS_SPAD_IBUF:
		row->narrow = core->ibuf + index * n;
		row->banks = arch->array_n;
		row->bits = arch->data_width;
		break;
	case GS_SPAD_OBUF:
		row->wide = core->obuf[half] + index * m;
		row->bits = arch->acc_width;
		break;
	case GS_SPAD_BBUF:
		row->wide = core->bbuf + index * m;
		row->bits = arch->bias_width;
		break;
	case GS_SPAD_IMM:
		row->wide = (int32_t *)core->imm[index];
		row->banks = 1;
		break;
	default:
		row->wide = core->vmem[buf == GS_SPAD_VMEM2] + index * m;
		break;
	}
	return 0;
}

int gs_core_peek(const struct gs_core *core, enum gs_scratchpad buf,
		 unsigned half, uint32_t index, int32_t *out, size_t num)
{
	struct row row;
	int ret = row_of(core, buf, half, index, &row);

	if (ret)
		return ret;
	for (size_t i = 0; i < num && i < row.banks; i++)
		out[i] = row.narrow ? row.narrow[place(&row, i)] : row.wide[i];
	return (int)row.banks;
}

int gs_core_poke(struct gs_core *core, enum gs_scratchpad buf, unsigned half,
		 uint32_t index, const int32_t *values, size_t num)
{
	struct row row;
	int ret = row_of(core, buf, half, index, &row);

	if (ret)
		return ret;
	gs_fast_changed(core, buf, index, 1);
	if (buf == GS_SPAD_IMM && num)
		gs_core_imm_set(core, index, (uint32_t)values[0]);
	for (size_t i = 0; buf != GS_SPAD_IMM && i < num && i < row.banks;
	     i++) {
		int32_t value = gs_sext((uint32_t)values[i], row.bits);

		if (row.narrow)
			row.narrow[place(&row, i)] = (int8_t)value;
		else
			row.wide[i] = value;
	}
	return (int)row.banks;
}

uint32_t gs_core_rows(const struct gs_core *core, enum gs_scratchpad buf)
{
	return (unsigned)buf < GS_SPAD_COUNT ? core->rows[buf] : 0;
}

uint32_t gs_core_block_addr(const struct gs_core *core)
{
	return core->block->addr;
}
