#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Check the kernel driver: builds with W=1 and sparse without a word, against
# each kernel there are headers of; checkpatch --strict and kernel-doc have
# nothing to say; the uapi header stands alone, in C and C++, 32 and 64 bit.
# Prints TAP.
#
#	scripts/check-kernel.sh [--find | --all | --packages]
#
#	--find		print the build directory of the kernel to build for, and end
#	--all		build for all kernels whose headers are installed, not
#			only for that one
#	--packages	print the Debian packages this needs, and end
#
# KDIR in the environment names a build directory. checkpatch and kernel-doc
# come from Debian's source package, which is fetched once into GS_CACHE.
# Exit status: 0, 77 when there is no kernel to build for, else 1.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

packages="linux-headers-6.12-amd64 sparse perl gcc g++ make xz-utils"
cache=${GS_CACHE:-$HOME/.cache/genesys}/checkpatch
build=${GS_BUILD:-$PWD/build}
make=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS

# Headers of a kernel with the accel subsystem; amd64's "cloud" has no DRM.
usable() {
	local config
	for config in "$1/include/config/auto.conf" "$1/.config"; do
		[ ! -f "$config" ] || break
	done
	grep -q '^CONFIG_DRM_ACCEL=y' "$config" 2>/dev/null &&
		grep -q '^CONFIG_DRM_SCHED=' "$config"
}

kernels() {
	local dir
	for dir in $(ls -d /lib/modules/*/build /usr/src/linux-headers-* 2>/dev/null |
		sort -V); do
		[ -e "$dir/Makefile" ] && usable "$dir" && readlink -f "$dir"
	done | awk '!seen[$0]++'
}

find_kernel() {
	local running
	running=/lib/modules/$(uname -r)/build
	if usable "$running"; then
		echo "$running"
	else
		kernels | grep -v -e '-rt-' | tail -n 1
	fi
}

dirs=${KDIR:-}
case ${1:-} in
--packages) echo "$packages"; exit 0 ;;
--find) find_kernel; exit 0 ;;
--all) dirs=$(kernels) ;;
"") [ -n "$dirs" ] || dirs=$(find_kernel) ;;
*) echo "usage: $0 [--find | --all | --packages]" >&2; exit 1 ;;
esac
if [ -z "$dirs" ]; then
	echo "# no headers of a kernel with DRM_ACCEL: install linux-headers-6.12-amd64"
	exit 77
fi

count=0 failed=0
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

# check WHAT COMMAND...: it succeeds and is silent.
check() {
	local what=$1 status=0
	shift
	"$@" >"$log" 2>&1 || status=$?
	count=$((count + 1))
	if [ "$status" -eq 0 ] && [ ! -s "$log" ]; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		echo "# exit status $status"
		sed 's/^/# /' "$log"
		failed=1
	fi
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# In a directory of its own: what was built without sparse is not checked again.
build_for() {
	local dir=$1 flags=()
	local out=$work/build
	rm -rf "$out"
	mkdir -p "$out/include/genesys" "$out/include/uapi/drm"
	cp -r Kbuild kernel "$out"
	cp include/genesys/hw_abi.h "$out/include/genesys"
	cp include/uapi/drm/genesys_accel.h "$out/include/uapi/drm"
	if command -v sparse >/dev/null; then
		flags=(C=2 CF=-D__CHECK_ENDIAN__)
	fi
	# As any room of the project: a warning is an error.
	"$make" -s -j"$(nproc)" -C "$dir" M="$out" W=1 KCFLAGS=-Werror \
		"${flags[@]}" modules 2>&1 |
		grep -v -e 'Skipping BTF generation' -e "the compiler differs" \
			-e 'The kernel was built by:' -e 'You are using:'
	[ -f "$out/genesys.ko" ]
}

# Scripts of the kernel, which Debian's packages of headers leave out.
fetch_scripts() {
	local file
	[ -x "$cache/checkpatch.pl" ] && return 0
	scripts/fetch-linux-source.sh --unpack "$work/linux" \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
		'*/scripts/const_structs.checkpatch' '*/scripts/kernel-doc' ||
		return 1
	mkdir -p "$cache"
	for file in spelling.txt const_structs.checkpatch kernel-doc checkpatch.pl; do
		mv "$work/linux/scripts/$file" "$cache/$file.new" && mv "$cache/$file.new" "$cache/$file"
	done
}

# Lines up to 100 columns, as upstream's checkpatch has it.
checkpatch() {
	perl "$cache/checkpatch.pl" --no-tree --no-summary --terse --strict \
		--max-line-length=100 "$@"
}

# TRACE_EVENT() has a layout of its own, which checkpatch does not know.
checkpatch_all() {
	local file status=0
	for file in Kbuild kernel/*.[ch] kernel/tests/*.[ch] tests/qemu/warn/*.[ch] \
		include/uapi/drm/genesys_accel.h; do
		if [ "$file" = kernel/gs_trace.h ]; then
			checkpatch --ignore PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE \
				-f "$file" || status=1
		else
			checkpatch -f "$file" || status=1
		fi
	done
	return $status
}

kernel_doc() {
	perl "$cache/kernel-doc" -none -Wall -Werror kernel/*.[ch] kernel/tests/*.[ch] \
		include/uapi/drm/genesys_accel.h
}

# A program which includes nothing else and knows the sizes of the comments.
uapi_program() {
	echo '#include <drm/genesys_accel.h>'
	sed -n 's/^struct \(drm_genesys_[a-z_]*\) {$/\1/p; s/^}; \/\* \([0-9]*\) bytes \*\/$/\1/p' \
		include/uapi/drm/genesys_accel.h | paste - - |
		while read -r name size; do
			echo "typedef char size_of_$name[sizeof(struct $name) == $size && $size % 8 == 0 ? 1 : -1];"
		done
}

uapi_alone() {
	uapi_program >"$work/uapi.c"
	[ "$(grep -c size_of_ "$work/uapi.c")" -ge 15 ] || return 1
	"$@" -Wall -Wextra -Werror -pedantic -Wpadded -fsyntax-only -Iinclude/uapi \
		"$work/uapi.c"
}

for dir in $dirs; do
	check "$(basename "${dir%/build}"): W=1, sparse" build_for "$dir"
done
command -v sparse >/dev/null || skip "sparse" "package sparse is missing"
if fetch_scripts; then
	check "checkpatch --strict" checkpatch_all
	check "kernel-doc" kernel_doc
else
	skip "checkpatch --strict" "linux-source cannot be fetched"
	skip "kernel-doc" "linux-source cannot be fetched"
fi
check "uapi header alone, C" uapi_alone gcc -std=c11
check "uapi header alone, C++" uapi_alone g++ -x c++
if echo '#include <stdint.h>' | gcc -m32 -fsyntax-only -x c - 2>/dev/null; then
	check "uapi header alone, 32 bit" uapi_alone gcc -m32 -std=c11
else
	skip "uapi header alone, 32 bit" "no 32-bit headers"
fi
echo "1..$count"
exit $failed
