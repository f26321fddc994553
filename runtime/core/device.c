/* SPDX-License-Identifier: MIT */
#include "runtime/core/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/core/error.h"
#include "runtime/core/sized.h"

static const struct gs_backend *const backends[] = { &gs_backend_drm,
						     &gs_backend_sim };

/* *arg: what follows "NAME:", or NULL. */
static const struct gs_backend *find_backend(const char *spec, const char **arg)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		size_t len = strlen(backends[i]->name);

		if (strncmp(spec, backends[i]->name, len) != 0)
			continue;
		if (spec[len] && spec[len] != ':')
			continue;
		*arg = spec[len] ? spec + len + 1 : NULL;
		return backends[i];
	}
	return NULL;
}

static int open_backend(const struct gs_backend *backend, const char *arg,
			struct gs_device **dev)
{
	struct gs_device *d = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return gs_rt_fail(-ENOMEM, "gs_device_open: out of memory");
	d->backend = backend;
	d->node = "";
	atomic_init(&d->refs, 1);
	ret = backend->open(d, arg);
	if (ret) {
		free(d);
		return ret;
	}
	pthread_mutex_init(&d->making, NULL);
	pthread_mutex_init(&d->lock, NULL);
	*dev = d;
	return 0;
}

/* Why there is no device is gs_check()'s to tell: no sentence is left. */
static int open_quietly(const struct gs_backend *backend,
			struct gs_device **dev)
{
	struct gs_rt_error before;
	int ret;

	gs_rt_error_save(&before);
	ret = open_backend(backend, NULL, dev);
	if (ret)
		gs_rt_error_restore(&before);
	return ret;
}

int gs_device_open(const char *spec, struct gs_device **dev)
{
	const char *arg, *env = getenv("GENESYS_DEVICE");
	const struct gs_backend *backend;

	if (!dev)
		return gs_rt_fail(-EINVAL, "gs_device_open: dev is NULL");
	if (!spec && env && env[0])
		spec = env;
	if (!spec && !open_quietly(&gs_backend_drm, dev))
		return 0;
	spec = spec ? spec : "sim";
	backend = find_backend(spec, &arg);
	if (!backend)
		return gs_rt_fail(-EINVAL,
				  "gs_device_open: unknown device '%.200s'; "
				  "expected drm, drm:N, drm:/dev/accel/accelN, "
				  "sim or sim:FILE.json",
				  spec);
	return open_backend(backend, arg, dev);
}

void gs_device_get(struct gs_device *dev)
{
	atomic_fetch_add(&dev->refs, 1);
}

void gs_device_put(struct gs_device *dev)
{
	if (atomic_fetch_sub(&dev->refs, 1) != 1)
		return;
	dev->backend->close(dev);
	pthread_mutex_destroy(&dev->lock);
	pthread_mutex_destroy(&dev->making);
	free(dev);
}

void gs_device_close(struct gs_device *dev)
{
	if (dev)
		gs_device_put(dev);
}

int gs_device_info(const struct gs_device *dev, struct gs_device_info *info)
{
	struct gs_device_info out = { .size = sizeof(out) };
	const struct gs_arch *a;

	if (!dev)
		return gs_rt_fail(-EINVAL, "gs_device_info: dev is NULL");
	a = &dev->arch;
	out.backend = dev->backend->name;
	out.executor = dev->executor;
	out.arch_name = a->name;
	out.arch_hash = gs_arch_hash(a);
	out.isa_version = a->isa_version;
	out.extensions = a->extensions;
	out.clock_mhz = a->clock_mhz;
	out.array_n = a->array_n;
	out.array_m = a->array_m;
	out.data_width = a->data_width;
	out.wgt_width = a->wgt_width;
	out.acc_width = a->acc_width;
	out.bias_width = a->bias_width;
	out.ibuf_depth = a->ibuf_depth;
	out.wbuf_depth = a->wbuf_depth;
	out.obuf_depth = a->obuf_depth;
	out.bbuf_depth = a->bbuf_depth;
	out.vmem_depth = a->vmem_depth;
	out.imm_depth = a->imm_depth;
	out.instr_depth = a->instr_depth;
	out.simd_instr_depth = a->simd_instr_depth;
	out.param_channel_bw = a->param_channel_bw;
	out.ibuf_channel_bw = a->ibuf_channel_bw;
	out.obuf_channel_bw = a->obuf_channel_bw;
	out.simd_channel_bw = a->simd_channel_bw;
	out.instr_channel_bw = a->instr_channel_bw;
	out.weight_layout = (uint32_t)a->weight_layout;
	out.fw_version = dev->fw_version;
	out.node = dev->node;
	return gs_sized_out(info, &out, sizeof(out), "gs_device_info");
}
