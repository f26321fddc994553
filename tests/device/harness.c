/* SPDX-License-Identifier: MIT */
#include "tests/device/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/device/harness_internal.h"
#include "tests/unit/core_program.h"

#define NS_PER_MS 1000000ull
/* How long something may take before a test says that it never comes. */
#define PATIENCE_NS (100000 * NS_PER_MS) /* of the virtual clock */
#define PATIENCE_MS 20000u /* with threads */

/* ---- life ----------------------------------------------------------------*/

struct harness *harness_create(const struct harness_opts *opts)
{
	struct gs_dev_props props = { .ops = &harness_ops };
	const struct gs_arch small = core_small_arch();
	struct harness *h = calloc(1, sizeof(*h));

	harness_check(h);
	if (opts)
		h->opts = *opts;
	h->timer = UINT64_MAX;
	h->mem_bytes = h->opts.memory_bytes ? h->opts.memory_bytes : 16u << 20;
	h->mem = calloc(1, h->mem_bytes);
	harness_check(h->mem);
	props.num_asids = h->opts.num_asids ? h->opts.num_asids : 16;
	props.test_regs = !h->opts.no_test_regs;
	props.ops_ctx = h;
	h->dev = gs_dev_create(h->opts.arch ? h->opts.arch : &small, &props);
	harness_check(h->dev);
	h->rings = harness_alloc(h, sizeof(struct gs_ring_area), GS_PAGE_BYTES);
	h->contexts =
		harness_alloc(h, 8 * (size_t)props.num_asids, GS_PAGE_BYTES);
	h->image = harness_alloc(h, 2 * GS_FW_MAX_BYTES, 16);
	harness_clear_rings(h);
	harness_start_threads(h);
	return h;
}

void harness_destroy(struct harness *h)
{
	if (!h)
		return;
	harness_stop_threads(h);
	harness_check(!h->mapped);
	gs_dev_destroy(h->dev);
	free(h->mem);
	free(h);
}

static uint8_t *read_file(const char *path, size_t *bytes)
{
	uint8_t *data = malloc(2 * GS_FW_MAX_BYTES);
	FILE *file = fopen(path, "rb");

	*bytes = file && data ? fread(data, 1, 2 * GS_FW_MAX_BYTES, file) : 0;
	if (file)
		fclose(file);
	if (*bytes)
		return data;
	free(data);
	return NULL;
}

const uint8_t *harness_firmware(size_t *bytes)
{
	const char *build = getenv("GS_BUILD");
	static uint8_t *image;
	static size_t image_bytes;
	char path[4096];

	if (!image) {
		snprintf(path, sizeof(path), "%s/firmware/genesys.fw",
			 build ? build : "build");
		image = read_file(path, &image_bytes);
		if (!image)
			printf("# %s: %s\n", path, strerror(errno));
	}
	*bytes = image_bytes;
	return image;
}

/* ---- memory --------------------------------------------------------------*/

uint64_t harness_alloc(struct harness *h, size_t bytes, size_t align)
{
	size_t at = (h->mem_used + align - 1) / align * align;

	harness_check(at <= h->mem_bytes && bytes <= h->mem_bytes - at);
	h->mem_used = at + bytes;
	return HARNESS_BUS_BASE + at;
}

void *harness_mem(struct harness *h, uint64_t bus, size_t bytes)
{
	harness_check(bus >= HARNESS_BUS_BASE &&
		      bus - HARNESS_BUS_BASE + bytes <= h->mem_bytes);
	return h->mem + (bus - HARNESS_BUS_BASE);
}

/* ---- registers -----------------------------------------------------------*/

uint32_t harness_read(struct harness *h, uint32_t offset)
{
	uint32_t value;
	int ret;

	harness_lock(h);
	ret = gs_dev_mmio_read(h->dev, offset, 4, &value);
	harness_unlock(h);
	if (ret)
		harness_die("harness: read of register 0x%x: %s", offset,
			    strerror(-ret));
	return value;
}

uint64_t harness_read64(struct harness *h, uint32_t offset)
{
	uint32_t lo = harness_read(h, offset);

	return (uint64_t)harness_read(h, offset + 4) << 32 | lo;
}

void harness_write(struct harness *h, uint32_t offset, uint32_t value)
{
	int ret;

	harness_lock(h);
	ret = gs_dev_mmio_write(h->dev, offset, 4, value);
	harness_unlock(h);
	if (ret)
		harness_die("harness: write of register 0x%x: %s", offset,
			    strerror(-ret));
}

void harness_write64(struct harness *h, uint32_t offset, uint64_t value)
{
	harness_write(h, offset, (uint32_t)value);
	harness_write(h, offset + 4, (uint32_t)(value >> 32));
}

