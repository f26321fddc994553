/* SPDX-License-Identifier: MIT */
/*
 * Random blocks. Most are legal and of the shapes compilers make; where a
 * choice leaves the rules, the fault is part of the test.
 */
#include "tests/lockstep/lockstep.h"

#define MAX_TILES 3

/* What the array group decides and the SIMD group must follow. */
struct block {
	struct program *p;
	const struct gs_arch *arch;
	uint32_t *state;
	uint32_t num_outer, outer[3];
	bool reduction[3];
	uint32_t next_dma; /* loop of transfers */
};

static bool chance(struct block *b, uint32_t percent)
{
	return below(b->state, 100) < percent;
}

static uint32_t between(struct block *b, uint32_t low, uint32_t high)
{
	return low + below(b->state, high - low + 1);
}

/* ---- array ---------------------------------------------------------------------- */

static void outer_loops(struct block *b)
{
	b->num_outer = between(b, 0, 3);
	for (uint32_t l = 0; l < b->num_outer; l++) {
		b->outer[l] = between(b, 1, MAX_TILES);
		b->reduction[l] = chance(b, 30);
		EMIT(b->p, SA_LOOP_CFG, 0, l, b->outer[l] - 1);
		if (b->reduction[l])
			EMIT(b->p, SA_REDUCTION_LOOP, 32, l, GS_RED_OUTER, 0);
	}
}

/* A loop over runs: one after the other, some apart, or upon each other. */
static int32_t run_stride(struct block *b, uint32_t run_bytes)
{
	switch (below(b->state, 4)) {
	case 0:
		return (int32_t)below(b->state, 512) * 16;
	case 1:
		return -(int32_t)below(b->state, 16) * 16;
	case 2:
		return (int32_t)(run_bytes + below(b->state, 4) * 64);
	default:
		return (int32_t)run_bytes;
	}
}

/* Rows that are loaded or stored by one run: all, or a part and a loop. */
static uint32_t split(struct block *b, uint32_t rows, uint32_t *num)
{
	*num = between(b, 2, 6);
	if (chance(b, 60) || rows / *num < 4)
		*num = 1;
	return *num == 1 ? rows : rows / *num / 4 * 4;
}

static void transfer(struct block *b, uint32_t acc, uint32_t buf, uint32_t rows,
		     uint32_t bits)
{
	uint32_t num, run = split(b, rows, &num);
	uint32_t req = bits < 8 ? run : run * bits / 8;
	uint32_t banks =
		b->arch->array_m * (buf == GS_BUF_WBUF ? b->arch->array_n : 1);

	EMIT(b->p, SET_BASE_ADDR, 0, GS_MEM_BUFFER, buf, 0,
	     below(b->state, 1024) * 4);
	for (uint32_t l = 0; l < b->num_outer; l++)
		if (chance(b, 60))
			emit_stride(b->p, acc, buf, l,
				    (int32_t)below(b->state, 512) * 64);
	if (num > 1) {
		EMIT(b->p, SA_LOOP_CFG, 0, b->next_dma, num - 1);
		emit_stride(b->p, acc, buf, b->next_dma++,
			    run_stride(b, run * banks * bits / 8));
	}
	EMIT(b->p, LD_ST, acc, GS_MEM_BUFFER, buf, 0, req);
}

static void transfers(struct block *b)
{
	const struct gs_arch *a = b->arch;
	uint32_t weights = between(b, 1, a->wbuf_depth / 2);

	if (chance(b, 97))
		weights = (weights + 3) / 4 * 4;
	transfer(b, GS_ACC_LD, GS_BUF_IBUF, between(b, 1, a->ibuf_depth / 2),
		 a->data_width);
	transfer(b, GS_ACC_LD, GS_BUF_WBUF, weights, a->wgt_width);
	if (chance(b, 50))
		transfer(b, GS_ACC_LD, GS_BUF_BBUF,
			 between(b, 1, a->bbuf_depth), a->bias_width);
	if (chance(b, 30))
		transfer(b, GS_ACC_LD, GS_BUF_OBUF,
			 between(b, 1, a->obuf_depth), a->acc_width);
}

/* Rows of the buffers that the inner loops cover so far. */
struct reach {
	uint32_t x, w, bias, out;
};

