/* SPDX-License-Identifier: MIT */
/*
 * Which groups of a block each machine takes (fast_split.h).
 *
 * Groups are counted by nested loops, the outermost first. One of them is
 * divided: in the order that has it outside, and the others as they were, each
 * part takes as many groups in a row as any other, or one more. In the order of
 * the program these are some in a row for each iteration of the loops around it,
 * a stretch. Parts run theirs in the order of the program, and the last group is
 * of the last part.
 */
#ifndef GS_FAST_DIVIDE_H
#define GS_FAST_DIVIDE_H

#include <stdint.h>

struct gs_division {
	uint64_t groups; /* before * num * after */
	uint64_t before; /* iterations of the loops around it: stretches */
	uint64_t num; /* of the loop that is divided */
	uint64_t after; /* of those inside */
	uint32_t parts; /* not more than groups */
};

/* A loop that may be divided. */
struct gs_division_loop {
	uint32_t num; /* iterations, not 0 */
	int64_t stride; /* bytes from what an iteration stores to the next one's */
	uint64_t repeated; /* bytes the block loads, which each part loads when it is divided */
};

/*
 * gs_division_choose() - the loop that is best divided
 * @loops: @num of them, not 0, the outermost first
 * @stored: bytes the block stores
 *
 * Parts that store in turn, some hundred bytes each, wait for each other, the
 * longer the farther processors are apart: about as long as it takes to load
 * and pack as many bytes of weights, and twice as long where they share lines of
 * caches. So it is the loop with the least of both for a part; of several the
 * outermost.
 */
unsigned gs_division_choose(const struct gs_division_loop *loops, unsigned num,
			    uint64_t stored, uint32_t parts);

/*
 * gs_division_make() - of the loops of @num iterations each
 * @loops: their number; the product is not above UINT64_MAX
 * @divided: the loop
 * @parts: not 0; there are not more than groups
 */
struct gs_division gs_division_make(const uint32_t *num, unsigned loops,
				    unsigned divided, uint32_t parts);

/* gs_division_stretch() - @part's groups of a stretch: their number, may be 0, and *first */
uint64_t gs_division_stretch(const struct gs_division *division, uint32_t part,
			     uint64_t stretch, uint64_t *first);

/* gs_division_part() - the part that @group belongs to */
uint32_t gs_division_part(const struct gs_division *division, uint64_t group);

#endif /* GS_FAST_DIVIDE_H */
