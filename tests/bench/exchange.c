/* SPDX-License-Identifier: MIT */
/* See exchange.h. */
#include "tests/bench/exchange.h"

#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <time.h>

#define ROUNDS 200
#define TRIPS 200

static alignas(64) atomic_uint there;
static alignas(64) atomic_uint back;

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

/* Both may have to share a processor. */
static void wait_for(atomic_uint *number, unsigned value)
{
	for (unsigned looks = 1; atomic_load(number) != value; looks++)
		if (looks % 4096 == 0)
			sched_yield();
}

static void *answer(void *arg)
{
	(void)arg;
	for (unsigned i = 1; i <= ROUNDS * TRIPS; i++) {
		wait_for(&there, i);
		atomic_store(&back, i);
	}
	return NULL;
}

double exchange_ns(void)
{
	double best = 1e9;
	pthread_t thread;

	atomic_store(&there, 0);
	atomic_store(&back, 0);
	if (pthread_create(&thread, NULL, answer, NULL))
		return 0;
	for (unsigned i = 1, round = 0; round < ROUNDS; round++) {
		const double start = now_ns();
		double trip;

		for (unsigned t = 0; t < TRIPS; t++, i++) {
			atomic_store(&there, i);
			wait_for(&back, i);
		}
		trip = (now_ns() - start) / TRIPS;
		best = trip < best ? trip : best;
	}
	pthread_join(thread, NULL);
	return best;
}
