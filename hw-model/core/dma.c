/* SPDX-License-Identifier: MIT */
/*
 * Transfers between memory and scratchpads (docs/isa.md sections 5, 6, 9).
 */

#include "hw-model/core/dram.h"

#include <endian.h>
#include <errno.h>

#define MAX_PES (GS_MAX_LANES * GS_MAX_LANES)

static uint32_t banks_of(const struct gs_core *core, enum gs_scratchpad spad)
{
	switch (spad) {
	case GS_SPAD_WBUF:
		return core->arch.array_n * core->arch.array_m;
	case GS_SPAD_IBUF:
		return core->arch.array_n;
	default:
		return core->arch.array_m;
	}
}

static int32_t *lanes_of(const struct gs_core *core, enum gs_scratchpad spad)
{
	switch (spad) {
	case GS_SPAD_BBUF:
		return core->bbuf;
	case GS_SPAD_VMEM1:
		return core->vmem[0];
	case GS_SPAD_VMEM2:
		return core->vmem[1];
	default:
		return core->obuf[core->run.obuf_half];
	}
}

/* Swap the d-by-d squares beside the diagonal of an 8x8 matrix of bytes. */
static void swap_squares(uint64_t *row, unsigned d, uint64_t mask)
{
	for (unsigned i = 0; i < 8; i++) {
		uint64_t t;

		if (i & d)
			continue;
		t = (row[i] >> (8 * d) ^ row[i + d]) & mask;
		row[i + d] ^= t;
		row[i] ^= t << (8 * d);
	}
}

/* dst[r][c] = src[c][r] for 8x8 bytes. */
static void transpose8(int8_t *dst, size_t dst_pitch, const int8_t *src,
		       size_t src_pitch)
{
	uint64_t row[8];

	for (unsigned i = 0; i < 8; i++) {
		memcpy(&row[i], src + i * src_pitch, 8);
		row[i] = le64toh(row[i]);
	}
	swap_squares(row, 4, UINT64_C(0x00000000ffffffff));
	swap_squares(row, 2, UINT64_C(0x0000ffff0000ffff));
	swap_squares(row, 1, UINT64_C(0x00ff00ff00ff00ff));
	for (unsigned i = 0; i < 8; i++) {
		row[i] = htole64(row[i]);
		memcpy(dst + i * dst_pitch, &row[i], 8);
	}
}

/* dst[r][c] = src[c][r] for r < n, c < m. */
static void transpose(int8_t *dst, const int8_t *src, uint32_t n, uint32_t m)
{
	if (n % 8 || m % 8) {
		for (uint32_t c = 0; c < m; c++)
			for (uint32_t r = 0; r < n; r++)
				dst[r * m + c] = src[c * n + r];
		return;
	}
	for (uint32_t r = 0; r < n; r += 8)
		for (uint32_t c = 0; c < m; c += 8)
			transpose8(dst + r * m + c, m, src + c * n + r, n);
}

/* Layout "column": the N values of a column are contiguous. */
static void weights_column(const struct gs_core *core, const uint8_t *src,
			   uint64_t row, uint64_t num_rows, unsigned bits)
{
	uint32_t n = core->arch.array_n, m = core->arch.array_m;
	int8_t tile[MAX_PES];

	for (; num_rows--; row++) {
		int8_t *dst = core->wbuf + row * n * m;

		gs_unpack8(tile, src, n * m, bits);
		src += n * m * bits / 8;
		transpose(dst, tile, n, m);
	}
}

/* Layout "published": K tile rows interleaved, columns descend. */
static void weights_published(const struct gs_core *core, const uint8_t *src,
			      uint64_t row, uint64_t num_rows)
{
	uint32_t n = core->arch.array_n, m = core->arch.array_m;
	uint32_t interleave = gs_arch_interleave(&core->arch);

	for (; num_rows; num_rows -= interleave, row += interleave) {
		int8_t *tile = core->wbuf + row * n * m;

		for (uint32_t c = m; c-- > 0;) {
			for (uint32_t r = 0; r < n; r++)
				for (uint32_t k = 0; k < interleave; k++)
					tile[(size_t)(k * n + r) * m + c] =
						(int8_t)*src++;
		}
	}
}

/* Bytes of a run into the scratchpad, from its element e on. */
static void fill(struct gs_core *core, const struct gs_dma *dma,
		 const uint8_t *src, uint64_t e, uint64_t num)
{
	uint64_t pes = banks_of(core, GS_SPAD_WBUF);

	if (dma->spad == GS_SPAD_IBUF)
		gs_unpack8(core->ibuf + e, src, num, dma->bits);
	else if (dma->spad != GS_SPAD_WBUF)
		gs_unpack32(lanes_of(core, dma->spad) + e, src, num, dma->bits);
	else if (core->arch.weight_layout == GS_WEIGHTS_COLUMN)
		weights_column(core, src, e / pes, num / pes, dma->bits);
	else
		weights_published(core, src, e / pes, num / pes);
}

static int run_load(struct gs_core *core, const struct gs_dma *dma,
		    const struct gs_access *access, uint64_t e, uint64_t num)
{
	const uint8_t *data;
	int ret = gs_dram_load(core, access, &data);

	if (!ret)
		fill(core, dma, data, e, num);
	return ret;
}

static int run_store(struct gs_core *core, const struct gs_dma *dma,
		     const struct gs_access *access, uint64_t e, uint64_t num)
{
	uint8_t *data;
	int ret = gs_dram_store_begin(core, access, &data);

	if (ret)
		return ret;
	gs_pack32(data, lanes_of(core, dma->spad) + e, num, dma->bits);
	return gs_dram_store_end(core, access, data);
}

/* One run; e counts the elements of the tile before it. */
static int run(struct gs_core *core, const struct gs_dma *dma, int64_t addr,
	       uint64_t e, uint64_t num)
{
	struct gs_access access = { .win = dma->win,
				    .word = dma->word,
				    .size = dma->run_bytes };
	uint32_t banks = banks_of(core, dma->spad);
	uint64_t rows = core->rows[dma->spad];
	uint64_t first = dma->row0 + e / banks;
	int ret = gs_dram_window(core, &access, addr);

	if (ret)
		return ret;
	if (dma->row0 + (e + num - 1) / banks >= rows)
		return gs_fault_row(core, dma->word, GS_FAULT_SCRATCHPAD,
				    dma->spad, first < rows ? rows : first);
	if (gs_dram_hazard(core, &access))
		return gs_fault_raise(core, GS_FAULT_HAZARD, dma->word,
				      access.bus);
	e += dma->row0 * banks;
	return (dma->store ? run_store : run_load)(core, dma, &access, e, num);
}

int gs_dma_run(struct gs_core *core, const struct gs_dma *dma, int64_t addr)
{
	uint64_t runs = gs_loops_product(dma->loops, dma->num_loops);
	/* runs * run_bytes / 16 without overflow: run_bytes has at most 30 bits */
	uint64_t pieces = gs_sat_add(gs_sat_mul(runs / 16, dma->run_bytes),
				     runs % 16 * dma->run_bytes / 16);
	uint64_t num = dma->run_bytes * 8 / dma->bits;
	struct gs_walk walk;
	uint64_t e = 0;
	int ret;

	ret = gs_charge(core, dma->word, gs_sat_add(runs, pieces));
	if (ret)
		return ret;
	gs_walk_init(&walk, dma->loops, dma->num_loops);
	do {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = run(core, dma, addr + walk.addr[0], e, num);
		if (ret)
			return ret;
		e += num;
	} while (gs_walk_next(&walk));
	return 0;
}
