/* SPDX-License-Identifier: MIT */
/* Places of slots: small random ones against all there are, larger ones against the bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compiler/schedule/slots.h"

#define MOST 8 /* slots that everything is tried of, and one */

static uint32_t any(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

struct fit {
	struct gs_tensor tensor[64];
	struct gs_slot slot[64];
	struct gs_slots slots;
};

static void make_slots(struct fit *f, uint32_t seed, unsigned num)
{
	const unsigned layers = 2 + any(&seed, 2 * num + 1);
	unsigned i;

	*f = (struct fit){ .slots = { .num = num } };
	f->slots.slot = f->slot;
	for (i = 0; i < num; i++) {
		const unsigned first = any(&seed, layers);
		const unsigned rest = layers - first;

		f->tensor[i].id = i;
		f->slot[i] = (struct gs_slot){
			.tensor = &f->tensor[i],
			.bytes = 64 * (1 + any(&seed, 40)),
			.first = first,
			.last = first + any(&seed, rest < 5 ? rest : 5),
			.used = true,
			.shared = any(&seed, 8) > 0,
		};
	}
}

static bool meet(const struct gs_slot *a, const struct gs_slot *b)
{
	return !a->shared || !b->shared ||
	       (a->first <= b->last && b->first <= a->last);
}

static void check_places(const struct gs_slots *s)
{
	unsigned i, k;

	for (i = 0; i < s->num; i++) {
		const struct gs_slot *a = &s->slot[i];

		assert_true(a->offset + a->bytes <= s->bytes);
		assert_int_equal(a->offset % 64, 0);
		for (k = 0; k < i; k++)
			assert_true(!meet(a, &s->slot[k]) ||
				    a->offset >= s->slot[k].offset +
							 s->slot[k].bytes ||
				    s->slot[k].offset >= a->offset + a->bytes);
	}
}

/* The lowest end of all orders of placing them, which one of the best places has. */
static uint64_t best_end(struct gs_slots *s, bool *placed, uint64_t end)
{
	uint64_t best = UINT64_MAX;
	bool all = true, moved;
	unsigned i, k;

	for (i = 0; i < s->num; i++) {
		struct gs_slot *a = &s->slot[i];
		uint64_t found;

		if (placed[i])
			continue;
		all = false;
		for (a->offset = 0, moved = true; moved;)
			for (k = 0, moved = false; k < s->num && !moved; k++) {
				const struct gs_slot *b = &s->slot[k];

				moved = placed[k] && meet(a, b) &&
					a->offset < b->offset + b->bytes &&
					b->offset < a->offset + a->bytes;
				if (moved)
					a->offset = b->offset + b->bytes;
			}
		placed[i] = true;
		found = best_end(s, placed,
				 a->offset + a->bytes > end ?
					 a->offset + a->bytes :
					 end);
		placed[i] = false;
		best = found < best ? found : best;
	}
	return all ? end : best;
}

static void test_best_places(void **state)
{
	struct fit f, room;
	bool placed[MOST] = { false };
	uint64_t least, best;
	unsigned optimal = 0;

	(void)state;
	for (uint32_t seed = 0; seed < 60; seed++) {
		make_slots(&f, seed, 1 + seed % (MOST - 1));
		make_slots(&room, seed, 1 + seed % (MOST - 1));
		best = best_end(&room.slots, placed, 0);
		assert_int_equal(gs_slots_least(&f.slots, &least), 0);
		assert_int_equal(gs_slots_place(&f.slots), 0);
		check_places(&f.slots);
		assert_true(least <= best);
		assert_int_equal(f.slots.bytes, best);
		optimal += best == least;
	}
	assert_true(optimal > 40);
}

static void test_many_places(void **state)
{
	struct fit f, again;
	uint64_t least;

	(void)state;
	for (uint32_t seed = 0; seed < 60; seed++) {
		make_slots(&f, seed, 20 + seed % 44);
		make_slots(&again, seed, 20 + seed % 44);
		assert_int_equal(gs_slots_least(&f.slots, &least), 0);
		assert_int_equal(gs_slots_place(&f.slots), 0);
		check_places(&f.slots);
		assert_true(f.slots.bytes >= least);
		assert_true(f.slots.bytes <= least + least / 20);
		assert_int_equal(gs_slots_place(&again.slots), 0);
		for (unsigned i = 0; i < f.slots.num; i++)
			assert_int_equal(f.slot[i].offset,
					 again.slot[i].offset);
	}
	make_slots(&f, 1, 0);
	assert_int_equal(gs_slots_place(&f.slots), 0);
	assert_int_equal(f.slots.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_best_places),
		cmocka_unit_test(test_many_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
