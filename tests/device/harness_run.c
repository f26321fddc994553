/* SPDX-License-Identifier: MIT */
/*
 * The device's surroundings: bus, lock, time and threads.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/device/harness_internal.h"

#define NS_PER_US 1000ull
#define NS_PER_S 1000000000ull

void harness_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* ---- the lock ------------------------------------------------------------*/

void harness_lock(struct harness *h)
{
	if (h->opts.threads) {
		pthread_mutex_lock(&h->mutex);
		return;
	}
	harness_check(!h->held);
	h->held = true;
}

void harness_unlock(struct harness *h)
{
	if (h->opts.threads) {
		pthread_mutex_unlock(&h->mutex);
		return;
	}
	harness_check(h->held);
	h->held = false;
}

/* ---- what the device calls -----------------------------------------------*/

static uint64_t real_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t op_now(void *ctx)
{
	struct harness *h = ctx;

	return h->opts.threads ? real_time() : atomic_fetch_add(&h->clock, 10);
}

static void *find(struct harness *h, uint64_t bus, size_t size)
{
	if (bus < HARNESS_BUS_BASE || bus - HARNESS_BUS_BASE > h->mem_bytes ||
	    size > h->mem_bytes - (bus - HARNESS_BUS_BASE))
		return NULL;
	return h->mem + (bus - HARNESS_BUS_BASE);
}

static void check_held(const struct harness *h)
{
	harness_check(h->opts.threads || h->held);
}

static int op_dma_read(void *ctx, uint64_t bus, void *dst, size_t size)
{
	const void *from = find(ctx, bus, size);

	check_held(ctx);
	if (!from)
		return -EFAULT;
	memcpy(dst, from, size);
	return 0;
}

static int op_dma_write(void *ctx, uint64_t bus, const void *src, size_t size)
{
	void *to = find(ctx, bus, size);

	check_held(ctx);
	if (!to)
		return -EFAULT;
	memcpy(to, src, size);
	return 0;
}

static void *op_map(void *ctx, uint64_t bus, size_t size, bool write)
{
	struct harness *h = ctx;
	void *host = h->opts.no_map ? NULL : find(h, bus, size);

	(void)write;
	check_held(h);
	if (host)
		h->mapped++;
	return host;
}

static void op_unmap(void *ctx, void *host, size_t size, bool write)
{
	struct harness *h = ctx;

	(void)host;
	(void)size;
	(void)write;
	check_held(h);
	h->mapped--;
}

static void op_set_irq(void *ctx, bool level, bool rise)
{
	struct harness *h = ctx;

	(void)level;
	check_held(h);
	if (!rise)
		return;
	h->interrupts++;
	pthread_cond_broadcast(&h->host_cond);
}

static void op_kick_cp(void *ctx)
{
	struct harness *h = ctx;

	check_held(h);
	h->cp_kicked = true;
	pthread_cond_signal(&h->cp_cond);
}

static void op_start_core(void *ctx)
{
	struct harness *h = ctx;

	check_held(h);
	h->core_started = true;
	pthread_cond_signal(&h->core_cond);
}

static void op_set_timer(void *ctx, uint64_t deadline)
{
	struct harness *h = ctx;

	check_held(h);
	h->timer = deadline;
	pthread_cond_signal(&h->cp_cond);
}

static void op_lock(void *ctx)
{
	harness_lock(ctx);
}

static void op_unlock(void *ctx)
{
	harness_unlock(ctx);
}

/* Without threads: the job rests, all the others run. */
static void op_sleep(void *ctx, uint32_t us)
{
	struct timespec time = { .tv_nsec = (long)us * 1000 };
	struct harness *h = ctx;

	if (h->opts.threads) {
		nanosleep(&time, NULL);
		return;
	}
	harness_check(!h->held && h->in_core);
	atomic_fetch_add(&h->clock, us * NS_PER_US);
	while (harness_step(h))
		;
	if (h->opts.on_nap)
		h->opts.on_nap(h, h->opts.ctx);
	while (harness_step(h))
		;
}

