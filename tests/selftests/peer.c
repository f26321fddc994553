// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

/* vgem_drm.h, which distributions do not install. */
struct vgem_fence_attach {
	uint32_t handle, flags, out_fence, pad;
};

struct vgem_fence_signal {
	uint32_t fence, flags;
};

#define VGEM_FENCE_WRITE 1
#define VGEM_FENCE_ATTACH \
	DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_fence_attach)
#define VGEM_FENCE_SIGNAL \
	DRM_IOW(DRM_COMMAND_BASE + 2, struct vgem_fence_signal)

static int call(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static void init(struct peer *peer, size_t size)
{
	memset(peer, 0, sizeof(*peer));
	peer->dmabuf = peer->vgem = -1;
	peer->size = size;
}

static int map(struct peer *peer, int fd, uint64_t offset)
{
	peer->map = mmap(NULL, peer->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, (off_t)offset);
	if (peer->map != MAP_FAILED)
		return 0;
	peer->map = NULL;
	return -errno;
}

static int make_memfd(size_t size)
{
	int fd = memfd_create("peer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

static int make_list(int memfd, size_t size, unsigned times)
{
	struct udmabuf_create_list *list =
		calloc(1, sizeof(*list) + times * sizeof(list->list[0]));
	int fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int ret = -errno;

	if (fd >= 0 && list) {
		list->flags = UDMABUF_FLAGS_CLOEXEC;
		list->count = times;
		for (unsigned i = 0; i < times; i++)
			list->list[i] = (struct udmabuf_create_item){
				.memfd = (uint32_t)memfd, .size = size
			};
		ret = call(fd, UDMABUF_CREATE_LIST, list);
	}
	if (fd >= 0)
		close(fd);
	free(list);
	return ret;
}

int peer_udmabuf(struct peer *peer, size_t size, unsigned times)
{
	int memfd = make_memfd(size);
	int ret;

	init(peer, size);
	if (memfd < 0)
		return memfd;
	ret = map(peer, memfd, 0);
	if (!ret) {
		peer->dmabuf = ret = make_list(memfd, size, times);
	}
	close(memfd);
	if (ret < 0)
		peer_close(peer);
	return ret < 0 ? ret : 0;
}

static int is_vgem(int fd)
{
	char name[8] = "";
	struct drm_version version = { .name = name, .name_len = 7 };

	return !call(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, "vgem");
}

static int open_vgem(void)
{
	DIR *dir = opendir("/dev/dri");
	struct dirent *entry;
	int fd = -ENOENT;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		char path[300];

		if (strncmp(entry->d_name, "card", 4) != 0)
			continue;
		snprintf(path, sizeof(path), "/dev/dri/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && !is_vgem(fd)) {
			close(fd);
			fd = -ENOENT;
		}
	}
	if (dir)
		closedir(dir);
	return fd < 0 ? -ENOENT : fd;
}

static int fill_vgem(struct peer *peer)
{
	struct drm_mode_create_dumb create = { .width = (uint32_t)(peer->size /
								   4096),
					       .height = 1024,
					       .bpp = 32 };
	struct drm_mode_map_dumb where = { 0 };
	struct drm_prime_handle prime = { .flags = O_CLOEXEC | O_RDWR };
	int ret = call(peer->vgem, DRM_IOCTL_MODE_CREATE_DUMB, &create);

	if (ret)
		return ret;
	if (create.size != peer->size)
		return -ENOMSG;
	where.handle = prime.handle = peer->handle = create.handle;
	ret = call(peer->vgem, DRM_IOCTL_MODE_MAP_DUMB, &where);
	if (!ret)
		ret = map(peer, peer->vgem, where.offset);
	if (!ret)
		ret = call(peer->vgem, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	peer->dmabuf = ret ? -1 : prime.fd;
	return ret;
}

int peer_vgem(struct peer *peer, size_t size)
{
	int ret;

	init(peer, size);
	peer->vgem = open_vgem();
	if (peer->vgem < 0)
		return peer->vgem;
	ret = fill_vgem(peer);
	if (ret)
		peer_close(peer);
	return ret;
}

void peer_leave(struct peer *peer)
{
	if (peer->map)
		munmap(peer->map, peer->size);
	if (peer->vgem >= 0)
		close(peer->vgem);
	peer->map = NULL;
	peer->vgem = -1;
}

void peer_close(struct peer *peer)
{
	peer_leave(peer);
	if (peer->dmabuf >= 0)
		close(peer->dmabuf);
	peer->dmabuf = -1;
}

static int sync_cpu(const struct peer *peer, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_RW | flags };

	return call(peer->dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

int peer_begin(const struct peer *peer)
{
	return sync_cpu(peer, DMA_BUF_SYNC_START);
}

int peer_end(const struct peer *peer)
{
	return sync_cpu(peer, DMA_BUF_SYNC_END);
}

int peer_attach(const struct peer *peer, int write)
{
	struct vgem_fence_attach args = {
		.handle = peer->handle,
		.flags = write ? VGEM_FENCE_WRITE : 0,
	};
	int ret = call(peer->vgem, VGEM_FENCE_ATTACH, &args);

	return ret ? ret : (int)args.out_fence;
}

int peer_signal(const struct peer *peer, int fence)
{
	struct vgem_fence_signal args = { .fence = (uint32_t)fence };

	return call(peer->vgem, VGEM_FENCE_SIGNAL, &args);
}

int peer_ready(int dmabuf, short events)
{
	struct pollfd pollfd = { .fd = dmabuf, .events = events };
	int ret = poll(&pollfd, 1, 0);

	return ret < 0 ? -errno : ret && pollfd.revents == events;
}
