#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Our files in QEMU pass QEMU's own checkpatch, that of the source
# scripts/build-qemu.sh has unpacked. Exit status: 0, 77 when there is none.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

find_checkpatch() {
	ls -t "${GS_CACHE:-$HOME/.cache/genesys}"/qemu/base-*/src/scripts/checkpatch.pl \
		2>/dev/null | head -n 1
}

checkpatch=$(find_checkpatch)
if [ -z "$checkpatch" ] || ! command -v perl >/dev/null; then
	echo "skipped: no source of QEMU (scripts/build-qemu.sh) or no perl"
	exit 77
fi
failed=0
for file in hw-model/qemu/*.[ch]; do
	# of a sound file it says nothing
	text=$(perl "$checkpatch" --no-tree --terse -f "$file" 2>&1) &&
		[ -z "$text" ] && continue
	echo "$text"
	failed=1
done
exit $failed
