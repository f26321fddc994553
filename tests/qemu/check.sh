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
#	driver-idle
#		what an idle device with the driver costs the host
#	boot-debian, boot-debug, boot-iommu
#		the selftests, with Debian's kernel, with the debug kernel,
#		which runs the KUnit tests too, and behind an IOMMU
#	shutdown, shutdown-debug
#		the machine ends while a job is running
#	harness-debug
#		that the debug kernel finds what it is for
#
#	tests/qemu/check.sh SUITE
#
# GS_SELFTEST_PLAN are BOOT:TEST:SECONDS, GS_SELFTEST_FILES files of the selftests
# (tests/selftests/build.mk); SELFTESTS, if not empty, those to run. NPU_SEED is
# the seed of what the selftests leave to chance, else there is a new one each
# time; NPU_ROUNDS, in percent, how often they repeat it. Prints TAP; exit 77:
# cannot be run here.
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
find_kernel() {
	case $suite in
	*-debug) scripts/build-kernel.sh --find ;;
	*) scripts/fetch-kernel.sh ;;
	esac
}
KERNEL=${KERNEL:-$(find_kernel)} || {
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
	counted=$((counted + 1))
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
		good = share("idle") < 0.02 && share("idle") - share("base") < 0.02
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
	local status
	echo "no module" >"$build/vm/bad.ko"
	printf '%s\n' "boot  listed: one  # made up" "boot  listed: two  # too" \
		"boot  stale*  # never" "other  other  # another's" >"$build/vm/skips"
	harness_tests
	bad_run --test "oops=echo c >/proc/sysrq-trigger"
	finds "an oops" "oops: the kernel log is clean"
	bad_run --test "off=poweroff -f; sleep 60"
	finds "a machine that switches itself off" "not 43"
	bad_run --timeout 20 --test-timeout 100 --test "hang=sleep 100"
	finds "a machine that hangs" "timeout after 20 s"
	bad_run --module "$build/vm/bad.ko" --test "none=true"
	finds "a module that does not load" "insmod bad.ko"
}

# Each of these fails for itself and leaves the others alone.
harness_tests() {
	bad_run --skips "$build/vm/skips" \
		--module "$build/warn-kernel/gs_warn.ko" \
		--test "good=true" \
		--test "bad=exit 3" \
		--test "made-up=echo 'WARNING: made up' >/dev/kmsg" \
		--test "between=true" \
		--test "warn=echo warn >/sys/module/gs_warn/parameters/do" \
		--add "$build/guest/marks:/tests/marks" --test "cases=marks" \
		--test "plan=echo 1..3; echo ok 1 - one" \
		--test "more=echo 1..1; echo ok 1 - one; echo ok 2 - two" \
		--test "none=echo 1..0" \
		--test "crash=echo 1..1; echo ok 1 - one; exit 139" \
		--test "sneaky=echo no device; exit 77" \
		--test "xfail=echo 1..1; echo 'ok 1 one # XFAIL it is known'" \
		--test "xpass=echo 1..1; echo 'ok 1 one # XPASS'" \
		--test "listed=echo 1..2; echo 'ok 1 one # SKIP no'; echo 'ok 2 two # XFAIL'" \
		--budget 1 --test-timeout 2 --test "hang=sleep 60"
	finds "a failing test" "bad: exit status 3"
	finds "a warning in the kernel log" "made-up: the kernel log is clean"
	finds "a module's warning" "warn: the kernel log is clean"
	finds "a warning in a case" "cases: marks.loud.warns: the kernel log is clean"
	finds "a warning in a case that dies" "cases: marks.loud.dies: the kernel log is clean"
	finds "a test that hangs" "hang: exit status 143"
	finds "a plan that is not kept" "plan: 2 tests missing"
	finds "more tests than planned" "more: 1 tests more than planned"
	finds "a program that runs no test" "none: no test was run"
	finds "a crash after good results" "crash: exit status 139"
	finds "a skip nobody allowed" "sneaky: skip without a line"
	finds "a failure somebody expects" "xfail: one: xfail without a line"
	finds "what is expected to fail and passes" "xpass: one: expected to fail"
	finds "a run that takes too long" "more than 3 times its budget of 1 s"
	finds "an allowed skip that did not happen" "stale.*matches nothing"
	verdict "finds nothing else" failures 15
}

