/* SPDX-License-Identifier: MIT */
#ifndef GS_FW_TRAP_H
#define GS_FW_TRAP_H

#include <stdint.h>

/** gs_trap() - report an unexpected trap; called by start.S, which then halts */
void gs_trap(uint32_t mcause, uint32_t mepc, uint32_t mtval);

#endif /* GS_FW_TRAP_H */
