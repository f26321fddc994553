// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices, buffers, contexts and fences. */
#include "npu.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm.h>
#include <linux/sync_file.h>

#define DRIVER "/sys/bus/pci/drivers/genesys"

int npu_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

uint64_t npu_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- files ------------------------------------------------------------------ */

int npu_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int npu_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = 1;

	if (fd < 0)
		return -errno;
	while (used < size - 1 && got > 0) {
		got = read(fd, text + used, size - 1 - used);
		if (got > 0)
			used += (size_t)got;
	}
	text[used] = 0;
	close(fd);
	return got < 0 ? -errno : (int)used;
}

int npu_debugfs(const struct npu_device *dev, const char *file, char *text,
		size_t size)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", dev->debugfs, file);
	return npu_read_file(path, text, size);
}

static int write_number(const struct npu_device *dev, const char *file,
			uint32_t value)
{
	char path[192], text[16];

	snprintf(path, sizeof(path), "%s/%s", dev->debugfs, file);
	snprintf(text, sizeof(text), "%u", value);
	return npu_write_file(path, text);
}

int npu_inject(const struct npu_device *dev, uint32_t inject)
{
	return write_number(dev, "inject", inject);
}

int npu_slow(const struct npu_device *dev, uint32_t us)
{
	return write_number(dev, "inject_slow_us", us);
}

int npu_injected(const struct npu_device *dev)
{
	char text[32];
	int ret = npu_debugfs(dev, "injected", text, sizeof(text));

	return ret < 0 ? ret : atoi(text);
}

int npu_module_refs(void)
{
	char text[32];
	int ret =
		npu_read_file("/sys/module/genesys/refcnt", text, sizeof(text));

	return ret < 0 ? ret : atoi(text);
}

/* ---- devices ---------------------------------------------------------------- */

static int find_node(struct npu_device *dev)
{
	char path[160];
	struct dirent *entry;
	DIR *dir;
	int ret = -ENOENT;

	snprintf(path, sizeof(path), "%s/accel", dev->sysfs);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) && ret) {
		int number;

		if (sscanf(entry->d_name, "accel%d", &number) != 1)
			continue;
		snprintf(dev->node, sizeof(dev->node), "/dev/accel/accel%d",
			 number);
		ret = access(dev->node, F_OK) ? -errno : 0;
	}
	closedir(dir);
	return ret;
}

static int query(int fd, uint32_t type, void *out, uint32_t size)
{
	struct drm_genesys_dev_query args = {
		.type = type,
		.size = size,
		.pointer = (uintptr_t)out,
	};

	return npu_ioctl(fd, DRM_IOCTL_GENESYS_DEV_QUERY, &args);
}

static int describe(struct npu *npu)
{
	int ret = query(npu->fd, DRM_GENESYS_QUERY_DEV_INFO, &npu->info,
			sizeof(npu->info));

	return ret ? ret :
		     query(npu->fd, DRM_GENESYS_QUERY_LIMITS, &npu->limits,
			   sizeof(npu->limits));
}

static int open_node(struct npu *npu)
{
	int ret;

	npu->fd = open(npu->dev.node, O_RDWR | O_CLOEXEC);
	if (npu->fd < 0)
		return -errno;
	ret = describe(npu);
	if (ret)
		npu_close(npu);
	return ret;
}

static int fill_device(struct npu_device *dev, const char *address)
{
	struct npu npu;
	int ret;

	memset(dev, 0, sizeof(*dev));
	snprintf(dev->address, sizeof(dev->address), "%.31s", address);
	snprintf(dev->sysfs, sizeof(dev->sysfs), "/sys/bus/pci/devices/%s",
		 dev->address);
	snprintf(dev->debugfs, sizeof(dev->debugfs),
		 "/sys/kernel/debug/accel/%s", dev->address);
	ret = find_node(dev);
	if (ret)
		return ret;
	npu.dev = *dev;
	ret = open_node(&npu);
	if (ret)
		return ret;
	dev->max_files = npu.limits.max_files;
	dev->test_regs = npu.info.flags & DRM_GENESYS_DEV_TEST_REGS;
	npu_close(&npu);
	return 0;
}

static int by_address(const void *a, const void *b)
{
	return strcmp(((const struct npu_device *)a)->address,
		      ((const struct npu_device *)b)->address);
}

int npu_devices(struct npu_device devices[NPU_MAX_DEVICES])
{
	struct npu_device dev;
	struct dirent *entry;
	DIR *dir = opendir(DRIVER);
	int count = 0;

	while (dir && (entry = readdir(dir)) && count < NPU_MAX_DEVICES) {
		if (!strchr(entry->d_name, ':') ||
		    fill_device(&dev, entry->d_name))
			continue;
		if (devices)
			devices[count] = dev;
		count++;
	}
	if (dir)
		closedir(dir);
	if (devices)
		qsort(devices, (size_t)count, sizeof(*devices), by_address);
	return count;
}

int npu_find(struct npu_device *dev)
{
	const char *address = getenv("NPU_DEVICE");
	struct npu_device devices[NPU_MAX_DEVICES];
	int count = npu_devices(devices), best = -1;

	for (int i = 0; i < count; i++) {
		if (address && strcmp(address, devices[i].address) != 0)
			continue;
		if (best < 0 ||
		    (devices[i].test_regs && !devices[best].test_regs))
			best = i;
	}
	if (best < 0)
		return -ENODEV;
	*dev = devices[best];
	return 0;
}

int npu_find_small(struct npu_device *dev, uint32_t max_files)
{
	struct npu_device devices[NPU_MAX_DEVICES];
	int count = npu_devices(devices);

	for (int i = 0; i < count; i++) {
		if (devices[i].max_files > max_files)
			continue;
		*dev = devices[i];
		return 0;
	}
	return -ENODEV;
}

