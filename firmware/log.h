/* SPDX-License-Identifier: MIT */
/*
 * The log ring: the newest GS_LOG_ENTRIES lines, for the host to read at any
 * time, also after a halt.
 */
#ifndef GS_FW_LOG_H
#define GS_FW_LOG_H

#include <stdint.h>

#include "genesys/hw_abi.h"

/** gs_log_init() - take level and position from the ring area; lines before it are lost */
void gs_log_init(void);

/** gs_log_set_level() - 0, or -1 when there is no such level */
int gs_log_set_level(uint32_t level);

/**
 * gs_log() - add a line; too long ones are cut
 * @format: %s, %u, %x, %lu, %lx, %llx
 */
void gs_log(enum gs_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* GS_FW_LOG_H */
