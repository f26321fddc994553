/* SPDX-License-Identifier: MIT */
#include "tests/unit/fake_drm.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>

#include <drm/genesys_accel.h>

#include "genesys/hw_abi.h"
#include "hw-model/core/core.h"
#include "runtime/drm/node.h"

#define MEMORY_BYTES (64u << 20)
#define MAX_BOS 512
#define MAX_CTXS FAKE_MAX_CTXS
#define MAX_JOBS 1024
#define MAX_TIMEOUT_MS 60000
#define EVENTFD_NR FAKE_SYNCOBJ_EVENTFD
#define PAGE 4096u
#define FAKE_FW_VERSION 0x010203u

struct bo {
	bool used;
	uint32_t flags;
	uint64_t size, offset, addr; /* offset: in the memory file */
};

struct ctx {
	bool used;
	struct drm_genesys_ctx_query state;
};

struct job {
	struct drm_genesys_submit args;
	struct drm_genesys_bo_ref ref[16];
	struct drm_genesys_sync sync;
	bool done;
};

struct event {
	uint64_t point;
	uint32_t syncobj;
	int fd;
};

struct fake_drm fake_drm;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	struct gs_drm_os os; /* the real one */
	int fd, odd_fd; /* odd_fd: open at odd_node, -1: none */
	uint8_t *memory;
	uint64_t next_offset, low, high, low_used;
	struct bo bo[MAX_BOS]; /* handle - 1 */
	struct ctx ctx[MAX_CTXS]; /* id - 1 */
	uint64_t point[MAX_BOS]; /* of syncobj handle - 1; signalled */
	bool syncobj[MAX_BOS];
	struct job job[MAX_JOBS];
	uint32_t num_jobs, next_job;
	struct event event[MAX_JOBS];
	uint32_t num_events;
	struct gs_core *core;
	const struct job *running;
} s;

/* ---- memory --------------------------------------------------------------------- */

static int bo_create(struct drm_genesys_bo_create *args)
{
	uint64_t size = (args->size + PAGE - 1) / PAGE * PAGE;
	uint64_t *at = args->flags & DRM_GENESYS_BO_HIGH ? &s.high : &s.low;
	uint32_t i = 0;

	while (i < MAX_BOS && s.bo[i].used)
		i++;
	if (i == MAX_BOS || s.next_offset + size > MEMORY_BYTES)
		return -ENOMEM;
	if (args->handle || !args->size)
		return -EINVAL;
	if (at == &s.low && s.low_used + size > fake_drm.low_bytes)
		return -ENOSPC;
	s.bo[i] = (struct bo){ true, args->flags, size, s.next_offset, *at };
	args->handle = i + 1;
	args->size = size;
	args->dev_addr = *at;
	args->mmap_offset = s.next_offset;
	/* A hole after each: who leaves a BO faults. */
	*at += size + PAGE;
	s.low_used += at == &s.low ? size : 0;
	s.next_offset += size;
	fake_drm.bos++;
	fake_drm.bos_made++;
	return 0;
}

static struct bo *bo_of(uint32_t handle)
{
	return handle && handle <= MAX_BOS && s.bo[handle - 1].used ?
		       &s.bo[handle - 1] :
		       NULL;
}

static int gem_close(const struct drm_gem_close *args)
{
	struct bo *bo = bo_of(args->handle);

	if (!bo)
		return -EINVAL;
	bo->used = false;
	s.low_used -= bo->flags & DRM_GENESYS_BO_HIGH ? 0 : bo->size;
	fake_drm.bos--;
	return 0;
}

static int bo_sync(const struct drm_genesys_bo_sync *args)
{
	const struct bo *bo = bo_of(args->handle);

	if (!bo)
		return -ENOENT;
	if (!args->size || args->offset > bo->size ||
	    args->size > bo->size - args->offset)
		return -EINVAL;
	if (args->flags != DRM_GENESYS_BO_SYNC_TO_DEVICE &&
	    args->flags != DRM_GENESYS_BO_SYNC_FROM_DEVICE)
		return -EINVAL;
	fake_drm.syncs++;
	fake_drm.synced[args->flags == DRM_GENESYS_BO_SYNC_FROM_DEVICE] +=
		args->size;
	return 0;
}

