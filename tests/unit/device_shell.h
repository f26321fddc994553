/* SPDX-License-Identifier: MIT */
/*
 * A shell for the device model: memory, a clock, and what the device asked
 * for. Shared by the unit tests and the fuzzer.
 */
#ifndef GS_TESTS_DEVICE_SHELL_H
#define GS_TESTS_DEVICE_SHELL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hw-model/device/device_internal.h"

/* Bus addresses of the memory and of what tests put there. */
#define SHELL_BASE 0x40000000ull
#define SHELL_BYTES (8u << 20)
#define SHELL_CONTEXTS SHELL_BASE
#define SHELL_TABLES (SHELL_BASE + 0x1000)
#define SHELL_TABLES_END (SHELL_BASE + 0x100000)
#define SHELL_IMAGE (SHELL_BASE + 0x100000)
#define SHELL_DATA (SHELL_BASE + 0x120000)
#define SHELL_RINGS (SHELL_BASE + 0x200000)
#define SHELL_FIRMWARE (SHELL_BASE + 0x280000) /* the project's */
#define SHELL_LARGE (SHELL_BASE + 0x400000) /* 2 MiB aligned, two of them */

struct shell {
	struct gs_dev *dev;
	uint8_t *mem;
	uint64_t next_table;
	uint64_t refused; /* a page the bus refuses; 0: none */
	uint64_t unmappable; /* a page that can be accessed, not mapped */
	unsigned mapped; /* pointers given out and not back */
	unsigned maps, kicks, starts, rises;
	unsigned messages; /* and of which vector the last one was */
	uint32_t vector;
	bool no_messages; /* they are switched off */
	bool level;
	uint64_t deadline;
	atomic_ullong time;
	atomic_uint naps;
	/* for tests with a worker of their own */
	pthread_mutex_t lock;
	bool threaded, stopping;
	pthread_t worker;
	sem_t wake;
	void (*in_dma)(struct shell *shell); /* during a bus access */
	/* in the worker, without the lock: the n-th pause, from 1 */
	void (*in_nap)(struct shell *shell, unsigned n);
};

static inline void shell_die(const char *why)
{
	fprintf(stderr, "shell: %s\n", why);
	abort();
}

static inline bool shell_has(const struct shell *s, uint64_t bus, size_t size)
{
	if (s->refused && bus < s->refused + GS_PAGE_BYTES &&
	    bus + size > s->refused)
		return false;
	return bus >= SHELL_BASE && size <= SHELL_BYTES &&
	       bus - SHELL_BASE <= SHELL_BYTES - size;
}

static inline uint8_t *shell_ptr(const struct shell *s, uint64_t bus)
{
	return s->mem + (bus - SHELL_BASE);
}

static inline int shell_dma_read(void *ctx, uint64_t bus, void *dst,
				 size_t size)
{
	struct shell *s = ctx;

	if (s->in_dma)
		s->in_dma(s);
	if (size > GS_FW_MAX_BYTES)
		shell_die("a bus access of more than 64 KiB");
	if (!shell_has(s, bus, size))
		return -1;
	memcpy(dst, shell_ptr(s, bus), size);
	return 0;
}

static inline int shell_dma_write(void *ctx, uint64_t bus, const void *src,
				  size_t size)
{
	struct shell *s = ctx;

	if (s->in_dma)
		s->in_dma(s);
	if (!shell_has(s, bus, size))
		return -1;
	memcpy(shell_ptr(s, bus), src, size);
	return 0;
}

static inline void *shell_map(void *ctx, uint64_t bus, size_t size, bool write)
{
	struct shell *s = ctx;

	(void)write;
	if (bus % size || !shell_has(s, bus, size))
		return NULL;
	if (s->unmappable && bus <= s->unmappable && s->unmappable - bus < size)
		return NULL;
	s->mapped++;
	s->maps++;
	return shell_ptr(s, bus);
}

static inline void shell_unmap(void *ctx, void *host, size_t size, bool write)
{
	struct shell *s = ctx;

	(void)size, (void)write;
	if (!host || !s->mapped)
		shell_die("unmap of what is not mapped");
	s->mapped--;
}

static inline void shell_set_irq(void *ctx, bool level, bool rise)
{
	struct shell *s = ctx;

	s->level = level;
	s->rises += rise;
}

static inline void shell_kick_cp(void *ctx)
{
	struct shell *s = ctx;

	s->kicks++;
}

static inline void shell_start_core(void *ctx)
{
	struct shell *s = ctx;

	s->starts++;
	if (s->threaded)
		sem_post(&s->wake);
}

static inline void shell_set_timer(void *ctx, uint64_t deadline)
{
	struct shell *s = ctx;

	s->deadline = deadline;
}

static inline uint64_t shell_now(void *ctx)
{
	struct shell *s = ctx;

	return atomic_load(&s->time);
}

static inline void shell_lock(void *ctx)
{
	struct shell *s = ctx;

	if (pthread_mutex_lock(&s->lock))
		shell_die("the lock is held already");
}

