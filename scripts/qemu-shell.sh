#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A shell on the console of a guest with the device, driver, firmware, gs-run,
# classify, a model and pictures. "exit" ends it. Run by "make qemu-shell".
#
#	scripts/qemu-shell.sh [options of run-qemu.sh]
#
#	INSMOD=no	does not load the driver; the shell tells how
set -euo pipefail
cd "$(dirname "$0")/.."
name=qemu-shell
. scripts/qemu-guest.sh
add_programs gs-run classify
add_pictures
for file in "$models"/images/*.png; do
	guest+=(--add "$file:/demo/${file##*/}:644")
done
[ "${INSMOD:-yes}" = no ] && ko=-$ko

exec tests/qemu/run-qemu.sh "${guest[@]}" --module "$ko" \
	--add tests/qemu/shell-init:/shell-init --init /shell-init \
	--interactive "$@"
