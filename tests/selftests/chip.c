// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that fill the memories on the chip, and that show them. */
#include "chip.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/core_program.h"

#define DMA_LOOP 14u /* the first id of a loop of transfers */
#define INNER_LOOP 7u
#define MAX_RUN_ROWS 8192u /* a request has 16 bits, a row 4 bytes a bank */
/* Offsets in the memory. */
#define ONES_WBUF 0u
#define ONES_IBUF 0x1f000u
#define PATTERN 0x20000u
#define TIMEOUT_MS 30000u

const char *const chip_names[CHIP_NUM_MEMORIES] = {
	"OBUF", "VMEM", "IMM", "WBUF", "BBUF", "IBUF",
};

/* ---- shape ----------------------------------------------------------------- */

struct buffer {
	uint32_t rows, banks, bits;
};

static uint32_t param(const struct chip *chip, enum drm_genesys_param which)
{
	return chip->kit.npu->info.params[which];
}

#define PARAM(chip, name) param(chip, DRM_GENESYS_PARAM_##name)

/* What a tile sees, docs/isa.md section 1. */
static struct buffer shape(const struct chip *chip, enum gs_buf buf)
{
	uint32_t n = PARAM(chip, ARRAY_N), m = PARAM(chip, ARRAY_M);

	switch (buf) {
	case GS_BUF_WBUF:
		return (struct buffer){ PARAM(chip, WBUF_DEPTH) / 2, n * m,
					PARAM(chip, WGT_WIDTH) };
	case GS_BUF_IBUF:
		return (struct buffer){ PARAM(chip, IBUF_DEPTH) / 2, n,
					PARAM(chip, DATA_WIDTH) };
	case GS_BUF_BBUF:
		return (struct buffer){ PARAM(chip, BBUF_DEPTH), m,
					PARAM(chip, BIAS_WIDTH) };
	default:
		return (struct buffer){ PARAM(chip, OBUF_DEPTH), m,
					PARAM(chip, ACC_WIDTH) };
	}
}

static struct buffer vmem(const struct chip *chip)
{
	return (struct buffer){ PARAM(chip, VMEM_DEPTH), PARAM(chip, ARRAY_M),
				32 };
}

static uint32_t bytes(struct buffer b)
{
	return b.rows * (b.banks * b.bits / 8);
}

/* As many immediates as there are, and rows to see them in. */
static uint32_t num_immediates(const struct chip *chip)
{
	uint32_t slots = PARAM(chip, IMM_DEPTH);
	uint32_t rows = vmem(chip).rows;

	slots = slots < GS_ISA_IMM_SLOTS ? slots : GS_ISA_IMM_SLOTS;
	return slots < rows ? slots : rows;
}

/* The largest divisor of @rows that is at most @limit. */
static uint32_t divisor(uint32_t rows, uint32_t limit)
{
	uint32_t d = rows < limit ? rows : limit;

	while (rows % d)
		d--;
	return d;
}

/* ---- words ----------------------------------------------------------------- */

static void emit_base(struct program *p, enum gs_buf buf, uint32_t offset)
{
	EMIT(p, SET_BASE_ADDR, 0, GS_MEM_BUFFER, buf, 0, offset & 0xffff);
	EMIT(p, SET_BASE_ADDR, 1, GS_MEM_BUFFER, buf, 0, offset >> 16);
}

/* LD_ST of @rows rows from row 0 on; each (acc, buf) has a loop of its own. */
static void emit_rows(const struct chip *chip, struct program *p,
		      enum gs_acc acc, enum gs_buf buf, uint32_t rows)
{
	struct buffer b = shape(chip, buf);
	uint32_t loop = DMA_LOOP + acc * GS_BUF_COUNT + buf;
	uint32_t run = divisor(rows, MAX_RUN_ROWS);

	b.rows = run;
	EMIT(p, SA_LOOP_CFG, 0, loop, rows / run - 1);
	emit_stride(p, acc, buf, loop, (int32_t)bytes(b));
	EMIT(p, LD_ST, acc == GS_ACC_ST, GS_MEM_BUFFER, buf, 0,
	     b.bits == 4 ? run : run * b.bits / 8);
}

static void emit_load(const struct chip *chip, struct program *p,
		      enum gs_buf buf, uint32_t offset, uint32_t rows)
{
	emit_base(p, buf, offset);
	emit_rows(chip, p, GS_ACC_LD, buf, rows);
}

static void emit_vmem(const struct chip *chip, struct program *p, bool load,
		      enum gs_ns ns, uint32_t offset)
{
	struct buffer b = vmem(chip);
	uint32_t run = divisor(b.rows, MAX_RUN_ROWS);
	uint32_t n = b.rows / run - 1, stride;

