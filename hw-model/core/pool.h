/* SPDX-License-Identifier: MIT */
/*
 * Threads that help the one a core belongs to: they do work in pieces that any
 * thread takes, done when the call returns.
 *
 * All calls are from the thread of the core. A thread without work for a tenth
 * of a millisecond sleeps. Where no other thread runs, the caller does all
 * work itself and never waits for a piece nobody took.
 */
#ifndef GS_POOL_H
#define GS_POOL_H

#include <stdint.h>

struct gs_pool;

/* gs_pool_create() - @threads with the caller's, 2 or more; NULL: no memory or no thread */
struct gs_pool *gs_pool_create(unsigned threads);
/* Ends the threads. NULL is allowed. */
void gs_pool_destroy(struct gs_pool *pool);

/* gs_pool_each() - piece(ctx, i) for each i below @num, in any order and at once; done on return */
void gs_pool_each(struct gs_pool *pool, uint32_t num,
		  void (*piece)(void *ctx, uint32_t i), void *ctx);

#endif /* GS_POOL_H */
