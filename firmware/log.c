/* SPDX-License-Identifier: MIT */
#include "firmware/log.h"

#include <stdarg.h>
#include <stdbool.h>

#include "firmware/cp.h"
#include "firmware/host.h"

static bool gs_log_ready;
static uint32_t gs_log_level;
static uint32_t gs_log_tail;

void gs_log_init(void)
{
	gs_log_tail = gs_host_read32(offsetof(struct gs_ring_area, log_tail));
	if (gs_log_set_level(
		    gs_host_read32(offsetof(struct gs_ring_area, log_level))))
		gs_log_level = GS_LOG_INFO;
	gs_log_ready = true;
}

int gs_log_set_level(uint32_t level)
{
	if (level > GS_LOG_DEBUG)
		return -1;
	gs_log_level = level;
	return 0;
}

struct gs_text {
	uint8_t *at;
	uint8_t *end; /* the last byte, which stays 0 */
};

static void gs_put_char(struct gs_text *text, char c)
{
	if (text->at < text->end)
		*text->at++ = (uint8_t)c;
}

static void gs_put_string(struct gs_text *text, const char *string)
{
	while (*string)
		gs_put_char(text, *string++);
}

static void gs_put_decimal(struct gs_text *text, uint32_t value)
{
	char digits[10];
	unsigned num = 0;

	do {
		digits[num++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (num)
		gs_put_char(text, digits[--num]);
}

static void gs_put_hex(struct gs_text *text, uint64_t value)
{
	unsigned shift = 60;

	while (shift && !(value >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		gs_put_char(text, "0123456789abcdef"[value >> shift & 0xf]);
		if (!shift)
			return;
	}
}

/* The format after "%"; returns its last character. */
static const char *gs_put_arg(struct gs_text *text, const char *format,
			      va_list *args)
{
	unsigned longs = 0;
	uint64_t value;

	for (; *format == 'l'; format++)
		longs++;
	if (*format == 's') {
		gs_put_string(text, va_arg(*args, const char *));
		return format;
	}
	if (longs == 2)
		value = va_arg(*args, unsigned long long);
	else
		value = va_arg(*args, unsigned long);
	if (*format == 'x')
		gs_put_hex(text, value);
	else
		gs_put_decimal(text, (uint32_t)value);
	return format;
}

static void gs_log_line(enum gs_log_level level, const char *format,
			va_list *args)
{
	struct gs_log_entry entry = { .level = level, .seq = gs_log_tail };
	struct gs_text text = { entry.text, entry.text + GS_LOG_TEXT - 1 };

	for (; *format; format++) {
		if (*format == '%')
			format = gs_put_arg(&text, format + 1, args);
		else
			gs_put_char(&text, *format);
	}
	entry.time = gs_cp_time();
	gs_host_write(offsetof(struct gs_ring_area, log) +
			      sizeof(entry) * (gs_log_tail % GS_LOG_ENTRIES),
		      &entry, sizeof(entry));
	gs_host_write32(offsetof(struct gs_ring_area, log_tail), ++gs_log_tail);
}

/* Most lines are below the level: they cost the comparison and no more. */
void gs_log(enum gs_log_level level, const char *format, ...)
{
	va_list args;

	if (!gs_log_ready || level > gs_log_level)
		return;
	va_start(args, format);
	gs_log_line(level, format, &args);
	va_end(args);
}
