/* SPDX-License-Identifier: MIT */
/*
 * What the compiler expects of a C library.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t bytes);
void *memset(void *dst, int value, size_t bytes);

/* What is copied and cleared here is mostly whole words: eight at a time. */
void *memcpy(void *restrict dst, const void *restrict src, size_t bytes)
{
	uint8_t *to = dst;
	const uint8_t *from = src;

	if (!(((uintptr_t)to | (uintptr_t)from) % 4)) {
		for (; bytes >= 32; bytes -= 32, to += 32, from += 32)
#pragma GCC unroll 8
			for (unsigned i = 0; i < 8; i++)
				((uint32_t *)to)[i] =
					((const uint32_t *)from)[i];
		for (; bytes >= 4; bytes -= 4, to += 4, from += 4)
			*(uint32_t *)to = *(const uint32_t *)from;
	}
	while (bytes--)
		*to++ = *from++;
	return dst;
}

void *memset(void *dst, int value, size_t bytes)
{
	uint32_t word = (uint8_t)value * 0x01010101u;
	uint8_t *to = dst;

	if (!((uintptr_t)to % 4)) {
		for (; bytes >= 32; bytes -= 32, to += 32)
#pragma GCC unroll 8
			for (unsigned i = 0; i < 8; i++)
				((uint32_t *)to)[i] = word;
		for (; bytes >= 4; bytes -= 4, to += 4)
			*(uint32_t *)to = word;
	}
	while (bytes--)
		*to++ = (uint8_t)value;
	return dst;
}
