/* SPDX-License-Identifier: MIT */
/*
 * Blocks as compilers make them of layers: tiles that load what they use and
 * store apart from each other, so that several machines may take them. Many
 * have one thing that forbids that, or nearly does.
 */
#include "tests/lockstep/lockstep.h"

#define SCALE_ROW 200u

enum wrong {
	RIGHT,
	STORE_SAME, /* tiles store to the same place */
	STORE_CLOSE, /* tiles store so that they meet in a few bytes */
	STRIP_STAYS, /* the first, where those of other groups are */
	STORE_NEXT, /* the last pixel where the next tile's first one is */
	LOAD_STORED, /* the group loads what the one before stored */
	UNWRITTEN, /* a nest reads rows that nothing in the group wrote */
	KEPT, /* a nest needs what the group before left */
	SHORT_WEIGHTS, /* of what the array reads */
	SHORT_PIXELS,
	SUMS_STORED, /* of the array */
	SUMS_LOADED,
	REDUCTION_OUTSIDE,
	IMM_CHANGES,
	STRIDE_LATE, /* of a transfer, set after it */
	BASE_LATE,
	SINGLE, /* a word outside nests */
	PERMUTED,
	ROWS_LATE, /* of a nest, other ones in the first group */
	NUM_WRONG
};

struct layer {
	struct program *p;
	const struct gs_arch *arch;
	uint32_t *state;
	enum wrong wrong;
	bool array, residual, interleaved;
	uint32_t num_outer, outer[3], groups, reduction;
	uint32_t pixels, columns, steps; /* of the inner loops */
	uint32_t rows; /* of a tile */
	uint32_t strip; /* pixels a transfer moves */
	uint32_t bits; /* of what is stored */
};

static bool chance(struct layer *l, uint32_t percent)
{
	return below(l->state, 100) < percent;
}

static uint32_t between(struct layer *l, uint32_t low, uint32_t high)
{
	return low + below(l->state, high - low + 1);
}

static void choose(struct layer *l)
{
	static const uint32_t widths[] = { 4, 8, 16, 32 };

	l->wrong = chance(l, 50) ? RIGHT :
				   (enum wrong)below(l->state, NUM_WRONG);
	l->array = chance(l, 75);
	l->residual = !l->array || chance(l, 40);
	l->interleaved = chance(l, 50);
	l->num_outer = between(l, 1, 3);
	l->groups = 1;
	for (uint32_t i = 0; i < l->num_outer; i++) {
		l->outer[i] = between(l, 1, l->num_outer == 1 ? 9 : 3);
		l->groups *= l->outer[i];
	}
	l->reduction = chance(l, 40) ? between(l, 2, 3) : 1;
	l->pixels = between(l, 1, 8);
	l->columns = between(l, 1, 3);
	l->steps = between(l, 1, 3);
	l->rows = l->pixels * l->columns;
	l->strip = chance(l, 50) ? l->pixels : between(l, 1, l->pixels);
	l->bits = widths[below(l->state, 4)];
	while (l->groups * l->rows * l->arch->array_m * l->bits / 8 >
	       GEN_STORE_AT - 1024)
		l->bits /= 2;
}

/* ---- array ---------------------------------------------------------------------- */

static void load(struct layer *l, uint32_t buf, uint32_t rows, uint32_t bits,
		 uint32_t loops)
{
	const uint32_t row = l->arch->array_m * bits / 8;

	EMIT(l->p, SET_BASE_ADDR, 0, GS_MEM_BUFFER, buf, 0,
	     below(l->state, 8) * 64);
	for (uint32_t i = 0; i < loops; i++)
		if (chance(l, 60))
			emit_stride(l->p, GS_ACC_LD, buf, i,
				    (int32_t)(below(l->state, 5) * row));
	EMIT(l->p, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, buf, 0,
	     bits < 8 ? rows : rows * bits / 8);
}

static void inner_loop(struct layer *l, uint32_t id, uint32_t num, uint32_t x,
		       uint32_t w, uint32_t bias, uint32_t out)
{
	EMIT(l->p, SA_LOOP_CFG, 0, id, num - 1);
	emit_stride(l->p, GS_ACC_RD, GS_BUF_IBUF, id, (int32_t)x);
	emit_stride(l->p, GS_ACC_RD, GS_BUF_WBUF, id, (int32_t)w);
	emit_stride(l->p, GS_ACC_RD, GS_BUF_BBUF, id, (int32_t)bias);
	emit_stride(l->p, GS_ACC_RD, GS_BUF_OBUF, id, (int32_t)out);
	emit_stride(l->p, GS_ACC_WR, GS_BUF_OBUF, id, (int32_t)out);
}

