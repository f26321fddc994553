/* SPDX-License-Identifier: MIT */
#include "tests/device/kit.h"

#include "tests/unit/job_programs.h"

/* Returns the words of the first block. */
static uint32_t emit_program(struct program *p, enum kit_program which,
			     uint32_t at)
{
	switch (which) {
	case KIT_ADD:
		job_add(p, KIT_IN, KIT_OUT);
		return p->num;
	case KIT_LEAK:
		job_transfer(p, false, KIT_OUT);
		return p->num;
	case KIT_CHAIN:
		job_chain(p, at, KIT_CHAIN_BLOCKS);
		return 4;
	case KIT_ENDLESS:
		job_endless(p, at);
		return 4;
	case KIT_ILLEGAL:
		job_illegal(p, at, KIT_ILLEGAL_WORD);
		return 4;
	case KIT_LOAD_UNMAPPED:
		job_transfer(p, true, KIT_UNMAPPED);
		return p->num;
	default:
		job_transfer(p, false, KIT_STORE_OFFSET);
		return p->num;
	}
}

static uint64_t map_new(struct harness *h, const struct harness_space *space,
			uint64_t va, size_t bytes, bool writable)
{
	uint64_t bus = harness_alloc(h, bytes, GS_PAGE_BYTES);

	harness_map(h, space, va, bus, bytes, writable);
	return bus;
}

struct kit_space kit_space(struct harness *h, uint32_t asid)
{
	struct kit_space kit = { .h = h, .space = harness_space(h, asid) };
	uint64_t code = map_new(h, &kit.space, KIT_CODE, KIT_CODE_BYTES, false);
	uint64_t data = map_new(h, &kit.space, KIT_DATA, KIT_DATA_BYTES, true);
	uint64_t results =
		map_new(h, &kit.space, KIT_RESULTS, GS_PAGE_BYTES, true);
	uint32_t *words = harness_mem(h, code, KIT_CODE_BYTES);
	struct program p;
	uint32_t at = 0;

	harness_map(h, &kit.space, KIT_DATA + KIT_STORE_OFFSET, code,
		    GS_PAGE_BYTES, false);
	kit.in = harness_mem(h, data + KIT_IN, 16);
	kit.out = harness_mem(h, data + KIT_OUT, 16);
	kit.results = harness_mem(h, results, GS_PAGE_BYTES);
	for (unsigned i = 0; i < KIT_NUM_PROGRAMS; i++) {
		p.num = 0;
		kit.entry[i] = at;
		kit.words[i] = emit_program(&p, (enum kit_program)i, at);
		memcpy(words + at / 4, p.words, p.num * 4);
		at += p.num * 4;
	}
	return kit;
}

struct gs_result *kit_result(const struct kit_space *kit, uint64_t seqno)
{
	return &kit->results[seqno % KIT_NUM_RESULTS];
}

struct gs_cmd kit_job(const struct kit_space *kit, enum kit_program program,
		      uint32_t ctx, uint64_t seqno)
{
	struct gs_cmd cmd = {
		.type = GS_CMD_JOB,
		.ctx = ctx,
		.seqno = seqno,
		.asid = kit->space.asid,
		.entry = kit->entry[program],
		.entry_words = kit->words[program],
		.window_base = { KIT_CODE, KIT_DATA, KIT_DATA, KIT_DATA,
				 KIT_DATA },
		.result_addr = KIT_RESULTS + seqno % KIT_NUM_RESULTS *
						     sizeof(struct gs_result),
		.timeout_ms = 2000,
		.cookie = (uint64_t)ctx << 32 | seqno,
	};

	return cmd;
}

struct gs_cmd kit_control(enum gs_cmd_type type, uint32_t ctx, uint64_t seqno)
{
	return (struct gs_cmd){ .type = type,
				.ctx = ctx,
				.seqno = seqno,
				.cookie = 0xc0ffee00u + type };
}
