/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/sequence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists --------------------------------------------------------------- */

static int by_pair(const void *a, const void *b)
{
	const struct gs_pair *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

int gs_lists_make(struct gs_lists *out, struct gs_pair *pair,
		  unsigned num_pairs, unsigned num_lists)
{
	unsigned i, num = 0;

	*out = (struct gs_lists){ calloc(num_lists + 1u, sizeof(unsigned)),
				  calloc(num_pairs + 1u, sizeof(unsigned)) };
	if (!out->at || !out->item) {
		gs_lists_free(out);
		return -ENOMEM;
	}
	if (num_pairs)
		qsort(pair, num_pairs, sizeof(*pair), by_pair);
	for (i = 0; i < num_pairs; i++) {
		if (i && !by_pair(&pair[i - 1], &pair[i]))
			continue;
		out->item[num++] = pair[i].item;
		out->at[pair[i].of + 1]++;
	}
	for (i = 0; i < num_lists; i++)
		out->at[i + 1] += out->at[i];
	return 0;
}

void gs_lists_free(struct gs_lists *lists)
{
	free(lists->at);
	free(lists->item);
	*lists = (struct gs_lists){ 0 };
}

/* ---- peaks --------------------------------------------------------------- */

/* Bytes alive in each step of an order */
static int find_levels(const struct gs_sequence *s, const unsigned *order,
		       uint64_t *level)
{
	unsigned *left = calloc(s->num_blocks + 1u, sizeof(*left));
	uint64_t live = 0;
	unsigned i, k;

	if (!left)
		return -ENOMEM;
	for (i = 0; i < s->num_blocks; i++)
		left[i] = s->user.at[i + 1] - s->user.at[i];
	for (i = 0; i < s->num_steps; i++) {
		const unsigned step = order ? order[i] : i;
		const unsigned *b = &s->touched.item[s->touched.at[step]];
		const unsigned num =
			s->touched.at[step + 1] - s->touched.at[step];

		for (k = 0; k < num; k++)
			if (left[b[k]] ==
			    s->user.at[b[k] + 1] - s->user.at[b[k]])
				live += s->bytes[b[k]];
		level[i] = live;
		for (k = 0; k < num; k++)
			if (!--left[b[k]])
				live -= s->bytes[b[k]];
	}
	free(left);
	return 0;
}

int gs_sequence_peak(const struct gs_sequence *s, const unsigned *order,
		     uint64_t *peak)
{
	uint64_t *level = calloc(s->num_steps + 1u, sizeof(*level));
	int ret = level ? find_levels(s, order, level) : -ENOMEM;
	unsigned i;

	for (i = 0, *peak = 0; i < s->num_steps && !ret; i++)
		*peak = level[i] > *peak ? level[i] : *peak;
	free(level);
	return ret;
}

/* ---- the search within a part -------------------------------------------- */

/* A set of steps of a part, a bit for each; the others of its words are 0. */
struct set {
	const uint64_t *bits;
	unsigned word, end; /* words that are not 0 are among these */
};

/* A block as a part sees it */
struct block {
	uint64_t bytes;
	struct set user; /* steps of the part that touch it */
	bool before, behind; /* others do, too */
};

/* The last step of a set, and where the one before is */
struct trail {
	unsigned parent, step;
};

/* Some steps done: those that may be next, and how it came to this. */
struct state {
	uint64_t live, peak;
	struct trail last;
	unsigned trail; /* where @last is, once the set is followed */
	uint64_t bits[]; /* done, then ready: @words each */
};

struct part {
	const struct gs_sequence *s;
	unsigned first, num; /* steps of the sequence */
	unsigned words; /* of a bit for each of them */
	uint64_t floor; /* peaks below are as good as this */
	uint64_t bound; /* peaks from here on are of no use */
	struct set *need; /* of each step, those of the part it needs */
	struct block *block;
	uint64_t *need_bits, *block_bits; /* of these */
	unsigned *touched; /* of all steps, numbers of blocks of the part */
	unsigned *touched_at;

	/* sets of steps done, of one size, and of one more */
	unsigned width, room;
	size_t state_bytes;
	unsigned char *now, *next;
	unsigned num_now, num_next;
	unsigned *hash; /* number in @next, from 1 on */
	unsigned hash_size; /* a power of two */
	struct trail *trail;
	unsigned num_trail, cap_trail;
};

static struct state *state_at(const struct part *p, unsigned char *list,
			      unsigned i)
{
	return (struct state *)(void *)(list + i * p->state_bytes);
}

static void set_bit(uint64_t *bits, unsigned i)
{
	bits[i / 64] |= UINT64_C(1) << i % 64;
}

static void clear_bit(uint64_t *bits, unsigned i)
{
	bits[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static struct set set_of(const uint64_t *bits, unsigned words)
{
	struct set set = { bits, 0, words };

	while (set.end && !bits[set.end - 1])
		set.end--;
	while (set.word < set.end && !bits[set.word])
		set.word++;
	return set;
}

/* Whether all of them are done, but for @step */
static bool all_done(const uint64_t *done, const struct set *of, unsigned step)
{
	unsigned w;

	for (w = of->word; w < of->end; w++) {
		uint64_t left = of->bits[w] & ~done[w];

		if (w == step / 64)
			left &= ~(UINT64_C(1) << step % 64);
		if (left)
			return false;
	}
	return true;
}

static bool none_done(const uint64_t *done, const struct set *of)
{
	unsigned w;

	for (w = of->word; w < of->end; w++)
		if (of->bits[w] & done[w])
			return false;
	return true;
}

/* The first step of a set of @words, from @from on; all that there are, none */
static unsigned next_bit(const uint64_t *bits, unsigned words, unsigned from)
{
	unsigned w = from / 64;
	uint64_t rest;

	if (w >= words)
		return 64 * words;
	rest = bits[w] >> from % 64 << from % 64;
	while (!rest) {
		if (++w == words)
			return 64 * words;
		rest = bits[w];
	}
	return 64 * w + (unsigned)__builtin_ctzll(rest);
}

/* What is alive in a step and behind it */
static void weigh(const struct part *p, const struct state *st, unsigned step,
		  uint64_t *during, uint64_t *after)
{
	uint64_t freed = 0;
	unsigned i;

	*during = st->live;
	for (i = p->touched_at[step]; i < p->touched_at[step + 1]; i++) {
		const struct block *b = &p->block[p->touched[i]];

		if (!b->before && none_done(st->bits, &b->user))
			*during += b->bytes;
		if (!b->behind && all_done(st->bits, &b->user, step))
			freed += b->bytes;
	}
	*after = *during - freed;
}

static int by_peak(const void *a, const void *b)
{
	const struct state *x = a, *y = b;

	if (x->peak != y->peak)
		return x->peak < y->peak ? -1 : 1;
	if (x->live != y->live)
		return x->live < y->live ? -1 : 1;
	if (x->last.parent != y->last.parent)
		return x->last.parent < y->last.parent ? -1 : 1;
	return x->last.step < y->last.step ? -1 : 1;
}

static unsigned hash_of(const struct part *p, const uint64_t *done)
{
	uint64_t h = 0;
	unsigned w;

	for (w = 0; w < p->words; w++)
		h = ((h ^ done[w]) * UINT64_C(0x9e3779b97f4a7c15)) ^ (h >> 29);
	return (unsigned)(h >> 32) & (p->hash_size - 1);
}

/* Where a set is noted, or a place to do so */
static unsigned *find_set(const struct part *p, const uint64_t *done)
{
	unsigned at = hash_of(p, done);

	while (p->hash[at] &&
	       memcmp(state_at(p, p->next, p->hash[at] - 1)->bits, done,
		      p->words * sizeof(*done)))
		at = (at + 1) & (p->hash_size - 1);
	return &p->hash[at];
}

/* Only the best are followed. */
static void prune(struct part *p)
{
	unsigned i;

	if (p->num_next <= p->width)
		return;
	qsort(p->next, p->num_next, p->state_bytes, by_peak);
	p->num_next = p->width;
	memset(p->hash, 0, p->hash_size * sizeof(*p->hash));
	for (i = 0; i < p->num_next; i++)
		*find_set(p, state_at(p, p->next, i)->bits) = i + 1;
}

/* Only what is followed is remembered. */
static int add_trails(struct part *p)
{
	const unsigned num = p->num_trail + p->num_next;
	unsigned i;

	if (num > p->cap_trail) {
		const unsigned cap = 2 * num + 256;
		struct trail *more = realloc(p->trail, cap * sizeof(*p->trail));

		if (!more)
			return -ENOMEM;
		p->trail = more;
		p->cap_trail = cap;
	}
	for (i = 0; i < p->num_next; i++) {
		struct state *st = state_at(p, p->next, i);

		st->trail = p->num_trail;
		p->trail[p->num_trail++] = st->last;
	}
	return 0;
}

static void make_ready(const struct part *p, struct state *st, unsigned step)
{
	const struct gs_lists *after = &p->s->after;
	unsigned i;

	set_bit(st->bits, step);
	clear_bit(st->bits + p->words, step);
	for (i = after->at[p->first + step]; i < after->at[p->first + step + 1];
	     i++) {
		const unsigned next = after->item[i] - p->first;

		if (next < p->num && all_done(st->bits, &p->need[next], next))
			set_bit(st->bits + p->words, next);
	}
}

/* The set with one step more, if that is worth anything */
static void add_state(struct part *p, const struct state *st, unsigned step,
		      uint64_t during, uint64_t after)
{
	const uint64_t peak = during > st->peak ? during : st->peak;
	struct state *to;
	unsigned *set;

	if (peak >= p->bound)
		return;
	if (p->num_next == p->room)
		prune(p);
	to = state_at(p, p->next, p->num_next);
	memcpy(to, st, p->state_bytes);
	make_ready(p, to, step);
	set = find_set(p, to->bits);
	if (!*set)
		*set = ++p->num_next;
	else if (state_at(p, p->next, *set - 1)->peak <= peak)
		return;
	to = state_at(p, p->next, *set - 1);
	to->live = after;
	to->peak = peak;
	to->last = (struct trail){ st->trail, step };
}

/*
 * A step that needs no more than was needed anyway, and leaves no more than
 * there is, may as well be the next one: others then find no more in memory.
 */
static bool find_free(const struct part *p, const struct state *st,
		      unsigned *step)
{
	const uint64_t *ready = st->bits + p->words;
	uint64_t during, after;

	for (*step = next_bit(ready, p->words, 0); *step < p->num;
	     *step = next_bit(ready, p->words, *step + 1)) {
		weigh(p, st, *step, &during, &after);
		if (during <= st->peak && after <= st->live)
			return true;
	}
	return false;
}

static void expand(struct part *p, const struct state *st)
{
	const uint64_t *ready = st->bits + p->words;
	unsigned step;
	const bool only = find_free(p, st, &step);
	uint64_t during, after;

	for (step = only ? step : next_bit(ready, p->words, 0); step < p->num;
	     step = only ? p->num : next_bit(ready, p->words, step + 1)) {
		weigh(p, st, step, &during, &after);
		add_state(p, st, step, during, after);
	}
}

/* All steps, one more in each round */
static int run_rounds(struct part *p)
{
	unsigned round, i;
	int ret = 0;

	for (round = 0; round < p->num && p->num_now && !ret; round++) {
		unsigned char *swap = p->now;

		p->num_next = 0;
		memset(p->hash, 0, p->hash_size * sizeof(*p->hash));
		for (i = 0; i < p->num_now; i++)
			expand(p, state_at(p, p->now, i));
		prune(p);
		ret = add_trails(p);
		p->now = p->next;
		p->next = swap;
		p->num_now = p->num_next;
	}
	return ret;
}

/* ---- a part -------------------------------------------------------------- */

static unsigned first_user(const struct gs_sequence *s, unsigned block)
{
	return s->user.item[s->user.at[block]];
}

static unsigned last_user(const struct gs_sequence *s, unsigned block)
{
	return s->user.item[s->user.at[block + 1] - 1];
}

/* A block the part touches; @number: of each block of the sequence, from 1 on */
static void add_block(struct part *p, unsigned of, unsigned *number,
		      unsigned *num)
{
	const struct gs_sequence *s = p->s;
	uint64_t *user = p->block_bits + *num * p->words;
	struct block *b = &p->block[*num];
	unsigned i;

	if (number[of])
		return;
	b->bytes = s->bytes[of];
	b->before = first_user(s, of) < p->first;
	b->behind = last_user(s, of) >= p->first + p->num;
	for (i = s->user.at[of]; i < s->user.at[of + 1]; i++)
		if (s->user.item[i] - p->first < p->num)
			set_bit(user, s->user.item[i] - p->first);
	b->user = set_of(user, p->words);
	number[of] = ++*num;
}

static void list_blocks(struct part *p, unsigned *number)
{
	const struct gs_lists *touched = &p->s->touched;
	const unsigned from = touched->at[p->first];
	unsigned i, num = 0;

	for (i = 0; i <= p->num; i++)
		p->touched_at[i] = touched->at[p->first + i] - from;
	for (i = 0; i < p->touched_at[p->num]; i++) {
		add_block(p, touched->item[from + i], number, &num);
		p->touched[i] = number[touched->item[from + i]] - 1;
	}
	for (i = 0; i < p->touched_at[p->num]; i++)
		number[touched->item[from + i]] = 0;
}

static void list_needs(struct part *p)
{
	const struct gs_lists *before = &p->s->before;
	unsigned i, k;

	for (i = 0; i < p->num; i++) {
		uint64_t *need = p->need_bits + (size_t)i * p->words;

		for (k = before->at[p->first + i];
		     k < before->at[p->first + i + 1]; k++)
			if (before->item[k] >= p->first)
				set_bit(need, before->item[k] - p->first);
		p->need[i] = set_of(need, p->words);
	}
}

static void start(struct part *p)
{
	struct state *st = state_at(p, p->now, 0);
	const struct gs_sequence *s = p->s;
	unsigned i;

	p->num_now = 1;
	st->peak = p->floor;
	st->trail = UINT32_MAX;
	for (i = 0; i < s->num_blocks; i++)
		if (s->user.at[i] < s->user.at[i + 1] &&
		    first_user(s, i) < p->first && last_user(s, i) >= p->first)
			st->live += s->bytes[i];
	for (i = 0; i < p->num; i++)
		if (all_done(st->bits, &p->need[i], i))
			set_bit(st->bits + p->words, i);
}

static bool make_room(struct part *p)
{
	const unsigned touched = p->s->touched.at[p->first + p->num] -
				 p->s->touched.at[p->first];

	p->words = (p->num + 63) / 64;
	p->room = 8 * p->width + 8;
	p->hash_size = 64;
	while (p->hash_size < 2 * p->room)
		p->hash_size *= 2;
	p->state_bytes = sizeof(struct state) + 2 * p->words * sizeof(uint64_t);
	p->need = calloc(p->num + 1u, sizeof(*p->need));
	p->need_bits = calloc((size_t)p->num * p->words, sizeof(*p->need_bits));
	p->block = calloc(touched + 1u, sizeof(*p->block));
	p->block_bits = calloc((touched + 1u) * (size_t)p->words,
			       sizeof(*p->block_bits));
	p->touched = calloc(touched + 1u, sizeof(*p->touched));
	p->touched_at = calloc(p->num + 1u, sizeof(*p->touched_at));
	p->now = calloc(p->room + 1u, p->state_bytes);
	p->next = calloc(p->room + 1u, p->state_bytes);
	p->hash = calloc(p->hash_size, sizeof(*p->hash));
	return p->need && p->need_bits && p->block && p->block_bits &&
	       p->touched && p->touched_at && p->now && p->next && p->hash;
}

static void free_part(struct part *p)
{
	free(p->need);
	free(p->need_bits);
	free(p->block);
	free(p->block_bits);
	free(p->touched);
	free(p->touched_at);
	free(p->now);
	free(p->next);
	free(p->hash);
	free(p->trail);
}

/* Order the steps of a part, if that lowers its peak; @number: 0 for each block. */
static int search_part(struct part *p, unsigned *number, unsigned *order,
		       uint64_t *peak)
{
	int ret = make_room(p) ? 0 : -ENOMEM;

	if (!ret) {
		list_blocks(p, number);
		list_needs(p);
		start(p);
		ret = run_rounds(p);
	}
	if (!ret && p->num_now) {
		const struct state *st = state_at(p, p->now, 0);
		unsigned at = st->trail, i;

		*peak = st->peak;
		for (i = p->num; i-- > 0; at = p->trail[at].parent)
			order[p->first + i] = p->first + p->trail[at].step;
	}
	free_part(p);
	return ret;
}

/* ---- parts of a sequence ------------------------------------------------- */

struct span {
	unsigned first, num;
	uint64_t peak;
};

/*
 * A step stands between two parts when everything before it leads to it, and
 * everything behind comes from it.
 */
static void find_cuts(const struct gs_sequence *s, bool *cut)
{
	const struct gs_lists *before = &s->before, *after = &s->after;
	unsigned reach = 0, i;

	for (i = 0; i < s->num_steps; i++) {
		/* of steps before, the farthest that one leads to first */
		cut[i] = reach <= i;
		if (after->at[i] == after->at[i + 1])
			reach = UINT32_MAX;
		else if (after->item[after->at[i]] > reach)
			reach = after->item[after->at[i]];
	}
	reach = UINT32_MAX;
	for (i = s->num_steps; i-- > 0;) {
		/* of steps behind, one more than the last that one needs */
		cut[i] &= reach > i;
		if (before->at[i] == before->at[i + 1])
			reach = 0;
		else if (before->item[before->at[i + 1] - 1] + 1 < reach)
			reach = before->item[before->at[i + 1] - 1] + 1;
	}
}

static unsigned find_spans(const struct gs_sequence *s, const bool *cut,
			   const uint64_t *level, struct span *span)
{
	unsigned i, num = 0;

	for (i = 0; i < s->num_steps; i++) {
		if (!i || cut[i] || cut[i - 1])
			span[num++] = (struct span){ .first = i };
		span[num - 1].num++;
		if (level[i] > span[num - 1].peak)
			span[num - 1].peak = level[i];
	}
	return num;
}

static bool may_move(const struct span *span)
{
	return span->num > 1 && span->num <= GS_SEQUENCE_STEPS;
}

/* The highest part first, until the next one is not above what remains. */
static int search_spans(const struct gs_sequence *s, unsigned width,
			struct span *span, unsigned num, unsigned *number,
			unsigned *order)
{
	uint64_t floor = 0;
	unsigned i, high;
	int ret = 0;

	for (i = 0; i < num; i++)
		if (!may_move(&span[i]) && span[i].peak > floor)
			floor = span[i].peak;
	while (!ret) {
		struct part p = { .s = s, .width = width, .floor = floor };

		for (i = 1, high = 0; i < num; i++)
			if (span[i].peak > span[high].peak)
				high = i;
		if (!num || span[high].peak <= floor)
			break;
		p.first = span[high].first;
		p.num = span[high].num;
		p.bound = span[high].peak;
		ret = search_part(&p, number, order, &span[high].peak);
		floor = span[high].peak;
	}
	return ret;
}

int gs_sequence_search(const struct gs_sequence *s, unsigned width,
		       unsigned *order, uint64_t *peak)
{
	const unsigned most = s->num_steps + 1;
	struct span *span = calloc(most, sizeof(*span));
	uint64_t *level = calloc(most, sizeof(*level));
	bool *cut = calloc(most, sizeof(*cut));
	unsigned *number = calloc(s->num_blocks + 1u, sizeof(*number));
	unsigned i;
	int ret = span && level && cut && number ? find_levels(s, NULL, level) :
						   -ENOMEM;

	for (i = 0; i < s->num_steps; i++)
		order[i] = i;
	if (!ret && width) {
		find_cuts(s, cut);
		ret = search_spans(s, width, span,
				   find_spans(s, cut, level, span), number,
				   order);
	}
	ret = ret ? ret : gs_sequence_peak(s, order, peak);
	free(span);
	free(level);
	free(cut);
	free(number);
	return ret;
}
