/* SPDX-License-Identifier: MIT */
/* Which vector unit the fast executor uses, and its memory. */

#include "hw-model/core/fast.h"

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

void gs_core_set_level(struct gs_core *core, enum gs_fast_level most)
{
	select_at_most(core->fast, &core->arch, most);
	gs_fast_weights_fini(&core->fast->weights);
}

bool gs_fast_weights_init(struct gs_core *core)
{
	struct gs_fast_weights *w = &core->fast->weights;
	const size_t rows = core->rows[GS_SPAD_WBUF];
	const size_t pes = (size_t)core->arch.array_n * core->arch.array_m;
	const size_t row_bytes = pes * core->fast->array->w_bytes;

	if (rows > UINT32_MAX / row_bytes)
		return false;
	w->data = aligned_alloc(ALIGN,
				(rows * row_bytes + ALIGN - 1) / ALIGN * ALIGN);
	w->filled = calloc(rows, sizeof(*w->filled));
	w->valid = calloc(rows, sizeof(*w->valid));
	if (w->data && w->filled && w->valid)
		return true;
	gs_fast_weights_fini(w);
	return false;
}

void gs_fast_weights_fini(struct gs_fast_weights *w)
{
	free(w->data);
	free(w->filled);
	free(w->valid);
	*w = (struct gs_fast_weights){ 0 };
}

void gs_fast_weights_changed(struct gs_core *core, uint64_t row, uint64_t num)
{
	struct gs_fast_weights *w = &core->fast->weights;

	if (w->valid)
		memset(w->valid + row, 0, num * sizeof(*w->valid));
}

bool gs_fast_room(void **mem, size_t *size, size_t want)
{
	void *bigger;

	if (want <= *size)
		return true;
	want = (want + want / 2 + ALIGN - 1) / ALIGN * ALIGN;
	bigger = aligned_alloc(ALIGN, want);
	if (!bigger)
		return false;
	free(*mem);
	*mem = bigger;
	*size = want;
	return true;
}

void gs_fast_free(struct gs_fast *fast)
{
	if (!fast)
		return;
	gs_fast_weights_fini(&fast->weights);
	free(fast->x);
	free(fast->rows);
	free(fast->steps);
	free(fast->pixels);
	free(fast);
}
