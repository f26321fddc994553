/* SPDX-License-Identifier: MIT */
/*
 * Loop nests with up to four addresses that move along, and exact counts of
 * their iterations.
 *
 * Addresses cannot overflow: strides have 32 bits, indices 16, a nest at most
 * 64 loops.
 */
#ifndef GS_WALK_H
#define GS_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define GS_WALK_ADDRS 4
#define GS_WALK_MAX 64

struct gs_loop {
	uint32_t num; /* iterations, not 0 */
	int64_t stride[GS_WALK_ADDRS];
};

struct gs_walk {
	const struct gs_loop *loops; /* outermost first */
	unsigned num_loops;
	uint32_t index[GS_WALK_MAX];
	int64_t addr[GS_WALK_ADDRS];
};

static inline void gs_walk_init(struct gs_walk *walk,
				const struct gs_loop *loops, unsigned num)
{
	walk->loops = loops;
	walk->num_loops = num;
	memset(walk->index, 0, num * sizeof(walk->index[0]));
	memset(walk->addr, 0, sizeof(walk->addr));
}

/* One step of the innermost loop; false after the last iteration. */
static inline bool gs_walk_next(struct gs_walk *walk)
{
	for (unsigned l = walk->num_loops; l-- > 0;) {
		const struct gs_loop *loop = &walk->loops[l];

		if (++walk->index[l] < loop->num) {
			for (unsigned p = 0; p < GS_WALK_ADDRS; p++)
				walk->addr[p] += loop->stride[p];
			return true;
		}
		for (unsigned p = 0; p < GS_WALK_ADDRS; p++)
			walk->addr[p] -=
				loop->stride[p] * (int64_t)(loop->num - 1);
		walk->index[l] = 0;
	}
	return false;
}

/*
 * A product of up to 39 factors of at most 2^16, exactly. Iteration counts
 * come from programs; they are compared as the integers they are.
 */
struct gs_count {
	uint32_t limb[20];
};

static inline struct gs_count gs_count_one(void)
{
	return (struct gs_count){ .limb = { 1 } };
}

static inline void gs_count_mul(struct gs_count *count, uint32_t factor)
{
	uint64_t carry = 0;

	for (unsigned i = 0; i < sizeof(count->limb) / sizeof(count->limb[0]);
	     i++) {
		carry += (uint64_t)count->limb[i] * factor;
		count->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static inline bool gs_count_equal(const struct gs_count *a,
				  const struct gs_count *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* The count mod 2^64. */
static inline uint64_t gs_count_low(const struct gs_count *count)
{
	return count->limb[0] | (uint64_t)count->limb[1] << 32;
}

/* Saturating product, for work units. */
static inline uint64_t gs_sat_mul(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static inline uint64_t gs_sat_add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static inline uint64_t gs_loops_product(const struct gs_loop *loops,
					unsigned num)
{
	uint64_t product = 1;

	for (unsigned l = 0; l < num; l++)
		product = gs_sat_mul(product, loops[l].num);
	return product;
}

#endif /* GS_WALK_H */