static void inner_loop(struct block *b, uint32_t id, struct reach *reach)
{
	uint32_t num = between(b, 1, 6), x = 0, w = 0, bias = 0, out = 0;

	switch (below(b->state, 8)) {
	case 0: /* anything */
		x = below(b->state, 4);
		w = below(b->state, 4);
		bias = below(b->state, 3);
		out = below(b->state, 8);
		break;
	case 1:
	case 2: /* columns */
		w = reach->w;
		out = reach->out;
		bias = reach->bias;
		break;
	case 3:
	case 4: /* reduction */
		x = chance(b, 50) ? reach->x : below(b->state, 4);
		w = reach->w;
		if (chance(b, 90))
			EMIT(b->p, SA_REDUCTION_LOOP, 32,
			     (id + 7 - b->num_outer % 7) % 7, GS_RED_INNER, 0);
		break;
	default: /* pixels */
		num = between(b, 1, 20);
		x = chance(b, 50) ? reach->x : between(b, 1, 3);
		out = reach->out;
		break;
	}
	EMIT(b->p, SA_LOOP_CFG, 0, id, num - 1);
	emit_stride(b->p, GS_ACC_RD, GS_BUF_IBUF, id, (int32_t)x);
	emit_stride(b->p, GS_ACC_RD, GS_BUF_WBUF, id, (int32_t)w);
	emit_stride(b->p, GS_ACC_RD, GS_BUF_BBUF, id, (int32_t)bias);
	emit_stride(b->p, GS_ACC_RD, GS_BUF_OBUF, id, (int32_t)out);
	emit_stride(b->p, GS_ACC_WR, GS_BUF_OBUF, id, (int32_t)out);
	reach->x += x * (num - 1);
	reach->w += w * (num - 1);
	reach->bias += bias * (num - 1);
	reach->out += out * (num - 1);
}

static void array_group(struct block *b)
{
	uint32_t inner = between(b, 1, 6);
	struct reach reach = { 1, 1, 1, 1 };

	SA_START(b->p);
	outer_loops(b);
	transfers(b);
	for (uint32_t i = 0; i < inner; i++)
		inner_loop(b, 7 + i, &reach);
	if (chance(b, 70))
		transfer(b, GS_ACC_ST, GS_BUF_OBUF,
			 between(b, 1, b->arch->obuf_depth),
			 b->arch->acc_width);
	SA_END(b->p);
}

/* ---- SIMD ----------------------------------------------------------------------- */

static void immediates(struct block *b)
{
	uint32_t num = between(b, 1, 4);

	for (uint32_t i = 0; i < num; i++) {
		EMIT(b->p, SET_IMM_LOW, GS_NS_IMM, i, below(b->state, 65536));
		EMIT(b->p, SET_IMM_HIGH, GS_NS_IMM, i,
		     chance(b, 50) ? below(b->state, 8) :
				     below(b->state, 65536));
	}
	if (chance(b, 50))
		EMIT(b->p, DTYPE_CFG, below(b->state, 5), below(b->state, 33),
		     below(b->state, 33), 16);
}

static void simd_transfer(struct block *b, bool store, uint32_t ns)
{
	static const uint32_t widths[] = { 4, 8, 16, 32 };
	uint32_t bits = widths[below(b->state, 4)];
	uint32_t num, rows = split(b, between(b, 1, 16), &num);
	uint32_t req = bits < 8 ? rows : rows * bits / 8;
	uint32_t stride =
		(uint32_t)run_stride(b, rows * b->arch->array_m * bits / 8);
	uint32_t addr = below(b->state, 4096) * 4;
	uint32_t row = below(b->state, b->arch->vmem_depth - 16);

	if (store) {
		EMIT(b->p, ST_BASE_ADDR, 0, ns, 0, addr);
		EMIT(b->p, ST_TILE_ADDR, 0, ns, 0, row);
		EMIT(b->p, ST_TILE_ITER, 0, ns, 0, num - 1);
		EMIT(b->p, ST_TILE_STRIDE, 0, ns, 0, stride & 0xffff);
		EMIT(b->p, ST_TILE_STRIDE, 1, ns, 0, stride >> 16);
		EMIT(b->p, ST_START, 0, ns, bits - 1, req);
	} else {
		EMIT(b->p, LD_BASE_ADDR, 0, ns, 0, addr);
		EMIT(b->p, LD_TILE_ADDR, 0, ns, 0, row);
		EMIT(b->p, LD_TILE_ITER, 0, ns, 0, num - 1);
		EMIT(b->p, LD_TILE_STRIDE, 0, ns, 0, stride & 0xffff);
		EMIT(b->p, LD_TILE_STRIDE, 1, ns, 0, stride >> 16);
		EMIT(b->p, LD_START, 0, ns, bits - 1, req);
	}
}

/* Iterator @id of @ns: somewhere, and on by a little. */
static void iterator(struct block *b, uint32_t ns, uint32_t id, bool fresh)
{
	uint32_t rows = ns == GS_NS_IMM	 ? 4 :
			ns == GS_NS_IBUF ? b->arch->ibuf_depth / 2 :
			ns == GS_NS_OBUF ? b->arch->obuf_depth :
					   b->arch->vmem_depth;
	static const int32_t strides[] = { 0, 0, 1, 1, 1, 2, 3, -1, 7 };
	int32_t stride = strides[below(b->state, 9)];

	if (ns == GS_NS_IMM && chance(b, 90))
		stride = 0;
	if (fresh || chance(b, 30))
		EMIT(b->p, BASE_SIGN_EXT, ns, id, below(b->state, rows / 2));
	EMIT(b->p, STRIDE_SIGN_EXT, ns, id, (uint32_t)stride & 0xffff);
}