/* In a BO the running job lists. */
static uint8_t *find(uint64_t addr, size_t size, bool write)
{
	for (uint32_t i = 0; i < s.running->args.bos.count; i++) {
		const struct drm_genesys_bo_ref *ref = &s.running->ref[i];
		const struct bo *bo = &s.bo[ref->handle - 1];

		if (addr < bo->addr || addr - bo->addr > bo->size ||
		    size > bo->size - (addr - bo->addr))
			continue;
		if (write && !(ref->flags & DRM_GENESYS_BO_REF_WRITE))
			return NULL;
		return s.memory + bo->offset + (addr - bo->addr);
	}
	return NULL;
}

static int bus_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	const uint8_t *from = find(addr, size, false);

	(void)ctx;
	if (!from)
		return -EFAULT;
	memcpy(dst, from, size);
	return 0;
}

static int bus_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	uint8_t *to = find(addr, size, true);

	(void)ctx;
	if (!to)
		return -EFAULT;
	memcpy(to, src, size);
	return 0;
}

/* ---- jobs ----------------------------------------------------------------------- */

static void guilty(struct ctx *c, const struct job *job, uint32_t cause,
		   const struct gs_fault *fault)
{
	c->state.state = cause == DRM_GENESYS_CAUSE_RESET ?
				 DRM_GENESYS_CTX_ACTIVE :
				 DRM_GENESYS_CTX_GUILTY;
	c->state.cause = cause;
	c->state.seqno = job->args.seqno;
	if (!fault)
		return;
	c->state.address = fault->address;
	c->state.fault_code = (uint32_t)fault->code;
	c->state.block = fault->block;
	c->state.word = fault->word;
	/* A refused access: the code is the MMU's. */
	if (cause == DRM_GENESYS_CAUSE_MMU_FAULT)
		c->state.fault_code = 3;
}

static void write_result(const struct job *job, uint32_t status)
{
	const struct bo *bo = &s.bo[job->args.result_bo - 1];
	struct gs_result *r =
		(void *)(s.memory + bo->offset + job->args.result_offset);

	*r = (struct gs_result){ .status = status,
				 .time_start = 1000,
				 .time_end = 1500,
				 .cycles = 77,
				 .stalls = 5 };
}

static void run_on_core(struct ctx *c, struct job *job)
{
	const struct gs_mem mem = { NULL, bus_read, bus_write, NULL };
	const struct bo *program = &s.bo[job->args.program_bo - 1];
	struct gs_fault fault = { .code = GS_FAULT_NONE };
	struct gs_job j = {
		.entry = (uint32_t)(program->addr + job->args.program_offset -
				    job->args.window_base[0]),
		.entry_words = (uint32_t)(job->args.program_size / 4),
		.encoding = GS_ENC_SYNC_INST,
	};

	memcpy(j.window_base, job->args.window_base, sizeof(j.window_base));
	s.running = job;
	if (!gs_core_run(s.core, &mem, &j, &fault))
		write_result(job, GS_JOB_OK);
	else if (fault.code == GS_FAULT_MEMORY)
		guilty(c, job, DRM_GENESYS_CAUSE_MMU_FAULT, &fault);
	else
		guilty(c, job, DRM_GENESYS_CAUSE_CORE_FAULT, &fault);
}

void fake_drm_signal(void)
{
	const uint64_t one = 1;

	for (uint32_t i = 0; i < s.num_events; i++) {
		const struct event *e = &s.event[i];

		if (e->point > s.point[e->syncobj - 1])
			continue;
		if (write(e->fd, &one, sizeof(one)) != sizeof(one))
			abort();
		s.event[i--] = s.event[--s.num_events];
	}
}

static void run_job(struct job *job)
{
	struct ctx *c = &s.ctx[job->args.ctx_id - 1];
	enum fake_end next = fake_drm.next;

	fake_drm.next = FAKE_RUNS;
	/* Jobs behind a failed one are cancelled. */
	if (!c->used || c->state.state == DRM_GENESYS_CTX_GUILTY)
		;
	else if (next == FAKE_HANGS)
		guilty(c, job, DRM_GENESYS_CAUSE_HANG, NULL);
	else if (next == FAKE_IS_RESET)
		guilty(c, job, DRM_GENESYS_CAUSE_RESET, NULL);
	else
		run_on_core(c, job);
	job->done = true;
	c->state.completed = job->args.seqno;
	s.point[job->sync.handle - 1] = job->sync.point;
	if (!fake_drm.late_events)
		fake_drm_signal();
}

