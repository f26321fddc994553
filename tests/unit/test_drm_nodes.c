/* SPDX-License-Identifier: MIT */
/*
 * Finding devices of the driver, and saying why there is none, in a tree of
 * files and with the driver of fake_drm.h.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <xf86drm.h>

#include <drm/genesys_accel.h>

#include "genesys/arch.h"
#include "genesys/genesys.h"
#include "genesys/hw_abi.h"
#include "tests/unit/drm_tree.h"
#include "tests/unit/fake_drm.h"

struct fixture {
	char root[DRM_TREE_ROOT_BYTES];
};

/* An empty machine. */
static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || drm_tree_make(f->root))
		return -1;
	fake_drm_start(f->root);
	unsetenv("GENESYS_DEVICE");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_drm_stop();
	drm_tree_remove(f->root);
	free(f);
	return 0;
}

/* ---- nodes ------------------------------------------------------------------------ */

static void check_says(const char *spec, int ret, uint32_t status,
		       const char *part)
{
	struct gs_check_info info = { .size = sizeof(info) };
	struct gs_device *dev;

	assert_int_equal(gs_check(spec, &info), ret);
	assert_int_equal(info.status, status);
	assert_non_null(strstr(info.text, part));
	if (!ret)
		return;
	assert_non_null(strstr(gs_last_error(), info.text));
	assert_int_equal(gs_device_open(spec ? spec : "drm", &dev), ret);
	assert_non_null(strstr(gs_last_error(), info.text));
}

static void test_no_device(void **state)
{
	struct fixture *f = *state;

	check_says(NULL, -ENODEV, GS_CHECK_NO_DEVICE, "no GeneSys device");
	/* Another device, and a node of another driver. */
	drm_tree_put(f->root, "/sys/bus/pci/devices/0000:00:01.0/vendor",
		     "0x8086\n");
	drm_tree_put(f->root, "/sys/bus/pci/devices/0000:00:01.0/device",
		     "0x10f7\n");
	drm_tree_link(f->root, PCI1 "/driver",
		      "../../../bus/pci/drivers/intel_vpu");
	drm_tree_node(f->root, PCI1, 0);
	check_says(NULL, -ENODEV, GS_CHECK_NO_DEVICE, "no GeneSys device");
}

/* ---- the firmware's file ---------------------------------------------------------- */

#define FW "/lib/firmware/genesys/genesys.fw"

struct image {
	struct gs_fw_header header;
	uint8_t payload[16];
};

/* The checksum is that of 16 zeros. */
static const struct image
	good_firmware = { .header = {
				  .magic = GS_FW_MAGIC,
				  .header_bytes = sizeof(struct gs_fw_header),
				  .image_bytes = sizeof(struct image),
				  .version = 0x010203,
				  .abi_version = GS_ABI_VERSION,
				  .abi_hash = GS_ABI_HASH,
				  .crc32 = 0xecbb4b55,
			  } };

static void put_firmware(const struct fixture *f, const char *path,
			 const struct image *image)
{
	drm_tree_put_bytes(f->root, path, image, sizeof(*image));
}

/* The driver is loaded, and did not take the device. */
static void refuse_device(const struct fixture *f)
{
	drm_tree_pci(f->root, PCI0, NULL);
	drm_tree_put(f->root, "/sys/bus/pci/drivers/genesys/bind", "");
	drm_tree_put(f->root, "/proc/sys/kernel/osrelease", "6.12.1-test\n");
}

static void firmware_says(const struct fixture *f, const struct image *image,
			  size_t size, const char *part)
{
	drm_tree_put_bytes(f->root, FW, image, size);
	check_says(NULL, -ENODEV, GS_CHECK_FIRMWARE, part);
	check_says(NULL, -ENODEV, GS_CHECK_FIRMWARE, FW);
	check_says(NULL, -ENODEV, GS_CHECK_FIRMWARE, "device 0000:01:00.0");
}

