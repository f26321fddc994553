// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs whose order can be told, and a gate. */
#include "jobs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GATE_TIMEOUT_MS 60000u

/* The number before @what in @text, or -1. */
static int number_before(const char *text, const char *what)
{
	const char *p = strstr(text, what);

	if (!p)
		return -1;
	while (p > text && p[-1] >= '0' && p[-1] <= '9')
		p--;
	return atoi(p);
}

/* Number of jobs at the rings, or negative errno. */
static int at_rings(const struct npu_device *dev)
{
	char text[4096];
	const char *p = text;
	int ret = npu_debugfs(dev, "rings", text, sizeof(text));
	int jobs;

	if (ret < 0)
		return ret;
	jobs = number_before(text, " jobs sent");
	if (jobs < 0)
		return -EPROTO;
	while ((p = strstr(p, "waiting "))) {
		p += strlen("waiting ");
		jobs += atoi(p);
	}
	return jobs;
}

int jobs_at_rings(const struct npu_device *dev, int count)
{
	uint64_t end = npu_now_ms() + JOBS_WAIT_MS;
	int jobs = at_rings(dev);

	while (jobs >= 0 && jobs < count && npu_now_ms() < end) {
		usleep(5000);
		jobs = at_rings(dev);
	}
	return jobs;
}

int jobs_peak(const struct npu_device *dev, int *sent)
{
	char text[4096];
	const char *p;
	int unfinished, ret = npu_debugfs(dev, "rings", text, sizeof(text));

	if (ret < 0)
		return ret;
	p = strstr(text, "peak ");
	if (!p ||
	    sscanf(p, "peak sent %d unfinished %d", sent, &unfinished) != 2)
		return -EPROTO;
	return unfinished;
}

/* ---- the gate ----------------------------------------------------------------- */

int gate_close(struct gate *gate, const struct npu_kit *kit)
{
	struct npu_job job;
	int ctx, syncobj, ret;

	ctx = npu_ctx_create(kit->npu, DRM_GENESYS_PRIORITY_HIGH,
			     GATE_TIMEOUT_MS);
	if (ctx < 0)
		return ctx;
	*gate = (struct gate){ .kit = kit, .ctx = (uint32_t)ctx };
	/* Only code: it is in nobody's way but the core's. */
	job = npu_job(kit, gate->ctx, NPU_ENDLESS, 0);
	job.args.result_bo = 0;
	job.args.bos.count = 1;
	syncobj = jobs_submit(kit->npu, &job);
	if (syncobj < 0)
		return syncobj;
	gate->fence = npu_syncobj_fd(kit->npu, (uint32_t)syncobj);
	npu_syncobj_destroy(kit->npu, (uint32_t)syncobj);
	if (gate->fence < 0)
		return gate->fence;
	/* In the ring of the highest priority it is what the device runs next. */
	ret = jobs_at_rings(&kit->npu->dev, 1);
	return ret > 0 ? 0 : ret ? ret : -ETIMEDOUT;
}

bool gate_is_closed(const struct gate *gate)
{
	return npu_fence_status(gate->fence) == 0;
}

int gate_open(struct gate *gate)
{
	bool closed = gate_is_closed(gate);
	int ret = npu_ctx_destroy(gate->kit->npu, gate->ctx);

	if (!ret)
		ret = npu_fence_wait(gate->fence, JOBS_WAIT_MS);
	close(gate->fence);
	if (!closed)
		return -ESTALE;
	return ret == -ECANCELED ? 0 : ret < 0 ? ret : -ETIMEDOUT;
}

/* ---- steps ------------------------------------------------------------------ */

static int32_t *page_of(const struct npu_bo *bo, uint32_t page)
{
	return (int32_t *)((char *)bo->map + page * GS_PAGE_BYTES);
}

struct npu_job step_job(const struct npu_kit *kit, uint32_t ctx,
			const struct npu_bo *bo, uint32_t page, uint32_t result)
{
	struct npu_job job = npu_job(kit, ctx, NPU_ADD, result);

	_Static_assert(NPU_OUT == GS_PAGE_BYTES && !NPU_IN, "page to page");
	for (int i = 1; i < DRM_GENESYS_NUM_WINDOWS; i++)
		job.args.window_base[i] = bo->addr + page * GS_PAGE_BYTES;
	npu_job_add_bo(&job, bo->handle, DRM_GENESYS_BO_REF_WRITE);
	return job;
}

void steps_clear(const struct npu_bo *bo, int32_t start)
{
	memset(bo->map, 0x5a, bo->size);
	for (int32_t i = 0; i < (int32_t)GS_PAGE_BYTES / 4; i++)
		page_of(bo, 0)[i] = start + i;
}

int32_t step_value(const struct npu_kit *kit, const struct npu_bo *bo,
		   uint32_t page)
{
	const int32_t *row = page_of(bo, page);

	for (uint32_t i = 1; i < kit->lanes; i++)
		if (row[i] != row[0] + (int32_t)i)
			return -1;
	return row[0];
}

/* ---- submitting --------------------------------------------------------------- */

int jobs_submit(const struct npu *npu, struct npu_job *job)
{
	int syncobj = npu_syncobj_create(npu);
	int ret;

	if (syncobj < 0)
		return syncobj;
	npu_job_signal(job, (uint32_t)syncobj, 0);
	ret = npu_job_submit(npu, job);
	if (!ret)
		return syncobj;
	npu_syncobj_destroy(npu, (uint32_t)syncobj);
	return ret;
}

bool jobs_after(const struct npu_kit *kit, uint32_t b, uint32_t a)
{
	const struct gs_result *first = npu_result(kit, a);
	const struct gs_result *second = npu_result(kit, b);

	return first->status == GS_JOB_OK && second->status == GS_JOB_OK &&
	       second->time_start >= first->time_end;
}

void jobs_forget(const struct npu_kit *kit)
{
	memset(kit->results.map, 0xff, kit->results.size);
}

/* ---- passing fds ---------------------------------------------------------------- */

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message(struct iovec *iov, union control *control)
{
	memset(control, 0, sizeof(*control));
	return (struct msghdr){
		.msg_iov = iov,
		.msg_iovlen = 1,
		.msg_control = control->bytes,
		.msg_controllen = sizeof(control->bytes),
	};
}

int jobs_send_fd(int socket, int fd)
{
	char byte = 'f';
	struct iovec iov = { &byte, 1 };
	union control control;
	struct msghdr msg = message(&iov, &control);
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &msg, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int jobs_receive_fd(int socket)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	union control control;
	struct msghdr msg = message(&iov, &control);
	struct cmsghdr *header;
	ssize_t got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	int fd;

	if (got < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&msg);
	if (got != 1 || !header || header->cmsg_type != SCM_RIGHTS)
		return -EPIPE;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}