/* ---- waiting -------------------------------------------------------------*/

uint64_t harness_now(struct harness *h)
{
	return harness_ops.now(h);
}

/*
 * Without threads: the next thing that happens, up to a time of the virtual
 * clock; false: nothing does.
 */
static bool advance(struct harness *h, uint64_t until)
{
	if (harness_step(h))
		return true;
	if (h->timer > until)
		return false;
	if (atomic_load(&h->clock) < h->timer)
		atomic_store(&h->clock, h->timer);
	return true;
}

static void doze(void)
{
	const struct timespec time = { .tv_nsec = 200000 };

	nanosleep(&time, NULL);
}

/* Wait for @done; false: it does not come. */
static bool wait_for(struct harness *h, bool (*done)(struct harness *, void *),
		     void *arg)
{
	uint64_t end = harness_now(h) + PATIENCE_NS;

	if (h->opts.threads)
		end = harness_now(h) + PATIENCE_MS * NS_PER_MS;
	while (!done(h, arg)) {
		if (!h->opts.threads) {
			if (!advance(h, end))
				return false;
			continue;
		}
		if (harness_now(h) > end)
			return false;
		doze();
	}
	return true;
}

void harness_settle(struct harness *h)
{
	harness_check(!h->opts.threads);
	while (harness_step(h))
		;
}

void harness_pass(struct harness *h, uint32_t ms)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000l };
	uint64_t end = harness_now(h) + ms * NS_PER_MS;

	if (h->opts.threads) {
		nanosleep(&time, NULL);
		return;
	}
	while (atomic_load(&h->clock) < end)
		if (!advance(h, end))
			break;
	if (atomic_load(&h->clock) < end)
		atomic_store(&h->clock, end);
}

struct reg_wait {
	uint32_t offset, mask, value;
};

static bool reg_done(struct harness *h, void *arg)
{
	const struct reg_wait *wait = arg;

	return (harness_read(h, wait->offset) & wait->mask) == wait->value;
}

bool harness_until(struct harness *h, uint32_t offset, uint32_t mask,
		   uint32_t value)
{
	struct reg_wait wait = { offset, mask, value };

	return wait_for(h, reg_done, &wait);
}

uint64_t harness_slices(struct harness *h)
{
	uint64_t slices;

	harness_lock(h);
	slices = h->slices;
	harness_unlock(h);
	return slices;
}

uint64_t harness_interrupts(struct harness *h)
{
	uint64_t interrupts;

	harness_lock(h);
	interrupts = h->interrupts;
	harness_unlock(h);
	return interrupts;
}

/* ---- firmware ------------------------------------------------------------*/

struct gs_ring_area *harness_rings(struct harness *h)
{
	return harness_mem(h, h->rings, sizeof(struct gs_ring_area));
}

void harness_clear_rings(struct harness *h)
{
	struct gs_ring_area *rings = harness_rings(h);

	memset(rings, 0, sizeof(*rings));
	rings->magic = GS_RING_MAGIC;
	rings->abi_version = GS_ABI_VERSION;
}

static bool fw_done(struct harness *h, void *arg)
{
	uint32_t *status = arg;

	*status = harness_read(h, GS_REG_FW_STATUS);
	return *status != GS_FW_IDLE;
}

enum gs_fw_status harness_load(struct harness *h, const void *image,
			       size_t bytes, enum gs_log_level level)
{
	uint32_t status = GS_FW_IDLE;
	size_t room = 2 * GS_FW_MAX_BYTES;

	harness_rings(h)->log_level = level;
	memcpy(harness_mem(h, h->image, room), image,
	       bytes < room ? bytes : room);
	harness_write64(h, GS_REG_RING_ADDR, h->rings);
	harness_write64(h, GS_REG_CTX_TABLE, h->contexts);
	harness_write64(h, GS_REG_FW_ADDR, h->image);
	harness_write(h, GS_REG_FW_BYTES, (uint32_t)bytes);
	harness_write(h, GS_REG_INT_ENABLE, GS_INT_ALL);
	harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	wait_for(h, fw_done, &status);
	return (enum gs_fw_status)status;
}

struct gs_event harness_boot(struct harness *h)
{
	struct gs_event event = { 0 };
	const uint8_t *image;
	size_t bytes;

	image = harness_firmware(&bytes);
	harness_check(image);
	harness_check(harness_load(h, image, bytes, GS_LOG_DEBUG) ==
		      GS_FW_RUNNING);
	harness_check(harness_event(h, &event));
	if (!h->opts.threads)
		harness_settle(h);
	return event;
}

/* ---- rings ---------------------------------------------------------------*/

