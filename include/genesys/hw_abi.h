/* SPDX-License-Identifier: MIT */
/*
 * The contract of the GeneSys device: registers, page tables, rings, messages
 * and records, shared by driver, firmware and device model. docs/device.md
 * specifies behaviour: reset values, access rules, sequences, errors.
 *
 * Everything in shared memory is little-endian and naturally aligned. Registers
 * are 32 bits wide and accessed as such; 64-bit values are a LO and a HI
 * register at consecutive addresses.
 */
#ifndef GENESYS_HW_ABI_H
#define GENESYS_HW_ABI_H

#if defined(__KERNEL__) || defined(__linux__)
#include <linux/types.h>
#else /* firmware */
#include <stdint.h>
typedef uint32_t __le32;
typedef uint64_t __le64;
typedef uint8_t __u8;
#endif

#ifndef __KERNEL__
#include <stddef.h>
#endif

#define GS_ABI_VERSION 2u

/* ---- PCI --------------------------------------------------------------- */

#define GS_PCI_VENDOR_ID 0x1af4u
#define GS_PCI_DEVICE_ID 0x10f7u /* of the range for experiments, 10f0-10ff */
#define GS_PCI_CLASS 0x120000u /* processing accelerator */
#define GS_PCI_REGISTER_BAR 0
#define GS_BAR_BYTES 0x10000u /* registers, test page, MSI-X */
#define GS_BAR_TEST_PAGE 0x8000u
#define GS_BAR_MSIX_TABLE 0xc000u
#define GS_BAR_MSIX_PBA 0xd000u
/* MSI-X: vector 0 follows INT_STATUS, the others are for events of jobs */
#define GS_NUM_VECTORS 17u

/* ---- registers: identification (read only) ------------------------------- */

#define GS_REG_MAGIC 0x000u
#define GS_HW_MAGIC 0x59534e47u /* "GNSY" */
#define GS_REG_HW_VERSION 0x004u /* major << 16 | minor */
#define GS_HW_VERSION 0x00010000u
#define GS_REG_ABI_VERSION 0x008u
#define GS_REG_ABI_HASH 0x00cu
#define GS_REG_CAPS 0x010u
#define GS_CAP_TEST_REGS (1u << 0) /* the test page answers */
#define GS_REG_NUM_ASIDS 0x014u
#define GS_REG_TCM_BYTES 0x018u
#define GS_REG_TIMESTAMP_KHZ 0x01cu
#define GS_REG_ARCH_HASH 0x020u /* LO, HI */
#define GS_REG_PARAM(i) (0x040u + 4u * (i)) /* enum gs_hw_param */

/* Machine parameters, docs/isa.md section 1. */
enum gs_hw_param {
	GS_PARAM_ISA_VERSION,
	GS_PARAM_EXTENSIONS,
	GS_PARAM_CLOCK_MHZ,
	GS_PARAM_ARRAY_N,
	GS_PARAM_ARRAY_M,
	GS_PARAM_DATA_WIDTH,
	GS_PARAM_WGT_WIDTH,
	GS_PARAM_ACC_WIDTH,
	GS_PARAM_BIAS_WIDTH,
	GS_PARAM_IBUF_DEPTH,
	GS_PARAM_WBUF_DEPTH,
	GS_PARAM_OBUF_DEPTH,
	GS_PARAM_BBUF_DEPTH,
	GS_PARAM_VMEM_DEPTH,
	GS_PARAM_IMM_DEPTH,
	GS_PARAM_INSTR_DEPTH,
	GS_PARAM_SIMD_INSTR_DEPTH,
	GS_PARAM_PARAM_CHANNEL_BW,
	GS_PARAM_IBUF_CHANNEL_BW,
	GS_PARAM_OBUF_CHANNEL_BW,
	GS_PARAM_SIMD_CHANNEL_BW,
	GS_PARAM_INSTR_CHANNEL_BW,
	GS_PARAM_WEIGHT_LAYOUT,
	GS_PARAM_COUNT
};

/* ---- registers: control and interrupts ------------------------------------ */