static void outer_loops(struct layer *l, uint32_t *loops)
{
	uint32_t id = 0;

	if (l->wrong == REDUCTION_OUTSIDE && l->reduction > 1) {
		EMIT(l->p, SA_LOOP_CFG, 0, id, l->reduction - 1);
		EMIT(l->p, SA_REDUCTION_LOOP, 32, id++, GS_RED_OUTER, 0);
	}
	for (uint32_t i = 0; i < l->num_outer; i++)
		EMIT(l->p, SA_LOOP_CFG, 0, id++, l->outer[i] - 1);
	if (l->wrong != REDUCTION_OUTSIDE && l->reduction > 1) {
		EMIT(l->p, SA_LOOP_CFG, 0, id, l->reduction - 1);
		EMIT(l->p, SA_REDUCTION_LOOP, 32, id++, GS_RED_OUTER, 0);
	}
	*loops = id;
}

static void array_group(struct layer *l)
{
	const struct gs_arch *a = l->arch;
	uint32_t weights = (l->columns * l->steps + 3) / 4 * 4;
	uint32_t pixels = l->pixels * l->steps;
	uint32_t loops;

	if (l->wrong == SHORT_WEIGHTS && weights > 4)
		weights -= 4;
	if (l->wrong == SHORT_PIXELS && pixels > 1)
		pixels--;
	SA_START(l->p);
	outer_loops(l, &loops);
	load(l, GS_BUF_IBUF, pixels, a->data_width, loops);
	load(l, GS_BUF_WBUF, weights, a->wgt_width, loops);
	if (chance(l, 60))
		load(l, GS_BUF_BBUF, l->columns, a->bias_width, loops);
	if (l->wrong == SUMS_LOADED)
		load(l, GS_BUF_OBUF, l->rows, a->acc_width, loops);
	if (l->wrong == SUMS_STORED)
		EMIT(l->p, LD_ST, GS_ACC_ST, GS_MEM_BUFFER, GS_BUF_OBUF, 0,
		     l->rows * a->acc_width / 8);
	inner_loop(l, 7, l->pixels, l->steps, 0, 0, l->columns);
	inner_loop(l, 8, l->columns, 0, l->steps, 1, 1);
	inner_loop(l, 9, l->steps, 1, 1, 0, 0);
	EMIT(l->p, SA_REDUCTION_LOOP, 32, (2 + 7 - loops) % 7, GS_RED_INNER, 0);
	SA_END(l->p);
}

/* ---- SIMD ----------------------------------------------------------------------- */

static void emit_halves(struct layer *l, enum gs_insn_id id, uint32_t ns,
			uint32_t loop, uint32_t value)
{
	for (uint32_t half = 0; half < 2; half++)
		program_emit(l->p, (struct gs_insn){
					   id,
					   { half, ns, loop,
					     value >> 16 * half & 0xffff } });
}

static void set_base(struct layer *l, bool store, uint32_t ns, uint32_t addr)
{
	emit_halves(l, store ? GS_INSN_ST_BASE_ADDR : GS_INSN_LD_BASE_ADDR, ns,
		    0, addr);
}

/* Transfers of @rows rows, so many a run, each run @apart from the next. */
static void simd_transfer(struct layer *l, bool store, uint32_t ns,
			  uint32_t row, uint32_t rows, uint32_t run,
			  uint32_t apart)
{
	const uint32_t req = l->bits < 8 ? run : run * l->bits / 8;

	if (store) {
		EMIT(l->p, ST_TILE_ADDR, 0, ns, 0, row);
		EMIT(l->p, ST_TILE_ITER, 0, ns, 0, rows / run - 1);
		EMIT(l->p, ST_TILE_STRIDE, 0, ns, 0, apart);
		EMIT(l->p, ST_START, 0, ns, l->bits - 1, req);
	} else {
		EMIT(l->p, LD_TILE_ADDR, 0, ns, 0, row);
		EMIT(l->p, LD_TILE_ITER, 0, ns, 0, rows / run - 1);
		EMIT(l->p, LD_TILE_STRIDE, 0, ns, 0, apart);
		EMIT(l->p, LD_START, 0, ns, l->bits - 1, req);
	}
}