	b.rows = run;
	stride = bytes(b);
	if (load) {
		EMIT(p, LD_BASE_ADDR, 0, ns, 0, offset & 0xffff);
		EMIT(p, LD_BASE_ADDR, 1, ns, 0, offset >> 16);
		EMIT(p, LD_TILE_ITER, 0, ns, 0, n);
		EMIT(p, LD_TILE_STRIDE, 0, ns, 0, stride & 0xffff);
		EMIT(p, LD_TILE_STRIDE, 1, ns, 0, stride >> 16);
		EMIT(p, LD_START, 0, ns, 31, run * 4);
	} else {
		EMIT(p, ST_BASE_ADDR, 0, ns, 0, offset & 0xffff);
		EMIT(p, ST_BASE_ADDR, 1, ns, 0, offset >> 16);
		EMIT(p, ST_TILE_ITER, 0, ns, 0, n);
		EMIT(p, ST_TILE_STRIDE, 0, ns, 0, stride & 0xffff);
		EMIT(p, ST_TILE_STRIDE, 1, ns, 0, stride >> 16);
		EMIT(p, ST_START, 0, ns, 31, run * 4);
	}
}

/* Two tiles, for the two halves of OBUF: what the SIMD group has to know of it. */
static void emit_two_tiles(struct program *p)
{
	SIMD_START(p);
	EMIT(p, LD_BASE_ITER, 0, GS_NS_VMEM1, 0, 1);
	EMIT(p, NOP, 0, 0, 0, 0, 0, 0);
	SIMD_END(p);
}

/* ---- programs -------------------------------------------------------------- */

/* The last block of the program. */
static void emit_fill_obuf(const struct chip *chip, struct program *p)
{
	SA_START(p);
	EMIT(p, SA_LOOP_CFG, 0, 0, 1);
	emit_load(chip, p, GS_BUF_OBUF, PATTERN, shape(chip, GS_BUF_OBUF).rows);
	SA_END(p);
	emit_two_tiles(p);
	EMIT(p, BLOCK_END, 1);
}

static void emit_fill(const struct chip *chip, struct program *p,
		      const int next[2])
{
	static const enum gs_buf buffers[] = { GS_BUF_WBUF, GS_BUF_IBUF,
					       GS_BUF_BBUF };

	SA_START(p);
	for (unsigned i = 0; i < 3; i++)
		emit_load(chip, p, buffers[i], PATTERN,
			  shape(chip, buffers[i]).rows);
	SA_END(p);
	SIMD_START(p);
	emit_vmem(chip, p, true, GS_NS_VMEM1, PATTERN);
	emit_vmem(chip, p, true, GS_NS_VMEM2, PATTERN);
	for (uint32_t i = 0; i < num_immediates(chip); i++)
		EMIT(p, IMM_SIGN_EXT, GS_NS_IMM, i, i + 1);
	SIMD_END(p);
	emit_next(p, (uint32_t)next[0], (uint32_t)next[1]);
	EMIT(p, BLOCK_END, 0);
}

static void emit_show_obuf(const struct chip *chip, struct program *p)
{
	struct buffer b = shape(chip, GS_BUF_OBUF);

	SA_START(p);
	EMIT(p, SA_LOOP_CFG, 0, 0, 1);
	emit_base(p, GS_BUF_OBUF, chip->out);
	emit_stride(p, GS_ACC_ST, GS_BUF_OBUF, 0, (int32_t)bytes(b));
	emit_rows(chip, p, GS_ACC_ST, GS_BUF_OBUF, b.rows);
	SA_END(p);
	emit_two_tiles(p);
	EMIT(p, BLOCK_END, 1);
}

