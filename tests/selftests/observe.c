// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What people and tools look at: fdinfo, sysfs, debugfs and tracepoints say what
 * the jobs did.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "npu_fault.h"

#define SECONDS 120 /* of a test, on a slow machine */
#define LONG_MS 60000
#define SLOW_US 5000 /* of each block of a chain */

FIXTURE(observe)
{
	struct npu npu;
	struct npu_kit kit;
	uint32_t ctx;
};

FIXTURE_SETUP(observe)
{
	int ctx;

	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ctx = npu_ctx_create(&self->npu, DRM_GENESYS_PRIORITY_NORMAL, LONG_MS);
	ASSERT_LT(0, ctx);
	self->ctx = (uint32_t)ctx;
}

FIXTURE_TEARDOWN(observe)
{
	if (self->npu.dev.test_regs)
		EXPECT_EQ(0, npu_slow(&self->npu.dev, 0));
	npu_kit_destroy(&self->kit);
	npu_close(&self->npu);
}

/* ---- fdinfo: Documentation/gpu/drm-usage-stats.rst ----------------------------- */

/* Value of @key in what /proc says of a file, without white space before it. */
static int fdinfo(int fd, const char *key, char *value, size_t size)
{
	char path[64], text[4096], *line, *next;
	int ret;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ret = npu_read_file(path, text, sizeof(text));
	if (ret < 0)
		return ret;
	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (strncmp(line, key, strlen(key)) || line[strlen(key)] != ':')
			continue;
		line += strlen(key) + 1;
		snprintf(value, size, "%s", line + strspn(line, " \t"));
		return 0;
	}
	return -ENOENT;
}

/* A number with a unit, or -1. */
static long long fdinfo_number(int fd, const char *key, const char *unit)
{
	char value[64], *end;
	long long number;

	if (fdinfo(fd, key, value, sizeof(value)))
		return -1;
	number = strtoll(value, &end, 10);
	return end != value && !strcmp(end, unit) ? number : -1;
}

static long long fdinfo_bytes(int fd, const char *key)
{
	static const char *const units[] = { "", " KiB", " MiB" };

	for (unsigned i = 0; i < 3; i++) {
		long long number = fdinfo_number(fd, key, units[i]);

		if (number >= 0)
			return number << 10 * i;
	}
	return -1;
}

static long long busy_ns(int fd)
{
	return fdinfo_number(fd, "drm-engine-npu", " ns");
}

TEST_F(observe, fdinfo_names_driver_and_client)
{
	int fd = self->npu.fd;
	char value[64], id[64];
	struct npu other;

	ASSERT_EQ(0, fdinfo(fd, "drm-driver", value, sizeof(value)));
	EXPECT_STREQ("genesys", value);
	ASSERT_EQ(0, fdinfo(fd, "drm-pdev", value, sizeof(value)));
	EXPECT_STREQ(self->npu.dev.address, value);
	EXPECT_EQ(1, fdinfo_number(fd, "drm-engine-capacity-npu", ""));
	/* One for each file, and not for each descriptor. */
	ASSERT_EQ(0, fdinfo(fd, "drm-client-id", id, sizeof(id)));
	ASSERT_EQ(0, npu_open_device(&other, &self->npu.dev));
	ASSERT_EQ(0, fdinfo(other.fd, "drm-client-id", value, sizeof(value)));
	EXPECT_STRNE(id, value);
	npu_close(&other);
	fd = dup(fd);
	ASSERT_EQ(0, fdinfo(fd, "drm-client-id", value, sizeof(value)));
	EXPECT_STREQ(id, value);
	close(fd);
}

static long long record_ns(const struct npu_kit *kit, uint32_t index)
{
	const struct gs_result *result = npu_result(kit, index);

	return (long long)((result->time_end - result->time_start) *
			   1000000000.0 / (double)kit->npu->info.timestamp_hz);
}