static void base_strides(struct layer *l, bool store, uint32_t ns,
			 uint32_t innermost)
{
	uint32_t stride = innermost;

	for (uint32_t i = l->num_outer; i-- > 0; stride *= l->outer[i])
		emit_halves(l,
			    store ? GS_INSN_ST_BASE_STRIDE :
				    GS_INSN_LD_BASE_STRIDE,
			    ns, i, stride);
}

/* A strip of the tile's pixels, at @addr. */
static void strip_transfer(struct layer *l, bool store, uint32_t ns,
			   uint32_t addr, uint32_t first, uint32_t num)
{
	const uint32_t row = l->arch->array_m * l->bits / 8;
	const uint32_t rows = num * l->columns;
	const uint32_t pixel =
		l->columns * row * (l->interleaved ? l->groups : 1);

	if (!(l->wrong == BASE_LATE && !store))
		set_base(l, store, ns, addr + first * pixel);
	simd_transfer(l, store, ns, first * l->columns, rows,
		      l->interleaved ? l->columns : rows, pixel);
}

/* All rows one after the other, or those of a pixel beside those of other groups. */
static void tile_transfer(struct layer *l, bool store, uint32_t ns,
			  uint32_t addr)
{
	const uint32_t row = l->arch->array_m * l->bits / 8;
	const uint32_t run = l->interleaved ? l->columns : l->rows;
	uint32_t stride = run * row;

	if (store && l->wrong == STORE_SAME)
		stride = 0;
	if (store && l->wrong == STORE_CLOSE)
		stride -= row;
	if (store && l->interleaved && l->wrong == STORE_NEXT)
		stride = run * row * l->groups * (l->pixels - 1);
	if (l->wrong != STRIDE_LATE)
		base_strides(l, store, ns,
			     store && l->wrong == STRIP_STAYS ? 0 : stride);
	if (!store && l->wrong == LOAD_STORED)
		addr = GEN_STORE_AT - stride;
	for (uint32_t at = 0; at < l->pixels; at += l->strip) {
		strip_transfer(l, store, ns, addr, at,
			       l->pixels - at < l->strip ? l->pixels - at :
							   l->strip);
		if (store && l->wrong == STRIP_STAYS)
			base_strides(l, store, ns, stride);
	}
	if (l->wrong == STRIDE_LATE)
		base_strides(l, store, ns, stride);
	if (l->wrong == BASE_LATE && !store)
		set_base(l, store, ns, addr);
}

struct operand {
	uint32_t ns, base, stride;
};

static void iterator(struct layer *l, uint32_t id, const struct operand *o)
{
	EMIT(l->p, BASE_SIGN_EXT, o->ns, id, o->base);
	EMIT(l->p, STRIDE_SIGN_EXT, o->ns, id, o->stride);
}

/* One function on all rows of the tile. */
static void nest(struct layer *l, enum gs_insn_id id, struct operand d,
		 struct operand a, struct operand b)
{
	iterator(l, 0, &d);
	iterator(l, 1, &a);
	iterator(l, 2, &b);
	EMIT(l->p, SET_ITER, 0, 0, l->rows);
	EMIT(l->p, SET_INDEX, d.ns, 0, a.ns, 1, b.ns, 2);
	EMIT(l->p, SET_INST, 1, 0, 1);
	program_emit(l->p,
		     (struct gs_insn){ id, { d.ns, 0, a.ns, 1, b.ns, 2 } });
}

#define V1 ((struct operand){ GS_NS_VMEM1, 0, 1 })
#define V2 ((struct operand){ GS_NS_VMEM2, 0, 1 })
#define SCALE ((struct operand){ GS_NS_VMEM1, SCALE_ROW, 0 })
#define IMM(i) ((struct operand){ GS_NS_IMM, (i), 0 })

static void immediates(struct layer *l)
{
	EMIT(l->p, SET_IMM_LOW, GS_NS_IMM, 0, below(l->state, 65536));
	EMIT(l->p, SET_IMM_HIGH, GS_NS_IMM, 0, below(l->state, 8));
	EMIT(l->p, DTYPE_CFG, 1, between(l, 8, 24), 16, 16);
}

