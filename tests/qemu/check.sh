#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The suites of "make check-qemu", each a run of run-qemu.sh or a few:
#
#	device	the function without a driver, in several configurations
#	iommu	the same behind an IOMMU, two devices
#	job	firmware and jobs without a driver
#	poke	random accesses to registers, rings and tables
#	unplug	removal in the middle of a job, and back
#	idle	what an idle device costs the host
#	harness	that run-qemu.sh fails when it should
#	driver	genesys.ko: load, the tests other rooms added, unload
#
#	tests/qemu/check.sh SUITE
#
# Prints TAP; exit 77: cannot be run here.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${GS_BUILD:-$PWD/build}
configs=hw-model/configs
firmware=$build/firmware/genesys.fw
fw=/lib/firmware/genesys/genesys.fw
suite=${1:?usage: check.sh SUITE}
failed=0

skip() { echo "# $*"; exit 77; }

mkdir -p "$build/vm" "$build/log"

# Once for all boots, and the place where this is found impossible.
QEMU=${QEMU:-$(scripts/build-qemu.sh 2>"$build/log/build-qemu-$suite.log")} || {
	status=$?
	sed 's/^/# /' "$build/log/build-qemu-$suite.log"
	[ "$status" -ne 77 ] ||
		skip "$(tail -n 1 "$build/log/build-qemu-$suite.log")"
	exit 1
}
KERNEL=${KERNEL:-$(scripts/fetch-kernel.sh)} || {
	[ $? -ne 77 ] || skip "no kernel, see above"
	exit 1
}
export QEMU KERNEL

vm() { # NAME OPTIONS...
	local name=$1
	shift
	tests/qemu/run-qemu.sh --name "$name" --out "$build/vm/$name" "$@" ||
		failed=1
}

need_firmware() { [ -f "$firmware" ] || skip "no firmware: make firmware"; }

suite_device() {
	vm default --add "$build/guest/peek:/tests/peek" \
		--add $configs/genesys_16x16.json:/tests/arch.json \
		--test "peek=peek /tests/arch.json"
	vm configured --add "$build/guest/peek:/tests/peek" \
		--add $configs/benchmark_8x8.json:/tests/arch.json \
		--device arch=$configs/benchmark_8x8.json,x-num-asids=9,x-test-regs=on \
		--test "peek=peek /tests/arch.json 9 1"
	vm churn --add "$build/guest/churn:/tests/churn" --device "" --device "" \
		--test "churn=churn 100"
	refuse arch=/dev/null "architecture file without an object"
	refuse arch=does/not/exist "architecture file that is not there"
	refuse x-num-asids=0 "no address space"
	refuse x-num-asids=65537 "too many address spaces"
	refuse x-slow=1000001 "too slow"
}

refuse() { # PROPERTIES WHAT
	local status=0 text
	text=$("$QEMU" -M q35 -accel tcg -S -display none -nodefaults \
		-L /usr/share/seabios -L /usr/share/qemu \
		-device "genesys,$1" 2>&1 </dev/null) || status=$?
	if [ "$status" -eq 1 ] && [ -n "$text" ]; then
		echo "ok - refused: $2"
	else
		echo "not ok - refused: $2"
		echo "# status $status: $text"
		failed=1
	fi
}

suite_iommu() {
	need_firmware
	vm iommu --iommu --device "" --device arch=$configs/fpga4x4.json \
		--append hugepages=2 --add "$build/guest/peek:/tests/peek" \
		--add "$build/guest/job:/tests/job" --add "$firmware:$fw" \
		--add $configs/genesys_16x16.json:/tests/arch.json \
		--allow 'DMAR: .*(DRHD|DMA (Read|Write)).*fault|qemu.*: vtd_' \
		--test "peek=peek /tests/arch.json" \
		--test "dma=job --iommu $fw" \
		--test "two=test \$(grep -lx 0x10f7 /sys/bus/pci/devices/*/device | wc -l) = 2"
}

guest_jobs=(--device "arch=$configs/fpga4x4.json" --append hugepages=2
	--add "$build/guest/job:/tests/job" --add "$firmware:$fw")

suite_job() {
	need_firmware
	vm job "${guest_jobs[@]}" --test "job=job $fw"
	vm slow --device "arch=$configs/fpga4x4.json,x-slow=500" \
		"${guest_jobs[@]:2}" --test "job=job $fw"
}

suite_poke() {
	need_firmware
	"${PYTHON:-python3}" tests/qemu/poke.py "$QEMU" "$firmware" \
		"$configs/fpga4x4.json" --seconds "${FUZZ_SECONDS:-10}" || failed=1
}

suite_unplug() {
	need_firmware
	vm unplug "${guest_jobs[@]}" \
		--add tests/qemu/unplug.sh:/tests/unplug.sh \
		--on unplug="device_del npu0" \
		--on plug="device_add genesys,id=npu0,bus=port0,arch=$configs/fpga4x4.json" \
		--test "unplug=sh /tests/unplug.sh $fw"
}

