/* SPDX-License-Identifier: MIT */
/* Firmware images (docs/device.md, Firmware). */

#include "hw-model/device/device_internal.h"

#include <string.h>

#define CRC_POLYNOMIAL 0xedb88320u

/* The header as read from the image. */
struct header {
	uint32_t magic, header_bytes, image_bytes, abi_version, abi_hash;
	uint32_t load_addr, entry, crc32;
	uint32_t pads; /* all of them, ored */
};

uint32_t gs_crc32(const uint8_t *data, size_t size)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
	}
	return ~crc;
}

#define FIELD(image, member) \
	gs_le32((image) + offsetof(struct gs_fw_header, member))

static struct header parse(const uint8_t *image)
{
	struct header header = {
		.magic = FIELD(image, magic),
		.header_bytes = FIELD(image, header_bytes),
		.image_bytes = FIELD(image, image_bytes),
		.abi_version = FIELD(image, abi_version),
		.abi_hash = FIELD(image, abi_hash),
		.load_addr = FIELD(image, load_addr),
		.entry = FIELD(image, entry),
		.crc32 = FIELD(image, crc32),
	};

	for (size_t at = offsetof(struct gs_fw_header, pad);
	     at < sizeof(struct gs_fw_header); at += 4)
		header.pads |= gs_le32(image + at);
	return header;
}

static enum gs_fw_status check_layout(const struct header *header,
				      uint32_t payload)
{
	uint32_t load = header->load_addr, entry = header->entry;

	if (header->pads || load % 4 || entry % 2)
		return GS_FW_BAD_LAYOUT;
	if (load > GS_CP_TCM_BYTES || payload > GS_CP_TCM_BYTES - load)
		return GS_FW_BAD_LAYOUT;
	if (entry < load || entry - load >= payload)
		return GS_FW_BAD_LAYOUT;
	return GS_FW_RUNNING;
}

static enum gs_fw_status check(const struct header *header, uint32_t bytes)
{
	if (header->magic != GS_FW_MAGIC)
		return GS_FW_BAD_MAGIC;
	if (header->header_bytes != sizeof(struct gs_fw_header) ||
	    header->image_bytes != bytes)
		return GS_FW_BAD_SIZE;
	if (header->abi_version != GS_ABI_VERSION ||
	    header->abi_hash != GS_ABI_HASH)
		return GS_FW_BAD_ABI;
	return check_layout(header,
			    bytes - (uint32_t)sizeof(struct gs_fw_header));
}

enum gs_fw_status gs_fw_load(struct gs_dev *dev, uint32_t *entry)
{
	uint32_t bytes = dev->reg[GS_REG_FW_BYTES / 4];
	uint64_t addr = gs_reg64(dev->reg, GS_REG_FW_ADDR);
	const uint8_t *payload = dev->image + sizeof(struct gs_fw_header);
	enum gs_fw_status status;
	struct header header;
	uint32_t size;

	if (bytes <= sizeof(struct gs_fw_header) || bytes > GS_FW_MAX_BYTES)
		return GS_FW_BAD_SIZE;
	if (gs_dev_dma_read(dev, addr, dev->image, bytes))
		return GS_FW_BUS_ERROR;
	header = parse(dev->image);
	status = check(&header, bytes);
	if (status != GS_FW_RUNNING)
		return status;
	size = bytes - (uint32_t)sizeof(struct gs_fw_header);
	if (gs_crc32(payload, size) != header.crc32)
		return GS_FW_BAD_CHECKSUM;
	memset(dev->tcm, 0, sizeof(dev->tcm));
	memcpy(dev->tcm + header.load_addr, payload, size);
	*entry = header.entry;
	return GS_FW_RUNNING;
}
