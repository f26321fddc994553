/* SPDX-License-Identifier: MIT */
/*
 * The SIMD group. Words act in order; transfers are started and go on by
 * themselves, and whoever touches their rows waits. Only what reads OBUF waits
 * for the array.
 */

#include "hw-model/timing/timing_internal.h"

/* ---- rows in use ---------------------------------------------------------------- */

static bool empty(const struct gs_work_rows *rows)
{
	return rows->end <= rows->first;
}

static bool is_vmem(const struct gs_work_rows *rows)
{
	return !empty(rows) &&
	       (rows->spad == GS_SPAD_VMEM1 || rows->spad == GS_SPAD_VMEM2);
}

static unsigned vmem_of(const struct gs_work_rows *rows)
{
	return rows->spad == GS_SPAD_VMEM2;
}

/* Which of the old are forgotten depends on the program alone, not on time. */
static void fold(struct gs_pending *p, const struct gs_pending_rows *rows)
{
	struct gs_pending_rows *older = &p->older;

	if (older->end <= older->first) {
		*older = *rows;
		return;
	}
	if (rows->first < older->first)
		older->first = rows->first;
	if (rows->end > older->end)
		older->end = rows->end;
	if (rows->at > older->at)
		older->cause = rows->cause;
	older->at = gs_max_u64(older->at, rows->at);
	older->all_lanes = gs_max_u64(older->all_lanes, rows->all_lanes);
}

static void pend(struct gs_pending *p, const struct gs_work_rows *rows,
		 uint64_t at, uint64_t all_lanes, enum gs_stall cause)
{
	struct gs_pending_rows *entry = &p->rows[p->next];

	if (p->num == GS_PENDING)
		fold(p, entry);
	else
		p->num++;
	*entry = (struct gs_pending_rows){ rows->first, rows->end, at,
					   all_lanes, cause };
	p->next = (p->next + 1) % GS_PENDING;
}

static void after_entry(struct gs_when *when,
			const struct gs_pending_rows *entry,
			const struct gs_work_rows *rows, bool all_lanes)
{
	if (entry->first < rows->end && rows->first < entry->end)
		gs_when_later(when, all_lanes ? entry->all_lanes : entry->at,
			      entry->cause);
}

/* When all that overlaps these rows is done: in every lane, or as far as Tandem needs it. */
static void after(struct gs_when *when, const struct gs_pending *p,
		  const struct gs_work_rows *rows, bool all_lanes)
{
	after_entry(when, &p->older, rows, all_lanes);
	for (unsigned i = 0; i < p->num; i++)
		after_entry(when, &p->rows[i], rows, all_lanes);
}

/* ---- operands ------------------------------------------------------------------- */

static void source(struct gs_timing *t, struct gs_when *when,
		   const struct gs_work_rows *rows)
{
	if (empty(rows))
		return;
	if (rows->spad == GS_SPAD_OBUF)
		gs_when_later(when, t->handed_over, GS_STALL_ARRAY);
	if (is_vmem(rows))
		after(when, &t->writes[vmem_of(rows)], rows, false);
}

static void destination(struct gs_timing *t, struct gs_when *when,
			const struct gs_work_rows *rows)
{
	const struct gs_tagged *ibuf = &t->tagged[GS_BUF_IBUF];

	if (is_vmem(rows)) {
		after(when, &t->writes[vmem_of(rows)], rows, false);
		after(when, &t->reads[vmem_of(rows)], rows, false);
	}
	if (!empty(rows) && rows->spad == GS_SPAD_IBUF)
		gs_when_later(when, ibuf->unused[ibuf->slot], GS_STALL_ARRAY);
}

/* The last result went into the pipeline now. */
static void result(struct gs_timing *t, const struct gs_work_rows *rows,
		   uint64_t latency)
{
	const struct gs_arch_timing *c = &t->costs.t;
	struct gs_tagged *ibuf = &t->tagged[GS_BUF_IBUF];
	const uint64_t done = t->clock[GS_ENGINE_TANDEM] + latency +
			      (c->tandem_depth ? c->tandem_depth - 1 : 0);
	const uint64_t all_lanes = done + c->tandem_skew;

	if (empty(rows))
		return;
	t->last_done = gs_max_u64(t->last_done, all_lanes);
	if (is_vmem(rows))
		pend(&t->writes[vmem_of(rows)], rows, done, all_lanes,
		     GS_STALL_LATENCY);
	else if (rows->spad == GS_SPAD_IBUF)
		ibuf->ready[ibuf->slot] =
			gs_max_u64(ibuf->ready[ibuf->slot], all_lanes);
}

