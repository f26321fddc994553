/* SPDX-License-Identifier: MIT */
#ifndef GS_TESTS_DEVICE_HARNESS_INTERNAL_H
#define GS_TESTS_DEVICE_HARNESS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/device/harness.h"

/* Memory starts above 4 GiB: no address fits into 32 bits by accident. */
#define HARNESS_BUS_BASE 0x140000000ull
#define HARNESS_FUEL 10000u

struct harness {
	struct harness_opts opts;
	struct gs_dev *dev;

	uint8_t *mem;
	size_t mem_bytes, mem_used;
	uint64_t rings, contexts, image; /* bus addresses */

	pthread_mutex_t mutex; /* the device's lock, with threads */
	pthread_cond_t cp_cond, core_cond, host_cond;
	pthread_t cp_thread, core_thread;
	bool held; /* the device's lock, without threads */
	bool quit;

	/* wishes of the device */
	bool cp_kicked, core_started;
	uint64_t timer;

	atomic_uint_fast64_t clock; /* without threads, ns */
	bool in_core;
	uint64_t slices, interrupts;
	int mapped; /* host pointers the device holds */
};

_Noreturn void harness_die(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
#define harness_check(what) \
	((what) ? (void)0 : \
		  harness_die("harness: %s: not so: %s", __func__, #what))

void harness_lock(struct harness *h);
void harness_unlock(struct harness *h);

/* run.c: without threads, one thing that is due; false: nothing is */
bool harness_step(struct harness *h);
void harness_start_threads(struct harness *h);
void harness_stop_threads(struct harness *h);
extern const struct gs_dev_ops harness_ops;

#endif /* GS_TESTS_DEVICE_HARNESS_INTERNAL_H */
