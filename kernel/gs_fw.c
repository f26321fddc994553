// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware: its image, and how it is brought to life.
 */
#include <linux/dma-mapping.h>
#include <linux/firmware.h>
#include <linux/iopoll.h>

#include "gs_device.h"
#include "gs_fw.h"

/* Copying and checking the image; the interpreter's first instructions. */
#define GS_FW_LOAD_TIMEOUT_US (2 * USEC_PER_SEC)
/* Between two of its instructions. */
#define GS_FW_STOP_TIMEOUT_US (10 * USEC_PER_MSEC)
/* From the first instruction to the handshake. */
#define GS_FW_BOOT_TIMEOUT_US (3 * USEC_PER_SEC)

/**
 * gs_fw_version_name() - for messages
 * @version: major << 16 | minor << 8 | patch
 *
 * Return: the text.
 */
struct gs_fw_version_name gs_fw_version_name(u32 version)
{
	struct gs_fw_version_name name;

	scnprintf(name.text, sizeof(name.text), "%u.%u.%u", version >> 16,
		  version >> 8 & 0xff, version & 0xff);
	return name;
}

/**
 * gs_fw_status_name() - for messages
 * @status: enum gs_fw_status, or anything
 *
 * Return: a word or two.
 */
const char *gs_fw_status_name(u32 status)
{
	static const char *const names[] = {
		[GS_FW_IDLE] = "idle",
		[GS_FW_RUNNING] = "running",
		[GS_FW_STOPPED] = "stopped",
		[GS_FW_BAD_SIZE] = "bad size",
		[GS_FW_BAD_MAGIC] = "bad magic",
		[GS_FW_BAD_ABI] = "bad ABI",
		[GS_FW_BAD_CHECKSUM] = "bad checksum",
		[GS_FW_BAD_LAYOUT] = "bad layout",
		[GS_FW_BUS_ERROR] = "bus error",
		[GS_FW_HALTED] = "halted",
		[GS_FW_BUSY] = "core busy",
	};

	return status < ARRAY_SIZE(names) ? names[status] : "unknown";
}

/**
 * gs_fw_stage_name() - for messages
 * @stage: enum gs_fw_stage, or anything
 *
 * Return: a few words.
 */
const char *gs_fw_stage_name(u32 stage)
{
	switch (stage) {
	case GS_STAGE_RESET:
		return "not begun";
	case GS_STAGE_ENTERED:
		return "entered";
	case GS_STAGE_DEVICE_OK:
		return "device checked";
	case GS_STAGE_RINGS_OK:
		return "rings checked";
	case GS_STAGE_RUNNING:
		return "running";
	case GS_STAGE_STOPPED:
		return "shut down";
	case GS_STAGE_BAD_DEVICE:
		return "device of another ABI";
	case GS_STAGE_BAD_RING_ADDR:
		return "bad address of the rings";
	case GS_STAGE_BAD_RING_MAGIC:
		return "bad magic of the rings";
	case GS_STAGE_BAD_RING_ABI:
		return "rings of another ABI";
	case GS_STAGE_BAD_EVENT_RING:
		return "bad counters of the event ring";
	case GS_STAGE_HOST_LOST:
		return "bus refused the rings";
	case GS_STAGE_CORE_STUCK:
		return "core does not stop for an abort";
	case GS_STAGE_CORE_HUNG:
		return "core does not stop at its time limit";
	default:
		return "unknown";
	}
}

static u32 gs_fw_stage(struct gs_device *gdev)
{
	return gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE));
}

static int gs_fw_check(struct device *dev, const struct firmware *file)
{
	const struct gs_fw_header *header = (const void *)file->data;
	u32 magic, abi, hash;

	if (file->size < sizeof(*header) || file->size > GS_FW_MAX_BYTES) {
		dev_err(dev, "Firmware %s has %zu bytes, expected %zu to %u\n",
			GS_FW_FILE, file->size, sizeof(*header), GS_FW_MAX_BYTES);
		return -EINVAL;
	}
	magic = le32_to_cpu(header->magic);
	if (magic != GS_FW_MAGIC || le32_to_cpu(header->image_bytes) != file->size) {
		dev_err(dev, "Firmware %s is no image: magic 0x%08x, expected 0x%08x, %u bytes, expected %zu\n",
			GS_FW_FILE, magic, GS_FW_MAGIC,
			le32_to_cpu(header->image_bytes), file->size);
		return -EINVAL;
	}
	abi = le32_to_cpu(header->abi_version);
	hash = le32_to_cpu(header->abi_hash);
	if (abi != GS_ABI_VERSION || hash != GS_ABI_HASH) {
		dev_err(dev, "Firmware %s %s has ABI %u (0x%08x), this driver needs ABI %u (0x%08x)\n",
			GS_FW_FILE, gs_fw_version_name(le32_to_cpu(header->version)).text,
			abi, hash, GS_ABI_VERSION, GS_ABI_HASH);
		return -EINVAL;
	}
	return 0;
}