#define GS_REG_CONTROL 0x100u
#define GS_CONTROL_RESET (1u << 0) /* write 1: device reset; reads 0 */
#define GS_REG_STATUS 0x104u /* read only */
#define GS_STATUS_RESETTING (1u << 0) /* writes are refused meanwhile */
#define GS_STATUS_CP_RUNNING (1u << 1)
#define GS_STATUS_CP_HALTED (1u << 2)
#define GS_STATUS_CORE_BUSY (1u << 3)
#define GS_REG_INT_STATUS 0x108u /* write 1 to clear */
#define GS_REG_INT_ENABLE 0x10cu
#define GS_INT_EVENT (1u << 0) /* the event ring grew */
#define GS_INT_CP_HALT (1u << 1) /* the command processor stopped for good */
#define GS_INT_INVALIDATED (1u << 2) /* an invalidation finished */
#define GS_INT_BUS_ERROR \
	(1u << 3) /* the bus refused a DMA of the command processor */
#define GS_INT_ALL 0xfu

/* ---- registers: firmware ---------------------------------------------------- */

#define GS_REG_FW_ADDR \
	0x120u /* LO, HI: bus address of the image, 16-byte aligned */
#define GS_REG_FW_BYTES 0x128u
#define GS_REG_FW_CONTROL 0x12cu
#define GS_FW_CONTROL_START 1u /* check, copy to TCM, run */
#define GS_FW_CONTROL_STOP 2u /* ends a running job too */
#define GS_REG_FW_STATUS \
	0x130u /* enum gs_fw_status, read only; IDLE until START was served */
#define GS_REG_FW_HALT_CAUSE 0x134u /* mcause of an unhandled trap */
#define GS_HALT_INJECTED 0xffffffffu /* or: GS_INJECT_CP_HALT */
#define GS_REG_FW_HALT_PC 0x138u
#define GS_REG_FW_SCRATCH(i) \
	(0x140u + 4u * (i)) /* 4, written by the firmware */
#define GS_NUM_SCRATCH 4u
#define GS_SCRATCH_STAGE 0u /* enum gs_fw_stage */
#define GS_SCRATCH_HEARTBEAT 1u /* counts while jobs run */
/*
 * Which job was started last, noted before the start: with JOBS_STARTED it
 * tells, when the firmware has ended, which one the core had and which not.
 */
#define GS_SCRATCH_JOB_CTX 2u
#define GS_SCRATCH_JOB_SEQNO 3u /* low half */

enum gs_fw_status {
	GS_FW_IDLE,
	GS_FW_RUNNING,
	GS_FW_STOPPED,
	GS_FW_BAD_SIZE,
	GS_FW_BAD_MAGIC,
	GS_FW_BAD_ABI,
	GS_FW_BAD_CHECKSUM,
	GS_FW_BAD_LAYOUT, /* load address or entry outside the TCM */
	GS_FW_BUS_ERROR,
	GS_FW_HALTED,
	GS_FW_BUSY, /* START refused: a job is still being stopped */
};

/* How far the firmware came; an error stands with GS_STAGE_ERROR set. */
enum gs_fw_stage {
	GS_STAGE_RESET,
	GS_STAGE_ENTERED, /* main() runs */
	GS_STAGE_DEVICE_OK, /* the device speaks this ABI */
	GS_STAGE_RINGS_OK,
	GS_STAGE_RUNNING, /* GS_EVENT_BOOT is out */
	GS_STAGE_STOPPED, /* GS_EVENT_SHUTDOWN is out */
	GS_STAGE_ERROR = 0x80,
	GS_STAGE_BAD_DEVICE, /* magic, ABI version or hash of the device */
	GS_STAGE_BAD_RING_ADDR,
	GS_STAGE_BAD_RING_MAGIC,
	GS_STAGE_BAD_RING_ABI,
	GS_STAGE_BAD_EVENT_RING, /* counters further apart than the ring is long */
	GS_STAGE_HOST_LOST, /* the bus refused the ring area */
	GS_STAGE_CORE_STUCK, /* the core did not stop for an abort */
	GS_STAGE_CORE_HUNG, /* nor at the end of the job's time limit */
};

/* ---- registers: rings ---------------------------------------------------------- */

#define GS_REG_RING_ADDR \
	0x160u /* LO, HI: bus address of struct gs_ring_area, 4 KiB aligned */
#define GS_REG_DOORBELL(r) \
	(0x180u + 4u * (r)) /* command ring r: write wakes the firmware */
#define GS_REG_EVENT_DOORBELL 0x1a0u /* the host took events */

/* ---- registers: address translation --------------------------------------------- */

#define GS_REG_CTX_TABLE \
	0x200u /* LO, HI: bus address of __le64[NUM_ASIDS], 4 KiB aligned; 0: none */
