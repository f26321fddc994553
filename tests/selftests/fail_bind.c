// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocations of probe() fail, and waits for the device, one at a time: each time
 * the device is unbound, or bound and well, and can be bound again. Needs what
 * fail_nth needs, which looks for leaks afterwards.
 *
 * Two parts are left out, for the kernel does not stand them: making the
 * drm_device, which falls over a minor there is no memory for; reading firmware
 * and requesting interrupts, which warn when memory or a file in /proc is missing.
 * Where they begin and end is found by binds that fail there by themselves.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail_nth.h"
#include "lifecycle_host.h"

#define SECONDS 600 /* of a test, on a slow machine */
#define MOST_FAULTS 5000
#define CHECK_EVERY 16 /* how often the next bind has no fault */
/* When faults change nothing, which takes longest, most of the next are left out. */
#define SOME 2
#define STEP 8
/* What undoing allocates, and by how much two binds differ, generously. */
#define MARGIN 48
#define BIND "/sys/bus/pci/drivers/genesys/bind"

struct walk {
	struct fail_nth nth;
	struct npu_device dev;
	int bind; /* the file of the driver */
	unsigned done, failed; /* faults, and those that made the bind fail */
};

FIXTURE(fail_bind)
{
	struct walk walk;
};

FIXTURE_SETUP(fail_bind)
{
	int ret;

	ASSERT_EQ(0, npu_find(&self->walk.dev));
	ASSERT_EQ(0, host_wait_unused());
	ret = fail_nth_open(&self->walk.nth);
	if (ret)
		SKIP(return, "no fail-nth with failslab in this kernel: %s",
			   strerror(-ret));
	/* Of all devices, and it stays when this one is unbound. */
	fail_nth_add(&self->walk.nth, self->walk.dev.debugfs, "fail_poll");
	self->walk.bind = open(BIND, O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, self->walk.bind);
}

static bool is_bound(const struct npu_device *dev)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/driver", dev->sysfs);
	return !access(path, F_OK);
}

/* What other drivers and users find of a device that is not bound. */
static int check_unbound(const struct npu_device *dev)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/accel", dev->sysfs);
	if (!access(path, F_OK))
		return __LINE__;
	if (!access(dev->debugfs, F_OK))
		return __LINE__;
	snprintf(path, sizeof(path), "%s/firmware_version", dev->sysfs);
	if (!access(path, F_OK))
		return __LINE__;
	/* What ended may still be on its way. */
	return host_wait_unused() ? __LINE__ : 0;
}

/* The next bind, without a fault. */
static int check_bind(struct npu_device *dev)
{
	int ret = npu_bind(dev);

	if (!ret)
		ret = host_refresh(dev);
	if (!ret)
		ret = npu_check(dev, 1);
	if (!ret)
		ret = host_wait_unused();
	return ret ? ret : npu_unbind(dev);
}

FIXTURE_TEARDOWN(fail_bind)
{
	if (self->walk.nth.fd < 0)
		return;
	if (!is_bound(&self->walk.dev))
		EXPECT_EQ(0, npu_bind(&self->walk.dev));
	fail_nth_close(&self->walk.nth);
	close(self->walk.bind);
	EXPECT_EQ(0, host_refresh(&self->walk.dev));
	EXPECT_EQ(0, npu_check(&self->walk.dev, 10));
	EXPECT_EQ(0, host_wait_unused());
}

static int set_msi(const struct npu_device *dev, bool on)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/msi_bus", dev->sysfs);
	return npu_write_file(path, on ? "1" : "0");
}

static int bind_now(int fd, const char *address)
{
	return write(fd, address, strlen(address)) < 0 ? -errno : 0;
}

/* How many faults there could be in a bind, which fails by itself. */
static int count_faults(struct walk *walk)
{
	int ret, left;

	fail_nth_arm(&walk->nth, MOST_FAULTS);
	ret = bind_now(walk->bind, walk->dev.address);
	left = fail_nth_disarm(&walk->nth);
	return ret ? MOST_FAULTS - left : -EEXIST;
}

/* Until the driver asks for interrupts: the drm_device is there. */
static int count_to_msi(struct walk *walk)
{
	int ret = set_msi(&walk->dev, false);

	if (!ret)
		ret = count_faults(walk);
	return set_msi(&walk->dev, true) ? -EIO : ret;
}

/* Until the firmware is found missing or, with @byte, that byte of it wrong. */
static int count_to_firmware(struct walk *walk, size_t byte)
{
	struct host_firmware file;
	int ret = host_firmware_take(&file);

	if (ret)
		return ret;
	file.image[byte] ^= 0x40;
	if (byte)
		ret = host_firmware_put(file.image, file.size);
	if (!ret)
		ret = count_faults(walk);
	return host_firmware_restore(&file) ? -EIO : ret;
}

