/* SPDX-License-Identifier: MIT */
/*
 * A progress bar on stderr, for runs of more than a second on a terminal.
 * Elsewhere it writes nothing. One bar at a time, from one thread.
 */
#ifndef GS_PROGRESS_H
#define GS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct gs_progress {
	const char *what; /**< lives as long as the bar */
	uint64_t total;
	uint64_t start_ns, shown_ns;
	bool enabled, shown;
};

/** gs_progress_start() - @force shows it at once and without a terminal */
void gs_progress_start(struct gs_progress *bar, const char *what,
		       uint64_t total, bool force);
void gs_progress_update(struct gs_progress *bar, uint64_t done);
/** gs_progress_stop() - wipes the bar */
void gs_progress_stop(struct gs_progress *bar);

#endif /* GS_PROGRESS_H */
