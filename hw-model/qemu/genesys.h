/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GeneSys NPU: the device of hw-model/device with QEMU's threads, clock and
 * memory. It knows no bus: a shell gives it an address space and an interrupt.
 */
#ifndef HW_GENESYS_H
#define HW_GENESYS_H

#include "exec/memory.h"
#include "qemu/thread.h"
#include "qemu/timer.h"

struct gs_dev;

typedef struct GenesysState GenesysState;

struct GenesysState {
    /* Set by the shell before genesys_realize(). */
    char *arch_path;        /* NULL: the built-in machine */
    uint32_t num_asids;
    uint32_t slow_us;
    bool test_regs;
    /* As set_irq of struct gs_dev_ops; under the BQL. */
    void (*set_irq)(GenesysState *s, bool level, bool rise);
    bool (*message)(GenesysState *s, uint32_t vector);

    /* For the shell to map: all GS_BAR_BYTES. */
    MemoryRegion regs;

    /* Private. */
    DeviceState *owner;
    AddressSpace *as;
    struct gs_dev *dev;     /* under the BQL but for gs_dev_core_work() */
    QEMUBH *cp_bh;
    QEMUTimer *timer;
    VMChangeStateEntry *vm_state;
    int64_t deadline;       /* that matters; the timer may expire before it */
    QemuThread worker;
    QemuSemaphore wake;     /* the worker has something to do, or to stop */
    /* Under the BQL: */
    bool work;              /* there is something to do */
    bool awake;             /* the worker is going to see it */
    bool in_job;            /* the worker is, without the BQL */
    bool stopping;          /* atomic */
    bool gone;              /* unrealized: nothing around us is left to use */
};

/*
 * Create device and worker. DMA goes to @as; @owner is the device that guest
 * accesses and bottom halves are guarded for, and outlives @s.
 */
bool genesys_realize(GenesysState *s, DeviceState *owner, AddressSpace *as,
                     Error **errp);

/*
 * Stop the device. What the worker may still use is freed when it has come to
 * its end, and the owner referenced until then.
 */
void genesys_unrealize(GenesysState *s);

/* All registers to their reset values; does not wait for the worker. */
void genesys_reset(GenesysState *s);

/* The memory behind the address space may have changed. */
void genesys_unmap_all(GenesysState *s);

#endif
