/* SPDX-License-Identifier: MIT */
/*
 * May the groups of a block run in any order (fast_split.h)?
 *
 * Two groups are run without data. All others are like the second one: words set
 * registers and immediates to values of their own, so the group before left them
 * as each one does. Each must load or write the
 * rows it reads, all must write the same rows, no address may fault, no store
 * may meet a load or another store. What is not sure is a no.
 */

#include "hw-model/core/fast_split.h"

#define WINDOW_SIZE (INT64_C(1) << 32)

/* Rows that are marked one by one. */
#define MAX_WALK 16384u

static struct gs_split *split_of(const struct gs_core *core)
{
	return core->fast->split;
}

/* ---- rows of lanes -------------------------------------------------------------- */

static unsigned lanes_of(enum gs_scratchpad spad)
{
	return spad == GS_SPAD_OBUF ? 0 : spad == GS_SPAD_VMEM1 ? 1 : 2;
}

static enum gs_scratchpad spad_of(unsigned i)
{
	static const enum gs_scratchpad spads[GS_SPLIT_SPADS] = {
		GS_SPAD_OBUF, GS_SPAD_VMEM1, GS_SPAD_VMEM2
	};

	return spads[i];
}

static size_t words_of(const struct gs_core *core, unsigned i)
{
	return (core->rows[spad_of(i)] + 63u) / 64;
}

/* The bits of word @word that stand for rows from @low on, below @end. */
static uint64_t bits_of(uint64_t word, uint64_t low, uint64_t end)
{
	const uint64_t first = word * 64;
	uint64_t bits = UINT64_MAX;

	if (low > first)
		bits &= UINT64_MAX << (low - first);
	if (end < first + 64)
		bits &= UINT64_MAX >> (first + 64 - end);
	return bits;
}

/* @low < @end, which is inside */
static void mark(uint64_t *bits, uint64_t low, uint64_t end)
{
	for (uint64_t word = low / 64; word * 64 < end; word++)
		bits[word] |= bits_of(word, low, end);
}

static bool all_marked(const uint64_t *bits, uint64_t low, uint64_t end)
{
	uint64_t missing = 0;

	for (uint64_t word = low / 64; word * 64 < end; word++)
		missing |= bits_of(word, low, end) & ~bits[word];
	return !missing;
}

/* Addresses of some loops: bounds, both included. */
static struct gs_span bounds(const struct gs_loop *loops, unsigned num,
			     unsigned p, int64_t base)
{
	struct gs_span span = { base, base };

	for (unsigned l = 0; l < num; l++) {
		const int64_t way =
			loops[l].stride[p] * (int64_t)(loops[l].num - 1);

		if (way < 0)
			span.low += way;
		else
			span.high += way;
	}
	return span;
}

/* Loops that move, with their strides as the first ones and not below 0. */
static unsigned moving(const struct gs_loop *loops, unsigned num, unsigned p,
		       struct gs_loop *out)
{
	unsigned n = 0;

	for (unsigned l = 0; l < num; l++) {
		const int64_t stride = loops[l].stride[p];

		if (stride && loops[l].num > 1)
			out[n++] = (struct gs_loop){
				.num = loops[l].num,
				.stride = { stride < 0 ? -stride : stride },
			};
	}
	return n;
}

/* Is every row between the bounds met? @loops are put in order. */
static bool dense(struct gs_loop *loops, unsigned num)
{
	int64_t reach = 0;

	for (unsigned done = 0; done < num; done++) {
		for (unsigned l = done + 1; l < num; l++)
			if (loops[l].stride[0] < loops[done].stride[0]) {
				const struct gs_loop less = loops[l];

				loops[l] = loops[done];
				loops[done] = less;
			}
		if (loops[done].stride[0] > reach + 1)
			return false;
		reach += loops[done].stride[0] * (loops[done].num - 1);
	}
	return true;
}

