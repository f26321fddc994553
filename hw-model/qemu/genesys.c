/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GeneSys NPU, the part without a bus.
 *
 * The BQL is the lock of the device. A worker thread runs both processors: the
 * command processor, in slices with the BQL held, and jobs, for which it takes
 * the BQL only to translate addresses. So a job costs one wake-up of a thread
 * of the host. While the worker is inside a job, the command processor runs
 * from a bottom half of the main loop. DMA reaches RAM only: what is addressed
 * to another device, or to this one, is refused as the bus would, so no access
 * of ours comes back as a register access.
 */
#include "qemu/osdep.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qapi/error.h"
#include "hw/qdev-core.h"
#include "system/dma.h"
#include "system/runstate.h"
#include "trace.h"
#include "genesys.h"
#include "device.h"

/* Instructions of a slice: a fraction of a millisecond. */
#define GENESYS_CP_FUEL 20000

static const MemTxAttrs genesys_attrs = { .memory = 1 };

/* ---- what the device asks of us ------------------------------------------ */

static int genesys_dma(GenesysState *s, uint64_t bus, void *buf, size_t size,
                       DMADirection dir)
{
    MemTxResult result = MEMTX_DECODE_ERROR;

    if (!s->gone && bus + size >= bus) {
        result = dma_memory_rw(s->as, bus, buf, size, dir, genesys_attrs);
    }
    if (result != MEMTX_OK) {
        trace_genesys_dma_error(dir == DMA_DIRECTION_TO_DEVICE ? "read"
                                                               : "write",
                                bus, size);
        return -EIO;
    }
    return 0;
}

static int genesys_dma_read(void *opaque, uint64_t bus, void *dst, size_t size)
{
    return genesys_dma(opaque, bus, dst, size, DMA_DIRECTION_TO_DEVICE);
}

static int genesys_dma_write(void *opaque, uint64_t bus, const void *src,
                             size_t size)
{
    return genesys_dma(opaque, bus, (void *)src, size,
                       DMA_DIRECTION_FROM_DEVICE);
}

static DMADirection genesys_direction(bool write)
{
    return write ? DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE;
}

static void *genesys_map(void *opaque, uint64_t bus, size_t size, bool write)
{
    GenesysState *s = opaque;
    dma_addr_t len = size;
    ram_addr_t unused;
    void *host;

    if (s->gone || bus + size < bus) {
        return NULL;
    }
    host = dma_memory_map(s->as, bus, &len, genesys_direction(write),
                          genesys_attrs);
    /* Short, or a bounce buffer: not the memory itself. */
    if (host && (len < size || !memory_region_from_host(host, &unused))) {
        dma_memory_unmap(s->as, host, len, genesys_direction(write), 0);
        host = NULL;
    }
    trace_genesys_map(bus, size, write, host);
    return host;
}

static void genesys_unmap(void *opaque, void *host, size_t size, bool write)
{
    GenesysState *s = opaque;

    trace_genesys_unmap(host, size);
    dma_memory_unmap(s->as, host, size, genesys_direction(write), size);
}

static void genesys_set_irq(void *opaque, bool level, bool rise)
{
    GenesysState *s = opaque;

    if (!s->gone) {
        s->set_irq(s, level, rise);
    }
}

static bool genesys_message(void *opaque, uint32_t vector)
{
    GenesysState *s = opaque;

    return !s->gone && s->message(s, vector);
}

static void genesys_wake_worker(GenesysState *s)
{
    s->work = true;
    if (!s->awake) {
        s->awake = true;
        qemu_sem_post(&s->wake);
    }
}

static void genesys_kick_cp(void *opaque)
{
    GenesysState *s = opaque;

    trace_genesys_kick_cp(s->in_job);
    if (s->gone) {
        return;
    }
    if (s->in_job) {
        qemu_bh_schedule(s->cp_bh);
    } else {
        genesys_wake_worker(s);
    }
}

static void genesys_start_core(void *opaque)
{
    GenesysState *s = opaque;

    trace_genesys_start_core();
    genesys_wake_worker(s);
}

/*
 * Each job sets the timer and takes it back, and each change of a timer wakes
 * the main loop. So one that is early enough stays, and is looked at when it
 * expires.
 */
