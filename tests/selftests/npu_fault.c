// SPDX-License-Identifier: GPL-2.0-or-later
/* Watched jobs, programs that count, the kernel log. */
#include "npu_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/core_program.h"

#define A_MINUTE 60000
#define PCI_COMMAND 4 /* offset in configuration space */
#define PCI_COMMAND_MASTER 0x4u
#define PAGE 0x1000u

/* ---- jobs ------------------------------------------------------------------- */

int npu_start_job(const struct npu *npu, struct npu_job *job)
{
	int syncobj = npu_syncobj_create(npu);
	int ret;

	if (syncobj < 0)
		return syncobj;
	npu_job_signal(job, (uint32_t)syncobj, 0);
	ret = npu_job_submit(npu, job);
	if (!ret)
		ret = npu_syncobj_fd(npu, (uint32_t)syncobj);
	npu_syncobj_destroy(npu, (uint32_t)syncobj);
	return ret;
}

int npu_start(const struct npu_kit *kit, uint32_t ctx, enum npu_program program,
	      uint32_t result)
{
	struct npu_job job = npu_job(kit, ctx, program, result);

	return npu_start_job(kit->npu, &job);
}

int npu_end(int fence)
{
	int ret = fence < 0 ? fence : npu_fence_wait(fence, A_MINUTE);

	if (fence >= 0)
		close(fence);
	return ret;
}

/* ---- programs that count ------------------------------------------------------ */

#define LANE_BYTES 4u /* request of LD_START and ST_START */

/* Code offset @at; the second block, if there is one, goes on with itself. */
static uint32_t emit_count(struct program *p, uint32_t at, bool endless)
{
	uint32_t words, next;

	p->num = 0;
	/* The words before the next block are the same for any address of it. */
	for (int pass = 0; pass < 2; pass++) {
		next = at + 4 * p->num;
		p->num = 0;
		if (endless)
			emit_next(p, next, 4);
		SIMD_START(p);
		program_load(p, 0, LANE_BYTES);
		EMIT(p, IMM_SIGN_EXT, GS_NS_IMM, 0, 1);
		EMIT(p, ADD, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_IMM, 0);
		program_store(p, 0, LANE_BYTES);
		SIMD_END(p);
		EMIT(p, BLOCK_END, !endless);
	}
	words = p->num;
	if (endless) {
		emit_next(p, next, 4);
		EMIT(p, BLOCK_END, 0);
	}
	return words;
}

int npu_counter_create(const struct npu *npu, struct npu_kit *kit,
		       struct npu_counter *counter)
{
	static struct program program;
	int at;

	memset(counter, 0, sizeof(*counter));
	counter->kit = kit;
	for (int endless = 0; endless < 2; endless++) {
		counter->words[endless] =
			emit_count(&program, kit->code_used, endless);
		at = npu_kit_append(kit, &program);
		if (at < 0)
			return at;
		counter->entry[endless] = (uint32_t)at;
	}
	return npu_bo_create(npu, &counter->bo, NPU_NUM_COUNTERS * PAGE, 0);
}

void npu_counter_destroy(struct npu_counter *counter)
{
	npu_bo_destroy(counter->kit->npu, &counter->bo);
}

int npu_count(const struct npu_counter *counter, uint32_t index)
{
	const volatile int32_t *map = counter->bo.map;

	return map[index * (PAGE / sizeof(*map))];
}

int npu_count_start(const struct npu_counter *counter, uint32_t ctx,
		    uint32_t index, bool endless)
{
	struct npu_job job = npu_job(counter->kit, ctx, NPU_NOP, index);

	job.args.program_offset = counter->entry[endless];
	job.args.program_size = counter->words[endless] * 4;
	for (int i = 1; i < DRM_GENESYS_NUM_WINDOWS; i++)
		job.args.window_base[i] = counter->bo.addr + index * PAGE;
	npu_job_add_bo(&job, counter->bo.handle, DRM_GENESYS_BO_REF_WRITE);
	return npu_start_job(counter->kit->npu, &job);
}

int npu_count_wait(const struct npu_counter *counter, uint32_t index)
{
	uint64_t end = npu_now_ms() + A_MINUTE;

	while (!npu_count(counter, index)) {
		if (npu_now_ms() > end)
			return -ETIME;
		usleep(1000);
	}
	return 0;
}

/* ---- the device --------------------------------------------------------------- */

int npu_reset_count(const struct npu *npu)
{
	struct drm_genesys_fw_info info;
	struct drm_genesys_dev_query args = {
		.type = DRM_GENESYS_QUERY_FW_INFO,
		.size = sizeof(info),
		.pointer = (uintptr_t)&info,
	};
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_DEV_QUERY, &args);

	return ret ? ret : (int)info.reset_count;
}

static int command_register(const struct npu_device *dev, uint16_t *value,
			    bool write)
{
	char path[160];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/config", dev->sysfs);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = write ? pwrite(fd, value, sizeof(*value), PCI_COMMAND) :
		      pread(fd, value, sizeof(*value), PCI_COMMAND);
	close(fd);
	return got == sizeof(*value) ? 0 : -EIO;
}

int npu_master(const struct npu_device *dev)
{
	uint16_t command;
	int ret = command_register(dev, &command, false);

	return ret ? ret : !!(command & PCI_COMMAND_MASTER);
}

int npu_clear_master(const struct npu_device *dev)
{
	uint16_t command;
	int ret = command_register(dev, &command, false);

	command &= (uint16_t)~PCI_COMMAND_MASTER;
	return ret ? ret : command_register(dev, &command, true);
}

int npu_inject_bad_page(const struct npu_device *dev)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/inject_bad_page", dev->debugfs);
	return npu_write_file(path, "1");
}

/* ---- the kernel log ------------------------------------------------------------ */

int npu_log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

int npu_log_count(int log, const char *text, const char *other)
{
	char line[4096];
	int count = 0;

	for (;;) {
		ssize_t got = read(log, line, sizeof(line) - 1);

		/* EPIPE: lines were lost, the next read goes on. */
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			return count;
		line[got] = 0;
		count += strstr(line, text) && strstr(line, other);
	}
}

/* ---- chance ------------------------------------------------------------------- */

uint32_t npu_random(uint32_t *seed, uint32_t end)
{
	/* The low bits of xorshift are weak while seeds are small. */
	for (int i = 0; i < 3; i++)
		xorshift32(seed);
	return (uint32_t)((uint64_t)*seed * end >> 32);
}

uint32_t npu_seed(uint32_t round)
{
	const char *base = getenv("NPU_SEED");

	return 1 + round + (base ? (uint32_t)strtoul(base, NULL, 0) : 0);
}

uint32_t npu_rounds(uint32_t all)
{
	const char *percent = getenv("NPU_ROUNDS");
	uint64_t rounds = all;

	if (percent)
		rounds = rounds * strtoul(percent, NULL, 0) / 100;
	return rounds ? (uint32_t)rounds : 1;
}