#define GS_REG_INVAL_ASID 0x210u /* or GS_INVAL_ALL_ASIDS */
#define GS_INVAL_ALL_ASIDS 0xffffffffu
#define GS_REG_INVAL_ADDR 0x214u /* LO, HI: first address, page aligned */
/*
 * 4 KiB pages; 0: the whole address space, needed before its ASID is given to
 * another one, for the scratchpads are told apart by ASID
 */
#define GS_REG_INVAL_PAGES 0x21cu
#define GS_REG_INVAL_CONTROL 0x220u /* write 1: start; reads 1 while busy */
#define GS_REG_FAULT_STATUS \
	0x240u /* write GS_FAULT_VALID to clear; the first fault stays */
#define GS_FAULT_VALID (1u << 0)
#define GS_FAULT_WRITE (1u << 1)
#define GS_FAULT_REASON(x) (((x) >> 4) & 0xfu) /* enum gs_mmu_fault */
#define GS_FAULT_ENGINE(x) (((x) >> 8) & 0xfu) /* enum gs_fault_engine */
#define GS_REG_FAULT_ASID 0x244u
#define GS_REG_FAULT_ADDR 0x248u /* LO, HI */

enum gs_mmu_fault {
	GS_MMU_OK,
	GS_MMU_BAD_ASID, /* not in the context table, or its entry not valid */
	GS_MMU_NOT_CANONICAL, /* address of more than 48 bits */
	GS_MMU_NOT_MAPPED,
	GS_MMU_READ_ONLY,
	GS_MMU_BAD_ENTRY, /* reserved bits, or a leaf where none may be */
	GS_MMU_WALK_ERROR, /* the bus refused a table */
	GS_MMU_BUS_ERROR, /* the bus refused the data */
};

enum gs_fault_engine { GS_ENGINE_NONE, GS_ENGINE_CORE, GS_ENGINE_CP };

/* Tables of 512 entries, four levels of 9 bits above a 12-bit offset. */
#define GS_VA_BITS 48
#define GS_PAGE_SHIFT 12
#define GS_PAGE_BYTES 4096u
#define GS_LARGE_PAGE_SHIFT 21 /* a leaf in the table above the last */
#define GS_PT_ENTRIES 512u
#define GS_PT_LEVELS 4
#define GS_PTE_VALID (1ull << 0)
#define GS_PTE_WRITE (1ull << 1) /* leaves only */
#define GS_PTE_LARGE (1ull << 2) /* a 2 MiB leaf */
#define GS_PTE_ADDR 0x000ffffffffff000ull
#define GS_PTE_RESERVED \
	(~(GS_PTE_ADDR | GS_PTE_VALID | GS_PTE_WRITE | GS_PTE_LARGE))
#define GS_CTX_VALID (1ull << 0) /* context table entry: root table | valid */
#define GS_WINDOW_BYTES (1ull << 32)
#define GS_NUM_WINDOWS 5u

/* ---- registers: time and counters (read only; reading LO latches HI) --------------- */

#define GS_REG_TIMESTAMP 0x280u /* LO, HI */
#define GS_REG_BUSY_TIME 0x288u /* LO, HI: timestamp ticks the core ran */
#define GS_REG_JOBS_STARTED 0x290u /* LO, HI */
#define GS_REG_TLB_MISSES 0x298u /* LO, HI */

/* ---- test page (GS_CAP_TEST_REGS), fault injection ------------------------------------ */

#define GS_TEST_INJECT \
	0x000u /* write GS_INJECT_*: armed for the next job; reads what is armed */
#define GS_INJECT_HANG (1u << 0) /* the core never finishes the job */
#define GS_INJECT_DROP_IRQ (1u << 1) /* the next GS_CP_RAISE is lost */
#define GS_INJECT_DMA_ERROR \
	(1u << 2) /* the bus refuses the job's next access */
#define GS_INJECT_CP_HALT \
	(1u << 3) /* not armed: the command processor stops at the write */
#define GS_INJECT_ALL 0xfu
#define GS_TEST_SLOW_US 0x004u /* delay of each block, microseconds */
#define GS_TEST_COUNT 0x008u /* injections that took place */

/* ---- rings ------------------------------------------------------------------------------ */

/* Command rings: one for control, then one for each priority. */
enum gs_cmd_ring {
	GS_RING_CONTROL,
	GS_RING_HIGH,
	GS_RING_NORMAL,
	GS_RING_LOW,
	GS_NUM_CMD_RINGS
};

