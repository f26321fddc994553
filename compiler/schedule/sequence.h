/* SPDX-License-Identifier: MIT */
/*
 * Orders of steps that need the least memory at once. Steps touch blocks of
 * memory; a block is alive from the first step that touches it to the last.
 */
#ifndef GS_SEQUENCE_H
#define GS_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/** Numbers that belong to something: those from @at[i] up to @at[i + 1] to i. */
struct gs_lists {
	unsigned *at, *item;
};

/** Steps 0, 1 ... may run in this order. */
struct gs_sequence {
	unsigned num_steps, num_blocks;
	struct gs_lists before; /**< steps that a step needs, smaller numbers */
	struct gs_lists after; /**< steps that need it */
	struct gs_lists touched; /**< blocks that a step touches, each once */
	struct gs_lists user; /**< steps that touch a block, ascending */
	const uint64_t *bytes; /**< of each block */
};

/** A pair to make lists of */
struct gs_pair {
	unsigned of, item;
};

/**
 * gs_lists_make() - sort pairs into lists; equal pairs count once
 * @pair: come back sorted
 * Returns 0 or -ENOMEM; gs_lists_free() it.
 */
int gs_lists_make(struct gs_lists *out, struct gs_pair *pair,
		  unsigned num_pairs, unsigned num_lists);
void gs_lists_free(struct gs_lists *lists);

/** gs_sequence_peak() - the most bytes alive in a step of an order */
int gs_sequence_peak(const struct gs_sequence *s, const unsigned *order,
		     uint64_t *peak);

#define GS_SEQUENCE_STEPS 4096

/**
 * gs_sequence_search() - find an order with a low peak
 * @width: how many sets of steps done, of one size, are followed; 0: none
 * @order: num_steps numbers; the order of the numbers where no better one was found
 * @peak: of @order
 *
 * Steps that all others come before or behind cut the sequence into parts, which
 * are searched for themselves, those of the highest peak first; parts that are
 * not above the highest peak that remains keep their order. The order found is
 * the best there is, unless a part has more than @width sets of a size, or more
 * than GS_SEQUENCE_STEPS steps: these keep their order.
 * Returns 0 or -ENOMEM.
 */
int gs_sequence_search(const struct gs_sequence *s, unsigned width,
		       unsigned *order, uint64_t *peak);

#endif /* GS_SEQUENCE_H */