/* The rows of operand @p; false: too many. */
static bool mark_rows(uint64_t *bits, const struct gs_loop *loops, unsigned num,
		      unsigned p, int64_t base)
{
	const struct gs_span span = bounds(loops, num, p, base);
	struct gs_loop way[GS_WALK_MAX];
	const unsigned n = moving(loops, num, p, way);
	struct gs_walk walk;

	if (dense(way, n)) {
		mark(bits, (uint64_t)span.low, (uint64_t)span.high + 1);
		return true;
	}
	if (gs_loops_product(way, n) > MAX_WALK)
		return false;
	gs_walk_init(&walk, way, n);
	do {
		const uint64_t row = (uint64_t)(span.low + walk.addr[0]);

		mark(bits, row, row + 1);
	} while (gs_walk_next(&walk));
	return true;
}

/* ---- memory --------------------------------------------------------------------- */

/* Bytes of @dma in all groups, where its addresses are within @span. */
static bool add_span(struct gs_core *core, const struct gs_dma *dma,
		     const struct gs_span *span)
{
	struct gs_split *split = split_of(core);
	struct gs_access access = { .win = dma->win, .word = dma->word };
	const int64_t end = span->high + (int64_t)dma->run_bytes;
	uint8_t *data;

	if (span->low < 0 || end > WINDOW_SIZE ||
	    split->num_spans == GS_SPLIT_TRANSFERS)
		return false;
	access.size = (uint64_t)(end - span->low);
	if (gs_dram_window(core, &access, span->low))
		return false;
	data = gs_dram_map(core, &access, dma->store);
	split->span[split->num_spans++] =
		(struct gs_split_span){ access.bus, access.size, data,
					dma->store };
	return data != NULL;
}

static bool meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b ? b - a < a_size : a - b < b_size;
}

/* Stores are apart from all else, on the bus and in the memory behind it. */
static bool apart(const struct gs_split_span *a, const struct gs_split_span *b)
{
	return (!a->store && !b->store) ||
	       (!meet(a->bus, a->size, b->bus, b->size) &&
		!meet((uintptr_t)a->data, a->size, (uintptr_t)b->data,
		      b->size));
}

/* The chain goes on without a look at what was stored. */
static bool next_block_apart(struct gs_core *core,
			     const struct gs_split_span *span)
{
	const struct gs_block *block = core->block;
	struct gs_access access = { .win = GS_WIN_IMEM,
				    .size = (uint64_t)block->next_num * 4 };

	return !span->store || !block->has_next || !block->next_num ||
	       (!gs_dram_window(core, &access, block->next_addr) &&
		!meet(span->bus, span->size, access.bus, access.size));
}

static bool spans_apart(struct gs_core *core)
{
	const struct gs_split *split = split_of(core);

	for (unsigned i = 0; i < split->num_spans; i++) {
		if (!next_block_apart(core, &split->span[i]))
			return false;
		for (unsigned k = 0; k < i; k++)
			if (!apart(&split->span[i], &split->span[k]))
				return false;
	}
	return true;
}

/* ---- transfers ------------------------------------------------------------------ */

/* Of the array: loads, which are the same rows in each tile. */
static bool array_transfer(struct gs_core *core, const struct gs_dma *dma,
			   int64_t addr, uint64_t rows)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	struct gs_loop outer[GS_ISA_SA_OUTER_LOOPS] = { { .num = 1 } };
	const struct gs_sa_transfer *transfer = sa->transfers;
	struct gs_span span, way;

	if (dma->store || dma->spad == GS_SPAD_OBUF)
		return false;
	split_of(core)->loaded[dma->spad] = rows;
	if (core->run.sa_tile)
		return true;
	while (transfer->word != dma->word)
		transfer++;
	for (unsigned l = 0; l < sa->num_outer; l++)
		outer[l] = (struct gs_loop){
			.num = sa->outer[l],
			.stride = { transfer->outer_stride[l] },
		};
	span = bounds(dma->loops, dma->num_loops, 0, addr);
	way = bounds(outer, sa->num_outer, 0, 0);
	span.low += way.low;
	span.high += way.high;
	return add_span(core, dma, &span);
}

