// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults of all kinds while processes submit jobs of all kinds. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_bed.h"

#define PROCESSES 4
#define ROUNDS 20
#define MARK 1000
#define JOBS 4 /* in flight, each in a context of its own */

struct worker {
	struct npu npu;
	struct npu_kit kit;
	uint32_t seed;
	uint32_t submitted, failed;
};

static const enum npu_program mix[] = {
	NPU_ADD,     NPU_ADD, NPU_CHAIN, NPU_CHAIN,	 NPU_ENDLESS,
	NPU_ILLEGAL, NPU_ADD, NPU_NOP,	 NPU_STORE_CODE, NPU_LOAD_UNMAPPED
};

static bool may_be(enum npu_program program, int status)
{
	switch (status) {
	case -ETIME: /* it is endless, or a hang was injected */
	case -EIO: /* an illegal word, or it was lost in a reset */
	case -EFAULT: /* no such memory, or a DMA error was injected */
		return true;
	case 1:
		return program != NPU_ENDLESS && program != NPU_ILLEGAL &&
		       program != NPU_STORE_CODE &&
		       program != NPU_LOAD_UNMAPPED;
	default:
		return false;
	}
}

/* One job in each of some contexts; 0, or the line that was not to be. */
static int submit_some(struct worker *w)
{
	enum npu_program programs[JOBS];
	int fences[JOBS], ctx[JOBS], bad = 0;

	for (int i = 0; i < JOBS; i++) {
		programs[i] =
			mix[npu_random(&w->seed, sizeof(mix) / sizeof(mix[0]))];
		ctx[i] = npu_ctx_create(&w->npu, npu_random(&w->seed, 3),
					50 + npu_random(&w->seed, 200));
		if (ctx[i] < 0)
			return __LINE__;
		fences[i] = npu_start(&w->kit, (uint32_t)ctx[i], programs[i],
				      (uint32_t)i);
		if (fences[i] < 0)
			return __LINE__;
	}
	for (int i = 0; i < JOBS; i++) {
		int status = npu_end(fences[i]);

		if (status == 1 && programs[i] == NPU_ADD &&
		    npu_out(&w->kit)[0] != MARK + 1)
			bad = __LINE__;
		w->submitted++;
		w->failed += status < 0;
		if (!may_be(programs[i], status)) {
			printf("# storm: program %d ended with %d\n",
			       programs[i], status);
			bad = __LINE__;
		}
		if (npu_ctx_destroy(&w->npu, (uint32_t)ctx[i]))
			bad = __LINE__;
	}
	return bad;
}

static int work(const struct npu_device *dev, uint32_t seed,
		const volatile bool *stop)
{
	struct worker w = { .seed = seed };
	int bad = 0;

	if (npu_open_device(&w.npu, dev) || npu_kit_create(&w.npu, &w.kit))
		return __LINE__ & 0xff;
	npu_in(&w.kit)[0] = MARK;
	while (!*stop && !bad)
		bad = submit_some(&w);
	printf("# storm: %u jobs, %u failed\n", w.submitted, w.failed);
	if (bad)
		printf("# storm: fault_storm.c:%d\n", bad);
	fflush(stdout);
	npu_kit_unmap(&w.kit);
	npu_close(&w.npu);
	return bad != 0;
}

/* Without test registers, bus mastering and bus resets are what there is. */
static void break_something(const struct npu_device *dev, uint32_t *seed)
{
	switch (npu_random(seed, 6)) {
	case 0:
		npu_inject(dev, GS_INJECT_HANG);
		break;
	case 1:
		npu_inject(dev, GS_INJECT_DROP_IRQ);
		break;
	case 2:
		npu_inject(dev, GS_INJECT_DMA_ERROR);
		break;
	case 3:
		npu_inject(dev, GS_INJECT_CP_HALT);
		break;
	case 4:
		npu_clear_master(dev);
		break;
	default:
		npu_reset(dev);
		break;
	}
}

static pid_t start_worker(const struct npu_device *dev, uint32_t seed,
			  const volatile bool *stop)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(work(dev, seed, stop));
}

int storm(const struct npu_device *dev, uint32_t seed)
{
	volatile bool *stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[PROCESSES];
	int bad = 0;

	if (stop == MAP_FAILED)
		return -ENOMEM;
	for (uint32_t i = 0; i < PROCESSES; i++)
		pids[i] = start_worker(dev, seed * PROCESSES + i + 1, stop);
	for (int i = 0; i < ROUNDS; i++) {
		usleep(50000 + npu_random(&seed, 250000));
		break_something(dev, &seed);
	}
	*stop = true;
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		bad += status != 0;
	}
	munmap((void *)stop, sizeof(*stop));
	return bad;
}