#define GS_CMD_ENTRIES 256u
#define GS_EVENT_ENTRIES 1024u
#define GS_LOG_ENTRIES 128u
#define GS_LOG_TEXT 112u

/* Free running counters of entries; an index is counter modulo entries. */
struct gs_ring_ctl {
	__le32 tail; /* written by the producer */
	__le32 pad0[15];
	__le32 head; /* written by the consumer */
	__le32 pad1[15];
};

enum gs_cmd_type {
	GS_CMD_NOP,
	GS_CMD_JOB, /* priority rings only; the rest: control ring only */
	GS_CMD_ABORT, /* end the running or queued job {ctx, seqno} */
	GS_CMD_CTX_REMOVE, /* drop a context's jobs, running one included */
	GS_CMD_STATUS, /* answer with GS_EVENT_STATUS */
	GS_CMD_LOG_LEVEL, /* arg: enum gs_log_level */
	GS_CMD_SHUTDOWN, /* finish the running job, drop the rest, answer, stop */
};

/* A command. Fields a type does not name are 0. */
struct gs_cmd {
	__le32 type; /* enum gs_cmd_type */
	__le32 flags; /* 0 */
	__le64 seqno; /* of the job in its context, from 1 */
	__le32 ctx; /* chosen by the host, not 0 */
	__le32 asid;
	__le32 entry; /* of the program in the IMEM window, multiple of 4 */
	__le32 entry_words;
	__le64 window_base[GS_NUM_WINDOWS]; /* multiples of 4 KiB */
	__le64 result_addr; /* virtual, 8-byte aligned; 0: none */
	__le32 timeout_ms; /* from core start; 1 to GS_MAX_TIMEOUT_MS */
	__le32 arg;
	__le64 cookie; /* returned in the event */
	__le32 vector; /* of the message for the event of a job; 0: INT_STATUS.EVENT */
	__le32 reserved;
	__le64 pad[3];
};

#define GS_MAX_TIMEOUT_MS 60000u

enum gs_event_type {
	GS_EVENT_NONE,
	GS_EVENT_BOOT, /* handshake: arg0 firmware version, arg1 ABI hash, arg2 features */
	GS_EVENT_JOB_DONE, /* status says how */
	/*
	 * arg0 jobs that wait, arg1 and seqno: the running one's context and
	 * number, or 0; arg2 jobs reported since boot
	 */
	GS_EVENT_STATUS,
	GS_EVENT_CTX_REMOVED, /* no event of this context follows */
	GS_EVENT_SHUTDOWN, /* last event */
	GS_EVENT_BAD_CMD, /* a command was refused: arg0 ring, arg1 enum gs_cmd_error */
};

enum gs_job_status {
	GS_JOB_OK,
	GS_JOB_FAULT, /* fault_code, block, word, address say what */
	GS_JOB_MMU_FAULT, /* address: virtual; fault_code: enum gs_mmu_fault */
	GS_JOB_TIMEOUT, /* the watchdog ended it */
	GS_JOB_ABORTED, /* GS_CMD_ABORT or GS_CMD_CTX_REMOVE ended it or it never ran */
};

enum gs_cmd_error {
	GS_CMD_BAD_TYPE = 1,
	GS_CMD_BAD_FIELD,
	GS_CMD_QUEUE_FULL,
	GS_CMD_NOT_FOUND, /* abort of a job that is not there */
};

struct gs_event {
	__le32 type; /* enum gs_event_type */
	__le32 status; /* enum gs_job_status */
	__le64 seqno;
	__le32 ctx;
	__le32 asid;
	__le32 fault_code;
	__le32 block;
	__le32 word;
	__le32 arg0;
	__le64 address;
	__le64 time_start; /* timestamp ticks */
	__le64 time_end;
	__le64 cycles;
	__le64 cookie;
	__le32 arg1;
	__le32 arg2;
	__le64 pad[5];
};

/* What a job leaves in memory, written through its address space before its event. */
struct gs_result {
	__le32 status; /* enum gs_job_status */
	__le32 fault_code;
	__le64 address;
	__le32 block;
	__le32 word;
	__le64 time_start;
	__le64 time_end;
	__le64 cycles; /* of the timing model: docs/device.md, Cycles */
	__le64 stalls; /* of them, those in which the unit a block mostly uses does no work */
	__le64 reserved;
};

