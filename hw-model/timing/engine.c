/* SPDX-License-Identifier: MIT */
/* Clocks of engines; each cycle is work or has one cause. */

#include "hw-model/timing/timing_internal.h"

#include <errno.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

void gs_engine_stall(struct gs_timing *t, enum gs_engine engine,
		     uint64_t cycles, enum gs_stall cause)
{
	if (t->watch.told)
		gs_watch_tell(t, engine, cycles, cause);
	t->clock[engine] += cycles;
	t->now.engine[engine].stall[cause] += cycles;
}

void gs_engine_wait(struct gs_timing *t, enum gs_engine engine, uint64_t until,
		    enum gs_stall cause)
{
	if (until > t->clock[engine])
		gs_engine_stall(t, engine, until - t->clock[engine], cause);
}

void gs_engine_work(struct gs_timing *t, enum gs_engine engine, uint64_t cycles)
{
	if (t->watch.told)
		gs_watch_tell(t, engine, cycles, GS_STALL_COUNT);
	t->clock[engine] += cycles;
	t->now.engine[engine].busy += cycles;
}

void gs_engine_move(struct gs_timing *t, enum gs_engine engine, uint64_t cycles,
		    uint64_t bytes, bool store)
{
	t->watch.bytes = bytes;
	t->watch.store = store;
	gs_engine_work(t, engine, cycles);
	t->watch.bytes = 0;
	t->watch.store = false;
}

const char *gs_engine_name(enum gs_engine engine)
{
	static const char *const names[] = {
		"IMEM", "PARAM", "IBUF", "OBUF", "SIMD", "array", "Tandem",
	};

	return (unsigned)engine < ARRAY_SIZE(names) ? names[engine] : "?";
}

const char *gs_stall_name(enum gs_stall stall)
{
	static const char *const names[] = {
		"fetch", "setup", "latency", "PARAM", "IBUF", "OBUF",
		"SIMD",	 "array", "Tandem",  "DRAM",  "idle",
	};

	return (unsigned)stall < ARRAY_SIZE(names) ? names[stall] : "?";
}

static const char *const presets[] = { "hardware", "ideal-channels" };

const char *gs_timing_preset_name(enum gs_timing_preset preset)
{
	return (unsigned)preset < ARRAY_SIZE(presets) ? presets[preset] : "?";
}

int gs_timing_preset_find(const char *name, enum gs_timing_preset *preset)
{
	for (unsigned i = 0; i < ARRAY_SIZE(presets); i++) {
		if (strcmp(name, presets[i]))
			continue;
		*preset = (enum gs_timing_preset)i;
		return 0;
	}
	return -EINVAL;
}
