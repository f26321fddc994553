/* SPDX-License-Identifier: MIT */
/* A device: its life, its bus and its interrupt. */

#include "hw-model/device/device_internal.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_ASIDS 64u

static bool props_valid(const struct gs_dev_props *props)
{
	const struct gs_dev_ops *ops = props->ops;

	return props->num_asids <= GS_DEV_MAX_ASIDS &&
	       props->slow_us <= GS_DEV_MAX_SLOW_US && ops && ops->dma_read &&
	       ops->dma_write && !ops->map == !ops->unmap && ops->set_irq &&
	       ops->kick_cp && ops->start_core && ops->set_timer && ops->now &&
	       ops->lock && ops->unlock;
}

/* Reset values; whatever calls ops finds nothing to tell in a new device. */
static void set_reset_values(struct gs_dev *dev)
{
	memset(dev->reg, 0, sizeof(dev->reg));
	memset(dev->latch, 0, sizeof(dev->latch));
	dev->int_status = 0;
	gs_dev_update_irq(dev);
	dev->busy_time = 0;
	dev->jobs_started = 0;
	dev->tlb_misses = 0;
	dev->inject = 0;
	dev->inject_count = 0;
	dev->slow_us = dev->props.slow_us;
	dev->drop_irq = false;
	dev->time_start = 0;
	gs_cp_reset(dev);
}

struct gs_dev *gs_dev_create(const struct gs_arch *arch,
			     const struct gs_dev_props *props)
{
	struct gs_dev *dev;

	if (!props_valid(props))
		return NULL;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return NULL;
	dev->core = gs_core_create(arch);
	if (!dev->core)
		goto err_free;
	dev->timing = gs_timing_create(arch, GS_TIMING_HARDWARE);
	if (!dev->timing)
		goto err_core;
	gs_timing_keep_totals(dev->timing, NULL, NULL);
	if (gs_tlb_init(&dev->tlb))
		goto err_timing;
	dev->arch = *arch;
	dev->props = *props;
	if (!dev->props.num_asids)
		dev->props.num_asids = DEFAULT_ASIDS;
	dev->ops = props->ops;
	dev->ctx = props->ops_ctx;
	atomic_init(&dev->job.state, GS_JOB_NONE);
	atomic_init(&dev->job.stop, false);
	gs_cp_init(dev);
	set_reset_values(dev);
	return dev;

err_timing:
	gs_timing_destroy(dev->timing);
err_core:
	gs_core_destroy(dev->core);
err_free:
	free(dev);
	return NULL;
}

void gs_dev_destroy(struct gs_dev *dev)
{
	if (!dev)
		return;
	gs_dev_unmap_all(dev);
	gs_tlb_fini(&dev->tlb);
	gs_timing_destroy(dev->timing);
	gs_core_destroy(dev->core);
	free(dev);
}

void gs_dev_reset(struct gs_dev *dev)
{
	gs_job_reset(dev);
	set_reset_values(dev);
}

int gs_dev_dma_read(struct gs_dev *dev, uint64_t bus, void *dst, size_t size)
{
	int ret;

	dev->in_ops = true;
	ret = dev->ops->dma_read(dev->ctx, bus, dst, size);
	dev->in_ops = false;
	return ret;
}

int gs_dev_dma_write(struct gs_dev *dev, uint64_t bus, const void *src,
		     size_t size)
{
	int ret;

	dev->in_ops = true;
	ret = dev->ops->dma_write(dev->ctx, bus, src, size);
	dev->in_ops = false;
	return ret;
}

void gs_dev_update_irq(struct gs_dev *dev)
{
	uint32_t now = dev->int_status & dev->reg[GS_REG_INT_ENABLE / 4];
	uint32_t rose = now & ~dev->int_seen;

	if (now == dev->int_seen)
		return;
	dev->int_seen = now;
	dev->ops->set_irq(dev->ctx, now, rose);
}

void gs_dev_raise(struct gs_dev *dev, uint32_t bits)
{
	dev->int_status |= bits;
	gs_dev_update_irq(dev);
}

void gs_dev_raise_event(struct gs_dev *dev, uint32_t vector, uint32_t bits)
{
	/* Not enabled, it stays in INT_STATUS until it is. */
	if (vector && vector < GS_NUM_VECTORS && bits & GS_INT_EVENT &&
	    dev->reg[GS_REG_INT_ENABLE / 4] & GS_INT_EVENT &&
	    dev->ops->message && dev->ops->message(dev->ctx, vector))
		bits &= ~GS_INT_EVENT;
	gs_dev_raise(dev, bits);
}

uint32_t gs_dev_counter(uint64_t value, bool high, uint32_t *latch)
{
	if (high)
		return *latch;
	*latch = gs_half(value, true);
	return gs_half(value, false);
}
