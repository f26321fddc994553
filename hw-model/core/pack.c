/* SPDX-License-Identifier: MIT */
/*
 * Elements in memory (docs/isa.md sections 2 and 9): little-endian, of two in
 * a byte the first is the low nibble.
 */

#include "hw-model/core/dram.h"

#include <endian.h>

static void unpack32_32(int32_t *dst, const uint8_t *src, uint64_t num)
{
	for (uint64_t i = 0; i < num; i++) {
		uint32_t value;

		memcpy(&value, src + 4 * i, 4);
		dst[i] = (int32_t)le32toh(value);
	}
}

static void unpack32_16(int32_t *dst, const uint8_t *src, uint64_t num)
{
	for (uint64_t i = 0; i < num; i++) {
		uint16_t value;

		memcpy(&value, src + 2 * i, 2);
		dst[i] = (int16_t)le16toh(value);
	}
}

void gs_unpack32(int32_t *dst, const uint8_t *src, uint64_t num, unsigned bits)
{
	switch (bits) {
	case 32:
		unpack32_32(dst, src, num);
		break;
	case 16:
		unpack32_16(dst, src, num);
		break;
	case 8:
		for (uint64_t i = 0; i < num; i++)
			dst[i] = (int8_t)src[i];
		break;
	default:
		for (uint64_t i = 0; i < num; i++)
			dst[i] =
				gs_sext((uint32_t)src[i / 2] >> (i % 2 * 4), 4);
		break;
	}
}

static void pack32_32(uint8_t *dst, const int32_t *src, uint64_t num)
{
	for (uint64_t i = 0; i < num; i++) {
		uint32_t value = htole32((uint32_t)src[i]);

		memcpy(dst + 4 * i, &value, 4);
	}
}

static void pack32_16(uint8_t *dst, const int32_t *src, uint64_t num)
{
	for (uint64_t i = 0; i < num; i++) {
		uint16_t value = htole16((uint16_t)src[i]);

		memcpy(dst + 2 * i, &value, 2);
	}
}

void gs_pack32(uint8_t *dst, const int32_t *src, uint64_t num, unsigned bits)
{
	switch (bits) {
	case 32:
		pack32_32(dst, src, num);
		break;
	case 16:
		pack32_16(dst, src, num);
		break;
	case 8:
		for (uint64_t i = 0; i < num; i++)
			dst[i] = (uint8_t)src[i];
		break;
	default:
		for (uint64_t i = 0; i < num; i += 2)
			dst[i / 2] = (uint8_t)((src[i] & 15) | (src[i + 1] & 15)
								       << 4);
		break;
	}
}

void gs_unpack8(int8_t *dst, const uint8_t *src, uint64_t num, unsigned bits)
{
	if (bits == 8) {
		memcpy(dst, src, (size_t)num);
		return;
	}
	for (uint64_t i = 0; i < num; i++)
		dst[i] =
			(int8_t)gs_sext((uint32_t)src[i / 2] >> (i % 2 * 4), 4);
}