# What QEMU uses between the marks "idle" and "idle-end" and, for the guest alone
# costs something too, between "base" and "base-end".
idle_marks="echo '# at idle' >/dev/ttyS1; sleep 15; echo '# at idle-end' >/dev/ttyS1"
base_marks="echo '# at base' >/dev/ttyS1; sleep 15; echo '# at base-end' >/dev/ttyS1"

judge_idle() { # RUN WHAT
	awk -v what="$2" '!/^#/ { wall[$1] = $2; cpu[$1] = $3 }
	function share(mark) {
		return (cpu[mark "-end"] - cpu[mark]) / \
			(wall[mark "-end"] - wall[mark])
	}
	END {
		if (!("idle-end" in wall) || !("base-end" in wall))
			exit 1
		good = share("idle") - share("base") < 0.02
		printf "%s - %s costs under 2 %% of a processor\n",
			good ? "ok" : "not ok", what
		printf "# %.2f %%, without %.2f %%\n",
			100 * share("idle"), 100 * share("base")
		exit !good
	}' "$build/vm/$1/marks" || failed=1
}

suite_idle() {
	need_firmware
	vm idle "${guest_jobs[@]}" --test "idle=job --idle $fw & sleep 3; \
$idle_marks; kill %1; echo 1 >/sys/bus/pci/devices/0000:01:00.0/reset; sleep 1; \
$base_marks"
	judge_idle idle "firmware with nothing to do"
}

# Runs which must fail; their own TAP is not ours.
suite_harness() {
	echo "no module" >"$build/vm/bad.ko"
	must_fail "a failing test" "bad: exit status 3" \
		--test "good=true" --test "bad=exit 3"
	must_fail "a warning in the kernel log" "kernel log is clean" \
		--test "warn=echo 'WARNING: made up' >/dev/kmsg"
	must_fail "an oops" "kernel log is clean" \
		--test "oops=echo c >/proc/sysrq-trigger"
	must_fail "a machine that switches itself off" "not 43" \
		--test "off=poweroff -f; sleep 60"
	must_fail "a test that hangs" "hang: exit status 143" \
		--test-timeout 2 --test "hang=sleep 60"
	must_fail "a machine that hangs" "timeout after 20 s" --timeout 20 \
		--test-timeout 100 --test "hang=sleep 100"
	must_fail "a plan that is not kept" "2 tests missing" \
		--test "plan=echo 1..3; echo ok 1 - one"
	must_fail "a module that does not load" "insmod bad.ko" \
		--module "$build/vm/bad.ko" --test "none=true"
}

must_fail() { # WHAT SENTENCE OPTIONS...
	local what=$1 sentence=$2 status=0
	shift 2
	tests/qemu/run-qemu.sh --no-device --out "$build/vm/fail" "$@" \
		>"$build/vm/fail.tap" 2>&1 || status=$?
	if [ "$status" -eq 1 ] && grep -q "^not ok .*$sentence" "$build/vm/fail.tap"; then
		echo "ok - the harness notices $what"
	else
		echo "not ok - the harness notices $what"
		sed 's/^/# /' "$build/vm/fail.tap"
		failed=1
	fi
}

find_driver() {
	local release
	for ko in "${GENESYS_KO:-}" "$build/kernel/genesys.ko" ""; do
		[ -z "$ko" ] || [ ! -f "$ko" ] || break
	done
	[ -n "$ko" ] || skip "genesys.ko is not built: make kernel"
	release=$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)
	[ "$release" = "$(cat "$KERNEL/release")" ] ||
		KERNEL=$(scripts/fetch-kernel.sh "$release") ||
		skip "genesys.ko is for $release, which cannot be fetched"
}

suite_driver() {
	local ko options load test
	need_firmware
	find_driver
	load=(--module drm_shmem_helper --module gpu-sched --module "$ko"
		--add "$firmware:$fw" --add tests/qemu/driver.sh:/tests/driver.sh
		--test "bind=sh /tests/driver.sh bind")
	options=("${load[@]}")
	for test in ${GS_GUEST_TESTS:-}; do
		options+=(--add "$build/guest/$test:/tests/$test" --test "$test=$test")
	done
	for test in ${GS_GUEST_FILES:-}; do
		options+=(--add "$test")
	done
	options+=(--test "reload=sh /tests/driver.sh reload")
	vm driver --device x-test-regs=on "${options[@]}"
	vm driver-iommu --iommu --device x-test-regs=on "${options[@]}"
	vm driver-unplug "${load[@]}" --on unplug="device_del npu0" \
		--on plug="device_add genesys,id=npu0,bus=port0" \
		--test "unplug=sh /tests/driver.sh unplug"
	vm driver-idle "${load[@]}" \
		--test "idle=sleep 3; $idle_marks; rmmod genesys; sleep 1; $base_marks"
	judge_idle driver-idle "the driver with nothing to do"
}

"suite_$suite"
exit "$failed"
