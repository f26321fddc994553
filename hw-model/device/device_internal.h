/* SPDX-License-Identifier: MIT */
/*
 * What the files of the device share. Everything is protected by the shell's
 * lock (device.h) unless a member says otherwise.
 */
#ifndef GS_DEVICE_INTERNAL_H
#define GS_DEVICE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "hw-model/core/core.h"
#include "hw-model/device/device.h"
#include "hw-model/rv32/rv32.h"
#include "hw-model/timing/timing.h"

/* ---- address translation -------------------------------------------------*/

/* Where a walk led. */
struct gs_xlat {
	uint64_t bus; /* of the page's first byte */
	unsigned shift; /* GS_PAGE_SHIFT or GS_LARGE_PAGE_SHIFT */
	bool writable;
};

/* A refused access. */
struct gs_refusal {
	enum gs_mmu_fault reason;
	uint64_t addr; /* virtual, of the first byte refused */
	bool write;
};

#define GS_TLB_SMALL 256u /* entries for pages of 4 KiB */
#define GS_TLB_LARGE 32u /* and of 2 MiB; powers of two */

struct gs_tlb_entry {
	bool valid;
	bool writable; /* by the page table */
	bool host_write; /* host was mapped for writing */
	uint64_t page; /* virtual address >> shift */
	uint64_t bus;
	uint8_t *host; /* NULL: access by ops->dma_*, with the lock */
};

/*
 * Translations of the running job; between jobs it is empty. Changed only by
 * the holder of the lock, who also holds mutex meanwhile; so the worker may
 * read with either, and the holder of the lock needs no mutex to read. The
 * worker keeps mutex while it copies through host, at most a page.
 */
struct gs_tlb {
	pthread_mutex_t mutex;
	struct gs_tlb_entry small[GS_TLB_SMALL];
	struct gs_tlb_entry large[GS_TLB_LARGE];
};

/* ---- jobs ----------------------------------------------------------------*/

/* Who owns a job. */
enum gs_job_state {
	GS_JOB_NONE,
	GS_JOB_READY, /* nobody: the first worker to come, or a reset */
	GS_JOB_INSIDE, /* the worker */
	GS_JOB_LEFT, /* the holder of the lock: finish is due */
	GS_JOB_HUNG, /* the holder of the lock: injected, no worker ever comes */
};

/* What the command processor reads about a job that stopped. */
struct gs_outcome {
	enum gs_core_status status;
	uint32_t fault_code;
	uint32_t block;
	uint32_t word;
	uint64_t address;
	uint64_t time_end;
	uint64_t cycles, stalls; /* of the timing model */
};

/* The private copy of a job. Members below state belong to its owner. */
struct gs_dev_job {
	atomic_int state; /* enum gs_job_state */
	atomic_bool stop; /* set by the holder of the lock, read by all */
	struct gs_job desc;
	uint32_t asid;
	uint32_t slow_us;
	bool clear; /* scratchpads hold another address space's data */
	bool dma_error; /* injected: the next access is refused */
	struct gs_refusal refusal; /* the first one */
	struct gs_outcome outcome;
};

/* ---- the device ----------------------------------------------------------*/

#define GS_REG_SPACE 0x300u
#define GS_CP_REG_SPACE 0x100u
#define GS_NO_TIMER UINT64_MAX

struct gs_dev {
	struct gs_arch arch;
	struct gs_dev_props props;
	const struct gs_dev_ops *ops;
	void *ctx;
	/* a bus access is under way: it may be aimed at the device itself */
	bool in_ops;
	bool resetting; /* until the worker has left */

	/* registers that only store, by offset / 4; host's and the CP's side */
	uint32_t reg[GS_REG_SPACE / 4];
	uint32_t cp_reg[GS_CP_REG_SPACE / 4];
	uint32_t int_status;
	uint32_t int_seen; /* INT_STATUS & INT_ENABLE as the shell knows them */
	uint32_t latch[4]; /* HI words of TIMESTAMP .. TLB_MISSES */
	uint32_t cp_latch; /* HI word of MTIME */
	uint64_t busy_time, jobs_started, tlb_misses;

	/* command processor */
	struct gs_rv32 cpu;
	uint8_t tcm[GS_CP_TCM_BYTES];
	bool cp_running;
	bool cp_loading; /* START was written, the image not yet looked at */
	uint32_t cp_irq_pending;
	uint64_t timer; /* given to ops->set_timer, or GS_NO_TIMER */
	uint8_t image[GS_FW_MAX_BYTES]; /* firmware, while it is checked */

	/* core */
	struct gs_core *core; /* the job's owner's */
	struct gs_timing *timing; /* the same; keeps totals only */
	struct gs_dev_job job;
	struct gs_tlb tlb;
	uint64_t time_start;
	struct gs_outcome outcome; /* published */
	bool owned; /* scratchpads: what job.asid left there */

	/* fault injection */
	uint32_t inject;
	uint32_t slow_us;
	uint32_t inject_count;
	bool drop_irq; /* the job said so: the next RAISE is lost */
};

static inline uint32_t gs_le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint64_t gs_le64(const uint8_t *p)
{
	return gs_le32(p) | (uint64_t)gs_le32(p + 4) << 32;
}

