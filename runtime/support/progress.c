/* SPDX-License-Identifier: MIT */
#include "runtime/support/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000ull
#define REDRAW_NS (SECOND_NS / 10)
#define WIDTH 30

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

void gs_progress_start(struct gs_progress *bar, const char *what,
		       uint64_t total, bool force)
{
	bar->what = what;
	bar->total = total ? total : 1;
	bar->start_ns = now_ns();
	/* A bar that is not forced first shows after a second. */
	bar->shown_ns = bar->start_ns + (force ? 0 : SECOND_NS - REDRAW_NS);
	bar->enabled = force || isatty(STDERR_FILENO);
	bar->shown = false;
}

static void draw(struct gs_progress *bar, uint64_t done, uint64_t now)
{
	char cells[WIDTH + 1];
	uint64_t full = done >= bar->total ? WIDTH : done * WIDTH / bar->total;
	double left = done ? (double)(now - bar->start_ns) / 1e9 *
				      (double)(bar->total - done) /
				      (double)done :
			     0;

	memset(cells, '.', WIDTH);
	memset(cells, '#', (size_t)full);
	cells[WIDTH] = 0;
	fprintf(stderr, "\r%s [%s] %llu/%llu, %.0f s left \033[K", bar->what,
		cells, (unsigned long long)done, (unsigned long long)bar->total,
		left);
	bar->shown = true;
}

void gs_progress_update(struct gs_progress *bar, uint64_t done)
{
	uint64_t now;

	if (!bar->enabled)
		return;
	now = now_ns();
	if (now < bar->shown_ns + REDRAW_NS)
		return;
	bar->shown_ns = now;
	draw(bar, done < bar->total ? done : bar->total, now);
}

void gs_progress_stop(struct gs_progress *bar)
{
	if (bar->shown)
		fputs("\r\033[K", stderr);
	bar->shown = false;
}