enum gs_log_level { GS_LOG_ERROR, GS_LOG_WARNING, GS_LOG_INFO, GS_LOG_DEBUG };

struct gs_log_entry {
	__le64 time;
	__le32 level; /* enum gs_log_level */
	__le32 seq; /* counts entries from 0; the newest 128 stand in the ring */
	__u8 text[GS_LOG_TEXT]; /* ends with 0 */
};

/* One allocation of coherent memory: everything host and firmware share. */
struct gs_ring_area {
	__le32 magic; /* GS_RING_MAGIC, written by the host before boot */
	__le32 abi_version;
	__le32 log_level;
	__le32 log_tail; /* entries ever written; by the firmware */
	__le64 pad0[14];
	struct gs_ring_ctl cmd_ctl[GS_NUM_CMD_RINGS];
	struct gs_ring_ctl event_ctl;
	__le64 pad1[32];
	struct gs_log_entry log[GS_LOG_ENTRIES];
	struct gs_event event[GS_EVENT_ENTRIES];
	struct gs_cmd cmd[GS_NUM_CMD_RINGS][GS_CMD_ENTRIES];
};

#define GS_RING_MAGIC 0x474e5253u

/* ---- firmware image ------------------------------------------------------------------------ */

#define GS_FW_MAGIC 0x57465347u /* "GSFW" */
#define GS_FW_MAX_BYTES 65536u

struct gs_fw_header {
	__le32 magic;
	__le32 header_bytes; /* sizeof(struct gs_fw_header) */
	__le32 image_bytes; /* header and payload */
	__le32 version; /* major << 16 | minor << 8 | patch */
	__le32 abi_version;
	__le32 abi_hash; /* GS_ABI_HASH */
	__le32 load_addr; /* in the TCM, multiple of 4 */
	__le32 entry; /* address, multiple of 2 */
	__le32 crc32; /* of the payload, as zlib */
	__le32 pad[7];
};

/* ---- the command processor's side ------------------------------------------------------------- */

#define GS_CP_TCM_BASE 0x00000000u
#define GS_CP_TCM_BYTES 0x20000u /* 128 KiB, code and data */
#define GS_CP_REG_BASE 0x10000000u

/* Offsets from GS_CP_REG_BASE; 32-bit accesses only, others trap. */
#define GS_CP_MTIME 0x000u /* LO, HI: the timestamp */
#define GS_CP_MTIMECMP \
	0x008u /* LO, HI: timer interrupt while MTIME >= MTIMECMP */
#define GS_CP_IRQ_PENDING 0x010u /* GS_CP_IRQ_*; write 1 to clear */
#define GS_CP_IRQ_ENABLE 0x014u /* external interrupt while PENDING & ENABLE */
#define GS_CP_IRQ_DOORBELL(r) (1u << (r)) /* command ring r */
#define GS_CP_IRQ_EVENTS (1u << 8) /* the host took events */
#define GS_CP_IRQ_CORE (1u << 9) /* the core stopped */
#define GS_CP_RING_ADDR 0x018u /* LO, HI */
#define GS_CP_RAISE 0x020u /* write: sets bits of INT_STATUS */
#define GS_RAISE_VECTOR_SHIFT 16u /* EVENT by this message instead, if not 0 */
#define GS_CP_STOP \
	0x024u /* write: the firmware ends; FW_STATUS becomes STOPPED */
#define GS_CP_SCRATCH(i) (0x030u + 4u * (i))
#define GS_CP_DMA_ADDR 0x040u /* LO, HI */
#define GS_CP_DMA_TCM 0x048u /* TCM offset */
#define GS_CP_DMA_BYTES 0x04cu /* 1 to 4096 */
#define GS_CP_DMA_ASID 0x050u /* GS_DMA_BUS: ADDR is a bus address */
#define GS_DMA_BUS 0xffffffffu
#define GS_CP_DMA_CONTROL 0x054u /* write GS_DMA_TO_*; done when it returns */
#define GS_DMA_TO_TCM 1u
#define GS_DMA_TO_MEMORY 2u
#define GS_CP_DMA_STATUS \
	0x058u /* 0: done, else enum gs_mmu_fault, or GS_DMA_BAD_RANGE */
