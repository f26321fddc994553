/* SPDX-License-Identifier: MIT */
/*
 * Threads that help the one a core belongs to. Two ways to use them: work in
 * pieces that any thread takes, done when the call returns; and work that is
 * put off, done by one thread at a time in the order it was posted.
 *
 * All calls are from the thread of the core. A thread without work for a tenth
 * of a millisecond sleeps. Where no other thread runs, the caller does all
 * work itself and never waits for a piece nobody took.
 */
#ifndef GS_POOL_H
#define GS_POOL_H

#include <stdint.h>

/* Bytes of a work put off. */
#define GS_POOL_ROOM 512u

struct gs_pool;

/* gs_pool_create() - @threads with the caller's, 2 or more; NULL: no memory or no thread */
struct gs_pool *gs_pool_create(unsigned threads);
/* Ends the threads; nothing may be put off. NULL is allowed. */
void gs_pool_destroy(struct gs_pool *pool);

/* gs_pool_each() - piece(ctx, i) for each i below @num, in any order and at once; done on return */
void gs_pool_each(struct gs_pool *pool, uint32_t num,
		  void (*piece)(void *ctx, uint32_t i), void *ctx);

/*
 * gs_pool_room() - GS_POOL_ROOM bytes, aligned for anything, for work to put off
 * gs_pool_post() - fn(the room given last) later, after all that was posted before
 * gs_pool_publish() - what was posted may begin; one call for much of it is best
 * gs_pool_drain() - returns when all of it is done
 */
void *gs_pool_room(struct gs_pool *pool);
void gs_pool_post(struct gs_pool *pool, void (*fn)(void *room));
void gs_pool_publish(struct gs_pool *pool);
void gs_pool_drain(struct gs_pool *pool);

#endif /* GS_POOL_H */
