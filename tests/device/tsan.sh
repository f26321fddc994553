#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The device and its worker, and with the firmware both of its threads, under
# ThreadSanitizer, in a build of its own.
set -eu

cd "$GS_SRC"
# As make names it: its files are asked for by name.
build=${GS_BUILD#"$GS_SRC"/}/tsan
probe=$build/probe
tests="test_device_job test_device_stop
	test_harness test_firmware test_firmware_end test_firmware_abort
	test_firmware_host"

mkdir -p "$build"
echo 'int main(void) { return 0; }' >"$probe.c"
if ! ${CC:-cc} -fsanitize=thread -o "$probe" "$probe.c" 2>/dev/null ||
	! "$probe" 2>/dev/null; then
	echo "skipped: ThreadSanitizer does not work here"
	exit 77
fi

files=
for t in $tests; do
	files="$files $build/tests/$t"
done
# shellcheck disable=SC2086
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s B="$build" SAN= FUZZ= \
	CC="${CC:-cc}" WERROR= CFLAGS="-O1 -g -fsanitize=thread" \
	LDFLAGS=-fsanitize=thread $files
for t in $tests; do
	status=0
	CMOCKA_MESSAGE_OUTPUT=STDOUT \
		TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1" \
		"$build/tests/$t" >"$build/$t.log" 2>&1 || status=$?
	case $status in
	0) grep 'PASSED' "$build/$t.log" ;;
	77) echo "$t: skipped" ;;
	*) cat "$build/$t.log"; exit 1 ;;
	esac
done