TEST_F_TIMEOUT(observe, fdinfo_counts_engine_time, SECONDS)
{
	int fd = self->npu.fd;
	long long before = busy_ns(fd), now, took;
	struct drm_genesys_ctx_query query;
	struct npu other;

	EXPECT_EQ(0, before);
	if (self->npu.dev.test_regs)
		ASSERT_EQ(0, npu_slow(&self->npu.dev, SLOW_US));
	ASSERT_EQ(0, npu_open_device(&other, &self->npu.dev));
	for (uint32_t i = 0; i < 3; i++) {
		uint64_t start = npu_now_ms();

		ASSERT_EQ(1, npu_end(npu_start(&self->kit, self->ctx, NPU_CHAIN,
					       i)));
		now = busy_ns(fd);
		/* As the device measured it, up to rounding. */
		took = now - before;
		EXPECT_GE(1, llabs(took - record_ns(&self->kit, i)));
		EXPECT_LT(0, took);
		EXPECT_GE((long long)(npu_now_ms() + 1 - start) * 1000000,
			  took);
		if (self->npu.dev.test_regs)
			EXPECT_LE((long long)NPU_CHAIN_BLOCKS * SLOW_US * 1000,
				  took);
		before = now;
	}
	ASSERT_EQ(0, npu_ctx_query(&self->npu, self->ctx, &query));
	EXPECT_EQ(before, (long long)query.busy_ns);
	/* It stays when the context goes, and is nobody else's. */
	ASSERT_EQ(0, npu_ctx_destroy(&self->npu, self->ctx));
	EXPECT_EQ(before, busy_ns(fd));
	EXPECT_EQ(0, busy_ns(other.fd));
	npu_close(&other);
}

#define BO_BYTES (3 << 20)

TEST_F(observe, fdinfo_counts_memory)
{
	int fd = self->npu.fd;
	long long total = fdinfo_bytes(fd, "drm-total-memory");
	long long shared = fdinfo_bytes(fd, "drm-shared-memory");
	long long resident = fdinfo_bytes(fd, "drm-resident-memory");
	struct npu other;
	struct npu_bo bo;
	uint32_t handle;
	int dmabuf;

	EXPECT_EQ((long long)(self->kit.code.size + self->kit.data.size +
			      self->kit.results.size),
		  total);
	EXPECT_EQ(0, shared);
	EXPECT_EQ(total, resident);
	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, BO_BYTES, 0));
	EXPECT_EQ(total + BO_BYTES, fdinfo_bytes(fd, "drm-total-memory"));
	EXPECT_EQ(total + BO_BYTES, fdinfo_bytes(fd, "drm-resident-memory"));
	dmabuf = npu_export(&self->npu, bo.handle);
	ASSERT_LE(0, dmabuf);
	ASSERT_EQ(0, npu_open_device(&other, &self->npu.dev));
	ASSERT_EQ(0, npu_import(&other, dmabuf, &handle));
	EXPECT_EQ(BO_BYTES, fdinfo_bytes(fd, "drm-shared-memory"));
	EXPECT_EQ(BO_BYTES, fdinfo_bytes(other.fd, "drm-shared-memory"));
	EXPECT_EQ(BO_BYTES, fdinfo_bytes(other.fd, "drm-total-memory"));
	npu_close(&other);
	close(dmabuf);
	npu_bo_destroy(&self->npu, &bo);
	EXPECT_EQ(total, fdinfo_bytes(fd, "drm-total-memory"));
	EXPECT_EQ(shared, fdinfo_bytes(fd, "drm-shared-memory"));
}

/* ---- sysfs and debugfs ------------------------------------------------------------ */

static int firmware_version(const struct npu *npu, char *text, size_t size)
{
	struct drm_genesys_fw_info info;
	struct drm_genesys_dev_query args = {
		.type = DRM_GENESYS_QUERY_FW_INFO,
		.size = sizeof(info),
		.pointer = (uintptr_t)&info,
	};
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_DEV_QUERY, &args);

	snprintf(text, size, "%u.%u.%u", info.version >> 16,
		 info.version >> 8 & 0xff, info.version & 0xff);
	return ret;
}

TEST_F(observe, sysfs_firmware_version)
{
	char path[160], text[64], want[64];

	ASSERT_EQ(0, firmware_version(&self->npu, want, sizeof(want) - 1));
	strcat(want, "\n");
	snprintf(path, sizeof(path), "%s/firmware_version",
		 self->npu.dev.sysfs);
	ASSERT_LT(0, npu_read_file(path, text, sizeof(text)));
	EXPECT_STREQ(want, text);
}

