// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ends the machine while a job is running, for the suite "shutdown" of
 * tests/qemu/check.sh, which looks at what the device saw of that.
 *
 *	shutdown reboot|poweroff
 *
 * Nobody is left to read our output, so TAP goes where init would write it.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include "npu_fault.h"

#define LONG_MS 60000
#define TAP_PORT "/dev/ttyS1"
#define SKIPPED 4

static void say(int tap, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(tap, format, args);
	va_end(args);
	tcdrain(tap);
}

/* One on the core, one in the rings, one that waits for its turn. */
static int start_jobs(const struct npu *npu)
{
	static struct npu_counter counter;
	static struct npu_kit kit;
	int ret = npu_kit_create(npu, &kit), ctx[2];

	if (!ret)
		ret = npu_counter_create(npu, &kit, &counter);
	for (uint32_t i = 0; i < 2 && !ret; i++) {
		ctx[i] = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_NORMAL,
					LONG_MS);
		ret = ctx[i] < 0 ? ctx[i] : 0;
	}
	for (uint32_t i = 0; i < 3 && !ret; i++) {
		int fence =
			npu_count_start(&counter, (uint32_t)ctx[i / 2], i, !i);

		ret = fence < 0 ? fence : 0;
	}
	return ret ? ret : npu_count_wait(&counter, 0);
}

int main(int argc, char **argv)
{
	bool off = argc == 2 && !strcmp(argv[1], "poweroff");
	struct npu npu;
	int tap, ret;

	if (!off && (argc != 2 || strcmp(argv[1], "reboot") != 0)) {
		printf("1..0 # SKIP usage: shutdown reboot|poweroff\n");
		return SKIPPED;
	}
	tap = open(TAP_PORT, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	ret = npu_open(&npu);
	if (!ret)
		ret = start_jobs(&npu);
	if (ret) {
		printf("# error %d\n", ret);
		return 1;
	}
	say(tap, "ok - shutdown: a job is running\n");
	sync();
	npu_write_file("/dev/kmsg", "genesys-test: going down\n");
	reboot(off ? RB_POWER_OFF : RB_AUTOBOOT);
	say(tap, "not ok - shutdown: the machine ends\n");
	return 1;
}
