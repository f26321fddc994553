// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debugfs: what the device is doing, and faults on demand.
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_drv.h>

#include "gs_ctx.h"
#include "gs_debugfs.h"
#include "gs_device.h"
#include "gs_job.h"
#include "gs_pt.h"
#include "gs_vm.h"

static struct gs_device *gs_debugfs_device(struct seq_file *m)
{
	const struct drm_debugfs_entry *entry = m->private;

	return to_gs_device(entry->dev);
}

/* Text of the firmware is not trusted to be text. */
static void gs_debugfs_log_entry(struct seq_file *m, const struct gs_log_entry *log,
				 u32 khz)
{
	static const char levels[] = "EWID";
	u64 us = mul_u64_u32_div(le64_to_cpu(log->time), USEC_PER_MSEC, khz);
	u32 level = le32_to_cpu(log->level);
	u32 fraction = do_div(us, USEC_PER_SEC);

	seq_printf(m, "[%5llu.%06u] %c %*pE\n", us, fraction,
		   level < sizeof(levels) - 1 ? levels[level] : '?',
		   (int)strnlen(log->text, sizeof(log->text)), log->text);
}

static int gs_debugfs_fw_log(struct seq_file *m, void *data)
{
	struct gs_device *gdev = gs_debugfs_device(m);
	struct gs_ring_area *area = gdev->mbox.area;
	struct gs_log_entry log;
	u32 tail, i;
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;
	tail = le32_to_cpu(READ_ONCE(area->log_tail));
	dma_rmb();
	for (i = tail > GS_LOG_ENTRIES ? tail - GS_LOG_ENTRIES : 0; i != tail; i++) {
		log = area->log[i % GS_LOG_ENTRIES];
		/* The firmware may be writing over it just now. */
		if (le32_to_cpu(log.seq) == i)
			gs_debugfs_log_entry(m, &log, gdev->info.timestamp_khz);
	}
	drm_dev_exit(idx);
	return 0;
}

static u32 gs_debugfs_count(const struct list_head *list)
{
	return list_count_nodes((struct list_head *)list);
}

static int gs_debugfs_rings(struct seq_file *m, void *data)
{
	static const char *const names[GS_NUM_CMD_RINGS] = {
		"control", "high", "normal", "low",
	};
	struct gs_device *gdev = gs_debugfs_device(m);
	struct gs_mbox *mbox = &gdev->mbox;
	unsigned long flags;
	u32 ring;
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;
	spin_lock_irqsave(&mbox->lock, flags);
	seq_printf(m, "state %u%s, %u jobs sent, %d unfinished\n", mbox->state,
		   mbox->broken ? " (broken)" : "", mbox->num_sent,
		   atomic_read(&gdev->num_jobs));
	for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++)
		seq_printf(m, "%-8s head %u tail %u waiting %u\n", names[ring],
			   le32_to_cpu(mbox->area->cmd_ctl[ring].head),
			   mbox->cmd_tail[ring], gs_debugfs_count(&mbox->waiting[ring]));
	seq_printf(m, "events   head %u tail %u\n", mbox->event_head,
		   le32_to_cpu(mbox->area->event_ctl.tail));
	/* Given to the firmware; submitted: each since the driver was bound. */
	seq_printf(m, "peak     sent %u unfinished %d\n", mbox->peak_sent,
		   atomic_read(&gdev->peak_jobs));
	spin_unlock_irqrestore(&mbox->lock, flags);
	drm_dev_exit(idx);
	return 0;
}

static void gs_debugfs_context_locked(struct seq_file *m, struct gs_ctx *ctx)
{
	const struct gs_ctx_status status = gs_ctx_status(ctx);

	seq_printf(m, "%u: ring %u timeout %u ms, jobs %u, submitted %llu, completed %llu%s%s%s\n",
		   ctx->id, ctx->ring, ctx->timeout_ms, atomic_read(&ctx->num_jobs),
		   READ_ONCE(ctx->seqno), status.completed,
		   ctx->running ? ", running" : "",
		   status.guilty ? ", guilty" : "",
		   status.cancelled ? ", cancelled" : "");
}

static int gs_debugfs_contexts(struct seq_file *m, void *data)
{
	struct gs_device *gdev = gs_debugfs_device(m);
	unsigned long id, flags;
	struct gs_ctx *ctx;

	xa_for_each(&gdev->ctxs, id, ctx) {
		/* One that is still there under this lock does not leave. */
		spin_lock_irqsave(&gdev->mbox.lock, flags);
		ctx = xa_load(&gdev->ctxs, id);
		if (ctx)
			gs_debugfs_context_locked(m, ctx);
		spin_unlock_irqrestore(&gdev->mbox.lock, flags);
	}
	return 0;
}

static void gs_debugfs_pt_count(struct seq_file *m, const char *name,
				const struct gs_pt_count *count)
{
	seq_printf(m, "%s: tables %lu small %lu large %lu\n", name, count->tables,
		   count->small, count->large);
}

/* Leaves: small ones of 4 KiB, large ones of 2 MiB. */
static int gs_debugfs_mmu(struct seq_file *m, void *data)
{
	struct gs_mmu *mmu = &gs_debugfs_device(m)->mmu;
	struct gs_pt_count total = { };
	struct gs_vm *vm;
	char name[16];

	mutex_lock(&mmu->vms_lock);
	list_for_each_entry(vm, &mmu->vms, node) {
		struct gs_pt_count count = { };

		mutex_lock(&vm->lock);
		gs_pt_count(vm->root, GS_PT_ROOT_LEVEL, &count);
		mutex_unlock(&vm->lock);
		scnprintf(name, sizeof(name), "asid %u", vm->asid);
		gs_debugfs_pt_count(m, name, &count);
		total.tables += count.tables;
		total.small += count.small;
		total.large += count.large;
	}
	mutex_unlock(&mmu->vms_lock);
	gs_debugfs_pt_count(m, "total", &total);
	return 0;
}

