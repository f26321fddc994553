#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Boot a kernel in our QEMU, under TCG, run tests in it and print their TAP.
# Fails when a test fails, when the machine does not end by itself with the
# magic code, and when the kernel log holds a warning or worse: judge.py.
#
#	run-qemu.sh [options] [-- more arguments of QEMU]
#
#	--test NAME=COMMAND	run COMMAND in the guest; may be repeated
#	--add FILE:PATH[:MODE]	put a file into the guest
#	--module NAME|FILE	load a kernel module, see mkinitramfs.sh
#	--device PROPERTIES	of our device, as "arch=FILE,x-test-regs=on";
#				may be repeated for more devices; default one
#	--no-device		none
#	--iommu			behind an Intel IOMMU, strict
#	--name NAME		of the run: prefix of the TAP (default "boot")
#	--out DIR		logs, and /out of the guest, which is DIR/guest
#	--on MARK=COMMAND	give QEMU's monitor a command when the guest
#				writes "# at MARK" to /dev/ttyS1, see vm.py
#	--ends STATUS		QEMU's exit status, for a guest that switches the
#				machine off (default: the magic code)
#	--timeout SECONDS	of the run (default 240)
#	--budget SECONDS	the run should take; fails far above, see judge.py
#	--test-timeout SECONDS	of the tests that follow (default 120)
#	--memory MB		default 512
#	--append WORDS		more of the kernel's command line; what the kernel
#				does not know, as NAME=VALUE, is in the
#				environment of the tests; may be repeated
#	--allow REGEX		lines of the logs that are no failure
#	--skips FILE		results that may be skipped, see judge.py (default
#				tests/selftests/skips)
#	--partial		no line of that file needs to match
#	--interactive		the console here, and a shell instead of the tests
#	--init PATH		what --interactive runs (default /bin/sh)
#
# QEMU and KERNEL in the environment name a qemu-system-x86_64 and a directory
# of fetch-kernel.sh's or build-kernel.sh's; else scripts find or make a QEMU
# and Debian's kernel. Exit status: 0, 77 when QEMU or the kernel is not to be
# had, else 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

say() { echo "# $*"; }
die() { echo "run-qemu: $*" >&2; exit 1; }

name=boot out= timeout=240 budget= test_timeout=120 memory=512 append= allow=
skips=$top/tests/selftests/skips partial= ends=
iommu= device=y interactive= init=/bin/sh devices=() modules=() files=() tests=() rules=()
more=()
while [ $# -gt 0 ]; do
	case $1 in
	--iommu) iommu=y; shift; continue ;;
	--no-device) device=; shift; continue ;;
	--interactive) interactive=y; shift; continue ;;
	--partial) partial=$1; shift; continue ;;
	--) shift; more=("$@"); break ;;
	esac
	[ $# -gt 1 ] || die "$1: unknown, or needs a value"
	case $1 in
	--test) tests+=("${2%%=*}"$'\t'"$test_timeout"$'\t'"${2#*=}") ;;
	--add) files+=(--add "$2") ;;
	--module) modules+=(--module "$2") ;;
	--device) devices+=("$2") ;;
	--name) name=$2 ;;
	--out) out=$2 ;;
	--on) rules+=(--on "$2") ;;
	--ends) ends=$2 ;;
	--timeout) timeout=$2 ;;
	--budget) budget=$2 ;;
	--test-timeout) test_timeout=$2 ;;
	--init) init=$2 ;;
	--memory) memory=$2 ;;
	--append) append+=" $2" ;;
	--allow) allow=$2 ;;
	--skips) skips=$2 ;;
	*) die "unknown option $1" ;;
	esac
	shift 2
done

command -v busybox >/dev/null || { echo "run-qemu: busybox-static is missing" >&2; exit 77; }
[ -n "${QEMU:-}" ] || QEMU=$("$top/scripts/build-qemu.sh")
[ -n "${KERNEL:-}" ] || KERNEL=$("$top/scripts/fetch-kernel.sh")

cleanup=
if [ -z "$out" ]; then
	out=$(mktemp -d)
	cleanup=$out
fi
# shellcheck disable=SC2317 # called by trap
leave() {
	[ -z "${qemu_pid:-}" ] || kill "$qemu_pid" 2>/dev/null || true
	[ -z "$cleanup" ] || rm -rf "$cleanup"
}
trap leave EXIT
mkdir -p "$out/guest"
rm -f "$out"/{console,tap,dmesg} "$out"/guest/{.guest,dmesg}

: >"$out/list"
[ ${#tests[@]} -eq 0 ] || printf '%s\n' "${tests[@]}" >"$out/list"

"$here/mkinitramfs.sh" --kernel "$KERNEL" --output "$out/initramfs" \
	--list "$out/list" --module 9pnet_virtio --module 9p \
	${modules[@]+"${modules[@]}"} ${files[@]+"${files[@]}"}

args=(-M q35 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m "$memory"
	-nodefaults -no-reboot -display none
	-L /usr/share/seabios -L /usr/share/qemu
	-device isa-debug-exit,iobase=0xf4,iosize=0x04
	-kernel "$KERNEL/vmlinuz" -initrd "$out/initramfs")
# The watchdogs measure the host's load, not our code.
append="console=ttyS0 loglevel=5 panic=-1 nowatchdog no_timer_check \
rcupdate.rcu_cpu_stall_timeout=120 $append"
if [ -n "$iommu" ]; then
	args+=(-device intel-iommu)
	append+=" intel_iommu=on iommu.strict=1"
fi
if [ -n "$device" ]; then
	[ ${#devices[@]} -gt 0 ] || devices=("")
	for i in "${!devices[@]}"; do
		args+=(-device "pcie-root-port,id=port$i,chassis=$i,slot=$i"
			-device "genesys,id=npu$i,bus=port$i${devices[i]:+,}${devices[i]}")
	done
fi
args+=(-virtfs "local,path=$out/guest,mount_tag=out,security_model=none")
if [ -n "$interactive" ]; then
	exec "$QEMU" "${args[@]}" -serial mon:stdio -serial null \
		-append "$append rdinit=$init" ${more[@]+"${more[@]}"}
fi
args+=(-serial "file:$out/console" -serial "file:$out/tap" -append "$append")

start=$(date +%s)
"${PYTHON:-python3}" "$here/vm.py" --out "$out" --timeout "$timeout" \
	${rules[@]+"${rules[@]}"} -- "$QEMU" "${args[@]}" \
	${more[@]+"${more[@]}"} &
qemu_pid=$!
status=0
wait "$qemu_pid" || status=$?
qemu_pid=
seconds=$(($(date +%s) - start))

"${PYTHON:-python3}" "$here/judge.py" --out "$out" --name "$name" \
	--status "$status" --seconds "$seconds" --timeout "$timeout" \
	${budget:+--budget "$budget"} --allow "$allow" --skips "$skips" $partial \
	${ends:+--ends "$ends"} || {
	cleanup=
	exit 1
}
