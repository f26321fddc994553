/* SPDX-License-Identifier: MIT */
/* Which groups of a block each machine takes, see fast_divide.h. */

#include "hw-model/core/fast_divide.h"

/* Pieces that others store beside: as long as these are apart, or share lines. */
#define APART 1024u
#define LINES 128u /* caches fetch them in pairs */

/* Bytes a part waits for, or loads, that others load as well. */
static uint64_t cost(const struct gs_division_loop *loop, uint64_t stored,
		     uint32_t parts)
{
	const uint64_t stride = loop->stride < 0 ? -(uint64_t)loop->stride :
						   (uint64_t)loop->stride;
	const uint64_t piece = stride * loop->num / parts;
	const unsigned times = piece < LINES ? 2 : piece < APART ? 1 : 0;

	return stored / parts * times + loop->repeated / parts * (parts - 1);
}

unsigned gs_division_choose(const struct gs_division_loop *loops, unsigned num,
			    uint64_t stored, uint32_t parts)
{
	uint64_t least = UINT64_MAX;
	unsigned best = 0;

	for (unsigned l = 0; l < num; l++) {
		const uint64_t of = loops[l].num > 1 ?
					    cost(&loops[l], stored, parts) :
					    UINT64_MAX;

		if (of < least) {
			least = of;
			best = l;
		}
	}
	return best;
}

struct gs_division gs_division_make(const uint32_t *num, unsigned loops,
				    unsigned divided, uint32_t parts)
{
	struct gs_division d = { .before = 1, .num = num[divided], .after = 1 };

	for (unsigned l = 0; l < divided; l++)
		d.before *= num[l];
	for (unsigned l = divided + 1; l < loops; l++)
		d.after *= num[l];
	d.groups = d.before * d.num * d.after;
	d.parts = d.groups < parts ? (uint32_t)d.groups : parts;
	return d;
}

/* Groups of the parts before @part: groups * part / parts. */
static uint64_t begin_of(const struct gs_division *d, uint32_t part)
{
	return d->groups / d->parts * part +
	       d->groups % d->parts * part / d->parts;
}

/* How many groups of a stretch are among the first @num of the order that is divided. */
static uint64_t among(const struct gs_division *d, uint64_t stretch,
		      uint64_t num)
{
	const uint64_t turn =
		d->before * d->after; /* an iteration of the loop */
	const uint64_t skipped = stretch * d->after;
	const uint64_t some = num % turn;
	uint64_t last = some < skipped ? 0 : some - skipped;

	if (last > d->after)
		last = d->after;
	return num / turn * d->after + last;
}

uint64_t gs_division_stretch(const struct gs_division *d, uint32_t part,
			     uint64_t stretch, uint64_t *first)
{
	const uint64_t before = among(d, stretch, begin_of(d, part));

	*first = stretch * d->num * d->after + before;
	return among(d, stretch, begin_of(d, part + 1)) - before;
}

uint32_t gs_division_part(const struct gs_division *d, uint64_t group)
{
	const uint64_t stretch = group / (d->num * d->after);
	const uint64_t turn = group / d->after % d->num;
	const uint64_t at =
		(turn * d->before + stretch) * d->after + group % d->after;
	uint32_t part = d->parts - 1;

	while (at < begin_of(d, part))
		part--;
	return part;
}
