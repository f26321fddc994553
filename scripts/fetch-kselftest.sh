#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Print a directory with kselftest.h and kselftest_harness.h, taken from
# Debian's source of the kernel. They are GPL-2.0 and not part of this
# repository.
#
#	scripts/fetch-kselftest.sh
#
# Exit status: 0, 77 when there is no such source here, else 1.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${GS_CACHE:-$HOME/.cache/genesys}/kselftest
headers=(kselftest.h kselftest_harness.h)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

deb=$("$top/scripts/fetch-linux-source.sh")
dir=$cache/$(basename "$deb" _all.deb)
if [ ! -d "$dir" ]; then
	work=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	"$top/scripts/fetch-linux-source.sh" --unpack "$work/src" \
		"${headers[@]/#/*/tools/testing/selftests/}"
	mkdir "$work/new"
	mv "${headers[@]/#/$work/src/tools/testing/selftests/}" "$work/new"
	mv "$work/new" "$dir"
fi
echo "$dir"