/* The first line since the device was started, with its time. */
TEST_F(observe, debugfs_fw_log)
{
	char text[32768], version[32], want[128];
	unsigned long long seconds;
	unsigned fraction;
	int at = 0;

	ASSERT_EQ(0, npu_reset(&self->npu.dev));
	ASSERT_EQ(0, firmware_version(&self->npu, version, sizeof(version)));
	ASSERT_LT(0, npu_debugfs(&self->npu.dev, "fw_log", text, sizeof(text)));
	ASSERT_EQ(2, sscanf(text, "[%llu.%6u] %n", &seconds, &fraction, &at));
	snprintf(want, sizeof(want),
		 "I firmware %s, %u address spaces, %llu kHz\n", version,
		 self->npu.limits.max_files,
		 (unsigned long long)self->npu.info.timestamp_hz / 1000);
	ASSERT_LT(0, at);
	EXPECT_EQ(0, strncmp(text + at, want, strlen(want)))
	TH_LOG("%s", text);
}

/* One line of a file of debugfs that holds @word. */
static int line_with(const struct npu_device *dev, const char *file,
		     const char *word, char *line, size_t size)
{
	static char text[65536];
	char *at, *start;
	int ret = npu_debugfs(dev, file, text, sizeof(text));

	if (ret < 0)
		return ret;
	at = strstr(text, word);
	if (!at)
		return -ENOENT;
	for (start = at; start > text && start[-1] != '\n'; start--)
		;
	snprintf(line, size, "%.*s", (int)strcspn(start, "\n"), start);
	return 0;
}

/* Waits until the device has @sent jobs, of which none is left in a ring. */
static int wait_sent(const struct npu_device *dev, unsigned sent,
		     unsigned unfinished)
{
	uint64_t end = npu_now_ms() + LONG_MS;
	unsigned head, tail, waiting, now[2];
	char line[160];

	while (npu_now_ms() < end) {
		if (!line_with(dev, "rings", "jobs sent", line, sizeof(line)) &&
		    sscanf(strchr(line, ','), ", %u jobs sent, %u unfinished",
			   &now[0], &now[1]) == 2 &&
		    now[0] == sent && now[1] == unfinished &&
		    !line_with(dev, "rings", "normal ", line, sizeof(line)) &&
		    sscanf(line, "normal head %u tail %u waiting %u", &head,
			   &tail, &waiting) == 3 &&
		    head == tail && !waiting)
			return 0;
		usleep(1000);
	}
	return -ETIME;
}

TEST_F_TIMEOUT(observe, debugfs_shows_a_running_job, SECONDS)
{
	const struct npu_device *dev = &self->npu.dev;
	char line[160];
	int running, queued;
	unsigned id;

	ASSERT_EQ(0, wait_sent(dev, 0, 0));
	EXPECT_EQ(-ENOENT,
		  line_with(dev, "contexts", ", running", line, sizeof(line)));
	ASSERT_EQ(1, npu_run(&self->kit, self->ctx, NPU_NOP, LONG_MS));
	running = npu_start(&self->kit, self->ctx, NPU_ENDLESS, 0);
	ASSERT_LE(0, running);
	queued = npu_start(&self->kit, self->ctx, NPU_NOP, 1);
	ASSERT_LE(0, queued);
	/* The firmware has one, the scheduler keeps the other. */
	EXPECT_EQ(0, wait_sent(dev, 1, 2));
	ASSERT_EQ(0,
		  line_with(dev, "contexts", ", running", line, sizeof(line)));
	EXPECT_EQ(1, sscanf(line, "%u: ", &id));
	EXPECT_NE(
		NULL,
		strstr(line,
		       "timeout 60000 ms, jobs 2, submitted 3, completed 1, running"))
	TH_LOG("%s", line);
	ASSERT_EQ(0, line_with(dev, "device", "state ", line, sizeof(line)));
	EXPECT_EQ(0, strncmp(line, "state up, ", 10)) TH_LOG("%s", line);
	ASSERT_EQ(0, npu_ctx_destroy(&self->npu, self->ctx));
	EXPECT_EQ(-ECANCELED, npu_end(running));
	EXPECT_EQ(-ECANCELED, npu_end(queued));
	EXPECT_EQ(0, wait_sent(dev, 0, 0));
	EXPECT_EQ(-ENOENT,
		  line_with(dev, "contexts", ", running", line, sizeof(line)));
}

/* ---- tracepoints ------------------------------------------------------------------ */

#define TRACEFS "/tmp/genesys-tracefs"
#define INSTANCE TRACEFS "/instances/genesys-selftest"

FIXTURE(trace)
{
	struct npu npu;
	struct npu_kit kit;
	uint32_t ctx;
	bool mounted;
};