static void test_bad_firmware(void **state)
{
	static const uint8_t large[GS_FW_MAX_BYTES + 2];
	struct fixture *f = *state;
	struct image image = good_firmware;
	char text[64];

	refuse_device(f);
	image.header.abi_version = 77;
	image.header.abi_hash = 0x12345678;
	snprintf(text, sizeof(text),
		 "1.2.3, has ABI 77 (12345678), expected "
		 "%u (%08x)",
		 GS_ABI_VERSION, GS_ABI_HASH);
	firmware_says(f, &image, sizeof(image), text);
	/* The version alone, and the hash alone. */
	image.header.abi_hash = GS_ABI_HASH;
	firmware_says(f, &image, sizeof(image), "has ABI 77");
	image.header.abi_version = GS_ABI_VERSION;
	image.header.abi_hash = 1;
	firmware_says(f, &image, sizeof(image), "(00000001), expected");
	image = good_firmware;
	firmware_says(f, &image, 0, "corrupt: it has 0 bytes");
	firmware_says(f, &image, 63, "it has 63 bytes, expected 64");
	firmware_says(f, &image, sizeof(image) - 1, "its size is not");
	firmware_says(f, (const void *)large, sizeof(large), "bytes or more");
	image.payload[15] = 1;
	firmware_says(f, &image, sizeof(image), "its checksum is wrong");
	image.header.header_bytes++;
	firmware_says(f, &image, sizeof(image), "its header has another size");
	image.header.magic++;
	firmware_says(f, &image, sizeof(image), "is no firmware: magic");
	/* Another version of it is none of the library's business. */
	image = good_firmware;
	image.header.version = 0x7f0000;
	put_firmware(f, FW, &image);
	check_says(NULL, -ENODEV, GS_CHECK_NO_DRIVER, "is not bound");
}

/* In the kernel's order; each is looked at before the one below it. */
static void test_firmware_places(void **state)
{
	static const char *const place[] = {
		"/opt/fw/genesys/genesys.fw",
		"/lib/firmware/updates/6.12.1-test/genesys/genesys.fw",
		"/lib/firmware/updates/genesys/genesys.fw",
		"/lib/firmware/6.12.1-test/genesys/genesys.fw",
		FW,
		"/opt/fw/genesys/genesys.fw.zst",
		"/lib/firmware/updates/6.12.1-test/genesys/genesys.fw.zst",
		"/lib/firmware/updates/genesys/genesys.fw.zst",
		"/lib/firmware/6.12.1-test/genesys/genesys.fw.zst",
		FW ".zst",
		"/opt/fw/genesys/genesys.fw.xz",
		"/lib/firmware/updates/6.12.1-test/genesys/genesys.fw.xz",
		"/lib/firmware/updates/genesys/genesys.fw.xz",
		"/lib/firmware/6.12.1-test/genesys/genesys.fw.xz",
		FW ".xz",
	};
	struct image image = good_firmware;
	struct fixture *f = *state;

	refuse_device(f);
	drm_tree_put(f->root, "/sys/module/firmware_class/parameters/path",
		     "/opt/fw\n");
	image.header.abi_version = 77;
	for (int i = 14; i >= 0; i--) {
		check_says(NULL, -ENODEV, GS_CHECK_FIRMWARE,
			   i < 4 ? place[i + 1] : "which is missing");
		put_firmware(f, place[i], &image);
		/* What is compressed is for the kernel to judge. */
		if (i > 4) {
			check_says(NULL, -ENODEV, GS_CHECK_NO_DRIVER,
				   "is not bound");
			drm_tree_drop(f->root, place[i]);
		} else {
			check_says(NULL, -ENODEV, GS_CHECK_FIRMWARE, place[i]);
		}
	}
}

static void test_no_driver(void **state)
{
	struct fixture *f = *state;

	drm_tree_pci(f->root, PCI0, NULL);
	check_says(NULL, -ENODEV, GS_CHECK_NO_DRIVER, "modprobe genesys");
	drm_tree_put(f->root, "/sys/bus/pci/drivers/genesys/bind", "");
	check_says(NULL, -ENODEV, GS_CHECK_FIRMWARE,
		   "/lib/firmware/genesys/genesys.fw, which is missing");
	put_firmware(f, FW, &good_firmware);
	check_says(NULL, -ENODEV, GS_CHECK_NO_DRIVER,
		   "0000:01:00.0 is not bound to the driver genesys");
	drm_tree_pci(f->root, PCI0, "vfio-pci");
	check_says(NULL, -ENODEV, GS_CHECK_NO_DRIVER, "vfio-pci");
	drm_tree_pci(f->root, PCI0, "genesys");
	check_says(NULL, -ENODEV, GS_CHECK_NO_NODE, "no entry in /sys/class");
}

static void test_no_node(void **state)
{
	struct fixture *f = *state;

	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_node(f->root, PCI0, 3);
	drm_tree_drop(f->root, "/dev/accel/accel3");
	check_says(NULL, -ENODEV, GS_CHECK_NO_NODE,
		   "/dev/accel/accel3 does not exist; is udev");
	check_says("drm:7", -ENODEV, GS_CHECK_NO_NODE,
		   "/dev/accel/accel7 does not exist");
	assert_int_equal(gs_check("drm:x", NULL), -EINVAL);
	assert_int_equal(gs_check("drm:-1", NULL), -EINVAL);
	assert_int_equal(gs_check("drm:", NULL), -EINVAL);
	assert_int_equal(gs_check("sim", NULL), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "'sim'"));
}

