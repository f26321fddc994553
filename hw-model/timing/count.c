/* SPDX-License-Identifier: MIT */
/* Accesses to scratchpads and operations, of which energy is made (docs/energy.md). */

#include "hw-model/timing/timing_internal.h"

/* Each step reads a row of IBUF and of WBUF and writes one of OBUF; it reads a sum, or starts one. */
static void count_compute(struct gs_timing *t, const struct gs_work *event)
{
	struct gs_timing_access *access = t->now.access;
	const uint64_t steps = event->compute.steps,
		       starts = event->compute.starts;
	const uint64_t n = t->arch.array_n, m = t->arch.array_m;

	access[GS_SPAD_IBUF].read += steps * n;
	access[GS_SPAD_WBUF].read += steps * n * m;
	access[GS_SPAD_OBUF].read += (steps - starts) * m;
	access[GS_SPAD_OBUF].written += steps * m;
	if (event->compute.bias)
		access[GS_SPAD_BBUF].read += starts * m;
}

static enum gs_op_class class_of(enum gs_insn_id id)
{
	switch (id) {
	case GS_INSN_MUL:
	case GS_INSN_LEAKY_RELU:
		return GS_OP_MULTIPLY;
	case GS_INSN_MACC:
		return GS_OP_MACC;
	case GS_INSN_DIV:
	case GS_INSN_EXP:
	case GS_INSN_LN:
	case GS_INSN_LOG2:
	case GS_INSN_SQRT:
	case GS_INSN_INV_SQRT:
		return GS_OP_SPECIAL;
	default:
		return GS_OP_SIMPLE;
	}
}

/* Elements of a row: IMM has one for all lanes. */
static uint64_t row_elements(const struct gs_timing *t, unsigned spad)
{
	return spad == GS_SPAD_IMM ? 1 : t->arch.array_m;
}

static void count_nest(struct gs_timing *t, const struct gs_work *event)
{
	const uint64_t iterations = event->nest.iterations;

	for (uint32_t i = 0; i < event->nest.num_body; i++) {
		const enum gs_insn_id id = event->nest.body[i].id;

		if (id != GS_INSN_NOP)
			t->now.ops_of[class_of(id)] += iterations;
	}
	t->now.tandem_words += event->nest.num_body * iterations;
	for (unsigned s = 0; s < GS_SPAD_COUNT; s++) {
		const uint64_t elements = iterations * row_elements(t, s);

		t->now.access[s].read += event->nest.reads[s] * elements;
		t->now.access[s].written += event->nest.writes[s] * elements;
	}
}

static void count_perm(struct gs_timing *t, const struct gs_work *event)
{
	const uint64_t elements = event->perm.steps * t->arch.array_m;

	t->now.access[event->perm.src.spad].read += elements;
	t->now.access[event->perm.dst.spad].written += elements;
}

static void count_transfer(struct gs_timing *t, const struct gs_work *event)
{
	const uint64_t elements = event->transfer.elements;
	struct gs_timing_access *access =
		&t->now.access[event->transfer.rows.spad];

	if (event->transfer.held)
		return;
	if (!event->transfer.store)
		access->loaded += elements;
	else
		access->stored += elements;
	if (event->transfer.store && event->transfer.win == GS_WIN_OBUF &&
	    !t->last)
		t->now.partial += elements;
}

void gs_timing_count(struct gs_timing *t, const struct gs_work *event)
{
	switch (event->kind) {
	case GS_WORK_TRANSFER:
		count_transfer(t, event);
		break;
	case GS_WORK_COMPUTE:
		count_compute(t, event);
		break;
	case GS_WORK_NEST:
		count_nest(t, event);
		break;
	case GS_WORK_PERM:
		count_perm(t, event);
		break;
	case GS_WORK_GROUP: /* START */
	case GS_WORK_WORD: /* also those that start transfers and permutations */
	case GS_WORK_GROUP_END:
		t->now.tandem_words++;
		break;
	default:
		break;
	}
}

void gs_timing_count_add(struct gs_timing_block *sum,
			 const struct gs_timing_block *b)
{
	sum->tandem_words += b->tandem_words;
	sum->partial += b->partial;
	for (unsigned c = 0; c < GS_OP_CLASSES; c++)
		sum->ops_of[c] += b->ops_of[c];
	for (unsigned s = 0; s < GS_SPAD_COUNT; s++) {
		sum->access[s].read += b->access[s].read;
		sum->access[s].written += b->access[s].written;
		sum->access[s].loaded += b->access[s].loaded;
		sum->access[s].stored += b->access[s].stored;
	}
}
