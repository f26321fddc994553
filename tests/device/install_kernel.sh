#!/bin/bash
# SPDX-License-Identifier: MIT
#
# "make install-kernel" puts module and firmware where the kernel they are for
# looks for them, and nothing elsewhere. TAP.
set -u
cd "$GS_SRC" || exit 1

skip() { echo "1..0 # skip $*"; exit 77; }

command -v "${RISCV_CC:-riscv64-unknown-elf-gcc}" >/dev/null ||
	skip "no cross compiler for RISC-V"
kdir=${KDIR:-$(scripts/check-kernel.sh --find)}
[ -n "$kdir" ] || skip "no headers of a kernel with DRM_ACCEL"
PATH=$PATH:/usr/sbin:/sbin

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0
result() { # $1 exit status, $2 name
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

root=$tmp/root
make -s B="$GS_BUILD" KDIR="$kdir" DESTDIR="$root" PYTHON="$PYTHON" \
	install-kernel >"$tmp/log" 2>&1
result $? "installs into an empty directory"
release=$(cat "$kdir/include/config/kernel.release")
firmware=lib/firmware/genesys/genesys.fw
module=lib/modules/$release/updates/genesys.ko
[ "$(cd "$root" && find . -type f | sort)" = "./$firmware
./$module" ]
result $? "both files, and no list of modules"
cmp "$root/$firmware" "$GS_BUILD/firmware/genesys.fw"
result $? "the firmware of this build"
cmp "$root/$module" "$GS_BUILD/kernel/genesys.ko"
result $? "the module of this build"
[ "lib/firmware/$(modinfo -F firmware "$root/$module")" = "$firmware" ]
result $? "the module asks for that firmware"
[ "$(modinfo -F vermagic "$root/$module" | cut -d ' ' -f 1)" = "$release" ]
result $? "the module is for that kernel"
[ "$(stat -c %a "$root/$firmware" "$root/$module" | sort -u)" = 644 ]
result $? "everybody may read them"
depmod -b "$root" "$release" 2>/dev/null &&
	grep -q "^alias pci:v00001AF4d000010F7.* genesys$" \
		"$root/lib/modules/$release/modules.alias"
result $? "depmod finds it for the device"

echo "1..$n"
[ $failed = 0 ] || cat "$tmp/log" >&2
exit $failed