int npu_open_device(struct npu *npu, const struct npu_device *dev)
{
	memset(npu, 0, sizeof(*npu));
	npu->dev = *dev;
	return open_node(npu);
}

int npu_open(struct npu *npu)
{
	struct npu_device dev;
	int ret = npu_find(&dev);

	return ret ? ret : npu_open_device(npu, &dev);
}

void npu_close(struct npu *npu)
{
	if (npu->fd >= 0)
		close(npu->fd);
	npu->fd = -1;
}

int npu_unbind(const struct npu_device *dev)
{
	return npu_write_file(DRIVER "/unbind", dev->address);
}

int npu_bind(const struct npu_device *dev)
{
	struct npu_device now = *dev;
	int ret = npu_write_file(DRIVER "/bind", dev->address);

	for (int i = 0; !ret && i < 500; i++) {
		ret = find_node(&now);
		if (!ret)
			return 0;
		ret = 0;
		usleep(10000);
	}
	return ret ? ret : -ETIME;
}

int npu_reset(const struct npu_device *dev)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/reset", dev->sysfs);
	return npu_write_file(path, "1");
}

/* ---- buffers ---------------------------------------------------------------- */

int npu_bo_create(const struct npu *npu, struct npu_bo *bo, uint64_t size,
		  uint32_t flags)
{
	struct drm_genesys_bo_create args = { .size = size, .flags = flags };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_BO_CREATE, &args);

	memset(bo, 0, sizeof(*bo));
	if (ret)
		return ret;
	bo->handle = args.handle;
	bo->addr = args.dev_addr;
	bo->size = args.size;
	bo->map = mmap(NULL, (size_t)args.size, PROT_READ | PROT_WRITE,
		       MAP_SHARED, npu->fd, (off_t)args.mmap_offset);
	if (bo->map != MAP_FAILED)
		return 0;
	ret = -errno;
	bo->map = NULL;
	npu_bo_destroy(npu, bo);
	return ret;
}

int npu_bo_wrap(const struct npu *npu, struct npu_bo *bo, uint32_t handle)
{
	struct drm_genesys_bo_info args = { .handle = handle };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_BO_INFO, &args);

	*bo = (struct npu_bo){ .handle = handle,
			       .addr = args.dev_addr,
			       .size = args.size };
	return ret;
}

void npu_bo_unmap(struct npu_bo *bo)
{
	if (bo->map)
		munmap(bo->map, (size_t)bo->size);
	bo->map = NULL;
}

void npu_bo_destroy(const struct npu *npu, struct npu_bo *bo)
{
	struct drm_gem_close args = { .handle = bo->handle };

	npu_bo_unmap(bo);
	if (bo->handle)
		npu_ioctl(npu->fd, DRM_IOCTL_GEM_CLOSE, &args);
	bo->handle = 0;
}

int npu_export(const struct npu *npu, uint32_t handle)
{
	struct drm_prime_handle args = { .handle = handle,
					 .flags = O_CLOEXEC | O_RDWR };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

int npu_import(const struct npu *npu, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle args = { .fd = dmabuf };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	*handle = args.handle;
	return ret;
}

/* ---- contexts --------------------------------------------------------------- */

int npu_ctx_create(const struct npu *npu, uint32_t priority,
		   uint32_t timeout_ms)
{
	struct drm_genesys_ctx_create args = { .priority = priority,
					       .timeout_ms = timeout_ms };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_CTX_CREATE, &args);

	return ret ? ret : (int)args.ctx_id;
}

int npu_ctx_destroy(const struct npu *npu, uint32_t ctx)
{
	struct drm_genesys_ctx_destroy args = { .ctx_id = ctx };

	return npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_CTX_DESTROY, &args);
}

int npu_ctx_query(const struct npu *npu, uint32_t ctx,
		  struct drm_genesys_ctx_query *args)
{
	memset(args, 0, sizeof(*args));
	args->ctx_id = ctx;
	return npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_CTX_QUERY, args);
}

/* ---- fences ----------------------------------------------------------------- */

int npu_syncobj_create(const struct npu *npu)
{
	struct drm_syncobj_create args = { 0 };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_CREATE, &args);

	return ret ? ret : (int)args.handle;
}

void npu_syncobj_destroy(const struct npu *npu, uint32_t handle)
{
	struct drm_syncobj_destroy args = { .handle = handle };

	npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_DESTROY, &args);
}

int npu_syncobj_fd(const struct npu *npu, uint32_t handle)
{
	struct drm_syncobj_handle args = {
		.handle = handle,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
		.fd = -1,
	};
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

int npu_fence_status(int sync_file)
{
	struct sync_file_info info = { 0 };
	int ret = npu_ioctl(sync_file, SYNC_IOC_FILE_INFO, &info);

	return ret ? ret : info.status;
}

int npu_fence_wait(int sync_file, int ms)
{
	struct pollfd pollfd = { .fd = sync_file, .events = POLLIN };
	uint64_t end = npu_now_ms() + (uint64_t)ms, now;

	while ((now = npu_now_ms()) < end)
		if (poll(&pollfd, 1, (int)(end - now)) > 0)
			break;
	return npu_fence_status(sync_file);
}

int npu_syncobj_wait(const struct npu *npu, uint32_t handle, int ms)
{
	int fd = npu_syncobj_fd(npu, handle);
	int ret;

	if (fd < 0)
		return fd;
	ret = npu_fence_wait(fd, ms);
	close(fd);
	return ret;
}
