#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The threads of a core under ThreadSanitizer, in a build of its own.
set -eu

cd "$GS_SRC"
build=${GS_BUILD#"$GS_SRC"/}/tsan-lockstep # as the Makefile names it
probe=$build/probe

mkdir -p "$build"
echo 'int main(void) { return 0; }' >"$probe.c"
if ! ${CC:-cc} -fsanitize=thread -o "$probe" "$probe.c" 2>/dev/null ||
	! "$probe" 2>/dev/null; then
	echo "skipped: ThreadSanitizer does not work here"
	exit 77
fi

env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s B="$build" SAN= FUZZ= \
	CC="${CC:-cc}" WERROR= CFLAGS="-O1 -g -fsanitize=thread" \
	LDFLAGS=-fsanitize=thread "$build/bin/lockstep" "$build/tests/test_threads"
TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1" \
	"$build/bin/lockstep" --seed 5 --programs 120 --threads
TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1" \
	"$build/tests/test_threads"