static void run_next(void)
{
	run_job(&s.job[s.next_job++]);
	if (s.next_job == s.num_jobs)
		s.next_job = s.num_jobs = 0;
}

static void run_jobs(void)
{
	while (s.next_job < s.num_jobs)
		run_next();
}

void fake_drm_run(void)
{
	pthread_mutex_lock(&lock);
	run_jobs();
	pthread_mutex_unlock(&lock);
}

static unsigned queued(uint32_t ctx)
{
	unsigned num = 0;

	for (uint32_t i = s.next_job; i < s.num_jobs; i++)
		num += !ctx || s.job[i].args.ctx_id == ctx;
	return num;
}

/* What the driver refuses. */
static int check_submit(const struct drm_genesys_submit *args,
			const struct drm_genesys_bo_ref *ref)
{
	bool program = false, result = false;

	if (!args->ctx_id || args->ctx_id > MAX_CTXS ||
	    !s.ctx[args->ctx_id - 1].used)
		return -ENOENT;
	if (s.ctx[args->ctx_id - 1].state.state == DRM_GENESYS_CTX_GUILTY)
		return -ECANCELED;
	for (int i = 0; i < DRM_GENESYS_NUM_WINDOWS; i++)
		if (args->window_base[i] % PAGE)
			return -EINVAL;
	for (uint32_t i = 0; i < args->bos.count; i++) {
		if (!ref[i].handle || ref[i].handle > MAX_BOS ||
		    !s.bo[ref[i].handle - 1].used)
			return -ENOENT;
		for (uint32_t k = 0; k < i; k++)
			if (ref[k].handle == ref[i].handle)
				return -EINVAL;
		program |= ref[i].handle == args->program_bo;
		result |= ref[i].handle == args->result_bo &&
			  ref[i].flags & DRM_GENESYS_BO_REF_WRITE;
	}
	if (!program || !result || !args->program_size ||
	    !(s.bo[args->program_bo - 1].flags & DRM_GENESYS_BO_READ_ONLY) ||
	    args->result_offset + sizeof(struct gs_result) >
		    s.bo[args->result_bo - 1].size)
		return -EINVAL;
	return 0;
}

static int submit(struct drm_genesys_submit *args)
{
	const void *ref = (const void *)(uintptr_t)args->bos.array;
	struct job *job = &s.job[s.num_jobs];
	int ret;

	if (s.num_jobs == MAX_JOBS || args->bos.count > fake_drm.max_bos ||
	    args->bos.stride != sizeof(job->ref[0]) || args->syncs.count != 1)
		return -EINVAL;
	ret = check_submit(args, ref);
	if (ret)
		return ret;
	if (queued(args->ctx_id) >= fake_drm.max_jobs) {
		fake_drm.busy++;
		return -EBUSY;
	}
	args->seqno = ++s.ctx[args->ctx_id - 1].state.submitted;
	memset(job, 0, sizeof(*job));
	job->args = *args;
	memcpy(job->ref, ref, args->bos.count * sizeof(job->ref[0]));
	memcpy(&job->sync, (const void *)(uintptr_t)args->syncs.array,
	       sizeof(job->sync));
	s.num_jobs++;
	fake_drm.jobs++;
	if (queued(0) > fake_drm.most_queued)
		fake_drm.most_queued = queued(0);
	return 0;
}

/* ---- contexts and syncobjs ------------------------------------------------------- */

static int ctx_create(struct drm_genesys_ctx_create *args)
{
	uint32_t i = 0;

	while (i < MAX_CTXS && s.ctx[i].used)
		i++;
	if (i == MAX_CTXS)
		return -ENOSPC;
	s.ctx[i] = (struct ctx){ .used = true };
	if (!args->timeout_ms || args->timeout_ms > MAX_TIMEOUT_MS)
		return -EINVAL;
	fake_drm.last_timeout_ms = args->timeout_ms;
	fake_drm.contexts++;
	args->ctx_id = i + 1;
	return 0;
}

