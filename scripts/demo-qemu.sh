#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The main example on the device: boots Debian's kernel in QEMU, loads the
# driver, and classifies the pictures of "make demo" with it. Fails if anything
# but the driver's device did the work. Run by "make demo-qemu".
#
#	DEMO_PICTURES=6 scripts/demo-qemu.sh
set -euo pipefail
cd "$(dirname "$0")/.."
name=demo-qemu
. scripts/qemu-guest.sh
add_programs classify
add_pictures

classify="classify -t 1 -p ${DEMO_PICTURES:-6} /demo/fashion_lenet.gsm"
status=0
echo "booting Linux $(cat "$KERNEL/release") with the device and genesys.ko"
tests/qemu/run-qemu.sh "${guest[@]}" --partial --timeout 600 \
	--test-timeout 500 --module "$ko" \
	--test "probe=dmesg | grep -E '(genesys|Initialized) ' | grep -v genesys-test" \
	--test "demo=GENESYS_DEVICE=drm $classify /demo/images.npy /demo/labels.npy /demo/float.npy" \
	>"$out/log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
	cat "$out/log" >&2
	exit "$status"
fi
cat "$out/guest/probe.log"
echo
cat "$out/guest/demo.log"
grep -q '^device: drm, .*/dev/accel/accel' "$out/guest/demo.log" || {
	echo "demo-qemu: not the driver's device did the work" >&2
	exit 1
}