static inline void shell_unlock(void *ctx)
{
	struct shell *s = ctx;

	if (pthread_mutex_unlock(&s->lock))
		shell_die("the lock is not held");
}

/* Time passes by naps. */
static inline void shell_sleep(void *ctx, uint32_t us)
{
	struct shell *s = ctx;

	if (us > 1000)
		shell_die("a nap of more than a millisecond");
	atomic_fetch_add(&s->time, 1000ull * us);
	if (s->in_nap)
		s->in_nap(s, atomic_fetch_add(&s->naps, 1) + 1);
	if (s->threaded)
		nanosleep(&(struct timespec){ .tv_nsec = 1000l * us }, NULL);
}

static inline bool shell_message(void *ctx, uint32_t vector)
{
	struct shell *s = ctx;

	if (s->no_messages)
		return false;
	s->messages++;
	s->vector = vector;
	return true;
}

static const struct gs_dev_ops shell_ops_map = {
	.dma_read = shell_dma_read,
	.dma_write = shell_dma_write,
	.map = shell_map,
	.unmap = shell_unmap,
	.set_irq = shell_set_irq,
	.message = shell_message,
	.kick_cp = shell_kick_cp,
	.start_core = shell_start_core,
	.set_timer = shell_set_timer,
	.now = shell_now,
	.lock = shell_lock,
	.unlock = shell_unlock,
	.sleep = shell_sleep,
};

/* The same without map. */
static inline const struct gs_dev_ops *shell_ops_plain(void)
{
	static struct gs_dev_ops ops;

	ops = shell_ops_map;
	ops.map = NULL;
	ops.unmap = NULL;
	return &ops;
}

/*
 * Memory between two pages that are not there. Unlike that of calloc() it costs
 * a fuzzer next to nothing.
 */
static inline uint8_t *shell_memory(void)
{
	uint8_t *mem = mmap(NULL, SHELL_BYTES + 2 * GS_PAGE_BYTES, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED ||
	    mprotect(mem + GS_PAGE_BYTES, SHELL_BYTES, PROT_READ | PROT_WRITE))
		shell_die("out of memory");
	return mem + GS_PAGE_BYTES;
}

static inline struct shell *shell_new_props(const struct gs_arch *arch,
					    struct gs_dev_props props)
{
	struct shell *s = calloc(1, sizeof(*s));
	pthread_mutexattr_t attr;

	if (!s)
		shell_die("out of memory");
	props.test_regs = true;
	props.ops_ctx = s;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&s->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	sem_init(&s->wake, 0, 0);
	s->mem = shell_memory();
	s->next_table = SHELL_TABLES;
	s->deadline = GS_NO_TIMER;
	s->dev = gs_dev_create(arch, &props);
	if (!s->dev)
		shell_die("out of memory");
	return s;
}

static inline struct shell *shell_new(const struct gs_arch *arch,
				      const struct gs_dev_ops *ops,
				      uint32_t num_asids)
{
	return shell_new_props(arch,
			       (struct gs_dev_props){ .num_asids = num_asids,
						      .ops = ops });
}

static inline void shell_free(struct shell *s)
{
	gs_dev_destroy(s->dev);
	if (s->mapped)
		shell_die("pointers were not given back");
	pthread_mutex_destroy(&s->lock);
	sem_destroy(&s->wake);
	munmap(s->mem - GS_PAGE_BYTES, SHELL_BYTES + 2 * GS_PAGE_BYTES);
	free(s);
}

/* ---- a worker in a thread of its own ---------------------------------------*/

static inline void *shell_work(void *arg)
{
	struct shell *s = arg;

	for (;;) {
		bool stopping;

		sem_wait(&s->wake);
		shell_lock(s);
		stopping = s->stopping;
		shell_unlock(s);
		if (stopping)
			return NULL;
		if (!gs_dev_core_work(s->dev))
			continue;
		shell_lock(s);
		gs_dev_core_finish(s->dev);
		shell_unlock(s);
	}
}

static inline void shell_start_worker(struct shell *s)
{
	s->threaded = true;
	if (pthread_create(&s->worker, NULL, shell_work, s))
		shell_die("no thread");
}

/* Reset the device and wait until the worker has left it. */
static inline void shell_join_worker(struct shell *s)
{
	shell_lock(s);
	gs_dev_reset(s->dev);
	s->stopping = true;
	shell_unlock(s);
	sem_post(&s->wake);
	pthread_join(s->worker, NULL);
}

/* ---- memory ----------------------------------------------------------------*/

static inline void shell_put32(struct shell *s, uint64_t bus, uint32_t val)
{
	for (unsigned i = 0; i < 4; i++)
		shell_ptr(s, bus)[i] = (uint8_t)(val >> (8 * i));
}

static inline void shell_put64(struct shell *s, uint64_t bus, uint64_t val)
{
	shell_put32(s, bus, (uint32_t)val);
	shell_put32(s, bus + 4, (uint32_t)(val >> 32));
}