static int ctx_destroy(const struct drm_genesys_ctx_destroy *args)
{
	if (!args->ctx_id || args->ctx_id > MAX_CTXS ||
	    !s.ctx[args->ctx_id - 1].used)
		return -ENOENT;
	s.ctx[args->ctx_id - 1].used = false;
	fake_drm.contexts--;
	run_jobs();
	return 0;
}

static int ctx_query(struct drm_genesys_ctx_query *args)
{
	uint32_t id = args->ctx_id;

	if (!id || id > MAX_CTXS || !s.ctx[id - 1].used)
		return -ENOENT;
	*args = s.ctx[id - 1].state;
	args->ctx_id = id;
	return 0;
}

static int syncobj_create(struct drm_syncobj_create *args)
{
	uint32_t i = 0;

	while (i < MAX_BOS && s.syncobj[i])
		i++;
	if (i == MAX_BOS)
		return -ENOMEM;
	s.syncobj[i] = true;
	s.point[i] = 0;
	args->handle = i + 1;
	fake_drm.syncobjs++;
	return 0;
}

static int syncobj_wait(const struct drm_syncobj_timeline_wait *args)
{
	uint32_t handle = *(const uint32_t *)(uintptr_t)args->handles;
	uint64_t point = *(const uint64_t *)(uintptr_t)args->points;

	if (!fake_drm.hold)
		while (s.point[handle - 1] < point && s.next_job < s.num_jobs)
			run_next();
	return s.point[handle - 1] < point ? -ETIME : 0;
}

struct eventfd_args {
	__u32 handle, flags;
	__u64 point;
	__s32 fd;
	__u32 pad;
};

static int syncobj_eventfd(const struct eventfd_args *args)
{
	s.event[s.num_events++] =
		(struct event){ args->point, args->handle, args->fd };
	if (!fake_drm.late_events)
		fake_drm_signal();
	return 0;
}

/* ---- DEV_QUERY, DRM_IOCTL_VERSION ------------------------------------------------ */

/* Whether what is wrong with a node is wrong with this one. */
static bool is_odd(int fd)
{
	return !fake_drm.odd_node || fd == s.odd_fd;
}

static void set_params(struct drm_genesys_dev_info *info, bool odd)
{
	const struct gs_arch *a = gs_arch_default();
	const uint32_t p[] = {
		a->isa_version,	     a->extensions,	  a->clock_mhz,
		a->array_n,	     a->array_m,	  a->data_width,
		a->wgt_width,	     a->acc_width,	  a->bias_width,
		a->ibuf_depth,	     a->wbuf_depth,	  a->obuf_depth,
		a->bbuf_depth,	     a->vmem_depth,	  a->imm_depth,
		a->instr_depth,	     a->simd_instr_depth, a->param_channel_bw,
		a->ibuf_channel_bw,  a->obuf_channel_bw,  a->simd_channel_bw,
		a->instr_channel_bw, a->weight_layout,
	};

	memcpy(info->params, p, sizeof(p));
	info->num_params = odd && fake_drm.num_params ?
				   fake_drm.num_params :
				   sizeof(p) / sizeof(p[0]);
	info->arch_hash = odd && fake_drm.arch_hash ? fake_drm.arch_hash :
						      gs_arch_hash(a);
}

static int dev_query(struct drm_genesys_dev_query *args, bool odd)
{
	struct drm_genesys_dev_info info = {
		.flags = fake_drm.incoherent ? 0 : DRM_GENESYS_DEV_COHERENT,
		.timestamp_hz = 1000000000,
	};
	struct drm_genesys_limits limits = {
		.max_ctx_per_file = MAX_CTXS,
		.max_bos_per_job = fake_drm.max_bos,
		.max_jobs_per_ctx = fake_drm.max_jobs,
		.max_timeout_ms = MAX_TIMEOUT_MS
	};
	struct drm_genesys_fw_info fw = {
		.version = odd ? fake_drm.fw_version : FAKE_FW_VERSION,
	};
	const void *from =
		args->type == DRM_GENESYS_QUERY_DEV_INFO ? (void *)&info :
		args->type == DRM_GENESYS_QUERY_LIMITS	 ? (void *)&limits :
							   (void *)&fw;
	size_t size = args->type == DRM_GENESYS_QUERY_DEV_INFO ? sizeof(info) :
		      args->type == DRM_GENESYS_QUERY_LIMITS ? sizeof(limits) :
							       sizeof(fw);

	set_params(&info, odd);
	memcpy((void *)(uintptr_t)args->pointer, from,
	       size < args->size ? size : args->size);
	return 0;
}