static void test_permission(void **state)
{
	struct fixture *f = *state;
	struct gs_check_info info = { .size = sizeof(info) };
	char path[512], group[64];
	struct stat st;

	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_node(f->root, PCI0, 0);
	fake_drm.open_errno = EACCES;
	drm_tree_path(f->root, "/dev/accel/accel0", path);
	assert_int_equal(chmod(path, 0600), 0);
	check_says(NULL, -EACCES, GS_CHECK_PERMISSION, "70-genesys.rules");
	/* As the udev rule leaves it, for somebody outside of the group. */
	assert_int_equal(chmod(path, 0660), 0);
	if (!getuid())
		assert_int_equal(chown(path, 0, 4711), 0);
	assert_int_equal(stat(path, &st), 0);
	snprintf(group, sizeof(group), "root:x:0:\nrender:x:%u:me\n",
		 st.st_gid);
	drm_tree_put(f->root, "/etc/group", st.st_gid ? group : "none:x:5:\n");
	if (!st.st_gid)
		return; /* nobody may give a file to another group here */
	check_says("drm:0", -EACCES, GS_CHECK_PERMISSION,
		   "usermod -aG render USER");
	assert_int_equal(gs_check(NULL, &info), -EACCES);
	assert_string_equal(info.group, "render");
	assert_string_equal(info.node, "/dev/accel/accel0");
	assert_string_equal(info.pci, "0000:01:00.0");
	assert_int_equal(info.devices, 1);
}

static void test_other_trouble(void **state)
{
	struct fixture *f = *state;

	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_node(f->root, PCI0, 0);
	fake_drm.open_errno = EBUSY;
	check_says(NULL, -EBUSY, GS_CHECK_BUSY, "address spaces");
	fake_drm.open_errno = ENXIO;
	check_says(NULL, -ENXIO, GS_CHECK_FAILED, "cannot be opened");
	fake_drm.open_errno = 0;
	fake_drm.driver = "intel_vpu";
	check_says(NULL, -ENODEV, GS_CHECK_NOT_GENESYS, "of intel_vpu");
	fake_drm.driver = NULL;
	check_says("drm:/dev/accel/accel0", -ENODEV, GS_CHECK_NOT_GENESYS,
		   "none of DRM");
	fake_drm.driver = "genesys";
	fake_drm.major = 2;
	check_says(NULL, -EPROTO, GS_CHECK_VERSION, "version 2.4");
	fake_drm.major = DRM_GENESYS_VERSION_MAJOR;
	fake_drm.fw_version = 0;
	check_says(NULL, -ENODEV, GS_CHECK_FIRMWARE, "no firmware runs");
	fake_drm.fail = DRM_IOCTL_GENESYS_DEV_QUERY;
	fake_drm.fail_errno = EIO;
	check_says(NULL, -EIO, GS_CHECK_FAILED, "does not answer");
}

static void test_choice(void **state)
{
	struct fixture *f = *state;
	struct gs_check_info info = { .size = sizeof(info) };
	struct gs_device_info dev_info = { .size = sizeof(dev_info) };
	struct gs_device *dev;

	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_pci(f->root, PCI1, "genesys");
	drm_tree_node(f->root, PCI1, 10);
	drm_tree_node(f->root, PCI0, 2);
	drm_tree_drop(f->root, "/dev/accel/accel2");
	/* Number 2 comes before 10, but cannot be used. */
	assert_int_equal(gs_check(NULL, &info), 0);
	assert_string_equal(info.node, "/dev/accel/accel10");
	assert_string_equal(info.pci, "0000:02:00.0");
	assert_int_equal(info.devices, 2);
	assert_int_equal(info.driver_major, 1);
	assert_int_equal(info.driver_minor, 4);
	assert_int_equal(info.fw_version, 0x010203);
	assert_non_null(strstr(info.text, "firmware 1.2.3"));
	assert_int_equal(gs_check("drm:2", NULL), -ENODEV);
	drm_tree_put(f->root, "/dev/accel/accel2", "");
	assert_int_equal(gs_check("drm", &info), 0);
	assert_string_equal(info.node, "/dev/accel/accel2");
	info.size = 1;
	assert_int_equal(gs_check(NULL, &info), -EINVAL);

	assert_int_equal(gs_device_open("drm:10", &dev), 0);
	assert_int_equal(gs_device_info(dev, &dev_info), 0);
	assert_string_equal(dev_info.backend, "drm");
	assert_string_equal(dev_info.executor, "device");
	assert_string_equal(dev_info.arch_name, "16x16");
	assert_string_equal(dev_info.node, "/dev/accel/accel10");
	assert_int_equal(dev_info.fw_version, 0x010203);
	assert_int_equal(dev_info.arch_hash, gs_arch_hash(gs_arch_default()));
	gs_device_close(dev);
}