static int gs_fw_keep(struct gs_device *gdev, const struct firmware *file)
{
	const struct gs_fw_header *header = (const void *)file->data;
	struct gs_fw *fw = &gdev->fw;

	fw->image = dmam_alloc_coherent(gdev->drm.dev, file->size, &fw->dma, GFP_KERNEL);
	if (!fw->image)
		return -ENOMEM;
	memcpy(fw->image, file->data, file->size);
	fw->size = file->size;
	fw->version = le32_to_cpu(header->version);
	return 0;
}

/**
 * gs_fw_init() - read the image
 * @gdev: the device
 *
 * Return: 0 or negative errno.
 */
int gs_fw_init(struct gs_device *gdev)
{
	struct device *dev = gdev->drm.dev;
	const struct firmware *file;
	int ret;

	ret = request_firmware(&file, GS_FW_FILE, dev);
	if (ret) {
		dev_err(dev, "Firmware %s not found in /lib/firmware: %d\n", GS_FW_FILE, ret);
		return ret;
	}
	ret = gs_fw_check(dev, file);
	if (!ret)
		ret = gs_fw_keep(gdev, file);
	release_firmware(file);
	return ret;
}

static int gs_fw_load(struct gs_device *gdev)
{
	void __iomem *regs = gdev->regs;
	u32 status;
	int ret;

	gs_write64(regs, GS_REG_FW_ADDR, gdev->fw.dma);
	gs_write(regs, GS_REG_FW_BYTES, gdev->fw.size);
	gs_write(regs, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	ret = gs_device_poll(gdev, GS_REG_FW_STATUS, ~0u, GS_FW_RUNNING,
			     GS_FW_LOAD_TIMEOUT_US);
	if (!ret)
		return 0;
	status = gs_read(regs, GS_REG_FW_STATUS);
	dev_err(gdev->drm.dev, "Firmware does not start: status %u (%s), stage 0x%x (%s), halt cause 0x%x at 0x%x\n",
		status, gs_fw_status_name(status),
		gs_fw_stage(gdev), gs_fw_stage_name(gs_fw_stage(gdev)),
		gs_read(regs, GS_REG_FW_HALT_CAUSE),
		gs_read(regs, GS_REG_FW_HALT_PC));
	/* The image, and not time, is what is wrong. */
	return status >= GS_FW_BAD_SIZE && status <= GS_FW_BAD_LAYOUT ? -EINVAL : ret;
}

static bool gs_fw_ended(struct gs_device *gdev)
{
	return gs_read(gdev->regs, GS_REG_FW_STATUS) != GS_FW_RUNNING;
}

static int gs_fw_handshake(struct gs_device *gdev)
{
	struct device *dev = gdev->drm.dev;
	struct gs_event boot;
	u32 version, hash;
	bool booted;

	/* The rings are looked at, so that a lost interrupt costs nothing. */
	read_poll_timeout(gs_mbox_booted, booted, booted || gs_fw_ended(gdev), USEC_PER_MSEC,
			  GS_FW_BOOT_TIMEOUT_US, false, gdev, &boot);
	if (!booted) {
		u32 status = gs_read(gdev->regs, GS_REG_FW_STATUS);

		dev_err(dev, "Firmware does not answer: status %u (%s), stage 0x%x (%s)\n",
			status, gs_fw_status_name(status),
			gs_fw_stage(gdev), gs_fw_stage_name(gs_fw_stage(gdev)));
		return -ETIMEDOUT;
	}
	version = le32_to_cpu(boot.arg0);
	hash = le32_to_cpu(boot.arg1);
	if (version != gdev->fw.version || hash != GS_ABI_HASH) {
		dev_err(dev, "Firmware says it is %s with ABI hash 0x%08x, its image %s with 0x%08x\n",
			gs_fw_version_name(version).text, hash,
			gs_fw_version_name(gdev->fw.version).text, GS_ABI_HASH);
		return -EPROTO;
	}
	return 0;
}

/**
 * gs_fw_stop() - have no other job started
 * @gdev: the device; going to be reset
 *
 * What the firmware noted in its registers stays there. One that does not stop
 * is dealt with by the reset.
 */
void gs_fw_stop(struct gs_device *gdev)
{
	gs_write(gdev->regs, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	gs_device_poll(gdev, GS_REG_STATUS, GS_STATUS_CP_RUNNING, 0, GS_FW_STOP_TIMEOUT_US);
}

/**
 * gs_fw_boot() - start the firmware and wait for its handshake
 * @gdev: was reset; the rings are set up
 *
 * Allocates nothing.
 *
 * Return: 0 or negative errno.
 */
int gs_fw_boot(struct gs_device *gdev)
{
	int ret = gs_fw_load(gdev);

	return ret ? ret : gs_fw_handshake(gdev);
}
