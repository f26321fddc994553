/* SPDX-License-Identifier: MIT */
/*
 * What the compiler expects of a C library.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t bytes);
void *memset(void *dst, int value, size_t bytes);

void *memcpy(void *restrict dst, const void *restrict src, size_t bytes)
{
	uint8_t *to = dst;
	const uint8_t *from = src;

	if (!(((uintptr_t)to | (uintptr_t)from | bytes) % 4)) {
		for (size_t i = 0; i < bytes / 4; i++)
			((uint32_t *)dst)[i] = ((const uint32_t *)src)[i];
		return dst;
	}
	while (bytes--)
		*to++ = *from++;
	return dst;
}

void *memset(void *dst, int value, size_t bytes)
{
	uint8_t *to = dst;

	while (bytes--)
		*to++ = (uint8_t)value;
	return dst;
}
