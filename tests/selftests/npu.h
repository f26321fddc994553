/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the selftests of genesys.ko share: devices, buffers, contexts, fences,
 * and a kit of small programs. Functions return 0 or more, or a negative
 * errno, and never print or exit, so that tests judge.
 */
#ifndef GS_SELFTESTS_NPU_H
#define GS_SELFTESTS_NPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm/genesys_accel.h>

#include "genesys/hw_abi.h"

/* ---- devices --------------------------------------------------------------- */

/** A device the driver is bound to, as sysfs knows it; @node may change. */
struct npu_device {
	char address[32]; /* "0000:01:00.0" */
	char node[32]; /* "/dev/accel/accel0" */
	char sysfs[128]; /* directory of the PCI device */
	char debugfs[128]; /* directory of the accel device */
	uint32_t max_files; /* address spaces */
	bool test_regs; /* faults can be injected */
};

/** An open file. */
struct npu {
	int fd;
	struct npu_device dev;
	struct drm_genesys_dev_info info;
	struct drm_genesys_limits limits;
};

#define NPU_MAX_DEVICES 8

/**
 * npu_devices() - the devices the driver is bound to
 * Returns their number; with @devices NULL only that.
 */
int npu_devices(struct npu_device devices[NPU_MAX_DEVICES]);

/**
 * npu_find() - the device most tests use
 * The one that NPU_DEVICE=0000:01:00.0 in the environment names, else the
 * first which can inject faults, else the first. -ENODEV: none.
 */
int npu_find(struct npu_device *dev);

/** npu_find_small() - the first with at most @max_files address spaces */
int npu_find_small(struct npu_device *dev, uint32_t max_files);

/** npu_open_device() - open @dev; -EBUSY: all address spaces are in use */
int npu_open_device(struct npu *npu, const struct npu_device *dev);

/** npu_open() - npu_find() and npu_open_device() */
int npu_open(struct npu *npu);

void npu_close(struct npu *npu);

/** npu_ioctl() - ioctl(), with -errno */
int npu_ioctl(int fd, unsigned long request, void *arg);

/* ---- sysfs and debugfs -------------------------------------------------------- */

/** npu_write_file() - write @text, without creating the file */
int npu_write_file(const char *path, const char *text);

/** npu_read_file() - read at most @size - 1 bytes; the length, ends with 0 */
int npu_read_file(const char *path, char *text, size_t size);

/** npu_debugfs() - read a file of the device's debugfs directory */
int npu_debugfs(const struct npu_device *dev, const char *file, char *text,
		size_t size);

/**
 * npu_inject() - arm GS_INJECT_* for the next job of the device
 * -ENOENT: it has no test registers.
 */
int npu_inject(const struct npu_device *dev, uint32_t inject);

/** npu_slow() - delay of each block in microseconds; a reset clears it */
int npu_slow(const struct npu_device *dev, uint32_t us);

/** npu_injected() - number of injections that took place since a reset */
int npu_injected(const struct npu_device *dev);

int npu_unbind(const struct npu_device *dev);

/** npu_bind() - and wait until the node is there */
int npu_bind(const struct npu_device *dev);

/** npu_reset() - PCI function reset through sysfs */
int npu_reset(const struct npu_device *dev);

/** npu_module_refs() - references of the module, lsmod's third column */
int npu_module_refs(void);

/* ---- buffers ------------------------------------------------------------------ */

struct npu_bo {
	uint32_t handle;
	uint64_t addr; /* in the address space of the file */
	uint64_t size; /* rounded up to pages */
	void *map; /* NULL when not mapped */
};

/** npu_bo_create() - create and map; @flags DRM_GENESYS_BO_* */
int npu_bo_create(const struct npu *npu, struct npu_bo *bo, uint64_t size,
		  uint32_t flags);

/** npu_bo_wrap() - a BO for a handle which an import gave; not mapped */
int npu_bo_wrap(const struct npu *npu, struct npu_bo *bo, uint32_t handle);

/** npu_bo_destroy() - unmap and close the handle */
void npu_bo_destroy(const struct npu *npu, struct npu_bo *bo);

/** npu_bo_unmap() - the mapping only; as long as it is there, the file is too */
void npu_bo_unmap(struct npu_bo *bo);

/** npu_export() - a dma-buf of a BO; npu_import() - a handle, in *@handle */
int npu_export(const struct npu *npu, uint32_t handle);
int npu_import(const struct npu *npu, int dmabuf, uint32_t *handle);

/* ---- contexts ----------------------------------------------------------------- */

/** npu_ctx_create() - the id of a new context; @timeout_ms 0: the default */
int npu_ctx_create(const struct npu *npu, uint32_t priority,
		   uint32_t timeout_ms);
int npu_ctx_destroy(const struct npu *npu, uint32_t ctx);
int npu_ctx_query(const struct npu *npu, uint32_t ctx,
		  struct drm_genesys_ctx_query *query);

/* ---- fences ------------------------------------------------------------------- */

