/* SPDX-License-Identifier: MIT */
/*
 * A host for the device, in this process: memory with bus addresses, time,
 * threads, and what a driver does: page tables, rings, boot.
 *
 * Without threads everything happens inside the waiting functions, in an order
 * and at times (of a virtual clock) that are the same in every run. A job that
 * naps (GS_TEST_SLOW_US) lets the command processor run meanwhile, and calls
 * on_nap, where a test acts in the middle of a job.
 *
 * Mistakes of the test, and of the device about its lock, end the process.
 */
#ifndef GS_TESTS_DEVICE_HARNESS_H
#define GS_TESTS_DEVICE_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "genesys/arch.h"
#include "genesys/hw_abi.h"
#include "hw-model/device/device.h"

struct harness;

struct harness_opts {
	bool threads; /**< real time, a thread for each processor */
	bool no_map; /**< all memory by dma_read and dma_write */
	bool no_test_regs;
	uint32_t num_asids; /**< 0: 16 */
	size_t memory_bytes; /**< 0: 16 MiB */
	const struct gs_arch *arch; /**< NULL: a 4x4 machine with small buffers */
	/** Without threads: called when a job naps, without the lock. */
	void (*on_nap)(struct harness *h, void *ctx);
	void *ctx;
};

/** harness_create() - a device after reset, an empty ring area; opts may be NULL */
struct harness *harness_create(const struct harness_opts *opts);
void harness_destroy(struct harness *h);

/** harness_firmware() - the image of the build, or NULL with a sentence on stdout */
const uint8_t *harness_firmware(size_t *bytes);

/* ---- memory --------------------------------------------------------------*/

/** harness_alloc() - zeroed memory; its bus address, a multiple of @align */
uint64_t harness_alloc(struct harness *h, size_t bytes, size_t align);

/** harness_mem() - host pointer of a bus address */
void *harness_mem(struct harness *h, uint64_t bus, size_t bytes);

/* ---- registers -----------------------------------------------------------*/

uint32_t harness_read(struct harness *h, uint32_t offset);
uint64_t harness_read64(struct harness *h, uint32_t offset);
void harness_write(struct harness *h, uint32_t offset, uint32_t value);
void harness_write64(struct harness *h, uint32_t offset, uint64_t value);

/* ---- firmware ------------------------------------------------------------*/

/**
 * harness_load() - have an image loaded and started; how that went
 * @level: log level in the ring area
 */
enum gs_fw_status harness_load(struct harness *h, const void *image,
			       size_t bytes, enum gs_log_level level);

/** harness_boot() - the build's firmware up to GS_EVENT_BOOT, which is returned */
struct gs_event harness_boot(struct harness *h);

/** harness_rings() - the ring area; with threads, fields move under the reader */
struct gs_ring_area *harness_rings(struct harness *h);

/** harness_clear_rings() - as after allocation, magic and version set */
void harness_clear_rings(struct harness *h);

/* ---- rings ---------------------------------------------------------------*/

/** harness_push() - append a command without a doorbell; false: the ring is full */
bool harness_push(struct harness *h, uint32_t ring, const struct gs_cmd *cmd);
void harness_doorbell(struct harness *h, uint32_t ring);

/** harness_submit() - both; the ring must have room */
void harness_submit(struct harness *h, uint32_t ring, const struct gs_cmd *cmd);

/** harness_events() - events that wait to be taken */
uint32_t harness_events(struct harness *h);

/** harness_event() - wait for an event and take it; false: none comes */
bool harness_event(struct harness *h, struct gs_event *event);

/** harness_settle() - until nothing is left to do but waiting for a timer */
void harness_settle(struct harness *h);

/** harness_until() - wait for (register & mask) == value; false: it does not come */
bool harness_until(struct harness *h, uint32_t offset, uint32_t mask,
		   uint32_t value);

/* ---- time ----------------------------------------------------------------*/

uint64_t harness_now(struct harness *h); /* ns */

/** harness_pass() - let time pass, with all that happens meanwhile */
void harness_pass(struct harness *h, uint32_t ms);

/** harness_slices() - how often the command processor was run */
uint64_t harness_slices(struct harness *h);

/** harness_interrupts() - messages (rising bits) so far */
uint64_t harness_interrupts(struct harness *h);

/* ---- address spaces ------------------------------------------------------*/

struct harness_space {
	uint32_t asid;
	uint64_t root; /* bus address of the top table */
};

/** harness_space() - enter an empty address space into the context table */
struct harness_space harness_space(struct harness *h, uint32_t asid);

/** harness_map() - map pages of 4 KiB, of 2 MiB where all is so aligned */
void harness_map(struct harness *h, const struct harness_space *space,
		 uint64_t va, uint64_t bus, uint64_t bytes, bool writable);

/** harness_unmap() - clear a page's entry and invalidate it */
void harness_unmap(struct harness *h, const struct harness_space *space,
		   uint64_t va);

#endif /* GS_TESTS_DEVICE_HARNESS_H */
