#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Install the Debian packages the build needs: those of "make" and "make demo",
# with --qemu those of the test machine too (QEMU, kernels, driver), with --check
# those, a browser and what else "make check" needs, with --train those that
# train and export the models of tests/models. Does nothing, fast, when none is
# missing.
#
#	scripts/setup.sh [--check] [--qemu] [--train] [--dry-run]
#
# Exit status: 0, 1 when a package of the build or of --check cannot be
# installed. Without one of --qemu or the browser the tests that need it say so.
set -eu

base="gcc libc6-dev make pkg-config binutils
	protobuf-c-compiler libprotobuf-c-dev libonnx-dev libelf-dev
	libjson-c-dev zlib1g-dev libdrm-dev libpng-dev
	libjpeg62-turbo-dev
	python3 python3-numpy xz-utils"
# libclang-rt-dev brings libFuzzer and the sanitizers of the default clang. The
# RISC-V compiler builds the firmware; qemu-riscv32 and qemu-system-riscv32 are
# what the command processor is compared with.
check="clang ccache clang-format libclang-rt-dev libcmocka-dev
	dataset-fashion-mnist libonnx-testdata python3-onnx
	gcc-riscv64-unknown-elf qemu-user qemu-system-misc"
# A|B: the first that the release has. Debian 12 has 6.12 beside its own 6.1.
qemu="linux-headers-6.12-amd64|linux-headers-amd64 gcc-multilib sparse perl g++
	gcc-riscv64-unknown-elf libc6-dev libdrm-dev patch xz-utils bzip2 flex
	bison bc ninja-build python3 python3-venv python3-tomli libglib2.0-dev
	zlib1g-dev libjson-c-dev libelf-dev libssl-dev seabios qemu-system-data
	busybox-static cpio kmod rsync"
# What looks at pages, and letters for it.
browser="chromium fonts-dejavu-core"
train="python3-torch python3-torchvision python3-onnx libopenblas0-pthread"

packages=$base
optional=
dry_run=
for arg; do
	case $arg in
	--check) packages="$packages $check" optional="$qemu $browser" ;;
	--qemu) optional=$qemu ;;
	--train) packages="$packages $train" ;;
	--dry-run) dry_run=y ;;
	*)
		echo "usage: $0 [--check] [--qemu] [--train] [--dry-run]" >&2
		exit 2
		;;
	esac
done

if ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system, nothing installed; needed are the" \
		"equivalents of:" $packages $optional >&2
	exit 0
fi

# shellcheck disable=SC2046 # a list of words
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' \
	$(echo "$packages $optional" | tr '|' ' ') 2>/dev/null |
	sed -n 's/^installed //p' | tr '\n' ' ') || true

# Those of the packages "$@" which are not installed in any alternative.
missing_of() {
	for package; do
		for name in $(echo "$package" | tr '|' ' '); do
			case " $installed " in
			*" $name "*) continue 2 ;;
			esac
		done
		printf ' %s' "$package"
	done
}
# shellcheck disable=SC2086 # lists of words
missing=$(missing_of $packages)
# shellcheck disable=SC2086
wanted=$(missing_of $optional)
[ -n "$missing$wanted" ] || exit 0

echo "setup: missing packages:$missing$wanted"
[ -z "$dry_run" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "setup: neither root nor sudo; as root, please run:" >&2
		echo "  apt-get install --no-install-recommends$missing$wanted" >&2
		exit 1
	fi
	as_root="sudo"
	[ -t 0 ] || as_root="sudo -n"
fi

# env: sudo does not pass variables on.
apt="env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=900"
if ! $as_root $apt update; then
	echo "setup: apt-get update failed, trying the lists there are" >&2
fi

known() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep -q .; }

# The alternatives apt knows of the packages "$@".
choose() {
	for package; do
		for name in $(echo "$package" | tr '|' ' '); do
			if known "$name"; then
				printf ' %s' "$name"
				continue 2
			fi
		done
		echo "setup: this release has no $package" >&2
	done
}

# shellcheck disable=SC2046,SC2086
if ! $as_root $apt install --no-install-recommends $missing $(choose $wanted); then
	# One that cannot be had must not cost the others.
	for package in $(choose $wanted); do
		$as_root $apt install --no-install-recommends "$package" ||
			echo "setup: could not install $package" >&2
	done
	if [ -n "$missing" ] &&
		! $as_root $apt install --no-install-recommends $missing; then
		echo "setup: could not install:$missing" >&2
		exit 1
	fi
fi