/* Faults @from to @to, or those there are; how many were missing for the last. */
static int walk_part(struct __test_metadata *_metadata, struct walk *walk,
		     int from, int to)
{
	int left = 0, ret, same = 0;

	for (int n = from; n <= to && !left; n += same > SOME ? STEP : 1) {
		fail_nth_arm(&walk->nth, n);
		ret = bind_now(walk->bind, walk->dev.address);
		left = fail_nth_disarm(&walk->nth);
		ASSERT_EQ(!ret, is_bound(&walk->dev))
		TH_LOG("after fault %d, which gave %d", n, ret);
		if (!ret)
			ASSERT_EQ(0, npu_unbind(&walk->dev));
		ASSERT_EQ(0, check_unbound(&walk->dev))
		TH_LOG("after fault %d, which gave %d", n, ret);
		if (left)
			break;
		same = ret ? 0 : same + 1;
		walk->failed += ret != 0;
		if (++walk->done % CHECK_EVERY == 0)
			ASSERT_EQ(0, check_bind(&walk->dev))
		TH_LOG("after fault %d, which gave %d", n, ret);
	}
	return left;
}

TEST_F_TIMEOUT(fail_bind, walk, SECONDS)
{
	const size_t code = sizeof(struct gs_fw_header) + 100;
	struct walk *walk = &self->walk;
	int msi, firmware, boot;

	ASSERT_EQ(0, npu_unbind(&walk->dev));
	ASSERT_EQ(0, check_unbound(&walk->dev));
	msi = count_to_msi(walk);
	firmware = count_to_firmware(walk, 0) - MARGIN;
	boot = count_to_firmware(walk, code);
	ASSERT_LT(0, msi);
	ASSERT_LT(msi, firmware);
	ASSERT_LT(firmware, boot);
	ASSERT_EQ(0, check_unbound(&walk->dev));
	EXPECT_EQ(0, walk_part(_metadata, walk, msi, firmware));
	EXPECT_NE(0, walk_part(_metadata, walk, boot, MOST_FAULTS));
	printf("# faults %d to %d, %d and more: %u, error %u\n", msi, firmware,
	       boot, walk->done, walk->failed);
	EXPECT_LT(0, walk->failed);
	EXPECT_EQ(0, check_bind(&walk->dev));
}

/* ---- waits for the device -------------------------------------------------------- */

/* All devices have one setting: that of another one is there while this is not. */
static int find_setting(const struct npu_device *dev, struct npu_device *other)
{
	struct npu_device devices[NPU_MAX_DEVICES];
	int count = npu_devices(devices);

	for (int i = 0; i < count; i++) {
		if (!strcmp(devices[i].address, dev->address))
			continue;
		*other = devices[i];
		return 0;
	}
	return -ENOENT;
}

static int set_poll(const struct npu_device *dev, const char *file, int value)
{
	char path[192], text[16];

	snprintf(path, sizeof(path), "%s/fail_poll/%s", dev->debugfs, file);
	snprintf(text, sizeof(text), "%d", value);
	return npu_write_file(path, text);
}

/* The @n th wait fails, and no other one. 0: none does. */
static int fail_wait(const struct npu_device *dev, int n)
{
	int ret = set_poll(dev, "probability", 0);

	if (!ret)
		ret = set_poll(dev, "interval", 1);
	if (!ret)
		ret = set_poll(dev, "space", n);
	if (!ret)
		ret = set_poll(dev, "times", 1);
	return ret || !n ? ret : set_poll(dev, "probability", 100);
}

/* The device resets, and the firmware starts: so much is waited for. */
#define WAITS 2

TEST_F_TIMEOUT(fail_bind, waits, SECONDS)
{
	struct walk *walk = &self->walk;
	struct npu_device other;
	int n, ret;

	if (find_setting(&walk->dev, &other))
		SKIP(return, "there is no other device");
	ASSERT_EQ(0, npu_unbind(&walk->dev));
	for (n = 1; n <= WAITS + 1; n++) {
		ASSERT_EQ(0, fail_wait(&other, n));
		ret = bind_now(walk->bind, walk->dev.address);
		ASSERT_EQ(0, fail_wait(&other, 0));
		EXPECT_EQ(n > WAITS ? 0 : -ETIMEDOUT, ret);
		ASSERT_EQ(!ret, is_bound(&walk->dev));
		if (!ret)
			ASSERT_EQ(0, npu_unbind(&walk->dev));
		EXPECT_EQ(0, check_unbound(&walk->dev));
		ASSERT_EQ(0, check_bind(&walk->dev));
	}
}

TEST_HARNESS_MAIN