/* ---- events --------------------------------------------------------------------- */

/* No rows; those of before stay, beyond the end. */
static void forget(struct gs_pending *p)
{
	p->num = 0;
	p->next = 0;
	p->older = (struct gs_pending_rows){ 0 };
}

void gs_timing_tandem_begin(struct gs_timing *t)
{
	for (unsigned vmem = 0; vmem < 2; vmem++) {
		forget(&t->writes[vmem]);
		forget(&t->reads[vmem]);
	}
	t->handed_over = 0;
}

void gs_timing_group(struct gs_timing *t)
{
	t->handed_over = gs_max_u64(t->computed, t->obuf_loaded[t->half]);
	t->released = false;
}

/*
 * One word for all rows is pipelined. With several, the words of an iteration
 * wait for each other's latency, since each may read what the one before wrote.
 */
void gs_timing_nest(struct gs_timing *t, const struct gs_work *event)
{
	const uint64_t iterations = event->nest.iterations;
	uint64_t ops = 0, nops = 0, latency = 0, last = 0;
	struct gs_when from = { 0, GS_STALL_LATENCY };

	for (uint32_t i = 0; i < event->nest.num_body; i++) {
		const enum gs_insn_id id = event->nest.body[i].id;
		const uint32_t own = gs_timing_latency(&t->costs, id);

		*(id == GS_INSN_NOP ? &nops : &ops) += 1;
		latency += own;
		last = gs_max_u64(last, own);
	}
	if (event->nest.num_body == 1)
		latency = 0;
	source(t, &from, &event->nest.src[0]);
	source(t, &from, &event->nest.src[1]);
	destination(t, &from, &event->nest.dst);
	gs_engine_stall(t, GS_ENGINE_TANDEM,
			t->costs.t.tandem_nest + nops * iterations,
			GS_STALL_SETUP);
	gs_engine_wait(t, GS_ENGINE_TANDEM, from.at, from.cause);
	gs_engine_work(t, GS_ENGINE_TANDEM, ops * iterations);
	gs_engine_stall(t, GS_ENGINE_TANDEM, latency * iterations,
			GS_STALL_LATENCY);
	t->now.ops += ops * iterations;
	result(t, &event->nest.dst, last);
}

void gs_timing_perm(struct gs_timing *t, const struct gs_work *event)
{
	const struct gs_arch_timing *c = &t->costs.t;
	const uint64_t steps = event->perm.steps;
	const uint32_t each = event->perm.shuffle ? c->perm_shuffle_row :
						    c->perm_row;
	struct gs_when from = { 0, GS_STALL_LATENCY };

	source(t, &from, &event->perm.src);
	destination(t, &from, &event->perm.dst);
	gs_engine_wait(t, GS_ENGINE_TANDEM, from.at, from.cause);
	gs_engine_work(t, GS_ENGINE_TANDEM, steps * each);
	t->now.perm_rows += steps;
	result(t, &event->perm.dst, 0);
}

void gs_timing_simd_transfer(struct gs_timing *t, const struct gs_work *event)
{
	const struct gs_work_rows *rows = &event->transfer.rows;
	const unsigned vmem = vmem_of(rows);
	struct gs_when from = { t->clock[GS_ENGINE_TANDEM], GS_STALL_TANDEM };
	uint64_t done;

	after(&from, &t->writes[vmem], rows, true);
	/* for a load of the channel itself, else for words or their results */
	from.cause = from.cause == GS_STALL_SIMD ? GS_STALL_LATENCY :
						   GS_STALL_TANDEM;
	done = gs_channel_transfer(t, event, &from);
	if (event->transfer.store)
		pend(&t->reads[vmem], rows, t->clock[GS_ENGINE_SIMD],
		     t->clock[GS_ENGINE_SIMD], GS_STALL_SIMD);
	else
		pend(&t->writes[vmem], rows, done, done, GS_STALL_SIMD);
}

/* The array may have the half again. */
void gs_timing_release(struct gs_timing *t)
{
	if (t->released || !t->has_simd)
		return;
	t->released = true;
	gs_when_later(&t->obuf_unused[t->half], t->clock[GS_ENGINE_TANDEM],
		      GS_STALL_TANDEM);
	gs_when_later(&t->obuf_unused[t->half], t->handed_over, GS_STALL_ARRAY);
}

void gs_timing_group_end(struct gs_timing *t)
{
	gs_timing_release(t);
	t->half ^= 1;
}