/* The same in each group, at another place. */
static bool known_transfer(struct gs_core *core, const struct gs_dma *dma,
			   const struct gs_simd_dma *regs, bool *is_new)
{
	struct gs_split *split = split_of(core);
	struct gs_split_transfer *transfer =
		&split->transfer[split->num_transfers];

	if (split->num_transfers == GS_SPLIT_TRANSFERS)
		return false;
	split->num_transfers++;
	*is_new = !split->pass;
	if (!*is_new)
		return transfer->word == dma->word &&
		       !memcmp(&transfer->regs, regs, sizeof(*regs));
	*transfer = (struct gs_split_transfer){ dma->word, dma->win, dma->store,
						dma->run_bytes, *regs };
	return true;
}

/* The loops over groups, as a transfer of them moves. */
static unsigned group_loops(const struct gs_core *core,
			    const struct gs_simd_dma *regs,
			    struct gs_loop *loops)
{
	const uint32_t *num = core->block->simd_config.base_loops;
	unsigned n = 0;

	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		if (num[l] > 1)
			loops[n++] = (struct gs_loop){
				.num = num[l],
				.stride = { (int32_t)regs->base_stride[l] },
			};
	return n;
}

static bool load_span(struct gs_core *core, const struct gs_dma *dma,
		      const struct gs_simd_dma *regs)
{
	struct gs_loop loops[2 * GS_ISA_DMA_LOOPS];
	unsigned n = group_loops(core, regs, loops);
	struct gs_span span;

	memcpy(loops + n, dma->loops, dma->num_loops * sizeof(loops[0]));
	span = bounds(loops, n + dma->num_loops, 0, regs->base);
	return add_span(core, dma, &span);
}

static bool simd_transfer(struct gs_core *core, const struct gs_dma *dma,
			  uint64_t rows, uint64_t all_rows)
{
	const struct gs_simd_dma *regs =
		&core->simd.dma[dma->store][dma->spad == GS_SPAD_VMEM2];
	uint64_t *bits = split_of(core)->written.bits[lanes_of(dma->spad)];
	bool is_new;

	if (dma->store && !all_marked(bits, dma->row0, dma->row0 + all_rows))
		return false;
	if (!dma->store && rows)
		mark(bits, dma->row0, dma->row0 + rows);
	return known_transfer(core, dma, regs, &is_new) &&
	       (dma->store || !is_new || load_span(core, dma, regs));
}

static int scan_transfer(struct gs_core *core, const struct gs_dma *dma,
			 int64_t addr, uint64_t runs, uint64_t num)
{
	struct gs_split *split = split_of(core);
	const uint64_t elems = gs_sat_mul(runs, num);
	const uint32_t banks = gs_dma_banks(core, dma->spad);
	const uint64_t rows = core->rows[dma->spad];

	if (!split->possible)
		return 0;
	split->possible =
		dma->row0 < rows && elems <= (rows - dma->row0) * banks &&
		(dma->win == GS_WIN_SIMD ?
			 simd_transfer(core, dma, elems / banks,
				       (elems + banks - 1) / banks) :
			 array_transfer(core, dma, addr, elems / banks));
	core->run.counters->bytes[dma->win][dma->store] +=
		runs * dma->run_bytes;
	return 0;
}

/* ---- what a group stores ---------------------------------------------------------- */

/*
 * Runs that hold all bytes a group stores, and maybe others: loops with strides
 * from the largest to the least, each at most once.
 */
struct footprint {
	int64_t first;
	uint64_t run_bytes;
	unsigned num;
	struct gs_loop loops[GS_SPLIT_TRANSFERS];
};

