#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a job costs through the driver, in one guest with two processors: round
# trips of a job that does nothing against reads of an NVMe disk on null-co,
# the hops of both, jobs a second; inferences by the driver against the
# simulator in the process. Run by "make bench-qemu"; nothing here passes or
# fails by time. See docs/performance.md.
#
#	ROUNDS=10000 BATCH=100 INFERENCES=200 scripts/bench-qemu.sh
set -euo pipefail
cd "$(dirname "$0")/.."
name=bench-qemu
. scripts/qemu-guest.sh
add_programs bench-latency bench-infer

status=0
tests/qemu/run-qemu.sh "${guest[@]}" --partial --timeout 1800 \
	--test-timeout 1500 --module "$ko" --module nvme \
	--on trace="trace-event genesys_* on" \
	--on trace-end="trace-event genesys_* off" \
	--test "latency=bench-latency -n ${ROUNDS:-10000} -b ${BATCH:-100} -q 300" \
	--test "infer=bench-infer /demo/fashion_lenet.gsm ${INFERENCES:-200}" \
	-- -drive driver=null-co,read-zeroes=on,size=1G,if=none,id=null0 \
	-device nvme,serial=bench,drive=null0 -D "$out/trace" -msg timestamp=on \
	>"$out/log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
	cat "$out/log" >&2
	exit "$status"
fi
cat "$out/guest/latency.log"
"${PYTHON:-python3}" tests/bench/qemu/hops.py "$out/trace"
echo
cat "$out/guest/infer.log"
