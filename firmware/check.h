/* SPDX-License-Identifier: MIT */
/*
 * Validation of commands.
 */
#ifndef GS_FW_CHECK_H
#define GS_FW_CHECK_H

#include <stdint.h>

#include "genesys/hw_abi.h"
#include "firmware/sched.h"

/** gs_check_command() - may @cmd stand in ring @ring? 0 or an enum gs_cmd_error */
uint32_t gs_check_command(uint32_t ring, const struct gs_cmd *cmd);

/** gs_check_job() - the job of a command that passed gs_check_command() */
struct gs_fw_job gs_check_job(const struct gs_cmd *cmd);

#endif /* GS_FW_CHECK_H */