static void emit_show_vmem(const struct chip *chip, struct program *p)
{
	SIMD_START(p);
	emit_vmem(chip, p, false, GS_NS_VMEM1, chip->out);
	emit_vmem(chip, p, false, GS_NS_VMEM2, chip->out + bytes(vmem(chip)));
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* Row i of VMEM1 = immediate i; the rows behind are stored too. */
static void emit_show_imm(const struct chip *chip, struct program *p)
{
	SIMD_START(p);
	for (unsigned ns = GS_NS_VMEM1; ns <= GS_NS_IMM; ns++) {
		EMIT(p, BASE_SIGN_EXT, ns, 0, 0);
		EMIT(p, STRIDE_SIGN_EXT, ns, 0, 1);
	}
	EMIT(p, SET_ITER, 0, 0, num_immediates(chip));
	EMIT(p, SET_INDEX, GS_NS_VMEM1, 0, GS_NS_IMM, 0, GS_NS_IMM, 0);
	EMIT(p, SET_INST, 0, 0, 1);
	EMIT(p, MOVE, GS_NS_VMEM1, 0, GS_NS_IMM, 0, GS_NS_IMM, 0);
	emit_vmem(chip, p, false, GS_NS_VMEM1, chip->out);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* Rows of OBUF that rows of @buf are summed up in: so many fit. */
static uint32_t sum_rows(const struct chip *chip, enum gs_buf buf)
{
	return divisor(shape(chip, buf).rows, shape(chip, GS_BUF_OBUF).rows);
}

/* OBUF[i] = sum over j of what row j * rows + i of @buf gives. */
static void emit_sums(const struct chip *chip, struct program *p,
		      enum gs_buf buf)
{
	uint32_t rows = sum_rows(chip, buf);

	EMIT(p, SA_LOOP_CFG, 0, INNER_LOOP, shape(chip, buf).rows / rows - 1);
	emit_stride(p, GS_ACC_RD, buf, INNER_LOOP, (int32_t)rows);
	EMIT(p, SA_REDUCTION_LOOP, 32, 0, GS_RED_INNER, 0);
	EMIT(p, SA_LOOP_CFG, 0, INNER_LOOP + 1, rows - 1);
	emit_stride(p, GS_ACC_RD, buf, INNER_LOOP + 1, 1);
	emit_stride(p, GS_ACC_RD, GS_BUF_OBUF, INNER_LOOP + 1, 1);
	emit_stride(p, GS_ACC_WR, GS_BUF_OBUF, INNER_LOOP + 1, 1);
	emit_base(p, GS_BUF_OBUF, chip->out);
	emit_rows(chip, p, GS_ACC_ST, GS_BUF_OBUF, rows);
}

/* Rows of WBUF that are loaded at once. */
static uint32_t interleave(const struct chip *chip)
{
	return PARAM(chip, WEIGHT_LAYOUT) ?
		       1 :
		       PARAM(chip, PARAM_CHANNEL_BW) / 8 / PARAM(chip, ARRAY_N);
}

static void emit_show_products(const struct chip *chip, struct program *p,
			       enum gs_buf buf)
{
	SA_START(p);
	if (buf == GS_BUF_WBUF)
		emit_load(chip, p, GS_BUF_IBUF, ONES_IBUF, 1);
	else
		emit_load(chip, p, GS_BUF_WBUF, ONES_WBUF, interleave(chip));
	emit_sums(chip, p, buf);
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* A sum begins with its bias; the product is 0 for that of IBUF is. */
static void emit_show_bbuf(const struct chip *chip, struct program *p)
{
	SA_START(p);
	emit_load(chip, p, GS_BUF_IBUF, chip->out, 1);
	emit_load(chip, p, GS_BUF_BBUF, chip->out, 1);
	emit_sums(chip, p, GS_BUF_BBUF);
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
}

static void emit_show(const struct chip *chip, struct program *p,
		      enum chip_memory memory)
{
	switch (memory) {
	case CHIP_OBUF:
		return emit_show_obuf(chip, p);
	case CHIP_VMEM:
		return emit_show_vmem(chip, p);
	case CHIP_IMM:
		return emit_show_imm(chip, p);
	case CHIP_WBUF:
		return emit_show_products(chip, p, GS_BUF_WBUF);
	case CHIP_IBUF:
		return emit_show_products(chip, p, GS_BUF_IBUF);
	default:
		return emit_show_bbuf(chip, p);
	}
}

/* ---- results --------------------------------------------------------------- */

/* What a program stores: elements, of which the first @skip mean nothing. */
struct stored {
	uint32_t skip, count, bits;
};

static struct stored stored(const struct chip *chip, enum chip_memory memory)
{
	struct buffer o = shape(chip, GS_BUF_OBUF), v = vmem(chip);

	switch (memory) {
	case CHIP_OBUF:
		return (struct stored){ 0, 2 * o.rows * o.banks, o.bits };
	case CHIP_VMEM:
		return (struct stored){ 0, 2 * v.rows * v.banks, 32 };
	case CHIP_IMM:
		return (struct stored){ 0, num_immediates(chip) * v.banks, 32 };
	case CHIP_WBUF:
		return (struct stored){ 0,
					sum_rows(chip, GS_BUF_WBUF) * o.banks,
					o.bits };
	case CHIP_IBUF:
		return (struct stored){ o.banks,
					sum_rows(chip, GS_BUF_IBUF) * o.banks,
					o.bits };
	default:
		return (struct stored){ o.banks,
					sum_rows(chip, GS_BUF_BBUF) * o.banks,
					o.bits };
	}
}

static uint32_t count_nonzero(const uint8_t *data, struct stored s)
{
	static const uint8_t zeros[4];
	uint32_t size = s.bits / 8, found = 0;

	for (uint32_t i = s.skip; i < s.count; i++)
		found += memcmp(data + i * size, zeros, size) != 0;
	return found;
}

static int run(struct chip *chip, const int program[2])
{
	int syncobj = npu_syncobj_create(chip->kit.npu);
	struct npu_job job = npu_job(&chip->kit, chip->ctx, NPU_NOP, 0);
	int ret;

	if (syncobj < 0)
		return syncobj;
	job.args.program_offset = (uint64_t)program[0];
	job.args.program_size = (uint64_t)program[1] * 4;
	for (int i = 1; i < DRM_GENESYS_NUM_WINDOWS; i++)
		job.args.window_base[i] = chip->mem.addr;
	npu_job_add_bo(&job, chip->mem.handle, DRM_GENESYS_BO_REF_WRITE);
	npu_job_signal(&job, (uint32_t)syncobj, 0);
	ret = npu_job_submit(chip->kit.npu, &job);
	if (!ret)
		ret = npu_syncobj_wait(chip->kit.npu, (uint32_t)syncobj,
				       TIMEOUT_MS);
	npu_syncobj_destroy(chip->kit.npu, (uint32_t)syncobj);
	return ret == 1 ? 0 : ret ? ret : -ETIMEDOUT;
}

int chip_fill(struct chip *chip)
{
	return run(chip, chip->fill);
}

/*
 * Only show_bbuf() loads from where it stores, row 0 of IBUF and BBUF, which
 * have to be 0; elsewhere what is not stored must not pass for zeros.
 */
int chip_show(struct chip *chip, enum chip_memory memory, uint32_t *total)
{
	struct stored s = stored(chip, memory);
	uint8_t *out = (uint8_t *)chip->mem.map + chip->out;
	int ret;

	memset(out, memory == CHIP_BBUF ? 0 : 0x5a, chip->out_bytes);
	ret = run(chip, chip->show[memory]);
	*total = s.count - s.skip;
	return ret ? ret : (int)count_nonzero(out, s);
}

/* ---- making ---------------------------------------------------------------- */

static int add_program(struct chip *chip, const struct program *p, int at[2])
{
	at[0] = npu_kit_append(&chip->kit, p);
	at[1] = (int)p->num;
	return at[0] < 0 ? at[0] : 0;
}

static int add_programs(struct chip *chip)
{
	static struct program p;
	int obuf[2], ret;

	p.num = 0;
	emit_fill_obuf(chip, &p);
	ret = add_program(chip, &p, obuf);
	if (ret)
		return ret;
	p.num = 0;
	emit_fill(chip, &p, obuf);
	ret = add_program(chip, &p, chip->fill);
	for (unsigned i = 0; i < CHIP_NUM_MEMORIES && !ret; i++) {
		p.num = 0;
		emit_show(chip, &p, (enum chip_memory)i);
		ret = add_program(chip, &p, chip->show[i]);
	}
	return ret;
}

/* Returns the size of the largest transfer. */
static uint32_t largest(const struct chip *chip)
{
	uint32_t max = 2 * bytes(vmem(chip));

	for (unsigned i = 0; i < GS_BUF_COUNT; i++) {
		uint32_t size = 2 * bytes(shape(chip, (enum gs_buf)i));

		max = size > max ? size : max;
	}
	return (max + GS_PAGE_BYTES - 1) / GS_PAGE_BYTES * GS_PAGE_BYTES;
}

/* Positive elements of 4, 8, 16 and 32 bits. */
static void fill_memory(struct chip *chip)
{
	uint8_t *mem = chip->mem.map;

	memset(mem + ONES_WBUF, PARAM(chip, WGT_WIDTH) == 4 ? 0x11 : 1,
	       ONES_IBUF - ONES_WBUF);
	memset(mem + ONES_IBUF, PARAM(chip, DATA_WIDTH) == 4 ? 0x11 : 1,
	       PATTERN - ONES_IBUF);
	for (uint32_t i = PATTERN; i < chip->out; i++)
		mem[i] = (uint8_t)(0x11 * (1 + i % 7));
}

int chip_create(const struct npu *npu, struct chip *chip)
{
	int ret;

	memset(chip, 0, sizeof(*chip));
	ret = npu_kit_create(npu, &chip->kit);
	if (ret)
		return ret;
	chip->out_bytes = largest(chip);
	chip->out = PATTERN + chip->out_bytes;
	ret = npu_bo_create(npu, &chip->mem, chip->out + chip->out_bytes, 0);
	if (!ret)
		ret = add_programs(chip);
	if (!ret)
		ret = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_NORMAL,
				     TIMEOUT_MS);
	if (ret < 0) {
		chip_destroy(chip);
		return ret;
	}
	chip->ctx = (uint32_t)ret;
	fill_memory(chip);
	return 0;
}

void chip_destroy(struct chip *chip)
{
	npu_ctx_destroy(chip->kit.npu, chip->ctx);
	npu_bo_destroy(chip->kit.npu, &chip->mem);
	npu_kit_destroy(&chip->kit);
}
