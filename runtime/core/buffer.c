/* SPDX-License-Identifier: MIT */
/*
 * Buffers: memory of device and caller, found again by address.
 */
#include <errno.h>
#include <stdlib.h>

#include "runtime/core/error.h"
#include "runtime/core/model.h"

/* Idle contexts are not worth more than a buffer. */
static int create_on_device(struct gs_buffer *buf)
{
	struct gs_device *dev = buf->dev;
	struct gs_rt_error before;
	int ret;

	gs_rt_error_save(&before);
	pthread_mutex_lock(&dev->making);
	ret = dev->backend->buffer_create(buf);
	if (ret == -ENOSPC) {
		gs_context_make_room(dev);
		ret = dev->backend->buffer_create(buf);
		if (!ret)
			gs_rt_error_restore(&before);
	}
	pthread_mutex_unlock(&dev->making);
	return ret;
}

int gs_buffer_create(struct gs_device *dev, size_t size, struct gs_buffer **out)
{
	struct gs_buffer *buf;
	int ret;

	if (!dev || !out)
		return gs_rt_fail(-EINVAL,
				  "gs_buffer_create: a pointer is NULL");
	if (!size)
		return gs_rt_fail(-EINVAL, "gs_buffer_create: size is 0");
	buf = calloc(1, sizeof(*buf));
	if (!buf)
		return gs_rt_fail(-ENOMEM, "gs_buffer_create: out of memory");
	buf->dev = dev;
	buf->size = size;
	ret = create_on_device(buf);
	if (ret) {
		free(buf);
		return ret;
	}
	gs_device_get(dev);
	pthread_mutex_lock(&dev->lock);
	buf->next = dev->buffers;
	dev->buffers = buf;
	pthread_mutex_unlock(&dev->lock);
	*out = buf;
	return 0;
}

void *gs_buffer_map(struct gs_buffer *buf)
{
	return buf ? buf->data : NULL;
}

size_t gs_buffer_size(const struct gs_buffer *buf)
{
	return buf ? buf->size : 0;
}

void gs_buffer_free(struct gs_buffer *buf)
{
	struct gs_buffer **at;
	struct gs_device *dev;

	if (!buf)
		return;
	dev = buf->dev;
	pthread_mutex_lock(&dev->lock);
	for (at = &dev->buffers; *at != buf; at = &(*at)->next)
		;
	*at = buf->next;
	pthread_mutex_unlock(&dev->lock);
	dev->backend->buffer_destroy(buf);
	free(buf);
	gs_device_put(dev);
}

struct gs_buffer *gs_buffer_find(struct gs_device *dev, const void *data,
				 size_t bytes)
{
	const uintptr_t at = (uintptr_t)data;
	struct gs_buffer *buf;

	pthread_mutex_lock(&dev->lock);
	for (buf = dev->buffers; buf; buf = buf->next) {
		uintptr_t start = (uintptr_t)buf->data;

		if (at >= start && at - start <= buf->size &&
		    bytes <= buf->size - (at - start))
			break;
	}
	pthread_mutex_unlock(&dev->lock);
	return buf;
}