static int version(struct drm_version *v)
{
	if (!fake_drm.driver)
		return -ENOTTY;
	v->version_major = fake_drm.major;
	v->version_minor = 4;
	strncpy(v->name, fake_drm.driver, v->name_len);
	return 0;
}

/* ---- the whole ------------------------------------------------------------------- */

static int fake_open(const char *path)
{
	int fd;

	if (access(path, F_OK))
		return -ENOENT;
	if (fake_drm.open_errno)
		return -fake_drm.open_errno;
	fd = dup(s.fd);
	if (fake_drm.odd_node && strstr(path, fake_drm.odd_node))
		s.odd_fd = fd;
	else if (fd == s.odd_fd)
		s.odd_fd = -1;
	return fd;
}

static int answer(int fd, unsigned long request, void *arg)
{
	switch (request) {
	case DRM_IOCTL_VERSION:
		return version(arg);
	case DRM_IOCTL_GENESYS_DEV_QUERY:
		return dev_query(arg, is_odd(fd));
	case DRM_IOCTL_GENESYS_BO_CREATE:
		return bo_create(arg);
	case DRM_IOCTL_GEM_CLOSE:
		return gem_close(arg);
	case DRM_IOCTL_GENESYS_BO_SYNC:
		return bo_sync(arg);
	case DRM_IOCTL_GENESYS_CTX_CREATE:
		return ctx_create(arg);
	case DRM_IOCTL_GENESYS_CTX_DESTROY:
		return ctx_destroy(arg);
	case DRM_IOCTL_GENESYS_CTX_QUERY:
		return ctx_query(arg);
	case DRM_IOCTL_GENESYS_SUBMIT:
		return submit(arg);
	case DRM_IOCTL_SYNCOBJ_CREATE:
		return syncobj_create(arg);
	case DRM_IOCTL_SYNCOBJ_DESTROY:
		s.syncobj[((struct drm_syncobj_destroy *)arg)->handle - 1] =
			false;
		fake_drm.syncobjs--;
		return 0;
	case DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT:
		return syncobj_wait(arg);
	default:
		return (request & 0xff) == EVENTFD_NR ? syncobj_eventfd(arg) :
							-ENOTTY;
	}
}

/* From the fail_after-th call on. */
static int failure(unsigned long request)
{
	if (fake_drm.gone)
		return -ENODEV;
	if (!fake_drm.fail || (request & 0xff) != (fake_drm.fail & 0xff))
		return 0;
	if (!fake_drm.fail_after)
		return -fake_drm.fail_errno;
	fake_drm.fail_after--;
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = failure(request);
	if (!ret)
		ret = answer(fd, request, arg);
	pthread_mutex_unlock(&lock);
	return ret;
}

void fake_drm_start(const char *root)
{
	memset(&s, 0, sizeof(s));
	s.os = gs_drm_os;
	s.odd_fd = -1;
	s.fd = memfd_create("fake_drm", MFD_CLOEXEC);
	if (s.fd < 0 || ftruncate(s.fd, MEMORY_BYTES))
		abort();
	s.memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			s.fd, 0);
	s.core = gs_core_create(gs_arch_default());
	if (s.memory == MAP_FAILED || !s.core)
		abort();
	s.low = 0x10000;
	s.high = 1ull << 32;
	fake_drm = (struct fake_drm){ .driver = "genesys",
				      .major = DRM_GENESYS_VERSION_MAJOR,
				      .fw_version = FAKE_FW_VERSION,
				      .max_jobs = 256,
				      .max_bos = 16,
				      .low_bytes = UINT64_MAX };
	gs_drm_os = (struct gs_drm_os){ root, fake_open, fake_ioctl };
}

void fake_drm_stop(void)
{
	gs_drm_os = s.os;
	munmap(s.memory, MEMORY_BYTES);
	close(s.fd);
	gs_core_destroy(s.core);
}
