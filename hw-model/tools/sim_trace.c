/* SPDX-License-Identifier: MIT */
/* Trace events in JSON, see sim_trace.h. */

#include "hw-model/tools/sim_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "hw-model/isa/file.h"
#include "hw-model/isa/utf8.h"
#include "hw-model/tools/sim_files.h"
#include "hw-model/tools/sim_replay.h"

#define LAYERS_TRACK 1
#define PS_PER_US UINT64_C(1000000)

struct trace {
	gzFile out;
	int err; /* the first error of writing, -errno */
	bool begun; /* an event stands before the next */
	uint32_t clock_mhz;
	/* the layer whose blocks come */
	const struct sim_layer *layer;
	uint64_t start, end, blocks;
};

/* ---- JSON ----------------------------------------------------------------------- */

static void put_bytes(struct trace *t, const char *bytes, size_t len)
{
	errno = 0;
	if (t->err || !len || gzwrite(t->out, bytes, (unsigned)len) > 0)
		return;
	t->err = errno ? -errno : -EIO;
}

__attribute__((format(printf, 2, 3))) static void put(struct trace *t,
						      const char *format, ...)
{
	char text[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put_bytes(t, text,
		  (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

static void put_string(struct trace *t, const char *text)
{
	uint32_t code;
	char bytes[4];

	put_bytes(t, "\"", 1);
	while ((code = gs_utf8_next(&text))) {
		if (code == '"' || code == '\\')
			put(t, "\\%c", (char)code);
		else if (code < 0x20 || code == 0x7f)
			put(t, "\\u%04x", code);
		else
			put_bytes(t, bytes, gs_utf8_put(code, bytes));
	}
	put_bytes(t, "\"", 1);
}

static uint64_t picoseconds(const struct trace *t, uint64_t cycle)
{
	const uint64_t us = cycle / t->clock_mhz, rest = cycle % t->clock_mhz;

	return us * PS_PER_US + rest * PS_PER_US / t->clock_mhz;
}

/* Microseconds as the format has them, without zeros at the end. */
static void put_time(struct trace *t, const char *key, uint64_t ps)
{
	unsigned rest = (unsigned)(ps % PS_PER_US), digits = 6;

	put(t, ",\"%s\":%" PRIu64, key, ps / PS_PER_US);
	while (rest && rest % 10 == 0) {
		rest /= 10;
		digits--;
	}
	if (rest)
		put(t, ".%0*u", (int)digits, rest);
}

/* ---- events --------------------------------------------------------------------- */

static void begin_event(struct trace *t)
{
	put(t, t->begun ? ",\n" : "\n");
	t->begun = true;
}

static void put_metadata(struct trace *t, unsigned track, const char *what,
			 const char *text)
{
	begin_event(t);
	put(t,
	    "{\"name\":\"%s\",\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"args\":{"
	    "\"name\":",
	    what, track);
	put_string(t, text);
	put(t, "}}");
}

static void put_track(struct trace *t, unsigned track, unsigned index,
		      const char *name)
{
	put_metadata(t, track, "thread_name", name);
	begin_event(t);
	put(t,
	    "{\"name\":\"thread_sort_index\",\"ph\":\"M\",\"pid\":1,"
	    "\"tid\":%u,\"args\":{\"sort_index\":%u}}",
	    track, index);
}

static unsigned track_of(enum gs_engine engine)
{
	return LAYERS_TRACK + 1 + (unsigned)engine;
}

/* Layers on top, then the units, then the channels as they are numbered. */
static void put_tracks(struct trace *t, const char *title)
{
	put_metadata(t, 0, "process_name", title);
	put_track(t, LAYERS_TRACK, 0, "layers");
	put_track(t, track_of(GS_ENGINE_ARRAY), 1, "array");
	put_track(t, track_of(GS_ENGINE_TANDEM), 2, "Tandem");
	for (unsigned e = 0; e < GS_WIN_COUNT; e++) {
		char name[32];

		snprintf(name, sizeof(name), "channel %s",
			 gs_engine_name((enum gs_engine)e));
		put_track(t, track_of((enum gs_engine)e), 3 + e, name);
	}
}

static void put_when(struct trace *t, unsigned track, uint64_t start,
		     uint64_t end)
{
	const uint64_t from = picoseconds(t, start);

	put(t, ",\"ph\":\"X\"");
	put_time(t, "ts", from);
	put_time(t, "dur", picoseconds(t, end) - from);
	put(t, ",\"pid\":1,\"tid\":%u,\"args\":{\"cycles\":%" PRIu64, track,
	    end - start);
}

static const char *work_name(const struct gs_timing_span *span)
{
	switch (span->engine) {
	case GS_ENGINE_ARRAY:
		return "compute";
	case GS_ENGINE_TANDEM:
		return "operate";
	case GS_ENGINE_IMEM:
		return "fetch";
	default:
		return span->store ? "store" : "load";
	}
}

/* Idle cycles are what is empty. */
static void put_span(void *ctx, const struct gs_timing_span *span)
{
	struct trace *t = ctx;
	const bool busy = span->stall == GS_STALL_COUNT;

	if (span->stall == GS_STALL_IDLE)
		return;
	begin_event(t);
	if (busy)
		put(t, "{\"name\":\"%s\",\"cat\":\"busy\"", work_name(span));
	else
		put(t, "{\"name\":\"waits: %s\",\"cat\":\"stall\"",
		    gs_stall_name(span->stall));
	put_when(t, track_of(span->engine), span->start, span->end);
	put(t, ",\"block\":%" PRIu32, span->block);
	if (span->tile != GS_SPAN_NO_TILE)
		put(t, ",\"tile\":%" PRIu64, span->tile);
	if (span->bytes)
		put(t, ",\"bytes\":%" PRIu64, span->bytes);
	if (!busy)
		put(t, ",\"cause\":\"%s\"", gs_stall_name(span->stall));
	put(t, "}}");
}

static void end_layer(struct trace *t)
{
	if (!t->layer || t->end == t->start)
		return;
	begin_event(t);
	put(t, "{\"name\":");
	put_string(t, t->layer->name);
	put(t, ",\"cat\":\"layer\"");
	put_when(t, LAYERS_TRACK, t->start, t->end);
	put(t, ",\"operator\":");
	put_string(t, t->layer->op);
	put(t, ",\"blocks\":%" PRIu64 "}}", t->blocks);
}

static void put_block(void *ctx, const struct sim_layer *layer, uint64_t start,
		      const struct gs_timing_block *block)
{
	struct trace *t = ctx;

	if (layer != t->layer) {
		end_layer(t);
		t->layer = layer;
		t->start = start;
		t->blocks = 0;
	}
	t->end = start + block->cycles;
	t->blocks++;
}

/* ---- the file ------------------------------------------------------------------- */

static bool put_all(struct trace *t, struct sim_timing *sim, const char *model)
{
	const struct sim_replay replay = { .span = put_span,
					   .block = put_block,
					   .ctx = t };
	char title[1024];
	bool ok;

	snprintf(title, sizeof(title), "%s on %s, %s", model, sim->arch.name,
		 gs_timing_preset_name(sim->preset));
	t->clock_mhz = sim->arch.clock_mhz;
	put(t, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"model\":");
	put_string(t, model);
	put(t, ",\"machine\":");
	put_string(t, sim->arch.name);
	put(t,
	    ",\"preset\":\"%s\",\"clock_mhz\":%" PRIu32 ",\"cycles\":%" PRIu64
	    "},\n\"traceEvents\":[",
	    gs_timing_preset_name(sim->preset), sim->arch.clock_mhz,
	    sim->total.cycles);
	put_tracks(t, title);
	ok = sim_replay(sim, &replay);
	end_layer(t);
	put(t, "\n]}\n");
	return ok;
}

/* Closes the stream; the first error is kept. */
static void close_stream(struct trace *t)
{
	int ret;

	errno = 0;
	if (!t->err && gzflush(t->out, Z_FINISH) != Z_OK)
		t->err = errno ? -errno : -EIO;
	errno = 0;
	ret = gzclose(t->out);
	if (!t->err && ret != Z_OK)
		t->err = errno ? -errno : -EIO;
}

static bool is_compressed(const char *path)
{
	const size_t len = strlen(path);

	return len > 3 && !strcmp(path + len - 3, ".gz");
}

/* zlib also writes what is not to be compressed ("T"). */
static int open_stream(struct trace *t, int file, const char *path)
{
	const int fd = dup(file);

	if (fd < 0)
		return -errno;
	t->out = gzdopen(fd, is_compressed(path) ? "wb6" : "wbT");
	if (t->out)
		return gzbuffer(t->out, 1 << 16) ? -EINVAL : 0;
	close(fd);
	return -ENOMEM;
}

bool sim_trace_write(struct sim_timing *sim, const char *model,
		     const char *path)
{
	struct trace t = { 0 };
	struct gs_file_new file;
	bool ok = true;
	int ret = gs_file_begin(&file, path);

	if (!ret)
		ret = open_stream(&t, file.fd, path);
	if (!ret)
		ok = put_all(&t, sim, model);
	if (t.out)
		close_stream(&t);
	ret = ret ? ret : t.err;
	if (!ret && ok)
		ret = gs_file_commit(&file);
	else
		gs_file_abandon(&file);
	if (ret)
		fprintf(stderr, "gs-sim: %s: %s\n", sim_file_name(path),
			strerror(-ret));
	return ok && !ret;
}