static const char *backend_of(const char *spec)
{
	struct gs_device_info info = { .size = sizeof(info) };
	struct gs_device *dev;
	const char *backend;

	if (gs_device_open(spec, &dev))
		return "none";
	if (gs_device_info(dev, &info))
		abort();
	backend = strcmp(info.backend, "sim") != 0 ? "drm" : "sim";
	gs_device_close(dev);
	return backend;
}

static void test_fallback(void **state)
{
	struct fixture *f = *state;

	/* That there is no device is no failure. */
	assert_int_equal(gs_check("drm:x", NULL), -EINVAL);
	assert_string_equal(backend_of(NULL), "sim");
	assert_non_null(strstr(gs_last_error(), "drm:x"));
	setenv("GENESYS_DEVICE", "drm", 1);
	assert_string_equal(backend_of(NULL), "none");
	unsetenv("GENESYS_DEVICE");
	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_node(f->root, PCI0, 0);
	assert_string_equal(backend_of(NULL), "drm");
	setenv("GENESYS_DEVICE", "sim", 1);
	assert_string_equal(backend_of(NULL), "sim");
	assert_string_equal(backend_of("drm:0"), "drm");
	unsetenv("GENESYS_DEVICE");
	fake_drm.open_errno = EACCES;
	assert_string_equal(backend_of(NULL), "sim");
	assert_string_equal(backend_of("drm"), "none");
}

/* A machine the library has no words for: both say so, in one sentence. */
static void test_other_arch(void **state)
{
	struct fixture *f = *state;

	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_node(f->root, PCI0, 0);
	fake_drm.arch_hash = 1;
	check_says(NULL, -EPROTO, GS_CHECK_VERSION, "0000000000000001");
	assert_string_equal(backend_of(NULL), "sim");
	fake_drm.num_params = 24;
	check_says("drm:0", -EPROTO, GS_CHECK_VERSION,
		   "knows 23 parameters where the device has 24");
	/* One more that does not count. */
	fake_drm.arch_hash = 0;
	assert_int_equal(gs_check(NULL, NULL), 0);
	assert_string_equal(backend_of("drm"), "drm");
	/* The hash is right by chance. */
	fake_drm.num_params = 22;
	check_says(NULL, -EPROTO, GS_CHECK_VERSION, "device has 22");
}

static void opens_node(const char *node)
{
	struct gs_check_info info = { .size = sizeof(info) };
	struct gs_device_info dev_info = { .size = sizeof(dev_info) };
	struct gs_device *dev;

	assert_int_equal(gs_check(NULL, &info), 0);
	assert_string_equal(info.node, node);
	assert_int_equal(gs_device_open(NULL, &dev), 0);
	assert_int_equal(gs_device_info(dev, &dev_info), 0);
	assert_string_equal(dev_info.node, node);
	gs_device_close(dev);
}

/* A device that is there but runs nothing: the next one is taken. */
static void test_next_node(void **state)
{
	struct fixture *f = *state;

	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_pci(f->root, PCI1, "genesys");
	drm_tree_node(f->root, PCI0, 0);
	drm_tree_node(f->root, PCI1, 1);
	opens_node("/dev/accel/accel0");
	fake_drm.odd_node = "accel0";
	fake_drm.arch_hash = 1;
	opens_node("/dev/accel/accel1");
	check_says("drm:0", -EPROTO, GS_CHECK_VERSION, "accel0: hash of");
	fake_drm.arch_hash = 0;
	fake_drm.fw_version = 0;
	opens_node("/dev/accel/accel1");
	check_says("drm:0", -ENODEV, GS_CHECK_FIRMWARE,
		   "accel0: no firmware runs");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_no_device),	 T(test_no_driver),
		T(test_no_node),	 T(test_permission),
		T(test_other_trouble),	 T(test_choice),
		T(test_fallback),	 T(test_other_arch),
		T(test_next_node),	 T(test_bad_firmware),
		T(test_firmware_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
