/* SPDX-License-Identifier: MIT */
/* Text that comes from files: names of layers may hold any bytes. */
#ifndef GS_UTF8_H
#define GS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What stands for a byte that belongs to no character. */
#define GS_UTF8_REPLACEMENT 0xfffdu

/**
 * gs_utf8_decode() - the character that begins at @s and has at most @len bytes
 * @code: its code point
 * Returns how many bytes it has, 1 to 4, or 0 when none begins there: as well for
 * overlong forms, surrogates and what is beyond U+10FFFF.
 */
size_t gs_utf8_decode(const char *s, size_t len, uint32_t *code);

/**
 * gs_utf8_next() - the code point at *text, which moves behind it
 * Returns 0 at the end, where *text stays. A byte that begins no character (also
 * of overlong forms and surrogates) is GS_UTF8_REPLACEMENT and one byte long.
 */
uint32_t gs_utf8_next(const char **text);

/** gs_utf8_valid() - is all of a text characters? */
bool gs_utf8_valid(const char *text);

/**
 * gs_utf8_put() - write a code point
 * @out: room for 4 bytes; no 0 is added
 * Returns the number of bytes, 1 to 4.
 */
unsigned gs_utf8_put(uint32_t code, char *out);

/** gs_utf8_entity() - what HTML and XML write for a character with a meaning of its own there, or NULL */
const char *gs_utf8_entity(uint32_t code);

#endif /* GS_UTF8_H */
