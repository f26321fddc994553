/* SPDX-License-Identifier: MIT */
/* Which vector unit the fast executor uses, and its memory. */

#include "hw-model/core/fast_split.h"

#include <errno.h>
#include <stdlib.h>

#define ALIGN 64

static bool usable(enum gs_fast_level level)
{
	switch (level) {
	case GS_FAST_C:
		return true;
#if defined(__x86_64__)
	case GS_FAST_AVX2:
		return __builtin_cpu_supports("avx2");
	case GS_FAST_VNNI:
		return __builtin_cpu_supports("avx512f") &&
		       __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512dq") &&
		       __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("avx512vnni");
#endif
	default:
		return false;
	}
}

static const struct gs_fast_ops *const levels[] = {
	[GS_FAST_C] = &gs_fast_c,
#if defined(__x86_64__)
	[GS_FAST_AVX2] = &gs_fast_avx2,
	[GS_FAST_VNNI] = &gs_fast_vnni,
#endif
};

#define NUM_LEVELS (sizeof(levels) / sizeof(levels[0]))

const char *gs_fast_level_name(enum gs_fast_level level)
{
	return (unsigned)level < NUM_LEVELS && usable(level) ?
		       levels[level]->name :
		       NULL;
}

static void select_at_most(struct gs_fast *fast, const struct gs_arch *arch,
			   enum gs_fast_level most)
{
	fast->array = fast->simd = &gs_fast_c;
	for (unsigned i = 0; i < NUM_LEVELS && i <= (unsigned)most; i++) {
		if (!usable((enum gs_fast_level)i))
			continue;
		fast->simd = levels[i];
		if (arch->array_m % levels[i]->columns == 0)
			fast->array = levels[i];
	}
}

void gs_fast_select(struct gs_fast *fast, const struct gs_arch *arch)
{
	select_at_most(fast, arch, GS_FAST_VNNI);
}

static void weights_fini(struct gs_fast_weights *w)
{
	free(w->data);
	free(w->filled);
	free(w->sums);
	free(w->valid);
	*w = (struct gs_fast_weights){ 0 };
}

void gs_core_set_level(struct gs_core *core, enum gs_fast_level most)
{
	select_at_most(core->fast, &core->arch, most);
	weights_fini(&core->fast->weights);
	gs_fast_block(core);
	gs_fast_changed_all(core);
	gs_split_select(core->fast->split, most);
}

int gs_core_set_threads(struct gs_core *core, unsigned num)
{
	struct gs_split *split = NULL;
	struct gs_pool *pool = NULL;

	if (!num || num > GS_CORE_MAX_THREADS)
		return -EINVAL;
	if (num > 1) {
		split = gs_split_create(core, num);
		pool = split ? gs_pool_create(num) : NULL;
	}
	if (num > 1 && !pool) {
		gs_split_destroy(split);
		return -EAGAIN;
	}
	gs_pool_destroy(core->fast->pool);
	gs_split_destroy(core->fast->split);
	core->fast->pool = pool;
	core->fast->split = split;
	core->fast->threads = num;
	return 0;
}

uint32_t gs_fast_pieces(const struct gs_core *core, uint64_t num,
			uint32_t least)
{
	const uint32_t most = core->fast->pool ? 2 * core->fast->threads : 1;

	return num / least < most ? (uint32_t)(num / least) + 1 : most;
}

void gs_fast_each(struct gs_core *core, uint32_t num,
		  void (*piece)(void *ctx, uint32_t i), void *ctx)
{
	if (core->fast->pool && num > 1 &&
	    core->run.job->executor == GS_EXEC_FAST) {
		gs_pool_each(core->fast->pool, num, piece, ctx);
		return;
	}
	for (uint32_t i = 0; i < num; i++)
		piece(ctx, i);
}

bool gs_fast_weights_init(struct gs_core *core)
{
	struct gs_fast_weights *w = &core->fast->weights;
	const size_t rows = core->rows[GS_SPAD_WBUF];
	const size_t pes = (size_t)core->arch.array_n * core->arch.array_m;
	const size_t row_bytes = pes * core->fast->array->w_bytes;
	const size_t sums =
		(rows * core->arch.array_m * sizeof(*w->sums) + ALIGN - 1) /
		ALIGN * ALIGN;

	if (rows > UINT32_MAX / row_bytes)
		return false;
	w->data = aligned_alloc(ALIGN,
				(rows * row_bytes + ALIGN - 1) / ALIGN * ALIGN);
	w->filled = calloc(rows, sizeof(*w->filled));
	w->valid = calloc(rows, sizeof(*w->valid));
	if (core->fast->array->correct)
		w->sums = aligned_alloc(ALIGN, sums);
	if (w->data && w->filled && w->valid &&
	    (w->sums || !core->fast->array->correct))
		return true;
	weights_fini(w);
	return false;
}

void gs_fast_block(struct gs_core *core)
{
	core->fast->stopped = false;
	for (unsigned i = 0; i < 2; i++)
		core->fast->tile[i].known = core->fast->tile[i].usable = false;
	core->fast->group.known = false;
}

/* The packed rows are those of other weights. */
static void weights_changed(struct gs_core *core, uint64_t row, uint64_t num)
{
	struct gs_fast_weights *w = &core->fast->weights;

	if (w->valid)
		memset(w->valid + row, 0, num * sizeof(*w->valid));
}

void gs_fast_changed(struct gs_core *core, enum gs_scratchpad buf, uint64_t row,
		     uint64_t num)
{
	struct gs_fast *fast = core->fast;

	if (buf == GS_SPAD_IBUF)
		fast->x_rows = 0;
	if (buf == GS_SPAD_WBUF)
		weights_changed(core, row, num);
	if (buf == GS_SPAD_WBUF || buf == GS_SPAD_BBUF)
		fast->changes++;
}

void gs_fast_changed_all(struct gs_core *core)
{
	for (unsigned buf = 0; buf < GS_SPAD_COUNT; buf++)
		gs_fast_changed(core, (enum gs_scratchpad)buf, 0,
				core->rows[buf]);
}

void gs_fast_weights_ahead(struct gs_core *core, uint64_t bytes)
{
	struct gs_ahead *ahead = &core->fast->ahead;

	ahead->end = ahead->at + (uintptr_t)bytes;
}

void *gs_fast_room(struct gs_fast_buffer *buffer, size_t want)
{
	void *bigger;

	if (want <= buffer->size)
		return buffer->data;
	want = (want + want / 2 + ALIGN - 1) / ALIGN * ALIGN;
	bigger = aligned_alloc(ALIGN, want);
	if (!bigger)
		return NULL;
	free(buffer->data);
	*buffer = (struct gs_fast_buffer){ bigger, want };
	return bigger;
}

static void free_tile(struct gs_fast_tile *tile)
{
	free(tile->rows.data);
	free(tile->all_steps.data);
	free(tile->some_steps.data);
	free(tile->pixels.data);
	free(tile->filled.data);
	free(tile->needed.data);
	free(tile->begin.data);
}

void gs_fast_free(struct gs_fast *fast)
{
	if (!fast)
		return;
	gs_pool_destroy(fast->pool);
	gs_split_destroy(fast->split);
	free_tile(&fast->tile[0]);
	free_tile(&fast->tile[1]);
	free(fast->group.actions.data);
	weights_fini(&fast->weights);
	free(fast->x.data);
	free(fast);
}