/* A random function with these namespaces. */
static void body(struct block *b, const uint32_t *ns, uint32_t index)
{
	struct gs_insn insn = { .val = { ns[GS_DST], index, ns[GS_SRC1], index,
					 ns[GS_SRC2], index } };

	do
		insn.id = (enum gs_insn_id)below(b->state, GS_INSN_COUNT);
	while (!gs_simd_is_body(insn.id));
	if (insn.id == GS_INSN_NOP)
		memset(insn.val, 0, sizeof(insn.val));
	if (insn.id >= GS_INSN_CAST_32FXP_16FXP &&
	    insn.id <= GS_INSN_CAST_16BFP_32FP)
		insn.val[4] = GS_NS_IMM;
	program_emit(b->p, insn);
}

static void nest(struct block *b, bool obuf)
{
	static const uint32_t sources[] = { GS_NS_VMEM1, GS_NS_VMEM2,
					    GS_NS_VMEM1, GS_NS_IMM,
					    GS_NS_OBUF };
	uint32_t levels = chance(b, 80) ? between(b, 1, 3) : between(b, 1, 8);
	uint32_t num_body = chance(b, 60) ? 1 : between(b, 2, 4);
	uint32_t num_sources = obuf || chance(b, 2) ? 5 : 4;
	uint32_t ns[GS_OPERANDS];

	ns[GS_DST] = chance(b, 5)  ? GS_NS_IBUF :
		     chance(b, 50) ? GS_NS_VMEM1 :
				     GS_NS_VMEM2;
	ns[GS_SRC1] = sources[below(b->state, num_sources)];
	ns[GS_SRC2] = chance(b, 25) ? GS_NS_IMM :
				      sources[below(b->state, num_sources)];
	for (uint32_t l = 0; l < levels; l++)
		for (uint32_t p = 0; p < GS_OPERANDS; p++)
			iterator(b, ns[p], 4 * l + p, l + 1 == levels);
	for (uint32_t l = 0; l < levels; l++) {
		EMIT(b->p, SET_ITER, l, 0,
		     levels > 3 ? between(b, 1, 2) : between(b, 1, 9));
		EMIT(b->p, SET_INDEX, ns[GS_DST], 4 * l, ns[GS_SRC1], 4 * l + 1,
		     ns[GS_SRC2], 4 * l + 2);
	}
	EMIT(b->p, SET_INST, 1, 0, num_body);
	for (uint32_t i = 0; i < num_body; i++)
		body(b, ns, 0);
}

static void permutation(struct block *b)
{
	bool shuffle = chance(b, 50);

	for (uint32_t rw = 0; rw < 2; rw++) {
		EMIT(b->p, PERM_SET_BASE_ADDR, rw, 0,
		     below(b->state, b->arch->vmem_depth / 2));
		EMIT(b->p, PERM_SET_LOOP_ITER, rw, 0,
		     (shuffle ? b->arch->array_m : 4) - 1);
		EMIT(b->p, PERM_SET_LOOP_STRIDE, rw, 0, between(b, 0, 2));
	}
	EMIT(b->p, PERM_START, between(b, GS_NS_VMEM1, GS_NS_VMEM2), 0,
	     between(b, GS_NS_VMEM1, GS_NS_VMEM2), 0, shuffle);
}

static void simd_step(struct block *b, bool obuf)
{
	uint32_t ns[GS_OPERANDS] = { GS_NS_VMEM2, GS_NS_VMEM1, GS_NS_VMEM1 };

	switch (below(b->state, 11)) {
	case 0:
	case 1:
		simd_transfer(b, chance(b, 40),
			      between(b, GS_NS_VMEM1, GS_NS_VMEM2));
		break;
	case 2:
		body(b, ns, below(b->state, 12));
		break;
	case 3:
		permutation(b);
		break;
	case 4:
		immediates(b);
		break;
	default:
		nest(b, obuf);
		break;
	}
}

/* With an array group: once for each tile that is handed over. */
static void base_loops(struct block *b)
{
	for (uint32_t l = 0; l < b->num_outer; l++) {
		if (b->reduction[l] || chance(b, 2))
			continue;
		EMIT(b->p, LD_BASE_ITER, 0, GS_NS_VMEM1, l, b->outer[l] - 1);
		EMIT(b->p, ST_BASE_STRIDE, 0, GS_NS_VMEM2, l,
		     below(b->state, 256) * 64);
	}
}

static void simd_group(struct block *b, bool obuf)
{
	uint32_t steps = between(b, 2, 7);

	SIMD_START(b->p);
	base_loops(b);
	immediates(b);
	for (uint32_t i = 0; i < steps; i++)
		simd_step(b, obuf);
	if (obuf && chance(b, 60))
		EMIT(b->p, SYNC_INST, GS_TGT_SIMD, GS_SE_END, GS_EB_BUF, 0, 0,
		     0);
	simd_transfer(b, true, GS_NS_VMEM1);
	simd_transfer(b, true, GS_NS_VMEM2);
	SIMD_END(b->p);
}

uint32_t gen_block(struct program *program, const struct gs_arch *arch,
		   uint32_t *state)
{
	struct block b = {
		.p = program, .arch = arch, .state = state, .next_dma = 14
	};
	bool array, simd;

	array = chance(&b, 60);
	simd = !array || chance(&b, 50);
	if (array)
		array_group(&b);
	if (simd)
		simd_group(&b, array);
	EMIT(program, BLOCK_END, 1);
	return program->num;
}
