/* SPDX-License-Identifier: MIT */
/*
 * Whether a node can be used. Nothing is left for opening a device to find out,
 * so that gs_check() and gs_device_open() say the same.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include "runtime/drm/node.h"

#define PATH_BYTES 512
#define KNOWN_PARAMS (DRM_GENESYS_PARAM_WEIGHT_LAYOUT + 1)

__attribute__((format(printf, 3, 4))) static int
verdict(struct gs_check_info *info, uint32_t status, const char *fmt, ...)
{
	va_list ap;

	info->status = status;
	va_start(ap, fmt);
	vsnprintf(info->text, sizeof(info->text), fmt, ap);
	va_end(ap);
	switch (status) {
	case GS_CHECK_OK:
		return 0;
	case GS_CHECK_VERSION:
		return -EPROTO;
	default:
		return -ENODEV;
	}
}

/* The name of the driver behind a descriptor is "genesys", its major ours. */
static int check_version(struct gs_check_info *info, int fd)
{
	char name[32] = "";
	struct drm_version v = { .name = name, .name_len = sizeof(name) - 1 };
	int ret = gs_drm_os.ioctl(fd, DRM_IOCTL_VERSION, &v);

	if (ret || strcmp(name, "genesys") != 0)
		return verdict(info, GS_CHECK_NOT_GENESYS,
			       "%s is not a node of the driver genesys but of "
			       "%.32s",
			       info->node, ret ? "none of DRM" : name);
	info->driver_major = (uint32_t)v.version_major;
	info->driver_minor = (uint32_t)v.version_minor;
	if (v.version_major != DRM_GENESYS_VERSION_MAJOR)
		return verdict(info, GS_CHECK_VERSION,
			       "%s: the driver has interface version %d.%d; "
			       "this library needs %d: install driver and "
			       "library of one release",
			       info->node, v.version_major, v.version_minor,
			       DRM_GENESYS_VERSION_MAJOR);
	return 0;
}

static int query(struct gs_check_info *info, int fd, uint32_t type, void *to,
		 uint32_t size)
{
	struct drm_genesys_dev_query q = {
		.type = type,
		.size = size,
		.pointer = (uintptr_t)to,
	};
	int ret = gs_drm_os.ioctl(fd, DRM_IOCTL_GENESYS_DEV_QUERY, &q);

	if (ret)
		verdict(info, GS_CHECK_FAILED,
			"%s: the driver does not answer: %s", info->node,
			strerrordesc_np(-ret));
	return ret;
}

static int check_firmware(struct gs_check_info *info, int fd)
{
	struct drm_genesys_fw_info fw = { 0 };
	int ret = query(info, fd, DRM_GENESYS_QUERY_FW_INFO, &fw, sizeof(fw));

	if (ret)
		return ret;
	info->fw_version = fw.version;
	if (!fw.version)
		return verdict(info, GS_CHECK_FIRMWARE,
			       "%s: no firmware runs on the device, which did "
			       "not come back after a reset; the kernel log "
			       "says why (dmesg | grep genesys); expected, for "
			       "another try: echo 1 >"
			       "/sys/bus/pci/devices/%s/reset",
			       info->node,
			       info->pci[0] ? info->pci : "ADDRESS");
	return 0;
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
		.timing = gs_arch_default()->timing,
	};
	snprintf(a->name, sizeof(a->name), "%ux%u", a->array_n, a->array_m);
}

/* A device with a parameter that this library has no word for runs no models. */
static int check_machine(struct gs_check_info *info, struct gs_drm_usable *to)
{
	uint64_t hash;
	int ret = query(info, to->fd, DRM_GENESYS_QUERY_DEV_INFO, &to->dev,
			sizeof(to->dev));

	if (!ret)
		ret = query(info, to->fd, DRM_GENESYS_QUERY_LIMITS, &to->limits,
			    sizeof(to->limits));
	if (ret)
		return ret;
	read_params(&to->arch, to->dev.params);
	hash = gs_arch_hash(&to->arch);
	if (to->dev.num_params >= KNOWN_PARAMS && hash == to->dev.arch_hash)
		return 0;
	return verdict(info, GS_CHECK_VERSION,
		       "%s: hash of the machine is %016llx for the device, "
		       "%016llx for this library, which knows %d parameters "
		       "where the device has %u: install driver and library "
		       "of one release",
		       info->node, (unsigned long long)to->dev.arch_hash,
		       (unsigned long long)hash, KNOWN_PARAMS,
		       to->dev.num_params);
}

int gs_drm_probe_node(const struct gs_drm_node *node,
		      struct gs_check_info *info, struct gs_drm_usable *to)
{
	char path[PATH_BYTES];
	int ret;

	snprintf(info->node, sizeof(info->node), "%s", node->path);
	snprintf(info->pci, sizeof(info->pci), "%s", node->pci);
	snprintf(path, sizeof(path), "%s%s", gs_drm_os.root, node->path);
	to->fd = gs_drm_os.open(path);
	if (to->fd < 0) {
		ret = to->fd;
		gs_drm_explain_open(info, -ret);
		return info->status == GS_CHECK_NO_NODE	   ? -ENODEV :
		       info->status == GS_CHECK_PERMISSION ? -EACCES :
							     ret;
	}
	ret = check_version(info, to->fd);
	if (!ret)
		ret = check_firmware(info, to->fd);
	if (!ret)
		ret = check_machine(info, to);
	if (ret) {
		close(to->fd);
		return ret;
	}
	return verdict(info, GS_CHECK_OK,
		       "%s: usable, driver %u.%u, firmware %u.%u.%u",
		       node->path, info->driver_major, info->driver_minor,
		       info->fw_version >> 16, info->fw_version >> 8 & 0xff,
		       info->fw_version & 0xff);
}
