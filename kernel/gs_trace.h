/* SPDX-License-Identifier: GPL-2.0-or-later */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM genesys

#if !defined(GS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define GS_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

DECLARE_EVENT_CLASS(gs_job,
	TP_PROTO(u32 ctx, u64 seqno, int error),
	TP_ARGS(ctx, seqno, error),
	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u64, seqno)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->seqno = seqno;
		__entry->error = error;
	),
	TP_printk("ctx=%u seqno=%llu error=%d",
		  __entry->ctx, __entry->seqno, __entry->error)
);

/* SUBMIT put a job into the queue of its context. */
DEFINE_EVENT(gs_job, gs_job_submit,
	TP_PROTO(u32 ctx, u64 seqno, int error),
	TP_ARGS(ctx, seqno, error)
);

/* The command went into a ring; after a reset possibly again. */
DEFINE_EVENT(gs_job, gs_job_send,
	TP_PROTO(u32 ctx, u64 seqno, int error),
	TP_ARGS(ctx, seqno, error)
);

/* The fence is about to signal. */
DEFINE_EVENT(gs_job, gs_job_end,
	TP_PROTO(u32 ctx, u64 seqno, int error),
	TP_ARGS(ctx, seqno, error)
);

TRACE_EVENT(gs_event,
	TP_PROTO(u32 type, u32 ctx, u64 seqno, u32 status),
	TP_ARGS(type, ctx, seqno, status),
	TP_STRUCT__entry(
		__field(u32, type)
		__field(u32, ctx)
		__field(u64, seqno)
		__field(u32, status)
	),
	TP_fast_assign(
		__entry->type = type;
		__entry->ctx = ctx;
		__entry->seqno = seqno;
		__entry->status = status;
	),
	TP_printk("type=%u ctx=%u seqno=%llu status=%u",
		  __entry->type, __entry->ctx, __entry->seqno, __entry->status)
);

DECLARE_EVENT_CLASS(gs_vm_range,
	TP_PROTO(u32 asid, u64 addr, u64 size),
	TP_ARGS(asid, addr, size),
	TP_STRUCT__entry(
		__field(u32, asid)
		__field(u64, addr)
		__field(u64, size)
	),
	TP_fast_assign(
		__entry->asid = asid;
		__entry->addr = addr;
		__entry->size = size;
	),
	TP_printk("asid=%u addr=0x%llx size=0x%llx",
		  __entry->asid, __entry->addr, __entry->size)
);

DEFINE_EVENT(gs_vm_range, gs_vm_map,
	TP_PROTO(u32 asid, u64 addr, u64 size),
	TP_ARGS(asid, addr, size)
);

DEFINE_EVENT(gs_vm_range, gs_vm_unmap,
	TP_PROTO(u32 asid, u64 addr, u64 size),
	TP_ARGS(asid, addr, size)
);

TRACE_EVENT(gs_reset,
	TP_PROTO(const char *reason),
	TP_ARGS(reason),
	TP_STRUCT__entry(
		__string(reason, reason)
	),
	TP_fast_assign(
		__assign_str(reason);
	),
	TP_printk("reason=\"%s\"", __get_str(reason))
);

#endif /* GS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE gs_trace
#include <trace/define_trace.h>