# A run whose TAP is not ours.
bad_run() {
	status=0
	tests/qemu/run-qemu.sh --no-device --out "$build/vm/fail-$suite" "$@" \
		>"$build/vm/$suite.tap" 2>&1 || status=$?
}

failures() { [ "$(grep -c "^not ok" "$build/vm/$suite.tap")" -eq "$1" ]; }

failed_with() {
	[ "$status" -eq 1 ] && grep -q "^not ok .*$1" "$build/vm/$suite.tap"
}

finds() { verdict "finds $1" failed_with "$2"; } # WHAT SENTENCE

verdict() { # WHAT COMMAND...
	local what=$1
	shift
	counted=$((counted + 1))
	if "$@"; then
		echo "ok - the harness $what"
	else
		echo "not ok - the harness $what"
		sed 's/^/# /' "$build/vm/$suite.tap"
		failed=1
	fi
}

# The module of $build/$1, and a kernel it is for.
find_driver() {
	local release
	ko=${GENESYS_KO:-$build/$1/genesys.ko}
	[ -f "$ko" ] || skip "$ko is not there: make $1"
	release=$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)
	[ "$release" = "$(cat "$KERNEL/release")" ] ||
		KERNEL=$(scripts/fetch-kernel.sh "$release") ||
		skip "genesys.ko is for $release, which cannot be fetched"
}

# Sets load to the options of a machine in which the driver is bound first.
load_driver() {
	need_firmware
	find_driver kernel
	load=(--module drm_shmem_helper --module gpu-sched --module "$ko"
		--add "$firmware:$fw" --add tests/qemu/driver.sh:/tests/driver.sh
		--test "bind=sh /tests/driver.sh bind")
}

suite_driver() {
	local ko options load test
	load_driver
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
}

suite_driver-idle() {
	local ko load
	load_driver
	vm driver-idle "${load[@]}" \
		--test "idle=sleep 3; $idle_marks; rmmod genesys; sleep 1; $base_marks"
	judge_idle driver-idle "the driver with nothing to do"
}

# Sets options to those for the selftests of boot $1, on a machine $2 times as
# slow as Debian's kernel makes it, and seconds to what these take at most.
selftests() {
	local boot test limit entry
	options=() seconds=0
	for entry in ${GS_SELFTEST_PLAN:-}; do
		IFS=: read -r boot test limit <<<"$entry"
		[ "$boot" = "$1" ] || continue
		case " ${SELFTESTS:-$test} " in
		*" $test "*) ;;
		*) continue ;;
		esac
		limit=$((limit * $2))
		seconds=$((seconds + limit))
		options+=(--test-timeout "$limit")
		if [ -f "$build/guest/$test" ]; then
			options+=(--add "$build/guest/$test:/tests/$test"
				--test "$test=$test")
		else
			options+=(--test "$test=echo it was not built; exit 77")
		fi
	done
	# The test that needs it fails without.
	for entry in ${GS_SELFTEST_FILES:-}; do
		if [ -f "${entry%%:*}" ]; then
			options+=(--add "$entry")
		else
			echo "# no file ${entry%%:*}"
		fi
	done
	[ -z "${SELFTESTS:-}" ] || options+=(--partial)
}

# The second device has few address spaces, which tests use up. BUDGET is in
# seconds, ROUNDS in percent.
boot() { # NAME DIRECTORY_OF_MODULES SLOWNESS BUDGET ROUNDS OPTIONS...
	local name=$1 modules=$2 slow=$3 budget=$4 rounds=${NPU_ROUNDS:-$5}
	local seed=${NPU_SEED:-$(((RANDOM << 15 | RANDOM) % 1000000))}
	shift 5
	need_firmware
	find_driver "$modules"
	selftests "$name" "$slow"
	# Below that of the suite, so that the run is judged in any case.
	seconds=$((seconds + 120 * slow))
	echo "# NPU_SEED=$seed repeats this run's seeds"
	vm "boot-$name" --timeout $((seconds < 1700 ? seconds : 1700)) \
		--budget "$budget" --append "NPU_SEED=$seed NPU_ROUNDS=$rounds" \
		--device x-test-regs=on \
		--device "arch=$configs/fpga4x4.json,x-num-asids=4" \
		--module drm_shmem_helper --module gpu-sched --module vgem \
		--module "$ko" --add "$firmware:$fw" \
		--add tests/qemu/driver.sh:/tests/driver.sh \
		--test-timeout $((60 * slow)) \
		--test "bind=sh /tests/driver.sh bind" \
		${options[@]+"${options[@]}"} \
		--test-timeout $((60 * slow)) "$@" \
		--test "reload=sh /tests/driver.sh reload"
	[ "$failed" = 0 ] || echo "# NPU_SEED=$seed"
}

