/* SPDX-License-Identifier: MIT */
#include "firmware/trap.h"

#include "firmware/log.h"

void gs_trap(uint32_t mcause, uint32_t mepc, uint32_t mtval)
{
	gs_log(GS_LOG_ERROR, "trap: mcause 0x%lx, mepc 0x%lx, mtval 0x%lx",
	       mcause, mepc, mtval);
}