static bool add_stride(struct footprint *f, int64_t stride)
{
	unsigned at = 0;

	while (at < f->num && f->loops[at].stride[0] > stride)
		at++;
	if (!stride || (at < f->num && f->loops[at].stride[0] == stride))
		return true;
	if (f->num == GS_SPLIT_TRANSFERS)
		return false;
	memmove(&f->loops[at + 1], &f->loops[at],
		(f->num++ - at) * sizeof(f->loops[0]));
	f->loops[at] = (struct gs_loop){ .num = 1, .stride = { stride } };
	return true;
}

/* Loops over the runs of a transfer that go elsewhere, and the least address. */
static unsigned runs_of(const struct gs_split_transfer *t,
			struct gs_loop *loops, int64_t *first)
{
	struct gs_loop all[GS_ISA_DMA_LOOPS];
	unsigned num = 0;

	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		if (t->regs.tile_num[l] > 1)
			all[num++] = (struct gs_loop){
				.num = t->regs.tile_num[l],
				.stride = { (int32_t)t->regs.tile_stride[l] },
			};
	*first = bounds(all, num, 0, t->regs.base).low;
	return moving(all, num, 0, loops);
}

/* Its strides are known; strips of a tile lie some strides apart. */
static bool add_runs(struct footprint *f, const struct gs_split_transfer *t)
{
	struct gs_loop loops[GS_ISA_DMA_LOOPS];
	int64_t first, way;
	const unsigned num = runs_of(t, loops, &first);

	way = first - f->first;
	for (unsigned i = 0; i < f->num; i++) {
		const int64_t stride = f->loops[i].stride[0];
		uint64_t last = (uint64_t)(way / stride);

		for (unsigned l = 0; l < num; l++)
			if (loops[l].stride[0] == stride)
				last += loops[l].num - 1;
		if (last >= UINT32_MAX)
			return false;
		if (f->loops[i].num <= last)
			f->loops[i].num = (uint32_t)last + 1;
		way %= stride;
	}
	if (f->run_bytes < (uint64_t)way + t->run_bytes)
		f->run_bytes = (uint64_t)way + t->run_bytes;
	return true;
}

/* @ways: also how far a transfer is from the one before */
static bool add_strides(struct footprint *f, const struct gs_split_transfer *t,
			bool ways, int64_t *before)
{
	struct gs_loop loops[GS_ISA_DMA_LOOPS];
	int64_t first;
	const unsigned num = runs_of(t, loops, &first);
	bool ok = true;

	for (unsigned l = 0; l < num; l++)
		ok = ok && add_stride(f, loops[l].stride[0]);
	if (ways && *before != INT64_MAX)
		ok = ok && add_stride(f, first > *before ? first - *before :
							   *before - first);
	*before = first;
	f->first = first < f->first ? first : f->first;
	return ok;
}

/* Does @t move from group to group as @as does? */
static bool moves_as(const struct gs_split_transfer *t,
		     const struct gs_split_transfer *as)
{
	return !as || !memcmp(t->regs.base_stride, as->regs.base_stride,
			      sizeof(t->regs.base_stride));
}

/* Is it sure that no two groups store to a place? One may do so twice. */
static bool groups_apart(const struct gs_core *core, bool ways)
{
	struct gs_loop loops[GS_SPLIT_TRANSFERS + GS_ISA_DMA_LOOPS];
	const struct gs_split *split = split_of(core);
	const struct gs_split_transfer *t, *one = NULL;
	struct footprint f = { .first = INT64_MAX };
	int64_t before = INT64_MAX;
	unsigned num;

	for (t = split->transfer; t < split->transfer + split->num_transfers;
	     t++) {
		if (!t->store)
			continue;
		if (!moves_as(t, one) || !add_strides(&f, t, ways, &before))
			return false;
		one = t;
	}
	for (t = split->transfer; t < split->transfer + split->num_transfers;
	     t++)
		if (t->store && !add_runs(&f, t))
			return false;
	if (!one)
		return true;
	num = group_loops(core, &one->regs, loops);
	memcpy(loops + num, f.loops, f.num * sizeof(loops[0]));
	return num + f.num <= GS_WALK_MAX &&
	       gs_loops_distinct(loops, num + f.num, 0,
				 (int64_t)f.run_bytes - 1);
}