/** npu_syncobj_create() - the handle of a new syncobj without fence */
int npu_syncobj_create(const struct npu *npu);
void npu_syncobj_destroy(const struct npu *npu, uint32_t handle);

/** npu_syncobj_fd() - a sync_file of its fence */
int npu_syncobj_fd(const struct npu *npu, uint32_t handle);

/** npu_fence_status() - 1: signalled, 0: not yet, below 0: its error */
int npu_fence_status(int sync_file);

/** npu_fence_wait() - poll for at most @ms, then npu_fence_status() */
int npu_fence_wait(int sync_file, int ms);

/** npu_syncobj_wait() - npu_fence_wait() for the fence of a syncobj */
int npu_syncobj_wait(const struct npu *npu, uint32_t handle, int ms);

/** npu_now_ms() - CLOCK_MONOTONIC */
uint64_t npu_now_ms(void);

/* ---- programs and jobs ---------------------------------------------------------- */

/* Every kit: windows 1 to 4 start at its data BO. */
#define NPU_IN 0u /* offsets in the data BO */
#define NPU_OUT 0x1000u
#define NPU_DATA_BYTES 0x4000u
#define NPU_CODE_BYTES 0x8000u
#define NPU_NUM_RESULTS 1024u
#define NPU_UNMAPPED 0x1000000u /* offset in windows, no BO is there */
#define NPU_STORE_OFFSET 0x2000000u /* NPU_STORE_CODE: where the code is */
#define NPU_ILLEGAL_WORD 0xf0000001u
#define NPU_CHAIN_BLOCKS 40u

enum npu_program {
	NPU_NOP, /* one block that ends */
	NPU_ADD, /* a row of int32 lanes: out = in + 1 */
	NPU_LEAK, /* out = what VMEM1 holds, without loading it */
	NPU_CHAIN, /* NPU_CHAIN_BLOCKS blocks; with npu_slow(), a long job */
	NPU_ENDLESS, /* a block that goes on with itself */
	NPU_ILLEGAL, /* NPU_ILLEGAL_WORD, word 0 of block 1 */
	NPU_LOAD_UNMAPPED, /* loads at NPU_UNMAPPED */
	NPU_STORE_CODE, /* stores into the read-only code BO */
	NPU_NUM_PROGRAMS
};

/** BOs with all programs, ready for npu_submit(). */
struct npu_kit {
	const struct npu *npu;
	struct npu_bo code, data, results;
	uint32_t entry[NPU_NUM_PROGRAMS]; /* offsets in the code BO */
	uint32_t words[NPU_NUM_PROGRAMS]; /* of the first block */
	uint32_t code_used; /* bytes */
	uint32_t lanes; /* of a row */
};

int npu_kit_create(const struct npu *npu, struct npu_kit *kit);
void npu_kit_destroy(struct npu_kit *kit);

/** npu_kit_unmap() - for kits whose file is closed already */
void npu_kit_unmap(struct npu_kit *kit);

int32_t *npu_in(const struct npu_kit *kit);
int32_t *npu_out(const struct npu_kit *kit);
struct gs_result *npu_result(const struct npu_kit *kit, uint32_t index);

struct program; /* tests/unit/core_program.h: makes programs of one's own */

/** npu_kit_append() - copy a program into the code BO; its offset or -ENOSPC */
int npu_kit_append(struct npu_kit *kit, const struct program *program);

/** One SUBMIT; npu_job() fills it, a test changes what it is about. */
struct npu_job {
	struct drm_genesys_submit args;
	struct drm_genesys_bo_ref refs[8];
	struct drm_genesys_sync syncs[8];
};

/**
 * npu_job() - a job that runs a program of the kit
 * @result: index of its record, below NPU_NUM_RESULTS
 */
struct npu_job npu_job(const struct npu_kit *kit, uint32_t ctx,
		       enum npu_program program, uint32_t result);

void npu_job_add_bo(struct npu_job *job, uint32_t handle, uint32_t flags);
void npu_job_wait(struct npu_job *job, uint32_t syncobj, uint64_t point);
void npu_job_signal(struct npu_job *job, uint32_t syncobj, uint64_t point);

/** npu_job_submit() - the ioctl; job->args.seqno is set */
int npu_job_submit(const struct npu *npu, struct npu_job *job);

/** npu_submit() - run a program of the kit; @syncobj 0: none is signalled */
int npu_submit(const struct npu_kit *kit, uint32_t ctx,
	       enum npu_program program, uint32_t syncobj);

/**
 * npu_run() - submit and wait
 * Returns 1, or the error of the ioctl or of the fence; 0 after @ms.
 */
int npu_run(const struct npu_kit *kit, uint32_t ctx, enum npu_program program,
	    int ms);

/**
 * npu_check() - @count jobs in a file, kit and context of their own
 * Each adds, and its output and result record are checked. 0, the error, or
 * -EILSEQ for a wrong result.
 */
int npu_check(const struct npu_device *dev, uint32_t count);

#endif /* GS_SELFTESTS_NPU_H */
