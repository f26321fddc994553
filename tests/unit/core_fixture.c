/* SPDX-License-Identifier: MIT */
#include "tests/unit/core_fixture.h"

int core_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct gs_arch arch = core_small_arch();

	f->core = gs_core_create(&arch);
	f->memory.bytes = calloc(1, MEMORY_SIZE);
	f->port = memory_port(&f->memory, false);
	f->job.encoding = GS_ENC_SYNC_INST;
	/* IMEM, PARAM, IBUF, OBUF, SIMD one after the other */
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		f->job.window_base[w] = w * (MEMORY_SIZE / 8);
	*state = f;
	return f->core && f->memory.bytes ? 0 : -1;
}

int core_teardown(void **state)
{
	struct fixture *f = *state;

	gs_core_destroy(f->core);
	free(f->memory.bytes);
	free(f);
	return 0;
}

int core_run(struct fixture *f)
{
	memory_put_words(&f->memory, 0, f->program.words, f->program.num);
	f->job.entry_words = f->program.num;
	return gs_core_run(f->core, &f->port, &f->job, &f->fault);
}

void assert_fault(const struct fixture *f, enum gs_fault_code code,
		  uint32_t block, uint32_t word, uint64_t address)
{
	if (f->fault.code != code || f->fault.block != block ||
	    f->fault.word != word || f->fault.address != address)
		fail_msg("got %s block %u word %u address 0x%llx",
			 gs_fault_name(f->fault.code), f->fault.block,
			 f->fault.word, (unsigned long long)f->fault.address);
}