/* All that is stored is one span. */
static bool add_stores(struct gs_core *core)
{
	struct gs_dma dma = { .store = true };
	const struct gs_split *split = split_of(core);
	struct gs_span all = { INT64_MAX, INT64_MIN };

	for (unsigned i = 0; i < split->num_transfers; i++) {
		const struct gs_split_transfer *t = &split->transfer[i];
		struct gs_loop loops[2 * GS_ISA_DMA_LOOPS];
		unsigned num = group_loops(core, &t->regs, loops);
		struct gs_span span;
		int64_t first;

		if (!t->store)
			continue;
		num += runs_of(t, loops + num, &first);
		span = bounds(loops, num, 0, first);
		span.high += (int64_t)t->run_bytes;
		all.low = span.low < all.low ? span.low : all.low;
		all.high = span.high > all.high ? span.high : all.high;
		dma.word = t->word;
		dma.win = t->win;
	}
	return all.low > all.high || add_span(core, &dma, &all);
}

static bool stores_apart(struct gs_core *core)
{
	return (groups_apart(core, false) || groups_apart(core, true)) &&
	       add_stores(core);
}

/* ---- tiles and nests ------------------------------------------------------------ */

static bool tile(struct gs_core *core, bool first)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	const struct gs_split *split = split_of(core);
	struct gs_fast_plan plan;
	struct gs_span bias;

	if (!gs_fast_plan_make(core, first, &plan))
		return false;
	bias = bounds(sa->inner, sa->num_inner, GS_BUF_BBUF, 0);
	if (plan.x.high >= (int64_t)split->loaded[GS_SPAD_IBUF] ||
	    plan.w.high >= (int64_t)split->loaded[GS_SPAD_WBUF] ||
	    (plan.bias && bias.high >= (int64_t)split->loaded[GS_SPAD_BBUF]))
		return false;
	return !first || mark_rows(split->written.bits[lanes_of(GS_SPAD_OBUF)],
				   sa->inner, sa->num_inner, GS_BUF_OBUF, 0);
}

static int scan_compute(struct gs_core *core, bool first)
{
	struct gs_split *split = split_of(core);

	split->possible = split->possible && tile(core, first);
	return 0;
}

/* Its rows are inside their scratchpads. */
static bool nest(struct gs_core *core, const struct gs_nest_rows *rows)
{
	const struct gs_split_rows *written = &split_of(core)->written;

	for (unsigned p = rows->keeps ? GS_DST : GS_SRC1; p < rows->operands;
	     p++) {
		const struct gs_span span =
			bounds(rows->loops, rows->num_loops, p, rows->base[p]);

		if (rows->spad[p] != GS_SPAD_IMM &&
		    !all_marked(written->bits[lanes_of(rows->spad[p])],
				(uint64_t)span.low, (uint64_t)span.high + 1))
			return false;
	}
	return mark_rows(written->bits[lanes_of(rows->spad[GS_DST])],
			 rows->loops, rows->num_loops, GS_DST,
			 rows->base[GS_DST]);
}

static int scan_nest(struct gs_core *core, const struct gs_nest *of)
{
	struct gs_split *split = split_of(core);
	struct gs_nest_rows rows;

	split->possible = split->possible &&
			  gs_fast_nest_rows(core, of, &rows) &&
			  (!rows.operands || nest(core, &rows));
	return 0;
}

static const struct gs_exec_ops scan_ops = {
	.compute = scan_compute,
	.nest = scan_nest,
	.transfer = scan_transfer,
};