const struct gs_dev_ops harness_ops = {
	.dma_read = op_dma_read,
	.dma_write = op_dma_write,
	.map = op_map,
	.unmap = op_unmap,
	.set_irq = op_set_irq,
	.kick_cp = op_kick_cp,
	.start_core = op_start_core,
	.set_timer = op_set_timer,
	.now = op_now,
	.lock = op_lock,
	.unlock = op_unlock,
	.sleep = op_sleep,
};

/* ---- what runs the device ------------------------------------------------*/

/* With the lock held: a slice if there is need for one. */
static bool run_cp(struct harness *h)
{
	if (!h->cp_kicked)
		return false;
	h->cp_kicked = false;
	h->slices++;
	if (gs_dev_cp_slice(h->dev, HARNESS_FUEL) == GS_CP_SLICE_MORE)
		h->cp_kicked = true;
	atomic_fetch_add(&h->clock, NS_PER_US);
	return true;
}

static bool run_timer(struct harness *h)
{
	uint64_t now = h->opts.threads ? real_time() : atomic_load(&h->clock);

	if (h->timer > now)
		return false;
	h->timer = UINT64_MAX;
	gs_dev_timer(h->dev);
	return true;
}

static bool run_core(struct harness *h)
{
	bool due;

	if (!h->core_started || h->in_core)
		return false;
	h->core_started = false;
	h->in_core = true;
	due = gs_dev_core_work(h->dev);
	h->in_core = false;
	harness_lock(h);
	if (due)
		gs_dev_core_finish(h->dev);
	harness_unlock(h);
	return true;
}

bool harness_step(struct harness *h)
{
	bool done;

	harness_lock(h);
	done = run_timer(h) || run_cp(h);
	harness_unlock(h);
	return done || run_core(h);
}

static void wait_for_cp_work(struct harness *h)
{
	struct timespec until = { .tv_sec = (time_t)(h->timer / NS_PER_S),
				  .tv_nsec = (long)(h->timer % NS_PER_S) };

	if (h->timer == UINT64_MAX)
		pthread_cond_wait(&h->cp_cond, &h->mutex);
	else
		pthread_cond_timedwait(&h->cp_cond, &h->mutex, &until);
}

static void *cp_thread(void *arg)
{
	struct harness *h = arg;

	harness_lock(h);
	while (!h->quit) {
		if (!run_timer(h) && !run_cp(h)) {
			wait_for_cp_work(h);
			continue;
		}
		/* Others want the lock too. */
		harness_unlock(h);
		harness_lock(h);
	}
	harness_unlock(h);
	return NULL;
}

static void *core_thread(void *arg)
{
	struct harness *h = arg;
	bool due;

	harness_lock(h);
	while (!h->quit) {
		if (!h->core_started) {
			pthread_cond_wait(&h->core_cond, &h->mutex);
			continue;
		}
		h->core_started = false;
		harness_unlock(h);
		due = gs_dev_core_work(h->dev);
		harness_lock(h);
		if (due)
			gs_dev_core_finish(h->dev);
	}
	harness_unlock(h);
	return NULL;
}

void harness_start_threads(struct harness *h)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->cp_cond, &attr);
	pthread_cond_init(&h->core_cond, &attr);
	pthread_cond_init(&h->host_cond, &attr);
	pthread_condattr_destroy(&attr);
	if (!h->opts.threads)
		return;
	harness_check(!pthread_create(&h->cp_thread, NULL, cp_thread, h));
	harness_check(!pthread_create(&h->core_thread, NULL, core_thread, h));
}

void harness_stop_threads(struct harness *h)
{
	harness_lock(h);
	gs_dev_reset(h->dev);
	h->quit = true;
	pthread_cond_broadcast(&h->cp_cond);
	pthread_cond_broadcast(&h->core_cond);
	harness_unlock(h);
	if (h->opts.threads) {
		pthread_join(h->cp_thread, NULL);
		pthread_join(h->core_thread, NULL);
	}
	pthread_mutex_destroy(&h->mutex);
	pthread_cond_destroy(&h->cp_cond);
	pthread_cond_destroy(&h->core_cond);
	pthread_cond_destroy(&h->host_cond);
}