/* What the chosen defect is in the words. */
static void spoil(struct layer *l)
{
	switch (l->wrong) {
	case UNWRITTEN:
		nest(l, GS_INSN_ADD, V1, V1,
		     (struct operand){ GS_NS_VMEM2, 100, 1 });
		break;
	case KEPT:
		nest(l, GS_INSN_MACC, (struct operand){ GS_NS_VMEM2, 64, 1 },
		     V1, V1);
		nest(l, GS_INSN_ADD, V1, V1,
		     (struct operand){ GS_NS_VMEM2, 64, 1 });
		break;
	case IMM_CHANGES:
		nest(l, GS_INSN_ADD, V1, V1, IMM(1));
		EMIT(l->p, SET_IMM_LOW, GS_NS_IMM, 1, below(l->state, 256));
		break;
	case SINGLE:
		EMIT(l->p, ADD, GS_NS_VMEM2, 0, GS_NS_VMEM2, 0, GS_NS_VMEM1, 0);
		break;
	case PERMUTED:
		for (uint32_t rw = 0; rw < 2; rw++) {
			EMIT(l->p, PERM_SET_BASE_ADDR, rw, 0, 100 + 20 * rw);
			EMIT(l->p, PERM_SET_LOOP_ITER, rw, 0, 3);
			EMIT(l->p, PERM_SET_LOOP_STRIDE, rw, 0, 1);
		}
		EMIT(l->p, PERM_START, GS_NS_VMEM2, 0, GS_NS_VMEM1, 0, 0);
		break;
	case ROWS_LATE: /* registers begin as 0 */
		EMIT(l->p, SET_ITER, 0, 0, l->rows);
		EMIT(l->p, SET_INDEX, GS_NS_VMEM2, 7, GS_NS_VMEM1, 7,
		     GS_NS_VMEM1, 7);
		EMIT(l->p, SET_INST, 1, 0, 1);
		EMIT(l->p, MOVE, GS_NS_VMEM2, 7, GS_NS_VMEM1, 7, GS_NS_VMEM1,
		     7);
		iterator(l, 7, &(struct operand){ GS_NS_VMEM2, 150, 2 });
		break;
	default:
		break;
	}
}

static void compute(struct layer *l)
{
	const struct operand from = { l->array ? (uint32_t)GS_NS_OBUF :
						 (uint32_t)GS_NS_VMEM2,
				      0, 1 };

	nest(l, GS_INSN_MUL, V1, from, chance(l, 50) ? SCALE : IMM(0));
	if (l->residual)
		nest(l, GS_INSN_ADD, V1, V1, V2);
	if (chance(l, 50))
		nest(l, GS_INSN_MACC, V1, V1, IMM(0));
	if (l->array && chance(l, 30))
		EMIT(l->p, SYNC_INST, GS_TGT_SIMD, GS_SE_END, GS_EB_BUF, 0, 0,
		     0);
	spoil(l);
	nest(l, GS_INSN_CAST_32FXP_8FXP, V1, V1, IMM(0));
}

static void simd_group(struct layer *l)
{
	SIMD_START(l->p);
	for (uint32_t i = 0; i < l->num_outer; i++)
		EMIT(l->p, LD_BASE_ITER, 0, GS_NS_VMEM1, i, l->outer[i] - 1);
	immediates(l);
	set_base(l, false, GS_NS_VMEM1, 0);
	simd_transfer(l, false, GS_NS_VMEM1, SCALE_ROW, 1, 1, 0);
	if (l->residual)
		tile_transfer(l, false, GS_NS_VMEM2, 1024);
	compute(l);
	tile_transfer(l, true, GS_NS_VMEM1, GEN_STORE_AT);
	SIMD_END(l->p);
}

static void one_block(struct program *program, const struct gs_arch *arch,
		      uint32_t *state, bool last)
{
	struct layer l = { .p = program, .arch = arch, .state = state };

	choose(&l);
	if (l.array)
		array_group(&l);
	simd_group(&l);
	EMIT(program, BLOCK_END, last);
}

uint32_t gen_layers(struct program *program, const struct gs_arch *arch,
		    uint32_t *state)
{
	const bool two = below(state, 3) == 0;
	uint32_t first, all;

	if (two)
		emit_next(program, 0, 0); /* known below */
	one_block(program, arch, state, !two);
	first = program->num;
	if (!two)
		return first;
	one_block(program, arch, state, true);
	all = program->num;
	program->num = 0;
	emit_next(program, first * 4, all - first);
	program->num = all;
	return first;
}
