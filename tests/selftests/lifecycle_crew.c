// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes with jobs in flight, while something happens to their device. */
#include "lifecycle_crew.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_MS 60000
#define MARK 0x6d61726b

/* ---- in a member ---------------------------------------------------------------- */

struct member {
	struct npu npu;
	struct npu_kit kit;
	uint32_t ctx, num_queued;
	int running, queued[CREW_MAX_QUEUED]; /* fences */
};

struct report {
	int line; /* of this file, that was not to be reached; 0: all is well */
	uint32_t lost;
};

static int member_start(struct member *m, const struct npu_device *dev,
			uint32_t seed)
{
	int ret = npu_open_device(&m->npu, dev);

	if (!ret)
		ret = npu_kit_create(&m->npu, &m->kit);
	if (ret)
		return ret;
	ret = npu_ctx_create(&m->npu, npu_random(&seed, 3), LONG_MS);
	if (ret < 0)
		return ret;
	m->ctx = (uint32_t)ret;
	npu_in(&m->kit)[0] = MARK;
	m->running = npu_start(&m->kit, m->ctx, NPU_ENDLESS, 0);
	if (m->running < 0)
		return m->running;
	m->num_queued = 1 + npu_random(&seed, CREW_MAX_QUEUED);
	for (uint32_t i = 0; i < m->num_queued; i++) {
		m->queued[i] = npu_start(&m->kit, m->ctx, NPU_ADD, 1 + i);
		if (m->queued[i] < 0)
			return m->queued[i];
	}
	return 0;
}

static int expect_queued(const struct member *m, int status)
{
	for (uint32_t i = 0; i < m->num_queued; i++)
		if (npu_end(m->queued[i]) != status)
			return __LINE__;
	return 0;
}

/* Only what needs no device still works. */
static int see_gone(struct member *m)
{
	if (npu_end(m->running) != -ENODEV)
		return __LINE__;
	if (npu_submit(&m->kit, m->ctx, NPU_ADD, 0) != -ENODEV)
		return __LINE__;
	if (npu_ctx_create(&m->npu, 0, 0) != -ENODEV)
		return __LINE__;
	if (npu_in(&m->kit)[0] != MARK)
		return __LINE__;
	npu_in(&m->kit)[0] = 0;
	return expect_queued(m, -ENODEV);
}

static int see_cancelled(struct member *m)
{
	if (npu_ctx_destroy(&m->npu, m->ctx))
		return __LINE__;
	if (npu_end(m->running) != -ECANCELED)
		return __LINE__;
	return expect_queued(m, -ECANCELED);
}

/* Who was on the core is lost but goes on, the others have yet to run. */
static int see_reset(struct member *m, uint32_t *lost)
{
	int status = npu_fence_status(m->running);

	if (!status)
		return see_cancelled(m);
	*lost = 1;
	if (npu_end(m->running) != -EIO)
		return __LINE__;
	if (expect_queued(m, 1))
		return __LINE__;
	return npu_out(&m->kit)[0] == MARK + 1 ? 0 : __LINE__;
}

static int see(struct member *m, char order, uint32_t *lost)
{
	switch (order) {
	case CREW_GONE:
		return see_gone(m);
	case CREW_RESET:
		return see_reset(m, lost);
	case CREW_CANCEL:
		return see_cancelled(m);
	default:
		return __LINE__;
	}
}

static void be_member(const struct npu_device *dev, uint32_t seed, int sock)
{
	struct member m = { .npu.fd = -1 };
	struct report report = { 0 };
	int ret;
	char order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ret = member_start(&m, dev, seed);
	if (write(sock, &ret, sizeof(ret)) != sizeof(ret) || ret ||
	    read(sock, &order, 1) != 1)
		_exit(1);
	report.line = see(&m, order, &report.lost);
	npu_kit_unmap(&m.kit);
	npu_close(&m.npu);
	if (write(sock, &report, sizeof(report)) != sizeof(report))
		_exit(1);
	_exit(0);
}

/* ---- in the test ------------------------------------------------------------------ */

int crew_contexts(const struct npu_device *dev, const char *word)
{
	static char text[65536];
	int ret = npu_debugfs(dev, "contexts", text, sizeof(text)), count = 0;

	if (ret < 0)
		return ret;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		count += strstr(line, word) != NULL;
	return count;
}

static bool core_is_busy(const struct npu_device *dev)
{
	char text[4096];
	const char *status;

	if (npu_debugfs(dev, "device", text, sizeof(text)) < 0)
		return false;
	status = strstr(text, "status 0x");
	return status && strtoul(status + 7, NULL, 16) & GS_STATUS_CORE_BUSY;
}

static int hire(struct crew *crew, int i, uint32_t seed)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	fflush(stdout);
	crew->pids[i] = fork();
	if (crew->pids[i] < 0)
		return -errno;
	if (!crew->pids[i])
		be_member(&crew->dev, seed, pair[1]);
	close(pair[1]);
	crew->sockets[i] = pair[0];
	return 0;
}

int crew_wait_running(const struct npu_device *dev, int count)
{
	uint64_t end = npu_now_ms() + LONG_MS;

	while (npu_now_ms() < end) {
		int running = crew_contexts(dev, ", running");

		if (running < 0)
			return running;
		if (running == count && core_is_busy(dev))
			return 0;
		usleep(1000);
	}
	return -ETIME;
}

int crew_start(struct crew *crew, const struct npu_device *dev, uint32_t seed)
{
	int ret = 0, ready;

	memset(crew, 0, sizeof(*crew));
	crew->dev = *dev;
	for (int i = 0; i < CREW_SIZE && !ret; i++)
		ret = hire(crew, i, seed * CREW_SIZE + (uint32_t)i + 1);
	for (int i = 0; i < CREW_SIZE && !ret; i++)
		ret = read(crew->sockets[i], &ready, sizeof(ready)) ==
				      sizeof(ready) ?
			      ready :
			      -EPIPE;
	if (!ret)
		ret = crew_wait_running(dev, CREW_SIZE);
	if (ret)
		crew_kill(crew, CREW_SIZE);
	return ret;
}

static void leave(struct crew *crew, int i)
{
	waitpid(crew->pids[i], NULL, 0);
	close(crew->sockets[i]);
	crew->pids[i] = 0;
}

void crew_kill(struct crew *crew, uint32_t count)
{
	uint32_t killed = 0;

	for (int i = 0; i < CREW_SIZE && killed < count; i++)
		if (crew->pids[i] > 0) {
			kill(crew->pids[i], SIGKILL);
			killed++;
		}
	for (int i = 0; i < CREW_SIZE && killed; i++)
		if (crew->pids[i] > 0) {
			leave(crew, i);
			killed--;
		}
}

int crew_finish(struct crew *crew, enum crew_order order, uint32_t *lost)
{
	const char letter = (char)order;
	struct report report;
	int bad = 0;

	for (int i = 0; i < CREW_SIZE; i++)
		if (crew->pids[i] > 0 &&
		    write(crew->sockets[i], &letter, 1) != 1)
			bad++;
	for (int i = 0; i < CREW_SIZE; i++) {
		if (crew->pids[i] <= 0)
			continue;
		report = (struct report){ .line = -1 };
		if (read(crew->sockets[i], &report, sizeof(report)) < 0)
			report.line = -errno;
		if (report.line) {
			printf("# member %d: lifecycle_crew.c:%d\n", i,
			       report.line);
			bad++;
		}
		if (lost)
			*lost += report.lost;
		leave(crew, i);
	}
	return bad;
}