static void genesys_set_timer(void *opaque, uint64_t deadline)
{
    GenesysState *s = opaque;

    trace_genesys_timer(deadline);
    s->deadline = MIN(deadline, INT64_MAX);
    if (!s->gone && s->deadline != INT64_MAX) {
        timer_mod_anticipate(s->timer, s->deadline);
    }
}

static uint64_t genesys_now(void *opaque)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void genesys_lock(void *opaque)
{
    bql_lock();
}

static void genesys_unlock(void *opaque)
{
    bql_unlock();
}

static const struct gs_dev_ops genesys_dev_ops = {
    .dma_read = genesys_dma_read,
    .dma_write = genesys_dma_write,
    .map = genesys_map,
    .unmap = genesys_unmap,
    .set_irq = genesys_set_irq,
    .message = genesys_message,
    .kick_cp = genesys_kick_cp,
    .start_core = genesys_start_core,
    .set_timer = genesys_set_timer,
    .now = genesys_now,
    .lock = genesys_lock,
    .unlock = genesys_unlock,
};

/* ---- bottom half, timer, worker ------------------------------------------ */

/* From the main loop, and from the worker with the BQL held. */
static void genesys_cp_bh(void *opaque)
{
    GenesysState *s = opaque;
    bool more;

    if (!runstate_is_running()) {
        return;
    }
    more = gs_dev_cp_slice(s->dev, GENESYS_CP_FUEL) == GS_CP_SLICE_MORE;
    trace_genesys_cp_slice(more);
    /* The main loop, unlike the worker, lets everybody in between. */
    if (more) {
        qemu_bh_schedule(s->cp_bh);
    }
}

static void genesys_timer(void *opaque)
{
    GenesysState *s = opaque;

    if (qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) >= s->deadline) {
        gs_dev_timer(s->dev);
    } else if (s->deadline != INT64_MAX) {
        timer_mod(s->timer, s->deadline);
    }
}

static void genesys_vm_state(void *opaque, bool running, RunState state)
{
    trace_genesys_vm_state(running);
    if (running) {
        genesys_kick_cp(opaque);
    }
}

/* The worker's last words: it does not need the BQL any more. */
static void genesys_fini_bh(void *opaque)
{
    GenesysState *s = opaque;

    qemu_thread_join(&s->worker);
    qemu_bh_delete(s->cp_bh);
    timer_free(s->timer);
    qemu_sem_destroy(&s->wake);
    gs_dev_destroy(s->dev);
    s->dev = NULL;
    object_unref(OBJECT(s->owner));
}

static void genesys_run_job(GenesysState *s)
{
    bool finish;

    s->in_job = true;
    bql_unlock();
    finish = gs_dev_core_work(s->dev);
    trace_genesys_core_done(finish);
    bql_lock();
    s->in_job = false;
    /* Kicks the command processor, which is ours again. */
    gs_dev_core_finish(s->dev);
}

static void genesys_work(GenesysState *s)
{
    bql_lock();
    /* What is left to do when the machine is paused waits until it goes on. */
    while (s->work && runstate_is_running()) {
        s->work = false;
        /* As from the main loop: guarded against accesses that come back. */
        aio_bh_call(s->cp_bh);
        if (gs_dev_core_busy(s->dev)) {
            genesys_run_job(s);
        }
    }
    s->awake = false;
    bql_unlock();
}

static void *genesys_worker(void *opaque)
{
    GenesysState *s = opaque;

    rcu_register_thread();
    for (;;) {
        qemu_sem_wait(&s->wake);
        if (qatomic_read(&s->stopping)) {
            break;
        }
        genesys_work(s);
    }
    rcu_unregister_thread();
    aio_bh_schedule_oneshot(qemu_get_aio_context(), genesys_fini_bh, s);
    return NULL;
}

/* ---- registers ----------------------------------------------------------- */

/*
 * A processor that found the region before it was unmapped may arrive after
 * genesys_unrealize(), hence the checks.
 */