bool harness_push(struct harness *h, uint32_t ring, const struct gs_cmd *cmd)
{
	struct gs_ring_area *rings = harness_rings(h);
	struct gs_ring_ctl *ctl = &rings->cmd_ctl[ring];
	bool room;

	harness_lock(h);
	room = ctl->tail - ctl->head < GS_CMD_ENTRIES;
	if (room) {
		rings->cmd[ring][ctl->tail % GS_CMD_ENTRIES] = *cmd;
		ctl->tail++;
	}
	harness_unlock(h);
	return room;
}

void harness_doorbell(struct harness *h, uint32_t ring)
{
	harness_write(h, GS_REG_DOORBELL(ring), 1);
}

void harness_submit(struct harness *h, uint32_t ring, const struct gs_cmd *cmd)
{
	harness_check(harness_push(h, ring, cmd));
	harness_doorbell(h, ring);
}

uint32_t harness_events(struct harness *h)
{
	const struct gs_ring_ctl *ctl = &harness_rings(h)->event_ctl;
	uint32_t num;

	harness_lock(h);
	num = ctl->tail - ctl->head;
	harness_unlock(h);
	return num;
}

static bool event_done(struct harness *h, void *arg)
{
	(void)arg;
	return harness_events(h);
}

bool harness_event(struct harness *h, struct gs_event *event)
{
	struct gs_ring_area *rings = harness_rings(h);
	struct gs_ring_ctl *ctl = &rings->event_ctl;

	if (!wait_for(h, event_done, NULL))
		return false;
	harness_lock(h);
	harness_check(ctl->tail - ctl->head <= GS_EVENT_ENTRIES);
	*event = rings->event[ctl->head % GS_EVENT_ENTRIES];
	ctl->head++;
	harness_unlock(h);
	harness_write(h, GS_REG_INT_STATUS, GS_INT_EVENT);
	harness_write(h, GS_REG_EVENT_DOORBELL, 1);
	return true;
}

/* ---- address spaces ------------------------------------------------------*/

struct harness_space harness_space(struct harness *h, uint32_t asid)
{
	struct harness_space space = {
		.asid = asid,
		.root = harness_alloc(h, GS_PAGE_BYTES, GS_PAGE_BYTES),
	};
	uint64_t *contexts = harness_mem(h, h->contexts, 8 * (asid + 1ull));

	contexts[asid] = space.root | GS_CTX_VALID;
	return space;
}

/* The entry that maps 1 << shift bytes at @va; tables on the way are made. */
static uint64_t *find_entry(struct harness *h,
			    const struct harness_space *space, uint64_t va,
			    unsigned shift)
{
	uint64_t table = space->root, *entry;
	unsigned at = GS_VA_BITS - 9;

	for (;; at -= 9) {
		entry = harness_mem(h, table + 8 * (va >> at & 511), 8);
		if (at == shift)
			return entry;
		if (!*entry)
			*entry =
				harness_alloc(h, GS_PAGE_BYTES, GS_PAGE_BYTES) |
				GS_PTE_VALID;
		harness_check(!(*entry & GS_PTE_LARGE));
		table = *entry & GS_PTE_ADDR;
	}
}

void harness_map(struct harness *h, const struct harness_space *space,
		 uint64_t va, uint64_t bus, uint64_t bytes, bool writable)
{
	const uint64_t large = 1ull << GS_LARGE_PAGE_SHIFT;
	const uint64_t flags = GS_PTE_VALID | (writable ? GS_PTE_WRITE : 0);

	harness_check(!((va | bus) % GS_PAGE_BYTES));
	for (uint64_t at = 0, step; at < bytes; at += step) {
		if (!((va + at) % large) && !((bus + at) % large) &&
		    bytes - at >= large) {
			step = large;
			*find_entry(h, space, va + at, GS_LARGE_PAGE_SHIFT) =
				(bus + at) | flags | GS_PTE_LARGE;
		} else {
			step = GS_PAGE_BYTES;
			*find_entry(h, space, va + at, GS_PAGE_SHIFT) =
				(bus + at) | flags;
		}
	}
}

void harness_unmap(struct harness *h, const struct harness_space *space,
		   uint64_t va)
{
	*find_entry(h, space, va, GS_PAGE_SHIFT) = 0;
	harness_write(h, GS_REG_INVAL_ASID, space->asid);
	harness_write64(h, GS_REG_INVAL_ADDR, va);
	harness_write(h, GS_REG_INVAL_PAGES, 1);
	harness_write(h, GS_REG_INVAL_CONTROL, 1);
	harness_check(harness_until(h, GS_REG_INVAL_CONTROL, 1, 0));
}