/* Of an instance, so that nobody else's tracing is in the way. */
FIXTURE_SETUP(trace)
{
	int ctx;

	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ctx = npu_ctx_create(&self->npu, DRM_GENESYS_PRIORITY_NORMAL, LONG_MS);
	ASSERT_LT(0, ctx);
	self->ctx = (uint32_t)ctx;
	mkdir(TRACEFS, 0700);
	ASSERT_EQ(0, mount("tracefs", TRACEFS, "tracefs", 0, NULL));
	self->mounted = true;
	ASSERT_TRUE(!mkdir(INSTANCE, 0700) || errno == EEXIST);
	/* One order for all processors. */
	ASSERT_EQ(0, npu_write_file(INSTANCE "/trace_clock", "counter"));
	ASSERT_EQ(0, npu_write_file(INSTANCE "/events/genesys/enable", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	if (self->mounted) {
		npu_write_file(INSTANCE "/events/genesys/enable", "0");
		EXPECT_EQ(0, rmdir(INSTANCE));
		EXPECT_EQ(0, umount(TRACEFS));
		rmdir(TRACEFS);
	}
	npu_kit_destroy(&self->kit);
	npu_close(&self->npu);
}

/* Where @event of job @seqno, with @error, is in the trace; NULL: nowhere. */
static const char *find_event(const char *text, const char *event,
			      unsigned long long seqno, int error)
{
	char want[64], number[32];
	const char *line = text, *end;

	snprintf(want, sizeof(want), ": %s: ctx=", event);
	snprintf(number, sizeof(number), " seqno=%llu error=%d\n", seqno,
		 error);
	while ((line = strstr(line, want))) {
		end = strstr(line, number);
		if (end && end < strchr(line, '\n'))
			return line;
		line += strlen(want);
	}
	return NULL;
}

static unsigned count(const char *text, const char *word)
{
	unsigned found = 0;

	for (text = strstr(text, word); text; text = strstr(text + 1, word))
		found++;
	return found;
}

TEST_F_TIMEOUT(trace, life_of_jobs, SECONDS)
{
	static char text[65536];
	struct npu_job good = npu_job(&self->kit, self->ctx, NPU_NOP, 0);
	struct npu_job bad = npu_job(&self->kit, self->ctx, NPU_ILLEGAL, 1);
	const char *submit, *send, *event, *end;

	ASSERT_EQ(1, npu_end(npu_start_job(&self->npu, &good)));
	ASSERT_EQ(-EIO, npu_end(npu_start_job(&self->npu, &bad)));
	ASSERT_LT(0, npu_read_file(INSTANCE "/trace", text, sizeof(text)));
	ASSERT_NE(good.args.seqno, bad.args.seqno);
	for (int i = 0; i < 2; i++) {
		uint64_t seqno = i ? bad.args.seqno : good.args.seqno;

		submit = find_event(text, "gs_job_submit", seqno, 0);
		send = find_event(text, "gs_job_send", seqno, 0);
		end = find_event(text, "gs_job_end", seqno, i ? -EIO : 0);
		ASSERT_NE(NULL, submit);
		ASSERT_NE(NULL, send);
		ASSERT_NE(NULL, end);
		EXPECT_LT((uintptr_t)submit, (uintptr_t)send);
		EXPECT_LT((uintptr_t)send, (uintptr_t)end);
		/* What the firmware said of it. */
		event = strstr(send, ": gs_event: type=");
		ASSERT_NE(NULL, event);
		EXPECT_LT((uintptr_t)event, (uintptr_t)end);
	}
	/* Each once. */
	EXPECT_EQ(2, count(text, ": gs_job_submit: "));
	EXPECT_EQ(2, count(text, ": gs_job_send: "));
	EXPECT_EQ(2, count(text, ": gs_job_end: "));
}

TEST_F_TIMEOUT(trace, mappings_and_resets, SECONDS)
{
	static char text[65536];
	char range[64];
	struct npu_bo bo;

	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 0x5000, 0));
	snprintf(range, sizeof(range), " addr=0x%llx size=0x5000\n",
		 (unsigned long long)bo.addr);
	npu_bo_destroy(&self->npu, &bo);
	ASSERT_EQ(0, npu_reset(&self->npu.dev));
	ASSERT_LT(0, npu_read_file(INSTANCE "/trace", text, sizeof(text)));
	EXPECT_EQ(2, count(text, range));
	EXPECT_EQ(1, count(text, ": gs_vm_map: "));
	EXPECT_EQ(1, count(text, ": gs_vm_unmap: "));
	EXPECT_EQ(1, count(text, ": gs_reset: reason=\"bus\"\n"));
}

TEST_HARNESS_MAIN