static uint64_t genesys_mmio_read(void *opaque, hwaddr addr, unsigned size)
{
    GenesysState *s = opaque;
    uint32_t val = UINT32_MAX;
    int ret;

    if (s->gone) {
        return val;
    }
    ret = gs_dev_mmio_read(s->dev, addr, size, &val);
    if (ret) {
        qemu_log_mask(LOG_GUEST_ERROR, "genesys: read of 0x%"HWADDR_PRIx
                      " refused: %s\n", addr, strerror(-ret));
    }
    trace_genesys_mmio_read(addr, val);
    return val;
}

static void genesys_mmio_write(void *opaque, hwaddr addr, uint64_t val,
                               unsigned size)
{
    GenesysState *s = opaque;
    int ret;

    trace_genesys_mmio_write(addr, val);
    if (s->gone) {
        return;
    }
    ret = gs_dev_mmio_write(s->dev, addr, size, val);
    if (ret) {
        qemu_log_mask(LOG_GUEST_ERROR, "genesys: write of 0x%"PRIx64
                      " to 0x%"HWADDR_PRIx" refused: %s\n", val, addr,
                      strerror(-ret));
    }
}

static const MemoryRegionOps genesys_mmio_ops = {
    .read = genesys_mmio_read,
    .write = genesys_mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

/* ---- for the shell ------------------------------------------------------- */

static bool genesys_create(GenesysState *s, Error **errp)
{
    struct gs_arch arch = *gs_arch_default();
    char err[GS_ARCH_ERR_SIZE];
    struct gs_dev_props props = {
        .num_asids = s->num_asids,
        .test_regs = s->test_regs,
        .slow_us = s->slow_us,
        .ops = &genesys_dev_ops,
        .ops_ctx = s,
    };

    if (!s->num_asids || s->num_asids > GS_DEV_MAX_ASIDS) {
        error_setg(errp, "x-num-asids is %"PRIu32", not 1 to %u",
                   s->num_asids, GS_DEV_MAX_ASIDS);
        return false;
    }
    if (s->slow_us > GS_DEV_MAX_SLOW_US) {
        error_setg(errp, "x-slow is %"PRIu32" microseconds, more than %u",
                   s->slow_us, GS_DEV_MAX_SLOW_US);
        return false;
    }
    if (s->arch_path && gs_arch_load(s->arch_path, &arch, err)) {
        error_setg(errp, "%s", err);
        return false;
    }
    s->dev = gs_dev_create(&arch, &props);
    if (!s->dev) {
        error_setg(errp, "no memory for the machine \"%s\"", arch.name);
        return false;
    }
    return true;
}

bool genesys_realize(GenesysState *s, DeviceState *owner, AddressSpace *as,
                     Error **errp)
{
    s->owner = owner;
    s->as = as;
    s->gone = false;
    if (!genesys_create(s, errp)) {
        return false;
    }
    memory_region_init_io(&s->regs, OBJECT(owner), &genesys_mmio_ops, s,
                          "genesys-regs", GS_BAR_BYTES);
    s->cp_bh = qemu_bh_new_guarded(genesys_cp_bh, s,
                                   &owner->mem_reentrancy_guard);
    s->deadline = INT64_MAX;
    s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, genesys_timer, s);
    s->vm_state = qemu_add_vm_change_state_handler(genesys_vm_state, s);
    qemu_sem_init(&s->wake, 0);
    s->stopping = false;
    qemu_thread_create(&s->worker, "genesys", genesys_worker, s,
                       QEMU_THREAD_JOINABLE);
    return true;
}

/*
 * The worker may be waiting for the BQL, which must not be released here: the
 * caller may be another device's register access. So nobody waits: after the
 * reset the worker comes out of its job by itself and has the rest freed.
 */
void genesys_unrealize(GenesysState *s)
{
    gs_dev_reset(s->dev);
    qemu_del_vm_change_state_handler(s->vm_state);
    qemu_bh_cancel(s->cp_bh);
    timer_del(s->timer);
    s->gone = true;
    object_ref(OBJECT(s->owner));
    qatomic_set(&s->stopping, true);
    qemu_sem_post(&s->wake);
}

void genesys_reset(GenesysState *s)
{
    gs_dev_reset(s->dev);
    qemu_bh_cancel(s->cp_bh);
    timer_del(s->timer);
    trace_genesys_reset(gs_dev_core_busy(s->dev));
}

void genesys_unmap_all(GenesysState *s)
{
    gs_dev_unmap_all(s->dev);
}