# All rounds, of which the other boots run a part.
suite_boot-debian() { boot debian kernel 1 180 100; }

# Refused must be what the test "fault" asks for, GS_MMU_NOWHERE, and no more.
suite_boot-iommu() {
	local nowhere=0x400000000000
	boot iommu kernel 2 120 50 --iommu \
		--allow "DMAR: (DRHD: handling fault|.*fault addr $nowhere )|qemu.*: (vtd_.*iova=${nowhere}[,)]|New fault is not recorded)"
}

suite_boot-debug() {
	local kunit=$build/kernel-debug/genesys_kunit.ko
	boot debug kernel-debug 5 300 20 --memory 1024 --append kmemleak=on --module "-$kunit" \
		--add tests/qemu/kunit.sh:/tests/kunit.sh \
		--test "kunit=sh /tests/kunit.sh /modules/genesys_kunit.ko"
}

# With the driver of $build/$2; the selftest "shutdown" ends the machine.
shutdown() { # HOW DIRECTORY_OF_MODULES LAST_WORDS OPTIONS...
	local how=$1 modules=$2 words=$3 run=$suite-$1
	shift 3
	need_firmware
	find_driver "$modules"
	vm "$run" --ends 0 --partial --device x-test-regs=on \
		--module drm_shmem_helper --module gpu-sched --module "$ko" \
		--add "$firmware:$fw" --add tests/qemu/driver.sh:/tests/driver.sh \
		--add "$build/guest/shutdown:/tests/shutdown" \
		--test "bind=sh /tests/driver.sh bind" --test "shutdown=shutdown $how" \
		"$@" -- -D "$build/vm/$run/trace" -trace "genesys_pci_master" \
		-trace "genesys_mmio_write" -trace "genesys_start_core" \
		-trace "genesys_core_done"
	counted=$((counted + 1))
	if tests/qemu/judge_shutdown.py "$build/vm/$run" "$words"; then
		echo "ok - $run: the driver stopped the device"
	else
		echo "not ok - $run: the driver stopped the device"
		failed=1
	fi
}

suite_shutdown() {
	shutdown reboot kernel "reboot: Restarting system"
	shutdown poweroff kernel "reboot: Power down"
}

suite_shutdown-debug() {
	shutdown reboot kernel-debug "reboot: Restarting system" --memory 1024
}

# Lockdep first: what else is found switches it off.
suite_harness-debug() {
	local mistake status options=()
	for mistake in lock sleep dma warn free; do
		options+=(--test "$mistake=echo $mistake >/sys/module/gs_warn/parameters/do")
	done
	bad_run --memory 1024 --timeout 400 --test "good=true" "${options[@]}" \
		--test "last=true" --module "$build/warn-kernel-debug/gs_warn.ko"
	reports lock "possible circular locking" "a lock inversion"
	reports sleep "sleeping function called from invalid context" "sleep under a spinlock"
	reports dma "DMA-API: .*different size" "a wrong DMA unmap"
	reports warn "WARNING: " "a warning"
	reports free "KASAN: slab-use-after-free" "a use after free"
	verdict "finds nothing else" failures 5
}

# Test $1 of the run has failed and the log of it holds $2.
reports() {
	verdict "finds $3" awk -v test=": $1: the kernel log" -v text="$2" '
	/^not ok/ { here = index($0, test) }
	!/^#/ && !/^not ok/ { here = 0 }
	here && $0 ~ text { found = 1 }
	END { exit !found }' "$build/vm/$suite.tap"
}

# Of what this script says itself; boots have plans of their own.
counted=0
"suite_$suite"
[ "$counted" -eq 0 ] || echo "1..$counted"
exit "$failed"
