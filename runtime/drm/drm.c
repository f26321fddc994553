/* SPDX-License-Identifier: MIT */
/*
 * Opening a device of the driver.
 */
#include "runtime/drm/drm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/core/error.h"

static int drm_open(struct gs_device *dev, const char *arg)
{
	struct gs_check_info info;
	struct gs_drm_usable node;
	struct gs_drm *drm;
	int ret = gs_drm_probe(arg, &info, &node);

	if (ret)
		return gs_rt_fail(ret, "gs_device_open: %s", info.text);
	drm = calloc(1, sizeof(*drm));
	if (!drm) {
		close(node.fd);
		return gs_rt_fail(-ENOMEM, "gs_device_open: out of memory");
	}
	drm->fd = node.fd;
	memcpy(drm->node, info.node, sizeof(drm->node));
	drm->coherent = node.dev.flags & DRM_GENESYS_DEV_COHERENT;
	drm->ticks_hz = node.dev.timestamp_hz;
	drm->limits = node.limits;
	dev->arch = node.arch;
	dev->priv = drm;
	dev->node = drm->node;
	dev->executor = "device";
	dev->fw_version = info.fw_version;
	return 0;
}

static void drm_close(struct gs_device *dev)
{
	close(gs_drm_of(dev)->fd);
	free(dev->priv);
}

const struct gs_backend gs_backend_drm = {
	.name = "drm",
	.open = drm_open,
	.close = drm_close,
	.buffer_create = gs_drm_buffer_create,
	.buffer_destroy = gs_drm_buffer_destroy,
	.load = gs_drm_load,
	.unload = gs_drm_unload,
	.context_create = gs_drm_context_create,
	.context_destroy = gs_drm_context_destroy,
	.bind = gs_drm_bind,
	.submit = gs_drm_submit,
	.wait = gs_drm_wait,
	.notify = gs_drm_notify,
	.locate = gs_drm_locate,
};
