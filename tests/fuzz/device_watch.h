/* SPDX-License-Identifier: MIT */
/*
 * A judge of the project's firmware. Whatever the host and its jobs do, the
 * firmware writes to the ring area only what is its own there, in order, says
 * nothing that cannot be, and halts only for the reasons it has.
 */
#ifndef GS_TESTS_FUZZ_DEVICE_WATCH_H
#define GS_TESTS_FUZZ_DEVICE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "genesys/hw_abi.h"
#include "tests/unit/device_shell.h"

struct watch {
	bool live; /* it is this firmware that runs, and it alone */
	bool ended; /* GS_EVENT_SHUTDOWN is out */
	bool entry_written, line_written; /* their counters come next */
	bool recorded; /* a result record, whose event comes next */
	uint32_t num_events;
	uint32_t event_tail, log_tail;
	uint32_t cmd_head[GS_NUM_CMD_RINGS];
	struct gs_result record;
};

/** watch_begin() - the firmware was loaded and has not seen the ring area yet */
void watch_begin(struct watch *w, struct shell *s);

/** watch_write() - the device writes to memory; to be called before it is done */
void watch_write(struct watch *w, struct shell *s, uint64_t bus,
		 const void *src, size_t size);

/** watch_end() - if the firmware has ended, may it have? To be called after each operation */
void watch_end(struct watch *w, struct shell *s);

#endif /* GS_TESTS_FUZZ_DEVICE_WATCH_H */