static inline uint64_t shell_get64(struct shell *s, uint64_t bus)
{
	return gs_le64(shell_ptr(s, bus));
}

static inline uint64_t shell_table(struct shell *s)
{
	uint64_t table = s->next_table;

	if (table == SHELL_TABLES_END)
		shell_die("too many tables");
	s->next_table += GS_PAGE_BYTES;
	memset(shell_ptr(s, table), 0, GS_PAGE_BYTES);
	return table;
}

/* Bus address of the entry for va in the table of level 3 (root) to 0. */
static inline uint64_t shell_entry(struct shell *s, uint32_t asid, uint64_t va,
				   unsigned level)
{
	uint64_t at = SHELL_CONTEXTS + 8ull * asid;

	for (unsigned l = 4; l-- > level;) {
		uint64_t entry = shell_get64(s, at);

		if (!(entry & GS_PTE_VALID)) {
			entry = shell_table(s) | GS_PTE_VALID;
			shell_put64(s, at, entry);
		}
		at = (entry & GS_PTE_ADDR) + 8 * (va >> (12 + 9 * l) & 511);
	}
	return at;
}

static inline void shell_map_page(struct shell *s, uint32_t asid, uint64_t va,
				  uint64_t bus, uint64_t flags)
{
	unsigned level = flags & GS_PTE_LARGE ? 1 : 0;

	shell_put64(s, shell_entry(s, asid, va, level),
		    bus | GS_PTE_VALID | flags);
}

/* ---- registers that must exist ---------------------------------------------*/

static inline uint32_t shell_rd(struct shell *s, uint32_t offset)
{
	uint32_t val;

	if (gs_dev_mmio_read(s->dev, offset, 4, &val))
		shell_die("a read was refused");
	return val;
}

static inline uint64_t shell_rd64(struct shell *s, uint32_t offset)
{
	uint64_t low = shell_rd(s, offset);

	return low | (uint64_t)shell_rd(s, offset + 4) << 32;
}

static inline void shell_wr(struct shell *s, uint32_t offset, uint32_t val)
{
	if (gs_dev_mmio_write(s->dev, offset, 4, val))
		shell_die("a write was refused");
}

static inline void shell_wr64(struct shell *s, uint32_t offset, uint64_t val)
{
	shell_wr(s, offset, (uint32_t)val);
	shell_wr(s, offset + 4, (uint32_t)(val >> 32));
}

/* The command processor's, as if its firmware did it. */
static inline uint32_t shell_cp_rd(struct shell *s, uint32_t offset)
{
	uint32_t val;

	if (gs_cp_reg_read(s->dev, offset, &val))
		shell_die("a read of the command processor was refused");
	return val;
}

static inline uint64_t shell_cp_rd64(struct shell *s, uint32_t offset)
{
	uint64_t low = shell_cp_rd(s, offset);

	return low | (uint64_t)shell_cp_rd(s, offset + 4) << 32;
}

static inline void shell_cp_wr(struct shell *s, uint32_t offset, uint32_t val)
{
	if (gs_cp_reg_write(s->dev, offset, val))
		shell_die("a write of the command processor was refused");
}

static inline void shell_cp_wr64(struct shell *s, uint32_t offset, uint64_t val)
{
	shell_cp_wr(s, offset, (uint32_t)val);
	shell_cp_wr(s, offset + 4, (uint32_t)(val >> 32));
}

/* ---- firmware ----------------------------------------------------------------*/

/* An image of words at TCM address load, entered at its begin. Returns its bytes. */
static inline uint32_t shell_image(struct shell *s, uint32_t load,
				   const uint32_t *words, uint32_t num)
{
	const uint32_t bytes = (uint32_t)sizeof(struct gs_fw_header) + 4 * num;
	const uint32_t header[] = { GS_FW_MAGIC,    sizeof(struct gs_fw_header),
				    bytes,	    0x00010000,
				    GS_ABI_VERSION, GS_ABI_HASH,
				    load,	    load };
	uint64_t payload = SHELL_IMAGE + sizeof(struct gs_fw_header);

	memset(shell_ptr(s, SHELL_IMAGE), 0, sizeof(struct gs_fw_header));
	for (unsigned i = 0; i < sizeof(header) / 4; i++)
		shell_put32(s, SHELL_IMAGE + 4 * i, header[i]);
	for (uint32_t i = 0; i < num; i++)
		shell_put32(s, payload + 4 * i, words[i]);
	shell_put32(s, SHELL_IMAGE + offsetof(struct gs_fw_header, crc32),
		    gs_crc32(shell_ptr(s, payload), 4 * num));
	return bytes;
}

static inline uint32_t shell_boot(struct shell *s, uint32_t bytes)
{
	shell_wr64(s, GS_REG_FW_ADDR, SHELL_IMAGE);
	shell_wr(s, GS_REG_FW_BYTES, bytes);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	gs_dev_cp_slice(s->dev, 0);
	return shell_rd(s, GS_REG_FW_STATUS);
}

#endif /* GS_TESTS_DEVICE_SHELL_H */