static int gs_debugfs_device_state(struct seq_file *m, void *data)
{
	static const char *const states[] = {
		[GS_RUN_DOWN] = "down",
		[GS_RUN_UP] = "up",
		[GS_RUN_DEAD] = "dead",
		[GS_RUN_GONE] = "gone",
	};
	struct gs_device *gdev = gs_debugfs_device(m);
	u32 status, stage;
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;
	status = gs_read(gdev->regs, GS_REG_FW_STATUS);
	seq_printf(m, "state %s, resets %d\n", states[READ_ONCE(gdev->reset.state)],
		   atomic_read(&gdev->reset.count));
	stage = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE));
	seq_printf(m, "status 0x%x, firmware %u (%s), stage 0x%x (%s), heartbeat %u\n",
		   gs_read(gdev->regs, GS_REG_STATUS), status, gs_fw_status_name(status),
		   stage, gs_fw_stage_name(stage),
		   gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_HEARTBEAT)));
	seq_printf(m, "fault 0x%x, asid %u, address 0x%llx\n",
		   gs_read(gdev->regs, GS_REG_FAULT_STATUS),
		   gs_read(gdev->regs, GS_REG_FAULT_ASID),
		   gs_read64(gdev->regs, GS_REG_FAULT_ADDR));
	seq_printf(m, "busy %llu ticks, jobs started %llu, TLB misses %llu\n",
		   gs_device_read_counter(gdev, GS_REG_BUSY_TIME),
		   gs_device_read_counter(gdev, GS_REG_JOBS_STARTED),
		   gs_device_read_counter(gdev, GS_REG_TLB_MISSES));
	drm_dev_exit(idx);
	return 0;
}

static const struct drm_debugfs_info gs_debugfs_files[] = {
	{ "fw_log", gs_debugfs_fw_log },
	{ "rings", gs_debugfs_rings },
	{ "contexts", gs_debugfs_contexts },
	{ "mmu", gs_debugfs_mmu },
	{ "device", gs_debugfs_device_state },
};

/* ---- fault injection ----------------------------------------------------- */

static int gs_debugfs_test_read(struct gs_device *gdev, u32 reg, u64 *value)
{
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;
	*value = gs_read(gdev->regs, GS_BAR_TEST_PAGE + reg);
	drm_dev_exit(idx);
	return 0;
}

static int gs_debugfs_test_write(struct gs_device *gdev, u32 reg, u64 value)
{
	int idx;

	if (value > U32_MAX)
		return -EINVAL;
	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;
	gs_write(gdev->regs, GS_BAR_TEST_PAGE + reg, value);
	drm_dev_exit(idx);
	return 0;
}

/* GS_INJECT_*, for the next job. */
static int gs_debugfs_inject_get(void *data, u64 *value)
{
	return gs_debugfs_test_read(data, GS_TEST_INJECT, value);
}

static int gs_debugfs_inject_set(void *data, u64 value)
{
	return value & ~(u64)GS_INJECT_ALL ? -EINVAL :
					     gs_debugfs_test_write(data, GS_TEST_INJECT, value);
}

DEFINE_DEBUGFS_ATTRIBUTE(gs_debugfs_inject_fops, gs_debugfs_inject_get,
			 gs_debugfs_inject_set, "0x%llx\n");

/* Delay of each block in microseconds, until a reset. */
static int gs_debugfs_slow_get(void *data, u64 *value)
{
	return gs_debugfs_test_read(data, GS_TEST_SLOW_US, value);
}

static int gs_debugfs_slow_set(void *data, u64 value)
{
	return gs_debugfs_test_write(data, GS_TEST_SLOW_US, value);
}

DEFINE_DEBUGFS_ATTRIBUTE(gs_debugfs_slow_fops, gs_debugfs_slow_get,
			 gs_debugfs_slow_set, "%llu\n");

/* How many injections took place, until a reset. */
static int gs_debugfs_injected_get(void *data, u64 *value)
{
	return gs_debugfs_test_read(data, GS_TEST_COUNT, value);
}

DEFINE_DEBUGFS_ATTRIBUTE(gs_debugfs_injected_fops, gs_debugfs_injected_get, NULL, "%llu\n");

/**
 * gs_debugfs_init() - create the files
 * @gdev: the device, not registered yet
 *
 * drm_dev_unplug() removes them.
 */
void gs_debugfs_init(struct gs_device *gdev)
{
	struct dentry *root = gdev->drm.debugfs_root;

	drm_debugfs_add_files(&gdev->drm, gs_debugfs_files, ARRAY_SIZE(gs_debugfs_files));
#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
	fault_create_debugfs_attr("fail_poll", root, &gs_device_fail_poll);
#endif
	if (!(gdev->info.caps & GS_CAP_TEST_REGS))
		return;
	debugfs_create_file_unsafe("inject", 0600, root, gdev, &gs_debugfs_inject_fops);
	debugfs_create_file_unsafe("inject_slow_us", 0600, root, gdev, &gs_debugfs_slow_fops);
	debugfs_create_file_unsafe("injected", 0400, root, gdev, &gs_debugfs_injected_fops);
	/* How many mappings to come lead to where nothing is. */
	debugfs_create_atomic_t("inject_bad_page", 0600, root, &gdev->mmu.bad_pages);
}