/* ---- the block ------------------------------------------------------------------ */

/* Groups, and the tiles of each; the loops over these are the inner ones. */
static bool count_groups(const struct gs_core *core, struct gs_split *split)
{
	const struct gs_block *block = core->block;
	const struct gs_sa_config *sa = &block->sa_config;

	split->groups = split->tiles = 1;
	for (unsigned l = 0; block->sa.present && l < sa->num_outer; l++) {
		if (sa->outer_reduction[l])
			split->tiles = gs_sat_mul(split->tiles, sa->outer[l]);
		else if (sa->outer[l] > 1 && split->tiles > 1)
			return false;
	}
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		split->groups = gs_sat_mul(split->groups,
					   block->simd_config.base_loops[l]);
	return split->groups > 1;
}

/* Nothing but nests computes. */
static bool only_nests(const struct gs_block *block)
{
	const struct gs_simd_config *simd = &block->simd_config;
	uint32_t next = 0;

	for (uint32_t word = block->simd.start + 1; word < block->simd.end;
	     word++) {
		if (next < simd->num_nests && word == simd->nests[next].body) {
			word += simd->nests[next++].num_body - 1;
			continue;
		}
		if (block->insns[word].id == GS_INSN_PERM_START ||
		    gs_simd_is_body(block->insns[word].id))
			return false;
	}
	return true;
}

static bool scan_group(struct gs_core *core, struct gs_split *split,
		       struct gs_counters *counters, uint64_t *work)
{
	core->run.counters = counters;
	core->run.work_left = UINT64_MAX - 1;
	*counters = (struct gs_counters){ 0 };
	memset(split->loaded, 0, sizeof(split->loaded));
	memset(core->run.held, 0, sizeof(core->run.held));
	split->num_transfers = 0;
	for (unsigned i = 0; i < GS_SPLIT_SPADS; i++)
		memset(split->written.bits[i], 0, 8 * words_of(core, i));
	gs_split_place(core, split, split->pass);
	if (gs_split_groups(core, split, split->pass, 1))
		return false;
	*work = UINT64_MAX - 1 - core->run.work_left;
	return split->possible;
}

static bool scan_groups(struct gs_core *core, struct gs_split *split)
{
	struct gs_counters counters;
	unsigned num_transfers;
	uint64_t work;

	split->pass = 0;
	if (!scan_group(core, split, &split->counters, &split->work))
		return false;
	gs_split_regs_get(core, &split->later);
	num_transfers = split->num_transfers;
	for (unsigned i = 0; i < GS_SPLIT_SPADS; i++)
		memcpy(split->before.bits[i], split->written.bits[i],
		       8 * words_of(core, i));
	split->pass = 1;
	if (!scan_group(core, split, &counters, &work))
		return false;
	for (unsigned i = 0; i < GS_SPLIT_SPADS; i++)
		if (memcmp(split->before.bits[i], split->written.bits[i],
			   8 * words_of(core, i)))
			return false;
	return num_transfers == split->num_transfers && work == split->work;
}

bool gs_split_scan(struct gs_split *split, struct gs_core *core)
{
	const struct gs_run was = core->run;
	struct gs_job dry = *was.job;
	bool possible;

	if (!count_groups(core, split) || !only_nests(core->block))
		return false;
	gs_split_regs_get(core, &split->first);
	dry.executor = GS_EXEC_DRY;
	dry.observe = NULL;
	core->run.job = &dry;
	core->run.exec = &scan_ops;
	split->num_spans = 0;
	split->possible = true;
	possible = scan_groups(core, split) && stores_apart(core) &&
		   spans_apart(core) &&
		   gs_sat_mul(split->work, split->groups) <= was.work_left;
	if (possible)
		split->divided = gs_split_choose(core, split);
	core->run = was;
	gs_split_regs_set(core, &split->first);
	return possible;
}
