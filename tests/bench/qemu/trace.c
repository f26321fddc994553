/* SPDX-License-Identifier: MIT */
#include "tests/bench/qemu/trace.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "tests/bench/qemu/bench.h"

#define TRACING "/sys/kernel/tracing/"

static void put(const char *file, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), TRACING "%s", file);
	f = fopen(path, "w");
	if (!f || fputs(text, f) == EOF || fclose(f))
		die(path);
}

static void enable(const struct trace_point *points, const char *text)
{
	char path[128];

	for (; points->event; points++) {
		snprintf(path, sizeof(path), "events/%s/enable",
			 points->enable);
		put(path, text);
	}
}

void trace_start(const struct trace_point *points)
{
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	put("tracing_on", "0");
	put("buffer_size_kb", "4096");
	put("trace_clock", "mono");
	enable(points, "1");
	put("trace", "");
	put("tracing_on", "1");
}

/* "task-pid [cpu] flags seconds.micros: event: text" */
static bool parse_line(const char *line, int64_t *at, const char **event)
{
	const char *bracket = strchr(line, ']');
	double seconds;
	char *rest;

	while (bracket && *bracket &&
	       !(*bracket == ' ' && bracket[1] >= '0' && bracket[1] <= '9'))
		bracket++;
	if (!bracket || !*bracket)
		return false;
	seconds = strtod(bracket, &rest);
	if (*rest != ':')
		return false;
	*at = (int64_t)(seconds * 1e9 + 0.5);
	*event = rest + 2;
	return true;
}

static void note(const struct trace_point *points, struct trace_round *round,
		 int64_t at, const char *event)
{
	for (unsigned i = 0; points[i].event; i++) {
		size_t length = strlen(points[i].event);

		if (strncmp(event, points[i].event, length) ||
		    event[length] != ':' || round->at[i] ||
		    (points[i].text && !strstr(event, points[i].text)))
			continue;
		round->at[i] = at;
		return;
	}
}

void trace_stop(const struct trace_point *points, struct trace_round *rounds,
		unsigned num)
{
	const char *event;
	char line[512];
	unsigned r = 0;
	int64_t at;
	FILE *f;

	put("tracing_on", "0");
	enable(points, "0");
	f = fopen(TRACING "trace", "r");
	if (!f)
		die(TRACING "trace");
	while (fgets(line, sizeof(line), f)) {
		if (*line == '#' || !parse_line(line, &at, &event))
			continue;
		/* the trace has microseconds */
		while (r < num && at > rounds[r].end + 1000)
			r++;
		if (r < num && at >= rounds[r].begin - 1000)
			note(points, &rounds[r], at, event);
	}
	fclose(f);
	put("trace", "");
}
