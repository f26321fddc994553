// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's fail-nth. */
#include "fail_nth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "npu.h"

#define DEBUGFS "/sys/kernel/debug"

static int set(struct fail_nth *nth, const char *dir, const char *name,
	       const char *file, const char *value)
{
	struct fail_nth_setting *setting = &nth->settings[nth->num_settings];
	int ret;

	if (nth->num_settings == FAIL_NTH_MAX_SETTINGS)
		return -ENOSPC;
	snprintf(setting->path, sizeof(setting->path), "%s/%s/%s", dir, name,
		 file);
	ret = npu_read_file(setting->path, setting->old, sizeof(setting->old));
	if (ret < 0)
		return ret;
	ret = npu_write_file(setting->path, value);
	if (!ret)
		nth->num_settings++;
	return ret;
}

/* A trace for each of thousands of faults hides those that matter. */
void fail_nth_add(struct fail_nth *nth, const char *dir, const char *name)
{
	set(nth, dir, name, "verbose", "0");
}

/* A fault is injected once, and by that, whatever the probability. */
int fail_nth_open(struct fail_nth *nth)
{
	int ret;

	nth->num_settings = 0;
	nth->fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth->fd < 0)
		return -errno;
	ret = set(nth, DEBUGFS, "failslab", "ignore-gfp-wait", "N");
	if (ret) {
		fail_nth_close(nth);
		return ret;
	}
	fail_nth_add(nth, DEBUGFS, "failslab");
	fail_nth_add(nth, DEBUGFS, "fail_usercopy");
	fail_nth_add(nth, DEBUGFS, "fail_page_alloc");
	set(nth, DEBUGFS, "fail_page_alloc", "ignore-gfp-wait", "N");
	set(nth, DEBUGFS, "fail_page_alloc", "ignore-gfp-highmem", "N");
	set(nth, DEBUGFS, "fail_page_alloc", "min-order", "0");
	return 0;
}

void fail_nth_close(struct fail_nth *nth)
{
	while (nth->num_settings--)
		npu_write_file(nth->settings[nth->num_settings].path,
			       nth->settings[nth->num_settings].old);
	nth->num_settings = 0;
	close(nth->fd);
	nth->fd = -1;
}

void fail_nth_arm(const struct fail_nth *nth, int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", n);

	if (write(nth->fd, text, (size_t)length) != length)
		abort();
}

/* Copying the answer, or what is written, may be what fails. */
int fail_nth_disarm(const struct fail_nth *nth)
{
	char text[16] = "1";
	ssize_t got = pread(nth->fd, text, sizeof(text) - 1, 0);

	if (got < 0 && errno != EFAULT)
		abort();
	for (int i = 0; write(nth->fd, "0", 1) != 1; i++)
		if (i)
			abort();
	return atoi(text);
}
