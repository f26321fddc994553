/* SPDX-License-Identifier: MIT */
/*
 * What commands mean. Each is copied out of the host's memory once, checked
 * and only then used.
 */
#ifndef GS_FW_COMMAND_H
#define GS_FW_COMMAND_H

#include <stdbool.h>

/** gs_command_take_jobs() - queue the jobs of the priority rings, as many as there is room for */
void gs_command_take_jobs(void);

/** gs_command_run() - carry out the commands of the control ring, and what waited for a job's end */
void gs_command_run(void);

/** gs_command_shutdown() - has GS_CMD_SHUTDOWN come? */
bool gs_command_shutdown(void);

/** gs_command_finish() - drop all jobs, answer GS_CMD_SHUTDOWN */
void gs_command_finish(void);

#endif /* GS_FW_COMMAND_H */