/* A LO and HI pair. */
static inline uint64_t gs_reg64(const uint32_t *file, uint32_t offset)
{
	return file[offset / 4] | (uint64_t)file[offset / 4 + 1] << 32;
}

static inline uint32_t gs_half(uint64_t value, bool high)
{
	return (uint32_t)(high ? value >> 32 : value);
}

static inline uint64_t gs_dev_now(const struct gs_dev *dev)
{
	return dev->ops->now(dev->ctx);
}

/* device.c: the bus, and interrupts */
int gs_dev_dma_read(struct gs_dev *dev, uint64_t bus, void *dst, size_t size);
int gs_dev_dma_write(struct gs_dev *dev, uint64_t bus, const void *src,
		     size_t size);
void gs_dev_raise(struct gs_dev *dev, uint32_t bits);
/* The same, but EVENT by a message of its own, if there is such a vector. */
void gs_dev_raise_event(struct gs_dev *dev, uint32_t vector, uint32_t bits);
void gs_dev_update_irq(struct gs_dev *dev);
/* Half of a 64-bit counter: reading LO keeps HI in *latch. */
uint32_t gs_dev_counter(uint64_t value, bool high, uint32_t *latch);

/*
 * A run of registers. What is not said by a hook is kept in a file of words:
 * a write stores the bits of mask, then calls the hook.
 */
struct gs_reg {
	uint32_t offset;
	uint32_t words;
	bool writable;
	uint32_t mask;
	uint32_t (*read)(struct gs_dev *dev, uint32_t offset);
	void (*write)(struct gs_dev *dev, uint32_t offset, uint32_t val);
};

/* reg.c: 0, -ENXIO: no such register, -EPERM: read only; offset is aligned */
int gs_reg_read(struct gs_dev *dev, const struct gs_reg *regs,
		const uint32_t *file, uint32_t offset, uint32_t *val);
int gs_reg_write(struct gs_dev *dev, const struct gs_reg *regs, uint32_t *file,
		 uint32_t offset, uint32_t val);

/* regs.c: identification, as both sides read it. False: no such register. */
bool gs_id_read(const struct gs_dev *dev, uint32_t offset, uint32_t *val);

/* test_page.c: offsets in the page; as gs_dev_mmio_read() and _write() */
int gs_test_read(struct gs_dev *dev, uint32_t offset, uint32_t *val);
int gs_test_write(struct gs_dev *dev, uint32_t offset, uint32_t val);
/* Consume injections for the job that starts. Returns those taken. */
uint32_t gs_test_take(struct gs_dev *dev);

/* mmu.c */
enum gs_mmu_fault gs_mmu_walk(struct gs_dev *dev, uint32_t asid, uint64_t va,
			      bool write, struct gs_xlat *xlat);
void gs_mmu_record(struct gs_dev *dev, enum gs_fault_engine engine,
		   uint32_t asid, const struct gs_refusal *refusal);
void gs_mmu_clear(struct gs_dev *dev); /* the recorded fault */
void gs_mmu_invalidate(struct gs_dev *dev);

/* tlb.c */
int gs_tlb_init(struct gs_tlb *tlb);
void gs_tlb_fini(struct gs_tlb *tlb);
/* Drop every translation that meets num_pages pages (0: all) from page first on. */
void gs_tlb_drop(struct gs_dev *dev, uint64_t first, uint64_t num_pages);
/* The job's accesses, from the worker, without the lock. 0 or -errno. */
int gs_tlb_access(struct gs_dev *dev, uint64_t va, uint8_t *data, size_t size,
		  bool write);

/* fw_load.c: check the image of FW_ADDR and FW_BYTES, and copy it to the TCM */
enum gs_fw_status gs_fw_load(struct gs_dev *dev, uint32_t *entry);
uint32_t gs_crc32(const uint8_t *data, size_t size);

/* cp.c */
void gs_cp_init(struct gs_dev *dev);
void gs_cp_reset(struct gs_dev *dev);
void gs_cp_start(struct gs_dev *dev); /* FW_CONTROL.START */
void gs_cp_stop(struct gs_dev *dev); /* by the host or the firmware */
void gs_cp_halt(struct gs_dev *dev, uint32_t cause, uint32_t pc);
void gs_cp_interrupt(struct gs_dev *dev, uint32_t bits); /* GS_CP_IRQ_* */
/* Let the lines of the processor follow; wake it, set the timer. */
void gs_cp_update_irq(struct gs_dev *dev);

/* cp_regs.c: multiples of 4 from GS_CP_REG_BASE on; what is not 0 traps */
int gs_cp_reg_read(struct gs_dev *dev, uint32_t offset, uint32_t *val);
int gs_cp_reg_write(struct gs_dev *dev, uint32_t offset, uint32_t val);

/* dma.c: GS_CP_DMA_CONTROL was written */
void gs_cp_dma(struct gs_dev *dev, uint32_t control);

/* job.c */
void gs_job_start(struct gs_dev *dev);
void gs_job_abort(struct gs_dev *dev);
void gs_job_ack(struct gs_dev *dev);
void gs_job_reset_core(struct gs_dev *dev);
/* Forget the job; sets dev->resetting when a worker must leave first. */
void gs_job_reset(struct gs_dev *dev);

#endif /* GS_DEVICE_INTERNAL_H */