#define GS_DMA_BAD_RANGE 0xffu
#define GS_CP_JOB_ASID 0x080u
#define GS_CP_JOB_ENTRY 0x084u
#define GS_CP_JOB_ENTRY_WORDS 0x088u
#define GS_CP_JOB_WINDOW(i) (0x090u + 8u * (i)) /* LO, HI */
#define GS_CP_CORE_CONTROL 0x0c0u
#define GS_CORE_START 1u /* ignored unless idle */
#define GS_CORE_ABORT 2u /* ends the job soon; STATUS becomes ABORTED */
#define GS_CORE_ACK 3u /* a stopped core becomes idle */
#define GS_CORE_RESET \
	4u /* the same, and the next job finds nothing of this one */
#define GS_CP_CORE_STATUS 0x0c4u /* enum gs_core_status */
#define GS_CP_CORE_FAULT_CODE \
	0x0c8u /* docs/isa.md section 10, or enum gs_mmu_fault */
#define GS_CP_CORE_BLOCK 0x0ccu
#define GS_CP_CORE_WORD 0x0d0u
#define GS_CP_CORE_ADDRESS 0x0d8u /* LO, HI */
#define GS_CP_CORE_TIME_START 0x0e0u /* LO, HI */
#define GS_CP_CORE_TIME_END 0x0e8u /* LO, HI */
#define GS_CP_CORE_CYCLES 0x0f0u /* LO, HI; docs/device.md, Cycles */
#define GS_CP_CORE_STALLS 0x0f8u /* LO, HI */
#define GS_CP_ID(offset) (0x400u + (offset)) /* the identification registers */

enum gs_core_status {
	GS_CORE_IDLE,
	GS_CORE_RUNNING,
	GS_CORE_DONE,
	GS_CORE_FAULT,
	GS_CORE_MMU_FAULT,
	GS_CORE_ABORTED,
};

/* ---- checks ---------------------------------------------------------------------------------------- */

/*
 * Catches builds that do not belong together: sizes, and the last of each
 * enumeration. What it does not see has to raise GS_ABI_VERSION.
 */
#define GS_ABI_HASH_STEP(hash, value) \
	(((hash) ^ (unsigned int)(value)) * 0x01000193u)
#define GS_ABI_HASH_SIZES                                                       \
	GS_ABI_HASH_STEP(                                                       \
		GS_ABI_HASH_STEP(GS_ABI_HASH_STEP(0x811c9dc5u ^ GS_ABI_VERSION, \
						  sizeof(struct gs_cmd)),       \
				 sizeof(struct gs_event)),                      \
		sizeof(struct gs_ring_area))
#define GS_ABI_HASH_HOST                                                       \
	GS_ABI_HASH_STEP(                                                      \
		GS_ABI_HASH_STEP(GS_ABI_HASH_STEP(GS_ABI_HASH_SIZES,           \
						  (unsigned int)GS_PARAM_COUNT \
								  << 8 |       \
							  GS_NUM_VECTORS),     \
				 GS_MMU_BUS_ERROR << 8 | GS_FW_BUSY),          \
		(unsigned int)GS_STAGE_CORE_HUNG << 16 | GS_REG_TLB_MISSES)
#define GS_ABI_HASH                                                          \
	GS_ABI_HASH_STEP(                                                    \
		GS_ABI_HASH_STEP(GS_ABI_HASH_STEP(GS_ABI_HASH_HOST,          \
						  GS_CMD_SHUTDOWN << 8 |     \
							  GS_EVENT_BAD_CMD), \
				 GS_JOB_ABORTED << 8 | GS_CMD_NOT_FOUND),    \
		GS_CORE_ABORTED << 16 | GS_CP_ID(0))

_Static_assert(sizeof(struct gs_ring_ctl) == 128, "two cache lines");
_Static_assert(sizeof(struct gs_cmd) == 128, "command");
_Static_assert(sizeof(struct gs_event) == 128, "event");
_Static_assert(sizeof(struct gs_result) == 64, "result record");
_Static_assert(sizeof(struct gs_log_entry) == 128, "log entry");
_Static_assert(sizeof(struct gs_fw_header) == 64, "firmware header");
_Static_assert(offsetof(struct gs_ring_area, log) == 1024, "ring area");
_Static_assert(offsetof(struct gs_ring_area, event) == 1024 + 16384,
	       "ring area");
_Static_assert(sizeof(struct gs_ring_area) == 1024 + 16384 + 131072 + 131072,
	       "ring area");
_Static_assert(GS_REG_PARAM(GS_PARAM_COUNT) <= GS_REG_CONTROL,
	       "parameters fit");

#endif /* GENESYS_HW_ABI_H */
