/* SPDX-License-Identifier: MIT */
/* TAP for the small programs that run in the guest. */
#ifndef GS_TEST_TAP_H
#define GS_TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

static int tap_count, tap_failed;

/* One result; what follows a failure is for the reader. */
__attribute__((format(printf, 2, 3))) static inline bool
tap_ok(bool ok, const char *format, ...)
{
	va_list args;

	tap_count++;
	tap_failed += !ok;
	printf("%sok %d - ", ok ? "" : "not ", tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return ok;
}

static inline bool tap_is(uint64_t got, uint64_t expected, const char *what)
{
	bool ok = tap_ok(got == expected, "%s", what);

	if (!ok)
		printf("# got 0x%llx, expected 0x%llx\n",
		       (unsigned long long)got, (unsigned long long)expected);
	return ok;
}

/* The plan, last; the exit status of the program. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout);
	return tap_failed != 0;
}

#endif /* GS_TEST_TAP_H */
