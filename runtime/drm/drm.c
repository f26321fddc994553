/* SPDX-License-Identifier: MIT */
/*
 * Opening a device of the driver.
 */
#include "runtime/drm/drm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/core/error.h"

static int query(const struct gs_drm *drm, uint32_t type, void *to,
		 uint32_t size)
{
	struct drm_genesys_dev_query args = {
		.type = type,
		.size = size,
		.pointer = (uintptr_t)to,
	};

	return gs_drm_ioctl(drm, DRM_IOCTL_GENESYS_DEV_QUERY, &args,
			    "DEV_QUERY");
}

static void read_params(struct gs_arch *a, const uint32_t *p)
{
	*a = (struct gs_arch){
		.isa_version = p[DRM_GENESYS_PARAM_ISA_VERSION],
		.extensions = p[DRM_GENESYS_PARAM_EXTENSIONS],
		.clock_mhz = p[DRM_GENESYS_PARAM_CLOCK_MHZ],
		.array_n = p[DRM_GENESYS_PARAM_ARRAY_N],
		.array_m = p[DRM_GENESYS_PARAM_ARRAY_M],
		.data_width = p[DRM_GENESYS_PARAM_DATA_WIDTH],
		.wgt_width = p[DRM_GENESYS_PARAM_WGT_WIDTH],
		.acc_width = p[DRM_GENESYS_PARAM_ACC_WIDTH],
		.bias_width = p[DRM_GENESYS_PARAM_BIAS_WIDTH],
		.ibuf_depth = p[DRM_GENESYS_PARAM_IBUF_DEPTH],
		.wbuf_depth = p[DRM_GENESYS_PARAM_WBUF_DEPTH],
		.obuf_depth = p[DRM_GENESYS_PARAM_OBUF_DEPTH],
		.bbuf_depth = p[DRM_GENESYS_PARAM_BBUF_DEPTH],
		.vmem_depth = p[DRM_GENESYS_PARAM_VMEM_DEPTH],
		.imm_depth = p[DRM_GENESYS_PARAM_IMM_DEPTH],
		.instr_depth = p[DRM_GENESYS_PARAM_INSTR_DEPTH],
		.simd_instr_depth = p[DRM_GENESYS_PARAM_SIMD_INSTR_DEPTH],
		.param_channel_bw = p[DRM_GENESYS_PARAM_PARAM_CHANNEL_BW],
		.ibuf_channel_bw = p[DRM_GENESYS_PARAM_IBUF_CHANNEL_BW],
		.obuf_channel_bw = p[DRM_GENESYS_PARAM_OBUF_CHANNEL_BW],
		.simd_channel_bw = p[DRM_GENESYS_PARAM_SIMD_CHANNEL_BW],
		.instr_channel_bw = p[DRM_GENESYS_PARAM_INSTR_CHANNEL_BW],
		.weight_layout = p[DRM_GENESYS_PARAM_WEIGHT_LAYOUT],
	};
	snprintf(a->name, sizeof(a->name), "%ux%u", a->array_n, a->array_m);
}

/* A device with a parameter that this library has no word for runs no models. */
static int read_arch(struct gs_device *dev, const struct gs_drm *drm,
		     const struct drm_genesys_dev_info *info)
{
	uint64_t hash;

	read_params(&dev->arch, info->params);
	hash = gs_arch_hash(&dev->arch);
	if (info->num_params > DRM_GENESYS_PARAM_WEIGHT_LAYOUT &&
	    hash == info->arch_hash)
		return 0;
	return gs_rt_fail(-EPROTO,
			  "gs_device_open: %s: hash of the machine is %016llx "
			  "for the device, %016llx for this library, which "
			  "knows %d of its %u parameters",
			  drm->node, (unsigned long long)info->arch_hash,
			  (unsigned long long)hash,
			  DRM_GENESYS_PARAM_WEIGHT_LAYOUT + 1,
			  info->num_params);
}

static int read_device(struct gs_device *dev, struct gs_drm *drm)
{
	struct drm_genesys_dev_info info = { 0 };
	int ret = query(drm, DRM_GENESYS_QUERY_DEV_INFO, &info, sizeof(info));

	if (!ret)
		ret = query(drm, DRM_GENESYS_QUERY_LIMITS, &drm->limits,
			    sizeof(drm->limits));
	if (ret)
		return gs_rt_rename(ret, "gs_infer:", "gs_device_open:");
	drm->coherent = info.flags & DRM_GENESYS_DEV_COHERENT;
	drm->ticks_hz = info.timestamp_hz;
	return read_arch(dev, drm, &info);
}

static int drm_open(struct gs_device *dev, const char *arg)
{
	struct gs_check_info info;
	struct gs_drm *drm;
	int fd, ret = gs_drm_probe(arg, &info, &fd);

	if (ret)
		return gs_rt_fail(ret, "gs_device_open: %s", info.text);
	drm = calloc(1, sizeof(*drm));
	if (!drm) {
		close(fd);
		return gs_rt_fail(-ENOMEM, "gs_device_open: out of memory");
	}
	drm->fd = fd;
	memcpy(drm->node, info.node, sizeof(drm->node));
	ret = read_device(dev, drm);
	if (ret) {
		close(fd);
		free(drm);
		return ret;
	}
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
