// SPDX-License-Identifier: GPL-2.0-or-later
/* Ioctls of syncobjs, and another process that has a part in it. */
#include "fence_util.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <drm.h>

/* Of Linux 6.6; not every system's drm.h has it. */
#ifndef DRM_IOCTL_SYNCOBJ_EVENTFD
struct drm_syncobj_eventfd {
	__u32 handle;
	__u32 flags;
	__u64 point;
	__s32 fd;
	__u32 pad;
};
#define DRM_IOCTL_SYNCOBJ_EVENTFD DRM_IOWR(0xCF, struct drm_syncobj_eventfd)
#endif

int fence_query(const struct npu *npu, uint32_t handle, uint64_t *point)
{
	struct drm_syncobj_timeline_array args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)point,
		.count_handles = 1,
	};

	return npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_QUERY, &args);
}

int fence_wait_point(const struct npu *npu, uint32_t handle, uint64_t point,
		     int64_t deadline)
{
	struct drm_syncobj_timeline_wait args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.timeout_nsec = deadline,
		.count_handles = 1,
	};

	return npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &args);
}

int64_t fence_in_ms(int64_t ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ms) * 1000000 + ts.tv_nsec;
}

int fence_wait_binary(const struct npu *npu, const uint32_t *handles,
		      uint32_t count, uint32_t flags, int64_t deadline,
		      uint32_t *first)
{
	struct drm_syncobj_wait args = {
		.handles = (uintptr_t)handles,
		.timeout_nsec = deadline,
		.count_handles = count,
		.flags = flags,
	};
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_WAIT, &args);

	if (first)
		*first = args.first_signaled;
	return ret;
}

bool fence_ready(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, ms) == 1 && pollfd.revents & POLLIN;
}

int fence_eventfd(const struct npu *npu, uint32_t handle, uint64_t point,
		  uint32_t flags)
{
	struct drm_syncobj_eventfd args = {
		.handle = handle,
		.flags = flags,
		.point = point,
		.fd = eventfd(0, EFD_CLOEXEC),
	};
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_EVENTFD, &args);

	if (!ret)
		return args.fd;
	close(args.fd);
	return ret;
}

/* ---- another process ----------------------------------------------------------- */

static int import_fence(const struct npu *npu, int fence, uint32_t *syncobj)
{
	struct drm_syncobj_handle args = {
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
		.fd = fence,
	};
	int ret = npu_syncobj_create(npu);

	if (ret < 0)
		return ret;
	*syncobj = args.handle = (uint32_t)ret;
	return npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);
}

/*
 * Page 1 of the imported BO to page 2, or, for a fence, a job of its own. The
 * byte that is sent says that the job is queued.
 */
static int peer_run(struct npu_kit *kit, int socket, bool is_fence,
		    struct peer_report *report)
{
	int ctx = npu_ctx_create(kit->npu, 0, JOBS_WAIT_MS);
	int fd = jobs_receive_fd(socket), ret;
	struct npu_job job;
	uint32_t handle;
	struct npu_bo bo;

	if (ctx < 0 || fd < 0)
		return -EBADF;
	if (is_fence) {
		ret = import_fence(kit->npu, fd, &handle);
		job = npu_job(kit, (uint32_t)ctx, NPU_NOP, 0);
		npu_job_wait(&job, handle, 0);
	} else {
		ret = npu_import(kit->npu, fd, &handle);
		if (!ret)
			ret = npu_bo_wrap(kit->npu, &bo, handle);
		job = step_job(kit, (uint32_t)ctx, &bo, 1, 0);
	}
	close(fd);
	if (ret)
		return ret;
	ret = jobs_submit(kit->npu, &job);
	if (ret < 0)
		return ret;
	if (write(socket, "q", 1) != 1)
		return -EPIPE;
	ret = npu_syncobj_wait(kit->npu, (uint32_t)ret, JOBS_WAIT_MS);
	report->start = npu_result(kit, 0)->time_start;
	report->end = npu_result(kit, 0)->time_end;
	return ret;
}

static int peer(const struct npu_device *dev, int socket, bool is_fence)
{
	struct peer_report report = { 0 };
	struct npu_kit kit;
	struct npu npu;

	report.status = npu_open_device(&npu, dev);
	if (!report.status)
		report.status = npu_kit_create(&npu, &kit);
	if (!report.status)
		report.status = peer_run(&kit, socket, is_fence, &report);
	return write(socket, &report, sizeof(report)) == sizeof(report) ? 0 : 1;
}

int fence_with_peer(const struct npu_device *dev, int fd, bool is_fence,
		    struct gate *gate, struct peer_report *report)
{
	int sockets[2], status, ret;
	pid_t pid;
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	pid = fork();
	if (!pid)
		_exit(peer(dev, sockets[1], is_fence));
	close(sockets[1]);
	ret = pid < 0 ? -errno : jobs_send_fd(sockets[0], fd);
	if (!ret && (read(sockets[0], &byte, 1) != 1 || byte != 'q'))
		ret = -EPIPE;
	/* It must be the fence that holds the other job back, not the gate. */
	if (!ret && !gate_is_closed(gate))
		ret = -ESTALE;
	if (!ret)
		ret = gate_open(gate);
	if (!ret && read(sockets[0], report, sizeof(*report)) !=
			    (ssize_t)sizeof(*report))
		ret = -EPIPE;
	close(sockets[0]);
	if (pid > 0 && (waitpid(pid, &status, 0) != pid || status))
		ret = ret ? ret : -ECHILD;
	return ret;
}
