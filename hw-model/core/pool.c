/* SPDX-License-Identifier: MIT */
/* Threads of a core, see pool.h. */

#include "hw-model/core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HIGH(num) ((uint_fast64_t)(num) << 32)
#define LINE 64 /* of caches: what different threads write is apart */

/* Looks at the pool until others may run, and such turns until it sleeps. */
#define LOOKS 64u
#define TURNS 64u

struct gs_pool {
	/*
	 * Pieces that nobody took: the first in the low half of left, behind the
	 * last in the high half. The caller takes the first, others the last, so
	 * that what follows upon each other in memory tends to stay in the same
	 * cache. All that is about pieces is in one line, which is set while
	 * none is unfinished.
	 */
	alignas(LINE) atomic_uint_fast64_t left;
	atomic_uint unfinished;
	void (*piece)(void *ctx, uint32_t i);
	void *ctx;
	alignas(LINE) atomic_uint sleepers;
	atomic_bool quit;
	pthread_mutex_t lock; /* around sleeping */
	pthread_cond_t wake;
	uint32_t share; /* of what is left, that a thread takes: 1 in so many */
	unsigned num_threads; /* without the caller's */
	pthread_t *threads;
};

static void look_again(unsigned *looks)
{
	if (++*looks % LOOKS == 0)
		sched_yield();
#if defined(__x86_64__)
	else
		__builtin_ia32_pause();
#endif
}

/*
 * Some pieces at once, less the fewer are left: who takes them waits for the
 * line of the cache each time. Returns how many; the first is *at. Who sees
 * pieces left also sees what the caller wrote before, the number of threads.
 */
static uint32_t take_pieces(struct gs_pool *pool, bool first, uint32_t *at)
{
	uint_fast64_t left =
		atomic_load_explicit(&pool->left, memory_order_acquire);
	uint32_t low, high, num;

	do {
		low = (uint32_t)left;
		high = (uint32_t)(left >> 32);
		if (low == high)
			return 0;
		num = (high - low) / pool->share;
		num += !num;
	} while (!atomic_compare_exchange_weak_explicit(
		&pool->left, &left, first ? left + num : left - HIGH(num),
		memory_order_acquire, memory_order_acquire));
	*at = first ? low : high - num;
	return num;
}

static bool run_pieces(struct gs_pool *pool, bool first)
{
	uint32_t at, num, done = 0;

	while ((num = take_pieces(pool, first, &at))) {
		for (uint32_t i = at; i < at + num; i++)
			pool->piece(pool->ctx, i);
		done += num;
	}
	if (done)
		atomic_fetch_sub_explicit(&pool->unfinished, done,
					  memory_order_release);
	return done;
}

static bool is_left(struct gs_pool *pool)
{
	const uint_fast64_t left = atomic_load(&pool->left);

	return (uint32_t)left != (uint32_t)(left >> 32);
}

/* Who posts looks at sleepers afterwards: one of the two sees the other. */
static void wait_for_work(struct gs_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	atomic_fetch_add(&pool->sleepers, 1);
	while (!atomic_load(&pool->quit) && !is_left(pool))
		pthread_cond_wait(&pool->wake, &pool->lock);
	atomic_fetch_sub(&pool->sleepers, 1);
	pthread_mutex_unlock(&pool->lock);
}

static void wake_all(struct gs_pool *pool)
{
	if (!atomic_load(&pool->sleepers))
		return;
	pthread_mutex_lock(&pool->lock);
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
}

static void *work(void *arg)
{
	struct gs_pool *pool = arg;
	unsigned looks = 0;

	while (!atomic_load_explicit(&pool->quit, memory_order_relaxed)) {
		if (run_pieces(pool, false)) {
			looks = 0;
			continue;
		}
		look_again(&looks);
		if (looks == LOOKS * TURNS) {
			wait_for_work(pool);
			looks = 0;
		}
	}
	return NULL;
}

/* Signals are the application's, for its own threads. */
static bool start(struct gs_pool *pool, unsigned num)
{
	sigset_t all, before;
	bool ok = true;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; i < num && ok; i++) {
		ok = !pthread_create(&pool->threads[i], NULL, work, pool);
		pool->num_threads += ok;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

struct gs_pool *gs_pool_create(unsigned threads)
{
	const size_t size = (sizeof(struct gs_pool) + LINE - 1) / LINE * LINE;
	struct gs_pool *pool = aligned_alloc(LINE, size);

	if (!pool)
		return NULL;
	memset(pool, 0, size);
	pool->share = threads + 1; /* before anybody reads it */
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	pool->threads = calloc(threads, sizeof(*pool->threads));
	if (!pool->threads || !start(pool, threads - 1)) {
		gs_pool_destroy(pool);
		return NULL;
	}
	return pool;
}

void gs_pool_destroy(struct gs_pool *pool)
{
	if (!pool)
		return;
	atomic_store(&pool->quit, true);
	wake_all(pool);
	for (unsigned i = 0; i < pool->num_threads; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
}

void gs_pool_each(struct gs_pool *pool, uint32_t num,
		  void (*piece)(void *ctx, uint32_t i), void *ctx)
{
	unsigned looks = 0;

	pool->piece = piece;
	pool->ctx = ctx;
	atomic_store_explicit(&pool->unfinished, num, memory_order_relaxed);
	atomic_store(&pool->left, HIGH(num));
	wake_all(pool);
	run_pieces(pool, true);
	while (atomic_load_explicit(&pool->unfinished, memory_order_acquire))
		look_again(&looks);
}
