#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Install the Debian packages the build needs: those of "make" and "make demo",
# with --check those of "make check" too, with --train those that train and
# export the models of tests/models. Does nothing, fast, when none is missing.
#
#	scripts/setup.sh [--check] [--train] [--dry-run]
set -eu

base="gcc libc6-dev make pkg-config binutils
	protobuf-c-compiler libprotobuf-c-dev libonnx-dev libelf-dev
	libjson-c-dev zlib1g-dev libpng-dev libjpeg62-turbo-dev
	python3 python3-numpy xz-utils"
# libclang-rt-dev brings libFuzzer and the sanitizers of the default clang. The
# RISC-V compiler builds the firmware; qemu-riscv32 and qemu-system-riscv32 are
# what the command processor is compared with.
check="clang clang-format libclang-rt-dev libcmocka-dev
	dataset-fashion-mnist gcc-riscv64-unknown-elf qemu-user
	qemu-system-misc"
train="python3-torch python3-onnx libopenblas0-pthread"

packages=$base
dry_run=
for arg; do
	case $arg in
	--check) packages="$packages $check" ;;
	--train) packages="$packages $train" ;;
	--dry-run) dry_run=y ;;
	*)
		echo "usage: $0 [--check] [--train] [--dry-run]" >&2
		exit 2
		;;
	esac
done

if ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system, nothing installed; needed are the" \
		"equivalents of:" $packages >&2
	exit 0
fi

# shellcheck disable=SC2086 # a list of words
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $packages \
	2>/dev/null | sed -n 's/^installed //p' | tr '\n' ' ') || true
missing=
for package in $packages; do
	case " $installed " in
	*" $package "*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

echo "setup: missing packages:$missing"
[ -z "$dry_run" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "setup: neither root nor sudo; as root, please run:" >&2
		echo "  apt-get install --no-install-recommends$missing" >&2
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
# shellcheck disable=SC2086
if ! $as_root $apt install --no-install-recommends $missing; then
	echo "setup: could not install:$missing" >&2
	exit 1
fi
