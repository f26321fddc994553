/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * Userspace interface of genesys.ko, the driver of GeneSys NPUs
 * (/dev/accel/accelN, driver name "genesys").
 */
#ifndef _UAPI_GENESYS_ACCEL_H_
#define _UAPI_GENESYS_ACCEL_H_

#include <linux/ioctl.h>
#include <linux/types.h>

#if defined(__cplusplus)
extern "C" {
#endif

/**
 * DOC: Overview
 *
 * An open file has one address space of the device, 48 bits wide. Buffer
 * objects (BOs) are memory of the host; BO_CREATE and importing a dma-buf
 * place a BO in the address space, where it stays until its handle is closed
 * and the last job which lists it has ended.
 *
 * A context is a queue of jobs with a priority and a timeout. Jobs of a
 * context run in the order of submission, jobs of different contexts in any
 * order unless syncobjs or buffers shared through dma-buf order them.
 *
 * A job is a chain of instruction blocks in memory. It addresses memory
 * through five windows of 4 GiB, whose bases in the address space SUBMIT
 * gives. Code never changes while a job which lists it is unfinished: the
 * kernel does not enforce it, results are undefined otherwise.
 *
 * Waiting, polling, passing fences between processes: syncobjs
 * (DRM_IOCTL_SYNCOBJ_*), there is no wait ioctl of the driver's own. Waiting
 * for a syncobj succeeds for failed jobs too. How a job ended say, each by
 * itself sufficient: the status of its fence (SYNC_IOC_FILE_INFO), CTX_QUERY,
 * and the result record the device writes. Errors of fences:
 *
 * * -ETIME: the job ran for longer than the timeout of its context
 * * -EFAULT: it accessed an address that is not mapped, or not for writing
 * * -EIO: the program was refused by the core, or the device was reset
 * * -ECANCELED: cancelled, with its context or because an earlier job failed
 * * -ENODEV: the device is gone
 *
 * A job that failed makes its context guilty: jobs queued behind it are
 * cancelled, SUBMIT fails with ECANCELED, CTX_QUERY tells the cause. Other
 * contexts, of the same file as well, are not affected; a new context works
 * at once. A job that is lost in a device reset it did not cause ends with
 * -EIO but leaves its context usable. A job that depends on a failed job of
 * another context runs: fences order, they do not vouch.
 */

/**
 * DOC: Rules of extension
 *
 * * Fixed-size types, natural alignment, explicit padding, sizes that are
 *   multiples of 8, no unions: 32-bit and 64-bit processes see one layout.
 * * Reserved fields, padding and unknown flags must be zero, else EINVAL. So
 *   must handles that are only returned; other fields that are only returned
 *   are ignored.
 * * New fields come at the end of a structure, or take the place of padding;
 *   zero always means what the interface did before.
 * * Arrays are given as &struct drm_genesys_obj_array with the size of an
 *   element as the caller knows it. An old caller's missing fields are zero; a
 *   new caller's unknown fields must be zero, else E2BIG.
 * * Ioctls are never removed, renumbered or reused.
 * * Every addition raises the minor version of the driver
 *   (DRM_IOCTL_VERSION); the major version would change with an incompatible
 *   one, which is not going to happen.
 * * No ioctl returns EAGAIN, which libdrm takes as a request to try again.
 *   EINTR may be returned, with no effect, when a signal arrives.
 *
 * Versions:
 *
 * * 1.0: the first
 * * 1.1: DRM_GENESYS_BO_REF_NO_IMPLICIT
 */

#define DRM_GENESYS_VERSION_MAJOR	1
#define DRM_GENESYS_VERSION_MINOR	1

/**
 * enum drm_genesys_ioctl_id - numbers of the ioctls
 */
enum drm_genesys_ioctl_id {
	/** @DRM_GENESYS_DEV_QUERY: what the device and the driver are. */
	DRM_GENESYS_DEV_QUERY = 0,

	/** @DRM_GENESYS_BO_CREATE: allocate memory and map it. */
	DRM_GENESYS_BO_CREATE,

	/** @DRM_GENESYS_BO_INFO: where a BO lies; for imported ones. */
	DRM_GENESYS_BO_INFO,

	/** @DRM_GENESYS_CTX_CREATE: make a queue of jobs. */
	DRM_GENESYS_CTX_CREATE,

	/** @DRM_GENESYS_CTX_DESTROY: cancel its jobs and drop it. */
	DRM_GENESYS_CTX_DESTROY,

	/** @DRM_GENESYS_SUBMIT: queue one job. */
	DRM_GENESYS_SUBMIT,

	/** @DRM_GENESYS_CTX_QUERY: state of a context and cause of a failure. */
	DRM_GENESYS_CTX_QUERY,

	/** @DRM_GENESYS_BO_SYNC: caches, for devices that are not coherent. */
	DRM_GENESYS_BO_SYNC,
};

/**
 * struct drm_genesys_obj_array - an array in user memory
 */
struct drm_genesys_obj_array {
	/** @array: its address; ignored if @count is 0, as is @stride. */
	__u64 array;

	/** @count: of elements. */
	__u32 count;

	/** @stride: sizeof() an element, as the caller's header has it. */
	__u32 stride;
}; /* 16 bytes */

/* ---- DEV_QUERY ----------------------------------------------------------- */

/**
 * enum drm_genesys_query_type - what DEV_QUERY can tell
 */
enum drm_genesys_query_type {
	/** @DRM_GENESYS_QUERY_DEV_INFO: &struct drm_genesys_dev_info */
	DRM_GENESYS_QUERY_DEV_INFO = 0,

	/** @DRM_GENESYS_QUERY_LIMITS: &struct drm_genesys_limits */
	DRM_GENESYS_QUERY_LIMITS,

	/** @DRM_GENESYS_QUERY_FW_INFO: &struct drm_genesys_fw_info */
	DRM_GENESYS_QUERY_FW_INFO,

	/** @DRM_GENESYS_QUERY_TIMESTAMP: &struct drm_genesys_timestamp */
	DRM_GENESYS_QUERY_TIMESTAMP,
};

/**
 * struct drm_genesys_dev_query - arguments of DRM_IOCTL_GENESYS_DEV_QUERY
 *
 * Errors: EINVAL for an unknown type; EFAULT; EIO for the timestamp of a device
 * that does not answer just now.
 */
struct drm_genesys_dev_query {
	/** @type: enum drm_genesys_query_type */
	__u32 type;

	/**
	 * @size: in: size of the memory at @pointer, out: size of the
	 * structure the kernel knows. Of a smaller memory the beginning is
	 * filled, of a larger one the rest is cleared.
	 */
	__u32 size;

	/** @pointer: memory for the structure, or 0 to only learn @size. */
	__u64 pointer;
}; /* 16 bytes */

/**
 * enum drm_genesys_param - index into &drm_genesys_dev_info.params
 *
 * Meanings and units are those of the parameters of architecture files,
 * docs/isa.md section 1.
 */
enum drm_genesys_param {
	/** @DRM_GENESYS_PARAM_ISA_VERSION: version of the instruction set */
	DRM_GENESYS_PARAM_ISA_VERSION = 0,

	/** @DRM_GENESYS_PARAM_EXTENSIONS: bits of its extensions */
	DRM_GENESYS_PARAM_EXTENSIONS,

	/** @DRM_GENESYS_PARAM_CLOCK_MHZ: of the core */
	DRM_GENESYS_PARAM_CLOCK_MHZ,

	/** @DRM_GENESYS_PARAM_ARRAY_N: rows of the array: input channels */
	DRM_GENESYS_PARAM_ARRAY_N,

	/** @DRM_GENESYS_PARAM_ARRAY_M: columns of the array and lanes of the SIMD unit */
	DRM_GENESYS_PARAM_ARRAY_M,

	/** @DRM_GENESYS_PARAM_DATA_WIDTH: bits of an activation */
	DRM_GENESYS_PARAM_DATA_WIDTH,

	/** @DRM_GENESYS_PARAM_WGT_WIDTH: bits of a weight */
	DRM_GENESYS_PARAM_WGT_WIDTH,

	/** @DRM_GENESYS_PARAM_ACC_WIDTH: bits of an accumulator */
	DRM_GENESYS_PARAM_ACC_WIDTH,

	/** @DRM_GENESYS_PARAM_BIAS_WIDTH: bits of a bias */
	DRM_GENESYS_PARAM_BIAS_WIDTH,

	/** @DRM_GENESYS_PARAM_IBUF_DEPTH: rows of the input buffer, both halves */
	DRM_GENESYS_PARAM_IBUF_DEPTH,

	/** @DRM_GENESYS_PARAM_WBUF_DEPTH: rows of the weight buffer, both halves */
	DRM_GENESYS_PARAM_WBUF_DEPTH,

	/** @DRM_GENESYS_PARAM_OBUF_DEPTH: rows of half an output buffer */
	DRM_GENESYS_PARAM_OBUF_DEPTH,

	/** @DRM_GENESYS_PARAM_BBUF_DEPTH: rows of the bias buffer */
	DRM_GENESYS_PARAM_BBUF_DEPTH,

	/** @DRM_GENESYS_PARAM_VMEM_DEPTH: rows of each vector memory */
	DRM_GENESYS_PARAM_VMEM_DEPTH,

	/** @DRM_GENESYS_PARAM_IMM_DEPTH: immediates */
	DRM_GENESYS_PARAM_IMM_DEPTH,

	/** @DRM_GENESYS_PARAM_INSTR_DEPTH: words of the array's instruction memory */
	DRM_GENESYS_PARAM_INSTR_DEPTH,

	/** @DRM_GENESYS_PARAM_SIMD_INSTR_DEPTH: words of the SIMD unit's instruction memory */
	DRM_GENESYS_PARAM_SIMD_INSTR_DEPTH,

	/** @DRM_GENESYS_PARAM_PARAM_CHANNEL_BW: bits a cycle for weights and biases */
	DRM_GENESYS_PARAM_PARAM_CHANNEL_BW,

	/** @DRM_GENESYS_PARAM_IBUF_CHANNEL_BW: bits a cycle for inputs */
	DRM_GENESYS_PARAM_IBUF_CHANNEL_BW,

	/** @DRM_GENESYS_PARAM_OBUF_CHANNEL_BW: bits a cycle for outputs */
	DRM_GENESYS_PARAM_OBUF_CHANNEL_BW,

	/** @DRM_GENESYS_PARAM_SIMD_CHANNEL_BW: bits a cycle of the SIMD unit */
	DRM_GENESYS_PARAM_SIMD_CHANNEL_BW,

	/** @DRM_GENESYS_PARAM_INSTR_CHANNEL_BW: bits a cycle for instructions */
	DRM_GENESYS_PARAM_INSTR_CHANNEL_BW,

	/** @DRM_GENESYS_PARAM_WEIGHT_LAYOUT: 0: published, 1: column */
	DRM_GENESYS_PARAM_WEIGHT_LAYOUT,
};

/** DRM_GENESYS_MAX_PARAMS - entries of &drm_genesys_dev_info.params */
#define DRM_GENESYS_MAX_PARAMS		32

/** DRM_GENESYS_DEV_COHERENT - device and processors see the same memory, BO_SYNC does nothing */
#define DRM_GENESYS_DEV_COHERENT	(1 << 0)
/** DRM_GENESYS_DEV_TEST_REGS - the device can inject faults (debugfs "inject") */
#define DRM_GENESYS_DEV_TEST_REGS	(1 << 1)

/**
 * struct drm_genesys_dev_info - what the device is
 */
struct drm_genesys_dev_info {
	/** @hw_version: of the device, major << 16 | minor. */
	__u32 hw_version;

	/** @flags: DRM_GENESYS_DEV_* */
	__u32 flags;

	/** @abi_version: of registers, rings and messages. */
	__u32 abi_version;

	/** @abi_hash: of the same. */
	__u32 abi_hash;

	/** @arch_hash: of the architecture, which model files carry too. */
	__u64 arch_hash;

	/** @timestamp_hz: ticks of the device's clock in a second. */
	__u64 timestamp_hz;

	/** @num_params: entries of @params that are valid. */
	__u32 num_params;

	/** @pad: 0 */
	__u32 pad;

	/** @params: by enum drm_genesys_param; 0 beyond @num_params. */
	__u32 params[DRM_GENESYS_MAX_PARAMS];
}; /* 168 bytes */

/**
 * struct drm_genesys_limits - how much there is of everything
 */
struct drm_genesys_limits {
	/** @max_files: address spaces of the device; with all in use open() is EBUSY. */
	__u32 max_files;

	/**
	 * @max_ctx_per_file: CTX_CREATE above it is ENOSPC, as it is when four
	 * times as many are left with those that were destroyed before their
	 * jobs ended.
	 */
	__u32 max_ctx_per_file;

	/** @max_jobs_per_ctx: unfinished jobs; SUBMIT above it is EBUSY. */
	__u32 max_jobs_per_ctx;

	/** @max_bos_per_job: elements of &drm_genesys_submit.bos. */
	__u32 max_bos_per_job;

	/** @max_syncs_per_job: elements of &drm_genesys_submit.syncs. */
	__u32 max_syncs_per_job;

	/** @default_timeout_ms: of a context that asks for 0. */
	__u32 default_timeout_ms;

	/** @max_timeout_ms: longest timeout of a context. */
	__u32 max_timeout_ms;

	/** @va_bits: width of device addresses. */
	__u32 va_bits;

	/** @page_size: granularity of BOs and of window bases, bytes. */
	__u32 page_size;

	/** @large_page_size: BOs at least as big are aligned to it, bytes. */
	__u32 large_page_size;

	/** @window_size: what a window base makes addressable, bytes. */
	__u64 window_size;

	/** @low_start: first device address of a BO. */
	__u64 low_start;

	/** @low_end: end of the addresses of BOs without DRM_GENESYS_BO_HIGH. */
	__u64 low_end;
}; /* 64 bytes */

/**
 * struct drm_genesys_fw_info - the firmware that runs
 */
struct drm_genesys_fw_info {
	/**
	 * @version: major << 16 | minor << 8 | patch; 0 while no firmware runs,
	 * because the device could not be brought back after a reset. SUBMIT is
	 * EIO then. A reset by the bus may bring it back.
	 */
	__u32 version;

	/** @abi_version: of the image; equal to the device's. */
	__u32 abi_version;

	/** @abi_hash: of the image; equal to the device's. */
	__u32 abi_hash;

	/** @features: bits the firmware reported in its handshake. */
	__u32 features;

	/** @size: of the image, bytes. */
	__u32 size;

	/** @reset_count: device resets since the driver was bound. */
	__u32 reset_count;
}; /* 24 bytes */

/**
 * struct drm_genesys_timestamp - two clocks at one moment
 */
struct drm_genesys_timestamp {
	/** @device_ticks: the device's clock, as in result records. */
	__u64 device_ticks;

	/** @cpu_ns: CLOCK_MONOTONIC. */
	__u64 cpu_ns;

	/** @device_hz: ticks of the device's clock in a second. */
	__u64 device_hz;

	/** @error_ns: the moments are at most this far apart. */
	__u64 error_ns;
}; /* 32 bytes */

/* ---- buffer objects ------------------------------------------------------ */

/**
 * DRM_GENESYS_BO_HIGH - place the BO above the first 4 GiB
 *
 * For BOs that get a window of their own, as weights do. Such a BO may be
 * larger than 4 GiB; a window reaches the 4 GiB from its base.
 */
#define DRM_GENESYS_BO_HIGH		(1 << 0)
/**
 * DRM_GENESYS_BO_READ_ONLY - the device may not write
 *
 * SUBMIT takes programs from such BOs only. The CPU may write.
 */
#define DRM_GENESYS_BO_READ_ONLY	(1 << 1)

/**
 * struct drm_genesys_bo_create - arguments of DRM_IOCTL_GENESYS_BO_CREATE
 *
 * Memory is allocated, cleared, charged to the caller's memory cgroup and
 * pinned: it is neither swapped nor reclaimed before the BO is freed.
 *
 * Errors: EINVAL for size 0, flags; ENOMEM; ENOSPC when the part of the
 * address space is full.
 */
struct drm_genesys_bo_create {
	/** @size: in: bytes, out: rounded up to pages. */
	__u64 size;

	/** @flags: DRM_GENESYS_BO_* */
	__u32 flags;

	/** @handle: out: to be closed with DRM_IOCTL_GEM_CLOSE. */
	__u32 handle;

	/** @dev_addr: out: address in the file's address space. */
	__u64 dev_addr;

	/** @mmap_offset: out: for mmap() of the device file. */
	__u64 mmap_offset;
}; /* 32 bytes */

/**
 * struct drm_genesys_bo_info - arguments of DRM_IOCTL_GENESYS_BO_INFO
 *
 * Errors: ENOENT.
 */
struct drm_genesys_bo_info {
	/** @handle: in: of the BO. */
	__u32 handle;

	/** @flags: out: DRM_GENESYS_BO_*, 0 for imported BOs. */
	__u32 flags;

	/** @size: out: bytes. */
	__u64 size;

	/** @dev_addr: out: address in the file's address space. */
	__u64 dev_addr;

	/** @mmap_offset: out: for mmap() of the device file. */
	__u64 mmap_offset;
}; /* 32 bytes */

/** DRM_GENESYS_BO_SYNC_TO_DEVICE - the CPU wrote, the device is going to access */
#define DRM_GENESYS_BO_SYNC_TO_DEVICE	(1 << 0)
/** DRM_GENESYS_BO_SYNC_FROM_DEVICE - the device wrote, the CPU is going to access */
#define DRM_GENESYS_BO_SYNC_FROM_DEVICE	(1 << 1)

/**
 * struct drm_genesys_bo_sync - arguments of DRM_IOCTL_GENESYS_BO_SYNC
 *
 * Needed only without DRM_GENESYS_DEV_COHERENT, harmless with it. More than
 * the range may be synchronized. Does not wait for jobs.
 *
 * Errors: ENOENT; EINVAL for flags, a range that is empty or leaves the BO, an
 * imported BO (use DMA_BUF_IOCTL_SYNC).
 */
struct drm_genesys_bo_sync {
	/** @handle: of the BO. */
	__u32 handle;

	/** @flags: DRM_GENESYS_BO_SYNC_*, at least one. */
	__u32 flags;

	/** @offset: of the range, bytes. */
	__u64 offset;

	/** @size: of the range, bytes. */
	__u64 size;
}; /* 24 bytes */

/* ---- contexts ------------------------------------------------------------ */

/**
 * enum drm_genesys_priority - which context's jobs are first
 */
enum drm_genesys_priority {
	/** @DRM_GENESYS_PRIORITY_NORMAL: the default */
	DRM_GENESYS_PRIORITY_NORMAL = 0,

	/** @DRM_GENESYS_PRIORITY_HIGH: before all others, needs CAP_SYS_NICE */
	DRM_GENESYS_PRIORITY_HIGH,

	/** @DRM_GENESYS_PRIORITY_LOW: when there is nothing else */
	DRM_GENESYS_PRIORITY_LOW,
};

/**
 * struct drm_genesys_ctx_create - arguments of DRM_IOCTL_GENESYS_CTX_CREATE
 *
 * Errors: EINVAL; EACCES for high priority without CAP_SYS_NICE; ENOSPC above
 * &drm_genesys_limits.max_ctx_per_file; ENOMEM.
 */
struct drm_genesys_ctx_create {
	/** @flags: 0 */
	__u32 flags;

	/** @priority: enum drm_genesys_priority */
	__u32 priority;

	/**
	 * @timeout_ms: how long a job may run, counted from its start on the
	 * device; 0: the default; out: the value taken.
	 */
	__u32 timeout_ms;

	/** @ctx_id: out: of the context, not 0, known in this file only. */
	__u32 ctx_id;
}; /* 16 bytes */

/**
 * struct drm_genesys_ctx_destroy - arguments of DRM_IOCTL_GENESYS_CTX_DESTROY
 *
 * Queued jobs are cancelled, the running one is aborted; does not wait for
 * either. Their fences signal, with ECANCELED, in order: that of a job which
 * waits for a fence of somebody else not before that one.
 *
 * Errors: ENOENT; EINVAL.
 */
struct drm_genesys_ctx_destroy {
	/** @ctx_id: of the context. */
	__u32 ctx_id;

	/** @pad: 0 */
	__u32 pad;
}; /* 8 bytes */

/**
 * enum drm_genesys_ctx_state - may a context be used?
 */
enum drm_genesys_ctx_state {
	/** @DRM_GENESYS_CTX_ACTIVE: yes */
	DRM_GENESYS_CTX_ACTIVE = 0,

	/** @DRM_GENESYS_CTX_GUILTY: no, a job failed; SUBMIT is ECANCELED */
	DRM_GENESYS_CTX_GUILTY,
};

/**
 * enum drm_genesys_ctx_cause - why a job failed
 */
enum drm_genesys_ctx_cause {
	/** @DRM_GENESYS_CAUSE_NONE: none did */
	DRM_GENESYS_CAUSE_NONE = 0,

	/** @DRM_GENESYS_CAUSE_HANG: it ran for longer than its timeout */
	DRM_GENESYS_CAUSE_HANG,

	/** @DRM_GENESYS_CAUSE_MMU_FAULT: see fault_code and address */
	DRM_GENESYS_CAUSE_MMU_FAULT,

	/** @DRM_GENESYS_CAUSE_CORE_FAULT: see fault_code, block and word */
	DRM_GENESYS_CAUSE_CORE_FAULT,

	/** @DRM_GENESYS_CAUSE_RESET: the device was reset while it ran */
	DRM_GENESYS_CAUSE_RESET,
};

/**
 * struct drm_genesys_ctx_query - arguments of DRM_IOCTL_GENESYS_CTX_QUERY
 *
 * @cause to @address describe the job that made the context guilty, or, while
 * it is not, the last one that was lost in a device reset.
 *
 * Errors: ENOENT; EINVAL.
 */
struct drm_genesys_ctx_query {
	/** @ctx_id: in: of the context. */
	__u32 ctx_id;

	/** @flags: in: 0 */
	__u32 flags;

	/** @state: out: enum drm_genesys_ctx_state */
	__u32 state;

	/** @cause: out: enum drm_genesys_ctx_cause */
	__u32 cause;

	/** @seqno: out: of that job. */
	__u64 seqno;

	/** @address: out: device address of the fault, where there is one. */
	__u64 address;

	/**
	 * @fault_code: out: docs/isa.md section 10 for a core fault, reason as
	 * in docs/device.md for an MMU fault.
	 */
	__u32 fault_code;

	/** @block: out: of the program, counted from 0. */
	__u32 block;

	/** @word: out: instruction word in the block. */
	__u32 word;

	/** @reset_count: out: device resets since the driver was bound. */
	__u32 reset_count;

	/** @submitted: out: seqno of the newest job. */
	__u64 submitted;

	/** @completed: out: seqno of the newest job that ended, in any way. */
	__u64 completed;

	/** @busy_ns: out: time the context's jobs were on the core. */
	__u64 busy_ns;
}; /* 72 bytes */

/* ---- SUBMIT -------------------------------------------------------------- */

/** DRM_GENESYS_BO_REF_READ - the job reads the BO */
#define DRM_GENESYS_BO_REF_READ		(1 << 0)
/** DRM_GENESYS_BO_REF_WRITE - the job writes, and may read, the BO */
#define DRM_GENESYS_BO_REF_WRITE	(1 << 1)
/**
 * DRM_GENESYS_BO_REF_NO_IMPLICIT - the job does not wait for others that use the BO
 *
 * Who uses the BO later still waits for the job. Since version 1.1.
 */
#define DRM_GENESYS_BO_REF_NO_IMPLICIT	(1 << 2)

/**
 * struct drm_genesys_bo_ref - a BO a job uses
 *
 * BOs shared with others through dma-buf are synchronized implicitly, unless
 * DRM_GENESYS_BO_REF_NO_IMPLICIT is given: a job that reads waits for writers,
 * one that writes for everybody.
 */
struct drm_genesys_bo_ref {
	/** @handle: of the BO; each BO may be listed once. */
	__u32 handle;

	/** @flags: DRM_GENESYS_BO_REF_*, at least READ or WRITE. */
	__u32 flags;
}; /* 8 bytes */

/** DRM_GENESYS_SYNC_WAIT - the job starts after the fence */
#define DRM_GENESYS_SYNC_WAIT		(1 << 0)
/** DRM_GENESYS_SYNC_SIGNAL - the fence becomes the job's */
#define DRM_GENESYS_SYNC_SIGNAL		(1 << 1)

/**
 * struct drm_genesys_sync - a syncobj a job waits for or signals
 */
struct drm_genesys_sync {
	/** @handle: of the syncobj; each may be listed once for signalling. */
	__u32 handle;

	/** @flags: either DRM_GENESYS_SYNC_WAIT or DRM_GENESYS_SYNC_SIGNAL. */
	__u32 flags;

	/**
	 * @point: of a timeline syncobj, 0 for a binary one. Waiting for a
	 * point that has no fence yet is EINVAL.
	 */
	__u64 point;
}; /* 16 bytes */

/** DRM_GENESYS_NUM_WINDOWS - in the order of docs/isa.md: code, parameters, IBUF, OBUF, SIMD */
#define DRM_GENESYS_NUM_WINDOWS		5

/**
 * struct drm_genesys_submit - arguments of DRM_IOCTL_GENESYS_SUBMIT
 *
 * When it fails nothing was queued. Errors:
 *
 * * EINVAL: flags; a window base that is not a multiple of 4 KiB or does not
 *   leave 4 GiB to the end of the address space; program or result outside of
 *   their BO, misaligned, not listed in @bos or of the wrong kind; a BO or a
 *   syncobj to signal listed twice; a point to wait for without a fence;
 *   more elements than &drm_genesys_limits allow
 * * E2BIG: unknown fields of an element are not 0
 * * ENOENT: no such context, BO or syncobj
 * * ECANCELED: the context is guilty
 * * EBUSY: &drm_genesys_limits.max_jobs_per_ctx jobs are unfinished; wait for
 *   the oldest
 * * EIO: the device could not be brought back after a reset
 * * ENODEV: the device is gone
 * * ENOMEM
 * * EFAULT; only in this case, when it is &drm_genesys_submit itself that cannot
 *   be written, the job may have been queued
 */
struct drm_genesys_submit {
	/** @ctx_id: of the context. */
	__u32 ctx_id;

	/** @flags: 0 */
	__u32 flags;

	/** @program_bo: BO with the program, made with DRM_GENESYS_BO_READ_ONLY. */
	__u32 program_bo;

	/** @result_bo: BO the result record is written to; 0: none. */
	__u32 result_bo;

	/** @program_offset: of the first block in its BO, a multiple of 4. */
	__u64 program_offset;

	/**
	 * @program_size: of the first block in bytes, a multiple of 4. The
	 * block lies in the window of code.
	 */
	__u64 program_size;

	/**
	 * @result_offset: of the record of 64 bytes in its BO, a multiple of 8.
	 * The record is written before the job's fence signals.
	 */
	__u64 result_offset;

	/** @window_base: device addresses, multiples of 4 KiB. */
	__u64 window_base[DRM_GENESYS_NUM_WINDOWS];

	/**
	 * @bos: &struct drm_genesys_bo_ref. All BOs the job uses, those of
	 * program and result included.
	 */
	struct drm_genesys_obj_array bos;

	/** @syncs: &struct drm_genesys_sync */
	struct drm_genesys_obj_array syncs;

	/** @seqno: out: number of the job in its context, from 1. */
	__u64 seqno;
}; /* 120 bytes */

/*
 * DRM_IOCTL_BASE and DRM_COMMAND_BASE of drm.h, which not every system has in
 * the same place. Who uses syncobjs needs drm.h itself.
 */
#define DRM_GENESYS_IOWR(nr, type)	_IOWR('d', 0x40 + (nr), type)

#define DRM_IOCTL_GENESYS_DEV_QUERY \
	DRM_GENESYS_IOWR(DRM_GENESYS_DEV_QUERY, struct drm_genesys_dev_query)
#define DRM_IOCTL_GENESYS_BO_CREATE \
	DRM_GENESYS_IOWR(DRM_GENESYS_BO_CREATE, struct drm_genesys_bo_create)
#define DRM_IOCTL_GENESYS_BO_INFO \
	DRM_GENESYS_IOWR(DRM_GENESYS_BO_INFO, struct drm_genesys_bo_info)
#define DRM_IOCTL_GENESYS_CTX_CREATE \
	DRM_GENESYS_IOWR(DRM_GENESYS_CTX_CREATE, struct drm_genesys_ctx_create)
#define DRM_IOCTL_GENESYS_CTX_DESTROY \
	DRM_GENESYS_IOWR(DRM_GENESYS_CTX_DESTROY, struct drm_genesys_ctx_destroy)
#define DRM_IOCTL_GENESYS_SUBMIT \
	DRM_GENESYS_IOWR(DRM_GENESYS_SUBMIT, struct drm_genesys_submit)
#define DRM_IOCTL_GENESYS_CTX_QUERY \
	DRM_GENESYS_IOWR(DRM_GENESYS_CTX_QUERY, struct drm_genesys_ctx_query)
#define DRM_IOCTL_GENESYS_BO_SYNC \
	DRM_GENESYS_IOWR(DRM_GENESYS_BO_SYNC, struct drm_genesys_bo_sync)

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_GENESYS_ACCEL_H_ */
