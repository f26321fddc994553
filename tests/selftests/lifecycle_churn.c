// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that open, use and close a device that comes and goes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lifecycle_crew.h"
#include "lifecycle_host.h"

#define JOBS 4
#define LONG_MS 60000

/* Nothing else may a device say that is not there, or that is being reset. */
static bool may_be(int error)
{
	return error == -ENODEV || error == -ENOENT || error == -ENXIO ||
	       error == -EIO || error == -EBUSY;
}

struct user {
	struct npu npu;
	struct npu_kit kit;
	struct churn_shared *shared;
	uint32_t seed, done;
};

/* Jobs of which the last one's result counts; the first error. */
static int use(struct user *user)
{
	int fences[JOBS], num = 0, ret, ctx;

	ctx = npu_ctx_create(&user->npu, npu_random(&user->seed, 3), LONG_MS);
	if (ctx < 0)
		return ctx;
	npu_in(&user->kit)[0] = (int32_t)user->done;
	for (ret = 0; num < JOBS && ret >= 0; num++) {
		ret = npu_start(&user->kit, (uint32_t)ctx, NPU_ADD, 0);
		fences[num] = ret;
	}
	if (ret < 0)
		num--;
	for (int i = 0; i < num; i++) {
		int status = npu_end(fences[i]);

		if (status != 1 && ret >= 0)
			ret = status ? status : -ETIME;
	}
	if (ret >= 0 && npu_out(&user->kit)[0] != (int32_t)user->done + 1)
		return -EILSEQ;
	if (ret < 0)
		return ret;
	user->done++;
	user->shared->done++;
	return 0;
}

static int open_and_use(struct user *user, const struct npu_device *dev)
{
	struct npu_device now = *dev;
	int ret = host_refresh(&now);

	if (!ret)
		ret = npu_open_device(&user->npu, &now);
	if (ret)
		return ret;
	ret = npu_kit_create(&user->npu, &user->kit);
	for (uint32_t i = npu_random(&user->seed, 4); !ret && i; i--)
		ret = use(user);
	/* Sometimes the file goes before what is mapped of it. */
	if (npu_random(&user->seed, 2))
		npu_close(&user->npu);
	npu_kit_unmap(&user->kit);
	npu_close(&user->npu);
	return ret;
}

static int be_user(const struct npu_device *dev, uint32_t seed,
		   struct churn_shared *shared)
{
	struct user user = { .shared = shared, .seed = seed };

	while (!shared->stop) {
		int ret = open_and_use(&user, dev);

		if (ret && !may_be(ret)) {
			printf("# user: error %d\n", ret);
			fflush(stdout);
			return 1;
		}
		if (ret)
			usleep(2000);
	}
	return 0;
}

int churn_start(struct churn *churn, const struct npu_device *dev,
		uint32_t seed)
{
	churn->shared = mmap(NULL, sizeof(*churn->shared),
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	if (churn->shared == MAP_FAILED)
		return -ENOMEM;
	fflush(stdout);
	for (uint32_t i = 0; i < CREW_SIZE; i++) {
		churn->pids[i] = fork();
		if (churn->pids[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(be_user(dev, seed * CREW_SIZE + i + 1, churn->shared));
	}
	return 0;
}

int churn_stop(struct churn *churn, uint32_t *done)
{
	int bad = 0;

	churn->shared->stop = true;
	for (int i = 0; i < CREW_SIZE; i++) {
		int status = -1;

		waitpid(churn->pids[i], &status, 0);
		bad += status != 0;
	}
	*done = churn->shared->done;
	munmap(churn->shared, sizeof(*churn->shared));
	return bad;
}
