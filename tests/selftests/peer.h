/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exporters of dma-bufs that are not our driver: udmabuf and vgem.
 */
#ifndef GS_SELFTESTS_PEER_H
#define GS_SELFTESTS_PEER_H

#include <stddef.h>
#include <stdint.h>

/** A dma-buf and its memory as the processor sees it. */
struct peer {
	int dmabuf; /* or -1 */
	void *map;
	size_t size;
	int vgem; /* file of vgem, or -1 */
	uint32_t handle; /* in vgem */
};

/**
 * peer_udmabuf() - of a memfd, whose pages may be listed several times
 * -ENOENT: no /dev/udmabuf.
 */
int peer_udmabuf(struct peer *peer, size_t size, unsigned times);

/** peer_vgem() - of a dumb buffer; -ENOENT: vgem is not loaded */
int peer_vgem(struct peer *peer, size_t size);

/** peer_leave() - close all but the dma-buf: the exporter dies */
void peer_leave(struct peer *peer);

void peer_close(struct peer *peer);

/** peer_begin(), peer_end() - around accesses of the processor */
int peer_begin(const struct peer *peer);
int peer_end(const struct peer *peer);

/**
 * peer_attach() - put a fence of vgem that has not signalled on its buffer
 * Returns its number for peer_signal(); vgem signals it after 10 s itself.
 */
int peer_attach(const struct peer *peer, int write);
int peer_signal(const struct peer *peer, int fence);

/** peer_ready() - poll() of a dma-buf, without waiting: 1 or 0 */
int peer_ready(int dmabuf, short events);

#endif /* GS_SELFTESTS_PEER_H */
